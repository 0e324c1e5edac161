"""Learn the weights of `rag.tables.rank`.

    python -m rag.train.tables --wtq DIR [--made DIR] [--fetaqa FILE] [--seed 0]

The candidates of each question are made as for any question; the right ones are those whose result is
the gold one. A network with one hidden layer, and a table of word pairs against operators, learn to
give them the most probability (maximum marginal likelihood). The likeliest results are then read a second
time, as `rag.train.reread` learns it. Every tenth table is held out whole: on its questions the probabilities
are calibrated (logistic regression).

What `rag.tables.sense` says of a candidate is added to its score before, during and after learning.

Besides WikiTableQuestions (CC BY-SA 4.0) it learns from questions that `eval.benchmarks.made` makes of
the same tables and from freely worded ones that we wrote (`tables_written.jsonl`), these also beside
other tables as in an article, and from the articles of `rag.train.documents`, so that its habits are
not those of one data set.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.embed import Embedder, model_folder
from ingest.encode import NumpyEncoder
from ingest.load import load
from ingest.names import Names
from rag.answer import Vector, log_odds, logistic
from rag.reread import QUESTION_TOKENS, SENTENCE_TOKENS, Rereader, worded
from rag.tables.answer import Sheet, scenes_of
from rag.tables.execute import Engine
from rag.tables.link import Lexicon, Meanings
from rag.tables.parse import Candidate
from rag.tables.program import NOTHING, OPERATORS, Node
from rag.tables.question import Asked
from rag.tables.rank import (
    ASPECTS,
    REREAD,
    WEIGHTS,
    WIDTH,
    aspects,
    denotation,
    doubts,
    features,
    probabilities,
    told_as,
    word_pairs,
)
from rag.tables.sense import names_of_rows, prior
from rag.tables.told import Sentence, sentences_of
from rag.tables.values import Grid
from rag.train import documents
from rag.train import reread as second
from rag.train.regression import regression
from rag.train.tables_wordings import about_gaps, reworded
from rag.train.tables_wtq import examples, read_table, right

FETAQA_KEPT_OUT = 300
"""The last questions of FeTaQA's file, which measure."""

WRITTEN = Path(__file__).with_name("tables_written.jsonl")
"""Questions that people would ask, written by us over tables of WikiTableQuestions' training split.

Each has its kind, its answer, and the cells ([row, column], rows from 0 below the header) it stands on; an
empty answer means that the table does not say.
"""

CARD = WEIGHTS.with_suffix(".json")
_FEW = 16
_HIDDEN = 192
_LEAST_COUNT = 4
_MOST_PAIRS = 6_000
_HELD_OUT = 10
_THRESHOLD = 0.5
_BESIDE = 1
_STRANGE = 10
"""Of so many questions, one is also put to another table."""

REREAD_WEIGHTS = WEIGHTS.with_name("reread.npz")
_ROUNDS = 1
_READ_OFTEN = {"document": 1.0, "written": 0.5, "WikiTableQuestions": 0.15}
_SELDOM, _SILENCE = 0.1, 0.25
"""How often a question of another source, and one that nothing answers, is read a second time in a round."""

_ANSWERS, _OTHERS = 2, 5
"""So many results of a question that are right, and so many likely ones that are not, are read again."""

_OF_A_CELL = frozenset({"lookup", "cross"})
"""Kinds of question whose answer is among its deciding cells; of a list they may be the conditions."""

_MOST_OF_WTQ, _MOST_MADE = 5_000, 1_500
_WEIGHTS = {"written": 2.0, "document": 2.0}
"""What a source counts in the calibration, where it is not 1."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A question over a table, and whether a candidate answers it. `source` says where it is from.

    `others` are tables that stand beside it in the article, and do not answer; `names` are the
    article's, and `sentences` those of its text that were found for the question.
    """

    question: str
    table: str
    is_right: Callable[[Candidate, Engine], bool]
    source: str
    others: tuple[str, ...] = ()
    names: Names | None = None
    sentences: tuple[Sentence, ...] = ()
    is_held_out: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """The candidates of one question: features, rules, aspects, which are right, results alike, words.

    `sizes` tells how many candidates are of each table; each table has its own `pairs`. `said` is how
    each candidate is read again, compressed.
    """

    question: str
    said: bytes
    table: str
    source: str
    values: NDArray[np.float16]
    prior: Vector
    parts: NDArray[np.int16]
    right: NDArray[np.bool_]
    results: NDArray[np.int32]
    sizes: tuple[int, ...]
    pairs: tuple[tuple[str, ...], ...]


class _Batched:
    """An encoder that takes sentence-transformers, which is quick with many texts, for many."""

    def __init__(self) -> None:
        self.embedder, self._few = Embedder(), NumpyEncoder(model_folder())

    def encode(self, texts: Sequence[str]) -> Vector:
        if len(texts) < _FEW:
            return self._few.encode(texts)
        vectors: Vector = np.asarray(self.embedder.encode(list(texts)), dtype=np.float32)
        return vectors

    def knows(self, word: str) -> bool:
        return self.embedder.knows(word)


def wtq(folder: Path, split: str) -> Iterator[Sample]:
    """The samples of WikiTableQuestions."""
    for example in examples(folder, split):
        gold = example.gold

        def is_right(candidate: Candidate, _: Engine, gold: Sequence[str] = gold) -> bool:
            return right(gold, candidate.shown)

        yield Sample(example.question, example.table, is_right, "WikiTableQuestions")


def made(folder: Path, grids: dict[str, Grid], chance: random.Random) -> Iterator[Sample]:
    """The samples that `eval.benchmarks.made` wrote: documents with questions of exact answers."""
    for path in sorted(folder.glob("*.jsonl")):
        document = load(path.with_suffix(".md"))
        if not document.tables:
            continue
        name = f"made/{path.stem}"
        grids[name] = Grid.of_table(document, 0)
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            gold = denotation(item["denotation"]) if item["answerable"] else None
            if item["category"] == "unanswerable_empty":  # that it is empty is an answer, too
                gold = denotation([NOTHING])

            def is_right(
                candidate: Candidate, _: Engine, gold: frozenset[str] | None = gold
            ) -> bool:
                return gold is not None and denotation(candidate.shown) == gold

            source = f"made: {item['category']}"
            yield Sample(item["question"], name, is_right, source)
            yield Sample(reworded(item["question"], chance), name, is_right, source)
        for question, values in about_gaps(grids[name], chance):

            def is_same(
                candidate: Candidate, _: Engine, gold: frozenset[str] = denotation(values)
            ) -> bool:
                return denotation(candidate.shown) == gold

            yield Sample(question, name, is_same, "made: gaps")


def fetaqa(path: Path, grids: dict[str, Grid]) -> Iterator[Sample]:
    """The samples of FeTaQA but the last 300: right is what shows the highlighted cells' rows.

    Nan et al. 2022, FeTaQA: Free-form Table Question Answering, CC BY-SA 4.0.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for line in lines[:-FETAQA_KEPT_OUT]:
        item = json.loads(line)
        name = f"fetaqa/{item['feta_id']}"
        header, *rows = item["table_array"]
        about = f"{item['table_page_title']} {item['table_section_title']}"
        grids[name] = Grid.of(header, rows, about=about)
        cells = [(row - 1, column) for row, column in item["highlighted_cell_ids"]]
        mask = sum(1 << row for row in {row for row, _ in cells if row >= 0})
        columns = frozenset(column for _, column in cells)

        def is_right(
            candidate: Candidate,
            engine: Engine,
            mask: int = mask,
            columns: frozenset[int] = columns,
        ) -> bool:
            rows = candidate.node.args[0]
            if OPERATORS[candidate.node.op].gives != "cells" or not isinstance(rows, Node):
                return False
            return candidate.out in columns and engine.rows(rows) == mask

        yield Sample(item["question"], name, is_right, "FeTaQA")


def written(folder: Path, grids: dict[str, Grid], chance: random.Random) -> Iterator[Sample]:
    """The samples of `tables_written.jsonl`: alone, and beside two other tables as in an article."""
    items = [json.loads(line) for line in WRITTEN.read_text(encoding="utf-8").splitlines()]
    names = sorted({item["table"] for item in items})
    for name in names:
        grids[name] = Grid.of(*read_table(folder / name))
    for item in items:
        golds, columns = item["answer"], frozenset(column for _, column in item["cells"])

        def is_right(
            candidate: Candidate,
            _: Engine,
            golds: Sequence[str] = golds,
            columns: frozenset[int] = columns,
        ) -> bool:
            if not golds or (candidate.out >= 0 and candidate.out not in columns):
                return False
            return right(golds, candidate.shown)

        source = f"written: {item['kind']}"
        yield Sample(item["question"], item["table"], is_right, source)
        for _ in range(_BESIDE):
            others = tuple(name for name in chance.sample(names, 3) if name != item["table"])[:2]
            yield Sample(item["question"], item["table"], is_right, f"{source}, of 3", others)


def of_documents(grids: dict[str, Grid], encoder: _Batched) -> Iterator[Sample]:
    """The samples of the articles of ours: each question put to all tables of its article.

    A question that the text answers, or nothing, has no right candidate.
    """
    for article in documents.documents():
        if article.is_kept_out:
            continue
        tables = [f"document/{article.number}/{n}" for n in range(len(article.document.tables))]
        names = Names.of(article.document)
        for number, name in enumerate(tables):
            grids[name] = Grid.of_table(article.document, number)
        for each, evidence in documents.found(article, encoder.embedder, encoder):
            first = min((table for table, _, _ in each.cells), default=0)
            order = (tables[first], *(name for name in tables if name != tables[first]))

            def is_right(
                candidate: Candidate, _: Engine, each: documents.Question = each, first: int = first
            ) -> bool:
                columns = {column for table, _, column in each.cells if table == first}
                of_a_cell = each.kind in _OF_A_CELL and candidate.out >= 0
                if of_a_cell and columns and candidate.out not in columns:
                    return False
                return each.is_result(candidate.shown)

            source = f"document: {each.kind}"
            yield Sample(
                each.question,
                order[0],
                is_right,
                source,
                order[1:],
                names,
                tuple(sentences_of(evidence)),
                article.is_held_out,
            )


def strange(
    samples: Sequence[Sample], tables: Sequence[str], chance: random.Random
) -> list[Sample]:
    """Questions put to tables of others, which cannot answer them."""
    found = []
    for sample in samples:
        table = chance.choice(tables)
        if table != sample.table:
            found.append(
                Sample(sample.question, table, lambda _candidate, _engine: False, "strange")
            )
    return found


def warm(samples: Sequence[Sample], grids: dict[str, Grid], meanings: Meanings) -> None:
    """Encode all words, questions and headers in large batches."""
    texts: dict[str, None] = {}
    for sample in samples:
        asked = Asked.of(sample.question)
        texts[asked.text] = None
        texts[asked.phrase(asked.focus) or asked.text] = None
        texts.update(dict.fromkeys(w.text for w in asked.words if w.weight > 0))
        for name in (sample.table, *sample.others):
            texts.update(dict.fromkeys(c.header or "?" for c in grids[name].columns))
    every = list(texts)
    for start in range(0, len(every), 4096):
        meanings(every[start : start + 4096])
        _show("encoding", start, len(every))


def groups(
    samples: Sequence[Sample], grids: dict[str, Grid], meanings: Meanings
) -> Iterator[Group]:
    """The candidates of each sample, judged."""
    warm(samples, grids, meanings)
    for number, sample in enumerate(samples):
        _show("candidates", number, len(samples))
        engine = Engine([grids[name] for name in (sample.table, *sample.others)])
        names = [sample.names] if sample.names else []
        sheets = [Sheet(engine, n, Lexicon(grid, names)) for n, grid in enumerate(engine.grids)]
        scenes = scenes_of(Asked.of(sample.question), sheets, meanings, sample.sentences)
        if not scenes:
            continue
        named = names_of_rows(scenes)
        every = [(scene, candidate) for scene in scenes for candidate in scene.candidates]
        known: dict[frozenset[str], int] = {}
        results = [known.setdefault(denotation(c.shown), len(known)) for _, c in every]
        rights = [scene.table == 0 and sample.is_right(c, engine) for scene, c in every]
        told = [told_as(candidate, scene.grid, engine) for scene, candidate in every]
        yield Group(
            scenes[0].asked.text,
            zlib.compress("\0".join(worded(*each) for each in told).encode(), 1),
            sample.table,
            sample.source,
            np.concatenate([features(scene, meanings) for scene in scenes]).astype(np.float16),
            np.concatenate([prior(scene, named) for scene in scenes]),
            np.array([aspects(scene, candidate) for scene, candidate in every], dtype=np.int16),
            np.array(rights, dtype=bool),
            np.array(results, dtype=np.int32),
            tuple(len(scene.candidates) for scene in scenes),
            tuple(tuple(word_pairs(s.asked, s.filters, s.links)) for s in scenes),
        )


def _show(what: str, done: int, total: int) -> None:
    if sys.stderr.isatty() or done % 2000 == 0:
        print(f"\r{what} {done} of {total}   ", end="", file=sys.stderr, flush=True)


def fit(train: Sequence[Group], *, epochs: int, seed: int) -> dict[str, Any]:
    """The weights under which the right candidates are likeliest, as `Scorer` reads them."""
    import torch
    from torch import nn

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    usable = [g for g in train if g.right.any() and not g.right.all()]
    counts = Counter(pair for g in usable for pair in g.pairs[0])
    kept = [pair for pair, n in counts.most_common(_MOST_PAIRS) if n >= _LEAST_COUNT]
    place = {pair: n + 1 for n, pair in enumerate(kept)}
    sample = np.concatenate([g.values[:: max(1, len(g.values) // 8)] for g in usable]).astype(
        np.float32
    )
    mean, spread = sample.mean(axis=0), sample.std(axis=0)
    scale = np.where(spread < 1e-3, 0.0, 1.0 / (spread + 0.05)).astype(np.float32)
    hidden = nn.Linear(WIDTH, _HIDDEN)
    out = nn.Linear(_HIDDEN, 1, bias=False)
    table = nn.EmbeddingBag(len(kept) + 1, ASPECTS, mode="sum", padding_idx=0)
    nn.init.zeros_(table.weight)
    drop = nn.Dropout(0.15)
    optimiser = torch.optim.AdamW(
        [
            {"params": [*hidden.parameters(), *out.parameters()], "weight_decay": 1e-3},
            {"params": table.parameters(), "weight_decay": 2e-2},
        ],
        lr=2e-3,
    )
    of_mean, of_scale = torch.tensor(mean), torch.tensor(scale)
    order = list(range(len(usable)))
    size = 48
    steps = epochs * ((len(order) + size - 1) // size)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.05, steps)
    shuffler = random.Random(seed)  # noqa: S311
    for epoch in range(epochs):
        shuffler.shuffle(order)
        total = 0.0
        for start in range(0, len(order), size):
            batch = [usable[n] for n in order[start : start + size]]
            values = torch.tensor(np.concatenate([g.values for g in batch]).astype(np.float32))
            x = drop((values - of_mean) * of_scale)
            scores = out(drop(torch.relu(hidden(x)))).squeeze(1)
            ids = [[place[p] for p in of if p in place] or [0] for g in batch for of in g.pairs]
            offsets = np.cumsum([0, *map(len, ids[:-1])])
            of_pairs = table(torch.tensor(list(chain.from_iterable(ids))), torch.tensor(offsets))
            sizes = [len(g.values) for g in batch]
            scenes = torch.tensor([size for g in batch for size in g.sizes])
            owner = torch.repeat_interleave(torch.arange(len(scenes)), scenes)
            signs = torch.tensor(np.concatenate([g.parts for g in batch]).astype(np.int64))
            scores = scores + of_pairs[owner[:, None], signs].sum(dim=1)
            scores = scores + torch.tensor(np.concatenate([g.prior for g in batch]))
            is_right = torch.tensor(np.concatenate([g.right for g in batch]))
            parts = torch.split(scores, sizes)
            rights = torch.split(is_right, sizes)
            loss = torch.stack(
                [
                    torch.logsumexp(s, 0) - torch.logsumexp(s[r], 0)
                    for s, r in zip(parts, rights, strict=True)
                ]
            ).mean()
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(batch)
        print(f"epoch {epoch + 1}: loss {total / len(usable):.3f}", flush=True)
    return {
        "mean": mean,
        "scale": scale,
        "hidden": hidden.weight.detach().numpy().T.copy(),
        "hidden_bias": hidden.bias.detach().numpy().copy(),
        "out": out.weight.detach().numpy()[0].copy(),
        "pairs": np.array(kept),
        "table": table.weight.detach().numpy()[1:].copy(),
    }


def score(weights: dict[str, Any], group: Group) -> Vector:
    """The scores of a group's candidates, as `Scorer.scores` gives them."""
    x = (group.values.astype(np.float32) - weights["mean"]) * weights["scale"]
    h = np.maximum(x @ weights["hidden"] + weights["hidden_bias"], 0.0)
    place = weights.setdefault("_place", {p: n for n, p in enumerate(weights["pairs"].tolist())})
    scores: Vector = h @ weights["out"] + group.prior
    start = 0
    for size, pairs in zip(group.sizes, group.pairs, strict=True):
        known = [place[p] for p in pairs if p in place]
        of_pairs = weights["table"][known].sum(axis=0)
        scores[start : start + size] += of_pairs[group.parts[start : start + size]].sum(axis=1)
        start += size
    return scores


@dataclass(frozen=True, slots=True)
class Result:
    """One of the likeliest results of a group: its best candidate, how that is read again, its probability."""

    place: int
    said: str
    probability: float
    is_right: bool


def likeliest(weights: dict[str, Any], group: Group) -> list[Result]:
    """The results that are read a second time, as `rag.tables.rank.meanings_of` orders them."""
    scores = score(weights, group)
    shares = probabilities(scores)
    sums = np.bincount(group.results, weights=shares)
    said = zlib.decompress(group.said).decode().split("\0")
    found = []
    for result in np.argsort(-sums, kind="stable")[:REREAD].tolist():
        inside = np.flatnonzero(group.results == result)
        place = int(inside[int(scores[inside].argmax())])
        found.append(Result(place, said[place], float(sums[result]), bool(group.right[place])))
    return found


def items(weights: dict[str, Any], groups: Iterable[Group]) -> Iterator[second.Item]:
    """What the second reading is learned from: results that are right, and likely ones that are not."""
    for group in groups:
        found = likeliest(weights, group)
        answers = [(each.said, 0.0) for each in found if each.is_right]
        others = [(each.said, 0.0) for each in found if not each.is_right]
        often = _READ_OFTEN.get(group.source.partition(":")[0], _SELDOM)
        if len(others) > 1 and (answers or often == 1.0):
            yield second.Item(
                group.question,
                answers[:_ANSWERS],
                others[:_OTHERS],
                often if answers else _SILENCE,
            )


@dataclass(frozen=True, slots=True)
class Outcome:
    """The likeliest result: its probability, whether it is right, its doubts; what it counts."""

    probability: float
    is_right: bool
    doubts: tuple[float, ...]
    weight: float = 1.0


def outcome(weights: dict[str, Any], group: Group, reread: Rereader | None) -> Outcome:
    """What comes first for a group's question."""
    found = likeliest(weights, group)
    if reread is not None:
        scores = reread.of_worded(
            group.question,
            [each.said for each in found],
            np.array([log_odds(each.probability) for each in found], dtype=np.float32),
        )
        shares = probabilities(scores) * sum(each.probability for each in found)
        found = [
            replace(each, probability=float(share))
            for each, share in zip(found, shares, strict=True)
        ]
        found.sort(key=lambda each: -each.probability)
    best = found[0]
    second_best = found[1].probability if len(found) > 1 else 0.0
    values = group.values[best.place].astype(np.float32)
    weight = _WEIGHTS.get(group.source.partition(":")[0], 1.0)
    prior = float(group.prior[best.place])
    of_doubts = tuple(doubts(values, best.probability, second_best, prior))
    return Outcome(best.probability, best.is_right, of_doubts, weight)


def trusted(model: second.Joined, weights: dict[str, Any], groups: Sequence[Group]) -> None:
    """Learn how much the second reading and the first count, and when both are no answer.

    A softmax over the likeliest results and silence, on groups that nothing else was learned from; the
    factors are the model's own thereafter.
    """
    import torch

    data = []
    with torch.no_grad():
        for number, group in enumerate(groups):
            _show("trust", number, len(groups))
            found = likeliest(weights, group)
            question = model.tokens(group.question, QUESTION_TOKENS)
            texts = [model.tokens(each.said, SENTENCE_TOKENS) for each in found]
            model.prepare([question, *texts])
            read, _ = model([(question, text) for text in texts], torch.zeros(len(texts)))
            base = torch.tensor([log_odds(each.probability) for each in found])
            right = torch.tensor([*(each.is_right for each in found), False])
            right[-1] = not right.any()
            data.append((base, read, right))
    factors = torch.tensor([0.5, 0.5, 0.0], requires_grad=True)
    optimiser = torch.optim.LBFGS([factors], max_iter=100, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        losses = []
        for base, read, right in data:
            scores = torch.cat([factors[0] * base + factors[1] * read + factors[2], torch.zeros(1)])
            losses.append(torch.logsumexp(scores, 0) - torch.logsumexp(scores[right], 0))
        mean = torch.stack(losses).mean()
        mean.backward()  # type: ignore[no-untyped-call]
        return mean

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        model.alpha.fill_(float(factors[0]))
        model.beta.fill_(float(factors[2]))
        model.head.weight.mul_(factors[1])
        model.head.bias.mul_(factors[1])


def calibration(outcomes: Sequence[Outcome]) -> Vector:
    """The weights of `rag.tables.rank.confidence`: a logistic regression, its intercept last."""
    values = np.array([each.doubts for each in outcomes])
    hits = [each.is_right for each in outcomes]
    return regression(values, hits, strength=0.3, counts=[each.weight for each in outcomes])


def sureness(weights: Vector, each: Outcome) -> float:
    """As `rag.tables.rank.confidence`."""
    return logistic(float(np.dot([*each.doubts, 1.0], weights)))


def report(
    weights: dict[str, Any], held_out: Sequence[Group], reread: Rereader | None
) -> dict[str, Any]:
    """The figures on tables that were not learned from, by source."""
    figures: dict[str, Any] = {}
    for source in sorted({g.source for g in held_out}):
        mine = [g for g in held_out if g.source == source]
        results = sorted(
            (outcome(weights, g, reread) for g in mine), key=lambda o: -sureness(weights["sure"], o)
        )
        hits = [each.is_right for each in results]
        answered = [
            each.is_right for each in results if sureness(weights["sure"], each) >= _THRESHOLD
        ]
        figures[source] = {
            "questions": len(mine),
            "right": round(float(np.mean(hits)), 4),
            "right at 50% coverage": round(float(np.mean(hits[: (len(hits) + 1) // 2])), 4),
            "wrong and not abstained": round(answered.count(False) / len(mine), 4),
            "right and not abstained": round(answered.count(True) / len(mine), 4),
            "some candidate right": round(float(np.mean([g.right.any() for g in mine])), 4),
        }
    return figures


def save(weights: dict[str, Any], figures: dict[str, Any], sources: dict[str, int]) -> None:
    """Write the weights, in half precision where it makes no difference, and their card."""
    stored = {k: v for k, v in weights.items() if not k.startswith("_")}
    for name in ("hidden", "table"):
        stored[name] = stored[name].astype(np.float16)
    np.savez_compressed(WEIGHTS, **stored)
    card = {
        "what": "weights of rag.tables.rank: a network with one hidden layer, and word pairs by operator",
        "learned by": "rag.train.tables",
        "from": sources,
        "licences": "WikiTableQuestions and FeTaQA: CC BY-SA 4.0; made and written questions: ours",
        "figures on held-out tables": figures,
    }
    CARD.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def collected(
    options: argparse.Namespace, grids: dict[str, Grid], encoder: _Batched
) -> list[Sample]:
    """The samples of all sources, some of them put to tables that cannot answer them."""
    chance = random.Random(options.seed)  # noqa: S311
    samples = list(wtq(options.wtq, options.split))
    random.Random(options.seed).shuffle(samples)  # noqa: S311
    samples = samples[:_MOST_OF_WTQ]
    for name in sorted({sample.table for sample in samples}):
        grids[name] = Grid.of(*read_table(options.wtq / name))
    if options.made:
        questions = list(made(options.made, grids, chance))
        random.Random(1).shuffle(questions)  # noqa: S311
        samples += questions[:_MOST_MADE]
    if options.fetaqa:
        samples += list(fetaqa(options.fetaqa, grids))
    samples += list(written(options.wtq, grids, chance))
    samples += list(of_documents(grids, encoder))
    return samples


def main() -> int:
    """Learn, print the figures on held-out tables, write the weights."""
    parser = argparse.ArgumentParser(description="Learn the weights of rag.tables.rank.")
    parser.add_argument("--wtq", type=Path, required=True)
    parser.add_argument("--split", default="random-split-1-train")
    parser.add_argument("--made", type=Path, help="a folder that eval.benchmarks.made wrote")
    parser.add_argument("--fetaqa", type=Path, help="fetaQA-v1_dev.jsonl")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    start = time.perf_counter()
    grids: dict[str, Grid] = {}
    encoder = _Batched()
    samples = collected(options, grids, encoder)
    tables = sorted({sample.table for sample in samples})
    samples += strange(samples[::_STRANGE], tables, random.Random(options.seed))  # noqa: S311
    print(f"{len(samples)} questions over {len(tables)} tables", flush=True)
    found = list(groups(samples, grids, Meanings(encoder, 10_000_000)))
    held = {each for each in tables[::_HELD_OUT] if not each.startswith("document/")}
    held |= {sample.table for sample in samples if sample.is_held_out}
    train = [g for g in found if g.table not in held]
    held_out = [g for g in found if g.table in held]
    print(f"candidates after {time.perf_counter() - start:.0f} s", flush=True)
    weights = fit(train, epochs=options.epochs, seed=options.seed)
    model = second.learn(items(weights, train), options.seed, _ROUNDS)
    trusted(model, weights, held_out)
    second.save(model.weights(trust=1.0), REREAD_WEIGHTS)
    print(f"second reading after {time.perf_counter() - start:.0f} s", flush=True)
    reread = Rereader(NumpyEncoder(model_folder()), "tables")
    weights["sure"] = calibration([outcome(weights, g, reread) for g in held_out])
    figures = report(weights, held_out, reread)
    print(json.dumps(figures, indent=1))
    save(weights, figures, dict(Counter(sample.source for sample in samples)))
    print(f"{time.perf_counter() - start:.0f} s in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
