"""Files become a new version of an index. Nothing is changed before every file was read.

Vectors of documents that stay as they were are taken over from the version before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from ingest import index, versions
from ingest.chunk import chunk
from ingest.document import Document
from ingest.embed import Embedder, Vectors
from ingest.errors import IndexDamaged, IndexMissing, IndexProblem, LoadError
from ingest.glossary import Glossary
from ingest.index import Entry, Index
from ingest.load import load
from ingest.names import Names

Progress = Callable[[str, int, int], None]
"""Called with what is done now, how much of it is done, and how much there is."""

Status = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one file."""

    source: Path
    document: Document
    status: Status
    passages: int


def silent(what: str, done: int, total: int) -> None:
    """No progress is shown."""


def _alive(point: str) -> None:
    """No fault is injected."""


def ingest(
    paths: Sequence[Path | str],
    directory: Path | str,
    *,
    embedder: Embedder | None = None,
    glossary: Glossary | None = None,
    force: bool = False,
    progress: Progress = silent,
    wait: float = 0.0,
    reached: versions.Reached = _alive,
) -> list[Ingested]:
    """Read files into the index in a directory, which is made where it is missing.

    A file that was ingested before replaces its document, and keeps its glossary unless another is
    given; the other documents of the index stay. Where nothing changed, nothing is written. An index
    that is damaged, or of another version or embedding model, is made again.

    Raises `LoadError` for a file that cannot be read, `IndexWriteError` where the place cannot be
    written to, `IndexDamaged` where documents of the old index would be lost, and
    `EmbeddingModelError`; whichever it is, the index stands as it stood before.
    """
    directory = Path(directory)
    embedder = embedder or Embedder()
    documents = _read(paths, force=force, progress=progress)
    if not directory.exists():
        embedder.load()  # where that fails, nothing was made
    with versions.writing(directory, reached, wait=wait):
        old = _Old.of(directory, embedder.name)
        try:
            results, entries = _merge(old, documents, glossary)
            old.refuse_losses(directory, entries, force=force)
            if old.index is None or any(result.status != "unchanged" for result in results):
                _replace(directory, old, entries, embedder, progress, reached)
        finally:
            old.close()
    return results


def remove(directory: Path | str, document_id: str, *, embedder: Embedder | None = None) -> None:
    """Take one document out of an index that holds several.

    Raises `IndexMissing` where the index holds no such document, and like `Index.open`.
    """
    directory = Path(directory)
    embedder = embedder or Embedder()
    with versions.writing(directory, _alive):
        opened = Index.open(directory, model=embedder.name)
        old = _Old(opened.entries, opened, ())
        try:
            kept = [entry for entry in opened.entries if entry.document.id != document_id]
            if len(kept) == len(opened.entries) or not kept:
                raise IndexMissing(
                    f"the index in {directory} holds no such document, or no other; "
                    "remove the directory to remove the index"
                )
            _replace(directory, old, kept, embedder, silent, _alive)
        finally:
            old.close()


def _read(paths: Sequence[Path | str], *, force: bool, progress: Progress) -> dict[str, Document]:
    """The documents by their resolved path, in the order given."""
    if not paths:
        raise LoadError("no file was named; name at least one")
    documents = {}
    for number, path in enumerate(paths):
        document = load(path, force=force)
        if not (document.paragraphs or document.tables or document.figures or document.references):
            raise LoadError(f"{path} holds headings only; name a file that holds an article")
        documents[str(Path(path).resolve())] = document
        progress("Reading", number + 1, len(paths))
    return documents


@dataclass(frozen=True)
class _Old:
    """What the index held before: its entries as far as they can be read, its vectors if it is whole."""

    entries: tuple[Entry, ...]
    index: Index | None
    lost: tuple[str, ...]

    @classmethod
    def of(cls, directory: Path, model: str) -> _Old:
        try:
            opened = Index.open(directory, model=model)
        except IndexProblem:
            return cls.of_damaged(directory)
        return cls(opened.entries, opened, ())

    @classmethod
    def of_damaged(cls, directory: Path) -> _Old:
        lost: tuple[str, ...] = ()
        for version in _standing(directory):
            entries = index.read_entries(version)
            if entries is not None:
                return cls(entries, None, ())
            lost = lost or _sources(directory, version)
        return cls((), None, lost)

    def refuse_losses(self, directory: Path, entries: Sequence[Entry], *, force: bool) -> None:
        """Raise `IndexDamaged` where a document that cannot be read any more is not given again."""
        given = {entry.source for entry in entries}
        lost = [source for source in self.lost if source not in given]
        if lost and not force:
            raise IndexDamaged(
                f"the index in {directory} is damaged and would lose {lost[0]}; name that file too, or "
                "use --force to go on without it"
            )

    def close(self) -> None:
        if self.index is not None:
            self.index.close()


def _standing(directory: Path) -> list[Path]:
    """The version that holds; where `CURRENT` does not tell, those that were finished, newest first."""
    try:
        return [versions.current(directory)]
    except IndexProblem:
        stamps = sorted(directory.glob("versions/*/stamp.json"), reverse=True)
        return [stamp.parent for stamp in stamps]


def _sources(directory: Path, version: Path) -> tuple[str, ...]:
    try:
        stamp = index.read_stamp(directory, version)
        return tuple(str(document["source"]) for document in stamp["documents"])
    except (IndexProblem, KeyError, TypeError):
        return ()


def _merge(
    old: _Old, documents: Mapping[str, Document], glossary: Glossary | None
) -> tuple[list[Ingested], list[Entry]]:
    before = {entry.source: entry for entry in old.entries}
    results = []
    for source, document in documents.items():
        known = before.get(source)
        terms = glossary or (known.glossary if known else None)
        if known and known.document.id == document.id and known.glossary == terms:
            status: Status = "unchanged"
        else:
            status = "changed" if known else "added"
            before[source] = _entry(source, document, terms)
        results.append(Ingested(Path(source), document, status, len(before[source].passages)))
    if old.index is None:  # made anew: by the rules of this version, not of the one that made it
        before = {
            source: _entry(source, entry.document, entry.glossary)
            for source, entry in before.items()
        }
    return results, list(before.values())


def _entry(source: str, document: Document, glossary: Glossary | None) -> Entry:
    return Entry(source, document, chunk(document), Names.of(document, glossary), glossary)


def _replace(
    directory: Path,
    old: _Old,
    entries: Sequence[Entry],
    embedder: Embedder,
    progress: Progress,
    reached: versions.Reached,
) -> None:
    passages, sentences = _vectors(old, entries, embedder, progress)
    old.close()  # or its own lease would keep it when it is replaced
    with (
        versions.clear_write_errors(directory),
        versions.new_version(directory, reached) as version,
    ):
        progress("Writing", 0, 1)
        index.write(version, entries, passages, sentences, model=embedder.name, reached=reached)
    progress("Writing", 1, 1)


def _vectors(
    old: _Old, entries: Sequence[Entry], embedder: Embedder, progress: Progress
) -> tuple[Vectors, Vectors]:
    """The vectors of all passages and of all sentences; each text is encoded once."""
    kept = _kept(old, entries)
    texts = {
        text: None
        for entry in entries
        if entry.source not in kept
        for text in [*entry.passage_texts(), *entry.sentence_texts()]
    }
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("Embedding", done, len(texts))

    rows = {text: row for row, text in enumerate(texts)}
    encoded = embedder.encode(list(texts), advance) if texts else np.zeros((0, 0), np.float32)
    passages, sentences = [], []
    for entry in entries:
        if entry.source in kept:
            own, of_sentences = kept[entry.source]
        else:
            own = encoded[[rows[text] for text in entry.passage_texts()]]
            of_sentences = encoded[[rows[text] for text in entry.sentence_texts()]]
        passages.append(own)
        sentences.append(of_sentences)
    return np.concatenate(passages), np.concatenate(sentences)


def _kept(old: _Old, entries: Sequence[Entry]) -> dict[str, tuple[Vectors, Vectors]]:
    """The vectors of entries that are the very same as before."""
    if old.index is None:
        return {}
    same = {id(entry) for entry in entries}
    kept, first = {}, 0
    for entry in old.index.entries:
        count = len(entry.passages)
        if id(entry) in same and count:
            start = old.index.sentence_numbers(first).start
            end = old.index.sentence_numbers(first + count - 1).stop
            kept[entry.source] = (
                old.index.passage_vectors(range(first, first + count)),
                old.index.sentence_vectors(range(start, end)),
            )
        first += count
    return kept
