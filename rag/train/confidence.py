"""Learn the weights of `rag.prose.confidence` from SelQA (Jurczyk, Zhai and Choi 2016, Apache 2.0).

    python -m rag.train.confidence DIR/selqa-ass-dev.json

Every question is asked over all sections together, once as it is and once with its own section left
out of what was found, so that whatever comes first then is wrong. A logistic regression on the two
features of the first passage gives the probability that its sentence answers.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ingest.build import ingest
from rag import Chatbot
from rag.answer import Evidence

_FOUND = 20
_COVERAGES = (0.85, 0.90, 0.95)


def sections(questions: Sequence[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """The different sections of the data: a heading of its own and the sentences."""
    different = {(item["article"], tuple(item["candidates"])): None for item in questions}
    return [
        (f"Section {number}: {article}", candidates)
        for number, (article, candidates) in enumerate(different)
    ]


def samples(
    chatbot: Chatbot, questions: Sequence[dict[str, Any]]
) -> Iterator[tuple[Evidence, bool, bool]]:
    """The passage that came first, whether its section was there, and whether its sentence answers."""
    headings = {candidates: heading for heading, candidates in sections(questions)}
    for item in questions:
        candidates = tuple(item["candidates"])
        answers = {" ".join(candidates[number].split()) for number in item["answers"]}
        found = chatbot.retrieve(" ".join(item["question"].split()), _FOUND)
        best = found[0]
        said = best.document.plain(best.best or best.passage.span)
        yield best, True, any(said in answer or answer in said for answer in answers)
        others = [each for each in found if each.section[-1] != headings[candidates]]
        if others:
            yield others[0], False, False


def main() -> int:
    """Print the weights, and what thresholds on the probability would do."""
    from sklearn.linear_model import LogisticRegression

    questions = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    text = "\n\n".join(f"## {head}\n\n{' '.join(said)}" for head, said in sections(questions))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "selqa.md"
        file.write_text(text, encoding="utf-8")
        ingest([file], Path(folder) / "index")
        chatbot = Chatbot.open(Path(folder) / "index")
        data = list(samples(chatbot, questions))
        chatbot.close()
    features = np.array([[e.parts["cosine"], e.parts["coverage"]] for e, _, _ in data])
    there = np.array([is_there for _, is_there, _ in data])
    right = np.array([is_right for _, _, is_right in data])
    model = LogisticRegression(C=100).fit(features, right)
    print(
        f"cosine {model.coef_[0][0]:.2f}, coverage {model.coef_[0][1]:.2f}, "
        f"intercept {model.intercept_[0]:.2f}"
    )
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
