"""Questions that an article answers: made from its own parts, asked when it is ingested, offered later.

Only templates that are good English for whatever stands in their gaps are used; a header, a name or a
sentence that does not surely fit one is passed over. What was made is then asked, and kept where the
answer says what its place in the article says, and cites that place. So an offer is never a guess.

`words` (how a name stands in a question) → `tables`, `sentences` (questions of each) → `make` (all of a
document's, varied) → `offer` (asked, kept, and chosen among when another question has no answer).
"""

from rag.suggest.offer import Suggestion, dump, load, near, verified

__all__ = ["Suggestion", "dump", "load", "near", "verified"]
