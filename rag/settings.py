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
    an answer is withheld; the default answers some eight in ten of the answerable questions that were
    written over articles to learn it from and held out (`rag/train/README.md`).

    `model`: a chat model as LangChain's `init_chat_model` names it, such as "openai:NAME"; None for none.
    `model_url`: where an OpenAI-compatible server listens. `max_seconds`, `max_tokens` (of what it
    writes) and `max_tool_calls` bound what it may take for one answer. Its key comes from the
    provider's own environment variable, and from nowhere else.
    """

    embedding_model: str | None = None
    threshold: float = 0.35
    model: str | None = None
    model_url: str | None = None
    max_seconds: float = 60.0
    max_tokens: int = 2_000
    max_tool_calls: int = 6

    def __post_init__(self) -> None:
        if not 0 <= self.threshold <= 1:
            raise SettingError(f"the threshold must lie between 0 and 1, not {self.threshold}")
        for name in ("max_seconds", "max_tokens", "max_tool_calls"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be more than 0, not {getattr(self, name)}")

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `FOOTNOTE_EMBEDDING_MODEL`, `FOOTNOTE_THRESHOLD`, `FOOTNOTE_MODEL`, `FOOTNOTE_MODEL_URL`.

        And the limits: `FOOTNOTE_MAX_SECONDS`, `FOOTNOTE_MAX_TOKENS` and `FOOTNOTE_MAX_TOOL_CALLS`.

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
        return cls(
            values.get("FOOTNOTE_EMBEDDING_MODEL", "").strip() or None,
            number,
            values.get("FOOTNOTE_MODEL", "").strip() or None,
            values.get("FOOTNOTE_MODEL_URL", "").strip() or None,
            _positive(values, "FOOTNOTE_MAX_SECONDS", default.max_seconds),
            int(_positive(values, "FOOTNOTE_MAX_TOKENS", default.max_tokens)),
            int(_positive(values, "FOOTNOTE_MAX_TOOL_CALLS", default.max_tool_calls)),
        )


def _positive(values: Mapping[str, str], name: str, default: float) -> float:
    text = values.get(name, "").strip()
    try:
        number = float(text) if text else default
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise SettingError(f"{name} must be a number more than 0, not {text!r}")
    return number
