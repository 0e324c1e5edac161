from __future__ import annotations

import subprocess
import sys

import pytest

from ingest.names import NameGroup
from tests.ingest.naming import found, names_of

WORLD = (
    "Norway and Kenya met the United States, the United Kingdom and Croatia in Brussels. "
    "The Gambia, Nigeria, South Korea and Turkey were absent. The Irish were late."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is Oslo rich?", [("Oslo", "Norway")]),
        ("the Kingdom of Norway's plan", [("Kingdom of Norway", "Norway")]),
        ("norwegians like kenya", [("norwegians", "Norway"), ("kenya", "Kenya")]),
        (
            "the Croats, a Croat, Croatians",
            [(w, "Croatia") for w in ("Croats", "Croat", "Croatians")],
        ),
        ("Kenyan and Kenyans", [("Kenyan", "Kenya"), ("Kenyans", "Kenya")]),
        (
            "U.S., US, U.S.A. and USA",
            [(w, "United States") for w in ("U.S.", "US", "U.S.A.", "USA")],
        ),
        ("Britain or the UK", [("Britain", "United Kingdom"), ("UK", "United Kingdom")]),
        ("what did the belgians do in the uk", [("belgians", "Belgium"), ("uk", "United Kingdom")]),
        ("Republic of Türkiye", [("Republic of Türkiye", "Turkey")]),
        ("HRV against KEN", [("HRV", "Croatia"), ("KEN", "Kenya")]),
        ("South Koreans in Seoul", [("South Koreans", "South Korea"), ("Seoul", "South Korea")]),
        ("the Irishwoman and Irishmen", [("Irishwoman", "Ireland"), ("Irishmen", "Ireland")]),
    ],
)
def test_countries_are_found_by_their_names(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(names_of(WORLD), text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tell us more",
        "Tell us more",
        "TELL US MORE",
        "Did it tell us about KEn?",
        "no, be in it",
        "ng or kr",
        "Koreans",
        "What is in South America and Latin America?",
        "Northern Ireland",
        "Norwayish",
        "Japan and Fiji",
        "Niger and the Nigeriens",
        "Zambia",
    ],
)
def test_what_names_no_country_of_the_document(text: str) -> None:
    assert found(names_of(WORLD), text) == []


def test_us_after_the_is_no_pronoun() -> None:
    assert found(names_of(WORLD), "when did the us join us") == [("us", "United States")]


def test_codes_that_are_english_words_are_no_countries() -> None:
    names = names_of("Italy, India, Iceland, Norway, Canada, Andorra and Belgium")
    assert found(names, "IT IN IS NO CAN AND BE Ok") == []


def test_a_country_inside_the_name_of_another_is_not_mentioned() -> None:
    names = names_of("Guinea and Samoa and Sudan and Ireland")
    text = "Papua New Guinea, Equatorial Guinea, Guinea-Bissau, American Samoa, South Sudan"
    assert found(names, text) == []
    assert found(names_of("Papua New Guinea, American Samoa"), "Guinea, Samoa, American") == []


def test_a_form_of_two_countries_is_nobodys() -> None:
    both = "Dominica, the Dominican Republic, North Korea, South Korea, Republic of the Congo"
    names = names_of(both)
    assert found(names, "the Dominicans, the Dominican people, Koreans, the Congolese, Congo") == []
    assert [group for _, group in found(names, "Dominica and the Dominican Republic")] == [
        "Dominica",
        "Dominican Republic",
    ]


def test_the_chinese_and_french_are_those_of_the_country_that_sounds_so() -> None:
    names = names_of("China, Hong Kong, Macao, France, Saint Pierre and Miquelon")
    text = "the Chinese and the French"
    assert [group for _, group in found(names, text)] == ["China", "France"]
    assert found(names, "the Republic of China") == []


def test_a_capital_named_like_its_country_is_one_mention() -> None:
    names = names_of("Singapore, San Marino and Djibouti")
    text = "Singapore, San Marino, Djibouti"
    assert found(names, text) == [(name, name) for name in text.split(", ")]


def test_the_south_pole_is_not_polish() -> None:
    names = names_of("Poland, Warsaw and the South Pole of the Moon")
    assert found(names, "the south pole, the South Pole, the poles") == []
    assert found(names, "What did the Poles do in Polish?") == [
        ("Poles", "Poland"),
        ("Polish", "Poland"),
    ]


def test_saint_may_be_shortened() -> None:
    assert found(names_of("Saint Lucia"), "St. Lucia, St Lucia") == [
        ("St. Lucia", "Saint Lucia"),
        ("St Lucia", "Saint Lucia"),
    ]


def test_a_country_is_mentioned_by_its_capital_or_people_but_not_by_a_code_or_small_letter() -> (
    None
):
    assert names_of("They met in Nairobi.").groups[0].canonical == "Kenya"
    assert names_of("Two Kenyans met.").groups[0].canonical == "Kenya"
    assert names_of("We ate turkey on fine china with AI and KE.").groups == ()


def test_a_short_form_for_a_country_is_one_of_its_names() -> None:
    names = names_of("the People's Republic of China (PRC) and Beijing")
    text = "PRC, Chinese, China"
    assert len({group for _, group in found(names, text)}) == 1


def test_a_form_of_the_glossary_is_no_longer_a_countrys() -> None:
    names = names_of("Norway and Oslo", ("Peace talks", "Oslo"))
    assert found(names, "Oslo and Norwegians") == [
        ("Oslo", "Peace talks"),
        ("Norwegians", "Norway"),
    ]


def test_a_country_of_the_glossary_goes_by_its_common_name() -> None:
    names = names_of("Norway and the KON met.", ("Kingdom of Norway", "KON", "挪威王国"))
    (group,) = names.groups
    assert (group.canonical, group.kind) == ("Norway", "country")
    text = "Norway's ties with the Kingdom of Norway, the KON, 挪威王国, Oslo and Norwegians"
    assert {canonical for _, canonical in found(names, text)} == {"Norway"}
    assert len(found(names, text)) == 6
    assert names.standard("Norway's ties") == "Norway's ties"


def test_the_standard_wording_mends_odd_names_of_a_country_and_keeps_the_atlass() -> None:
    names = names_of(
        "The unified british Kingdom, London and Kenya.",
        ("United Kingdom", "unified british Kingdom", "Albion"),
    )
    assert names.standard("In the unified british Kingdom") == "In the United Kingdom"
    assert names.standard("Albion's, ALBION") == "United Kingdom's, United Kingdom"
    for text in ("Great Britain, UK, U.K.", "the British in London", "GBR", "Nairobi, a Kenyan"):
        assert names.standard(text) == text
    assert names.standard("Londons Albion in London") == "Londons United Kingdom in London"


def test_a_country_and_its_capital_in_parentheses_both_stay() -> None:
    names = names_of("Oslo, Norway", ("Norway", "Norseland", "NRL"))
    assert names.standard("Norway (Oslo)") == "Norway (Oslo)"
    assert names.standard("Oslo (Norseland)") == "Oslo (Norway)"
    assert names.standard("Norway (NRL)") == "Norway"
    assert names.standard("Norseland (NRL)") == "Norway"


def test_a_country_that_only_the_glossary_names_is_that_country() -> None:
    names = names_of("They came to Norseland.", ("Norway", "Norseland"))
    assert found(names, "Is Oslo in Norseland?") == [("Oslo", "Norway"), ("Norseland", "Norway")]


def test_a_term_that_holds_several_countries_is_none_of_them() -> None:
    term = ("The two kingdoms", "Norway", "Sweden")
    names = names_of("Norway, Sweden and Kenya met.", term)
    assert names.groups[0] == NameGroup(term[0], term)
    assert found(names, "Norway, Kenya") == [("Norway", term[0]), ("Kenya", "Kenya")]


def test_a_code_counts_in_capitals_among_small_letters_and_with_three_letters() -> None:
    names = names_of("Finland, Croatia, Anguilla, Iraq, New Zealand and Peru")
    assert found(names, "AI, IQ, HR or PER; FIN, a fin, HRV and NZ") == [
        ("FIN", "Finland"),
        ("HRV", "Croatia"),
        ("NZ", "New Zealand"),
    ]
    assert found(names, "WHOSE FIN IS THAT") == []


def test_a_question_does_not_load_the_atlas() -> None:
    stored = names_of("Kenya").to_json()
    program = (
        "import sys; from ingest.names import Names; names = Names.from_json(sys.argv[1]);"
        "assert len(names.mentions('Nairobi')) == 1; assert 'pyworldatlas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program, stored], check=True)
