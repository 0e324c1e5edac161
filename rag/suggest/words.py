"""How a document's names and nouns are written inside a question, and what a question is made of."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ingest.document import Document, Span
from ingest.sentences import sentences

Kind = Literal[
    "about", "lookup", "fact", "short form", "count", "list", "row", "table", "section", "reference"
]

_FIRST_PARAGRAPHS, _FIRST_CHARACTERS = 200, 300_000
"""How far a document is looked at: a few questions need no more, and megabytes would take long."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, where it should be answered from, and what a right answer says.

    `span` is that of a sentence, row, caption, heading's section or reference; `table` is the table's
    number where any of its cells will do. `says` are words that the answer must hold.
    """

    question: str
    kind: Kind
    span: Span
    table: int | None = None
    says: tuple[str, ...] = ()


class Text:
    """A document's running text, as far as it is looked at: its sentences and how it writes names."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.sentences = [
            (sentence, document.plain(sentence))
            for paragraph in document.paragraphs[:_FIRST_PARAGRAPHS]
            if paragraph.span.end <= _FIRST_CHARACTERS
            for sentence in sentences(document.text, paragraph.span)
        ]

    @cached_property
    def prose(self) -> str:
        return "\n".join(text for _, text in self.sentences)

    @cached_property
    def _inside(self) -> Counter[str]:
        """How often each word stands inside sentences, as it is written there."""
        return Counter(re.findall(r"(?<=[\w,;)] )[\w’'-]+", self.prose))

    def inside(self, name: str) -> str:
        """A name as it is written inside a sentence: with a small letter where the text does so."""
        first = re.match(r"[\w’'-]+", name)
        if first is None or not first.group()[1:].islower():
            return name
        word = first.group()
        small = word[0].lower() + word[1:]
        return small + name[first.end() :] if self._inside[small] > self._inside[word] else name

    def is_name(self, word: str) -> bool:
        """Whether a word that opens a sentence is a name: in capitals, or written so elsewhere too."""
        return not word[1:].islower() or self._inside[word] > self._inside[word.lower()]

    def always_capital(self, word: str) -> bool:
        """Whether the text writes a word inside sentences, and always with its capital."""
        return self._inside[word] > 0 and not self._inside[word.lower()]

    def with_article(self, name: str) -> str:
        """A name with "the" where the text mostly says it so, or names of its kind have one."""
        if name.startswith(("the ", "The ", "a ", "A ", "an ", "An ")):
            return name
        pattern = rf"(?<![\w’'(-]){re.escape(name)}(?![\w’'-])"
        said = len(re.findall(pattern, self.prose))
        definite = len(
            re.findall(rf"\b(?:[Tt]he|[Aa]n?|[Ii]ts|[Tt]heir|[Oo]ur) {pattern}", self.prose)
        )
        needs = definite * 2 > said or (not said and _WITH_ARTICLE.search(name))
        return f"the {name}" if needs else name


_WITH_ARTICLE = re.compile(
    r"^United [A-Z]|^(?:Academy|Bank|Battle|City|House|Institute|Isle|Kingdom|Museum|Republic|University) of\b"
    r"|\b(?:Islands|Mountains|Alps|States|Republic|Kingdom|Union|Federation|River|Sea|Ocean|Desert)$"
)
"""Names that take "the" by their kind, where the text does not say them."""


_NO_PLURAL = re.compile(r"(?:ness|ware|ing|ance|ence|ment|ity|tion|sion|ism|ics)$")
HAPPENED = frozenset(
    """
    abolished adopted born built closed commissioned completed consecrated constructed created demolished
    discovered dissolved erected established formed founded inaugurated incorporated introduced invented
    launched opened published ratified released restored signed
    """.split()
)
"""What can have happened to a thing: "When was it …?"."""

IRREGULAR = {"person": "people", "man": "men", "woman": "women", "child": "children"}


def head(noun: str) -> str:
    """The word of a noun phrase that has its number: "year" of "year of joining"."""
    return re.split(r" (?:of|for|in|by|at|on|per|from|with|to)\b", noun)[0].split()[-1]


def is_plural(word: str) -> bool:
    """Whether a word ends like a plural."""
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))


def plural(noun: str) -> str:
    """The plural of a single noun, "" where it has none."""
    if is_plural(noun) or noun in IRREGULAR.values():
        return noun
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if _NO_PLURAL.search(noun) or not noun.islower():
        return ""
    if re.search(r"[^aeiou]y$", noun):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else f"{noun}s"


def singular(nouns: str) -> str:
    """The singular that `plural` makes this plural of, "" of none."""
    irregular = {many: one for one, many in IRREGULAR.items()}
    if not nouns or nouns in irregular:
        return irregular.get(nouns, "")
    forms = (re.sub(r"ies$", "y", nouns), re.sub(r"es$", "", nouns), nouns[:-1])
    return next((one for one in forms if one != nouns and plural(one) == nouns), "")
