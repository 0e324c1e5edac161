"""The user's library: one index for every ingested article, and which of them is the current one.

    <home>/current             the name of the current entry; missing or empty: the shipped edition
    <home>/edition/            the index of the shipped edition
    <home>/library/<name>/     the index of one ingested article

A listing reads only the small stamps of the indexes, so it is cheap and never fails on a broken one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from ingest.errors import FootnoteError, IndexProblem
from ingest.versions import current, in_use

EDITION = "edition"
"""The name of the entry that is the shipped edition of the article."""

_EDITION_TITLE = "the shipped edition"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_LONGEST_SLUG = 40
_REMOVED = ".removed-"
_T = TypeVar("_T")


class LibraryError(FootnoteError):
    """A key that names no entry, or a library that cannot be read or changed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One index of the library.

    `title` and `documents` (their file names) come from its stamp. An edition that was not yet built,
    and an entry that is `damaged` (or was never finished), has no documents to show.
    """

    name: str
    path: Path
    title: str
    documents: tuple[str, ...]
    current: bool
    damaged: bool = False


def home() -> Path:
    """Where Footnote keeps its files: `FOOTNOTE_HOME`, else the user's data folder."""
    chosen = os.environ.get("FOOTNOTE_HOME", "").strip()
    if chosen:
        return Path(chosen).expanduser()
    from platformdirs import user_data_path

    return user_data_path("footnote", appauthor=False)


class Library:
    """The entries under one home directory. It keeps nothing in memory: every call reads the files."""

    def __init__(self, directory: Path | None = None) -> None:
        self.home = home() if directory is None else directory

    @property
    def edition(self) -> Path:
        """Where the index of the shipped edition stands once it is built."""
        return self.home / EDITION

    def place_for(self, source: Path) -> Path:
        """The index of a source file: always the same one for the same file."""
        return self.home / "library" / _entry_name(source)

    def entries(self) -> list[Entry]:
        """The shipped edition, then all ingested articles by name."""
        current = self._current_name()
        names = [EDITION, *self._names()]
        return [self._entry(name, current=name == current) for name in names]

    def current(self) -> Entry:
        """The entry that is asked when no index is named.

        Raises `LibraryError` where it was chosen once but is gone.
        """
        name = self._current_name()
        if name != EDITION and name not in self._names():
            raise LibraryError(
                f"the current article, {name!r}, is no longer in the library; "
                f"choose another one, such as: footnote articles use {EDITION}"
            )
        return self._entry(name, current=True)

    def find(self, key: str) -> Entry:
        """The entry with this number in the listing, this name, or this unambiguous start of a name.

        Raises `LibraryError` for a key that names none or several.
        """
        entries = self.entries()
        wanted = key.strip().lower()
        for number, entry in enumerate(entries, 1):
            if wanted == str(number):
                return entry
        exact = [entry for entry in entries if entry.name == wanted]
        found = exact or [entry for entry in entries if wanted and entry.name.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(entry.name for entry in found)
            raise LibraryError(f"{key!r} fits several articles: {names}; write more of the name")
        raise LibraryError(f"no article {key!r} in the library; footnote articles lists them")

    def choose(self, key: str) -> Entry:
        """Make an entry the current one. Raises `LibraryError` as `find` does, or for a damaged one."""
        entry = self.find(key)
        if entry.damaged and entry.name != EDITION:
            raise LibraryError(
                f"the index of {entry.name} is damaged; ingest its file again, "
                f"or remove it with: footnote articles remove {entry.name}"
            )
        self._write_current(entry.name)
        return self._entry(entry.name, current=True)

    def remove(self, key: str) -> Entry:
        """Delete an entry and return what it was. The shipped edition is built anew when it is needed.

        Where it was the current one, the shipped edition becomes current, before anything is deleted. The
        directory first leaves its place, so that no half of an index is ever seen there. Raises
        `LibraryError` as `find` does, and where a running program still answers from it.
        """
        entry = self.find(key)
        if in_use(entry.path):
            raise LibraryError(
                f"{entry.name} is in use, perhaps by a chat; end that first, then remove it"
            )
        with self._writing():
            self._sweep()
            if entry.current:
                self._write_current(EDITION)
            if entry.path.is_dir():
                aside = Path(tempfile.mkdtemp(prefix=_REMOVED, dir=entry.path.parent))
                entry.path.replace(aside / entry.name)
            self._sweep()
        return entry

    def _path(self, name: str) -> Path:
        return self.edition if name == EDITION else self.home / "library" / name

    def _names(self) -> list[str]:
        def folders() -> list[str]:
            return [path.name for path in (self.home / "library").iterdir() if path.is_dir()]

        nothing: list[str] = []
        return sorted(name for name in self._read(folders, nothing) if _NAME.fullmatch(name))

    def _current_name(self) -> str:
        """What the pointer says, be it sense or not."""
        pointer = self.home / "current"
        said = self._read(lambda: pointer.read_text("utf-8", "replace"), "")
        return said.strip() or EDITION

    def _read(self, read: Callable[[], _T], missing: _T) -> _T:
        """What is read, or `missing`; raises `LibraryError` for what is there but cannot be read."""
        try:
            return read()
        except (FileNotFoundError, NotADirectoryError):
            return missing
        except OSError as error:
            raise LibraryError(
                f"the library in {self.home} cannot be read: {error.strerror or error}"
            ) from None

    def _write_current(self, name: str) -> None:
        with self._writing():
            self.home.mkdir(parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(prefix=".current-", dir=self.home)
            draft = Path(path)
            try:
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(name + "\n")
                draft.replace(self.home / "current")
            except OSError:
                with suppress(OSError):
                    draft.unlink()
                raise

    def _sweep(self) -> None:
        """Delete what earlier removals, perhaps killed ones, have put aside."""
        for parent in (self.home, self.home / "library"):
            for left in parent.glob(f"{_REMOVED}*"):
                shutil.rmtree(left, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LibraryError(
                f"the library in {self.home} cannot be changed: {error.strerror or error}; "
                "set FOOTNOTE_HOME to a folder that you can write to"
            ) from None

    def _entry(self, name: str, *, current: bool) -> Entry:
        path = self._path(name)
        title, damaged = "", False
        documents: tuple[str, ...] = ()
        if name != EDITION or path.is_dir():
            try:
                title, documents = _read_stamp(path)
            except (IndexProblem, OSError, ValueError, KeyError, TypeError):
                damaged = True
        if name == EDITION:
            title = f"{title} ({_EDITION_TITLE})" if title else _EDITION_TITLE
        return Entry(name, path, title or name, documents, current, damaged)


def _read_stamp(path: Path) -> tuple[str, tuple[str, ...]]:
    """The title of an index (of its first document) and the names of its documents.

    Raises an `IndexProblem`, `OSError`, `ValueError`, `KeyError` or `TypeError` where it is not whole.
    """
    stamp = json.loads((current(path) / "stamp.json").read_text("utf-8"))
    documents = [(str(document["title"]), str(document["name"])) for document in stamp["documents"]]
    if not documents:
        raise ValueError("no documents")
    title, name = documents[0]
    return title or name, tuple(name for _, name in documents)


def _entry_name(source: Path) -> str:
    """The file's stem, for people to recognise, and eight digits of a hash of its whole path."""
    resolved = os.path.realpath(source)
    stem = Path(resolved).stem
    letters = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", letters)[:_LONGEST_SLUG].strip("-") or "article"
    return f"{slug}-{sha256(os.fsencode(os.path.normcase(resolved))).hexdigest()[:8]}"
