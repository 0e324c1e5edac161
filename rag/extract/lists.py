"""The list within a sentence: the items of a real enumeration that a question asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ingest.thesaurus import TextWords, thesaurus
from ingest.words import STOPWORDS, stem, tokens
from rag.extract.pieces import LONGEST, OFFICE
from rag.question import Asked

_FEWEST = 3
_MOST_WORDS = 8
_SAID = 0.3
"""So much of the question's words must be said, or nearly said."""
_LISTED_TYPES = frozenset(("which", "what", "who", "where", "define", "other"))
_ONE = re.compile(
    r"\bwhich\s+one\b|\b(?:which|what)\s+(?:[\w-]+\s+){1,3}?[a-z]+s\s+(?:an?|the|its|their|this|those|to)\b"
    r"|\b(?:what|which)\s+(?:sort|kind|type|part|share)\b|\bgive\s+(?:me\s+)?the\s+(?:\w+\s+)*?(?:name|title)\b",
    re.IGNORECASE,
)
"""Questions for one thing: "which body lends its name", "what sort of schools"."""
_BEARERS = re.compile(
    r"\bwho\b|\b(?:which|what|list|name|all|are|every)\s+(?:the\s+)?(?:[\w-]+\s+){0,2}?(?:countries|states|nations|agencies"
    r"|organi[sz]ations|companies|firms|institutions|entities|bodies|universities|members|partners|authors|cities|people)\b",
    re.IGNORECASE,
)
"""What is asked for has names."""


def items(asked: Asked, text: str, beside: str = "") -> tuple[str, ...]:
    """The items of the longest list in a sentence, in its order, without notes in parentheses.

    () where the question asks for no list, where the sentence, with those that are said `beside` it,
    says too little of what is asked, and where it has no list of at least three items that the question
    does not have itself.
    """
    if (
        not asked.wants_several
        or asked.type not in _LISTED_TYPES
        or len(text) > LONGEST
        or _ONE.search(asked.question)
        or not _speaks_of(asked, f"{text} {beside}")
    ):
        return ()
    plain = re.sub(r"\s*\([^()]*[a-zA-Z]{3}[^()]*\)|\s*\([A-Z]+\)", "", text)
    found = [_marked(plain), _after_colon(plain), *_names(plain)]
    if not _BEARERS.search(asked.question):
        found += _phrases(plain)
    own = {stem(word.text) for word in tokens(f"{asked.question} {asked.text}")}
    kept = [[item for item in each if _is_new(item, own)] for each in found]
    longest = max(kept, key=len)
    return tuple(dict.fromkeys(longest)) if len(set(longest)) >= _FEWEST else ()


def _speaks_of(asked: Asked, text: str) -> bool:
    known = thesaurus()
    words = TextWords(text, known)
    near = [float(like) for like in known.likeness(asked.words, [words])[:, 0]]
    near += [float(any(words.stems.issuperset(form) for form in name)) for name in asked.names]
    return not near or sum(near) / len(near) >= _SAID


def _is_new(item: str, own: set[str]) -> bool:
    words = [word.text for word in tokens(item) if word.text not in STOPWORDS]
    return any(stem(word) not in own for word in words)


def _tidy(item: str) -> str:
    item = re.sub(
        r"^(?:(?:and|or|then|finally|lastly|also|even)\s+)+", "", item.strip(" \t\n,;:–—-")
    )
    return item.removesuffix(".").strip(" ,;")


def _marked(text: str) -> list[str]:
    """The items of "(1) ..., (2) ... and (3) ...", also with letters, and of ": - ..., - ..., - ..."."""
    for mark in (r"\(?\b[1-9]\)\s", r"\(?\b[a-h]\)\s", r"(?<=[:,;]\s)[-–]\s"):
        _, *parts = re.split(mark, text)
        if len(parts) >= _FEWEST:
            parts[-1] = re.split(r"[.;](?:\s|$)", parts[-1])[0]
            return [_tidy(re.sub(r"[,;\s]+(?:and|or)\s*$", "", part)) for part in parts]
    return []


def _after_colon(text: str) -> list[str]:
    """The items of "three phases: one; two; and three"; a remark on an item may follow it."""
    _, colon, after = text.partition(": ")
    parts = [_tidy(part) for part in after.split(";")]
    if not colon or len(parts) < _FEWEST or not re.search(r";\s+(?:and|or)\s", after):
        return []
    return [] if any(_FINITE.search(part.split(",")[0]) for part in parts) else parts


_WORD = r"[A-Z][\w'’.&/-]*(?<!\.)"
_NAME = rf"(?:the\s+)?{_WORD}(?:\s+(?:(?:of|the|de|for|du|von|da|del|la|al)\s+){{0,2}}{_WORD})*"
_DOUBLE = rf"{_NAME}(?:\s+and\s+{_NAME})?"
_NAMES = (
    re.compile(rf"(?<![\w-])({_DOUBLE}(?:,\s+{_DOUBLE})+),\s+(?:and|or)\s+({_DOUBLE})"),
    re.compile(rf"(?<![\w-])({_NAME}(?:,\s+{_NAME})+)\s+(?:and|or)\s+({_NAME})"),
)


def _names(text: str) -> Iterator[list[str]]:
    """The names of each "A, B and C" or "A, B, and C"; "Bosnia and Herzegovina" is one of them."""
    for pattern in _NAMES:
        for match in pattern.finditer(text):
            listed = re.split(r",\s+", match[1])
            if pattern is _NAMES[1] and _one_name(listed[-1], match[2]):
                continue
            if listed[0].split()[0].lower() in STOPWORDS - {"the"}:
                listed = listed[1:]
            yield [*listed, match[2]]


def _one_name(left: str, right: str) -> bool:
    """Whether "and" between them is part of a name: "the National Art and Sports Council"."""
    if right.startswith("the "):
        return False
    if OFFICE.search(left):
        return bool(re.search(r"\s(?:of|for)\s", left)) and not OFFICE.search(right)
    return bool(OFFICE.search(right.rsplit(maxsplit=1)[-1]))


_FINITE = re.compile(
    r"\b(?:is|are|was|were|has|have|had|does|did|will|would|can|could|should|may|which|who|that|it|its|they|them"
    r"|he|she|we)\b",
    re.IGNORECASE,
)
_LEADS = tuple(
    re.compile(rf".*\b(?:{cues})\s+", re.IGNORECASE | re.DOTALL)
    for cues in (
        r"includ(?:e|es|ed|ing)|such\s+as|namely|as|like|are|were|compris(?:e|es|ed|ing)|has|have|had",
        r"produces?|grows?|exports?|offers?|covers?|needs?|between|among|with|for|by|from|in|into|on|of|through|about",
    )
)
"""What stands before the first item, the surer cues first."""
_TAIL = re.compile(
    r"\s+(?:is|are|was|were|has|have|had|will|can|in|at|from|for|which|who|that|to|by|on|during|since|as|with|when|where"
    r"|while|but)\b.*$",
    re.IGNORECASE | re.DOTALL,
)


def _phrases(text: str) -> Iterator[list[str]]:
    """The items of each "one, two and three" that are words of like shape, without a verb."""
    for clause in re.split(r"[;:]\s|\s[–—]\s|—|(?<=[a-z\d])\.(?:\s|$)", text):
        parts = re.split(r",\s+", clause)
        for end in range(1, len(parts)):
            ending = re.fullmatch(r"(?:(.+?)\s)?(?:and|or)\s(.+)", parts[end], re.DOTALL)
            start = end
            while start > 1 and _is_phrase(parts[start - 1]):
                start -= 1
            if ending and (ending[1] or start < end):
                middle = [*parts[start:end], *ending.groups()[:1]]
                yield _alike(parts[start - 1], [each for each in middle if each], ending[2])


def _alike(lead: str, middle: Sequence[str], right: str) -> list[str]:
    """The whole list, its first item cut out of what leads to it and its last of what follows it."""
    size = max(len(item.split()) for item in middle) + 2
    rest = [_tidy(item) for item in (*middle, _TAIL.sub("", right))]
    for cue in _LEADS:
        match = cue.match(lead)
        listed = [_tidy(lead[match.end() if match else 0 :]), *rest]
        if all(_is_phrase(item) and len(item.split()) <= size for item in listed):
            return listed
    return []


def _is_phrase(part: str) -> bool:
    first = part.split(maxsplit=1)[0] if part.strip() else ""
    return (
        first[:1].islower()
        and first not in STOPWORDS - {"the", "a", "an"}
        and not first.endswith(("ed", "ly"))
        and len(part.split()) <= _MOST_WORDS
        and not _FINITE.search(part)
    )
