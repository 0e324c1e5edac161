"""What the chat's page, or a program, can ask of the server: one method for each request.

What a request needs comes with it: no conversation is kept here, so no one can get another's. What
comes back is plain data, or HTML in which everything that is not ours was escaped.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ingest.document import Document
from ingest.errors import FootnoteError
from rag.answer import Answer, Turn
from rag.pipeline import Chatbot
from ui import article as page_of
from ui import export, feedback
from ui.card import card, text_html
from ui.present import clean, markdown
from ui.shelf import Opening, Shelf, Upload

JSON = dict[str, Any]

FIRST_QUESTIONS, NEXT_QUESTIONS = 6, 3
_CONSIDERED = 8
_MOST_TURNS = 20
"""Turns before a question that are handed on."""

_MOST_SHOWN = 200
_LOOK_AGAIN = 0.15
_LOG = logging.getLogger(__name__)


class Desk:
    """Answers requests about the articles of a shelf. Each method is a request; none keeps anything."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def ask(
        self,
        question: str,
        history: list[list[str]] | None = None,
        article: str = "",
        with_model: bool = True,  # a program may give it by its place
    ) -> JSON:
        """Answer a question; the whole answer as `footnote ask --json` prints it.

        `history`: the turns before, each a question and the text of its answer, the newest last.
        `article`: a key of `/articles`; "" for the current one. `with_model`: False to leave out the
        chat model, where one is in use.
        """
        with clear_errors(), self._shelf.lent(article or self._shelf.first) as chatbot:
            return _json(chatbot.ask(question, history=_turns(history), with_model=with_model))

    def articles(self) -> list[JSON]:
        """The articles that can be asked about: the key and the title of each."""
        with clear_errors():
            return [{"key": each.key, "title": clean(each.title)} for each in self._shelf.choices()]

    def chat(
        self,
        question: str,
        history: list[list[str]],
        article: str,
        with_model: bool,  # it comes from the page, by its place
    ) -> Iterator[JSON]:
        """The answer's text as it comes, a chat model's before it is verified; then the whole.

        Where nothing comes for a while the same is given again: only then it shows that nobody waits.
        """
        with clear_errors(), self._shelf.lent(article or self._shelf.first) as chatbot:
            text = ""
            for piece in chatbot.stream(question, history=_turns(history), with_model=with_model):
                if isinstance(piece, str):
                    text += piece
                    yield {"said": text_html(text)}
                else:
                    yield _shown(chatbot, piece, [turn[0] for turn in history])

    def show(self, answers: list[JSON], article: str) -> list[JSON]:
        """Answers that the browser kept, written anew: what was kept is never trusted."""
        with clear_errors(), self._shelf.lent(article or self._shelf.first) as chatbot:
            return [_shown(chatbot, answer, []) for answer in _answers(answers)]

    async def start(self, article: str, document: str) -> AsyncIterator[JSON]:
        with clear_errors():
            key = article or self._shelf.first
            opening = self._shelf.open_in_background(key)
            while not opening.ready:
                if opening.error:
                    raise FootnoteError(opening.error)
                yield {"opening": _opening(opening)}
                await asyncio.sleep(_LOOK_AGAIN)
            yield await asyncio.to_thread(_start, self._shelf, key, document)

    def questions(self, article: str) -> JSON:
        """First questions, and whether those of a new article are still being tried."""
        with clear_errors(), self._shelf.lent(article) as chatbot:
            preparing = self._shelf.preparing(article)
            return {
                "preparing": preparing,
                "questions": [] if preparing else list(chatbot.offer(k=FIRST_QUESTIONS)),
            }

    async def read_in(
        self, name: str, data: str, glossary: list[str] | None
    ) -> AsyncIterator[JSON]:
        """Read an upload; a glossary that comes with it is its name and what is in it, too."""
        with clear_errors():
            opening = Opening("Waiting")
            file, terms = Upload(name, data), Upload(*glossary[:2]) if glossary else None
            task = asyncio.create_task(
                asyncio.to_thread(self._shelf.read_in, file, opening.show, terms)
            )
            while not task.done():
                yield {"opening": _opening(opening)}
                await asyncio.wait([task], timeout=_LOOK_AGAIN)
            yield {"article": task.result()}

    def table(self, article: str, document: str, number: int) -> JSON:
        with clear_errors(), self._shelf.lent(article or self._shelf.first) as chatbot:
            found = _document(chatbot, document)
            if not 0 <= number < len(found.tables):
                raise FootnoteError("the article has no such table; reload the page")
            name = f"{_plain_name(found.name)}-table-{number + 1}.csv"
            return {"name": name, "text": page_of.table_csv(found.tables[number])}

    def keep(
        self, answer: JSON, rating: str, comment: str, history: list[list[str]], article: str
    ) -> bool:
        with clear_errors():
            index = "upload" if self._shelf.is_upload(article) else article
            feedback.keep(_answers([answer])[0], rating, comment, _turns(history), index)
        return True

    def export(self, answers: list[JSON], kind: str) -> JSON:
        with clear_errors():
            found = _answers(answers)
            if kind == "html":
                return {"name": "conversation.html", "text": export.as_html(found)}
            return {"name": "conversation.md", "text": export.as_markdown(found)}


def _start(shelf: Shelf, key: str, document: str) -> JSON:
    """What the page shows before anything was asked."""
    with shelf.lent(key) as chatbot:
        shown = _document(chatbot, document)
        return {
            "article": key,
            "upload": shelf.is_upload(key),
            "articles": [{"key": each.key, "title": clean(each.title)} for each in shelf.choices()],
            "document": shown.id[: page_of.ID_LENGTH],
            "documents": [
                {"id": each.id[: page_of.ID_LENGTH], "title": clean(each.title)}
                for each in chatbot.documents
            ],
            "title": clean(shown.title),
            "counts": _counts(shown),
            "tables": [
                {"number": number, "caption": clean(table.caption) or f"Table {number + 1}"}
                for number, table in enumerate(shown.tables)
            ],
            "questions": list(chatbot.offer(k=FIRST_QUESTIONS)),
            "preparing": shelf.preparing(key),
            "model": clean(shelf.settings.model or ""),
            "page": page_of.page(shown),
        }


def _counts(document: Document) -> str:
    words = len(re.findall(r"\w+", document.text))
    parts = [f"About {round(words, -2) if words > 200 else words:,} words"]
    for what, number in (
        ("section", sum(1 for section in document.sections if section.path)),
        ("table", len(document.tables)),
        ("reference", len(document.references)),
    ):
        if number:
            parts.append(f"{number} {what}{'s' if number > 1 else ''}")
    return ", ".join(parts)


def _shown(chatbot: Chatbot, answer: Answer, asked: Sequence[str]) -> JSON:
    """An answer for the page: as a card, as JSON to keep, as Markdown to copy, and what to ask next."""
    evidence = chatbot.retrieve(answer.question, _CONSIDERED)
    following: Sequence[str] = ()
    if not answer.abstained:
        following = chatbot.offer(answer.question, NEXT_QUESTIONS, leaving_out=asked)
    return {
        "card": card(answer, chatbot.documents, evidence),
        "answer": _json(answer),
        "markdown": markdown(answer),
        "next": list(following),
        "operands": _operands(answer),
    }


def _operands(answer: Answer) -> str:
    """Where the cells are that an answer was computed from, as a link; "" for none."""
    if answer.derivation is None or not answer.citations:
        return ""
    cited = answer.citations[0]
    return page_of.place(cited.document_id, cited.span, answer.derivation.operands[:2_000])


def _json(answer: Answer) -> JSON:
    made: JSON = json.loads(answer.to_json())
    return made


def _answers(given: Sequence[JSON]) -> list[Answer]:
    """Answers that came from a browser. Raises `FootnoteError` for what is none."""
    try:
        return [Answer.from_json(json.dumps(each)) for each in given[:_MOST_SHOWN]]
    except ValueError as error:
        raise FootnoteError(f"this conversation cannot be read: {error}; delete it") from None


def _turns(history: Sequence[Sequence[str]] | None) -> tuple[Turn, ...]:
    """The turns before a question. Raises `FootnoteError` for what is no pair of texts."""
    turns = []
    for turn in (history or ())[-_MOST_TURNS:]:
        if len(turn) != 2 or not all(isinstance(text, str) for text in turn):
            raise FootnoteError("a turn of the history is a question and an answer, both text")
        turns.append((turn[0], turn[1]))
    return tuple(turns)


def _document(chatbot: Chatbot, document: str) -> Document:
    """The document whose id begins like this; the first one where none does."""
    documents = chatbot.documents
    return next((d for d in documents if document and d.id.startswith(document)), documents[0])


def _plain_name(name: str) -> str:
    return (
        re.sub(r"[^\w-]+", "-", clean(name).rpartition(".")[0] or clean(name)).strip("-")
        or "article"
    )


def _opening(opening: Opening) -> JSON:
    return {"what": opening.what, "done": opening.done, "total": opening.total}


@contextmanager
def clear_errors() -> Iterator[None]:
    """What goes wrong reaches the user as one line, and what is our fault the log as well."""
    import gradio as gr

    try:
        yield
    except FootnoteError as error:
        raise gr.Error(clean(str(error)), print_exception=False) from None
    except gr.Error:
        raise
    except Exception as error:  # noqa: BLE001  # the last resort: a line in place of a traceback
        _LOG.exception("A request failed.")
        text = f"something went wrong on our side ({type(error).__name__}); ask again"
        raise gr.Error(text, print_exception=False) from None
