"""Whether a sentence says of one thing what the evidence says of another, though all its words are there.

A sentence's words are laid along those of the evidence, each as near to the one before it as it can be. Between a
number or name and its neighbour nothing of its kind may then be skipped: who writes "founded in 2005" of "founded
in 2008, following the convention of 2005" skips 2008.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.words import DIGITS, STOPWORDS, stem, tokens

_BACKWARD = 1.5
"""How much farther a word counts that stands before the one it follows in the sentence."""

_NAME = r"[A-Z][\w’&'-]*"
_NAME_PART = re.compile(rf"^(?:[\s-]+(?:of\s+(?:the\s+)?)?{_NAME})+")
_NAME_BEFORE = re.compile(rf"(?:{_NAME}\s+(?:of\s+(?:the\s+)?)?)+$")
_ASIDE = re.compile(r"\([^()]*\)|,(?!\s*(?:and|or)\b)[^,;:]{1,60},(?=\s*(?:\w|$))|[–—][^–—]*[–—]")
_LINK = r"(?:,\s*(?:and\s+|or\s+)?|\s+(?:and|or)\s+)(?:the\s+)?"
_LIST_AFTER = re.compile(rf"^(?:{_LINK}(?:{_NAME}\s*)+)+")
_LIST_BEFORE = re.compile(rf"(?:(?:{_NAME}\s*)+{_LINK})+$")
_PASSIVE = re.compile(
    r"\b(?:is|are|was|were|be|been|being)\s+(?:(?:\w+ly|also|first|now|still|often)\s+){0,2}(\w+(?:ed|en|wn|lt|nt|ght|ne))\b",
    re.IGNORECASE,
)
_DONE_BY = re.compile(r"\b(\w+ed)\s+by\b", re.IGNORECASE)
_PAST = re.compile(r"\b\w{2,}ed\b", re.IGNORECASE)
_PREPOSITION = re.compile(
    r"\b(?:by|of|with|in|at|to|for|from|as|on|under|among|like|since)\s+(?:the\s+)?(?:[A-Z]\w*\s+)*$"
)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of weight: its stem or number, its place, and its kind."""

    key: str
    start: int
    end: int
    is_number: bool
    is_name: bool


def _words(text: str) -> list[_Word]:
    found = []
    for token in tokens(text):
        written = text[token.start : token.end]
        is_name = written[:1].isupper() and (token.text not in STOPWORDS or written.isupper())
        key = DIGITS.get(token.text, token.text)
        if key[:1].isdigit():
            found.append(_Word(key, token.start, token.end, is_number=True, is_name=False))
        elif is_name or token.text not in STOPWORDS:
            found.append(_Word(stem(key), token.start, token.end, is_number=False, is_name=is_name))
    return found


def is_of_another(clause: str, text: str, titles: str = "") -> bool:
    """Whether a clause gives a number or name of one thing in a text to another.

    `titles` name what surrounds the text: a name in them may be its subject by another name.
    """
    mine, its = _words(clause), _words(text)
    places: dict[str, list[int]] = {}
    for number, word in enumerate(its):
        places.setdefault(word.key, []).append(number)
    said = [word for word in mine if word.key in places]
    counted = Counter(word.key for word in said if word.is_number or word.is_name)
    if any(count > len(places[key]) for key, count in counted.items()):
        return True
    chain = aligned([places[word.key] for word in said])
    named = {word.key for word in mine}
    known = named | {word.key for word in _words(titles)}
    if said and mine[0] is not said[0] and _skips_a_name(text[: its[chain[0]].start], known):
        return (
            True  # its subject is only in what surrounds the text, and the text has one of its own
        )
    return any(
        _skips(text, its[min(first, second)], its[max(first, second)], named, first < second)
        or _is_only_an_aside(text, its[first], its[second], named)
        or _has_its_own_number(its, first, second)
        for first, second in pairwise(chain)
        if first != second
    )


def _is_only_an_aside(text: str, name: _Word, verb: _Word, named: set[str]) -> bool:
    """Whether a name stands in an aside to another name, of which what follows the aside is said: "Ann, wife of Bob, sang"."""
    if not name.is_name or verb.is_name or verb.is_number or verb.start < name.end:
        return False
    for aside in _ASIDE.finditer(text, 0, verb.start):
        before = re.search(rf"({_NAME})\s*$", text[: aside.start()])
        within = aside.start() < name.start < aside.end()
        if before and within and re.search(r"\b[a-z]", aside.group()):
            return not named & {stem(token.text) for token in tokens(before[1])}
    return False


def _has_its_own_number(its: Sequence[_Word], first: int, second: int) -> bool:
    """Whether a word is given a number from farther off, before it, where another follows it at once."""
    if not its[second].is_number or first - second < 2 or first + 1 == len(its):
        return False
    return its[first + 1].is_number and its[first + 1].key != its[second].key


def aligned(places: Sequence[Sequence[int]]) -> list[int]:
    """For each word one of its places, so that their distances add up to the least."""
    if not places:
        return []
    best = [(0.0, [place]) for place in places[0]]
    for options in places[1:]:
        best = [
            min(
                ((cost + _distance(path[-1], place), [*path, place]) for cost, path in best),
                key=lambda each: each[0],
            )
            for place in options
        ]
    return min(best, key=lambda each: each[0])[1]


def _distance(before: int, after: int) -> float:
    return after - before if after > before else _BACKWARD * (before - after) + 1


def _skips(text: str, left: _Word, right: _Word, named: set[str], forward: bool) -> bool:
    """Whether something of the kind of either word stands between them in a text.

    What is put aside in commas or brackets is none, nor, read forward, is another member of a name's list.
    """
    gap = text[left.end : right.start]
    if (left.is_number or right.is_number) and re.search(r"\d", gap):
        return True
    if not (left.is_name or right.is_name):
        return False
    opens = gap.rfind("(") > gap.rfind(")")
    if opens and right.is_name and text[left.start : left.end].endswith("ed"):
        return True
    gap = _ASIDE.sub(" ", gap)
    if left.is_name:
        gap = _NAME_PART.sub("", gap)
        gap = _LIST_AFTER.sub(" ", gap) if forward else gap
    if right.is_name:
        gap = _NAME_BEFORE.sub("", gap)
        gap = _LIST_BEFORE.sub(" ", gap) if forward else gap
    return _skips_a_name(gap, named)


def _skips_a_name(gap: str, named: set[str]) -> bool:
    return any(
        stem(token.text) not in named
        for name in re.findall(_NAME, gap)
        for token in tokens(name)
        if token.text not in STOPWORDS
    )


def is_in_another_voice(clause: str, text: str) -> bool:
    """Whether a verb is passive in one and active in the other, and its subject is not turned with it."""
    passive, its_passive = _passives(clause), _passives(text)
    its_active = _actives(text) - its_passive
    active = _pasts(clause) - passive
    return (
        any(not _is_turned_too(verb, clause, text) for verb in passive & its_active)
        or any(
            not (_is_turned_too(verb, clause, text) and _is_by(verb, text))
            for verb in active & its_passive
        )
        or any(_has_another_agent(verb, clause, text) for verb in passive & its_passive)
    )


def is_subject_made_object(clause: str, text: str) -> bool:
    """Whether a name that does something in a text, right before its verb, stands after that verb in an active clause."""
    mine, its = _words(clause), _words(text)
    passive = _passives(clause)
    for name, verb in pairwise(its):
        between = text[name.end : verb.start]
        if (
            not name.is_name
            or verb.is_name
            or verb.is_number
            or between.strip()
            or verb.key in passive
        ):
            continue
        after = [at for at, word in enumerate(mine) if word.key == verb.key]
        where = [at for at, word in enumerate(mine) if word.key == name.key]
        if (
            after
            and where
            and min(where) > max(after)
            and not _is_put_behind(clause, mine[min(where)])
        ):
            return True
    return False


def _is_put_behind(clause: str, name: _Word) -> bool:
    """Whether a preposition stands before a name, as in "by", "of" or "with the"."""
    return bool(_PREPOSITION.search(clause[: name.start]))


def _actives(text: str) -> set[str]:
    """The stems of what may be an active verb: it ends in s, or in ed with no preposition behind, or follows a name."""
    found, words = set(), _words(text)
    for at, word in enumerate(words):
        written = text[word.start : word.end]
        ends_alone = re.match(
            r"\s*(?:$|[^\w\s]|(?:by|in|on|at|near|for|from|with|of)\b)", text[word.end :]
        )
        follows = at and words[at - 1].is_name and not text[words[at - 1].end : word.start].strip()
        if written.endswith("s") or (written.endswith("ed") and not ends_alone) or follows:
            found.add(word.key)
    return found


def _passives(text: str) -> set[str]:
    return {stem(verb.lower()) for verb in (*_PASSIVE.findall(text), *_DONE_BY.findall(text))}


def _pasts(text: str) -> set[str]:
    return {stem(verb.lower()) for verb in _PAST.findall(text)}


def _is_turned_too(verb: str, clause: str, text: str) -> bool:
    """Whether what stands before a verb in a clause stands behind it in the text, and none of it before."""
    mine, its = [w.key for w in _words(clause)], [w.key for w in _words(text)]
    if verb not in mine or verb not in its:
        return True
    before, at = set(mine[: mine.index(verb)]), its.index(verb)
    return not before or (bool(before & set(its[at:])) and not before & set(its[:at]))


def _has_another_agent(verb: str, clause: str, text: str) -> bool:
    """Whether a clause says "by" whom, and in the text that one has it done to itself."""
    by = re.search(r"\bby\b", clause)
    if by is None:
        return False
    behind = [word for word in _words(clause) if word.start > by.end()]
    agents = {w.key for w in behind if w.is_name} | {w.key for w in behind[:1]}
    its = [w.key for w in _words(text)]
    at = its.index(verb) if verb in its else 0
    return bool(agents & set(its[:at]) - set(its[at:]))


def _is_by(verb: str, text: str) -> bool:
    return any(
        stem(match[1].lower()) == verb and re.match(r"[^,;.]*\bby\b", text[match.end(1) :])
        for match in (*_PASSIVE.finditer(text), *_DONE_BY.finditer(text))
    )
