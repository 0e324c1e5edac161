"""Speed, as ratios within one run, so that the figures hold on any machine.

Run as `python -m eval.benchmarks.speed [--megabytes 2]`: a cold question on the command line, against
importing sentence-transformers; a warm answer, against its encoding of one question; ingesting a text,
against the encoding in it.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

from ingest.build import ingest
from ingest.document import Document
from ingest.embed import Embedder, Vectors
from ingest.load import load
from ingest.sentences import sentences
from rag import Chatbot, Settings

_PACKAGES = Path(__file__).parents[2]
_COLD_ROUNDS = 5
_SENTENCES_A_PARAGRAPH = 5
_PARAGRAPHS_A_SECTION = 6


class TimedEmbedder(Embedder):
    """The embedding model, with the seconds spent in it."""

    seconds = 0.0
    texts = 0

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Encode, and count the time and the texts."""
        start = time.perf_counter()
        vectors = super().encode(texts, progress)
        self.seconds += time.perf_counter() - start
        self.texts += len(texts)
        return vectors


def long_text(document: Document, characters: int, seed: int = 0) -> str:
    """A Markdown text of about so many characters, its sentences those of a document, reshuffled.

    Every sentence has its words in an order of its own, so that hardly two are the same.
    """
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    said = [
        document.plain(span)
        for paragraph in document.paragraphs
        for span in sentences(document.text, paragraph.span)
    ]
    parts: list[str] = ["# A long text"]
    length = 0
    for number in count():
        if length >= characters:
            break
        if number % (_PARAGRAPHS_A_SECTION * _SENTENCES_A_PARAGRAPH) == 0:
            parts.append(f"\n\n## Section {number}")
        if number % _SENTENCES_A_PARAGRAPH == 0:
            parts.append("\n\n")
        words = dice.choice(said).split()
        dice.shuffle(words)
        parts.append(" ".join(words).replace(".", "").capitalize() + ". ")
        length += len(parts[-1])
    return "".join(parts)


def ingest_against_encoding(article: Document, characters: int) -> None:
    """Print how long ingesting takes against the encoding of all that it embeds."""
    embedder = TimedEmbedder()
    embedder.encode(["load the model"])
    embedder.seconds, embedder.texts = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.md"
        file.write_text(long_text(article, characters), encoding="utf-8")
        start = time.perf_counter()
        (done,) = ingest([file], Path(folder) / "index", embedder=embedder, progress=_show)
        total = time.perf_counter() - start
    print(
        f"ingest of {characters / 1e6:g} MB ({done.passages} passages, {embedder.texts} texts embedded): "
        f"{total:.0f} s, of these {embedder.seconds:.0f} s encoding; "
        f"ratio {total / embedder.seconds:.2f} (at most 1.3)"
    )


def _show(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what} {done} of {total}   ", end="", file=sys.stderr, flush=True)


def answer_against_encoding() -> None:
    """Print how long a warm answer takes against sentence-transformers' encoding of the question."""
    questions = _questions()
    chatbot = Chatbot.open(settings=Settings())
    embedder = Embedder()
    for question in questions[:10]:
        chatbot.ask(question)
        embedder.encode([question])
    answers, encodings = [], []
    for question in questions:  # in turn, so that a slow moment of the machine hits both
        answers.append(_seconds(partial(chatbot.ask, question)))
        encodings.append(_seconds(partial(embedder.encode, [question])))
    chatbot.close()
    for name, of, at_most in (("median", statistics.median, 1.5), ("p95", _p95, 3)):
        answer, encoding = of(answers), of(encodings)
        print(
            f"warm answer, {name} of {len(questions)}: {answer * 1e3:.1f} ms; encoding its question: "
            f"{encoding * 1e3:.1f} ms; ratio {answer / encoding:.2f} (at most {at_most})"
        )


def _questions() -> list[str]:
    gold = (_PACKAGES / "eval" / "gold" / "prose.jsonl").read_text(encoding="utf-8")
    return [json.loads(line)["question"] for line in gold.splitlines()]


def _p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


@dataclass(frozen=True, slots=True)
class Process:
    """What a process of its own took: seconds, and its peak memory in the system's own unit."""

    seconds: float
    memory: float


# A process starts out with the peak memory of the one that starts it; this one has hardly any.
_MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def cold_question_against_import() -> None:
    """Print what `footnote ask` takes, its index built, against `import sentence_transformers`."""
    Chatbot.open(settings=Settings()).close()
    ask = [sys.executable, "-m", "ui.cli", "ask", _questions()[0]]
    load = [sys.executable, "-c", "import sentence_transformers"]
    asked, imported = [], []
    for _ in range(_COLD_ROUNDS):
        asked.append(_process(ask))
        imported.append(_process(load))
    seconds = [statistics.median(each.seconds for each in rounds) for rounds in (asked, imported)]
    memory = [statistics.median(each.memory for each in rounds) for rounds in (asked, imported)]
    print(
        f"cold footnote ask, median of {_COLD_ROUNDS}: {seconds[0]:.2f} s; importing "
        f"sentence_transformers: {seconds[1]:.2f} s; ratio {seconds[0] / seconds[1]:.2f} (at most 0.4); "
        f"peak memory, ratio {memory[0] / memory[1]:.2f} (at most 0.8)"
    )


def _process(command: Sequence[str]) -> Process:
    done = subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, "-c", _MEASURE, *command],
        cwd=_PACKAGES,
        env=os.environ | {"FOOTNOTE_EMBEDDING_MODEL": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, memory = done.stdout.split()
    return Process(float(seconds), float(memory))


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Speed, as ratios within one run.")
    parser.add_argument("--megabytes", type=float, default=2.0, help="size of the ingested text")
    options = parser.parse_args()
    edition = _PACKAGES / "ingest" / "article" / "edition.md"
    cold_question_against_import()
    answer_against_encoding()
    ingest_against_encoding(load(edition), int(options.megabytes * 1e6))
    return 0


if __name__ == "__main__":
    sys.exit(main())
