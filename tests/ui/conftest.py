"""One chat server and one real browser for all tests of the page, and what a person does with them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ingest.build import ingest
from ingest.embed import Embedder
from ingest.library import Library
from tests.conftest import NETWORK, ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HARBOURS = """# Harbours of the coast

## History

The harbour of Vell was opened in 1874 by Queen Ada. It held 1,250 ships. Its pilots were trained in Orm.

## Traffic

Table 1. Ships by harbour

| Harbour | Ships | Opened |
|---|---|---|
| Vell | 1250 | 1874 |
| Orm | 310 | 1901 |
| Tarn | 95 | 1932 |
"""
HOSTILE = """# <script>window.ran = 1</script> Tricks

## <img src="https://198.51.100.7/a.png" onerror="window.ran = 2"> of the trade

The lighthouse of Brock was built in 1811 by <b onmouseover="window.ran = 3">Ada</b> Stone.
![harbour](https://198.51.100.7/b.png) [tap](javascript:window.ran=4) [go](https://198.51.100.7/c)
<style>body { display: none }</style> <form action="https://198.51.100.7/d"><input name="x"></form>
<iframe src="https://198.51.100.7/e"></iframe> <a href="javascript:window.ran=5">more</a> \u202e\u200ebackwards

Table 1. <svg onload="window.ran = 6"> Lamps

| Lamp<script>window.ran = 7</script> | Height |
|---|---|
| <img src=x onerror=window.ran=8> Great lamp | 40 |
| " onclick="window.ran=9" x=" | 12 |
"""
# A server in a process of its own: what Gradio's libraries warn of is not ours to mend.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ui.cli import main
main()
"""


@dataclass(frozen=True)
class Chat:
    """A running `footnote chat`: its address, its home, its process, and where it logs connections."""

    address: str
    home: Path
    process: subprocess.Popen[str]
    connections: Path


def environment(home: Path, connections: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(NETWORK), str(ROOT)]),
        "FOOTNOTE_HOME": str(home),
        "FOOTNOTE_TEST_CONNECTIONS": str(connections),
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


@contextmanager
def chatting(home: Path, *arguments: str, **more: str) -> Iterator[Chat]:
    """Run `footnote chat`, end it with Ctrl-C, and see that it connected to nothing and ended well.

    `more` is added to its environment.
    """
    connections = home / "connections"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "chat", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**environment(home, connections), **more},
    ) as process:
        assert process.stderr is not None
        address = ""
        for line in process.stderr:
            found = re.search(r"chatting at (\S+?)/? ", line)
            if found:
                address = found[1]
                break
        try:
            assert address, "the chat did not start"
            yield Chat(address, home, process, connections)
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "footnote: interrupted\n")
    assert not connections.exists(), connections.read_text()


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A library with two articles besides the edition, which is the current one and not built yet."""
    folder = tmp_path_factory.mktemp("chat-home")
    library = Library(folder)
    for name, text in (("harbours.md", HARBOURS), ("tricks.md", HOSTILE)):
        file = folder / name
        file.write_text(text, "utf-8")
        ingest([file], library.place_for(file), embedder=embedder)
    return folder


@pytest.fixture(scope="session")
def chat(home: Path) -> Iterator[Chat]:
    with chatting(home) as running:
        yield running


@pytest.fixture(scope="session")
def harbours(home: Path) -> str:
    """The key of the article on harbours."""
    return Library(home).place_for(home / "harbours.md").name


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        reason = "there is no Chromium on this machine"
        if os.environ.get("FOOTNOTE_REQUIRE_BROWSER"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield started
        started.close()


DESK, PHONE, NARROWEST = (1280, 800), (390, 844), (360, 740)

Open = Callable[..., "Page"]


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Opens a chat in a browser of its own; afterwards nothing was asked of another machine."""
    contexts: list[BrowserContext] = []
    requests: list[str] = []
    stopped: list[str] = []  # by the page's own policy, before they left
    faults: list[str] = []
    addresses: set[str] = set()

    def opened(
        path: str = "/",
        size: tuple[int, int] = DESK,
        scheme: Any = "light",
        *,
        of: Chat | None = None,
        bypass_csp: bool = False,
        wait: bool = True,
    ) -> Page:
        of = of or request.getfixturevalue("chat")
        assert of is not None
        addresses.add(of.address)
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,
            reduced_motion="reduce",
            accept_downloads=True,
            bypass_csp=bypass_csp,
        )
        context.set_default_timeout(60_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=of.address)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("requestfailed", lambda r: stopped.append(r.url) if r.failure == "csp" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(of.address + path)
        if wait:
            page.locator("#paper article").wait_for(state="attached", timeout=280_000)
        return page

    yield opened
    for context in contexts:
        context.close()
    outside = [url for url in requests if not url.startswith((*addresses, "data:", "blob:"))]
    assert [url for url in outside if url not in stopped] == []
    assert faults == []


def ask(page: Page, question: str) -> Any:
    """Ask as a person does; the turn, once it is answered."""
    before = page.locator(".turn").count()
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".turn").nth(before)
    turn.locator(".acts").wait_for()
    return turn


def choose_file(page: Page, file: Path, glossary: Path | None = None) -> None:
    """Upload a file as a person does."""
    page.get_by_role("button", name="Upload").click()
    page.get_by_label("A text or Markdown file").set_input_files(str(file))
    if glossary is not None:
        page.get_by_label("Its glossary").set_input_files(str(glossary))
    page.get_by_role("button", name="Ask about it").click()


def drop_files(page: Page, *files: Path) -> None:
    """Drop files into the page, as from a window of the desktop."""
    given = [[file.name, file.read_text("utf-8")] for file in files]
    carried = page.evaluate_handle(
        "given => { const it = new DataTransfer();"
        " for (const [name, text] of given) it.items.add(new File([text], name)); return it; }",
        given,
    )
    page.dispatch_event("body", "dragover", {"dataTransfer": carried})
    page.locator("#drop").wait_for()
    page.dispatch_event("#drop", "drop", {"dataTransfer": carried})


def texts(page: Page, selector: str) -> list[str]:
    return [text.strip() for text in page.locator(selector).all_inner_texts()]


def keep_picture(page: Page, name: str) -> None:
    """Kept where `FOOTNOTE_SCREENSHOTS` says, to be looked at."""
    folder = os.environ.get("FOOTNOTE_SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def call(address: str, name: str, data: list[Any]) -> Any:
    """Ask over Gradio's HTTP interface: the last value, or the error's line as a string."""
    body = json.dumps({"data": data}).encode()
    headers = {"Content-Type": "application/json"}
    code, made = status(f"{address}/gradio_api/call/{name}", data=body, headers=headers)
    assert code == 200, made
    _, events = status(f"{address}/gradio_api/call/{name}/{json.loads(made)['event_id']}")
    last = events.rstrip().rpartition("event: ")[2]
    kind, _, value = last.partition("\ndata: ")
    found = json.loads(value)
    return found["error"] if kind == "error" else found[0]


def status(
    url: str, *, data: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """The status and the text of a reply, whatever it is."""
    request = urllib.request.Request(url, data, headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310
            return int(response.status), response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
