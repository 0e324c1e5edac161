"""The gate: a run against a stored one. What turned wrong, what turned right, and does it still hold?"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from eval import metrics
from eval.run import Run
from eval.schema import GoldError
from eval.score import Scored

SIGNIFICANT = 0.05
"""The p-value under which a fall in accuracy is no accident."""

CEILING_MARGIN = 0.05
NO_FLOOR = 5
"""Fewer questions than this make no floor: one of them would be the whole margin."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stored(_Model):
    """How a question was answered when the baseline was made, and which gold it was held against."""

    right: bool
    computed: bool
    category: str
    gold: str


class Accepted(_Model):
    """A question that may have turned wrong, and why that is meant."""

    id: str
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Baseline(_Model):
    """A stored run, and the bounds that a new one has to keep.

    `measures` are its headline figures. `floors` are the lowest accuracies by category, `ceiling` is the highest false-answer rate. `accepted` are
    changes that are meant, by name.
    """

    settings: Mapping[str, Any] = Field(default_factory=dict)
    measures: Mapping[str, float] = Field(default_factory=dict)
    floors: Mapping[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    ceiling: Annotated[float, Field(ge=0, le=1)] = 1.0
    accepted: tuple[Accepted, ...] = ()
    questions: Mapping[str, Stored]

    @classmethod
    def of(cls, run: Run, *, without_floor: Sequence[str] = ()) -> Baseline:
        """A run as the baseline of later ones.

        Floors lie a tenth of a category, at least one question, under what it reached; the ceiling lies
        `CEILING_MARGIN` above. A category of fewer than `NO_FLOOR` questions has no floor.
        """
        reached = {
            name: _floor(sum(each.right for each in mine), len(mine))
            for name, mine in run.categories.items()
            if len(mine) >= NO_FLOOR and name not in without_floor
        }
        invented = metrics.false_answer_rate(run.outcomes).value
        return cls(
            settings=run.settings,
            measures=_headline(run),
            floors={name: floor for name, floor in reached.items() if floor > 0},
            ceiling=round(min(1.0, invented + CEILING_MARGIN), 3),
            questions={each.gold.id: _stored(each) for each in run.questions},
        )

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline, or the folder of a run as one without bounds.

        Raises `GoldError` where it cannot be read or is none.
        """
        if path.is_dir():
            run = Run.read(path)
            return cls(
                settings=run.settings,
                measures=_headline(run),
                questions={each.gold.id: _stored(each) for each in run.questions},
            )
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise GoldError(
                f"{path} cannot be read: {reason}; write a baseline with --write-baseline"
            ) from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "the file"
            raise GoldError(
                f"{path} is no baseline: {field}: {first['msg']}; write one with --write-baseline"
            ) from None

    def write(self, path: Path) -> None:
        """Write it as JSON, a question a line, so that a change is easy to read in a diff."""
        head = self.model_dump(mode="json", exclude={"questions"})
        body = json.dumps(head, ensure_ascii=False, indent=2).removesuffix("\n}")
        lines = ",\n".join(
            f"    {json.dumps(name)}: {stored.model_dump_json()}"
            for name, stored in self.questions.items()
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        text = f'{body},\n  "questions": {{\n{lines}\n  }}\n}}\n'
        path.write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Change:
    """A category, or all questions, before and now: right, over the questions that both runs have."""

    before: int
    now: int
    of: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run against its baseline.

    `lost` and `won` turned wrong and right. `missing` are questions that the run lacks, `new` those that the
    baseline lacks or holds with another gold. `p` and `interval` are of the change in accuracy: McNemar's
    exact test and the 95% bootstrap interval. `failures` are the reasons why the gate closes; none: it is open.
    """

    lost: tuple[Scored, ...]
    won: tuple[Scored, ...]
    missing: tuple[str, ...]
    new: tuple[str, ...]
    accepted: tuple[Accepted, ...]
    categories: Mapping[str, Change]
    all: Change
    p: float
    interval: tuple[float, float]
    failures: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.failures


def compare(run: Run, baseline: Baseline) -> Comparison:
    """Hold a run against a baseline.

    A question that is missing counts as wrong. A question whose gold has changed since is new: what it was
    before says nothing.
    """
    here = {each.gold.id: each for each in run.questions}
    missing = tuple(name for name in baseline.questions if name not in here)
    both = [
        (stored, here[name])
        for name, stored in baseline.questions.items()
        if name in here and here[name].gold.fingerprint == stored.gold
    ]
    known = {now.gold.id for _, now in both}
    lost = tuple(now for stored, now in both if stored.right and not now.right)
    won = tuple(now for stored, now in both if now.right and not stored.right)
    before = [stored.right for stored, _ in both]
    after = [now.right for _, now in both]
    return Comparison(
        lost=lost,
        won=won,
        missing=missing,
        new=tuple(name for name in here if name not in known),
        accepted=baseline.accepted,
        categories={
            name: _change([pair for pair in both if pair[1].gold.category == name])
            for name in run.categories
        },
        all=_change(both),
        p=metrics.mcnemar(len(lost), len(won)),
        interval=metrics.bootstrap_difference(before, after) if both else (0.0, 0.0),
        failures=tuple(_failures(run, baseline, lost, won, missing)),
    )


def _failures(
    run: Run,
    baseline: Baseline,
    lost: Sequence[Scored],
    won: Sequence[Scored],
    missing: Sequence[str],
) -> list[str]:
    meant = {each.id for each in baseline.accepted}
    failures = [
        f"{each.gold.id} turned wrong, and its gold is computed: {each.gold.question}"
        for each in lost
        if each.gold.computed and each.gold.id not in meant
    ]
    fell = [each for each in lost if not each.gold.computed and each.gold.id not in meant]
    fell_missing = [
        name for name in missing if name not in meant and baseline.questions[name].right
    ]
    rose = [each for each in won if not each.gold.computed]
    p = metrics.mcnemar(len(fell), len(rose))
    if len(fell) > len(rose) and p < SIGNIFICANT:
        names = ", ".join(each.gold.id for each in fell)
        failures.append(
            f"accuracy on the questions without a computed gold fell significantly: {len(fell)} turned wrong "
            f"({names}), {len(rose)} right, McNemar's exact p = {p:.3f}"
        )
    if fell_missing:
        failures.append(
            f"{len(fell_missing)} questions that were right are missing: {', '.join(fell_missing)}"
        )
    for name, floor in baseline.floors.items():
        mine = run.categories.get(name, [])
        reached = sum(each.right for each in mine) / len(mine) if mine else 0.0
        if reached < floor:
            failures.append(f"{name} fell to {reached:.1%}, under its floor of {floor:.1%}")
    rate = metrics.false_answer_rate(run.outcomes)
    if rate.value > baseline.ceiling:
        failures.append(
            f"the false-answer rate rose to {rate.value:.1%} of {rate.of} unanswerable questions, over its "
            f"ceiling of {baseline.ceiling:.1%}"
        )
    failures += [f"a table program came out otherwise: {each}" for each in run.programs]
    untrue = [
        each.gold.id for each in run.questions if each.scores["quote_validity"] not in (None, 1)
    ]
    if untrue:
        failures.append(f"quotes do not stand where they say: {', '.join(untrue)}")
    return failures


def _headline(run: Run) -> dict[str, float]:
    return {name: round(measure.value, 4) for name, measure in run.measures().items()}


def _stored(scored: Scored) -> Stored:
    gold = scored.gold
    return Stored(
        right=scored.right, computed=gold.computed, category=gold.category, gold=gold.fingerprint
    )


def _floor(right: int, of: int) -> float:
    """A tenth of the questions, at least one, under what was reached; rounded down, so that it can be kept."""
    return math.floor(1000 * max(0, right - max(1, round(of / 10))) / of) / 1000


def _change(pairs: Sequence[tuple[Stored, Scored]]) -> Change:
    return Change(
        before=sum(stored.right for stored, _ in pairs),
        now=sum(scored.right for _, scored in pairs),
        of=len(pairs),
    )
