"""What is found for every training question, in several settings: the groups that all is learned from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rag import rank
from rag.answer import Reread, Sentence
from rag.confidence import Scores
from rag.train.articles import Asking, Collection, altered, says, show

Setting = Literal["home", "article", "everywhere", "text left out", "question altered"]
"""Asked of its own text; of an article on its subject; of all texts; of such an article without its own
text; and of the article with a name or a year in it changed."""

_THIRD = 3
_NUMBER = re.compile(r"\s*§\d+")
"""What makes the headings of a collection differ, and is no part of a title."""


@dataclass(frozen=True, slots=True)
class Group:
    """The candidates for one question: features of shape (candidates, features), which of them answer, and
    which hold what is asked for. `verdict` is "yes" or "no" where an answer says so.

    `question` is as it was asked and `text` as it is understood; `items` are those of `Asked`. `number`
    counts the questions of a data set.
    """

    features: NDArray[np.float32]
    right: NDArray[np.bool_]
    holds: NDArray[np.bool_]
    question: str = ""
    text: str = ""
    items: int = 0
    sentences: tuple[Sentence, ...] = ()
    setting: Setting = "article"
    number: int = 0
    answerable: bool = True
    verdict: str | None = None

    @property
    def held_out(self) -> bool:
        """Whether the question is one of the third that only the confidence is learned from."""
        return self.number % _THIRD == 0

    def without_answers(self) -> Group:
        """The same with the answering sentences deleted."""
        kept = ~self.right
        sentences = tuple(each for each, keep in zip(self.sentences, kept, strict=True) if keep)
        return replace(
            self,
            features=self.features[kept],
            right=self.right[kept],
            holds=self.holds[kept],
            sentences=sentences,
        )


def groups(collection: Collection) -> Iterator[Group]:
    """The groups of every sample, in all settings."""
    changed = list(altered(collection.samples))
    for number, (sample, other) in enumerate(zip(collection.samples, changed, strict=True)):
        show("ask", number, len(collection.samples))
        right = sample.right
        yield judged("home", number, collection.at_home(sample), right, sample.verdict)
        yield judged("article", number, collection.in_article(sample), right, sample.verdict)
        yield judged("everywhere", number, collection.everywhere(sample), right, sample.verdict)
        yield judged("text left out", number, collection.without_text(sample), frozenset())
        if other is not None:
            asking = collection.in_article(sample, other)
            yield judged("question altered", number, asking, frozenset())


def judged(
    setting: Setting,
    number: int,
    asking: Asking,
    answers: frozenset[str],
    verdict: str | None = None,
) -> Group:
    """The candidates that were found, of which those that are one of the answers answer."""
    which = [
        bool(answers) and says(rank.said(each, sentence.span), answers)
        for each in asking.evidence
        for sentence in each.sentences
    ]
    return group(setting, number, asking, which, bool(answers), verdict)


def group(
    setting: Setting,
    number: int,
    asking: Asking,
    right: Sequence[bool],
    answerable: bool,
    verdict: str | None,
) -> Group:
    """The candidates that were found, of which those that are `right` answer."""
    candidates = rank.candidates(asking.evidence)
    readable = rank.readable(candidates)
    asked = asking.asked
    return Group(
        rank.features(asked, candidates, asking.retriever.rarity),
        np.array(right, dtype=bool),
        np.array([each.holds_what_is_asked(asked.question) for each in candidates], dtype=bool),
        asked.question,
        asked.text,
        asked.items,
        tuple((said, before, _NUMBER.sub("", title)) for said, before, title in readable),
        setting,
        number,
        answerable,
        verdict,
    )


def scored(group: Group, reread: Reread | None) -> Scores:
    """The scores of a group's candidates, with or without a second reading."""
    first = rank.ranker()(group.features)
    return Scores(first, rank.reread_scores(group.text, group.sentences, first, reread))


def accuracy(groups: Sequence[Group], score: Callable[[Group], NDArray[np.float32]]) -> float:
    """How often the candidate with the highest score is right."""
    hits = [bool(len(each.right) and each.right[int(np.argmax(score(each)))]) for each in groups]
    return float(np.mean(hits))
