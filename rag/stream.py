"""Words as they come from a call that tells them one by one: a thread on one side, a queue between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Queue
from threading import Event, Thread

from rag.answer import Answer


def streamed(ask: Callable[..., Answer]) -> Iterator[Answer | str]:
    """What `ask(hear=…, cancelled=…)` says while it works, then its answer.

    Whoever stops listening cancels it. Raises what `ask` raises.
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
            item = words.get()
            if isinstance(item, BaseException):
                raise item
            yield item
            if isinstance(item, Answer):
                return
    finally:
        cancelled.set()
