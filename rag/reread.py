"""A second reading of the likeliest sentences: question and sentence together, not side by side.

The lower layers of the embedding model read the question and each sentence alone, so that a sentence's
part can be kept; its upper layers, changed a little, read both together and say how well the one answers
the other (MacAvaney et al. 2020, arXiv:2004.14255), and if it says yes or no. The changes are of low
rank (Hu et al. 2021, arXiv:2106.09685); `rag.train.reread` learned them, and they lie in `reread.npz`. What
the likeliest table programs say is read in the same way, with `tables/reread.npz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import as_file, files
from typing import Literal

import numpy as np

from rag.answer import LayeredEncoder, Sentence, Vector, logistic
from rag.question import LEANS

Learned = Literal["sentences", "tables"]

_STORED: dict[Learned, tuple[str, ...]] = {
    "sentences": ("reread.npz",),
    "tables": ("tables", "reread.npz"),
}
ALONE = 3
"""Layers that read question and sentence each by itself."""
QUESTION_TOKENS, SENTENCE_TOKENS = 40, 72
_TITLE_WORDS = 8
_KEPT = 500
"""Sentences whose lower reading is kept: at most 110 kB each."""


class Rereader:
    """Reads a question with a few sentences. Safe to call from several threads.

    `learned` is what the changes were learned for. Raises `OSError` or `KeyError` where they cannot be read.
    """

    def __init__(self, encoder: LayeredEncoder, learned: Learned = "sentences") -> None:
        weights = _weights(learned)
        self.weight, self._bias = float(weights["alpha"]), float(weights["beta"])
        self._own, self._head = weights["segment"], weights["head"]
        self._bias += float(weights["head_bias"])
        self._verdict, self._yes = weights["verdict"], float(weights["verdict_bias"])
        self._upper = encoder.above(ALONE, weights)
        self._states = lru_cache(_KEPT)(
            lambda text: encoder.states(text, ALONE, SENTENCE_TOKENS) + self._own
        )
        self._question = lru_cache(8)(lambda text: encoder.states(text, ALONE, QUESTION_TOKENS))

    def __call__(self, question: str, sentences: Sequence[Sentence], scores: Vector) -> Vector:
        """How well each sentence answers, the ranker's score taken into account: shape (len(sentences),)."""
        return self.of_worded(question, [worded(*sentence) for sentence in sentences], scores)

    def of_worded(self, question: str, texts: Sequence[str], scores: Vector) -> Vector:
        """The same of sentences as they are read."""
        asked = self._question(question)
        parts = [(asked, self._states(text)) for text in texts]
        ends = np.cumsum([len(one) + len(other) for one, other in parts])
        starts = [0, *ends[:-1].tolist()]
        places = [slice(start, int(end)) for start, end in zip(starts, ends, strict=True)]
        read = self._upper(np.concatenate([each for pair in parts for each in pair]), places)
        found = [self._judged(read[rows], len(asked)) for rows in places]
        return self.weight * scores + self._bias + np.array(found, dtype=np.float32)

    def agrees(self, question: str, sentence: Sentence) -> float:
        """The probability that a sentence, if it answers a yes/no question, says yes: 0 to 1."""
        asked = self._question(question)
        states = np.concatenate([asked, self._states(worded(*sentence))])
        read = self._upper(states, [slice(0, len(states))])
        return logistic(float(_pooled(read, len(asked)) @ self._verdict) + self._yes)

    def _judged(self, states: Vector, asked: int) -> float:
        return float(_pooled(states, asked) @ self._head)


def _pooled(states: Vector, asked: int) -> Vector:
    """What the heads see: the first token, the mean, and the two parts' likeness in every dimension."""
    question, sentence = (_unit(part.mean(axis=0)) for part in (states[:asked], states[asked:]))
    return np.concatenate([states[0], states.mean(axis=0), question * sentence])


def worded(text: str, before: str, title: str) -> str:
    """A sentence as it is read: after the end of its title, and after the one it leans on."""
    lead = f"{before} " if before and LEANS.match(text) else ""
    return f"{' '.join(title.split()[-_TITLE_WORDS:])}: {lead}{text}"


def _unit(vector: Vector) -> Vector:
    unit: Vector = vector / max(float(np.linalg.norm(vector)), 1e-12)
    return unit


@cache
def _weights(learned: Learned) -> dict[str, Vector]:
    """The changes to the upper layers and the head, float32."""
    with as_file(files("rag").joinpath(*_STORED[learned])) as path, np.load(path) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}
