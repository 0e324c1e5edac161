"""The terms that a question may ask about: how it words one, and what the documents call it.

What the stages share that answer what a short form, a name in another script or a term means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from ingest.definitions import LANGUAGES, definitions
from ingest.document import Document
from ingest.names import Key, NameGroup, Names, form_key
from ingest.thesaurus import thesaurus
from ingest.words import correct, fold
from rag.question import bare

# --- the question --------------------------------------------------------------------------------

TERM = r"(?P<term>\S(?:.*?\S)?)"
"""A term within the pattern of a question."""
_LONGEST_QUESTION = 300
QUOTES = "\"'“”‘’«»„`*_()[] \t"
_TAIL = re.compile(
    r"(?:[\s,;?!.…]|\b(?:pls|plz|please|thanks|thank\s+you|thx|exactly|precisely|actually|again|here)"
    r"|\b(?:according\s+to|in|as\s+used\s+in)\s+(?:the|this)\s+(?:article|text|paper|document|context))+$",
    re.IGNORECASE,
)
_DRESS = re.compile(
    r"(?:(?:the|an?|this|its)\s+)?(?:(?:full\s+)?(?:names?|term|word|acronym|abbreviation|initials|letters"
    r"|short\s+form|phrase|expression|concept)\s+)?(?:of\s+)?(?:(?:the|an?)\s+)?",
    re.IGNORECASE,
)
_FRAME = dict.fromkeys(
    """
    what does mean stand stands short abbreviation abbreviated abbreviate acronym initials full name form
    character characters original called translate translation written write spell meaning definition
    define explain letters term
    """.split()
    + sorted(LANGUAGES),
    1,
)
"""The words that say what is asked of a term."""


def wordings(question: str) -> list[str]:
    """What a question may say: without politeness, and with misspelt words mended that frame it.

    None of a question too long to ask for no more than a term.
    """
    if len(question) > _LONGEST_QUESTION:
        return []
    plain = [_TAIL.sub("", text) for text in (bare(question), question.strip())]
    mended = [re.sub(r"\b[A-Za-z]?[a-z]{3,}\b", _frame_word, text) for text in plain]
    return list(dict.fromkeys(plain + mended))


def _frame_word(word: re.Match[str]) -> str:
    return correct(word.group(), _FRAME, is_real) or word.group()


def is_real(word: str) -> bool:
    """Whether a folded word is a real one, so that it is no misspelling."""
    return bool(thesaurus().rows([word]))


def bare_term(text: str) -> str:
    """A term without the quotation marks and the words around it that only say that it is one."""
    term = text.strip(QUOTES + ":,-–—")
    bared = _DRESS.sub("", term, count=1).strip(QUOTES)
    return " ".join((bared or term).split())


# --- the documents -------------------------------------------------------------------------------


def letters(form: str) -> str:
    """A form's letters and digits: "R & D" and "r&d" are one form, as are "UAVs" and "UAV"."""
    same = re.sub(r"[\W_]", "", fold(form))
    return same.removesuffix("s") if form[-1:] == "s" and form[:-1].isupper() else same


class Lexicon:
    """What documents define, and which forms name one thing."""

    def __init__(self, documents: Sequence[Document], names: Sequence[Names]) -> None:
        self.documents = documents
        known = [found for document in documents for found in definitions(document)]
        self.shortened = [found for found in known if not found.language]
        self.translated = [found for found in known if found.language]
        self._groups: dict[Key, list[NameGroup]] = {}
        for group in (group for each in names for group in each.groups):
            for form in group.forms:
                self._groups.setdefault(form_key(form), []).append(group)

    def is_short_form(self, term: str) -> bool:
        """Whether a document says what a term is short for."""
        return any(letters(found.short) == letters(term) for found in self.shortened)

    def is_country(self, term: str) -> bool:
        """Whether a term is a name of a country."""
        return any(group.kind == "country" for group in self._groups.get(form_key(term), ()))

    def aliases(self, term: str) -> set[str]:
        """The forms that the names have for what a term names, the term among them."""
        return {term}.union(*(group.forms for group in self._groups.get(form_key(term), ())))

    def forms(self, term: str) -> set[str]:
        """The aliases of a term, and the short and long forms that documents define for them."""
        aliases = self.aliases(term)
        return aliases | set(self._defined({letters(form) for form in aliases}))

    def _defined(self, keys: Iterable[str]) -> Iterator[str]:
        for found in self.shortened:
            if letters(found.short) in keys or letters(found.long) in keys:
                yield from (found.short, found.long)
