"""A table as it can be asked about: a data frame, its columns with their nouns, the names of its rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from eval.questions.nouns import (
    Event,
    event_noun,
    event_of,
    has_time_word,
    head_of,
    is_plural,
    noun_of,
    row_nouns,
)
from ingest.document import Document

Shape = Literal["text", "count", "number", "year", "event", "date", "other"]
"""How a column is spoken of. "count": whole numbers under a plural, such as goals. "event": years in which
something happened to the rows, such as their founding. "other": only to be looked up."""

_LONGEST_NAME = 6
_NUMBER = re.compile(r"[-−]?(?:\d{1,3}(?:,\d{3})+|0|[1-9]\d*)(?:\.\d+)?")
_YEAR = re.compile(r"1\d{3}|20\d{2}|2100")
_DATE_FORMATS = ("%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%Y-%m-%d")
_MONTH = re.compile(r"(?i)\b(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)")
_NAME = re.compile(r"[^\W\d_][^|\[\]{}<>\\\"“”=;?()*#^@†‡~]*[^\W_][.!]?")
_LEADS = re.compile(r"(?i)(?:at|vs?\.?|in|to|from|by|with|and|or|not)\s")
_ASIDE = re.compile(r"\s+[–—-]\s.*$|\s*\([^)]*\)|\?$")
EMPTY_WORDS = frozenset(
    "n a|none|unknown|tba|tbd|various|same|nil|vacant|did not|other|others".split("|")
)
TOTAL = re.compile(
    r"(?i)(?:sub|grand )?total|sum\b|average|mean\b|overall|combined|career|all\b|turnout"
)
_NO_QUANTITIES = frozenset(
    """
    age bib car chapter class code degree degrees district draw edition episode game grade grid heat id
    issue jersey lane latitude level longitude lot match no number order percent percentage pick place
    pos position rank ranking rating ratings round season seed series squad stage start tie week
    year years zip division channel frequency bus route line version overall tier peak altitude map fips
    attempt kilometers kilometres miles gender sex
    """.split()
)
_MASSES = frozenset(
    """
    area attendance budget capacity circulation cost deaths enrollment enrolment gross money population
    prize production profit revenue turnout
    """.split()
)
_NO_NAMES = frozenset("date outcome record result score time".split())


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can be asked about; `is_full` where no cell is empty."""

    index: int
    noun: str
    shape: Shape
    event: Event | None
    is_full: bool

    @property
    def head(self) -> str:
        return head_of(self.noun)

    @property
    def is_time(self) -> bool:
        return self.shape in ("year", "event", "date")

    @property
    def speech(self) -> str:
        """The shape by which it is worded: a date of an event as that event."""
        if self.shape == "date":
            return "event" if self.event else "year"
        return self.shape

    @property
    def can_be_added(self) -> bool:
        return self.is_full and (
            self.shape == "count" or (self.shape == "number" and self.head in _MASSES)
        )


class View:
    """A table as a data frame: its texts, its numbers (years, days), its columns and row names."""

    def __init__(
        self, document: Document, number: int, taken: frozenset[str] = frozenset()
    ) -> None:
        import pandas as pd  # type: ignore[import-untyped]  # half a second

        table = document.tables[number]
        self.pd = pd
        self.number = number
        self.texts = pd.DataFrame(
            [[cell.text for cell in row] for row in table.rows],
            columns=range(len(table.header)),
            dtype=object,
        )
        self.keys = self.texts.map(key_of)
        self.broken = {
            cell.text for row in table.rows for cell in row if "<br" in document.quote(cell.span)
        }
        """The texts of cells of several lines, which stand together without a sign between them."""
        self.of_lists = {
            column for row in table.rows for column, cell in enumerate(row) if cell.items
        }
        """The columns some of whose cells hold several values."""
        self.numbers: dict[int, Any] = {}
        """A float for every cell of a column of numbers, years or dates (days since 1970), or NaN."""
        self.columns = self._columns([cell.text for cell in table.header], taken)
        self.subject = self._subject([cell.text for cell in table.header])
        self.row, self.rows = self._row_nouns([cell.text for cell in table.header])
        first = self.texts.iloc[:, : min(3, self.texts.shape[1])]
        self.has_total = bool(first.map(lambda text: bool(TOTAL.match(text))).to_numpy().any())

    def __len__(self) -> int:
        return len(self.texts)

    def _columns(self, header: Sequence[str], taken: frozenset[str]) -> list[Column]:
        shaped = [self._column(index, said) for index, said in enumerate(header)]
        nouns = Counter(column.noun for column in shaped if column)
        events = Counter(column.event for column in shaped if column)
        return [
            column if column.event is None or events[column.event] == 1 else _without_event(column)
            for column in shaped
            if column and nouns[column.noun] == 1 and column.noun not in taken
        ]

    def _column(self, index: int, header: str) -> Column | None:
        texts = self.texts[index]
        filled = texts[texts != ""]
        if filled.empty:
            return None
        noun, event = noun_of(header), event_of(header)
        shape = self._shape(index, header, noun)
        if event is not None and shape in ("year", "date"):
            noun = noun or event_noun(event) or f"time {event.infinitive}"
            shape = "event" if shape == "year" else shape
        elif event is not None and event.bare in noun:
            return None
        if not noun:
            return None
        is_full = (
            bool((texts.map(key_of) != "").all()) and not set(filled.map(key_of)) & EMPTY_WORDS
        )
        event = event if shape in ("event", "date") else None
        return Column(index, noun, shape, event, is_full)

    def _shape(self, index: int, header: str, noun: str) -> Shape:
        texts = self.texts[index]
        filled = texts[texts != ""]
        if filled.map(lambda text: bool(_YEAR.fullmatch(text))).all():
            if not has_time_word(header):
                return "other"  # counts that look like years, or the other way round
            self.numbers[index] = self.pd.to_numeric(texts, errors="coerce")
            return "year"
        if filled.map(lambda text: bool(_NUMBER.fullmatch(text))).all():
            is_whole = filled.map(lambda text: text.replace(",", "").isdigit()).all()
            has_year = filled.map(lambda text: bool(_YEAR.fullmatch(text))).any()
            is_quantity = (
                noun and not set(noun.split()) & _NO_QUANTITIES and not set("%#") & set(header)
            )
            if not is_quantity or (is_whole and has_year):
                return "other"
            plain = texts.str.replace(",", "").str.replace("−", "-")
            self.numbers[index] = self.pd.to_numeric(plain, errors="coerce")
            return "count" if is_whole and is_plural(noun) else "number"
        for form in _DATE_FORMATS:
            days = self.pd.to_datetime(filled, format=form, errors="coerce")
            if days.notna().all():
                since = (days - self.pd.Timestamp("1970-01-01")).dt.days
                self.numbers[index] = since.astype(float).reindex(texts.index)
                return "date"
        has_letters = filled.map(lambda text: bool(re.search(r"[^\W\d_]{2}", text))).all()
        is_dated = filled.map(
            lambda text: bool(_MONTH.search(text) and re.search(r"\d", text))
        ).any()
        return "text" if has_letters and not is_dated else "other"

    def _subject(self, header: Sequence[str]) -> int | None:
        """The column whose cells name the rows: the first of three whose texts all differ."""
        for index in range(min(3, len(header))):
            keys = self.keys[index]
            noun = noun_of(header[index])
            if len(keys) < 2 or (keys == "").any() or not keys.is_unique:
                continue
            are_names = self.texts[index].map(lambda text: is_name(called(text))).mean() >= 0.5
            is_text = self._shape(index, header[index], noun) == "text"
            if are_names and is_text and not set(noun.split()) & _NO_NAMES:
                return index
        return None

    def _row_nouns(self, header: Sequence[str]) -> tuple[str, str]:
        return ("entry", "entries") if self.subject is None else row_nouns(header[self.subject])

    @cached_property
    def row_names(self) -> dict[int, str]:
        """Row → the name by which a question calls it, for the rows that have a name of their own."""
        if self.subject is None:
            return {}
        short = self.texts[self.subject].map(called)
        everywhere = blob_of(
            [key_of(name) for name in short]
            + [key for column in self.keys for key in self.keys[column] if column != self.subject]
        )
        found = {}
        for row in range(len(self)):
            name = short[row]
            is_single = self.texts.iat[row, self.subject] not in self.broken and not TOTAL.match(
                name
            )
            if is_single and is_name(name) and times_in(key_of(name), everywhere) == 1:
                found[row] = name
        return found

    def others(self) -> list[Column]:
        """The columns that do not name the rows."""
        return [column for column in self.columns if column.index != self.subject]

    def values(self, column: Column) -> list[str]:
        """The texts of a column that a question can name: once each, none inside another one."""
        unique = self.texts[column.index].drop_duplicates()
        if column.shape != "text":
            return [text for text in unique if text]
        distinct = {key_of(text): text for text in reversed(list(unique)) if text}
        everywhere = blob_of(list(distinct))
        return [
            text
            for key, text in reversed(distinct.items())
            if is_name(text)
            and text not in self.broken
            and " or " not in text
            and not (text.endswith(".") and len(text.split()) > 2)
            and key != key_of(column.noun)
            and not (column.index in self.of_lists and re.search(r"[,;/]", text))
            and (len(key.split()) <= 3 or "," not in text)
            and times_in(key, everywhere) == 1
            and key not in EMPTY_WORDS
        ]


def _without_event(column: Column) -> Column:
    shape: Shape = "year" if column.shape == "event" else column.shape
    return Column(column.index, column.noun, shape, None, column.is_full)


def key_of(text: str) -> str:
    """A text as it is compared: letters and digits only, case folded."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def blob_of(keys: Iterable[str]) -> str:
    """Keys in one string, in which a key can be looked for at the speed of a string search."""
    return "  |  ".join(("", *keys, ""))


def times_in(key: str, blob: str) -> int:
    """How often a key stands in a blob of keys, as whole words."""
    return blob.count(f" {key} ")


def called(text: str) -> str:
    """A name without what is set aside in it: "Rome – capital", "Rome (Italy)", quotation marks."""
    return _ASIDE.sub("", text).strip().strip('"“”').strip()


def is_name(text: str) -> bool:
    """Whether a question can hold the text as a name or value: a few words, no odd signs."""
    is_short = len(text.split()) <= _LONGEST_NAME and len(text) <= 45
    return is_short and bool(_NAME.fullmatch(text)) and not _LEADS.match(text)


def is_number(text: str) -> bool:
    """Whether a text is a plain number, with or without commas between thousands."""
    return bool(_NUMBER.fullmatch(text))


def number_of(text: str) -> float:
    """The number that a text is. Raises `ValueError` where it is none."""
    return float(text.replace(",", "").replace("−", "-"))


def is_one(text: str) -> bool:
    """Whether a count is one: "1 goals" is no English."""
    return number_of(text) == 1


def trimmed(number: str) -> str:
    """A decimal number without the noughts at its end."""
    return number.rstrip("0").rstrip(".") if "." in number else number
