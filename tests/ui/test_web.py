"""The server of the chat over real HTTP: its API, its doors, its limits, and fifty people at once."""

from __future__ import annotations

import base64
import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rag.answer import Answer
from tests.conftest import ROOT
from tests.ui.conftest import (
    PROGRAM,
    Chat,
    Open,
    ask,
    call,
    chatting,
    environment,
    keep_picture,
    status,
)

QUESTION = "When was the harbour of Vell opened?"


def test_a_program_asks_with_gradios_own_client(chat: Chat, harbours: str) -> None:
    program = (
        "import sys, json; from gradio_client import Client; "
        f"client = Client({chat.address!r}, verbose=False); "
        f"a = client.predict({QUESTION!r}, article={harbours!r}, api_name='/ask'); "
        "print(json.dumps([a, client.predict(api_name='/articles')]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    answer, articles = json.loads(done.stdout)
    found = Answer.from_json(json.dumps(answer))
    assert "1874" in found.text
    assert found.citations[0].quote == "The harbour of Vell was opened in 1874 by Queen Ada."
    assert {"key": harbours, "title": "Harbours of the coast"} in articles


def test_the_program_interface_is_described(chat: Chat) -> None:
    _, described = status(f"{chat.address}/gradio_api/info")
    endpoints = json.loads(described)["named_endpoints"]
    assert set(endpoints) == {"/ask", "/articles"}
    names = [each["parameter_name"] for each in endpoints["/ask"]["parameters"]]
    assert names == ["question", "history", "article", "with_model"]
    assert "Answer a question" in endpoints["/ask"]["description"]


def test_errors_are_one_clear_line(chat: Chat, harbours: str) -> None:
    assert call(chat.address, "ask", ["", [], harbours, True]).startswith("the question is empty")
    assert "in the library" in call(chat.address, "ask", [QUESTION, [], "no-such", True])
    assert "both text" in call(chat.address, "ask", [QUESTION, [["alone"]], harbours, True])
    assert "no longer kept" in call(chat.address, "ask", [QUESTION, [], "upload-x", True])
    assert "cannot be read" in call(chat.address, "show", [[{"text": 1}], harbours])


def test_a_table_is_given_as_csv(chat: Chat, harbours: str) -> None:
    given = call(chat.address, "table", [harbours, "", 0])
    assert given["name"] == "harbours-table-1.csv"
    assert given["text"].startswith("\ufeffHarbour,Ships,Opened\r\nVell,1250,1874\r\n")


def upload(address: str, name: str, content: bytes) -> Any:
    return call(address, "read_in", [name, base64.b64encode(content).decode(), None])


def test_an_upload_is_asked_at_once_and_by_nobody_else(chat: Chat) -> None:
    text = "# Mills\n\nThe mill of Gant was built in 1790 by Oda Reed. It ground barley.\n"
    key = upload(chat.address, "../../etc/mills.md", text.encode("utf-16"))["article"]
    answer = call(chat.address, "ask", ["Who built the mill of Gant?", [], key, True])
    assert "Oda Reed" in answer["text"]
    assert answer["citations"][0]["document_name"] == "mills.md"

    listed = [each["key"] for each in call(chat.address, "articles", [])]
    assert key not in listed
    assert not any("mills" in str(path) for path in chat.home.rglob("*"))
    again = upload(chat.address, "mills.md", text.encode())["article"]
    assert again != key
    assert len(key) > 24


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.md", b"  \n", "empty.md is empty; name a file that holds an article"),
        ("headings.md", b"# One\n\n## Two\n", "headings.md holds headings only"),
        ("paper.md", b"%PDF-1.7 \x00\x01", "paper.md"),
        ("large.md", b"x" * 2_100_000, "the file has 2.1 MB; the chat reads up to 2 MB"),
    ],
)
def test_bad_uploads_are_refused_in_the_words_of_the_command_line(
    chat: Chat, name: str, content: bytes, said: str
) -> None:
    error = upload(chat.address, name, content)
    assert isinstance(error, str)
    assert error.startswith(said)
    assert "/tmp" not in error  # noqa: S108
    assert "footnote-chat" not in error


@pytest.mark.parametrize(
    "path",
    [
        "/file=/etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=../../../../etc/passwd",
        "/gradio_api/file/etc/passwd",
        "/gradio_api/proxy=http://127.0.0.1:1/",
        "/gradio_api/upload",
        "/gradio_api/stream/x/1/1/playlist.m3u8",
        "/gradio_api/vibe-code",
        "/gradio_api/openapi.json",
        "/static/img/logo.svg",
        "/assets/..%2f..%2f..%2f..%2fetc/passwd",
        "/page/..%2f..%2fpyproject.toml",
        "/page/__init__.py",
        "/monitoring",
        "/docs",
    ],
)
def test_no_file_is_served_and_no_other_door_is_open(chat: Chat, path: str) -> None:
    code, text = status(chat.address + path)
    assert code == 404
    assert "root:" not in text
    assert "build-system" not in text


def test_every_reply_carries_the_policy(chat: Chat) -> None:
    parts = urlsplit(chat.address)
    for path in ("/", "/page/page.js", "/config", "/nothing"):
        connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        connection.request("GET", path)
        reply = connection.getresponse()
        reply.read()
        policy = reply.headers["content-security-policy"]
        connection.close()
        assert "default-src 'none'; script-src 'self'; style-src 'self';" in policy
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1.evil.example:7860"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Content-Length": "7000000"}, 413),
    ],
)
def test_other_sites_and_huge_requests_are_refused(
    chat: Chat, headers: dict[str, str], code: int
) -> None:
    parts = urlsplit(chat.address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.putrequest("POST", "/gradio_api/call/ask", skip_host="Host" in headers)
    for name, value in {"Content-Type": "application/json", **headers}.items():
        connection.putheader(name, value)
    if "Content-Length" not in headers:
        connection.putheader("Content-Length", "2")
    connection.endheaders()
    if "Content-Length" not in headers:
        connection.send(b"{}")
    assert connection.getresponse().status == code
    connection.close()


def refused(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "chat", *arguments],
        capture_output=True,
        text=True,
        env={**environment(home, home / "refused"), "PYTHONPATH": str(ROOT)},
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    return done.stderr.rpartition("footnote: ")[2]


def test_what_cannot_be_served_is_told(chat: Chat) -> None:
    port = chat.address.rpartition(":")[2]
    assert refused(chat.home, "--port", port).startswith(
        "the chat cannot be served at 127.0.0.1, port"
    )
    assert "--auth NAME:PASSWORD" in refused(chat.home, "--host", "0.0.0.0")  # noqa: S104
    assert "a name and a password" in refused(chat.home, "--auth", "nobody")
    assert "there is no index" in refused(chat.home, "--index", str(chat.home / "none"))


@pytest.fixture(scope="module")
def guarded(home: Path) -> Iterator[Chat]:
    """A chat about one index only, where one has to log in."""
    from ingest.library import Library

    index = Library(home).place_for(home / "harbours.md")
    with chatting(home, "--index", str(index), "--auth", "ada:lock and key") as running:
        yield running


def test_only_who_logs_in_is_answered(guarded: Chat, chat: Chat) -> None:
    assert chat.address != guarded.address
    body = json.dumps({"data": [QUESTION, [], ""]}).encode()
    headers = {"Content-Type": "application/json"}
    asking = f"{guarded.address}/gradio_api/call/ask"
    assert status(asking, data=body, headers=headers)[0] == 401
    assert status(f"{guarded.address}/config")[0] == 401
    wrong = b"username=ada&password=wrong"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert status(f"{guarded.address}/login", data=wrong, headers=form)[0] == 400
    program = (
        "import sys; from gradio_client import Client; "
        f"client = Client({guarded.address!r}, auth=('ada', 'lock and key'), verbose=False); "
        f"print(client.predict({QUESTION!r}, api_name='/ask')['text']); "
        "print(client.predict(api_name='/articles'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert "1874" in done.stdout, done.stderr
    assert "'key': 'index'" in done.stdout
    assert "tricks" not in done.stdout


@pytest.mark.browser
def test_the_page_lets_in_who_logs_in(open_page: Open, guarded: Chat) -> None:
    page = open_page(of=guarded, wait=False)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("The name or the password is wrong.").wait_for()
    keep_picture(page, "login")
    page.get_by_label("Password").fill("lock and key")
    page.keyboard.press("Enter")
    page.locator("#paper .title", has_text="Harbours of the coast").wait_for()
    assert "1874" in ask(page, QUESTION).inner_text()


def test_fifty_at_once_each_get_their_own_answer(chat: Chat, harbours: str) -> None:
    """The 95th percentile stays within 50 times a single answer over HTTP, and half of that again."""
    asked = [
        ("When was the harbour of Vell opened?", "1874"),
        ("How many ships does Table 1 give for Orm?", "310"),
        ("In which year was Tarn opened?", "1932"),
    ]
    alone = []
    for question, _ in asked * 2:
        began = time.perf_counter()
        call(chat.address, "ask", [question, [], harbours, True])
        alone.append(time.perf_counter() - began)
    took: list[float] = []
    wrong: list[object] = []

    def one(number: int) -> None:
        question, expected = asked[number % len(asked)]
        began = time.perf_counter()
        history = [["What is this?", f"{number}"]]
        try:
            answer = call(chat.address, "ask", [question, history, harbours, True])
        except (OSError, ValueError) as error:  # said below, not by the thread
            answer = repr(error)
        took.append(time.perf_counter() - began)
        if (
            not isinstance(answer, dict)
            or answer["question"] != question
            or expected not in answer["text"]
        ):
            wrong.append(answer)

    threads = [threading.Thread(target=one, args=[number]) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(took) == 50
    assert sorted(took)[47] <= 50 * (sum(alone) / len(alone)) * 1.5


def test_a_thousand_conversations_do_not_fill_the_memory(chat: Chat) -> None:
    """Each in a session of its own. Nothing of them is kept, but the memory that Python holds ready."""
    memory = Path(f"/proc/{chat.process.pid}/statm")
    if not memory.exists():
        pytest.skip("only Linux tells the memory of another process in a file")

    def converse(times: int) -> None:
        for number in range(times):
            history = [[f"Question {number}?", "x" * 20_000]] * 5
            said = call(chat.address, "ask", ["", history, "", True])
            assert said.startswith("the question is empty")

    converse(300)
    before = int(memory.read_text().split()[1])
    converse(1_000)
    pages = int(memory.read_text().split()[1]) - before
    assert pages * os.sysconf("SC_PAGE_SIZE") < 25_000_000  # they were sent 100 MB


def test_a_broken_index_is_told_and_mends(chat: Chat, tmp_path: Path) -> None:
    """Nothing of an index is needed once it is open; what is broken is told to whoever opens it."""
    from ingest.library import Library

    library = Library(chat.home)
    place = library.place_for(tmp_path / "broken.md")
    place.mkdir(parents=True)
    (place / "CURRENT").write_text("nothing\n")
    error = call(chat.address, "ask", [QUESTION, [], place.name, True])
    assert isinstance(error, str)
    assert "index" in error
    assert "\n" not in error
    (place / "CURRENT").unlink()
    place.rmdir()
    good = library.place_for(chat.home / "harbours.md")
    good.joinpath("CURRENT").read_text()
    assert "1874" in call(chat.address, "ask", [QUESTION, [], good.name, True])["text"]
