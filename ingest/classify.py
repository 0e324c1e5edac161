"""Which kind each line of an article is: the only place that looks at how lines are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ingest.document import Span
from ingest.lines import lines, say, strip
from ingest.tables import find_tables

LineKind = Literal[
    "blank", "heading", "text", "item", "table", "caption", "reference", "skip", "code"
]

_HEADING = re.compile(r"^ {0,3}(#{1,6})[ \t]+")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)[ \t]*$")
_RULE = re.compile(r"^ {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$")
_FENCE = re.compile(r"^ {0,3}(```+|~~~+)")
_ITEM = re.compile(r"^[ \t]*([-*+•‣◦–]|(\d{1,3})[.)]|([a-z])\))[ \t]+(?=\S)")
_NUMBERED_HEADING = re.compile(r"^(\d{1,2}(?:\.\d{1,2})*)\.?[ \t]+(?=[^\W\d_])")
_CAPTION = re.compile(
    r"^(?:[^\w|]|_){0,20}(table|tab\.|figure|fig\.)\s*(?:\d+(?:\.\d+)*[a-z]?|[ivxlc]+)\b"
    r"\s*(?::|[.–—-](?!\d))",
    re.IGNORECASE,
)
_REFERENCE = re.compile(r"^[ \t]*\[\^?(\d{1,4})\]:?[ \t]+(?=\S)")
_BIBLIOGRAPHY = re.compile(
    r"^(?:bibliography|references|reference list|sources|works cited|literature|notes|footnotes"
    r"|endnotes|further reading)\W*$",
    re.IGNORECASE,
)
_FRONT_MATTER_KEY = re.compile(r"^[A-Za-z][\w -]*:(?:[ \t]|$)")
_FRONT_MATTER_TITLE = re.compile(r"^title:[ \t]*(\S.*)$", re.IGNORECASE)
_ENDS_LIKE_PROSE = re.compile(r"[.,;:!…。，；：！][\"'”’»)\]*_]*$")
_ENDS_A_SENTENCE = (".", "!", "?", ":", ")", "]", "。", "：")
_ALWAYS_BULLETS = "-*+•‣◦"
_LONGEST_HEADING = 90
_LONGEST_HEADING_WITH_MARKS = 4 * _LONGEST_HEADING
_LONGEST_MARKED_HEADING = 1_000
_MOST_WORDS_IN_HEADING = 14
_WIDEST_WRAPPED_LINE = 120


@dataclass(slots=True)
class Line:
    """A line: its kind, and its content without bullet, heading signs and outer white space.

    `raw` is the line as it stands; `level` is that of a heading; `number` that of a reference or a numbered item, else 0; `bullet` is
    the sign before an item, digits and letters left out of it.
    """

    span: Span
    raw: str
    content: Span
    kind: LineKind = "text"
    level: int = 0
    number: int = 0
    bullet: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """All lines of a text.

    `marked`: headings are marked as in Markdown; `joined`: a line end inside a paragraph is only a
    wrapped line; `title` is what the front matter gives, else "".
    """

    lines: list[Line]
    marked: bool
    joined: bool
    title: str


def classify(text: str) -> Lines:
    """Tell the kind of every line, in time linear in the text."""
    return _Classifier(text).classify()


def is_table_caption(line: str) -> bool:
    """Whether a caption is that of a table, not of a figure."""
    match = _CAPTION.match(line)
    return match is not None and match.group(1).casefold().startswith("tab")


def without_number(reference: str) -> str:
    """What a reference says behind its number."""
    head = _REFERENCE.match(reference) or _ITEM.match(reference)
    return reference[head.end() if head else 0 :]


class _Classifier:
    """The steps of `classify`, in order; each sees what those before it have told."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.lines = [
            Line(span, text[span.start : span.end], strip(text, span)) for span in lines(text)
        ]

    def classify(self) -> Lines:
        title = self._hide_front_matter()
        self._hide_code()
        self._hide_comments()
        for line in self.lines:
            if line.kind == "text":
                self._classify_alone(line)
        self._mark_tables()
        self._mark_underlined()
        marked = any(line.kind == "heading" for line in self.lines)
        joined = marked or self._is_wrapped()
        self._settle(marked=marked, joined=joined)
        return Lines(self.lines, marked, joined, title)

    def _said(self, line: Line) -> str:
        return self.text[line.content.start : line.content.end]

    # --- what is no content ------------------------------------------------------------------------

    def _hide_front_matter(self) -> str:
        """Skip the YAML between two lines of dashes at the very beginning; return its title."""
        if len(self.lines) < 3 or self.lines[0].raw.rstrip() != "---":
            return ""
        if not _FRONT_MATTER_KEY.match(self.lines[1].raw):
            return ""
        title = ""
        for end, line in enumerate(self.lines[1:], start=1):
            if line.raw.rstrip() in ("---", "..."):
                for hidden in self.lines[: end + 1]:
                    hidden.kind = "skip"
                return title
            if match := _FRONT_MATTER_TITLE.match(line.raw):
                title = match.group(1).strip().strip("\"'")
        return ""

    def _hide_code(self) -> None:
        """Mark what stands between two fences; a fence that is never closed hides nothing."""
        opened: int | None = None
        sign = ""
        for number, line in enumerate(self.lines):
            fence = _FENCE.match(line.raw) if line.kind == "text" else None
            if not fence:
                continue
            if opened is None:
                opened, sign, line.kind = number, fence.group(1)[:3], "skip"
            elif fence.group(1).startswith(sign):
                for inner in self.lines[opened + 1 : number]:
                    inner.kind = "code"
                opened, line.kind = None, "skip"

    def _hide_comments(self) -> None:
        """Skip the lines that are an HTML comment; one that never ends hides nothing."""
        opened: int | None = None
        for number, line in enumerate(self.lines):
            said = self._said(line)
            if line.kind != "text":
                opened = None
            elif opened is None and said.startswith("<!--"):
                opened = number
            if opened is not None and "-->" in said:
                if said.index("-->") == len(said) - len("-->"):
                    for hidden in self.lines[opened : number + 1]:
                        hidden.kind = "skip"
                opened = None

    # --- what a line is by itself ------------------------------------------------------------------

    def _classify_alone(self, line: Line) -> None:
        raw = line.raw
        first = raw.lstrip()[:1]
        if not first:
            line.kind = "blank"
        elif len(raw) <= _LONGEST_MARKED_HEADING and (heading := _HEADING.match(raw)):
            line.kind, line.level = "heading", len(heading.group(1))
            line.content = self._without_closing_signs(line.span.start + heading.end(), line.span)
        elif _RULE.match(raw):
            line.kind = "skip"
        elif _CAPTION.match(raw):
            line.kind = "caption"
        elif reference := _REFERENCE.match(raw):
            line.kind, line.number = "reference", int(reference.group(1))
        elif item := _ITEM.match(raw):
            line.kind = "item"
            line.bullet = item.group(1).lstrip("0123456789abcdefghijklmnopqrstuvwxyz")
            if item.group(2):
                line.number = int(item.group(2))
            elif item.group(3):
                line.number = ord(item.group(3)) - ord("a") + 1
                line.bullet = "a" + line.bullet
            line.content = strip(self.text, Span(line.span.start + item.end(), line.span.end))

    def _without_closing_signs(self, start: int, span: Span) -> Span:
        """The content of a heading such as `## Towers ##`."""
        said = self.text[start : span.end].rstrip()
        opened = said.rstrip("#")
        if not opened or opened[-1] in " \t":
            said = opened.rstrip()
        return strip(self.text, Span(start, start + len(said)))

    # --- what a line is among others ---------------------------------------------------------------

    def _mark_tables(self) -> None:
        """Before captions are settled: a row may begin like one, but no table begins with one."""
        candidates: list[Span] = []
        above = Span(0, 0)
        for line in self.lines:
            can_stand = line.kind in ("text", "item") or (
                line.kind == "caption" and "|" in self.text[above.start : above.end]
            )
            above = line.span if can_stand else Span(line.span.start, line.span.start)
            candidates.append(above)
        for first, last in find_tables(self.text, candidates):
            for line in self.lines[first:last]:
                line.kind = "table"

    def _mark_underlined(self) -> None:
        """Headings that are underlined with === or ---."""
        for line, under in pairwise(self.lines):
            if line.kind != "text" or under.kind not in ("text", "skip", "item"):
                continue
            if match := _UNDERLINE.match(under.raw):
                line.kind, line.level = "heading", 1 if match.group(1)[0] == "=" else 2
                under.kind = "skip"

    def _is_wrapped(self) -> bool:
        """Whether the text of no marked headings has wrapped lines, as is always so in Markdown.

        Text that was copied out of a page has one line a paragraph, however long.
        """
        longest = max((len(line.span) for line in self.lines if line.kind == "text"), default=0)
        return longest <= _WIDEST_WRAPPED_LINE and any(line.kind == "blank" for line in self.lines)

    def _settle(self, *, marked: bool, joined: bool) -> None:
        """Walk over the lines once: find unmarked headings, the bibliography's entries, and the lines
        inside a paragraph that only look like the beginning of something else.
        """
        following = self._following()
        in_bibliography = False
        opening: Line | None = None  # the first line of the paragraph or item that we are in
        for number, line in enumerate(self.lines):
            before = self.lines[number - 1] if number else None
            after = following[number]
            is_entry = in_bibliography and line.kind == "item" and line.bullet in (".", ")")
            if (
                not marked
                and not is_entry
                and self._is_heading(line, before, number, after, joined)
            ):
                self._make_heading(line)
            if line.kind == "heading":
                said = self._said(line)
                in_bibliography = len(said) <= _LONGEST_HEADING and bool(
                    _BIBLIOGRAPHY.match(say(said))
                )
            if (
                joined
                and opening
                and before
                and not self._interrupts(
                    line, opening, before, after, in_bibliography=in_bibliography
                )
            ):
                line.kind, line.content = "text", strip(self.text, line.span)
            elif is_entry:
                line.kind, line.content = "reference", strip(self.text, line.span)
            if line.kind not in ("text", "item", "reference", "caption"):
                opening = None
            elif opening is None or line.kind != "text":
                opening = line

    def _following(self) -> list[Line | None]:
        """For each line the next one that is neither blank nor skipped."""
        found: list[Line | None] = []
        after: Line | None = None
        for line in reversed(self.lines):
            found.append(after)
            if line.kind not in ("blank", "skip"):
                after = line
        return found[::-1]

    def _interrupts(
        self, line: Line, opening: Line, before: Line, after: Line | None, *, in_bibliography: bool
    ) -> bool:
        """Whether a line that stands directly under a paragraph's line begins something of its own.

        A wrapped line may begin with "[3] and", "99. Then" or a dash. As in CommonMark only the usual
        bullets and "1." begin a list there; the next item of a list and what follows a colon do too.
        """
        said_before = self._said(before)
        if line.kind == "reference":
            return in_bibliography or opening.kind == "reference"
        if line.kind == "caption":
            return said_before.endswith(_ENDS_A_SENTENCE) or (
                after is not None and after.kind == "table"
            )
        if line.kind == "item":
            is_next = (
                opening.kind in ("item", "reference")
                and line.number == opening.number + (1 if line.number else 0)
                and line.bullet == (opening.bullet or line.bullet)
            )
            return (
                line.bullet in _ALWAYS_BULLETS
                or (line.number == 1 and line.bullet == ".")
                or is_next
                or said_before.endswith((":", "："))
            )
        return True

    # --- headings that are not marked --------------------------------------------------------------

    def _make_heading(self, line: Line) -> None:
        line.kind, line.content = "heading", strip(self.text, line.span)
        numbered = _NUMBERED_HEADING.match(say(self._said(line)))
        line.level = 2 + (numbered.group(1).count(".") if numbered else 0)

    def _is_heading(
        self, line: Line, before: Line | None, number: int, after: Line | None, joined: bool
    ) -> bool:
        """A short line that does not end like prose, stands by itself and has something under it."""
        if line.kind not in ("text", "item") or len(line.span) > _LONGEST_HEADING_WITH_MARKS:
            return False
        said = say(line.raw)
        is_alone_above = before is None or before.kind in ("blank", "skip", "heading")
        if after is None or (joined and not is_alone_above):
            return False
        if _BIBLIOGRAPHY.match(said) and after.kind in ("reference", "item") and after.number:
            return True
        is_alone_below = not joined or self.lines[number + 1].kind in ("blank", "skip")
        if not is_alone_below or line.kind == after.kind == "item":
            return False
        return _reads_like_a_heading(said, is_item=line.kind == "item")


def _reads_like_a_heading(said: str, *, is_item: bool) -> bool:
    numbered = _NUMBERED_HEADING.match(said)
    if is_item and not numbered:
        return False
    first = said[numbered.end() :][:1] if numbered else said[:1]
    return (
        len(said) <= _LONGEST_HEADING
        and len(said.split()) <= _MOST_WORDS_IN_HEADING
        and first.isalnum()
        and not first.islower()
        and not _ENDS_LIKE_PROSE.search(said)
    )
