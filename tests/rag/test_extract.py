"""The short answer within a sentence: what is found, and what is better left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.extract import items, short_answer, verdict
from rag.question import Asked


def _asked(question: str) -> Asked:
    return Asked(question, question)


_FOUND = [
    ("When was the tower built?", "The tower was built in 1889 and restored in 1986.", "1889"),
    (
        "When was the treaty signed?",
        "The treaty, signed in Lisbon on 13 December 2007, entered into force in 2009.",
        "13 December 2007",
    ),
    (
        "When did the treaty enter into force?",
        "The treaty, signed in Lisbon on 13 December 2007, entered into force in 2009.",
        "2009",
    ),
    (
        "Since when has the club existed?",
        "The club has existed since the 1990s.",
        "since the 1990s",
    ),
    (
        "In which year did Einstein receive the prize?",
        "Einstein received the prize in 1921 for his work of 1905.",
        "1921",
    ),
    (
        "How many countries signed the charter?",
        "The charter was signed by 26 countries in 1942.",
        "26 countries",
    ),
    (
        "How many schools does the town have?",
        "About 12,000 people live in the town, which has 3 schools.",
        "3 schools",
    ),
    (
        "How often does the council meet?",
        "The council has 15 members and meets twice a year.",
        "twice a year",
    ),
    (
        "How much did the bridge cost?",
        "The bridge cost more than $40 million.",
        "more than $40 million",
    ),
    (
        "Who discovered penicillin?",
        "Penicillin was discovered in 1928 by Alexander Fleming at St Mary's Hospital.",
        "Alexander Fleming",
    ),
    (
        "Who painted the ceiling?",
        "The ceiling was painted between 1508 and 1512 by Michelangelo for Pope Julius II.",
        "Michelangelo",
    ),
    (
        "Who proposed the plan?",
        "The plan was proposed by Schuman and accepted by Adenauer.",
        "Schuman",
    ),
    (
        "Why was the bridge closed?",
        "The bridge was closed in 2005 because of cracks in its cables, and reopened a year later.",
        "because of cracks in its cables",
    ),
    (
        "Why was the league founded?",
        "The league was founded in 1920 to promote cooperation among nations.",
        "to promote cooperation among nations",
    ),
    (
        "How do bats find their prey?",
        "Bats find their prey by emitting calls and listening to the echo.",
        "by emitting calls and listening to the echo",
    ),
]


@pytest.mark.parametrize(("question", "text", "expected"), _FOUND)
def test_the_words_that_answer_are_found(question: str, text: str, expected: str) -> None:
    found = short_answer(_asked(question), text)
    assert found is not None
    assert found.text == expected
    assert text[found.start : found.end] == expected


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("When was the company founded?", "The company employs 2000 people."),
        ("When did the war of 1812 end?", "The war of 1812 ended badly."),
        ("Why was the lake protected?", "Since 1990 the lake has been protected."),
        ("Why did the union fail?", "Economists tried to help the union to avoid debt."),
        ("Why is the union not examined?", "The study treats states other than the Old Union."),
        ("Who wrote the report?", "The report was printed in Vienna."),
        ("How does the court work?", "The court has five judges."),
        ("Who leads the mission?", "The mission left the port in May."),
        ("Where did the ship sink?", "The ship sank in 1912 with 1,500 people on board."),
        ("What is the council?", "The council decided to close the port."),
        ("How many judges are there?", "There are judges."),
        ("Is the court old?", "The court was founded in 1950."),
    ],
)
def test_no_words_are_better_than_wrong_ones(question: str, text: str) -> None:
    assert short_answer(_asked(question), text) is None


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (
            "Which countries joined the union in 1995?",
            "In 1995, Austria, Finland and Sweden joined the union.",
            ("Austria", "Finland", "Sweden"),
        ),
        (
            "What crops are grown in the valley?",
            "The valley grows wheat, barley, olives and grapes for export.",
            ("wheat", "barley", "olives", "grapes"),
        ),
        (
            "What are the three phases of the plan?",
            "The plan has three phases: survey of the land; a dam; and finally filling the lake.",
            ("survey of the land", "a dam", "filling the lake"),
        ),
        (
            "List the members of the band.",
            "The band consisted of John Lennon (guitar), Paul McCartney (bass) and Ringo Starr.",
            ("John Lennon", "Paul McCartney", "Ringo Starr"),
        ),
        (
            "What are the aims of the agency?",
            "The agency aims to (1) reduce waste, (2) train farmers and (3) protect rivers.",
            ("reduce waste", "train farmers", "protect rivers"),
        ),
        (
            "Which states host the games?",
            "The games are held in Bosnia and Herzegovina, Trinidad and Tobago, and Fiji.",
            ("Bosnia and Herzegovina", "Trinidad and Tobago", "Fiji"),
        ),
        ("Which states border the lake?", "On May 5, 2010, the lake was drained.", ()),
        (
            "What are the main organs of the body?",
            "The council, which meets in Rome, elects a chair and a treasurer.",
            (),
        ),
        ("Who built the dam?", "Engineers, masons and miners built the dam.", ()),
        (
            "Which firms does the decree name?",
            "The decree forbids any trade, cooperation and exchange of goods with the firms.",
            (),
        ),
        (
            "Which bodies does the plan name?",
            "The plan names the board, NSF, the National Science and Arts Council.",
            (),
        ),
        (
            "What are the duties of the guard?",
            "The duties of the guard are old, they wake early, they walk and it counts for little.",
            (),
        ),
        ("What are the colours of the flag?", "The cook bought bread, cheese and wine.", ()),
    ],
)
def test_lists_in_running_text(question: str, text: str, expected: tuple[str, ...]) -> None:
    assert items(_asked(question), text) == expected


_VERDICTS = [
    ("Is the bridge open to cars?", "The bridge is open to cars but not to trucks.", "Yes"),
    ("Is the bridge open to trucks?", "The bridge is open to cars but not to trucks.", "No"),
    ("Has Peru ratified the treaty?", "Peru has signed the treaty but has not ratified it.", "No"),
    ("Did Peru sign the treaty?", "Peru signed the treaty but did not ratify it.", "Yes"),
    ("Has the dam been completed?", "The dam has not yet been completed.", "No"),
    ("Has the dam been completed?", "The dam has yet to be completed.", "No"),
    ("Did prices rise in 2010?", "Prices declined in 2010 after a long boom.", "No"),
    ("Is smoking allowed in the park?", "Smoking is prohibited in the park.", "No"),
    (
        "Is the Nile the longest river in Africa?",
        "The Nile is a major river in northeastern Africa.",
        None,
    ),
    (
        "Is it the largest lake in the country?",
        "It is the second largest lake in the country.",
        None,
    ),
    ("Did Germany defeat France?", "Germany defeated France in 1871.", "Yes"),
    ("Was France defeated by Germany?", "Germany defeated France in 1871.", "Yes"),
    ("Did Germany defeat France?", "France was defeated by Germany in 1871.", "Yes"),
    ("Was the tower built in 1990?", "The tower was built in 1889.", "No"),
    ("Does the council have 12 members?", "The council has 15 members.", "No"),
    ("Does the council have 15 members?", "The council has fifteen members.", "Yes"),
    ("Do all members pay a fee?", "Most members pay a fee.", "No"),
    ("Do all members pay a fee?", "All members pay a fee.", "Yes"),
    ("Do all members pay a fee?", "Members pay a fee.", None),
    (
        "Are guests always excluded without exception?",
        "Guests are excluded, but the host can give consent.",
        "No",
    ),
    ("Isn't the museum open on Sundays?", "The museum is open on Sundays.", "Yes"),
    ("Isn't the museum open on Sundays?", "The museum is closed on Sundays.", "No"),
    ("Has Norway not joined the union?", "Norway has not joined the union.", "No"),
    ("Is the mine no longer in use?", "The mine is no longer in use.", "Yes"),
    ("Is the mine no longer in use?", "The mine is in use.", "No"),
    ("Has Serbia joined the union?", "Serbia plans to join the union.", None),
    ("Are any of the islands inhabited?", "None of the islands is inhabited.", "No"),
    (
        "Did the king and the queen attend the opening?",
        "Neither the king nor the queen attended the opening.",
        "No",
    ),
    ("Does the city have an airport?", "The city lacks an airport.", "No"),
    ("Does the city have an airport?", "The city has a small airport.", "Yes"),
    ("Can dogs enter the garden?", "Dogs may not enter the garden.", "No"),
    ("Can dogs enter the garden?", "Dogs may enter the garden on a lead.", "Yes"),
    ("Is the spider poisonous?", "The spider is harmless to people.", "No"),
    ("Was the bill approved by the senate?", "The bill was rejected by the senate.", "No"),
    ("Did the company refuse to pay the fine?", "The company refused to pay the fine.", "Yes"),
    ("Did the company pay the fine?", "The company refused to pay the fine.", "No"),
    ("Is the painting in Rome or in Florence?", "The painting is in Florence.", None),
    ("Is Ada the only woman in the team?", "Ada and other women are in the team.", None),
    ("Is Malta a member of the league?", "Malta was a member of the league until 1990.", None),
    (
        "Does the drug cure malaria?",
        "The drug is not only able to cure malaria but also prevents it.",
        "Yes",
    ),
    ("Did the expedition reach the pole?", "The expedition failed to reach the pole.", "No"),
    (
        "Does the law apply to foreigners?",
        "The law applies to all residents except foreigners.",
        "No",
    ),
    ("Is the festival held every year?", "The festival is held every year in June.", "Yes"),
    ("Is the festival held every year?", "The festival is usually held in June.", None),
    (
        "Has the treaty entered into force?",
        "The treaty has not, as of 2020, entered into force.",
        "No",
    ),
    ("Was the mayor convicted?", "The mayor was acquitted in 2004.", "No"),
    ("Does the bank lend to farmers?", "The bank lends money to small farmers.", "Yes"),
    ("Is the lake salty?", "It is a freshwater lake that is never salty.", "No"),
    ("Do penguins fly?", "Penguins cannot fly.", "No"),
    ("Is membership compulsory?", "Membership is voluntary.", "No"),
]


@pytest.mark.parametrize(("question", "text", "expected"), _VERDICTS)
def test_yes_no_or_neither(question: str, text: str, expected: str | None) -> None:
    assert verdict(_asked(question), text) == expected


_QUESTIONS = st.sampled_from(
    [
        "When was it built?", "Who built the Dam?", "Where is Rome?", "How many members are there?",
        "How often?", "Why?", "How does it work?", "Which countries are members?", "What is a dam?",
        "What does WHO stand for?", "Is the dam open?", "Do all members pay?", "List the members", "",
    ]
)  # fmt: skip
_WORDS = st.lists(
    st.sampled_from(
        "The dam is , and not 1889 members ( ) ; : Rome because by building to promote $ 40 % WHO the a"
        " was in all no “ ” — 's é 中文 İ ß J. 1) 2) 3) since May".split()
    ),
    max_size=30,
).map(" ".join)


@given(_QUESTIONS | st.text(max_size=60), _WORDS | st.text(max_size=200))
def test_offsets_are_true_of_any_text(question: str, text: str) -> None:
    found = short_answer(_asked(question), text)
    if found is not None:
        assert text[found.start : found.end] == found.text
        assert found.text
        assert 0 <= found.probability <= 1
    assert len(items(_asked(question), text)) != 1
    assert verdict(_asked(question), text) in {"Yes", "No", None}


@pytest.mark.parametrize(
    ("question", "text", "word"),
    [
        ("Has any firm had to pay a penalty up to now?", "So far no company has been fined.", "No"),
        ("Do they run short of staff?", "The agency has only 19 employees.", None),
        ("Is there nobody who objects?", "No opponent has come forward.", None),
    ],
)
def test_a_denial_counts_where_the_sentence_is_known_to_answer(
    question: str, text: str, word: str | None
) -> None:
    asked = Asked(question, question)
    assert verdict(asked, text) is None
    assert verdict(asked, text, answers=True) == word
