from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.generate import CATEGORIES, GoldQuestion, generate, main
from eval.questions.nouns import event_of, is_plural, noun_of, plural, row_nouns, singular
from eval.questions.wordings import FAMILIES, Family
from ingest.document import Document
from ingest.load import load, parse
from tests.conftest import EDITION

BOATS = """# Boats of the harbour

The harbour office keeps a list of its boats.

| Boat | Built | Owner | Material | Seats | Length |
|---|---|---|---|---|---|
| Heron | 1961 | Mia Lund | Oak | 12 | 8.25 |
| Petrel | 1974 | Jan Roth | Steel | 40 | 21.5 |
| Curlew | 1974 | Mia Lund | Oak | 9 | 7 |
| Gannet | 1988 | Ada Stern | Larch | 31 | 15.75 |
| Plover | 1990 | Jan Roth | Oak | 6 | 6.5 |
| Avocet | 1995 | Ada Stern | Steel | 55 | 24 |
| Dunlin | 2003 | Ole Krag | – | 17 | 9.25 |
"""
FAMILY_NAMES: tuple[Family, ...] = ("train", "held_out")


def boats() -> Document:
    return parse(BOATS, name="boats.md")


def many(document: Document, seeds: int = 12) -> list[GoldQuestion]:
    return [
        question
        for seed in range(seeds)
        for family in FAMILY_NAMES
        for question in generate(document, wording=family, seed=seed)
    ]


def rows() -> list[dict[str, str]]:
    lines = [line for line in BOATS.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


HEADER = ["Boat", "Built", "Owner", "Material", "Seats", "Length"]
OPERATORS = [  # the longer phrase before the one that stands in it
    (r"(?:at least|no (?:fewer|less|earlier) than) (\d[\d.]*)|in (\d+) or later", "ge"),
    (r"(?:at most|no (?:more|later) than) (\d[\d.]*)|in (\d+) or earlier", "le"),
    (r"(?:more than|over|after|later than) (\d[\d.]*)", "gt"),
    (r"(?:fewer than|less than|under|before|prior to) (\d[\d.]*)", "lt"),
]


def naive(words: str, row: dict[str, str]) -> bool:
    """Whether a row meets the one condition that a question's words state."""
    for pattern, operator in OPERATORS:
        found = re.search(pattern, words)
        if found:
            limit = Decimal(next(group for group in found.groups() if group).rstrip("?.:,"))
            is_year = re.search(r"built", words, re.IGNORECASE)
            column = "Built" if is_year else "Seats" if "seats" in words.lower() else "Length"
            own = Decimal(row[column])
            return {"ge": own >= limit, "le": own <= limit, "gt": own > limit, "lt": own < limit}[
                operator
            ]
    for column in ("Owner", "Material"):
        for value in {other[column] for other in rows()}:
            if re.search(rf"\b{re.escape(value)}\b", words, re.IGNORECASE):
                return row[column] == value
    number = re.search(r"\b(\d+)\b", words)
    assert number, words
    return number.group(1) in (row["Built"], row["Seats"])


def test_conditions_come_out_as_the_words_say() -> None:
    checked = Counter[str]()
    for question in many(boats()):
        if question.category not in ("count", "list", "comparator", "negation"):
            continue
        wanted = [row["Boat"] for row in rows() if naive(question.question, row)]
        if question.category == "negation":
            wanted = [row["Boat"] for row in rows() if row["Boat"] not in wanted]
        is_count = question.denotation[0].isdigit()
        assert question.denotation == ((str(len(wanted)),) if is_count else tuple(wanted)), question
        checked[question.category] += 1
    assert min(checked.values()) > 20
    assert len(checked) == 4


def test_sums_averages_and_differences_come_out_as_a_second_computation_says() -> None:
    table = {row["Boat"]: row for row in rows()}
    checked = Counter[str]()
    for question in many(boats()):
        said = [
            name for name in table if re.search(rf"\b{name}\b", question.question, re.IGNORECASE)
        ]
        column = next(
            (c for c in ("Seats", "Length") if c.lower() in question.question.lower()), ""
        )
        column = column or "Built"
        if question.category == "average":
            values = [Decimal(row[column]) for row in table.values()]
            mean = sum(values, Decimal(0)) / len(values)
            assert abs(Decimal(question.denotation[0]) - mean) < Decimal("1e-6")
        elif question.category == "difference":
            one, other = (Decimal(table[name][column]) for name in said)
            assert Decimal(question.denotation[0]) == abs(one - other)
        elif question.category == "sum" and len(question.cells) % 7 and len(said) == 2:
            total = sum(Decimal(table[name][column]) for name in said)
            assert Decimal(question.denotation[0]) == total
        elif question.category == "comparison":
            key = min if column == "Built" else max
            winner = key(said, key=lambda name: Decimal(table[name][column]))
            assert question.denotation == (winner,)
        else:
            continue
        checked[question.category] += 1
    assert set(checked) == {"average", "difference", "sum", "comparison"}


@pytest.mark.parametrize("document", [boats(), load(EDITION)], ids=["boats", "edition"])
def test_every_gold_agrees_with_its_cells(document: Document) -> None:
    for question in many(document, seeds=4):
        table = document.tables[question.table]
        texts = {(t, r, c): table.cell(r, c).text for t, r, c in question.cells}
        if question.category in ("lookup", "reverse", "list", "superlative", "two_conditions"):
            is_count = question.denotation[0].isdigit() and question.category == "two_conditions"
            assert is_count or set(question.denotation) <= set(texts.values())
        if question.category == "unanswerable_empty":
            assert set(texts.values()) == {""}
        if not question.answerable:
            assert not question.answer
            assert not question.denotation
            continue
        assert question.denotation
        if question.yes_no:
            assert question.denotation == (question.yes_no,)
            assert not question.answer
        else:
            assert len(question.answer) == len(question.denotation)
            for forms, value in zip(question.answer, question.denotation, strict=True):
                assert value in forms or any(form.replace(",", "") == value for form in forms)
        accepted = {form.casefold() for forms in question.answer for form in forms}
        assert not {wrong.casefold() for wrong in question.forbidden} & accepted


def test_all_kinds_are_asked() -> None:
    assert {question.category for question in many(boats())} == set(CATEGORIES)


def test_superlatives_have_one_winner() -> None:
    table = rows()
    for question in many(boats()):
        if question.category == "superlative":
            column = HEADER[max(column for _, _, column in question.cells)]
            values = [Decimal(row[column]) for row in table]
            own = next(Decimal(r[column]) for r in table if r["Boat"] == question.denotation[0])
            assert own in (max(values), min(values))
            assert values.count(own) == 1


def test_what_is_not_there_is_not_there() -> None:
    document = load(EDITION)
    for question in many(document, seeds=4):
        if question.category == "unanswerable_value":
            number = re.search(r"\d+", question.question)
            assert number
            table = document.tables[question.table]
            column = [cell.text for row in table.rows for cell in row]
            assert number.group() not in column


def test_the_same_seed_gives_the_same_questions_and_another_one_others() -> None:
    document = load(EDITION)
    first = [question.to_json() for question in generate(document, seed=3)]
    assert first == [question.to_json() for question in generate(document, seed=3)]
    assert first != [question.to_json() for question in generate(document, seed=4)]


@pytest.mark.parametrize("most", [0, 1, 17, 60])
def test_most_limits_the_number_and_spreads_it_over_the_categories(most: int) -> None:
    questions = generate(load(EDITION), most=most)
    assert len(questions) == most
    assert len({(q.table, q.category) for q in questions}) >= min(most, 30)


def test_ids_and_questions_are_unique() -> None:
    for family in FAMILY_NAMES:
        questions = generate(load(EDITION), wording=family)
        assert len({question.id for question in questions}) == len(questions) > 100
        assert len({question.question.casefold() for question in questions}) == len(questions)


def test_the_wording_families_answer_the_same_and_share_no_phrase() -> None:
    train, held_out = FAMILIES["train"], FAMILIES["held_out"]
    assert train.keys() == held_out.keys()

    def plain(phrasing: str) -> str:
        return " ".join(re.findall(r"\{?\w+\}?", phrasing.lower()))

    assert not {plain(p) for ps in train.values() for p in ps} & {
        plain(p) for ps in held_out.values() for p in ps
    }
    asked = [
        {question.question.casefold() for question in generate(load(EDITION), wording=family)}
        for family in FAMILY_NAMES
    ]
    assert not asked[0] & asked[1]


def test_every_phrasing_can_be_filled() -> None:
    for question in [*many(boats()), *many(load(EDITION), seeds=4)]:
        assert "{" not in question.question
        assert "  " not in question.question
        assert question.question[0].isalnum()


def test_a_question_survives_its_json() -> None:
    for question in generate(load(EDITION)):
        line = question.to_json()
        assert GoldQuestion.from_json(line) == question
        read: dict[str, Any] = json.loads(line)
        assert {"id", "question", "category", "answerable", "answer", "forbidden"} < read.keys()
        assert {"yes_no", "cells", "denotation", "table"} < read.keys()


def test_rows_without_a_name_of_their_own_and_totals_are_left_alone() -> None:
    text = (
        "| Town | People | Founded |\n|---|---|---|\n| Hull | 310 | 1850 |\n| Derby | 420 | 1900 |\n"
        "| Corby | 55 | 1700 |\n| Hull | 77 | 1790 |\n"
    )
    categories = {q.category for q in many(parse(text, name="t.md"))}
    assert not categories & {"lookup", "reverse", "list", "superlative", "difference", "comparison"}
    text = "| Town | Boats |\n|---|---|\n| Ashby | 31 |\n| Corby | 42 |\n| Derby | 5 |\n| Total | 78 |\n"
    questions = many(parse(text, name="t.md"))
    assert not {"sum", "superlative", "count", "average"} & {q.category for q in questions}
    assert not [q for q in questions if q.answerable and "78" in q.denotation]


def test_a_name_inside_another_one_is_not_asked_for() -> None:
    text = (
        "| Town | Boats | Founded |\n|---|---|---|\n| York | 31 | 1850 |\n| New York | 42 | 1900 |\n"
        "| Corby | 55 | 1700 |\n| Ashby | 77 | 1790 |\n"
    )
    asked = " ".join(q.question.lower() for q in many(parse(text, name="t.md")))
    assert "new york" in asked
    assert not re.search(r"(?<!new )\byork\b", asked)


def test_a_tie_for_the_first_place_is_not_asked_for() -> None:
    text = (
        "| Town | Boats |\n|---|---|\n| Ashby | 42 |\n| Corby | 42 |\n| Derby | 5 |\n| Egby | 7 |\n"
    )
    winners = {q.denotation for q in many(parse(text, name="t.md")) if q.category == "superlative"}
    assert winners == {("Derby",)}


def test_numbers_that_may_be_years_are_only_looked_up() -> None:
    text = "| Town | Boats |\n|---|---|\n| Ashby | 1950 |\n| Corby | 2001 |\n| Derby | 5 |\n"
    categories = {q.category for q in many(parse(text, name="t.md"))}
    assert categories <= {"lookup", "unanswerable_row", "unanswerable_column"}


cells = st.text(
    st.sampled_from("ab AB1290,.-–:;/()#'\"<>\\{}äÉ漢א%$*_?\u00a0"), min_size=0, max_size=9
)
words = st.sampled_from(
    ["Oak", "1999", "2,000", "12", "3.5", "–", "", "Mia Lund", "a/b", "5 May 2001"]
)
headers = st.one_of(cells, st.sampled_from(["Name", "Year", "Seats", "Built", "Year", "#", "Born"]))


@settings(max_examples=80)
@given(
    header=st.lists(headers, min_size=1, max_size=5),
    body=st.lists(st.lists(st.one_of(cells, words), min_size=0, max_size=6), max_size=6),
    seed=st.integers(0, 3),
)
def test_no_table_is_too_nasty(header: list[str], body: list[list[str]], seed: int) -> None:
    lines = [header, ["---"] * len(header), *body]
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    document = parse(text, name="nasty.md")
    for family in FAMILY_NAMES:
        questions = generate(document, wording=family, seed=seed)
        assert len({question.id for question in questions}) == len(questions)
        for question in questions:
            assert question.question.strip()
            for table, row, column in question.cells:
                document.tables[table].cell(row, column)


@pytest.mark.parametrize(
    "text",
    [
        "| A |\n|---|\n| x |\n| y |\n",
        "| Name | Seats |\n|---|---|\n",
        "| Name | Name | |\n|---|---|---|\n| a | b | c |\n| d |\n| e | f | g | h | i |\n",
    ],
    ids=["one column", "header only", "ragged"],
)
def test_small_tables_raise_nothing(text: str) -> None:
    document = parse(text, name="t.md")
    assert document.tables
    many(document, seeds=2)


@pytest.mark.parametrize(
    ("header", "noun"),
    [
        ("Year of joining", "year of joining"),
        ("Area (km²)", "area"),
        ("NFL Team", "NFL Team"),
        ("Pts", "points"),
        ("Gold", "gold medals"),
        ("#", ""),
        ("Played", ""),
        ("2008", ""),
        ("", ""),
    ],
)
def test_headers_become_nouns(header: str, noun: str) -> None:
    assert noun_of(header) == noun


def test_nouns_have_plurals() -> None:
    for one, more in [
        ("country", "countries"),
        ("year of joining", "years of joining"),
        ("runner-up", "runners-up"),
        ("chairman", "chairmen"),
        ("church", "churches"),
    ]:
        assert plural(one) == more
        assert plural(more) == more
    assert singular("weeks at peak") == "week at peak"
    assert is_plural("weeks at peak")
    assert not is_plural("status")
    assert row_nouns("Name") == ("entry", "entries")
    assert row_nouns("Boat") == ("boat", "boats")


def test_headers_tell_what_happened() -> None:
    founded, joining = event_of("Founded"), event_of("Year of joining")
    assert founded
    assert founded.asked("X") == "was X founded"
    assert joining
    assert joining.asked("X") == "did X join"
    assert event_of("Release") is None
    assert event_of("Owner") is None


def test_the_command_prints_questions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(EDITION), "--most", "5", "--seed", "1", "--wording", "train"]) == 0
    lines = capsys.readouterr().out.splitlines()
    wanted = generate(load(EDITION), wording="train", seed=1, most=5)
    assert [GoldQuestion.from_json(line) for line in lines] == wanted


def test_the_command_says_where_there_is_no_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "plain.md"
    path.write_text("# Title\n\nNo table here.\n", encoding="utf-8")
    assert main([str(path)]) == 2
    assert main([str(tmp_path / "missing.md")]) == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert len(captured.err.splitlines()) == 2
    assert "no table" in captured.err
