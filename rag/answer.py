"""What the stages hand to each other, and what the user gets: evidence, drafts, answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from ingest.document import CellPosition, Document, Passage, Span
from ingest.names import Names

Method = Literal["table", "prose", "both", "model", "none"]
Turn = tuple[str, str]
"""A past question and the text of its answer."""

Vector = NDArray[np.float32]
"""Numbers; which shape is said where it is used."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A retrieved passage: what an answerer is given.

    `score` is the fused score (higher is better, comparable within one question only) and `parts` what
    it is made of. `best` is the passage's best sentence, with the fused score of that sentence.
    """

    document: Document
    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    best: Span | None = None
    best_score: float = 0.0

    @property
    def quote(self) -> str:
        return self.document.quote(self.passage.span)

    @property
    def section(self) -> tuple[str, ...]:
        return self.document.sections[self.passage.section].path


@dataclass(frozen=True, slots=True)
class Citation:
    """From a claim to its evidence: `document.text[span.start:span.end] == quote`, always.

    `number` counts from 1 and is the [1] of the answer's text. `section` is the path of titles. `cells`
    are the cited cells of one table, () for prose.
    """

    number: int
    document_id: str
    document_name: str
    quote: str
    span: Span
    section: tuple[str, ...]
    cells: tuple[CellPosition, ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """A replayable table program, what it says in English, the cells it read and what came out."""

    program: str
    reading: str
    operands: tuple[CellPosition, ...]
    result: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of a draft, with the spans (or cells) it stands on."""

    text: str
    document: Document
    span: Span
    section: int
    cells: tuple[CellPosition, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer proposes: claims in the order they are said, and how sure it is (0 to 1)."""

    claims: tuple[Claim, ...]
    confidence: float
    method: Method
    derivation: Derivation | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets. `text` is Markdown with [1] markers; where `abstained`, `reason` says why."""

    question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str
    confidence: float
    method: Method
    derivation: Derivation | None = None
    suggestions: tuple[str, ...] = ()

    def to_json(self, *, indent: int | None = None) -> str:
        """The answer as one JSON object."""
        return _ANSWER.dump_json(self, indent=indent).decode()

    @staticmethod
    def from_json(text: str | bytes) -> Answer:
        """Read what `to_json` wrote. Raises `ValueError` that names the first field that is wrong."""
        try:
            return _ANSWER.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the file"
            raise ValueError(f"{where}: {first['msg']}") from None


_ANSWER = TypeAdapter(Answer)


class Corpus(Protocol):
    """What the retriever needs of an index. Passages and sentences are known by their numbers."""

    @property
    def documents(self) -> Sequence[Document]: ...
    @property
    def word_counts(self) -> Mapping[str, int]: ...
    def passage(self, number: int) -> tuple[Document, Passage]: ...
    def names(self) -> Sequence[Names]: ...
    def nearest(self, vector: Vector, k: int) -> tuple[list[int], list[float]]: ...
    def passage_word_scores(self, words: Sequence[str]) -> Vector: ...
    def sentence_word_scores(self, words: Sequence[str]) -> Vector: ...
    def sentence_numbers(self, passage: int) -> range: ...
    def sentence_vectors(self, numbers: Sequence[int]) -> Vector: ...


class QueryEncoder(Protocol):
    """What the retriever needs of the embedding model."""

    def encode(self, texts: Sequence[str]) -> Vector: ...
    def knows(self, word: str) -> bool: ...


class Retriever(Protocol):
    """What an answerer needs: the passages that bear on a question, best first."""

    def __call__(self, question: str, k: int) -> Sequence[Evidence]: ...
