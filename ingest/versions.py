"""A directory that is replaced as a whole: readers see the old version or the new one, never half.

    DIRECTORY/CURRENT            the name of the version that holds
    DIRECTORY/writing.lock       held while a version is written
    DIRECTORY/versions/<name>/   one version; of a current one nothing changes but its suggestions
    DIRECTORY/leases/            one locked file for every reader, named after its version

A version is written beside the others and becomes current by one `os.replace` of `CURRENT`. Whatever a
writer that died has left is removed by the next one; a version is removed when no reader holds it.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.errors import IndexDamaged, IndexMissing, IndexProblem, IndexWriteError

Reached = Callable[[str], None]
"""Called with the name of each point at which a writer could die."""

FAULT_POINTS = (
    "directory made",
    "version made",
    "texts written",
    "vectors written",
    "words written",
    "stamp written",
    "current written",
    "current replaced",
    "old version removed",
)
"""In the order in which they are reached."""

_OPEN_TRIES = 5
_NAME = re.compile(r"[0-9A-Za-z-]{1,64}")


class Lease:
    """A reader's hold on a version: as long as it lasts, the version is not removed.

    The operating system lets go of it when the process ends, however that happens.
    """

    def __init__(self, version: Path, lock: FileLock) -> None:
        self.version = version
        self._lock = lock

    def release(self) -> None:
        """Let go. The version can be removed from now on."""
        self._lock.release()
        Path(self._lock.lock_file).unlink(missing_ok=True)


def current(directory: Path) -> Path:
    """The version that holds now.

    Raises `IndexMissing` where there is none, `IndexDamaged` where `CURRENT` names none that exists.
    """
    try:
        name = (directory / "CURRENT").read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        if directory.is_file():
            raise IndexMissing(f"{directory} is a file; name a directory") from None
        raise IndexMissing(
            f"there is no index in {directory}; make one with: footnote ingest FILE --index {directory}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamaged(
            f"the index in {directory} cannot be read: {error}; {_mend(directory)}"
        ) from None
    version = directory / "versions" / name
    if not _NAME.fullmatch(name) or not version.is_dir():
        raise IndexDamaged(f"the index in {directory} has lost its data; {_mend(directory)}")
    return version


def _current_name(directory: Path) -> str:
    """What `CURRENT` says, "" where it cannot be read."""
    try:
        return (directory / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _mend(directory: Path) -> str:
    return f"make it again with: footnote ingest FILE --index {directory}"


def lease(directory: Path) -> Lease:
    """Hold the current version. Raises like `current`, and `IndexMissing` for a read-only place."""
    for _ in range(_OPEN_TRIES):
        version = current(directory).absolute()
        path = directory.absolute() / "leases" / f"{version.name}.{uuid.uuid4().hex}"
        try:
            path.parent.mkdir(exist_ok=True)
            lock = FileLock(path, thread_local=False)
            lock.acquire(timeout=0)
        except Timeout:  # a writer tries just now whether it is the lease of a dead reader
            continue
        except OSError as error:
            raise IndexMissing(
                f"the index in {directory} cannot be opened: {error.strerror}; copy it to a place that "
                "you can write to"
            ) from None
        held = Lease(version, lock)
        # A writer that came between our look and our hold has not seen the lease, or has removed it.
        if path.exists() and _current_name(directory) == version.name:
            return held
        held.release()
    raise IndexDamaged(f"the index in {directory} keeps changing; try again")


@contextmanager
def writing(directory: Path, reached: Reached, *, wait: float = 0.0) -> Iterator[None]:
    """The right to write, for one writer at a time. Makes the directory where it is missing.

    `wait`: seconds to wait for another writer.

    Raises `IndexWriteError` where another process writes, where the place cannot be written to, and
    where it holds files that are no index.
    """
    with clear_write_errors(directory):
        _claim(directory)
        reached("directory made")
        lock = FileLock(directory / "writing.lock", thread_local=False)
        try:
            lock.acquire(timeout=wait)
        except Timeout:
            raise IndexWriteError(
                f"another process is writing the index in {directory}; try again when it is done"
            ) from None
    try:
        yield
    finally:
        lock.release()


def _claim(directory: Path) -> None:
    if directory.is_file():
        raise IndexWriteError(f"{directory} is a file; name a directory")
    directory.mkdir(parents=True, exist_ok=True)
    strange = sorted(
        path.name
        for path in directory.iterdir()
        if path.name not in ("versions", "leases") or any(path.iterdir())
    )
    if strange and not _is_ours(directory):
        raise IndexWriteError(
            f"{directory} holds files that are no index, such as {strange[0]}; name a new or an empty directory"
        )


def _is_ours(directory: Path) -> bool:
    """Whether a writer of ours was here. Another program's `versions` folder or `CURRENT` file is no sign."""
    if (directory / "writing.lock").exists():
        return True
    others = (directory / "CURRENT").exists() or (directory / "leases").is_dir()
    return others and (directory / "versions").is_dir()


@contextmanager
def clear_write_errors(directory: Path) -> Iterator[None]:
    """Turn what the operating system says of a write into one line."""
    try:
        yield
    except OSError as error:
        raise IndexWriteError(
            f"the index cannot be written to {directory}: {error.strerror or error}; "
            "free some space, or name another place with --index or FOOTNOTE_HOME"
        ) from None


@contextmanager
def new_version(directory: Path, reached: Reached) -> Iterator[Path]:
    """An empty version to fill; it becomes current when the block ends, and is removed if it fails.

    To be used inside `writing`.
    """
    remove_unused(directory)
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{uuid.uuid4().hex[:8]}"
    version = directory / "versions" / name
    try:
        version.mkdir(parents=True)
        reached("version made")
        yield version
        temporary = directory / f"CURRENT.{name}"
        with temporary.open("w", encoding="utf-8") as file:
            file.write(name)
            file.flush()
            os.fsync(file.fileno())
        reached("current written")
        temporary.replace(directory / "CURRENT")
    except BaseException:
        if _current_name(directory) != name:  # a signal may come right after the replacement
            shutil.rmtree(version, ignore_errors=True)
        with contextlib.suppress(OSError):
            (directory / f"CURRENT.{name}").unlink(missing_ok=True)
        raise
    reached("current replaced")
    remove_unused(directory)
    reached("old version removed")


def in_use(directory: Path) -> bool:
    """Whether a living reader holds a version of this index."""
    return bool(_leased(directory))


def remove_unused(directory: Path) -> None:
    """Remove what no reader holds: old versions, and what writers that died have left.

    Where `CURRENT` names no version, all stay: one of them may be all that is left of the index.
    """
    with contextlib.suppress(OSError, IndexProblem):
        keep = {current(directory).name}
        keep |= _leased(directory)
        for version in (directory / "versions").iterdir():
            if version.name not in keep:
                shutil.rmtree(version, ignore_errors=True)
        for leftover in directory.glob("CURRENT.*"):
            leftover.unlink(missing_ok=True)


def _leased(directory: Path) -> set[str]:
    """The names of the versions that a living reader holds; leases of the dead are removed."""
    held = set()
    for path in directory.glob("leases/*"):
        lock = FileLock(path, thread_local=False)
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            held.add(path.name.rpartition(".")[0])
        else:
            # Before we let go, so that a reader who gets it then sees that it is gone. (Windows removes
            # it with the lock, and refuses to before.)
            with contextlib.suppress(OSError):
                path.unlink()
            lock.release()
    return held
