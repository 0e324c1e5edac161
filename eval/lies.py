"""Lies of eight kinds, made by changing true sentences, each with what it claims to stand on.

Made from what the sentences themselves say, of any article. Where a change may leave a sentence true,
none is made: see each kind's function for what is left out.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.document import CellPosition, Document, Span
from ingest.sentences import sentences
from ingest.words import STOPWORDS, stems
from rag.answer import Citation, Claim, Derivation
from rag.pipeline import cite

_NUMBER = re.compile(r"(?<![\w.,/-])\d{1,4}(?![\w/-]|[.,]\d)")
_NAME = re.compile(r"\b[A-Z][\w’&]*(?:-[A-Z]\w*)*(?: (?:of )?[A-Z][\w’&]*(?:-[A-Z]\w*)*)*")
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|can|may|could|would|should|will)\b(?! not)")
_VERB = re.compile(r"\b(\w{3,}(?:ed|es|s|ve)|is|are|was|were|has|have)\b")
_ACTIVE = re.compile(
    r"(?P<who>(?:The |In \w+, )?[A-Z][\w’'& -]{1,60}?)(?P<how> \w+ly| mostly| still)? "
    r"(?P<verb>(?!is|has|was|does|goes|comes|holds|builds|makes|takes|stands|appears|cooperated|belongs|relies|united\b|limited\b|contacts|projects)[a-z]{3,}(?:ed|[^s]s)) "
    r"(?P<whom>(?!by |to |with |in |into |on |under |between |from |of |for |and |or |that |mainly |openly )[^,.;:()]+?)"
    r"(?P<rest>(?: (?:in|as|for|to|from|with|under|since|after|rather|of) [^.]*)?[.])$"
)
"""Who does what to whom, in a short sentence."""

_BY = re.compile(
    r"(?P<whom>[A-Z][\w’'& -]+?) (?:is|are|was|were) (?P<verb>\w+ed)(?: in [\w ]+?)? by (?P<who>[^,.;:()]+?)(?P<rest>[.])$"
)
_DENIED = re.compile(r"\b(not|never|no longer|no|without|un(?=able)) ?\b")
_ALIKE = re.compile(
    r"\b(?:and|or|with|between|among|both|than|as|like|from|joint\w*|cooperat\w*)\b|[,;:()]",
    re.IGNORECASE,
)
"""Between two names: what puts them side by side, so that to swap them may change nothing."""

_LEANS = re.compile(r"^\W*(?:It|Its|They|Their|He|She|This|These|Those|There|Under the)\b")
_INVENTED = (
    "with a budget of nine hundred dollars",
    "after a long strike of the engineers",
    "thanks to a secret loan from a bank",
    "despite protests by fishermen",
    "to the delight of children",
    "and did so again",
    "more than once",
    "for the most part",
    "on its own",
    "against the advice of its scientists",
    "under the name of Meridian",
    "as the first of its kind",
    "in spite of all others",
    "at half the price",
)
_INVENTED_ROW = (
    "The population of {} is small.",
    "The capital of {} is Meridian.",
    "{} left again soon after.",
    "{} was the first of all.",
    "{} is the only one of these.",
    "{} pays the most.",
)
_DENIALS = ("never", "no longer", "hardly", "not", "neither", "rarely")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, the claims whose places it cites, and a computation where it cites one.

    `row` is, of a sentence about one cell, the place of that cell.
    """

    text: str
    claims: tuple[Claim, ...]
    derivation: Derivation | None = None
    row: CellPosition | None = None


Lies = dict[str, list[Said]]
STRICT = (
    "another number",
    "another name",
    "another row's value",
    "an invented fact",
    "a wrong citation",
)
"""The kinds of which none may pass."""

KINDS = (*STRICT, "a negation", "swapped roles", "two facts blended")


def from_passage(document: Document, span: Span, section: int) -> list[Said]:
    """The whole sentences of a passage, each citing the passage, but for those that lean on another."""
    found = []
    for each in sentences(document.text, span):
        text = " ".join(document.plain(each).split())
        if len(text.split()) > 5 and text.endswith(".") and not _LEANS.match(text):
            found.append(Said(text, (Claim("", document, span, section),)))
    return found


def from_row(document: Document, number: int, row: int, most_words: int = 14) -> list[Said]:
    """What a row says, one cell at a time, in words that a model might choose."""
    table = document.tables[number]
    name = row_name(document, number, row)
    found = []
    for column in range(1, len(table.header)):
        value = table.rows[row][column].text
        if value and value != "–" and len(value.split()) <= most_words:
            found += cell_said(document, (number, row, column), name, value)
    return found


def row_name(document: Document, number: int, row: int) -> str:
    """What a row is called: its first cell, without what follows a dash or a question mark."""
    return re.split(r"\s+–\s+|\?", document.tables[number].rows[row][0].text)[0]


def cell_said(document: Document, at: CellPosition, name: str, value: str) -> list[Said]:
    """That a row has a value in a column, said in three ways; it cites the row."""
    number, row, column = at
    table = document.tables[number]
    cells = tuple((number, row, each) for each in range(len(table.header)))
    claim = Claim("", document, table.row_spans[row], table.section, cells)
    head = table.header[column].text
    said = value.rstrip(".")
    return [
        Said(text, (claim,), row=at)
        for text in (
            f"The {head.lower()} of {name} is {said}.",
            f"{name} is listed with {said} under {head}.",
            f"For {name}, the table gives {said} as the {head.lower()}.",
        )
    ]


def lies(true: Sequence[Said], seed: int = 6) -> Lies:
    """Lies of each kind, made of true sentences; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # the same lies in every run
    kinds: dict[str, Callable[[], Iterable[Said]]] = {
        "another number": lambda: _numbers(true, chance),
        "another name": lambda: _names(true, chance),
        "another row's value": lambda: _values(true),
        "an invented fact": lambda: _inventions(true, chance),
        "a wrong citation": lambda: _citations(true, chance),
        "a negation": lambda: _negations(true, chance),
        "swapped roles": lambda: _swaps(true),
        "two facts blended": lambda: _blends(true, chance),
    }
    truths = {_key(each) for each in true}
    made: Lies = {}
    for kind in KINDS:
        unique = {_key(each): each for each in kinds[kind]()}
        made[kind] = [each for key, each in unique.items() if key not in truths]
    return made


def _key(said: Said) -> tuple[object, ...]:
    return (said.text, tuple((c.document.id, c.span) for c in said.claims), said.derivation)


def _prose(true: Iterable[Said]) -> list[Said]:
    return [each for each in true if each.row is None and each.derivation is None]


def _numbers(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """A number of a sentence as another: one that is near, and one that stands near.

    Of a computation only what came out is changed; a number that the sentence has already is not put in,
    unless it is that of another place of the same sentence.
    """
    for each in true:
        nearby = [n for c in each.claims for n in _NUMBER.findall(c.document.quote(c.span))]
        for match in _NUMBER.finditer(each.text):
            if each.derivation is not None and match.group() not in each.derivation.result:
                continue
            others = {str(int(match.group()) + chance.choice((-3, -2, -1, 1, 2, 3, 10)))}
            others |= set(chance.sample(nearby, min(2, len(nearby))))
            for other in sorted(others - {match.group()}):
                if not other.startswith("-"):
                    yield replace(each, text=_put(each.text, match, other))


def _names(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """A name as another: one of the article, and one of the same passage; of a row, as another row's name.

    Left out: what only opens a sentence, names that may be of the same thing (of one stem or beginning, or
    initials of each other), members of one list, rows that have the same value, and in what was computed
    all but what came out.
    """
    prose = _prose(true)
    every = sorted({m.group() for each in prose for m in _inner_names(each.text)})
    for each in true:
        if each.row is not None:
            yield from _of_other_names(each)
            continue
        own = [m.group() for c in each.claims for m in _inner_names(c.document.plain(c.span))]
        for match in _inner_names(each.text):
            if each.derivation is not None and match.group() not in each.derivation.result:
                continue
            listed = re.search(r"(?:,|\band|\bor|\()\s*$", each.text[: match.start()])
            listed = listed or re.match(r"\s*(?:,|and\b|or\b)", each.text[match.end() :])
            far = chance.choice(every) if every else ""
            near = chance.choice(own) if own and not listed else ""
            for other in dict.fromkeys((far, near)):
                if other and not _overlap(other, match.group()) and other not in each.text:
                    yield replace(each, text=_put(each.text, match, other))


def _of_other_names(said: Said) -> Iterator[Said]:
    assert said.row is not None  # noqa: S101
    number, row, column = said.row
    document = said.claims[0].document
    table = document.tables[number]
    mine = row_name(document, number, row)
    for other in range(len(table.rows)):
        name = row_name(document, number, other)
        if (
            not _overlap(name, mine)
            and table.rows[other][column].text != table.rows[row][column].text
        ):
            yield replace(said, text=said.text.replace(mine, name, 1))


def _inner_names(text: str) -> Iterator[re.Match[str]]:
    for match in _NAME.finditer(text):
        word = match.group().split()[0]
        opens = not match.start() or re.search(r"[.!?:“\"]\s*$", text[: match.start()])
        if not opens and (word.isupper() or word.lower() not in STOPWORDS):
            yield match


def _overlap(one: str, other: str) -> bool:
    """Whether two names may be of one thing."""
    a, b = ({word[:4] for word in stems(name)} for name in (one, other))
    initials = {"".join(w[0] for w in x.split() if w[0].isupper()).lower() for x in (one, other)}
    return bool(a & b) or bool(initials & {one.lower(), other.lower()})


def _values(true: Sequence[Said]) -> Iterator[Said]:
    """A cell's value as that of another row, where that is no part of the row's own."""
    for each in true:
        if each.row is None:
            continue
        number, row, column = each.row
        document = each.claims[0].document
        table = document.tables[number]
        mine = table.rows[row][column].text
        for other in range(len(table.rows)):
            value = table.rows[other][column].text
            if value and value != "–" and len(value.split()) <= 14 and not _within(value, mine):
                told = each.text.replace(mine.rstrip("."), value.rstrip("."))
                if told != each.text:
                    yield replace(each, text=told)


def _within(value: str, mine: str) -> bool:
    return set(stems(value)) <= set(stems(mine))


def _inventions(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """A true sentence with something more that nobody says; of a row, also a sentence of its own."""
    for each in true:
        for tail in chance.sample(_INVENTED, 3):
            yield replace(each, text=f"{each.text.rstrip('.')} {tail}.")
        if each.row is not None:
            name = row_name(each.claims[0].document, each.row[0], each.row[1])
            yield replace(each, text=chance.choice(_INVENTED_ROW).format(name))


def _citations(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """A true sentence that cites another place: the one that is likest, and any.

    Left out: places that overlap its own, rows that say the same, and, of a free sentence, places that have
    all its names and numbers.
    """
    cited = [c for each in true if each.derivation is None for c in each.claims[:1]]
    places = list({(c.document.id, c.span): c for c in cited}.values())
    words = {(c.document.id, c.span): set(stems(c.document.plain(c.span))) for c in places}
    for each in true:
        if each.derivation is not None:
            continue
        own = each.claims[0]
        if each.row is not None:
            number, row, column = each.row
            mine = own.document.tables[number].rows[row]
            others = [
                c
                for c in places
                if c.cells and not _says(c, mine[0].text, mine[column].text) and c.span != own.span
            ]
        else:
            others = [
                c
                for c in places
                if not (own.span.start < c.span.end and c.span.start < own.span.end)
                and not _names_it_all(c, each.text, own)
            ]
        said = set(stems(each.text))
        others.sort(key=lambda c: -len(said & words[c.document.id, c.span]))
        for other in dict.fromkeys((*others[:1], *chance.sample(others, min(1, len(others))))):
            yield replace(each, claims=(other,))


def _names_it_all(claim: Claim, text: str, own: Claim) -> bool:
    """Whether a place has every name and number of a sentence that is no quote of its own place."""
    told, said = claim.document.plain(claim.span), set(_NUMBER.findall(text))
    said |= {m.group() for m in _NAME.finditer(text) if m.group().lower() not in STOPWORDS}
    return text not in own.document.plain(own.span) and all(each in told for each in said)


def _says(claim: Claim, name: str, value: str) -> bool:
    table, row, _ = claim.cells[0]
    cells = claim.document.tables[table].rows[row]
    return _within(name, cells[0].text) and any(_within(value, c.text) for c in cells)


def _negations(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """A sentence denied, or one that denies without its denial."""
    for each in true:
        verb = _AUXILIARY.search(each.text)
        if verb is not None:
            for denial in chance.sample(_DENIALS, 2):
                yield replace(
                    each, text=f"{each.text[: verb.end()]} {denial}{each.text[verb.end() :]}"
                )
        if re.match(r"[A-Z][a-z]*’?s?\b", each.text):
            lowered = (
                each.text if _opens_with_name(each.text) else each.text[0].lower() + each.text[1:]
            )
            opening = chance.choice(("It is not true that", "It is false that", "Nobody says that"))
            yield replace(each, text=f"{opening} {lowered}")
        for match in _DENIED.finditer(each.text):
            yield replace(each, text=" ".join(_put(each.text, match, " ").split()))


def _opens_with_name(text: str) -> bool:
    first = text.split(maxsplit=1)[0]
    return bool(re.search(rf"\s{re.escape(first)}\b", text)) or not first.istitle()


def _swaps(true: Sequence[Said]) -> Iterator[Said]:
    """Who does something and to whom, the other way round: swapped, or with the verb turned from active to passive.

    Left out: names side by side, what is said of both alike (to cooperate), and "to be" and "to have".
    """
    for each in _prose(true):
        yield from (replace(each, text=text) for text in _swapped_names(each.text))
        found = _ACTIVE.match(each.text)
        if found is not None and _is_phrase(found["who"]) and _is_phrase(found["whom"]):
            who, how, verb, whom, rest = found.group("who", "how", "verb", "whom", "rest")
            how = f" {how.strip()}" if how else ""
            past = verb if verb.endswith("ed") else f"{_base(verb).rstrip('e')}ed"
            yield replace(each, text=f"{_capital(whom)}{how} {verb} {who}{rest}")
            yield replace(each, text=f"{who} was{how} {past} by {whom}{rest}")
            yield replace(each, text=f"{_capital(who)} is {past} by {whom}.")
            yield replace(each, text=f"{_capital(whom)}{how} {verb} {who}.")
        passive = _BY.match(each.text)
        if passive is not None and _is_phrase(passive["whom"]):
            whom, verb, who, rest = passive.group("whom", "verb", "who", "rest")
            yield replace(each, text=f"{whom} {verb} {who}{rest}")
            yield replace(each, text=f"{_capital(who)} was {verb} by {whom}{rest}")


def _swapped_names(text: str) -> Iterator[str]:
    found = [m for m in _NAME.finditer(text) if m.group().split()[0].lower() not in STOPWORDS]
    for at, first in enumerate(found):
        for second in found[at + 1 : at + 4]:
            between = text[first.end() : second.start()]
            alike = _overlap(first.group(), second.group()) or _ALIKE.search(between)
            if not alike and _VERB.search(between) and text[: first.start()].count("(") == 0:
                yield f"{text[: first.start()]}{second.group()}{between}{first.group()}{text[second.end() :]}"


def _is_phrase(text: str) -> bool:
    """Whether words may be a noun with what belongs to it."""
    first, *more = text.split()
    article = first.lower() in ("the", "a", "an") and bool(more)
    return (article or first.isupper() or first.lower() not in STOPWORDS) and not re.search(
        r"[’']s?$", text
    )


def _base(verb: str) -> str:
    return verb.removesuffix("s")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _blends(true: Sequence[Said], chance: random.Random) -> Iterator[Said]:
    """The beginning of one sentence with the end of another, citing both.

    Left out: two of the same subject or the same end, whose blend may be true.
    """
    prose = _prose(true)
    for one in prose:
        head = _AUXILIARY.search(one.text)
        if head is None or not re.search(r"[A-Z]", one.text[1 : head.start()]):
            continue
        others = [each for each in prose if each.text != one.text]
        near = [each for each in others if each.claims == one.claims]
        for other in (*near, *chance.sample(others, min(4, len(others)))):
            tail = _AUXILIARY.search(other.text)
            if tail is None or tail.group() != head.group():
                continue
            if set(stems(one.text[: head.start()])) & set(stems(other.text[: tail.start()])):
                continue
            claims = tuple(dict.fromkeys((*one.claims, *other.claims)))
            yield Said(one.text[: head.start()] + other.text[tail.start() :], claims)
    rows = [each for each in true if each.row is not None]
    for one, other in zip(rows, chance.sample(rows, len(rows)), strict=True):
        assert one.row is not None and other.row is not None  # noqa: S101, PT018
        if one.row[0] != other.row[0] or one.row[1] == other.row[1]:
            continue
        document = one.claims[0].document
        mine, its = (document.tables[r[0]].rows[r[1]] for r in (one.row, other.row))
        if _within(its[other.row[2]].text, mine[other.row[2]].text):
            continue
        name = row_name(document, *one.row[:2])
        head_text = document.tables[other.row[0]].header[other.row[2]].text
        value = its[other.row[2]].text.rstrip(".")
        yield Said(
            f"{one.text.rstrip('.')}, and {value} as its {head_text.lower()}.",
            (*one.claims, *other.claims),
        )
        yield Said(f"The {head_text.lower()} of {name} is {value}.", (*one.claims, *other.claims))


def _put(text: str, match: re.Match[str], new: str) -> str:
    return f"{text[: match.start()]}{new}{text[match.end() :]}"


def citations(claims: Sequence[Claim]) -> list[Citation]:
    """The claims' places as citations."""
    return [cite(number, claim) for number, claim in enumerate(claims, 1)]
