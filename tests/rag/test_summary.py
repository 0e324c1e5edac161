"""Summaries: the article's own abstract or conclusion where it has one, else its central sentences."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.document import Document
from ingest.load import load, parse
from rag import summary
from rag.answer import Draft, read
from rag.pipeline import cited
from rag.verify import verify

REPORT = parse(
    """# Harbour report

## Abstract

Trade in the harbour of Vell grew for forty years [2]. It then fell, since ships grew too deep.

## History

The harbour of Vell was opened by Queen Ada. Many ships came for the salt of the northern coast.

## Conclusions and outlook

The harbour of Vell must be dredged or it will close. A deeper channel would bring the ships back.
Without ships the salt trade of Vell has no future at all.

## Acknowledgements

The author thanks the town of Orm for the loan of its boats and for much good fish soup.

## References

[1] Brandt, E. (1990). Salt. Press.

[2] Dahl, P. (1991). Ships. Press.
""",
    name="report.md",
)
POST = parse(
    """Bees in the city

Bees do well in cities. This article examines why city bees gather more honey than those of the fields.
Do you like honey?

In cities flowers bloom from March to October, so that bees find food all year.
There, nobody sprays poison on the flowers.

The bees of the fields find one crop that blooms for two weeks, and then nothing.
However, fields can be made better for bees with strips of flowers between the crops.

So cities are a refuge for bees today, but fields with strips of flowers could be one tomorrow.
""",
    name="post.txt",
)
POINTS = parse(
    """# Ice

## Key points

- Ice on the lake grows thinner every winter.
- Skaters should stay near the shore.
- A sensor at the pier measures it.

The lake freezes in January. A long text follows here about the winters of the past.
""",
    name="ice.md",
)


def text(draft: Draft | None) -> str:
    assert draft is not None
    return read(" ".join(claim.text for claim in draft.claims))


@pytest.mark.parametrize(
    "question",
    [
        "What is this about?",
        "what's the article about",
        "summarise it",
        "Summarize this article in two sentences, please.",
        "give me the gist",
        "main points",
        "What are the key findings?",
        "tl;dr",
        "TLDR",
        "Can you sumarize this?",
        "What is the main argument of the text?",
        "in a nutshell?",
        "What does the article discuss?",
        "Tell me about this article",
        "What is report.md about?",
        "What is the harbour report about?",
        "sum it up for me in a few sentences, thx",
        "main takeaways",
        "tldr pls",
        "could you give me the gist?",
        "whats this abt",
        "Can you tell me what this text deals with?",
        "boil it down to three sentences",
        "quick question: what's the article's main message?",
        "I have no time to read this, summarise pls!",
        "summary in 50 words",
        "What is this whole thing about?",
        "what is this article abut",
        "Could you please sumarise the main points of this publication for my class?",
        "What is the author trying to say?",
        "ELI5",
        "short version please",
        "what's this text on?",
        "describe the article",
    ],
)
def test_a_summary_is_asked_for(question: str) -> None:
    assert text(summary.answer(question, [REPORT])).startswith("Trade in the harbour of Vell grew")


@pytest.mark.parametrize(
    "question",
    [
        "What does it conclude?",
        "what is the conclusion",
        "conclusions?",
        "How does the article end?",
        "What conclusion does the author come to?",
        "what's the author's bottom line",
        "What's the upshot?",
        "How does the author wrap up?",
        "What conclusions are drawn?",
        "What is the author's overall conclusion in this report?",
        "What does the author ultimately conclude?",
        "final verdict?",
    ],
)
def test_a_conclusion_is_asked_for(question: str) -> None:
    said = text(summary.answer(question, [REPORT]))
    assert "must be dredged" in said
    assert "fish soup" not in said


@pytest.mark.parametrize(
    "question",
    [
        "What is Vell about?",
        "Summarise Sweden's role",
        "summarize the salt trade",
        "What is the conclusion about Orm?",
        "What is the main product of Vell?",
        "What are the main points of Queen Ada?",
        "What is the aim of the harbour?",
        "Who is this about?",
        "What about it?",
        "What did the author borrow from Orm?",
        "How many words does the summary have?",
        "Who wrote the conclusion?",
        "What is the main argument against dredging?",
        "What is the overview of ships?",
        "in brief: who opened the harbour",
        "In short, when did trade fall?",
        "What is the theme of the salt trade?",
        "When does the article end?",
        "In which section is the summary?",
        "What does the summary say about ships?",
        "What's the point of a deeper channel?",
        "In one sentence: who is Ada?",
        "tldr on the salt trade",
        "Tell me about Orm",
        "Is this about ships?",
        "What do critics conclude?",
        "What was the final price?",
        "What is the sum of the costs?",
        "What is the title of this article?",
        "What is the key?",
        "When was it opened?",
        "Hello",
        "",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert summary.answer(question, [REPORT]) is None


def test_the_abstract_is_said_whole_and_cited_sentence_by_sentence() -> None:
    draft = summary.answer("What is this about?", [REPORT])
    assert draft is not None
    assert [claim.text for claim in draft.claims] == [
        "Trade in the harbour of Vell grew for forty years.",
        "It then fell, since ships grew too deep.",
    ]
    assert [REPORT.quote(claim.span) for claim in draft.claims] == [
        "Trade in the harbour of Vell grew for forty years [2].",
        "It then fell, since ships grew too deep.",
    ]
    assert verify(cited("What?", draft), [REPORT]).holds


def test_key_points_end_where_the_text_begins() -> None:
    said = text(summary.answer("What is this about?", [POINTS]))
    assert said == (
        "Ice on the lake grows thinner every winter. Skaters should stay near the shore. "
        "A sensor at the pier measures it."
    )


def test_a_labelled_abstract_needs_no_heading() -> None:
    labelled = parse("# A\n\nSummary: Boats are fun to sail. They float.\n\nMore text.\n", name="a")
    said = text(summary.answer("summarise it", [labelled]))
    assert said == "Boats are fun to sail. They float."


def test_without_an_abstract_central_sentences_of_the_text_are_said() -> None:
    draft = summary.answer("What is this about?", [POST])
    said = text(draft)
    assert "This article examines why city bees" in said
    assert "?" not in said
    assert "There, nobody" not in said
    assert draft is not None
    assert 2 <= len(draft.claims) <= 4
    starts = [claim.span.start for claim in draft.claims]
    assert starts == sorted(set(starts))


def test_without_a_conclusion_the_end_is_said() -> None:
    assert "strips of flowers" in text(summary.answer("What does it conclude?", [POST]))


def test_a_long_text_is_kept_short() -> None:
    sentences = [
        f"The {kind} of the island number {at} lives on fruit, on seeds and on small insects too."
        for at, kind in enumerate(["bird", "lizard", "bat", "crab", "snake", "mouse"] * 80)
    ]
    paragraphs = [" ".join(sentences[at : at + 6]) for at in range(0, len(sentences), 6)]
    long = parse("# Islands\n\n" + "\n\n".join(paragraphs) + "\n", name="long.md")
    for question in ("What is this about?", "What does it conclude?"):
        assert len(text(summary.answer(question, [long])).split()) <= summary.MOST_WORDS


def test_asterisks_of_a_document_stay_asterisks() -> None:
    starred = parse("# A\n\n## Summary\n\nBoats are **fun** to sail.\n\nMore.\n", name="a.md")
    draft = summary.answer("summarise it", [starred])
    assert text(draft).startswith("Boats are **fun** to sail.")


def test_several_documents_each_have_their_say() -> None:
    draft = summary.answer("What is this about?", [REPORT, POINTS])
    assert draft is not None
    assert [claim.document.name for claim in draft.claims] == ["report.md"] * 2 + ["ice.md"] * 2


def test_a_document_without_sentences_has_no_summary() -> None:
    table = parse("| A | B |\n|---|---|\n| 1 | 2 |\n", name="table.md")
    assert summary.answer("What is this about?", [table]) is None
    assert summary.answer("What is this about?", []) is None


@settings(max_examples=60)
@given(st.text(st.sampled_from("Ab1 .!?\n#-*[]月:“”")), st.sampled_from(["tldr", "conclusion"]))
def test_whatever_it_says_verifies(source: str, question: str) -> None:
    document = parse(source, name="any.md")
    draft = summary.answer(question, [document])
    if draft is not None:
        assert all(read(claim.text) == document.plain(claim.span) for claim in draft.claims)
        verification = verify(cited("What?", draft), [document])
        assert verification.holds, verification.failures


@pytest.fixture(scope="module")
def article(text_path: Path) -> Document:
    return load(text_path)


def test_the_article_is_summed_up_by_its_own_key_points(article: Document) -> None:
    draft = summary.answer("What is this article about?", [article])
    assert draft is not None
    items = [part.span for part in article.paragraphs if part.item][:3]
    assert [claim.span for claim in draft.claims] == items
    assert verify(cited("What?", draft), [article]).holds


def test_the_article_concludes_with_its_last_section(article: Document) -> None:
    draft = summary.answer("What does it conclude?", [article])
    assert draft is not None
    (title,) = {article.sections[claim.section].title for claim in draft.claims}
    assert title.startswith("Summary")
    assert 2 <= len(draft.claims) <= 4
    assert len(text(draft).split()) <= summary.MOST_WORDS
    assert verify(cited("What?", draft), [article]).holds
