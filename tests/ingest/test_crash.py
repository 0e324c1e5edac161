"""A writer that dies: whoever comes next finds the old index or the new one, whole, and can go on.

The articles are tiny and so is the embedder (see `TinyEmbedder`): what is tested here is the writing.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest.build import ingest
from ingest.errors import IndexMissing
from ingest.index import Index
from ingest.versions import FAULT_POINTS
from ingest.words import stems
from tests.ingest import dying_writer
from tests.ingest.dying_writer import TinyEmbedder

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither a fork server nor SIGKILL"
)

OTHER = "# Tides\n\nThe sea rises twice a day. It falls twice a day.\n"
OLD = "# Lamps\n\nA lamp burns oil. It burns for nine hours.\n\n## Wicks\n\nA wick is cotton.\n"
NEW = (
    "# Lamps\n\nA lamp burns gas. It burns for ten hours, and no longer.\n\n"
    "| Lamp | Hours |\n|---|---|\n| Davy | 10 |\n| Argand | 7 |\n"
)
AFTER_THE_CHANGE = FAULT_POINTS[FAULT_POINTS.index("current replaced") :]
KILLS = 12


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    path = tmp_path / "lamps.md"
    path.write_text(OLD, "utf-8")
    return path


@pytest.fixture
def other(tmp_path: Path) -> Path:
    path = tmp_path / "tides.md"
    path.write_text(OTHER, "utf-8")
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


@contextmanager
def opened(directory: Path) -> Iterator[Index]:
    index = Index.open(directory, model="tiny")
    try:
        yield index
    finally:
        index.close()


def texts_of_whole(directory: Path) -> list[str]:
    """The texts of the index, after a look at everything else that it must hold for them."""
    embedder = TinyEmbedder()
    with opened(directory) as index:
        index.check()
        passages = [text for entry in index.entries for text in entry.passage_texts]
        sentences = [text for entry in index.entries for text in entry.sentence_texts]
        assert len(passages) == len(index.passages)
        for number, vector in enumerate(embedder.encode(passages)):
            found, cosines = index.nearest(vector, 1)
            assert found == [number]
            assert cosines == pytest.approx([1], abs=1e-5)
        vectors = index.sentence_vectors(range(len(sentences)))
        assert vectors == pytest.approx(embedder.encode(sentences), abs=1e-3)
        for texts, search in (
            (passages, index.passage_postings),
            (sentences, index.sentence_postings),
        ):
            having = [number for number, text in enumerate(texts) if "lamp" in stems(text)]
            assert search("lamp")[0].tolist() == having
        assert index.word_counts["the" if len(index.entries) > 1 else "lamp"]
        return [document.text for document in index.documents]


def assert_no_litter(directory: Path) -> None:
    names = {path.name for path in directory.iterdir()}
    assert names == {"CURRENT", "leases", "versions", "writing.lock"}
    [version] = (directory / "versions").iterdir()
    assert version.name == (directory / "CURRENT").read_text("utf-8")
    assert not list((directory / "leases").iterdir())


def die(paths: list[Path], directory: Path, point: str) -> list[str]:
    """Let a process ingest and be killed at a point. The points that it reached."""
    process, connection = dying_writer.start(dying_writer.write, paths, directory, point)
    points = dying_writer.heard(connection)
    process.join(dying_writer.PATIENCE)
    assert process.exitcode == -9
    return points


def test_every_declared_point_is_reached_in_order(lamps: Path, directory: Path) -> None:
    for text in (OLD, NEW):
        points: list[str] = []
        lamps.write_text(text, "utf-8")
        ingest([lamps], directory, embedder=TinyEmbedder(), reached=points.append)
        assert tuple(points) == FAULT_POINTS


@pytest.mark.parametrize("point", FAULT_POINTS)
def test_dying_while_a_first_index_is_made(lamps: Path, directory: Path, point: str) -> None:
    assert die([lamps], directory, point)[-1] == point
    if point in AFTER_THE_CHANGE:
        assert texts_of_whole(directory) == [OLD]
    else:
        with pytest.raises(IndexMissing, match=f"footnote ingest FILE --index {directory}"):
            Index.open(directory, model="tiny")
    lamps.write_text(NEW, "utf-8")
    ingest([lamps], directory, embedder=TinyEmbedder())
    assert texts_of_whole(directory) == [NEW]
    assert_no_litter(directory)


@pytest.fixture(scope="module")
def old_index(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """An index of two articles, and their files. To be copied."""
    place = tmp_path_factory.mktemp("old")
    lamps, other = place / "lamps.md", place / "tides.md"
    lamps.write_text(OLD, "utf-8")
    other.write_text(OTHER, "utf-8")
    ingest([lamps, other], place / "index", embedder=TinyEmbedder())
    return place / "index", lamps, other


@pytest.mark.parametrize("point", FAULT_POINTS)
def test_dying_while_an_index_is_replaced(
    old_index: tuple[Path, Path, Path], directory: Path, point: str
) -> None:
    old, lamps, _ = old_index
    shutil.copytree(old, directory)
    lamps.write_text(NEW, "utf-8")
    points = die([lamps], directory, point)
    assert tuple(points) == FAULT_POINTS[: len(points)]
    assert points[-1] == point
    new_is_current = point in AFTER_THE_CHANGE
    assert texts_of_whole(directory) == [NEW if new_is_current else OLD, OTHER]
    [result] = ingest([lamps], directory, embedder=TinyEmbedder())
    assert result.status == ("unchanged" if new_is_current else "changed")
    lamps.write_text(OLD + "\nA third text.\n", "utf-8")
    ingest([lamps], directory, embedder=TinyEmbedder())
    assert texts_of_whole(directory) == [OLD + "\nA third text.\n", OTHER]
    assert_no_litter(directory)


def test_killed_at_random_moments(lamps: Path, other: Path, directory: Path) -> None:
    """A writer that never pauses is killed at moments spread over about three of its rounds."""
    ingest([other, lamps], directory, embedder=TinyEmbedder())
    moments = random.Random(20)  # noqa: S311
    seen, unfinished = set(), 0
    for _ in range(KILLS):
        process, connection = dying_writer.start(
            dying_writer.keep_writing, lamps, (NEW, OLD), directory
        )
        assert connection.poll(dying_writer.PATIENCE)
        time.sleep(moments.uniform(0, 1.2))
        process.kill()
        process.join(dying_writer.PATIENCE)
        connection.close()
        unfinished += len(list((directory / "versions").iterdir())) > 1
        texts = texts_of_whole(directory)
        assert texts in ([OTHER, OLD], [OTHER, NEW])
        seen.add(texts[1])
    assert unfinished >= KILLS / 3, "hardly any kill hit the writer at its work"
    assert seen == {OLD, NEW}
    lamps.write_text("# Lamps\n\nAn end.\n", "utf-8")
    ingest([lamps], directory, embedder=TinyEmbedder())
    assert texts_of_whole(directory) == [OTHER, "# Lamps\n\nAn end.\n"]
    assert_no_litter(directory)


def test_a_reader_finds_it_whole_at_any_moment_of_its_replacement(
    lamps: Path, other: Path, directory: Path
) -> None:
    ingest([other, lamps], directory, embedder=TinyEmbedder())
    process, connection = dying_writer.start(
        dying_writer.keep_writing, lamps, (NEW, OLD), directory
    )
    assert connection.poll(dying_writer.PATIENCE)
    try:
        seen = []
        end = time.monotonic() + 4
        while time.monotonic() < end:
            texts = texts_of_whole(directory)
            assert texts in ([OTHER, OLD], [OTHER, NEW])
            seen.append(texts[1])
        assert process.is_alive()
    finally:
        process.kill()
        process.join(dying_writer.PATIENCE)
    assert set(seen) == {OLD, NEW}
