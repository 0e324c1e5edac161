"""What went wrong with a chat model, in one line for the user, whatever its provider raised."""

from __future__ import annotations

from typing import Any

from rag.model.watch import Overrun

_LONGEST_WAIT = 5.0


_STATUS = {
    401: "refused the key (401); check it in the environment",
    403: "refused the key (403); check it in the environment",
    404: "does not know the model (404); check its name",
    413: "found the request too long (413)",
    429: "is asked too often (429); try again later",
}
_KINDS = (
    ("Timeout", "The chat model did not answer in time."),
    ("GraphRecursionError", "The chat model called tools without end."),
    ("ReadError", "The chat model's answer broke off."),
    ("RemoteProtocolError", "The chat model's answer broke off."),
    ("Connect", "The chat model's server cannot be reached."),
)
_UNREADABLE = "The chat model's answer could not be read."


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind an error, of itself or of what caused it."""
    for each in _chain(error):
        status = getattr(each, "status_code", None) or getattr(
            getattr(each, "response", None), "status_code", None
        )
        if isinstance(status, int):
            return status
    return None


def said(error: BaseException) -> str:
    """The fault as a line that holds nothing of the request, of its key or of the server's words."""
    if isinstance(error, Overrun):
        return f"The chat model was stopped: {error}."
    status = status_of(error)
    if status is not None:
        failed = f"failed ({status})" if status >= 500 else f"refused the request ({status})"
        return f"The chat model's server {_STATUS.get(status, failed)}."
    names = " ".join(type(each).__name__ for each in _chain(error))
    return next((line for part, line in _KINDS if part in names), _UNREADABLE)


def wait_for(error: BaseException, remaining: float) -> float | None:
    """Seconds to wait before asking again, as the server said; None where there is no point."""
    if status_of(error) != 429:
        return None
    for each in _chain(error):
        headers: Any = getattr(getattr(each, "response", None), "headers", None) or {}
        text = headers.get("retry-after")
        try:
            seconds = float(text)
        except (TypeError, ValueError):
            continue
        return seconds if 0 <= seconds <= min(_LONGEST_WAIT, remaining / 2) else None
    return None


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
