"""Which of the candidates a question means, and how surely.

A small network scores features of each candidate, and a table of weights its operators against the
question's word pairs. The softmax over all candidates is summed by result: programs that say the same
vote together. The weights are learned by `rag.train.tables` and lie in `weights.npz`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache, reduce
from itertools import pairwise
from operator import or_
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.answer import Reread, Vector, log_odds, logistic
from rag.answer import Sentence as Told
from rag.tables.execute import Engine
from rag.tables.link import ColumnLinks, Filter, Meanings
from rag.tables.parse import FAMILIES, Candidate, RowSet
from rag.tables.program import Node, Rows
from rag.tables.question import FLAGS, NEGATION, WHS, Asked, Word
from rag.tables.told import Sentence
from rag.tables.values import Column, Grid, key

WEIGHTS = Path(__file__).with_name("weights.npz")

_KINDS = ("number", "year", "date", "time", "text", "empty")
_VIEWS = (
    "text",
    "bare",
    "inner",
    "year",
    "number",
    "second",
    "gap",
    "month",
    "items",
    "date",
    "time",
)
_FILTER_KINDS = (
    "is",
    "part",
    "has",
    "spelt",
    "number",
    "compared",
    "blank",
    "absent",
    "like",
    "join",
    "told",
)
_ALIKE = {"name": "is", "filled": "blank"}
_SHAPES = ("all", "one", "and", "or", "not")
_FLAGS = tuple(FLAGS)
_UP = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|longest|tallest|heaviest|best|maximum|max|top|latest|"
    r"last|newest|youngest|more|larger|higher|longer|later|recent\w*|greater|taller|after|next|below|"
    r"following|bigger|widest|deepest|strongest|richest|final|closest)\b"
)
_DOWN = re.compile(
    r"\b(?:least|lowest|smallest|fewest|shortest|lightest|worst|minimum|min|bottom|earliest|first|"
    r"oldest|less|fewer|smaller|lower|shorter|earlier|before|previous\w*|above|prior|older|fastest|"
    r"quickest|preced\w*|weakest|poorest|nearest|initial\w*)\b"
)
_SUPERLATIVE = re.compile(r"(?:most|least|first|last|top|best|worst)$|.{3,}est$")
ROW_WIDTH = 14 + len(_FILTER_KINDS) + len(_SHAPES) + 4
OUT_WIDTH = 19 + len(_KINDS)
BY_WIDTH = 9 + len(_KINDS)
OWN_WIDTH = 34 + len(_VIEWS) + len(FAMILIES)
ASKED_WIDTH = len(WHS) + len(_FLAGS) + 5
WIDTH = ROW_WIDTH + OUT_WIDTH + BY_WIDTH + OWN_WIDTH + ASKED_WIDTH
_WAYS = 3
_SIZES = 4
ASPECTS = len(FAMILIES) * _WAYS + len(_SHAPES) + len(_KINDS) + 1 + len(_VIEWS) + 1 + _SIZES
"""The columns of the table of word pairs: what a candidate's program is made of."""

MOST_ASPECTS = 5
_MOST_SCORED = 2_000
_LEFT_OUT = 6.0
"""So much less likely, in log-odds, is a program that leaves out three words of weight that name rows."""
REREAD = 12
"""So many results are read a second time."""
_MOST_READ, _LONGEST_READ = 4, 400
"""Of a result so many values, of all that it says so many characters, are read."""
_NEAR_A_HEADER, _PLAINLY_LIKE = 0.4, 0.5
_ROWS_FROM = 60
"""So many of the likeliest candidates tell which rows are meant."""

_FAMILY = {name: n for n, name in enumerate(FAMILIES)}


@dataclass(frozen=True)
class Scene:
    """A question over one table, with all that the candidates are judged by."""

    asked: Asked
    grid: Grid
    filters: Sequence[Filter]
    sets: Sequence[RowSet]
    links: ColumnLinks
    candidates: Sequence[Candidate]
    about: int
    """The words of the question that name the table, as bits."""

    table: int = 0
    told: Sequence[tuple[Filter, Sentence]] = ()
    """The row sets that sentences of the text gave, each with its sentence."""

    @cached_property
    def is_negated(self) -> bool:
        """Whether the question leaves something out."""
        return NEGATION.search(self.asked.lower) is not None


def aspects(scene: Scene, candidate: Candidate) -> tuple[int, ...]:
    """What a candidate is made of, as columns of the table of word pairs: MOST_ASPECTS of them."""
    way = 0 if candidate.way == 0 else 1 if candidate.way > 0 else 2
    start = len(FAMILIES) * _WAYS
    shape = start + _SHAPES.index(scene.sets[candidate.rows].shape)
    start += len(_SHAPES)
    kind = scene.grid.columns[candidate.out].kind if candidate.out >= 0 else ""
    of_kind = start + (_KINDS.index(kind) if kind else len(_KINDS))
    start += len(_KINDS) + 1
    of_view = start + (_VIEWS.index(candidate.view) if candidate.view in _VIEWS else len(_VIEWS))
    start += len(_VIEWS) + 1
    size = start + min(_SIZES - 1, candidate.size.bit_length())
    return _FAMILY[candidate.family] * _WAYS + way, shape, of_kind, of_view, size


def features(scene: Scene, meanings: Meanings) -> NDArray[np.float32]:
    """What speaks for and against each candidate: shape (candidates, WIDTH)."""
    asked, grid, links = scene.asked, scene.grid, scene.links
    of_cells, of_set = _cell_cosines(scene, meanings)
    known = reduce(or_, links.said, scene.about)
    of_words = _row_scores(scene)
    rows = np.array(
        [_of_rows(asked, grid, links, known, of_words, each) for each in scene.sets],
        dtype=np.float32,
    )
    outs = np.zeros((len(grid.columns) + 1, OUT_WIDTH), dtype=np.float32)
    bys = np.zeros((len(grid.columns) + 1, BY_WIDTH), dtype=np.float32)
    for number, column in enumerate(grid.columns):
        outs[number] = _of_out(asked, grid, links, number, column)
        bys[number] = _of_by(asked, links, number, column)
    own = np.array(
        [_own(scene, each, of_cells, of_set) for each in scene.candidates], dtype=np.float32
    ).reshape(len(scene.candidates), OWN_WIDTH)
    question = np.array(_of_question(asked, grid), dtype=np.float32)
    return np.concatenate(
        [
            rows[[each.rows for each in scene.candidates]],
            outs[[each.out for each in scene.candidates]],
            bys[[each.by for each in scene.candidates]],
            own,
            np.broadcast_to(question, (len(scene.candidates), len(question))),
        ],
        axis=1,
    )


def _one_hot(value: str, names: Sequence[str]) -> list[float]:
    return [float(value == name) for name in names]


def _of_question(asked: Asked, grid: Grid) -> list[float]:
    return [
        *_one_hot(asked.wh, WHS),
        *(float(name in asked.flags) for name in _FLAGS),
        len(asked.words) / 10,
        float(bool(asked.numbers)),
        float(any(n.is_ordinal for n in asked.numbers)),
        math.log1p(grid.height) / 5,
        len(grid.columns) / 10,
    ]


def _of_rows(
    asked: Asked, grid: Grid, links: ColumnLinks, known: int, of_words: Vector, rows: RowSet
) -> list[float]:
    size = rows.mask.bit_count()
    total = max(0.5, asked.weight(asked.content))
    shares = [each.share for each in rows.filters] or [0.0]
    # As good as a cell that is said: most of the training data know no other names.
    kinds = {_ALIKE.get(each.kind, each.kind) for each in rows.filters}
    columns = [each.column for each in rows.filters] if len(asked.words) else []
    broken = asked.weight(_beside(asked, rows.words) & ~known)
    return [
        asked.weight(rows.words) / total,
        asked.weight(rows.words) / 5,
        len(rows.filters) / 3,
        sum(shares) / len(shares),
        min(shares),
        size / max(1, grid.height),
        float(any(each.column == grid.subject for each in rows.filters)),
        max((float(links.spoken[c]) for c in columns), default=0.0),
        max((float(links.words[:, c].max()) for c in columns), default=0.0),
        broken,
        float(broken > 0),
        *_fit_of_rows(grid, of_words, rows),
        *(float(kind in kinds) for kind in _FILTER_KINDS),
        *_one_hot(rows.shape, _SHAPES),
        float(size == 1),
        float(2 <= size <= 5),
        float(size > 5),
        float(bool(rows.negated)),
    ]


def names_another(scene: Scene, candidate: Candidate) -> bool:
    """Whether a name of the question goes on beside the words that chose the rows.

    "Jean Winter" is not the "Anna Winter" of the table. Names are told by their capitals.
    """
    asked, rows = scene.asked, scene.sets[candidate.rows]
    known = reduce(or_, scene.links.said, scene.about)
    columns = {each.column for each in rows.filters}
    for each in scene.filters:
        known |= each.words if each.mask and each.column not in columns else 0
    beside = _beside(asked, rows.words) & ~known
    return any(
        asked.text[word.start].isupper() and word.start > 0
        for n, word in enumerate(asked.words)
        if beside >> n & 1
    )


def is_spoken_of(scene: Scene, candidate: Candidate) -> bool:
    """Whether the question has any word of the table: of its caption, its headers, the rows chosen.

    A word that is only a little like a cell's is none.
    """
    said = reduce(or_, scene.links.said, scene.about)
    for each in scene.sets[candidate.rows].filters:
        said |= each.words if each.kind != "like" or each.share >= _PLAINLY_LIKE else 0
    return bool(said & scene.asked.content)


def open_words(scene: Scene, candidate: Candidate) -> float:
    """How many of the question's words neither the candidate uses nor any header is near; a name twice."""
    asked, rows = scene.asked, scene.sets[candidate.rows]
    columns = {candidate.out, candidate.by, *(each.column for each in rows.filters)} - {-1}
    used = reduce(or_, (scene.links.said[number] for number in columns), rows.words | scene.about)
    found = 0.0
    for n, word in enumerate(asked.words):
        if word.weight < 1.0 or used >> n & 1 or word.text.isdigit():
            continue
        is_name = word.start > 0 and asked.text[word.start].isupper()
        is_near = bool(scene.links.words[n].max(initial=0.0) >= _NEAR_A_HEADER)
        found += 2.0 if is_name else 0.0 if is_near else 1.0
    return found


def asks_for_nothing(scene: Scene, candidate: Candidate) -> bool:
    """Whether the question names a column that is empty in its one row, and another one answers."""
    if scene.asked.wh == "yes-no":
        return False
    named = [s.mask for s in scene.sets if s.mask.bit_count() == 1 and s.shape == "one"][:1]
    return any(
        links_to >= 0.99 and number not in (candidate.out, candidate.by) and column.blank & mask
        for mask in named
        for number, (column, links_to) in enumerate(
            zip(scene.grid.columns, scene.links.spoken.tolist(), strict=True)
        )
    )


def _row_scores(scene: Scene) -> Vector:
    """How many of the question's words each row has, the rare ones counting more: 1 for the best row."""
    grid, scores = scene.grid, np.zeros(scene.grid.height, dtype=np.float32)
    if grid.height > _MOST_SCORED:
        return scores
    for n, word in enumerate(scene.asked.words):
        if word.weight < 1.0 or scene.about >> n & 1:
            continue
        mask = 0
        for column in grid.columns:
            mask |= column.views["words"].masks.get(word.stem, 0)
        if mask:
            scores[grid.rows(mask)] += math.log1p(grid.height / mask.bit_count())
    best = float(scores.max()) if grid.height else 0.0
    return scores / best if best else scores


def _fit_of_rows(grid: Grid, of_words: Vector, rows: RowSet) -> tuple[float, float, float]:
    """The mean and the least score of a set's rows, and the share of the best rows that it has."""
    if rows.shape == "all" or not rows.mask or not of_words.any():
        return 0.0, 0.0, 0.0
    mine = of_words[grid.rows(rows.mask)]
    best = int((of_words >= 0.8).sum())
    return float(mine.mean()), float(mine.min()), float((mine >= 0.8).sum()) / best


def _beside(asked: Asked, words: int) -> int:
    """The words right beside those that name rows: where nothing explains them, the name is another."""
    beside = 0
    for n, word in enumerate(asked.words):
        if word.weight < 1.0 or words >> n & 1 or word.text.isdigit():
            continue
        near = (n - 1, n + 1, n - 2 if n and not asked.words[n - 1].weight else n - 1)
        if any(m >= 0 and words >> m & 1 for m in near):
            beside |= 1 << n
    return beside


def _of_out(
    asked: Asked, grid: Grid, links: ColumnLinks, number: int, column: Column
) -> list[float]:
    focus = [n for n in range(len(asked.words)) if asked.focus >> n & 1]
    words = links.words[:, number] if len(asked.words) else np.zeros(1)
    return [
        float(links.spoken[number]),
        asked.weight(links.said[number] & asked.focus),
        asked.weight(links.said[number]) / 2,
        float(links.whole[number]),
        float(links.focus[number]),
        float(max((words[n] for n in focus), default=0.0)),
        float(words.max()),
        float(links.whole[number] >= links.whole.max() - 1e-6),
        float(links.focus[number] >= links.focus.max() - 1e-6),
        float(column.is_rank),
        float(column.is_unique),
        float(number == grid.subject),
        float(column.sortedness),
        column.blank.bit_count() / max(1, grid.height),
        float(number == 0),
        float(number == len(grid.columns) - 1),
        float(max((words[n] for n in focus), default=0.0) >= links.words[focus].max() - 1e-6)
        if focus
        else 0.0,
        min(column.words, 20.0) / 5,
        column.variety,
        *_one_hot(column.kind, _KINDS),
    ]


def _of_by(asked: Asked, links: ColumnLinks, number: int, column: Column) -> list[float]:
    after = [
        m
        for n, word in enumerate(asked.words)
        if _SUPERLATIVE.match(word.text)
        for m in range(n, min(n + 4, len(asked.words)))
    ]
    words = links.words[:, number] if len(asked.words) else np.zeros(1)
    near = sum(1 << m for m in set(after))
    return [
        float(links.spoken[number]),
        asked.weight(links.said[number] & near),
        asked.weight(links.said[number]) / 2,
        float(links.whole[number]),
        float(max((words[m] for m in after), default=0.0)),
        float(words.max()),
        float(links.whole[number] >= links.whole.max() - 1e-6),
        float(column.is_rank),
        float(column.sortedness),
        *_one_hot(column.kind, _KINDS),
    ]


def _own(scene: Scene, candidate: Candidate, of_cells: Vector | None, of_set: int) -> list[float]:
    asked, links = scene.asked, scene.links
    rows = scene.sets[candidate.rows]
    out, by = candidate.out, candidate.by
    said_out = links.said[out] if out >= 0 else 0
    said_by = links.said[by] if by >= 0 else 0
    used = rows.words | said_out | said_by | scene.about
    for each in rows.filters:
        used |= links.said[each.column] if each.kind != "join" else 0
    content = asked.content
    total = max(0.5, asked.weight(content))
    unused = max(
        (
            asked.weight(f.words & ~used) * f.share
            for f in scene.filters
            if f.words & ~used and f.kind not in {"blank", "filled", "like", "told"}
        ),
        default=0.0,
    )
    columns = {each.column for each in rows.filters}
    first = candidate.shown[0]
    up, down = bool(_UP.search(asked.lower)), bool(_DOWN.search(asked.lower))
    is_digit = first.replace(",", "").replace(".", "").replace("-", "").isdigit()
    cosine = 0.0
    is_best = 0.0
    if of_cells is not None and candidate.rows == of_set and out >= 0:
        cosine = float(of_cells[out])
        is_best = float(cosine >= of_cells.max() - 1e-6)
    count = len(candidate.shown)
    is_negated = scene.is_negated
    return [
        asked.weight(content & ~used) / total,
        asked.weight(content & ~used) / 5,
        unused / 3,
        float(out in columns),
        float(out == by and out >= 0),
        float(by in columns),
        float(candidate.way),
        float(candidate.way > 0 and up and not down),
        float(candidate.way > 0 and down and not up),
        float(candidate.way < 0 and down and not up),
        float(candidate.way < 0 and up and not down),
        float(candidate.way == 0 and up),
        float(candidate.way == 0 and down),
        math.log1p(candidate.size) / 3,
        float(candidate.size == 1),
        float(count == 1),
        float(count == 2),
        float(count > 2),
        float(is_digit),
        float(_stands_in(first, asked)),
        float(first == "0"),
        float(first == "1"),
        asked.weight(said_out & ~rows.words),
        asked.weight(said_by & ~rows.words),
        float(len(first) > 40),
        cosine,
        is_best,
        float(is_negated and rows.shape == "not"),
        float(is_negated and rows.shape not in {"not", "all"}),
        float(not is_negated and rows.shape == "not"),
        *_explained(scene, content & ~used, out),
        *_one_hot(candidate.view, _VIEWS),
        *_one_hot(candidate.family, FAMILIES),
    ]


def _explained(scene: Scene, unused: int, out: int) -> tuple[float, float, float, float]:
    """How near the words that nothing uses are to the answering header, and to any header."""
    numbers = [n for n in range(len(scene.asked.words)) if unused >> n & 1]
    if not numbers or not scene.grid.columns:
        return 1.0, 1.0, 1.0, 0.0
    words = scene.links.words[numbers]
    mine = words[:, out] if out >= 0 else np.zeros(len(numbers))
    return float(mine.max()), float(mine.min()), float(words.max(axis=1).min()), len(numbers) / 5


def _stands_in(shown: str, asked: Asked) -> bool:
    return f" {key(shown)} " in _padded(asked.text)


@lru_cache(maxsize=1_000)
def _padded(text: str) -> str:
    return f" {key(text)} "


def _cell_cosines(scene: Scene, meanings: Meanings) -> tuple[Vector | None, int]:
    """Of the best single row: the cosine of the question and each "header: cell"."""
    best = next((n for n, s in enumerate(scene.sets) if s.mask.bit_count() == 1), -1)
    if best < 0:
        return None, -1
    row = scene.sets[best].mask.bit_length() - 1
    texts = [f"{c.header}: {c.texts[row]}"[:120] for c in scene.grid.columns[:30]]
    vectors = meanings([scene.asked.text, *texts])
    found = np.zeros(len(scene.grid.columns), dtype=np.float32)
    found[: len(texts)] = vectors[1:] @ vectors[0]
    return found, best


# --- the question's words against operators ------------------------------------------------------


def word_pairs(asked: Asked, filters: Sequence[Filter], links: ColumnLinks) -> list[str]:
    """The words of a question and its pairs of neighbours, with names, numbers and headers masked."""
    named = 0
    for each in filters:
        if each.share > 0.6 and each.kind not in {
            "blank",
            "filled",
            "number",
            "compared",
            "like",
            "told",
        }:
            named |= each.words
    heads = 0
    for said in links.said:
        heads |= said
    numbers = 0
    for number in asked.numbers:
        numbers |= number.words if not number.in_words else 0
    masked = ["<s>"]
    for n, word in enumerate(asked.words):
        sign = _mask(
            word,
            is_number=bool(numbers >> n & 1),
            is_name=bool(named >> n & 1),
            is_head=bool(heads >> n & 1),
        )
        if sign != masked[-1]:
            masked.append(sign)
    masked.append("</s>")
    pairs = [f"{a} {b}" for a, b in pairwise(masked)]
    return list(dict.fromkeys([*masked[1:-1], *pairs]))


def _mask(word: Word, *, is_number: bool, is_name: bool, is_head: bool) -> str:
    if is_number:
        return "<number>"
    if word.weight < 1.0:
        return word.text
    return "<name>" if is_name else "<column>" if is_head else word.text


# --- the scorer ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scorer:
    """The learned weights.

    `pairs` maps a word or pair to its row of `table`, whose columns are aspects. `sure` are the
    weights of the confidence, its intercept last.
    """

    mean: Vector
    scale: Vector
    hidden: Vector
    hidden_bias: Vector
    out: Vector
    pairs: dict[str, int]
    table: Vector
    sure: Vector

    def scores(
        self, values: NDArray[np.float32], pairs: Sequence[str], parts: NDArray[np.intp]
    ) -> Vector:
        """The score of each candidate; `parts` are their aspects: (candidates, MOST_ASPECTS)."""
        x = (values - self.mean) * self.scale
        h = np.maximum(x @ self.hidden + self.hidden_bias, 0.0)
        scores: Vector = h @ self.out
        known = [self.pairs[pair] for pair in pairs if pair in self.pairs]
        if known:
            scores = scores + self.table[known].sum(axis=0)[parts].sum(axis=1)
        return scores


@cache
def scorer(path: Path = WEIGHTS) -> Scorer:
    """The shipped weights."""
    with np.load(path, allow_pickle=False) as stored:
        data: dict[str, Any] = {name: stored[name] for name in stored.files}
    return Scorer(
        mean=data["mean"],
        scale=data["scale"],
        hidden=data["hidden"].astype(np.float32),
        hidden_bias=data["hidden_bias"],
        out=data["out"],
        pairs={str(pair): n for n, pair in enumerate(data["pairs"])},
        table=data["table"].astype(np.float32),
        sure=data["sure"],
    )


@dataclass(frozen=True)
class Meaning:
    """One result that a question may have: its candidates, the best first, and their probability.

    `place` is the number of the best among all candidates.
    """

    candidates: tuple[Candidate, ...]
    probability: float
    place: int

    @property
    def best(self) -> Candidate:
        return self.candidates[0]


def denotation(shown: Sequence[str]) -> frozenset[str]:
    """What makes two results the same: their values without regard to order and writing."""
    return frozenset(_same_form(text) for text in shown)


@lru_cache(maxsize=50_000)
def _same_form(text: str) -> str:
    """A value in one form: numbers to six places."""
    try:
        return f"{round(float(text.replace(',', '')), 6):g}"
    except ValueError:
        return key(text)


def probabilities(scores: Vector) -> Vector:
    """The softmax of the scores of all candidates."""
    shares: Vector = np.exp(scores - scores.max())
    shares /= shares.sum()
    return shares


def meanings_of(candidates: Sequence[Candidate], shares: Vector) -> list[Meaning]:
    """The candidates gathered by result, the most probable result first."""
    groups: dict[frozenset[str], list[int]] = {}
    for number, candidate in enumerate(candidates):
        groups.setdefault(denotation(candidate.shown), []).append(number)
    found = []
    for numbers in groups.values():
        numbers.sort(key=lambda n: -float(shares[n]))
        total = float(sum(shares[n] for n in numbers))
        found.append(Meaning(tuple(candidates[n] for n in numbers), total, numbers[0]))
    return sorted(found, key=lambda meaning: -meaning.probability)


def again(
    scene: Sequence[Scene],
    values: Vector,
    found: Sequence[Meaning],
    engine: Engine,
    reread: Reread,
) -> tuple[list[Meaning], float]:
    """The likeliest results in the order of a second reading, and how well the first answers.

    `scene` and `values` are those of each candidate. The reading overlooks conditions; a program that leaves
    out what the question plainly names is held back. How well is in log-odds: over 0 where it is likelier than that the
    tables do not say. What the results that are read were likely together, they stay.
    """
    first, others = found[:REREAD], found[REREAD:]
    scores = reread(
        scene[0].asked.text,
        [told_as(each.best, scene[each.place].grid, engine) for each in first],
        np.array([log_odds(each.probability) for each in first], dtype=np.float32),
    )
    unused = values[[each.place for each in first], ROW_WIDTH + OUT_WIDTH + BY_WIDTH + 2]
    scores = scores - _LEFT_OUT * unused
    shares = probabilities(scores) * sum(each.probability for each in first)
    known = [replace(each, probability=float(p)) for each, p in zip(first, shares, strict=True)]
    known.sort(key=lambda meaning: -meaning.probability)
    return [*known, *others], float(scores.max())


def told_as(candidate: Candidate, grid: Grid, engine: Engine) -> Told:
    """A candidate as it is read again: what it computes and what comes out, in words, and of which table."""
    shown = ", ".join(candidate.shown[:_MOST_READ])
    return f"{engine.reading(candidate.node)} = {shown}"[:_LONGEST_READ], "", grid.about


@dataclass(frozen=True)
class LikelyRows:
    """The rows that a question is most likely about, by their program, and how well they may fit.

    `fit` is the expected F1 of these rows against the rows that are meant.
    """

    node: Node
    mask: int
    fit: float


def likely_rows(
    engine: Engine, candidates: Sequence[Candidate], shares: Vector
) -> LikelyRows | None:
    """The rows with the least expected error, whatever is asked of them; None where none are meant."""
    weights: dict[tuple[int, int], float] = {}
    nodes: dict[tuple[int, int], Node] = {}
    for number in np.argsort(-shares)[:_ROWS_FROM].tolist():
        inner = candidates[number].node.args[0]
        rows = engine.run(inner) if isinstance(inner, Node) else None
        if isinstance(inner, Node) and isinstance(rows, Rows) and rows.mask:
            place = (rows.table, rows.mask)
            weights[place] = weights.get(place, 0.0) + float(shares[number])
            nodes.setdefault(place, inner)
    best: LikelyRows | None = None
    for (table, mask), node in nodes.items():
        fit = sum(
            weight * 2 * (mask & other).bit_count() / (mask.bit_count() + other.bit_count())
            for (of, other), weight in weights.items()
            if of == table
        )
        if best is None or fit > best.fit:
            best = LikelyRows(node, mask, fit)
    return best


def doubts(values: Vector, probability: float, second: float, broken: float) -> list[float]:
    """What the confidence in a result is judged by: its probability, and what its program leaves open.

    `values` are the features of its best candidate, `broken` its log-odds by `rag.tables.sense`;
    `second` is the next result's probability.
    """
    rows, out = values[:ROW_WIDTH], values[ROW_WIDTH : ROW_WIDTH + OUT_WIDTH]
    own = values[ROW_WIDTH + OUT_WIDTH + BY_WIDTH :][:OWN_WIDTH]
    return [
        log_odds(probability),
        probability - second,
        broken / 3,
        *(float(own[n]) for n in (0, 1, 2, 3, 15, 17, 19, 25, 27, 28, 29, 30, 31, 32, 33)),
        *(float(rows[n]) for n in (0, 1, 3, 4, 7, 8, 9, 10, 11, 12, 13)),
        float(rows[14 + len(_FILTER_KINDS)]),
        *(float(out[n]) for n in (0, 3, 4, 5, 6)),
        *(float(each) for each in own[34 + len(_VIEWS) :]),
    ]


def confidence(values: Vector, probability: float, second: float, broken: float) -> float:
    """The probability that a result is right: a logistic regression on its doubts."""
    weights = scorer().sure
    return logistic(float(np.dot([*doubts(values, probability, second, broken), 1.0], weights)))
