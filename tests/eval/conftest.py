"""One run of a part of our gold questions over the edition, shared by all tests of runs and gates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.run import Run, run
from eval.schema import Gold, load
from ingest.build import ingest
from ingest.embed import Embedder
from ingest.glossary import Glossary
from rag import Chatbot, Settings
from tests.conftest import EDITION, GLOSSARY


@pytest.fixture(scope="session")
def edition_index(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("edition") / "index"
    ingest([EDITION], directory, embedder=embedder, glossary=Glossary.load(GLOSSARY))
    return directory


@pytest.fixture(scope="session")
def edition(edition_index: Path, embedder: Embedder) -> Iterator[Chatbot]:
    opened = Chatbot.open(edition_index, settings=Settings(), embedder=embedder)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def golds() -> tuple[Gold, ...]:
    """Every fourth of our questions: of every category, in a quarter of the time."""
    return load()[::4]


@pytest.fixture(scope="session")
def usual(edition: Chatbot, golds: tuple[Gold, ...]) -> Run:
    """How they are answered when nothing is broken."""
    return run(edition, golds, retriever=edition)
