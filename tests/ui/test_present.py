"""An answer on the screen: everything is there, and nothing that a document holds is obeyed."""

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ingest.document import Span
from rag.answer import Answer, Citation, bold, literal, read
from rag.verify import MARKER
from ui import present

POISON = [
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\x9b2J",
    "abc\u202edef\u2066",
    "line\rover",
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/a.png)",
    "[x](javascript:alert(1))",
    "<http://evil.example>",
    "[1]: http://evil.example",
    "[1](http://evil.example)",
    "[1][2] [1]:\n[2]: <http://evil.example>",
    "a\n===\n# b\n---\n> c\n1. d\n+ e\n```\nf\n```\n    g\n~~~",
    "&lt;b&gt; &#60;script&#62;",
    "\\[x](http://evil.example) \\\\[x](y)",
    "$$\\href{javascript:alert(1)}{x}$$",
    "<!-- -->",
    "* a\n* b\n| a | b |\n|---|---|\n| c | d |",
    "\ud800",
    "“‘'\"`",
    "- - - a\n-\n- # b\n- > c",
    "\u00a0# b",
    "**bold** **<b>** **[x](y)** ***x*** **a**b\\*c\\*",
    "**# a\n- **b** **1. c** \\[1\\] \\\\**d\\***",
]
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

words = st.text() | st.sampled_from(POISON) | st.lists(st.sampled_from(POISON)).map(" ".join)
citations = st.builds(
    Citation,
    number=st.integers(1, 9),
    document_id=st.just("0"),
    document_name=words,
    quote=words,
    span=st.just(Span(0, 1)),
    section=st.lists(words, max_size=3).map(tuple),
)
answers = st.builds(
    Answer,
    question=words,
    text=words,
    citations=st.lists(citations, max_size=3).map(tuple),
    abstained=st.booleans(),
    reason=words,
    confidence=st.floats(0, 1),
    method=st.just("prose"),
    suggestions=st.lists(words, max_size=2).map(tuple),
)


def citation(quote: str = "The harbour was opened in 1874.", number: int = 1) -> Citation:
    section = ("Harbours", "History")
    return Citation(number, "0", "harbours.md", quote, Span(0, len(quote)), section)


ANSWER = Answer("When?", "It was opened in 1874 [1].", (citation(),), False, "", 0.874, "prose")
ABSTENTION = Answer(
    "Why?", "", (citation(),), True, "It does not say. The nearest is this. [1]", 0.1, "none",
    suggestions=("When was it opened?",),
)  # fmt: skip


class Tags(HTMLParser):
    """The tags of a piece of HTML, each with its attributes, and the text between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, list[str]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, [name for name, _ in attributes]))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


def test_terminal_shows_answer_citations_and_confidence() -> None:
    assert present.terminal(ANSWER) == (
        "It was opened in 1874 [1].\n\n"
        "[1] harbours.md, Harbours › History: “The harbour was opened in 1874.”\n\n"
        "Confidence: 87%"
    )


@pytest.mark.parametrize("form", [present.terminal, present.markdown, present.html])
def test_an_abstention_shows_its_reason_and_suggestions(form: object) -> None:
    shown = form(ABSTENTION)  # type: ignore[operator]
    for part in ("It does not say.", "harbours.md", "When was it opened?", "[1]"):
        assert part in shown
    assert "Confidence" not in shown


def test_terminal_lines_are_as_wide_as_asked() -> None:
    long = Answer("q", "word " * 50 + "[1].", (citation("quote " * 30),), False, "", 0.5, "prose")
    shown = present.terminal(long, width=40)
    assert max(len(line) for line in shown.split("\n")) <= 40
    assert " ".join(shown.split()) == " ".join(present.terminal(long).split())


@pytest.mark.parametrize("quote", ["word " * 200, "月" * 1000, "x" * 301, "a" + " " * 500 + "b"])
def test_a_long_quote_is_cut_for_display(quote: str) -> None:
    shown = present.terminal(Answer("q", "t [1]", (citation(quote),), False, "", 0.5, "prose"))
    part = shown.split("“")[1].split("”")[0]
    assert len(part) <= present.LONGEST_QUOTE
    assert part.endswith("…") == (len(" ".join(quote.split())) > present.LONGEST_QUOTE)


def test_markdown_means_what_was_said() -> None:
    shown = MarkdownIt("commonmark").render(present.markdown(ANSWER))
    assert "<p>It was opened in 1874 [1].</p>" in shown
    assert (
        "<li>[1] harbours.md, Harbours › History: “The harbour was opened in 1874.”</li>" in shown
    )


def test_markdown_keeps_the_bullets_of_an_answer() -> None:
    listed = Answer("q", "Two:\n- *Vell* [1]\n- Orm [1]", (citation(),), False, "", 0.5, "table")
    shown = MarkdownIt("commonmark").render(present.markdown(listed))
    assert "<li>*Vell* [1]</li>" in shown
    assert "<li>Orm [1]</li>" in shown


def test_what_is_bold_in_an_answer_is_bold_on_the_screen() -> None:
    said = Answer(
        "q", "**In 1874** [1] — it *was*.\n- **Vell**", (citation(),), False, "", 0.5, "prose"
    )
    assert "<p><strong>In 1874</strong> [1] — it *was*.<br>- <strong>Vell</strong></p>" in (
        present.html(said)
    )
    shown = MarkdownIt("commonmark").render(present.markdown(said))
    assert "<strong>In 1874</strong> [1] — it *was*." in shown
    assert "<li><strong>Vell</strong></li>" in shown
    assert present.terminal(said).startswith("In 1874 [1] — it *was*.\n- Vell\n")


@given(words)
@example("**bold** \\**x** [1] \\[1\\] **")
def test_words_of_documents_are_never_bold_and_never_markers(text: str) -> None:
    said = literal(" ".join(text.split()))
    answer = Answer("q", f"{said} [1]", (citation(),), False, "", 0.5, "prose")
    assert read(said) == " ".join(text.split())
    assert len(MARKER.findall(answer.text)) == 1
    assert "<strong>" not in present.html(answer)
    shown = Tags(MarkdownIt("js-default").render(present.markdown(answer)))
    assert "strong" not in {tag for tag, _ in shown.tags}


@given(words)
def test_words_in_bold_are_shown_as_they_are(text: str) -> None:
    shown = Tags(present.html(Answer("q", bold(text), (), False, "", 0.5, "prose")))
    folded = " ".join(present.clean(text).split())
    assert "".join(folded.split()) in "".join(shown.text.split())


def test_html_numbers_its_citations() -> None:
    assert '<li value="1">' in present.html(ANSWER)
    assert "It was opened in 1874 [1]." in present.html(ANSWER)


@pytest.mark.parametrize("text", ["a\tb\nc", "Ørsund 国际港 \U0001f600", "e\u0301", "\u200d"])
def test_clean_leaves_what_is_harmless(text: str) -> None:
    assert present.clean(text) == text


@given(answers)
def test_nothing_that_a_terminal_obeys_survives(answer: Answer) -> None:
    for shown in (present.terminal(answer), present.terminal(answer, width=30)):
        assert not FORBIDDEN.search(shown)
        assert all(
            unicodedata.category(character) != "Cc"
            for character in shown
            if character not in "\n\t"
        )
        shown.encode("utf-8")


@given(answers)
def test_html_holds_only_our_own_tags(answer: Answer) -> None:
    shown = Tags(present.html(answer))
    allowed = {
        "div": ["class"],
        "p": [],
        "br": [],
        "ol": [],
        "ul": [],
        "li": ["value"],
        "q": [],
        "small": [],
        "strong": [],
    }
    for tag, attributes in shown.tags:
        assert set(attributes) <= set(allowed[tag])
    assert not FORBIDDEN.search(shown.text)


@given(answers)
@pytest.mark.parametrize("flavour", ["commonmark", "js-default"])
def test_markdown_renders_to_text_and_lists_only(flavour: str, answer: Answer) -> None:
    renderer = MarkdownIt(flavour, {"html": True})
    shown = Tags(renderer.render(present.markdown(answer)))
    assert {tag for tag, _ in shown.tags} <= {"p", "ul", "li", "em", "br", "strong"}
    assert not any(attributes for _, attributes in shown.tags)
    assert not FORBIDDEN.search(shown.text)


@given(words)
@example("\t# a\n\t\tb")
def test_escaped_markdown_shows_the_text_itself(text: str) -> None:
    shown = Tags(MarkdownIt("js-default").render(present.escape_markdown(text))).text
    assert "".join(shown.split()) == "".join(present.clean(text).split())


@given(st.sampled_from(["http://a.example", "https://a.example/x", "www.a.example", "a@b.example"]))
def test_addresses_are_no_longer_recognised_as_links(address: str) -> None:
    escaped = present.escape_markdown(f"see {address} now")
    assert address not in escaped
    assert "".join(Tags(MarkdownIt().render(escaped)).text.split()) == f"see{address}now"
