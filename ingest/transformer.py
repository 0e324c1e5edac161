"""One layer of BERT's encoder in plain NumPy, and the adapters that change its weights a little.

The arithmetic of Devlin et al. 2019 (https://arxiv.org/abs/1810.04805), for the few tokens of a question or a
sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

_FEW_TOKENS = 40

_ERFC = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERFC_SCALE = 0.3275911
"""Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26; wrong by at most 1.5e-7."""


@dataclass(frozen=True, slots=True)
class Linear:
    """Weights of shape (out, in), as the file holds them, and what to add: (out,).

    `blocks` are the same weights, some columns of the result at a time: (blocks, in, columns). OpenBLAS
    multiplies what is small where it lies, and packs what is large, which for the few tokens of a
    question takes longer than the multiplying; measured, that halves the time. It also uses one thread
    for it, and so does not wait for a core that another process has.
    """

    weights: Array
    blocks: Array
    bias: Array

    @classmethod
    def of(cls, weights: Array, bias: Array) -> Linear:
        out, size = weights.shape
        columns = math.gcd(out, 32 if size <= 512 else 16)
        blocks = weights.reshape(-1, columns, size).transpose(0, 2, 1)
        return cls(weights, blocks, bias)

    def adapted(self, down: Array, up: Array) -> Linear:
        """The same with a change of low rank added (LoRA, Hu et al. 2021, arXiv:2106.09685).

        `down`: shape (rank, in); `up`: (out, rank).
        """
        return Linear.of(self.weights + up @ down, self.bias)

    def __call__(self, x: Array) -> Array:
        if len(x) > _FEW_TOKENS:
            # In this order OpenBLAS is quicker: the weights first, as they lie.
            y: Array = (self.weights @ x.T).T
        else:
            y = np.empty((len(x), len(self.bias)), dtype=np.float32)
            in_blocks = y.reshape(len(x), len(self.blocks), -1).transpose(1, 0, 2)
            np.matmul(x, self.blocks, out=in_blocks)
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class Norm:
    """Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of each row."""

    scale: Array
    shift: Array
    epsilon: float

    def __call__(self, x: Array) -> Array:
        size = x.shape[1]
        y: Array = x - np.add.reduce(x, axis=1, keepdims=True) / size
        variance = np.einsum("ij,ij->i", y, y) / size
        y *= (1 / np.sqrt(variance + self.epsilon))[:, None]
        y *= self.scale
        y += self.shift
        return y


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the encoder. A text is a matrix with a row for each of its tokens.

    The weights are multiplied as they lie in the file: nothing is copied to be transposed. Several texts
    can be put below each other, each attending to itself alone; `texts` says which rows are whose.
    """

    heads: int
    query: Linear
    key: Linear
    value: Linear
    attended: Linear
    attended_norm: Norm
    wide: Linear
    narrow: Linear
    narrow_norm: Norm

    def adapted(self, changes: Mapping[str, Array], name: str) -> Layer:
        """The same, each part changed by `{name}.{part}.down` and `{name}.{part}.up` where there are such."""
        parts = {
            field.name: getattr(self, field.name).adapted(
                changes[f"{name}.{field.name}.down"], changes[f"{name}.{field.name}.up"]
            )
            for field in fields(self)
            if f"{name}.{field.name}.down" in changes
        }
        return replace(self, **parts)

    def __call__(self, x: Array, texts: Sequence[slice] = (slice(None),)) -> Array:
        x = self.attended_norm(self.attended(self._attention(x, texts)) + x)
        return self.narrow_norm(self.narrow(gelu(self.wide(x))) + x)

    def _attention(self, x: Array, texts: Sequence[slice]) -> Array:
        """What each token takes from all tokens of its text (Vaswani et al. 2017, arXiv:1706.03762)."""
        of_heads = (len(x), self.heads, -1)
        queries, keys, values = (
            each(x).reshape(of_heads).transpose(1, 0, 2)
            for each in (self.query, self.key, self.value)
        )
        taken = np.empty_like(x, order="C")
        of_all = taken.reshape(of_heads).transpose(1, 0, 2)
        for rows in texts:
            share = queries[:, rows] @ keys[:, rows].transpose(0, 2, 1)
            share /= math.sqrt(queries.shape[2])
            share -= share.max(axis=-1, keepdims=True)
            np.exp(share, out=share)
            share /= share.sum(axis=-1, keepdims=True)
            np.matmul(share, values[:, rows], out=of_all[:, rows])
        return taken


def gelu(x: Array) -> Array:
    """The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).

    It is x Φ(x), written as max(x, 0) − |x| erfc(|x| / √2) / 2, and exact to float32.
    """
    size: Array = np.abs(x)
    t: Array = size * np.float32(_ERFC_SCALE / math.sqrt(2))
    t += 1
    np.reciprocal(t, out=t)
    tail: Array = t * np.float32(_ERFC[0])
    for factor in _ERFC[1:]:
        tail += factor
        tail *= t
    tail *= size
    np.multiply(size, size, out=t)
    t *= -0.5
    np.exp(t, out=t)
    tail *= t
    tail *= -0.5
    tail += np.maximum(x, 0, out=t)
    return tail
