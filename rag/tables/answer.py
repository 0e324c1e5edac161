"""A question → the answer that the tables give: the stages of this package, in order."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ingest.document import Document
from ingest.names import Names
from rag.answer import Claim, Draft, QueryEncoder, Reread, Vector, literal, log_odds
from rag.tables import deny, overview
from rag.tables.execute import Disagreement, Engine, Tables, derive
from rag.tables.link import (
    Filter,
    Lexicon,
    Linked,
    Meanings,
    about_words,
    column_links,
    filters,
    joins,
)
from rag.tables.parse import Candidate, Parser, row_sets
from rag.tables.program import Node, holds
from rag.tables.question import Asked
from rag.tables.rank import (
    LikelyRows,
    Meaning,
    Scene,
    again,
    asks_for_nothing,
    aspects,
    confidence,
    features,
    is_spoken_of,
    likely_rows,
    meanings_of,
    names_another,
    open_words,
    probabilities,
    scorer,
    word_pairs,
)
from rag.tables.say import answer_text, claims, other_reading, proves_nothing, rest_of_row
from rag.tables.sense import names_of_rows, prior
from rag.tables.told import Sentence, told
from rag.tables.values import MOST_ROWS, Grid

_LOG = logging.getLogger(__name__)
_MOST_TABLES = 3
_MOST_LINKED = 12
"""Of many tables, so many that sound nearest are searched for what the question names."""

_MOST_REMEMBERED = 20_000
_ABOUT_WEIGHT = 4.0
_NAMED_WEIGHT = 1.0
_CALLED_WEIGHT = 4.0
_HESITATES = 0.7
_NEAR = 0.75
"""Two results of probabilities so near to each other are both named."""

_MOST_ALIKE = 20
_LEAST_TEXT = 1_000
_IF_OPEN = 0.6
"""For each word that a table does not speak of, its answer is so much less likely to be asked for, where
there is text that may speak of it."""

_OF_LISTING = re.compile(
    r"\b(?:table|list(?:s|ed)?|named|mention(?:s|ed)?|includ(?:e|es|ed)|rows?|given)\b"
)
"""So a question asks what a table lists, and not what is so."""

_OF_ANOTHER = 0.3
"""Most likely the question names something else than the row that it was found by."""

_OF_NOTHING = 0.02
"""The question has no word of the table, its cells, or its headers."""

_OF_EXAMPLES = 0.05
"""A table of examples proves nothing by what it does not list."""


_KIND_OF = {
    "cells": "cells",
    **dict.fromkeys(("count", "count-distinct", "count-order", "than.count"), "count"),
    **dict.fromkeys(("any", "every", "alike", "compare"), "truth"),
    **dict.fromkeys(
        ("most.cells", "nth.cells", "top.cells", "first.cells", "place.cells", "order.cells"),
        "extreme",
    ),
}
"""Of each family, the kind of answer that it gives; any other gives a figure."""


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
    about = about_words(asked, sheet.lexicon, meanings)
    found = filters(asked, sheet.engine, sheet.table, sheet.lexicon, meanings, about)
    return Linked(sheet.grid, sheet.table, found, about)


def look(
    asked: Asked,
    sheet: Sheet,
    meanings: Meanings,
    linked: Linked,
    joined: Sequence[Filter] = (),
) -> Scene:
    """Everything that a question may mean of one table. `joined` are filters by other tables."""
    found = [*joined, *linked.filters]
    links = column_links(asked, sheet.grid, meanings)
    sets = row_sets(asked, sheet.engine, sheet.table, found, links, linked.about)
    candidates = Parser(asked, sheet.engine, sheet.table, sets, links).candidates()
    return Scene(asked, sheet.grid, found, sets, links, candidates, linked.about, sheet.table)


@dataclass(frozen=True)
class Found:
    """The results that a question may have, the likeliest first, and how sure the first one is."""

    meanings: tuple[Meaning, ...]
    confidence: float
    rows: LikelyRows | None = None
    told: tuple[tuple[Node, Sentence], ...] = ()
    """The row sets that sentences of the text gave, each with its sentence."""
    open: float = 0.0
    """How many words of the question nothing in the table speaks of; a name counts twice."""
    signs: Mapping[str, float] = field(default_factory=dict)


def scenes_of(
    asked: Asked,
    sheets: Sequence[Sheet],
    meanings: Meanings,
    sentences: Sequence[Sentence] = (),
) -> list[Scene]:
    """What a question may mean of some tables; those of which it can mean nothing are left out.

    `sentences` are those that were found for the question in the text.
    """
    linked = [link(asked, sheet, meanings) for sheet in sheets]
    scenes = []
    for sheet, mine in zip(sheets, linked, strict=True):
        given = list(told(asked, mine, sheet.lexicon, meanings, sentences))
        others = [*_joined(asked, sheet, mine, linked), *(each for each, _ in given)]
        scenes.append(replace(look(asked, sheet, meanings, mine, others), told=given))
    return [scene for scene in scenes if scene.candidates]


def find(
    asked: Asked,
    sheets: Sequence[Sheet],
    meanings: Meanings,
    sentences: Sequence[Sentence] = (),
    reread: Reread | None = None,
) -> Found:
    """The results that a question may have over some tables, and over what sentences say of them.

    `reread` reads the likeliest ones a second time.
    """
    scenes = scenes_of(asked, sheets, meanings, sentences)
    if not scenes:
        return Found((), 0.0)
    named = names_of_rows(scenes)
    of_scenes = [features(scene, meanings) for scene in scenes]
    priors = [prior(scene, named) for scene in scenes]
    scores = np.concatenate(
        [
            _scores(scene, each) + of_rules + _of_caption(scene, meanings, len(sheets))
            for scene, each, of_rules in zip(scenes, of_scenes, priors, strict=True)
        ]
    )
    values = np.concatenate(of_scenes)
    candidates = [candidate for scene in scenes for candidate in scene.candidates]
    shares = probabilities(scores)
    owners = [scene for scene in scenes for _ in scene.candidates]
    found, read = meanings_of(candidates, shares), 0.0
    if reread is not None:
        found, read = again(owners, values, found, sheets[0].engine, reread)
    place = found[0].place
    second = found[1].probability if len(found) > 1 else 0.0
    broken = float(np.concatenate(priors)[place])
    sure = confidence(values[place], found[0].probability, second, broken)
    best, mine = candidates[place], owners[place]
    signs = {
        "sure": log_odds(sure),
        "share": log_odds(found[0].probability),
        "second": second,
        "read": read,
        "another": names_another(mine, best),
        "nothing": asks_for_nothing(mine, best),
        "spoken": is_spoken_of(mine, best),
        "results": math.log1p(len(best.shown)),
        _KIND_OF.get(best.family, "figure"): 1.0,
        "yes": best.shown == ("yes",),
    }
    if signs["another"] or signs["nothing"]:
        sure = min(sure, _OF_ANOTHER)
    if not signs["spoken"]:
        sure = min(sure, _OF_NOTHING)
    rows = likely_rows(sheets[0].engine, candidates, shares)
    given = tuple((each.node, sentence) for scene in scenes for each, sentence in scene.told)
    return Found(tuple(found), sure, rows, given, open_words(mine, best), signs)


def _joined(asked: Asked, sheet: Sheet, mine: Linked, linked: Sequence[Linked]) -> list[Filter]:
    """Filters of a table by the rows of the others."""
    others = [each for each in linked if each is not mine]
    found = [each for other in others for each in joins(asked, mine, other)]
    return [replace(each, mask=mask) for each in found if (mask := sheet.engine.rows(each.node))]


def _scores(scene: Scene, values: Vector) -> Vector:
    parts = np.array([aspects(scene, each) for each in scene.candidates])
    pairs = word_pairs(scene.asked, scene.filters, scene.links)
    return scorer().scores(values, pairs, parts)


def _of_caption(scene: Scene, meanings: Meanings, count: int) -> float:
    """How much a table's number, its caption and section speak for it, of so many tables."""
    place = scene.asked.table
    is_it = scene.grid.number == place if place > 0 else scene.table == count - 1
    called = _CALLED_WEIGHT * bool(place and is_it)
    if not scene.grid.about:
        return called
    question, about = meanings([scene.asked.text, scene.grid.about])
    named = scene.asked.weight(scene.about & ~scene.asked.of_table)
    return called + _ABOUT_WEIGHT * float(question @ about) + _NAMED_WEIGHT * named


def plainest(candidates: Sequence[Candidate]) -> Candidate:
    """Of programs with one result, the one that says best why: the first, or one that is plainer.

    That a row is not among others is said by its cell, and "who was first" by the year rather than the
    place in the table.
    """
    best = candidates[0]
    instead = {"every": "any", "first.cells": "most.cells"}.get(best.family)
    others = (
        each
        for each in candidates[:_MOST_ALIKE]
        if each.family == instead
        and (each.out, each.view, each.rows) == (best.out, best.view, best.rows)
    )
    return next(others, best)


def _has_text(document: Document) -> bool:
    """Whether there is more in a document than its tables."""
    spans = [s for t in document.tables for s in (t.header_span, *t.row_spans)]
    return len(document.text) - sum(s.end - s.start for s in spans) > _LEAST_TEXT


def _source(sentence: Sentence) -> Claim:
    text = f"The text says which: {literal(sentence.text)}"
    return Claim(text, sentence.document, sentence.span, sentence.section)


class Asker:
    """Answers questions from the tables of some documents; made once, asked often.

    `names` are those of each document, in their order; `reread` reads what is likeliest again. Safe to use from several threads.
    """

    def __init__(
        self,
        encoder: QueryEncoder,
        documents: Sequence[Document] = (),
        names: Sequence[Names] = (),
        reread: Reread | None = None,
    ) -> None:
        self._reread = reread
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
        self._has_text = any(map(_has_text, documents))

    def answer(self, question: str, sentences: Sequence[Sentence] = ()) -> Draft | None:
        """What the tables answer, with how sure that is; None where they have nothing to say.

        `sentences` of the text, found for the question, may say which rows it means.
        """
        if not self._sheets:
            return None
        try:
            about = overview.answer(question, self._tables)
            if about is not None:
                return about
            asked = Asked.of(question)
            self._engine.forget(_MOST_REMEMBERED)
            found = find(asked, self._nearest(asked), self._meanings, sentences, self._reread)
            if not found.meanings:
                return None
            return self._draft(asked, found)
        except Disagreement:
            _LOG.exception("The two executions of a table program disagree: %s", question)
        except Exception:  # noqa: BLE001  # a strange table costs the answer, never the chat
            _LOG.exception("A question could not be asked of the tables: %s", question)
        return None

    def about(self, question: str) -> Draft | None:
        """The answer to a question about the tables themselves; None for any other question."""
        return overview.answer(question, self._tables) if self._sheets else None

    def denial(self, question: str) -> Claim | None:
        """What the tables say against a question that they do not answer; None for nothing."""
        try:
            asked = Asked.of(question)
            sheets = self._nearest(asked) if self._sheets else ()
            linked = [link(asked, sheet, self._meanings) for sheet in sheets]
            lexicons = [sheet.lexicon for sheet in sheets]
            return deny.denial(asked, linked, lexicons, self._tables, self._meanings)
        except Exception:  # noqa: BLE001  # a strange table costs the correction, never the chat
            _LOG.exception("What the tables say against a question was not found: %s", question)
        return None

    def _draft(self, asked: Asked, found: Found) -> Draft | None:
        meaning = found.meanings[0]
        best, confidence = plainest(meaning.candidates), found.confidence
        text = answer_text(self._engine, self._tables, best)
        said = claims(text, self._engine, self._tables, best.node)
        if not said:
            return None
        derivation = derive(self._engine, self._tables, best.node)
        fit = found.rows.fit if found.rows else 0.0
        signs = dict(found.signs) | {"open": found.open, "fit": fit}
        if self._has_text:
            confidence *= _IF_OPEN**found.open
        if proves_nothing(self._tables, best) and not _OF_LISTING.search(asked.lower):
            confidence = min(confidence, _OF_EXAMPLES)
            signs["examples"] = 1.0
        sources = [sentence for node, sentence in found.told if holds(best.node, node)]
        if sources:
            signs["told"] = 1.0
            return Draft((*said, _source(sources[0])), confidence, "both", derivation, signs)
        if len(found.meanings) > 1:
            second = found.meanings[1]
            if (
                meaning.probability < _HESITATES
                and second.probability > _NEAR * meaning.probability
            ):
                other = other_reading(self._engine, self._tables, best, second.best)
                signs["hesitates"] = 1.0
                return Draft((*said, *other), confidence, "table", derivation, signs)
        if meaning.probability < _HESITATES and fit > confidence:
            # The row is surer than its column: then all of the row is said.
            rest = rest_of_row(self._engine, self._tables, best.node)
            if rest is not None:
                said = (*said, rest)
                signs["rest"] = 1.0
        return Draft(said, confidence, "table", derivation, signs)

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
        return find(Asked.of(question), [Sheet.of(grid)], self._meanings, reread=self._reread)
