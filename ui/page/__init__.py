"""The page of the chat: `index.html`, `page.css`, and scripts as modules, loaded from here alone."""
