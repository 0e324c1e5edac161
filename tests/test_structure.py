"""The shape of the house: who may import whom, and that nothing about one article stands in code."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyworldatlas import Atlas

from ingest.glossary import Glossary
from ingest.load import load
from tests.conftest import EDITION, GLOSSARY, ROOT

PACKAGES = ("ingest", "rag", "ui", "eval")
LEAVES = {
    "ingest.document",
    "ingest.errors",
    "ingest.words",
    "ingest.names",
    "ingest.glossary",
    "ingest.bibliography",
    "ingest.definitions",
    "ingest.dress",
    "ingest.sentences",
    "ingest.thesaurus",
}
"""What any stage may know: the vocabulary, and what words, sentences and names are. No index, no model."""

STAGES = {
    "rag.choose",
    "rag.definitions",
    "rag.figures",
    "rag.rank",
    "rag.retrieve",
    "rag.prose",
    "rag.references",
    "rag.reread",
    "rag.summary",
    "rag.terms",
    "rag.verify",
    "rag.settings",
    "rag.stream",
}

VOCABULARY = {"rag.answer", "rag.lexicon", "rag.question"}
"""What the stages hand to each other, and what a question asks for and calls things."""

PACKAGES_OF_RAG = {"rag.conversation", "rag.model", "rag.suggest", "rag.tables"}
"""Stages of several files, which know each other."""

PARTS = {
    "rag.rank": {"rag.confidence"},
    "rag.prose": {"rag.extract"},
    "rag.references": {"rag.bibliographic"},
    "rag.verify": {"rag.support"},
    "rag.support": {"rag.order"},
}
"""What a stage has in a file or package of its own, for itself alone."""


def modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def imports(path: Path) -> Iterator[str]:
    """The modules of ours that a file imports, wherever in it; a package by its name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            known = modules()
            yield from (name if name in known else node.module for name in names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def ours(name: str) -> set[str]:
    return {
        target
        for target in imports(modules()[name])
        if target.split(".")[0] in (*PACKAGES, "tests")
    }


@pytest.mark.parametrize("name", sorted(modules()))
def test_imports_go_one_way(name: str) -> None:
    known = ours(name)
    package = name.split(".", maxsplit=1)[0]
    assert not {target for target in known if target.startswith("tests")}, "nothing knows tests"
    if package == "ingest":
        assert {target.split(".")[0] for target in known} <= {"ingest"}
    if package == "rag":
        assert {target.split(".")[0] for target in known} <= {"ingest", "rag"}
    if package in ("ui", "rag", "ingest") and name != "ui.cli":
        assert not {target for target in known if target.startswith("eval")}
    if package == "eval":
        assert not {target for target in known if target.startswith("ui")}
    if name == "ingest.document":
        assert known == set()
    if name == "rag.answer":
        assert known <= {"ingest.document", "ingest.names"}
    parts = {part for its in PARTS.values() for part in its}
    if name in {"rag.lexicon", "rag.question"}:
        assert known <= LEAVES | {"rag.question"}
    for stage in filter(name.startswith, PACKAGES_OF_RAG | parts):
        own = (stage, *PARTS.get(stage, ()))
        others = {target for target in known if not target.startswith(own)}
        assert others <= LEAVES | VOCABULARY
    if name in STAGES:
        others = {target for target in known if not target.startswith(tuple(PARTS.get(name, ())))}
        assert others <= LEAVES | VOCABULARY


def test_every_stage_is_held_to_the_rule() -> None:
    inner = {name for name in modules() if re.fullmatch(r"rag\.[a-z]+", name)}
    parts = {part for its in PARTS.values() for part in its}
    assert inner - STAGES - parts == {*VOCABULARY, "rag.pipeline"} | {*PACKAGES_OF_RAG, "rag.train"}


def test_only_the_index_knows_chroma() -> None:
    knowing = {name for name, path in modules().items() if "chromadb" in set(imports_of_all(path))}
    assert knowing == {"ingest.index"}


def imports_of_all(path: Path) -> Iterator[str]:
    for target in imports(path):
        yield target.split(".")[0]


def test_what_questions_need_is_imported_without_the_heavy_libraries() -> None:
    code = (
        "import sys, ui.cli, rag; "
        "heavy = {'torch', 'sentence_transformers', 'gradio', 'chromadb', 'transformers', 'pandas', 'langgraph', "
        "'langchain.agents', 'openai'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    import sys

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def article_names() -> set[str]:
    """The names that are the article's own: those of its tables, its acronyms, its glossary's terms."""
    document, glossary = load(EDITION), Glossary.load(GLOSSARY)
    names = {row[0].text.split(" – ")[0].rstrip("?") for t in document.tables for row in t.rows}
    names |= set(re.findall(r"\b[A-Z]{3,}\b", document.text))
    names |= {form for group in glossary.groups for form in group.forms if not form.islower()}
    return {name for name in names if name not in COMMON}


COMMON = {"R&D"}
"""What any code may say."""


def country_names() -> set[str]:
    with Atlas() as atlas:
        return {name.text for country in atlas.countries() for name in country.names}


def test_no_name_of_the_article_stands_in_code() -> None:
    names = article_names()
    assert {"ILRS", "APSCO", "Venezuela", "Kazakhstan", "CNSA"} <= names
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names)))})(?!\w)")
    for name, path in modules().items():
        found = set(pattern.findall(path.read_text(encoding="utf-8")))
        if name == "ingest.countries":  # its rules speak of countries, by chance also of these
            found -= country_names()
        assert not found, f"{name} names {sorted(found)}"
