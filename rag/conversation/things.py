"""The things that a question names, and of which kind each is, so that one can stand for another.

Kinds come from the documents: "Africa" and "Europe" are alike because they stand in one column.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ingest.document import Cell, Document, Span, Table
from ingest.names import NameGroup, Names, form_key
from ingest.words import STOPWORDS, stems, tokens
from rag.question import SIGNS

_MOST_CELLS = 20_000
_LONGEST_CELL = 6
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*(?<=\d)(?!\w)")
_PROPER = re.compile(
    r"\b[A-Z]\w*(?:['’](?!s\b)\w+)?(?:[ -](?:(?:of|the|de|von|van|bin|al|for)[ -]){0,2}[A-Z0-9]\w*)*"
)
_NOUNS = re.compile(r"\b(?:the|a|an)\s+((?:[\w-]+\s+){0,3}?[\w-]+)", re.IGNORECASE)
_LONGEST_NOUNS = 4
_PART = re.compile(r"\s+[–—-]\s+|\s*[(?]")


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a text names, where, and its kinds.

    `is_name`: it is an individual that a pronoun can stand for, not just a value such as "Steam".
    """

    span: Span
    text: str
    kinds: frozenset[str]
    is_name: bool

    def likeness(self, other: Thing) -> float:
        """How well one stands where the other stood; 0 for not at all."""
        shared = self.kinds & other.kinds
        names = self.is_name, other.is_name
        if any(kind.startswith("=") for kind in shared):
            return 0.0  # the same thing
        for like, holds in (
            (4.0, "year" in shared or any(kind.startswith("column") for kind in shared)),
            (3.0, "country" in shared),
            (2.5, bool(shared & {"number", "nouns"})),
            (2.0, all(names) and bool(shared)),
            (1.0, all(names)),
            (0.5, any(names) and "nouns" in self.kinds ^ other.kinds),
        ):
            if holds:
                return like
        return 0.0


def _is_open(form: str) -> bool:
    """Whether a form ends in a function word, such as "part of", and so names nothing by itself."""
    words = form.split()
    return len(words) > 1 and words[-1].casefold() in STOPWORDS


class Things:
    """Finds what texts name, by the names and the tables of some documents. Made once."""

    def __init__(self, documents: Sequence[Document], names: Sequence[Names]) -> None:
        self._documents = documents
        self._names = tuple(names)

    def find(self, text: str) -> list[Thing]:
        """What a text names, in order, never overlapping: the longer goes before the shorter."""
        found: dict[Span, Thing] = {}
        for thing in self._all(text):
            known = found.get(thing.span)
            found[thing.span] = (
                thing
                if known is None
                else replace(
                    known,
                    kinds=known.kinds | thing.kinds,
                    is_name=known.is_name or thing.is_name,
                )
            )
        kept: list[Thing] = []
        for thing in sorted(found.values(), key=lambda each: (-len(each.span), each.span.start)):
            if all(
                thing.span.end <= other.span.start or other.span.end <= thing.span.start
                for other in kept
            ):
                kept.append(thing)
        return sorted(kept, key=lambda each: each.span)

    def _all(self, text: str) -> Iterator[Thing]:
        for match in SIGNS["year"].finditer(text):
            yield _thing(text, Span(*match.span()), "year")
        for match in _NUMBER.finditer(text):
            yield _thing(text, Span(*match.span()), "number")
        for names in self._names:
            for mention in names.mentions(text):
                if _is_open(mention.group.canonical):
                    continue
                group = mention.group
                kinds = {group.kind, *self._columns_of_names.get(group.canonical, ())}
                yield _thing(text, mention.span, *kinds, same=group.canonical, is_name=True)
        for mention in self._cells.mentions(text):
            columns = self._columns[mention.group.canonical]
            is_name = bool(columns & self._of_names)
            yield _thing(
                text, mention.span, *columns, same=mention.group.canonical, is_name=is_name
            )
        for match in _PROPER.finditer(text):
            yield from self._proper(text, match)

    def _proper(self, text: str, match: re.Match[str]) -> Iterator[Thing]:
        start, end = match.span()
        words = list(re.finditer(r"[\w’'-]+", match.group()))
        opens = not text[:start].strip(" \"'“‘(")
        while words and (words[0].group().lower() in STOPWORDS | _OPENING):
            words = words[1:]
            opens = False
        if not words or (opens and len(words) == 1 and not self._is_said(match.group())):
            return
        span = Span(start + words[0].start(), end)
        if not re.fullmatch(r"\d+", text[span.start : span.end]):
            yield _thing(text, span, "proper", is_name=True)

    def _is_said(self, name: str) -> bool:
        """Whether a document has it with its capital elsewhere than at the start of a sentence."""
        pattern = re.compile(rf"(?<=[a-z,] ){re.escape(name)}\b")
        return any(pattern.search(document.text) for document in self._documents)

    def nouns(self, text: str) -> list[Thing]:
        """The noun phrases with an article ("the bridge") whose words the documents use like that."""
        found: list[Thing] = []
        for match in _NOUNS.finditer(text):
            start = match.start()
            rest = text[match.start(1) :]
            words: list[re.Match[str]] = []
            for word in re.finditer(r"[\w-]+", rest):
                between = rest[words[-1].end() : word.start()] if words else ""
                if word.group().lower() in STOPWORDS or between.strip() or len(words) == 4:
                    break
                words.append(word)
            best = next(
                (n for n in range(len(words), 0, -1) if self._says([w.group() for w in words[:n]])),
                min(len(words), 1),
            )
            if best:
                end = match.start(1) + words[best - 1].end()
                found.append(_thing(text, Span(start, end), "nouns"))
        return found

    def with_noun(self, text: str, thing: Thing) -> str:
        """A name as a text says it, with the noun after it where the documents say both: "Cross line"."""
        after = re.match(r"\s+([a-z][\w-]+)\b", text[thing.span.end :])
        if after and after[1] not in STOPWORDS and self._has(f"{thing.text} {after[1]}"):
            return f"{thing.text} {after[1]}"
        return thing.text

    def _says(self, words: Sequence[str]) -> bool:
        joined = " ".join(stems(" ".join(words)))
        return bool(joined) and f" {joined} " in self._stemmed

    def _has(self, words: str) -> bool:
        return f" {' '.join(form_key(words))} " in self._worded

    @cached_property
    def _worded(self) -> str:
        return "".join(
            f" {' '.join(token.text for token in tokens(document.text))} "
            for document in self._documents
        )

    @cached_property
    def _stemmed(self) -> str:
        return "".join(f" {' '.join(stems(document.text))} " for document in self._documents)

    # --- the tables ------------------------------------------------------------------------------

    def header(self, words: str) -> str | None:
        """The header that some words name, whole or by a part: "year" for "Year of joining"."""
        asked = set(stems(words))
        if not asked:
            return None
        fits = [
            header
            for header in dict.fromkeys(
                cell.text for table in self._tables for cell in table.header
            )
            if asked <= set(stems(header))
        ]
        return min(fits, key=len, default=None)

    def holds_people(self, header: str) -> bool:
        """Whether the cells under a header may be names of people: of two words with capitals."""
        return any(
            cell.text == header and column > 0 and _column(number, column) in self._of_names
            for number, table in enumerate(self._tables)
            for column, cell in enumerate(table.header)
        )

    def kind_of(self, thing: Thing, noun: str) -> bool:
        """Whether a thing is known to be what a noun says: by its column, its long name or its kind."""
        wanted = set(stems(_with_z(noun))) | ({"countri"} if noun in _COUNTRIES else set())
        if noun in _COUNTRIES and "country" in thing.kinds:
            return True
        if any(set(stems(self._header_of.get(kind, ""))) & wanted for kind in thing.kinds):
            return True
        return any(
            wanted & set(stems(_with_z(form))[-1:])
            for kind in thing.kinds
            if kind.startswith("=")
            for form in self._forms.get(kind[1:], (kind[1:],))
        ) or bool(wanted & set(stems(_with_z(thing.text))[-1:]))

    @cached_property
    def _tables(self) -> list[Table]:
        return [table for document in self._documents for table in document.tables]

    @cached_property
    def _forms(self) -> dict[str, tuple[str, ...]]:
        return {g.canonical: g.forms for names in self._names for g in names.groups}

    @cached_property
    def _header_of(self) -> dict[str, str]:
        return {
            _column(number, column): cell.text
            for number, table in enumerate(self._tables)
            for column, cell in enumerate(table.header)
        }

    @cached_property
    def _columns(self) -> dict[str, set[str]]:
        """What the cells say, and the columns that say it."""
        found: dict[str, set[str]] = defaultdict(set)
        left = _MOST_CELLS
        for number, table in enumerate(self._tables):
            for row in table.rows:
                for column, cell in enumerate(row):
                    if cell.kind not in ("text", "list") or left <= 0:
                        continue
                    for form in _forms(cell):
                        left -= 1
                        found[form].add(_column(number, column))
        return found

    @cached_property
    def _of_names(self) -> set[str]:
        """The columns whose cells are names: all with a capital, and the first one, or of two words."""
        named = set()
        for number, table in enumerate(self._tables):
            for column in range(len(table.header)):
                texts = [row[column].text for row in table.rows if row[column].text]
                distinct = len(set(texts)) == len(texts)
                words = [word for text in texts for word in text.split()]
                if words and all(t[:1].isupper() for t in texts) and len(words) <= 4 * len(texts):
                    people = sum(w[:1].isupper() for w in words) > 1.5 * len(texts)
                    if (column == 0 and distinct) or people:
                        named.add(_column(number, column))
        return named

    @cached_property
    def _cells(self) -> Names:
        groups = [
            NameGroup.of(form, _adjectives(form), "document") for form in sorted(self._columns)
        ]
        return Names(tuple(groups))

    @cached_property
    def _columns_of_names(self) -> dict[str, set[str]]:
        """The columns in which a name has a cell of its own, whichever of its forms stands there."""
        found: dict[str, set[str]] = defaultdict(set)
        for form, columns in self._columns.items():
            for names in self._names:
                for mention in names.mentions(form):
                    if len(mention.span) >= len(form) - 1:
                        found[mention.group.canonical] |= columns
        return found


_OPENING = frozenset(
    "name list give show tell explain describe compare please thanks sorry did does do is are was were has "
    "have had can could will would should may when where why who what which how and but so".split()
)
_COUNTRIES = frozenset({"country", "state", "nation", "countries", "states", "nations"})


def _with_z(text: str) -> str:
    """The American spelling: "organization" for "organisation"."""
    return re.sub(r"is(?=ation|ing\b|ed?\b)", "iz", text)


def _thing(text: str, span: Span, *kinds: str, same: str = "", is_name: bool = False) -> Thing:
    said = text[span.start : span.end]
    key = " ".join(form_key(same or said)) or said.lower()
    extra = {f"={key}", f"={same}"} if same else {f"={key}"}
    return Thing(span, said, frozenset({*kinds, *extra}), is_name)


def _forms(cell: Cell) -> Iterator[str]:
    """What a cell says, short enough to be said in a question, and the part before a dash or bracket."""
    parts: Iterable[str] = dict.fromkeys((cell.text, _PART.split(cell.text)[0], *cell.items))
    for part in parts:
        words = [token.text for token in tokens(part)]
        if 0 < len(words) <= _LONGEST_CELL and set(words) - STOPWORDS:
            yield part


def _adjectives(form: str) -> tuple[str, ...]:
    """What a place that a cell names may make: "African" of "Africa"."""
    if re.fullmatch(r"[A-Z][a-z]{2,}[ae]", form):
        return (f"{form}n",) if form.endswith("a") else (f"{form}an",)
    return ()


def _column(table: int, column: int) -> str:
    return f"column {table} {column}"
