"""An index answers as brute force does, and says when it is damaged and what mends it."""

from __future__ import annotations

import json
import math
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import chromadb
import numpy as np
import pytest
from chromadb.api import ClientAPI
from chromadb.api.client import Client
from chromadb.config import Settings

from ingest.build import ingest
from ingest.dress import sentence_text
from ingest.embed import Embedder, Vectors
from ingest.errors import IndexDamaged, IndexMismatch, IndexMissing, IndexProblem
from ingest.glossary import Glossary
from ingest.index import Index
from ingest.words import stems, tokens
from tests.ingest.dying_writer import TinyEmbedder

# --- agreement with brute force, on the article and with the real model --------------------------

QUERIES = (
    "Which countries have signed the agreement?",
    "when was the station announced",
    "legal framework of cooperation in outer space",
    "Africa",
    "How much does a cup of coffee cost?",
)


@pytest.fixture(scope="module")
def index(article_index: Path) -> Iterator[Index]:
    opened = Index.open(article_index)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def passage_texts(index: Index) -> list[str]:
    return [text for entry in index.entries for text in entry.passage_texts]


@pytest.fixture(scope="module")
def sentence_texts(index: Index) -> list[str]:
    return [text for entry in index.entries for text in entry.sentence_texts]


@pytest.fixture(scope="module")
def passage_vectors(index: Index) -> Vectors:
    return index.passage_vectors(range(len(index.passages)))


def lucene_bm25(texts: Sequence[str], word: str) -> list[float]:
    """BM25 with k1 = 1.5 and b = 0.75, idf as in Lucene, straight from the formula."""
    split = [stems(text) for text in texts]
    mean = sum(max(len(words), 1) for words in split) / len(split)
    having = sum(word in words for words in split)
    idf = math.log(1 + (len(split) - having + 0.5) / (having + 0.5))
    counts = [words.count(word) for words in split]
    lengths = [0.25 + 0.75 * len(words) / mean for words in split]
    return [
        idf * count / (count + 1.5 * length) for count, length in zip(counts, lengths, strict=True)
    ]


def test_the_nearest_are_those_of_brute_force(
    index: Index, embedder: Embedder, passage_vectors: Vectors
) -> None:
    for vector in embedder.encode(QUERIES):
        cosines = passage_vectors @ vector
        best = np.argsort(-cosines)[:20]
        found, scores = index.nearest(vector, 20)
        assert scores == pytest.approx(cosines[best], abs=1e-4)
        assert scores == pytest.approx(cosines[found], abs=1e-4)
        assert len(set(found)) == 20


def test_all_can_be_had_as_the_nearest(index: Index, passage_vectors: Vectors) -> None:
    count = len(index.passages)
    found, scores = index.nearest(passage_vectors[0], count + 10)
    assert sorted(found) == list(range(count))
    assert scores == sorted(scores, reverse=True)


def test_the_stored_vectors_are_those_of_the_texts(
    index: Index, embedder: Embedder, passage_texts: list[str], sentence_texts: list[str]
) -> None:
    """Of every tenth, in an order of its own: encoding takes its time."""
    some = list(range(len(passage_texts) - 1, -1, -10))
    vectors = embedder.encode([passage_texts[number] for number in some])
    assert index.passage_vectors(some) == pytest.approx(vectors, abs=1e-5)
    some = list(range(len(sentence_texts) - 1, -1, -10))
    vectors = embedder.encode([sentence_texts[number] for number in some])
    assert index.sentence_vectors(some).dtype == np.float32
    assert index.sentence_vectors(some) == pytest.approx(vectors, abs=1e-3)


def test_word_scores_are_those_of_the_formula(
    index: Index, passage_texts: list[str], sentence_texts: list[str]
) -> None:
    for word in {word for query in QUERIES for word in stems(query)}:
        for texts, search in (
            (passage_texts, index.passage_postings),
            (sentence_texts, index.sentence_postings),
        ):
            expected = lucene_bm25(texts, word)
            numbers, scores = search(word)
            assert numbers.tolist() == [number for number, score in enumerate(expected) if score]
            assert scores == pytest.approx([expected[number] for number in numbers], abs=1e-4)


@pytest.mark.parametrize("word", ["xyzzy", "", "\x00"])
def test_a_word_that_nothing_holds_stands_nowhere(index: Index, word: str) -> None:
    for search in (index.passage_postings, index.sentence_postings):
        numbers, scores = search(word)
        assert (len(numbers), len(scores)) == (0, 0)


def test_word_counts_are_those_of_the_passages(index: Index, passage_texts: list[str]) -> None:
    counts = Counter(token.text for text in passage_texts for token in tokens(text))
    assert index.word_counts == counts


def test_sentences_are_numbered_in_the_order_of_their_passages(
    index: Index, sentence_texts: list[str]
) -> None:
    after = 0
    for number in range(len(index.passages)):
        document, passage = index.passage(number)
        numbers = index.sentence_numbers(number)
        assert (numbers.start, len(numbers)) == (after, len(passage.sentences))
        for at, sentence in zip(numbers, passage.sentences, strict=True):
            names = index.entries[0].names
            assert sentence_texts[at] == sentence_text(document, passage, sentence, names)
        after = numbers.stop
    assert after == len(sentence_texts)


def test_chroma_holds_the_source_of_every_passage(index: Index) -> None:
    found = index._collection.get(include=["documents", "metadatas"])
    assert len(found["ids"]) == len(index.passages)
    for key, text, said in zip(
        found["ids"], found["documents"] or [], found["metadatas"] or [], strict=True
    ):
        document, passage = index.passage(int(key))
        assert text == document.quote(passage.span)
        assert said["document"] == document.id
        assert (said["start"], said["end"]) == (passage.span.start, passage.span.end)


# --- damage --------------------------------------------------------------------------------------
# With the tiny embedder: it is not the vectors' meaning that is lost here.

LAMPS = (
    "# Lamps\n\nA lamp burns oil. It burns for nine hours.\n\n"
    "| Lamp | Hours |\n|---|---|\n| Davy | 10 |\n| Argand | 7 |\n"
)
TIDES = "# Tides\n\nThe sea rises twice a day. The moon pulls it.\n"


@dataclass(frozen=True)
class Made:
    """An index of two files."""

    directory: Path
    lamps: Path
    tides: Path

    @property
    def version(self) -> Path:
        return self.directory / "versions" / (self.directory / "CURRENT").read_text("utf-8")

    def texts(self) -> list[str]:
        """The texts of the index, which is opened with all its checks."""
        index = Index.open(self.directory, model="tiny")
        try:
            assert index.entries[0].glossary is not None
            for number, vector in enumerate(TinyEmbedder().encode(index.entries[0].passage_texts)):
                assert index.nearest(vector, 1)[0] == [number]
            return [document.text for document in index.documents]
        finally:
            index.close()

    def refusal(self, model: str = "tiny") -> IndexProblem:
        """The error with which it cannot be opened. Asked twice, so that nothing is left half open."""
        self._refused(model)
        return self._refused(model)

    def _refused(self, model: str) -> IndexProblem:
        with pytest.raises(IndexProblem) as caught:
            Index.open(self.directory, model=model)
        message = str(caught.value)
        assert f"footnote ingest FILE --index {self.directory}" in message
        assert "\n" not in message
        assert not list((self.directory / "leases").iterdir())
        return caught.value


def make(place: Path, lamps: str) -> Made:
    made = Made(place / "index", place / "lamps.md", place / "tides.md")
    made.lamps.write_text(lamps, "utf-8")
    made.tides.write_text(TIDES, "utf-8")
    (place / "glossary.json").write_text('{"terms": [{"term": "lantern", "also": ["lamp"]}]}')
    glossary = Glossary.load(place / "glossary.json")
    ingest([made.lamps], made.directory, embedder=TinyEmbedder(), glossary=glossary)
    ingest([made.tides], made.directory, embedder=TinyEmbedder())
    return made


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("small"), LAMPS)


@pytest.fixture
def made(original: Made, tmp_path: Path) -> Made:
    """A copy, to be damaged."""
    shutil.copytree(original.directory, tmp_path / "index")
    return Made(tmp_path / "index", original.lamps, original.tides)


def flip_last_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def restamp(version: Path, **changes: object) -> None:
    stamp = json.loads((version / "stamp.json").read_text("utf-8"))
    (version / "stamp.json").write_text(json.dumps(stamp | changes), "utf-8")


@contextmanager
def chroma(version: Path) -> Iterator[ClientAPI]:
    client = chromadb.PersistentClient(
        str(version / "chroma"), settings=Settings(anonymized_telemetry=False)
    )
    with cast("Client", client):
        yield client


def delete_records(version: Path) -> None:
    with chroma(version) as client:
        client.get_collection("passages", embedding_function=None).delete(["1"])


def drop_collection(version: Path) -> None:
    with chroma(version) as client:
        client.delete_collection("passages")


def empty_the_queue(version: Path) -> None:
    """Lose the vectors that Chroma keeps in its database, and none of the records."""
    with closing(sqlite3.connect(version / "chroma" / "chroma.sqlite3")) as database, database:
        database.execute("DELETE FROM embeddings_queue")


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def remove_vector_folder(version: Path) -> None:
    [folder] = (path for path in (version / "chroma").iterdir() if path.is_dir())
    shutil.rmtree(folder)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


POINTER_DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "garbage": lambda path: path.write_bytes(b"\xff\xfe\x00garbage"),
    "another version": lambda path: path.write_text("20200101T000000-00000000"),
    "leading out": lambda path: path.write_text("../.."),
    "a directory": make_directory,
}

VERSION_DAMAGE: dict[str, Callable[[Path], object]] = {
    "stamp missing": lambda version: (version / "stamp.json").unlink(),
    "stamp not JSON": lambda version: (version / "stamp.json").write_text("{", "utf-8"),
    "stamp no object": lambda version: (version / "stamp.json").write_text("[]", "utf-8"),
    "stamp empty": lambda version: (version / "stamp.json").write_text("{}", "utf-8"),
    "other format": lambda version: restamp(version, format=0),
    "other model": lambda version: restamp(version, model="another"),
    "other count": lambda version: restamp(version, passages=99),
    "no digests": lambda version: restamp(version, files=None),
    "sentence vector changed": lambda version: flip_last_byte(version / "sentences.npy"),
    "sentence vectors missing": lambda version: (version / "sentences.npy").unlink(),
    "BM25 file missing": lambda version: next((version / "bm25").rglob("*.npy")).unlink(),
    "BM25 missing": lambda version: shutil.rmtree(version / "bm25"),
    "words missing": lambda version: (version / "words.json").unlink(),
    "words changed": lambda version: (version / "words.json").write_text("{}", "utf-8"),
    "file added": lambda version: (version / "more.json").write_text("{}", "utf-8"),
    "Chroma missing": lambda version: shutil.rmtree(version / "chroma"),
    "database missing": lambda version: (version / "chroma" / "chroma.sqlite3").unlink(),
    "database empty": lambda version: (version / "chroma" / "chroma.sqlite3").write_bytes(b""),
    "database truncated": lambda version: truncate(version / "chroma" / "chroma.sqlite3"),
    "database garbage": lambda version: (version / "chroma" / "chroma.sqlite3").write_bytes(
        b"garbage" * 9999
    ),
    "records deleted": delete_records,
    "collection dropped": drop_collection,
    "vectors deleted": empty_the_queue,
}


@pytest.mark.parametrize("damage", POINTER_DAMAGE)
def test_a_damaged_pointer_is_told_and_mended(made: Made, damage: str) -> None:
    POINTER_DAMAGE[damage](made.directory / "CURRENT")
    assert isinstance(made.refusal(), IndexMissing if damage == "missing" else IndexDamaged)
    if damage == "a directory":
        (made.directory / "CURRENT").rmdir()  # whatever else somebody laid there is not ours
    ingest([made.tides], made.directory, embedder=TinyEmbedder())
    assert made.texts() == [LAMPS, TIDES]  # no other document is lost for it
    assert len(list((made.directory / "versions").iterdir())) == 1


@pytest.mark.parametrize("damage", VERSION_DAMAGE)
def test_a_damaged_version_is_told_and_mended(made: Made, damage: str) -> None:
    VERSION_DAMAGE[damage](made.version)
    mismatch = damage in ("other format", "other model", "stamp empty")
    assert isinstance(made.refusal(), IndexMismatch if mismatch else IndexDamaged)
    ingest([made.tides], made.directory, embedder=TinyEmbedder())
    assert made.texts() == [LAMPS, TIDES]


TEXT_DAMAGE: dict[str, Callable[[Path], object]] = {
    "missing": lambda path: path.unlink(),
    "truncated": truncate,
    "a letter changed": lambda path: path.write_bytes(path.read_bytes().replace(b"oil", b"old")),
    "of another shape": lambda path: path.write_text('[{"source": 1}]', "utf-8"),
}


@pytest.mark.parametrize("damage", TEXT_DAMAGE)
def test_lost_texts_are_not_given_up_unasked(made: Made, damage: str) -> None:
    TEXT_DAMAGE[damage](made.version / "documents.json")
    assert isinstance(made.refusal(), IndexDamaged)
    pointer = (made.directory / "CURRENT").read_text("utf-8")
    with pytest.raises(IndexDamaged, match=f"would lose {made.lamps}.*--force"):
        ingest([made.tides], made.directory, embedder=TinyEmbedder())
    assert (made.directory / "CURRENT").read_text("utf-8") == pointer
    [result] = ingest([made.tides], made.directory, embedder=TinyEmbedder(), force=True)
    assert result.status == "added"
    index = Index.open(made.directory, model="tiny")
    assert [document.text for document in index.documents] == [TIDES]
    index.close()


def test_lost_texts_come_back_with_their_files(made: Made) -> None:
    truncate(made.version / "documents.json")
    glossary = Glossary.load(made.lamps.parent / "glossary.json")
    files = [made.lamps, made.tides]
    ingest(files, made.directory, embedder=TinyEmbedder(), glossary=glossary)
    assert made.texts() == [LAMPS, TIDES]


def test_another_model_is_told_with_its_name(made: Made) -> None:
    message = str(made.refusal("all-MiniLM-L6-v2"))
    assert "'tiny', not 'all-MiniLM-L6-v2'" in message
    assert "FOOTNOTE_EMBEDDING_MODEL" in message
    assert made.texts() == [LAMPS, TIDES]


def test_a_fault_of_chroma_does_not_stay_when_it_is_gone(made: Made) -> None:
    """Chroma keeps a client that failed to start, and would hand it out for the same path."""
    database = made.version / "chroma" / "chroma.sqlite3"
    aside = database.rename(database.with_name("aside"))
    database.mkdir()
    made._refused("tiny")  # once: Chroma itself forgets it at the second failure
    database.rmdir()
    aside.rename(database)
    assert made.texts() == [LAMPS, TIDES]


def test_a_small_index_does_without_its_vector_folder(made: Made) -> None:
    """Chroma has all of it in its database still: no damage, and the answers are the same."""
    remove_vector_folder(made.version)
    assert made.texts() == [LAMPS, TIDES]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """More passages than Chroma keeps outside its vector folder (1,000)."""
    text = "# Lamps\n\n" + "\n\n".join(
        f"Lamp {number} burns {number} hours." for number in range(1200)
    )
    return make(tmp_path_factory.mktemp("large"), text + "\n")


FOLDER_DAMAGE: dict[str, Callable[[Path], object]] = {
    "folder missing": shutil.rmtree,
    "vectors truncated": lambda folder: truncate(folder / "data_level0.bin"),
    "links changed": lambda folder: flip_last_byte(folder / "link_lists.bin"),
    "labels missing": lambda folder: (folder / "index_metadata.pickle").unlink(),
}


@pytest.mark.parametrize("damage", FOLDER_DAMAGE)
def test_damaged_vectors_of_a_large_index_are_told_and_mended(large: Made, damage: str) -> None:
    whole = large.texts()
    [folder] = (path for path in (large.version / "chroma").iterdir() if path.is_dir())
    FOLDER_DAMAGE[damage](folder)
    assert isinstance(large.refusal(), IndexDamaged)
    ingest([large.lamps], large.directory, embedder=TinyEmbedder())
    assert large.texts() == whole
