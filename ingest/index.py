"""One version of an index: written whole, opened checked, queried. The one file that knows Chroma.

stamp.json             what the version holds, and the digest of every file beside it
documents.json         the documents, their passages, names and glossaries
words.json             how often each word occurs: for spelling
sentences.npy          the vectors of all sentences, float16, shape (sentences, dimension)
bm25/passages, bm25/sentences
chroma/                the passages and their vectors
suggestions.json       questions that it answers: not stamped, written when all else is done
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from ingest import versions
from ingest.document import Document, Passage, Span
from ingest.dress import passage_text, sentence_text
from ingest.embed import DEFAULT_MODEL, Vectors
from ingest.errors import IndexDamaged, IndexMismatch, IndexProblem
from ingest.glossary import Glossary
from ingest.names import Names
from ingest.versions import Reached
from ingest.words import stems, tokens

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

FORMAT = 1
"""Raised whenever what a version holds, or how it is cut or dressed, changes."""

Numbers = NDArray[np.integer]
Postings = tuple[Numbers, NDArray[np.float32]]

_COLLECTION = "passages"
_SUGGESTIONS = "suggestions.json"
_NO_WORDS = ["\x00"]
_RUNNING = ("prose", "list")
_PROBED = 8
_SAME = 1e-3
_GOT_AT_ONCE = 1000


@dataclass(frozen=True)
class Entry:
    """A document as an index holds it. `source` is the path of its file, resolved."""

    source: str
    document: Document
    passages: tuple[Passage, ...]
    names: Names
    glossary: Glossary | None

    @cached_property
    def passage_texts(self) -> tuple[str, ...]:
        """What is embedded for each passage."""
        return tuple(passage_text(self.document, passage, self.names) for passage in self.passages)

    @cached_property
    def sentence_texts(self) -> tuple[str, ...]:
        """What is embedded for each sentence of each passage."""
        return tuple(
            sentence_text(self.document, passage, sentence, self.names)
            for passage in self.passages
            for sentence in passage.sentences
        )


@dataclass(frozen=True)
class _Stored:
    """An `Entry` as JSON."""

    source: str
    document: Document
    passages: tuple[Passage, ...]
    names: str
    glossary: str | None


_STORED = TypeAdapter(list[_Stored])


def write(
    version: Path,
    entries: Sequence[Entry],
    passage_vectors: Vectors,
    sentence_vectors: Vectors,
    *,
    model: str,
    reached: Reached,
) -> None:
    """Fill an empty directory with one version of an index.

    `passage_vectors` has a row for every passage of every entry in turn, `sentence_vectors` one for
    every sentence. Raises `OSError` where the place cannot be written to.
    """
    _write_entries(version, entries)
    reached("texts written")
    np.save(version / "sentences.npy", sentence_vectors.astype(np.float16))
    _write_chroma(version / "chroma", entries, passage_vectors)
    reached("vectors written")
    _write_words(version, entries)
    reached("words written")
    stamp = {
        "format": FORMAT,
        "model": model,
        "dimension": int(passage_vectors.shape[1]),
        "passages": len(passage_vectors),
        "sentences": len(sentence_vectors),
        "documents": [_summary(entry) for entry in entries],
        "files": _digests(version),
    }
    text = json.dumps(stamp, ensure_ascii=False, indent=1)
    (version / "stamp.json").write_text(text, encoding="utf-8")
    reached("stamp written")


def _summary(entry: Entry) -> dict[str, Any]:
    document = entry.document
    return {
        "id": document.id,
        "name": document.name,
        "title": document.title,
        "source": entry.source,
        "passages": len(entry.passages),
        "tables": len(document.tables),
        "references": len(document.references),
    }


def _write_entries(version: Path, entries: Sequence[Entry]) -> None:
    stored = [
        _Stored(
            entry.source,
            entry.document,
            entry.passages,
            entry.names.to_json(),
            entry.glossary.to_json() if entry.glossary else None,
        )
        for entry in entries
    ]
    (version / "documents.json").write_bytes(_STORED.dump_json(stored))


def _write_words(version: Path, entries: Sequence[Entry]) -> None:
    passages = [text for entry in entries for text in entry.passage_texts]
    sentences = [text for entry in entries for text in entry.sentence_texts]
    _write_bm25(version / "bm25" / "passages", passages)
    _write_bm25(version / "bm25" / "sentences", sentences)
    counts = Counter(token.text for text in passages for token in tokens(text))
    (version / "words.json").write_text(json.dumps(counts, ensure_ascii=False), encoding="utf-8")


def _write_bm25(folder: Path, texts: Iterable[str]) -> None:
    """BM25 as in Lucene (Kamphuis et al. 2020), scored when written (Lù 2024, arXiv:2407.03618)."""
    from bm25s import BM25

    folder.mkdir(parents=True)
    scorer = BM25()
    scorer.index([stems(text) or _NO_WORDS for text in texts], show_progress=False)
    scorer.save(folder, show_progress=False)


def _digests(version: Path) -> dict[str, str]:
    """The digest of every file of a version that does not change when it is opened."""
    found = {}
    for path in sorted(version.rglob("*")):
        place = path.relative_to(version)
        if path.is_file() and place.name != "stamp.json" and _is_settled(path, place):
            found[place.as_posix()] = _digest(path)
    return found


def _is_settled(path: Path, place: Path) -> bool:
    """Of Chroma's files only the vectors that it has put away; damaged ones would crash its native core."""
    if place.name.startswith(_SUGGESTIONS):  # also what a writer that died has left of it
        return False
    return place.parts[0] != "chroma" or (path.parent / "index_metadata.pickle").is_file()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _client(folder: Path) -> Client:
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    try:
        settings = Settings(anonymized_telemetry=False)
        client = chromadb.PersistentClient(path=str(folder), settings=settings)
        return cast("Client", client)  # which has a `close`; its declared type has none
    except BaseException:
        # Chroma keeps what failed to start, and would hand it out again for the same path.
        SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001
        raise


def _write_chroma(folder: Path, entries: Sequence[Entry], vectors: Vectors) -> None:
    folder.mkdir()
    try:
        client = _client(folder)
        try:
            collection = client.create_collection(
                _COLLECTION,
                configuration={
                    "hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200}
                },
                embedding_function=None,
            )
            _add(collection, entries, vectors, client.get_max_batch_size())
        finally:
            client.close()
    except OSError:
        raise
    except Exception as error:
        # Chroma's faults have no common ground with the operating system's; a full disk is one of them.
        raise OSError(str(error)) from error


def _add(collection: Collection, entries: Sequence[Entry], vectors: Vectors, batch: int) -> None:
    rows = [(entry.document, passage) for entry in entries for passage in entry.passages]
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        collection.add(
            ids=[str(number) for number in range(start, start + len(part))],
            embeddings=vectors[start : start + len(part)],
            documents=[document.quote(passage.span) for document, passage in part],
            metadatas=[
                {
                    "document": document.id,
                    "kind": passage.kind,
                    "start": passage.span.start,
                    "end": passage.span.end,
                }
                for document, passage in part
            ],
        )


@dataclass(frozen=True, slots=True)
class _Words:
    """The BM25 scores that bm25s wrote, by word: those of word i are the places `starts[i:i + 2]`.

    They are mapped, and only those of the words that are asked for are read.
    """

    ids: Mapping[str, int]
    starts: Numbers
    numbers: Numbers
    values: NDArray[np.float32]
    size: int

    @classmethod
    def read(cls, folder: Path) -> _Words:
        from bm25s import BM25

        scorer = BM25.load(folder, mmap=True, show_progress=False)
        stored = scorer.scores
        # As plain arrays: slicing a `memmap` takes ten times as long.
        starts, numbers, values = (
            np.asarray(stored[name]) for name in ("indptr", "indices", "data")
        )
        return cls(scorer.vocab_dict, starts, numbers, values, int(stored["num_docs"]))

    def postings(self, word: str) -> Postings:
        """Where a stem stands, and its score there."""
        at = self.ids.get(word) if word else None
        part = slice(0, 0) if at is None else slice(self.starts[at], self.starts[at + 1])
        return self.numbers[part], self.values[part]


class Index:
    """An open version of an index. Holds it until `close`, so that no writer removes it meanwhile."""

    def __init__(self, directory: Path, held: versions.Lease, stamp: Mapping[str, Any]) -> None:
        self.directory = directory
        self._held = held
        self._stamp = stamp
        self.entries = _read_entries(held.version)
        self.documents = tuple(entry.document for entry in self.entries)
        self.passages = tuple(
            (entry, passage) for entry in self.entries for passage in entry.passages
        )
        counts = (len(passage.sentences) for _, passage in self.passages)
        self._first_sentence = list(accumulate(counts, initial=0))
        self._sentence_vectors: NDArray[np.float16] = np.load(
            held.version / "sentences.npy", mmap_mode="r"
        )
        self._client = _client(held.version / "chroma")

    @classmethod
    def open(cls, directory: Path | str, *, model: str | None = None) -> Index:
        """Open the current version of an index and check that it is whole.

        `model` is the embedding model that questions will be encoded with, None for the default.
        Raises `IndexMissing`, `IndexDamaged` and `IndexMismatch`, each naming the command that mends.
        """
        directory = Path(directory)
        held = versions.lease(directory)
        try:
            stamp = read_stamp(directory, held.version)
            _check_stamp(directory, stamp, model or DEFAULT_MODEL)
            return _opened(cls, directory, held, stamp)
        except BaseException:
            held.release()
            raise

    def close(self) -> None:
        """Let the version go."""
        self._client.close()
        self._held.release()

    # Which questions the index answers is known only once it answers, so they cannot be part of what is
    # stamped. To open a version before it is current would take a second way of opening, and a fault in
    # the answering would cost the index. One file more, put in its place at once, costs nothing when it
    # is missing, late, or damaged: then there are no suggestions.

    @property
    def suggestions(self) -> bytes:
        """What `keep_suggestions` kept with this version, as it may be after damage; b"" for nothing."""
        try:
            return (self._held.version / _SUGGESTIONS).read_bytes()
        except OSError:
            return b""

    def keep_suggestions(self, data: bytes) -> bool:
        """Keep data beside this version, whole or not at all. False where it cannot be written."""
        draft = self._held.version / f"{_SUGGESTIONS}.{uuid.uuid4().hex}"
        try:
            draft.write_bytes(data)
            draft.replace(self._held.version / _SUGGESTIONS)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            return False
        return True

    @property
    def size(self) -> int:
        """How many passages there are."""
        return len(self.passages)

    def passage(self, number: int) -> tuple[Document, Passage]:
        """A passage by its number, with its document."""
        entry, passage = self.passages[number]
        return entry.document, passage

    def context(self, number: int) -> tuple[Span | None, Span | None, int]:
        """What stands around a passage of running text within its section.

        The sentence before it, the sentence after it, and how many sentences of the section come before
        it; (None, None, 0) for rows, tables, figures and references.
        """
        return self._contexts[number]

    @cached_property
    def _contexts(self) -> list[tuple[Span | None, Span | None, int]]:
        found: list[tuple[Span | None, Span | None, int]] = [(None, None, 0)] * len(self.passages)
        last: tuple[str, int] | None = None
        previous, position = -1, 0
        for number, (entry, passage) in enumerate(self.passages):
            if passage.kind not in _RUNNING:
                continue
            place = (entry.source, passage.section)
            if place != last:
                last, previous, position = place, -1, 0
            before = None
            if previous >= 0:
                neighbour = self.passages[previous][1]
                before = neighbour.sentences[-1]
                found[previous] = (found[previous][0], passage.sentences[0], found[previous][2])
            found[number] = (before, None, position)
            previous, position = number, position + len(passage.sentences)
        return found

    def names(self) -> tuple[Names, ...]:
        """The names that each document knows."""
        return tuple(entry.names for entry in self.entries)

    @cached_property
    def _collection(self) -> Collection:
        return self._client.get_collection(_COLLECTION, embedding_function=None)

    @cached_property
    def word_counts(self) -> Mapping[str, int]:
        """How often each word occurs."""
        text = (self._held.version / "words.json").read_text(encoding="utf-8")
        counts: dict[str, int] = json.loads(text)
        return counts

    def nearest(self, vector: NDArray[np.float32], k: int) -> tuple[list[int], list[float]]:
        """The passages nearest to a unit vector: their numbers, and their cosines, best first.

        Raises `IndexMismatch` for a vector of another dimension than the index's.
        """
        dimension = self._sentence_vectors.shape[1]
        if len(vector) != dimension:
            raise IndexMismatch(
                f"the index in {self.directory} was made with another embedding model of this name, of "
                f"{dimension} dimensions in place of {len(vector)}; make it again with: "
                f"footnote ingest FILE --index {self.directory}"
            )
        k = min(k, len(self.passages))
        found = self._collection.query(
            query_embeddings=vector[None, :], n_results=k, include=["distances"]
        )
        distances = found["distances"] or [[]]
        return [int(key) for key in found["ids"][0]], [1 - distance for distance in distances[0]]

    def passage_postings(self, word: str) -> Postings:
        """The passages that have a stem, in rising order, and the BM25 score of each for it."""
        return self._passage_words.postings(word)

    def sentence_postings(self, word: str) -> Postings:
        """The sentences that have a stem, in rising order, and the BM25 score of each for it."""
        return self._sentence_words.postings(word)

    def sentence_numbers(self, passage: int) -> range:
        """The numbers of the sentences of a passage, in the order of its `sentences`."""
        return range(self._first_sentence[passage], self._first_sentence[passage + 1])

    def sentence_vectors(self, numbers: Sequence[int] | Numbers) -> NDArray[np.float32]:
        """The unit vectors of some sentences: shape (sentences, dimension)."""
        stored = self._sentence_vectors[np.asarray(numbers, dtype=np.int64)]
        return stored.astype(np.float32)

    def passage_vectors(self, numbers: Sequence[int]) -> Vectors:
        """The unit vectors of some passages: shape (passages, dimension)."""
        keys = [str(number) for number in numbers]
        by_key: dict[str, Any] = {}
        for start in range(0, len(keys), _GOT_AT_ONCE):
            part = keys[start : start + _GOT_AT_ONCE]
            found = self._collection.get(ids=part, include=["embeddings"])
            embeddings = found["embeddings"]
            by_key.update(zip(found["ids"], () if embeddings is None else embeddings, strict=True))
        return np.asarray([by_key[key] for key in keys], dtype=np.float32)

    def sample(self) -> tuple[str, NDArray[np.float32]] | None:
        """The text of one sentence as it was embedded, with its vector to 16 bits; None of no text."""
        if not self.passages:
            return None
        entry, passage = self.passages[0]
        lengths = [span.end - span.start for span in passage.sentences]
        shortest = lengths.index(min(lengths))
        text = sentence_text(entry.document, passage, passage.sentences[shortest], entry.names)
        return text, self.sentence_vectors([shortest])[0]

    @cached_property
    def _passage_words(self) -> _Words:
        return _Words.read(self._held.version / "bm25" / "passages")

    @cached_property
    def _sentence_words(self) -> _Words:
        return _Words.read(self._held.version / "bm25" / "sentences")

    def check(self) -> None:
        """Compare the stamp with what Chroma returns. Raises `IndexDamaged`.

        Chroma still counts its records when its vectors are gone, so a few are looked for by meaning.
        """
        count = len(self.passages)
        if not count == self._stamp["passages"] == self._collection.count():
            raise _damaged(self.directory, "passages are missing")
        if self._sentence_vectors.shape != (self._first_sentence[-1], self._stamp["dimension"]):
            raise _damaged(self.directory, "sentence vectors are missing")
        probes = sorted({round(at * (count - 1) / _PROBED) for at in range(_PROBED + 1)})
        vectors = self.passage_vectors(probes)
        for vector in vectors:
            _, cosines = self.nearest(vector, 1)
            if not cosines or cosines[0] < 1 - _SAME:
                raise _damaged(self.directory, "vectors are missing")


def _opened(
    cls: type[Index], directory: Path, held: versions.Lease, stamp: Mapping[str, Any]
) -> Index:
    """The index, checked. Chroma's faults reach past `Exception`: its core is native."""
    if stamp.get("files") != _digests(held.version):
        raise _damaged(directory, "its files were changed")
    try:
        index = cls(directory, held, stamp)
        try:
            index.check()
        except BaseException:
            index.close()
            raise
    except (IndexProblem, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise _damaged(
            directory, str(error).splitlines()[0] if str(error) else repr(error)
        ) from error
    return index


def _read_entries(version: Path) -> tuple[Entry, ...]:
    stored = _STORED.validate_json((version / "documents.json").read_bytes())
    return tuple(
        Entry(
            item.source,
            item.document,
            item.passages,
            Names.from_json(item.names),
            Glossary.from_json(item.glossary) if item.glossary else None,
        )
        for item in stored
    )


def read_entries(version: Path) -> tuple[Entry, ...] | None:
    """The entries of a version that may be damaged or of another format: None where they are lost."""
    try:
        return _read_entries(version) if _is_as_stamped(version) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _is_as_stamped(version: Path) -> bool:
    """Whether the texts are those that the stamp was put on; where it is lost, they count as such."""
    try:
        stamp = json.loads((version / "stamp.json").read_text(encoding="utf-8"))
        return bool(stamp["files"]["documents.json"] == _digest(version / "documents.json"))
    except (ValueError, KeyError, TypeError, FileNotFoundError):
        return True


def read_stamp(directory: Path, version: Path) -> dict[str, Any]:
    """What a version says of itself. Raises `IndexDamaged`."""
    try:
        stamp = json.loads((version / "stamp.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _damaged(directory, f"its stamp cannot be read ({error})") from None
    if not isinstance(stamp, dict):
        raise _damaged(directory, "its stamp is no stamp")
    return stamp


def _check_stamp(directory: Path, stamp: Mapping[str, Any], model: str) -> None:
    if stamp.get("format") != FORMAT:
        raise IndexMismatch(
            f"the index in {directory} was made by another version of Footnote; "
            f"make it again with: footnote ingest FILE --index {directory}"
        )
    if stamp.get("model") != model:
        raise IndexMismatch(
            f"the index in {directory} was made with the embedding model {stamp.get('model')!r}, not "
            f"{model!r}; set FOOTNOTE_EMBEDDING_MODEL to it, or make the index again with: "
            f"footnote ingest FILE --index {directory}"
        )


def _damaged(directory: Path, what: str) -> IndexDamaged:
    return IndexDamaged(
        f"the index in {directory} is damaged: {what}; "
        f"make it again with: footnote ingest FILE --index {directory}"
    )
