"""What can be set, with its defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ingest.errors import SettingError

LONGEST_QUESTION = 2_000
"""Characters. A longer text is no question; the embedding model reads about 1,000 of them."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a `Chatbot`; vary them with `dataclasses.replace`.

    `embedding_model`: None for the model that comes with Footnote, else a folder or a name that
    sentence-transformers finds on this machine. `threshold`: the confidence, from 0 to 1, below which
    an answer is withheld; the default answers nine in ten of the answerable questions that were written
    over articles to learn it from and held out (`rag/train/README.md`).
    """

    embedding_model: str | None = None
    threshold: float = 0.06

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise SettingError(f"the threshold must lie between 0 and 1, not {self.threshold}")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `FOOTNOTE_EMBEDDING_MODEL` and `FOOTNOTE_THRESHOLD`.

        Raises `SettingError` where a value cannot be used.
        """
        values = os.environ if environment is None else environment
        default = cls()
        threshold = values.get("FOOTNOTE_THRESHOLD", "").strip()
        try:
            number = float(threshold) if threshold else default.threshold
        except ValueError:
            raise SettingError(
                f"FOOTNOTE_THRESHOLD must be a number between 0 and 1, not {threshold!r}"
            ) from None
        return cls(values.get("FOOTNOTE_EMBEDDING_MODEL", "").strip() or None, number)
