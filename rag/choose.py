"""Tables or text: whose draft is the answer, and how sure to be of it.

Each draft is judged by what its stage knows of it, by what the question asks for, and by the other
draft: two logistic regressions that `rag.train.choose` learned, in `choose.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import get_args

import numpy as np

from ingest.thesaurus import said
from ingest.words import stems
from rag.answer import Draft, Evidence, Vector, logistic
from rag.question import YEAR, Asked, QuestionType, holds_what_is_asked

_LONGEST_NAME = 6
"""So many words a name has at most."""

_SURE_OF_BOTH = 0.35
"""So sure of the text, a number of it that differs from the table's is said too."""

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

_FARTHEST = -6.0
"""So far behind the likeliest sentence is a row that was not found."""

_OF_TABLES = (
    "sure", "share", "second", "read", "another", "nothing", "spoken", "open", "fit", "examples", "hesitates",
    "told", "rest", "results", "cells", "extreme", "count", "figure", "truth", "yes",
)  # fmt: skip
_OF_PROSE = ("sure", "holds", "row", "verdict", "short", "sentences")
_TYPES: tuple[str, ...] = get_args(QuestionType)
_FITS = ("time", "kind", "name", "names", "years", "counted", "unsaid")
NAMES: tuple[str, ...] = (
    *(f"table: {name}" for name in ("is", *_OF_TABLES, *_FITS)),
    *(f"prose: {name}" for name in ("is", *_OF_PROSE, "unsaid")),
    "agree", "row behind", "several", "items", "passages",
    *(f"asked: {kind}" for kind in _TYPES),
    *(f"{kind}: cells" for kind in _TYPES), *(f"{kind}: row" for kind in _TYPES),
)  # fmt: skip
"""What the chooser goes by."""


_HARDLY, _PROVES_NOTHING = 0.5, 0.1
"""What can hardly be an answer is so much less likely one, by rule: the wrong kind of thing, or nothing of
the question; and a "no" by what a table of examples does not list."""
_TOLD_AGAINST = [
    NAMES.index(f"table: {name}") for name in ("time", "kind", "years", "names", "spoken")
]
_PLAIN = 0.6
"""So sure of a sentence by itself, it is as likely as that: people also ask in the text's own words, and the
questions that the choice was learned from avoid them."""
_EXAMPLES, _HOLDS = NAMES.index("table: examples"), NAMES.index("prose: holds")


@dataclass(frozen=True, slots=True)
class Chooser:
    """`tables` and `prose`: the weights of whether each draft is right, the intercept last."""

    tables: Vector
    prose: Vector

    def __call__(self, signs: Vector) -> tuple[float, float]:
        """The probability that the tables' draft is right, and that the prose's is: each 0 to 1."""
        inputs = np.append(signs, 1.0)
        return logistic(float(inputs @ self.tables)), logistic(float(inputs @ self.prose))


@cache
def chooser() -> Chooser:
    """The one that is shipped."""
    stored = json.loads((files("rag") / "choose.json").read_text(encoding="utf-8"))
    if tuple(stored["names"]) != NAMES:
        raise RuntimeError("choose.json was learned for other signs; run rag.train.choose again")
    return Chooser(*(np.array(stored[name], dtype=np.float32) for name in ("tables", "prose")))


def likelier(
    asked: Asked, of_tables: Draft | None, of_prose: Draft | None, evidence: Sequence[Evidence]
) -> Draft | None:
    """The draft that is likelier right, with how likely that is; None where there is none.

    `evidence` is what the text's draft was made from, the likeliest first. Where a table and the text give
    different numbers, both are said.
    """
    found = signs(asked, of_tables, of_prose, evidence)
    sure_of_tables, sure_of_prose = chooser()(found)
    sure_of_tables *= _HARDLY ** sum(float(found[at] == 0) for at in _TOLD_AGAINST)
    sure_of_tables *= _PROVES_NOTHING if found[_EXAMPLES] else 1.0
    sure_of_prose *= 1.0 if found[_HOLDS] else _HARDLY
    if of_prose is not None and not is_row(of_prose) and of_prose.confidence >= _PLAIN:
        sure_of_prose = max(sure_of_prose, of_prose.confidence)
    if of_tables is None or (of_prose is not None and sure_of_prose > sure_of_tables):
        return of_prose and replace(of_prose, confidence=sure_of_prose)
    of_tables = replace(of_tables, confidence=sure_of_tables)
    if (
        of_prose is not None
        and sure_of_prose >= _SURE_OF_BOTH
        and not is_row(of_prose)
        and _differ(asked, of_tables, of_prose)
    ):
        return _both(replace(of_prose, confidence=sure_of_prose), of_tables)
    return of_tables


def signs(
    asked: Asked, of_tables: Draft | None, of_prose: Draft | None, evidence: Sequence[Evidence]
) -> Vector:
    """What speaks for the two drafts: shape (len(NAMES),)."""
    found: dict[str, float] = {
        f"asked: {asked.type}": 1.0,
        "several": float(asked.wants_several),
        "items": math.log1p(asked.items),
        "passages": math.log1p(len(evidence)),
        "row behind": _FARTHEST,
    }
    if of_tables is not None:
        found["table: is"] = 1.0
        found |= {f"table: {name}": of_tables.signs.get(name, 0.0) for name in _OF_TABLES}
        found |= {f"table: {name}": value for name, value in _fits(asked, of_tables).items()}
        found[f"{asked.type}: cells"] = of_tables.signs.get("cells", 0.0)
        found["row behind"] = _row_behind(of_tables, evidence)
    if of_prose is not None:
        found["prose: is"] = 1.0
        found |= {f"prose: {name}": of_prose.signs.get(name, 0.0) for name in _OF_PROSE}
        found[f"{asked.type}: row"] = float(is_row(of_prose))
        found["prose: unsaid"] = _unsaid(asked, "\n".join(claim.text for claim in of_prose.claims))
    if of_tables is not None and of_prose is not None:
        found["agree"] = float(bool(_rows(of_tables) & _rows(of_prose)))
    return np.array([found.get(name, 0.0) for name in NAMES], dtype=np.float32)


def _fits(asked: Asked, draft: Draft) -> dict[str, float]:
    """Whether what the tables answer can be it: 1 where nothing speaks against it.

    No continent answers "how many", no name "when", and no sentence "who". What is counted or measured,
    and every name and year of the question, is spoken of in the table or in what is said of it.
    """
    results = draft.derivation.result if draft.derivation else ()
    spoken = _spoken_of(draft)
    counted = _COUNTED.search(asked.question)
    is_name = all(len(each.split()) <= _LONGEST_NAME for each in results)
    fits = {
        "time": asked.type != "when" or bool(_TIME.search(" ".join(results))),
        "kind": holds_what_is_asked(asked.question, " ".join(results)),
        "name": asked.type != "who" or is_name,
        "names": asked.all_named_in(set(stems(spoken))),
        "years": set(YEAR.findall(asked.question)) <= set(YEAR.findall(spoken)),
        "counted": counted is None or bool(said([counted[1].casefold()], spoken)[0]),
    }
    return {name: float(fit) for name, fit in fits.items()} | {"unsaid": _unsaid(asked, spoken)}


def _unsaid(asked: Asked, text: str) -> float:
    """How many words of the question a text does not say, not even in other words."""
    return float((~said([word.casefold() for word in asked.words], text)).sum())


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


def _rows(draft: Draft) -> set[tuple[int, int]]:
    """(table, row) of what a draft cites."""
    return {(table, row) for claim in draft.claims for table, row, _ in claim.cells}


def _row_behind(draft: Draft, evidence: Sequence[Evidence]) -> float:
    """How far the rows that a draft cites are behind the likeliest sentence, by the ranker: 0 at best."""
    cited = _rows(draft)
    ranks = [
        max(sentence.rank for sentence in each.sentences)
        for each in evidence
        if (each.passage.table, each.passage.row) in cited and each.sentences
    ]
    if not ranks:
        return _FARTHEST
    best = max(sentence.rank for each in evidence for sentence in each.sentences)
    return max(_FARTHEST, max(ranks) - best)


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
