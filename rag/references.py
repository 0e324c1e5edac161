"""Questions about the bibliography: an entry by number, author, year, title, publisher or address, what
all entries have in common, and where the text uses one.

A question is held against the fields of every entry. Nothing here needs vectors: a name or a number
either stands in an entry or it does not. Where that is not surely what is asked, nothing is said, so
that the text and its tables can answer.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rapidfuzz.distance import DamerauLevenshtein

from ingest.bibliography import Entry, Use, entries, people, uses
from ingest.document import Document
from ingest.words import Token, stems, tokens
from rag.answer import Claim, Draft, bold, literal
from rag.bibliographic import (
    CARDINALS,
    LANGUAGES,
    ORDINALS,
    Asked,
    Field,
    at_address,
    bare,
    read,
    stem_of,
)

_MOST_SHOWN = 6
_FIRST_SHOWN = 5
_MOST_COUNTED = 25
_LEAST_COVERED = 0.6
"""The share of a question's words, by weight, that an entry must hold to be an answer."""
_LEAST_SURE = 0.5
"""Below this confidence nothing is said: the question is for somebody else."""


# --- the answer ----------------------------------------------------------------------------------


def answer(question: str, documents: Sequence[Document]) -> Draft | None:
    """What the bibliographies of the documents say to a question about references.

    One claim an entry, its short answer first in bold: the author to "who wrote", the year to "when",
    the publisher to "who published" and "where", else the title. To "where is it used" the sentences
    that carry its mark. None where the question does not ask for references, or no entry fits. Never
    raises.
    """
    known = _known(documents)
    if not known:
        return None
    asked = read(question, documents, known)
    draft = _answer(asked, known)
    return draft if draft is not None and draft.confidence >= _LEAST_SURE else None


def _known(documents: Sequence[Document]) -> list[Entry]:
    return [entry for document in documents for entry in entries(document)]


def _answer(asked: Asked, known: Sequence[Entry]) -> Draft | None:
    if asked.address:
        return _used_or_draft(at_address(asked.address, known), asked, 0.95)
    if asked.numbers:
        return _numbered(asked, known)
    if asked.anchor == "none" and not (asked.words and (asked.by or asked.aspect)):
        return None
    among, filtered = _filtered(asked, known)
    if not asked.words:
        return _used_or_draft(among, asked, 0.9) if filtered else _whole(asked, known)
    chosen, confidence = _matching(asked, among)
    if chosen and confidence >= _LEAST_SURE:
        return _used_or_draft(chosen, asked, confidence)
    return _backing(asked, known)


def _used_or_draft(chosen: Sequence[Entry], asked: Asked, confidence: float) -> Draft | None:
    if asked.uses and (asked.anchor != "none" or asked.by or asked.address):
        return _uses_of(chosen, confidence)
    return _draft(chosen, asked, confidence)


# --- by address and by number --------------------------------------------------------------------


def _numbered(asked: Asked, known: Sequence[Entry]) -> Draft | None:
    """The entries of these numbers; less surely where the question says more than they hold."""
    chosen = [entry for entry in known if entry.reference.number in asked.numbers]
    if not chosen:
        return None
    if asked.uses:
        return _uses_of(chosen, 0.95)
    if re.search(r"\bhow (?:many|much|long)\b", asked.folded) and asked.aspect != "authors":
        return None
    confidence = 0.97 if len(chosen) == len(asked.numbers) else 0.85
    spoken = {*ORDINALS, *CARDINALS, "marked"}
    more = [
        word
        for word in asked.words
        if word.text not in spoken
        and not word.text[0].isdigit()
        and not any(_place(word.text, entry)[0] for entry in chosen)
    ]
    return _draft(chosen, asked, confidence * (1.0, 0.6, 0.3)[min(len(more), 2)], numbered=True)


# --- by what entries have in common --------------------------------------------------------------

_EXTREME = re.compile(r"\b(oldest|earliest|newest|latest|most recent)\b")
_BOUND = re.compile(
    r"\b(before|after|since|until|older than|newer than|between|from) ((?:1[5-9]|20)\d\d)(?: (?:and|to|until) ((?:1[5-9]|20)\d\d))?"
)
_FIELD = re.compile(
    r"\b(?:(no|without(?: an?| any)?|lack(?:s|ing)?(?: an?)?|missing(?: an?)?)|(?:has|have|with) an?) (?:named )?"
    r"(authors?|year|date|publisher|links?|urls?|address|doi)\b"
)
_FIELDS: Mapping[str, Field] = {
    "author": "authors", "authors": "authors", "year": "year", "date": "year", "publisher": "publisher",
}  # fmt: skip
_ACCESSED = re.compile(r"\b(?:accessed|retrieved|visited) (?:on |in )?(\d[\d/.-]+)")
_BY_MANY = re.compile(
    r"\b(?:has|have|with|by|had) (only one|one|a single|two|three|four|more than one|several|multiple) authors?\b"
)


def _filtered(asked: Asked, known: Sequence[Entry]) -> tuple[list[Entry], bool]:
    """The entries that fit what a question says of all, and whether it says any such thing."""
    if asked.anchor == "none":
        return list(known), False
    kept = list(known)
    if bound := _BOUND.search(asked.folded):
        low, high = _years(bound)
        kept = [entry for entry in kept if entry.year is not None and low <= entry.year <= high]
    if asked.language:
        script, never = LANGUAGES[asked.language]
        kept = [
            entry
            for entry in kept
            if entry.script == script and not set(never) & set(entry.said("title").lower())
        ]
    if given := _FIELD.search(asked.folded):
        kept = [entry for entry in kept if _gives(entry, given[2]) != bool(given[1])]
    if accessed := _ACCESSED.search(asked.folded):
        kept = [entry for entry in kept if accessed[1] in entry.said("accessed")]
    if many := _BY_MANY.search(asked.folded):
        kept = [entry for entry in kept if _fits(len(people(entry.said("authors"))), many[1])]
    extreme = _EXTREME.search(asked.folded)
    if extreme and (dated := [entry.year for entry in kept if entry.year is not None]):
        year = min(dated) if extreme[1] in ("oldest", "earliest") else max(dated)
        kept = [entry for entry in kept if entry.year == year]
    return kept, any((bound, asked.language, given, accessed, many, extreme))


def _gives(entry: Entry, name: str) -> bool:
    said = entry.said(_FIELDS.get(name, "url"))
    return "doi" in said.lower() if name == "doi" else bool(said)


def _years(bound: re.Match[str]) -> tuple[int, int]:
    word, year, other = bound[1], int(bound[2]), int(bound[3] or bound[2])
    return {
        "before": (0, year - 1), "older than": (0, year - 1), "until": (0, year),
        "after": (year + 1, 9999), "newer than": (year + 1, 9999), "since": (year, 9999),
        "between": (year, other), "from": (year, other),
    }[word]  # fmt: skip


def _fits(count: int, said: str) -> bool:
    if said in ("more than one", "several", "multiple"):
        return count > 1
    return count == {"two": 2, "three": 3, "four": 4}.get(said, 1)


def _whole(asked: Asked, known: Sequence[Entry]) -> Draft | None:
    """The count of a bibliography, or its first entries; of several documents, of the first one."""
    if asked.aspect in ("authors", "year", "publisher", "accessed", "url") or asked.uses:
        return None
    of_it = [entry for entry in known if entry.document.id == known[0].document.id]
    count, last = len(of_it), of_it[-1]
    countable = last.reference.number == count
    if asked.counts:
        if not countable:
            return None
        text = f"**{count}**; the last one is reference {count}: {_entry_text(last)}"
        return Draft((_claim(last, text),), 0.95, "prose")
    if not asked.lists:
        return None
    shown = of_it[:_FIRST_SHOWN]
    rest = [last] if countable and count > len(shown) else []
    # A count must stand in what is cited, as all numbers of an answer: the last entry's number does.
    lead = (
        f"The bibliography has **{count}** entries, among them:" if countable else "Among others:"
    )
    return Draft(tuple(_bullets(lead, [*shown, *rest])), 0.85, "prose")


# --- by words ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Hit:
    """How well an entry fits a question: the share of the words that it holds, and in which fields."""

    entry: Entry
    covered: float
    kinds: frozenset[Field]
    confidence: float


def _matching(asked: Asked, among: Sequence[Entry]) -> tuple[list[Entry], float]:
    """The entries that hold the question's words, where they hold enough of them, and how surely."""
    words = [word for word in asked.words if not _is_said_otherwise(word, asked)]
    if not words or not among:
        return list(among), 0.9 if among else 0.0
    weights = _weights(words, among)
    hits = [_hit(asked, words, entry, weights) for entry in among]
    best = max(hits, key=lambda hit: (hit.covered, hit.confidence))
    if best.covered < _LEAST_COVERED or best.confidence <= 0:
        return [], 0.0
    chosen = [
        hit
        for hit in hits
        if hit.covered >= best.covered - 0.01
        and ("title" in hit.kinds) == ("title" in best.kinds)
        and hit.confidence >= 0.75 * best.confidence
    ]
    sure = best.confidence if len(chosen) <= _MOST_SHOWN else 0.8 * best.confidence
    return [hit.entry for hit in chosen], round(sure, 3)


def _is_said_otherwise(word: Token, asked: Asked) -> bool:
    """Whether a word is part of what was filtered by: the years of a range, a language."""
    if asked.anchor == "none":
        return False
    bounds = [found.group() for by in (_BOUND, _ACCESSED) if (found := by.search(asked.folded))]
    return word.text == asked.language or any(word.text in bound for bound in bounds)


def _weights(words: Iterable[Token], among: Sequence[Entry]) -> dict[str, float]:
    """How much each word of the question tells: the fewer entries hold it, the more."""
    weights = {}
    for word in words:
        stem = stem_of(word.text)
        held = sum(stem in e.title or stem in e.authors or stem in e.publisher for e in among)
        weights[word.text] = 1.0 - 0.7 * held / (len(among) + 1)
    return weights


def _hit(asked: Asked, words: Sequence[Token], entry: Entry, weights: Mapping[str, float]) -> _Hit:
    covered, kinds = 0.0, set[Field]()
    for word in words:
        kind, credit = _place(word.text, entry, titles_first=asked.topic)
        if kind:
            kinds.add(kind)
            covered += weights[word.text] * credit
    for one, other in pairwise(words):  # "Space News" and "SpaceNews"
        if one.text + other.text in entry.publisher:
            covered += weights[one.text] + weights[other.text]
            kinds = kinds - {"title"} | {"publisher"}
    share = min(covered / sum(weights[word.text] for word in words), 1.0)
    sure = _confidence(asked, entry, share, kinds) if share >= _LEAST_COVERED else 0.0
    return _Hit(entry, share, frozenset(kinds), sure)


def _place(word: str, entry: Entry, *, titles_first: bool = True) -> tuple[Field | None, float]:
    """The field of an entry that holds a word, and how surely: a misspelt name counts a little less."""
    stem = stem_of(word)
    if word.isdigit() and len(word) == 4 and int(word) == entry.year:
        return "year", 1.0
    title: tuple[Field, Collection[str]] = ("title", entry.title)
    publisher: tuple[Field, Collection[str]] = ("publisher", entry.publisher)
    others = (title, publisher) if titles_first else (publisher, title)
    for kind, words in (("authors", entry.authors), *others):
        if stem in words:
            return kind, 1.0
    if len(word) >= 5 and any(_one_letter_off(word, name) for name in entry.names):
        return "authors", 0.9
    if len(stem) >= 6 and any(other.startswith(stem) for other in entry.title):
        return "title", 0.8  # "Hungary" and "Hungarian"
    return None, 0.0


def _one_letter_off(word: str, name: str) -> bool:
    return len(name) >= 5 and DamerauLevenshtein.distance(word, name, score_cutoff=1) <= 1


def _confidence(asked: Asked, entry: Entry, share: float, kinds: set[Field]) -> float:
    """How sure it is that an entry is meant; 0 where the question's form asks for another field."""
    named = "authors" in kinds and _is_named(asked, entry)
    if "authors" in kinds and not named:
        kinds = kinds - {"authors"} | {"title"}
    titled = _title_share(asked, entry)
    if asked.anchor != "none":
        sure = 0.65 + 0.3 * titled if "title" in kinds else 0.88
        return share * sure * (1.0 if asked.anchor == "surely" or share > 0.8 else 0.6)
    if asked.aspect:
        if _is_of(entry, asked):
            return share * share * 0.8
        if "title" not in kinds and not (
            named and (asked.aspect != "authors" or _OTHERS.search(asked.folded))
        ):
            return 0.0
        one_word = (
            len(asked.words) == 1 and titled < 0.6 and not named and asked.aspect != "accessed"
        )
        sure = max(0.4 + 0.55 * titled, 0.8 if named else 0.0)
        return share * share * sure * (0.6 if one_word else 1.0)
    if asked.by and (named or "publisher" in kinds):
        return share * share * (0.9 if named else 0.8)
    return 0.0


def _is_of(entry: Entry, asked: Asked) -> bool:
    """Whether the question calls a work after who published it: "the Gazette article"."""
    return bool(asked.called & entry.publisher)


def _is_named(asked: Asked, entry: Entry) -> bool:
    """Whether the question names the author: a surname, or half of the words of an organisation."""
    words = {word.text for word in asked.words}
    if any(_one_letter_off(word, name) or word == name for word in words for name in entry.names):
        return True
    return 2 * len({stem_of(word) for word in words} & entry.authors) >= len(entry.authors)


def _title_share(asked: Asked, entry: Entry) -> float:
    """The share of the title's words that stand in the question; words that open it in order tell more."""
    if not entry.title:
        return 0.0
    title = set(entry.title)
    share = len(title & set(stems(asked.text))) / len(title)
    opening = 0
    said = f" {' '.join(token.text for token in tokens(asked.text))} "
    words = [token.text for token in tokens(entry.said("title"))]
    while opening < len(words) and f" {' '.join(words[: opening + 1])} " in said:
        opening += 1
    return max(share, min(0.5 + 0.1 * opening, 1.0)) if opening >= 3 else share


# --- where the text uses them --------------------------------------------------------------------


def _uses_of(chosen: Sequence[Entry], confidence: float) -> Draft | None:
    """The sentences that carry the marks of these entries."""
    found = [
        (entry.document, use)
        for document in {entry.document.id: entry.document for entry in chosen}.values()
        for use in uses(document)
        for entry in chosen
        if entry.document.id == document.id and entry.index in use.entries
    ]
    claims = tuple(_use_claims(found[:_MOST_SHOWN]))
    return Draft(claims, confidence, "prose") if claims else None


def _use_claims(found: Sequence[tuple[Document, Use]]) -> Iterator[Claim]:
    for at, (document, use) in enumerate(found):
        opening = ("\n- " if at else "- ") if len(found) > 1 else ""
        said = document.plain(use.span)
        if said.startswith("|"):
            said = "; ".join(part.strip() for part in said.strip("| ").split("|") if part.strip())
        yield Claim(f"{opening}{literal(said)}", document, use.span, use.section)


def _backing(asked: Asked, known: Sequence[Entry]) -> Draft | None:
    """The entries that the text names where it says what the question asks a source for."""
    wanted = {stem_of(word.text) for word in asked.words}
    if asked.anchor == "none" or not asked.backs or len(wanted) < 2:
        return None
    documents = {entry.document.id: entry.document for entry in known}.values()
    found = [
        (len(wanted & set(stems(document.plain(use.span)))) / len(wanted), document, use)
        for document in documents
        for use in uses(document)
    ]
    share, document, use = max(found, key=lambda each: each[0], default=(0.0, None, None))
    if document is None or use is None or share < 0.75:
        return None
    chosen = [e for e in known if e.document.id == document.id and e.index in use.entries]
    draft = _draft(chosen, asked, 0.8 * share)
    if draft is None:
        return None
    (said,) = _use_claims([(document, use)])
    return Draft((*draft.claims, replace(said, text=f"\n{said.text}")), draft.confidence, "prose")


# --- what is missing -----------------------------------------------------------------------------

_LACKING: Mapping[Field, str] = {
    "authors": "author", "year": "year", "publisher": "publisher", "url": "address",
    "title": "title", "accessed": "date of access",
}  # fmt: skip


def missing(question: str, documents: Sequence[Document]) -> str | None:
    """Why a question for entries of the bibliography has no answer: none has that number, name, year or
    address, or the one that is meant lacks what is asked for.

    None where that is not what it asks for, or all is there. The count is that of the bibliography; an
    abstention that says it can cite the last entry for it.
    """
    known = _known(documents)
    asked = read(question, documents, known)
    if not known:
        return _without_bibliography(asked)
    if asked.numbers:
        return _absent(asked, known) or _lacking(asked, known)
    if asked.address:
        there = any(bare(asked.address) in document.text.lower() for document in documents)
        return None if there else f"{_size(known)}; none of them has this address."
    if asked.anchor == "none" or _answer(asked, known) is not None:
        return None
    return _unnamed(asked, known)


def _without_bibliography(asked: Asked) -> str | None:
    if asked.numbers:
        no_such = f"and so no reference {_either(asked.numbers)}"
        return f"The article has no numbered bibliography, {no_such}."
    meant = asked.anchor == "surely" or (asked.anchor == "maybe" and asked.counts)
    return "The article has no numbered bibliography." if meant else None


def _absent(asked: Asked, known: Sequence[Entry]) -> str | None:
    """Why there is no entry of a number."""
    there = {entry.reference.number for entry in known}
    absent = [number for number in asked.numbers if number not in there]
    return f"{_size(known)}; there is no reference {_either(absent)}." if absent else None


def _size(known: Sequence[Entry]) -> str:
    """How many entries there are, where the last one's number says so too."""
    if known[-1].reference.number != len(known):
        return "The bibliography has other entries"
    return f"The bibliography has {len(known)} entries"


def _lacking(asked: Asked, known: Sequence[Entry]) -> str | None:
    """Why one entry does not answer: it has no such field, or the text does not use it."""
    wanted = asked.numbers
    chosen = [entry for entry in known if entry.reference.number in wanted]
    if asked.uses:
        used = _uses_of(chosen, 1.0) is not None
        return None if used else f"No mark in the text names reference {_either(wanted)}."
    if asked.aspect is None or len(chosen) != 1 or _short(chosen[0], asked):
        return None
    nth = f"{nth[1]} " if (nth := _NTH_AUTHOR.search(asked.folded)) else ""
    return (
        f"The bibliography gives no {nth}{_LACKING[asked.aspect]} for reference {_either(wanted)}."
    )


def _unnamed(asked: Asked, known: Sequence[Entry]) -> str | None:
    """Why no entry is picked: none is of that year or language, or none names what was asked for."""
    bound = _BOUND.search(asked.folded)
    among, filtered = _filtered(asked, known)
    if filtered and not among:
        if asked.language:
            return f"{_size(known)}; none of them is in {asked.language.title()}."
        if bound:
            return f"{_size(known)}; none of them is {bound.group()}."
        return f"{_size(known)}; none of them is like that."
    absent = [word for word in asked.words if not any(_place(word.text, e)[0] for e in known)]
    if asked.anchor != "surely" and not (asked.by and asked.work):
        return None
    if not absent or (asked.anchor == "maybe" and len(absent) < len(asked.words)):
        return None
    named = " ".join(asked.text[w.start : w.end] for w in absent)
    return f"{_size(known)}; none of them names {named}."


def _either(numbers: Sequence[int]) -> str:
    return " or ".join(str(number) for number in numbers)


# --- claims --------------------------------------------------------------------------------------

_NTH_AUTHOR = re.compile(r"\b(first|second|third|fourth|fifth|last) (?:named )?(?:co-?)?author\b")
_HOW_MANY_AUTHORS = re.compile(r"\bhow many (?:different )?authors\b")
_OTHERS = re.compile(
    r"\bwho else\b|\bco-?(?:authors?|authored|writers?|wrote|written)\b|\btogether with\b"
)
_WHICH_NUMBER = re.compile(r"\b(?:which|what) (?:reference|footnote|number|citation)\b")


def _draft(
    chosen: Sequence[Entry], asked: Asked, confidence: float, *, numbered: bool = False
) -> Draft | None:
    """One entry with its short answer, or several as a list: all of them where they are counted."""
    if not chosen:
        return None
    counted = asked.counts and not _HOW_MANY_AUTHORS.search(asked.folded)
    if len(chosen) == 1 and counted:
        text = f"**Only one**: {_entry_text(chosen[0])}"
        return Draft((_claim(chosen[0], text),), confidence, "prose")
    if len(chosen) == 1:
        if asked.aspect and not _short(chosen[0], asked):
            return None
        text = _with_short(
            chosen[0], asked, numbered=numbered or bool(_WHICH_NUMBER.search(asked.folded))
        )
        return Draft((_claim(chosen[0], text),), confidence, "prose")
    most = _MOST_COUNTED if counted else _MOST_SHOWN
    lead = "Among others:" if len(chosen) > most else ""
    if counted and not lead:
        lead = _count_lead(chosen)
    return Draft(tuple(_bullets(lead, chosen[:most], numbered=numbered)), confidence, "prose")


def _count_lead(chosen: Sequence[Entry]) -> str:
    """The count, where it can be cited: every number of an answer must stand in its evidence."""
    count = str(len(chosen))
    cited = " ".join(entry.document.plain(entry.reference.span) for entry in chosen)
    return f"**{count}**:" if count in re.findall(r"(?<![\d.,])\d+(?![\d.,])", cited) else "These:"


def _with_short(entry: Entry, asked: Asked, *, numbered: bool) -> str:
    """The short answer in bold, then the entry."""
    short = _short(entry, asked)
    name = f"reference {entry.reference.number}: " if numbered else ""
    if not short:
        return f"In {name}{_entry_text(entry)}" if name else _entry_text(entry)
    return f"{bold(short)} — {name}{_entry_text(entry)}"


def _short(entry: Entry, asked: Asked) -> str:
    """What an entry says to what is asked; an address names its site where there is no publisher."""
    aspect = asked.aspect or "title"
    said = entry.said(aspect)
    if aspect == "authors" and (nth := _NTH_AUTHOR.search(asked.folded)):
        named = people(said)
        place = -1 if nth[1] == "last" else ORDINALS.index(nth[1])
        return named[place] if place < len(named) else ""
    if aspect == "authors" and _OTHERS.search(asked.folded):
        words = {word.text for word in asked.words}
        others = [each for each in people(said) if not words & {t.text for t in tokens(each)}]
        return "; ".join(others)
    if aspect == "publisher" and not said:
        host = re.match(r"(?:https?://)?(?:www\.)?([^/\s]+)", entry.said("url"))
        return host[1] if host else ""
    return said


def _entry_text(entry: Entry, *, title_in_bold: bool = False) -> str:
    body = entry.document.plain(entry.fields.body)
    title = entry.said("title")
    if title_in_bold and title and title in body:
        before, _, after = body.partition(title)
        return f"{literal(before)}{bold(title)}{literal(after)}"
    return literal(body)


def _bullets(lead: str, shown: Sequence[Entry], *, numbered: bool = False) -> Iterator[Claim]:
    """One claim an entry, each on a line of its own."""
    for at, entry in enumerate(shown):
        opening = f"{lead}\n" if lead and at == 0 else "\n" if at else ""
        name = f"reference {entry.reference.number}: " if numbered else ""
        yield _claim(entry, f"{opening}- {name}{_entry_text(entry, title_in_bold=True)}")


def _claim(entry: Entry, text: str) -> Claim:
    return Claim(text, entry.document, entry.reference.span, entry.reference.section)
