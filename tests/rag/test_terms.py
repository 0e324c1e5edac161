"""Questions about terms: short forms, names in other scripts and definitions; all others are left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.glossary import Glossary
from ingest.load import load, parse
from ingest.names import NameGroup, Names
from rag import definitions, terms
from rag.answer import Draft, pieces, read
from rag.pipeline import cited
from rag.verify import verify
from tests.conftest import EDITION, GLOSSARY

HARBOUR = parse(
    """# Harbours of the Vell coast

The Vell Harbour Authority (VHA) runs four ports. It was founded in 1911. VTS, the Vessel Traffic
Service, watches all ships that enter. The crews are paid by the International Seamen's Fund (ISF). Information technology (IT) is new.
The remotely operated vehicle, or ROV, inspects the walls. LOA stands for length over all.

A pilotage order is a document that obliges a ship to take a pilot. The Ebb Register, a list of all wrecks
since 1850, is kept in Ordal. The breakwater was repaired in 2003. The so-called quiet hours begin at ten.
Dredging refers to the removal of mud from the sea floor. A tidal lock, which is a basin with two gates,
lies in the north. Bollards are short posts that hold the ropes of a ship. Some captains distrust the VHA.
Gantries are frames whose legs run on rails. Brazil is the largest buyer of its ropes. Peru is a member of the
league. Portugal is a country with old ports, and Ordal is the oldest town. The Tide Warning Board, abbreviated TWB, rings the bell.
The Night Fleet — a loose union of smugglers — was broken up in 1920. The mayor is a friend of the port.
In Ordal, the captains met twice. The lighthouse, an inn and a chapel stand on the cape. Is kelp a plant?

In 2001, long after the fishing ended, the old customs office of Ordal became the seat of the Coastal
Research and Archive Board (CRAB), which has since then published the yearly tables of the tides for the coast.

Table 1. Boats (DWT: deadweight tonnage)

| Boat | Engine |
|---|---|
| Anna | LNG (liquefied natural gas) |
| Ebba | sail |

## Search and Rescue Unit (SARU)

- the Ordal Lifeboat Society (OLS),
- Rope works: a workshop that makes ropes for the navy.

## References

[1] Lind, A. (2016). Storm Surge Index (SSI). Nordic Press.
""",
    name="harbour.md",
)
SILK = parse(
    """# Gardens of the east

The Garden of Quiet Water (静水园) opened in 1750. It was designed by Li Wen. The Society of Chinese Gardens
(SCG) keeps it, with the help of the Pine Hall Academy (PHA/松堂学院). The idea of borrowed scenery (借景)
is old. The festival 花灯节 (Lantern Feast) is held in May. Its walls are white.
""",
    name="silk.md",
)
STATIONS = parse(
    """# Polar stations

The Northern Ice Laboratory (Russian: Северная ледовая лаборатория) was built in 1936. The White Station
(Білий стан) is Ukrainian. The Hill of Winds (Λόφος των Ανέμων) rises behind it.
The PE (physical education) of the crews is strict. Their PE (power electronics) is old.
""",
    name="stations.md",
)
EDITION_DOCUMENT = load(EDITION)
EDITION_NAMES = Names.of(EDITION_DOCUMENT, Glossary.load(GLOSSARY))


def short(draft: Draft | None) -> str:
    """The words in bold that open a draft."""
    if draft is None:
        return ""
    return next((text for text, is_bold in pieces(draft.claims[0].text) if is_bold), "")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What does VHA stand for?", "Vell Harbour Authority"),
        ("what does vha stand for", "Vell Harbour Authority"),
        ("waht does VHA satnd for?", "Vell Harbour Authority"),
        ("VHA - full name?", "Vell Harbour Authority"),
        ("VHA: full name?", "Vell Harbour Authority"),
        ("full form of VHA", "Vell Harbour Authority"),
        ("Could you please spell out VHA?", "Vell Harbour Authority"),
        ("What is the full name of the VHA", "Vell Harbour Authority"),
        ("what's VHA short for", "Vell Harbour Authority"),
        ("What do the letters VHA stand for in this article?", "Vell Harbour Authority"),
        ("what is meant by 'VHA'?", "Vell Harbour Authority"),
        ("VTS stands for?", "Vessel Traffic Service"),
        ("ROV is short for what", "remotely operated vehicle"),
        ("What is LOA an abbreviation of?", "length over all"),
        ("what does LNG mean?", "liquefied natural gas"),
        ("What does SARU stand for?", "Search and Rescue Unit"),
        ("What does TWB stand for?", "Tide Warning Board"),
        ("What does OLS stand for?", "Ordal Lifeboat Society"),
        ("meaning of the acronym CRAB", "Coastal Research and Archive Board"),
        ("What does ISF stand for?", "International Seamen's Fund"),
        ("How is the Vell Harbour Authority abbreviated?", "VHA"),
        ("What is the abbreviation of Vell Harbor Authority?", "VHA"),
        ("acronym for the Ordal lifeboat society", "OLS"),
        ("Which abbreviation is used for the Vessel Traffic Service?", "VTS"),
        ("vessel traffic service abbreviation", "VTS"),
        ("what is the Coastal Research and Archive Board called for short?", "CRAB"),
        ("What's the short form of lifeboat society?", "OLS"),
    ],
)  # fmt: skip
def test_short_and_long_forms_are_given(question: str, expected: str) -> None:
    draft = terms.answer(question, [HARBOUR])
    assert short(draft) == expected
    assert draft is not None
    assert 0.9 <= draft.confidence <= 0.97
    verification = verify(cited(question, draft), [HARBOUR])
    assert verification.holds, verification.failures


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the Garden of Quiet Water called in Chinese?", "静水园"),
        ("chinese characters for the garden of quiet water?", "静水园"),
        ("How do you write 'Quiet Water Garden' in Chinese?", "静水园"),
        ("original name of the Garden of Quiet Water", "静水园"),
        ("Please give me the Chinese name for the Pine Hall Academy.", "松堂学院"),
        ("PHA in chinese characters", "松堂学院"),
        ("chinease name of the Pine Hall Acadmy", "松堂学院"),
        ("What is the Chinese term for borrowed scenery?", "借景"),
        ("How is the Lantern Feast written in Chinese?", "花灯节"),
        ("What does 静水园 mean?", "Garden of Quiet Water"),
        ("What is 花灯节?", "Lantern Feast"),
        ("translate 松堂学院", "Pine Hall Academy"),
        ("静水园 in English", "Garden of Quiet Water"),
        ("What does 松堂... mean?", "Pine Hall Academy"),
    ],
)
def test_names_in_another_script_are_given_and_explained(question: str, expected: str) -> None:
    draft = terms.answer(question, [SILK])
    assert short(draft) == expected
    assert draft is not None
    verification = verify(cited(question, draft), [SILK])
    assert verification.holds, verification.failures


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the Northern Ice Laboratory called in Russian?", "Северная ледовая лаборатория"),
        ("What is the Hill of Winds called in Greek?", "Λόφος των Ανέμων"),
        ("What is the Northern Ice Laboratory called in Ukrainian?", ""),
        ("What is the Northern Ice Laboratory called in Chinese?", ""),
        ("What is the Northern Ice Laboratory called in French?", ""),
        ("What is the Hill of Winds called in Russian?", ""),
    ],
)
def test_the_language_that_is_asked_for_counts(question: str, expected: str) -> None:
    assert short(terms.answer(question, [STATIONS])) == expected


def test_a_short_form_with_two_meanings_gets_both() -> None:
    draft = terms.answer("What does PE stand for?", [STATIONS])
    assert draft is not None
    lines = read(" ".join(claim.text for claim in draft.claims)).split("\n")
    assert [line.strip() for line in lines] == [
        "- physical education (PE)",
        "- power electronics (PE)",
    ]
    assert verify(cited("What does PE stand for?", draft), [STATIONS]).holds


def test_the_sentence_is_said_only_where_it_is_short() -> None:
    said = terms.answer("What does VHA stand for?", [HARBOUR])
    assert said is not None
    assert said.claims[0].text == (
        "**Vell Harbour Authority**. The Vell Harbour Authority (VHA) runs four ports."
    )
    long = terms.answer("What does CRAB stand for?", [HARBOUR])
    assert long is not None
    assert long.claims[0].text == "**Coastal Research and Archive Board** (CRAB)"
    assert HARBOUR.quote(long.claims[0].span).startswith("In 2001, long after")


def test_a_cell_and_a_reference_are_cited_as_such() -> None:
    cell = terms.answer("What does LNG stand for?", [HARBOUR])
    assert cell is not None
    assert cell.claims[0].cells == ((0, 0, 1),)
    entry = terms.answer("What does SSI stand for?", [HARBOUR])
    assert entry is not None
    assert entry.claims[0].span == HARBOUR.references[0].span


def test_another_name_of_the_names_finds_the_term() -> None:
    group = NameGroup.of("Vell Harbour Authority", ["VHA", "port office"], "glossary")
    names = [Names((group,))]
    question = "What is the full name of the port office?"
    assert terms.answer(question, [HARBOUR]) is None
    assert short(terms.answer(question, [HARBOUR], names)) == "Vell Harbour Authority"
    assert short(terms.answer("abbreviation of the port office", [HARBOUR], names)) == "VHA"


def test_a_name_that_spells_out_a_short_form_must_stand_in_the_text() -> None:
    group = NameGroup.of("Garden of Quiet Water", ["GQW", "Great Quarter of Willows"], "glossary")
    draft = terms.answer("What does GQW stand for?", [SILK], [Names((group,))])
    assert short(draft) == "Garden of Quiet Water"
    other = NameGroup.of("Great Quarter of Willows", ["GQW"], "glossary")
    assert terms.answer("What does GQW stand for?", [SILK], [Names((other,))]) is None


@pytest.mark.parametrize(
    ("question", "document"),
    [(question, HARBOUR) for question in (
        "What does XYZ stand for?",
        "What does the harbour stand for?",
        "What does the VHA stand for politically?",
        "What does the VHA mean for Ordal?",
        "What does the Vell Harbour Authority stand for?",
        "When was the VHA founded?",
        "Who runs the VHA?",
        "How many ports does the VHA run?",
        "What is the full name of the mayor?",
        "What is the name of the port?",
        "What is the abbreviation of the harbour?",
        "What is the abbreviation for authority?",
        "Who is called a captain?",
        "What is the VHA called in Chinese?",
        "What is the breakwater called in Russian?",
        "How do you write a pilotage order?",
        "How are ropes made?",
        "In which form is the list kept?",
        "What is the character of the mayor?",
        "What does the pilot stand on?",
        "Is VHA short for something good?",
        "short",
        "What does stand for?",
        "What does it stand for?",
        "",
        "**",
    )] + [(question, SILK) for question in (
        "What is China's name for its moon rocket?",
        "What is the Chinese name of the pavilion?",
        "What is the Chinese word for water?",
        "What is the Garden of Quiet Water called in Japanese?",
        "What is the Garden of Quiet Water called in Polish?",
        "How many Chinese gardens are there?",
        "What do Chinese gardens look like?",
        "When did 静水园 open?",
        "Who designed 静水园?",
        "What does 龙门 mean?",
        "Is Li Wen Chinese?",
        "Translate the article into Chinese",
    )],
)  # fmt: skip
def test_other_questions_are_left_alone(question: str, document: object) -> None:
    known = {id(HARBOUR): HARBOUR, id(SILK): SILK}
    assert terms.answer(question, [known[id(document)]]) is None


@pytest.mark.parametrize(
    ("question", "begins", "sure"),
    [
        ("What is a pilotage order?", "A pilotage order is a document", 0.9),
        ("whats a pilotage order exactly", "A pilotage order is a document", 0.9),
        ("Please explain what a pilotage order is.", "A pilotage order is a document", 0.9),
        ("define piltoage order", "A pilotage order is a document", 0.9),
        ("What is the Ebb Register?", "The Ebb Register, a list of", 0.85),
        ("Ebb Register - what is it?", "The Ebb Register, a list of", 0.85),
        ("what does dredging mean", "Dredging refers to the removal", 0.9),
        ("What is meant by dredging?", "Dredging refers to the removal", 0.9),
        ("explain tidal locks", "A tidal lock, which is a basin", 0.8),
        ("What are bollards?", "Bollards are short posts that", 0.8),
        ("What was the Night Fleet?", "The Night Fleet — a loose union", 0.85),
        ("What is a gantry?", "Gantries are frames whose legs", 0.8),
        ("what are the rope works", "Rope works: a workshop that", 0.85),
        ("What is OLS?", "**Ordal Lifeboat Society** (OLS)", 0.9),
    ],
)
def test_the_sentence_that_defines_a_term_is_found(question: str, begins: str, sure: float) -> None:
    draft = definitions.answer(question, [HARBOUR])
    assert draft is not None
    assert draft.claims[0].text.startswith(begins)
    assert draft.confidence >= sure
    assert verify(cited(question, draft), [HARBOUR]).holds


@pytest.mark.parametrize(
    ("country", "begins"),
    [("Brazil", ""), ("Peru", ""), ("Portugal", "Portugal is a country")],
)
def test_a_country_is_defined_only_as_a_country(country: str, begins: str) -> None:
    names = [Names.of(HARBOUR)]
    assert any(group.canonical == country for group in names[0].groups)
    draft = definitions.answer(f"What is {country}?", [HARBOUR], names)
    assert (draft.claims[0].text if draft else "")[: len(begins) or 1] == begins


@pytest.mark.parametrize(
    "question",
    [
        "What is the breakwater?",
        "What are quiet hours?",
        "What is a captain?",
        "What is Ordal?",
        "What is the lighthouse?",
        "What is the mayor?",
        "What is kelp?",
        "What is an anchor?",
        "What is a boat?",
        "What is the Storm Surge Index?",
        "What is the deadweight tonnage?",
        "What is the length of the breakwater?",
        "What is this about?",
        "What is it?",
        "What is reference 1?",
        "What is table 1?",
        "What is the pilot doing?",
        "Who is the mayor?",
        "When was the pilotage order issued?",
        "What does the pilotage order mean for ships?",
        "Explain why ships need pilots",
        "explain how dredging works",
        "How many bollards are there?",
        "What is the name of the Ebb Register?",
        "Hello!",
        "",
        "?",
    ],
)
def test_a_term_that_is_only_mentioned_is_not_explained(question: str) -> None:
    assert definitions.answer(question, [HARBOUR]) is None


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("What does APSCO stand for?", "Asia-Pacific Space Cooperation Organization"),
        ("CNSA - full name?", "China National Space Administration"),
        ("What is meant by UASR?", "University Alliance of the Silk Road"),
        ("spell out NASA", "National Aeronautics and Space Administration"),
        ("How does it spell out the name of the American space agency?", "National Aeronautics"),
        ("what does the ILRS stand for", "International Lunar Research Station"),
        ("What is the Asia-Pacific Space Cooperation Organization called in Chinese?", "亚太空间合作组织"),
        ("chinese characters for the international lunar research station?", "国际月球科研站"),
        ("Chinese name of the moon base", "国际月球科研站"),
        ("How do you write 'Belt and Road' in Chinese?", "一带一路"),
        ("What is 一带一路?", "Belt and Road Initiative"),
    ],
)  # fmt: skip
def test_the_edition_defines_its_terms(question: str, says: str) -> None:
    draft = terms.answer(question, [EDITION_DOCUMENT], [EDITION_NAMES])
    assert short(draft).startswith(says)
    assert draft is not None
    assert verify(cited(question, draft), [EDITION_DOCUMENT]).holds


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("what's the ILRS exactly?", "largest international format"),
        ("Please explain what the Entity List is.", "a document that places under sanctions"),
        ("What are the Artemis Accords?", "a parallel format"),
        ("What is the Hungarian Solar Physics Foundation?", "a research organisation in Budapest"),
    ],
)
def test_the_edition_explains_its_terms(question: str, says: str) -> None:
    draft = definitions.answer(question, [EDITION_DOCUMENT], [EDITION_NAMES])
    assert draft is not None
    assert says in draft.claims[0].text
    assert verify(cited(question, draft), [EDITION_DOCUMENT]).holds


@pytest.mark.parametrize(
    "question",
    [
        "What is the ILRS called in Russian?",
        "What is NASA called in Chinese?",
        "What does INSS stand for?",
        "What does BRICS stand for?",
        "What does the Wolf Amendment stand for?",
        "Chinese term for Silk Road",
        "What does the ILRS mean for Poland?",
        "What is a satellite?",
        "What is Serbia?",
    ],
)
def test_what_the_edition_does_not_define_is_left_alone(question: str) -> None:
    assert terms.answer(question, [EDITION_DOCUMENT], [EDITION_NAMES]) is None
    assert definitions.answer(question, [EDITION_DOCUMENT], [EDITION_NAMES]) is None


@settings(deadline=None)
@given(
    st.lists(
        st.sampled_from(
            "what does is the stand for in Chinese mean VHA 静水园 … of abbreviation name full (".split()
        ),
        max_size=9,
    ),
    st.text(max_size=20),
)
def test_whatever_is_asked_the_answer_holds(words: list[str], tail: str) -> None:
    question = " ".join([*words, tail])
    for draft in (
        terms.answer(question, [HARBOUR, SILK]),
        definitions.answer(question, [HARBOUR, SILK]),
    ):
        if draft is not None:
            assert verify(cited("What?", draft), [HARBOUR, SILK]).holds
