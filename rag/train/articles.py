"""Articles with questions of which the answer is known: public data given by path, and what we wrote.

SelQA (Jurczyk, Zhai and Choi 2016, https://arxiv.org/abs/1606.08513, Apache 2.0) and QED (Lamm et al. 2021,
https://arxiv.org/abs/2009.06354; Wikipedia text, CC BY-SA 3.0); `written/` holds questions of ours over some of their
texts, in free paraphrase, and over articles of ours. All texts of a data set become the sections of one
long document, ingested as any other; a part of it, a section with those of its article or most like it,
stands for an article on one subject.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from ingest.build import ingest
from ingest.document import Document, Passage, Span
from ingest.embed import DEFAULT_MODEL
from ingest.encode import question_encoder
from ingest.index import Index
from ingest.names import Names
from rag.answer import Evidence, Numbers, Postings, Vector
from rag.question import Asked
from rag.retrieve import HybridRetriever

PASSAGES = 8
"""Passages whose sentences are ranked, here as in `rag.pipeline`."""

_SECTIONS = 12
_ALL = 1_000


@dataclass(frozen=True, slots=True)
class Sample:
    """A question, the text that it was asked about, and which of its sentences answer: none, if none does.

    `article` names the article that the text is a section of, "" where it stands alone; `elsewhere` are
    sentences of its other sections that answer too. `verdict` is "yes" or "no" where the answer says so.
    """

    question: str
    title: str
    sentences: tuple[str, ...]
    answers: frozenset[int]
    article: str = ""
    elsewhere: frozenset[str] = frozenset()
    verdict: str | None = None

    @property
    def right(self) -> frozenset[str]:
        """The sentences that answer."""
        return self.elsewhere.union(self.sentences[number] for number in self.answers)


def selqa(path: Path) -> Iterator[Sample]:
    """The samples of a SelQA file for answer sentence selection."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        sentences = tuple(" ".join(sentence.split()) for sentence in item["candidates"])
        title = f"{item['article']} {item['section']}"
        question = " ".join(item["question"].split())
        yield Sample(question, title, sentences, frozenset(item["answers"]))


def qed(path: Path, *, unanswered: bool = False) -> Iterator[Sample]:
    """The samples of a QED file whose answer stands in the paragraph; the others too if `unanswered`."""
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        text = item["paragraph_text"]
        starts = [*item["sentence_starts"], len(text)]
        spans = list(pairwise(starts))
        at = {part["start"] for answer in item["original_nq_answers"] for part in answer}
        answers = {n for n, (a, b) in enumerate(spans) if any(a <= start < b for start in at)}
        if unanswered or (answers and len(spans) > 1):
            sentences = tuple(" ".join(text[a:b].split()) for a, b in spans)
            yield Sample(item["question_text"], item["title_text"], sentences, frozenset(answers))


def encyclopedia(path: Path, texts: Iterable[Sample]) -> Iterator[Sample]:
    """Our questions over texts of the public data, which are told by their digest."""
    known = {_digest(each.sentences): each for each in texts}
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        of = known[item["text"]]
        yield replace(of, question=item["question"], answers=frozenset(item["answers"]))


def articles(path: Path) -> Iterator[Sample]:
    """Our questions over articles of ours. What a question lacks an answer to is asked of the first section."""
    for line in path.read_text(encoding="utf-8").splitlines():
        article = json.loads(line)
        for item in article["questions"]:
            at = [(int(of), int(number)) for of, number in (a.split(".") for a in item["answers"])]
            section = at[0][0] if at else 0
            text = article["sections"][section]
            yield Sample(
                item["question"],
                f"{article['title']} {text['title']}",
                tuple(text["sentences"]),
                frozenset(number for of, number in at if of == section),
                article["title"],
                frozenset(article["sections"][of]["sentences"][number] for of, number in at),
                item.get("verdict"),
            )


def _digest(sentences: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:12]


def says(text: str, answers: Iterable[str]) -> bool:
    """Whether a sentence is one of the answers; the data cut some sentences otherwise than we do."""
    return any(text in answer or answer in text for answer in answers)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question asked in one setting, with what was found and whose words are how rare."""

    asked: Asked
    evidence: list[Evidence]
    retriever: HybridRetriever


class Collection:
    """The texts of a data set as one index, which can be asked as a whole or in part."""

    def __init__(self, samples: Sequence[Sample], index: Index) -> None:
        self.samples = samples
        self._index = index
        self._encoder = question_encoder(DEFAULT_MODEL, index.sample())
        self._whole = HybridRetriever(index, self._encoder)
        texts = dict.fromkeys((sample.title, sample.sentences) for sample in samples)
        self._headings = {text: _heading(number, text[0]) for number, text in enumerate(texts)}
        self._articles = {self._heading(sample): sample.article for sample in samples}
        self._passages: dict[str, list[int]] = {}
        for number in range(index.size):
            document, passage = index.passage(number)
            title = document.sections[passage.section].title
            self._passages.setdefault(title, []).append(number)

    def everywhere(self, sample: Sample) -> Asking:
        """The question asked over all texts: the passages that come first."""
        found = self._asking(sample.question, self._whole)
        return Asking(found.asked, found.evidence[:PASSAGES], found.retriever)

    def at_home(self, sample: Sample) -> Asking:
        """The same, of which only the passages of the question's own text are kept."""
        found = self._asking(sample.question, self._whole)
        mine = self._heading(sample)
        own = [each for each in found.evidence if each.section[-1] == mine]
        return Asking(found.asked, own, found.retriever)

    def in_article(self, sample: Sample, question: str | None = None) -> Asking:
        """A question asked in an article: the question's own text and those most like it."""
        return self._in_part(question or sample.question, self._likest(sample)[:_SECTIONS])

    def without_text(self, sample: Sample) -> Asking:
        """The question asked in the same article without its own text."""
        others = [each for each in self._likest(sample) if self._articles[each] != sample.article]
        apart = others if sample.article else self._likest(sample)[1:]
        return self._in_part(sample.question, apart[:_SECTIONS])

    def _in_part(self, question: str, headings: Sequence[str]) -> Asking:
        members = [number for heading in headings for number in self._passages[heading]]
        retriever = HybridRetriever(_Part(self._index, members), self._encoder)
        found = self._asking(question, retriever)
        return Asking(found.asked, found.evidence[:PASSAGES], retriever)

    def _asking(self, question: str, retriever: HybridRetriever) -> Asking:
        query = self._whole.query(question)
        asked = Asked(question, query.text, query.names)
        return Asking(asked, retriever.find(query, _ALL), retriever)

    def _heading(self, sample: Sample) -> str:
        return self._headings[sample.title, sample.sentences]

    def _likest(self, sample: Sample) -> list[str]:
        """The texts by how like they are to the question's own, which comes first; then those of its article."""
        mine = self._heading(sample)
        headings, vectors = self._vectors
        near = vectors @ vectors[headings.index(mine)]
        others = [headings[number] for number in np.argsort(-near)]
        if sample.article:
            others.sort(key=lambda heading: self._articles[heading] != sample.article)
        return [mine, *(heading for heading in others if heading != mine)]

    @cached_property
    def _vectors(self) -> tuple[list[str], Vector]:
        """The mean vector of each text's sentences: shape (texts, dimension), unit length."""
        means = [
            self._index.sentence_vectors(
                [n for passage in passages for n in self._index.sentence_numbers(passage)]
            ).mean(axis=0)
            for passages in self._passages.values()
        ]
        vectors: Vector = np.stack(means)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return list(self._passages), vectors


class _Part:
    """Some passages of an index as a corpus of their own."""

    def __init__(self, index: Index, members: Iterable[int]) -> None:
        self._index = index
        self._members = np.array(sorted(members))
        self._places = {int(number): place for place, number in enumerate(self._members)}

    @property
    def documents(self) -> Sequence[Document]:
        return self._index.documents

    @property
    def word_counts(self) -> Mapping[str, int]:
        return self._index.word_counts

    @property
    def size(self) -> int:
        return len(self._members)

    def passage(self, number: int) -> tuple[Document, Passage]:
        return self._index.passage(int(self._members[number]))

    def context(self, number: int) -> tuple[Span | None, Span | None, int]:
        return self._index.context(int(self._members[number]))

    def names(self) -> Sequence[Names]:
        return self._index.names()

    def nearest(self, vector: Vector, k: int) -> tuple[list[int], list[float]]:
        found = zip(*self._index.nearest(vector, self._index.size), strict=True)
        mine = [
            (self._places[number], cosine) for number, cosine in found if number in self._places
        ]
        return [place for place, _ in mine[:k]], [cosine for _, cosine in mine[:k]]

    def passage_postings(self, word: str) -> Postings:
        numbers, scores = self._index.passage_postings(word)
        mine = np.isin(numbers, self._members)
        return np.searchsorted(self._members, numbers[mine]), scores[mine]

    def sentence_postings(self, word: str) -> Postings:
        return self._index.sentence_postings(word)

    def sentence_numbers(self, passage: int) -> range:
        return self._index.sentence_numbers(int(self._members[passage]))

    def sentence_vectors(self, numbers: Sequence[int] | Numbers) -> Vector:
        return self._index.sentence_vectors(numbers)


@contextmanager
def collected(samples: Sequence[Sample], folder: Path | None = None) -> Iterator[Collection]:
    """The texts of the samples, ingested; into a folder, where the index is kept, or for this once."""
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        if not (place / "index").exists():
            place.mkdir(parents=True, exist_ok=True)
            texts = dict.fromkeys((sample.title, sample.sentences) for sample in samples)
            parts = [
                f"## {_heading(number, title)}\n\n{' '.join(said)}"
                for number, (title, said) in enumerate(texts)
            ]
            (place / "texts.md").write_text("\n\n".join(parts), encoding="utf-8")
            ingest([place / "texts.md"], place / "index", progress=show)
        index = Index.open(place / "index")
        try:
            yield Collection(samples, index)
        finally:
            index.close()


def _heading(number: int, title: str) -> str:
    return f"{title} §{number}"


def show(what: str, done: int, total: int) -> None:
    """Progress on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{what} {done} of {total}   ", end="", file=sys.stderr, flush=True)


_NAME = re.compile(r"(?<=[a-z,] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_YEAR = re.compile(r"\b(?:1[5-9]\d\d|20[01]\d)\b")


def altered(samples: Sequence[Sample], seed: int = 0) -> Iterator[str | None]:
    """Each question with a year, a name or a word of its title changed; None where it has none."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    names = sorted({name for sample in samples for name in _NAME.findall(sample.question)})
    for sample in samples:
        question = sample.question
        year, mine = _YEAR.search(question), _NAME.findall(question)
        words = [w for w in re.findall(r"\w{4,}", sample.title) if _has(question, w)]
        if year:
            other = str(int(year.group()) + dice.choice([-7, -4, -3, 3, 5, 8]))
            changed = question.replace(year.group(), other)
        elif mine and names:
            changed = question.replace(dice.choice(mine), dice.choice(names))
        elif words:
            others = re.findall(r"\w{4,}", dice.choice(samples).title) or ["nothing"]
            word = re.escape(dice.choice(words))
            changed = re.sub(
                rf"\b{word}\b", dice.choice(others).lower(), question, flags=re.IGNORECASE
            )
        else:
            changed = question
        yield changed if changed != question else None


def _has(question: str, word: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}\b", question, re.IGNORECASE))
