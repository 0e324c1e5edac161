"""What bounds a chat model while it writes: time, length, and whoever waits for it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler

_CHARACTERS_A_TOKEN = 8


class _Quiet(logging.Filter):
    """Keeps LangChain from logging what `Watch` raises as an error: to stop the model is what it is for."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (isinstance(record.args, tuple) and record.args[:1] == (Watch.__name__,))


logging.getLogger("langchain_core.callbacks.manager").addFilter(_Quiet())


class Overrun(Exception):
    """The model went beyond what it was given; the message says what."""


class Cancelled(Exception):
    """Nobody waits for the answer any more."""


class Watch(BaseCallbackHandler):
    """Counts what a model takes, passes its tokens on, and stops it where it goes too far."""

    raise_error = True
    run_inline = True

    def __init__(
        self,
        seconds: float,
        max_tokens: int,
        hear: Callable[[str], None] | None = None,
        cancelled: Event | None = None,
    ) -> None:
        self.started = time.monotonic()
        self.input_tokens = self.output_tokens = self.tool_calls = 0
        self._seconds = seconds
        self._left = max_tokens * _CHARACTERS_A_TOKEN
        self._hear = hear
        self._cancelled = cancelled

    @property
    def took(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    @property
    def remaining(self) -> float:
        """Seconds that are left."""
        return self._seconds - self.took

    def check(self) -> None:
        """Raise where the time is up or nobody waits any more."""
        if self._cancelled is not None and self._cancelled.is_set():
            raise Cancelled
        if self.remaining <= 0:
            raise Overrun(f"it took more than {self._seconds:g} seconds")

    def on_chat_model_start(self, *_args: Any, **_kwargs: Any) -> None:
        self.check()

    def on_llm_new_token(self, token: str | list[str | dict[str, Any]], **_kwargs: Any) -> None:
        self.check()
        self._left -= len(token)
        if self._left < 0:
            raise Overrun("it wrote more than its limit of tokens")
        if self._hear is not None and isinstance(token, str):
            self._hear(token)

    def on_llm_end(self, response: Any, **_kwargs: Any) -> None:
        for generations in response.generations:
            for generation in generations:
                usage = getattr(getattr(generation, "message", None), "usage_metadata", None) or {}
                self.input_tokens += int(usage.get("input_tokens", 0))
                self.output_tokens += int(usage.get("output_tokens", 0))
