"""A question → the answer that the tables give: the stages of this package, in order."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ingest.document import Document
from ingest.names import Names
from rag.answer import Draft, QueryEncoder, Vector
from rag.tables import overview
from rag.tables.execute import Disagreement, Engine, Tables, derive
from rag.tables.link import (
    Filter,
    Lexicon,
    Linked,
    Meanings,
    column_links,
    filters,
    joins,
)
from rag.tables.parse import Parser, row_sets
from rag.tables.question import Asked
from rag.tables.rank import (
    LikelyRows,
    Meaning,
    Scene,
    asks_for_nothing,
    aspects,
    confidence,
    features,
    likely_rows,
    meanings_of,
    names_another,
    probabilities,
    scorer,
    word_pairs,
)
from rag.tables.say import answer_text, claims, other_reading, proves_nothing, rest_of_row
from rag.tables.values import MOST_ROWS, Grid

_LOG = logging.getLogger(__name__)
_MOST_TABLES = 3
_MOST_LINKED = 12
"""Of many tables, so many that sound nearest are searched for what the question names."""

_MOST_REMEMBERED = 20_000
_ABOUT_WEIGHT = 4.0
_NAMED_WEIGHT = 1.0
_HESITATES = 0.7
_NEAR = 0.75
"""Two results of probabilities so near to each other are both named."""

_OF_ANOTHER = 0.3
"""Most likely the question names something else than the row that it was found by."""

_OF_EXAMPLES = 0.4
"""A table of examples proves nothing by what it does not list."""


@dataclass
class Sheet:
    """One table, ready to be asked about: typed, with its engine and its words."""

    engine: Engine
    table: int
    lexicon: Lexicon = field(repr=False)

    @staticmethod
    def of(grid: Grid, names: Sequence[Names] = ()) -> Sheet:
        """A sheet of one table that stands alone."""
        return Sheet(Engine([grid]), 0, Lexicon(grid, names))

    @property
    def grid(self) -> Grid:
        return self.engine.grid(self.table)


def link(asked: Asked, sheet: Sheet, meanings: Meanings) -> Linked:
    """The rows of a table that words of the question name."""
    found = filters(asked, sheet.engine, sheet.table, sheet.lexicon, meanings.knows)
    return Linked(sheet.grid, sheet.table, found)


def look(asked: Asked, sheet: Sheet, meanings: Meanings, joined: Sequence[Filter] = ()) -> Scene:
    """Everything that a question may mean of one table. `joined` are filters by other tables."""
    found = [*joined, *link(asked, sheet, meanings).filters]
    links = column_links(asked, sheet.grid, meanings)
    sets = row_sets(asked, sheet.engine, sheet.table, found, links)
    candidates = Parser(asked, sheet.engine, sheet.table, sets, links).candidates()
    return Scene(asked, sheet.grid, found, sets, links, candidates)


@dataclass(frozen=True)
class Found:
    """The results that a question may have, the likeliest first, and how sure the first one is."""

    meanings: tuple[Meaning, ...]
    confidence: float
    rows: LikelyRows | None = None


def find(asked: Asked, sheets: Sequence[Sheet], meanings: Meanings) -> Found:
    """The results that a question may have over some tables."""
    linked = [link(asked, sheet, meanings) for sheet in sheets]
    scenes = [
        look(asked, sheet, meanings, _joined(asked, sheet, mine, linked))
        for sheet, mine in zip(sheets, linked, strict=True)
    ]
    scenes = [scene for scene in scenes if scene.candidates]
    if not scenes:
        return Found((), 0.0)
    values = [features(scene, meanings) for scene in scenes]
    scores = np.concatenate(
        [
            _scores(scene, each) + _prior(scene, meanings)
            for scene, each in zip(scenes, values, strict=True)
        ]
    )
    candidates = [candidate for scene in scenes for candidate in scene.candidates]
    shares = probabilities(scores)
    found = meanings_of(candidates, shares)
    place = next(n for n, each in enumerate(candidates) if each is found[0].best)
    second = found[1].probability if len(found) > 1 else 0.0
    sure = confidence(np.concatenate(values)[place], found[0].probability, second)
    at = 0
    for scene in scenes:
        if place < at + len(scene.candidates):
            best = candidates[place]
            if names_another(scene, best) or asks_for_nothing(scene, best):
                sure = min(sure, _OF_ANOTHER)
            break
        at += len(scene.candidates)
    rows = likely_rows(sheets[0].engine, candidates, shares)
    return Found(tuple(found), sure, rows)


def _joined(asked: Asked, sheet: Sheet, mine: Linked, linked: Sequence[Linked]) -> list[Filter]:
    """Filters of a table by the rows of the others."""
    others = [each for each in linked if each is not mine]
    found = [each for other in others for each in joins(asked, mine, other)]
    return [replace(each, mask=mask) for each in found if (mask := sheet.engine.rows(each.node))]


def _scores(scene: Scene, values: Vector) -> Vector:
    parts = np.array([aspects(scene, each) for each in scene.candidates])
    pairs = word_pairs(scene.asked, scene.filters, scene.links)
    return scorer().scores(values, pairs, parts)


def _prior(scene: Scene, meanings: Meanings) -> float:
    """How much a table's caption and section speak for it."""
    if not scene.grid.about:
        return 0.0
    question, about = meanings([scene.asked.text, scene.grid.about])
    named = scene.asked.weight(scene.about)
    return _ABOUT_WEIGHT * float(question @ about) + _NAMED_WEIGHT * named


class Asker:
    """Answers questions from the tables of some documents; made once, asked often.

    `names` are those of each document, in their order. Safe to use from several threads.
    """

    def __init__(
        self,
        encoder: QueryEncoder,
        documents: Sequence[Document] = (),
        names: Sequence[Names] = (),
    ) -> None:
        self._meanings = Meanings(encoder)
        self._tables = Tables.of(documents, MOST_ROWS)
        engine = Engine(self._tables.grids)
        given = list(names) + [Names()] * (len(documents) - len(names))
        self._sheets = [
            Sheet(engine, number, Lexicon(grid, [given[self._tables.places[number][0]]]))
            for number, grid in enumerate(self._tables.grids)
            if grid.columns
        ]
        self._engine = engine

    def answer(self, question: str) -> Draft | None:
        """What the tables answer, with how sure that is; None where they have nothing to say."""
        if not self._sheets:
            return None
        try:
            told = overview.answer(question, self._tables)
            if told is not None:
                return told
            asked = Asked.of(question)
            self._engine.forget(_MOST_REMEMBERED)
            found = find(asked, self._nearest(asked), self._meanings)
            if not found.meanings:
                return None
            return self._draft(found)
        except Disagreement:
            _LOG.exception("The two executions of a table program disagree: %s", question)
        except Exception:  # noqa: BLE001  # a strange table costs the answer, never the chat
            _LOG.exception("A question could not be asked of the tables: %s", question)
        return None

    def _draft(self, found: Found) -> Draft | None:
        meaning = found.meanings[0]
        best, confidence = meaning.best, found.confidence
        text = answer_text(self._engine, self._tables, best)
        said = claims(text, self._engine, self._tables, best.node)
        if not said:
            return None
        derivation = derive(self._engine, self._tables, best.node)
        if proves_nothing(self._tables, best):
            confidence = min(confidence, _OF_EXAMPLES)
        if len(found.meanings) > 1:
            second = found.meanings[1]
            if (
                meaning.probability < _HESITATES
                and second.probability > _NEAR * meaning.probability
            ):
                other = other_reading(self._engine, self._tables, best, second.best)
                return Draft((*said, *other), confidence, "table", derivation)
        fit = found.rows.fit if found.rows else 0.0
        if meaning.probability < _HESITATES and fit > confidence:
            # The row is surer than its column: then all of the row is said.
            rest = rest_of_row(self._engine, self._tables, best.node)
            if rest is not None:
                said = (*said, rest)
        return Draft(said, confidence, "table", derivation)

    def _nearest(self, asked: Asked) -> Sequence[Sheet]:
        """The tables that the question is nearest to, by what names them and by what they hold."""
        if len(self._sheets) <= _MOST_TABLES:
            return self._sheets
        abouts = [f"{s.grid.about} {', '.join(s.grid.header)}"[:300] for s in self._sheets]
        vectors = self._meanings([asked.text, *abouts])
        near = 2.0 * (vectors[1:] @ vectors[0])
        first = np.argsort(-near, kind="stable")[:_MOST_LINKED].tolist()
        weights = {}
        for number in first:
            words = 0
            for each in link(asked, self._sheets[number], self._meanings).filters:
                words |= each.words if each.share > 0.5 and each.mask else 0
            weights[number] = asked.weight(words) + float(near[number])
        order = sorted(weights, key=lambda n: -weights[n])
        return [self._sheets[n] for n in order[:_MOST_TABLES]]

    def over(self, question: str, grid: Grid) -> Found:
        """What a question may mean over one table that stands alone."""
        return find(Asked.of(question), [Sheet.of(grid)], self._meanings)
