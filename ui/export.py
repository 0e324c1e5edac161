"""A conversation to keep: as Markdown, and as one HTML file that `footnote verify` can check.

The HTML file carries its answers as JSON, with quotes, offsets and the hash of each document. It is
written from them alone, so that whoever holds the file can tell whether a word of it was changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from ingest.errors import FootnoteError
from rag.answer import Answer
from ui.card import confidence_in_words, text_html
from ui.present import clean, escape_markdown, markdown

_OPENS = '<script type="application/json" id="footnote-answers">'
_CLOSES = "</script>"
_CARRIED = re.compile(re.escape(_OPENS) + r"\n(.*?)\n" + re.escape(_CLOSES), re.DOTALL)
_MARKERS = re.compile(r'<sup><a class="cite" href="[^"]*" [^>]*>(\d+)</a></sup>')
_STYLE = """
:root{color-scheme:light dark}
body{font:17px/1.6 Georgia,serif;max-width:42rem;margin:3rem auto;padding:0 1.25rem}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin:2.5rem 0 .5rem}
.meta,footer,li small{font:.8rem/1.5 system-ui,sans-serif;opacity:.75}
blockquote{margin:.3rem 0;white-space:pre-wrap}.abstained{font-style:italic}
code{font-size:.75rem;overflow-wrap:anywhere}
"""


class ExportError(FootnoteError):
    """A conversation that cannot be written, or a file that says something else than it carries."""


def as_markdown(answers: Sequence[Answer]) -> str:
    """The conversation as Markdown: each question a heading, each answer with its citations."""
    parts = ["# Conversation with Footnote"]
    for answer in answers:
        question = " ".join(escape_markdown(answer.question).split())
        parts.append(f"## {question}\n\n{markdown(answer)}")
    return "\n\n".join(parts) + "\n"


def as_html(answers: Sequence[Answer]) -> str:
    """The conversation as one HTML file that loads nothing and runs nothing."""
    parts = [_turn(number, answer) for number, answer in enumerate(answers, 1)]
    carried = "\n".join(answer.to_json().replace("<", "\\u003c") for answer in answers)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Conversation with Footnote</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Conversation with Footnote</h1>
{"".join(parts)}<footer>Every quote can be checked against the article with: footnote verify FILE.html</footer>
{_OPENS}
{carried}
{_CLOSES}
</body>
</html>
"""


def answers_in(text: str) -> list[str] | None:
    """The answers, as JSON, that an exported HTML file carries; None where it is no such file."""
    found = _CARRIED.search(text) if text.lstrip()[:15].lower() == "<!doctype html>" else None
    return found[1].split("\n") if found else None


def check_unchanged(text: str, answers: Sequence[Answer]) -> None:
    """Raise `ExportError` where the file shows something else than the answers it carries."""
    if "\n".join(text.split()) != "\n".join(as_html(answers).split()):
        raise ExportError(
            "the file was changed since it was exported: it shows something else than the answers it carries"
        )


def _turn(number: int, answer: Answer) -> str:
    said = text_html("\n\n".join(_said(answer)), answer.citations)
    said = _MARKERS.sub(rf'<sup><a href="#t{number}-\1">\1</a></sup>', said)
    citations = "".join(
        f'<li id="t{number}-{citation.number}" value="{citation.number}">'
        f"{escape(clean(', '.join([citation.document_name, *citation.section])))}"
        f"<blockquote>{escape(clean(citation.quote))}</blockquote>"
        f"<small>characters {citation.span.start} to {citation.span.end} of the text with SHA-256 "
        f"<code>{escape(clean(citation.document_id))}</code></small></li>\n"
        for citation in answer.citations
    )
    listed = f"<ol>\n{citations}</ol>\n" if citations else ""
    sure = (
        ""
        if answer.abstained
        else f'<p class="meta">{confidence_in_words(answer.confidence)} ({answer.confidence:.0%})</p>\n'
    )
    kind = "abstained" if answer.abstained else "answer"
    return (
        f'<section class="{kind}">\n<h2>{escape(clean(answer.question))}</h2>\n{said}\n{listed}{sure}'
        "</section>\n"
    )


def _said(answer: Answer) -> list[str]:
    said = [answer.text.strip()] if answer.text.strip() else []
    if answer.abstained and answer.reason.strip() not in answer.text:
        said.append(answer.reason.strip())
    return said or ["No answer."]
