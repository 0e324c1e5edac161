"""Names that mean the same thing, and where a text says them, however it writes them.

`NameGroup` holds the forms of one thing, `Names` finds them. Which groups a document has comes from
its glossary and its own definitions (`ingest.glossary`) and from the atlas (`ingest.countries`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from ingest.document import Document, Span
from ingest.words import STOPWORDS, Token, fold, tokens

if TYPE_CHECKING:
    from ingest.glossary import Glossary

Kind = Literal["glossary", "document", "country"]
Key: TypeAlias = tuple[str, ...]
"""A form's folded words: forms with the same key are the same form."""
Known: TypeAlias = Callable[[str], bool]
"""Whether a folded word is a real one, so that it is no misspelling of another."""


def form_key(form: str) -> Key:
    """The key of a form; () where it holds no word."""
    return tuple(token.text for token in form_tokens(form))


@cache
def form_tokens(form: str) -> tuple[Token, ...]:
    """The words of a form, remembered."""
    return tuple(tokens(form))


@dataclass(frozen=True, slots=True)
class NameGroup:
    """All forms of one thing, the canonical one first and among them.

    `exact` are those of the forms that count only with their capitals, such as country codes. `added`
    are those of a country's forms that the atlas does not have: the glossary's or the document's own.
    """

    canonical: str
    forms: tuple[str, ...]
    kind: Kind = "glossary"
    exact: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.canonical not in self.forms:
            raise ValueError(f"the forms of {self.canonical!r} lack it")
        if not {*self.exact, *self.added} <= set(self.forms):
            raise ValueError(f"an exact or added form of {self.canonical!r} is not among its forms")

    @staticmethod
    def of(
        canonical: str,
        forms: Iterable[str],
        kind: Kind,
        *,
        exact: Iterable[str] = (),
        added: Iterable[str] = (),
    ) -> NameGroup:
        """A group of the forms whose keys differ, the canonical one first."""
        by_key: dict[Key, str] = {}
        for form in (canonical, *forms):
            if key := form_key(form):
                by_key.setdefault(key, form)
        kept = tuple(by_key.values())
        return NameGroup(
            canonical,
            kept,
            kind,
            tuple(form for form in exact if form in kept),
            tuple(form for form in added if form in kept),
        )

    def keeps(self, form: str) -> bool:
        """Whether a form is as good as the canonical one: a country's name, capital or people."""
        return self.kind == "country" and form not in self.added


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a text: where, what it means, which form it is, and how many letters are wrong."""

    span: Span
    group: NameGroup
    form: str
    distance: int = 0


@dataclass(frozen=True, slots=True)
class _Entry:
    """A form in the trie; without a group it is a name of something else."""

    form: str
    group: NameGroup | None
    exact: bool
    short: bool
    letters: int


@dataclass(slots=True)
class _Node:
    children: dict[str, _Node] = field(default_factory=dict)
    entries: list[_Entry] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Match:
    first: int
    last: int
    entry: _Entry
    distance: int


_PARENTHESIS = re.compile(r"\s*[(\uff08]([^()\uff08\uff09]*)[)\uff09]")
# Between two words of a name: white space within a paragraph, hyphens, the like; after "St" a dot.
_JOINT = re.compile(r"(?:['\u2019][sS])?(?:[ \t\u00a0]|\r?\n(?!\s*\n)|[-\u2010-\u2015&,/'\u2019])*")
_AFTER_SAINT = re.compile(r"\.?\s*")


@dataclass(frozen=True)
class Names:
    """Groups of names, to be found in texts.

    `others` are names of other things that look like one of the groups' forms or hold one: a text that
    says such a name does not mention the group.
    """

    groups: tuple[NameGroup, ...] = ()
    others: tuple[str, ...] = ()

    @staticmethod
    def of(document: Document, glossary: Glossary | None = None) -> Names:
        """The names of the glossary, those that the document defines, and the countries it mentions."""
        # These build on this module, and only ingesting needs them.
        from ingest.countries import lookalikes, with_countries
        from ingest.glossary import with_definitions

        text = document.text
        groups = with_definitions(glossary.groups if glossary else (), text)
        groups = with_countries(groups, text)
        return Names(_needing_capitals(groups, text), lookalikes(groups))

    def mentions(self, text: str, known: Known | None = None) -> list[Mention]:
        """The names in a text, in order and never overlapping; a longer one goes before a shorter.

        Case does not matter, except that a name of up to three capitals needs them; in a text that has
        no capitals (or nothing else) it counts unless it is a function word, such as "us". With `known`,
        a form of 6 letters or more may have one wrong letter (from 10 on two), inserted, dropped,
        replaced or swapped with the next (Damerau-Levenshtein), in words that `known` denies.
        """
        words = tokens(text)
        return [
            Mention(
                Span(words[match.first].start, words[match.last].end),
                match.entry.group,
                match.entry.form,
                match.distance,
            )
            for match in _longest_first(self._matches(text, words, known), words)
            if match.entry.group is not None
        ]

    def standard(self, text: str) -> str:
        """The text with every name in its canonical form, and once: "Long Name (LN)" is "Long Name".

        What the atlas knows of a country stays as it is (its names, capital, people); other wordings
        of it do not.
        """
        parts, at = [], 0
        mentions = self.mentions(text)
        kept_as_is = [m.group.keeps(m.form) for m in mentions]
        for number, mention in enumerate(mentions):
            span, group = mention.span, mention.group
            if span.start < at:  # left out with its parenthesis
                continue
            written = text[span.start : span.end] if kept_as_is[number] else group.canonical
            parts += [text[at : span.start], written]
            at = span.end
            if written == group.canonical:
                same = zip(mentions[number + 1 :], kept_as_is[number + 1 :], strict=True)
                again = (m.span for m, stays in same if m.group == group and not stays)
                at = _end_of_parenthesis(text, at, again)
        return "".join([*parts, text[at:]])

    def to_json(self) -> str:
        """The names as one JSON object."""
        groups = [
            {
                "canonical": g.canonical,
                "forms": g.forms,
                "kind": g.kind,
                "exact": g.exact,
                "added": g.added,
            }
            for g in self.groups
        ]
        return json.dumps({"groups": groups, "others": self.others}, ensure_ascii=False)

    @staticmethod
    def from_json(text: str | bytes) -> Names:
        """Read what `to_json` wrote. Raises `ValueError` where it is something else."""
        try:
            data: Any = json.loads(text)
            groups = tuple(
                NameGroup(
                    g["canonical"],
                    tuple(g["forms"]),
                    g["kind"],
                    tuple(g["exact"]),
                    tuple(g["added"]),
                )
                for g in data["groups"]
            )
            return Names(groups, tuple(data["others"]))
        except (KeyError, TypeError, ValueError, RecursionError):
            raise ValueError("not a list of names as Footnote writes it") from None

    @cached_property
    def _trie(self) -> _Node:
        root = _Node()
        for group in self.groups:
            for form in group.forms:
                _add(root, form, group, exact=form in group.exact)
        for other in self.others:
            _add(root, other, None, exact=False)
        return root

    @cached_property
    def _long_words(self) -> list[str]:
        """The words of the groups' forms that are long enough to be misspelt and still known."""
        words = {word for group in self.groups for form in group.forms for word in form_key(form)}
        return sorted(word for word in words if len(word) >= 4 and word.isalpha())

    def _matches(self, text: str, words: Sequence[Token], known: Known | None) -> Iterator[_Match]:
        options = [self._spellings(word.text, known) for word in words]
        tail = text.strip()[1:]  # one capital at the start is still writing without capitals
        plain = tail == tail.lower() or (len(words) > 1 and text == text.upper())
        for first in range(len(words)):
            trail = [(self._trie, first, 0)]
            while trail:
                node, at, distance = trail.pop()
                raw = text[words[first].start : words[at - 1].end] if node.entries else ""
                yield from (
                    _Match(first, at - 1, entry, distance)
                    for entry in node.entries
                    if distance <= _tolerance(entry)
                    and _has_its_capitals(entry, raw, plain, after_the=_after_the(words, first))
                )
                if at < len(words) and (at == first or _joined(text, words[at - 1], words[at])):
                    trail += [
                        (child, at + 1, distance + wrong)
                        for spelling, wrong in options[at]
                        if distance + wrong <= 2 and (child := node.children.get(spelling))
                    ]

    def _spellings(self, word: str, known: Known | None) -> list[tuple[str, int]]:
        """A word, and the words of the groups' forms that it may be a misspelling of."""
        spellings = [(word, 0)]
        if known is None or len(word) < 4 or not word.isalpha() or known(word):
            return spellings
        near = process.extract(
            word,
            self._long_words,
            scorer=DamerauLevenshtein.distance,
            score_cutoff=2,
            limit=8,
        )
        return spellings + [(other, int(wrong)) for other, wrong, _ in near if wrong > 0]


def _longest_first(matches: Iterable[_Match], words: Sequence[Token]) -> list[_Match]:
    """The matches that remain, in order, when each place goes to the longest, best and first one."""
    ranked = sorted(matches, key=lambda m: (m.first - m.last, m.distance, m.first))
    taken: set[int] = set()
    kept = []
    for match in ranked:
        # By characters, not words: pairs of Chinese characters overlap.
        places = range(words[match.first].start, words[match.last].end)
        if taken.isdisjoint(places):
            taken.update(places)
            kept.append(match)
    return sorted(kept, key=lambda match: match.first)


def _add(root: _Node, form: str, group: NameGroup | None, *, exact: bool) -> None:
    key = form_key(form)
    if not key:
        return
    node = root
    for word in key:
        node = node.children.setdefault(word, _Node())
    node.entries.append(_Entry(form, group, exact, _is_short(form), sum(map(len, key))))


def _is_short(form: str) -> bool:
    """Whether a form is one word of up to three letters, all capitals: it may equal another word."""
    letters = _letters(form)
    return len(letters) <= 3 and letters.isupper() and len(form_key(form)) == 1


def _letters(form: str) -> str:
    return re.sub(r"[\W_]", "", form)


def _tolerance(entry: _Entry) -> int:
    if entry.exact or entry.group is None or entry.letters < 6:
        return 0
    return 1 if entry.letters < 10 else 2


def _has_its_capitals(entry: _Entry, raw: str, plain: bool, after_the: bool) -> bool:
    """Whether a form's capitals stand in the text, or need not; `plain`: the text is of one case."""
    if not (entry.exact or entry.short):
        return True
    letters = _letters(raw)
    if entry.exact:
        return letters == _letters(entry.form) and not plain
    word = fold(letters)
    if "." in raw or (after_the and word in STOPWORDS):  # "u.s.", and "the us" is no pronoun
        return True
    return word not in STOPWORDS if plain else letters.isupper()


def _after_the(words: Sequence[Token], at: int) -> bool:
    return at > 0 and words[at - 1].text == "the"


def _joined(text: str, word: Token, following: Token) -> bool:
    if following.start < word.end:
        return True
    pattern = _AFTER_SAINT if word.text == "st" else _JOINT
    return pattern.fullmatch(text, word.end, following.start) is not None


def _end_of_parenthesis(text: str, at: int, names: Iterable[Span]) -> int:
    """Where a parenthesis ends that begins at an offset and holds only these names; else the offset."""
    parenthesis = _PARENTHESIS.match(text, at)
    if parenthesis is None:
        return at
    inside = Span(*parenthesis.span(1))
    held = list(takewhile(inside.__contains__, names))
    starts, ends = [name.start for name in held], [name.end for name in held]
    gaps = zip([inside.start, *ends], [*starts, inside.end], strict=True)
    only_these = all(not text[start:end].strip("/,; \t\r\n\u00a0") for start, end in gaps)
    return parenthesis.end() if held and only_these else at


def _needing_capitals(groups: Iterable[NameGroup], text: str) -> tuple[NameGroup, ...]:
    """The groups; a short form that the text has more often as a word needs its capitals.

    Where an article speaks of aid more often than of AID, so do the questions about it.
    """
    counts = Counter(word.strip(",;:.!?()\"'\u2018\u2019\u201c\u201d") for word in text.split())

    def is_word(form: str) -> bool:
        small = form.lower()
        return _is_short(form) and small not in STOPWORDS and counts[small] > counts[form]

    return tuple(
        replace(group, exact=(*group.exact, *words))
        if (words := [f for f in group.forms if f not in group.exact and is_word(f)])
        else group
        for group in groups
    )
