"""Nothing leaves the machine, and standard output holds the answer and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import GLOSSARY, NETWORK, ROOT

ARTICLE = "# Ferries\n\nThe ferry to Vellmar leaves at noon. It carries timber and salt.\n"
QUESTION = "When does the ferry to Vellmar leave?"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Where the process of `run` writes down every connection that would leave the machine."""
    return tmp_path / "connections"


def run(log: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program, in a process of its own, where every outgoing connection is refused."""
    return subprocess.run(
        [sys.executable, "-m", "ui.cli", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(NETWORK), str(ROOT)]),
            "FOOTNOTE_TEST_CONNECTIONS": str(log),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_the_network_really_is_refused(log: Path) -> None:
    code = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(NETWORK), "FOOTNOTE_TEST_CONNECTIONS": str(log)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert log.read_text() == "192.0.2.1\n"
    with pytest.raises(OSError, match="tests may not connect"):
        __import__("socket").create_connection(("192.0.2.1", 80), timeout=1)


def test_the_main_job_works_without_network_noise_or_telemetry(log: Path, tmp_path: Path) -> None:
    article = tmp_path / "ferries.md"
    article.write_text(ARTICLE, "utf-8")
    ingested = run(log, "ingest", str(article), "--glossary", str(GLOSSARY))
    assert (ingested.returncode, ingested.stderr) == (0, "")
    assert len(ingested.stdout.splitlines()) == 2

    asked = run(log, "ask", QUESTION)
    assert asked.returncode == 0
    assert asked.stdout.startswith("The ferry to Vellmar leaves at noon. [1]\n")
    (line,) = asked.stderr.splitlines()
    assert line.startswith("footnote: the current article is ferries")

    answer = tmp_path / "answer.json"
    printed = run(log, "ask", QUESTION, "--json")
    assert set(json.loads(printed.stdout)) >= {"question", "text", "citations", "abstained"}
    answer.write_text(printed.stdout, "utf-8")
    verified = run(log, "verify", str(answer))
    assert verified.returncode == 0
    assert "checks hold" in verified.stdout

    assert not log.exists(), log.read_text()


def test_the_shipped_edition_is_built_and_asked_without_network(log: Path) -> None:
    asked = run(log, "ask", "Where does APSCO have its seat?")
    assert asked.returncode == 0
    assert "Beijing. [1]" in asked.stdout
    assert "shipped edition" in asked.stderr
    assert len(asked.stderr.splitlines()) == 1
    assert not log.exists(), log.read_text()
