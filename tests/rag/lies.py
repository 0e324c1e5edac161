"""Lies of each kind about an article, each with what it claims to cite: made of its own sentences and rows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ingest.document import Document, Span, Table
from ingest.sentences import sentences
from rag.answer import Citation

_NUMBER = re.compile(r"\b\d{1,4}\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)*\b")
_VERB = re.compile(r"\b(is|are|was|were|has|have|can|may)\b")
_INVENTED = (
    "with a budget of nine hundred dollars",
    "after a long strike of the engineers",
    "thanks to a secret loan from a bank",
    "despite protests by fishermen",
    "to the delight of children",
)


@dataclass(frozen=True)
class Said:
    """A sentence and what it cites."""

    text: str
    citations: tuple[Citation, ...]


def cite(
    document: Document, span: Span, section: int, cells: tuple[tuple[int, int, int], ...] = ()
) -> Citation:
    path = document.sections[section].path
    return Citation(1, document.id, document.name, document.quote(span), span, path, cells)


def prose(document: Document) -> list[Said]:
    """The article's own sentences, each citing its paragraph: true."""
    found = []
    for paragraph in document.paragraphs:
        for span in sentences(document.text, paragraph.span):
            text = document.plain(span)
            if len(text.split()) > 5 and text.endswith("."):
                found.append(Said(text, (cite(document, paragraph.span, paragraph.section),)))
    return found


def row_said(document: Document, number: int, row: int, column: int, value: str) -> Said:
    table = document.tables[number]
    cells = tuple((number, row, each) for each in range(len(table.header)))
    name = table.rows[row][0].text.split(" – ")[0].rstrip("?")
    text = f"The {table.header[column].text.lower()} of {name} is {value}."
    return Said(text, (cite(document, table.row_spans[row], table.section, cells),))


def cells(document: Document) -> Iterator[tuple[int, Table, int, int]]:
    for number, table in enumerate(document.tables):
        for row in range(len(table.rows)):
            for column in range(1, len(table.header)):
                if table.rows[row][column].text and len(table.rows[row][column].text.split()) < 12:
                    yield number, table, row, column


def rows(document: Document) -> list[Said]:
    """What the rows say: true."""
    return [row_said(document, n, r, c, t.rows[r][c].text) for n, t, r, c in cells(document)]


def lies(document: Document, seed: int = 7) -> dict[str, list[Said]]:
    """For each kind of lie, lies that differ from what is true."""
    chance = random.Random(seed)  # noqa: S311  # the same lies in every run
    true = prose(document)
    names = sorted({name for each in true for name in _NAME.findall(each.text)})
    found: dict[str, list[Said]] = {
        "another number": [*_changed(true, _NUMBER, lambda n: str(int(n) + chance.randint(1, 9)))],
        "another name": [
            *_changed(true, _NAME, lambda n: chance.choice([o for o in names if o != n]))
        ],
        "another row's value": [*_of_other_rows(document)],
        "an invented fact": [
            Said(f"{each.text.rstrip('.')} {chance.choice(_INVENTED)}.", each.citations)
            for each in true
        ],
        "a wrong citation": [
            Said(
                each.text,
                chance.choice([o for o in true if o.citations != each.citations]).citations,
            )
            for each in true
        ],
        "a negation": [
            Said(_VERB.sub(r"\1 not", each.text, count=1), each.citations)
            for each in true
            if _VERB.search(each.text)
        ],
        "swapped roles": [*_swapped(true)],
        "two facts blended": [*_blended(true)],
    }
    found["another number"] += [
        row_said(document, n, r, c, str(int(t.rows[r][c].text) + 1))
        for n, t, r, c in cells(document)
        if t.rows[r][c].text.isdigit()
    ]
    return found


def _changed(
    true: list[Said], pattern: re.Pattern[str], change: Callable[[str], str]
) -> Iterator[Said]:
    for each in true:
        for match in pattern.finditer(each.text):
            new = change(match.group())
            lie = f"{each.text[: match.start()]}{new}{each.text[match.end() :]}"
            if new not in each.text:
                yield Said(lie, each.citations)


def _of_other_rows(document: Document) -> Iterator[Said]:
    for number, table, row, column in cells(document):
        for other in range(len(table.rows)):
            value = table.rows[other][column].text
            mine = table.rows[row][column].text
            if value and value.lower() not in mine.lower() and len(value.split()) < 12:
                yield row_said(document, number, row, column, value)


def _swapped(true: list[Said]) -> Iterator[Said]:
    for each in true:
        found = list(_NAME.finditer(each.text))
        for first, second in pairwise(found):
            between = each.text[first.end() : second.start()]
            if first.group() != second.group() and re.search(r"\b\w+(?:ed|es|s|ve)\b", between):
                yield Said(
                    f"{each.text[: first.start()]}{second.group()}{between}{first.group()}{each.text[second.end() :]}",
                    each.citations,
                )


def _blended(true: list[Said], most: int = 60) -> Iterator[Said]:
    """The opening of one sentence with the end of another, citing both."""
    made = 0
    for one in true:
        for other in true:
            head, tail = _VERB.search(one.text), _VERB.search(other.text)
            named = head and re.search(r"[A-Z]", one.text[1 : head.start()])
            if one.text == other.text or not (head and tail and named) or made >= most:
                continue
            if head.group() == tail.group() and not re.match(r"\W*(?:It|They)\b", other.text):
                cited = tuple(dict.fromkeys((*one.citations, *other.citations)))
                made += 1
                yield Said(f"{one.text[: head.start()]}{other.text[tail.start() :]}", cited)
