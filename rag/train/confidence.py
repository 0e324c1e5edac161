"""Learn how sure to be of the sentence that comes first: the logistic regressions of `rag.confidence`.

From the third of the questions that nothing else was learned from. Each is asked in an article on its
subject four times: as it is; with the sentences that answer it deleted; with its whole text left out; and
with a name or a year in it changed. The last three have no right answer, and neither have those questions
that were written so that their text only seems to answer. The first two are also asked over all texts.
It is written to `rag/confidence.npz`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.answer import Reread
from rag.confidence import Confidence, Numbers, Regression, sureness
from rag.train.groups import Group, scored

WEIGHTS = Path(__file__).parents[1] / "confidence.npz"
_UNANSWERABLE_COUNTS = 0.5
_BINS = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the confidence goes by, and whether the sentence that came first answers.

    `setting` is "answerable", or says why nothing answers.
    """

    setting: str
    inputs: Numbers
    right: bool

    @property
    def weight(self) -> float:
        return 1.0 if self.setting == "answerable" else _UNANSWERABLE_COUNTS


def outcomes(groups: Iterable[Group], reread: Reread | None) -> Iterator[Outcome]:
    """What came first for every question, in each setting but its own text alone."""
    for each in groups:
        if each.setting in ("article", "everywhere"):
            yield from _outcome("answerable" if each.answerable else "unanswerable", each, reread)
            if each.answerable:
                yield from _outcome("sentence deleted", each.without_answers(), reread)
        elif each.setting != "home":
            yield from _outcome(each.setting, each, reread)


def _outcome(setting: str, group: Group, reread: Reread | None) -> Iterator[Outcome]:
    if not len(group.right):
        return
    scores = scored(group, reread)
    best = int(scores.final.argmax())
    holds = bool(group.holds[best])
    inputs = sureness(group.features, scores, best, holds=holds, items=group.items)
    yield Outcome(setting, inputs, bool(group.right[best]))


def learn(data: Sequence[Outcome]) -> Regression:
    """The logistic regression under which what was right is likeliest (L2 on standardised inputs)."""
    from sklearn.linear_model import LogisticRegression

    inputs = np.stack([each.inputs for each in data])
    mean, scale = inputs.mean(axis=0), inputs.std(axis=0) + 1e-6
    model = LogisticRegression(C=0.1, max_iter=1000).fit(
        (inputs - mean) / scale,
        [each.right for each in data],
        sample_weight=[each.weight for each in data],
    )
    weights = (model.coef_[0] / scale).astype(np.float32)
    return Regression(weights, float(model.intercept_[0] - mean @ weights))


def save(confidence: Confidence, path: Path = WEIGHTS) -> None:
    """Write both regressions."""
    reread, plain = confidence.reread, confidence.plain
    np.savez_compressed(
        path,
        reread=reread.weights,
        reread_intercept=np.array(reread.intercept),
        plain=plain.weights,
        plain_intercept=np.array(plain.intercept),
    )


def calibration_error(sure: Numbers, data: Sequence[Outcome]) -> float:
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


def report(regression: Regression, data: Sequence[Outcome], coverage: float = 0.85) -> str:
    """What a threshold would do that leaves this share of the answerable answered."""
    sure = regression(np.stack([each.inputs for each in data]))
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
