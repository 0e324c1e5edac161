"""Rows that the article's text speaks of: "when did the towns join that the report calls poor?".

A sentence that was found for the question names some rows of a table and says, if in other words, what
the question says of them. Then these rows may be meant, and the sentence is cited beside their cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from ingest.document import Document, Span
from ingest.thesaurus import said
from rag.answer import Evidence
from rag.tables.link import Filter, Lexicon, Linked, Meanings
from rag.tables.program import Node
from rag.tables.question import Asked, bits_at
from rag.tables.values import key

_FRAME = frozenset("text article author report says say said two three each one ones".split())
"""Words by which a question points at the text, and does not describe what it means."""

_MOST_ROWS = 8
_LEAST_LISTED = 3
_LEAST_SHARE = 0.3
"""Of the question's words that the table does not have, the sentence must say so many."""
_MOST_SENTENCES = 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the article that was found for a question."""

    document: Document
    span: Span
    section: int
    text: str


def told(
    asked: Asked,
    linked: Linked,
    lexicon: Lexicon,
    meanings: Meanings,
    sentences: Sequence[Sentence],
) -> Iterator[tuple[Filter, Sentence]]:
    """The rows of a table that sentences name and the question describes, each set with its sentence."""
    in_question = reduce(or_, (f.mask for f in linked.filters if _names_rows(f, linked)), 0)
    frame = sum(1 << n for n, word in enumerate(asked.words) if word.text in _FRAME)
    open_words = asked.content & ~linked.words(asked) & ~frame
    for sentence in sentences:
        rows = _named(lexicon, sentence.text) & ~in_question
        count = rows.bit_count()
        if not count or count > _MOST_ROWS:
            continue
        words = _said(asked, open_words, sentence.text)
        named = _spoken_names(asked, lexicon, meanings, sentence.text)
        group = _group(asked, lexicon, meanings, sentence.text) & ~linked.about
        weight, all_open = asked.weight(words), asked.weight(open_words)
        if weight >= max(1.0, _LEAST_SHARE * all_open):
            yield _filter(linked, rows, words | named, weight / all_open), sentence
        elif group and count >= 2 and _lists(lexicon, sentence.text):
            yield _filter(linked, rows, group, 1.0), sentence


def sentences_of(evidence: Sequence[Evidence]) -> list[Sentence]:
    """The likeliest sentences of the text that was found for a question, ranked as they are."""
    found = [
        (sentence.rank, Sentence(each.document, sentence.span, each.passage.section, text))
        for each in evidence
        if each.passage.table is None
        for sentence in each.sentences
        if (text := each.document.plain(sentence.span))
    ]
    return [each for _, each in sorted(found, key=lambda pair: -pair[0])[:_MOST_SENTENCES]]


def _said(asked: Asked, words: int, text: str) -> int:
    """Which of some words of the question a text says, if in other words: as bits."""
    numbers = [n for n in range(len(asked.words)) if words >> n & 1]
    which = said([asked.words[n].text for n in numbers], text).tolist()
    return sum(1 << n for n, is_said in zip(numbers, which, strict=True) if is_said)


def _filter(linked: Linked, rows: int, words: int, share: float) -> Filter:
    column = linked.grid.columns[linked.grid.subject]
    texts = sorted({key(column.texts[row]) for row in linked.grid.rows(rows).tolist()})
    node = Node("is", f"{linked.table}.{linked.grid.subject}:text", *texts)
    return Filter(node, rows, words, "told", linked.grid.subject, share)


def _names_rows(each: Filter, linked: Linked) -> bool:
    in_full = each.share >= 0.9 and each.kind in {"name", "is", "part", "spelt"}
    return in_full and each.column == linked.grid.subject


def _named(lexicon: Lexicon, text: str) -> int:
    """The rows whose name stands in a text, in any form."""
    grid, rows = lexicon.grid, 0
    padded = f" {key(text)} "
    for row, cell in enumerate(grid.columns[grid.subject].texts):
        said = key(cell)
        if len(said) > 2 and f" {said} " in padded:
            rows |= 1 << row
    for names in lexicon.names:
        for mention in names.mentions(text):
            rows |= lexicon.named.get(mention.group.canonical, {}).get(grid.subject, 0)
    return rows & grid.body


def _spoken_names(asked: Asked, lexicon: Lexicon, meanings: Meanings, text: str) -> int:
    """The words of the question that name what the text names, too."""
    bits = 0
    for names in lexicon.names:
        spoken = {mention.group.canonical for mention in names.mentions(text)}
        for mention in meanings.mentions(names, asked.text):
            if mention.group.canonical in spoken:
                bits |= bits_at(asked.words, mention.span.start, mention.span.end)
    return bits


def _group(asked: Asked, lexicon: Lexicon, meanings: Meanings, text: str) -> int:
    """The words of the question that name a thing which is no row, and which the text speaks of."""
    bits = 0
    for names in lexicon.names:
        spoken = {mention.group.canonical for mention in names.mentions(text)}
        for mention in meanings.mentions(names, asked.text):
            thing = mention.group.canonical
            if thing in spoken and thing not in lexicon.named and mention.group.kind != "country":
                bits |= bits_at(asked.words, mention.span.start, mention.span.end)
    return bits


def _lists(lexicon: Lexicon, text: str) -> bool:
    """Whether a text names several things of a kind."""
    return any(
        sum(mention.group.kind == "country" for mention in names.mentions(text)) >= _LEAST_LISTED
        for names in lexicon.names
    )
