"""A question → its vector, in plain NumPy: the embedding model's weights without sentence-transformers.

Importing sentence-transformers takes seconds and hundreds of megabytes, which one short question
does not earn. Here the weights are mapped from the same file and run through the same arithmetic: the
encoder of BERT (Devlin et al. 2019, https://arxiv.org/abs/1810.04805), the mean of its tokens, length 1.
A model of another shape is refused, and sentence-transformers takes its place.
"""

from __future__ import annotations

import json
import logging
import math
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ingest.embed import Embedder, Vectors, model_folder

_LOG = logging.getLogger(__name__)

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_SAME = 1e-3
"""Numbers of two vectors that are this near are the same: an index holds them in 16 bits."""

_FEW_TOKENS = 40

_ERFC = (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592)
_ERFC_SCALE = 0.3275911
"""Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 7.1.26; wrong by at most 1.5e-7."""

_Array = NDArray[np.float32]


class UnfitModelError(Exception):
    """A model that is not of the shape that is computed here, or whose files are not whole."""


@dataclass(frozen=True, slots=True)
class _Linear:
    """Weights of shape (out, in), as the file holds them, and what to add: (out,).

    `blocks` are the same weights, some columns of the result at a time: (blocks, in, columns). OpenBLAS
    multiplies what is small where it lies, and packs what is large, which for the few tokens of a
    question takes longer than the multiplying; measured, that halves the time. It also uses one thread
    for it, and so does not wait for a core that another process has.
    """

    weights: _Array
    blocks: _Array
    bias: _Array

    @classmethod
    def of(cls, weights: _Array, bias: _Array) -> _Linear:
        out, size = weights.shape
        columns = math.gcd(out, 32 if size <= 512 else 16)
        blocks = weights.reshape(-1, columns, size).transpose(0, 2, 1)
        return cls(weights, blocks, bias)

    def __call__(self, x: _Array) -> _Array:
        if len(x) > _FEW_TOKENS:
            # In this order OpenBLAS is quicker: the weights first, as they lie.
            y: _Array = (self.weights @ x.T).T
        else:
            y = np.empty((len(x), len(self.bias)), dtype=np.float32)
            in_blocks = y.reshape(len(x), len(self.blocks), -1).transpose(1, 0, 2)
            np.matmul(x, self.blocks, out=in_blocks)
        y += self.bias
        return y


@dataclass(frozen=True, slots=True)
class _Norm:
    """Layer normalisation (Ba et al. 2016, https://arxiv.org/abs/1607.06450) of each row."""

    scale: _Array
    shift: _Array
    epsilon: float

    def __call__(self, x: _Array) -> _Array:
        size = x.shape[1]
        y: _Array = x - np.add.reduce(x, axis=1, keepdims=True) / size
        variance = np.einsum("ij,ij->i", y, y) / size
        y *= (1 / np.sqrt(variance + self.epsilon))[:, None]
        y *= self.scale
        y += self.shift
        return y


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of the encoder. A text is a matrix with a row for each of its tokens.

    The weights are multiplied as they lie in the file: nothing is copied to be transposed.
    """

    heads: int
    query: _Linear
    key: _Linear
    value: _Linear
    attended: _Linear
    attended_norm: _Norm
    wide: _Linear
    narrow: _Linear
    narrow_norm: _Norm

    def __call__(self, x: _Array) -> _Array:
        x = self.attended_norm(self.attended(self._attention(x)) + x)
        return self.narrow_norm(self.narrow(_gelu(self.wide(x))) + x)

    def _attention(self, x: _Array) -> _Array:
        """What each token takes from all tokens (Vaswani et al. 2017, arXiv:1706.03762)."""
        of_heads = (len(x), self.heads, -1)
        query, key, value = (
            each(x).reshape(of_heads).transpose(1, 0, 2)
            for each in (self.query, self.key, self.value)
        )
        share = query @ key.transpose(0, 2, 1)
        share /= math.sqrt(query.shape[2])
        share -= share.max(axis=-1, keepdims=True)
        np.exp(share, out=share)
        share /= share.sum(axis=-1, keepdims=True)
        taken = np.empty_like(x, order="C")
        np.matmul(share, value, out=taken.reshape(of_heads).transpose(1, 0, 2))
        return taken


class NumpyEncoder:
    """A BERT model with mean pooling, from the folder that sentence-transformers wrote it to.

    Safe to call from several threads. The weights stay in the file, mapped.
    """

    def __init__(self, folder: Path) -> None:
        """Read a model. Raises `UnfitModelError` where it has another shape or a file is not whole."""
        try:
            self._read(folder)
        except UnfitModelError:
            raise
        except Exception as error:
            # Whatever is wrong with a file, tokenizers' bare `Exception` included, it is not used.
            raise UnfitModelError(" ".join(f"{type(error).__name__}: {error}".split())) from error

    def _read(self, folder: Path) -> None:
        config = _json(folder / "config.json")
        _check_shape(folder, config)
        weights = _tensors(folder / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_longest(folder, config))

        def norm(name: str) -> _Norm:
            scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
            return _Norm(scale, shift, float(config["layer_norm_eps"]))

        def linear(name: str) -> _Linear:
            return _Linear.of(weights[f"{name}.weight"], weights[f"{name}.bias"])

        self._words = weights["embeddings.word_embeddings.weight"]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._norm = norm("embeddings.LayerNorm")
        self._layers = tuple(
            _Layer(
                int(config["num_attention_heads"]),
                linear(f"{name}.attention.self.query"),
                linear(f"{name}.attention.self.key"),
                linear(f"{name}.attention.self.value"),
                linear(f"{name}.attention.output.dense"),
                norm(f"{name}.attention.output.LayerNorm"),
                linear(f"{name}.intermediate.dense"),
                linear(f"{name}.output.dense"),
                norm(f"{name}.output.LayerNorm"),
            )
            for name in (f"encoder.layer.{n}" for n in range(int(config["num_hidden_layers"])))
        )
        self.encode(["Does it run?"])

    def knows(self, word: str) -> bool:
        """Whether a word is one that the model was trained on, and so no misspelling."""
        return self._tokenizer.token_to_id(word.casefold()) is not None

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector a text: shape (len(texts), dimension), float32."""
        vectors = np.empty((len(texts), self._words.shape[1]), dtype=np.float32)
        for row, text in enumerate(texts):
            vectors[row] = self._vector(text)
        return vectors

    def _vector(self, text: str) -> _Array:
        tokens = self._tokenizer.encode(text).ids
        rows = self._words[tokens]
        rows += self._places[: len(tokens)]
        x = self._norm(rows)
        for layer in self._layers:
            x = layer(x)
        mean = x.mean(axis=0)
        vector: _Array = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vector


def question_encoder(
    name: str | None = None, known: tuple[str, _Array] | None = None
) -> NumpyEncoder | Embedder:
    """What encodes questions: `NumpyEncoder` where it can, else sentence-transformers, with a warning.

    `name` is that of an `Embedder`. `known` is a text with the vector that the index has for it: an
    encoder that makes another one of it does not fit the index, whatever the reason. So the weights need
    no checksum here, as they get one at every ingest; it would take longer than the answer. Raises
    `EmbeddingModelError` where there is no model at all.
    """
    try:
        encoder = NumpyEncoder(model_folder(name))
        if known is not None:
            _check_vector(encoder, *known)
    except UnfitModelError as error:
        _LOG.warning(
            "questions are encoded by sentence-transformers, which is slower to start (%s)", error
        )
        return Embedder(name)
    return encoder


def _check_vector(encoder: NumpyEncoder, text: str, vector: _Array) -> None:
    found = encoder.encode([text])[0]
    if found.shape != vector.shape or not np.abs(found - vector).max() < _SAME:
        raise UnfitModelError("the quick encoder's vectors are not those of the index")


def _gelu(x: _Array) -> _Array:
    """The Gaussian error linear unit (Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415).

    It is x Φ(x), written as max(x, 0) − |x| erfc(|x| / √2) / 2, and exact to float32.
    """
    size: _Array = np.abs(x)
    t: _Array = size * np.float32(_ERFC_SCALE / math.sqrt(2))
    t += 1
    np.reciprocal(t, out=t)
    tail: _Array = t * np.float32(_ERFC[0])
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


def _check_shape(folder: Path, config: Mapping[str, Any]) -> None:
    """Raise `UnfitModelError` where anything is asked for that is not computed here."""
    modules = _json(folder / "modules.json")
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    _require(kinds in _MODULES, f"modules {', '.join(kinds)}")
    _require(modules[0]["path"] == "", "a transformer in a folder of its own")
    pooling = _json(folder / modules[1]["path"] / "config.json")
    legacy = {
        key: used for key, used in pooling.items() if key.startswith("pooling_mode_") and used
    }
    is_mean = set(legacy) == {"pooling_mode_mean_tokens"}
    _require(pooling.get("pooling_mode", "mean" if is_mean else legacy) == "mean", "its pooling")
    _require(config["model_type"] == "bert", f"model type {config['model_type']}")
    _require(config["hidden_act"] == "gelu", f"activation {config['hidden_act']}")
    position = config.get("position_embedding_type", "absolute")
    _require(position == "absolute", f"{position} positions")
    _require(not config.get("is_decoder"), "a decoder")
    options = _optional_json(folder / "config_sentence_transformers.json")
    _require(not options.get("default_prompt_name"), "a prompt before each text")
    _require(not options.get("truncate_dim"), "shortened vectors")
    _require(
        not _transformer_config(folder).get("do_lower_case"), "lower case outside its tokenizer"
    )


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise UnfitModelError(f"the quick encoder does not do {what}")


def _longest(folder: Path, config: Mapping[str, Any]) -> int:
    """How many tokens of a text are read."""
    said = _transformer_config(folder).get("max_seq_length")
    if said is None:
        said = _optional_json(folder / "tokenizer_config.json").get("model_max_length", math.inf)
    return int(min(said, config["max_position_embeddings"]))


def _transformer_config(folder: Path) -> dict[str, Any]:
    return _optional_json(folder / "sentence_bert_config.json")


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _optional_json(path: Path) -> dict[str, Any]:
    return dict(_json(path)) if path.is_file() else {}


def _tensors(path: Path) -> dict[str, _Array]:
    """The float32 tensors of a safetensors file, mapped: a page is read when it is first needed.

    The format (https://github.com/huggingface/safetensors): the header's length in 8 bytes, the header
    as JSON, and the numbers, row by row.
    """
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    start = 8 + int.from_bytes(data[:8], "little")
    tensors = {}
    for name, tensor in json.loads(data[8:start]).items():
        if tensor.get("dtype") != "F32":
            continue
        first, end = tensor["data_offsets"]
        numbers = np.frombuffer(data, "<f4", (end - first) // 4, start + first)
        tensors[name.removeprefix("bert.")] = numbers.reshape(tensor["shape"])
    return tensors
