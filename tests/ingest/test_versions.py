"""A directory that is replaced as a whole: readers, writers, and places that cannot be written to."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from ingest import versions
from ingest.build import ingest
from ingest.errors import IndexDamaged, IndexMissing, IndexWriteError
from ingest.index import Index
from tests.ingest import dying_writer
from tests.ingest.dying_writer import TinyEmbedder

needs_processes = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither a fork server nor SIGKILL"
)


def silent(_: str) -> None:
    """No fault is injected."""


def replace(directory: Path, content: str, reached: versions.Reached = silent) -> Path:
    """Make a version that holds one file."""
    with (
        versions.writing(directory, reached),
        versions.new_version(directory, reached) as version,
    ):
        (version / "content").write_text(content, "utf-8")
    return version


def held(directory: Path) -> list[str]:
    return sorted(path.read_text("utf-8") for path in directory.glob("versions/*/content"))


@pytest.fixture
def article(tmp_path: Path) -> Path:
    path = tmp_path / "lamps.md"
    path.write_text("# Lamps\n\nA lamp burns oil. It burns for nine hours.\n", "utf-8")
    return path


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "index"


# --- readers -------------------------------------------------------------------------------------


def test_a_version_replaces_the_one_before(directory: Path) -> None:
    first = replace(directory, "first")
    assert versions.current(directory) == first
    second = replace(directory, "second")
    assert versions.current(directory) == second
    assert held(directory) == ["second"]


def test_a_version_that_fails_leaves_nothing(directory: Path) -> None:
    replace(directory, "first")

    def interrupt(point: str) -> None:
        if point == "current written":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replace(directory, "half", interrupt)
    assert held(directory) == ["first"]
    assert not list(directory.glob("CURRENT.*"))


def test_what_the_dead_have_left_makes_room_before_more_is_written(directory: Path) -> None:
    replace(directory, "first")
    left = directory / "versions" / "20200101T000000-00000000"
    left.mkdir()
    (left / "content").write_text("half", "utf-8")
    there: dict[str, list[str]] = {}
    replace(directory, "second", lambda point: there.update({point: held(directory)}))
    assert there["version made"] == ["first"]


def test_a_signal_right_after_the_replacement_does_not_remove_the_new_version(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(directory, "first")
    whole = Path.replace

    def interrupted(self: Path, target: Path) -> Path:
        whole(self, target)
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        replace(directory, "second")
    assert (versions.current(directory) / "content").read_text("utf-8") == "second"


def test_a_held_version_stays_until_it_is_let_go(directory: Path) -> None:
    replace(directory, "first")
    lease = versions.lease(directory)
    other = versions.lease(directory)
    replace(directory, "second")
    assert held(directory) == ["first", "second"]
    lease.release()
    replace(directory, "third")
    assert held(directory) == ["first", "third"]
    other.release()
    other.release()  # twice is once
    replace(directory, "fourth")
    assert held(directory) == ["fourth"]
    assert not list((directory / "leases").iterdir())


def test_an_open_index_answers_as_before_while_it_is_replaced(
    article: Path, directory: Path
) -> None:
    embedder = TinyEmbedder()
    ingest([article], directory, embedder=embedder)
    index = Index.open(directory, model="tiny")
    [entry], text = index.entries, article.read_text("utf-8")
    article.write_text("# Lamps\n\nA lamp burns gas.\n\nOne more.\n", "utf-8")
    ingest([article], directory, embedder=embedder)
    assert index.documents[0].text == text
    for number, vector in enumerate(embedder.encode(entry.passage_texts)):
        assert index.nearest(vector, 1)[0] == [number]
    assert len(index.passage_postings("oil")[0])  # read only now
    assert index.word_counts["oil"] == 1
    index.close()
    article.write_text("# Lamps\n\nA lamp burns nothing.\n", "utf-8")
    ingest([article], directory, embedder=embedder)
    assert len(list((directory / "versions").iterdir())) == 1


def test_an_open_index_does_not_mind_a_change_of_the_working_directory(
    article: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    embedder = TinyEmbedder()
    ingest([article.name], "index", embedder=embedder)
    index = Index.open("index", model="tiny")
    monkeypatch.chdir("/")
    assert index.word_counts["oil"] == 1
    assert len(index.sentence_postings("oil")[0])
    index.close()
    assert not list((tmp_path / "index" / "leases").iterdir())


@needs_processes
def test_a_killed_reader_holds_nothing(article: Path, directory: Path) -> None:
    embedder = TinyEmbedder()
    ingest([article], directory, embedder=embedder)
    process, connection = dying_writer.start(dying_writer.hold_open, directory)
    assert connection.recv() == "opened 1 passages"
    article.write_text("# Lamps\n\nA lamp burns gas.\n", "utf-8")
    ingest([article], directory, embedder=embedder)
    assert len(list((directory / "versions").iterdir())) == 2
    process.kill()
    process.join(dying_writer.PATIENCE)
    article.write_text("# Lamps\n\nA lamp burns nothing.\n", "utf-8")
    ingest([article], directory, embedder=embedder)
    assert len(list((directory / "versions").iterdir())) == 1
    assert not list((directory / "leases").iterdir())


def overtaken(by: Callable[[Path], object]) -> Callable[..., FileLock]:
    """What makes the lock of a reader, whom somebody overtakes once, just before he has it."""
    waiting = [by]

    def lock(path: Path, *, thread_local: bool) -> FileLock:
        if waiting:
            waiting.pop()(path)
        return FileLock(path, thread_local=thread_local)

    return lock


def test_a_reader_who_is_overtaken_holds_the_new_version(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer has replaced `CURRENT`, seen no lease, and not removed the old version yet."""
    replace(directory, "first")
    new = directory / "versions" / "new"
    new.mkdir()
    pointer = directory / "CURRENT"
    monkeypatch.setattr(versions, "FileLock", overtaken(lambda _: pointer.write_text("new")))
    lease = versions.lease(directory)
    assert lease.version == new
    lease.release()
    assert not list((directory / "leases").iterdir())


def test_a_reader_tries_again_where_a_writer_looks_at_its_lease(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(directory, "first")
    locks: list[FileLock] = []

    def look(path: Path) -> None:
        locks.append(FileLock(path))
        locks[0].acquire()

    monkeypatch.setattr(versions, "FileLock", overtaken(look))
    lease = versions.lease(directory)
    assert lease.version == versions.current(directory)
    lease.release()
    assert len(locks) == 1
    locks[0].release()


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"\xff\xfe\x00", b"..", b"../..", b"v" * 5000, b"a\x00b"]
)
def test_a_pointer_to_nothing_is_damage_and_nothing_is_removed_for_it(
    directory: Path, content: bytes
) -> None:
    replace(directory, "first")
    (directory / "CURRENT").write_bytes(content)
    for look in (versions.current, versions.lease):
        with pytest.raises(IndexDamaged, match=f"footnote ingest FILE --index {directory}"):
            look(directory)
    versions.remove_unused(directory)
    assert held(directory) == ["first"]
    replace(directory, "second")
    assert held(directory) == ["second"]


def test_where_nothing_was_made_there_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for place in (tmp_path, tmp_path / "missing", tmp_path / "file" / "under"):
        with pytest.raises(IndexMissing, match="footnote ingest FILE"):
            versions.lease(place)
    with pytest.raises(IndexMissing, match="is a file; name a directory"):
        versions.lease(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file"]


# --- writers -------------------------------------------------------------------------------------


@needs_processes
def test_a_second_writer_is_told_at_once(article: Path, directory: Path) -> None:
    process, connection = dying_writer.start(dying_writer.hold_the_lock, directory, 60.0)
    assert connection.recv() == "writing"
    began = time.monotonic()
    with pytest.raises(IndexWriteError, match="another process is writing the index"):
        ingest([article], directory, embedder=TinyEmbedder())
    assert time.monotonic() - began < 2
    process.kill()
    process.join(dying_writer.PATIENCE)
    ingest([article], directory, embedder=TinyEmbedder())  # the lock died with its holder
    Index.open(directory, model="tiny").close()


@needs_processes
def test_a_second_writer_waits_when_told_to(article: Path, directory: Path) -> None:
    process, connection = dying_writer.start(dying_writer.hold_the_lock, directory, 1.0)
    assert connection.recv() == "writing"
    ingest([article], directory, embedder=TinyEmbedder(), wait=dying_writer.PATIENCE)
    process.join(dying_writer.PATIENCE)
    assert process.exitcode == 0
    Index.open(directory, model="tiny").close()


def test_threads_that_write_wait_for_each_other(directory: Path) -> None:
    inside = []

    def add(name: str) -> None:
        with versions.writing(directory, silent, wait=dying_writer.PATIENCE):
            inside.append(name)
            time.sleep(0.05)
            assert inside.pop() == name
            assert not inside

    threads = [threading.Thread(target=add, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- places that cannot be written to ------------------------------------------------------------


def refused(article: Path, place: Path) -> str:
    """The message with which a place is refused."""
    with pytest.raises(IndexWriteError) as caught:
        ingest([article], place, embedder=TinyEmbedder())
    message = str(caught.value)
    assert str(place) in message
    assert "\n" not in message
    return message


def test_a_place_under_a_file_is_refused(article: Path) -> None:
    assert "name another place" in refused(article, article / "index")
    assert "is a file; name a directory" in refused(article, article)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc on this machine")
def test_a_place_in_proc_is_refused(article: Path) -> None:
    assert "name another place" in refused(article, Path("/proc/footnote"))


@pytest.mark.parametrize("name", ["notes.txt", "versions/1.0/notes.txt", "CURRENT", ".git/HEAD"])
def test_a_directory_of_other_things_is_refused_and_left_alone(
    article: Path, tmp_path: Path, name: str
) -> None:
    place = tmp_path / "things"
    (place / name).parent.mkdir(parents=True)
    (place / name).write_text("precious", "utf-8")
    before = sorted(place.rglob("*"))
    assert "holds files that are no index" in refused(article, place)
    assert sorted(place.rglob("*")) == before
    assert (place / name).read_text("utf-8") == "precious"


def test_an_index_beside_a_stray_file_is_still_an_index(article: Path, directory: Path) -> None:
    ingest([article], directory, embedder=TinyEmbedder())
    (directory / ".DS_Store").write_text("", "utf-8")
    (directory / "CURRENT").unlink()
    ingest([article], directory, embedder=TinyEmbedder())
    Index.open(directory, model="tiny").close()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere"
)
def test_a_read_only_directory_is_refused(article: Path, tmp_path: Path) -> None:
    place = tmp_path / "locked"
    place.mkdir(mode=0o555)
    assert "Permission denied" in refused(article, place / "index")
    assert "Permission denied" in refused(article, place)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 600 kB, enough for one small index with its successor half made."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(place)]
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subprocess.run(command, check=True, capture_output=True)
    if not place.is_mount():
        pytest.skip("we may not mount a small disk here")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_told_and_the_old_index_stands(article: Path, small_disk: Path) -> None:
    """Filled to every degree, so that each of the files is one time the one too many."""
    directory, ballast = small_disk / "index", small_disk / "ballast"
    ingest([article], directory, embedder=TinyEmbedder())
    text = article.read_text("utf-8")
    article.write_text("# Lamps\n\nA lamp burns gas.\n", "utf-8")
    refusals = 0
    for free in range(8, 600, 36):
        usage = os.statvfs(small_disk)
        ballast.write_bytes(bytes(usage.f_bavail * usage.f_frsize - free * 1024))
        try:
            ingest([article], directory, embedder=TinyEmbedder())
        except IndexWriteError as error:
            message = str(error)
        else:
            break
        finally:
            ballast.unlink()
        refusals += 1
        assert f"the index cannot be written to {directory}" in message
        assert "free some space" in message
        assert "\n" not in message
        index = Index.open(directory, model="tiny")
        assert [document.text for document in index.documents] == [text]
        index.close()
        assert len(list((directory / "versions").iterdir())) == 1
    assert refusals > 3
    index = Index.open(directory, model="tiny")
    assert [document.text for document in index.documents] == [article.read_text("utf-8")]
    index.close()
