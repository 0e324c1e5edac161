"""Make the thesaurus of `ingest.thesaurus` from the embedding model's own vocabulary.

    python -m rag.train.thesaurus

Every whole English word of the vocabulary is encoded by itself; the vectors' mean is taken away, and
the first principal components are kept, in whole numbers of a byte.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.embed import Embedder

DATA = Path(__file__).parents[2] / "ingest" / "thesaurus.npz"
_DIMENSION = 64


def compressed(vectors: NDArray[np.float32], dimension: int = _DIMENSION) -> NDArray[np.int8]:
    """The first principal components of unit vectors: shape (words, dimension)."""
    centred = vectors - vectors.mean(axis=0)
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    _, components = np.linalg.eigh(centred.T @ centred)
    kept = centred @ components[:, ::-1][:, :dimension]
    kept *= 127 / np.abs(kept).max(axis=1, keepdims=True)
    result: NDArray[np.int8] = np.rint(kept).astype(np.int8)
    return result


def main() -> int:
    """Encode the words and write the file."""
    embedder = Embedder()
    words = sorted(word for word in embedder.vocabulary if re.fullmatch("[a-z]+", word))
    vectors = compressed(embedder.encode(words))
    np.savez_compressed(DATA, words=np.array(" ".join(words)), vectors=vectors)
    print(f"{len(words):,} words, {DATA.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
