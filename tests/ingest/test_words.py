from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.words import _stemmers, acronyms, correct, fold, foreign_names, stems, tokens


def words(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


def pairs(text: str) -> list[tuple[str, str]]:
    return [(found.short, found.long) for found in acronyms(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The Quick Fox", ["the", "quick", "fox"]),
        ("U.S. and U.A.E. troops", ["us", "and", "uae", "troops"]),
        ("the U.K.'s plan", ["the", "uk", "plan"]),
        ("Keynes's book, Keynes’ view", ["keynes", "book", "keynes", "view"]),
        ("R&D, AT&T, R & D", ["r&d", "at&t", "r&d"]),
        ("Salt & Pepper", ["salt", "and", "pepper"]),
        ("sea-level rise", ["sea", "level", "rise"]),
        ("Public Law 112-55", ["public", "law", "112", "55"]),
        ("149 of 1,234 or 12,345,678", ["149", "of", "1234", "or", "12345678"]),
        ("3.5 km in 2021.", ["3.5", "km", "in", "2021"]),
        ("the 21st CO2", ["the", "21st", "co2"]),
        ("2021,2023", ["2021", "2023"]),
        ("Gdańsk Łódź Århus Straße", ["gdansk", "lodz", "arhus", "strasse"]),
        ("e\u0301tat", ["etat"]),
        ("Côte d’Ivoire", ["cote", "d'ivoire"]),
        ("don't", ["don't"]),
        ("东京都 塔", ["东京", "京都", "塔"]),
        ("NASA东京", ["nasa", "东京"]),
        ("москва", ["москва"]),
        ("snake_case", ["snake", "case"]),
        ("हिन्दी", ["हिन्दी"]),
        ("", []),
        ("... -- !?", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_token_says_where_it_stands() -> None:
    text = "É. Müller's U.S. visa"
    assert [text[t.start : t.end] for t in tokens(text)] == ["É", "Müller", "U.S.", "visa"]


PIECES = st.sampled_from(
    [
        "U.S.",
        "R&D",
        "1,234",
        "东京都",
        "é",
        "e\u0301",
        "'s",
        "’s",
        "-",
        " & ",
        ".",
        "ß",
        "ﬁ",
        "½",
        "\n",
    ]
)
TEXTS = st.one_of(st.text(), st.lists(st.one_of(PIECES, st.text(max_size=3))).map("".join))


@given(TEXTS)
def test_spans_lie_on_the_text_in_order(text: str) -> None:
    found = tokens(text)
    assert all(0 <= t.start < t.end <= len(text) for t in found)
    starts = [t.start for t in found]
    assert starts == sorted(set(starts))


@given(TEXTS)
def test_a_token_is_the_folding_of_its_place(text: str) -> None:
    for token in tokens(text):
        written = text[token.start : token.end]
        bare = "and" if written == "&" else "".join(c for c in written if c not in ". ,")
        assert fold(bare) == token.text or token.text == fold(written)


@given(TEXTS)
def test_tokens_of_a_token_are_itself(text: str) -> None:
    for token in tokens(text):
        if token.text.isascii() and token.text.isalnum():
            assert words(token.text) == [token.text]


def test_stems_meet_and_function_words_go() -> None:
    assert (
        stems("Which stations are cooperating?")
        == stems("station cooperation")
        == ["station", "cooper"]
    )
    assert stems("How many of them were there?") == []


def test_a_function_word_in_capitals_is_a_name() -> None:
    assert stems("what did the US tell us") == ["us", "tell"]
    assert stems("U.S. rules") == ["us", "rule"]
    assert stems("TELL US NOW") == ["tell", "now"]


def test_the_month_may_stays() -> None:
    assert "may" in stems("in May 2024")


def test_every_thread_has_a_stemmer_of_its_own() -> None:
    with ThreadPoolExecutor(2) as pool:
        meet = Barrier(2, timeout=10)

        def own(_: int) -> object:
            meet.wait()
            return _stemmers().english

        one, other = pool.map(own, range(2))
    assert one is not other
    assert _stemmers().english is _stemmers().english


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the World Health Organization (WHO) said", [("WHO", "World Health Organization")]),
        (
            "NATO (the North Atlantic Treaty Organization)",
            [("NATO", "North Atlantic Treaty Organization")],
        ),
        (
            "Organisation for Economic Co-operation and Development (OECD)",
            [("OECD", "Organisation for Economic Co-operation and Development")],
        ),
        ("Department of Defense (DoD)", [("DoD", "Department of Defense")]),
        ("Research & Development (R&D)", [("R&D", "Research & Development")]),
        ("deoxyribonucleic acid (DNA)", [("DNA", "deoxyribonucleic acid")]),
        ("a television (TV) set", [("TV", "television")]),
        (
            "Asia-Pacific Economic Cooperation (APEC)",
            [("APEC", "Asia-Pacific Economic Cooperation")],
        ),
        (
            "International Business Machines Corporation (IBM)",
            [("IBM", "International Business Machines Corporation")],
        ),
        (
            "Transmission Control Protocol/Internet Protocol (TCP/IP)",
            [("TCP/IP", "Transmission Control Protocol/Internet Protocol")],
        ),
        ("European Space Agency (ESA/欧洲空间局)", [("ESA", "European Space Agency")]),
        ("European Space Agency (ESA, founded 1975)", [("ESA", "European Space Agency")]),
        ("Union of Northern River Ports (NRPU)", [("NRPU", "Union of Northern River Ports")]),
        ("Calm Flow Tank Control Room (CFTR)", [("CFTR", "Calm Flow Tank Control Room")]),
        ("| ESA (European Space Agency) | 1975 |", [("ESA", "European Space Agency")]),
        ("non-governmental organisations (NGOs)", [("NGOs", "non-governmental organisations")]),
        ("Group of 20 (G20)", [("G20", "Group of 20")]),
    ],
)
def test_acronyms_that_a_text_defines(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "every Hungarian (EU) town",
        "the second Initiative (II)",
        "it was built (2008) there",
        "the station (see below)",
        "It ended. Rivers Authority (IRA)",
        "Ivory | Rivers Authority (IRA)",
        "the ESA budget (ESA)",
        "(ESA)",
        "()",
        "an unclosed (ESA",
    ],
)
def test_what_defines_no_acronym(text: str) -> None:
    assert pairs(text) == []


def test_foreign_names_belong_to_the_capitalised_phrase_before_them() -> None:
    def names(text: str) -> list[tuple[str, str]]:
        return [(found.long, found.short) for found in foreign_names(text)]

    assert names("The Palace Museum (故宫博物院) opened") == [("Palace Museum", "故宫博物院")]
    assert names("the Museum of Asian Art (МАИ)") == [("Museum of Asian Art", "МАИ")]
    assert names("the big Palace history Museum（故宫）") == [("Palace history Museum", "故宫")]
    assert names("Silk Road Fund (SRF/丝路基金)") == [("Silk Road Fund", "丝路基金")]
    assert names("the museum (故宫)") == []
    assert names("The Palace (Gugong)") == []


LETTERS = st.text("ABab ()/&-.é长", max_size=60)


@given(st.one_of(TEXTS, LETTERS))
def test_definitions_lie_on_the_text(text: str) -> None:
    for found in [*acronyms(text), *foreign_names(text)]:
        assert text[found.short_span.start : found.short_span.end] == found.short
        assert text[found.long_span.start : found.long_span.end] == found.long
        assert found.short
        assert found.long


def unknown(_: str) -> bool:
    return False


def test_a_misspelt_word_is_the_nearest_of_the_document() -> None:
    vocabulary = {"harbour": 3, "station": 5, "nation": 9, "satellites": 1, "bridge": 2, "pride": 7}
    assert correct("harbuor", vocabulary, unknown) == "harbour"
    assert correct("satelittes", vocabulary, unknown) == "satellites"
    assert correct("Brigde", vocabulary, unknown) == "bridge"
    assert correct("statin", vocabulary, unknown) == "station"


def test_of_two_words_as_near_the_more_frequent_counts() -> None:
    assert correct("bant", {"band": 2, "bank": 9}, unknown) == "bank"
    assert correct("bant", {"band": 9, "bank": 2}, unknown) == "band"


def test_what_is_not_corrected() -> None:
    vocabulary = {"2021": 5, "station": 5, "cat": 1, "harbour": 1}
    assert correct("2022", vocabulary, unknown) is None
    assert correct("stat1on", vocabulary, unknown) is None
    assert correct("car", vocabulary, unknown) is None
    assert correct("station", vocabulary, unknown) is None
    assert correct("nation", {"station": 5, "notion": 5}, lambda word: word == "nation") is None
    assert correct("harxxur", vocabulary, unknown) is None
