"""Words as they come from a call that tells them one by one: a thread on one side, a queue between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, Queue
from threading import Event, Thread

from rag.answer import Answer

_BEAT = 1.0
"""Seconds of silence after which "" is said."""


def streamed(ask: Callable[..., Answer]) -> Iterator[Answer | str]:
    """What `ask(hear=…, cancelled=…)` says while it works, then its answer.

    Whoever stops listening cancels it; so that they can also while nothing is said, "" comes every
    second then. Raises what `ask` raises.
    """
    words: Queue[Answer | str | BaseException] = Queue()
    cancelled = Event()

    def work() -> None:
        try:
            words.put(ask(hear=words.put, cancelled=cancelled))
        except BaseException as error:  # noqa: BLE001  # it is raised on the other side
            words.put(error)

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        while True:
            try:
                item = words.get(timeout=_BEAT)
            except Empty:
                yield ""
                continue
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Answer):
                return
    finally:
        cancelled.set()
