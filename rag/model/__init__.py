"""The answer of a chat model, where one is configured: through LangChain's agent, and never trusted.

The model gets evidence with ids and two tools, and must cite what it says. `ledger` keeps the evidence,
`connect` makes it, `watch` bounds it, `answer` reads what it wrote, `rewrite` lets it make follow-ups stand alone.
"""

from rag.model.answer import ChatModel, Rewritten, Spoken
from rag.model.rewrite import may_lean

__all__ = ["ChatModel", "Rewritten", "Spoken", "may_lean"]
