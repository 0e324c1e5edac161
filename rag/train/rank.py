"""Learn the weights of `rag.rank`, and how sure they make us, from SelQA and QED.

    python -m rag.train.rank --selqa DIR/selqa-ass-dev.json --qed DIR/qed-dev.jsonlines

Each data set becomes one document with a section for every different passage of text, ingested as any
other. A question's candidates are the sentences of its own section, and those of the passages that
come first over all sections: two groups, in each of which the answering sentence is to come first
(softmax over the group, maximum likelihood, L2). The weights are written to `rag/rank.json`.

SelQA: Jurczyk, Zhai and Choi 2016, Apache 2.0. QED: Lamm et al. 2021; Wikipedia text, CC BY-SA 3.0.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.build import ingest
from rag import Chatbot, rank
from rag.answer import Evidence

WEIGHTS = Path(__file__).parents[1] / "rank.json"
PASSAGES = 8
"""Passages whose sentences are ranked, here as in `rag.prose`."""

_ALL = 1_000
_L2 = 3e-3


@dataclass(frozen=True, slots=True)
class Sample:
    """A question, the text that it was asked about, and which of its sentences answer."""

    question: str
    title: str
    sentences: tuple[str, ...]
    answers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Group:
    """The candidates for one question: features of shape (candidates, features), and which answer."""

    features: NDArray[np.float32]
    right: NDArray[np.bool_]


def selqa(path: Path) -> Iterator[Sample]:
    """The samples of a SelQA file for answer sentence selection."""
    for item in json.loads(path.read_text(encoding="utf-8")):
        sentences = tuple(" ".join(sentence.split()) for sentence in item["candidates"])
        title = f"{item['article']} {item['section']}"
        question = " ".join(item["question"].split())
        yield Sample(question, title, sentences, frozenset(item["answers"]))


def qed(path: Path) -> Iterator[Sample]:
    """The samples of a QED file whose answer stands in the paragraph."""
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        text = item["paragraph_text"]
        starts = [*item["sentence_starts"], len(text)]
        spans = list(pairwise(starts))
        at = {part["start"] for answer in item["original_nq_answers"] for part in answer}
        answers = {n for n, (a, b) in enumerate(spans) if any(a <= start < b for start in at)}
        if answers and len(spans) > 1:
            sentences = tuple(" ".join(text[a:b].split()) for a, b in spans)
            yield Sample(item["question_text"], item["title_text"], sentences, frozenset(answers))


@contextmanager
def asked_together(samples: Sequence[Sample]) -> Iterator[Chatbot]:
    """A chatbot over one document that holds every different text of the samples as a section."""
    texts = dict.fromkeys((sample.title, sample.sentences) for sample in samples)
    parts = [
        f"## {_heading(n, title)}\n\n{' '.join(said)}" for n, (title, said) in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "texts.md"
        file.write_text("\n\n".join(parts), encoding="utf-8")
        ingest([file], Path(folder) / "index", progress=_show)
        chatbot = Chatbot.open(Path(folder) / "index")
        yield chatbot
        chatbot.close()


def _heading(number: int, title: str) -> str:
    return f"{title} §{number}"


def _show(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{what} {done} of {total}   ", end="", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Found:
    """What was retrieved for a sample: all of it, its own section's, and the passages that came first."""

    everything: list[Evidence]
    own: list[Evidence]
    first: list[Evidence]


def retrieved(chatbot: Chatbot, samples: Sequence[Sample]) -> Iterator[Found]:
    """What is found for each sample."""
    texts = dict.fromkeys((sample.title, sample.sentences) for sample in samples)
    headings = {text: _heading(number, text[0]) for number, text in enumerate(texts)}
    for sample in samples:
        everything = chatbot.retrieve(sample.question, _ALL)
        mine = headings[sample.title, sample.sentences]
        own = [each for each in everything if each.section[-1] == mine]
        yield Found(everything, own, everything[:PASSAGES])


def group(chatbot: Chatbot, sample: Sample, evidence: Sequence[Evidence]) -> Group:
    """The candidates in some evidence, and which of them are among the sample's answers."""
    candidates = rank.candidates(evidence)
    rarity = chatbot.rarity
    answers = {sample.sentences[number] for number in sample.answers}
    right = [says(candidate.text, answers) for candidate in candidates]
    return Group(rank.features(sample.question, candidates, rarity), np.array(right, dtype=bool))


def says(text: str, answers: Iterable[str]) -> bool:
    """Whether a sentence is one of the answers; the data cut some sentences otherwise than we do."""
    return any(text in answer or answer in text for answer in answers)


def fit(groups: Sequence[Group], l2: float = _L2) -> NDArray[np.float64]:
    """The weights under which the right candidates are likeliest: shape (features,)."""
    from scipy.optimize import minimize

    usable = [each for each in groups if each.right.any() and not each.right.all()]
    features = np.concatenate([each.features for each in usable]).astype(float)
    scale = features.std(axis=0) + 1e-6
    features /= scale
    right = np.concatenate([each.right for each in usable])
    sizes = [len(each.right) for each in usable]
    of_group = np.repeat(np.arange(len(usable)), sizes)
    starts = np.cumsum([0, *sizes[:-1]])

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scores = features @ weights
        highest = np.maximum.reduceat(scores, starts)[of_group]
        shares = np.exp(scores - highest)
        shares /= np.add.reduceat(shares, starts)[of_group]
        of_right = np.add.reduceat(shares * right, starts) + 1e-12
        pull = features.T @ (shares - shares * right / of_right[of_group]) / len(usable)
        value = -np.log(of_right).mean() + l2 * (weights @ weights)
        return float(value), pull + 2 * l2 * weights

    done = minimize(loss, np.zeros(features.shape[1]), jac=True, method="L-BFGS-B")
    result: NDArray[np.float64] = done.x / scale
    return result


def accuracy(groups: Sequence[Group], weights: NDArray[np.float64]) -> float:
    """How often the candidate with the highest score is right."""
    hits = [
        bool(len(each.right) and each.right[int(np.argmax(each.features @ weights))])
        for each in groups
    ]
    return float(np.mean(hits))


def main() -> int:
    """Learn, print the figures on the training data, write the weights."""
    parser = argparse.ArgumentParser(description="Learn the weights of rag.rank.")
    parser.add_argument("--selqa", type=Path, required=True, help="selqa-ass-dev.json")
    parser.add_argument("--qed", type=Path, help="qed-dev.jsonlines")
    options = parser.parse_args()
    groups: list[Group] = []
    sources: list[Any] = []
    for name, path, read in (("SelQA dev", options.selqa, selqa), ("QED dev", options.qed, qed)):
        if path is None:
            continue
        samples = list(read(path))
        with asked_together(samples) as chatbot:
            for sample, found in zip(samples, retrieved(chatbot, samples), strict=True):
                groups += [group(chatbot, sample, each) for each in (found.own, found.first)]
        sources.append({"data": name, "questions": len(samples)})
    weights = fit(groups)
    stored = {
        "learned by": "rag.train.rank",
        "from": sources,
        "weights": dict(zip(rank.NAMES, (round(float(w), 5) for w in weights), strict=True)),
    }
    WEIGHTS.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"the answering sentence first, on the training data: {accuracy(groups, weights):.1%}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
