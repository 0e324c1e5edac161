"""Runs over a real index: what is scored, what is kept, and what a report shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from eval import report
from eval.compare import Baseline, compare
from eval.run import Run, evaluate, run
from eval.schema import Gold, GoldError
from eval.score import SCORES, Scored, score, statements
from ingest.document import Document
from rag import Answer, Chatbot
from rag.answer import Turn


def by_id(usual: Run) -> dict[str, Scored]:
    return {each.gold.id: each for each in usual.questions}


def asked(question: str, *parts: str, **fields: object) -> Gold:
    return Gold.model_validate(
        {
            "id": "a",
            "question": question,
            "category": "c",
            "answerable": True,
            "answer": [[part] for part in parts],
        }
        | fields
    )


def test_every_question_is_scored_and_every_wrong_one_explained(usual: Run) -> None:
    for each in usual.questions:
        assert set(each.scores) == set(SCORES)
        assert all(value is None or 0 <= value <= 1 for value in each.scores.values())
        assert each.seconds > 0
        assert bool(each.explanation) == bool(each.fault) == (not each.right)
    assert usual.measures()["quote_validity"].value == 1
    assert usual.measures()["citation_recall"].value > 0.95
    assert usual.measures()["recall_at_10"].value > 0.8
    assert usual.measures()["reciprocal_rank"].unscored == 0


def test_what_is_right_and_what_is_not(edition: Chatbot) -> None:
    question = "When did Serbia join the ILRS?"
    rows = {"kind": "cells", "table": 2, "rows": ["Serbia"], "columns": ["Year of joining"]}
    answer = edition.ask(question)
    right = score(asked(question, "2024", evidence=[rows]), answer, edition.documents)
    assert right.status == "right"
    assert (right.scores["cell_recall"], right.scores["evidence_recall"]) == (1, 1)
    assert right.evidence == ("Table 2, Serbia: Year of joining: 2024",)
    wrong = score(asked(question, "1999", evidence=[rows]), answer, edition.documents)
    assert (wrong.status, wrong.fault) == ("wrong", "said")
    elsewhere = score(
        asked(question, "1999", evidence=[rows | {"rows": ["Egypt"]}]), answer, edition.documents
    )
    assert elsewhere.fault == "elsewhere"
    assert "took" in elsewhere.explanation or "computed" in elsewhere.explanation
    invented = score(asked(question, answerable=False), answer, edition.documents)
    assert (invented.status, invented.fault) == ("wrong", "invented")
    nothing = edition.ask("Who won the football World Cup in 2022?")
    silent = score(asked(nothing.question, "Argentina"), nothing, edition.documents)
    assert (silent.status, silent.scores["token_f1"]) == ("silent", 0)
    assert score(asked(nothing.question, answerable=False), nothing, edition.documents).right


def test_a_statement_is_held_against_its_own_citations(edition: Chatbot) -> None:
    answer = edition.ask("When did Serbia join the ILRS?")
    (cited,) = answer.citations[:1]
    invented = replace(answer, text="It was 2024. [1] It paid 77 dollars. [1]", derivation=None)
    assert [len(cites) for _, cites in statements(invented)] == [1, 1]
    found = score(
        asked(answer.question, "2024"), replace(invented, citations=(cited,)), edition.documents
    )
    assert found.scores["citation_recall"] == 0.5
    assert found.scores["citation_precision"] == 0.5
    uncited = replace(answer, text="It was 2024. [1] And more", citations=(cited,))
    assert statements(uncited)[-1] == (" And more", ())


class Failing:
    documents: Sequence[Document] = ()

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:
        raise RuntimeError(f"no {question}\nat all after {len(history)}")


def test_an_exception_ends_its_question_and_scores_zero() -> None:
    done = run(Failing(), [asked("What?", "x"), asked("Who?", answerable=False, id="b")])
    first, second = done.questions
    assert (first.status, first.scores["token_f1"], first.scores["list_recall"]) == (
        "error",
        0,
        None,
    )
    assert first.explanation == "raised RuntimeError: no What? at all after 0"
    assert not second.right
    assert done.measures()["accuracy"].value == 0
    assert done.measures()["coverage"].value == 0
    assert "ended in an error" in report.html(done)


def test_history_is_asked_with_its_question() -> None:
    done = run(Failing(), [asked("What?", "x", history=[["a", "b"], ["c", "d"]])])
    assert done.questions[0].explanation.endswith("after 2")


def test_a_run_is_kept_whole(usual: Run, tmp_path: Path) -> None:
    usual.write(tmp_path / "run")
    again = Run.read(tmp_path / "run")
    assert again.questions == usual.questions
    assert again.summary()["measures"] == usual.summary()["measures"]
    lines = (tmp_path / "run" / "answers.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["gold"]["id"] for line in lines] == [
        q.gold.id for q in usual.questions
    ]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text("utf-8"))
    assert summary["settings"]["versions"]["numpy"]
    assert list(summary["settings"]["documents"]) == ["edition.md"]
    (tmp_path / "run" / "summary.json").write_text("{}", "utf-8")
    with pytest.raises(GoldError, match="damaged"):
        Run.read(tmp_path / "run")
    with pytest.raises(GoldError, match="holds no run"):
        Run.read(tmp_path)


def test_from_python_a_run_is_a_data_frame(edition: Chatbot, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    golds = [asked("When did Serbia join the ILRS?", "2024"), asked("And Peru?", "1999", id="b")]
    gold.write_text("".join(f"{each.to_json()}\n" for each in golds), "utf-8")
    frame = evaluate(edition, gold)
    assert list(frame.index) == ["a", "b"]
    assert list(frame.right) == [True, False]
    assert frame.right.mean() >= 0.5


def test_progress_is_told(edition: Chatbot) -> None:
    told: list[tuple[str, int, int]] = []
    run(
        edition,
        [asked("When did Serbia join the ILRS?", "2024")] * 2,
        progress=lambda *what: told.append(what),
    )
    assert told == [("asking", 0, 2), ("asking", 1, 2), ("asking", 2, 2)]


def test_the_report_holds_every_wrong_answer_and_loads_nothing(usual: Run) -> None:
    baseline = Baseline.of(usual)
    page = report.html(usual, baseline, compare(usual, baseline))
    wrong = [each for each in usual.questions if not each.right]
    assert page.count("<article") == len(wrong)
    assert "The gate holds" in page
    assert "http" not in page.split("</head>")[0].replace("http-equiv", "")
    assert "src=" not in page
    assert "href=" not in page
    assert page.count("<svg") == 3
    said = report.markdown(usual, baseline, compare(usual, baseline))
    assert f"{len(usual.questions) - len(wrong)} of {len(usual.questions)} right" in said
    assert all(each.gold.id in said for each in wrong[:10])


def test_what_documents_say_is_only_text_in_a_report() -> None:
    hostile = "<script>alert(1)</script> | [x](http://x)"
    gold = asked(hostile, hostile, category=hostile, why_hard=hostile)
    answer = Answer(
        hostile, hostile, (), abstained=False, reason="", confidence=0.5, method="prose"
    )
    done = Run(
        (score(gold, answer, ()), score(asked(hostile, "y", id="b", category=hostile), answer, ())),
        {},
    )
    page, said = report.html(done), report.markdown(done)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "<script" not in said.replace("\\<", "")
    assert "](" not in said.replace("\\](", "")


@pytest.mark.browser
def test_the_report_can_be_searched_in_a_browser(usual: Run, tmp_path: Path) -> None:
    import shutil

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(report.html(usual), "utf-8")
    wrong = [each for each in usual.questions if not each.right]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 420, "height": 900})
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text))
        page.goto(file.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 420
        assert page.locator("article:visible").count() == len(wrong)
        page.select_option("#category", wrong[0].gold.category)
        same = [each for each in wrong if each.gold.category == wrong[0].gold.category]
        assert page.locator("article:visible").count() == len(same)
        page.fill("#words", "no such words")
        assert page.locator("article:visible").count() == 0
        browser.close()
    assert troubles == []
