"""Which words of a question speak of which rows of a table, and of which of its columns.

A `Filter` is a set of rows that some words of the question name: by a cell's text or part of it, by
another name of the same thing, by a number with its comparator, by a date, by emptiness, by other words
of a like meaning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby, product
from typing import Literal, TypeAlias

import numpy as np

from ingest.names import Mention, Names
from ingest.words import correct, fold, stems, tokens
from rag.answer import QueryEncoder, Vector
from rag.tables.execute import Engine
from rag.tables.program import Node
from rag.tables.question import BEFORE, Asked, Number, Word, bits_at, stem_of
from rag.tables.values import NUMERIC, Grid, View, date_of, key, scale_of

FilterKind = Literal[
    "is",
    "part",
    "has",
    "name",
    "spelt",
    "number",
    "compared",
    "blank",
    "filled",
    "absent",
    "join",
    "told",
    "like",
]

_MOST_NAMES = 12
_MOST_JOINS = 6
_LEAST_COMMON, _MOST_SHARED = 2, 2
_SHORTEST_ROOT = 4
_MOST_MENTIONS = 200
_LONG, _LEAST_IN_PART = 3, 2
_LIKE, _MOST_LIKE, _MOST_OF_COLUMN = 0.33, 9, 3
"""Words mean a cell, said otherwise, from this cosine on; of so many cells, and so many of a column."""
_MOST_VALUES, _LONGEST_VALUE, _MOST_PHRASES, _LONGEST_PHRASE = 40, 120, 5, 3
_BLANK = re.compile(
    r"\b(?:no|none|without|missing|lacks?|lacking|blank|empty|unknown|unrecorded|nothing|"
    r"not (?:have any|any|recorded|given|known|filled))\b|n't (?:have|give|show|list) an?y?\b"
)
_FILLED = re.compile(
    r"\b(?:any|some|on record|recorded|at all|of any kind|(?:is|are|was|were) (?:given|known|stated|filled)|"
    r"(?:has|have|having|with) (?:an? )?(?:known|recorded|stated))\b"
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
    _long: dict[str, list[frozenset[str]]] | None = field(default=None, repr=False)

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

    def long_names(self, names: Names) -> Mapping[str, Sequence[frozenset[str]]]:
        """Of the things that name rows: the stems of their names of three words or more."""
        if self._long is None:
            self._long = {
                group.canonical: [
                    form for text in group.forms if len(form := frozenset(stems(text))) >= _LONG
                ]
                for group in names.groups
                if group.canonical in self.named
            }
        return self._long

    @cached_property
    def about(self) -> frozenset[str]:
        """The standard names of the things that the table's caption and section mention."""
        found = (names.mentions(self.grid.about) for names in self.names)
        return frozenset(mention.group.canonical for each in found for mention in each)

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
    meanings: Meanings,
    about: int,
) -> list[Filter]:
    """Every set of rows that words of the question name, the surest first; also the empty ones.

    `about` are the words that name the table, as bits.
    """
    grid = engine.grid(table)
    found: dict[tuple[int, int], Filter] = {}
    replaced = _spelling(asked, lexicon, meanings.knows)
    said = [
        (number, each)
        for number, column in enumerate(grid.columns)
        if column.kind != "empty"
        for each in (
            *_textual(asked, f"{table}.{number}", column.views, replaced),
            *_numeric(asked, f"{table}.{number}", column.views, scale_of(column.header)),
            *_below_zero(asked, f"{table}.{number}:number", column.views.get("number")),
            *(_blank(asked, table, number) if column.blank else ()),
        )
    ]
    said += _named(asked, table, lexicon, meanings)
    for number, (node, words, kind, share) in said:
        if share < 0.6 and not words & ~about:
            continue  # it names the table rather than a row
        if not words & ~(asked.scale | asked.of_table):
            continue  # it says what is measured, or which table is meant
        mask = engine.rows(node)
        other = found.get((mask, words))
        if other is None or share > other.share:
            found[mask, words] = Filter(node, mask, words, kind, number, share)
    for each in _alike_cells(asked, engine, table, found.values(), meanings, about):
        found.setdefault((each.mask, each.words), each)
    named = [each.words for each in found.values() if each.kind == "name" and each.share == 1.0]
    kept = [
        each
        for each in found.values()
        if not _is_narrower(each, found.values())
        and not (_is_in_part(each) and any(not each.words & ~words for words in named))
    ]
    ordered = sorted(kept, key=lambda f: (-asked.weight(f.words) * f.share, f.mask.bit_count()))
    return ordered[:60]


def _alike_cells(
    asked: Asked,
    engine: Engine,
    table: int,
    found: Iterable[Filter],
    meanings: Meanings,
    about: int,
) -> list[Filter]:
    """The rows of cells that say in other words what words of the question say which name nothing else."""
    grid = engine.grid(table)
    taken = about | asked.scale | asked.of_table
    for each in found:
        taken |= each.words if each.share > 0.5 and each.mask and each.kind != "number" else 0
    runs = _phrases(asked, taken)
    cells = [
        (number, text)
        for number, column in enumerate(grid.columns)
        if number != grid.subject and column.kind == "text"
        for text in _different(column.texts)
    ]
    if not runs or not cells:
        return []
    phrases = [_text(asked, run) for run in runs]
    vectors = meanings([*phrases, *(text[:_LONGEST_VALUE] for _, text in cells)])
    cosines = vectors[len(phrases) :] @ vectors[: len(phrases)].T
    near = cosines.max(axis=1)
    likeliest: list[Filter] = []
    of_column: dict[int, int] = {}
    for place in np.argsort(-near, kind="stable").tolist():
        number, text = cells[place]
        if near[place] < _LIKE or len(likeliest) == _MOST_LIKE:
            break
        of_column[number] = of_column.get(number, 0) + 1
        if of_column[number] <= _MOST_OF_COLUMN:
            node = Node("is", f"{table}.{number}:text", key(text))
            words = runs[int(cosines[place].argmax())]
            likeliest.append(
                Filter(node, engine.rows(node), words, "like", number, float(near[place]))
            )
    return [each for each in likeliest if each.mask]


def _different(texts: Sequence[str]) -> list[str]:
    """The different cells of a column; none where there are too many to be compared."""
    different = list(dict.fromkeys(text for text in texts if text))
    return different if len(different) <= _MOST_VALUES else []


def _phrases(asked: Asked, taken: int) -> list[int]:
    """The content words that are not taken, in runs of three or, where there are but two, of two; and each
    alone, which needs no encoding of its own. As bits.
    """
    content = [n for n, word in enumerate(asked.words) if word.weight > 0]
    is_open = [not taken >> n & 1 and not asked.words[n].text.isdigit() for n in content]
    runs = [
        list(run)
        for keep, run in groupby(content, key=dict(zip(content, is_open, strict=True)).__getitem__)
        if keep
    ]
    windows = [
        run[at : at + _LONGEST_PHRASE]
        for run in runs
        if len(run) > 1
        for at in range(max(1, len(run) - _LONGEST_PHRASE + 1))
    ]
    alone = [[n] for run in runs for n in run]
    return [sum(1 << n for n in run) for run in (*windows[:_MOST_PHRASES], *alone)]


def _text(asked: Asked, words: int) -> str:
    """The question from the first of some words to the last; a single word folded, as it is known elsewhere."""
    first = asked.words[(words & -words).bit_length() - 1]
    last = asked.words[words.bit_length() - 1]
    return first.text if first is last else asked.text[first.start : last.end]


def _is_in_part(each: Filter) -> bool:
    return each.kind in {"has", "spelt"} and each.share < 0.9


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
    for pattern, op, kind in _BLANKS:
        if match := pattern.search(asked.lower):
            node = Node(op, Node("all", table), f"{table}.{column}:text")
            yield node, bits_at(asked.words, *match.span()), kind, 0.5


_BLANKS: tuple[tuple[re.Pattern[str], str, FilterKind], ...] = (
    (_BLANK, "blank", "blank"),
    (_FILLED, "filled", "filled"),
)


def _named(
    asked: Asked, table: int, lexicon: Lexicon, meanings: Meanings
) -> Iterator[tuple[int, _Link]]:
    """By column, the rows of the things that the question mentions by any of their names."""
    for names in lexicon.names:
        whole = 0
        for mention in meanings.mentions(names, asked.text):
            words = bits_at(asked.words, mention.span.start, mention.span.end)
            whole |= words
            yield from _of_thing(table, lexicon, mention.group.canonical, words, 1.0)
        for canonical, words in _in_part(asked, names, lexicon, whole):
            yield from _of_thing(table, lexicon, canonical, words, 0.9)


def _of_thing(
    table: int, lexicon: Lexicon, canonical: str, words: int, share: float
) -> Iterator[tuple[int, _Link]]:
    grid = lexicon.grid
    for number, rows in lexicon.named.get(canonical, {}).items():
        texts = {key(grid.columns[number].texts[row]) for row in grid.rows(rows).tolist()}
        if len(texts) <= _MOST_NAMES:
            node = Node("is", f"{table}.{number}:text", *sorted(texts))
            yield number, (node, words, "name", share)


def _in_part(asked: Asked, names: Names, lexicon: Lexicon, taken: int) -> Iterator[tuple[str, int]]:
    """The things with a long name of which the question says two words or more, and of no other's."""
    found: dict[int, set[str]] = {}
    for canonical, forms in lexicon.long_names(names).items():
        for form in forms:
            run: list[int] = []
            for n, word in enumerate(asked.words):
                if word.weight and word.stem in form and not taken >> n & 1:
                    run.append(n)
                elif run and word.weight:
                    break
            if len(run) >= _LEAST_IN_PART and len(form) - len(run) < len(run):
                found.setdefault(sum(1 << n for n in run), set()).add(canonical)
    for words, canonicals in found.items():
        if len(canonicals) == 1:
            yield canonicals.pop(), words


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


_ADJECTIVES = ("ian", "ean", "ese", "ish", "an", "ic", "n")


def _root(word: str, counts: Mapping[str, int]) -> str | None:
    """The table's word that an adjective comes from: "asian" from "asia", "african" from "africa"."""
    singular = word.removesuffix("s")
    for ending in _ADJECTIVES:
        base = singular.removesuffix(ending)
        if base == singular or len(base) < _SHORTEST_ROOT - 1:
            continue
        roots = [
            other
            for other in counts
            if len(other) >= _SHORTEST_ROOT
            and other[:_SHORTEST_ROOT] == word[:_SHORTEST_ROOT]
            and other.startswith(base)
            and len(other) <= len(base) + 2
            and other not in {word, singular}
        ]
        if roots:
            return min(roots, key=len)
    return None


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


def _numeric(asked: Asked, place: str, views: Mapping[str, View], scale: float) -> Iterator[_Link]:
    """The rows that a number chooses; of a column that counts in millions, "40 million" are 40, too."""
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
            if name == "number" and abs(number.value) >= scale > 1:
                upto = number.upto and number.upto / scale
                scaled = replace(number, value=number.value / scale, upto=upto)
                yield from _compared(f"{place}:{name}", view, scaled)


def _below_zero(asked: Asked, ref: str, view: View | None) -> Iterator[_Link]:
    """The rows that lose or gain, of a column that has both."""
    if view is None or not (
        np.nanmin(view.numbers, initial=0.0) < 0 < np.nanmax(view.numbers, initial=0.0)
    ):
        return
    for pattern, sign in ((_LOSES, "<"), (_GAINS, ">")):
        if match := pattern.search(asked.lower):
            words = bits_at(asked.words, *match.span())
            yield Node("where", ref, sign, 0.0), words, "compared", 0.8


_LOSES = re.compile(
    r"\b(?:los(?:s|ses|t|e|es|ing)(?:\s+money)?|loss-making|in\s+(?:the\s+)?(?:red|deficit)|deficits?|negative"
    r"|shr(?:ank|inks?|unk)|fell|fall(?:s|en)?|declin\w+|decreas\w+|dropped|went\s+down|minus)\b"
)
_GAINS = re.compile(
    r"\b(?:profit\w*|in\s+the\s+black|surplus\w*|made\s+money|earn\w*|positive|gain\w*|gr(?:ew|own?|ows|owth)"
    r"|rose|risen?|increas\w+|went\s+up|plus)\b"
)


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


def about_words(asked: Asked, lexicon: Lexicon, meanings: Meanings) -> int:
    """The words of the question that name the table, as bits.

    Those of its caption and section, other names of what they mention, and "table 2".
    """
    known = lexicon.grid.about_stems
    words = enumerate(asked.words)
    bits = sum(1 << n for n, word in words if word.weight == 1.0 and word.stem in known)
    for names in lexicon.names:
        for mention in meanings.mentions(names, asked.text):
            if mention.group.canonical in lexicon.about:
                bits |= bits_at(asked.words, mention.span.start, mention.span.end)
    is_it = asked.table < 0 or asked.table == lexicon.grid.number
    return bits | (asked.of_table if is_it else 0)


def absent(
    asked: Asked, grid: Grid, table: int, found: Sequence[Filter], known: int
) -> list[Filter]:
    """What the question names and the table does not have, those with a capital first.

    `known` are the words that headers say and that name the table, as bits.
    """
    for each in found:
        if each.share > 0.5 and each.kind not in {"blank", "filled"}:
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
    named = [_capitals(asked, run) for run in runs if _has_capital(asked, run)]
    for run in (named or runs)[:3]:
        node = Node("is", f"{table}.{first}:text", asked.phrase(run))
        filters_.append(Filter(node, 0, run, "absent", first, 1.0))
    return filters_


def _capitals(asked: Asked, run: int) -> int:
    """Of words with a name among them: the name alone, from its first capital to its last."""
    capital = [n for n in range(run.bit_length()) if run >> n & 1 and _has_capital(asked, 1 << n)]
    if not capital:
        return run
    return run & ((2 << capital[-1]) - (1 << capital[0]))


@dataclass(frozen=True, slots=True)
class Linked:
    """A table with the filters that the question has in it; `about` are the words that name the table."""

    grid: Grid
    table: int
    filters: Sequence[Filter]
    about: int

    def words(self, asked: Asked) -> int:
        """The words of the question that this table has: in its cells, its headers, its caption."""
        bits = self.about
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
    about = other.about & apart
    nodes = [(Node("all", other.table), about)]
    nodes += [
        (each.node, (each.words & apart) | about)
        for each in other.filters
        if each.mask and each.share > 0.5 and each.words & apart
    ]
    for column, view, of_other in _shared(one, other):
        for node, words in nodes[:_MOST_JOINS]:
            if words:
                matched = Node("matched", view, node, of_other)
                yield Filter(matched, 0, words, "join", column, 1.0)


def _shared(one: Linked, other: Linked) -> list[tuple[int, str, str]]:
    """Columns of two tables that name the same things, those with most in common first.

    One of the two is what its table's rows are about. Each: the first table's column, the two views.
    """
    found: list[tuple[int, int, str, str]] = []
    for (mine, at), (its, place) in product(_texts_of(one), _texts_of(other)):
        if one.grid.subject != at and other.grid.subject != place:
            continue
        common = len(mine.masks.keys() & its.masks.keys())
        if common >= _LEAST_COMMON:
            views = (f"{one.table}.{at}:{mine.name}", f"{other.table}.{place}:{its.name}")
            found.append((common, at, *views))
    found.sort(key=lambda each: -each[0])
    return [(at, view, of_other) for _, at, view, of_other in found[:_MOST_SHARED]]


def _texts_of(linked: Linked) -> list[tuple[View, int]]:
    """The views by which the things in a table's text columns are told, each with its column."""
    columns = [(n, c.views) for n, c in enumerate(linked.grid.columns) if c.kind == "text"]
    return [(views["bare" if "bare" in views else "text"], n) for n, views in columns[:8]]


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
        self._mentions: dict[tuple[int, str], list[Mention]] = {}

    def mentions(self, names: Names, question: str) -> list[Mention]:
        """The names in a question, found once for all tables."""
        place = (id(names), question)
        if place not in self._mentions:
            if len(self._mentions) > _MOST_MENTIONS:
                self._mentions = {}
            self._mentions[place] = names.mentions(question, self.knows)
        return self._mentions[place]

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
