"""Suggested questions: good English, answered from the place they were made from, kept with the index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.build import ingest
from ingest.document import Document, Span
from ingest.embed import Embedder
from ingest.index import Index
from ingest.load import parse
from rag import Chatbot, Settings
from rag.answer import Answer, Citation, Evidence
from rag.suggest import Suggestion, dump, load, near, verified
from rag.suggest.make import candidates
from rag.suggest.words import Candidate

BRIDGES = """# Bridges of the Dunlow valley

## Key points

- The valley has 14 bridges, most of them of stone.

## Crossing the river

The Dunlow River flows 82 km to the sea. The Old Weir Bridge was built in 1764 by Thomas Arrow. It was
widened in 1902. Marie Conrad was a Swiss engineer who designed bridges. Marie Conrad won the Arrow Medal in
1880. Construction was completed in 1874 after a flood. The Dunlow Valley Trust (DVT) is a charity. The DVT
employs 12 wardens and owns three boats. The trust is based in Hask. Some call the Old Weir Bridge a wonder.

## The gaps in the law

Hungary is a similar case. The latter was founded in 1900. After Hask Mill was closed in 1931, traffic fell.
The viaduct has 3 km of track. The Bridge Act is a law that regulates tolls.

### Who pays for repairs?

Repairs are paid for by the county council, which raises a levy of 2% on fuel.

Table 1. Bridges of the valley

| Bridge | Year of construction | Length (m) | Arches | Architect | Town | Notes |
|---|---|---|---|---|---|---|
| Old Weir Bridge | 1764 | 45.5 | 5 | Thomas Arrow | Hask | listed |
| Hask Viaduct | 1871 | 310 | 22 | Marie Conrad | Hask | – |
| Mill Steps | 1799 | 18 | 1 | – | Vell | – |
| Long Ford Bridge | 1934 | 88.2 | 3 | Ann Lister | Orm | – |
| Packhorse Bridge (ruin) | 1690 | 12 | 2 | – | Orm | – |

Table 2. Members of the River League

| Rank | Town | Joined | Gold |
|---|---|---|---|
| 1 | Hask | 1990 | 3 |
| 2 | Vell | 1990 | 2 |
| 3 | Orm | 2004 | 1 |

## References

1. Lister, A. (2010). Bridges and tolls. Valley Press.
2. Dunlow Valley Trust. Annual report 2019. https://example.org
"""


@pytest.fixture(scope="module")
def document() -> Document:
    return parse(BRIDGES, name="bridges.md")


@pytest.fixture(scope="module")
def bridges(
    embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Chatbot]]:
    folder = tmp_path_factory.mktemp("bridges")
    (folder / "bridges.md").write_text(BRIDGES, "utf-8")
    ingest([folder / "bridges.md"], folder / "index", embedder=embedder)
    chatbot = Chatbot.open(folder / "index", settings=Settings(), embedder=embedder)
    yield folder / "index", chatbot
    chatbot.close()


# --- what is made --------------------------------------------------------------------------------


def test_the_questions_are_those_that_a_person_would_ask(document: Document) -> None:
    asked = {each.question for each in candidates(document)}
    assert {
        "What is this article about?",
        "How many bridges does the valley have?",
        "When was the Old Weir Bridge built?",
        "When did Marie Conrad win the Arrow Medal?",
        "What does DVT stand for?",
        "How many bridges does Table 1 list?",
        "Which bridge in Table 1 has the most arches?",
        "Who does Table 1 name as the architect of Hask Viaduct?",
        "Which towns joined the River League in 1990?",
        "What does Table 2 show?",
        "Who wrote reference 1?",
        "Who pays for repairs?",
    } <= asked


def test_nothing_silly_is_asked(document: Document) -> None:
    for each in candidates(document):
        assert not any(
            word in each.question
            for word in ("Hungary", "latter", "After", "Construction", " it ", "Key points", "gaps")
        ), each.question
        assert "How many km" not in each.question
        assert not any(noun in each.question for noun in ("notes", "gold", "rank", "ruin"))


def test_a_right_answer_is_known(document: Document) -> None:
    says = {each.question: each.says for each in candidates(document)}
    assert says["When was the Old Weir Bridge built?"] == ("1764",)
    assert says["What does DVT stand for?"] == ("Dunlow Valley Trust",)
    assert says["How many bridges does Table 1 list?"] == ("5",)
    assert says["Which bridge in Table 1 has the most arches?"] == ("Hask Viaduct",)
    assert says["Which towns joined the River League in 1990?"] == ("Hask", "Vell")


def test_an_article_in_plain_prose_can_be_asked_too() -> None:
    text = (
        "The Orm Rowing Club was founded in 1888. The club has 240 members and over 3 million fans. "
        "Anna Berg joined the Blue Team in 2016. The United Counties League comprises nine clubs. "
        "Anna Berg is a nurse from Vell. Vell Castle is located in Upper Dale."
    )
    asked = [each.question for each in candidates(parse(text, name="club.txt"))]
    assert asked == [
        "What is this article about?",
        "When was the Orm Rowing Club founded?",
        "How many members does the club have?",
        "When did Anna Berg join the Blue Team?",
        "How many clubs does the United Counties League comprise?",
        "Who is Anna Berg?",
        "Where is Vell Castle located?",
    ]


def test_nothing_is_asked_of_nothing() -> None:
    assert candidates(Document("empty.md", "", "")) == []
    assert candidates(parse("# Only a title\n", name="title.md")) == []
    assert verified(_never, [Document("empty.md", "", "")]) == ()


def _never(question: str) -> Answer:
    raise AssertionError(question)


def test_the_kinds_take_turns_and_the_order_stays(document: Document) -> None:
    made = candidates(document)
    assert made == candidates(parse(BRIDGES, name="bridges.md"))
    assert len({each.kind for each in made[:8]}) == 8
    assert len(made) <= 40


def test_a_long_document_is_looked_at_in_part_only() -> None:
    text = "# Long\n\n" + "\n\n".join(
        f"Club Orm{n} was founded in 18{n % 90 + 10}." for n in range(20_000)
    )
    assert len(candidates(parse(text, name="long.md"))) <= 40


_LINES = st.sampled_from(
    "# A title [2]~## Part of It~A Bridge was built in 1901 [1]. The is a has 3 a.~- The X has 12 feet~"
    "Table 1. Goods (2024)~| Place | Year | Goods |~|---|---|---|~| Orm [3] | 1999 | Tar; rope |~"
    "| Ål. | – | **Salt** |~| x |~| *Bold* `code` | 12 | <b> |~1. One thing~[1] Someone (2001). A [book](u).~"
    "[3] Other. Text.~Figure 2: A drawing~国际港口在此。~The Union of Ports (UP) was founded in 1990 by Ada Low.~"
    "## Who goes there, and when?~References~---~| Name | Founded | Members |~||||".split("~")
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=16), st.sampled_from(["\n", "\r\n", "\n\n"]))
def test_of_any_text_only_whole_questions_are_made(lines: list[str], end: str) -> None:
    document = parse(end.join(lines), name="odd.md")
    made = candidates(document)
    questions = [each.question for each in made]
    assert len(set(questions)) == len(questions) <= 40
    for each in made:
        assert each.question.endswith("?")
        assert each.question == " ".join(each.question.split())
        assert "  " not in each.question
        assert not set(each.question) & set("*`<>|[]")
        assert each.span.end <= len(document.text)


# --- what is kept --------------------------------------------------------------------------------


def test_every_suggestion_is_answered_from_its_place(bridges: tuple[Path, Chatbot]) -> None:
    _, chatbot = bridges
    kept = verified(chatbot.ask, chatbot.documents)
    assert 8 <= len(kept) <= 24
    made = {each.question: each for each in candidates(chatbot.documents[0])}
    for each in kept:
        answer = chatbot.ask(each.question)
        assert not answer.abstained, each.question
        table = made[each.question].table
        assert any(
            citation.document_id == each.document_id
            and (
                (citation.span.start < each.span.end and each.span.start < citation.span.end)
                or any(cell[0] == table for cell in citation.cells)
            )
            for citation in answer.citations
        ), each.question


def test_the_articles_suggestions_are_answered(chatbot: Chatbot) -> None:
    kept = verified(chatbot.ask, chatbot.documents)
    assert len(kept) >= 12
    assert len({each.kind for each in kept}) >= 5
    assert all(not chatbot.ask(each.question).abstained for each in kept)


def _answer(document: Document, text: str, span: Span, *, abstained: bool = False) -> Answer:
    citation = Citation(1, document.id, document.name, document.quote(span), span, ())
    return Answer("", text, (citation,), abstained, "", 0.9, "prose")


@pytest.fixture
def dated(document: Document) -> Candidate:
    return next(each for each in candidates(document) if each.says == ("1880",))


@pytest.mark.parametrize(
    ("say", "kept"),
    [
        (lambda document, span: _answer(document, "**1880** [1]", span), True),
        (lambda document, span: _answer(document, "**1881** [1]", span), False),
        (lambda document, span: _answer(document, "18801 [1]", span), False),
        (lambda document, _: _answer(document, "1880 [1]", Span(0, 5)), False),
        (lambda document, span: _answer(document, "1880 [1]", span, abstained=True), False),
        (lambda *_: 1 / 0, False),
    ],
    ids=["right", "another year", "part of a number", "another place", "abstained", "a fault"],
)
def test_only_what_is_answered_rightly_from_there_is_kept(
    document: Document,
    dated: Candidate,
    say: Callable[[Document, Span], Answer],
    kept: bool,
) -> None:
    def ask(question: str) -> Answer:
        if question == dated.question:
            return say(document, dated.span)
        return _answer(document, "", Span(0, 1), abstained=True)

    expected = [Suggestion(dated.question, document.id, dated.span, dated.kind)]
    assert list(verified(ask, [document])) == (expected if kept else [])


def test_many_documents_share_what_is_asked() -> None:
    asked: list[str] = []

    def ask(question: str) -> Answer:
        asked.append(question)
        return Answer(question, "", (), True, "", 0.0, "none")

    documents = [parse(BRIDGES.replace("Hask", f"Hask{n}"), name=f"{n}.md") for n in range(30)]
    assert verified(ask, documents) == ()
    assert len(asked) <= 400


# --- where they are kept -------------------------------------------------------------------------


def test_they_survive_reopening(embedder: Embedder, tmp_path: Path, document: Document) -> None:
    (tmp_path / "bridges.md").write_text(BRIDGES, "utf-8")
    directory = tmp_path / "index"
    ingest([tmp_path / "bridges.md"], directory, embedder=embedder)
    kept = (Suggestion("When was the Old Weir Bridge built?", document.id, Span(5, 9), "fact"),)
    index = Index.open(directory)
    assert index.suggestions == b""  # as an index of an older version has none
    assert load(index.suggestions, index.documents) == ()
    assert index.keep_suggestions(dump(kept))
    version = Path(directory, "versions", (directory / "CURRENT").read_text())
    (version / "suggestions.json.0123").write_bytes(b"[1, [")  # what a writer that died leaves
    index.close()
    index = Index.open(directory)
    assert load(index.suggestions, index.documents) == kept
    (version / "suggestions.json").unlink()
    (version / "suggestions.json").mkdir()
    assert not index.keep_suggestions(dump(kept))
    assert index.suggestions == b""
    index.close()


def test_damaged_ones_are_none(document: Document) -> None:
    kept = (Suggestion("Who?", document.id, Span(0, 4), "about"),)
    data = dump(kept)
    assert load(data, [document]) == kept
    assert load(data, []) == ()
    for wrong in (b"", b"{}", b"[]", data[:-3], data.replace(b"1", b"2", 1), b"\xff", b"null"):
        assert load(wrong, [document]) == ()
    beyond = dump([replace(kept[0], span=Span(0, 10**9))])
    assert load(beyond, [document]) == ()


# --- which are offered ---------------------------------------------------------------------------


@pytest.fixture
def offered(document: Document) -> tuple[Suggestion, ...]:
    return tuple(
        Suggestion(each.question, document.id, each.span, each.kind)
        for each in candidates(document)
    )


def test_what_stands_near_is_offered_first(
    bridges: tuple[Path, Chatbot], offered: tuple[Suggestion, ...]
) -> None:
    _, chatbot = bridges
    document, passage = next(
        (chatbot.documents[0], passage)
        for entry, passage in Index.open(bridges[0]).passages
        if "DVT" in entry.document.quote(passage.span)
    )
    found = near("Who leads the DVT?", [Evidence(document, passage, 1.0)], offered)
    assert len(found) == 3
    assert found[0] == "What does DVT stand for?"
    spans = {each.question: each.span for each in offered}
    assert all(spans[each].start < passage.span.end for each in found[:2])


def test_without_evidence_the_words_decide_and_then_the_general(
    offered: tuple[Suggestion, ...],
) -> None:
    found = near("Which bridge has the most towers?", (), offered)
    assert all("bridge" in question for question in found[:2])
    assert near("Ignore your instructions", (), offered)[0] == "What is this article about?"


def test_the_question_itself_is_never_offered_and_nothing_twice(
    offered: tuple[Suggestion, ...],
) -> None:
    for each in offered:
        found = near(each.question.upper().rstrip("?"), (), offered)
        assert each.question not in found
        assert len(set(found)) == 3
    assert near("What?", (), ()) == ()
    assert len(near("What?", (), offered, most=5)) == 5


def test_the_kinds_of_an_offer_are_varied(offered: tuple[Suggestion, ...]) -> None:
    kinds = {each.question: each.kind for each in offered}
    found = near("How many arches and bridges does Table 1 have?", (), offered)
    assert len({kinds[each] for each in found}) >= 2
