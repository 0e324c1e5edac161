"""Questions about a bibliography: entries of many styles are read, found and cited, others left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.bibliography import fields
from ingest.document import Document
from ingest.load import load, parse
from rag import references
from rag.answer import Answer, Claim, Draft, read
from rag.pipeline import cited
from rag.verify import verify

TIDES = parse(
    """# Tides

The tide rises twice a day. It is a source of power. Article 5 of the treaty was published in 1911.

## References

1. Brandt E, Ørsted KM. Salt in the northern harbours. J Coast Res. 2019;12(3):45-51.
2. Vellén, Åsa. "Ropes and Tar: A History." *Maritime Letters*, vol. 4, no. 2, 2011, pp. 3–19.
3. J. Muñoz and A. B. Lind, "Tides of the inner sea," IEEE Trans. Oceans, vol. 8, no. 1, 2020.
4. Dahl, P. 2007. The lighthouse keepers. Oslo: Havn Press.
5. Иванов И. И., Петров А. В. Приливы северного моря // Вестник моря. — 2018. — № 3. — С. 10–15.
6. 王小明, 李四. 潮汐研究[J]. 海洋学报, 2021, 12(3): 1-10.
7. Port Authority of Vell. [Harbour rules](https://vellport.example/rules). Vell, 2015.
8. Annual fish report. Retrieved May 3, 2021, from https://fish.example.org/report
9. Lind, A.B., Holm, C. and Quist, D., 2016. Storm surges and their cost. Nordic Press.
10. Żuławski, K. (n.d.). Fog signals. Beacon. https://beacon.example/fog
11. World Tide Organization (2022, March 4). Tides at a glance. WTO Press.
12. Smith, John A. The Silent Coast. New York: Random Shore, 1999.
13. https://only.example/url
14. Vell Founding Charter (1874). Vell, http://vell.example/charter.pdf, accessed: 2021/05/04
15. O'Neil, S., & van der Berg, H. (2020). What is a tide? Journal of Tides, 3(2), 1–4.
""",
    name="tides.md",
)
MILLS = parse(
    """# The windmills of Ordal

Windmills were the main source of power in Ordal until 1920 [1]. Their sails were cited as a danger
to geese [2, 3]. The town published a guide to the mills. Queen Ada wrote the first law on mills.

The last mill closed in 1954 [1]. Critics of the town say that the closing was a mistake. [4]

Table 1. Mills and what they lived on

| Mill | Sources of income | Number of references in the press |
|---|---|---|
| Old Anna [5] | flour, oil | 12 |
| Red Jan | paper | 7 |

## Bibliography

[1] Bakker, J. & de Vries, M. (2018). Wind and flour: a short history. Ordal Press. https://doi.org/10.4321/wind.2018.07

[2] Ordal Gazette (2003). Geese and sails. Ordal Gazette, https://gazette.example/2003/geese-sails, accessed: 2022/01/05

[3] Kovač, L. (2020). LinkedIn post “Mills are not dangerous”. In: https://www.linkedin.com/posts/kovac-mills-42, accessed: 2022/01/06

[4] Гнатюк, О. (2019). Вітряки півночі. Вісник млинів.

[5] Bakker, J. (2021). Old Anna. Ordal Press.

[6] 林小雨 (2015). 风车的历史. 水利出版社.

[7] Orlov, P., Smit, T. and Visser, K. (2022). Paper mills of the north. Mill Studies, 3(1), 1-20. https://doi.org/10.4321/paper.2022.11
""",
    name="mills.md",
)
PLAIN = parse("# Tides\n\nThe tide rises twice a day.\n", name="plain.md")


def numbers(draft: Draft | None) -> list[int]:
    """The entries that a draft speaks of, by their number."""
    if draft is None:
        return []
    by_span = {
        (claim.document.id, entry.span): entry.number
        for claim in draft.claims
        for entry in claim.document.references
    }
    return [by_span[claim.document.id, claim.span] for claim in draft.claims]


def short(draft: Draft | None) -> str:
    """The words in bold that open the first claim."""
    assert draft is not None
    text = draft.claims[0].text
    return read(text.split("** — ")[0] + "**") if text.startswith("**") else ""


@pytest.mark.parametrize(
    ("number", "authors", "year", "title", "publisher"),
    [
        (1, "Brandt E, Ørsted KM", "2019", "Salt in the northern harbours", "J Coast Res"),
        (2, "Vellén, Åsa", "2011", "Ropes and Tar: A History", "Maritime Letters"),
        (3, "J. Muñoz and A. B. Lind", "2020", "Tides of the inner sea", "IEEE Trans. Oceans"),
        (4, "Dahl, P.", "2007", "The lighthouse keepers", "Havn Press"),
        (5, "Иванов И. И., Петров А. В.", "2018", "Приливы северного моря", "Вестник моря"),
        (6, "王小明, 李四", "2021", "潮汐研究", "海洋学报"),
        (7, "Port Authority of Vell", "2015", "Harbour rules", "Vell"),
        (8, "", "", "Annual fish report", ""),
        (
            9, "Lind, A.B., Holm, C. and Quist, D.", "2016", "Storm surges and their cost",
            "Nordic Press",
        ),
        (10, "Żuławski, K.", "", "Fog signals", "Beacon"),
        (11, "World Tide Organization", "2022", "Tides at a glance", "WTO Press"),
        (12, "Smith, John A.", "1999", "The Silent Coast", "Random Shore"),
        (13, "", "", "", ""),
        (14, "", "1874", "Vell Founding Charter", "Vell"),
        (15, "O'Neil, S., & van der Berg, H.", "2020", "What is a tide?", "Journal of Tides"),
    ],
)  # fmt: skip
def test_the_fields_of_many_styles_are_told(
    number: int, authors: str, year: str, title: str, publisher: str
) -> None:
    found = fields(TIDES, number - 1)
    spans = (found.authors, found.year, found.title, found.publisher)
    assert [TIDES.quote(span) if span else "" for span in spans] == [
        authors,
        year,
        title,
        publisher,
    ]
    assert all(span in TIDES.references[number - 1].span for span in spans if span)


def test_addresses_and_access_dates_are_told() -> None:
    said = {
        number: tuple(
            TIDES.quote(span) if span else ""
            for found in [fields(TIDES, number - 1)]
            for span in (found.url, found.accessed)
        )
        for number in (7, 8, 13, 14)
    }
    assert said == {
        7: ("https://vellport.example/rules", ""),
        8: ("https://fish.example.org/report", "May 3, 2021"),
        13: ("https://only.example/url", ""),
        14: ("http://vell.example/charter.pdf", "2021/05/04"),
    }


@pytest.mark.parametrize(
    ("question", "expected", "says"),
    [
        ("What is reference 12?", [12], "The Silent Coast"),
        ("source [5]", [5], "Приливы северного моря"),
        ("footnote 7", [7], "Harbour rules"),
        ("which source is cited as 3", [3], "Tides of the inner sea"),
        ("What is the fourth reference?", [4], "The lighthouse keepers"),
        ("the last source", [15], "What is a tide?"),
        ("Who wrote reference 9?", [9], "Lind, A.B., Holm, C. and Quist, D."),
        ("When was source 11 published?", [11], "2022"),
        ("What is the link of reference 7?", [7], "https://vellport.example/rules"),
        ("Which source did Dahl write?", [4], "The lighthouse keepers"),
        ("what did orsted publish?", [1], "Salt in the northern harbours"),
        ("What did Vellen write?", [2], "Ropes and Tar: A History"),
        ("What did Vallén write?", [2], "Ropes and Tar: A History"),
        ("papers by Zulawski", [10], "Fog signals"),
        ("What did Иванов write?", [5], "Приливы северного моря"),
        ("What did 李四 write?", [6], "潮汐研究"),
        ("Which paper did van der Berg write?", [15], "What is a tide?"),
        ("What did the World Tide Organization publish?", [11], "Tides at a glance"),
        ("Who wrote The lighthouse keepers?", [4], "Dahl, P."),
        ("who is the author of “Storm surges and their cost”?", [9], "Lind, A.B., Holm, C. and"),
        ("When was Salt in the northern harbours published?", [1], "2019"),
        ("Who published The Silent Coast?", [12], "Random Shore"),
        ("Where was Ropes and Tar published?", [2], "Maritime Letters"),
        ("which sources come from Nordic Press", [9], "Storm surges and their cost"),
        ("Beacon documents in the bibliography", [10], "Fog signals"),
        ("Is there a source about storm surges?", [9], "Storm surges and their cost"),
        ("which sources are from 2022", [11], "Tides at a glance"),
        ("Which is the oldest source?", [14], "Vell Founding Charter"),
        ("What did Lind write in 2016?", [9], "Storm surges and their cost"),
        ("Who is the author of 潮汐研究?", [6], "王小明, 李四"),
        ("where can I find reference 7 online?", [7], "https://vellport.example/rules"),
        ("which works are by Brandt and Ørsted", [1], "Salt in the northern harbours"),
        ("Who else wrote with Holm?", [9], "Lind, A.B.; Quist, D."),
        ("anything by O'Neil?", [15], "What is a tide?"),
        ("Which year is Dahl's book from?", [4], "2007"),
        ("Which chinese-language sources are there?", [6], "潮汐研究"),
    ],
)  # fmt: skip
def test_one_entry_is_found_with_its_short_answer(
    question: str, expected: list[int], says: str
) -> None:
    draft = references.answer(question, [TIDES])
    assert numbers(draft) == expected
    assert draft is not None
    assert short(draft).startswith(says)
    assert draft.confidence >= 0.6
    verification = verify(cited("Which?", draft), [TIDES])
    assert verification.holds, verification.failures


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What are references 3 and 5?", [3, 5]),
        ("What did Lind write?", [3, 9]),
        ("which sources are from 2020?", [3, 15]),
        ("sources before 2005", [12, 14]),
        ("list the references", [1, 2, 3, 4, 5, 15]),
        ("What sources does the article use?", [1, 2, 3, 4, 5, 15]),
    ],
)
def test_several_entries_are_a_list_in_which_each_is_cited(
    question: str, expected: list[int]
) -> None:
    draft = references.answer(question, [TIDES])
    assert numbers(draft) == expected
    assert draft is not None
    answer = cited("Which?", draft)
    assert [line for line in answer.text.split("\n") if line.startswith("- ")] == [
        line for line in answer.text.split("\n") if "[" in line
    ]
    assert verify(answer, [TIDES]).holds


def test_the_entries_are_counted() -> None:
    draft = references.answer("How many references are there?", [TIDES])
    assert draft is not None
    assert draft.claims[0].text.startswith("**15**")
    assert verify(cited("Which?", draft), [TIDES]).holds


def test_a_count_that_no_entry_bears_out_is_not_said() -> None:
    gaps = parse("# A\n\nText.\n\n## References\n\n[1] Ann. One.\n\n[4] Ben. Two.\n", name="a.md")
    assert references.answer("How many references are there?", [gaps]) is None
    listed = references.answer("List the references", [gaps])
    assert numbers(listed) == [1, 4]
    assert listed is not None
    assert verify(cited("Which?", listed), [gaps]).holds


def test_the_entry_is_said_without_its_own_number() -> None:
    noted = parse(
        "# A\n\nText [1].\n\n## References\n\n[1] Ann, B. (2001). Boats *and* [2] oars. Press.\n",
        name="a.md",
    )
    draft = references.answer("What did Ann write?", [noted])
    assert draft is not None
    answer = cited("Which?", draft)
    assert "[1]" not in draft.claims[0].text
    assert verify(answer, [noted]).holds
    assert r"\*and\*" in answer.text


@pytest.mark.parametrize(
    "question",
    [
        "Who wrote Hamlet?",
        "What is the source of power?",
        "What does article 5 of the treaty say?",
        "When was the treaty published?",
        "Which energy sources are used in harbours?",
        "How often does the tide rise?",
        "Who is the author?",
        "When was this article published?",
        "What did Napoleon write?",
        "What is reference 99?",
        "Who wrote reference 8?",
        "In what year was source 10 published?",
        "How many pages does reference 4 have?",
        "which sources are from 1985?",
        "Which works did Dahl paint?",
        "Who published the tide tables?",
        "Where does salt appear?",
        "How often are lighthouse keepers cited in court?",
        "What did the port authority publish in 1911?",
        "What literature did sailors read?",
        "Is power a source of conflict?",
        "Who is behind the treaty?",
        "What is the address of the harbour?",
        "How many entries does the log have?",
        "Which source of power is oldest?",
        "Are tides a good energy source?",
        "How old is the lighthouse?",
        "Hello!",
        "What is this about?",
        "",
        "[1]",
        "**",
    ],
)
def test_other_questions_are_left_alone(question: str) -> None:
    assert references.answer(question, [TIDES]) is None


@pytest.mark.parametrize(
    ("question", "expected", "says"),
    [
        ("Who wrote the paper with the DOI 10.4321/paper.2022.11?", [7], "Orlov, P., Smit, T."),
        ("whats https://gazette.example/2003/geese-sails", [2], "Geese and sails"),
        ("which source has the doi wind.2018.07", [1], "https://doi.org/10.4321/wind"),
        ("list everything by bakker in the bibliography pls", [1, 5], ""),
        ("Who is behind the LinkedIn post that is cited?", [3], "Kovač, L."),
        ("What year does the Gazette source in the bibligraphy bear?", [2], "2003"),
        ("which refrences come from the Ordal Gazette", [2], "Geese and sails"),
        ("How many sources does it have, please", [7], "7"),
        ("which sources are in ukrainian?", [4], "Вітряки півночі"),
        ("Are there any sources written in Chinese?", [6], "风车的历史"),
        ("Who is the second author of reference 7?", [7], "Smit, T."),
        ("quick question: who are the two authors of the first reference?", [1], "Bakker, J. & de"),
        ("Who co-wrote Wind and flour with Bakker?", [1], "de Vries, M."),
        ("What did Bakker and de Vries write together?", [1], "Wind and flour"),
        ("did the author cite anything by Visser", [7], "Paper mills of the north"),
        ("Which source has three authors?", [7], "Paper mills of the north"),
        ("Which footnote covers paper mills?", [7], "Paper mills of the north"),
        ("what does footnote 2 refer to?", [2], "Geese and sails"),
        ("What does [5] cite?", [5], "Old Anna"),
        ("How many sources are from Ordal Press?", [1, 5], ""),
        ("How many references are from 2021?", [5], "Only one"),
        ("How many sources have two authors?", [1], "Only one"),
        ("Which source is the most recent?", [7], "Paper mills of the north"),
        ("sources published between 2018 and 2019", [1, 4], ""),
        ("when was the geese article accessed?", [2], "2022/01/05"),
        ("Which sources were accessed on 2022/01/06?", [3], "LinkedIn post"),
        ("Which sources have no link?", [4, 5, 6], ""),
        ("the gazette article - who wrote it?", [2], "Ordal Gazette"),
        ("Under which number do I find the Gazette text?", [2], "Geese and sails"),
        ("Is Orlov cited?", [7], "Paper mills of the north"),
        ("does it cite the Ordal Gazette?", [2], "Geese and sails"),
    ],
)
def test_questions_are_understood_however_they_are_worded(
    question: str, expected: list[int], says: str
) -> None:
    draft = references.answer(question, [MILLS])
    assert numbers(draft) == expected
    assert draft is not None
    assert draft.claims[0].text.startswith(f"**{says}" if says else "")
    assert draft.confidence >= 0.5
    assert references.missing(question, [MILLS]) is None
    verification = verify(cited("Which?", draft), [MILLS])
    assert verification.holds, verification.failures


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (
            "Where in the text is reference 1 used?",
            "- Windmills were the main source of power in Ordal until 1920. \n- The last mill closed in 1954.",
        ),
        ("which sentence cites source 3", "Their sails were cited as a danger to geese."),
        ("What is source 2 cited for?", "Their sails were cited as a danger to geese."),
        (
            "Where is Гнатюк cited in the article?",
            "Critics of the town say that the closing was a mistake.",
        ),
        ("Is reference 5 used anywhere?", "Old Anna; flour, oil; 12"),
    ],
)
def test_where_the_text_uses_an_entry_is_said_with_the_sentences(question: str, says: str) -> None:
    draft = references.answer(question, [MILLS])
    assert draft is not None
    assert read(" ".join(claim.text for claim in draft.claims)) == says
    assert verify(cited("Where?", draft), [MILLS]).holds


def test_the_source_of_a_statement_is_the_one_that_its_sentence_names() -> None:
    question = "Which source is cited for the claim that the last mill closed in 1954?"
    draft = references.answer(question, [MILLS])
    assert draft is not None
    entry, sentence = draft.claims
    assert entry.text.startswith("**Wind and flour: a short history** — ")
    assert sentence.text == "\nThe last mill closed in 1954."
    assert verify(cited(question, draft), [MILLS]).holds


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Does the bibliography have anything by Smith?", "none of them names Smith."),
        ("Are there references about dolphins?", "none of them names dolphins."),
        ("What is reference 12 pls", "there is no reference 12."),
        ("who wrote the article with doi 10.4321/none.1", "none of them has this address."),
        ("Which sources are from 1985?", "none of them is from 1985."),
        ("sources before 1900", "none of them is before 1900."),
        ("Are there sources in Greek?", "none of them is in Greek."),
    ],
)
def test_what_no_entry_holds_is_said_to_be_missing(question: str, reason: str) -> None:
    assert references.answer(question, [MILLS]) is None
    said = references.missing(question, [MILLS])
    assert said == f"The bibliography has 7 entries; {reason}"
    last = MILLS.references[-1]
    citation = Claim("", MILLS, last.span, last.section)
    citations = cited(question, Draft((citation,), 1.0, "prose")).citations
    answer = Answer(question, "", citations, True, f"{said} [1]", 0.0, "none")
    assert verify(answer, [MILLS]).holds


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Who is the third author of reference 1?", "gives no third author for reference 1."),
        ("Where in the text is reference 6 used?", "No mark in the text names reference 6."),
    ],
)
def test_what_an_entry_lacks_is_said(question: str, reason: str) -> None:
    assert references.answer(question, [MILLS]) is None
    assert (references.missing(question, [MILLS]) or "").endswith(reason)


@pytest.mark.parametrize(
    "question",
    [
        "What was the main source of power in Ordal?",
        "Which sources of income did Old Anna have?",
        "What is the number of references in the press for Red Jan?",
        "How many references in the press did Old Anna get?",
        "Which mill has the most references in the press?",
        "What were the sails cited as?",
        "Who wrote the first law on mills?",
        "What did the town publish?",
        "What is the title of the queen?",
        "In short, when did the last mill close?",
        "What do critics conclude about the closing?",
        "Is there a link between mills and geese?",
        "Which income sources did the mills have?",
        "What did Queen Ada write?",
        "How many mills closed before 1920?",
        "What is the text about geese saying?",
        "Which danger does the author cite?",
        "What is Table 1 about?",
        "How many papers did Red Jan make?",
        "Where were geese in danger?",
    ],
)
def test_prose_and_tables_keep_their_questions(question: str) -> None:
    assert references.answer(question, [MILLS]) is None
    assert references.missing(question, [MILLS]) is None


def test_a_number_that_does_not_exist_is_said_to_be_missing() -> None:
    reason = references.missing("What is reference 99?", [TIDES])
    assert reason == "The bibliography has 15 entries; there is no reference 99."
    assert references.missing("What is reference 5?", [TIDES]) is None
    assert references.missing("Who wrote reference 8?", [TIDES]) == (
        "The bibliography gives no author for reference 8."
    )
    assert references.missing("How often does the tide rise?", [TIDES]) is None
    assert references.missing("What does article 99 say?", [TIDES]) is None
    assert "no numbered bibliography" in (references.missing("source 3", [PLAIN]) or "")


def test_the_reason_holds_when_it_cites_the_last_entry() -> None:
    reason = references.missing("What is reference 99?", [TIDES])
    last = cited(
        "Which?", references.answer("the last reference", [TIDES]) or pytest.fail("no last one")
    )
    silent = Answer("What is reference 99?", "", last.citations, True, f"{reason} [1]", 0.0, "none")
    assert verify(silent, [TIDES]).holds


def test_a_document_without_a_bibliography_has_no_answers() -> None:
    assert references.answer("List the references", [PLAIN]) is None
    assert references.answer("What is reference 1?", []) is None


def test_entries_of_several_documents_cite_their_own() -> None:
    other = parse(
        "# B\n\nText.\n\n## References\n\n1. Dahl, P. (2010). Buoys. Bell.\n", name="b.md"
    )
    draft = references.answer("What did Dahl write?", [TIDES, other])
    assert draft is not None
    assert [claim.document.name for claim in draft.claims] == ["tides.md", "b.md"]
    assert verify(cited("Which?", draft), [TIDES, other]).holds


@settings(max_examples=60)
@given(
    st.lists(st.text(st.sampled_from("Aaé.,:;()[]«»“\"*/ -–12 019月Иh&\n"), min_size=1), max_size=4),
    st.sampled_from(["list the references", "reference 1", "who wrote a", "sources from 2011"]) | st.text(),
)  # fmt: skip
def test_no_entry_and_no_question_makes_it_raise(entries: list[str], question: str) -> None:
    lines = "\n".join(f"[{at}] {entry}" for at, entry in enumerate(entries, start=1))
    document = parse(f"# A\n\nText.\n\n## References\n\n{lines}\n", name="a.md")
    for number, entry in enumerate(document.references):
        found = fields(document, number)
        for span in (found.body, found.authors, found.title, found.publisher, found.url):
            assert span is None or span in entry.span
    references.missing(question, [document])
    draft = references.answer(question, [document])
    if draft is not None:
        assert 0 <= draft.confidence <= 1
        verification = verify(cited("Which?", draft), [document])
        assert verification.holds, verification.failures


@pytest.fixture(scope="module")
def article(text_path: Path) -> Document:
    return load(text_path)


def test_every_entry_of_the_article_is_found_by_its_number_and_verifies(article: Document) -> None:
    for entry in article.references:
        draft = references.answer(f"What is reference {entry.number}?", [article])
        assert numbers(draft) == [entry.number]
        assert draft is not None
        verification = verify(cited("Which?", draft), [article])
        assert verification.holds, verification.failures


def test_every_entry_of_the_article_is_found_by_its_title(article: Document) -> None:
    found = 0
    for number, entry in enumerate(article.references):
        told = fields(article, number)
        assert told.title is not None
        draft = references.answer(f"Who published {article.plain(told.title)}?", [article])
        found += entry.number in numbers(draft)
    assert found >= len(article.references) - 1


def test_authors_of_the_article_find_their_entries(article: Document) -> None:
    assert numbers(references.answer("What did Karwowski write?", [article])) == [4, 7, 21]
    assert numbers(references.answer("Which sources come from SpaceNews?", [article])) == [18, 23]
    assert short(references.answer("Who wrote With a dragon to the stars?", [article])) == (
        "Karwowski, K."
    )


@pytest.mark.parametrize(
    "question",
    [
        "Which American sources of launch technology are named?",
        "Whose opinion does the author cite by name?",
        "What was published in Table 3 about BRICS?",
        "What does APSCO contribute to the sharing of research results?",
        "Which countries does the author mention with reference to Artemis?",
        "What is Russia a source of, according to the author?",
        "How many members does APSCO have in the table of formats?",
        "What is the Entity List?",
        "When was the Wolf Amendment published?",
        "What is the official title of the Wolf Amendment?",
        "In what year was APSCO founded?",
        "How does the work of APSCO help China?",
        "Which document places entities under sanctions?",
        "When did the Americans conclude the Artemis Accords?",
        "What are the main objectives of BRI?",
        "In the end, which agreement did India and Brazil join?",
        "Which topics do the seminars of APSCO cover?",
        "What's the point of the Silk Road alliance?",
        "Who is the author of Figure 1?",
        "How many sources of funding does the ILRS have?",
        "Which country has the literature on lunar bases been written in?",
        "Does the article quote Xi Jinping?",
        "Which organisation published the standards for the Moon?",
        "Who is the author of the text?",
        "When was the article published?",
        "Where was this published?",
        "Which documents did Serbia sign?",
        "What did China publish about space law?",
        "Name the countries listed in Table 2",
        "How many countries are listed in Table 2?",
        "What is the last entry in Table 3?",
        "Which entries of Table 2 are in Asia?",
        "What number of members does the BRI have?",
        "What title does Xi Jinping hold?",
        "What does the article say about sources of funding?",
        "Is the Entity List a document?",
        "Which post did Xi hold?",
        "Which books about space are mentioned?",
        "What's the source of Russian experience?",
        "Which paper limits NASA?",
        "When does the Wolf Amendment date from?",
        "Is there a link between BRICS and the ILRS?",
        "How do Chinese sources describe the ILRS?",
        "Which Chinese sources of technology exist?",
        "What is Table 3's author?",
        "What reference does the text make to Poland?",
        "Where is the reference station of the ILRS?",
        "What does the author refer to as a quasi-institutional project?",
        "To which earlier text does the author refer?",
        "What notes did Sweden send?",
        "What year did Serbia join? cite your source",
        "Who leads APSCO? Please give the source",
        "In which section is Hungary discussed?",
        "How many sections does the article have?",
        "how many tables are in the article",
        "Summarise Table 1",
        "What is the summary section about?",
        "short answer please: when was APSCO founded?",
        "What does the author say about the future?",
    ],
)
def test_the_article_keeps_questions_that_only_sound_like_its_bibliography(
    question: str, article: Document
) -> None:
    assert references.answer(question, [article]) is None
    assert references.missing(question, [article]) is None


def test_where_each_entry_of_the_article_is_used_verifies(article: Document) -> None:
    for entry in article.references:
        question = f"Where in the text is reference {entry.number} used?"
        draft = references.answer(question, [article])
        marked = any(mark.number == entry.number for mark in article.marks)
        assert (draft is not None) == marked
        if draft is None:
            assert "No mark in the text" in (references.missing(question, [article]) or "")
        else:
            assert all(
                f"{entry.number}]" in claim.document.quote(claim.span) for claim in draft.claims
            )
            assert verify(cited(question, draft), [article]).holds
