"""What the cells of a table are: every column in the views in which a question may speak of it.

A cell is text to one question and a number, a year or a list to another; so nothing is decided for
good: each column has all views that most of its cells allow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.document import Document
from ingest.dress import named
from ingest.words import stems, tokens

Scalar = str | float
Kind = Literal["number", "year", "date", "time", "text", "empty"]
NUMERIC = ("number", "year", "date", "time", "second", "gap", "total")
"""Views whose values are numbers; the last three are of cells that hold two, such as "3–1"."""

MOST_ROWS = 20_000
"""Tables with more rows are left alone."""

_MOST_ITEMS = 200
_TRIED = 200
"""So many different cells tell whether a column may hold dates, numbers or several values."""

_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")

EMPTY_MARKS = frozenset(
    {
        "",
        "-",
        "–",
        "—",
        "−",
        "--",
        "---",
        "n/a",
        "n.a.",
        "na",
        "none",
        "?",
        "…",
        "...",
        "unknown",
        "tbd",
    }
)

_DIGITS = r"\d{1,3}(?:[,\u00a0\u202f' ]\d{3})+(?:[.,]\d+)?(?!\d)|\d+(?:[.,]\d+)*|\.\d+"
_NUMBER = re.compile(
    rf"(?<![\w.,])(?P<sign>[-−+])?\s?[$€£¥₹#]?\s?(?P<digits>{_DIGITS})"
    r"(?:\s?(?P<scale>thousand|million|billion|trillion|mln|mn|bn)\b)?",
    re.IGNORECASE,
)
_SECOND = re.compile(rf"\s?(?:[-−–—:/]|to|of|\(|\s)\s?(?P<digits>{_DIGITS})")
_NEGATIVE = re.compile(rf"\([$€£¥₹]?\s?({_DIGITS})\)%?")
_LEADS = re.compile(
    r"^\W{0,2}(?:[A-Z]{0,3}[$€£¥]|c\.|ca\.|about|approx\.?|over|W|L|T|D)?\W{0,2}\d", re.IGNORECASE
)
_COMMA_IS_DECIMAL = re.compile(
    r"(?<![\d,.])\d+(?:[.\u00a0\u202f ]\d{3})*,(?:\d{1,2}|\d{4,})(?![\d,.])"
)
_DOT_IS_DECIMAL = re.compile(r"\d\.(?:\d{1,2}|\d{4,})(?![\d,.])|,\d{3}\.\d")
SCALES = {
    "thousand": 1e3,
    "million": 1e6,
    "mln": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
_OF_HEADER = re.compile(r"\b(thousand|million|mln|mn|billion|bn|trillion)s?\b", re.IGNORECASE)
_OF_MONEY = re.compile(r"(?:\b[A-Z]{3}|[$€£¥])\s?([mk])\b|(['’]000)\b")
_YEAR = re.compile(r"(?<![\d.,])(1\d{3}|20\d{2}|2100)(?![\d]|[.,]\d)")
_TIME = re.compile(r"^\W{0,2}(?:(\d+):)?(\d{1,3}):(\d{2}(?:\.\d+)?)\b")
_MONTH_NAMES = (
    "january february march april may june july august september october november december".split()
)
MONTHS = (
    {name: n for n, name in enumerate(_MONTH_NAMES, 1)}
    | {name[:3]: n for n, name in enumerate(_MONTH_NAMES, 1)}
    | {"sept": 9}
)
_MONTH = r"(?P<month>" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[–-]\s?\d{{1,2}})?\s+(?:of\s+)?{_MONTH}(?:,?\s*(?P<year>\d{{4}}))?",
        rf"{_MONTH}\s+(?P<day>\d{{1,2}})(?!\d)(?:st|nd|rd|th)?(?:\s?[–-]\s?\d{{1,2}})?(?:,?\s+(?P<year>\d{{4}}))?",
        rf"{_MONTH},?\s+(?P<year>\d{{4}})",
        r"(?<!\d)(?P<day>\d{1,2})[/.](?P<number>\d{1,2})[/.](?P<year>\d{4})(?!\d)",
    )
)
_TOTAL = re.compile(
    r"^\W*(?:grand\s+|sub-?|over-?)?(?:total|all|sum)s?\b[^,]{0,12}$", re.IGNORECASE
)
_INNER = re.compile(r"[(\[]([^()\[\]]{1,80})[)\]]")
_BARE = re.compile(r"\s*(?:\n|[(\[]|\s[–—]\s).*", re.DOTALL)
_SPLIT = re.compile(r"\s*(?:\n|;|,(?!\d{3})|/(?!\d)|\s&\s|\sand\s)\s*")


def scale_of(header: str) -> float:
    """What a column's numbers are counted in, by its header: 1e6 for "Cost (million)", else 1."""
    if match := _OF_HEADER.search(header):
        return SCALES[match[1].lower()]
    money = _OF_MONEY.search(header)
    return 1.0 if money is None else 1e6 if money[1] == "m" else 1e3


def key(text: str) -> str:
    """A text as it is compared: folded words with single spaces; signs alone stay as they are."""
    if _PLAIN.fullmatch(text):
        return text.lower()
    words = [token.text for token in tokens(text)]
    return " ".join(words) if words else " ".join(text.split()).casefold()


def number_of(digits: str, *, comma_is_decimal: bool = False) -> float | None:
    """The number that digits with their separators say; None where no reading is sure."""
    bare = re.sub(r"[\s\u00a0\u202f']", "", digits)
    commas, dots = bare.count(","), bare.count(".")
    if commas and dots:
        last = "," if bare.rfind(",") > bare.rfind(".") else "."
        other = "." if last == "," else ","
        bare = bare.replace(other, "")
        if bare.count(last) > 1:
            return None
        bare = bare.replace(",", ".")
    elif commas:
        grouped = re.fullmatch(r"\d{1,3}(?:,\d{3})+", bare)
        if grouped and not (comma_is_decimal and commas == 1):
            bare = bare.replace(",", "")
        elif commas == 1:
            bare = bare.replace(",", ".")
        else:
            return None
    elif dots > 1 or (dots and comma_is_decimal and re.fullmatch(r"\d{1,3}(?:\.\d{3})+", bare)):
        if not re.fullmatch(r"\d{1,3}(?:\.\d{3})+", bare):
            return None
        bare = bare.replace(".", "")
    return float(bare) if len(bare) < 300 else None


def numbers_in(text: str, *, comma_is_decimal: bool = False) -> Iterator[float]:
    """The first number of a cell and, where one stands right beside it, the second."""
    whole = _NEGATIVE.fullmatch(text.strip())
    if whole:
        value = number_of(whole.group(1), comma_is_decimal=comma_is_decimal)
        if value is not None:
            yield -value
        return
    match = _NUMBER.search(text)
    if match is None:
        return
    value = number_of(match["digits"], comma_is_decimal=comma_is_decimal)
    if value is None:
        return
    value *= SCALES.get((match["scale"] or "").lower(), 1.0)
    yield -value if match["sign"] in ("-", "−") else value
    beside = _SECOND.match(text, match.end())
    if beside:
        second = number_of(beside["digits"], comma_is_decimal=comma_is_decimal)
        if second is not None:
            yield second


def date_of(text: str) -> float | None:
    """The first date of a text as yyyymmdd, 0 for a part that it does not say; None without a month."""
    for pattern in _DATES:
        match = pattern.search(text)
        if match is None:
            continue
        parts = match.groupdict()
        month = MONTHS[parts["month"].lower()] if parts.get("month") else int(parts["number"])
        day, year = int(parts.get("day") or 0), int(parts.get("year") or 0)
        if month > 12 >= day:
            month, day = day, month
        if 1 <= month <= 12 and day <= 31:
            return float(year * 10_000 + month * 100 + day)
    return None


def year_of(text: str) -> float | None:
    """The first year (1000 to 2100) that stands in a text."""
    match = _YEAR.search(text)
    return float(match.group(1)) if match else None


def seconds_of(text: str) -> float | None:
    """The seconds of a time such as 1:02:33.5 or 4:05."""
    match = _TIME.match(text)
    if match is None:
        return None
    return int(match.group(1) or 0) * 3600 + int(match.group(2)) * 60 + float(match.group(3))


@dataclass(frozen=True)
class View:
    """One view of a column: for every row its values, () for none, and how each is shown."""

    name: str
    values: tuple[tuple[Scalar, ...], ...]
    shown: tuple[tuple[str, ...], ...]

    @cached_property
    def masks(self) -> Mapping[Scalar, int]:
        """The rows that have a value, as bits."""
        found: dict[Scalar, int] = {}
        for row, values in enumerate(self.values):
            for value in values:
                found[value] = found.get(value, 0) | 1 << row
        return found

    @cached_property
    def present(self) -> int:
        """The rows that have any value."""
        return sum(1 << row for row, values in enumerate(self.values) if values)

    @cached_property
    def numbers(self) -> NDArray[np.float64]:
        """The numbers of the rows, NaN for none: shape (rows,). Of numeric views only."""
        return np.array([values[0] if values else np.nan for values in self.values], dtype=float)


class Views(dict[str, View]):
    """The views of a column by name; "words", the stems of the cells, is made when first asked for."""

    def __missing__(self, name: str) -> View:
        if name != "words":
            raise KeyError(name)
        known: dict[str, tuple[str, ...]] = {"": ()}
        texts = [shown[0] if shown else "" for shown in self["text"].shown]
        for text in texts:
            if text not in known:
                known[text] = tuple(dict.fromkeys(stems(text)))
        words = tuple(known[text] for text in texts)
        self[name] = View(name, words, words)
        return self[name]


@dataclass(frozen=True)
class Column:
    """A column: its header, its cells' texts, and its views."""

    header: str
    texts: tuple[str, ...]
    views: Mapping[str, View]
    kind: Kind
    blank: int
    is_rank: bool
    is_unique: bool
    sortedness: int

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of the header's words."""
        return frozenset(stems(self.header.replace("_", " ")))

    @cached_property
    def words(self) -> float:
        """How many words its filled cells have, on average."""
        filled = [text for text in self.texts[:_TRIED] if text]
        return sum(len(text.split()) for text in filled) / max(1, len(filled))

    @cached_property
    def variety(self) -> float:
        """The share of its filled cells that are different."""
        filled = [text for text in self.texts[:_TRIED] if text]
        return len(set(filled)) / max(1, len(filled))

    @property
    def main(self) -> str:
        """The numeric view that orders the column best, or "text"."""
        order = (self.kind, "number", "date", "year", "time")
        return next((name for name in order if name in self.views and name != "text"), "text")


@dataclass(frozen=True)
class Grid:
    """A table, typed. `body` are its rows without totals, as bits; `about` is what names it."""

    header: tuple[str, ...]
    columns: tuple[Column, ...]
    height: int
    body: int
    subject: int
    about: str = ""
    caption: str = ""
    indices: dict[int, NDArray[np.intp]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The number of the table as its caption says it, else "the table"."""
        label, _ = named(self.caption)
        return label or "the table"

    @cached_property
    def number(self) -> int:
        """The number that the table's caption gives it, 0 for none."""
        digits = re.search(r"\d+", self.label)
        return int(digits.group()[:6]) if digits else 0

    @cached_property
    def about_stems(self) -> frozenset[str]:
        """The stems of the words that name the table."""
        return frozenset(stems(self.about))

    def rows(self, mask: int) -> NDArray[np.intp]:
        """The numbers of the rows in a set of bits."""
        known = self.indices.get(mask)
        if known is None:
            if len(self.indices) > 5_000:
                self.indices.clear()
            size = (self.height + 7) // 8
            bits = np.unpackbits(
                np.frombuffer(mask.to_bytes(size, "little"), dtype=np.uint8), bitorder="little"
            )
            known = self.indices[mask] = np.flatnonzero(bits)
        return known

    @staticmethod
    def of(
        header: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        caption: str = "",
        about: str = "",
        items: Sequence[Sequence[tuple[str, ...]]] | None = None,
    ) -> Grid:
        """Type a table. Rows may be ragged; headers may be empty or the same."""
        width = max([len(header), *(len(row) for row in rows)], default=0)
        heads = tuple(
            " ".join(_sound(head).split()) for head in [*header, *[""] * (width - len(header))]
        )
        filled = [[*row, *[""] * (width - len(row))] for row in rows]
        columns = tuple(
            _column(
                heads[n],
                [row[n] for row in filled],
                [row[n] if n < len(row) else () for row in items] if items else None,
            )
            for n in range(width)
        )
        body = _body(columns, len(filled))
        return Grid(heads, columns, len(filled), body, _subject(columns), about or caption, caption)

    @staticmethod
    def of_table(document: Document, number: int) -> Grid:
        """The typed view of one table of a document."""
        table = document.tables[number]
        path = document.sections[table.section].path if document.sections else ()
        return Grid.of(
            [cell.text for cell in table.header],
            [[cell.text for cell in row] for row in table.rows],
            caption=table.caption,
            about=f"{table.caption} {' '.join(path[-1:])}".strip(),
            items=[[cell.items for cell in row] for row in table.rows],
        )


def _body(columns: Sequence[Column], height: int) -> int:
    """All rows but a total at the end or the top."""
    body = (1 << height) - 1
    if height < 3:
        return body
    for row in (height - 1, height - 2, 0):
        said = [column.texts[row] for column in columns[:2]]
        if any(_TOTAL.match(text) for text in said):
            body &= ~(1 << row)
    return body


def _subject(columns: Sequence[Column]) -> int:
    """The column that names what a row is about: the first one of different texts."""
    for is_strict in (True, False):
        for number, column in enumerate(columns):
            distinct = len(set(column.texts))
            if column.kind == "text" and (
                column.is_unique if is_strict else distinct * 2 > len(column.texts)
            ):
                return number
    return next((n for n, column in enumerate(columns) if column.kind == "text"), 0)


def _column(
    header: str,
    cells: Sequence[str],
    items: Sequence[tuple[str, ...]] | None,
) -> Column:
    stripped = [_sound(cell).strip() for cell in cells]
    texts = tuple("" if cell.casefold() in EMPTY_MARKS else cell for cell in stripped)
    blank = sum(1 << row for row, text in enumerate(texts) if not text)
    views = _views(texts, items)
    kind = _kind(texts, views)
    filled = [text for text in texts if text]
    ordered = views.get(kind)
    return Column(
        header,
        texts,
        views,
        kind,
        blank,
        is_rank=_is_rank(views),
        is_unique=bool(filled) and len(set(filled)) == len(texts),
        sortedness=_sortedness(ordered) if ordered else 0,
    )


def _sound(text: str) -> str:
    """The text without what no database takes: half characters and NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")


def _kind(texts: Sequence[str], views: Mapping[str, View]) -> Kind:
    if not any(texts):
        return "empty"
    filled = sum(map(bool, texts))
    if "date" in views:
        return "date"
    if "time" in views:
        return "time"
    if "year" in views and all(len(t) <= 9 for t in texts):
        return "year"
    if "number" in views:
        leading = sum(bool(_LEADS.match(text)) and len(text) < 25 for text in texts)
        if leading * 2 > filled:
            return "number"
    return "text"


def _is_rank(views: Mapping[str, View]) -> bool:
    if "number" not in views:
        return False
    numbers = views["number"].numbers
    return len(numbers) > 2 and bool(np.all(numbers == np.arange(1, len(numbers) + 1)))


def _sortedness(view: View) -> int:
    """1 where the values grow from row to row, -1 where they fall, 0 else."""
    if view.name not in NUMERIC:
        return 0
    steps = np.diff(view.numbers[~np.isnan(view.numbers)])
    if len(steps) < 2 or not np.any(steps):
        return 0
    return 1 if np.all(steps >= 0) else -1 if np.all(steps <= 0) else 0


def _views(texts: Sequence[str], items: Sequence[tuple[str, ...]] | None) -> Views:
    filled = max(1, sum(map(bool, texts)))
    views = Views(text=_textual("text", [(text,) if text else () for text in texts]))
    tried = " \n ".join(list(dict.fromkeys(texts))[:_TRIED])

    if _BARE.search(tried):
        _add_pieces(views, texts, filled)
    given = items or [()] * len(texts)
    if _SPLIT.search(tried) or any(given):
        pieces = [its or _pieces(text) for text, its in zip(texts, given, strict=True)]
        if any(given) or sum(len(piece) > 1 for piece in pieces) >= 0.2 * filled:
            views["items"] = _textual("items", pieces)
    if any(character.isdigit() for character in tried):
        for name, read, least in _readers(texts):
            known = {text: read(text) if text else None for text in set(texts)}
            values = [known[text] for text in texts]
            if sum(value is not None for value in values) >= max(1.0, least * filled):
                views[name] = _numeric(name, values, texts)
    if "date" in views:
        _add_months(views, texts)
    return views


def _add_pieces(views: Views, texts: Sequence[str], filled: int) -> None:
    """What stands in parentheses, and what stands before them."""
    inner = [tuple(_INNER.findall(text)[:1]) for text in texts]
    if sum(map(bool, inner)) >= 0.2 * filled:
        views["inner"] = _textual("inner", inner)
    bare = [_BARE.sub("", text).strip() for text in texts]
    if any(b and b != text for b, text in zip(bare, texts, strict=True)):
        pieces = [(b or text,) if text else () for b, text in zip(bare, texts, strict=True)]
        views["bare"] = _textual("bare", pieces)


def _readers(texts: Sequence[str]) -> Iterator[tuple[str, Callable[[str], float | None], float]]:
    """The numeric views: a name, how a cell is read, and which share of the cells must be read."""
    comma = any(map(_COMMA_IS_DECIMAL.search, texts)) and not any(
        map(_DOT_IS_DECIMAL.search, texts)
    )
    pairs = {text: tuple(numbers_in(text, comma_is_decimal=comma)) for text in set(texts)}
    leading = sum(bool(_LEADS.match(text)) or bool(_NEGATIVE.match(text)) for text in texts)
    share = 0.4 if leading else 0.7

    def nth(text: str, place: int) -> float | None:
        return pairs[text][place] if len(pairs[text]) > place else None

    def both(text: str, sign: int) -> float | None:
        pair = pairs[text]
        return None if len(pair) < 2 else pair[0] + pair[1] if sign > 0 else abs(pair[0] - pair[1])

    def date(text: str) -> float | None:
        found = date_of(text)
        if found is None and (year := year_of(text)) is not None:
            return year * 10_000
        return found

    sample = [text for text in dict.fromkeys(texts) if text][:_TRIED]
    if sum(date_of(text) is not None for text in sample) * 4 >= len(sample):
        dated = sum(date_of(text) is not None for text in texts)
    else:
        dated = 0
    if dated and dated * 2 >= sum(map(bool, texts)):
        yield "date", date, 0.5
    yield "time", seconds_of, 0.5
    yield "year", year_of, 0.5
    yield "number", lambda text: nth(text, 0), share
    yield "second", lambda text: nth(text, 1), 0.5
    yield "gap", lambda text: both(text, -1), 0.5
    yield "total", lambda text: both(text, 1), 0.5


def _add_months(views: dict[str, View], texts: Sequence[str]) -> None:
    months = [
        (_MONTH_NAMES[int(values[0]) // 100 % 100 - 1].title(),)
        if values and isinstance(values[0], float) and int(values[0]) // 100 % 100
        else ()
        for values in views["date"].values
    ]
    if sum(map(bool, months)) * 2 >= len(texts):
        views["month"] = _textual("month", months)


def _pieces(text: str) -> tuple[str, ...]:
    pieces = [piece for piece in _SPLIT.split(text) if piece]
    if all(len(piece.split()) <= 5 for piece in pieces):
        return tuple(dict.fromkeys(pieces))[:_MOST_ITEMS]
    return (text,) if text else ()


def _textual(name: str, parts: Sequence[tuple[str, ...]]) -> View:
    known: dict[tuple[str, ...], tuple[tuple[str, str], ...]] = {}
    for part in parts:
        if part not in known:
            known[part] = tuple({key(p): p for p in reversed(part)}.items())[::-1]
    kept = [known[part] for part in parts]
    return View(
        name,
        tuple(tuple(k for k, _ in pairs) for pairs in kept),
        tuple(tuple(shown for _, shown in pairs) for pairs in kept),
    )


def _numeric(name: str, values: Sequence[float | None], texts: Sequence[str]) -> View:
    finite = [None if value is None or not np.isfinite(value) else float(value) for value in values]
    return View(
        name,
        tuple(() if value is None else (value,) for value in finite),
        tuple(
            () if value is None else (plain_number(value) if name != "date" else text,)
            for value, text in zip(finite, texts, strict=True)
        ),
    )


def plain_number(value: float) -> str:
    """A number in digits: no exponent, no trailing zeros, at most six decimals."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6f}".rstrip("0").rstrip(".")


def spoken_number(value: float) -> str:
    """A number for people: thousands set apart, at most two decimals where it is large enough."""
    digits = 2 if abs(value) >= 1 else 4
    text = f"{value:,.{digits}f}".rstrip("0").rstrip(".")
    return text if text not in {"-0", ""} else "0"
