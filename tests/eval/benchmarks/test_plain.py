"""The plain pipeline answers with whole chunks that stand where they say."""

from __future__ import annotations

from eval.benchmarks.plain import CHUNK, PlainPipeline
from eval.run import run
from eval.schema import Gold
from ingest.load import load
from tests.conftest import EDITION


def test_it_answers_with_the_nearest_chunk_and_is_scored_like_any_other() -> None:
    plain = PlainPipeline(load(EDITION))
    golds = [
        Gold(
            id="a",
            question="Where is APSCO's seat?",
            category="c",
            answerable=True,
            answer=(("Beijing",),),
        ),
        Gold(id="b", question="How tall is Mount Everest?", category="c", answerable=False),
    ]
    seat, mountain = run(plain, golds).questions
    assert seat.right
    assert seat.answer is not None
    assert len(seat.answer.citations[0].quote) <= CHUNK
    assert seat.scores["quote_validity"] == 1
    assert mountain.fault == "invented"


def test_with_a_threshold_it_abstains() -> None:
    plain = PlainPipeline(load(EDITION), threshold=0.99)
    assert plain.ask("Where is APSCO's seat?").abstained
