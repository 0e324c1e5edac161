"""Pronouns, "that country", "the second one": what they stand for is put in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from itertools import product

from ingest.document import Span
from ingest.words import STOPWORDS, tokens
from rag.conversation import cues
from rag.conversation.reframe import AUXILIARY, asked, what_are
from rag.conversation.things import Thing, Things
from rag.conversation.turns import LOOKS_BACK, PLACE_BEFORE, Past
from rag.question import SIGNS, question_type

_MOST = 3
_NOT_FAR = 3
"""Turns within which "the company" may have been named."""

_BE = r"(?:is|are|was|were|be|been|being)"
_PREPOSITION = r"(?:of|in|on|at|to|from|by|with|for|about|than|after|before|as|and|or|but|against|like|into|over)"
_PRONOUN = re.compile(
    r"\b(?P<it>it|its|itself)\b|\b(?P<they>they|them|their|theirs)\b|\b(?P<he>he|him|his|she|her|hers)\b"
    r"|\b(?P<there>there)\b",
    re.IGNORECASE,
)
_POINTING = re.compile(
    rf"(?:(?<=^)|(?<=\s))(?:(?:{AUXILIARY}|{_PREPOSITION})\s+|^)(?P<that>(?:that|this|those|these)(?:\s+(?P<noun>[a-z][\w-]+))?)\b",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?P<that>(?:(?:in|at)\s+)?(?:that|the\s+same)\s+(?P<noun>year|time|date))\b|(?<=\w\s)(?P<then>then)(?=\W*$)",
    re.IGNORECASE,
)
"""The time that was spoken of."""

_THE = re.compile(
    r"\b(?P<the>the\s+(?P<noun>[a-z][\w-]*[^\Ws]))\b(?!\s+(?:of|that|which|who|whose|with|for|called|named)\b)(?=\s+[a-z]|\W*$)"
)
_IMPERSONAL = re.compile(
    rf"\bit\s+(?:(?:{_BE}|seems?|may\s+be|has\s+been)\s+)?(?:(?:true|possible|likely|clear|known|correct|right|said|important"
    r"|necessary|the\s+case)\s+(?:that|to|for|if)|that|comes?\s+to|takes?\s+to|took\s+to)\b"
    r"|\b(?:sum|summari[sz]e|explain|describe|put|say)\s+it\b|\b(?:does|did)\s+it\s+(?:say|mention|state|matter|mean\b)",
    re.IGNORECASE,
)
_FINAL = re.compile(r"\s(?P<that>(?:that|this|those|these)(?P<noun>))(?=\W*$)", re.IGNORECASE)
_EXISTS = re.compile(
    rf"\b(?:{_BE}|there['’]s|hi|hello|hey)\s+there\b|\bthere\s+(?:{AUXILIARY}|any|exists?|be)\b",
    re.IGNORECASE,
)
_JOINS = re.compile(
    r"[,;]|\b(?:and|but|so|because|although|though|while|when|if|since|after|before|that|which|who)\b",
    re.IGNORECASE,
)
_TEXT = frozenset(
    "article text paper document author table section question answer way case kind sort type point context "
    "publication figure list summary same moment time page reference source bibliography end fact most".split()
)
"""Nouns that mean the article or the talk itself after "this", not something that was named."""

_NO_NOUN = re.compile(
    rf"^(?:\w+ed|\w+ing|built|made|held|led|sold|won|lost|left|sent|put|set|true|possible|{AUXILIARY})$"
)
_BESIDE = re.compile(r"\b(?:with|behind|around|under)\s+$", re.IGNORECASE)
_AHEAD = re.compile(
    r"^\W*(?:besides|apart\s+from|aside\s+from|despite|beyond|beside|in|for|with|by|through|after|before|during)\s+$",
    re.IGNORECASE,
)
"""Before what points ahead: "Besides its lamp, what does the lighthouse have?"."""
_NOUN_ACTS = re.compile(
    rf"^\W*(?:which|what|who)\s+(?!{AUXILIARY}\b)(?!.*\b(?:do|does|did)\b)\w+", re.IGNORECASE
)
"""A question whose question word does something: "Which club sold its ...", not "Which club does its ..."."""


@dataclass(frozen=True, slots=True)
class _Reference:
    """Words that stand for something named before: which, and what is known of it."""

    start: int
    end: int
    sort: str
    noun: str = ""
    possessive: bool = False


def referred(question: str, past: Sequence[Past], things: Things) -> Iterator[str]:
    """The readings of a question in which nothing refers to what was said before; none if nothing does."""
    ordinal = cues.ORDINAL.search(question)
    if ordinal is not None and (meant := listed(ordinal, past)):
        yield asked(f"{question[: ordinal.start()]}{several(meant)}{question[ordinal.end() :]}")
        return
    meant_by: list[_Reference] = []
    options: list[list[str]] = []
    for reference in _references(question, things):
        used = {each[0] for each in options}
        found = _antecedents(reference, past, things, used)[:_MOST]
        if found:
            meant_by.append(reference)
            options.append(found)
        elif reference.sort not in ("the", "there"):
            return
    if not options:
        return
    choices = product(*(range(len(each)) for each in options))
    for chosen in sorted(choices, key=sum)[:_MOST]:
        names = [option[number] for option, number in zip(options, chosen, strict=True)]
        yield _named(question, meant_by, names)


def _named(question: str, references: Sequence[_Reference], names: Sequence[str]) -> str:
    """The question with a name for each reference."""
    for reference, name in reversed(list(zip(references, names, strict=True))):
        said = f"in {name}" if reference.sort in ("there", "then") else name
        if reference.possessive:
            said += "'" if name.endswith("s") else "'s"
        question = f"{question[: reference.start]}{said}{question[reference.end :]}"
    return asked(question)


def several(items: Sequence[str]) -> str:
    """A list as a sentence has it: "A, B and C"."""
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def listed(ordinal: re.Match[str], past: Sequence[Past]) -> tuple[str, ...]:
    """What an ordinal means of the last list that is long enough; () where there is none."""
    for turn in reversed(past[-LOOKS_BACK:]):
        if len(turn.items) > 1 and (meant := cues.placed(ordinal, turn.items)):
            return meant
    return ()


# --- what refers ---------------------------------------------------------------------------------


def _references(question: str, things: Things) -> Iterator[_Reference]:
    """What in a question stands for something named before, in order."""
    found = [thing for thing in things.find(question) if not thing.kinds & {"year", "number"}]
    matches = [m for each in (_THEN, _PRONOUN, _POINTING, _FINAL) for m in each.finditer(question)]
    if not any(thing.is_name for thing in found):
        matches += [*_THE.finditer(question)]
    at = 0
    for match in sorted(matches, key=lambda each: each.start(each.lastgroup or 0)):
        reference = _reference(question, match)
        if reference is None or reference.start < at:
            continue
        if not _stands_inside(question, reference, found):
            at = reference.end
            yield reference


def _reference(question: str, match: re.Match[str]) -> _Reference | None:
    groups = match.groupdict()
    if match.re is _THEN:
        return _Reference(match.start(), match.end(), "then")
    if noun := groups.get("noun"):
        noun = noun.lower()
    if groups.get("the"):
        known = noun and noun not in _TEXT | STOPWORDS
        return (
            _Reference(match.start("the"), match.end("the"), "the", noun or "") if known else None
        )
    if groups.get("that"):
        return _pointing(match, noun or "")
    sort = next(name for name in ("it", "they", "he", "there") if groups[name])
    start, end = match.span()
    for pattern in (_IMPERSONAL, _EXISTS):
        if any(m.start() <= start < m.end() for m in pattern.finditer(question)):
            return None
    word = match.group().lower()
    possessive = word in ("its", "their", "his") or (word == "her" and not _closes(question[end:]))
    return _Reference(start, end, sort, possessive=possessive)


def _closes(rest: str) -> bool:
    """Whether what follows "her" shows that it is no possessive: an end or a preposition."""
    word = re.match(r"\s+([a-z]+)", rest)
    return word is None or word[1] in STOPWORDS


def _pointing(match: re.Match[str], noun: str) -> _Reference | None:
    """As in "That country", or "that" alone."""
    if noun in _TEXT:
        return None
    start, word = match.start("that"), match["that"].split()[0]
    plural = word.lower() in ("those", "these")
    if noun and noun not in STOPWORDS and not _NO_NOUN.match(noun):
        return _Reference(start, match.end("that"), "they" if plural else "noun", noun)
    return _Reference(start, start + len(word), "they" if plural else "that")


def _stands_inside(question: str, reference: _Reference, found: Sequence[Thing]) -> bool:
    """Whether the question itself names what the words stand for: before them, or after a phrase that opens it."""
    if reference.sort in ("noun", "that", "then"):
        return False
    before = question[: reference.start]
    acts = (reference.possessive or _BESIDE.search(before)) and _NOUN_ACTS.match(before)
    if acts or reference.sort == "the":
        return bool(acts)
    joint = max((match.start() for match in _JOINS.finditer(before)), default=0)
    comma = question.find(",", reference.end)
    ahead = comma > 0 and _AHEAD.match(before) and any(t.span.start > comma for t in found)
    if ahead or any(token.text not in STOPWORDS for token in tokens(before[:joint])):
        return True
    if not any(thing.span.end <= reference.start for thing in found):
        return False
    if reference.sort == "they" and not reference.possessive:
        return False  # what a single name does to "them", it does to others
    is_object = not question[reference.end :].strip(" ?!.") and not reference.possessive
    return not (is_object and not _BESIDE.search(before))


# --- what is referred to -------------------------------------------------------------------------


def _antecedents(
    reference: _Reference, past: Sequence[Past], things: Things, used: Set[str]
) -> list[str]:
    """What a reference may stand for, the likeliest first: of the last turn that has anything."""
    back = _NOT_FAR if reference.sort == "the" else LOOKS_BACK
    for turn in reversed(past[-back:]):
        found = dict.fromkeys(_of_turn(reference, turn, things))
        if fresh := [each for each in found if each not in used]:
            return fresh
    return []


def _of_turn(reference: _Reference, turn: Past, things: Things) -> Iterator[str]:
    if reference.sort == "then" or reference.noun in ("year", "time", "date"):
        for text in (turn.question, *turn.items, turn.text.split("\n")[0]):
            yield from (match.group() for match in SIGNS["year"].finditer(text))
        return
    match reference.sort:
        case "he":
            yield from _people(turn)
        case "there":
            yield from _places(turn)
        case "noun" | "the":
            yield from _such(reference, turn, things)
        case "they":
            yield from _several_of(turn) or _individuals(reference, turn, things)
        case _:
            yield from _individuals(reference, turn, things)


def _several_of(turn: Past) -> list[str]:
    """What "they" are: what was asked for, or what was listed."""
    asked_for = what_are(turn.question)
    found = [asked_for] if asked_for and len(turn.items) != 1 else []
    last = turn.named[-1:]
    alike = [t.text for t in turn.named if t in last or t.likeness(last[0]) > 2]
    lists = [each for each in (turn.items, alike) if len(each) > 1]
    return [*found, *(several(each) for each in lists[:1])]


def _individuals(reference: _Reference, turn: Past, things: Things) -> Iterator[str]:
    """What "it" is: what the question names, then what it is about, then its answer."""
    people = question_type(turn.question) == "who"
    answers = [each for each in turn.answered if not (people and reference.sort == "it")]
    plural = reference.sort == "they"
    nouns = [each for each in _nouns(turn, things) if _is_plural(each.text) == plural]
    order = [*turn.named, *([] if turn.named and not answers else nouns), *answers]
    if reference.sort == "that":
        order = [*answers, *turn.named, *nouns]
    yield from (_said(turn, thing) for thing in order)


def _such(reference: _Reference, turn: Past, things: Things) -> Iterator[str]:
    """What "the company" is, and "that country": what is known to be one."""
    named = [*turn.named, *turn.answered]
    fit = [thing for thing in named if things.kind_of(thing, reference.noun)]
    yield from (_said(turn, thing) for thing in fit)
    if reference.sort == "noun" and not fit:
        yield from (_said(turn, thing) for thing in [*turn.answered, *turn.named])
        yield from (thing.text for thing in things.nouns(turn.question))


def _nouns(turn: Past, things: Things) -> Iterator[Thing]:
    """What the question is about where it names nothing: "how much honey", then "the bridge"."""
    much = re.match(r"how\s+much\s+([a-z][\w-]*)\b", turn.question, re.IGNORECASE)
    if much and much[1] not in STOPWORDS:
        yield Thing(Span(*much.span(1)), f"the {much[1]}", frozenset(), is_name=False)
    yield from things.nouns(turn.question)


def _is_plural(text: str) -> bool:
    return bool(re.search(r"(?<!s)s$", text))


def _people(turn: Past) -> Iterator[str]:
    def may_be(thing: Thing) -> bool:
        return "country" not in thing.kinds and not thing.text.isupper()

    if question_type(turn.question) == "who":
        yield from (thing.text for thing in turn.answered)
    several_words = [thing for thing in turn.named if may_be(thing) and " " in thing.text]
    yield from (thing.text for thing in several_words)
    yield from (thing.text for thing in turn.answered if may_be(thing) and " " in thing.text)
    yield from (
        _said(turn, each) for each in turn.named if may_be(each) and each not in several_words
    )


def _places(turn: Past) -> Iterator[str]:
    if question_type(turn.question) == "where":
        yield from (thing.text for thing in turn.answered)
    for thing in turn.named:
        if "country" in thing.kinds or PLACE_BEFORE.search(turn.question[: thing.span.start]):
            yield _said(turn, thing)
    yield from (thing.text for thing in turn.answered)


def _said(turn: Past, thing: Thing) -> str:
    """A thing as the turn's question says it, with its article and the noun after it."""
    span = thing.span
    if turn.question[span.start : span.end] != thing.text:
        return thing.text
    text = turn.things.with_noun(turn.question, thing)
    article = re.search(r"\bthe\s+$", turn.question[: span.start], re.IGNORECASE)
    return f"the {text}" if article and not text.lower().startswith("the ") else text
