"""Which words of a question speak of which rows of a table, and of which of its columns.

A `Filter` is a set of rows that some words of the question name: by a cell's text or part of it, by
another name of the same thing, by a number with its comparator, by a date, by emptiness.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np

from ingest.names import Names
from ingest.words import correct, fold, tokens
from rag.answer import QueryEncoder, Vector
from rag.tables.execute import Engine
from rag.tables.program import Node
from rag.tables.question import BEFORE, Asked, Number, Word, bits_at, stem_of
from rag.tables.values import NUMERIC, Grid, View, date_of, key

FilterKind = Literal[
    "is", "part", "has", "name", "spelt", "number", "compared", "blank", "absent", "join"
]

_MOST_NAMES = 12
_MOST_JOINS = 6
_SHORTEST_ROOT = 4
_BLANK = re.compile(
    r"\b(?:no|none|without|missing|lacks?|lacking|blank|empty|unknown|unrecorded|nothing|"
    r"not (?:have any|any|recorded|given|known|filled))\b|n't (?:have|give|show|list) an?y?\b"
)


# --- rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows that some words of the question name.

    `words` are the question's, as bits; `share` is how much of the cell they say (0 to 1).
    """

    node: Node
    mask: int
    words: int
    kind: FilterKind
    column: int
    share: float


@dataclass
class Lexicon:
    """What linking needs of a table, made once: its words, and which rows name which thing."""

    grid: Grid
    names: Sequence[Names] = ()
    _named: dict[str, dict[int, int]] | None = field(default=None, repr=False)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How often each folded word of four letters or more stands in the text cells and headers."""
        found: dict[str, int] = {}
        for column in self.grid.columns:
            texts = [column.header]
            if column.kind == "text":
                texts += list(dict.fromkeys(column.texts))
            for text in texts[:3000]:
                for token in tokens(text):
                    if len(token.text) > 3:
                        found[token.text] = found.get(token.text, 0) + 1
        return found

    @property
    def named(self) -> Mapping[str, Mapping[int, int]]:
        """For the standard name of each thing: by column, the rows whose cell is a name of it."""
        if self._named is None:
            found: dict[str, dict[int, int]] = {}
            for number, column in enumerate(self.grid.columns):
                if column.kind != "text":
                    continue
                for text, rows in _rows_of(column.texts).items():
                    for canonical in _things(text, self.names):
                        of_thing = found.setdefault(canonical, {})
                        of_thing[number] = of_thing.get(number, 0) | rows
            self._named = found
        return self._named


def _rows_of(texts: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row, text in enumerate(texts):
        if text:
            found[text] = found.get(text, 0) | 1 << row
    return found


def _things(text: str, all_names: Sequence[Names]) -> set[str]:
    """What a cell is a name of: mentions that make up most of it, or of its first piece."""
    found: set[str] = set()
    if len(text) > 200:
        return found
    for names in all_names:
        for mention in names.mentions(text):
            said = text[mention.span.start : mention.span.end]
            head = re.split(r"\s[–—-]\s|\s*[(,;/]", text)[0]
            if len(said) * 2 > len(text) or len(said) * 2 > len(head) > mention.span.start:
                found.add(mention.group.canonical)
    return found


def filters(
    asked: Asked,
    engine: Engine,
    table: int,
    lexicon: Lexicon,
    knows: Callable[[str], bool],
) -> list[Filter]:
    """Every set of rows that words of the question name, the surest first; also the empty ones."""
    grid = engine.grid(table)
    found: dict[tuple[int, int], Filter] = {}
    replaced = _spelling(asked, lexicon, knows)
    said = [
        (number, each)
        for number, column in enumerate(grid.columns)
        if column.kind != "empty"
        for each in (
            *_textual(asked, f"{table}.{number}", column.views, replaced),
            *_numeric(asked, f"{table}.{number}", column.views),
            *(_blank(asked, table, number) if column.blank else ()),
        )
    ]
    said += _named(asked, table, lexicon, knows)
    about = about_words(asked, grid)
    for number, (node, words, kind, share) in said:
        if share < 0.6 and not words & ~about:
            continue  # it names the table rather than a row
        mask = engine.rows(node)
        other = found.get((mask, words))
        if other is None or share > other.share:
            found[mask, words] = Filter(node, mask, words, kind, number, share)
    kept = [each for each in found.values() if not _is_narrower(each, found.values())]
    ordered = sorted(kept, key=lambda f: (-asked.weight(f.words) * f.share, f.mask.bit_count()))
    return ordered[:60]


def _is_narrower(one: Filter, others: Iterable[Filter]) -> bool:
    """Whether cells that list the same value among others are left out: they have it too."""
    return any(
        other.column == one.column
        and other.words == one.words
        and other.kind == "part"
        and ":items" in str(other.node.args[0])
        and one.kind == "is"
        and one.mask & other.mask == one.mask != other.mask
        for other in others
    )


_Link: TypeAlias = tuple[Node, int, FilterKind, float]
"""A set of rows, the words that name it, how, and how much of the cell they say."""


def _blank(asked: Asked, table: int, column: int) -> Iterator[_Link]:
    match = _BLANK.search(asked.lower)
    if match:
        node = Node("blank", Node("all", table), f"{table}.{column}:text")
        yield node, bits_at(asked.words, *match.span()), "blank", 0.5


def _named(
    asked: Asked, table: int, lexicon: Lexicon, knows: Callable[[str], bool]
) -> Iterator[tuple[int, _Link]]:
    """By column, the rows of the things that the question mentions by any of their names."""
    grid = lexicon.grid
    for names in lexicon.names:
        for mention in names.mentions(asked.text, knows):
            words = bits_at(asked.words, mention.span.start, mention.span.end)
            for number, rows in lexicon.named.get(mention.group.canonical, {}).items():
                texts = {key(grid.columns[number].texts[row]) for row in grid.rows(rows).tolist()}
                if len(texts) <= _MOST_NAMES:
                    node = Node("is", f"{table}.{number}:text", *sorted(texts))
                    yield number, (node, words, "name", 1.0)


def _spelling(asked: Asked, lexicon: Lexicon, knows: Callable[[str], bool]) -> dict[int, str]:
    """By number of the word: the stem of the table's word that a misspelt word stands for."""
    found = {}
    for number, word in enumerate(asked.words):
        if word.weight < 1.0 or len(word.text) < 4 or word.text in lexicon.counts:
            continue
        better = correct(word.text, lexicon.counts, knows) or _root(word.text, lexicon.counts)
        if better:
            found[number] = stem_of(better)
    return found


_ADJECTIVE = re.compile(r"(?:i?an|ean|ese|ish|ic|n)s?$")


def _root(word: str, counts: Mapping[str, int]) -> str | None:
    """The table's word that an adjective comes from: "asian" from "asia", "african" from "africa"."""
    match = _ADJECTIVE.search(word)
    if match is None or match.start() < _SHORTEST_ROOT - 1:
        return None
    roots = [
        other
        for other in counts
        if len(other) >= _SHORTEST_ROOT
        and other[:_SHORTEST_ROOT] == word[:_SHORTEST_ROOT]
        and other[: match.start()] == word[: match.start()]
        and len(other) <= match.start() + 2
    ]
    return min(roots, key=len, default=None)


def _textual(
    asked: Asked, place: str, views: Mapping[str, View], replaced: Mapping[int, str]
) -> Iterator[_Link]:
    yield from _exact(asked, place, views)
    words = views["words"]
    stems_of = [replaced.get(n, word.stem) for n, word in enumerate(asked.words)]
    masks = [
        words.masks.get(stem, 0) if asked.words[n].weight > 0 or n in replaced else -1
        for n, stem in enumerate(stems_of)
    ]
    last_end = -1
    for first, mask in enumerate(masks):
        if mask <= 0:
            continue
        inside, end, chosen = mask, first, [first]
        for n in range(first + 1, len(masks)):
            if masks[n] == -1:
                continue
            if not inside & masks[n]:
                break
            inside &= masks[n]
            end = n
            chosen.append(n)
        if end <= last_end:
            continue
        last_end = end
        bits = sum(1 << n for n in chosen)
        if all(asked.words[n].weight < 0.5 for n in chosen):
            continue
        said = {stems_of[n] for n in chosen}
        rows = [n for n in range(inside.bit_length()) if inside >> n & 1][:40]
        whole = [row for row in rows if set(words.values[row]) <= said]
        kind: FilterKind = "spelt" if any(n in replaced for n in chosen) else "has"
        if whole:
            texts = dict.fromkeys(str(views["text"].values[row][0]) for row in whole)
            node = Node("is", f"{place}:text", *texts)
            yield node, bits, "spelt" if kind == "spelt" else "is", 1.0
        if len(whole) < inside.bit_count():
            share = max(
                sum(len(str(w)) for w in words.values[row] if w in said)
                / max(1, sum(len(str(w)) for w in words.values[row]))
                for row in rows
            )
            yield Node("has", f"{place}:words", *said), bits, kind, min(0.99, share)


def _exact(asked: Asked, place: str, views: Mapping[str, View]) -> Iterator[_Link]:
    """Cells, items and other pieces of cells that stand in the question word for word."""
    words = asked.words
    for name in ("text", "bare", "items", "inner", "month"):
        view = views.get(name)
        if view is None:
            continue
        masks = view.masks
        for first in range(len(words)):
            said = ""
            for last in range(first, min(first + 8, len(words))):
                said = f"{said} {words[last].text}" if said else words[last].text
                if said not in masks:
                    continue
                bits = (1 << last + 1) - (1 << first)
                if asked.weight(bits) >= 0.5:
                    kind: FilterKind = "is" if name == "text" else "part"
                    yield Node("is", f"{place}:{name}", said), bits, kind, 1.0


def _numeric(asked: Asked, place: str, views: Mapping[str, View]) -> Iterator[_Link]:
    for name in NUMERIC[:4]:
        view = views.get(name)
        if view is None or (name == "number" and "year" in views):
            continue
        if name == "date":
            yield from _dated(asked, f"{place}:date", view)
            continue
        for number in asked.numbers:
            if name == "number" or not number.is_ordinal:
                yield from _compared(f"{place}:{name}", view, number)


def _compared(ref: str, view: View, number: Number) -> Iterator[_Link]:
    """The rows whose number is as a number of the question says."""
    value = number.value
    if number.sign == "between" and number.upto is not None:
        low, high = sorted((value, number.upto))
        yield Node("between", ref, low, high), number.words, "compared", 1.0
        return
    if number.sign != "!=":
        yield Node("where", ref, "=", value), number.words, "number", 1.0
    numbers = view.numbers[~np.isnan(view.numbers)]
    low, high = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    is_near = low - abs(low) <= value <= high + abs(high)
    if number.sign and is_near and (view.name != "year" or 1000 <= value <= 2100):
        words = number.words | _sign_words(number)
        yield Node("where", ref, number.sign, value), words, "compared", 1.0


def _sign_words(number: Number) -> int:
    """The comparator just before a number belongs to its words."""
    first = (number.words & -number.words).bit_length() - 1
    bits = 0
    for n in range(max(0, first - 2), first):
        bits |= 1 << n
    return bits


def _dated(asked: Asked, ref: str, view: View) -> Iterator[_Link]:
    value = date_of(asked.text)
    if value is None or value < 10_000:
        return
    year = int(value // 10_000)
    at = asked.lower.find(str(year))
    first = min((w.start for w in asked.words if w.text in _MONTH_WORDS), default=at)
    words = bits_at(asked.words, min(first, at), at + 4)
    before = asked.lower[max(0, min(first, at) - 24) : min(first, at)]
    before = re.sub(r"\d{1,2}(?:st|nd|rd|th)?\s*$", "", before)
    sign = next((s for p, s in BEFORE if p.search(before)), "")
    if sign:
        yield Node("where", ref, sign, value), words, "compared", 1.0
    if value in view.masks:
        yield Node("where", ref, "=", value), words, "number", 1.0


_MONTH_WORDS = frozenset(
    fold(m)
    for m in (
        "january february march april may june july august september october november december"
    ).split()
)


def about_words(asked: Asked, grid: Grid) -> int:
    """The words of the question that name the table: those of its caption and section, as bits."""
    known = grid.about_stems
    words = enumerate(asked.words)
    return sum(1 << n for n, word in words if word.weight == 1.0 and word.stem in known)


def absent(
    asked: Asked, grid: Grid, table: int, found: Sequence[Filter], said: int
) -> list[Filter]:
    """What the question names and the table does not have, those with a capital first.

    `said` are the words that headers say, as bits.
    """
    known = said | about_words(asked, grid)
    for each in found:
        if each.share > 0.5 and each.kind != "blank":
            known |= each.words
    runs: list[int] = []
    for n, word in enumerate(asked.words):
        is_open = word.weight == 1.0 and not known >> n & 1 and not word.text.isdigit()
        if is_open and n and runs and runs[-1] >> n - 1 & 1:
            runs[-1] |= 1 << n
        elif is_open:
            runs.append(1 << n)
    first = grid.subject
    filters_ = []
    for run in sorted(runs, key=lambda bits: not _has_capital(asked, bits))[:3]:
        node = Node("is", f"{table}.{first}:text", asked.phrase(run))
        filters_.append(Filter(node, 0, run, "absent", first, 1.0))
    return filters_


@dataclass(frozen=True, slots=True)
class Linked:
    """A table with the filters that the question has in it."""

    grid: Grid
    table: int
    filters: Sequence[Filter]

    def words(self, asked: Asked) -> int:
        """The words of the question that this table has: in its cells, its headers, its caption."""
        bits = about_words(asked, self.grid)
        for each in self.filters:
            bits |= each.words if each.share > 0.5 and each.mask else 0
        heads = frozenset(stem for column in self.grid.columns for stem in column.stems)
        return bits | sum(1 << n for n, word in enumerate(asked.words) if _says(heads, word))


def joins(asked: Asked, one: Linked, other: Linked) -> Iterator[Filter]:
    """Rows of one table whose name occurs in another one, or in the rows that the question means there.

    Only where the question has words for each of the two that the other does not have.
    """
    here, there = one.words(asked), other.words(asked)
    apart = there & ~here & asked.content
    if not apart or not here & ~there & asked.content:
        return
    names, others = _names_view(one), _names_view(other)
    if names is None or others is None or len(names[1].masks.keys() & others[1].masks.keys()) < 2:
        return
    about = about_words(asked, other.grid) & apart
    nodes = [(Node("all", other.table), about)]
    nodes += [
        (each.node, (each.words & apart) | about)
        for each in other.filters
        if each.mask and each.share > 0.5 and each.words & apart
    ]
    for node, words in nodes[:_MOST_JOINS]:
        matched = Node("matched", names[0], node, others[0])
        if words:
            yield Filter(matched, 0, words, "join", one.grid.subject, 1.0)


def _names_view(linked: Linked) -> tuple[str, View] | None:
    """The view of a table's subjects by which they are found in another table."""
    if not linked.grid.columns:
        return None
    subject = linked.grid.subject
    views = linked.grid.columns[subject].views
    name = "bare" if "bare" in views else "text"
    return f"{linked.table}.{subject}:{name}", views[name]


def _has_capital(asked: Asked, words: int) -> bool:
    return any(
        asked.text[w.start].isupper() and w.start > 0
        for n, w in enumerate(asked.words)
        if words >> n & 1
    )


# --- columns -------------------------------------------------------------------------------------


class Meanings:
    """Vectors of short texts, each encoded once: all that are missing in one batch.

    At most `most` are kept; then all begins anew.
    """

    def __init__(self, encoder: QueryEncoder, most: int = 50_000) -> None:
        self._encoder = encoder
        self._most = most
        self._known: dict[str, Vector] = {}

    def knows(self, word: str) -> bool:
        """Whether a folded word is a real one."""
        return self._encoder.knows(word)

    def __call__(self, texts: Sequence[str]) -> Vector:
        """The vectors of texts: shape (texts, dimension), each of length 1."""
        known = self._known
        if len(known) > self._most:
            known = self._known = {}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._encoder.encode(missing), strict=True))
        if not texts:
            return np.zeros((0, 1), dtype=np.float32)
        return np.stack([known[text] for text in texts])


@dataclass(frozen=True)
class ColumnLinks:
    """How the columns of a table bear on a question: each array of shape (columns,) or (words, columns)."""

    said: tuple[int, ...]
    """By column: the words of the question that its header says, as bits."""
    spoken: Vector
    """The share of the header's words that the question says."""
    whole: Vector
    """Cosine of the question and the header."""
    focus: Vector
    """Cosine of the words that say what is asked for and the header."""
    words: Vector
    """Cosine of each word of the question and the header: (words, columns); 0 for function words."""


def column_links(asked: Asked, grid: Grid, meanings: Meanings) -> ColumnLinks:
    """Compare the question and its words with every header."""
    heads = [column.header or "?" for column in grid.columns]
    content = [n for n, word in enumerate(asked.words) if word.weight > 0]
    phrase = asked.phrase(asked.focus) or asked.text
    texts = [asked.text, phrase, *(asked.words[n].text for n in content)]
    vectors = meanings([*texts, *heads])
    of_heads = vectors[len(texts) :]
    cosines = vectors[: len(texts)] @ of_heads.T if heads else np.zeros((len(texts), 0))
    words = np.zeros((len(asked.words), len(heads)), dtype=np.float32)
    if content:
        words[content] = cosines[2:]
    said, spoken = [], []
    for column in grid.columns:
        bits = sum(1 << n for n in content if _says(column.stems, asked.words[n]))
        hit = {s for s in column.stems if any(_alike(s, asked.words[n].stem) for n in content)}
        said.append(bits)
        spoken.append(len(hit) / len(column.stems) if column.stems else 0.0)
    return ColumnLinks(
        tuple(said),
        np.array(spoken, dtype=np.float32),
        cosines[0].astype(np.float32),
        cosines[1].astype(np.float32),
        words,
    )


def _says(header: frozenset[str], word: Word) -> bool:
    return any(_alike(stem, word.stem) for stem in header)


def _alike(one: str, other: str) -> bool:
    """Whether two stems are of one root: the same, or alike in five letters and most of the rest."""
    if one == other:
        return True
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= 5 and longer.startswith(shorter[:5]) and len(longer) - len(shorter) <= 4
