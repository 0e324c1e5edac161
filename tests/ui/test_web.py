"""The chat over a real server: answers carry their citations, and the page loads nothing from afar."""

import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ingest.build import ingest
from rag.answer import Answer, Turn
from rag.pipeline import Chatbot
from tests.conftest import NETWORK, ROOT
from ui import web

ARTICLE = """# Harbours

## History

The harbour of Vell was opened in 1874 by Queen <b>Ada</b>. It held 1,250 ships.
"""
QUESTION = "When was the harbour of Vell opened?"
# A server in a process of its own: what Gradio's libraries warn of is not ours to mend.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from ui.cli import main
main()
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    file = folder / "the_harbours.md"
    file.write_text(ARTICLE, "utf-8")
    ingest([file], folder / "index")
    return folder / "index"


@pytest.fixture(scope="module")
def address(index: Path) -> Iterator[str]:
    """The address of `footnote chat`, which connects to nothing outside and is ended with Ctrl-C."""
    connections = index.parent / "connections"
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "chat", "--index", str(index)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(NETWORK), str(ROOT)]),
            "FOOTNOTE_TEST_CONNECTIONS": str(connections),
        },
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            match = re.fullmatch(r"footnote: chatting at (\S+) \(Ctrl-C ends it\)\n", line)
            assert match, line
            yield match.group(1).rstrip("/")
        finally:
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out, err) == (130, "", "footnote: interrupted\n")
    assert not connections.exists(), connections.read_text()


def fetch(url: str, data: object = None) -> str:
    body = json.dumps(data).encode() if data is not None else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        text: str = response.read().decode()
    return text


def say(address: str, question: str, shown: Sequence[object]) -> list[dict[str, Any]]:
    """Ask over Gradio's HTTP interface: the conversation afterwards."""
    call = f"{address}/gradio_api/call/ask"
    event = json.loads(fetch(call, {"data": [question, shown]}))["event_id"]
    events = fetch(f"{call}/{event}")
    assert "event: complete" in events, events
    box, conversation, _ = json.loads(events.rpartition("data: ")[2])
    assert box == ""
    made: list[dict[str, Any]] = conversation
    return made


def test_answers_carry_their_citations(address: str) -> None:
    shown = say(address, QUESTION, [])
    asked, answered = (message["content"][0]["text"] for message in shown)
    assert asked == QUESTION
    assert "1874" in answered
    assert "- [1] the\\_harbours.md, History: “" in answered
    assert "&lt;b&gt;" in answered
    assert "<b>" not in answered

    shown = say(address, "", shown)
    assert len(shown) == 4
    assert "empty" in shown[3]["content"][0]["text"]


def test_the_page_is_local(address: str) -> None:
    assert address.startswith("http://127.0.0.1:")
    page = fetch(address)
    loaded = re.findall(r"""(?:src=|<link[^>]*href=|url\()["']?((?:https?:)?//[^"')]*)""", page)
    assert not [url for url in loaded if not url.startswith(address)]
    assert "fonts.googleapis" not in page
    config = json.loads(fetch(f"{address}/config"))
    assert config["analytics_enabled"] is False
    assert config["stylesheets"] == []


def test_a_port_that_is_taken_is_told(address: str, index: Path) -> None:
    port = address.rpartition(":")[2]
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, "chat", "--index", str(index), "--port", port],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=60,
    )
    assert process.returncode == 2
    assert process.stdout == ""
    assert process.stderr.startswith("footnote: the chat cannot be served at 127.0.0.1, port")
    assert process.stderr.count("\n") == 1


def test_the_past_is_handed_on_as_it_was_said(index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Sequence[Turn]] = []
    with_past = Chatbot.ask

    def ask(self: Chatbot, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        seen.append(history)
        return with_past(self, question, history=history)

    monkeypatch.setattr(Chatbot, "ask", ask)
    chatbot = Chatbot.open(index)
    _, shown, past = web._answer(chatbot, QUESTION, [], ())
    web._answer(chatbot, "How many ships did it hold?", shown, past)
    chatbot.close()
    assert seen == [(), past]
    assert past[0][0] == QUESTION
    assert past[0][1].endswith("[1]")
    assert "the_harbours.md" not in past[0][1]
