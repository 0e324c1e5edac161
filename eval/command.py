"""What `footnote eval` does, apart from reading its options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from eval import programs, report
from eval.compare import Baseline, Comparison, compare
from eval.generate import generate
from eval.run import Progress, Run, run, silent
from eval.schema import FILES, GoldError, load, of_generated
from ingest.load import load as load_article
from rag.pipeline import Chatbot

RUNS = Path("eval-runs")
NO_FLOOR = ("follow_up", "feedback")
"""Categories without a floor: follow-ups are not answered yet, and feedback is wrong when it comes in."""


def evaluate(
    chatbot: Chatbot,
    golds: Sequence[Path],
    *,
    folder: Path | None = None,
    baseline: Path | None = None,
    write_baseline: Path | None = None,
    retrieval: bool = False,
    settings: Mapping[str, Any],
    progress: Progress = silent,
) -> tuple[Run, Comparison | None, Path]:
    """Run gold files, write the run folder with its reports, and compare with a baseline if one is named.

    Returns the run, the comparison and the folder. Raises `GoldError` for files that cannot be used, before
    anything is asked.
    """
    questions = load(golds)
    stored = Baseline.read(baseline) if baseline else None
    folder = folder or RUNS / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    held = {path.name: sha256(path.read_bytes()).hexdigest()[:12] for path in golds}
    done = run(
        chatbot,
        questions,
        retriever=chatbot if retrieval else None,
        settings={**settings, "gold": held},
        progress=progress,
    )
    if tuple(golds) == FILES:  # the programs are about the tables of the same article
        done = replace(done, programs=tuple(programs.faults(chatbot.documents, programs.load())))
    comparison = compare(done, stored) if stored else None
    try:
        done.write(folder)
        (folder / "report.html").write_text(report.html(done, stored, comparison), encoding="utf-8")
        (folder / "report.md").write_text(
            report.markdown(done, stored, comparison), encoding="utf-8"
        )
        if write_baseline:
            Baseline.of(done, without_floor=NO_FLOOR).write(write_baseline)
    except OSError as error:
        raise GoldError(
            f"{error.filename} cannot be written: {error.strerror}; choose a folder with --out"
        ) from None
    return done, comparison, folder


def generated(article: Path, *, seed: int = 0, most: int | None = None) -> Iterator[str]:
    """Gold questions on every table of an article, as JSON lines, the same for the same seed.

    Raises `GoldError` where it has no table, `LoadError` where it cannot be read.
    """
    document = load_article(article)
    if not document.tables:
        raise GoldError(f"{article} holds no table to ask about; name an article with a pipe table")
    for question in generate(document, wording="held_out", seed=seed, most=most):
        yield of_generated(question).to_json()


def in_words(done: Run, comparison: Comparison | None) -> Iterator[str]:
    """A run for the terminal: categories, the figures that matter, and what the gate says."""
    widest = max(len(name) for name in done.categories)
    for name, mine in done.categories.items():
        right = sum(each.right for each in mine)
        yield f"{name:{widest}}  {right:>3} of {len(mine):<3}  {right / len(mine):>4.0%}"
    measures = done.measures()
    median, p95 = done.latency()
    right = sum(each.right for each in done.questions)
    yield (
        f"right: {right} of {len(done.questions)} ({measures['accuracy'].value:.1%}); of what was answered "
        f"{measures['precision'].value:.1%}, answered {measures['coverage'].value:.1%}"
    )
    yield (
        f"false answers: {measures['false_answer_rate'].value:.1%} of {measures['false_answer_rate'].of} "
        f"unanswerable; silent on {measures['false_abstention_rate'].value:.1%} of "
        f"{measures['false_abstention_rate'].of} answerable"
    )
    yield (
        f"quotes that hold: {measures['quote_validity'].value:.1%}; calibration error "
        f"{measures['calibration_error'].value:.3f}; an answer takes {median * 1e3:.0f} ms, p95 {p95 * 1e3:.0f} ms"
    )
    if "recall_at_1" in measures:
        first = measures["recall_at_1"]
        yield (
            f"evidence retrieved first: {first.value:.1%} of {first.of}; MRR@10 "
            f"{measures['reciprocal_rank'].value:.3f}"
        )
    yield from (f"a table program came out otherwise: {each}" for each in done.programs)
    if comparison is not None:
        yield (
            f"against the baseline: {len(comparison.lost)} turned wrong, {len(comparison.won)} right, "
            f"p = {comparison.p:.3f}"
        )
        yield "the gate holds" if comparison.holds else "the gate is closed:"
        yield from (f"  {reason}" for reason in comparison.failures)
