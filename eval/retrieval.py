"""Does the right passage or row come first? Measured on `gold/retrieval.jsonl`.

Run as `python -m eval.retrieval [--index DIR]`; without an index, the shipped edition is asked.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.errors import FootnoteError
from rag import Chatbot
from rag.answer import Evidence

GOLD = Path(__file__).parent / "gold" / "retrieval.jsonl"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A gold question and the rank at which its evidence came, None where it did not come."""

    id: str
    question: str
    rank: int | None
    first: str


def gold(path: Path = GOLD) -> list[dict[str, Any]]:
    """The gold questions: id, question, and evidence that holds for the edition and the original.

    Evidence is a row (table number and name of the row), a reference (its number), or prose: facts
    that all stand in the passage, each in one of its forms.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def is_right(evidence: Evidence, wanted: dict[str, Any]) -> bool:
    """Whether a retrieved passage is the gold evidence."""
    passage = evidence.passage
    match wanted["kind"]:
        case "row":
            if passage.table is None or passage.row is None:
                return False
            name = evidence.document.tables[passage.table].rows[passage.row][0].text
            is_row: bool = re.split(r"\s+–\s+|\?", name)[0] == wanted["row"]
            return is_row and passage.table == wanted["table"] - 1
        case "reference":
            head = re.match(r"\[(\d+)\]", evidence.quote)
            is_reference = passage.kind == "reference"
            return is_reference and head is not None and int(head.group(1)) == wanted["number"]
        case "prose":
            said = evidence.quote
            in_prose = passage.kind in ("prose", "list")
            return in_prose and all(
                any(form in said for form in forms) for forms in wanted["facts"]
            )
    raise ValueError(f"no such kind of evidence: {wanted['kind']!r}")


def run(chatbot: Chatbot, questions: Sequence[dict[str, Any]], k: int = 10) -> Iterator[Outcome]:
    """Ask each question and find the rank of its evidence among the first k passages."""
    for item in questions:
        found = chatbot.retrieve(item["question"], k)
        ranks = [rank for rank, each in enumerate(found, 1) if is_right(each, item["evidence"])]
        first = found[0].document.plain(found[0].passage.span) if found else ""
        yield Outcome(item["id"], item["question"], ranks[0] if ranks else None, first)


def main() -> int:
    """Print what came first where it should not have, and how often the right one did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--index", type=Path, help="an index; the shipped edition if left out")
    parser.add_argument("--gold", type=Path, default=GOLD, help="gold questions, JSON Lines")
    options = parser.parse_args()
    try:
        chatbot = Chatbot.open(options.index)
        outcomes = list(run(chatbot, gold(options.gold)))
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    for outcome in outcomes:
        if outcome.rank != 1:
            rank = outcome.rank or "not found"
            print(
                f"{outcome.id}  rank {rank}: {outcome.question}\n      first: {outcome.first[:100]}"
            )
    first = sum(outcome.rank == 1 for outcome in outcomes)
    reciprocal = sum(1 / outcome.rank for outcome in outcomes if outcome.rank) / len(outcomes)
    print(f"right passage or row first: {first} of {len(outcomes)}; MRR@10 {reciprocal:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
