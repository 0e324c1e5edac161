"""Questions about the bibliography: an entry by number, author, year, title, or publisher.

A question is held against the fields of every entry. Nothing here needs vectors: a name or a number either stands in an entry or it does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

from ingest.bibliography import Fields, fields, surnames
from ingest.document import Document, Reference, Span
from ingest.words import STOPWORDS, Token, fold, stems, tokens
from rag.answer import Claim, Draft, bold, literal

Field = Literal["authors", "year", "title", "publisher", "url", "accessed"]

_MOST_SHOWN = 6
_FIRST_SHOWN = 5
_LEAST_COVERED = 0.6
"""The share of a question's words, by weight, that an entry must hold to be an answer."""


# --- questions -----------------------------------------------------------------------------------

_NOUN = re.compile(
    r"\b(?:references?|refs?|sources?|footnotes?|endnotes?|citations?|cited|cites?|bibliograph(?:y|ies)"
    r"|literature)\b"
)
_NO_BIBLIOGRAPHY = re.compile(
    r"\b(?:sources?|references?) (?:of|for|to)\b|\bopen source\b|\b(?:article|chapter|section|paragraph|clause) \d"
)
_WORKS = r"(?:sources?|references?|papers?|articles?|works?|texts?|posts?|books?|documents?|studies|study|entr(?:y|ies)|publications?)"
_LISTED = r"(?:references|sources|footnotes|endnotes|citations|works|entries|publications|items)"
_HOW_MANY = re.compile(
    rf"\b(?:how many|number of|count(?: of)?)\b(?: \w+){{0,2}}? {_LISTED}\b"
    r"|\bhow (?:long|big) is the (?:bibliography|reference list)\b"
)
_NUMBERED = re.compile(
    r"\b(?:references?|refs?|sources?|footnotes?|endnotes?|citations?|notes?|entr(?:y|ies)|cited as|numbered|marked)"
    r"\s*(?:with|as|is|are)?\s*(?:the )?(?:numbers?|nos?\.?|nrs?\.?|#)?\s*((?:[\[(]?\d{1,4}[\])]?(?:\s*(?:,|&|and|or)\s*)?)+)"
    r"|\b(?:sources?|references?) (?:is|has|with) (?:the )?number (\d{1,4})"
    r"|^\W*(?:what|which)\b.{0,20}\[(\d{1,4})\]\W*$"
)
_COUNTED = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty".split(),
)
_ORDINAL = re.compile(
    rf"\b(last|\d{{1,3}}(?:st|nd|rd|th)|{'|'.join(_COUNTED[0])}) (?:reference|source|footnote|endnote|citation|entry)\b"
    rf"|\b(?:reference|source|footnote|endnote|citation|entry)(?: number| no\.?)? ({'|'.join(_COUNTED[1])})\b"
)
_BY = re.compile(
    rf"\b(?:did|does|has|have)\b.*\b(?:writ(?:e|ten)|author(?:ed)?|publish(?:ed)?|contribute)\b"
    rf"|\b{_WORKS}\b.*\b(?:by|of|from)\b|\b(?:written|authored|penned|published) by\b|['’]s? {_WORKS}\b"
    rf"|\b(?:{_WORKS}|anything|something) \w+ \w* ?(?:wrote|published)\b"
)
_ASPECTS: tuple[tuple[Field, re.Pattern[str]], ...] = (
    ("accessed", re.compile(r"\bwhen (?:was|were)\b.*\b(?:accessed|retrieved|visited)\b|\baccess date\b")),
    ("authors", re.compile(
        r"\bwho\b.*\b(?:wrote|written|authored|author|authors|penned)\b|\bwho\b.*\bby\?*$"
        r"|\b(?:author|authors|writer|writers) (?:of|for)\b|\bwhose (?:work|article|paper|book)\b|^by whom\b"
        r"|\bwho (?:is|are) cited\b"
    )),
    ("year", re.compile(
        r"\b(?:when|(?:what|which|in which|in what) year)\b.*\b(?:published|written|appear(?:ed)?|come out|issued|released)\b"
        r"|\b(?:year|date) of (?:publication|reference|source)\b|\bpublication (?:year|date)\b|\bhow old is\b"
    )),
    ("publisher", re.compile(
        r"\bwho (?:published|issued|released)\b|\bwhere (?:was|were|did|has|have|is|are)\b.*\b(?:published|appear(?:ed)?|printed)\b"
        r"|\bpublisher (?:of|for)\b|\b(?:which|what) (?:journal|magazine|newspaper|publisher|site|website)\b"
        r"|\bwho is the publisher\b"
    )),
    ("url", re.compile(r"\b(?:url|link|web address|address|doi|find online)\b")),
    ("title", re.compile(r"\b(?:title|called)\b")),
)  # fmt: skip
_EXTREME = re.compile(r"\b(oldest|earliest|newest|latest|most recent)\b")
_BOUND = re.compile(
    r"\b(before|after|since|until|older than|newer than|between) ((?:1[5-9]|20)\d\d)(?: and ((?:1[5-9]|20)\d\d))?"
)
_FRAME = frozenset(
    """
    reference references ref refs source sources footnote footnotes endnote endnotes citation citations
    cited cite cites bibliography bibliographies literature entry entries listed list lists number
    numbers numbered article articles text texts document documents paper papers work works post posts
    book books study studies publication publications item items page pages site website webpage
    write writes wrote written writing writer writers author authors authored penned publish publishes
    published publisher publishers publication issued released appear appears appeared printed
    year years date dated old when title titled called name named come comes came coming go out say
    tell give show find use uses used using mention mentioned mentions deal deals dealing cover covers
    discuss discusses concern concerns concerning link url address doi online journal magazine
    newspaper oldest earliest newest latest recent most one ones anything something thing things other
    contain contains included include includes get got see please let know count total last first
    access accessed retrieved visited consult consulted rely relies based draw draws quote quoted quotes
    base its piece pieces contribute contributed kind read would like make made available contents
    """.split()
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of a bibliography with the words of its fields, stemmed."""

    document: Document
    reference: Reference
    fields: Fields
    names: frozenset[str]
    authors: frozenset[str]
    title: frozenset[str]
    publisher: frozenset[str]
    year: int | None

    def said(self, name: Field) -> str:
        span: Span | None = getattr(self.fields, name)
        return self.document.plain(span) if span else ""


@dataclass(frozen=True, slots=True)
class _Hit:
    """How well an entry fits a question: the share of the words that it holds, and in which fields."""

    entry: _Entry
    covered: float
    kinds: frozenset[Field]
    confidence: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, read: what is wanted of the entries, and the words that should pick them."""

    text: str
    aspect: Field | None
    noun: bool
    by: bool
    words: tuple[Token, ...]


def answer(question: str, documents: Sequence[Document]) -> Draft | None:
    """What the bibliographies of the documents say to a question about references.

    One claim an entry, its short answer first in bold: the author to "who wrote", the year to "when",
    the publisher to "who published" and "where", else the title. None where the question does not ask
    for references, or no entry fits. Never raises.
    """
    folded = _folded(question)
    asked = _read(question, folded)
    if not (asked.noun or asked.by or asked.aspect):
        return None
    entries = [entry for document in documents for entry in _entries(document)]
    if not entries:
        return None
    if numbers := _numbers(folded, entries):
        return _numbered(folded, numbers, entries, asked)
    picked = _by_year_range(folded, entries) if asked.noun else []
    if picked:
        return _draft(picked, asked, 0.9)
    if asked.noun and not asked.words:
        return _whole(folded, entries, asked)
    return _matching(asked, entries)


def missing(question: str, documents: Sequence[Document]) -> str | None:
    """Why a question for a reference by its number has no answer: none has that number, or it lacks the
    field that is asked for.

    None where that is not what it asks for, or all is there. The count is that of the bibliography; an
    abstention that says it can cite the last entry for it.
    """
    folded = _folded(question)
    entries = [entry for document in documents for entry in _entries(document)]
    wanted = _wanted(folded)
    if not wanted:
        counted = (
            _HOW_MANY.search(folded)
            and _NOUN.search(folded)
            and not _NO_BIBLIOGRAPHY.search(folded)
        )
        return "The article has no numbered bibliography." if counted and not entries else None
    if not entries:
        return f"The article has no numbered bibliography, and so no reference {_either(wanted)}."
    absent = [number for number in wanted if all(e.reference.number != number for e in entries)]
    if not absent:
        return _lacking(_read(question, folded), wanted, entries)
    return f"The bibliography has {len(entries)} entries; there is no reference {_either(absent)}."


_LACKING: Mapping[Field, str] = {
    "authors": "author", "year": "year", "publisher": "publisher", "url": "address",
    "title": "title", "accessed": "date of access",
}  # fmt: skip


def _lacking(asked: _Asked, wanted: Sequence[int], entries: Sequence[_Entry]) -> str | None:
    """Why one entry does not answer: it has no such field."""
    aspect = asked.aspect
    chosen = [entry for entry in entries if entry.reference.number in wanted]
    if aspect is None or len(chosen) != 1 or _said_of(chosen[0], aspect):
        return None
    return f"The bibliography gives no {_LACKING[aspect]} for reference {_either(wanted)}."


def _either(numbers: Sequence[int]) -> str:
    return " or ".join(str(number) for number in numbers)


def _folded(question: str) -> str:
    return " ".join(fold(word) for word in question.split())


def _read(question: str, folded: str) -> _Asked:
    noun = bool(_NOUN.search(folded)) and not _NO_BIBLIOGRAPHY.search(folded)
    aspect = next((name for name, pattern in _ASPECTS if pattern.search(folded)), None)
    if aspect in ("url", "title") and not noun:
        aspect = None
    words = tuple(
        token
        for token in tokens(question)
        if token.text not in STOPWORDS | _FRAME or (token.text == "us" and "US" in question)
    )
    return _Asked(question, aspect, noun, bool(_BY.search(folded)), words)


# --- by number -----------------------------------------------------------------------------------


def _wanted(folded: str) -> list[int]:
    """The numbers of references that a question names, those in words too."""
    if re.search(r"\b(?:article|chapter|section|paragraph) \d", folded):
        return []
    found = [
        int(number)
        for match in _NUMBERED.finditer(folded)
        for number in re.findall(r"\d+", " ".join(filter(None, match.groups())))
    ]
    for match in _ORDINAL.finditer(folded):
        word = match[1] or match[2]
        found += [counted.index(word) + 1 for counted in _COUNTED if word in counted]
        if word[0].isdigit():
            found.append(int(re.sub(r"\D", "", word)))
    return list(dict.fromkeys(found))


def _numbers(folded: str, entries: Sequence[_Entry]) -> set[int]:
    known = {entry.reference.number for entry in entries}
    ordinal = _ORDINAL.search(folded)
    if ordinal and ordinal[1] == "last":
        return {max(known)}
    return known.intersection(_wanted(folded))


def _numbered(
    folded: str, numbers: set[int], entries: Sequence[_Entry], asked: _Asked
) -> Draft | None:
    """The entries of these numbers; less surely where the question says more than they hold."""
    if re.search(r"\bhow (?:many|much|long)\b", folded):
        return None
    chosen = [entry for entry in entries if entry.reference.number in numbers]
    confidence = 0.97 if len(chosen) == len(numbers) else 0.85
    more = [word for word in asked.words if not re.match(r"\d", word.text)]
    ordinals = {*_COUNTED[0], *_COUNTED[1], "marked", "numbered"}
    if any(
        word.text not in ordinals and not any(_place(word.text, entry)[0] for entry in chosen)
        for word in more
    ):
        confidence *= 0.6
    return _draft(chosen, asked, confidence, numbered=True)


# --- by year, and all of them --------------------------------------------------------------------


def _by_year_range(folded: str, entries: Sequence[_Entry]) -> list[_Entry]:
    """The entries before, after or between years, or the oldest or newest ones."""
    dated = [(entry.year, entry) for entry in entries if entry.year is not None]
    if bound := _BOUND.search(folded):
        word, year, other = bound[1], int(bound[2]), int(bound[3] or bound[2])
        low, high = {
            "before": (0, year - 1), "older than": (0, year - 1), "until": (0, year),
            "after": (year + 1, 9999), "newer than": (year + 1, 9999), "since": (year, 9999),
            "between": (year, other),
        }[word]  # fmt: skip
        return [entry for at, entry in dated if low <= at <= high]
    if dated and (extreme := _EXTREME.search(folded)):
        pick = min if extreme[1] in ("oldest", "earliest") else max
        chosen = pick(at for at, _ in dated)
        return [entry for at, entry in dated if at == chosen]
    return []


def _whole(folded: str, entries: Sequence[_Entry], asked: _Asked) -> Draft | None:
    """The count of a bibliography, or its first entries; of several documents, of the first one."""
    if asked.aspect in ("year", "publisher", "accessed", "url"):
        return None
    document = entries[0].document
    of_it = [entry for entry in entries if entry.document.id == document.id]
    count, last = len(of_it), of_it[-1]
    countable = last.reference.number == count
    if _HOW_MANY.search(folded):
        if not countable:
            return None
        text = f"**{count}**; the last one is reference {count}: {_entry_text(last)}"
        return Draft((_claim(last, text),), 0.95, "prose")
    plural = re.search(
        r"\b(?:sources|references|footnotes|endnotes|citations|bibliography|literature|works|cite)\b",
        folded,
    )
    if not plural:
        return None
    shown = of_it[:_FIRST_SHOWN]
    rest = [last] if countable and count > len(shown) else []
    # A count must stand in what is cited, as all numbers of an answer: the last entry's number does.
    lead = (
        f"The bibliography has **{count}** entries, among them:" if countable else "Among others:"
    )
    return Draft(tuple(_bullets(lead, [*shown, *rest])), 0.85, "prose")


# --- by words ------------------------------------------------------------------------------------


def _matching(asked: _Asked, entries: Sequence[_Entry]) -> Draft | None:
    """The entries that hold the question's words, where they hold enough of them."""
    if not asked.words:
        return None
    weights = _weights(asked.words, entries)
    hits = [_hit(asked, entry, weights) for entry in entries]
    best = max(hits, key=lambda hit: (hit.covered, hit.confidence))
    if best.covered < _LEAST_COVERED or best.confidence <= 0:
        return None
    chosen = [
        hit
        for hit in hits
        if hit.covered >= best.covered - 0.01
        and ("title" in hit.kinds) == ("title" in best.kinds)
        and hit.confidence >= 0.75 * best.confidence
    ]
    confidence = best.confidence if len(chosen) <= _MOST_SHOWN else 0.8 * best.confidence
    return _draft([hit.entry for hit in chosen], asked, round(confidence, 3))


def _weights(words: Iterable[Token], entries: Sequence[_Entry]) -> dict[str, float]:
    """How much each word of the question tells: the fewer entries hold it, the more."""
    weights = {}
    for word in words:
        stem = _stem(word.text)
        held = sum(stem in e.title or stem in e.authors or stem in e.publisher for e in entries)
        weights[word.text] = 1.0 - 0.7 * held / (len(entries) + 1)
    return weights


def _hit(asked: _Asked, entry: _Entry, weights: Mapping[str, float]) -> _Hit:
    covered, kinds = 0.0, set[Field]()
    for word in asked.words:
        kind, credit = _place(word.text, entry)
        if kind:
            kinds.add(kind)
            covered += weights[word.text] * credit
    covered += _joined(asked.words, entry, weights, kinds)
    share = min(covered / sum(weights.values()), 1.0)
    return _Hit(entry, share, frozenset(kinds), _confidence(asked, entry, share, kinds))


def _place(word: str, entry: _Entry) -> tuple[Field | None, float]:
    """The field of an entry that holds a word, and how surely: a misspelt name counts a little less."""
    stem = _stem(word)
    if word.isdigit() and len(word) == 4 and int(word) == entry.year:
        return "year", 1.0
    held: tuple[tuple[Field, frozenset[str]], ...] = (
        ("authors", entry.authors), ("title", entry.title), ("publisher", entry.publisher),
    )  # fmt: skip
    for kind, words in held:
        if stem in words:
            return kind, 1.0
    if len(word) >= 5 and any(_one_letter_off(word, name) for name in entry.names):
        return "authors", 0.9
    if len(stem) >= 6 and any(other.startswith(stem) for other in entry.title):
        return "title", 0.8  # "Hungary" and "Hungarian"
    return None, 0.0


def _joined(
    words: Sequence[Token], entry: _Entry, weights: Mapping[str, float], kinds: set[Field]
) -> float:
    """The weight of neighbouring words that are one in the entry: "Space News" and "SpaceNews"."""
    gained = 0.0
    for one, other in pairwise(words):
        if one.text + other.text in entry.publisher:
            gained += weights[one.text] + weights[other.text]
            kinds.discard("title")
            kinds.add("publisher")
    return gained


def _one_letter_off(word: str, name: str) -> bool:
    return len(name) >= 5 and DamerauLevenshtein.distance(word, name, score_cutoff=1) <= 1


def _confidence(asked: _Asked, entry: _Entry, share: float, kinds: set[Field]) -> float:
    """How sure it is that an entry is meant; 0 where the question's form asks for another field."""
    if "authors" in kinds and not _is_named(asked, entry):
        kinds = kinds - {"authors"} | {"title"}
    titled = _title_share(asked, entry)
    if asked.noun:
        if "title" in kinds:
            return share * (0.65 + 0.3 * titled)
        return share * (0.87 if "publisher" in kinds else 0.9)
    if asked.aspect in ("authors", "year", "publisher"):
        if "title" not in kinds and not ("authors" in kinds and asked.aspect != "authors"):
            return 0.0
        one_word = len(asked.words) == 1 and titled < 0.5
        return share * share * (0.4 + 0.55 * titled) * (0.7 if one_word else 1.0)
    if asked.by and kinds & {"authors", "publisher"}:
        return share * share * (0.9 if "authors" in kinds else 0.85)
    return 0.0


def _is_named(asked: _Asked, entry: _Entry) -> bool:
    """Whether the question names the author: a surname, or half of the words of an organisation."""
    words = {word.text for word in asked.words}
    if any(_one_letter_off(word, name) or word == name for word in words for name in entry.names):
        return True
    return 2 * len({_stem(word) for word in words} & entry.authors) >= len(entry.authors)


def _title_share(asked: _Asked, entry: _Entry) -> float:
    """The share of the title's words that stand in the question; words that open it in order tell more."""
    if not entry.title:
        return 0.0
    share = len(entry.title & set(stems(asked.text))) / len(entry.title)
    opening = 0
    said = f" {' '.join(token.text for token in tokens(asked.text))} "
    title = [token.text for token in tokens(entry.said("title"))]
    while opening < len(title) and f" {' '.join(title[: opening + 1])} " in said:
        opening += 1
    return max(share, min(0.5 + 0.1 * opening, 1.0)) if opening >= 3 else share


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    found = stems(word.upper() if word in STOPWORDS else word)
    return found[0] if found else word


@dataclass(frozen=True, slots=True)
class _Key:
    """A document as a key: to hash all of one would cost more than to read its bibliography."""

    id: str
    name: str
    document: Document = field(compare=False)


def _entries(document: Document) -> tuple[_Entry, ...]:
    return _read_entries(_Key(document.id, document.name, document))


@lru_cache(maxsize=8)
def _read_entries(key: _Key) -> tuple[_Entry, ...]:
    return tuple(_entry(key.document, number) for number in range(len(key.document.references)))


def _entry(document: Document, number: int) -> _Entry:
    found = fields(document, number)
    authors = _text(document, found.authors)
    publisher = _text(document, found.publisher)
    said_year = _text(document, found.year)
    sites = _site_names(_text(document, found.url))
    return _Entry(
        document,
        document.references[number],
        found,
        frozenset(surnames(authors)),
        frozenset(stems(authors)),
        frozenset(stems(_text(document, found.title))),
        frozenset(stems(publisher)) | {"".join(fold(publisher).split())} - {""} | sites,
        int(said_year) if said_year.isdigit() else None,
    )


def _text(document: Document, span: Span | None) -> str:
    return document.plain(span) if span else ""


_COMMON_LABELS = frozenset(
    "http https www com org net int gov edu info co ac doi dx io html index de uk us eu".split()
)


def _site_names(url: str) -> frozenset[str]:
    """The parts of an address's host that name somebody."""
    host = re.match(r"(?:https?://)?([^/\s]+)", url)
    labels = fold(host[1]).split(".") if host else []
    return frozenset(
        label
        for label in labels
        if len(label) > 2 and label not in _COMMON_LABELS and not label.isdigit()
    ) | ({".".join(labels).removeprefix("www.")} if labels else set())


# --- claims --------------------------------------------------------------------------------------


def _draft(
    entries: Sequence[_Entry], asked: _Asked, confidence: float, *, numbered: bool = False
) -> Draft | None:
    if not entries:
        return None
    if len(entries) == 1:
        if asked.aspect and not _said_of(entries[0], asked.aspect):
            return None
        text = _with_short(
            entries[0], asked.aspect or "title", numbered=numbered or _wants_number(asked)
        )
        return Draft((_claim(entries[0], text),), confidence, "prose")
    lead = "Among others:" if len(entries) > _MOST_SHOWN else ""
    shown = entries[:_MOST_SHOWN]
    return Draft(tuple(_bullets(lead, shown, numbered=numbered)), confidence, "prose")


def _wants_number(asked: _Asked) -> bool:
    return bool(
        re.search(r"\b(?:which|what) (?:reference|footnote|number|citation)\b", asked.text.lower())
    )


def _with_short(entry: _Entry, aspect: Field, *, numbered: bool) -> str:
    """The short answer in bold, then the entry."""
    short = _said_of(entry, aspect)
    name = f"reference {entry.reference.number}: " if numbered else ""
    if not short:
        return f"In {name}{_entry_text(entry)}" if name else _entry_text(entry)
    return f"{bold(short)} — {name}{_entry_text(entry)}"


def _said_of(entry: _Entry, aspect: Field) -> str:
    """What an entry says in a field; an address names its site where there is no publisher."""
    return entry.said(aspect) or (_site(entry) if aspect == "publisher" else "")


def _site(entry: _Entry) -> str:
    host = re.match(r"(?:https?://)?(?:www\.)?([^/\s]+)", entry.said("url"))
    return host[1] if host else ""


def _entry_text(entry: _Entry, *, title_in_bold: bool = False) -> str:
    body = entry.document.plain(entry.fields.body)
    title = entry.said("title")
    if title_in_bold and title and title in body:
        before, _, after = body.partition(title)
        return f"{literal(before)}{bold(title)}{literal(after)}"
    return literal(body)


def _bullets(lead: str, entries: Sequence[_Entry], *, numbered: bool = False) -> Iterator[Claim]:
    """One claim an entry, each on a line of its own."""
    for at, entry in enumerate(entries):
        opening = f"{lead}\n" if lead and at == 0 else "\n" if at else ""
        name = f"reference {entry.reference.number}: " if numbered else ""
        yield _claim(entry, f"{opening}- {name}{_entry_text(entry, title_in_bold=True)}")


def _claim(entry: _Entry, text: str) -> Claim:
    return Claim(text, entry.document, entry.reference.span, entry.reference.section)
