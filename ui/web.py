"""The chat in the browser: a page of our own, served and answered by Gradio's server.

Gradio brings the server, the queue, streaming, logging in, and the named API that its clients speak.
The page (`ui/page/`) is ours, so that citations can lead into the article beside them, and so that nothing
in it needs to be loaded from elsewhere or run from within the page.

Gradio is imported late, for it takes seconds, and after its telemetry has been turned off.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING

from ingest.errors import FootnoteError, SettingError
from ui.desk import Desk
from ui.guard import Guard
from ui.shelf import Shelf

if TYPE_CHECKING:
    import gradio as gr

Login = tuple[str, str]
"""A name and a password."""

_AT_ONCE, _AT_ONCE_WITH_MODEL = 2, 16
"""Questions that are answered at the same time. Without a chat model, more would only wait for the processor."""

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}
_PAGE = "ui.page"

# Gradio reads these once, when it is imported. It also counts its events for a page that we do not serve:
# each one anew over the last 10,000, which in time takes longer than an answer.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = "1000000000"


def build(shelf: Shelf, *, only_local: bool = True) -> gr.Server:
    """The server over some articles. `/ask` and `/articles` are for programs, the rest for the page."""
    import gradio as gr

    server = gr.Server(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)
    server.add_middleware(Guard, only_local=only_local)
    _serve_page(server)
    desk = Desk(shelf)
    at_once = _AT_ONCE if shelf.settings.model is None else _AT_ONCE_WITH_MODEL
    for answers in (desk.ask, desk.chat, desk.show):
        server.api(
            answers,
            name=answers.__name__,
            concurrency_limit=at_once,
            concurrency_id="answers",
            api_visibility="public" if answers == desk.ask else "undocumented",
        )
    server.api(desk.articles, name="articles", concurrency_limit=None)
    for gives in (desk.start, desk.questions, desk.read_in, desk.table, desk.keep, desk.export):
        server.api(
            gives, name=gives.__name__, concurrency_limit=None, api_visibility="undocumented"
        )
    return server


def serve(
    shelf: Shelf,
    host: str = "127.0.0.1",
    port: int | None = None,
    *,
    auth: Login | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the page until Ctrl-C (`KeyboardInterrupt`); `ready` is given its address.

    The models load meanwhile. Without a port, the first free one from 7860. The browser opens only for a
    person at a terminal. Raises `SettingError` where the host or the port cannot be used, and where others
    could reach the chat without logging in.
    """
    only_local = _is_loopback(host)
    if not only_local and auth is None:
        raise SettingError(
            f"at {host} others can reach the chat; let them log in with --auth NAME:PASSWORD, or leave "
            "--host away"
        )
    server = build(shelf, only_local=only_local and auth is None)
    with suppress(FootnoteError):  # said when it is asked
        shelf.open_in_background(shelf.first)
    try:
        _, address, _ = server.launch(
            server_name=host,
            server_port=port,
            auth=auth,
            share=False,
            inbrowser=_has_browser(),
            prevent_thread_lock=True,
            quiet=True,
            show_error=True,  # what is ours is one line anyway; Gradio says which value a request lacks
            ssr_mode=False,
            footer_links=[],
            max_threads=40,
            state_session_capacity=100,
        )
    except OSError:
        place = host if port is None else f"{host}, port {port}"
        raise SettingError(
            f"the chat cannot be served at {place}; name another --port or --host"
        ) from None
    try:
        if ready is not None:
            ready(address)
        while True:
            time.sleep(1)
    finally:
        server.get_blocks().close(verbose=False)


def login(text: str) -> Login:
    """A name and a password written NAME:PASSWORD. Raises `SettingError`."""
    name, colon, password = text.partition(":")
    if not (name.strip() and colon and password):
        raise SettingError("--auth takes a name and a password: --auth NAME:PASSWORD")
    return name.strip(), password


def _serve_page(server: gr.Server) -> None:
    """The page and its parts, before Gradio's own routes are added."""
    from fastapi import Response

    folder = files(_PAGE)

    def part(name: str) -> Response:
        found = folder / name
        ending = name[name.rfind(".") :]
        if ending not in _TYPES or not found.is_file():
            return Response("there is nothing here\n", 404, media_type="text/plain")
        headers = {"cache-control": "no-cache"}
        return Response(
            found.read_bytes(), media_type=f"{_TYPES[ending]}; charset=utf-8", headers=headers
        )

    @server.get("/")
    @server.head("/")
    def page() -> Response:
        return part("index.html")

    @server.get("/favicon.ico")
    def icon() -> Response:
        return part("icon.svg")

    @server.get("/page/{name}")
    def of_page(name: str) -> Response:
        return part(name)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _has_browser() -> bool:
    screen = sys.platform in {"win32", "darwin"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return screen and sys.stderr.isatty()
