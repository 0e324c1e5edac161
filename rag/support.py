"""Whether evidence carries a sentence that somebody else wrote: strictly, by its words, with no model.

A sentence is held against one unit of the evidence at a time (a sentence of a passage, a row of a table,
a computation), so that two true facts cannot be blended into a false one. What this cannot see to be
carried counts as not carried: a fluent paraphrase may be lost, a lie should not get through.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ingest.document import Document
from ingest.sentences import sentences
from ingest.words import DIGITS, STOPWORDS, stem, stems, tokens
from rag.answer import Citation, Derivation
from rag.order import aligned, is_in_another_voice, is_of_another, is_subject_made_object

_NUMBER = re.compile(r"[-−]?\d+(?:[.,]\d+)*")
_NAME = re.compile(r"\b[A-Z][\w’'&-]*")
_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nothing|nobody|without|cannot|hardly|\w+n['’]t|fail(?:s|ed)?\s+to"
    r"|refus(?:es|ed)\s+to|lacks?|unable)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:may|might|could|would|should|can|if|unless|allegedly|reportedly|supposedly|perhaps|possibly|probably|likely)\b",
    re.IGNORECASE,
)
_REPORTS = re.compile(r"\b(?:that|whether)\b", re.IGNORECASE)
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:\w+\s+)?\w+(?:ed|en|t|n)\b[^.;]*?\bby\b",
    re.IGNORECASE,
)
_TURNS = frozenset(
    """
    before after since until more less fewer most least over under above below only all every always first
    last from to against without within both each than between about during again once twice own same other
    others very few any just
    """.split()
)
"""Small words that turn a meaning round: the evidence must have them too."""

_TURNS_OF_ROWS = _TURNS - set("since from to under within both each between about during".split())
"""Those that a row must have: of a table, a year is said with "since" or "from" as well."""

_MONTHS = frozenset(
    """
    january february march april may june july august september october november december monday tuesday
    wednesday thursday friday saturday sunday
    """.split()
)

_FREE = frozenset(
    stem(word)
    for word in """
    according article text table row column say says said state states stated give gives given list lists
    listed show shows shown namely following respectively also value entry is was
    """.split()
)
"""Words that say where something stands, and claim nothing of it."""

_CLAUSE = re.compile(r"\s*(?:;|,?\s+(?:while|whereas|but)\s+)\s*", re.IGNORECASE)
_PART = re.compile(
    r"[,;:()]|\b(?:and|but|while|although|because|which|who|that|though|yet)\b", re.IGNORECASE
)
_LEANS = re.compile(
    r"^\W*(?i:it|its|they|their|he|his|she|her|this|these|those|the\s+(?-i:[a-z])\w+)\b"
)
_POSSESSES = re.compile(r"[’']s?$")
_BEHIND = re.compile(r"\b(?i:of|in|for|with|to|among|according|table)\s+(?:the\s+)?$")
_PRONOUN = re.compile(r"^\W*(?:it|they|he|she|this|these|those|that)\b", re.IGNORECASE)
_NAMES = re.compile(r"\b[A-Z][\w’'&-]*(?:\s+[A-Z][\w’'&-]*)*")
_OF = re.compile(r"^\W*(?:the|a|an)\s+(?:[a-z]+\s+){1,3}of\s+(?:the\s+)?$", re.IGNORECASE)
"""As in "The seat of": the name that follows is part of the subject."""

_MARKUP = re.compile(r"://|\]\(|<[/!a-z]|\b(?:javascript|data):|\bwww\.", re.IGNORECASE)
_LABEL = re.compile(r"(?:\b(?:in|of)\s+)?\b(Table\s+\d+)\b")
_MARK = re.compile(r"\\?\[\d+\\?\]")


@dataclass(frozen=True)
class Unit:
    """One thing that the evidence says, with what it is said of.

    `context` holds the words of its surroundings that name what it speaks of: titles, a caption, headers,
    the sentence before one that leans on it. `row` is, for a row of a table, each header with its cell,
    the row's name first.
    """

    text: str
    context: str = ""
    row: tuple[tuple[str, str], ...] = ()

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(stems(self.text))

    @cached_property
    def around(self) -> frozenset[str]:
        return self.stems | frozenset(stems(self.context))

    @cached_property
    def written(self) -> frozenset[str]:
        """Its words as they are written, with their capitals."""
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each of its words stands in it."""
        return Counter(token.text for token in tokens(self.text))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset(_numbers(self.text))


def units(
    citations: Sequence[Citation], documents: Sequence[Document], derivation: Derivation | None
) -> list[Unit]:
    """What the citations of one sentence say; what was computed too, where they are of its table."""
    known = {document.id: document for document in documents}
    found: list[Unit] = []
    for citation in citations:
        document = known.get(citation.document_id)
        if document is None or citation.span.end > len(document.text):
            continue
        if citation.cells:
            found += _rows(document, {(table, row) for table, row, _ in citation.cells})
        else:
            found += _sentences(citation, document)
            found += _rows(document, set(_whole_rows(citation, document)))
        tables = {table for table, _, _ in citation.cells}
        if derivation is not None and tables & {table for table, _, _ in derivation.operands}:
            number = min(tables)
            said = f"{derivation.reading} {', '.join(derivation.result)}"
            if derivation.result[1:]:
                said = f"every {said}"  # a computed list lacks none
            rows = f"of {len(document.tables[number].rows)} rows"
            found.append(Unit(f"{said} {rows}", _surroundings(document, number)))
    return found


def _sentences(citation: Citation, document: Document) -> Iterator[Unit]:
    titles = " ".join(citation.section)
    before = ""
    for span in sentences(document.text, citation.span):
        if any(t.span.start < span.end and span.start < t.span.end for t in document.tables):
            continue
        text = document.plain(span)
        names = " ".join(_NAME.findall(before)) if _LEANS.match(text) else ""
        yield Unit(text, f"{titles} {names}")
        before = text


def _whole_rows(citation: Citation, document: Document) -> Iterator[tuple[int, int]]:
    """The rows that a citation without cells holds: a table that is cited as a whole is its rows, not its text."""
    for number, table in enumerate(document.tables):
        for row, span in enumerate(table.row_spans):
            if citation.span.start <= span.start and span.end <= citation.span.end:
                yield number, row


def _rows(document: Document, places: set[tuple[int, int]]) -> Iterator[Unit]:
    for number, row in sorted(places):
        if not 0 <= number < len(document.tables):
            continue
        table = document.tables[number]
        if not 0 <= row < len(table.rows):
            continue
        pairs = tuple(
            (head.text, cell.text) for head, cell in zip(table.header, table.rows[row], strict=True)
        )
        text = "; ".join(f"{head}: {cell}" for head, cell in pairs)
        yield Unit(text, _surroundings(document, number), pairs)


def _surroundings(document: Document, number: int) -> str:
    table = document.tables[number]
    heads = " ".join(cell.text for cell in table.header)
    return f"{table.caption} {heads}"


def unsupported(sentence: str, evidence: Sequence[Unit]) -> str:
    """Why the evidence does not carry a sentence; "" where it does."""
    sentence = _MARK.sub("", sentence).strip()
    if not evidence:
        return "it cites nothing"
    if _PRONOUN.match(sentence):
        return "it does not say whom or what it speaks of"
    if _MARKUP.search(sentence):
        return "it holds a link or markup"
    if any(sentence.split() == unit.text.split() for unit in evidence):
        return ""
    subject = ""
    for clause in filter(None, _CLAUSE.split(sentence)):
        told = _PRONOUN.sub(subject, clause) if subject else clause
        faults = [_fault(told, unit) for unit in evidence]
        if all(faults):
            return min(faults, key=_severity)
        subject = subject or next(iter(_NAMES.findall(clause)), "")
    return ""


def _severity(fault: str) -> int:
    """Faults of wording tell more than a word that is missing from a unit that was not meant."""
    return {"the": 2}.get(fault.split(" ", 1)[0], 1) + len(fault.split(", "))


def _fault(clause: str, unit: Unit) -> str:
    """Why one unit does not carry one clause; "" where it does."""
    clause = _LABEL.sub(lambda label: "" if label[1] in unit.context else label[0], clause)
    missing = [number for number in _numbers(clause) if number not in unit.numbers]
    missing += [
        match.group() for match in _NAME.finditer(clause) if not _is_said(match, clause, unit)
    ]
    missing += [
        token.text
        for token in tokens(clause)
        if token.text.isalpha()
        and token.text not in STOPWORDS
        and token.text not in {"one", *DIGITS}
        and stem(token.text) not in unit.around | _FREE
    ]
    turns = _TURNS_OF_ROWS if unit.row else _TURNS
    said = Counter(token.text for token in tokens(clause) if token.text in turns)
    missing += [word for word, count in said.items() if count > unit.counts[word]]
    missing += _named_too_often(clause, unit)
    if missing:
        return f"the evidence does not say {', '.join(dict.fromkeys(missing))}"
    if not (set(_stems(clause)) | set(_numbers(clause))) & (unit.stems | unit.numbers):
        return "it says nothing that the evidence says"
    return _row_fault(clause, unit) if unit.row else _sense_fault(clause, unit)


def _named_too_often(clause: str, unit: Unit) -> list[str]:
    """The names that a clause has more often than the unit and what it is about."""
    given = Counter(stem(token.text) for token in tokens(f"{unit.text} {unit.context}"))
    said = Counter(stem(token.text) for token in tokens(clause))
    named = [token.text for name in _NAME.findall(clause)[1:] for token in tokens(name)]
    return [n for n in named if n not in STOPWORDS and said[stem(n)] > given[stem(n)]]


def _sense_fault(clause: str, unit: Unit) -> str:
    """Whether the same words mean something else: denied, only supposed or reported, turned round, or said of
    something else.
    """
    text = unit.text
    nearest = _nearest(clause, text)
    if _denials(clause) != _denials(nearest):
        return "it denies what the evidence says, or the other way round"
    if _hedges(clause) != _hedges(nearest) or _is_reported(clause, text):
        return "the evidence does not state it as a fact"
    if (
        _is_turned(clause, text)
        or is_in_another_voice(clause, text)
        or is_subject_made_object(clause, text)
    ):
        return "who does what to whom is not as in the evidence"
    return (
        "the evidence says it of something else"
        if is_of_another(clause, text, unit.context)
        else ""
    )


def _is_said(name: re.Match[str], clause: str, unit: Unit) -> bool:
    """Whether a word with a capital is in the unit, or what it is about; a sentence's first may be any word.

    What only the surroundings name may stand before all that the unit says, as its subject, and nowhere else.
    """
    around = set(re.findall(r"\w+", unit.context))
    before = {stem(token.text) for token in tokens(clause[: name.start()])} - _FREE
    is_subject = (
        bool(unit.row) or not {each for each in before if each not in STOPWORDS} & unit.stems
    )
    is_subject = is_subject or bool(_OF.search(clause[: name.start()]))
    opens = not clause[: name.start()].strip()
    parts = re.findall(r"\w+", name.group())
    return all(
        part in unit.written
        or (is_subject and part in around)
        or (opens and (part.lower() in STOPWORDS or stem(part.lower()) in unit.stems | _FREE))
        or part in ("s", "t")
        for part in parts
    )


def _row_fault(clause: str, unit: Unit) -> str:
    """A row's name, a column and a value belong together."""
    said = set(_stems(clause))
    name = set(_stems(unit.row[0][1].split(" – ")[0]))
    if name and not name <= said:
        return f"the row of {unit.row[0][1]} is not named"
    if _NEGATION.search(clause):
        return "it denies what the evidence says, or the other way round"
    if _is_row_turned(clause, unit):
        return "who does what to whom is not as in the evidence"
    heads = {head: _header_words(head) for head, _ in unit.row[1:]}
    said |= {token.text for token in tokens(clause) if token.text in STOPWORDS}
    values = dict(unit.row[1:])
    named = [
        head for head in heads if heads[head] & said and not heads[head] & set(_stems(values[head]))
    ]
    given = [head for head, value in unit.row[1:] if value and _gives(clause, value)]
    if not given:
        return "the row's value is not said"
    wrong = [head for head in named if head not in given]
    wrong += [head for head in named if _takes_anothers(clause, heads[head], values, head)]
    return f"{wrong[0]} is given another column's value" if wrong else ""


def _is_row_turned(clause: str, unit: Unit) -> bool:
    """Whether a row's own name is not what a sentence speaks of: another name is its subject, or its "by"."""
    names = [match for match in _NAME.finditer(clause) if match.group().lower() not in STOPWORDS]
    if not names:
        return False
    first = names[0]
    own = set(re.findall(r"\w+", unit.text))
    before = clause[: first.start()]
    opens = not before.strip() and stem(first.group().lower()) in unit.stems | _FREE
    belongs = opens or _POSSESSES.search(first.group()) or _BEHIND.search(before)
    if not belongs and not own.issuperset(re.findall(r"\w+", first.group())):
        return True
    agents = re.findall(r"\bby\s+(?:the\s+)?([A-Z]\w*)", clause)
    return bool(set(agents) - own) or any(
        re.search(rf"\b(?:of|for)\s+(?:the\s+)?{re.escape(value)}\s+(?:is|are|was|were)\b", clause)
        for _, value in unit.row[1:]
        if value
    )


def _takes_anothers(clause: str, names: set[str], values: Mapping[str, str], column: str) -> bool:
    """Whether a word that names a column is followed at once by a name that another column holds."""
    for match in re.finditer(r"\b([a-z]+)\s+(?:the\s+)?([A-Z]\w*)", clause):
        others = " ".join(value for head, value in values.items() if head != column)
        held = re.findall(r"\w+", others)
        if stem(match[1]) in names and match[2] in held and match[2] not in values[column]:
            return True
    return False


_KINDS = frozenset(stem(word) for word in ("year", "name", "type", "number", "date", "kind"))


def _header_words(head: str) -> set[str]:
    """The words by which a sentence names a column; a small word such as "from" where it is all."""
    words = set(_stems(head)) - _KINDS
    return words or {token.text for token in tokens(head)}


def _gives(clause: str, value: str) -> bool:
    """Whether a clause says a cell's value: its numbers, or most of its words."""
    numbers = set(_numbers(value))
    if numbers and not set(_stems(value)) - {n.lower() for n in numbers}:
        return numbers <= set(_numbers(clause))
    words = set(_stems(value))
    return bool(words) and len(words & set(_stems(clause))) >= 0.5 * len(words)


def _denials(text: str) -> int:
    return len(_NEGATION.findall(text))


def _hedges(text: str) -> set[str]:
    return {match.lower() for match in _HEDGE.findall(text)}


def _is_reported(clause: str, text: str) -> bool:
    """Whether the evidence has it only as what somebody says, orders or asks: all of it after a "that"."""
    joint = _REPORTS.search(text)
    if joint is None:
        return False
    said, head = set(_stems(clause)), set(_stems(text[: joint.start()]))
    return not said & head and bool(said & set(_stems(text[joint.end() :])))


def _nearest(clause: str, text: str) -> str:
    """The part of a sentence that shares the most words with a clause, with what denies it."""
    said, all_said = set(_stems(clause)), set(_stems(text))
    if len(said & all_said) >= 0.8 * len(all_said):
        return text
    parts = [part for part in _PART.split(text) if part and part.strip()]
    shared = [len(said & set(_stems(part))) for part in parts]
    best = max(shared, default=0)
    return " ".join(
        part for part, share in zip(parts, shared, strict=True) if share and 2 * share >= best
    )


def _is_turned(clause: str, text: str) -> bool:
    """Whether names or nouns around the same verb stand in another order, and not through the passive."""
    order = _stems(text)
    mine = [word for word in dict.fromkeys(_stems(clause)) if word in order]
    options = [[at for at, word in enumerate(order) if word == each] for each in mine]
    places = dict(zip(mine, aligned(options), strict=True))
    names = {
        stem(token.text)
        for name in _NAME.findall(clause)
        for token in tokens(name)
        if token.text not in _MONTHS
    }
    turned = 0
    for first, second in pairwise(mine):
        if places[first] > places[second]:
            turned += 1
    named = [places[word] for word in mine if word in names and order.count(word) == 1]
    passive = bool(_PASSIVE.search(clause)) != bool(_PASSIVE.search(_nearest(clause, text)))
    inverted = named != sorted(named)
    return (
        (inverted and not passive)
        or (passive and len(_NAMES.findall(clause)) > 1 and not inverted)
        or turned > 1 + passive
    )


def _stems(text: str) -> list[str]:
    return [each for each in stems(text) if each not in STOPWORDS]


def _numbers(text: str) -> list[str]:
    found = [number.replace(",", "").lstrip("-−") for number in _NUMBER.findall(text)]
    return found + [DIGITS[token.text] for token in tokens(text) if token.text in DIGITS]
