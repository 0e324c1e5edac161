"""Learn the weights of `rag.prose.confidence` from SelQA (Jurczyk, Zhai and Choi 2016, Apache 2.0).

    python -m rag.train.confidence --selqa DIR/selqa-ass-dev.json

Every question is asked over all sections together, once as it is and once with its own section left
out of what was found, so that whatever comes first then is wrong. A logistic regression on features
of the first passage gives the probability that its sentence answers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from rag import Chatbot, rank
from rag.answer import Evidence
from rag.train.rank import PASSAGES, Sample, asked_together, retrieved, says, selqa

FEATURES = ("rank", "cosine", "coverage")
_COVERAGES = (0.85, 0.90, 0.95)


def outcomes(chatbot: Chatbot, samples: Sequence[Sample]) -> Iterator[tuple[Evidence, bool, bool]]:
    """The passage that came first, whether its section was there, and whether its sentence answers."""
    for sample, found in zip(samples, retrieved(chatbot, samples), strict=True):
        answers = {sample.sentences[number] for number in sample.answers}
        best = rank.ranked(sample.question, found.first, chatbot.rarity)[0]
        said = best.document.plain(best.best or best.passage.span)
        yield best, True, says(said, answers)
        others = [each for each in found.everything if each not in found.own][:PASSAGES]
        if others:
            yield rank.ranked(sample.question, others, chatbot.rarity)[0], False, False


def main() -> int:
    """Print the weights, and what thresholds on the probability would do."""
    from sklearn.linear_model import LogisticRegression

    parser = argparse.ArgumentParser(description="Learn the weights of rag.prose.confidence.")
    parser.add_argument("--selqa", type=Path, required=True, help="selqa-ass-dev.json")
    samples = list(selqa(parser.parse_args().selqa))
    with asked_together(samples) as chatbot:
        data = list(outcomes(chatbot, samples))
    features = np.array([[each.parts[name] for name in FEATURES] for each, _, _ in data])
    there = np.array([is_there for _, is_there, _ in data])
    right = np.array([is_right for _, _, is_right in data])
    model = LogisticRegression(C=100).fit(features, right)
    learned = dict(zip(FEATURES, model.coef_[0].round(3).tolist(), strict=True))
    print({**learned, "intercept": round(float(model.intercept_[0]), 3)})
    sure = model.predict_proba(features)[:, 1]
    print(f"the answering sentence comes first: {right[there].mean():.1%}")
    for coverage in _COVERAGES:
        threshold = np.quantile(sure[there], 1 - coverage)
        answered = there & (sure >= threshold)
        wrongly = (sure[~there] >= threshold).mean()
        print(
            f"threshold {threshold:.2f}: {coverage:.0%} of the questions answered, "
            f"{right[answered].mean():.1%} of these right; {wrongly:.1%} answered without their section"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
