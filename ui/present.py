"""An answer written down: for the terminal, as Markdown and as HTML. Pure functions.

Words of documents reach the screen as words only. Control characters, terminal escapes and marks that
turn the direction of writing are taken out everywhere; Markdown and HTML are escaped, so that nothing in
an article can be executed, loaded or linked. `Answer.text` is treated like a document, except for its
citation markers [1], its line breaks, the bullets that open its lines, and what is bold in it.
"""

from __future__ import annotations

import html as html_library
import re
import textwrap
from collections.abc import Iterator

from rag.answer import Answer, Citation, pieces, read
from rag.verify import MARKER

LONGEST_QUOTE = 300
"""Characters of a quote that are shown; the whole quote stands in the answer's JSON."""

INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_MARKDOWN = re.compile(r"[\\`*_\[\]|~$#!@]|:(?=//)|(?<=www)\.", re.IGNORECASE)
_OPENS_BLOCK = re.compile(r"^(?:[-+=]|\d{1,9}(?=[.)]))")


def clean(text: str) -> str:
    """The text without what a terminal or a browser would obey instead of showing.

    Of control characters only the line feed and the tab are left; a lone surrogate becomes U+FFFD.
    """
    text = INVISIBLE.sub("", _LINE_END.sub("\n", text))
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def terminal(answer: Answer, *, width: int | None = None) -> str:
    """The answer, then its numbered citations, as plain text without a final line end.

    Lines are broken at `width` columns, or not at all.
    """
    parts = [f"Understood as: {_line(answer.understood)}"] if answer.understood else []
    parts += [read(clean(part)) for part in _said(answer)]
    parts += [_terminal_citation(citation) for citation in answer.citations]
    if answer.suggestions:
        parts.append("\n".join(["You could ask:", *(f"- {_line(s)}" for s in answer.suggestions)]))
    if not answer.abstained:
        parts.append(f"Confidence: {_confidence(answer)}")
    parts += [_line(note) for note in answer.notes]
    return "\n\n".join(_wrap(part, width) for part in parts)


def markdown(answer: Answer) -> str:
    """The answer with its [1] markers, then its citations as a list, as Markdown."""
    parts = []
    if answer.understood:
        parts.append(f"*Understood as: {escape_markdown(_line(answer.understood))}*")
    parts += [_markdown_text(part) for part in _said(answer)]
    if answer.citations:
        parts.append("Citations:")  # also keeps their list apart from one that ends the answer
        parts.append("\n".join(_markdown_citation(citation) for citation in answer.citations))
    if answer.suggestions:
        items = [f"- {escape_markdown(_line(s))}" for s in answer.suggestions]
        parts.append("\n".join(["You could ask:", "", *items]))
    if not answer.abstained:
        parts.append(f"*Confidence: {_confidence(answer)}*")
    parts += [f"*{escape_markdown(_line(note))}*" for note in answer.notes]
    return "\n\n".join(parts)


def html(answer: Answer) -> str:
    """The answer as a piece of HTML: paragraphs, then an ordered list of citations."""
    parts = []
    if answer.understood:
        meant = _escape_html(_line(answer.understood))
        parts.append(f"<p><small>Understood as: {meant}</small></p>")
    parts += [f"<p>{_html_text(part)}</p>" for part in _said(answer)]
    if answer.citations:
        parts.append(
            f"<ol>{''.join(_html_citation(citation) for citation in answer.citations)}</ol>"
        )
    if answer.suggestions:
        items = "".join(f"<li>{_escape_html(_line(s))}</li>" for s in answer.suggestions)
        parts.append(f"<p>You could ask:</p><ul>{items}</ul>")
    if not answer.abstained:
        parts.append(f"<p><small>Confidence: {_confidence(answer)}</small></p>")
    parts += [f"<p><small>{_escape_html(_line(note))}</small></p>" for note in answer.notes]
    return f'<div class="answer">{"".join(parts)}</div>'


def escape_markdown(text: str) -> str:
    """The text, cleaned, as Markdown that shows it literally."""
    return "\n".join(_escape_markdown_line(line) for line in clean(text).split("\n"))


def _said(answer: Answer) -> Iterator[str]:
    """What the answer says, paragraph by paragraph; an abstention says why."""
    if answer.text.strip():
        yield answer.text.strip()
    if answer.abstained and answer.reason.strip() and answer.reason.strip() not in answer.text:
        yield answer.reason.strip()
    if answer.abstained and not (answer.text.strip() or answer.reason.strip()):
        yield "No answer."


def _confidence(answer: Answer) -> str:
    return f"{answer.confidence:.0%}"


def _line(text: str) -> str:
    """The text, cleaned, on one line."""
    return " ".join(clean(text).split())


def _source(citation: Citation) -> str:
    """The document's name and the titles that lead to the quote."""
    path = " › ".join(_line(title) for title in citation.section)
    return ", ".join(part for part in (_line(citation.document_name), path) if part)


def _quote(citation: Citation) -> str:
    """The quote on one line, cut at a space where it is long."""
    quote = _line(citation.quote)
    if len(quote) > LONGEST_QUOTE:
        kept = quote[: LONGEST_QUOTE - 1]
        head, space, _ = kept.rpartition(" ")
        quote = (head if len(head) > LONGEST_QUOTE // 2 and space else kept).rstrip() + "…"
    return f"“{quote}”"


def _terminal_citation(citation: Citation) -> str:
    return f"[{citation.number}] {_source(citation)}: {_quote(citation)}"


def _wrap(text: str, width: int | None) -> str:
    if width is None:
        return text
    return "\n".join(
        textwrap.fill(
            line, max(width, 20), subsequent_indent=" " * _indent(line), break_on_hyphens=False
        )
        for line in text.split("\n")
    )


def _indent(line: str) -> int:
    match = re.match(r"\[\d+\] |- ", line)
    return match.end() if match else 0


def _markdown_text(text: str) -> str:
    """Markdown in which only our own markers, line breaks, bullets and bold have a meaning."""
    return "\n".join(_markdown_line(line) for line in clean(text).split("\n"))


def _markdown_line(line: str) -> str:
    bullet = re.match(r"[ \t]*- (?=\S)", line)
    said = ""
    for piece, is_bold in pieces(line[bullet.end() :] if bullet else line):
        if is_bold:
            said += f"**{_escape_markdown_line(piece, opens=False)}**"
        else:
            said += _markdown_piece(piece, opens=not said)
    return f"- {said}" if bullet else said


def _markdown_piece(piece: str, *, opens: bool) -> str:
    """A piece without bold: its markers as they are, the rest escaped."""
    parts, at = [], 0
    for marker in MARKER.finditer(piece):
        before = piece[at : marker.start()]
        parts += [_escape_markdown_line(before, opens=opens and at == 0), marker.group()]
        at = marker.end()
    parts.append(_escape_markdown_line(piece[at:], opens=opens and at == 0))
    return "".join(parts)


def _escape_markdown_line(line: str, *, opens: bool = True) -> str:
    """One line, or what follows a marker in it; where it opens the line, block marks are disarmed too."""
    if opens:
        line = line.lstrip()
    line = _MARKDOWN.sub(r"\\\g<0>", line)
    line = line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if opens and (block := _OPENS_BLOCK.match(line)):
        at = block.end() if block.group().isdigit() else 0
        line = f"{line[:at]}\\{line[at:]}"
    return line


def _markdown_citation(citation: Citation) -> str:
    source, quote = escape_markdown(_source(citation)), escape_markdown(_quote(citation))
    return f"- [{citation.number}] {source}: {quote}"


def _escape_html(text: str) -> str:
    return html_library.escape(clean(text))


def _html_text(text: str) -> str:
    return "".join(
        f"<strong>{_escape_html(piece)}</strong>" if is_bold else _escape_html(piece)
        for piece, is_bold in pieces(clean(text))
    ).replace("\n", "<br>")


def _html_citation(citation: Citation) -> str:
    source, quote = _escape_html(_source(citation)), _escape_html(_quote(citation))
    return f'<li value="{citation.number}">{source}: <q>{quote[1:-1]}</q></li>'
