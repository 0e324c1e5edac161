"""What a document itself defines: the long form of a short one, and what a name is in another script.

"Long Form (LF)", "LF, the Long Form," and "Long Name (长名)" define; every definition knows the sentence,
heading, caption, cell or reference that gives it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

from ingest.document import CellPosition, Document, Span
from ingest.sentences import sentences
from ingest.words import STOPWORDS, acronyms, fold, foreign_names, tokens

PlaceKind = Literal["sentence", "item", "heading", "caption", "cell", "reference"]
"""What a definition may stand in, the best to quote first."""


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document that may be quoted; `text` is the quote for people."""

    document: Document
    span: Span
    section: int
    kind: PlaceKind
    text: str
    cells: tuple[CellPosition, ...] = ()


@dataclass(frozen=True, slots=True)
class Definition:
    """Two forms of one name, and where the document says both.

    With a `language`, in lower case, the short one is in that language's script. Then `long` may be "":
    the name ends what stands `before`, and it is not clear where it begins.
    """

    place: Place
    short: str
    long: str
    language: str = ""
    before: str = ""


# --- scripts -------------------------------------------------------------------------------------

_SPOKEN: Mapping[str, tuple[str, ...]] = {
    "HIRAGANA": ("japanese",),
    "KATAKANA": ("japanese",),
    "CJK": ("chinese", "japanese"),
    "HANGUL": ("korean",),
    "CYRILLIC": ("russian", "ukrainian", "bulgarian", "serbian", "belarusian", "kazakh"),
    "GREEK": ("greek",),
    "HEBREW": ("hebrew",),
    "ARABIC": ("arabic", "persian", "urdu"),
    "DEVANAGARI": ("hindi", "nepali"),
    "THAI": ("thai",),
}
"""By the first word of its characters' Unicode names, a script's languages, the likeliest first."""
LANGUAGES = frozenset(language for spoken in _SPOKEN.values() for language in spoken)
_LANGUAGE = "|".join(sorted(LANGUAGES))
# What is neither Latin nor punctuation, up to the rare Chinese characters.
_FOREIGN = r"\u0370-\u1dff\u3005\u3040-\ud7ff\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
FOREIGN_WORDS = re.compile(rf"[{_FOREIGN}](?:[{_FOREIGN}\s·・'’-]{{0,98}}[{_FOREIGN}])?")


def _language(words: str, document: Document) -> str:
    """The language of words in another script: of several, the one that the document names most."""
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in words if letter.isalpha()}
    spoken = next((_SPOKEN[script] for script in _SPOKEN if script in scripts), ("",))
    counts = Counter(re.findall(rf"\b(?:{_LANGUAGE})\b", document.text.lower()))
    return max(spoken, key=lambda language: counts[language])


# --- places --------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def places(document: Document) -> tuple[Place, ...]:
    """All that may be quoted of a document, the best kind first, each in the text's order."""
    parts: list[tuple[Span, int, PlaceKind]] = [
        (sentence, part.section, "item" if part.item else "sentence")
        for part in document.paragraphs
        for sentence in sentences(document.text, part.span)
    ]
    parts += [(s.heading, at, "heading") for at, s in enumerate(document.sections) if s.heading]
    parts += [(figure.span, figure.section, "caption") for figure in document.figures]
    parts += [(t.caption_span, t.section, "caption") for t in document.tables if t.caption_span]
    parts += [(entry.span, entry.section, "reference") for entry in document.references]
    found = [
        Place(document, span, section, kind, document.plain(span)) for span, section, kind in parts
    ]
    for at, cell in document.cells():
        if len(cell.span):
            section, text = document.tables[at[0]].section, document.plain(cell.span)
            found.append(Place(document, cell.span, section, "cell", text, (at,)))
    kinds = get_args(PlaceKind)
    return tuple(sorted(found, key=lambda place: (kinds.index(place.kind), place.span)))


# --- definitions ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def definitions(document: Document) -> tuple[Definition, ...]:
    """The names that a document defines, in the order of their places."""
    return tuple(found for place in places(document) for found in _defined_in(place))


def _defined_in(place: Place) -> Iterator[Definition]:
    for pair in acronyms(place.text):
        yield Definition(place, pair.short, pair.long)
    for short, long in _by_initials(place.text):
        yield Definition(place, short, long)
    yield from _in_another_script(place)


_SHORT = r"(?<![\w&-])([A-Z][A-Z0-9&]{1,9})(?![\w&-])"
_LONG_AFTER = re.compile(
    rf"{_SHORT}(?:,\s|\s[–—]\s|['’]s\s|(?P<said>,?\s(?:which\s)?(?:stands\sfor|(?:is\s)?short\sfor"
    r"|is\s(?:the|an)\s(?:acronym|abbreviation)\s(?:of|for))\s))(?:or\s|that\sis,?\s)?(?:the\s)?[\"“]?"
)
_LONG_BEFORE = re.compile(
    rf",\s(?:or|abbreviated(?:\s(?:as|to))?|known\sas|called)\s(?:the\s)?[\"“]?{_SHORT}"
)
_CLAUSE_END = re.compile(r"[|.,;:!?()\[\]]|\s[–—]\s")
_WORD = re.compile(r"[^\W\d_][\w'’]*")
_LONGEST = 150
"""The most characters that a long form has."""


def _by_initials(text: str) -> Iterator[tuple[str, str]]:
    """Such as "LF, the Long Form,", "LF stands for long form" and "Long Form, or LF": short and long."""
    for match in _LONG_AFTER.finditer(text):
        clause = _CLAUSE_END.split(text[match.end() :][:_LONGEST])[0]
        longer = [clause[: word.end()] for word in _WORD.finditer(clause)]
        named = [long for long in longer if match["said"] or _is_capitalised(long)]
        yield from [(match[1], long) for long in named if spells(long, match[1])][:1]
    for match in _LONG_BEFORE.finditer(text):
        clause = _CLAUSE_END.split(text[: match.start()][-_LONGEST:])[-1].rstrip()
        longer = [clause[word.start() :] for word in _WORD.finditer(clause)]
        yield from [(match[1], long) for long in longer if spells(long, match[1])][-1:]


def spells(long: str, short: str) -> bool:
    """Whether the initials of all words make up a short form; function words may be left out."""
    words = [token.text for token in tokens(long)]
    content = [word for word in words if word not in STOPWORDS]
    letters = re.sub(r"\W", "", fold(short))
    if len(letters) < 2 or words[:1] != content[:1]:
        return False
    of_content = words[-1:] == content[-1:] and letters == "".join(word[0] for word in content)
    return of_content or letters == "".join(word[0] for word in words)


def _is_capitalised(long: str) -> bool:
    return all(word[0].isupper() for word in long.split() if fold(word) not in STOPWORDS)


_PARENTHESIS = re.compile(r"[(（]([^()（）]{1,200})[)）]")
_LABELLED = re.compile(
    rf"(?:in\s)?(?:(?P<language>{_LANGUAGE})\s?:?\s)?[\"“]?(?P<words>{FOREIGN_WORDS.pattern})[\"”]?",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(
    rf"(?P<words>{FOREIGN_WORDS.pattern})[\"”’»]?\s?[(（][\"“‘'«]?"
    rf"(?P<long>[^\W\d_][^()（）,;{_FOREIGN}]{{1,100}}?)[\"”’'»]?[)）]"
)


def _in_another_script(place: Place) -> Iterator[Definition]:
    """Such as "Long Name (长名)", "long name (Chinese: 长名)" and "长名 (Long Name)"."""
    names = {pair.short: pair.long for pair in foreign_names(place.text)}
    for parenthesis in _PARENTHESIS.finditer(place.text):
        for piece in re.split(r"[/;,]", parenthesis[1]):
            if match := _LABELLED.fullmatch(piece.strip()):
                words, before = match["words"], place.text[: parenthesis.start()]
                language = (match["language"] or _language(words, place.document)).lower()
                yield Definition(place, words, names.get(words, ""), language, before)
    for match in _EXPLAINED.finditer(place.text):
        words = match["words"]
        yield Definition(place, words, match["long"], _language(words, place.document))
