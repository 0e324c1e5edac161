"""The chat as people use it, in a real Chromium: on a desk and on a phone, in light and in dark."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from ingest.build import ingest
from ingest.embed import Embedder
from ingest.library import Library
from rag.answer import Answer
from tests.conftest import ROOT
from tests.ui.conftest import (
    DESK,
    NARROWEST,
    PHONE,
    Chat,
    Open,
    ask,
    choose_file,
    drop_files,
    environment,
    keep_picture,
    texts,
)

pytestmark = pytest.mark.browser

TABLE_QUESTION = "Which countries joined the ILRS in 2023?"
PROSE_QUESTION = "When was the ILRS announced?"
NEW_ARTICLE = """# Mills of the valley

The mill of Gant was built in 1790 by Oda Reed. It ground barley for nine villages.

Table 1. Mills and their stones

| Mill | Stones | Built |
|---|---|---|
| Gant | 4 | 1790 |
| Holm | 2 | 1822 |
| Sele | 6 | 1841 |
"""


def test_a_newcomer_asks_and_sees_the_cells(open_page: Open) -> None:
    page = open_page()
    page.locator(".welcome .question").first.wait_for()
    assert page.locator(".welcome .question").count() == 6
    assert page.locator(".welcome .tables a").count() == 3
    keep_picture(page, "start")

    page.locator(".welcome .question").first.click()
    page.locator(".turn .acts").wait_for()
    assert page.locator(".badge.verified").count() == 1
    assert page.locator(".welcome").is_hidden()
    assert 1 <= page.locator(".next .question").count() <= 3

    turn = ask(page, TABLE_QUESTION)
    cited = ["Venezuela", "2023", "South Africa", "2023", "Azerbaijan", "2023", "Pakistan", "2023"]
    assert texts(page, "#paper td.cited") == cited
    assert turn.locator(".wide td a").count() == 8

    link = turn.locator("a.cite")
    link.hover()
    assert "Venezuela · 2023" in page.locator("#tip").inner_text()
    link.click()
    assert texts(page, "#paper td.chosen") == cited
    keep_picture(page, "table")
    fragment = page.evaluate("location.hash")
    assert re.fullmatch(r"#cite-[0-9a-f]{12}-\d+-\d+-c1\.2\.0_.*", fragment)

    turn.locator("summary").click()
    assert turn.locator("details").get_by_text("The table program was run again").is_visible()
    assert "SELECT" in turn.locator("pre").inner_text()

    page.keyboard.press("Escape")  # first the tooltip, then the pane
    page.keyboard.press("Escape")
    assert page.locator("#reader").is_hidden()
    link.press("Enter")
    assert page.locator("#reader").is_visible()

    other = open_page(f"/?article=edition{fragment}")
    other.locator("td.chosen").first.wait_for()
    assert texts(other, "#paper td.chosen") == cited


def test_a_quote_is_marked_letter_by_letter(open_page: Open, chat: Chat) -> None:
    page = open_page(scheme="dark")
    turn = ask(page, PROSE_QUESTION)
    turn.locator("a.cite").first.click()
    marked = "".join(page.locator("mark.chosen").all_text_contents())
    assert marked == "The ILRS was announced in 2021 as a joint project of China and Russia."
    box = page.locator("mark.chosen").first.bounding_box()
    assert box is not None
    assert 0 < box["y"] < DESK[1]
    keep_picture(page, "prose-dark")

    page.locator("#copy-link").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(page.evaluate("location.hash"))
    other = open_page(copied.removeprefix(chat.address))  # someone else, in a browser of their own
    other.locator("mark.chosen").first.wait_for()
    assert "".join(other.locator("mark.chosen").all_text_contents()) == marked
    turn.get_by_role("button", name="Copy").click()
    turn.get_by_text("Copied").wait_for()
    assert "- [1] edition" in page.evaluate("navigator.clipboard.readText()")


def test_an_abstention_looks_different_and_offers_what_can_be_asked(open_page: Open) -> None:
    page = open_page()
    turn = ask(page, "Who is the president of Peru?")
    assert turn.locator(".abstained").get_by_text("does not seem to say").is_visible()
    assert turn.locator(".badge").count() == 0
    assert turn.locator(".passages li").count() == 3
    keep_picture(page, "abstention")
    turn.locator(".question").first.click()
    page.locator(".turn").nth(1).locator(".badge.verified").wait_for()


def test_on_a_phone_the_article_is_a_sheet(open_page: Open) -> None:
    page = open_page(size=PHONE)
    assert page.locator("#reader").is_hidden()
    turn = ask(page, TABLE_QUESTION)
    link = turn.locator("a.cite")
    link.click()
    cell = page.locator("td.chosen").first
    box = cell.bounding_box()
    assert box is not None
    assert 48 < box["y"] < PHONE[1]
    assert page.evaluate("document.activeElement.id") == "close"
    keep_picture(page, "phone")
    page.keyboard.press("Escape")
    assert page.locator("#reader").is_hidden()
    assert page.evaluate("document.activeElement.className").startswith("cite")

    narrow = open_page(size=NARROWEST)
    ask(narrow, TABLE_QUESTION)
    assert narrow.evaluate("document.documentElement.scrollWidth") <= NARROWEST[0]
    wide = open_page(size=(1920, 1080))
    assert wide.evaluate("document.documentElement.scrollWidth") <= 1920


def test_it_can_be_used_with_the_keyboard_alone(open_page: Open) -> None:
    page = open_page()
    page.locator(".welcome .question").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "question"
    page.keyboard.type("When was the")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("ILRS announced?")
    assert page.locator("#question").input_value() == "When was the\nILRS announced?"
    page.keyboard.press("Enter")
    page.locator(".turn .acts").wait_for()
    reached = []
    page.locator("#scroll").focus()
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim().slice(0, 4)"))
    assert reached[:2] == ["Edit", "1"]
    page.locator(".turn a.cite").focus()
    page.keyboard.press("Enter")
    assert page.locator("mark.chosen").count() > 0
    names = page.locator("main, header, section, [role=log], [role=region]")
    assert names.count() >= 5


def test_edit_retry_stop_and_a_question_in_the_address(open_page: Open) -> None:
    page = open_page("/?q=When+was+the+ILRS+announced%3F")
    turn = page.locator(".turn").first
    turn.locator(".acts").wait_for()
    assert "2021" in turn.inner_text()
    assert "q=" not in page.url

    turn.get_by_role("button", name="Retry").click()
    page.locator(".turn .acts").wait_for()
    assert page.locator(".turn").count() == 1
    page.locator(".turn").get_by_role("button", name="Edit").click()
    assert page.locator("#question").input_value() == PROSE_QUESTION
    assert page.locator(".turn").count() == 0

    page.route("**/gradio_api/call/chat/*", lambda _: None)  # an answer that never comes
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped.").wait_for()
    assert page.get_by_role("button", name="Ask", exact=True).is_visible()
    page.unroute("**/gradio_api/call/chat/*")
    page.get_by_role("button", name="Try again").click()
    page.locator(".turn .badge.verified").wait_for()


def test_an_article_of_ones_own_is_asked_about_its_table(open_page: Open, tmp_path: Path) -> None:
    file = tmp_path / "mills.md"
    file.write_text(NEW_ARTICLE, "utf-8")
    page = open_page()
    choose_file(page, file)
    page.locator("#paper .title", has_text="Mills of the valley").wait_for()
    page.locator(".welcome .question").first.wait_for()
    turn = ask(page, "How many stones does Table 1 give for Holm?")
    assert "2" in turn.locator(".answer > p").first.inner_text()
    turn.locator("a.cite").first.click()
    assert "2" in texts(page, "#paper td.chosen")
    with page.expect_download() as download:
        page.locator("#paper .csv").click()
    assert download.value.suggested_filename == "mills-table-1.csv"
    assert Path(download.value.path()).read_text("utf-8-sig").startswith("Mill,Stones,Built\n")
    assert "article=" not in page.url

    page.reload()  # this tab still has it, nobody else does
    page.locator("#paper .title", has_text="Mills of the valley").wait_for()
    page.locator(".turn .acts").wait_for()
    other = open_page()
    assert "Mills" not in " ".join(texts(other, "#articles option"))
    assert other.evaluate("localStorage.getItem('footnote.conversations')") is None

    bad = tmp_path / "scan.md"
    bad.write_bytes(b"%PDF-1.7\n\x00\x01")
    choose_file(page, bad)
    page.locator("#status.wrong").wait_for()
    assert "scan.md" in page.locator("#status").inner_text()


def test_a_glossary_comes_with_an_upload(open_page: Open, tmp_path: Path) -> None:
    file, terms, bad = (tmp_path / name for name in ("mills.md", "terms.json", "bad.json"))
    file.write_text(NEW_ARTICLE, "utf-8")
    terms.write_text('{"terms": [{"term": "grindstones", "also": ["Stones"]}]}', "utf-8")
    bad.write_text('{"terms": "none"}', "utf-8")
    page = open_page()
    choose_file(page, file, bad)
    page.locator("#status.wrong", has_text="bad.json").wait_for()
    assert str(tmp_path) not in page.locator("#status").inner_text()
    assert "footnote-chat" not in page.locator("#status").inner_text()

    drop_files(page, file, terms)
    page.locator("#paper .title", has_text="Mills of the valley").wait_for()
    turn = ask(page, "How many grindstones does Holm have?")
    assert "2" in turn.locator(".answer > p").first.inner_text()
    turn.locator("a.cite").first.click()
    assert "2" in texts(page, "#paper td.chosen")


def test_an_index_that_is_killed_costs_one_line_and_the_page_recovers(
    open_page: Open, chat: Chat, embedder: Embedder
) -> None:
    library = Library(chat.home)
    file = chat.home / "wells.md"
    file.write_text(
        "# Wells of the plain\n\nThe well of Usk was dug in 1655 by Tom Ward.\n", "utf-8"
    )
    place = library.place_for(file)
    ingest([file], place, embedder=embedder)
    page = open_page()
    away = place.rename(chat.home / "away")  # as if its disk had gone
    page.locator("#articles").select_option(place.name)
    page.locator("#status.wrong").wait_for()
    said = page.locator("#status").inner_text()
    assert "in the library" in said
    assert "\n" not in said
    assert page.locator("#articles").input_value() == "edition"
    ask(page, PROSE_QUESTION).locator(".badge.verified").wait_for()  # what was open still is

    away.rename(place)
    page.locator("#articles").select_option(place.name)
    page.locator("#paper .title", has_text="Wells of the plain").wait_for()
    assert page.locator("#status").inner_text() == ""
    assert "Tom Ward" in ask(page, "Who dug the well of Usk?").inner_text()
    shutil.rmtree(place)  # while it is open
    turn = ask(page, "When was the well of Usk dug?")
    assert "1655" in turn.inner_text() or turn.locator(".failure").count() == 1
    page.locator("#articles").select_option("edition")
    page.locator("#paper .title", has_text="Chinese space diplomacy").wait_for()


def test_what_was_said_can_be_kept_judged_and_deleted(
    open_page: Open, chat: Chat, tmp_path: Path
) -> None:
    page = open_page()
    ask(page, TABLE_QUESTION)
    turn = ask(page, PROSE_QUESTION)
    turn.get_by_role("button", name="Not helpful").click()
    page.locator(".comment input").fill("too short <b>")
    page.keyboard.press("Enter")
    page.get_by_text("Thank you").wait_for()
    line = json.loads((chat.home / "feedback.jsonl").read_text("utf-8").splitlines()[-1])
    assert (line["question"], line["rating"], line["comment"]) == (
        PROSE_QUESTION,
        "down",
        "too short <b>",
    )
    assert line["history"][0][0] == TABLE_QUESTION
    assert Answer.from_json(json.dumps(line["answer"])).question == PROSE_QUESTION
    assert line["index"] == "edition"

    exported = tmp_path / "conversation.html"
    for kind, name in (("Markdown", "conversation.md"), ("Web page", "conversation.html")):
        page.get_by_role("button", name="Export").click()
        with page.expect_download() as download:
            page.get_by_role("dialog").get_by_role("button", name=kind).click()
        assert download.value.suggested_filename == name
        download.value.save_as(str(tmp_path / name))
    assert "## Which countries joined" in (tmp_path / "conversation.md").read_text("utf-8")
    assert verified(chat, exported) == 0
    exported.write_text(
        exported.read_text("utf-8").replace("announced in 2021", "announced in 1921")
    )
    assert verified(chat, exported) != 0

    page.reload()
    page.locator(".turn .acts").nth(1).wait_for()
    assert texts(page, ".asked h2") == [TABLE_QUESTION, PROSE_QUESTION]
    page.get_by_role("button", name="New chat").click()
    page.locator(".welcome .question").first.wait_for()
    page.get_by_role("button", name="History").click()
    page.get_by_role("dialog").locator(".open").first.click()
    page.locator(".turn .acts").nth(1).wait_for()
    page.get_by_role("button", name="History").click()
    page.get_by_role("button", name=re.compile("Delete: ")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    assert page.locator(".turn").count() == 0
    page.reload()
    page.locator(".welcome .question").first.wait_for()
    assert page.locator(".turn").count() == 0


def verified(chat: Chat, file: Path, *more: str) -> int:
    done = subprocess.run(
        [sys.executable, "-m", "ui.cli", "verify", str(file), *more],
        cwd=ROOT,
        env=environment(chat.home, chat.home / "verify"),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode


EVIL = (
    "<img src=x onerror='window.ran=20'><script>window.ran=21</script>[x](javascript:window.ran=22)"
)


def test_nothing_that_documents_questions_or_answers_say_is_run_or_loaded(
    open_page: Open, home: Path
) -> None:
    key = Library(home).place_for(home / "tricks.md").name
    page = open_page(f"/?article={key}")
    assert page.locator("#paper table td").count() == 4
    assert "<script>window.ran = 7</script>" in page.locator("#paper th").first.inner_text()
    turn = ask(page, "When was the lighthouse of Brock built?")
    assert "1811" in turn.inner_text()
    turn.locator("a.cite").first.hover()
    turn.locator("a.cite").first.click()
    turn.locator("summary").click()
    ask(page, "How high is the Great lamp?")
    turn = ask(page, EVIL)
    assert turn.locator("h2").inner_text() == EVIL

    stored = page.evaluate("JSON.parse(localStorage.getItem('footnote.conversations'))")
    answer = stored[0]["answers"][0]
    answer["text"] = f"{EVIL} [1] **{EVIL}**\n- {EVIL}"  # as if a model had said so
    answer["citations"][0].update(document_name=EVIL, section=[EVIL], quote=EVIL)
    page.evaluate(
        "it => localStorage.setItem('footnote.conversations', JSON.stringify(it))", stored
    )
    page.reload()
    page.locator(".turn .acts").first.wait_for()
    assert page.locator(".badge.failed").count() == 1  # and it is not taken for true
    page.locator("a.source").first.hover()
    assert page.evaluate("window.ran") is None
    other = open_page(f"/?q={quote(EVIL)}")
    other.locator(".turn .acts").wait_for()
    assert other.locator(".turn h2").inner_text() == EVIL
    assert other.evaluate("window.ran") is None

    allowed = {"SPAN", "MARK", "A", "SUP", "STRONG", "EM", "BR", "CODE"}
    inside = page.evaluate(
        "[...new Set([...document.querySelectorAll('#paper p *')].map(e => e.tagName))]"
    )
    assert set(inside) <= allowed
    links = page.evaluate(
        "[...document.querySelectorAll('#paper a, .turn a')].map(e => e.protocol)"
    )
    assert set(links) <= {"http:", "https:"}
    handlers = "[...document.querySelectorAll('*')].filter(e => [...e.attributes].some(a => /^(on|style)/.test(a.name)))"
    assert page.evaluate(f"{handlers}.map(e => e.id)") == ["tip"]  # where it is shown

    blocked = page.evaluate(
        "() => new Promise(done => { document.addEventListener('securitypolicyviolation', e => done(e.violatedDirective));"
        " const i = document.createElement('img'); i.src = 'https://198.51.100.7/x.png'; document.body.append(i); })"
    )
    assert blocked == "img-src"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(open_page: Open, size: tuple[int, int], scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = open_page(size=size, scheme=scheme, bypass_csp=True)
    page.locator(".welcome .question").first.wait_for()
    found = Axe().run(page).response["violations"]
    ask(page, "Who is the president of Peru?")
    turn = ask(page, TABLE_QUESTION)
    turn.locator("summary").click()
    turn.get_by_role("button", name="Helpful", exact=True).click()
    found += Axe().run(page).response["violations"]
    turn.locator("a.cite").click()
    found += Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []


def test_the_page_is_there_before_the_models(open_page: Open) -> None:
    page = open_page(wait=False)
    page.route("**/gradio_api/call/start/*", lambda _: None)
    page.reload()
    page.get_by_text("Opening the article").wait_for()
    assert page.get_by_label("Your question").is_enabled()
    assert page.get_by_text("No chat model in use.").is_visible()
    page.unroute("**/gradio_api/call/start/*")
    page.reload()
    page.locator("#paper article").wait_for()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_newcomers_walk(
    open_page: Open, chat: Chat, embedder: Embedder, size: tuple[int, int], tmp_path: Path
) -> None:
    """All that someone does who has read nothing, by what the page itself shows and says."""
    name = "desk" if size == DESK else "phone"
    page = open_page(size=size)

    def marked(turn: Any) -> list[str]:
        """Follow the first citation of an answer; the cells that are marked, as they are seen."""
        turn.locator("a.cite").first.click()
        page.locator("#paper td.chosen").first.wait_for()
        box = page.locator("#paper td.chosen").first.bounding_box()
        assert box is not None
        assert 0 < box["x"] < size[0]
        assert 0 < box["y"] < size[1]
        cells = texts(page, "#paper td.chosen")
        keep_picture(page, f"walk-{name}-cells-{len(cells)}")
        if size == PHONE:
            page.get_by_role("button", name="Close the article").click()
        return cells

    page.locator(".welcome .question").nth(5).wait_for()
    first = page.locator(".welcome .question", has_text="Table").first
    first.click()
    turn = page.locator(".turn").first
    turn.locator(".badge.verified").wait_for()
    assert len(marked(turn)) > 0

    assert "Venezuela" in marked(ask(page, "Which countries joined the ILRS in 2023?"))
    turn = ask(page, "And in 2024?")
    assert "Understood as" in turn.inner_text()
    followed = marked(turn)
    assert "Serbia" in followed
    assert "Venezuela" not in followed

    turn = ask(page, "Who won the football match in Madrid?")
    turn.locator(".abstained").get_by_text("Not answered").wait_for()
    keep_picture(page, f"walk-{name}-abstention")
    turn.locator(".abstained .question").first.click()
    page.locator(".turn").nth(4).locator(".badge.verified").wait_for()

    file = tmp_path / "mills.md"
    file.write_text(NEW_ARTICLE, "utf-8")
    choose_file(page, file)
    page.locator(".welcome h2", has_text="Mills of the valley").wait_for()
    page.locator(".welcome .question").first.wait_for()
    keep_picture(page, f"walk-{name}-upload")
    assert "2" in marked(ask(page, "How many stones does Holm have?"))

    exported = tmp_path / "conversation.html"
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("dialog").get_by_role("button", name="Web page").click()
    download.value.save_as(str(exported))
    index = tmp_path / "index"
    ingest([file], index, embedder=embedder)
    assert verified(chat, exported, "--index", str(index)) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
