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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from ingest.embed import Embedder, Vectors, model_folder
from ingest.transformer import Array, Layer, Linear, Norm

_LOG = logging.getLogger(__name__)

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_SAME = 1e-3
"""Numbers of two vectors that are this near are the same: an index holds them in 16 bits."""


class UnfitModelError(Exception):
    """A model that is not of the shape that is computed here, or whose files are not whole."""


class NumpyEncoder:
    """A BERT model with mean pooling, from the folder that sentence-transformers wrote it to.

    Safe to call from several threads. The weights stay in the file, mapped.
    """

    def __init__(self, folder: Path) -> None:
        """Read a model. Raises `UnfitModelError` where it has another shape or a file is not whole."""
        self.folder = folder
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
        self._longest = _longest(folder, config)
        self._tokenizer.enable_truncation(self._longest)

        def norm(name: str) -> Norm:
            scale, shift = weights[f"{name}.weight"], weights[f"{name}.bias"]
            return Norm(scale, shift, float(config["layer_norm_eps"]))

        def linear(name: str) -> Linear:
            return Linear.of(weights[f"{name}.weight"], weights[f"{name}.bias"])

        self._words = weights["embeddings.word_embeddings.weight"]
        kind = weights["embeddings.token_type_embeddings.weight"][0]
        self._places = weights["embeddings.position_embeddings.weight"] + kind
        self._norm = norm("embeddings.LayerNorm")
        self._layers = tuple(
            Layer(
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

    def states(self, text: str, layers: int, longest: int) -> Array:
        """What the first so many layers make of a text's first tokens: shape (tokens, dimension).

        Of more than `longest` tokens, the last one kept is the mark of the end.
        """
        tokens = self._tokenizer.encode(text).ids
        if len(tokens) > longest:
            tokens = [*tokens[: longest - 1], tokens[-1]]
        rows = self._words[tokens]
        rows += self._places[: len(tokens)]
        x = self._norm(rows)
        for layer in self._layers[:layers]:
            x = layer(x)
        return x

    def above(self, layers: int, changes: Mapping[str, Array]) -> Callable[..., Array]:
        """The layers above the first so many, changed as `Layer.adapted` says (`layer.0` is the lowest of them).

        What it returns takes states, one below the other, and which rows are whose.
        """
        upper = [
            layer.adapted(changes, f"layer.{number}")
            for number, layer in enumerate(self._layers[layers:])
        ]

        def read(x: Array, texts: Sequence[slice]) -> Array:
            for layer in upper:
                x = layer(x, texts)
            return x

        return read

    def _vector(self, text: str) -> Array:
        mean = self.states(text, len(self._layers), self._longest).mean(axis=0)
        vector: Array = mean / max(float(np.linalg.norm(mean)), 1e-12)
        return vector


def question_encoder(
    name: str | None = None, known: tuple[str, Array] | None = None
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


def _check_vector(encoder: NumpyEncoder, text: str, vector: Array) -> None:
    found = encoder.encode([text])[0]
    if found.shape != vector.shape or not np.abs(found - vector).max() < _SAME:
        raise UnfitModelError("the quick encoder's vectors are not those of the index")


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


def _tensors(path: Path) -> dict[str, Array]:
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
