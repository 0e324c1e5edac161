"""Answers from an article's tables: computed by a small program over their cells, and shown.

The way of a question: `values` (what the cells are) → `link` (which words speak of which rows and
columns) → `parse` (programs that it may mean) → `rank` (which one, how surely) → `execute` (its result,
twice) → `say` (the sentence). `answer` walks it; `program` holds the operators.
"""

from rag.tables.answer import Asker
from rag.tables.execute import replay
from rag.tables.told import Sentence

__all__ = ["Asker", "Sentence", "replay"]
