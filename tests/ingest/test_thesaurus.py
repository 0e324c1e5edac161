"""Words that mean nearly the same are near, and the same word in another form is the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.thesaurus import TextWords, content_words, thesaurus


def likeness(word: str, text: str) -> float:
    known = thesaurus()
    return float(known.likeness([word], [TextWords(text, known)])[0, 0])


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [
        ("nations", "many countries", "many violins"),
        ("yearly", "an annual fair", "a wooden fair"),
        ("stages", "four phases", "four boats"),
        ("began", "it started", "it sank"),
    ],
)
def test_like_words_are_nearer_than_others(word: str, near: str, far: str) -> None:
    assert likeness(word, near) > 0.3 > likeness(word, far)


@pytest.mark.parametrize(
    ("word", "text"), [("towers", "a tower"), ("painted", "to paint"), ("qqxyz", "the Qqxyz")]
)
def test_another_form_of_a_word_is_the_word(word: str, text: str) -> None:
    assert likeness(word, text) == 1.0


def test_shapes_without_words_or_texts() -> None:
    known = thesaurus()
    assert known.likeness([], [TextWords("a tower", known)]).shape == (0, 1)
    assert known.likeness(["tower"], []).shape == (1, 0)
    assert known.likeness(["tower"], [TextWords("", known)]).tolist() == [[0.0]]


@given(st.lists(st.text(max_size=20), max_size=4), st.lists(st.text(max_size=60), max_size=4))
def test_likeness_lies_between_0_and_1(words: list[str], texts: list[str]) -> None:
    known = thesaurus()
    asked = [word for text in words for word in content_words(text)]
    found = known.likeness(asked, [TextWords(text, known) for text in texts])
    assert found.shape == (len(asked), len(texts))
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
