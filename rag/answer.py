"""What the stages hand to each other, and what the user gets: evidence, drafts, answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
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

Numbers = NDArray[np.integer]
"""Passages or sentences of an index, by their numbers."""

Postings = tuple[Numbers, Vector]
"""The passages or sentences that have a word, in rising order, and the BM25 score of each for it."""


@dataclass(frozen=True, slots=True)
class ScoredSentence:
    """A sentence of a retrieved passage.

    `cosine` is that of question and sentence; `dense` and `words` are the two scores, standardised over
    all candidates. `before` and `after` are its neighbours in the section (None at its ends), `position`
    counts the section's sentences from 0. `rank` is what the ranker gives it, once it has.
    """

    span: Span
    cosine: float
    dense: float
    words: float
    before: Span | None = None
    after: Span | None = None
    position: int = 0
    rank: float = 0.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """A retrieved passage: what an answerer is given.

    `score` is the fused score (higher is better, comparable within one question only) and `parts` what
    it is made of. `best` is the passage's best sentence by these scores; `sentences` are all of them.
    """

    document: Document
    passage: Passage
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    best: Span | None = None
    sentences: tuple[ScoredSentence, ...] = ()

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
    """One sentence of a draft, with the spans (or cells) it stands on.

    `text` is Markdown as in `Answer.text`: words that come from a document go through `literal` or
    `bold` first.
    """

    text: str
    document: Document
    span: Span
    section: int
    cells: tuple[CellPosition, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What an answerer proposes: claims in the order they are said, and how sure it is (0 to 1).

    `signs` are what it knows of the draft, by name, for whoever chooses between drafts.
    """

    claims: tuple[Claim, ...]
    confidence: float
    method: Method
    derivation: Derivation | None = None
    signs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a chat model took for an answer: its name, tokens, calls of tools, and seconds."""

    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    tool_calls: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets. `text` is Markdown with [1] markers; where `abstained`, `reason` says why.

    `understood` is the question that was answered, where that is not `question` as it was asked: a
    follow-up made to stand alone; else "". `notes` are lines for the user about how the answer came to
    be, such as what went wrong with a chat model; `usage` is None where no model was asked.
    Of Markdown it knows line breaks, lines that open with the bullet "- ", `**bold**`, and a backslash
    before another one, an asterisk or a square bracket, which shows that character itself. All else
    means only itself.
    """

    question: str
    text: str
    citations: tuple[Citation, ...]
    abstained: bool
    reason: str
    confidence: float
    method: Method
    derivation: Derivation | None = None
    suggestions: tuple[str, ...] = ()
    understood: str = ""
    notes: tuple[str, ...] = ()
    usage: Usage | None = None

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


def log_odds(probability: float, least: float = 1e-4) -> float:
    """The logarithm of p / (1 - p), of a probability of at least `least` and at most 1 - `least`."""
    clipped = min(max(probability, least), 1 - least)
    return math.log(clipped / (1 - clipped))


def logistic(logit: float) -> float:
    """The probability that has these log-odds; beyond 30 either way they make no difference."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


_ANSWER = TypeAdapter(Answer)

_ESCAPE = r"\\[\\*\[\]]"
_MARKUP = re.compile(
    rf"(?P<escape>{_ESCAPE})"
    rf"|(?<![\w*])\*\*(?!\s)(?P<bold>(?:{_ESCAPE}|(?!{_ESCAPE})[^*\n])+)(?<!\s)\*\*(?![\w*])"
)
_MEANING = re.compile(r"[\\*]|\[(?=\d+\])|(?<=\d)\]")


def literal(text: str) -> str:
    """A document's words for `Answer.text`: nothing in them is bold or one of our citation markers."""
    return _MEANING.sub(r"\\\g<0>", text)


def bold(text: str) -> str:
    """A document's words in bold for `Answer.text`; "" for no words."""
    words = " ".join(text.split())
    return f"**{literal(words)}**" if words else ""


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """`Answer.text` as it is read: its pieces in order, each with whether it is bold.

    Bold is what stands between two `**` on one line, each next to white space, punctuation or an end
    of the text on its outer side; other asterisks are themselves.
    """
    at = 0
    for match in _MARKUP.finditer(text):
        if match.start() > at:
            yield text[at : match.start()], False
        if match["escape"]:
            yield match["escape"][1], False
        else:
            yield re.sub(_ESCAPE, lambda escape: escape.group()[1], match["bold"]), True
        at = match.end()
    if at < len(text):
        yield text[at:], False


def read(text: str) -> str:
    """`Answer.text` without its markup: the words that a reader sees."""
    return "".join(piece for piece, _ in pieces(text))


class Corpus(Protocol):
    """What the retriever needs of an index. Passages and sentences are known by their numbers."""

    @property
    def documents(self) -> Sequence[Document]: ...
    @property
    def word_counts(self) -> Mapping[str, int]: ...
    @property
    def size(self) -> int: ...
    def passage(self, number: int) -> tuple[Document, Passage]: ...
    def context(self, number: int) -> tuple[Span | None, Span | None, int]: ...
    def names(self) -> Sequence[Names]: ...
    def nearest(self, vector: Vector, k: int) -> tuple[list[int], list[float]]: ...
    def passage_postings(self, word: str) -> Postings: ...
    def sentence_postings(self, word: str) -> Postings: ...
    def sentence_numbers(self, passage: int) -> range: ...
    def sentence_vectors(self, numbers: Sequence[int] | Numbers) -> Vector: ...


class QueryEncoder(Protocol):
    """What the retriever needs of the embedding model."""

    def encode(self, texts: Sequence[str]) -> Vector: ...
    def knows(self, word: str) -> bool: ...


Sentence = tuple[str, str, str]
"""A sentence, the one before it ("" for none), and what its section and document are called."""


class Reread(Protocol):
    """What the ranker needs of the second reading: a new score for each of a few sentences, and how likely
    one says yes.
    """

    def __call__(self, question: str, sentences: Sequence[Sentence], scores: Vector) -> Vector: ...
    def agrees(self, question: str, sentence: Sentence) -> float: ...


class LayeredEncoder(Protocol):
    """What the second reading needs of the embedding model: its layers, one by one."""

    def states(self, text: str, layers: int, longest: int) -> Vector: ...
    def above(self, layers: int, changes: Mapping[str, Vector]) -> Callable[..., Vector]: ...
