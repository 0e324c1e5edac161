"""The short answer within a sentence: a name, a date or a number, a reason or a means.

Which name, date or number it is was learned (`rag.extract.choice`), save where a number stands before
what is counted or a date after what was done. Reasons and means are told by the words that open them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.thesaurus import TextWords, content_words, thesaurus
from ingest.words import stem
from rag.extract.choice import choice
from rag.extract.pieces import LONGEST, Kind, Piece, Reading, pieces
from rag.question import Asked, QuestionType

SURE = 0.68
"""The least probability of a short answer that is given."""
_OF_RULES = 0.75
_PLAIN = 0.85
_LIKE = 0.5


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """The words that answer, as they stand in the text: `text[start:end]`.

    `probability`, 0 to 1, is that of having more than half of the right answer's words in common.
    """

    text: str
    start: int
    end: int
    probability: float


def short_answer(asked: Asked, text: str) -> ShortAnswer | None:
    """The words of a sentence that answer; None where it cannot be told which they are."""
    if len(text) > LONGEST:
        return None
    reading = Reading(asked, text)
    if reading.type == "why":
        return _reason(reading)
    return _means(reading) if reading.type == "how" else _chosen(reading)


def _chosen(reading: Reading) -> ShortAnswer | None:
    """The piece that plainly answers, or else the one that the learned choice is sure of."""
    found = candidates(reading)
    if not found:
        return None
    if plain := _counted(reading, found) or _following(reading, found):
        return _shown(reading, plain, _PLAIN)
    if _COUNTED.search(reading.asked.question):
        return None
    best, mass = choice().best(reading, found)
    sure = choice().sure(reading, best, mass)
    return _shown(reading, best, sure) if sure >= SURE else None


_NAMES: frozenset[Kind] = frozenset(("name", "part of a name"))
_ANSWERS: dict[QuestionType, frozenset[Kind]] = {
    "who": _NAMES,
    "where": _NAMES,
    "which": _NAMES,
    "when": frozenset(("date", "year")),
    "how many": frozenset(("number", "quantity")),
}
"""The kinds of pieces that can answer a question of a type; of other types none can."""

_PLACED = re.compile(r"\b(?:in|at|near|from)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a place or a time, which is nobody."""


def candidates(reading: Reading) -> list[Piece]:
    """The pieces that can answer, and do not only repeat the question."""
    kinds = _ANSWERS.get(reading.type, frozenset[Kind]())
    if re.search(r"\bhow\s+(?:often|frequently)\b", reading.asked.question, re.IGNORECASE):
        kinds = frozenset(("frequency",))
    if not kinds:
        return []
    found = pieces(reading)
    dates = [range(each.first, each.last) for each in found if each.kind in {"date", "year"}]
    return [
        piece
        for piece in found
        if piece.kind in kinds
        and any(
            not reading.hits[at] and not reading.stop[at] for at in range(piece.first, piece.last)
        )
        and (piece.kind in {"date", "year"} or not any(piece.first in date for date in dates))
        and not (
            reading.type == "who" and _PLACED.search(reading.text[: reading.starts[piece.first]])
        )
    ]


_COUNTED = re.compile(r"\bhow\s+many\s+((?:[\w'’-]+\s*){1,3})", re.IGNORECASE)


def _counted(reading: Reading, found: Sequence[Piece]) -> Piece | None:
    """The one number that stands before what is counted: "how many states" and "15 other countries"."""
    asked = _COUNTED.search(reading.asked.question)
    known = thesaurus()
    things = content_words(asked[1]) if asked else []
    counted = [piece for piece in found if piece.kind == "quantity"]
    nouns = [TextWords(reading.words[piece.last - 1].text, known) for piece in counted]
    like = known.likeness(things, nouns).max(axis=0, initial=0)
    counted = [piece for piece, its in zip(counted, like, strict=True) if its >= _LIKE]
    one = len({piece.first for piece in counted}) == 1
    return min(counted, key=lambda piece: piece.last) if one else None


_NEAR, _MOST = 10, 0.75


def _following(reading: Reading, found: Sequence[Piece]) -> Piece | None:
    """The first date after "signed" for "when was it signed"; for "who signed it" the name after "by".

    Where the sentence says most of the question, and only function words, names and numbers between.
    """
    if reading.type not in {"when", "who"} or reading.share < _MOST or not reading.asked.words:
        return None
    verb = stem(reading.asked.words[-1 if reading.type == "when" else 0])
    if reading.stems.count(verb) != 1:
        return None
    at = reading.stems.index(verb) + 1
    following = [piece for piece in found if _is_next(reading, piece, at)]
    return min(following, key=lambda piece: (piece.first, -piece.last), default=None)


def _is_next(reading: Reading, piece: Piece, at: int) -> bool:
    between = range(at, piece.first)
    return (
        at <= piece.first < at + _NEAR
        and (reading.type == "when" or reading.words[piece.first - 1].text == "by")
        and all(
            reading.stop[each] or reading.capital(each) or reading.words[each].text.isdigit()
            for each in between
        )
        and not re.search(
            r"[;:,]|\bbut\b|\bwhich\b",
            reading.text[reading.ends[at - 1] : reading.starts[piece.first]],
        )
    )


_HEDGE = re.compile(
    r"\b(?:since|before|after|until|at\s+least|at\s+most|(?:more|less|fewer|later|earlier)\s+than|over|under"
    r"|nearly|almost|about|around|approximately|roughly|some|up\s+to|only)\s+(?:the\s+)?$",
    re.IGNORECASE,
)


def _shown(reading: Reading, piece: Piece, probability: float) -> ShortAnswer:
    """The words of a piece with what belongs to them: "since 1990", "more than $5", "40%"."""
    text = reading.text
    start, end = reading.starts[piece.first], reading.ends[piece.last - 1]
    if piece.kind not in _NAMES:
        if sign := re.search(r"(?:\b(?:US|A|C))?[$€£¥]\s?$", text[:start]):
            start = sign.start()
        if sign := re.match(r"\s?[%°]", text[end:]):
            end += sign.end()
        if hedge := _HEDGE.search(text[:start]):
            start = hedge.start()
    return ShortAnswer(text[start:end], start, end, probability)


_BECAUSE = re.compile(
    r"\b(?:because(?:\s+of)?|due\s+to|owing\s+to|thanks\s+to|as\s+a\s+(?:direct\s+)?(?:result|consequence)\s+of"
    r"|in\s+(?:response|reaction)\s+to|in\s+(?:an\s+(?:attempt|effort)|order)\s+to|so\s+that|so\s+as\s+to|for\s+fear\s+of"
    r"|on\s+account\s+of|with\s+the\s+(?:aim|goal|purpose|intention)\s+of|on\s+the\s+grounds?\s+(?:that|of)|given\s+that)\b",
    re.IGNORECASE,
)
_PURPOSE = re.compile(
    r"\bto\s+(?:better\s+)?(?:achieve|allow|avoid|build|counter|create|develop|enable|encourage|ensure|exchange"
    r"|gain|help|improve|increase|keep|maintain|make|prevent|promote|protect|provide|raise|reduce|save"
    r"|secure|strengthen|support)\b",
    re.IGNORECASE,
)
_NO_PURPOSE = re.compile(
    r"\b(?:(?:able|allow\w*|ask\w*|attempt\w*|continu\w*|decid\w+|enabl\w*|encourag\w*|expect\w*|fail\w*|forc\w+"
    r"|help\w*|hop\w+|intend\w*|need\w*|plan\w*|promis\w+|seek\w*|sought|tr(?:y|ied|ies|ying)|unable|want\w*)"
    r"(?:\s+\S+){0,3}|aim\w*|beg[aiu]n\w*|going|ha[sd]|have|is|are|was|were|be|likely|manag\w+|refus\w+"
    r"|start\w*|used|how|what|where)\s+$",
    re.IGNORECASE,
)
"""What asks for "to ..." itself, close before it: "tried to avoid"."""
_MEANS = re.compile(
    r"\b(?:by\s+(?:\w+ly\s+)?(?!(?:be|spr|k|br|dur|str|even|morn)ing\b)[a-z]{2,}ing\b|by\s+means\s+of\b"
    r"|with\s+the\s+(?:help|aid)\s+of\b|through\b|using\b)(?=\s+\w)",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"\bhow\s+(?:do|does|did|is|are|was|were|can|could|has|have|had|to)\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(
    r"[;:!?()]|,(?=\s|$)|(?<!\b[A-Z])\.(?=\s|$)|\s[-–—]\s|—|,?\s(?:but|although|though|whereas|while|which|who)\s"
)
_LONGEST_CLAUSE = 28


def _reason(reading: Reading) -> ShortAnswer | None:
    """The one clause that gives a reason, or else, where most of the question is said, a purpose."""
    reasons = [match.span() for match in _BECAUSE.finditer(reading.text)]
    if not reasons and reading.share >= 0.6:
        reasons = [
            (match.start(), match.start() + 3)
            for match in _PURPOSE.finditer(reading.text)
            if not _NO_PURPOSE.search(reading.text[: match.start()])
        ]
    return _only_clause(reading, reasons)


def _means(reading: Reading) -> ShortAnswer | None:
    if not _MANNER.search(reading.asked.question):
        return None
    return _only_clause(reading, [match.span() for match in _MEANS.finditer(reading.text)])


def _only_clause(reading: Reading, openings: Sequence[tuple[int, int]]) -> ShortAnswer | None:
    """The clause that the words at one of these places open; None where several or none is found."""
    found = [clause for opening in openings if (clause := _clause(reading, *opening))]
    return found[0] if len(found) == 1 else None


def _clause(reading: Reading, start: int, opened: int) -> ShortAnswer | None:
    """The clause from a place on, where the question speaks of what stands around it, not within it.

    `opened` is where the words that open it end.
    """
    match = _CLAUSE_END.search(reading.text, opened)
    said = reading.text[start : match.start() if match else len(reading.text)].rstrip()
    first, last = reading.covers(start, start + len(said))
    within = sum(reading.hits[first:last])
    new = [
        at
        for at in range(first, last)
        if reading.starts[at] >= opened and not reading.stop[at] and not reading.hits[at]
    ]
    around = sum(reading.hits) - within
    if not new or not around or within > around or last - first > _LONGEST_CLAUSE:
        return None
    return ShortAnswer(said, start, start + len(said), _OF_RULES)
