"""Learn to tell yes from no: how much the second reading and the rules for negations each say.

From the third of the questions that nothing else was learned from, each with a sentence that is known to
answer it. It is written to `rag/extract/verdict.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.answer import Reread, log_odds
from rag.extract.verdict import LEAST, Verdict, leaning, verdict
from rag.question import Asked
from rag.train.groups import Group

WEIGHTS = Path(__file__).parents[1] / "extract" / "verdict.json"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the rules say of an answering sentence, the log-odds of yes by reading, and whether it is yes."""

    by_rules: Verdict | None
    read: float
    yes: bool

    @property
    def inputs(self) -> list[float]:
        return [self.read, self.by_rules == "Yes", self.by_rules == "No"]


def outcomes(groups: Iterable[Group], reread: Reread) -> Iterator[Outcome]:
    """One for every yes/no question with an answering sentence."""
    for each in groups:
        if each.verdict is None or each.setting != "article" or not each.right.any():
            continue
        sentence = each.sentences[int(np.flatnonzero(each.right)[0])]
        read = log_odds(reread.agrees(each.text, sentence), LEAST)
        by_rules = verdict(Asked(each.question, each.text), sentence[0], answers=True)
        yield Outcome(by_rules, read, each.verdict == "yes")


def learn(data: Sequence[Outcome]) -> dict[str, float]:
    """The weights of `rag.extract.verdict.decided`: yes and no count alike, however often each is right."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(class_weight="balanced").fit(
        [each.inputs for each in data], [each.yes for each in data]
    )
    read, yes, no = (round(float(weight), 4) for weight in model.coef_[0])
    return {"read": read, "Yes": yes, "No": no, "always": round(float(model.intercept_[0]), 4)}


def report(weights: dict[str, float], data: Sequence[Outcome]) -> str:
    """How often the verdict is right: by the rules alone, where they tell, and by both."""
    told = [(each.by_rules == "Yes") == each.yes for each in data if each.by_rules]
    both = [(leaning(each.by_rules, each.read, weights) > 0) == each.yes for each in data]
    return (
        f"{len(data)} verdicts: the rules tell of {len(told)}, {np.mean(told):.1%} right; "
        f"with the second reading {np.mean(both):.1%} of all"
    )


def save(weights: dict[str, float], path: Path = WEIGHTS) -> None:
    """Write the weights."""
    path.write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
