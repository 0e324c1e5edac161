"""Learn the ranker of `rag.rank` from questions of which the answering sentence is known.

A question's candidates are the sentences of its own text, those of the passages that come first over
all texts, and those of an article on its subject: three groups, in each of which an answering sentence
is to come first. The ranker is written to `rag/rank.npz`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag import rank
from rag.train.articles import show
from rag.train.groups import Group

WEIGHTS = Path(__file__).parents[1] / "rank.npz"
_UNITS, _DROPOUT, _ROUNDS = 16, 0.2, 150
_RATE, _DECAY = 5e-3, 1e-2


def learn(groups: Sequence[Group], seed: int = 0) -> rank.Ranker:
    """The ranker under which the right candidates are likeliest: softmax over each group.

    Full batches, AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101) with dropout on the hidden layer.
    """
    import torch

    torch.manual_seed(seed)
    usable = [each for each in groups if each.right.any() and not each.right.all()]
    features = np.concatenate([each.features for each in usable])
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-6
    x = torch.tensor(np.clip((features - mean) / scale, -5, 5))
    right = torch.tensor(np.concatenate([each.right for each in usable]))
    of_group = torch.tensor(np.repeat(np.arange(len(usable)), [len(e.right) for e in usable]))
    linear = torch.nn.Linear(x.shape[1], 1, bias=False)
    torch.nn.init.zeros_(linear.weight)
    hidden, out = torch.nn.Linear(x.shape[1], _UNITS), torch.nn.Linear(_UNITS, 1, bias=False)
    layers = torch.nn.ModuleList([linear, hidden, out])
    optimiser = torch.optim.AdamW(layers.parameters(), lr=_RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.LinearLR(optimiser, 1.0, 0.0, _ROUNDS)
    count = len(usable)
    for done in range(_ROUNDS):
        units = torch.nn.functional.dropout(torch.relu(hidden(x)), _DROPOUT)
        scores = (linear(x) + out(units)).squeeze(1)
        highest = torch.full((count,), -torch.inf).scatter_reduce(0, of_group, scores, "amax")
        shares = (scores - highest.detach()[of_group]).exp()
        of_all = torch.zeros(count).index_add(0, of_group, shares)
        of_right = torch.zeros(count).index_add(0, of_group, shares * right)
        loss = -(of_right / of_all + 1e-9).log().mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        show("learn", done + 1, _ROUNDS)
    found = (linear.weight[0], hidden.weight.T, hidden.bias, out.weight[0])
    learned = [each.detach().numpy().astype(np.float32) for each in found]
    return rank.Ranker(mean.astype(np.float32), scale.astype(np.float32), *learned)


def save(ranker: rank.Ranker, path: Path = WEIGHTS) -> None:
    """Write a ranker with the names of its features."""
    parts = {name: getattr(ranker, name) for name in ranker.__dataclass_fields__}
    np.savez_compressed(path, names=np.array("\n".join(rank.NAMES)), **parts)
