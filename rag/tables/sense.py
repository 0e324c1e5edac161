"""What a reading must have to be one, whatever data the ranker has learned from.

A count answers "how many", a superlative needs a word such as "first", a name that the question says must
choose rows, what follows "not" is left out. Each rule that a candidate breaks costs it some log-odds,
before and after learning: the ranker learns what these leave open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_

import numpy as np

from rag.answer import Vector
from rag.tables.link import Filter
from rag.tables.parse import Candidate, RowSet
from rag.tables.program import OPERATORS
from rag.tables.question import Asked, Number, bits_at
from rag.tables.rank import Scene
from rag.tables.values import Grid

_HOW_MANY = (
    r"how (?:many|much|often)|numbers?|counts?|tally|times|total|amount|quantity|many|size of|"
    r"combined|altogether|sum|add"
)
_SUPERLATIVE = (
    r"most|least|fewest|last|first|top|bottom|max\w*|min\w*|best|worst|earl\w+|late\w*|final\w*|initial\w*|"
    r"\w{2,}est|record|original\w*|recent\w*|new|old|begin\w*|start\w*|end\w*|opening|closing|lead\w*|ahead|behind"
)
_COMPARATIVE = (
    r"more|less|fewer|than|before|after|between|or|\w{2,}er|difference|gap|margin|apart|exceed\w*|beat\w*|"
    r"by how|compar\w+|vs|versus|same|equal\w*|as|outnumber\w*|agree\w*|match\w*|separat\w*"
)
_NEEDS: Mapping[str, re.Pattern[str]] = {
    family: re.compile(rf"\b(?:{words})\b")
    for families, words in (
        (("count", "count-distinct", "count-order", "than.count"), _HOW_MANY),
        (("most.cells", "first.cells"), f"{_SUPERLATIVE}|{_COMPARATIVE}"),
        (("nth.cells", "top.cells", "place.cells"), r"\w*(?:st|nd|rd|th)|\w{2,}est|top|bottom|last|lowest|most|least|runner"),
        (("highest",), _SUPERLATIVE),
        (("sum", "plus", "difference-sum"), r"total\w*|sum\w*|combin\w+|altogether|add\w*|together|in all|overall|how (?:many|much)|both|collective\w*|whole|amount"),
        (("spread",), r"differ\w*|range|gap|spread|span\w*|between|separat\w*|apart|how (?:long|far|old|many years)|margin|vary|varies|pass\w*|elaps\w*|took|take"),
        (("difference", "difference-count"), f"{_COMPARATIVE}|{_SUPERLATIVE}|how (?:long|far|old|many)|lead"),
        (("most-common", "count-most-common", "most-in-sum"), r"most\w*|least|common\w*|frequen\w+|often|popular|majority|predomin\w+|usual\w*|typical\w*|main\w*|fewest|dominat\w+|more"),
        (("repeated",), r"once|twice|multiple|repeat\w*|several|again|duplicat\w*|two|three|same|both|recur\w*|more|many|back"),
        (("groups",), r"each|per|every|by|break\w*|distribut\w+|group\w*|respective\w*"),
        (("same.cells",), r"same|also|another|other|shar\w+|like|too|similar\w*|else|besides|as well"),
        (("compare",), f"{_COMPARATIVE}|{_SUPERLATIVE}"),
        (("every",), r"all|every\w*|each|both|only|any\w*|always|no|none|entire\w*|whole|without exception"),
        (("alike",), r"same|identical|equal\w*|alike|one|single|common|differ\w*"),
        (("order.cells",), r"next|after|before|previous\w*|follow\w*|prior|preced\w*|above|below|behind|immediately|subsequent\w*|succe\w+|later|earlier"),
        (("largest-column", "smallest-column"), f"{_SUPERLATIVE}|{_COMPARATIVE}"),
    )
    for family in families
}  # fmt: skip
"""Words of which a question must have one for a family to be meant."""

_LACKS_ITS_WORD = 4.0
_ONE_BY_NAME = 5.0
_UNUSED_NAME = 3.0
_UNUSED_VALUE = 2.0
_PART_OF_A_NAME = 2.0
_EQUALS_INSTEAD = 4.0
_NOT_WHAT_IS_LEFT_OUT = 3.0
_NOT_LEFT_OUT = 2.5
_NO_TRUTH = 6.0
_OTHER_KIND = 2.0
_OTHER_WAY = 3.0
_LONG_FOR_A_GRADE = 1.5
_TWO_OF_A_COLUMN = 3.0
_IN_ANOTHER_TABLE = 4.0
_COMPARES = 3.0
_ONLY_THERE = 3.0
_AFTER_A_NUMBER = 3.0
_UNUSED_ORDINAL = 2.5
_WHOLE_COLUMN = 1.5
_ASKED_FOR = 3.0
_ASKED_FOR_BY_NAME = {"pairs": 4.0, "groups": 4.0, "percentage": 6.0}

_LEAVES_OUT = re.compile(
    r"\b(?:not|never|without|except(?: for)?|excepting|excluding|besides|other than|apart from|aside from|"
    r"leaving out|leaving|leave out|but(?: not)?|neither|nor|non|exclud\w*|omit\w*|ignor\w*|barring|rather than|"
    r"different from|outside|disregard\w*|skip\w*|minus|drop\w*|remov\w*|no)\b|n't\b"
)
_LEFT_OUT = re.compile(
    r"\b(?:excluded|left out|omitted|aside|ignored|disregarded|removed|not counted|excepted)\b"
)
_IN_FULL = 0.9
_LONGEST_GRADE = 4.0
"""Words of a cell, on average: "how strong" asks for a grade or a number, not for a description."""

_REACH = 5
"""So many words after "not" may be what is left out."""

_PAIR = re.compile(
    r"(?:,| and) (?:in )?(?:when|where|what|which|how|who|since when)\b|\b(?:when|where|how|what) \w+ each\b|"
    r"\b(?:along|together) with (?:the|their|its)\b|\bwith (?:their|its)\b|\band their\b|\beach (?:one )?of\b"
)
_EACH = re.compile(
    r"\b(?:for|in|of|per|by|from) (?:each|every)\b|\bper \w+\b|\bhow many .*\beach\b"
)
_HINTS: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = tuple(
    (re.compile(pattern), frozenset(families))
    for pattern, families in (
        (r"\b(?:total|altogether|combined|in all|sum of|add(?:s|ed)? up|all together|together)\b", ("sum", "plus")),
        (r"\b(?:average|mean)\b", ("mean",)),
        ((r"\bhow many (?:more|fewer|less|years?|months|days|places)\b.*\b(?:than|after|before|between|later|earlier|separate\w*|apart|lie|older|younger)\b"
         r"|\bdifference\b|\bby how (?:much|many)\b|\bgap\b|\bhow much (?:more|less|larger|bigger|older|higher|longer)\b|\bhow (?:many|much)\b.*\b\w+er than\b"), ("difference", "difference-count", "spread")),
        (r"\bsame\b", ("alike",)),
        (r"\b(?:all|every\w*|each|without exception)\b", ("every", "alike")),
        (r"\b\w+er than\b|\b(?:more|less|fewer) .*\bthan\b|\b(?:before|after)\b", ("compare",)),
        (r"\b(?:percent\w*|per cent|proportion|fraction|share)\b|%", ("percentage",)),
    )
)  # fmt: skip
"""Words that speak for a family."""

_MORE_THAN = re.compile(r"\b\w+er than\b|\bmore .*\bthan\b")
_DAY = re.compile(r"\b(?:which|what) (?:day|month|date)\b")
_LATER = re.compile(
    r"\b(?:latest|newest|youngest|most recent\w*|last|recent|later|after|newer|younger|more recent\w*)\b"
)
_EARLIER = re.compile(r"\b(?:oldest|earliest|first|older|earlier|before|sooner|longest[- ]\w+)\b")
_LARGER = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|longest|tallest|heaviest|more|larger|bigger|higher|greater|longer|"
    r"taller|wider|widest|deepest|richest|maximum|max)\b"
)
_SMALLER = re.compile(
    r"\b(?:least|fewest|lowest|smallest|shortest|lightest|less|fewer|smaller|lower|shorter|poorest|minimum|min|tiniest)\b"
)
_EVERYTHING = re.compile(
    r"\b(?:all|every|each|list|name|names|show|give|which|what are|who are|entries|mention\w*)\b"
)


def names_of_rows(scenes: Sequence[Scene]) -> list[int]:
    """The words of the question that name a row of one of its tables in full, name by name, as bits."""
    about = reduce(or_, (scene.about for scene in scenes), 0)
    return [
        each.words
        for scene in scenes
        for each in scene.filters
        if _is_said(each, about) and each.column == scene.grid.subject
        if each.words & scene.asked.content
    ]


def _is_said(each: Filter, known: int) -> bool:
    """Whether words of the question give a cell in full, that are not `known` to mean something else."""
    in_full = each.mask and each.share >= _IN_FULL and each.kind in {"name", "is", "part", "spelt"}
    return bool(in_full and each.words & ~known)


def prior(scene: Scene, named: Sequence[int]) -> Vector:
    """The log-odds of each candidate by the rules that it breaks: shape (candidates,), 0 for none.

    `named` are the words that name rows in full, of this table or another one.
    """
    asked, lower = scene.asked, scene.asked.lower
    lacking = {family for family, needed in _NEEDS.items() if not needed.search(lower)}
    heads = reduce(or_, scene.links.said, scene.about)
    values = [f.words for f in scene.filters if _is_said(f, heads) and f.words & asked.content]
    of_sets = [_of_set(scene, rows, named, values) for rows in scene.sets]
    of_columns = [_of_column(scene, number) for number in range(len(scene.grid.columns))]
    ways = [_ways(lower, column.kind) for column in scene.grid.columns]
    hinted = {family for pattern, of in _HINTS if pattern.search(lower) for family in of}
    hinted |= {"pairs"} if _PAIR.search(lower) else set()
    hinted |= {"groups"} if _EACH.search(lower) else set()
    wants_all = _EVERYTHING.search(lower)
    is_number = asked.wh in {"how-many", "how-much"}
    found = np.zeros(len(scene.candidates), dtype=np.float32)
    for place, candidate in enumerate(scene.candidates):
        family, rows = candidate.family, scene.sets[candidate.rows]
        cost = of_sets[candidate.rows]
        if family in lacking:
            cost += _LACKS_ITS_WORD
        if (asked.wh == "yes-no") != (OPERATORS[candidate.node.op].gives == "truth"):
            cost += _NO_TRUTH
        if family in {"count", "count-distinct"} and _is_one_by_name(scene.grid, rows):
            cost += _ONE_BY_NAME
        if family == "cells" and rows.shape == "all" and not wants_all:
            cost += _WHOLE_COLUMN
        if candidate.out >= 0 and family.endswith("cells"):
            cost += of_columns[candidate.out]
            cost += _OTHER_KIND if is_number and not _has_number(candidate.shown[0]) else 0.0
        if family in hinted:
            cost -= _ASKED_FOR_BY_NAME.get(family, _ASKED_FOR)
        if candidate.by >= 0 and candidate.way:
            cost += ways[candidate.by][candidate.way > 0]
        cost += _of_family(scene, candidate, rows)
        found[place] = -cost
    return found


def _of_family(scene: Scene, candidate: Candidate, rows: RowSet) -> float:
    """What it costs to leave a "second" unused, to ask for two values of one cell, to read "after 2012"
    as a place, to say no more than that a row is there.
    """
    asked = scene.asked
    cost = _ordinals(asked, candidate, rows)
    if candidate.family == "any" and _is_one_by_name(scene.grid, rows):
        rest = asked.content & ~(rows.words | scene.about)
        cost += min(_ONLY_THERE, asked.weight(rest))
    if candidate.family == "any" and _MORE_THAN.search(asked.lower) and not asked.numbers:
        cost += _COMPARES
    columns = [f.column for f in rows.filters if f.kind in {"is", "name"}]
    if candidate.family == "any" and not candidate.size and len(columns) > len(set(columns)):
        cost += _TWO_OF_A_COLUMN
    if candidate.family in {"order.cells", "count-order"} and any(n.sign for n in asked.numbers):
        cost += _AFTER_A_NUMBER
    return cost


def _ways(lower: str, kind: str) -> tuple[float, float]:
    """What the lowest and the highest of a kind of column cost: "oldest" means the lowest year."""
    more, less = bool(_LARGER.search(lower)), bool(_SMALLER.search(lower))
    late, early = bool(_LATER.search(lower)), bool(_EARLIER.search(lower))
    if kind in {"year", "date"}:
        if late != early:
            return _OTHER_WAY * late, _OTHER_WAY * early
        return (_OTHER_KIND, _OTHER_KIND) if more or less else (0.0, 0.0)
    if more != less:
        return _OTHER_WAY * more, _OTHER_WAY * less
    return 0.0, 0.0


def _ordinals(asked: Asked, candidate: Candidate, rows: RowSet) -> float:
    if candidate.family in {"nth.cells", "place.cells", "top.cells"}:
        return 0.0
    unused = any(
        n.is_ordinal and n.value > 1 and not any(f.words & n.words for f in rows.filters)
        for n in asked.numbers
    )
    return _UNUSED_ORDINAL * unused


def _has_number(shown: str) -> bool:
    return any(map(str.isdigit, shown)) or not _SPELT.isdisjoint(shown.lower().split())


_SPELT = frozenset("one two three four five six seven eight nine ten several many".split())


def _of_set(scene: Scene, rows: RowSet, named: Sequence[int], values: Sequence[int]) -> float:
    """What a set of rows costs: names that it leaves unused, signs and negations that it gets wrong."""
    asked, cost = scene.asked, 0.0
    used = rows.words | scene.about
    if any(not words & used for words in named):
        cost += _UNUSED_NAME
    elif any(not words & used for words in values):
        cost += _UNUSED_VALUE
    in_part = [f.words for f in rows.filters if f.kind in {"has", "spelt"} and f.share < _IN_FULL]
    if any(words & ~name == 0 for words in in_part for name in named):
        cost += _PART_OF_A_NAME
    missing = [f.words for f in rows.filters if f.kind == "absent"]
    if any(words & name for words in missing for name in named):
        cost += _IN_ANOTHER_TABLE * (not asked.weight(scene.about & asked.content))
    signed = [n for n in asked.numbers if n.sign and n.sign != "!=" and not _is_from(asked, n)]
    for each in rows.filters:
        if each.kind in {"number", "is", "part", "has"} and any(
            not each.words & ~n.words for n in signed
        ):
            cost += _EQUALS_INSTEAD
            break
    if _LEAVES_OUT.search(asked.lower):
        cost += _negations(asked, rows)
    return cost


def _is_from(asked: Asked, number: Number) -> bool:
    """Whether only "from" stands before a number: "the boats from 1974" are of that year, or later."""
    first = (number.words & -number.words).bit_length() - 1
    return first > 0 and asked.words[first - 1].text == "from"


def _negations(asked: Asked, rows: RowSet) -> float:
    reach = left_out(asked)
    if rows.negated:
        return 0.0 if rows.negated & reach else _NOT_WHAT_IS_LEFT_OUT
    wrong = any(
        each.kind not in {"blank", "absent"} and each.words and not each.words & ~reach
        for each in rows.filters
    )
    return _NOT_LEFT_OUT * wrong


def left_out(asked: Asked) -> int:
    """The words that stand right after "not" and the like, or right before "excluded": as bits."""
    bits = 0
    for match in _LEAVES_OUT.finditer(asked.lower):
        first = next((n for n, w in enumerate(asked.words) if w.start >= match.end()), None)
        if first is None:
            continue
        end = asked.lower.find(",", match.end())
        taken = 0
        for n in range(first, len(asked.words)):
            word = asked.words[n]
            if taken >= _REACH or (0 <= end <= word.start and taken):
                break
            bits |= 1 << n
            taken += word.weight >= 0.5
    for match in _LEFT_OUT.finditer(asked.lower):
        bits |= bits_at(asked.words, max(0, match.start() - 30), match.start())
    return bits


def _is_one_by_name(grid: Grid, rows: RowSet) -> bool:
    """Whether a set is the one row that its own name chooses, so that counting it says nothing."""
    return (
        rows.mask.bit_count() == 1
        and len(rows.filters) == 1
        and rows.filters[0].column == grid.subject
        and rows.filters[0].kind in {"is", "name", "spelt", "part"}
    )


def _of_column(scene: Scene, number: int) -> float:
    """What it costs a column to answer, where the question asks for another kind of thing."""
    column = scene.grid.columns[number]
    if scene.asked.scale and column.words > _LONGEST_GRADE:
        return _LONG_FOR_A_GRADE
    kinds = {each.kind for each in scene.grid.columns}
    match scene.asked.wh:
        case "when":
            if _DAY.search(scene.asked.lower) and column.kind == "year":
                return _OTHER_WAY
            wants = {"year", "date", "time"}
            is_other = column.kind not in wants and not wants & set(column.views)
            return _OTHER_KIND * (is_other and bool(kinds & wants))
        case "who" | "where":
            return _OTHER_KIND * (column.kind in {"number", "year", "date", "time"})
        case "how-many" | "how-much":
            return _OTHER_KIND * (column.kind in {"year", "date"})
    return 0.0
