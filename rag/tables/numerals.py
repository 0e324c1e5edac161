"""Numbers that are said in words: "twenty-five", "two and a half thousand", "half a million", "a dozen"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.tables.values import SCALES

_ONES = {
    word: n
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: 10 * n
    for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_TIMES = {"once": 1, "twice": 2}
_BIG = "thousand|million|billion|trillion"
_ONE = "|".join(_ONES)
_SMALL = rf"(?:(?:{'|'.join(_TENS)})(?:[-\s](?:{'|'.join(list(_ONES)[1:10])})\b)?|(?:{_ONE}))"
_TERM = re.compile(
    rf"\b(?:(?P<half>half\s+an?)\s+(?P<of_half>{_BIG}|dozen)"
    rf"|(?:(?P<dozens>{_SMALL}|an?)\s+)?(?P<dozen>dozen)"
    rf"|(?P<hundreds>{_SMALL}|an?)\s+hundred(?:\s+(?:and\s+)?(?P<rest>{_SMALL}))?(?:\s+(?P<scale_of_hundreds>{_BIG}))?"
    rf"|(?P<small>{_SMALL})(?P<and_half>\s+and\s+a\s+half)?(?:\s+(?P<scale>{_BIG}))?"
    rf"|an?\s+(?P<alone>{_BIG})"
    rf"|(?P<times>once|twice))\b"
)
_GOES_ON = re.compile(r"\s+(?:and\s+)?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in words and its place in the text."""

    start: int
    end: int
    value: float


def numerals(lower: str) -> Iterator[Numeral]:
    """The numbers that a text in lower case says in words, in their order."""
    at = 0
    while term := _TERM.search(lower, at):
        value, scale = _value(term)
        end = term.end()
        while scale > 1 and (gap := _GOES_ON.match(lower, end)):
            following = _TERM.match(lower, gap.end())
            if following is None or _value(following)[1] >= scale:
                break
            more, scale = _value(following)
            value, end = value + more, following.end()
        yield Numeral(term.start(), end, value)
        at = end


def _value(term: re.Match[str]) -> tuple[float, float]:
    """What a term says, and what it counts in: 1e3 for "two thousand"."""
    if term["half"]:
        return 0.5 * (SCALES.get(term["of_half"]) or 12), 1.0
    if term["dozen"]:
        return 12.0 * _small(term["dozens"] or "a"), 1.0
    if term["hundreds"]:
        scale = SCALES.get(term["scale_of_hundreds"] or "", 1.0)
        hundreds = 100 * _small(term["hundreds"]) + (_small(term["rest"]) if term["rest"] else 0)
        return hundreds * scale, scale
    if term["alone"]:
        return SCALES[term["alone"]], SCALES[term["alone"]]
    if term["times"]:
        return float(_TIMES[term["times"]]), 1.0
    scale = SCALES.get(term["scale"] or "", 1.0)
    return (_small(term["small"]) + (0.5 if term["and_half"] else 0.0)) * scale, scale


def _small(words: str) -> float:
    """A number under a hundred; "a" is one."""
    return float(
        sum(_TENS.get(word, _ONES.get(word, 0)) for word in re.split(r"[-\s]+", words))
    ) or (0.0 if words == "zero" else 1.0)
