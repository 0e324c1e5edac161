"""The learned choice among the pieces of a sentence: which one answers, and how sure that is.

A linear model over what a piece looks like, what stands beside it and how far it is from the question's
words. `rag.train.extract` learns it; its weights lie in `choice.json`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from rag.extract.pieces import Piece, Reading

FLOOR = 0.5
"""The share of words in common from which two answers count as the same."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What each sign of a piece weighs for its being the answer, and for the answer's being right."""

    weights: dict[str, float]
    doubt: dict[str, float]

    def best(self, reading: Reading, found: Sequence[Piece]) -> tuple[Piece, float]:
        """The piece that agrees most with all others, and how probable those that agree are.

        Two agree where they have more than `FLOOR` of their words in common.
        """
        weighed = [
            sum(self.weights.get(sign, 0.0) for sign in signs(reading, piece)) for piece in found
        ]
        odds = [math.exp(each - max(weighed)) for each in weighed]
        masses = [
            sum(its for other, its in zip(found, odds, strict=True) if _agree(piece, other))
            / sum(odds)
            for piece in found
        ]
        at = max(range(len(found)), key=lambda each: masses[each] + odds[each] / sum(odds))
        return found[at], masses[at]

    def sure(self, reading: Reading, piece: Piece, mass: float) -> float:
        """The probability that a piece is right: a logistic regression over `doubts`."""
        values = doubts(reading, piece, mass)
        logit = sum(self.doubt.get(name, 0.0) * value for name, value in values.items())
        return 1 / (1 + math.exp(-logit))


@cache
def choice() -> Choice:
    """The one that is shipped."""
    stored = json.loads((files("rag.extract") / "choice.json").read_text("utf-8"))
    return Choice(stored["weights"], stored["doubt"])


def signs(reading: Reading, piece: Piece) -> Iterator[str]:
    """What is said of a piece: each sign by itself, and with the question's type."""
    for sign in _signs(reading, piece):
        yield sign
        yield f"{reading.type} & {sign}"


def doubts(reading: Reading, piece: Piece, mass: float) -> dict[str, float]:
    """What the probability that a piece is right is learned from."""
    mass = min(max(mass, 1e-3), 1 - 1e-3)
    odds = math.log(mass / (1 - mass))
    return {
        "one": 1.0,
        "mass": odds,
        "share": reading.share,
        f"mass, {reading.type}": odds,
        f"share, {reading.type}": reading.share,
        "all is said": float(reading.share >= 1),
        "words": math.log1p(len(reading.words)),
        "opens": float(piece.first == 0),
        reading.type: 1.0,
        piece.kind: 1.0,
    }


def _agree(one: Piece, other: Piece) -> bool:
    common = min(one.last, other.last) - max(one.first, other.first)
    return 2 * max(common, 0) > FLOOR * (one.last - one.first + other.last - other.first)


def _signs(reading: Reading, piece: Piece) -> Iterator[str]:
    first, last = piece.first, piece.last
    hits = sum(reading.hits[first:last])
    yield piece.kind
    yield f"{piece.kind}, {min(last - first, 6)} words"
    yield f"before: {_beside(reading, first - 1)}"
    yield f"two before: {_beside(reading, first - 2)}"
    yield f"after: {_beside(reading, last)}"
    yield f"mark before: {reading.gap(first).strip()[:1]}"
    yield f"mark after: {reading.gap(last).strip()[:1]}"
    yield f"asked: {'no' if not hits else 'all' if hits == last - first else 'partly'}"
    yield f"place: {_step(first)}"
    before = [first - 1 - at for at in reading.near if at < first]
    after = [at - last for at in reading.near if at >= last]
    yield f"asked before: {_step(min(before)) if before else 'never'}"
    yield f"asked after: {_step(min(after)) if after else 'never'}"
    yield f"asked within six: {min(sum(step < 6 for step in before + after), 5)}"


def _beside(reading: Reading, at: int) -> str:
    """A function word as it is, of any other word only what it looks like."""
    if not 0 <= at < len(reading.words):
        return "nothing"
    if reading.hits[at]:
        return "asked"
    if reading.stop[at] or reading.words[at].text in _TELLING:
        return reading.words[at].text
    return "name" if reading.capital(at) else "word"


_TELLING = frozenset("called named known near located since founded around".split())


def _step(count: int) -> int:
    """A number of words, roughly: 0, 1, 2, 4, 8, 16."""
    return min(1 << (count.bit_length() - 1), 16) if count else 0
