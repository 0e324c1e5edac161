"""The one form of a gold question, and the reader of gold files; `gold/README.md` documents it for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from eval.generate import GoldQuestion
from ingest.document import CellPosition, Document
from ingest.errors import FootnoteError
from rag.answer import Turn

FOLDER = Path(__file__).parent / "gold"
FILES = tuple(
    FOLDER / f"{name}.jsonl" for name in ("prose", "tables", "paraphrases", "noisy", "conversation")
)
"""The gold questions about the shipped article; `retrieval.jsonl` beside them is about passages alone."""

Words = Annotated[str, StringConstraints(min_length=1)]


class GoldError(FootnoteError):
    """A gold file, or a gold question of it, that cannot be used."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Number(_Model):
    """A part of an answer that is a number: right within `tolerance`, followed by its unit if one is named."""

    number: float
    unit: str = ""
    tolerance: float = Field(default=0.0, ge=0)


Part = Number | Annotated[tuple[Words, ...], Field(min_length=1)]
"""A required part of an answer: a number, or words in each of their accepted forms."""


class CellEvidence(_Model):
    """Cells of a table: those of some columns in some rows.

    `table` counts from 1, as articles do. A row is named by the text of its first cell, a column by its
    header; either by its number from 0 where a name would be ambiguous. `where`, in the language of
    `pandas.DataFrame.query`, selects exactly these rows, so that a script can check the gold.
    """

    kind: Literal["cells"]
    table: int = Field(ge=1)
    rows: tuple[str | int, ...]
    columns: tuple[str | int, ...] = Field(min_length=1)
    where: str = ""

    def cells(self, document: Document) -> frozenset[CellPosition]:
        """Where the cells stand. Raises `GoldError` where the document has no such row or column."""
        if self.table > len(document.tables):
            raise GoldError(f"{document.name} has no table {self.table}")
        table = document.tables[self.table - 1]
        names = [row[0].text for row in table.rows]
        header = [cell.text for cell in table.header]
        rows = [self._place(row, names, "row") for row in self.rows] or [-1]
        columns = [self._place(column, header, "column") for column in self.columns]
        return frozenset((self.table - 1, row, column) for row in rows for column in columns)

    def _place(self, wanted: str | int, names: Sequence[str], what: str) -> int:
        if isinstance(wanted, int):
            if 0 <= wanted < len(names):
                return wanted
        elif names.count(wanted) == 1:
            return names.index(wanted)
        raise GoldError(f"table {self.table} has no {what} {wanted!r}, or several")


class FactEvidence(_Model):
    """Facts that stand together in one section of the text, each in one of its forms."""

    kind: Literal["prose"]
    facts: tuple[Annotated[tuple[Words, ...], Field(min_length=1)], ...] = Field(min_length=1)

    def stand_in(self, text: str) -> bool:
        """Whether every fact is said in this piece of text, in any case."""
        text = text.casefold()
        return all(any(form.casefold() in text for form in forms) for forms in self.facts)


class ReferenceEvidence(_Model):
    """An entry of the bibliography, by its number."""

    kind: Literal["reference"]
    number: int = Field(ge=1)


GoldEvidence = Annotated[
    CellEvidence | FactEvidence | ReferenceEvidence, Field(discriminator="kind")
]


class Gold(_Model):
    """A question with what a right answer says, and what it stands on.

    `answer` holds every required part, `forbidden` what must not be said (the wrong items of a list),
    `yes_no` the word that must come first. What is not `answerable` has none of them, and asks for
    silence. `history` are the turns before it, the oldest first. `computed`: the gold follows from cells
    alone, so that a wrong answer is never a matter of taste.
    """

    id: Words
    question: Words
    history: tuple[Turn, ...] = ()
    category: Words
    answerable: bool
    answer: tuple[Part, ...] = ()
    forbidden: tuple[Words, ...] = ()
    yes_no: Literal["yes", "no"] | None = None
    evidence: tuple[GoldEvidence, ...] = ()
    computed: bool = False
    why_hard: str = ""

    @model_validator(mode="after")
    def _is_sound(self) -> Gold:
        if self.answerable and not (self.answer or self.yes_no):
            raise ValueError("an answerable question needs an answer or yes_no")
        if not self.answerable and (self.answer or self.forbidden or self.yes_no):
            raise ValueError("an unanswerable question has no answer, forbidden or yes_no")
        return self

    @property
    def fingerprint(self) -> str:
        """Changes when what is asked, or what is right, changes; 12 hexadecimal digits."""
        asked = self.model_dump_json(exclude={"id", "category", "evidence", "computed", "why_hard"})
        return sha256(asked.encode()).hexdigest()[:12]

    def cells(self, documents: Sequence[Document]) -> frozenset[tuple[str, CellPosition]]:
        """The gold cells as (document id, position), in the first document that has them; or none."""
        wanted = [each for each in self.evidence if isinstance(each, CellEvidence)]
        for document in documents:
            try:
                found = frozenset[CellPosition]().union(*(each.cells(document) for each in wanted))
            except GoldError:
                continue
            return frozenset((document.id, cell) for cell in found)
        return frozenset()

    def to_json(self) -> str:
        """One line of a gold file, without what has its default."""
        return self.model_dump_json(exclude_defaults=True)


def load(paths: Iterable[Path] = FILES) -> tuple[Gold, ...]:
    """The gold questions of some files, JSON Lines.

    Raises `GoldError`, naming file, line and field, for a line that is none and for an id that occurs twice.
    """
    golds: dict[str, Gold] = {}
    for path in paths:
        for number, line in enumerate(_lines(path), 1):
            if not line.strip():
                continue
            where = f"{path}, line {number}"
            try:
                gold = Gold.model_validate_json(line)
            except ValidationError as error:
                # A part is a number or words: what was meant is what was got furthest into.
                first = max(error.errors(include_url=False), key=lambda each: len(each["loc"]))
                field = ".".join(str(part) for part in first["loc"]) or "the line"
                raise GoldError(
                    f"{where}: {field}: {first['msg']}; eval/gold/README.md shows the form"
                ) from None
            if gold.id in golds:
                raise GoldError(f"{where}: the id {gold.id!r} is taken; give it another one")
            golds[gold.id] = gold
    if not golds:
        raise GoldError("there are no gold questions in the files named; write some, one a line")
    return tuple(golds.values())


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise GoldError(f"{path} is not UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise GoldError(f"{path} cannot be read: {error.strerror}; check the path") from None


def of_generated(question: GoldQuestion) -> Gold:
    """A generated question in the one form. Its gold was computed, also where it is that there is none."""
    by_row: dict[tuple[int, int], list[int]] = {}
    for table, row, column in question.cells:
        by_row.setdefault((table, row), []).append(column)
    by_columns: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for (table, row), columns in by_row.items():
        by_columns.setdefault((table, tuple(columns)), []).append(row)
    return Gold(
        id=question.id,
        question=question.question,
        category=question.category,
        answerable=question.answerable,
        answer=question.answer,
        forbidden=question.forbidden if question.answerable else (),
        yes_no=question.yes_no,
        evidence=tuple(
            CellEvidence(kind="cells", table=table + 1, rows=tuple(rows), columns=columns)
            for (table, columns), rows in by_columns.items()
        ),
        computed=True,
    )
