"""Questions about tables: their cells, counts, lists, extremes, rows, and the tables themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from ingest.document import Cell, Span, Table
from ingest.words import STOPWORDS
from rag.suggest.words import HAPPENED, Candidate, Kind, Text, head, is_plural, plural, singular

_HAPPENING = {
    "adoption": "adopted",
    "birth": "born",
    "closing": "closed",
    "closure": "closed",
    "completion": "completed",
    "construction": "built",
    "creation": "created",
    "discovery": "discovered",
    "establishment": "established",
    "formation": "formed",
    "foundation": "founded",
    "founding": "founded",
    "inauguration": "inaugurated",
    "introduction": "introduced",
    "invention": "invented",
    "launch": "launched",
    "opening": "opened",
    "publication": "published",
    "ratification": "ratified",
    "release": "released",
    "signature": "signed",
    "signing": "signed",
}
_JOINING = frozenset("joined joining accession entry membership".split())
_OF_A_TIME = re.compile(r"^(?:year|date)(?: of)?(?: the)? |^(?:year|date) (?=\w+ed$)")
_OWNED = frozenset(
    """
    members employees inhabitants residents pupils students beds rooms floors storeys pages seats lanes
    platforms stations branches teachers islands schools satellites tracks arches spans moons legs workers
    """.split()
)
_MEASURES = {
    "altitude": "highest", "area": "largest", "budget": "largest", "capacity": "largest", "cost": "highest",
    "depth": "greatest", "diameter": "largest", "distance": "greatest", "elevation": "highest",
    "height": "greatest", "length": "greatest", "mass": "largest", "population": "largest",
    "price": "highest", "size": "largest", "span": "greatest", "speed": "highest", "volume": "largest",
    "weight": "greatest", "width": "greatest",
}  # fmt: skip
_PERSONS = frozenset(
    """
    architect artist author builder chair chairman chairwoman coach composer conductor designer director
    editor engineer founder governor head inventor keeper leader manager mayor owner painter president
    principal writer
    """.split()
)
_PLACES = frozenset("city continent country county district province region state town".split())
_LIE_SOMEWHERE = _PLACES | frozenset(
    """
    airport bridge building castle church factory harbor harbour hospital island lake library mill mine
    mountain museum park place port prison school site stadium station temple tower university village
    """.split()
)
_NO_NOUNS = frozenset(
    """
    name names no number nr id index item items entry entries row rows title titles rank description
    descriptions note notes remark remarks comment comments other others source sources ref reference
    references detail details info information value values data result results total image link summary
    second third north south east west gold silver bronze won lost win wins loss losses draw draws drawn played
    """.split()
)
"""Headers that are no nouns, or say too little to ask about."""

_HEADER = re.compile(r"[A-Za-z][a-z]+(?: [A-Za-z]+(?:-[a-z]+)?){0,3}")
_ROW_NAME = re.compile(r"[^\W\d_][\w .,&'’/-]{0,38}[\w.)]")
_ASIDE = re.compile(r"\s+[–—-]\s.*$|\s*\([^)]*\)|\s*\[[^\]]*\]|[?*†‡]+$")
_NUMBERED = re.compile(r"^\W*(?:table|tab\.)\s*(\d{1,3}|[IVX]{1,4})\b", re.IGNORECASE)
_MEMBERS = re.compile(
    r"\b[Mm]ember(?:s|ship)?(?: (?:states|countries|nations|organi[sz]ations|clubs))? of "
    r"((?:the )?[A-Z][\w&-]*(?: (?:of |the |and |for )*[A-Z][\w&-]*){0,4})"
)
_NO_ROW_NAME = re.compile(
    r"(?i)(?:sub|grand )?total|sum\b|average|mean\b|all\b|others?\b|c\. |(?:jan|feb|mar|apr|may|june?|july?|aug|sep|oct|nov|dec)\w*\.? \d"
)
_PLAIN_CELL = re.compile(r"[\w .,;:&'’()/%€$£+−–-]+")
_LONGEST_CELL = 8

_MOST_OF_A_KIND = 3
"""Questions of one kind about one table."""

_FIRST_TABLES, _FIRST_ROWS = 6, 200


def of_tables(text: Text) -> Iterator[Candidate]:
    """What the first tables of a document can be asked."""
    for number, table in enumerate(text.document.tables[:_FIRST_TABLES]):
        yield from _OfTable(text, table, number).candidates()


class _OfTable:
    """The questions of one table. Its rows are named by its first column that can name them."""

    def __init__(self, text: Text, table: Table, number: int) -> None:
        self.text, self.table, self.number = text, table, number
        self.rows = table.rows[:_FIRST_ROWS]
        columns = range(min(3, len(table.header)))
        named = ((column, names) for column in columns if (names := self._row_names(column)))
        self.key, self.names = next(named, (0, {}))
        self.nouns = self._row_nouns()
        self.label = self._label()
        group = _MEMBERS.search(table.caption)
        self.group = group.group(1) if group else ""

    def candidates(self) -> Iterator[Candidate]:
        found = [*self._whole()]
        if self.names and len(self.rows) > 1:
            found += self._of_rows()
            others = [c for c in range(len(self.table.header)) if c != self.key]
            # One of every column before a second one of any.
            for turn in zip_longest(*map(self._of_column, others)):
                found += [each for each in turn if each is not None]
        seen: Counter[Kind] = Counter()
        for each in found:
            seen[each.kind] += 1
            if seen[each.kind] <= _MOST_OF_A_KIND:
                yield each

    # what a table and its rows are called

    def _row_names(self, column: int) -> dict[int, str]:
        """The names of the rows that a question can name; empty where the column holds no names."""
        firsts = [row[column] for row in self.rows]
        called = [_ASIDE.sub("", cell.text).strip() for cell in firsts]
        counts = Counter(name.casefold() for name in called)
        named = {
            number: name
            for number, (cell, name) in enumerate(zip(firsts, called, strict=True))
            if cell.kind in ("text", "list")
            and counts[name.casefold()] == 1
            and len(name.split()) <= 5
            and _ROW_NAME.fullmatch(name)
            and not _NO_ROW_NAME.match(name)
        }
        return named if len(named) * 4 >= len(firsts) * 3 else {}

    def _row_nouns(self) -> str:
        """What the rows are, in the plural, "" where the header does not tell."""
        noun = self._noun(self.key)
        if not noun or " " in noun:
            return ""
        return plural(noun)

    def _noun(self, column: int) -> str:
        """The header as a noun inside a sentence, "" where it is none."""
        header = re.sub(r"\s*(?:\([^)]*\)|\[[^\]]*\]|,.*)", "", self.table.header[column].text)
        words = header.split()
        if not _HEADER.fullmatch(header) or header.lower() in _NO_NOUNS:
            return ""
        if {words[0].lower(), words[-1].lower()} & STOPWORDS or {
            "which",
            "that",
            "when",
            "and",
            "or",
        } & {*words}:
            return ""
        if len(words) > 1 and words[0].endswith("ed"):
            return ""
        rest = [
            word.lower() if word[1:].islower() and word.istitle() else word for word in words[1:]
        ]
        first = words[0]
        if first[1:].islower() and (len(words) == 1 or not self.text.always_capital(first)):
            first = first.lower()
        return " ".join([first, *rest])

    def _label(self) -> str:
        """The table as a question names it, "" where it has neither number nor short caption."""
        numbered = _NUMBERED.match(self.table.caption)
        if numbered:
            return f"Table {numbered.group(1)}"
        if len(self.text.document.tables) == 1:
            return "the table"
        caption = self.table.caption.strip().rstrip(".:")
        fits = caption and len(caption.split()) <= 8 and not re.search(r"[“”\"*_\[\]|]", caption)
        return f"the table “{caption}”" if fits else ""

    def _called(self, row: int) -> str:
        return self.text.with_article(self.text.inside(self.names[row]))

    def _make(self, question: str, kind: Kind, rows: Sequence[int], *says: str) -> Candidate:
        spans = [self.table.row_spans[row] for row in rows] or [self.table.span]
        span = spans[0] if len(spans) == 1 else Span(spans[0].start, spans[-1].end)
        return Candidate(question, kind, span, self.number, says)

    # about the whole table, and about its rows

    def _whole(self) -> Iterator[Candidate]:
        if not self.label or not self.table.caption:
            return
        span = self.table.caption_span or self.table.span
        yield Candidate(f"What does {self.label} show?", "table", span, self.number)

    def _of_rows(self) -> Iterator[Candidate]:
        total = len(self.table.rows)
        if self.label and self.nouns and len(self.names) == total:
            question = f"How many {self.nouns} does {self.label} list?"
            yield self._make(question, "count", (), str(total))
        elif self.label:
            yield self._make(f"How many rows does {self.label} have?", "count", (), str(total))
        if not self.label:
            return
        for row in _spread(self.names, self.number):
            filled = (cell.text for cell in self.rows[row] if cell.text)
            said = next((each for each in filled if each != self.names[row]), "")
            if self._is_sound(row) and said and _PLAIN_CELL.fullmatch(said):
                question = f"What does {self.label} say about {self._called(row)}?"
                yield self._make(question, "row", [row], self.names[row], said)

    def _is_sound(self, row: int) -> bool:
        """Whether a row's name was not cut, so that it is surely understood."""
        return self.names[row] == self.rows[row][self.key].text

    # about a column

    def _of_column(self, column: int) -> Iterator[Candidate]:
        noun = self._noun(column)
        cells = [row[column] for row in self.rows]
        if not noun or not any(cell.text for cell in cells):
            return
        kinds = Counter(cell.kind for cell in cells if cell.kind != "empty")
        main, most = kinds.most_common(1)[0]
        if most * 4 < sum(kinds.values()) * 3:
            return
        if main == "year":
            yield from self._of_years(column, noun, cells)
        elif main in ("integer", "decimal"):
            yield from self._of_numbers(column, noun, cells, whole=main == "integer")
        else:
            yield from self._of_texts(column, noun, cells)

    def _of_years(self, column: int, noun: str, cells: Sequence[Cell]) -> Iterator[Candidate]:
        event = _OF_A_TIME.sub("", noun)
        done = event if event in HAPPENED else _HAPPENING.get(event, "")
        joins = event in _JOINING
        to_group = f" {self.group}" if self.group else ""
        for row in self._asked_rows(column, one=bool(done or joins)):
            name, year = self._called(row), cells[row].text
            if done:
                yield self._make(f"When was {name} {done}?", "lookup", [row], year)
            elif joins:
                yield self._make(f"In which year did {name} join{to_group}?", "lookup", [row], year)
            else:
                yield from self._given(noun, row, year)
        if not self.nouns or not (done or joins):
            return
        past = f"were {done}" if done else f"joined{to_group}"
        by_year = _by_text(cells, "year")
        lists = [(y, rows) for y, rows in by_year.items() if 2 <= len(rows) <= 5]
        for year, rows in lists[:2]:
            if all(row in self.names for row in rows):
                names = [self.names[row] for row in rows]
                yield self._make(f"Which {self.nouns} {past} in {year}?", "list", rows, *names)
        for year, rows in [each for each in by_year.items() if len(each[1]) > 2][-1:]:
            question = f"How many {self.nouns} {past} in {year}?"
            yield self._make(question, "count", rows, str(len(rows)))

    def _of_numbers(
        self, column: int, noun: str, cells: Sequence[Cell], *, whole: bool
    ) -> Iterator[Candidate]:
        counted = whole and is_plural(head(noun))
        for row in self._asked_rows(column, one=True):
            name, value = self._called(row), cells[row].text
            if counted and noun in _OWNED:
                yield self._make(f"How many {noun} does {name} have?", "lookup", [row], value)
            elif counted and self.label:
                question = f"How many {noun} does {self.label} give for {name}?"
                yield self._make(question, "lookup", [row], value)
            elif noun in _MEASURES:
                yield self._make(f"What is the {noun} of {name}?", "lookup", [row], value)
            elif not counted:
                yield from self._given(noun, row, value)
        most = "most" if counted and noun in _OWNED else _MEASURES.get(noun)
        if most is None or not self.label or any(cell.value is None for cell in cells):
            return
        values = [cell.value or 0.0 for cell in cells]
        best = values.index(max(values))
        if values.count(values[best]) == 1 and best in self.names and len(values) > 2:
            one = singular(self.nouns) or "entry"
            question = f"Which {one} in {self.label} has the {most} {noun}?"
            yield self._make(question, "list", [best], self.names[best])

    def _of_texts(self, column: int, noun: str, cells: Sequence[Cell]) -> Iterator[Candidate]:
        for row in self._asked_rows(column, one=False):
            text = cells[row].text
            if len(text.split()) > _LONGEST_CELL or not _PLAIN_CELL.fullmatch(text):
                continue
            if noun in _PERSONS and self.label:
                question = f"Who does {self.label} name as the {noun} of {self._called(row)}?"
                yield self._make(question, "lookup", [row], text)
            else:
                yield from self._given(noun, row, text)
        if noun not in _PLACES or not self.nouns or not self.label:
            return
        shared = {item for cell in cells for item in cell.items}
        for place, rows in _by_text(cells, "text").items():
            if len(rows) > 1 and place not in shared and re.fullmatch(r"[A-Z][\w -]+", place):
                where = self.text.with_article(place)
                lie = singular(self.nouns) in _LIE_SOMEWHERE
                question = (
                    f"How many {self.nouns} in {self.label} are in {where}?"
                    if lie
                    else f"How many {self.nouns} does {self.label} list for {where}?"
                )
                yield self._make(question, "count", rows, str(len(rows)))
                return

    def _given(self, noun: str, row: int, value: str) -> Iterator[Candidate]:
        """The question that fits every noun."""
        if self.label and not re.fullmatch(r"\w+ed", head(noun)):
            name = self._called(row)
            which = "Which" if noun in _PLACES or head(noun) == "year" else "What"
            question = f"{which} {noun} does {self.label} give for {name}?"
            yield self._make(question, "lookup", [row], value)

    def _asked_rows(self, column: int, *, one: bool) -> list[int]:
        """Two rows whose cell is filled; another pair for each column. `one`: named in the singular."""
        fit = {
            row: name
            for row, name in self.names.items()
            if self.rows[row][column].text
            and self._is_sound(row)
            and not (one and is_plural(name) and not name.isupper())
        }
        return list(islice(_spread(fit, self.number + column), 2))


def _spread(names: Iterable[int], turn: int) -> Iterator[int]:
    """Some rows from all over a table, others for every turn."""
    rows = sorted(names)
    if not rows:
        return
    step = max(1, len(rows) // 3)
    for number in range(min(3, len(rows))):
        yield rows[(turn + number * step) % len(rows)]


def _by_text(cells: Sequence[Cell], kind: str) -> dict[str, list[int]]:
    """The rows of each text of the cells of one kind."""
    found: dict[str, list[int]] = {}
    for row, cell in enumerate(cells):
        if cell.kind == kind:
            found.setdefault(cell.text, []).append(row)
    return found
