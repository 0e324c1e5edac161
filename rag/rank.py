"""Which sentence answers: a linear ranker over features of question, sentence and retrieval.

The features say how well the sentence matches (fused scores, words, order of words), whether it holds
what the question asks for (a year for "when", a person for "who", a reason for "why"), and where it
stands. The weights were learned by `rag.train.rank` and lie in `rank.json`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ingest.document import Span
from ingest.dress import row_text, table_text
from ingest.words import stems, tokens
from rag.answer import Evidence, ScoredSentence

QuestionType = Literal[
    "who", "when", "where", "why", "how many", "how", "which", "define", "yes/no", "what", "other"
]
Features = NDArray[np.float32]

_TYPES: dict[QuestionType, str] = {
    "why": r"\b(?:why|what\s+(?:is|was|are|were)\s+the\s+(?:reason|cause|purpose)|how\s+come"
    r"|(?:for\s+)?what\s+(?:reason|purpose))\b",
    "how many": r"\b(?:how\s+(?:many|much|old|long|far|tall|high|large|big|deep|wide|heavy|fast|often)"
    r"|what\s+(?:\w+\s+){0,2}(?:number|percentage|percent|share|population|amount|cost|price)"
    r"|number\s+of)\b",
    "when": r"\b(?:when|since\s+when|how\s+recently"
    r"|(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|century|decade|time|era|period)s?)\b",
    "where": r"\b(?:where|(?:what|which)\s+(?:\w+\s+)?(?:place|country|city|state|town|location|region"
    r"|continent|county|province|island)s?)\b",
    "who": r"\b(?:who|whom|whose|(?:what|which)\s+(?:\w+\s+)?(?:person|man|woman|actor|actress|author"
    r"|president|king|queen|singer|player|leader|writer|director)s?)\b",
    "define": r"^\W*(?:what|who)(?:\s+(?:is|are|was|were)|'s)\s+(?:an?\s+|the\s+)?[\w'-]+"
    r"(?:\s+[\w'-]+){0,4}\W*$|\b(?:stand\s+for|mean(?:ing)?|define|definition)\b",
    "which": r"\bwhich\b",
    "how": r"\bhow\b",
    "what": r"\bwhat\b",
    "yes/no": r"^\W*(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|might)\b",
}
"""How each type is told; the first that fits counts."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_SIGNS: dict[str, re.Pattern[str]] = {
    "year": re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})s?\b"),
    "date": re.compile(
        rf"\b{_MONTH}\.?\s+\d{{1,4}}\b|\b\d{{1,2}}\s+{_MONTH}\b|\bcentury\b|\b\d{{1,4}}\s*(?:BC|AD|BCE|CE)\b",
        re.IGNORECASE,
    ),
    "number": re.compile(
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|"
        r"million|billion|half|twice|once|third|quarter|several|annual|yearly|daily)\b",
        re.IGNORECASE,
    ),
    "person": re.compile(r"\b[A-Z][\w'’.-]*(?:\s+(?:[A-Z]\.|de|von|van|bin|al|of|the))*\s+[A-Z][\w'’-]+"),
    "name": re.compile(r"(?<=[a-z,;:] )[A-Z][\w'’-]+"),
    "place": re.compile(
        r"\b(?:in|at|near|from|to|of|on|outside|inside|between|around)\s+(?:the\s+)?(?:\w+\s+)?[A-Z][\w'’-]+"
        r"|\b(?:north|south|east|west)(?:ern)?\b|\b(?:located|situated|headquarter\w*|based|seat)\b",
    ),
    "reason": re.compile(
        r"\b(?:because|since|due\s+to|owing\s+to|as\s+a\s+(?:result|consequence)|in\s+(?:order|response|"
        r"consequence)\s+to|so\s+that|therefore|thus|hence|caus\w+|reason\w*|result\w*|led\s+to|lead\w*\s+to|"
        r"purpose|aim\w*|for\s+the\s+sake|to\s+\w+)\b",
        re.IGNORECASE,
    ),
    "means": re.compile(r"\b(?:by\s+\w+ing|through|using|via|with\s+the|by\s+means|method|process)\b", re.IGNORECASE),
    "definition": re.compile(
        r"\b(?:is|are|was|were|refers?\s+to|means?|known\s+as|called|defined\s+as|stands\s+for)\b|\s[-–—]\s|\(",
        re.IGNORECASE,
    ),
    "list": re.compile(r"(?:[^,;]+[,;]){2,}.*\b(?:and|or)\b"),
    "quantity": re.compile(r"\d[\d,.]*\s*(?:%|percent|million|billion|thousand|km|m\b|kg|miles|feet|years|people|members)", re.IGNORECASE),
}  # fmt: skip
_TIME = re.compile(
    rf"\b(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|noon|midnight|dawn|dusk|mornings?|evenings?"
    r"|nights?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|spring|summer|autumn|fall|winter|ago|after"
    r"|before|until|during|when|while|once|since|now|today|future|always|never)\b",
    re.IGNORECASE,
)
_WANTED: dict[QuestionType, tuple[str, ...]] = {
    "who": ("person", "name"),
    "when": ("year", "date", "number"),
    "where": ("place", "name"),
    "why": ("reason",),
    "how many": ("number", "quantity"),
    "how": ("means", "reason"),
    "which": ("name", "list"),
    "define": ("definition",),
    "what": ("definition", "name", "number"),
}
_PRONOUN = re.compile(
    r"^\W*(?:it|they|he|she|this|these|those|that|its|their|his|her|there|such)\b", re.IGNORECASE
)
_CONNECTIVE = re.compile(
    r"^\W*(?:however|but|also|moreover|furthermore|additionally|although|while|then|later)\b",
    re.IGNORECASE,
)

_TELLING = ("year", "number", "person", "name")
"""Signs of which it matters whether the question has the same already."""

CROSSES = tuple((kind, sign) for kind, signs in _WANTED.items() for sign in signs)
NAMES: tuple[str, ...] = (
    "sentence dense", "sentence words", "passage dense", "passage words", "cosine",
    "covered", "covered with context", "pairs", "longest run", "rarest", "names", "numbers",
    "missing names", "same", "new words", "length", "short", "long", "first of section", "position",
    "pronoun", "connective", "question", "before covered", "after covered", "title covered",
    *(f"{kind}: {sign}" for kind, sign in CROSSES),
    *(f"{kind}: new {sign}" for kind, sign in CROSSES if sign in _TELLING),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with its place and its retrieval scores.

    `dense` and `words` are standardised over all candidates; `before` and `after` are its neighbours
    within the section ("" at its ends), `title` what its section and document are called.
    """

    text: str
    before: str
    after: str
    title: str
    position: int
    cosine: float
    dense: float
    words: float
    passage_dense: float
    passage_words: float


def candidates(evidence: Sequence[Evidence]) -> list[Candidate]:
    """Every sentence of the retrieved passages, in their order."""
    return [_candidate(each, sentence) for each in evidence for sentence in each.sentences]


def _candidate(evidence: Evidence, sentence: ScoredSentence) -> Candidate:
    document = evidence.document
    return Candidate(
        text=said(evidence, sentence.span),
        before=document.plain(sentence.before) if sentence.before else "",
        after=document.plain(sentence.after) if sentence.after else "",
        title=" ".join((document.title, *evidence.section)),
        position=sentence.position,
        cosine=sentence.cosine,
        dense=sentence.dense,
        words=sentence.words,
        passage_dense=evidence.parts["dense"],
        passage_words=evidence.parts["words"],
    )


def said(evidence: Evidence, span: Span) -> str:
    """A sentence as the features see it; a row and a table with their headers."""
    passage = evidence.passage
    if passage.table is None:
        return evidence.document.plain(span)
    table = evidence.document.tables[passage.table]
    return table_text(table) if passage.row is None else row_text(table, passage.row)


def _bare(evidence: Evidence, span: Span) -> str:
    """A sentence, or the cells of a row without their caption, whose number answers nothing."""
    passage = evidence.passage
    if passage.table is None or passage.row is None:
        return said(evidence, span)
    return "; ".join(
        cell.text for cell in evidence.document.tables[passage.table].rows[passage.row]
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text says, in stems, names and numbers."""

    stems: tuple[str, ...]
    kinds: frozenset[str]
    names: frozenset[str]
    numbers: frozenset[str]
    signs: frozenset[str]
    found: dict[str, frozenset[str]]


def question_type(question: str) -> QuestionType:
    """What a question asks for."""
    for kind, pattern in _TYPES.items():
        if re.search(pattern, question, re.IGNORECASE):
            return kind
    return "other"


def holds_what_is_asked(question: str, text: str) -> bool:
    """Whether a sentence can answer at all: "when" wants a time, "how many" a number that is no year."""
    kind = question_type(question)
    if kind == "when":
        return bool(_TIME.search(text)) or any(
            _SIGNS[sign].search(text) for sign in ("year", "date", "number")
        )
    if kind == "how many":
        return bool(_SIGNS["number"].search(_SIGNS["year"].sub("", text)))
    return True


@lru_cache(maxsize=20_000)
def _read(text: str) -> _Reading:
    said = tuple(stems(text))
    words = tokens(text)
    names = frozenset(
        word.text for word in words if text[word.start].isupper() and _is_name(text, word.start)
    )
    found = {sign: frozenset(_SIGNS[sign].findall(text)) for sign in _TELLING}
    return _Reading(
        said,
        frozenset(said),
        names,
        frozenset(word.text for word in words if word.text[0].isdigit()),
        frozenset(sign for sign, pattern in _SIGNS.items() if pattern.search(text)),
        found,
    )


def _is_name(text: str, at: int) -> bool:
    """Whether a capital is not only that of the first word."""
    return bool(text[:at].strip(" \t\n\"'“‘([*")) and text[:at].rstrip()[-1:] not in ".!?"


def features(
    question: str, candidates: Sequence[Candidate], rarity: Callable[[str], float]
) -> Features:
    """One row a candidate: shape (candidates, len(NAMES)). `rarity` is the weight of a stem."""
    asked = _read(question)
    kind = question_type(question)
    weights = {stem: rarity(stem) for stem in asked.kinds}
    total = sum(weights.values()) or 1.0
    pairs = set(zip(asked.stems, asked.stems[1:], strict=False))
    rarest = max(weights, key=lambda stem: weights[stem]) if weights else ""
    rows = [
        _row(question, kind, asked, weights, total, pairs, rarest, candidate)
        for candidate in candidates
    ]
    return np.asarray(rows, dtype=np.float32).reshape(-1, len(NAMES))


def _row(
    question: str,
    kind: QuestionType,
    asked: _Reading,
    weights: dict[str, float],
    total: float,
    pairs: set[tuple[str, str]],
    rarest: str,
    candidate: Candidate,
) -> list[float]:
    said, before, after = _read(candidate.text), _read(candidate.before), _read(candidate.after)
    title = _read(candidate.title)

    def covered(by: frozenset[str]) -> float:
        return sum(weight for stem, weight in weights.items() if stem in by) / total

    own_pairs = set(zip(said.stems, said.stems[1:], strict=False))
    count = len(said.stems)
    crosses = [float(k == kind and sign in said.signs) for k, sign in CROSSES]
    new = [
        float(k == kind and bool(_new(sign, said, question)))
        for k, sign in CROSSES
        if sign in _TELLING
    ]
    return [
        candidate.dense,
        candidate.words,
        candidate.passage_dense,
        candidate.passage_words,
        candidate.cosine,
        covered(said.kinds),
        covered(said.kinds | before.kinds | title.kinds),
        len(pairs & own_pairs) / len(pairs) if pairs else 0.0,
        _longest_run(asked.stems, own_pairs) / max(1, len(asked.stems)),
        float(rarest in said.kinds),
        len(asked.names & said.names) / len(asked.names) if asked.names else 0.0,
        len(asked.numbers & said.numbers) / len(asked.numbers) if asked.numbers else 0.0,
        float(bool(asked.names - said.names - title.names - before.names)),
        float(asked.kinds <= said.kinds),
        len(said.kinds - asked.kinds) / max(1, len(said.kinds)),
        math.log1p(count),
        float(count < 5),
        float(count > 30),
        float(candidate.position == 0),
        1 / (1 + candidate.position),
        float(bool(_PRONOUN.match(candidate.text))),
        float(bool(_CONNECTIVE.match(candidate.text))),
        float(candidate.text.rstrip().endswith("?")),
        covered(before.kinds),
        covered(after.kinds),
        covered(title.kinds),
        *crosses,
        *new,
    ]


def _new(sign: str, said: _Reading, question: str) -> bool:
    """Whether the sentence has something of this kind that the question has not."""
    lower = question.casefold()
    return any(str(found).casefold() not in lower for found in said.found[sign])


def _longest_run(words: Sequence[str], pairs: set[tuple[str, str]]) -> int:
    longest = run = 0
    for pair in pairwise(words):
        run = run + 1 if pair in pairs else 0
        longest = max(longest, run)
    return longest


@cache
def weights() -> NDArray[np.float32]:
    """The learned weight of each feature: shape (len(NAMES),)."""
    stored = json.loads((files("rag") / "rank.json").read_text(encoding="utf-8"))
    return np.asarray([stored["weights"][name] for name in NAMES], dtype=np.float32)


def ranked(
    question: str, evidence: Sequence[Evidence], rarity: Callable[[str], float]
) -> list[Evidence]:
    """The passages by their likeliest sentence, which becomes their `best`.

    Its score and whether it holds what is asked for are parts of the passage's scores.
    """
    if not evidence:
        return []
    scores = (features(question, candidates(evidence), rarity) @ weights()).tolist()
    found = []
    for each in evidence:
        mine, scores = scores[: len(each.sentences)], scores[len(each.sentences) :]
        best = max(range(len(mine)), key=mine.__getitem__)
        sentence = each.sentences[best]
        parts = {
            **each.parts,
            "rank": mine[best],
            "cosine": sentence.cosine,
            "holds": float(holds_what_is_asked(question, _bare(each, sentence.span))),
        }
        found.append(replace(each, best=sentence.span, parts=parts))
    found.sort(key=lambda each: -(each.parts["rank"] + each.parts["prior"]))
    return found
