"""Files become a new version of an index: what is replaced, what stays, what is encoded anew."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest import build, versions
from ingest import index as index_module
from ingest.build import ingest, remove
from ingest.embed import Embedder, Vectors
from ingest.errors import (
    EmbeddingModelError,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    LoadError,
)
from ingest.glossary import Glossary
from ingest.index import Index, write
from tests.ingest.dying_writer import TinyEmbedder

LAMPS = "# Lamps\n\nA lamp burns oil. It burns for nine hours.\n\n## Wicks\n\nA wick is cotton.\n"
TIDES = "# Tides\n\nThe sea rises twice a day. The moon pulls it.\n"


class CountingEmbedder(Embedder):
    """The real embedding model, which remembers what it was given."""

    def __init__(self, real: Embedder) -> None:
        super().__init__()
        self._real = real
        self.encoded: list[str] = []

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        self.encoded.extend(texts)
        return self._real.encode(texts, progress)


@pytest.fixture
def counting(embedder: Embedder) -> CountingEmbedder:
    return CountingEmbedder(embedder)


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    path = tmp_path / "lamps.md"
    path.write_text(LAMPS, "utf-8")
    return path


@pytest.fixture
def tides(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(TIDES, "utf-8")
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


@pytest.fixture
def glossary(tmp_path: Path) -> Glossary:
    path = tmp_path / "glossary.json"
    path.write_text('{"terms": [{"term": "lantern", "also": ["lamp"]}]}', "utf-8")
    return Glossary.load(path)


@contextmanager
def opened(directory: Path, model: str | None = None) -> Iterator[Index]:
    index = Index.open(directory, model=model)
    try:
        yield index
    finally:
        index.close()


def all_vectors(index: Index) -> tuple[Vectors, Vectors]:
    sentences = index.sentence_numbers(len(index.passages) - 1).stop
    return (
        index.passage_vectors(range(len(index.passages))),
        index.sentence_vectors(range(sentences)),
    )


def test_a_file_becomes_a_document(
    lamps: Path, directory: Path, counting: CountingEmbedder
) -> None:
    [result] = ingest([lamps], directory, embedder=counting)
    assert (result.source, result.status, result.passages) == (lamps, "added", 2)
    assert len(counting.encoded) == len(set(counting.encoded))  # nothing twice
    with opened(directory) as index:
        assert index.documents == (result.document,)
        assert index.documents[0].text == LAMPS
        assert index.documents[0].name == "lamps.md"


def test_the_same_file_again_does_nothing(
    lamps: Path, directory: Path, counting: CountingEmbedder
) -> None:
    ingest([lamps], directory, embedder=counting)
    counting.encoded.clear()
    before = [(path, path.stat().st_mtime_ns) for path in sorted(directory.glob("*/*"))]
    current = (directory / "CURRENT").stat()
    points: list[str] = []
    [result] = ingest([lamps], directory, embedder=counting, reached=points.append)
    assert result.status == "unchanged"
    assert result.passages == 2
    assert points == ["directory made"]
    assert not counting.encoded
    assert [path for path, _ in before] == sorted(directory.glob("*/*"))
    assert (directory / "CURRENT").stat().st_ino == current.st_ino


def test_a_changed_file_replaces_its_passages_and_keeps_its_glossary(
    lamps: Path, directory: Path, counting: CountingEmbedder, glossary: Glossary
) -> None:
    ingest([lamps], directory, embedder=counting, glossary=glossary)
    lamps.write_text("# Lamps\n\nA lamp burns gas.\n", "utf-8")
    [result] = ingest([lamps], directory, embedder=counting)
    assert (result.status, result.passages) == ("changed", 1)
    with opened(directory) as index:
        [entry] = index.entries
        assert entry.document.quote(entry.passages[0].span) == "A lamp burns gas."
        assert entry.glossary == glossary
        assert "lantern burns gas" in entry.passage_texts[0]
        assert not len(index.passage_postings("oil")[0])
        assert index.nearest(counting.encode(["oil"])[0], 5)[0] == [0]


def test_another_glossary_is_a_change(
    lamps: Path, directory: Path, counting: CountingEmbedder, glossary: Glossary
) -> None:
    ingest([lamps], directory, embedder=counting)
    [result] = ingest([lamps], directory, embedder=counting, glossary=glossary)
    assert result.status == "changed"
    [result] = ingest([lamps], directory, embedder=counting, glossary=glossary)
    assert result.status == "unchanged"
    [result] = ingest([lamps], directory, embedder=counting, glossary=Glossary())
    assert result.status == "changed"
    with opened(directory) as index:
        assert "lantern" not in index.entries[0].passage_texts[0]


def test_other_documents_stay_and_keep_their_vectors(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder
) -> None:
    ingest([tides], directory, embedder=counting)
    with opened(directory) as index:
        before = all_vectors(index)
    counting.encoded.clear()
    ingest([lamps], directory, embedder=counting)
    assert counting.encoded
    for number in range(3):  # and do not wear out
        assert not any("sea" in text or "moon" in text for text in counting.encoded)
        lamps.write_text(f"# Lamps\n\nA lamp burns {number} hours.\n", "utf-8")
        ingest([lamps], directory, embedder=counting)
    with opened(directory) as index:
        assert [document.name for document in index.documents] == ["tides.md", "lamps.md"]
        assert index.documents[0].text == TIDES
        kept = index.sentence_numbers(0).stop
        passages, sentences = all_vectors(index)
        assert np.array_equal(passages[:1], before[0])
        assert np.array_equal(sentences[:kept], before[1])
        for number, (entry, _) in enumerate(index.passages):
            text = entry.passage_texts[number - index.passages.index((entry, entry.passages[0]))]
            assert index.nearest(counting.encode([text])[0], 1)[0] == [number]


def test_several_files_are_several_documents(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder
) -> None:
    results = ingest([lamps, tides], directory, embedder=counting)
    assert [result.status for result in results] == ["added", "added"]
    with opened(directory) as index:
        assert [document.text for document in index.documents] == [LAMPS, TIDES]
        for number, (document, passage) in enumerate(map(index.passage, range(3))):
            assert document.quote(passage.span) in (TIDES if number == 2 else LAMPS)
        [nearest], _ = index.nearest(counting.encode(["What makes the sea rise?"])[0], 1)
        assert index.passage(nearest)[0].name == "tides.md"


def test_two_spellings_of_a_path_are_one_document(
    lamps: Path, directory: Path, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (lamps.parent / "sub").mkdir()
    (lamps.parent / "link.md").symlink_to(lamps)
    monkeypatch.chdir(lamps.parent)
    ingest([lamps], directory, embedder=counting)
    for spelling in ("lamps.md", "./sub/../lamps.md", "link.md", lamps.parent / "." / "lamps.md"):
        [result] = ingest([spelling], directory, embedder=counting)
        assert result.status == "unchanged"
    [result] = ingest(["lamps.md", lamps], directory, embedder=counting)
    assert result.source == lamps


def test_two_files_of_the_same_name_are_two_documents(
    lamps: Path, directory: Path, counting: CountingEmbedder
) -> None:
    twin = lamps.parent / "sub" / "lamps.md"
    twin.parent.mkdir()
    twin.write_text(TIDES, "utf-8")
    ingest([lamps], directory, embedder=counting)
    ingest([twin], directory, embedder=counting)
    with opened(directory) as index:
        assert {entry.source: entry.document.text for entry in index.entries} == {
            str(lamps): LAMPS,
            str(twin): TIDES,
        }


def test_removing_takes_out_one_document_and_encodes_nothing(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder
) -> None:
    first, second = ingest([lamps, tides], directory, embedder=counting)
    unloaded = Embedder()
    with pytest.raises(IndexMissing, match="no such document"):
        remove(directory, "0" * 64, embedder=unloaded)
    remove(directory, first.document.id, embedder=unloaded)
    assert "_model" not in vars(
        unloaded
    )  # it takes seconds to load, and there was nothing to encode
    with opened(directory) as index:
        assert index.documents == (second.document,)
        assert index.nearest(counting.encode(["sea"])[0], 3)[0] == [0]
    with pytest.raises(IndexMissing, match="remove the directory"):
        remove(directory, second.document.id, embedder=counting)


def test_nothing_is_written_before_every_file_was_read(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder
) -> None:
    with pytest.raises(LoadError, match=r"missing\.md"):
        ingest([lamps, lamps.parent / "missing.md"], directory, embedder=counting)
    with pytest.raises(LoadError, match="no file was named"):
        ingest([], directory, embedder=counting)
    assert not directory.exists()
    ingest([tides], directory, embedder=counting)
    (lamps.parent / "heading.md").write_text("# Only a heading\n", "utf-8")
    with pytest.raises(LoadError, match=r"heading\.md holds headings only"):
        ingest([lamps, lamps.parent / "heading.md"], directory, embedder=counting)
    with opened(directory) as index:
        assert [document.name for document in index.documents] == ["tides.md"]


def test_a_model_that_fails_leaves_the_index_as_it_was(
    lamps: Path, directory: Path, counting: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest([lamps], directory, embedder=counting)

    def fail(*_: object) -> Vectors:
        raise EmbeddingModelError("the model is broken")

    lamps.write_text(TIDES, "utf-8")
    monkeypatch.setattr(counting, "encode", fail)
    with pytest.raises(EmbeddingModelError):
        ingest([lamps], directory, embedder=counting)
    with opened(directory) as index:
        assert index.documents[0].text == LAMPS
    assert len(list((directory / "versions").iterdir())) == 1


def test_progress_counts_up_to_the_end(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder
) -> None:
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    ingest([lamps, tides], directory, embedder=counting, progress=progress)
    assert list(told) == ["Reading", "Embedding", "Writing"]
    for steps in told.values():
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1] > 0


sentence = st.sampled_from(["Oil burns.", "Gas burns well.", "The sea rises.", "The moon pulls."])
step = st.tuples(
    st.sampled_from(["a.md", "b.md", "c.md"]), st.lists(sentence, min_size=1, max_size=4)
)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(step, min_size=1, max_size=5))
def test_whatever_the_order_the_index_holds_the_last_text_of_each_file(
    steps: list[tuple[str, list[str]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """With the tiny embedder: what is held is tested, not what vectors say."""
    place = tmp_path_factory.mktemp("steps")
    embedder = TinyEmbedder()
    last: dict[str, str] = {}
    for name, sentences in steps:
        text = f"# {name}\n\n" + "\n\n".join(sentences) + "\n"
        status = "unchanged" if last.get(name) == text else "changed" if name in last else "added"
        last[name] = text
        (place / name).write_text(text, "utf-8")
        assert ingest([place / name], place / "index", embedder=embedder)[0].status == status
    with opened(place / "index", "tiny") as index:
        assert {document.name: document.text for document in index.documents} == last
        passages = [text for entry in index.entries for text in entry.passage_texts]
        sentences = [text for entry in index.entries for text in entry.sentence_texts]
        held = all_vectors(index)
        assert held[0] == pytest.approx(embedder.encode(passages), abs=1e-6)
        assert held[1] == pytest.approx(embedder.encode(sentences), abs=1e-3)
    [version] = (place / "index" / "versions").iterdir()
    assert version.name == (place / "index" / "CURRENT").read_text("utf-8")


def test_a_model_that_is_not_there_makes_nothing(lamps: Path, directory: Path) -> None:
    with pytest.raises(EmbeddingModelError, match="no embedding model 'no/such'"):
        ingest([lamps], directory, embedder=Embedder("no/such"))
    assert not directory.exists()


def test_a_text_that_is_held_already_is_not_added_twice(
    lamps: Path, tides: Path, directory: Path, counting: CountingEmbedder, glossary: Glossary
) -> None:
    copy = lamps.with_name("copy.md")
    copy.write_text(LAMPS, "utf-8")
    first, second = ingest([lamps, copy], directory, embedder=counting)
    assert (first.status, first.same_as) == ("added", "")
    assert (second.status, second.same_as, second.passages) == ("unchanged", "lamps.md", 2)
    [again] = ingest([copy], directory, embedder=counting)
    assert again == second
    [termed] = ingest([copy], directory, embedder=counting, glossary=glossary)
    assert (termed.status, termed.same_as) == ("changed", "lamps.md")
    ingest([tides], directory, embedder=counting)
    tides.write_text(LAMPS, "utf-8")
    [became] = ingest([tides], directory, embedder=counting)
    assert (became.status, became.same_as) == ("changed", "lamps.md")
    with opened(directory) as index:
        assert [(e.document.name, e.glossary) for e in index.entries] == [("lamps.md", glossary)]


def test_of_two_documents_with_the_same_text_one_is_removed(tmp_path: Path) -> None:
    """As an index may hold them that was made before they were told apart."""
    directory, embedder = tmp_path / "index", TinyEmbedder()
    for name in ("a.md", "b.md"):
        (tmp_path / name).write_text(f"# {name}\n\n{LAMPS}", "utf-8")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], directory, embedder=embedder)
    with opened(directory, "tiny") as index:
        one, other = index.entries
    twins = [one, replace(other, document=replace(one.document, name="b.md"))]
    with versions.writing(directory, ignore), versions.new_version(directory, ignore) as version:
        passages = embedder.encode([text for e in twins for text in e.passage_texts])
        sentences = embedder.encode([text for e in twins for text in e.sentence_texts])
        write(version, twins, passages, sentences, model="tiny", reached=ignore)
    remove(directory, one.document.id, embedder=embedder)
    with opened(directory, "tiny") as index:
        assert [document.name for document in index.documents] == ["b.md"]


def ignore(_: str) -> None:
    """No fault is injected."""


def test_documents_that_nobody_can_name_any_more_are_not_lost_in_silence(
    lamps: Path, tides: Path, directory: Path
) -> None:
    embedder = TinyEmbedder()
    ingest([lamps, tides], directory, embedder=embedder)
    [version] = (directory / "versions").iterdir()
    for name in ("stamp.json", "documents.json"):
        (version / name).write_text("{", "utf-8")
    with pytest.raises(IndexDamaged, match="name all its files again and use --force"):
        ingest([lamps], directory, embedder=embedder)
    ingest([lamps], directory, embedder=embedder, force=True)
    with opened(directory, "tiny") as index:
        assert [document.name for document in index.documents] == ["lamps.md"]


def test_alone_leaves_nothing_else_in_the_index(lamps: Path, tides: Path, directory: Path) -> None:
    embedder = TinyEmbedder()
    ingest([lamps, tides], directory, embedder=embedder)
    [result] = ingest([tides], directory, embedder=embedder, alone=True)
    assert result.status == "unchanged"
    with opened(directory, "tiny") as index:
        assert [document.name for document in index.documents] == ["tides.md"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names are Unicode there")
def test_a_file_name_that_is_not_utf_8(tmp_path: Path, directory: Path) -> None:
    paths = [tmp_path / os.fsdecode(name) for name in (b"caf\xe9.md", b"caf\xe8.md")]
    for path, text in zip(paths, (LAMPS, TIDES), strict=True):
        path.write_text(text, "utf-8")
        ingest([path], directory, embedder=TinyEmbedder())
    with opened(directory, "tiny") as index:
        assert [document.name for document in index.documents] == ["caf\ufffd.md"] * 2
        assert [document.text for document in index.documents] == [LAMPS, TIDES]
    [result] = ingest(paths[:1], directory, embedder=TinyEmbedder())
    assert result.status == "unchanged"


class WiderEmbedder(TinyEmbedder):
    """Another model by the same name."""

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        vectors = super().encode(texts, progress)
        return np.concatenate([vectors, np.zeros((len(texts), 1), np.float32)], axis=1)


def test_a_model_of_another_dimension_keeps_no_vectors_of_the_old(
    lamps: Path, tides: Path, directory: Path
) -> None:
    ingest([lamps], directory, embedder=TinyEmbedder())
    wider = WiderEmbedder()
    with opened(directory, "tiny") as index, pytest.raises(IndexMismatch, match="dimensions"):
        index.nearest(wider.encode(["lamp"])[0], 1)
    ingest([tides], directory, embedder=wider)
    with opened(directory, "tiny") as index:
        text = index.entries[0].passage_texts[0]
        assert index.nearest(wider.encode([text])[0], 1)[0] == [0]


def test_a_first_ingest_cuts_and_dresses_each_text_once(
    lamps: Path, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: Counter[str] = Counter()

    def counted(module: Any, name: str) -> None:
        real = getattr(module, name)

        def call(*arguments: object) -> object:
            calls[name] += 1
            return real(*arguments)

        monkeypatch.setattr(module, name, call)

    counted(build, "chunk")
    counted(index_module, "passage_text")
    counted(index_module, "sentence_text")
    [result] = ingest([lamps], directory, embedder=TinyEmbedder())
    assert calls == {"chunk": 1, "passage_text": result.passages, "sentence_text": 3}
