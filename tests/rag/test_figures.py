"""Questions about figures: their captions, told by number or place."""

from __future__ import annotations

import pytest

from ingest.load import parse
from rag import figures

CAPTIONS = (
    "Figure 1. The harbour before the storm (drawing: O. Vell)",
    "Figure 2. Ferries by year",
)
DOCUMENT = parse(
    f"# Harbour\n\nThe quay is old. It was mended twice.\n\n{CAPTIONS[0]}\n\nThe ferries came late.\n\n{CAPTIONS[1]}\n",
    name="harbour.md",
)


@pytest.mark.parametrize(
    ("question", "captions"),
    [
        ("Who drew the first figure?", CAPTIONS[:1]),
        ("What does Figure 2 show?", CAPTIONS[1:]),
        ("what's fig. 1 about", CAPTIONS[:1]),
        ("Describe the last chart.", CAPTIONS[1:]),
        ("Which figures are there?", CAPTIONS),
        ("Are there any pictures?", CAPTIONS),
    ],
)
def test_a_caption_is_cited(question: str, captions: tuple[str, ...]) -> None:
    draft = figures.answer(question, [DOCUMENT])
    assert draft is not None
    assert tuple(claim.text for claim in draft.claims) == captions
    assert all(DOCUMENT.quote(claim.span) == claim.text for claim in draft.claims)


@pytest.mark.parametrize(
    "question",
    ["What does Figure 7 show?", "Who figured it out?", "What figure did they name?", "Who is the first minister?",
     "What does the figure show?", "Which figures does the table give for 2020?"],
)  # fmt: skip
def test_other_questions_are_left_to_others(question: str) -> None:
    assert figures.answer(question, [DOCUMENT]) is None
