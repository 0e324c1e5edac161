"""Speed, as ratios within one run, so that the figures hold on any machine.

Run as `python -m eval.benchmarks.speed [--passages 10000 100000] [--megabytes 2]`: a cold question on
the command line, against importing sentence-transformers; a warm answer, against its encoding of one
question, and on documents of so many passages, against the same on the article; ingesting a text,
against the encoding in it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from pathlib import Path

import numpy as np

from ingest.build import ingest
from ingest.document import Document
from ingest.embed import Embedder, Vectors, model_folder
from ingest.encode import NumpyEncoder
from ingest.index import Index
from ingest.load import load
from ingest.sentences import sentences
from rag import Chatbot, Settings
from rag.train.articles import show

_PACKAGES = Path(__file__).parents[2]
_COLD_ROUNDS = 5
_SENTENCES_A_PARAGRAPH = 5
_PARAGRAPHS_A_SECTION = 6
_SENTENCES_A_PASSAGE = 2


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


class DrawnVectors(Embedder):
    """Draws the vector of a text by its hash: what it takes to search them is as with real ones.

    Encoding 100,000 passages would take an hour, and what a question costs does not depend on what the
    vectors mean. Chroma's graph has, if anything, more to do with vectors that all lie far apart.
    """

    def load(self) -> None:
        """Nothing to load."""

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """One unit vector a text: shape (len(texts), 384), float32."""
        vectors = np.empty((len(texts), 384), dtype=np.float32)
        for row, text in enumerate(texts):
            digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
            dice = np.random.default_rng(int.from_bytes(digest))
            vectors[row] = dice.standard_normal(384, dtype=np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        if progress is not None:
            progress(len(texts))
        return vectors


def _paragraphs(document: Document, sentences_each: int, seed: int = 0) -> Iterator[str]:
    """Paragraphs without end, their sentences those of a document, with headings in between.

    Every sentence has its words in an order of its own, so that hardly two are the same.
    """
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    said = [
        document.plain(span).split()
        for paragraph in document.paragraphs
        for span in sentences(document.text, paragraph.span)
    ]
    for number in count():
        heading = f"## Section {number}\n\n" if number % _PARAGRAPHS_A_SECTION == 0 else ""
        chosen = [_shuffled(dice.choice(said), dice) for _ in range(sentences_each)]
        yield f"{heading}{' '.join(chosen)}\n\n"


def _shuffled(words: Sequence[str], dice: random.Random) -> str:
    return " ".join(dice.sample(words, len(words))).replace(".", "").capitalize() + "."


def long_text(document: Document, characters: int) -> str:
    """A Markdown text of about so many characters."""
    parts = ["# A long text\n\n"]
    length = 0
    for paragraph in _paragraphs(document, _SENTENCES_A_PARAGRAPH):
        if length >= characters:
            break
        parts.append(paragraph)
        length += len(paragraph)
    return "".join(parts)


def text_of_passages(document: Document, passages: int) -> str:
    """A Markdown text of so many short paragraphs, each of which becomes one passage."""
    paragraphs = islice(_paragraphs(document, _SENTENCES_A_PASSAGE), passages)
    return "".join(["# A text of many passages\n\n", *paragraphs])


def ingest_against_encoding(article: Document, characters: int) -> None:
    """Print how long ingesting takes against the encoding of all that it embeds."""
    embedder = TimedEmbedder()
    embedder.encode(["load the model"])
    embedder.seconds, embedder.texts = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.md"
        file.write_text(long_text(article, characters), encoding="utf-8")
        start = time.perf_counter()
        (done,) = ingest([file], Path(folder) / "index", embedder=embedder, progress=show)
        total = time.perf_counter() - start
    print(
        f"ingest of {characters / 1e6:g} MB ({done.passages} passages, {embedder.texts} texts embedded): "
        f"{total:.0f} s, of these {embedder.seconds:.0f} s encoding; "
        f"ratio {total / embedder.seconds:.2f} (at most 1.3)"
    )


def warm_answers(article: Document, sizes: Sequence[int]) -> None:
    """Print how long a warm answer takes: against the encoding of its question, and as documents grow.

    Every question is put to all in turn, so that a slow moment of the machine hits all of them.
    """
    questions = _questions()
    embedder = Embedder()
    with ExitStack() as stack:
        asked: dict[int, Chatbot] = {}
        for size in sizes:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            start = time.perf_counter()
            asked[size] = stack.enter_context(closing(_of_passages(article, size, folder)))
            print(f"an index of {size:,} passages: made in {time.perf_counter() - start:.0f} s")
        chatbot = stack.enter_context(closing(Chatbot.open(settings=Settings())))
        calls: dict[str | int, Callable[[str], object]] = {
            "encoding": lambda question: embedder.encode([question]),
            "answer": chatbot.ask,
            **{size: each.ask for size, each in asked.items()},
        }
        for question in questions[:10]:
            for call in calls.values():
                call(question)
        taken: dict[str | int, list[float]] = {name: [] for name in calls}
        for question in questions:
            for name, call in calls.items():
                taken[name].append(_seconds(partial(call, question)))
    for name, of, at_most in (("median", statistics.median, 1.5), ("p95", _p95, 3)):
        answer, encoding = of(taken["answer"]), of(taken["encoding"])
        print(
            f"warm answer, {name} of {len(questions)}: {answer * 1e3:.1f} ms; encoding its question: "
            f"{encoding * 1e3:.1f} ms; ratio {answer / encoding:.2f} (at most {at_most})"
        )
    short = statistics.median(taken["answer"])
    for size in sizes:
        long = statistics.median(taken[size])
        print(
            f"warm answer, median, in {size:,} passages: {long * 1e3:.1f} ms; in the article: "
            f"{short * 1e3:.1f} ms; ratio {long / short:.2f} (at most 3)"
        )


def _of_passages(article: Document, size: int, folder: Path) -> Chatbot:
    """A chatbot over a document of so many passages. Its vectors are drawn; questions are encoded."""
    file, index = folder / "many.md", folder / "index"
    file.write_text(text_of_passages(article, size), encoding="utf-8")
    (done,) = ingest([file], index, embedder=DrawnVectors(), progress=show)
    if done.passages != size:
        raise ValueError(f"a text of {size} passages became {done.passages}")
    return Chatbot(Index.open(index), NumpyEncoder(model_folder()), Settings())


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
    parser.add_argument(
        "--passages",
        type=int,
        nargs="*",
        default=(10_000,),
        metavar="N",
        help="sizes of the large documents that are asked; 100000 takes several minutes to make",
    )
    options = parser.parse_args()
    article = load(_PACKAGES / "ingest" / "article" / "edition.md")
    cold_question_against_import()
    warm_answers(article, options.passages)
    ingest_against_encoding(article, int(options.megabytes * 1e6))
    return 0


if __name__ == "__main__":
    sys.exit(main())
