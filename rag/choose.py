"""Tables or text: whose draft is the answer, and what speaks against a draft of the tables."""

from __future__ import annotations

import re
from dataclasses import replace

from ingest.thesaurus import TextWords, thesaurus
from ingest.words import stems
from rag.answer import Draft
from rag.question import YEAR, Asked, holds_what_is_asked

_SURE_BEFORE_TEXT, _SURE_BEFORE_SILENCE, _SURE_BEFORE_ROW = 0.3, 0.15, 0.15
_SURE_ANYWAY, _LONGEST_NAME = 0.6, 6
"""So sure of a program, nothing is held against it; so many words a name has at most."""
_SURE_OF_PROSE = 0.3
_NUMBER = re.compile(r"\d[\d,.]*(?<=\d)")
_TIME = re.compile(
    r"\d{3,}|\b\d{1,2}\D{1,3}\d|[A-Za-z]{3,}\.?\s+\d|^(?:nothing|yes|no)$", re.IGNORECASE
)
"""What a table gives as a time: a year, a date; or that it gives none."""
_COUNTED = re.compile(
    r"\bhow\s+(?:many|much)\s+(?:of\s+(?:the|its|their)\s+)?(?:(?!(?:is|are|was|were|did|does|do|has|have)\b)"
    r"[\w-]+\s+){0,2}?([a-z]{3,})\s+(?:is|are|was|were|did|does|do|has|have|will|can|could|live|work|belong|\w+ed)\b",
    re.IGNORECASE,
)
"""The noun that "how many" counts."""
_OTHERWISE = "But a table says otherwise:"
_ALIKE = 0.45
"""A word this near to another, in the thesaurus, may say the same."""


def likelier(
    asked: Asked, of_tables: Draft | None, of_prose: Draft | None, threshold: float
) -> Draft | None:
    """The tables' draft where it is sure enough, else the prose's.

    It need not be as sure where the prose does not answer, or has but a row in words, which is no more
    than what the program starts from. Where a table and the text give different numbers, both are said.
    """
    if of_tables is None or of_prose is None:
        return of_tables or of_prose
    of_row = is_row(of_prose)
    if not of_row and of_prose.confidence >= threshold and _beside_the_point(asked, of_tables):
        return of_prose
    silent = _SURE_BEFORE_SILENCE if of_prose.confidence < threshold else _SURE_BEFORE_TEXT
    if of_tables.confidence < (_SURE_BEFORE_ROW if of_row else silent):
        return of_prose
    if not of_row and of_prose.confidence >= _SURE_OF_PROSE and _differ(asked, of_tables, of_prose):
        return _both(of_prose, of_tables)
    return of_tables


def can_be_it(asked: Asked, draft: Draft) -> bool:
    """Whether what the tables answer can be it.

    No continent answers "how many", no name "when", and no sentence "who". What is counted or measured,
    and every name and year of the question, must be spoken of in the table or in what is said of it.
    """
    if draft.derivation is None:
        return True
    result = " ".join(draft.derivation.result)
    if asked.type == "when" and not _TIME.search(result):
        return False
    if draft.confidence >= _SURE_ANYWAY:
        return True
    spoken = _spoken_of(draft)
    said = set(stems(spoken))
    counted = _COUNTED.search(asked.question)
    is_name = all(len(each.split()) <= _LONGEST_NAME for each in draft.derivation.result)
    return (
        (is_name or asked.type != "who")
        and holds_what_is_asked(asked.question, result)
        and asked.all_named_in(said)
        and set(YEAR.findall(asked.question)) <= set(YEAR.findall(spoken))
        and (counted is None or _says(counted[1], spoken))
    )


def _beside_the_point(asked: Asked, of_tables: Draft) -> bool:
    """Whether the tables, not sure, speak of none of the question's words; where the text answers, it counts."""
    if of_tables.confidence >= _SURE_ANYWAY or not asked.words:
        return False
    spoken = _spoken_of(of_tables)
    return not any(_says(word, spoken) for word in asked.words)


def _spoken_of(draft: Draft) -> str:
    """What a draft, its reading, and the rows and tables that it cites, speak of."""
    said = [f"{claim.text}\n{claim.document.plain(claim.span)}" for claim in draft.claims]
    for document, number in {(c.document, cell[0]) for c in draft.claims for cell in c.cells}:
        table = document.tables[number]
        said += [table.caption, *document.sections[table.section].path]
        said += [cell.text for cell in table.header]
    if draft.derivation is not None:
        said.append(draft.derivation.reading)
    return "\n".join(said)


def is_row(draft: Draft) -> bool:
    """Whether a draft of the prose is a row or a table in words."""
    first = draft.claims[0]
    tables_ = (table.span for table in first.document.tables)
    return bool(first.cells) or any(first.span in span for span in tables_)


def _differ(asked: Asked, of_tables: Draft, of_prose: Draft) -> bool:
    """Whether a time or number is asked for, and the text has none of those that the table gives."""
    if asked.type not in ("when", "how many") or of_tables.derivation is None:
        return False
    given = set(_NUMBER.findall(" ".join(of_tables.derivation.result)))
    said = set(_NUMBER.findall(" ".join(claim.text for claim in of_prose.claims)))
    return bool(given) and bool(said) and given.isdisjoint(said)


def _both(of_prose: Draft, of_tables: Draft) -> Draft:
    first, *others = of_tables.claims
    first = replace(first, text=f"{_OTHERWISE} {first.text}")
    sure = min(of_prose.confidence, of_tables.confidence)
    claims = (*of_prose.claims, first, *others)
    return Draft(claims, sure, "both", of_tables.derivation)


def _says(word: str, text: str) -> bool:
    """Whether a text says a word, if in other words."""
    known = thesaurus()
    return bool(known.likeness([word.casefold()], [TextWords(text, known)])[0, 0] >= _ALIKE)
