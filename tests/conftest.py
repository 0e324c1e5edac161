"""What all tests share: no network, a home of their own, the real embedding model, real indexes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import hypothesis
import pytest

ROOT = Path(__file__).parent.parent
NETWORK = ROOT / "tests" / "network"
ARTICLE = ROOT / "ingest" / "article"
EDITION = ARTICLE / "edition.md"
GLOSSARY = ARTICLE / "glossary.json"
ORIGINAL = ROOT.parent / "shared" / "article.txt"

# From here on every connection that would leave this machine is refused.
sys.path.insert(0, str(NETWORK))
sys.modules.pop("sitecustomize", None)
import_module("sitecustomize")
sys.path.remove(str(NETWORK))

from ingest.build import ingest  # noqa: E402
from ingest.embed import Embedder  # noqa: E402
from ingest.glossary import Glossary  # noqa: E402
from rag import Chatbot, Settings  # noqa: E402

# No deadlines, since machines differ; the same examples in every run of CI, new ones elsewhere.
hypothesis.settings.register_profile(
    "footnote", deadline=None, derandomize="CI" in os.environ, print_blob=True
)
hypothesis.settings.load_profile("footnote")

TEXTS = [
    pytest.param(EDITION, id="edition"),
    pytest.param(
        ORIGINAL,
        id="original",
        marks=pytest.mark.skipif(
            not ORIGINAL.is_file(), reason="the original article is not on this machine"
        ),
    ),
]


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the user's library or depends on the user's settings."""
    monkeypatch.setenv("FOOTNOTE_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("FOOTNOTE_EMBEDDING_MODEL", "FOOTNOTE_THRESHOLD", "FOOTNOTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    for name in [
        each for each in os.environ if each.startswith(("FOOTNOTE_M", "OPENAI_", "LANGSMITH_"))
    ]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", params=TEXTS)
def text_path(request: pytest.FixtureRequest) -> Path:
    """The edition, and the original where it is on this machine."""
    path: Path = request.param
    return path


@pytest.fixture(scope="session")
def embedder() -> Embedder:
    """The real embedding model, loaded once."""
    return Embedder()


@pytest.fixture(scope="session")
def article_index(
    text_path: Path, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An index of the article with its glossary."""
    directory = tmp_path_factory.mktemp("index") / "article"
    ingest([text_path], directory, embedder=embedder, glossary=Glossary.load(GLOSSARY))
    return directory


@pytest.fixture(scope="session")
def chatbot(article_index: Path, embedder: Embedder) -> Iterator[Chatbot]:
    """A chatbot over the article."""
    opened = Chatbot.open(article_index, settings=Settings(), embedder=embedder)
    yield opened
    opened.close()
