"""The lines of a text with their offsets, and the marks that stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.document import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|$)")
_MARK = re.compile(r"\[\^?(\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*)\](?!\()")
_EMPHASIS = re.compile(
    r"(\*\*|\*|`|(?<!\w)__|(?<!\w)_)(?=\S)(.{1,200}?)(?<=\S)\1"  # bounded, to stay linear
)
_SINGLE_OR_RANGE = re.compile(r"(\d+)(?:\s*[–-]\s*(\d+))?")
_LONGEST_RANGE = 50


def lines(text: str) -> list[Span]:
    """The span of every line, without its line end. Only CR, LF and CRLF end a line."""
    spans = []
    for match in _LINE.finditer(text):
        if match.start() == match.end():
            continue
        spans.append(Span(match.start(), match.start() + len(match.group().rstrip("\r\n"))))
    return spans


def strip(text: str, span: Span) -> Span:
    """The span without white space at its ends."""
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.start + len(piece.rstrip())))


def footnote_marks(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, Span]]:
    """Every number of every footnote mark, such as [17], [^3], [2, 5] or [4–6], with the mark's span."""
    for match in _MARK.finditer(text, start, len(text) if end is None else end):
        span = Span(*match.span())
        for part in _SINGLE_OR_RANGE.finditer(match.group(1)):
            first, last = int(part.group(1)), int(part.group(2) or part.group(1))
            if first <= last <= first + _LONGEST_RANGE:
                yield from ((number, span) for number in range(first, last + 1))


def without_marks(text: str) -> str:
    """The text without its footnote marks and the space before them."""
    if "[" not in text:
        return text
    parts, at = [], 0
    for match in _MARK.finditer(text):
        parts.append(text[at : match.start()].rstrip())
        at = match.end()
    return "".join([*parts, text[at:]])


def say(text: str) -> str:
    """What a heading, a caption or a cell says: no footnote marks, no emphasis, single spaces."""
    return " ".join(without_marks(without_emphasis(text)).split())


def without_emphasis(text: str) -> str:
    """The text without the signs of Markdown's emphasis and code, nested ones too."""
    if not ("*" in text or "_" in text or "`" in text):
        return text
    return _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))
