"""The pieces of a sentence that may answer: its dates, numbers and names."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from ingest.thesaurus import TextWords, thesaurus
from ingest.words import STOPWORDS, stem, tokens
from rag.question import Asked, QuestionType, bare

LONGEST = 2_000
"""A text with more characters than this is no sentence."""

Kind = Literal["date", "year", "frequency", "number", "quantity", "name", "part of a name"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a sentence that may answer: from the word `first` to before the word `last`."""

    first: int
    last: int
    kind: Kind


_NOT_ASKED = STOPWORDS | frozenset("many much long often name list give tell".split())


class Reading:
    """A question and a sentence: the sentence's words, and which of them the question has too.

    Places in it are numbers of words. `hits` says of each word whether the question has it.
    """

    def __init__(self, asked: Asked, text: str) -> None:
        self.asked, self.text = asked, text
        self.words = [token for token in tokens(text) if token.end > token.start]
        self.starts = [word.start for word in self.words]
        self.ends = [word.end for word in self.words]
        self.stems = [stem(word.text) for word in self.words]
        self.stop = [
            word.text in STOPWORDS and not text[word.start : word.end].isupper()
            for word in self.words
        ]
        own = {word.text for part in (asked.text, asked.question) for word in tokens(part)}
        self.asked_stems = {stem(word) for word in own - _NOT_ASKED}
        for form in (form for forms in asked.names for form in forms):
            if set(self.stems).issuperset(form):
                self.asked_stems.update(form)
        self.hits = [
            its in self.asked_stems and not stop
            for its, stop in zip(self.stems, self.stop, strict=True)
        ]

    @cached_property
    def type(self) -> QuestionType:
        """The question's type; "how old was he when ..." asks for a number."""
        is_number = re.match(
            r"\W*how\s+(?:many|much|old|long|far|often)\b", self._bare, re.IGNORECASE
        )
        return "how many" if is_number else self.asked.type

    @cached_property
    def _bare(self) -> str:
        return bare(self.asked.question)

    @cached_property
    def share(self) -> float:
        """How much of what is asked about the sentence says, 0 to 1."""
        return len(self.asked_stems.intersection(self.stems)) / max(1, len(self.asked_stems))

    @cached_property
    def near(self) -> list[int]:
        """The words that say a word of the question, or nearly."""
        words = [word for word in self.asked.words if word not in _NOT_ASKED]
        if not words or not self.words:
            return [at for at, hit in enumerate(self.hits) if hit]
        known = thesaurus()
        likeness = known.likeness(words, [TextWords(word.text, known) for word in self.words])
        return [at for at, like in enumerate(likeness.max(axis=0)) if like >= 0.5 or self.hits[at]]

    def gap(self, at: int) -> str:
        """What stands before a word and after the one before it; also at the end of the text."""
        first = self.ends[at - 1] if at else 0
        return self.text[first : self.starts[at] if at < len(self.words) else len(self.text)]

    def covers(self, start: int, end: int) -> tuple[int, int]:
        """The words that lie wholly within a stretch of the text: from the first to after the last."""
        return bisect_left(self.starts, start), bisect_right(self.ends, end)

    def capital(self, at: int) -> bool:
        """Whether a word begins with a capital."""
        return self.text[self.starts[at]].isupper()


def pieces(reading: Reading) -> list[Piece]:
    """The dates, numbers and names of a sentence, each stretch of words once."""
    found: dict[tuple[int, int], Kind] = {}
    for first, last, kind in (*_dates(reading), *_numbers(reading), *_names(reading)):
        if first < last:
            found.setdefault((first, last), kind)
    return [Piece(first, last, kind) for (first, last), kind in found.items()]


_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b\.?)"
)
_YEAR = r"(?:1[0-9]{3}|20[0-9]{2})"
_ERA = r"(?:\s*(?:BCE|BC|AD|CE)\b)"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_PART = r"(?:(?:early|mid|late)[-\s]+)?"
_DATE = re.compile(
    rf"(?<![\w.,$€£-])(?:{_MONTH}\s+{_DAY}(?:\s*,)?\s+{_YEAR}|{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+{_YEAR}\b)?"
    rf"|{_MONTH}\s+(?:of\s+)?{_YEAR}|{_MONTH}\s+{_DAY}\b|{_YEAR}\s*(?:[–—/-]|to|and|until)\s*(?:{_YEAR}|\d\d)"
    rf"|{_PART}(?:the\s+)?{_PART}{_YEAR}s?{_ERA}?|\d{{1,4}}{_ERA}|(?:spring|summer|autumn|winter)\s+(?:of\s+)?{_YEAR}"
    rf"|{_PART}(?:\d{{1,2}}(?:st|nd|rd|th)|[a-z]+(?:th|first|second|third))\s+century{_ERA}?)"
    r"(?!\w|[.,]\d|\s?%|\s(?:km|m|miles|feet|people|men|women|children)\b)",
    re.IGNORECASE,
)


def _dates(reading: Reading) -> Iterator[tuple[int, int, Kind]]:
    for match in _DATE.finditer(reading.text):
        kind: Kind = "year" if match.group().isdigit() else "date"
        before = reading.text[: match.start()].rstrip()
        counts = re.match(r"\s+[a-z]+s\b", reading.text[match.end() :])
        if kind == "date" or not counts or re.search(r"\b(?:in|since|by|of|the)$", before):
            yield *reading.covers(*match.span()), kind


_NUMBER_WORD = (
    r"(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?"
    r"|thousands?|millions?|billions?|trillions?|dozens?|once|twice|half|one|several)"
)
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?:\d+(?:,\d{{3}})*(?:\.\d+)?(?![\w,]\d)|\b{_NUMBER_WORD}\b)"
    rf"(?:[-\s](?:and\s+a\s+)?(?:{_NUMBER_WORD}|per\s*cent)\b)*",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(
    r"\b(?:(?:bi|semi-?)?annual(?:ly)?|yearly|monthly|weekly|daily|quarterly|hourly|biennial(?:ly)?"
    r"|every\s+(?:(?:other|few|\w+)\s+)?(?:year|month|week|day|decade|hour)s?"
    r"|(?:once|twice|(?:\w+\s+)?times)\s+(?:a|an|every|per|each)\s+\w+(?:\s+years?)?)\b",
    re.IGNORECASE,
)


def _numbers(reading: Reading) -> Iterator[tuple[int, int, Kind]]:
    """How often, and each number alone, with its noun, and with an adjective and its noun."""
    for match in _FREQUENCY.finditer(reading.text):
        yield *reading.covers(*match.span()), "frequency"
    for match in _NUMBER.finditer(reading.text):
        first, last = reading.covers(*match.span())
        yield first, last, "number"
        for end in range(last, min(last + 2, len(reading.words))):
            if reading.stop[end] or reading.capital(end) or reading.gap(end).strip(" -"):
                break
            yield first, end + 1, "quantity"


_LINKS = frozenset("of the de von van der den bin al da di la le du and for & on del y".split())
OFFICE = re.compile(
    r"\b(?:Ministry|Minister|Department|Office|Committee|Commission|Organi[sz]ation|Agency|Fund|Cent(?:re|er)"
    r"|Council|Institute|Association|Society|Program(?:me)?|Conference|Convention|Treaty|Agreement|Secretary"
    r"|Union|Bank|Court|Initiative|Administration|School|Foundation|Alliance|Group|Board|Authority|Bureau|Act)\b"
)
"""Names in which "for" and "on" may stand: "Ministry for the Sea"."""


def _names(reading: Reading) -> Iterator[tuple[int, int, Kind]]:
    at = 0
    while at < len(reading.words):
        if reading.stop[at] or not reading.capital(at):
            at += 1
            continue
        last = _name_end(reading, at)
        yield at, last, "name"
        cuts = [each for each in range(at, last) if reading.words[each].text in _LINKS]
        for first, end in zip([at, *(cut + 1 for cut in cuts)], [*cuts, last], strict=True):
            yield first, end, "part of a name"
        at = last


def _name_end(reading: Reading, at: int) -> int:
    """After which word the name ends that begins at one."""
    last = then = at + 1
    while then < len(reading.words) and _joins(reading.gap(then), reading.words[then - 1].text):
        word = reading.words[then].text
        if reading.capital(then) or (then == last and word.isdigit()):
            last = then + 1
        elif (
            word not in _LINKS
            or then - last >= 2
            or (
                word in {"for", "on"}
                and not OFFICE.search(reading.text[reading.starts[at] : reading.starts[then]])
            )
        ):
            break
        then += 1
    return last


def _joins(gap: str, before: str) -> bool:
    """Whether two words that this stands between can be of one name."""
    return gap in {" ", "-", "–", " - ", "/", "'s ", "’s ", "", "'", "’"} or (
        gap == ". " and (len(before) < 2 or before in {"dr", "st", "mr", "mrs", "jr", "sr"})
    )
