"""Which words mean nearly the same: "countries" and "nations", "annual" and "yearly".

A small vector for each common English word, with which a question's word that a text does not have is
still told from one that the text says otherwise. Made by `rag.train.thesaurus` from the embedding
model, as Tulkens and van Dongen do in Model2Vec (https://github.com/MinishLab/model2vec): each word
encoded by itself, the mean taken away, the first principal components kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import as_file, files

import numpy as np
from numpy.typing import NDArray

from ingest.words import STOPWORDS, stem, tokens

Likeness = NDArray[np.float32]

ALIKE = 0.45
"""A word this near to another may say the same."""
_UNRELATED = 0.35
"""The cosine of words that have nothing to do with each other is often as high as this."""


class Thesaurus:
    """Words and their vectors: unit length, as int8, shape (words, dimension)."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.int8]) -> None:
        self._rows: Mapping[str, int] = {word: row for row, word in enumerate(words)}
        self._vectors = vectors

    def rows(self, words: Iterable[str]) -> list[int]:
        """Where the vectors of those words stand that have one; the others are left out."""
        return [self._rows[word] for word in words if word in self._rows]

    def likeness(self, asked: Sequence[str], texts: Sequence[TextWords]) -> Likeness:
        """How well each text says each word: shape (len(asked), len(texts)), from 0 to 1.

        1 where the text has the word in any of its forms, else as near as the nearest of its words.
        """
        found = np.zeros((len(asked), len(texts)), dtype=np.float32)
        if not asked or not texts:
            return found
        known = [number for number, word in enumerate(asked) if word in self._rows]
        said = sorted({row for text in texts for row in text.rows})
        if known and said:
            near = self._unit([self._rows[asked[number]] for number in known]) @ self._unit(said).T
            near = np.clip((near - _UNRELATED) / (1 - _UNRELATED), 0, 1)
            place = {row: column for column, row in enumerate(said)}
            for number, text in enumerate(texts):
                if text.rows:
                    found[known, number] = near[:, [place[row] for row in text.rows]].max(axis=1)
        for number, word in enumerate(asked):
            its = stem(word)
            found[number, [its in text.stems for text in texts]] = 1.0
        return found

    def _unit(self, rows: Sequence[int]) -> NDArray[np.float32]:
        vectors: NDArray[np.float32] = self._vectors[rows].astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


class TextWords:
    """The words of a text without function words: their stems, and their places in the thesaurus."""

    __slots__ = ("rows", "stems")

    def __init__(self, text: str, known: Thesaurus) -> None:
        words = content_words(text)
        self.stems = frozenset(stem(word) for word in words)
        self.rows = tuple(known.rows(words))


def content_words(text: str) -> list[str]:
    """The words of a text in their order, each once, without function words."""
    return list(dict.fromkeys(t.text for t in tokens(text) if t.text not in STOPWORDS))


def said(words: Sequence[str], text: str) -> NDArray[np.bool_]:
    """Which words a text says, if in other words: shape (len(words),)."""
    known = thesaurus()
    said: NDArray[np.bool_] = known.likeness(words, [TextWords(text, known)])[:, 0] >= ALIKE
    return said


@cache
def thesaurus() -> Thesaurus:
    """The one that is shipped."""
    with as_file(files("ingest") / "thesaurus.npz") as path, np.load(path) as stored:
        return Thesaurus(stored["words"].item().split(), stored["vectors"])
