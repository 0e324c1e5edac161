"""What stands between the chat and whoever talks to it: few doors, small messages, strict headers.

Gradio serves files, takes uploads, and forwards requests for its own components. The chat needs none of
that, so only the addresses below exist. A page of another site cannot talk to the chat, under whatever
name it reaches this machine.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 6_000_000
"""Of one request: an upload in base64, or a long conversation."""

POLICY = (
    "default-src 'none'; "
    "script-src 'self'; "
    "style-src 'self'; "
    "connect-src 'self'; "
    "img-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; "
    "frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; "
    "trusted-types footnote"
)
"""Nothing is loaded from elsewhere, and no script or style that stands in the page itself is obeyed."""

_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_API = "/gradio_api"
_EVENT = r"[0-9a-zA-Z_-]{1,64}"
_DOORS = re.compile(
    r"/|/page/[a-z]+\.(?:js|css|svg)|/config/?|/login/?|/logout|/favicon\.ico|/robots\.txt"
    rf"|{_API}/(?:info|config|user|login_check|startup-events|cancel|reset)/?"
    rf"|{_API}/call/(?:v2/)?[a-z_]+(?:/{_EVENT})?"
    rf"|{_API}/queue/(?:join|data)|{_API}/heartbeat/{_EVENT}"
)


class Guard:
    """ASGI middleware. `only_local`: this machine alone may ask, and only by a name of its own."""

    def __init__(self, app: ASGIApp, *, only_local: bool) -> None:
        self._app = app
        self._only_local = only_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        if refusal is not None:
            await _refuse(send, *refusal)
            return
        counted = _Counted(receive)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _with_headers(message.get("headers", []))
            await send(message)

        await self._app(scope, counted, send_with_headers)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        """Why a request is not let in: a status and a line."""
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        host = headers.get("host", "")
        if self._only_local and not _is_local(host):
            return 421, "this chat answers to this machine only"
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "another site may not ask here"
        if not _DOORS.fullmatch(scope["path"]):
            return 404, "there is nothing here"
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            return 413, f"the chat takes up to {MOST_BYTES // 10**6} MB at once"
        return None


class _Counted:
    """What a request sends, up to a limit."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._bytes = 0

    async def __call__(self) -> Message:
        message = await self._receive()
        self._bytes += len(message.get("body", b""))
        if self._bytes > MOST_BYTES:
            return {"type": "http.disconnect"}
        return message


def _is_local(host: str) -> bool:
    name = re.sub(r":\d+$", "", host).strip("[]")
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def _with_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    ours = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
    return [each for each in headers if each[0].decode("latin-1").lower() not in _HEADERS] + ours


async def _refuse(send: Send, status: int, why: str) -> None:
    headers = _with_headers([(b"content-type", b"text/plain; charset=utf-8")])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})
