"""The command line as people and programs use it, over a real index."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from rag.answer import Answer
from rag.pipeline import Chatbot
from ui import cli

ROOT = Path(__file__).parents[2]
HARBOURS = """# Harbours

## History

The harbour of Vell was opened in 1874 by Queen Ada. It held 1,250 ships.

## Trade

Table 1. Goods by harbour

| Harbour | Goods | Since |
|---|---|---|
| Vell | Salt | 1901 |
| Orm | Tar | 1899 |
"""
RIVERS = "# Rivers\n\nThe Dal is 520 km long and flows through Orm.\n"
QUESTION = "When was the harbour of Vell opened?"

PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
from ui.cli import main
main()
"""

# Threads as the chat's at Ctrl-C: in Rust, from where they come back while Python ends.
IN_RUST = """
import sys, threading, time
import chromadb
from ui.cli import main
client = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
points = client.create_collection("points", embedding_function=None)
points.add(ids=[str(n) for n in range(500)], embeddings=[[float(n), 1.0] for n in range(500)])
def work():
    while True:
        points.query(query_embeddings=[[1.0, 2.0]], n_results=10)
for _ in range(4):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.3)
sys.argv = ["footnote", "--version"]
main()
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    (folder / "harbours.md").write_text(HARBOURS, "utf-8")
    (folder / "rivers.md").write_text(RIVERS, "utf-8")
    return folder


@pytest.fixture(scope="module")
def index(articles: Path) -> Path:
    directory = articles / "index"
    code = cli.run(
        [
            "ingest",
            str(articles / "harbours.md"),
            str(articles / "rivers.md"),
            "--index",
            str(directory),
        ]
    )
    assert code == 0
    return directory


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run a command in this process, with a home of its own: its exit code, output and error output."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path / "home"))

    def run_command(*arguments: object, stdin: bytes = b"") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return (code, *capfd.readouterr())

    return run_command


def start(*arguments: object, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
    )


def one_line(text: str) -> bool:
    return text.startswith("footnote: ") and text.endswith("\n") and text.count("\n") == 1


def test_importing_the_command_line_is_quick() -> None:
    heavy = (
        "torch numpy chromadb gradio sentence_transformers langchain_core rich.progress pydantic"
    )
    code = f"import sys, ui.cli; print(sorted(set({heavy.split()!r}) & set(sys.modules)))"
    process = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True
    )
    assert process.stdout.strip() == b"[]"
    before = time.perf_counter()
    with start("--help") as help_process:
        shown = help_process.communicate(timeout=60)[0]
    assert time.perf_counter() - before < 3
    for command in ("ingest", "ask", "articles", "chat", "verify"):
        assert command.encode() in shown


def test_version(run: Run) -> None:
    code, out, _ = run("--version")
    assert (code, out.split()[0]) == (0, "footnote")


@pytest.mark.parametrize(
    "arguments",
    [
        ["ask"],
        ["ask", "a", "b"],
        ["ask", "a", "--colour"],
        ["nonsense"],
        ["ingest"],
        ["verify"],
        ["chat", "--port", "99999"],
        ["chat", "--port", "x"],
        ["articles", "nonsense"],
        ["articles", "use"],
        ["articles", "use", "nothing-like-it"],
        ["articles", "remove", "nothing-like-it"],
        ["ingest", "no-such-file.md"],
        ["ingest", "."],
        ["ingest", "no\n\x1b[31msuch.md"],
        ["verify", "no-such-file.json"],
        ["verify", "."],
        ["ask", "What?", "--index", "no-such-index"],
    ],
)
def test_a_mistake_in_the_input_is_one_line_and_exit_code_2(
    run: Run, arguments: Sequence[str], tmp_path: Path
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert one_line(err), err
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert not (tmp_path / "home").exists()


def test_without_arguments_there_is_help(run: Run) -> None:
    code, out, err = run()
    assert code == 2
    assert "Usage: footnote" in out + err


def test_ask_prints_the_answer_and_only_that(run: Run, index: Path) -> None:
    code, out, err = run("ask", QUESTION, "--index", index)
    assert (code, err) == (0, "")
    assert "1874" in out.splitlines()[0]
    assert "[1] harbours.md, History: “" in out


def test_ask_json_is_exactly_the_answer(run: Run, index: Path) -> None:
    code, out, err = run("ask", QUESTION, "--index", index, "--json")
    assert (code, err) == (0, "")
    answer = Answer.from_json(out)
    assert answer.question == QUESTION
    assert answer.to_json() + "\n" == out


@pytest.mark.parametrize("question", ["", "  ", "\x01\x02", "why? " * 2000])
def test_a_question_that_cannot_be_asked(run: Run, index: Path, question: str) -> None:
    code, out, err = run("ask", question, "--index", index)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_questions_from_standard_input(run: Run, index: Path) -> None:
    lines = f"\ufeff{QUESTION}\r\n\n \t\r\n?!\nHow long is the Dal?".encode() + b"\n\xff\xfe?\n"
    code, out, err = run("ask", "-", "--index", index, stdin=lines)
    first, empty, second, not_utf8 = (json.loads(line) for line in out.splitlines())
    assert first["question"] == QUESTION
    assert "1874" in first["text"]
    assert set(empty) == {"question", "error"}
    assert second["citations"][0]["document_name"] == "rivers.md"
    assert "UTF-8" in not_utf8["error"]
    assert code == 2
    assert one_line(err)
    assert run("ask", "-", "--index", index, stdin=f"\n{QUESTION}\n\n".encode())[0] == 0


def test_each_line_is_answered_at_once_and_ctrl_c_ends_quietly(index: Path) -> None:
    with start("ask", "-", "--index", index) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{QUESTION}\n".encode())
        process.stdin.flush()
        assert b"1874" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)  # although more questions could still come
        out, err = process.communicate()
    assert process.returncode == 130, (out, err)
    assert out == b""
    assert err.decode().splitlines() == ["footnote: interrupted"]


@pytest.mark.parametrize("arguments", [["articles"], ["--help"], ["ask", "-"]])
def test_a_reader_that_goes_away_is_no_fault(
    arguments: list[str], index: Path, tmp_path: Path
) -> None:
    more = ["--index", str(index)] if "ask" in arguments else []
    with start(*arguments, *more, FOOTNOTE_HOME=str(tmp_path)) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        err = process.communicate(f"{QUESTION}\n".encode() * 3, timeout=60)[1]
    assert (process.returncode, err) == (141, b"")


def test_a_narrow_console_does_not_end_the_program(index: Path) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"}
    with start("ask", QUESTION, "--index", index, **ascii_only) as process:
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"1874" in out
    with start("ask", QUESTION, "--index", index, "--json", **ascii_only) as process:
        out, err = process.communicate(timeout=60)
    assert Answer.from_json(out).citations[0].section == ("History",)


def test_a_fault_of_ours_is_one_line(
    run: Run, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Answer:
        raise RuntimeError("it\nbroke")

    monkeypatch.setattr(Chatbot, "ask", broken)
    code, out, err = run("ask", QUESTION, "--index", index)
    assert (code, out) == (1, "")
    assert one_line(err)
    assert err.startswith("footnote: internal error: RuntimeError: it broke; set FOOTNOTE_DEBUG=1")
    monkeypatch.setenv("FOOTNOTE_DEBUG", "1")
    code, _, err = run("ask", QUESTION, "--index", index)
    assert code == 1
    assert "Traceback" in err


def test_the_library_from_the_first_article_to_the_last(run: Run, articles: Path) -> None:
    assert run("articles")[1].startswith("*  1  edition")

    code, out, _ = run("ingest", articles / "harbours.md", articles / "rivers.md")
    assert code == 0
    assert "added harbours.md: " in out
    assert "added harbours.md: 4 passages, 1 table, 0 references\n" in out
    assert "current article: rivers-" in out

    code, out, err = run("ask", "How long is the Dal?")
    assert code == 0
    assert "520" in out
    assert "Rivers" in err
    assert one_line(err)

    code, out, _ = run("articles")
    edition, harbours, rivers = out.splitlines()
    assert edition.startswith("   1  edition")
    assert harbours.startswith("   2  harbours-")
    assert rivers.startswith("*  3  rivers-")
    assert rivers.endswith("Rivers [rivers.md]")

    assert "harbours" in run("articles", "use", "harb")[1]
    assert "1874" in run("ask", QUESTION)[1]
    assert "unchanged harbours.md" in run("ingest", articles / "harbours.md")[1]

    code, out, err = run("articles", "remove", "2")
    assert (code, out) == (2, "")
    assert "--yes" in err
    code, out, _ = run("articles", "remove", "2", "--yes")
    assert code == 0
    assert "current article: edition" in out
    assert len(run("articles")[1].splitlines()) == 2


def test_nothing_is_ingested_where_one_file_is_wrong(
    run: Run, articles: Path, tmp_path: Path
) -> None:
    code, out, err = run("ingest", articles / "harbours.md", articles / "missing.md")
    assert (code, out) == (2, "")
    assert "missing.md" in err
    assert not (tmp_path / "home").exists()


def test_titles_cannot_command_the_terminal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "evil.md"
    file.write_text(
        "# Red \x9b31m\u202etitle\n\nWords stand here, and some more of them.\n", "utf-8"
    )
    assert run("ingest", file)[0] == 0
    out = run("articles")[1]
    assert "\x9b" not in out
    assert "\u202e" not in out


@pytest.fixture
def answer(run: Run, index: Path) -> dict[str, object]:
    made: dict[str, object] = json.loads(run("ask", QUESTION, "--index", index, "--json")[1])
    return made


def test_verify_an_answer(run: Run, index: Path, answer: dict[str, object], tmp_path: Path) -> None:
    file = tmp_path / "answer.json"
    for text in (json.dumps(answer), json.dumps(answer, indent=2), "\ufeff" + json.dumps(answer)):
        file.write_text(text, "utf-8")
        code, out, err = run("verify", file, "--index", index)
        assert (code, err) == (0, "")
        assert "checks hold" in out

    answer["text"] = str(answer["text"]).replace("1874", "1875")
    file.write_text(json.dumps(answer), "utf-8")
    code, out, _ = run("verify", file, "--index", index)
    assert code == 3
    assert "number 1875" in out


def test_verify_what_ask_wrote_line_by_line(
    run: Run, index: Path, answer: dict[str, object]
) -> None:
    questions = f"{QUESTION}\n?!\nHow long is the Dal?\n".encode()
    lines = run("ask", "-", "--index", index, stdin=questions)[1]
    code, out, err = run("verify", "-", "--index", index, stdin=lines.encode())
    assert code == 0
    assert len(out.splitlines()) == 2
    assert "line 2" in err

    forged = json.dumps({**answer, "text": "It was Zoltan [1]."})
    code, out, _ = run("verify", "-", "--index", index, stdin=f"{lines}{forged}\n".encode())
    assert code == 3
    assert "line 4" in out
    assert "word Zoltan" in out


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"question": "a", "error": "b"}', b"{}\n{}\n",
     b'{\n "question": "a",\n', b"not\njson\n", b"[" * 200_000, b"{}\n" + b"[" * 200_000],
)  # fmt: skip
def test_verify_refuses_what_is_no_answer(run: Run, index: Path, content: bytes) -> None:
    code, out, err = run("verify", "-", "--index", index, stdin=content)
    assert (code, out) == (2, "")
    assert one_line(err)


def test_what_is_no_json_is_told_where_answers_come_from(run: Run, index: Path) -> None:
    code, _, err = run("verify", "-", "--index", index, stdin=b"Vell was opened in 1874.")
    assert code == 2
    assert err == (
        "footnote: standard input is not JSON; write one with: footnote ask QUESTION --json\n"
    )


def test_an_answer_of_another_article_is_one_line(
    run: Run, articles: Path, answer: dict[str, object]
) -> None:
    run("ingest", articles / "rivers.md")
    code, out, _ = run("verify", "-", stdin=json.dumps(answer).encode())
    assert code == 3
    assert out == (
        "harbours.md is not in this index, or its text has changed; read it in with: footnote ingest "
        "FILE, or choose its index with --index DIR or: footnote articles use KEY\n"
    )


@pytest.mark.parametrize("command", [["ask", QUESTION], ["ingest"]])
def test_a_file_in_place_of_an_index(run: Run, articles: Path, command: list[str]) -> None:
    file = articles / "rivers.md"
    more = [str(file)] if command == ["ingest"] else []
    code, out, err = run(*command, *more, "--index", file)
    assert (code, out) == (2, "")
    assert err == f"footnote: {file} is a file; name a directory\n"


def test_a_second_file_with_the_same_text_is_said_to_be_that(
    run: Run, articles: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.md"
    copy.write_text(RIVERS, "utf-8")
    directory = tmp_path / "index"
    code, out, _ = run("ingest", articles / "rivers.md", copy, "--index", directory)
    assert code == 0
    assert out.splitlines() == [
        "added rivers.md: 1 passage, 0 tables, 0 references",
        "unchanged copy.md: the same text as rivers.md, 1 passage, 0 tables, 0 references",
    ]
    assert "520" in run("ask", "How long is the Dal?", "--index", directory)[1]


def test_what_is_logged_is_one_line_of_ours(index: Path) -> None:
    program = """
from unittest.mock import patch
from rag.verify import Check, Verification
failed = Verification((Check("number 1874", False, "it is\\nnot there"),))
with patch("rag.pipeline.verify", lambda *_: failed):
    from ui.cli import main
    main()
"""
    process = subprocess.run(
        [sys.executable, "-c", program, "ask", QUESTION, "--index", str(index)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stderr == (
        "footnote: An answer failed verification: number 1874 (it is not there)\n"
    )


def test_threads_that_are_in_rust_do_not_abort_the_end() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_RUST],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("footnote ")
    assert done.stderr == ""
