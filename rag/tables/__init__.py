"""Answers from an article's tables: computed by a small program over their cells, and shown.

The way of a question: `values` (what the cells are) → `link` (which words speak of which rows and
columns; `told`: which rows the text means) → `parse` (programs that it may mean) → `sense` and `rank` (which
one, how surely) → `execute` (its result, twice) → `say` (the sentence). `answer` walks it; `program` holds the
operators, `deny` says what the tables have against a question. `select` runs a query that a chat model wrote.
"""

from rag.tables.answer import Asker
from rag.tables.execute import replay
from rag.tables.select import SelectError, Selecting
from rag.tables.told import Sentence, sentences_of

__all__ = ["Asker", "SelectError", "Selecting", "Sentence", "replay", "sentences_of"]
