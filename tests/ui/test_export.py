"""What is kept of a conversation: it can be checked, and it runs nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.errors import FootnoteError
from rag import Chatbot
from rag.answer import Answer
from ui import feedback
from ui.card import card, confidence_in_words, text_html
from ui.cli import run
from ui.export import answers_in, as_html, as_markdown, check_unchanged

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def answers(chatbot: Chatbot) -> list[Answer]:
    asked = ["Which countries joined the ILRS in 2023?", "Who is the president of Peru?"]
    return [chatbot.ask(question) for question in asked]


def test_an_exported_conversation_carries_its_answers_and_its_documents_hash(
    answers: list[Answer],
) -> None:
    html = as_html(answers)
    found = answers_in(html)
    assert found is not None
    assert [Answer.from_json(each) for each in found] == answers
    check_unchanged(html, answers)
    check_unchanged(html.replace("\n", "\r\n"), answers)
    citation = answers[0].citations[0]
    assert citation.document_id in html
    assert f"characters {citation.span.start} to {citation.span.end}" in html
    assert answers_in("<!doctype html><p>nothing</p>") is None
    assert answers_in(answers[0].to_json()) is None


def test_an_exported_conversation_that_was_changed_is_told(answers: list[Answer]) -> None:
    with pytest.raises(FootnoteError, match="was changed since it was exported"):
        check_unchanged(as_html(answers).replace("Venezuela</strong>", "Andorra</strong>"), answers)


def test_verify_checks_an_exported_conversation(
    article_index: Path,
    answers: list[Answer],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "conversation.html"
    file.write_text(as_html(answers), "utf-8")
    assert run(["verify", str(file), "--index", str(article_index)]) == 0
    assert "checks hold" in capsys.readouterr().out
    false = replace(answers[0], text=answers[0].text.replace("Pakistan", "Andorra"))
    file.write_text(as_html([false]), "utf-8")
    assert run(["verify", str(file), "--index", str(article_index)]) == 3
    file.write_text(as_html(answers).replace("</h1>", " with friends</h1>"), "utf-8")
    assert run(["verify", str(file), "--index", str(article_index)]) == 2


def test_nothing_in_an_exported_conversation_is_run(answers: list[Answer]) -> None:
    cited = replace(answers[0].citations[0], quote=EVIL, document_name=EVIL, section=(EVIL,))
    evil = replace(answers[0], question=EVIL, text=f"{EVIL} [1]", citations=(cited,))
    html = as_html([evil])
    assert html.count("<script") == 1
    assert "<img" not in html
    assert "default-src 'none'" in html
    assert [Answer.from_json(each) for each in answers_in(html) or []] == [evil]
    assert "<img" not in as_markdown([evil])


def test_a_card_says_how_sure_how_found_and_what_was_checked(
    chatbot: Chatbot, answers: list[Answer]
) -> None:
    table, silence = answers
    shown = card(table, chatbot.documents, chatbot.retrieve(table.question, 3))
    for words in ("Verified", "Passages considered", "SELECT", "in SQL", "checks hold"):
        assert words in shown
    assert confidence_in_words(table.confidence) in shown
    assert shown.count("#cite-") >= len(table.citations)
    silent = card(replace(silence, suggestions=("What <i>else</i>?",)), chatbot.documents)
    assert "Not answered" in silent
    assert '<button type="button" class="question">What &lt;i&gt;else&lt;/i&gt;?</button>' in silent
    assert "Verified" not in silent


def test_a_card_of_what_does_not_hold_says_so(chatbot: Chatbot, answers: list[Answer]) -> None:
    false = replace(answers[0], text=answers[0].text.replace("Pakistan", "Andorra"))
    shown = card(false, chatbot.documents)
    assert "Does not hold" in shown
    assert "Andorra" in shown


def test_text_of_an_answer_is_escaped_whole_or_in_pieces() -> None:
    assert text_html(f"{EVIL}\n- {EVIL}") == text_html(f"{EVIL}\n- {EVIL}\n")
    for end in range(len(EVIL)):
        assert "<i" not in text_html(EVIL[:end])
        assert "<s" not in text_html(EVIL[:end])


def test_feedback_is_a_line_and_what_is_none_is_refused(answers: list[Answer]) -> None:
    feedback.keep(answers[0], "up", history=[("a", "b")], index="edition")
    feedback.keep(answers[1], "down", "why\nnot")
    lines = feedback.log_path().read_text("utf-8").splitlines()
    assert len(lines) == 2
    for rating, comment in (("sideways", ""), ("up", "x" * 2_001)):
        with pytest.raises(FootnoteError):
            feedback.keep(answers[0], rating, comment)
    assert len(feedback.log_path().read_text("utf-8").splitlines()) == 2


def test_how_a_follow_up_was_understood_is_shown_and_escaped(chatbot: Chatbot) -> None:
    answer = chatbot.ask(
        "And Pakistan?", history=[("When did Venezuela join the ILRS?", "2023 [1]")]
    )
    assert "Pakistan" in answer.understood
    assert f"Understood as: {answer.understood}" in card(answer, chatbot.documents)
    odd = replace(answer, understood="<i>x</i>", notes=("<b>no</b>",))
    shown = card(odd, chatbot.documents)
    assert "&lt;i&gt;x&lt;/i&gt;" in shown
    assert "&lt;b&gt;no&lt;/b&gt;" in shown
