"""A run: gold questions put to a chatbot, every answer scored, and all of it kept in a folder.

from eval.run import evaluate
frame = evaluate(Chatbot.open("DIR"), "gold.jsonl")   # a data frame, one row a question
"""

from __future__ import annotations

import json
import platform
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from eval import metrics
from eval.metrics import Measure
from eval.schema import FILES, Gold, GoldError, load
from eval.score import SCORES, Scored, failed, holds_evidence, score
from ingest.document import Document
from rag.answer import Answer, Evidence, Turn

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-untyped]

ANSWERS, SUMMARY = "answers.jsonl", "summary.json"
DEPTH = 10
"""How many passages are retrieved where retrieval is measured."""

_LIBRARIES = (
    "chromadb",
    "bm25s",
    "langchain-core",
    "numpy",
    "scikit-learn",
    "sentence-transformers",
)

Progress = Callable[[str, int, int], None]
"""Called with what is done now, how much of it is done, and how much there is."""


def silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


class Answerer(Protocol):
    """What can be evaluated: a `Chatbot`, or anything else that answers with its `Answer`."""

    @property
    def documents(self) -> Sequence[Document]: ...
    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer: ...


class Retriever(Protocol):
    """What retrieval can be measured on."""

    def retrieve(self, question: str, k: int) -> Sequence[Evidence]: ...


@dataclass(frozen=True)
class Run:
    """All scored questions of one run, with the versions and settings that made it.

    `programs`: what is wrong with the table programs that were tried beside the questions; () for nothing.
    """

    questions: tuple[Scored, ...]
    settings: Mapping[str, Any]
    programs: tuple[str, ...] = ()

    @cached_property
    def categories(self) -> dict[str, list[Scored]]:
        """The questions of each category, in the order of the gold files."""
        found: dict[str, list[Scored]] = {}
        for each in self.questions:
            found.setdefault(each.gold.category, []).append(each)
        return found

    @cached_property
    def outcomes(self) -> tuple[metrics.Outcome, ...]:
        return tuple(each.outcome for each in self.questions)

    def measures(self) -> dict[str, Measure]:
        """Every figure by its name; each says over how many questions it is, and how many were unscored."""
        found = {
            "accuracy": metrics.accuracy(self.outcomes),
            "precision": metrics.precision(self.outcomes),
            "coverage": metrics.coverage(self.outcomes),
            "false_answer_rate": metrics.false_answer_rate(self.outcomes),
            "false_abstention_rate": metrics.false_abstention_rate(self.outcomes),
            "calibration_error": metrics.calibration_error(self.outcomes),
        }
        for name in SCORES:
            found[name] = metrics.mean_of(each.scores[name] for each in self.questions)
        ranked = [each.rank for each in self.questions if each.rank != 0]
        if ranked:
            for k in (1, 3, DEPTH):
                found[f"recall_at_{k}"] = metrics.recall_at(k, ranked)
            found["reciprocal_rank"] = metrics.reciprocal_rank(ranked)
        return found

    def latency(self) -> tuple[float, float]:
        """Median and 95th percentile of an answer, in seconds."""
        return metrics.latency([each.seconds for each in self.questions if each.answer is not None])

    def summary(self) -> dict[str, Any]:
        """The run without its answers, as JSON knows it."""
        median, p95 = self.latency()
        return {
            "settings": dict(self.settings),
            "questions": len(self.questions),
            "programs": list(self.programs),
            "measures": {name: asdict(measure) for name, measure in self.measures().items()},
            "categories": {
                name: {
                    "questions": len(mine),
                    "accuracy": sum(each.right for each in mine) / len(mine),
                    "answered": sum(each.outcome.answered for each in mine),
                }
                for name, mine in self.categories.items()
            },
            "faults": {
                kind: sum(each.fault == kind for each in self.questions)
                for kind in ("invented", "silent", "elsewhere", "said", "error")
            },
            "latency": {"median": median, "p95": p95},
            "reliability": [asdict(each) for each in metrics.reliability(self.outcomes)],
            "accuracy_at_coverage": metrics.accuracy_at_coverage(self.outcomes),
        }

    def frame(self) -> pd.DataFrame:
        """One row a question: what was asked and said, `right`, `status`, `fault`, and every score."""
        import pandas as pd

        return pd.DataFrame(
            [
                {
                    "id": each.gold.id,
                    "category": each.gold.category,
                    "question": each.gold.question,
                    "answerable": each.gold.answerable,
                    "computed": each.gold.computed,
                    "right": each.right,
                    "status": each.status,
                    "fault": each.fault,
                    "explanation": each.explanation,
                    "answered": each.outcome.answered,
                    "text": each.answer.text if each.answer else "",
                    "confidence": each.outcome.confidence,
                    "seconds": each.seconds,
                    "rank": each.rank,
                    **each.scores,
                }
                for each in self.questions
            ]
        ).set_index("id")

    def write(self, folder: Path) -> None:
        """Write the answers, one JSON object a line, and the summary. The folder is made where it is missing."""
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{each.model_dump_json()}\n" for each in self.questions)
        (folder / ANSWERS).write_text(lines, encoding="utf-8")
        text = json.dumps(self.summary(), ensure_ascii=False, indent=2)
        (folder / SUMMARY).write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Run:
        """Read what `write` wrote. Raises `GoldError` where it is not there or not whole."""
        try:
            lines = (folder / ANSWERS).read_text(encoding="utf-8").split("\n")
            summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
            settings, programs = summary["settings"], tuple(summary["programs"])
            questions = tuple(Scored.model_validate_json(line) for line in lines if line.strip())
        except OSError as error:
            raise GoldError(
                f"{folder} holds no run: {error.strerror}; name a folder that footnote eval wrote"
            ) from None
        except (ValidationError, ValueError, KeyError, TypeError) as error:
            reason = str(error).split("\n", maxsplit=1)[0]
            raise GoldError(
                f"the run in {folder} is damaged ({reason}); run footnote eval again"
            ) from None
        return cls(questions, settings, programs)


def run(
    answerer: Answerer,
    golds: Sequence[Gold],
    *,
    retriever: Retriever | None = None,
    settings: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Run:
    """Put every question to an answerer, one after the other, and score what it says.

    Threads would not help: the work is Python's own, and two of them took 0.9 of the time of one while every
    latency measured would have been wrong. With a `retriever` the rank of the evidence is found as well. An
    exception ends its question, not the run. `settings` are kept with the run, beside versions and documents.
    """
    documents = answerer.documents
    if golds:
        answer(
            answerer, golds[0], documents
        )  # what is loaded with the first question is not its latency
    found = []
    for number, gold in enumerate(golds):
        progress("asking", number, len(golds))
        rank = _rank(retriever, gold) if retriever else 0
        found.append(answer(answerer, gold, documents, rank))
    progress("asking", len(golds), len(golds))
    return Run(tuple(found), {**_circumstances(documents), **(settings or {})})


def answer(
    answerer: Answerer, gold: Gold, documents: Sequence[Document], rank: int | None = 0
) -> Scored:
    """Ask one question, timed, and score the answer; an exception is scored, too."""
    start = time.perf_counter()
    try:
        given = answerer.ask(gold.question, history=gold.history)
    except Exception as error:  # noqa: BLE001  # whatever one question meets must not end the run
        return failed(gold, error)
    return score(gold, given, documents, time.perf_counter() - start, rank)


def evaluate(
    answerer: Answerer,
    golds: Sequence[Gold] | Path | str | None = None,
    *,
    progress: Progress = silent,
) -> pd.DataFrame:
    """Run a set of gold questions (a file, questions, or None: ours about the shipped edition).

    One row a question; see `Run.frame`. Raises `GoldError` for a file that cannot be used.
    """
    if golds is None or isinstance(golds, (str, Path)):
        golds = load(FILES if golds is None else [Path(golds)])
    return run(answerer, golds, progress=progress).frame()


def _rank(retriever: Retriever, gold: Gold) -> int | None:
    """The rank of the first passage that holds evidence; 0 where none is gold, or the question hangs on others."""
    if not gold.evidence or gold.history:
        return 0
    for rank, found in enumerate(retriever.retrieve(gold.question, DEPTH), 1):
        if any(holds_evidence(found, wanted) for wanted in gold.evidence):
            return rank
    return None


def _circumstances(documents: Sequence[Document]) -> dict[str, Any]:
    return {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "documents": {document.name: document.id for document in documents},
        "versions": {
            "footnote": _version("footnote"),
            "commit": _commit(),
            "python": platform.python_version(),
            "platform": platform.platform(terse=True),
            **{name: _version(name) for name in _LIBRARIES},
        },
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _commit() -> str:
    """The commit of the working copy that this runs from, with a + where it was changed; "" outside of one."""
    command = ["git", "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command
            command,
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
