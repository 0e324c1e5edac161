"""Is the answer right? Measured on gold questions: `gold/prose.jsonl`, `gold/tables.jsonl`.

Run as `python -m eval.answers [FILE …] [--index DIR] [--wrong]`; without an index, the shipped edition is
asked, without files, all of them.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.retrieval import gold
from ingest.errors import FootnoteError
from rag import Answer, Chatbot
from rag.answer import read
from rag.verify import MARKER

FOLDER = Path(__file__).parent / "gold"
FILES = (FOLDER / "prose.jsonl", FOLDER / "tables.jsonl")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A gold question, what was answered, and what is wrong with it: "" where it is right."""

    gold: dict[str, Any]
    answer: Answer
    wrong: str


def fault(answer: Answer, wanted: dict[str, Any]) -> str:
    """What is wrong with an answer, "" for nothing.

    `answer` of the gold question holds the parts that a right answer must have, each in one of its
    forms; `forbidden` what it must not have; `yes_no` the word that it must open with. What is not
    `answerable` must abstain.
    Forms are looked for in any case, and no digit may touch one that begins or ends with a digit.
    """
    if not wanted["answerable"]:
        return "" if answer.abstained else "answered, though the article does not say"
    if answer.abstained:
        return "abstained"
    said = _folded(read(MARKER.sub(" ", answer.text)))
    if wanted.get("yes_no") and not said.startswith(wanted["yes_no"]):
        return f"does not open with {wanted['yes_no']}"
    missing = [forms[0] for forms in wanted["answer"] if not any(_has(said, f) for f in forms)]
    if missing:
        return f"lacks {', '.join(missing)}"
    wrong = [form for form in wanted["forbidden"] if _has(said, form)]
    return f"says {', '.join(wrong)}" if wrong else ""


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _has(said: str, form: str) -> bool:
    folded = re.escape(_folded(form))
    return bool(
        re.search(rf"(?<!\d){folded}(?!\d)" if re.search(r"^\d|\d$", form) else folded, said)
    )


def run(chatbot: Chatbot, questions: Sequence[dict[str, Any]]) -> Iterator[Outcome]:
    """Ask each question and judge the answer."""
    for wanted in questions:
        answer = chatbot.ask(wanted["question"])
        yield Outcome(wanted, answer, fault(answer, wanted))


def main() -> int:
    """Print how many are right by category, and with `--wrong` what the others said."""
    parser = argparse.ArgumentParser(prog="python -m eval.answers", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="gold questions, JSON Lines")
    parser.add_argument("--index", type=Path, help="an index; the shipped edition if left out")
    parser.add_argument("--wrong", action="store_true", help="show each wrong answer")
    options = parser.parse_args()
    try:
        chatbot = Chatbot.open(options.index)
        for path in options.files or FILES:
            _report(path.stem, list(run(chatbot, gold(path))), show=options.wrong)
    except (FootnoteError, OSError) as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    return 0


def _report(name: str, outcomes: Sequence[Outcome], *, show: bool) -> None:
    if show:
        for each in outcomes:
            if each.wrong:
                said = each.answer.text or each.answer.reason
                print(
                    f"{each.gold['id']}  {each.gold['question']}\n"
                    f"      {each.wrong} ({each.answer.confidence:.2f}): {' '.join(said.split())[:200]}"
                )
    categories = dict.fromkeys(each.gold["category"] for each in outcomes)
    for category in categories:
        mine = [not each.wrong for each in outcomes if each.gold["category"] == category]
        print(f"  {category}: {sum(mine)} of {len(mine)}")
    right = sum(not each.wrong for each in outcomes)
    unanswerable = [each for each in outcomes if not each.gold["answerable"]]
    false = sum(bool(each.wrong) for each in unanswerable)
    words = [
        len(read(MARKER.sub(" ", each.answer.text)).split())
        for each in outcomes
        if not each.answer.abstained
    ]
    print(
        f"{name}: right {right} of {len(outcomes)} ({right / len(outcomes):.1%}); "
        f"of {len(unanswerable)} unanswerable, {false} answered; "
        f"words of an answer, median: {statistics.median(words) if words else 0:g}"
    )


if __name__ == "__main__":
    sys.exit(main())
