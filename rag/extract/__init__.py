"""The short answer within a sentence that was already chosen: the words, the list, or yes or no."""

from rag.extract.lists import items
from rag.extract.short import ShortAnswer, short_answer
from rag.extract.verdict import decided, verdict

__all__ = ["ShortAnswer", "decided", "items", "short_answer", "verdict"]
