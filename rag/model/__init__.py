"""The answer of a chat model, where one is configured: through LangChain's agent, and never trusted.

The model gets evidence with ids and two tools, and must cite what it says. `ledger` keeps the evidence,
`tools` are what it may call, `connect` makes it, `watch` bounds it, `answer` reads what it wrote.
"""

from rag.model.answer import ChatModel, Spoken

__all__ = ["ChatModel", "Spoken"]
