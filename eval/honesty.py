"""Do lies get past the last door, and does the truth? Lies of eight kinds over the gold questions' evidence.

Run as `python -m eval.honesty [--index DIR] [--most N] [--show]`; without an index, the shipped edition is asked. For
each gold question the evidence is what a chat model would be given for it: passages, rows, and what was
computed. Each sentence goes through the door of a chat model's sentence, and then through that of a whole answer.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from eval.lies import KINDS, STRICT, Said, citations, from_passage, from_row, lies
from eval.schema import FILES, load
from ingest.document import Document, Span
from ingest.errors import FootnoteError
from ingest.sentences import sentences
from rag import Chatbot
from rag.answer import Claim, Draft, literal, read
from rag.pipeline import check, cited
from rag.verify import MARKER, carried

WRITTEN = Path(__file__).parent / "gold" / "sentences.jsonl"
"""Sentences written by hand over the article, true ones and lies, each with words of the place that it cites."""

_MOST = 250
_ASIDE = re.compile(r"If you mean|The row also|The text says")
"""What an answer adds to what was computed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one kind of sentence: how many were said, and those that were let through and kept out."""

    kind: str
    through: tuple[str, ...]
    out: tuple[str, ...]

    @property
    def said(self) -> int:
        return len(self.through) + len(self.out)


def evidence(
    chatbot: Chatbot, questions: Iterable[str], to_tables: Iterable[str] = ()
) -> list[Said]:
    """The true sentences of what questions find, of passages and rows, and of what is computed for those to tables."""
    places: dict[tuple[str, int], list[Said]] = {}
    told: dict[str, Said] = {}
    for question in questions:
        for each in chatbot.retrieve(question):
            passage, document = each.passage, each.document
            key = (document.id, passage.span.start)
            if key in places:
                continue
            if passage.table is not None and passage.row is not None:
                places[key] = from_row(document, passage.table, passage.row)
            elif passage.kind in ("prose", "list"):
                places[key] = from_passage(document, passage.span, passage.section)
    for question in to_tables:
        for said in _computed(chatbot, question):
            told.setdefault(said.text, said)
    return [said for place in places.values() for said in place] + list(told.values())


def _computed(chatbot: Chatbot, question: str) -> list[Said]:
    """What was computed for a question, sentence by sentence as it was said."""
    answer = chatbot.ask(question)
    if answer.derivation is None or answer.abstained:
        return []
    texts = {document.id: document for document in chatbot.documents}
    claims = []
    for citation in answer.citations:
        document = texts[citation.document_id]
        section = next(n for n, s in enumerate(document.sections) if s.path == citation.section)
        claims.append(Claim("", document, citation.span, section, citation.cells))
    text = " ".join(read(MARKER.sub("", answer.text)).split())
    said = [text[span.start : span.end] for span in sentences(text, Span(0, len(text)))]
    # A "?" in the name of a row makes two sentences of one.
    own = [each for each in said if not _ASIDE.match(each) and each.endswith(".")]
    return [
        Said(each, tuple(claims), answer.derivation)
        for each in own
        if len(each.split()) > 3 and each[0].isalnum() and not each[0].islower()
    ]


def written(documents: Sequence[Document], path: Path = WRITTEN) -> dict[str, list[Said]]:
    """The sentences written by hand, by kind. Raises `ValueError` where one cites no place of the documents."""
    found: dict[str, list[Said]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        found.setdefault(item["kind"], []).append(
            Said(item["sentence"], (_place(documents, item["stands"]),))
        )
    return found


def _place(documents: Sequence[Document], words: str) -> Claim:
    for document in documents:
        at = document.text.find(words)
        for number, table in enumerate(document.tables):
            for row, span in enumerate(table.row_spans):
                if span.start <= at < span.end:
                    cells = tuple((number, row, column) for column in range(len(table.header)))
                    return Claim("", document, span, table.section, cells)
        for paragraph in document.paragraphs:
            if paragraph.span.start <= at < paragraph.span.end:
                return Claim("", document, paragraph.span, paragraph.section)
    raise ValueError(f"the article does not say “{words}”")


def passes(said: Said, documents: Sequence[Document]) -> bool:
    """Whether a sentence would be shown: it is carried, and the answer made of it holds."""
    if carried(said.text, citations(said.claims), documents, said.derivation):
        return False
    first, *rest = said.claims
    claims = (replace(first, text=literal(said.text)), *rest)
    draft = Draft(claims, 0.5, "model", said.derivation)
    return check(cited("?", draft), documents).holds


def outcome(kind: str, said: Iterable[Said], documents: Sequence[Document]) -> Outcome:
    """Put sentences through the door."""
    through: list[str] = []
    out: list[str] = []
    for each in said:
        (through if passes(each, documents) else out).append(each.text)
    return Outcome(kind, tuple(through), tuple(out))


def measure(
    chatbot: Chatbot,
    questions: Iterable[str],
    to_tables: Iterable[str] = (),
    *,
    most: int = _MOST,
    seed: int = 6,
) -> list[Outcome]:
    """The truth and the lies of each kind, at most so many of one that were made, and all by hand."""
    documents = chatbot.documents
    true = evidence(chatbot, questions, to_tables)
    by_hand = written(documents)
    found = [outcome("true: the evidence's own sentences", _own(true), documents)]
    found.append(outcome("true: rows and computations", _of_tables(true), documents))
    found.append(outcome("true: free paraphrases by hand", by_hand["true"], documents))
    chance = random.Random(seed)  # noqa: S311  # the same choice in every run
    for kind, told in lies([*true, *by_hand["true"]], seed).items():
        some = chance.sample(told, min(most, len(told)))
        found.append(outcome(kind, [*some, *by_hand.get(kind, [])], documents))
    return found


def _own(true: Iterable[Said]) -> list[Said]:
    return [each for each in true if each.row is None and each.derivation is None]


def _of_tables(true: Iterable[Said]) -> list[Said]:
    return [each for each in true if each.row is not None or each.derivation is not None]


def faults(found: Sequence[Outcome]) -> list[str]:
    """What is not as it must be: a lie of the first five kinds let through, or over 5% of another kind."""
    return [
        f"{each.kind}: {len(each.through)} of {each.said} let through"
        for each in found
        if each.kind in KINDS
        and len(each.through) > (0 if each.kind in STRICT else 0.05 * each.said)
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Print how many of each kind were let through. 3 where that is more than is allowed."""
    parser = argparse.ArgumentParser(prog="python -m eval.honesty", description=__doc__)
    parser.add_argument("--index", type=Path, help="an index of the edition (default: its own)")
    parser.add_argument("--most", type=int, default=_MOST, help="at most so many made lies a kind")
    parser.add_argument("--show", action="store_true", help="show what went wrong")
    given = parser.parse_args(argv)
    try:
        chatbot = Chatbot.open(given.index)
    except FootnoteError as error:
        print(error, file=sys.stderr)
        return 2
    golds = [each for each in load(FILES) if not each.history]
    found = measure(
        chatbot,
        [each.question for each in golds],
        [each.question for each in golds if each.computed],
        most=given.most,
    )
    for each in found:
        print(f"{each.kind:36} {len(each.through):4} of {each.said:4} let through")
        if given.show:
            for text in each.out if each.kind not in KINDS else each.through:
                print(f"    {text}")
    wrong = faults(found)
    print("\n".join(wrong) or "Nothing is let through that must not be.")
    return 3 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
