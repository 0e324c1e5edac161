"""Which passages bear on a question: meaning (vectors) and words (BM25), fused.

Both scores are standardised over the pool of candidates and added, for whole passages and for their
sentences; a passage ranks by its best sentence, whose score is the sum of the two levels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

import numpy as np
from numpy.typing import NDArray

from ingest.document import PassageKind
from ingest.names import Mention, NameGroup
from ingest.words import correct, stems, tokens
from rag.answer import (
    Corpus,
    Evidence,
    Numbers,
    Postings,
    QueryEncoder,
    ScoredSentence,
    Vector,
)

POOL = 100
"""Candidates from each of the two searches."""

_SAME_ROOT = 4
_EVERYWHERE = 0.4

_PRIOR: Mapping[PassageKind, float] = {"table": -1.0, "reference": -10.0}
"""In standard deviations. A row says what its table says, and says it precisely; a reference
names what the text is about but says nothing of it."""

_ABOUT_SOURCES = frozenset(
    stem
    for word in (
        "article bibliography book brochure cite citation footnote journal paper publication publish "
        "publisher published reference source title website wrote write written"
    ).split()
    for stem in stems(word)
)
"""A question with one of these words may well ask for a reference; of a reference, it says nothing."""

_ASKED_FOR = 2.0


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the index gets it.

    `text` is what is encoded: misspelt words mended, names in their standard form. `words` are the
    stems to look for; `choices` holds for every name the stems of each form to look for, `names` those
    of every form that there is.
    """

    text: str
    words: tuple[str, ...]
    choices: tuple[tuple[tuple[str, ...], ...], ...]
    names: tuple[tuple[tuple[str, ...], ...], ...] = ()


class HybridRetriever:
    """Dense and BM25 retrieval over one corpus."""

    def __init__(self, corpus: Corpus, encoder: QueryEncoder) -> None:
        self._corpus = corpus
        self._encoder = encoder

    def __call__(self, question: str, k: int) -> list[Evidence]:
        """The k passages that bear most on a question, best first, with their scores explained."""
        return self.find(self.query(question), k)

    def find(self, query: Query, k: int) -> list[Evidence]:
        """The same, of a question that is understood already."""
        vector = self._encoder.encode([query.text])[0]
        pool, parts = self._passages(query, vector)
        if not pool:
            return []
        sentences = self._sentences(query, vector, pool)
        parts["sentence"] = np.maximum.reduceat(sentences.fused, sentences.firsts[:-1])
        scores = parts["passage"] + parts["sentence"] + parts["prior"]
        first = np.argsort(-scores, kind="stable")[:k]
        return [
            self._evidence(
                pool[row],
                float(scores[row]),
                {name: float(values[row]) for name, values in parts.items()},
                sentences.of(row),
            )
            for row in first.tolist()
        ]

    def query(self, question: str) -> Query:
        """Mend the spelling of a question and resolve its names against the documents."""
        said: list[str] = []
        words: list[str] = []
        choices: list[tuple[tuple[str, ...], ...]] = []
        names: list[tuple[tuple[str, ...], ...]] = []
        at = 0
        for mention in self._mentions(question):
            between = self._mended(question[at : mention.span.start])
            typed = question[mention.span.start : mention.span.end]
            name, alternatives = self._resolved(typed, mention.group)
            said += [between, name]
            words += stems(between)
            choices.append(alternatives)
            names.append(tuple(tuple(stems(form)) for form in mention.group.forms))
            at = mention.span.end
        rest = self._mended(question[at:])
        text = "".join([*said, rest])
        return Query(text, (*words, *stems(rest)), tuple(choices), tuple(names))

    def rarity(self, stem: str) -> float:
        """The weight of a word: the rarer in the passages, the higher."""
        numbers, _ = self._corpus.passage_postings(stem)
        return self._weight(len(numbers))

    def _weight(self, having: int) -> float:
        """The weight of what so many passages have."""
        return math.log1p(self._corpus.size / (1 + having))

    def _mentions(self, question: str) -> list[Mention]:
        """The names that any document knows, in order, none overlapping another."""
        found: list[Mention] = []
        for names in self._corpus.names():
            for mention in names.mentions(question, self._encoder.knows):
                if all(
                    mention.span.end <= other.span.start or other.span.end <= mention.span.start
                    for other in found
                ):
                    found.append(mention)
        return sorted(found, key=lambda mention: mention.span)

    def _resolved(self, typed: str, group: NameGroup) -> tuple[str, tuple[tuple[str, ...], ...]]:
        """What to encode for a name, and the stems of each of the forms to look for.

        Passages are indexed with the standard terms of the glossary, but with countries as they are
        written: a capital stays where the document says it, and brings its country along.
        """
        standard = tuple(stems(group.canonical))
        own = tuple(stems(typed))
        if group.kind != "country" or standard == own:
            return group.canonical, (standard,)
        if not all(token.text in self._corpus.word_counts for token in tokens(typed)):
            return group.canonical, (standard,)
        is_derived = typed[:_SAME_ROOT].casefold() == group.canonical[:_SAME_ROOT].casefold()
        name = typed if is_derived else f"{typed} ({group.canonical})"
        return name, (standard, own)

    def _mended(self, text: str) -> str:
        """The text with each misspelt word replaced by the documents' nearest."""
        counts = self._corpus.word_counts
        mended, at = [], 0
        for token in tokens(text):
            if token.text in counts:
                continue
            better = correct(token.text, counts, self._encoder.knows)
            if better:
                mended += [text[at : token.start], better]
                at = token.end
        return "".join([*mended, text[at:]])

    def _passages(
        self, query: Query, vector: Vector
    ) -> tuple[list[int], dict[str, NDArray[np.floating]]]:
        """The candidates in the order of their numbers, and each of their scores: shape (candidates,).

        `dense` and `words` are standardised, and `passage` is their sum.
        """
        words = [self._corpus.passage_postings(word) for word in query.words]
        names = [self._name(forms) for forms in query.choices]
        terms = [*words, *(name.postings for name in names)]
        near, cosines = self._corpus.nearest(vector, POOL)
        total = np.zeros(self._corpus.size, dtype=np.float32)
        for numbers, scores in terms:
            total[numbers] += scores
        pool = np.union1d(near, _highest(total, POOL)).astype(np.int64)
        known = dict(zip(near, cosines, strict=True))
        floor = min(cosines, default=0.0)
        listed = pool.tolist()
        dense = _standardised([known.get(number, floor) for number in listed])
        lexical = _standardised(total[pool])
        kinds = [self._corpus.passage(number)[1].kind for number in listed]
        return listed, {
            "dense": dense,
            "words": lexical,
            "passage": dense + lexical,
            "coverage": self._coverage(query, terms, pool, kinds),
            "names": _named(names, pool),
            "prior": np.asarray([_prior(kind, query) for kind in kinds]),
        }

    def _sentences(self, query: Query, vector: Vector, pool: Sequence[int]) -> _Sentences:
        """The scores of the sentences of all candidates."""
        ranges = [self._corpus.sentence_numbers(number) for number in pool]
        firsts = list(accumulate(map(len, ranges), initial=0))
        numbers = np.fromiter(chain.from_iterable(ranges), dtype=np.int64, count=firsts[-1])
        cosines = self._corpus.sentence_vectors(numbers) @ vector
        words = np.zeros(len(numbers), dtype=np.float32)
        for word in query.words:
            words += _at(self._corpus.sentence_postings(word), numbers)
        for forms in query.choices:
            words += _best_form(
                [
                    [_at(self._corpus.sentence_postings(word), numbers) for word in form]
                    for form in forms
                ],
                len(numbers),
            )
        return _Sentences(cosines, _standardised(cosines), _standardised(words), firsts)

    def _evidence(
        self,
        number: int,
        score: float,
        parts: Mapping[str, float],
        scores: Sequence[tuple[float, float, float]],
    ) -> Evidence:
        """A passage with its scores: each sentence's cosine and its two standardised ones."""
        document, passage = self._corpus.passage(number)
        before, after, position = self._corpus.context(number)
        around = [before, *passage.sentences, after]
        sentences = tuple(
            ScoredSentence(span, *of_sentence, around[i], around[i + 2], position + i)
            for i, (span, of_sentence) in enumerate(zip(passage.sentences, scores, strict=True))
        )
        best = max(sentences, key=lambda sentence: sentence.dense + sentence.words)
        parts = {**parts, "cosine": best.cosine}
        return Evidence(document, passage, score, parts, best.span, sentences)

    def _name(self, forms: Sequence[Sequence[str]]) -> _Name:
        """Which passages have a name. It counts as one word, and of its forms the best counts."""
        scores = [[self._everywhere(word) for word in form] for form in forms]
        best = _best_form(scores, self._corpus.size)
        numbers = np.flatnonzero(best)
        said = [np.all([each > 0 for each in form], axis=0) for form in scores if form]
        return _Name((numbers, best[numbers]), np.any(said, axis=0) if said else None)

    def _everywhere(self, word: str) -> Vector:
        """The score of every passage for a word: shape (passages,)."""
        scores = np.zeros(self._corpus.size, dtype=np.float32)
        numbers, own = self._corpus.passage_postings(word)
        scores[numbers] = own
        return scores

    def _coverage(
        self, query: Query, terms: Sequence[Postings], pool: Numbers, kinds: Sequence[PassageKind]
    ) -> Vector:
        """Which share of the question each candidate has the words of, each weighted by its rarity."""
        if not terms:
            return np.zeros(len(pool), dtype=np.float32)
        rarity = np.asarray([self._weight(len(numbers)) for numbers, _ in terms])
        has = np.stack([_among(pool, numbers) for numbers, _ in terms])
        is_reference = [kind == "reference" for kind in kinds]
        says_source = [word in _ABOUT_SOURCES for word in query.words]
        has[np.ix_(np.flatnonzero(says_source), np.flatnonzero(is_reference))] = True
        covered: Vector = (rarity @ has / rarity.sum()).astype(np.float32)
        return covered


@dataclass(frozen=True, slots=True)
class _Name:
    """The passages that have any word of a name, with their scores for it.

    `said`: which passages have all words of one of its forms, shape (passages,); None for a name of
    function words only.
    """

    postings: Postings
    said: NDArray[np.bool_] | None


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The sentences of all candidates in a row, with their scores: shape (sentences,).

    `firsts` says where those of each candidate begin, and at last where all end.
    """

    cosines: Vector
    dense: Vector
    words: Vector
    firsts: Sequence[int]

    @property
    def fused(self) -> NDArray[np.float64]:
        """What ranks a sentence: shape (sentences,)."""
        return self.dense.astype(np.float64) + self.words

    def of(self, row: int) -> list[tuple[float, float, float]]:
        """The scores of each sentence of one candidate."""
        mine = slice(self.firsts[row], self.firsts[row + 1])
        each = (values[mine].tolist() for values in (self.cosines, self.dense, self.words))
        return list(zip(*each, strict=True))


def _named(names: Sequence[_Name], pool: Numbers) -> Vector:
    """Which share of the question's names each candidate says, in any of their forms.

    A name that nearly half of all passages say goes without saying.
    """
    shares = [
        name.said[pool]
        for name in names
        if name.said is not None and name.said.mean() < _EVERYWHERE
    ]
    if not shares:
        return np.ones(len(pool), dtype=np.float32)
    named: Vector = np.mean(shares, axis=0, dtype=np.float32)
    return named


def _among(some: Numbers, others: Numbers) -> NDArray[np.bool_]:
    """Which of some numbers are among others, which rise: shape (some,)."""
    if not len(others):
        return np.zeros(len(some), dtype=np.bool_)
    found: NDArray[np.bool_] = others[_places(some, others)] == some
    return found


def _at(postings: Postings, numbers: Numbers) -> Vector:
    """The scores of some passages or sentences for a word, 0 where they lack it: shape (numbers,)."""
    having, scores = postings
    if not len(having):
        return np.zeros(len(numbers), dtype=np.float32)
    places = _places(numbers, having)
    found: Vector = np.where(having[places] == numbers, scores[places], np.float32(0))
    return found


def _places(some: Numbers, others: Numbers) -> Numbers:
    """Where each of some numbers stands among others that rise, if it is there at all."""
    wanted = some.astype(others.dtype, copy=False)  # else all the others would be converted
    return np.minimum(np.searchsorted(others, wanted), len(others) - 1)


def _best_form(forms: Sequence[Sequence[Vector]], size: int) -> Vector:
    """The best score of any form of a name; a form's is the mean of its words'. Shape (size,)."""
    best = np.zeros(size, dtype=np.float32)
    for form in forms:
        total = np.zeros(size, dtype=np.float32)
        for scores in form:
            total += scores
        np.maximum(best, total / max(1, len(form)), out=best)
    return best


def _highest(scores: Vector, k: int) -> Numbers:
    """Where the k highest scores stand; of equal ones the first. In no order: nothing is sorted."""
    if k >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - k)[len(scores) - k]
    above = np.flatnonzero(scores > least)
    return np.concatenate([above, np.flatnonzero(scores == least)[: k - len(above)]])


def _prior(kind: PassageKind, query: Query) -> float:
    if kind == "reference" and not _ABOUT_SOURCES.isdisjoint(query.words):
        return _ASKED_FOR
    return _PRIOR.get(kind, 0.0)


def _standardised(values: Sequence[float] | Vector) -> Vector:
    """Mean 0 and standard deviation 1; all 0 where they are all the same."""
    array = np.asarray(values, dtype=np.float32)
    spread = float(array.std()) if len(array) else 0.0
    if spread < 1e-6:
        return np.zeros_like(array)
    result: Vector = (array - array.mean()) / spread
    return result
