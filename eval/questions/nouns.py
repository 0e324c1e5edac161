"""What the headers of a table are called in a question: nouns, their plurals, what happened in a year.

A header that makes no decent noun gets none, and no question is asked about its column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*(?: (?:& )?[^\W\d_]+(?:[-'’][^\W\d_]+)*){0,4}")
_REST = re.compile(r"(?<=\S) (?:of|for|in|by|at|on|per|from|with|to|against)(?: .*)?$")
_LIST_END = "of for in by at on from with".split()

_NO_NOUNS = frozenset(
    """
    against agg all and any at average away between by change class comment comments date(s) dec detail
    details drawn double draw feb final finals finish first for fourth from home image images info jan
    jul jun last left link links list loss lost mar misc name net new no none note notes nov now
    number oct only open other others out outcome overall own par per picture place played rank ref
    reference references refs remark remarks report reports second section sep sept single
    the third to tot total totals various versus website win winless won
    """.split()
) | {"left office", "took office", "to par", "number of", "first elected", "re-elected"}
"""Headers that are no nouns, or say too little, or too many things, to ask about."""

_ROW_NO_NOUNS = frozenset("entry item line name names no number record row title titles".split())
"""Headers of the first column that do not say what a row is."""

_SHORT_FORMS = {"pts": "points", "apps": "appearances", "pop": "population", "avg": "average"}
_MEDALS = {"gold", "silver", "bronze"}
_IRREGULAR = {
    "man": "men",
    "woman": "women",
    "person": "people",
    "child": "children",
    "runner-up": "runners-up",
    "medium": "media",
    "crew": "crews",
}
_NO_PLURALS = frozenset(
    """
    address basis bus business canvas class census chess chassis circus corps focus gas genus glass
    gross headquarters class illness loss lens mathematics mass news pass physics politics premises
    press process progress series species status success surplus tennis thesis virus access express
    campus consensus apparatus bonus princess mistress waitress congress
    """.split()
)

_PASSIVE = {
    "founded": "founded founding foundation",
    "established": "established establishment",
    "opened": "opened opening",
    "built": "built construction",
    "completed": "completed completion",
    "released": "released release",
    "born": "born birth",
    "formed": "formed formation",
    "launched": "launched launch",
    "elected": "elected election",
    "appointed": "appointed appointment",
    "introduced": "introduced introduction",
    "commissioned": "commissioned commissioning",
    "created": "created creation",
    "published": "published publication",
    "signed": "signed signing",
    "discovered": "discovered discovery",
    "demolished": "demolished demolition",
    "inaugurated": "inaugurated inauguration",
    "constructed": "constructed",
    "incorporated": "incorporated incorporation",
    "aired": "aired",
    "admitted": "admitted admission",
    "designated": "designated designation",
}
_ACTIVE = {
    "join": ("joined", "joined joining"),
    "die": ("died", "died death"),
    "retire": ("retired", "retired retirement"),
    "close": ("closed", "closed closing closure"),
}
_TIME_WORDS = frozenset("year years date yr when".split())


@dataclass(frozen=True, slots=True)
class Event:
    """What a column of years or dates tells of its rows: "was founded", or "joined"."""

    bare: str
    base: str
    is_passive: bool

    def asked(self, name: str) -> str:
        """The middle of a question about one row: "was X founded", "did X join"."""
        return f"was {name} {self.bare}" if self.is_passive else f"did {name} {self.base}"

    def past(self, *, many: bool) -> str:
        if not self.is_passive:
            return self.bare
        return f"{'were' if many else 'was'} {self.bare}"

    @property
    def past_not(self) -> str:
        """The negative of many rows."""
        return f"were not {self.bare}" if self.is_passive else f"did not {self.base}"

    @property
    def relative(self) -> str:
        """What stands behind a noun: "founded", or "that joined"."""
        return self.bare if self.is_passive else f"that {self.bare}"

    @property
    def infinitive(self) -> str:
        return f"to be {self.bare}" if self.is_passive else f"to {self.base}"

    @property
    def perfect(self) -> str:
        """What stands behind "to have"."""
        return f"been {self.bare}" if self.is_passive else self.bare


def noun_of(header: str) -> str:
    """The noun phrase that a header is, in lower case but for acronyms; "" where it is none."""
    said = _header_words(header)
    if not said or len(re.sub(r"\W", "", said)) < 3 or said.casefold() in _NO_NOUNS:
        return ""
    words = said.split()
    is_shouted = said.isupper() and any(len(word) > 4 for word in words)
    lowered = [word.lower() if is_shouted or not _is_acronym(word) else word for word in words]
    if not is_shouted and _is_acronym(words[0]):
        lowered = words  # "SE Europe", "US Open": what follows may be a name
    noun = _SHORT_FORMS.get(" ".join(lowered), " ".join(lowered))
    if lowered[-1] in _LIST_END or (len(lowered) == 1 and _is_participle(noun)):
        return ""
    return f"{noun} medals" if noun in _MEDALS else noun


def event_of(header: str) -> Event | None:
    """What happened in the year or on the date that such a header heads, where it says so."""
    words = [word.casefold() for word in _header_words(header).split()]
    telling = [
        word for word in words if word not in _TIME_WORDS | {"of", "in", "first", "original"}
    ]
    if telling == ["air"]:
        telling = ["aired"]
    if len(telling) != 1:
        return None
    for participle, forms in _PASSIVE.items():
        if telling[0] in forms.split():
            return _unless_noun(words, telling[0], Event(participle, participle, is_passive=True))
    for base, (past, forms) in _ACTIVE.items():
        if telling[0] in forms.split():
            return _unless_noun(words, telling[0], Event(past, base, is_passive=False))
    return None


def _unless_noun(words: list[str], telling: str, event: Event) -> Event | None:
    """A lone "election" or "release" may be a thing; with "year" or "date", or as a participle, not."""
    is_told = telling == event.bare or any(word in _TIME_WORDS for word in words)
    return event if is_told else None


def event_noun(event: Event) -> str:
    """A noun for the time of an event whose header, such as "Founded", is none."""
    names = {"born": "birth", "joined": "joining", "died": "death", "built": "construction"}
    if event.bare in names:
        return f"year of {names[event.bare]}"
    forms = _PASSIVE.get(event.bare, "").split() or _ACTIVE[event.base][1].split()
    return f"year of {forms[-1]}" if forms[-1] != event.bare else ""


def has_time_word(header: str) -> bool:
    """Whether a header says that its column holds years: in so many words, or as an event."""
    words = {word.casefold() for word in _header_words(header).split()}
    return bool(words & (_TIME_WORDS | {"season", "seasons"})) or event_of(header) is not None


def row_nouns(header: str) -> tuple[str, str]:
    """What one row and what many are called, from the header of the column that names them."""
    noun = noun_of(header)
    head = head_of(noun)
    if not noun or is_plural(noun) or head in _ROW_NO_NOUNS or head.isupper():
        return "entry", "entries"
    return noun, plural(noun)


def head_of(noun: str) -> str:
    """The word that a noun phrase is about: "year" of "year of joining", "weeks" of "weeks at peak"."""
    return _parts(noun)[0].rpartition(" ")[2]


def _parts(noun: str) -> tuple[str, str]:
    """A noun phrase up to its first preposition, and the rest with the space before it."""
    match = _REST.search(noun)
    return (noun[: match.start()], match.group()) if match else (noun, "")


def is_plural(noun: str) -> bool:
    """Whether the head of a noun phrase is a plural."""
    head = head_of(noun).casefold()
    if head in _IRREGULAR.values() or (
        head.endswith("men") and head not in ("specimen", "regimen")
    ):
        return True
    return (
        len(head) > 3
        and head.endswith("s")
        and not head.endswith(("ss", "us", "is"))
        and head not in _NO_PLURALS
    )


def plural(noun: str) -> str:
    """The plural of a noun phrase; a plural stays as it is."""
    if is_plural(noun):
        return noun
    head, rest = _parts(noun)
    *before, last = head.split(" ")
    return " ".join([*before, _plural_word(last)]) + rest


def singular(noun: str) -> str:
    """The singular of a noun phrase in the plural, where the rule for it is a safe one; else itself."""
    head, rest = _parts(noun)
    if not is_plural(noun):
        return noun
    if head.endswith("ies") and len(head) > 5:
        return f"{head[:-3]}y{rest}"
    if head.endswith(("shes", "ches", "sses", "xes")):
        return f"{head[:-2]}{rest}"
    return f"{head[:-1]}{rest}" if head.endswith("s") else noun


def with_article(noun: str) -> str:
    """The noun with "a" or "an"; a plural has no article."""
    if is_plural(noun):
        return noun
    is_vowel = noun[0].lower() in "aeiou" and not re.match(r"(?i)uni|use|eu|one", noun)
    return f"{'an' if is_vowel else 'a'} {noun}"


def possessive(name: str) -> str:
    """The possessive of a name."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def _plural_word(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("man") and word not in ("human", "german"):
        return f"{word[:-3]}men"
    if word in _NO_PLURALS and word.endswith(("ies", "sis", "ics", "news", "corps", "quarters")):
        return word
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search(r"(?:s|x|z|ch|sh)$", word) else f"{word}s"


def _header_words(header: str) -> str:
    """A header without notes and marks, "" where it is not made of a few plain words."""
    said = " ".join(_NOTE.sub(" ", header).split()).strip(" .:*†‡#^")
    return said if _WORDS.fullmatch(said) else ""


def _is_acronym(word: str) -> bool:
    return len(word) > 1 and (word.isupper() or any(c.isupper() for c in word[1:]))


def _is_participle(word: str) -> bool:
    known = {form for forms in _PASSIVE.values() for form in forms.split()[:1]}
    return word in known or (
        word.endswith("ed") and len(word) > 4 and word not in ("seed", "speed")
    )
