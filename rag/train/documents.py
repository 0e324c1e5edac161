"""Articles of ours with tables, and what people would ask of them: text and tables are learned from together.

`written/documents.jsonl` has an article a line, in Markdown, with its questions: of which kind each is, what
a right answer has to say, and the cells or the piece of a sentence that decide it. A third of them is
unanswerable, and asks for what the article comes near to.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ingest.build import ingest
from ingest.document import CellPosition, Document
from ingest.embed import Embedder
from ingest.index import Index
from ingest.load import parse
from rag import rank
from rag.answer import Evidence, QueryEncoder, ScoredSentence, read
from rag.question import Asked
from rag.retrieve import HybridRetriever
from rag.train.articles import PASSAGES, Asking, show
from rag.train.groups import Group, group
from rag.verify import MARKER

WRITTEN = Path(__file__).with_name("written") / "documents.jsonl"
KEPT_OUT = 6
"""Of so many articles, one is learned nothing from: it measures."""
HELD_OUT = 3
"""Of so many, one teaches how sure to be, and nothing else."""

_OF_A_ROW = frozenset({"lookup", "reverse", "yes_no", "cross"})
"""Kinds of question that a row in words can answer; a count or the earliest takes all rows."""

_VERDICT = re.compile(r"^\W*(yes|no)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its gold: `answer` has for every required part its accepted forms."""

    question: str
    kind: str
    answerable: bool
    answer: tuple[tuple[str, ...], ...] = ()
    yes_no: str | None = None
    forbidden: tuple[str, ...] = ()
    cells: tuple[CellPosition, ...] = ()
    says: tuple[str, ...] = ()

    @property
    def rows(self) -> frozenset[tuple[int, int]]:
        """(table, row) of the deciding cells."""
        return frozenset((table, row) for table, row, _ in self.cells if row >= 0)

    def is_said_by(self, document: Document, evidence: Evidence, sentence: ScoredSentence) -> bool:
        """Whether a sentence, or a row in words, answers alone."""
        passage = evidence.passage
        if not self.answerable:
            return False
        if passage.table is None:
            said = _folded(document.plain(sentence.span))
            return any(_folded(piece) in said for piece in self.says)
        one = self.rows == {(passage.table, passage.row)}
        return one and self.kind in _OF_A_ROW

    def is_result(self, shown: Sequence[str]) -> bool:
        """Whether what a table program gives is the answer: as many values, each a form of another part."""
        if not self.answerable or not self.cells:
            return False
        if self.yes_no is not None:
            return [each.casefold() for each in shown] == [self.yes_no]
        values = [_folded(each) for each in dict.fromkeys(shown)]
        if len(values) != len(self.answer):
            return False
        return all(
            any(_has(value, form) for value in values for form in part) for part in self.answer
        )

    def is_answered_by(self, text: str) -> bool:
        """Whether the words of an answer say all that is required, and nothing that is forbidden."""
        said = _folded(read(MARKER.sub("", text)))
        word = _VERDICT.match(said)
        return (
            self.answerable
            and (self.yes_no is None or (word is not None and word[1] == self.yes_no))
            and all(any(_has(said, form) for form in part) for part in self.answer)
            and not any(_has(said, each) for each in self.forbidden)
        )


@dataclass(frozen=True, slots=True)
class Article:
    """An article with its questions. `number` counts them."""

    number: int
    document: Document
    questions: tuple[Question, ...]

    @property
    def is_kept_out(self) -> bool:
        """Whether it measures."""
        return self.number % KEPT_OUT == KEPT_OUT - 1

    @property
    def is_held_out(self) -> bool:
        """Whether only how sure to be is learned from it."""
        return self.number % HELD_OUT == 0


def documents(path: Path = WRITTEN) -> Iterator[Article]:
    """The articles of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()):
        item = json.loads(line)
        questions = tuple(_question(each) for each in item["questions"])
        yield Article(number, parse(item["markdown"], name=f"{number}.md"), questions)


def _question(item: dict[str, object]) -> Question:
    parts = {name: _frozen(value) for name, value in item.items()}
    return Question(**parts)  # type: ignore[arg-type]


def _frozen(value: object) -> object:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _has(said: str, form: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(_folded(form))}(?!\w)", said))


def excerpt(article: Article) -> Article:
    """The section of an article that decides most of its questions, as an article of its own.

    It keeps the questions that it alone decides, and those that nothing does: so it is told how sure to be
    of a text of a few sentences.
    """
    excerpts = [_of_section(article, number) for number in range(len(article.document.sections))]
    return max(excerpts, key=lambda each: sum(one.answerable for one in each.questions))


def _of_section(article: Article, number: int) -> Article:
    document = article.document
    span = document.sections[number].span
    said = _folded(document.plain(span))
    tables = [n for n, table in enumerate(document.tables) if table.section == number]

    def is_decided(each: Question) -> bool:
        if not each.answerable:
            return True
        is_said = all(_folded(piece) in said for piece in each.says)
        return is_said and all(table in tables for table, _, _ in each.cells)

    questions = tuple(
        replace(each, cells=tuple((tables.index(t), row, column) for t, row, column in each.cells))
        if each.answerable
        else replace(each, cells=())
        for each in article.questions
        if is_decided(each)
    )
    text = f"# {document.title}\n\n{document.text[span.start : span.end]}"
    return Article(article.number, parse(text, name=document.name), questions)


@contextmanager
def opened(article: Article, embedder: Embedder) -> Iterator[Index]:
    """The index of an article, made for this once."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / article.document.name).write_text(
            article.document.text, encoding="utf-8", newline=""
        )
        ingest([place / article.document.name], place / "index", embedder=embedder)
        index = Index.open(place / "index")
        try:
            yield index
        finally:
            index.close()


def asked_of(
    article: Article, embedder: Embedder, encoder: QueryEncoder
) -> Iterator[tuple[Question, Asking]]:
    """Every question, asked of its own article."""
    with opened(article, embedder) as index:
        retriever = HybridRetriever(index, encoder)
        for each in article.questions:
            query = retriever.query(each.question)
            asked = Asked(each.question, query.text, query.names)
            yield each, Asking(asked, retriever.find(query, PASSAGES), retriever)


def found(
    article: Article, embedder: Embedder, encoder: QueryEncoder
) -> Iterator[tuple[Question, list[Evidence]]]:
    """What is found for every question, the likeliest sentence first."""
    for each, asking in asked_of(article, embedder, encoder):
        yield each, rank.ranked(asking.asked, asking.evidence, asking.retriever.rarity)


def groups(
    articles: Sequence[Article], embedder: Embedder, encoder: QueryEncoder
) -> Iterator[Group]:
    """The candidates for every question: rows in words among them."""
    for done, article in enumerate(articles):
        show("articles", done, len(articles))
        for each, asking in asked_of(article, embedder, encoder):
            right = [
                each.is_said_by(article.document, evidence, sentence)
                for evidence in asking.evidence
                for sentence in evidence.sentences
            ]
            yield group("article", article.number, asking, right, each.answerable, each.yes_no)
