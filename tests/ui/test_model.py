"""A chat model in the page: its draft as it comes, the verified answer in its place, off, stopped, and gone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from eval.model_server import ModelServer, Reply, Request, evidence_of, quoting
from tests.ui.conftest import DESK, Chat, Open, ask, call, chatting, keep_picture, status

pytestmark = pytest.mark.browser

QUESTION = "When was the harbour of Vell opened?"
KEY = "sk-a-secret-that-stays-here"
HOSTILE = (
    " <img src='https://198.51.100.7/m.png' onerror='window.ran=30'> [x](javascript:window.ran=31)"
    " ![y](https://198.51.100.7/n.png)<style>body{display:none}</style> It sank in 1999 [E1]."
)
WATCH = """() => { window.drafts = []; new MutationObserver(() => {
    const it = document.querySelector('.streaming');
    if (it) window.drafts.push([it.innerText, it.querySelectorAll(':not(p)').length]);
}).observe(document.getElementById('turns'), { childList: true, subtree: true }); }"""

Script = Callable[[Request, int], Reply]


@dataclass
class Model:
    """A scripted chat model, the chat that uses it, and the address about one article."""

    server: ModelServer
    chat: Chat
    path: str
    script: Script = quoting


@pytest.fixture(scope="module")
def model(home: Path, harbours: str) -> Iterator[Model]:
    def scripted(request: Request, number: int) -> Reply:
        return made.script(request, number)

    with ModelServer(scripted) as server:
        options = {"FOOTNOTE_MODEL_URL": server.url, "OPENAI_API_KEY": KEY}
        with chatting(home, "--model", "openai:scripted", **options) as running:
            made = Model(server, running, f"/?article={harbours}")
            yield made


def slowly(request: Request, _number: int) -> Reply:
    """A true sentence, then lies and tricks, a few letters at a time."""
    first = next(each for each in evidence_of(request) if "opened in 1874" in each["text"])
    said = f"The harbour of Vell was opened in 1874 by Queen Ada [{first['id']}]."
    return Reply(said + HOSTILE, pause=0.05)


def test_a_draft_comes_word_by_word_and_only_what_holds_stays(
    open_page: Open, model: Model
) -> None:
    model.script = slowly
    page = open_page(model.path, of=model.chat)
    assert page.get_by_label("Chat model openai:scripted words the answers").is_checked()
    page.evaluate(WATCH)
    turn = ask(page, QUESTION)
    drafts = page.evaluate("window.drafts")
    said = [text for text, _ in drafts]
    assert len(set(said)) > 5
    assert all(text.startswith("Draft, not verified yet") for text in said)
    assert not any("[E" in text or "[ E" in text for text in said)
    assert any("<img src=" in text for text in said)  # as letters
    assert {others for _, others in drafts} == {0}  # and as nothing else

    assert turn.locator(".streaming").count() == 0
    shown = turn.locator(".reply").inner_text()
    assert "1874" in shown
    assert "1999" not in shown
    assert "<img" not in shown
    assert "Written by openai:scripted" in shown
    assert turn.locator(".badge.verified").count() == 1
    assert page.evaluate("window.ran") is None
    keep_picture(page, "model")


def test_stop_stops_the_model_too(open_page: Open, model: Model) -> None:
    model.script = lambda _request, _number: Reply("The harbour [E1] " * 400, pause=0.1)
    page = open_page(model.path, of=model.chat)
    model.server.broken.clear()
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    page.locator(".streaming", has_text="The harbour").wait_for()
    keep_picture(page, "draft")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    assert model.server.broken.wait(10), "the model goes on writing"

    model.script = quoting
    page.get_by_role("button", name="Try again").click()
    page.locator(".turn .badge.verified").wait_for()


def test_the_model_can_be_left_out(open_page: Open, model: Model) -> None:
    model.script = quoting
    page = open_page(model.path, of=model.chat)
    switch = page.get_by_label("Chat model openai:scripted")
    switch.uncheck()
    before = len(model.server.requests)
    turn = ask(page, QUESTION)
    page.reload()
    page.locator(".turn .acts").wait_for()
    assert not switch.is_checked()
    ask(page, "How many ships does Table 1 give for Orm?")
    assert len(model.server.requests) == before
    assert "scripted" not in turn.inner_text()
    switch.check()
    ask(page, QUESTION)
    assert len(model.server.requests) > before
    assert call(model.chat.address, "ask", [QUESTION, [], "", False])["usage"] is None

    other = open_page(model.path, of=model.chat)  # the choice is this tab's alone
    assert other.get_by_label("Chat model openai:scripted").is_checked()


def test_keys_are_neither_asked_for_nor_sent(model: Model, harbours: str) -> None:
    assert model.server.keys[-1] == f"Bearer {KEY}"
    given = [
        status(model.chat.address + path)[1]
        for path in ("/", "/config", "/gradio_api/info", "/page/page.js")
    ]
    given.append(json.dumps(call(model.chat.address, "start", [harbours, ""])))
    given.append(json.dumps(call(model.chat.address, "ask", [QUESTION, [], harbours, True])))
    assert not any(KEY in each for each in given)


def test_a_model_that_is_gone_costs_one_line(open_page: Open, model: Model) -> None:
    model.script = lambda _request, _number: Reply(status=500)
    page = open_page(model.path, DESK, of=model.chat)
    turn = ask(page, QUESTION)
    assert "1874" in turn.inner_text()
    assert turn.locator(".badge.verified").count() == 1
    assert "made without the chat model" in turn.inner_text()
    model.script = quoting
    turn.get_by_role("button", name="Retry").click()
    page.get_by_text("Written by openai:scripted").wait_for()
