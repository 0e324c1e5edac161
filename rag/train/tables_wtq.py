"""WikiTableQuestions: its questions, its tables, and its official match of an answer with the gold one.

Pasupat and Liang 2015, Compositional Semantic Parsing on Semi-Structured Tables, CC BY-SA 4.0.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_ESCAPES = {"n": "\n", "p": "|", "\\": "\\"}
_XX = frozenset({"xx", "xxxx"})


@dataclass(frozen=True, slots=True)
class Example:
    """A question, the path of its table, and the values that answer it."""

    id: str
    question: str
    table: str
    gold: tuple[str, ...]


def examples(folder: Path, split: str) -> Iterator[Example]:
    """The questions of a split, from its `.tsv` or `.tagged` file. Raises `FileNotFoundError`."""
    path = next(
        (p for end in ("tsv", "tagged") if (p := folder / "data" / f"{split}.{end}").is_file()),
        None,
    )
    if path is None:
        raise FileNotFoundError(f"{folder / 'data' / split}.tsv: no such split; check the folder")
    lines = path.read_text(encoding="utf-8").split("\n")
    head = lines[0].split("\t")
    at = {name: head.index(name) for name in ("id", "utterance", "context", "targetValue")}
    for line in lines[1:]:
        fields = line.rstrip("\r").split("\t")
        if len(fields) < len(at):
            continue
        gold = tuple(unescaped(value) for value in fields[at["targetValue"]].split("|"))
        yield Example(
            fields[at["id"]], unescaped(fields[at["utterance"]]), fields[at["context"]], gold
        )


def unescaped(text: str) -> str:
    r"""The text of a field: `\n`, `\p` and `\\` stand for a new line, a bar and a backslash."""
    return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m.group(1), m.group()), text)


def read_rows(path: Path) -> list[list[str]]:
    """The rows of a table of the data set, header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, doublequote=False, escapechar="\\"))


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a table of the data set."""
    rows = read_rows(path)
    return (rows[0], rows[1:]) if rows else ([], [])


def normalised(text: str) -> str:
    """A value as it is compared: the official evaluator's folding, in words of its description."""
    text = "".join(
        c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) != "Mn"
    )
    text = re.sub(r"[‘’´`]", "'", text)
    text = re.sub(r"[“”]", '"', text)
    text = re.sub(r"[‐‑‒–—−]", "-", text)
    before = None
    while before != text:
        before = text
        text = re.sub(r"((?<!^)\[[^\]]*\]|\[\d+\]|[•♦†‡*#+])*$", "", text.strip())
        text = re.sub(r"(?<!^)( \([^)]*\))*$", "", text.strip())
        text = re.sub(r'^"([^"]*)"$', r"\1", text.strip())
    return re.sub(r"\s+", " ", text.removesuffix(".")).lower().strip()


def number(text: str) -> float | None:
    """The number that a value is, if it is one."""
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def date(text: str) -> tuple[int, int, int] | None:
    """The year, month and day of a value such as 2010-xx-05, -1 for an unknown part."""
    parts = text.lower().split("-")
    if len(parts) != 3:
        return None
    try:
        year, month, day = (-1 if part in _XX else int(part) for part in parts)
    except ValueError:
        return None
    if (year, month, day) == (-1, -1, -1) or not (month == -1 or 1 <= month <= 12):
        return None
    return (year, month, day) if day == -1 or 1 <= day <= 31 else None


def same(gold: str, prediction: str) -> bool:
    """Whether two values are the same as text, as numbers, or as dates."""
    if normalised(gold) == normalised(prediction):
        return True
    one, other = number(gold), number(prediction)
    if one is not None and other is not None:
        return abs(one - other) < 1e-6
    mine = date(gold)
    return mine is not None and mine == date(prediction)


def right(gold: Sequence[str], prediction: Sequence[str]) -> bool:
    """The official denotation match."""
    golds = list(dict.fromkeys(map(normalised, gold)))
    predictions = list(dict.fromkeys(map(normalised, prediction)))
    if len(golds) != len(predictions):
        return False
    return all(any(same(g, p) for p in prediction) for g in gold)
