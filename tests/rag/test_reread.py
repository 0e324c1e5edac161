"""A second reading: question and sentence together."""

from __future__ import annotations

import logging

import numpy as np
import pytest

from ingest.embed import model_folder
from ingest.encode import NumpyEncoder
from rag import Chatbot, pipeline
from rag.reread import Rereader, worded

SENTENCES = [
    ("The lighthouse was painted red because grey towers vanish in fog.", "", "Orm"),
    ("The lamp burns about 300 litres of oil a year.", "", "Orm"),
    ("It was built in 1874 by Ada Brandt, an engineer.", "The tower stands on a cape.", "Orm"),
    ("The keeper's garden is known for its roses.", "", "Orm"),
]


@pytest.fixture(scope="module")
def rereader() -> Rereader:
    return Rereader(NumpyEncoder(model_folder()))


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("For what reason did they choose that colour?", 0),
        ("how much fuel does it take every twelve months", 1),
        ("Which woman designed the tower?", 2),
    ],
)
def test_a_paraphrase_is_recognised_where_no_word_is_shared(
    rereader: Rereader, question: str, right: int
) -> None:
    scores = rereader(question, SENTENCES, np.zeros(len(SENTENCES), dtype=np.float32))
    assert int(scores.argmax()) == right


def test_a_sentence_is_judged_alike_whatever_is_read_beside_it(rereader: Rereader) -> None:
    question = "Who built it?"
    together = rereader(question, SENTENCES, np.zeros(len(SENTENCES), dtype=np.float32))
    alone = [rereader(question, [each], np.zeros(1, dtype=np.float32))[0] for each in SENTENCES]
    assert together == pytest.approx(np.array(alone), abs=1e-4)


def test_the_score_before_counts(rereader: Rereader) -> None:
    low, high = (
        rereader("Who built it?", SENTENCES[:1], np.array([score], dtype=np.float32))[0]
        for score in (-2.0, 2.0)
    )
    assert low < high


def test_a_sentence_that_leans_on_another_is_read_with_it() -> None:
    assert worded(*SENTENCES[2]) == f"Orm: {SENTENCES[2][1]} {SENTENCES[2][0]}"
    assert worded(*SENTENCES[0]) == f"Orm: {SENTENCES[0][0]}"


def test_layers_without_changes_are_those_of_the_model() -> None:
    encoder = NumpyEncoder(model_folder())
    text = "The lamp burns about 300 litres of oil a year."
    states = encoder.above(2, {})(encoder.states(text, 2, 100), [slice(None)])
    mean = states.mean(axis=0)
    assert mean / np.linalg.norm(mean) == pytest.approx(encoder.encode([text])[0], abs=1e-5)


def test_a_long_text_keeps_its_mark_of_the_end() -> None:
    encoder = NumpyEncoder(model_folder())
    assert len(encoder.states("lamp " * 100, 1, 12)) == 12


def test_without_a_second_reading_questions_are_still_answered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def unfit(_: object, learned: str) -> Rereader:
        raise ValueError(f"what was learned for {learned} is not whole")

    monkeypatch.setattr(pipeline, "Rereader", unfit)
    with caplog.at_level(logging.WARNING):
        chatbot = Chatbot.open()
    answer = chatbot.ask("Where is APSCO's seat?")
    chatbot.close()
    assert not answer.abstained
    said = [each.getMessage() for each in caplog.records if "second time" in each.getMessage()]
    assert said[0] == (
        "sentences are not read a second time, so more is withheld (what was learned for sentences is not whole)"
    )
    assert len(said) <= 2  # once for sentences, once for tables
