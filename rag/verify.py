"""The last door: every claim of an answer is held against the text that it cites.

Nothing here trusts the answer. Quotes, section titles and table cells are looked up in the documents,
and only what stands there counts as evidence for the words of the answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.document import Document, Table
from ingest.words import DIGITS
from rag.answer import Answer, Citation, Derivation, read

MARKER = re.compile(r"\[([1-9]\d{0,2})\](?![(:])")
"""A citation number in the text of an answer, such as [1]; not what Markdown would read as a link."""

_MARKERS = re.compile(rf"(?:\s*{MARKER.pattern})+")
_NUMBER = re.compile(r"(?<!\w)[-−]?\d+(?:[.,]\d+)*|\d+(?:[.,]\d+)*")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]+")
_BEFORE_WORD = " \t\"'“”‘’«»()*_>•–—-"
_NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred "
    "thousand million billion trillion dozen first second third fourth fifth sixth seventh eighth "
    "ninth tenth".split()
)
_OPENING_WORDS = frozenset(
    "a according after all also among an and as at because before besides both but by each either "
    "every for from he her here his however if in it its many more most neither no none nor not "
    "nothing of on only or other she some such that the their then there these they this those though "
    "thus to under what when where which while who with within without yes".split()
)
"""Words that claim nothing, and may open a sentence of the answer though the evidence lacks them."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it holds, and if not, in `detail`, why."""

    what: str
    holds: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """All checks of one answer, in the order they were made."""

    checks: tuple[Check, ...]

    @property
    def holds(self) -> bool:
        return all(check.holds for check in self.checks)

    @property
    def failures(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.holds)


Replay = Callable[[Derivation, Sequence[Document]], Derivation]
"""Runs the program of a derivation again; raises `ValueError` where it cannot."""


def verify(
    answer: Answer, documents: Sequence[Document], replay: Replay | None = None
) -> Verification:
    """Hold an answer against the documents it speaks of. Never raises, whatever the answer holds.

    Each citation: its document is known, by this name, its span lies in the text, its quote is that span, character for
    character, its section and its cells are right. Its numbers and the markers of the text belong
    together. Each number and each name in the text stands in the cited evidence: the quotes without the
    source's own footnote marks, their section titles, and of cited tables the caption, the header and the
    number of rows.
    An abstention needs no citation; the words of its text and reason may also come from the question and
    from the names of documents. A derivation is run again: it must come out the same, and what comes out
    counts as evidence too.
    """
    known = {document.id: document for document in documents}
    names: dict[str, list[str]] = {}  # of one text there may be several, under a name each
    for document in documents:
        names.setdefault(document.id, []).append(document.name)
    checks = [*_numbering(answer)]
    for citation in answer.citations:
        its_names = names.get(citation.document_id, ())
        checks.extend(_citation(citation, known.get(citation.document_id), its_names))
    evidence = [text for c in answer.citations for text in _evidence(c, known.get(c.document_id))]
    if answer.abstained:
        evidence += [answer.question, answer.understood]
        evidence.extend(name for document in documents for name in (document.name, document.title))
    if answer.derivation is not None:
        again, fault = _replayed(answer.derivation, documents, replay)
        checks.append(Check("derivation", not fault, fault))
        if again is not None:
            evidence += [again.reading, *again.result, *map(_rounded, again.result)]
    checks.extend(_words(_said(answer), _Evidence(evidence)))
    if answer.method == "model":
        checks.extend(_sentences(answer, documents))
    return Verification(tuple(checks))


def carried(
    sentence: str,
    citations: Sequence[Citation],
    documents: Sequence[Document],
    derivation: Derivation | None,
) -> str:
    """Why what a sentence cites does not carry it, "" where it does.

    Row, column and value belong together, as do who does what to whom; nothing is denied that the
    evidence says, and no word of weight stands in the sentence alone.
    """
    from rag.support import units, unsupported

    return unsupported(sentence, units(citations, documents, derivation))


def _sentences(answer: Answer, documents: Sequence[Document]) -> Iterator[Check]:
    """Each sentence of an answer that a model wrote, by what it cites itself."""
    by_number = {citation.number: citation for citation in answer.citations}
    at = 0
    for match in _MARKERS.finditer(answer.text):
        sentence = read(answer.text[at : match.start()])
        at = match.end()
        numbers = [int(number) for number in MARKER.findall(match.group())]
        cited = [by_number[number] for number in numbers if number in by_number]
        why = carried(sentence, cited, documents, answer.derivation)
        yield Check(f"sentence “{sentence.strip()}”", not why, why)
    rest = read(answer.text[at:]).strip()
    yield Check("the end of the text", not rest, f"nothing is cited for “{rest}”")


def _replayed(
    derivation: Derivation, documents: Sequence[Document], replay: Replay | None
) -> tuple[Derivation | None, str]:
    """What a derivation's program says now, and what is wrong with it, "" for nothing."""
    if replay is None:
        return None, "nothing is here to run its program again"
    try:
        again = replay(derivation, documents)
    except Exception as error:  # noqa: BLE001  # whatever a program does, it is only not to be trusted
        return None, f"its program cannot be run again: {error}"
    for part in ("result", "operands", "reading", "program"):
        if getattr(again, part) != getattr(derivation, part):
            return None, f"its program has another {part} when it is run again"
    return again, ""


def _rounded(result: str) -> str:
    """A computed number as it is said: to two decimals."""
    try:
        return f"{float(result):.2f}".rstrip("0").rstrip(".")
    except ValueError:
        return ""


def _said(answer: Answer) -> str:
    """All that the answer claims: an abstention speaks through its reason too."""
    return f"{answer.text}\n{answer.reason}" if answer.abstained else answer.text


def _numbering(answer: Answer) -> Iterator[Check]:
    numbers = [citation.number for citation in answer.citations]
    used = {int(match.group(1)) for match in MARKER.finditer(_said(answer))}
    if not answer.abstained:
        yield Check("cited", bool(numbers), "an answer needs at least one citation")
        yield Check("text", bool(answer.text.strip()), "an answer needs words")
    expected = list(range(1, len(numbers) + 1))
    yield Check(
        "numbering", numbers == expected, f"citations are numbered {numbers}, not {expected}"
    )
    for number in sorted(used - set(numbers)):
        yield Check(f"marker [{number}]", False, "no citation has this number")
    for number in sorted(set(numbers)):
        yield Check(f"citation {number}: marker", number in used, f"[{number}] is not in the text")


def _citation(
    citation: Citation, document: Document | None, names: Sequence[str]
) -> Iterator[Check]:
    what = f"citation {citation.number}"
    yield Check(
        f"{what}: document",
        document is not None,
        f"{citation.document_name!r} is not in this index, or its text has changed since",
    )
    if document is None:
        return
    yield Check(
        f"{what}: name",
        citation.document_name in names,
        f"the document with this text is called {document.name!r}, not {citation.document_name!r}",
    )
    length = len(document.text)
    inside = len(citation.span) > 0 and citation.span.end <= length
    where = f"{citation.span.start} to {citation.span.end}"
    yield Check(f"{what}: span", inside, f"{where} is no part of a text of {length} characters")
    if not inside:
        return
    yield Check(
        f"{what}: quote",
        document.quote(citation.span) == citation.quote,
        f"the text from {where} says something else",
    )
    paths = _section_paths(citation, document)
    yield Check(
        f"{what}: section",
        citation.section in paths,
        f"the quote stands under {' / '.join(paths[0]) or 'no heading'}",
    )
    yield from _cells(what, citation, document)


def _section_paths(citation: Citation, document: Document) -> list[tuple[str, ...]]:
    start = citation.span.start
    paths = [s.path for s in document.sections if s.span.start <= start < s.span.end]
    return paths or [()]


def _cells(what: str, citation: Citation, document: Document) -> Iterator[Check]:
    if len({table for table, _, _ in citation.cells}) > 1:
        yield Check(f"{what}: cells", False, "they are of more than one table")
    for table_number, row, column in citation.cells:
        name = f"{what}: cell {table_number},{row},{column}"
        table = _table(document, table_number)
        if table is None or not _has_cell(table, row, column):
            yield Check(name, False, "there is no such cell")
        else:
            inside = row == -1 or table.cell(row, column).span in citation.span
            yield Check(name, inside, "it lies outside the quote")


def _table(document: Document, number: int) -> Table | None:
    return document.tables[number] if 0 <= number < len(document.tables) else None


def _has_cell(table: Table, row: int, column: int) -> bool:
    return -1 <= row < len(table.rows) and 0 <= column < len(table.header)


def _evidence(citation: Citation, document: Document | None) -> Iterator[str]:
    """What the documents say where the citation points: never what the citation says of itself."""
    if document is None or citation.span.end > len(document.text):
        return
    yield document.plain(citation.span)
    for path in _section_paths(citation, document):
        yield from path
    cited = {number for number, _, _ in citation.cells}
    for number, table in enumerate(document.tables):
        overlaps = table.span.start < citation.span.end and citation.span.start < table.span.end
        if overlaps or number in cited:
            yield table.caption
            yield str(len(table.rows))
            yield from (cell.text for cell in table.header)


class _Evidence:
    """The words and numbers of the evidence, ready to be looked up."""

    def __init__(self, texts: Iterable[str]) -> None:
        pieces = [unicodedata.normalize("NFC", text) for text in texts]
        self._text = "\n".join(pieces)
        self._words = {match.group().casefold() for match in _WORD.finditer(self._text)}
        self._numbers: set[str] = set()
        for match in _NUMBER.finditer(self._text):
            self._numbers.update(_readings(match.group()))

    def has_number(self, number: str) -> bool:
        """Whether it stands there, or, for a list such as "1,2", each of its parts does."""
        whole, *parts = _readings(number)
        return whole in self._numbers or (bool(parts) and self._numbers.issuperset(parts))

    def has_word(self, word: str) -> bool:
        """Whole words in any case; in a script that writes no spaces, any run of its letters."""
        return word.casefold() in self._words or (_has_no_case(word) and word in self._text)


def _readings(number: str) -> list[str]:
    """The number in one form ("1,000" is "1000"), then the parts of what is no single number."""
    sign = "-" if number[0] in "-−" else ""
    digits = number.lstrip("-−")
    if _DECIMAL.fullmatch(digits) or _GROUPED.fullmatch(digits):
        return [sign + digits.replace(",", "")]
    return [sign + digits, *re.split(r"[.,]", digits)]


def _has_no_case(word: str) -> bool:
    return word.lower() == word.upper()


def _words(text: str, evidence: _Evidence) -> Iterator[Check]:
    """Each number and each name of the answer's text, once."""
    # A citation ends what it stands behind.
    text = unicodedata.normalize("NFC", read(MARKER.sub(". ", text)))
    for number in dict.fromkeys(match.group() for match in _NUMBER.finditer(text)):
        yield Check(
            f"number {number}", evidence.has_number(number), "it is not in the cited evidence"
        )
    for word in dict.fromkeys(_names(text)):
        digits = DIGITS.get(word.casefold())
        holds = evidence.has_word(word) or (digits is not None and evidence.has_number(digits))
        yield Check(f"word {word}", holds, "it is not in the cited evidence")


def _names(text: str) -> Iterator[str]:
    """Number words, words with a capital, and words of scripts that know no capitals."""
    for match in _WORD.finditer(text):
        word = match.group()
        lower = word.lower()
        if word == lower and not _has_no_case(word):
            if lower in _NUMBER_WORDS:
                yield word
        elif lower not in _OPENING_WORDS or not _starts_sentence(text, match.start()):
            yield word


def _starts_sentence(text: str, at: int) -> bool:
    before = text[max(0, at - 20) : at].rstrip(_BEFORE_WORD)
    return not before or before[-1] in ".!?:;…\n"
