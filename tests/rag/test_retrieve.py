"""The right passage comes first: by meaning, by words, by any name of a thing, with typing errors."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from eval.retrieval import gold, run
from ingest.build import ingest
from ingest.embed import Embedder
from ingest.glossary import Glossary
from rag import Chatbot, Settings
from rag.answer import Postings
from rag.retrieve import _highest

ARTICLE = """\
# Ports of the inland sea

## The port authority

The Inland Sea Port Authority (ISPA) was founded in 1931. It has its seat in Vellmar.

## Ships

Most freighters carry timber. Passenger ferries run twice a day, except in winter.

The Great Canal Project (大運河) was suspended because the rock was too hard.

## Partners

Table 1. Partner countries

| Country | Since | Goods |
|---|---|---|
| Portugal | 1950 | Cork |
| Japan | 1967 | Engines |
| United Kingdom | 1988 | Coal |

## References

[1] Smith, J. (1999). Timber on the water. Harbour Press.
"""
GLOSSARY = '{"terms": [{"term": "ship canal", "also": ["Great Canal Project", "big ditch"]}]}'


@pytest.fixture(scope="module")
def ports(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Chatbot:
    folder = tmp_path_factory.mktemp("ports")
    (folder / "ports.md").write_text(ARTICLE, "utf-8")
    (folder / "glossary.json").write_text(GLOSSARY, "utf-8")
    glossary = Glossary.load(folder / "glossary.json")
    ingest([folder / "ports.md"], folder / "index", embedder=embedder, glossary=glossary)
    return Chatbot.open(folder / "index", settings=Settings(), embedder=embedder)


def first(chatbot: Chatbot, question: str) -> str:
    evidence = chatbot.retrieve(question, 1)[0]
    return evidence.quote


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("Why was the canal stopped?", "because the rock"),
        ("When was ISPA founded?", "1931"),
        ("When was the Inland Sea Port Authority founded?", "1931"),
        ("how often do boats with people sail", "twice a day"),
        ("What stopped the big ditch?", "because the rock"),  # a word of the glossary's
        ("大運河", "because the rock"),  # a name that only the document gives
        ("Since when is Lisbon a partner?", "Portugal"),  # a capital
        ("What do the Japanese trade in?", "Engines"),  # a people
        ("What does the UK deliver?", "Coal"),  # an abbreviation
        ("waht do the freigthers carry?", "timber"),  # typing errors
        ("Which partner joined in 1967?", "Engines"),
        ("Who wrote the book about timber?", "[1] Smith"),
    ],
)
def test_the_right_passage_comes_first(ports: Chatbot, question: str, quote: str) -> None:
    assert quote in first(ports, question)


def test_a_word_that_is_no_typing_error_is_left_alone(ports: Chatbot) -> None:
    query = ports._retriever.query("What does the report say of porters and cocks?")
    assert "porters" in query.text
    assert "cocks" in query.text


def test_scores_are_explained_and_fall(ports: Chatbot) -> None:
    found = ports.retrieve("When was ISPA founded?", 5)
    assert len(found) == 5
    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    for each in found:
        parts = each.parts
        assert each.score == pytest.approx(parts["passage"] + parts["sentence"] + parts["prior"])
        assert parts["passage"] == pytest.approx(parts["dense"] + parts["words"], abs=1e-4)
        assert 0 <= parts["coverage"] <= 1
        assert each.best in each.passage.sentences


QUESTIONS = (
    "When was ISPA founded?",
    "What do the Japanese and the Portuguese trade in?",
    "What stopped the big ditch?",
    "Who wrote the book about timber?",
    "大運河",
    "the of and",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_few_are_the_first_of_all(ports: Chatbot, question: str) -> None:
    everything = ports.retrieve(question, 500)
    assert ports.retrieve(question, 3) == everything[:3]
    for each in everything:
        fused = {sentence.span: sentence.dense + sentence.words for sentence in each.sentences}
        assert each.best is not None
        assert fused[each.best] == max(fused.values()) == pytest.approx(each.parts["sentence"])


@pytest.mark.parametrize("question", QUESTIONS)
def test_word_scores_are_those_of_their_definition(ports: Chatbot, question: str) -> None:
    """In an article this short every passage is a candidate, so that all can be computed anew."""
    index = ports._index
    query = ports._retriever.query(question)
    found = {each.passage: each for each in ports.retrieve(question, 500)}
    parts = [found[passage].parts for _, passage in index.passages]
    sentences = [each for _, passage in index.passages for each in found[passage].sentences]

    terms = [((word,),) for word in query.words] + list(query.choices)
    of_passages = [term_scores(forms, index.passage_postings, len(parts)) for forms in terms]
    of_sentences = [term_scores(forms, index.sentence_postings, len(sentences)) for forms in terms]
    assert [part["words"] for part in parts] == pytest.approx(
        standardised(np.sum([np.zeros(len(parts)), *of_passages], axis=0)), abs=1e-4
    )
    assert [sentence.words for sentence in sentences] == pytest.approx(
        standardised(np.sum([np.zeros(len(sentences)), *of_sentences], axis=0)), abs=1e-4
    )

    weights = [math.log1p(len(parts) / (1 + np.count_nonzero(each))) for each in of_passages]
    for number, (_, passage) in enumerate(index.passages):
        if passage.kind == "reference":
            continue
        covered = sum(w for w, each in zip(weights, of_passages, strict=True) if each[number])
        expected = covered / sum(weights) if weights else 0
        assert parts[number]["coverage"] == pytest.approx(expected, abs=1e-5)


def term_scores(
    forms: Sequence[Sequence[str]], search: Callable[[str], Postings], size: int
) -> NDArray[np.float64]:
    """The best of the mean scores of a name's forms, for each passage or sentence."""
    best = np.zeros(size)
    for form in forms:
        total = np.zeros(size)
        for word in form:
            numbers, scores = search(word)
            total[numbers] += scores
        best = np.maximum(best, total / max(1, len(form)))
    return best


def standardised(values: NDArray[np.float64]) -> NDArray[np.float64]:
    spread = values.std()
    return (values - values.mean()) / spread if spread > 1e-6 else np.zeros(len(values))


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What of Lisbon?", ["Portugal"]),  # a capital: the passage says only the country
        ("What of the UK?", ["United Kingdom"]),
        ("Do the Japanese and the Portuguese trade?", ["Japan", "Portugal"]),
        ("What of ISPA?", ["Inland Sea Port Authority"]),
    ],
)
def test_a_name_counts_in_any_of_its_forms(ports: Chatbot, question: str, names: list[str]) -> None:
    for each in ports.retrieve(question, 500):
        said = sum(name in each.quote for name in names) / len(names)
        assert each.parts["names"] == pytest.approx(said), each.quote


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=40), st.integers(1, 50))
def test_the_highest_scores_are_the_first_of_a_stable_sort(scores: list[float], k: int) -> None:
    array = np.asarray(scores, dtype=np.float32)
    assert sorted(_highest(array, k)) == sorted(np.argsort(-array, kind="stable")[:k])


def test_more_than_there_is_gives_what_there_is(ports: Chatbot) -> None:
    found = ports.retrieve("timber", 500)
    assert len(found) == len(ports._index.passages)
    assert len({each.passage for each in found}) == len(found)


def test_several_documents_are_searched_together(embedder: Embedder, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Cheese\n\nCheese is made of milk in Gruyere.\n", "utf-8")
    (tmp_path / "b.md").write_text("# Bread\n\nBread is made of flour in Lyon.\n", "utf-8")
    ingest([tmp_path / "a.md", tmp_path / "b.md"], tmp_path / "index", embedder=embedder)
    chatbot = Chatbot.open(tmp_path / "index", settings=Settings(), embedder=embedder)
    assert chatbot.ask("What is bread made of?").citations[0].document_name == "b.md"
    assert chatbot.ask("What is cheese made of?").citations[0].document_name == "a.md"


def test_many_threads_get_the_answers_of_one(ports: Chatbot) -> None:
    questions = ["When was ISPA founded?", "What do the Japanese trade in?", "big ditch"] * 4
    alone = [first(ports, question) for question in questions]
    together: dict[int, str] = {}

    def work(number: int) -> None:
        together[number] = first(ports, questions[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(questions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[number] for number in range(len(questions))] == alone


def test_the_gold_passage_comes_first_in_27_of_30(chatbot: Chatbot) -> None:
    outcomes = list(run(chatbot, gold()))
    assert len(outcomes) == 30
    assert sum(outcome.rank == 1 for outcome in outcomes) >= 27
