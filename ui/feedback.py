"""What users thought of answers: one JSON line each, in a file of the library that never leaves it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout

from ingest.errors import FootnoteError
from ingest.library import home
from rag.answer import Answer, Turn

Rating = Literal["up", "down"]

LONGEST_COMMENT = 2_000
LARGEST_LOG = 100_000_000
"""Bytes; nothing more is written to a log of this size."""


class FeedbackError(FootnoteError):
    """Feedback that cannot be kept."""


def log_path() -> Path:
    """Where feedback is kept."""
    return home() / "feedback.jsonl"


def keep(
    answer: Answer, rating: str, comment: str = "", history: Sequence[Turn] = (), index: str = ""
) -> None:
    """Append a line: time, question, history, answer (as `ask --json` prints it), rating, comment, index.

    Raises `FeedbackError` for another rating than "up" or "down", a comment of more than 2,000
    characters, and where the log cannot be written or has 100 MB.
    """
    if rating not in ("up", "down"):
        raise FeedbackError(f"a rating is up or down, not {rating!r}")
    if len(comment) > LONGEST_COMMENT:
        raise FeedbackError(f"the comment has {len(comment):,} characters; at most 2,000 are kept")
    record = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "question": answer.question,
        "history": [list(turn) for turn in history],
        "answer": json.loads(answer.to_json()),
        "rating": rating,
        "comment": comment.strip(),
        "index": index,
    }
    path = log_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=10):
            if path.exists() and path.stat().st_size > LARGEST_LOG:
                raise FeedbackError(f"{path} is full; move it away to keep more feedback")
            with path.open("a", encoding="utf-8", errors="replace") as file:
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
    except Timeout:
        raise FeedbackError(f"{path} is being written by another program; try again") from None
    except OSError as error:
        raise FeedbackError(f"{path} cannot be written: {error.strerror or error}") from None
