"""Learn how sure to be of the sentence that comes first: the logistic regression of `rag.rank`.

Every question is asked in an article on its subject four times: as it is; with the sentences that
answer it left out of what is found; with its whole text left out; and with a name or a year in it
changed. The last three have no right answer. The first two are also asked over all texts. It is
written to `rag/confidence.npz`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from rag import rank
from rag.question import holds_what_is_asked
from rag.train.articles import Asking, Collection, altered, says, show

WEIGHTS = Path(__file__).parents[1] / "confidence.npz"
Setting = Literal["answerable", "sentence deleted", "text left out", "question altered"]
_UNANSWERABLE_COUNTS = 0.5
_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the confidence goes by, and whether the sentence that came first answers."""

    setting: Setting
    inputs: rank.Features
    right: bool

    @property
    def weight(self) -> float:
        return 1.0 if self.setting == "answerable" else _UNANSWERABLE_COUNTS


def outcomes(collection: Collection, *, everywhere: bool = False) -> Iterator[Outcome]:
    """What came first for every question, in each setting; `everywhere`: asked over all texts."""
    changed = list(altered(collection.samples))
    for number, (sample, other) in enumerate(zip(collection.samples, changed, strict=True)):
        show("ask", number, len(collection.samples))
        asking = (collection.everywhere if everywhere else collection.in_article)(sample)
        yield from _outcome("answerable", asking, sample.right)
        yield from _outcome("sentence deleted", asking, sample.right, delete=True)
        if not everywhere:
            yield from _outcome("text left out", collection.without_text(sample), frozenset())
            if other is not None:
                asking = collection.in_article(sample, other)
                yield from _outcome("question altered", asking, frozenset())


def _outcome(
    setting: Setting, asking: Asking, right: frozenset[str], *, delete: bool = False
) -> Iterator[Outcome]:
    candidates = rank.candidates(asking.evidence)
    if delete:
        candidates = [each for each in candidates if not says(each.text, right)]
    if not candidates:
        return
    features = rank.features(asking.asked, candidates, asking.retriever.rarity)
    scores = rank.ranker()(features)
    best = int(scores.argmax())
    text = candidates[best].text
    holds = holds_what_is_asked(asking.asked.question, text)
    items = asking.asked.items
    inputs = rank.sureness(features, scores, best, holds=holds, items=items)
    yield Outcome(setting, inputs, not delete and says(text, right))


def learn(data: Sequence[Outcome]) -> rank.Confidence:
    """The logistic regression under which what was right is likeliest (L2 on standardised inputs)."""
    from sklearn.linear_model import LogisticRegression

    inputs = np.stack([each.inputs for each in data])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.3, max_iter=1000).fit(
        (inputs - mean) / scale,
        [each.right for each in data],
        sample_weight=[each.weight for each in data],
    )
    weights = (model.coef_[0] / scale).astype(np.float32)
    return rank.Confidence(weights, float(model.intercept_[0] - mean @ weights))


def save(confidence: rank.Confidence, path: Path = WEIGHTS) -> None:
    """Write it with the names of its inputs."""
    names = np.array("\n".join(rank.CONFIDENCE))
    intercept = np.array(confidence.intercept)
    np.savez_compressed(path, names=names, weights=confidence.weights, intercept=intercept)


def probabilities(confidence: rank.Confidence, data: Sequence[Outcome]) -> rank.Features:
    """How sure it is of each: shape (len(data),)."""
    logits = np.stack([each.inputs for each in data]) @ confidence.weights + confidence.intercept
    sure: rank.Features = 1 / (1 + np.exp(-logits))
    return sure


def calibration_error(sure: rank.Features, data: Sequence[Outcome]) -> float:
    """The expected calibration error (Guo et al. 2017, arXiv:1706.04599), ten bins of equal width."""
    right = np.array([each.right for each in data])
    weight = np.array([each.weight for each in data])
    bins = np.clip((sure * _BINS).astype(int), 0, _BINS - 1)
    gaps = [
        abs(float(((right - sure) * weight)[bins == number].sum()))
        for number in range(_BINS)
        if (bins == number).any()
    ]
    return sum(gaps) / float(weight.sum())


def report(confidence: rank.Confidence, data: Sequence[Outcome], coverage: float = 0.85) -> str:
    """What a threshold would do that leaves this share of the answerable answered."""
    sure = probabilities(confidence, data)
    setting = np.array([each.setting for each in data])
    right = np.array([each.right for each in data])
    there = setting == "answerable"
    threshold = float(np.quantile(sure[there], 1 - coverage))
    answered = sure >= threshold
    wrongly = "; ".join(
        f"{name}: {answered[setting == name].mean():.1%} answered"
        for name in dict.fromkeys(setting.tolist())
        if name != "answerable"
    )
    return (
        f"expected calibration error {calibration_error(sure, data):.3f}; at {coverage:.0%} coverage "
        f"(threshold {threshold:.2f}) {right[there & answered].mean():.1%} right; {wrongly}"
    )
