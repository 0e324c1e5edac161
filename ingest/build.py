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
    """What became of one file. `same_as`: the file whose text it has, and which stands for it; or ""."""

    source: Path
    document: Document
    status: Status
    passages: int
    same_as: str = ""


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
    alone: bool = False,
    progress: Progress = silent,
    wait: float = 0.0,
    reached: versions.Reached = _alive,
) -> list[Ingested]:
    """Read files into the index in a directory, which is made where it is missing.

    A file that was ingested before replaces its document, and keeps its glossary unless another is
    given; the other documents of the index stay. A file with the text of another one is not added.
    Where nothing changed, nothing is written. An index that is damaged, or of another version or
    embedding model, is made again. With `alone` the index holds these files only, whatever it held.

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
        old = old.only(documents) if alone else old
        try:
            results, entries = _merge(old, documents, glossary)
            old.refuse_losses(directory, documents, force=force)
            changed = any(result.status != "unchanged" for result in results)
            if old.index is None or changed or len(entries) != len(old.index.entries):
                _replace(directory, old, entries, embedder, progress, reached)
        finally:
            old.close()
    return results


def remove(directory: Path | str, document_id: str, *, embedder: Embedder | None = None) -> None:
    """Take one document out of an index that holds several (of several with this text the first).

    Raises `IndexMissing` where the index holds no such document, and like `Index.open`.
    """
    directory = Path(directory)
    embedder = embedder or Embedder()
    with versions.writing(directory, _alive):
        opened = Index.open(directory, model=embedder.name)
        old = _Old(opened.entries, opened, ())
        try:
            kept = list(opened.entries)
            gone = next((entry for entry in kept if entry.document.id == document_id), None)
            if gone is None or len(kept) == 1:
                raise IndexMissing(
                    f"the index in {directory} holds no such document, or no other; "
                    "remove the directory to remove the index"
                )
            kept.remove(gone)
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
        documents[_source(path)] = document
        progress("Reading", number + 1, len(paths))
    return documents


def _source(path: Path | str) -> str:
    """What a file is known by: its resolved path, with what is not UTF-8 in it spelt out."""
    return str(Path(path).resolve()).encode("utf-8", "backslashreplace").decode("utf-8")


@dataclass(frozen=True)
class _Old:
    """What the index held before: its entries as far as they can be read, its vectors if it is whole.

    `lost` are the sources of the documents that cannot be read any more; None where nobody knows them.
    """

    entries: tuple[Entry, ...]
    index: Index | None
    lost: tuple[str, ...] | None

    @classmethod
    def of(cls, directory: Path, model: str) -> _Old:
        try:
            opened = Index.open(directory, model=model)
        except IndexProblem:
            return cls.of_damaged(directory)
        return cls(opened.entries, opened, ())

    @classmethod
    def of_damaged(cls, directory: Path) -> _Old:
        standing = _standing(directory)
        for version in standing:
            entries = index.read_entries(version)
            if entries is not None:
                return cls(entries, None, ())
        stamped = (_sources(directory, version) for version in standing)
        nothing = () if not standing else None
        return cls((), None, next((lost for lost in stamped if lost is not None), nothing))

    def only(self, given: Mapping[str, Document]) -> _Old:
        """As if it had held nothing else than these sources."""
        kept = tuple(entry for entry in self.entries if entry.source in given)
        return _Old(kept, self.index, ())

    def refuse_losses(self, directory: Path, given: Mapping[str, Document], *, force: bool) -> None:
        """Raise `IndexDamaged` where a document that cannot be read any more is not given again."""
        if force:
            return
        if self.lost is None:
            raise IndexDamaged(
                f"the index in {directory} is damaged, and what it held cannot be told any more; "
                "name all its files again and use --force"
            )
        lost = [source for source in self.lost if source not in given]
        if lost:
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


def _sources(directory: Path, version: Path) -> tuple[str, ...] | None:
    """The sources that a version was stamped with, None where its stamp cannot be read."""
    try:
        stamp = index.read_stamp(directory, version)
        return tuple(str(document["source"]) for document in stamp["documents"])
    except (IndexProblem, KeyError, TypeError):
        return None


def _merge(
    old: _Old, documents: Mapping[str, Document], glossary: Glossary | None
) -> tuple[list[Ingested], list[Entry]]:
    """What becomes of each file, and the entries that the index is to hold."""
    held = {entry.source: entry for entry in old.entries}
    if old.index is None:  # made anew: by the rules of this version, not of the one that made it
        held = {source: _anew(entry, documents.get(source)) for source, entry in held.items()}
    results = [
        _merge_one(held, source, document, glossary) for source, document in documents.items()
    ]
    return results, list(held.values())


def _merge_one(
    held: dict[str, Entry], source: str, document: Document, glossary: Glossary | None
) -> Ingested:
    """Put one file into the entries, which are known by their sources."""
    known = held.get(source)
    same = _of_text(held, source, document.id)
    terms = glossary if glossary is not None else _glossary(same or known)
    if same is None:
        held[source] = entry = _entry(source, document, terms)
        return Ingested(
            Path(source), document, "changed" if known else "added", len(entry.passages)
        )
    status: Status = "unchanged"
    if same.glossary != terms:
        status = "changed"
        held[same.source] = _entry(same.source, same.document, terms)
    if same.source == source:
        return Ingested(Path(source), document, status, len(same.passages))
    if held.pop(source, None):  # it had a text of its own before
        status = "changed"
    return Ingested(Path(source), document, status, len(same.passages), same.document.name)


def _of_text(held: Mapping[str, Entry], source: str, document_id: str) -> Entry | None:
    """The entry that holds this text: that of the file itself rather than of another."""
    found = [entry for entry in held.values() if entry.document.id == document_id]
    return min(found, key=lambda entry: entry.source != source, default=None)


def _glossary(entry: Entry | None) -> Glossary | None:
    return entry.glossary if entry else None


def _anew(entry: Entry, given: Document | None) -> Entry:
    """The entry made again, from its file where that was read just now."""
    document = given if given and given.id == entry.document.id else entry.document
    return _entry(entry.source, document, entry.glossary)


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
        for text in [*entry.passage_texts, *entry.sentence_texts]
    }
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("Embedding", done, len(texts))

    rows = {text: row for row, text in enumerate(texts)}
    encoded = embedder.encode(list(texts), advance) if texts else np.zeros((0, 0), np.float32)
    if texts and any(own.shape[1] != encoded.shape[1] for own, _ in kept.values()):
        # Another model of the same name: nothing that the old one made can stay.
        return _vectors(_Old(old.entries, None, ()), entries, embedder, progress)
    passages, sentences = [], []
    for entry in entries:
        if entry.source in kept:
            own, of_sentences = kept[entry.source]
        else:
            own = encoded[[rows[text] for text in entry.passage_texts]]
            of_sentences = encoded[[rows[text] for text in entry.sentence_texts]]
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
