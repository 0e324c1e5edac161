"""Learn the second reading of `rag.reread`: changes of low rank to the upper layers of the embedding model.

For each question one answering sentence is to come before four of the likeliest others, and before
silence, whose score is 0; where nothing answers, silence is to come first. The ranker's score is added,
so that what is learned is what the ranker lacks. Of an answer to a yes/no question it is also learned
whether it says yes. Written to `rag/reread.npz`; what table programs say is learned in the same way.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.functional import normalize

from ingest.embed import model_folder
from rag import rank
from rag.reread import ALONE, QUESTION_TOKENS, SENTENCE_TOKENS, worded
from rag.train.articles import show
from rag.train.groups import Group, Setting

WEIGHTS = Path(__file__).parents[1] / "reread.npz"
_RANK, _SCALE = 16, 2.0
_RATE, _DECAY, _WARMING, _ROUNDS = 1.5e-3, 0.01, 0.06, 1
_TOGETHER, _OTHERS, _LIKELIEST, _ANSWERS = 16, 4, 8, 3
_SOMETIMES: Mapping[Setting, float] = {
    "article": 1.0, "everywhere": 0.3, "text left out": 0.2, "question altered": 0.12,
}  # fmt: skip
"""How often a group of each setting is learned from in a round."""
_HARDEST, _ANSWERED = 0.6, 0.85
"""How often the likeliest wrong sentence is among the others; how often an answer is shown at all."""
_OF_VERDICT = 1.0
_TRUST = 0.6
"""By the third that was held out."""
_PARTS = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "wide": "intermediate.dense",
    "narrow": "output.dense",
}

Tokens = tuple[int, ...]
Scored = tuple[Tokens, float]
"""A sentence with the ranker's score."""


class _Adapted(nn.Module):
    """A linear layer with a change of low rank beside it (Hu et al. 2021, arXiv:2106.09685)."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Linear(linear.in_features, _RANK, bias=False)
        self.up = nn.Linear(_RANK, linear.out_features, bias=False)
        nn.init.normal_(self.down.weight, std=1 / math.sqrt(linear.in_features))
        nn.init.zeros_(self.up.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        changed: torch.Tensor = self.linear(x) + self.up(self.down(x)) * _SCALE
        return changed


class Joined(nn.Module):
    """The model as it is learned: the lower layers fixed and their results kept, the upper ones adapted."""

    def __init__(self) -> None:
        super().__init__()
        from transformers import AutoTokenizer, BertModel

        folder = model_folder()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        bert = BertModel.from_pretrained(folder, attn_implementation="sdpa").eval()
        for parameter in bert.parameters():
            parameter.requires_grad = False
        self.embeddings = bert.embeddings
        self.lower, self.upper = bert.encoder.layer[:ALONE], bert.encoder.layer[ALONE:]
        self.adapted = nn.ModuleDict()
        for number, layer in enumerate(self.upper):
            for part, path in _PARTS.items():
                parent, _, last = path.rpartition(".")
                place = layer.get_submodule(parent)
                self.adapted[f"layer-{number}-{part}"] = change = _Adapted(getattr(place, last))
                setattr(place, last, change)
        size = bert.config.hidden_size
        self.segment = nn.Parameter(torch.zeros(size))
        self.drop = nn.Dropout(0.1)
        self.head, self.verdict = nn.Linear(3 * size, 1), nn.Linear(3 * size, 1)
        self.alpha, self.beta = nn.Parameter(torch.tensor(1.0)), nn.Parameter(torch.tensor(0.0))
        with torch.no_grad():
            # It begins as four times the cosine of question and sentence, and learns from there.
            self.head.weight.mul_(0.3)
            self.head.weight[0, 2 * size :] = 4.0
            self.head.bias.fill_(-2.0)
        self.kept: dict[Tokens, torch.Tensor] = {}

    def tokens(self, text: str, most: int) -> Tokens:
        """The tokens of a text; of more than `most`, the last one kept is the mark of the end."""
        ids = self.tokenizer(text, truncation=True, max_length=256)["input_ids"]
        return tuple(ids if len(ids) <= most else [*ids[: most - 1], ids[-1]])

    @torch.no_grad()
    def prepare(self, texts: Sequence[Tokens]) -> None:
        """Read each text with the lower layers, and keep what comes out."""
        new = sorted({text for text in texts if text not in self.kept}, key=len)
        for at in range(0, len(new), 64):
            part = new[at : at + 64]
            mask = torch.zeros(len(part), max(map(len, part)))
            ids = torch.zeros(mask.shape, dtype=torch.long)
            for row, text in enumerate(part):
                ids[row, : len(text)], mask[row, : len(text)] = torch.tensor(text), 1
            with torch.autocast("cpu", dtype=torch.bfloat16):
                x = _through(self.lower, self.embeddings(input_ids=ids), mask).to(torch.bfloat16)
            self.kept |= {text: row[: len(text)].clone() for text, row in zip(part, x, strict=True)}

    def forward(
        self, pairs: Sequence[tuple[Tokens, Tokens]], base: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The score of each pair of question and sentence, and the log-odds of yes: shape (pairs,) each."""
        ends = [(len(question), len(question) + len(said)) for question, said in pairs]
        mask = torch.zeros(len(pairs), max(end for _, end in ends))
        own = torch.zeros(mask.shape)
        x = torch.zeros(*mask.shape, len(self.segment), dtype=torch.bfloat16)
        for row, ((question, said), (middle, end)) in enumerate(zip(pairs, ends, strict=True)):
            x[row, :middle], x[row, middle:end] = self.kept[question], self.kept[said]
            mask[row, :end], own[row, middle:end] = 1, 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = _through(self.upper, x.float() + own[:, :, None] * self.segment, mask).float()
        of_question, of_sentence = (_mean(states, part) for part in (mask - own, own))
        inputs = [
            self.drop(states[:, 0]),
            self.drop(_mean(states, mask)),
            normalize(of_question, dim=1) * normalize(of_sentence, dim=1),
        ]
        read = torch.cat(inputs, dim=1)
        scores: torch.Tensor = self.alpha * base + self.beta + self.head(read).squeeze(1)
        return scores, self.verdict(read).squeeze(1)

    def weights(self, trust: float = _TRUST) -> dict[str, Any]:
        """What `rag.reread` reads: the changes, the head and the factors, by name.

        What it says of questions that it has not learned is worth `trust`.
        """
        found: dict[str, Any] = {
            "alpha": self.alpha, "beta": self.beta, "segment": self.segment,
            "head": self.head.weight[0] * trust, "head_bias": self.head.bias[0] * trust,
            "verdict": self.verdict.weight[0], "verdict_bias": self.verdict.bias[0],
        }  # fmt: skip
        for name, part in self.adapted.named_parameters():
            place = name.removesuffix(".weight")
            if part.requires_grad:
                found[place.replace("-", ".")] = part * _SCALE if place.endswith("up") else part
        return {name: tensor.detach().numpy() for name, tensor in found.items()}


def _through(layers: nn.ModuleList, x: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    hidden = ((1 - mask) * -1e9)[:, None, None, :]
    for layer in layers:
        out = layer(x, attention_mask=hidden.to(x.dtype))
        x = out[0] if isinstance(out, tuple) else out
    return x


def _mean(states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    return (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


@dataclass(frozen=True, slots=True)
class Item:
    """A question as it is learned from: sentences that answer and some that do not, the likeliest first.

    `often` is how likely it is learned from in a round.
    """

    question: str
    answers: Sequence[tuple[str, float]]
    others: Sequence[tuple[str, float]]
    often: float = 1.0
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class _Item:
    """The same in tokens."""

    question: Tokens
    answers: list[Scored]
    others: list[Scored]
    often: float
    verdict: str | None


def learn(given: Iterable[Item], seed: int = 0, rounds: int = _ROUNDS) -> Joined:
    """The changes under which the answering sentences are likeliest. AdamW, in batches of like length."""
    dice = random.Random(seed)  # noqa: S311 - not for secrets
    torch.manual_seed(seed)
    model = Joined()
    items = [_in_tokens(each, model) for each in given]
    batches = [batch for _ in range(rounds) for batch in _batches(items, dice)]
    learned = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=_RATE, weight_decay=_DECAY)
    warming = _WARMING * len(batches)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / warming) * (1 - step / len(batches))
    )
    model.drop.train()
    for done, batch in enumerate(batches):
        show("reread", done, len(batches))
        model.prepare(
            [t for question, said, *_ in batch for t in (question, *(s for s, _ in said))]
        )
        loss = _loss(model, batch)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learned, 1.0)
        optimiser.step()
        schedule.step()
    return model.eval()


def items(groups: Iterable[Group], ranker: rank.Ranker) -> Iterator[Item]:
    """What is learned from of the sentences that were found for questions."""
    for group in groups:
        if group.setting not in _SOMETIMES or not len(group.right):
            continue
        scores = ranker(group.features)
        order = np.argsort(-scores).tolist()
        said = [(worded(*group.sentences[at]), float(scores[at])) for at in order]
        is_right = [bool(group.right[at]) for at in order]
        others = [each for each, right in zip(said, is_right, strict=True) if not right]
        answers = [each for each, right in zip(said, is_right, strict=True) if right]
        if len(others) > 1:
            yield Item(
                group.text,
                answers[:_ANSWERS],
                others[:_LIKELIEST],
                _SOMETIMES[group.setting],
                group.verdict,
            )


def _in_tokens(item: Item, model: Joined) -> _Item:
    def scored(sentences: Sequence[tuple[str, float]]) -> list[Scored]:
        return [(model.tokens(text, SENTENCE_TOKENS), score) for text, score in sentences]

    question = model.tokens(item.question, QUESTION_TOKENS)
    return _Item(question, scored(item.answers), scored(item.others), item.often, item.verdict)


Example = tuple[Tokens, list[Scored], bool, str | None]
"""A question, sentences, whether the first of them answers (else none does), and if it says yes or no."""


def _batches(items: Sequence[_Item], dice: random.Random) -> Iterator[list[Example]]:
    """One round: each group as often as its setting says, with some of its likeliest sentences."""
    examples: list[Example] = []
    for item in items:
        if dice.random() > item.often:
            continue
        others = dice.sample(item.others, min(_OTHERS, len(item.others)))
        if item.others[0] not in others and dice.random() < _HARDEST:
            others[0] = item.others[0]
        if item.answers and dice.random() < _ANSWERED:
            examples.append(
                (item.question, [dice.choice(item.answers), *others], True, item.verdict)
            )
        else:
            examples.append((item.question, others, False, None))
    dice.shuffle(examples)
    wide = 20 * _TOGETHER
    for at in range(0, len(examples), wide):
        part = sorted(
            examples[at : at + wide], key=lambda e: len(e[0]) + max(len(text) for text, _ in e[1])
        )
        batches = [part[n : n + _TOGETHER] for n in range(0, len(part), _TOGETHER)]
        dice.shuffle(batches)
        yield from batches


def _loss(model: Joined, batch: Sequence[Example]) -> torch.Tensor:
    """Softmax over the sentences and silence, and once more over the sentences alone where one answers; of
    an answer that says yes or no, also the cross-entropy of that.
    """
    pairs = [(question, text) for question, sentences, *_ in batch for text, _ in sentences]
    base = torch.tensor([score for _, sentences, *_ in batch for _, score in sentences])
    losses = []
    sizes = [len(sentences) for _, sentences, *_ in batch]
    found = (each.split(sizes) for each in model(pairs, base))
    for scores, yes, (_, _, answered, verdict) in zip(*found, batch, strict=True):
        with_silence = torch.cat([scores, torch.zeros(1)])
        loss = torch.logsumexp(with_silence, 0) - with_silence[0 if answered else -1]
        if answered:
            loss = loss + torch.logsumexp(scores, 0) - scores[0]
        if verdict is not None:
            loss = loss + _OF_VERDICT * nn.functional.softplus(
                yes[0] if verdict == "no" else -yes[0]
            )
        losses.append(loss)
    return torch.stack(losses).mean()


def save(weights: Mapping[str, Any], path: Path = WEIGHTS) -> None:
    """Write them in 16 bits: they are changes of few digits."""
    numbers: dict[str, Any] = {n: np.asarray(value, np.float16) for n, value in weights.items()}
    np.savez(path, **numbers)
