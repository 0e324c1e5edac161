"""From a user's thumb to a regression case: what the chat's feedback log holds as bad becomes a gold question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from eval.schema import FactEvidence, Gold, GoldError, load
from ingest.document import Document
from rag.answer import Answer, Turn, read

CATEGORY = "feedback"
NOTHING = "-"
"""What a person types where the article does not say."""

Ask = Callable[[str], str]
"""Shows a prompt and returns the line that is typed; raises `EOFError` where no more will come."""


class Feedback(BaseModel):
    """A line of the log: a question with its answer, and what the reader thought of it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    question: str
    history: tuple[Turn, ...] = ()
    answer: Answer | None = None
    rating: Literal["up", "down"]
    comment: str = ""
    time: str = ""
    index: str = ""

    @property
    def id(self) -> str:
        """The same for the same question after the same turns, so that it is promoted once."""
        asked = repr((self.question, self.history))
        return f"u{sha256(asked.encode()).hexdigest()[:8]}"


def bad_answers(log: Path) -> list[Feedback]:
    """The answers that were rated down, each question once, the last time it was asked.

    Raises `GoldError`, naming the line, where the log cannot be read.
    """
    found: dict[str, Feedback] = {}
    try:
        lines = log.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise GoldError(
            f"{log} cannot be read: {reason}; the chat writes it when an answer is rated"
        ) from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            each = Feedback.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"]) or "the line"
            raise GoldError(f"{log}, line {number}: {field}: {first['msg']}") from None
        if each.rating == "down":
            found[each.id] = each
        else:
            found.pop(each.id, None)
    return list(found.values())


def promote(log: Path, golds: Path, documents: Sequence[Document], ask: Ask) -> Iterator[Gold]:
    """Ask a person what each bad answer should have said, and append it to a gold file.

    Questions that stand there already are passed over, and so is what nothing is typed for. Every gold is written
    before the next one is asked for. Raises `GoldError` where either file cannot be used.
    """
    taken = (
        {gold.id for gold in load([golds])} if golds.is_file() and golds.stat().st_size else set()
    )
    for each in bad_answers(log):
        if each.id in taken:
            continue
        try:
            gold = _asked(each, documents, ask)
        except EOFError:
            return
        if gold is None:
            continue
        with golds.open("a", encoding="utf-8") as file:
            file.write(f"{gold.to_json()}\n")
        yield gold


def _asked(feedback: Feedback, documents: Sequence[Document], ask: Ask) -> Gold | None:
    said = read(feedback.answer.text or feedback.answer.reason) if feedback.answer else ""
    right = ask(
        f"\n{feedback.question}\n  it said: {' '.join(said.split()) or 'nothing'}"
        f"{f'{chr(10)}  comment: {feedback.comment}' if feedback.comment else ''}\n"
        f"What is right? (parts with ; between, other forms with | between, {NOTHING} where the article does "
        "not say, nothing to pass over)\n> "
    ).strip()
    if not right:
        return None
    quote = "" if right == NOTHING else _quoted(documents, ask)
    return gold_of(feedback, right, quote)


def _quoted(documents: Sequence[Document], ask: Ask) -> str:
    """A quote of the article, asked for until it stands there or nothing is typed."""
    while True:
        quote = ask("Where does the article say so? (a few of its words, or nothing)\n> ").strip()
        if not quote or any(quote.casefold() in each.text.casefold() for each in documents):
            return quote


def gold_of(feedback: Feedback, right: str, quote: str = "") -> Gold:
    """The gold question of a bad answer.

    `right` is what a person typed: parts with ";" between them, the accepted forms of each with "|" between,
    "yes" or "no" first where that has to come first, or `NOTHING`. Raises `GoldError` where it has no part.
    """
    parts = [
        tuple(form.strip() for form in part.split("|") if form.strip()) for part in right.split(";")
    ]
    parts = [part for part in parts if part]
    verdict: Literal["yes", "no"] | None = None
    if parts and parts[0] in {("yes",), ("no",)}:
        verdict = "yes" if parts.pop(0) == ("yes",) else "no"
    answerable = right.strip() != NOTHING
    if answerable and not (parts or verdict):
        raise GoldError(f"{right!r} says nothing; type what is right, such as: 1961; steel | iron")
    comment = " ".join(feedback.comment.split())
    return Gold(
        id=feedback.id,
        question=feedback.question,
        history=feedback.history,
        category=CATEGORY,
        answerable=answerable,
        answer=tuple(parts) if answerable else (),
        yes_no=verdict,
        evidence=(FactEvidence(kind="prose", facts=((quote,),)),) if quote else (),
        why_hard=f"a reader found the answer wrong{f': {comment}' if comment else ''}",
    )
