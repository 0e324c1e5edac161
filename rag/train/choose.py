"""Learn to choose between the tables' draft and the text's: the logistic regressions of `rag.choose`.

From the third of the articles of ours that nothing else was learned from. Each of their questions is
asked of its article, and where a single section decides it, often of that alone; whether a draft is right
is told by what a right answer has to say. Some are also asked of another article, which does not answer
them. It is written to `rag/choose.json`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ingest.embed import Embedder
from ingest.encode import question_encoder
from rag import choose
from rag.answer import Draft, Vector
from rag.pipeline import Chatbot, cited
from rag.settings import Settings
from rag.train import documents
from rag.train.articles import show
from rag.train.documents import Article, Question, opened
from rag.train.regression import regression

WEIGHTS = Path(__file__).parents[1] / "choose.json"
_STRENGTH = 0.1
_STRANGE = 4
"""Of so many questions, one is also put to another article."""
_EXCERPT = 3
"""Of so many articles, a section of one is also asked alone."""
_AT_COVERAGE = 0.85


@dataclass(frozen=True, slots=True)
class Outcome:
    """The signs of a question's drafts, and whether each is right; None where there is none."""

    kind: str
    answerable: bool
    signs: Vector
    tables: bool | None
    prose: bool | None


def outcomes(articles: Sequence[Article], embedder: Embedder) -> Iterator[Outcome]:
    """What both stages draft for every question of the articles."""
    texts = [*articles, *map(documents.excerpt, articles[::_EXCERPT])]
    for done, article in enumerate(texts):
        show("drafts", done, len(texts))
        others = texts[done - 1].questions if len(articles) > 1 else ()
        strange = [replace(each, kind="strange", answerable=False) for each in others[::_STRANGE]]
        with opened(article, embedder) as index:
            encoder = question_encoder(embedder.name, index.sample())
            chatbot = Chatbot(index, encoder, Settings())
            for each in (*article.questions, *strange):
                asked, query = chatbot.understand(each.question)
                of_tables, of_prose, evidence = chatbot.drafts(asked, query)
                yield Outcome(
                    each.kind,
                    each.answerable,
                    choose.signs(asked, of_tables, of_prose, evidence),
                    _is_right(each, of_tables),
                    _is_right(each, of_prose),
                )


def _is_right(question: Question, draft: Draft | None) -> bool | None:
    return None if draft is None else question.is_answered_by(cited("", draft).text)


def learn(data: Sequence[Outcome]) -> choose.Chooser:
    """The regressions under which what was right is likeliest (L2 on standardised signs)."""
    return choose.Chooser(
        _learned([(each.signs, each.tables) for each in data if each.tables is not None]),
        _learned([(each.signs, each.prose) for each in data if each.prose is not None]),
    )


def _learned(data: Sequence[tuple[Vector, bool]]) -> Vector:
    inputs = np.stack([signs for signs, _ in data])
    return regression(inputs, [right for _, right in data], strength=_STRENGTH)


def report(chooser: choose.Chooser, data: Sequence[Outcome]) -> str:
    """How often the likelier draft is right, and what a threshold would do."""
    sure, right = [], []
    for each in data:
        of_tables, of_prose = chooser(each.signs)
        options = [(of_tables, each.tables), (of_prose, each.prose)]
        best = max((o for o in options if o[1] is not None), default=(0.0, False))
        sure.append(best[0])
        right.append(bool(best[1]))
    probability, hit = np.array(sure), np.array(right)
    there = np.array([each.answerable for each in data])
    threshold = float(np.quantile(probability[there], 1 - _AT_COVERAGE))
    answered = probability >= threshold
    return (
        f"{hit[there].mean():.1%} of the answerable right; at {_AT_COVERAGE:.0%} coverage (threshold {threshold:.2f}) "
        f"{hit[there & answered].mean():.1%} right, {answered[~there].mean():.1%} of the others answered"
    )


def save(chooser: choose.Chooser, path: Path = WEIGHTS) -> None:
    """Write both regressions with the names of their signs."""
    stored = {
        "names": list(choose.NAMES),
        "tables": [round(float(each), 4) for each in chooser.tables],
        "prose": [round(float(each), 4) for each in chooser.prose],
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
