"""The sentence that answers comes first, because it holds what the question asks for."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.chunk import chunk
from ingest.load import parse
from rag import rank
from rag.answer import Evidence, ScoredSentence
from rag.confidence import confidence, names
from rag.question import Asked, bare, holds_what_is_asked, question_type
from rag.train.groups import Group, accuracy
from rag.train.rank import learn

TEXT = """# The lighthouse of Orm

The lighthouse stands on the western cape. It was built in 1874 by Ada Brandt. It was painted red \
because grey towers vanish in fog. The lamp burns about 300 litres of oil a year.
"""


def evidence(text: str = TEXT) -> list[Evidence]:
    """Every passage, its sentences all alike in what retrieval makes of them."""
    document = parse(text, name="a.md")
    parts = {"dense": 1.0, "words": 1.0, "prior": 0.0}
    return [
        Evidence(
            document,
            passage,
            1.0,
            parts,
            passage.sentences[0],
            tuple(
                ScoredSentence(span, 0.5, 1.0, 1.0, position=at)
                for at, span in enumerate(passage.sentences)
            ),
        )
        for passage in chunk(document)
    ]


def first(question: str) -> str:
    best = rank.ranked(Asked(question, question), evidence(), lambda _: 1.0)[0]
    assert best.best is not None
    return best.document.quote(best.best)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who built it?", "who"),
        ("In what year was it built?", "when"),
        ("Since when does it stand?", "when"),
        ("How many litres does it burn?", "how many"),
        ("Where does it stand?", "where"),
        ("For what reason is it red?", "why"),
        ("How is it lit?", "how"),
        ("What is a lighthouse?", "define"),
        ("Which lamp does it have?", "which"),
        ("Is it red?", "yes/no"),
        ("lighthouse oil", "other"),
        ("Could you tell me when it was built, please?", "when"),
        ("Quick question: who built it", "who"),
        ("I'm writing about towers: is it red?", "yes/no"),
        ("What made them paint it red?", "why"),
        ("Name the architect", "which"),
    ],
)
def test_the_type_of_a_question(question: str, kind: str) -> None:
    assert question_type(question) == kind


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("When was the lighthouse built?", "1874"),
        ("Who built the lighthouse?", "Ada Brandt"),
        ("Why is the lighthouse painted red?", "because"),
        ("How many litres of oil does the lamp burn?", "300"),
    ],
)
def test_what_is_asked_for_decides(question: str, said: str) -> None:
    assert said in first(question)


@pytest.mark.parametrize(
    ("question", "text", "holds"),
    [
        ("How many towers are there?", "Orm: built 1874; place: west", False),
        ("How many towers are there?", "There are 3 towers.", True),
        ("How many towers are there?", "There are three towers, the last of 1874.", True),
        ("When was it built?", "It was built by Ada.", False),
        ("When was it built?", "It was built in May 1874.", True),
        ("When does it open?", "It opens at noon.", True),
        ("Who built it?", "It was built by Ada.", True),
    ],
)
def test_a_sentence_without_what_is_asked_cannot_answer(
    question: str, text: str, holds: bool
) -> None:
    assert holds_what_is_asked(question, text) is holds


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("Hi, could you tell me who built it?", "who built it?"),
        ("please tell us how it works", "how it works"),
        ("According to the article, who built it?", "who built it?"),
        ("please", "please"),
    ],
)
def test_courtesies_are_set_aside(question: str, rest: str) -> None:
    assert bare(question) == rest


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("Which towers are red?", True),
        ("List every keeper of the lighthouse", True),
        ("Who are the keepers?", True),
        ("Which tower is red?", False),
        ("When was it built?", False),
    ],
)
def test_whether_a_list_is_asked_for(question: str, several: bool) -> None:
    assert Asked(question, question).wants_several is several


def test_the_words_that_carry_a_question_leave_out_names_and_frame() -> None:
    asked = Asked("What year did Brazil buy the lamp?", "x", ((("brazil",),),))
    assert Asked(asked.question, asked.question, asked.names).words == ("buy", "lamp")
    assert Asked("What year?", "What year?").words == ("year",)


def test_words_said_otherwise_are_not_missed() -> None:
    asked = Asked("Does the lighthouse stand upon a tropical cape?", "")
    asked = Asked(asked.question, asked.question)
    assert rank.unsaid(asked, evidence()) == ("tropical",)
    assert rank.unsaid(asked, []) == asked.words


def test_how_sure_it_is_falls_where_nothing_answers() -> None:
    answered, not_answered = (
        rank.ranked(Asked(question, question), evidence(), lambda _: 1.0)[0].parts["sure"]
        for question in ("When was the lighthouse built?", "Which festival honours the violin?")
    )
    assert 0 < not_answered < answered < 1


@pytest.mark.parametrize(
    ("question", "doubtful"),
    [
        ("When was the lighthouse of 1874 built?", "When was the lighthouse of 1875 built?"),
        ("Who built the lighthouse?", "Who built the lighthouse of the Brandt Shipping Office?"),
        ("When was it built by Ada Brandt?", "How many times was it built by Ada Brandt?"),
    ],
)
def test_what_speaks_against_an_answer_makes_it_less_sure(question: str, doubtful: str) -> None:
    plain, doubted = (
        rank.ranked(Asked(each, each), evidence(), lambda _: 1.0)[0].parts["sure"]
        for each in (question, doubtful)
    )
    assert doubted < plain


def test_a_name_that_is_not_spoken_of_makes_an_answer_less_sure() -> None:
    question = "When was the lighthouse built?"
    sure = [
        rank.ranked(Asked(question, question, names), evidence(), lambda _: 1.0)[0].parts["sure"]
        for names in ((), ((("lighthous",),),), ((("norway",),),))
    ]
    assert sure[2] < sure[1]


def test_every_feature_has_a_number_and_a_learned_weight() -> None:
    candidates = rank.candidates(evidence())
    asked = Asked("When was it built?", "When was it built?")
    features = rank.features(asked, candidates, lambda _: 1.0)
    assert features.shape == (4, len(rank.NAMES))
    assert np.isfinite(features).all()
    assert len(set(rank.NAMES)) == len(rank.NAMES) == len(rank.ranker().linear)
    sure = confidence()
    assert len(names(rank.NAMES)) == len(sure.reread.weights) == len(sure.plain.weights)


@pytest.mark.parametrize("question", ["", "?", "月", "\U0001f680 12%", "when " * 300])
def test_no_question_makes_it_raise(question: str) -> None:
    asked = Asked(question, question)
    assert len(rank.ranked(asked, evidence(), lambda _: 0.0)) == 1
    assert rank.ranked(asked, [], lambda _: 0.0) == []


def test_learning_finds_the_feature_that_tells() -> None:
    dice = np.random.default_rng(1)
    groups = []
    for _ in range(200):
        features = dice.normal(size=(6, 3)).astype(np.float32)
        right = np.zeros(6, dtype=bool)
        right[int(np.argmax(features[:, 1]))] = True
        groups.append(Group(features, right, np.ones_like(right)))
    ranker = learn(groups)
    assert np.argmax(np.abs(ranker.linear)) == 1
    assert accuracy(groups, lambda group: ranker(group.features)) > 0.95
