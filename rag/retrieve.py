"""Which passages bear on a question: meaning (vectors) and words (BM25), fused.

Both scores are standardised over the pool of candidates and added, for whole passages and for their
sentences; a passage ranks by its best sentence, whose score is the sum of the two levels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.document import PassageKind
from ingest.names import Mention, NameGroup
from ingest.words import correct, stems, tokens
from rag.answer import Corpus, Evidence, QueryEncoder, ScoredSentence, Vector

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
    stems to look for; `choices` holds for every name the stems of each of its forms.
    """

    text: str
    words: tuple[str, ...]
    choices: tuple[tuple[tuple[str, ...], ...], ...]


class HybridRetriever:
    """Dense and BM25 retrieval over one corpus."""

    def __init__(self, corpus: Corpus, encoder: QueryEncoder) -> None:
        self._corpus = corpus
        self._encoder = encoder
        self._rarities: dict[str, float] = {}

    def __call__(self, question: str, k: int) -> list[Evidence]:
        """The k passages that bear most on a question, best first, with their scores explained."""
        query = self.query(question)
        vector = self._encoder.encode([query.text])[0]
        pool, parts = self._passages(query, vector)
        sentences = self._sentences(query, vector, pool)
        found = []
        for row, number in enumerate(pool):
            document, passage = self._corpus.passage(number)
            mine = sentences[number]
            best = max(range(len(mine)), key=lambda at: mine[at].dense + mine[at].words)
            explained = {name: float(values[row]) for name, values in parts.items()}
            explained["sentence"] = mine[best].dense + mine[best].words
            explained["cosine"] = mine[best].cosine
            explained["prior"] = _prior(passage.kind, query)
            score = explained["passage"] + explained["sentence"] + explained["prior"]
            found.append(
                Evidence(
                    document,
                    passage,
                    score,
                    explained,
                    mine[best].span,
                    tuple(mine),
                )
            )
        found.sort(key=lambda evidence: -evidence.score)
        return found[:k]

    def query(self, question: str) -> Query:
        """Mend the spelling of a question and resolve its names against the documents."""
        said: list[str] = []
        words: list[str] = []
        choices: list[tuple[tuple[str, ...], ...]] = []
        at = 0
        for mention in self._mentions(question):
            between = self._mended(question[at : mention.span.start])
            typed = question[mention.span.start : mention.span.end]
            name, alternatives = self._resolved(typed, mention.group)
            said += [between, name]
            words += stems(between)
            choices.append(alternatives)
            at = mention.span.end
        rest = self._mended(question[at:])
        return Query("".join([*said, rest]), (*words, *stems(rest)), tuple(choices))

    def rarity(self, stem: str) -> float:
        """The weight of a word: the rarer in the passages, the higher."""
        known = self._rarities.get(stem)
        if known is None:
            scores = self._corpus.passage_word_scores([stem])
            known = math.log1p(len(scores) / (1 + np.count_nonzero(scores)))
            self._rarities[stem] = known
        return known

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

    def _passages(self, query: Query, vector: Vector) -> tuple[list[int], dict[str, Vector]]:
        """The candidates with their standardised scores, and the sum of these."""
        near, cosines = self._corpus.nearest(vector, POOL)
        of_words = self._word_scores(query, of_sentences=False)
        words = of_words.sum(axis=0)
        by_words = np.argsort(-words, kind="stable")[:POOL]
        pool = sorted({*near, *(int(number) for number in by_words)})
        floor = min(cosines, default=0.0)
        known = dict(zip(near, cosines, strict=True))
        dense = _standardised([known.get(number, floor) for number in pool])
        lexical = _standardised(words[pool])
        return pool, {
            "dense": dense,
            "words": lexical,
            "passage": dense + lexical,
            "coverage": self._coverage(query, of_words, pool),
            "names": self._named(query, pool),
        }

    def _sentences(
        self, query: Query, vector: Vector, pool: Sequence[int]
    ) -> dict[int, list[ScoredSentence]]:
        """The scored sentences of every candidate."""
        ranges = [self._corpus.sentence_numbers(number) for number in pool]
        numbers = [number for each in ranges for number in each]
        cosines = self._corpus.sentence_vectors(numbers) @ vector
        dense = _standardised(cosines)
        words = _standardised(self._word_scores(query, of_sentences=True).sum(axis=0)[numbers])
        rows = iter(zip(cosines.tolist(), dense.tolist(), words.tolist(), strict=True))
        found = {}
        for number in pool:
            _, passage = self._corpus.passage(number)
            before, after, position = self._corpus.context(number)
            around = [before, *passage.sentences, after]
            found[number] = [
                ScoredSentence(span, *next(rows), around[i], around[i + 2], position + i)
                for i, span in enumerate(passage.sentences)
            ]
        return found

    def _named(self, query: Query, pool: Sequence[int]) -> Vector:
        """Which share of the question's names each candidate says, in any of their forms.

        A name that nearly half of all passages say goes without saying.
        """
        shares = []
        for forms in query.choices:
            said = np.any([self._says(form) for form in forms if form], axis=0)
            if not said.ndim:  # a name of function words only
                continue
            if said.mean() < _EVERYWHERE:
                shares.append(said[pool])
        if not shares:
            return np.ones(len(pool), dtype=np.float32)
        named: Vector = np.mean(shares, axis=0, dtype=np.float32)
        return named

    def _says(self, form: Sequence[str]) -> NDArray[np.bool_]:
        """Which passages have all the words of a name: shape (passages,)."""
        has = [self._corpus.passage_word_scores([word]) > 0 for word in form]
        all_of_them: NDArray[np.bool_] = np.all(has, axis=0)
        return all_of_them

    def _coverage(self, query: Query, scores: Vector, pool: Sequence[int]) -> Vector:
        """Which share of the question each candidate has the words of, each weighted by its rarity."""
        has = scores[:-1] > 0
        rarity = np.log1p(has.shape[1] / (1 + has.sum(axis=1)))
        if not rarity.size:
            return np.zeros(len(pool), dtype=np.float32)
        has = has[:, pool]
        is_reference = [self._corpus.passage(number)[1].kind == "reference" for number in pool]
        says_source = [word in _ABOUT_SOURCES for word in query.words]
        has[np.ix_(np.flatnonzero(says_source), np.flatnonzero(is_reference))] = True
        covered: Vector = (rarity @ has / rarity.sum()).astype(np.float32)
        return covered

    def _word_scores(self, query: Query, *, of_sentences: bool) -> Vector:
        """The BM25 score of every passage or sentence for each word: shape (words, passages).

        A name counts as one word, however many it has, and of its forms the best counts.
        """
        search = (
            self._corpus.sentence_word_scores if of_sentences else self._corpus.passage_word_scores
        )
        of_words = [search([word]) for word in query.words]
        of_names = [
            np.max([search(form) / max(1, len(form)) for form in forms], axis=0)
            for forms in query.choices
        ]
        return np.stack([*of_words, *of_names, search([])])


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
