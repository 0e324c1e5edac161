"""Questions about names: what a short form stands for, a name's short form, what it is called in another
script, and what such a name means.

The answer is what the documents themselves define (`ingest.definitions`), or a name of the glossary that
they say. Where that is not surely what is asked, nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

from ingest.definitions import FOREIGN_WORDS, LANGUAGES, Definition, places, spells
from ingest.document import Document
from ingest.names import Names
from ingest.words import STOPWORDS, stems, tokens
from rag.answer import Claim, Draft, bold, literal
from rag.lexicon import TERM, Lexicon, bare_term, letters, wordings

Kind = Literal["long", "full name", "short", "script", "meaning"]
"""What is asked for: the long form of an abbreviation, that of any name, the short form, the name in
another script, or what words in another script mean."""

_LONGEST_SENTENCE = 30
_MOST_MEANINGS = 3
_EXACT, _NEAR = 0.95, 0.9
"""How sure an answer is whose term the document defines in these words, or in others."""


def answer(
    question: str, documents: Sequence[Document], names: Sequence[Names] = ()
) -> Draft | None:
    """The long form, the short form, the name in another script or its meaning, as the article gives it.

    The short answer in bold, then its sentence where that has at most 30 words. `names` are those of
    the documents, by which a term is also found under its other names. None where the question asks for
    no such thing or the article defines no such term. Never raises.
    """
    lexicon: Lexicon | None = None
    for asked in _readings(question):
        lexicon = lexicon or Lexicon(documents, names)
        if (found := _ANSWERS[asked.kind](asked, lexicon)) is not None:
            return found
    return None


# --- what is asked -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question: what is asked for, of which term, in which language ("" for any)."""

    kind: Kind
    term: str
    language: str = ""


_ASK = r"(?:(?:what|which)(?:['’]?s|\s+(?:is|are|was))?\s+|(?:give|show|tell|find)\s+(?:me\s+)?)?(?:the\s+|its\s+)?"
_HOW = r"(?:how\s+(?:is|are|do|does|would|should|can|to)\s+)?(?:(?:you|one|i|we|it|they|(?:the|this)\s+(?:article|text|author))\s+)?"
_JOINT = r"(?:['’]s)?\s*[-–—:,(]?\s*"
_SHORT = r"(?:official\s+|usual\s+)?(?:abbreviations?|acronyms?|initialisms?|initials|letters|(?:short|abbreviated)\s+(?:form|name|version))"
_FULL = r"(?:full|long|complete|whole|unabbreviated|expanded)\s+(?:names?|forms?|titles?|version|meaning)"
_WRITTEN = r"(?:written|spelled|spelt|said|called|named|rendered|translated|expressed|known)"
_NAME = r"(?:\s+(?:language|original|name|term|title|word|characters?|script|spelling|letters|translation))*"
_IN = rf"(?:(?:original|simplified|traditional|mandarin)\s+)?(?P<language>mandarin|{'|'.join(sorted(LANGUAGES))}){_NAME}"
_WORDINGS: tuple[tuple[Kind, str], ...] = (
    ("long", rf"what\s+(?:do|does|did)\s+{TERM}\s+(?:stands?\s+for|mean|abbreviate)"),
    ("long", rf"(?:what(?:['’]?s|\s+is)\s+)?{TERM}\s+(?:is\s+)?(?:(?:stands?|short)\s+for|an?\s+{_SHORT}\s+(?:for|of))(?:\s+what)?"),
    ("long", rf"{_ASK}(?:(?:expansion|meaning|definition)\s+of|meant\s+by)\s+{TERM}"),
    ("full name", rf"(?=.*\b(?:out|in\s+full)\b){_HOW}(?:spell|spelled|write|written)\s+(?:out\s+)?{TERM}(?:\s+out|\s+in\s+full)?"),
    ("full name", rf"{_ASK}{_FULL}\s+(?:of|for|behind)\s+{TERM}"),
    ("full name", rf"{_ASK}{TERM}{_JOINT}{_FULL}\)?"),
    ("short", rf"{_ASK}{_SHORT}\s+(?:of|(?:is\s+)?(?:used\s+)?for)\s+{TERM}"),
    ("short", rf"(?:how|what)\s+(?:is|are)\s+{TERM}\s+(?:abbreviated|shortened|(?:called|known)\s+for\s+short)"),
    ("short", rf"{_HOW}(?:abbreviate|shorten)\s+{TERM}"),
    ("short", rf"{_ASK}{TERM}{_JOINT}{_SHORT}\)?"),
    ("script", rf"{_ASK}(?:{_IN}|(?:original|native|local)\s+(?:name|title|script))\s+(?:of|for)\s+{TERM}"),
    ("script", rf"{_HOW}(?:write|say|spell|call|translate)\s+{TERM}\s+(?:in|into|with)\s+{_IN}"),
    ("script", rf"(?:how\s+(?:is|are)\s+)?{_ASK}(?:(?:name|term|word|characters?)\s+(?:of|for)\s+)?{TERM}(?:\s+{_WRITTEN})?{_JOINT}(?:in\s+)?{_IN}\)?"),
)  # fmt: skip
"""How each thing is asked for. The whole question must be worded so: what more it says changes it."""
_PATTERNS = [(kind, re.compile(rf"\W*{words}", re.IGNORECASE)) for kind, words in _WORDINGS]
_ASKS_MEANING = (
    STOPWORDS - set("who whom whose when where why which".split())
    | LANGUAGES
    | set("mean means meaning meant translate translation english name term word words".split())
    | set("stand stands phrase characters called say known refer define explain original".split())
)


def _readings(question: str) -> Iterator[_Asked]:
    """What a question may ask for."""
    for text in wordings(question):
        foreign = FOREIGN_WORDS.findall(text)
        rest = {token.text for token in tokens(FOREIGN_WORDS.sub(" ", text))}
        if len(foreign) == 1 and rest <= _ASKS_MEANING:
            yield _Asked("meaning", foreign[0])
        for kind, pattern in _PATTERNS:
            match = pattern.fullmatch(text)
            term = bare_term(match["term"]) if match and not foreign else ""
            if match and term and term not in STOPWORDS:  # "IT" may be one, "it" is none
                language = (match.groupdict().get("language") or "").lower()
                yield _Asked(kind, term, "chinese" if language == "mandarin" else language)


# --- which definition is meant -------------------------------------------------------------------


def _named(
    term: str, among: Sequence[Definition], lexicon: Lexicon
) -> tuple[list[Definition], float]:
    """The definitions of a term, under any of its names, and how sure that is."""
    keys = {letters(form) for form in lexicon.forms(term)}
    exact = [
        each
        for each in among
        if letters(each.long) in keys or (not each.language and letters(each.short) in keys)
    ]
    if exact:
        return exact, _EXACT
    asked = stems(term)
    closing = [
        each
        for each in among
        if len(asked) > len(stems(each.long)) and stems(each.before)[-len(asked) :] == asked
    ]
    if closing:
        return closing, _EXACT
    scores = [_likeness(term, each.long) for each in among]
    best = [each for each, score in zip(among, scores, strict=True) if 0 < score == max(scores)]
    return (best if len({letters(each.short) for each in best}) == 1 else []), _NEAR


def _likeness(term: str, form: str) -> float:
    """The share of a form's words that a term has, if misspelt, of at least two and 60%; else 0."""
    asked, said = set(stems(term)), set(stems(form))
    if not asked or not all(any(_alike(one, other) for other in said) for one in asked):
        return 0.0
    share = len(asked) / len(said)
    return share if share >= 1 or (share >= 0.6 and len(asked) > 1) else 0.0


def _alike(one: str, other: str) -> bool:
    """Whether two stems are the same, but for a letter in a long word."""
    long = min(len(one), len(other)) >= 5
    return one == other or (long and DamerauLevenshtein.distance(one, other) <= 1)


def _spelled_out(shorts: set[str], lexicon: Lexicon) -> Iterator[Definition]:
    """For each short form the longest of its other names that a document says and that spells it out.

    That is told by its initials, or by the short form beside it.
    """
    for short in (form for form in shorts if re.fullmatch(r"[A-Z][A-Z0-9&]{1,9}", form)):
        found: list[tuple[bool, int, Definition]] = []
        for long in (form for form in lexicon.aliases(short) if " " in form):
            initials = spells(long, short)
            for place in (place for document in lexicon.documents for place in places(document)):
                said, beside = _said(long, place.text), _said(short, place.text)
                if said and (initials or (beside and len(long.split()) > 2)):
                    found.append((beside != "", len(said), Definition(place, beside, said)))
        if found:
            yield max(found, key=lambda each: each[:2])[2]


def _said(form: str, text: str) -> str:
    """A form as a text writes it; "" where it does not."""
    words = r"[\s-]+".join(map(re.escape, form.split()))
    match = re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)
    return match.group() if match else ""


# --- the answers ---------------------------------------------------------------------------------


def _long_form(asked: _Asked, lexicon: Lexicon) -> Draft | None:
    any_name = asked.kind == "full name"
    forms = lexicon.aliases(asked.term) if any_name else {asked.term}
    keys = {letters(form) for form in forms}
    found = [
        each
        for each in lexicon.shortened
        if letters(each.short) in keys
        or (any_name and letters(each.long) in keys - {letters(asked.term)})
    ]
    found = found or list(_spelled_out(forms if any_name else {asked.term.upper()}, lexicon))
    return _draft([(each.long, each.short, each) for each in found], _EXACT)


def _short_form(asked: _Asked, lexicon: Lexicon) -> Draft | None:
    if lexicon.is_short_form(asked.term):  # "the acronym for LF"
        return _long_form(_Asked("long", asked.term), lexicon)
    found, sure = _named(asked.term, lexicon.shortened, lexicon)
    found = found or list(_spelled_out(lexicon.aliases(asked.term), lexicon))
    return _draft([(each.short, each.long, each) for each in found], sure)


def _in_script(asked: _Asked, lexicon: Lexicon) -> Draft | None:
    given = [each for each in lexicon.translated if asked.language in ("", each.language)]
    found, sure = _named(asked.term, given, lexicon)
    return _draft([(each.short, each.long, each) for each in found], sure)


def _meaning(asked: _Asked, lexicon: Lexicon) -> Draft | None:
    """What words in another script, or the greater part of a name in it, mean."""
    wanted = letters(asked.term)
    given = [each for each in lexicon.translated if each.long and wanted in letters(each.short)]
    found = [each for each in given if 2 * len(wanted) >= len(letters(each.short))]
    if len({letters(each.short) for each in found}) != 1:
        return None
    first = found[0]
    spelled = (each for each in lexicon.shortened if letters(each.short) == letters(first.long))
    if (longer := next(spelled, None)) is None:
        return _draft([(each.long, each.short, each) for each in found], _EXACT)
    named = _claim(first, f"\n{literal(first.short)}: {literal(first.long)}")
    return Draft((_claim(longer, _with_other(longer.long, longer.short)), named), _NEAR, "prose")


_ANSWERS = {
    "long": _long_form,
    "full name": _long_form,
    "short": _short_form,
    "script": _in_script,
    "meaning": _meaning,
}


# --- how it is said ------------------------------------------------------------------------------


def _draft(found: Sequence[tuple[str, str, Definition]], sure: float) -> Draft | None:
    """The answers found, each once, with the other form: in a list where they differ, few as they are."""
    kept: list[tuple[str, str, Definition]] = []
    for each in found:
        if each[0] and not any(_one_wording(each[0], other[0]) for other in kept):
            kept.append(each)
    if not kept or len(kept) > _MOST_MEANINGS:
        return None
    if len(kept) == 1:
        said, other, given = kept[0]
        return Draft((_claim(given, _with_sentence(said, other, given)),), sure, "prose")
    claims = [
        _claim(given, ("\n" if number else "") + f"- {_with_other(said, other)}")
        for number, (said, other, given) in enumerate(kept)
    ]
    return Draft(tuple(claims), _NEAR, "prose")


def _one_wording(one: str, other: str) -> bool:
    return DamerauLevenshtein.normalized_similarity(letters(one), letters(other)) >= 0.9


def _with_sentence(said: str, other: str, given: Definition) -> str:
    sentence = given.place.text
    whole = given.place.kind == "sentence" and re.search(r"[.!?][\"”’)]?$", sentence)
    if whole and 4 < len(sentence.split()) <= _LONGEST_SENTENCE:
        return f"{bold(said)}. {literal(sentence)}"
    return _with_other(said, other)


def _with_other(said: str, other: str) -> str:
    return f"{bold(said)} ({literal(other)})" if other else bold(said)


def _claim(given: Definition, text: str) -> Claim:
    place = given.place
    return Claim(text, place.document, place.span, place.section, place.cells)
