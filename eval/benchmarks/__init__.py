"""How fast, and how good beside others."""
