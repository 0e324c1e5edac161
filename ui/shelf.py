"""The articles that a chat can be about: those of the library, or one index, and what was uploaded.

An article is opened when it is first asked, in the background, and is let go when others were used since.
An upload is known by a key that nobody can guess; it lives in a folder of its own until it is the oldest
of too many, unused for hours, or the chat ends.
"""

from __future__ import annotations

import base64
import logging
import secrets
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from ingest.build import Progress, ingest
from ingest.embed import Embedder
from ingest.errors import FootnoteError, GlossaryError, IndexMissing, IndexProblem, LoadError
from ingest.glossary import Glossary
from ingest.library import EDITION, Library
from ingest.versions import current
from rag.pipeline import Chatbot
from rag.settings import Settings
from ui.present import clean

LARGEST_UPLOAD, LARGEST_GLOSSARY = 2_000_000, 200_000
"""Bytes. A larger file is better read on the command line, where it is kept."""

MOST_UPLOADS, UPLOAD_AGE = 20, 4 * 3600.0
"""How many uploads are kept, and how many seconds one is kept that nobody asks."""

INDEX = "index"
"""The key of the index that the chat was started with."""

_MOST_OPEN = 6
_UPLOAD = "upload-"
_LONGEST_NAME = 80
_LOG = logging.getLogger(__name__)


class UploadError(LoadError):
    """A file that the chat does not take."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An article that can be chosen: its key, and what people call it."""

    key: str
    title: str


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as a browser sends it: its name, of which only letters for people are kept, and base64."""

    name: str
    data: str


@dataclass
class Opening:
    """How far an article is: what is done now, how much of it, and what went wrong, "" for nothing."""

    what: str = "Opening"
    done: int = 0
    total: int = 0
    error: str = ""
    ready: bool = False

    def show(self, what: str, done: int, total: int) -> None:
        self.what, self.done, self.total = what, done, total


@dataclass
class _Article:
    """One article: where its index is, the chatbot once it is open, and who uses it now."""

    path: Path | None
    folder: Path | None = None
    chatbot: Chatbot | None = None
    users: int = 0
    used: float = field(default_factory=time.monotonic)
    preparing: bool = False
    prepared: bool = False
    opening: Opening = field(default_factory=Opening)
    lock: threading.RLock = field(default_factory=threading.RLock)


class Shelf:
    """Opens articles and lends their chatbots. Safe to use from several threads."""

    def __init__(self, index: Path | None = None, settings: Settings | None = None) -> None:
        self.settings = settings or Settings.from_env()
        self._index = index
        self._articles: dict[str, _Article] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._embedder = Embedder(self.settings.embedding_model)
        self._reading = threading.Lock()
        self._folder = Path(
            tempfile.mkdtemp(prefix="footnote-chat-")
        )  # only this user can enter it

    @property
    def first(self) -> str:
        """The key of the article that a chat begins with. Raises `LibraryError` where it is gone."""
        return INDEX if self._index is not None else Library().current().name

    def check(self) -> None:
        """Raise what opening the first article would raise at once, before anything heavy is loaded.

        And `SettingError` where the chat model cannot be used.
        """
        key = self.first
        path = self._path(key)
        if path is not None:
            current(path)
        if self.settings.model is not None:
            from rag.model.connect import connected

            wanted = self.settings
            connected(wanted.model or "", wanted.model_url, wanted.max_tokens, wanted.max_seconds)

    def choices(self) -> list[Choice]:
        """The articles that anyone may choose: never an upload."""
        if self._index is not None:
            return [Choice(INDEX, self._index.resolve().name)]
        return [Choice(each.name, each.title) for each in Library().entries() if not each.damaged]

    def open_in_background(self, key: str) -> Opening:
        """Begin to open an article, if nobody did; how far it is."""
        article = self._article(key)
        with self._lock:
            idle = not article.prepared and not article.preparing
            if idle:
                article.users += 1  # the thread's
                article.preparing = True
                article.opening.error = ""
        if idle:
            threading.Thread(target=self._open_quietly, args=[article], daemon=True).start()
        return article.opening

    def preparing(self, key: str) -> bool:
        """Whether it is being found out, in the background, what an article can be asked."""
        return self._article(key).preparing

    def is_upload(self, key: str) -> bool:
        return key.startswith(_UPLOAD)

    @contextmanager
    def lent(self, key: str) -> Iterator[Chatbot]:
        """The chatbot of an article, which stays open meanwhile.

        Raises `LoadError` for an upload that is gone, `LibraryError`, and what `Chatbot.open` raises. Where
        the index breaks meanwhile it is opened anew for whoever comes next.
        """
        article = self._article(key)
        with self._using(article):
            chatbot = self._opened(article)
            try:
                yield chatbot
            except IndexProblem:
                self._forget(article)
                raise
        self._let_go()

    def read_in(self, file: Upload, progress: Progress, glossary: Upload | None = None) -> str:
        """Read an uploaded file into an index of its own, with a glossary or none; the key it is known by.

        Raises `LoadError` and `GlossaryError`.
        """
        content = _content(file, LARGEST_UPLOAD, "footnote ingest FILE reads larger ones")
        terms = None
        if glossary is not None:
            terms = _content(
                glossary, LARGEST_GLOSSARY, "footnote ingest --glossary reads larger ones"
            )
        key = _UPLOAD + secrets.token_urlsafe(18)
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            source = _write(folder / "source", file.name, content)
            known = None
            if glossary is not None and terms is not None:
                known = _glossary(_write(folder / "glossary", glossary.name, terms))
            with self._reading:  # one at a time: it takes all the processor there is
                self._ingest(source, folder / "index", known, progress)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        with self._lock:
            self._articles[key] = _Article(folder / "index", folder)
        self._let_go()
        return key

    def close(self) -> None:
        """Close what is open, and delete what was uploaded."""
        self._closed = True
        with self._lock:
            articles = list(self._articles.values())
            self._articles.clear()
        for article in articles:
            _close(article)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _ingest(
        self, file: Path, index: Path, glossary: Glossary | None, progress: Progress
    ) -> None:
        try:
            ingest([file], index, embedder=self._embedder, glossary=glossary, progress=progress)
        except LoadError as error:  # people know the file by its name, not by where it lies here
            raise LoadError(str(error).replace(str(file), file.name)) from None

    def _article(self, key: str) -> _Article:
        with self._lock:
            known = self._articles.get(key)
            if known is not None:
                known.used = time.monotonic()
                return known
        if key.startswith(_UPLOAD):
            raise UploadError("this upload is no longer kept; choose the file again")
        path = self._path(key)
        with self._lock:
            return self._articles.setdefault(key, _Article(path))

    def _path(self, key: str) -> Path | None:
        """Where the index of a listed article is; None for the edition, whose index may have to be made."""
        if self._index is not None:
            if key != INDEX:
                raise IndexMissing(f"this chat is about {self._index.name} only")
            return self._index
        entry = next((each for each in Library().entries() if each.name == key), None)
        if entry is None:
            raise IndexMissing(f"no article {clean(key)!r} in the library; choose another one")
        return None if key == EDITION else entry.path

    def _opened(self, article: _Article) -> Chatbot:
        with article.lock:
            if article.chatbot is None:
                article.opening.error = ""
                try:
                    article.chatbot = Chatbot.open(
                        article.path, settings=self.settings, progress=article.opening.show
                    )
                except FootnoteError as error:
                    article.opening.error = str(error)
                    raise
                article.opening.ready = True
            return article.chatbot

    def _open_quietly(self, article: _Article) -> None:
        """Open an article, then find out what can be asked, where nobody did yet."""
        try:
            self._opened(article).prepare()
            article.prepared = True
        except FootnoteError:
            pass  # kept in `opening`
        except Exception as error:  # noqa: BLE001  # a thread of our own: nobody else would tell
            if not self._closed:
                _LOG.exception("An article could not be opened.")
                article.opening.error = f"internal error: {type(error).__name__}: {error}"
        finally:
            with self._lock:
                article.users -= 1
                article.preparing = False

    @contextmanager
    def _using(self, article: _Article) -> Iterator[None]:
        with self._lock:
            article.users += 1
        try:
            yield
        finally:
            with self._lock:
                article.users -= 1
                article.used = time.monotonic()

    def _forget(self, article: _Article) -> None:
        """Open the index anew for whoever comes next; those who still read the old one go on."""
        with article.lock:
            article.chatbot, article.opening, article.prepared = None, Opening(), False

    def _let_go(self) -> None:
        """Close what was used longest ago, where too much is open."""
        now = time.monotonic()
        with self._lock:
            idle = sorted((a.used, key) for key, a in self._articles.items() if not a.users)
            uploads = [key for _, key in idle if key.startswith(_UPLOAD)]
            others = [key for _, key in idle if not key.startswith(_UPLOAD)]
            old = {key for used, key in idle if key in uploads and now - used > UPLOAD_AGE}
            old |= (
                {*uploads[: len(uploads) - MOST_UPLOADS]} if len(uploads) > MOST_UPLOADS else set()
            )
            old |= {*others[: len(others) - _MOST_OPEN]} if len(others) > _MOST_OPEN else set()
            gone = [self._articles.pop(key) for key in old]
        for article in gone:
            _close(article)


def _close(article: _Article) -> None:
    with suppress(Exception):
        if article.chatbot is not None:
            article.chatbot.close()
    if article.folder is not None:
        shutil.rmtree(article.folder, ignore_errors=True)


def _content(file: Upload, most: int, otherwise: str) -> bytes:
    """What is in an upload. Raises `UploadError` where that is more than so many bytes, or damaged."""
    if len(file.data) > most * 4 // 3 + 4:
        raise UploadError(
            f"the file has {_megabytes(len(file.data) * 3 / 4)}; the chat reads up to {_megabytes(most)}, "
            f"and {otherwise}"
        )
    try:
        return base64.b64decode(file.data, validate=True)
    except ValueError:
        raise UploadError("the file did not arrive whole; choose it again") from None


def _megabytes(size: float) -> str:
    return f"{size / 1e6:.1f}".removesuffix(".0") + " MB"


def _write(folder: Path, name: str, content: bytes) -> Path:
    """Write an upload into a folder of its own, under a harmless name."""
    folder.mkdir()
    path = folder / _file_name(name)
    path.write_bytes(content)
    return path


def _glossary(path: Path) -> Glossary:
    try:
        return Glossary.load(path)
    except GlossaryError as error:  # people know the file by its name, not by where it lies here
        raise GlossaryError(str(error).replace(str(path), path.name)) from None


def _file_name(name: str) -> str:
    """A name for people, harmless as a file's: the last part of what the browser said, without tricks."""
    last = " ".join(clean(name).replace("\\", "/").rpartition("/")[2].split())
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*').strip(". ")
    stem, dot, ending = kept.rpartition(".")
    short = f"{stem[:_LONGEST_NAME]}{dot}{ending[:10]}" if dot else kept[:_LONGEST_NAME]
    while len(short.encode("utf-8")) > 200:
        short = short[1:]
    return short or "article.txt"
