"""Yes or no: whether a sentence affirms or denies what a yes/no question asks."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.thesaurus import TextWords, thesaurus
from ingest.words import stem, tokens
from rag.answer import log_odds
from rag.extract.pieces import LONGEST
from rag.question import YEAR, Asked, bare

Verdict = Literal["Yes", "No"]

_SAID = 0.4
"""So much of the question's words a sentence must say, or nearly say, to affirm or deny it."""
LEAST = 1e-3
"""The least probability of a yes, and of a no, by reading."""
_TELLS = 0.2
"""Log-odds from which on a verdict is said."""
_CLAUSE = re.compile(r"[,;:()–—]|\s-\s|\b(?:but|although|though|while|whereas)\b", re.IGNORECASE)
_NOT = re.compile(
    r"\b(?:not(?!\s+only)|no|never|none|neither|nor|nobody|nothing|cannot|without|hardly|barely|refus\w+"
    r"|lacks?|fail\w*\s+to|yet\s+to|unable|except)\b|n['’]t\b",
    re.IGNORECASE,
)
_POLITE_NOT = re.compile(r"n['’]t\b|\bnot\b", re.IGNORECASE)
"""No denial in a question: "isn't it open?"."""
_ALL = re.compile(
    r"\b(?:all|every|everyone|everybody|each|always|any\s+exceptions?|without\s+exception)\b",
    re.IGNORECASE,
)
_NOT_ALL = re.compile(
    r"\b(?:some|most|many|several|except(?:s|ing|ions?)?|exempt\w*|unless|other\s+than|apart\s+from|not\s+all"
    r"|consent\w*|permission|approval|waive\w*)\b",
    re.IGNORECASE,
)
"""What says that it is not so of all, or not always."""
_COUNT = re.compile(r"\b(\d{1,3}|\d{5,})\s+(?=([a-z]\w+))")
_RESERVE = re.compile(
    r"\b(?:might|(?:plan|hope|intend|want)s?\s+to|until|former(?:ly)?|used\s+to)\b", re.IGNORECASE
)
"""What makes it unsure, or past."""
_DEGREE = re.compile(r"\b(?:\w{3,}est|most|only|second|third)\b", re.IGNORECASE)
_OPPOSITES = """
    rise:fall,decline,drop,decrease grow:shrink,decline increase:decrease,decline,fall,drop expand:shrink
    open:closed,close,shut allow:forbid,ban,prohibit permit:forbid,ban,prohibit legal:illegal,banned,prohibited
    begin:end start:end,stop join:leave accept:reject,refuse approve:reject,refuse win:lose support:oppose
    succeed:fail success:failure public:private permanent:temporary mandatory:optional,voluntary
    compulsory:voluntary,optional binding:voluntary alive:dead safe:dangerous strong:weak include:exclude
    convicted:acquitted guilty:acquitted poisonous:harmless complete:incomplete higher:lower larger:smaller
    older:younger more:fewer,less north:south east:west first:last rising:declining,decline,descending,falling
    strengthen:weaken improve:worsen
"""


def verdict(asked: Asked, text: str, *, answers: bool = False) -> Verdict | None:
    """Yes or No, by the sentence's clause that is likest the question; None where it tells neither.

    A negation or a contrary word in that clause denies, unless the question has one too; so does another
    year or number, and for "all" or "always" an exception. `answers`: the sentence is known to answer,
    so that a plain denial is one though it has few words of the question (of 43 such in the articles
    that were written to learn from, 35 mean No; what has no negation tells too little).
    """
    question = bare(asked.question)
    if asked.type != "yes/no" or len(text) > LONGEST or re.search(r"\bor\b", question):
        return None
    clauses = [clause for clause in _CLAUSE.split(text) if clause.strip()]
    known = thesaurus()
    near = known.likeness(asked.words, [TextWords(each, known) for each in (text, *clauses)])
    if not near.size or _differ(_DEGREE, question, text):
        return None
    if near[:, 0].mean() < _SAID:
        return "No" if answers and _plainly_denied(question, clauses, near[:, 1:]) else None
    if _other_figure(question, text):
        return "No"
    if _ALL.search(question):
        return _of_all(question, text)
    return _of_clauses(question, text, clauses, near[:, 1:])


def decided(by_rules: Verdict | None, yes: float) -> Verdict | None:
    """Yes or No, where the rules' verdict and the probability of a yes by reading together tell enough.

    A logistic regression on the two, learned by `rag.train.verdict`; None where neither is likelier.
    """
    logit = leaning(by_rules, log_odds(yes, LEAST), _weights())
    if abs(logit) < _TELLS:
        return None
    return "Yes" if logit > 0 else "No"


def leaning(by_rules: Verdict | None, read: float, weights: Mapping[str, float]) -> float:
    """The log-odds of yes by both; `read` are those by reading."""
    of_rules = weights[by_rules] if by_rules else 0.0
    return weights["read"] * read + weights["always"] + of_rules


@cache
def _weights() -> dict[str, float]:
    stored = files("rag.extract") / "verdict.json"
    weights: dict[str, float] = json.loads(stored.read_text(encoding="utf-8"))
    return weights


def _of_clauses(
    question: str, text: str, clauses: Sequence[str], near: NDArray[np.float32]
) -> Verdict | None:
    """By the likest clause and those that alone have a word of the question.

    `near` says how well each clause says each word: shape (words, clauses).
    """
    likest = clauses[int(near.mean(axis=0).argmax())]
    has = near >= 1
    alone = (has & (has.sum(axis=1, keepdims=True) == 1)).any(axis=0)
    bearing = [clause for clause, its in zip(clauses, alone, strict=True) if its]
    denied = any(_NOT.search(clause) for clause in (likest, *bearing))
    against = denied + _contraries(question, likest)
    if not against and _RESERVE.search(text) and not _RESERVE.search(question):
        return None
    return "No" if against % 2 != bool(_NOT.search(_POLITE_NOT.sub("", question))) else "Yes"


def _plainly_denied(question: str, clauses: Sequence[str], near: NDArray[np.float32]) -> bool:
    """Whether the likest clause is negated, and neither the question is nor a contrary word there."""
    likest = clauses[int(near.mean(axis=0).argmax())]
    return (
        bool(_NOT.search(likest))
        and not _NOT.search(_POLITE_NOT.sub("", question))
        and not _contraries(question, likest)
    )


def _differ(pattern: re.Pattern[str], question: str, text: str) -> bool:
    """Whether the sentence has other words of a kind than the question, which has some."""
    asked, said = ({found.lower() for found in pattern.findall(each)} for each in (question, text))
    return bool(asked) and asked != said


def _of_all(question: str, text: str) -> Verdict | None:
    if _NOT_ALL.search(text) or bool(_NOT.search(text)) is not bool(
        _NOT.search(_ALL.sub("", question))
    ):
        return "No"
    return "Yes" if _ALL.search(text) else None


def _other_figure(question: str, text: str) -> bool:
    """Whether the question's one year, or its number of something, is another in the sentence."""
    asked, said = set(YEAR.findall(question)), set(YEAR.findall(text))
    if (
        len(asked) == 1 == len(said)
        and asked != said
        and re.search(r"\b(?:in|since)\s+\d", question)
    ):
        return True
    counts = {stem(what): count for count, what in _COUNT.findall(text)}
    return any(counts.get(stem(what), count) != count for count, what in _COUNT.findall(question))


@cache
def _opposites() -> frozenset[tuple[str, str]]:
    """The stems of words that say the contrary of each other, both ways round."""
    pairs = [(one, other) for line in _OPPOSITES.split() for one, _, others in [line.partition(":")]
             for other in others.split(",")]  # fmt: skip
    stems = {(stem(one), stem(other)) for one, other in pairs}
    return frozenset(stems | {(other, one) for one, other in stems})


def _contraries(question: str, clause: str) -> int:
    """How many words of a question are contradicted, and not themselves said."""
    asked, said = ({stem(word.text) for word in tokens(each)} for each in (question, clause))
    return sum(
        any((word, other) in _opposites() for other in said) for word in asked if word not in said
    )
