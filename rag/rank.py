"""Which sentence answers: a small learned ranker over features of question, sentence and retrieval.

The features say how well the sentence matches (fused scores, words, words of like meaning, order of
words), whether it holds what the question asks for (a year for "when", a person for "who", a reason for
"why"), where it stands, and how far it is behind the best. The ranker is a linear model and a network of
one hidden layer, added; `rag.train.rank` learned it, and it lies in `rank.npz`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import as_file, files
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ingest.document import PassageKind, Span
from ingest.dress import row_text, table_text
from ingest.thesaurus import ALIKE, TextWords, thesaurus
from ingest.words import stem, stems, tokens
from rag.answer import Evidence, Reread, ScoredSentence, Sentence
from rag.confidence import Scores, confidence
from rag.question import SIGNS, YEAR, Asked, QuestionType, holds_what_is_asked, says

Features = NDArray[np.float32]

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
_PLAIN: tuple[str, ...] = (
    "sentence dense", "sentence words", "passage dense", "passage words", "cosine",
    "covered", "covered with context", "pairs", "longest run", "rarest", "names", "numbers",
    "missing names", "same", "new words", "length", "short", "long", "first of section", "position",
    "pronoun", "connective", "question", "before covered", "after covered", "title covered",
    "likeness", "likeness in context", "likeness with title", "unlike word", "unlike word with title",
    "likeness of neighbours", "said otherwise", "names said", "names said in context", "several", "row",
    *(f"{kind}: row" for kind in (*_WANTED, "yes/no")),
    *(f"{kind}: {sign}" for kind, sign in CROSSES),
    *(f"{kind}: new {sign}" for kind, sign in CROSSES if sign in _TELLING),
)  # fmt: skip
_COMPARED = (
    "sentence dense", "sentence words", "cosine", "covered", "likeness", "likeness in context",
    "unlike word", "passage dense", "passage words", "likeness with title",
)  # fmt: skip
"""Features of which it matters how far a candidate is behind the best."""

NAMES: tuple[str, ...] = (
    *_PLAIN,
    *(f"{name}: behind the best" for name in _COMPARED),
    *(f"{name}: best" for name in _COMPARED),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may answer, with its place and its retrieval scores; or a row of a table in words.

    `dense` and `words` are standardised over all candidates; `before` and `after` are its neighbours
    within the section ("" at its ends), `title` what its section and document are called. `bare` is a
    row without its caption and headers, whose numbers answer nothing.
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
    kind: PassageKind
    bare: str

    def holds_what_is_asked(self, question: str) -> bool:
        return holds_what_is_asked(question, self.bare)


def candidates(evidence: Sequence[Evidence]) -> list[Candidate]:
    """Every sentence of the retrieved passages, in their order."""
    return [_candidate(each, sentence) for each in evidence for sentence in each.sentences]


def _candidate(evidence: Evidence, sentence: ScoredSentence) -> Candidate:
    document = evidence.document
    text = said(evidence, sentence.span)
    return Candidate(
        text=text,
        before=document.plain(sentence.before) if sentence.before else "",
        after=document.plain(sentence.after) if sentence.after else "",
        title=" ".join((document.title, *evidence.section)),
        position=sentence.position,
        cosine=sentence.cosine,
        dense=sentence.dense,
        words=sentence.words,
        passage_dense=evidence.parts["dense"],
        passage_words=evidence.parts["words"],
        kind=evidence.passage.kind,
        bare=_bare(evidence, text),
    )


def said(evidence: Evidence, span: Span) -> str:
    """A sentence as the features see it; a row and a table with their headers."""
    passage = evidence.passage
    if passage.table is None:
        return evidence.document.plain(span)
    table = evidence.document.tables[passage.table]
    return table_text(table) if passage.row is None else row_text(table, passage.row)


def _bare(evidence: Evidence, text: str) -> str:
    """A sentence, or the cells of a row without their caption, whose number answers nothing."""
    passage = evidence.passage
    if passage.table is None or passage.row is None:
        return text
    return "; ".join(
        cell.text for cell in evidence.document.tables[passage.table].rows[passage.row]
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a text says, in stems, names and numbers."""

    stems: tuple[str, ...]
    kinds: frozenset[str]
    words: TextWords
    names: frozenset[str]
    numbers: frozenset[str]
    signs: frozenset[str]
    found: dict[str, frozenset[str]]


@lru_cache(maxsize=20_000)
def _read(text: str) -> _Reading:
    said = tuple(stems(text))
    words = tokens(text)
    names = frozenset(
        word.text for word in words if text[word.start].isupper() and _is_name(text, word.start)
    )
    found = {sign: frozenset(SIGNS[sign].findall(text)) for sign in _TELLING}
    return _Reading(
        said,
        frozenset(said),
        TextWords(text, thesaurus()),
        names,
        frozenset(word.text for word in words if word.text[0].isdigit()),
        frozenset(sign for sign, pattern in SIGNS.items() if pattern.search(text)),
        found,
    )


def _is_name(text: str, at: int) -> bool:
    """Whether a capital is not only that of the first word."""
    return bool(text[:at].strip(" \t\n\"'“‘([*")) and text[:at].rstrip()[-1:] not in ".!?"


class Question:
    """A question, read once for all its candidates.

    Its items are its words and its names; a name counts as one, and each of its forms says it.
    """

    def __init__(self, asked: Asked, rarity: Callable[[str], float]) -> None:
        self.asked = asked
        self.type: QuestionType = asked.type
        self.reading = _read(asked.question)
        self.said = stems(asked.question)
        self.pairs = set(pairwise(self.said))
        self.weights = {word: rarity(word) for word in dict.fromkeys(self.said)}
        self.total = sum(self.weights.values()) or 1.0
        self.rarest = max(self.weights, key=lambda word: self.weights[word], default="")
        self.names = [forms for forms in asked.names if any(forms)]
        of_words = [rarity(stem(word)) for word in asked.words]
        of_names = [
            min(max(rarity(word) for word in form) for form in forms if form)
            for forms in self.names
        ]
        self.item_weights = np.array([*of_words, *of_names], dtype=np.float32)
        self.item_total = float(self.item_weights.sum()) or 1.0

    def likeness(self, readings: Sequence[_Reading]) -> NDArray[np.float32]:
        """How well each text says each item: shape (items, texts), from 0 to 1."""
        of_words = thesaurus().likeness(self.asked.words, [each.words for each in readings])
        of_names = [[float(says(forms, each.kinds)) for each in readings] for forms in self.names]
        return np.concatenate(
            [of_words, np.asarray(of_names, dtype=np.float32).reshape(-1, len(readings))]
        )


def features(
    asked: Asked, candidates: Sequence[Candidate], rarity: Callable[[str], float]
) -> Features:
    """One row a candidate: shape (candidates, len(NAMES)). `rarity` is the weight of a stem."""
    if not candidates:
        return np.zeros((0, len(NAMES)), dtype=np.float32)
    question = Question(asked, rarity)
    texts, befores, afters, titles = (
        [_read(getattr(each, part)) for each in candidates]
        for part in ("text", "before", "after", "title")
    )
    soft = _likenesses(question, texts, befores, afters, titles)
    rows = [
        [
            *_row(question, candidate, *readings),
            *like,
            *_of_row(question, candidate),
            *_crossed(question, readings[0]),
        ]
        for candidate, like, *readings in zip(
            candidates, soft, texts, befores, afters, titles, strict=True
        )
    ]
    plain = np.asarray(rows, dtype=np.float32)
    compared = plain[:, _COLUMNS] * _SIGNS_OF_COMPARED
    behind = compared - compared.max(axis=0)
    best = (behind > -1e-6).astype(np.float32)
    return np.concatenate([plain, behind, best], axis=1)


def _likenesses(
    question: Question,
    texts: Sequence[_Reading],
    befores: Sequence[_Reading],
    afters: Sequence[_Reading],
    titles: Sequence[_Reading],
) -> list[list[float]]:
    """The features of likeness: how much of the question is said, if in other words."""
    own = question.likeness(texts)
    around = np.maximum(question.likeness(befores), question.likeness(afters))
    title = question.likeness(titles)
    with_title = np.maximum(own, title)
    in_context = np.maximum(with_title, around)
    weights, total = question.item_weights, question.item_total
    names = len(question.names)
    exact = own >= 1
    columns = [
        weights @ own / total,
        weights @ in_context / total,
        weights @ with_title / total,
        (weights[:, None] * (1 - own)).max(axis=0, initial=0),
        (weights[:, None] * (1 - with_title)).max(axis=0, initial=0),
        weights @ around / total,
        weights @ (own * ~exact) / total,
        own[-names:].mean(axis=0) if names else np.ones(len(texts)),
        in_context[-names:].mean(axis=0) if names else np.ones(len(texts)),
        np.array([float(question.asked.wants_several and "list" in each.signs) for each in texts]),
    ]
    found: list[list[float]] = np.stack(columns, axis=1).tolist()
    return found


def _row(
    question: Question,
    candidate: Candidate,
    said: _Reading,
    before: _Reading,
    after: _Reading,
    title: _Reading,
) -> list[float]:
    asked = question.reading

    def covered(by: frozenset[str]) -> float:
        weights = question.weights.items()
        return sum(weight for word, weight in weights if word in by) / question.total

    own_pairs = set(pairwise(said.stems))
    pairs = question.pairs
    count = len(said.stems)
    return [
        candidate.dense,
        candidate.words,
        candidate.passage_dense,
        candidate.passage_words,
        candidate.cosine,
        covered(said.kinds),
        covered(said.kinds | before.kinds | title.kinds),
        len(pairs & own_pairs) / len(pairs) if pairs else 0.0,
        _longest_run(question.said, own_pairs) / max(1, len(question.said)),
        float(question.rarest in said.kinds),
        len(asked.names & said.names) / len(asked.names) if asked.names else 0.0,
        len(asked.numbers & said.numbers) / len(asked.numbers) if asked.numbers else 0.0,
        float(bool(asked.names - said.names - title.names - before.names)),
        float(question.weights.keys() <= said.kinds),
        len(said.kinds - question.weights.keys()) / max(1, len(said.kinds)),
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
    ]


def _of_row(question: Question, candidate: Candidate) -> list[float]:
    """Whether it is a row, and what is asked of it: no row tells why, and many tell how many."""
    is_row = candidate.kind == "row"
    return [
        float(is_row),
        *(float(is_row and kind == question.type) for kind in (*_WANTED, "yes/no")),
    ]


def _crossed(question: Question, said: _Reading) -> list[float]:
    """Whether the sentence holds what a question of its type asks for, and if that is new."""
    has = [float(kind == question.type and sign in said.signs) for kind, sign in CROSSES]
    new = [
        float(kind == question.type and bool(_new(sign, said, question.asked.question)))
        for kind, sign in CROSSES
        if sign in _TELLING
    ]
    return [*has, *new]


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


_COLUMNS = [_PLAIN.index(name) for name in _COMPARED]
_SIGNS_OF_COMPARED = np.array(
    [-1.0 if name == "unlike word" else 1.0 for name in _COMPARED], dtype=np.float32
)


@dataclass(frozen=True, slots=True)
class Ranker:
    """A linear model and a network of one hidden layer (ReLU), added, over standardised features.

    `mean`, `scale`, `linear`: shape (features,); `hidden`: (features, units), `bias` and `out`: (units,).
    """

    mean: Features
    scale: Features
    linear: Features
    hidden: Features
    bias: Features
    out: Features

    def __call__(self, features: Features) -> Features:
        """One score a candidate, comparable within one question only: shape (candidates,)."""
        x = np.clip((features - self.mean) / self.scale, -5, 5)
        scores: Features = x @ self.linear + np.maximum(x @ self.hidden + self.bias, 0) @ self.out
        return scores


@cache
def ranker() -> Ranker:
    """The one that is shipped."""
    with as_file(files("rag") / "rank.npz") as path, np.load(path) as stored:
        if tuple(stored["names"].item().split("\n")) != NAMES:
            raise RuntimeError("rank.npz was learned for other features; run rag.train.rank again")
        parts = ("mean", "scale", "linear", "hidden", "bias", "out")
        return Ranker(*(stored[part] for part in parts))


_PRIOR: Mapping[PassageKind, float] = {"table": -3.0, "figure": -3.0}
"""What speaks against a kind of passage as the answer: the ranker was learned from sentences and rows
only. The engine for tables answers from tables, and a caption says little."""

_ABOUT_FIGURES = re.compile(
    r"\b(?:figures?|fig\.?|captions?|charts?|diagrams?|images?|pictures?|maps?|photos?|illustrations?)\b",
    re.IGNORECASE,
)


_REREAD = 3
"""So many of the likeliest sentences are read a second time."""


def scores(
    asked: Asked,
    candidates: Sequence[Candidate],
    features: Features,
    reread: Reread | None = None,
) -> Scores:
    """What the ranker gives each candidate, and what it is given after the second reading."""
    first = ranker()(features)
    return Scores(first, reread_scores(asked.text, readable(candidates), first, reread))


def readable(candidates: Sequence[Candidate]) -> list[Sentence]:
    """The candidates as they are read a second time: each with what stands before it, and its title."""
    return [(each.text, each.before, each.title) for each in candidates]


def reread_scores(
    question: str, sentences: Sequence[Sentence], first: Features, reread: Reread | None
) -> Features:
    """The ranker's scores, the likeliest few of them replaced; the others stay as far behind these.

    Without a second reading they are the ranker's own.
    """
    if reread is None or not len(first):
        return first
    likeliest = np.argsort(-first, kind="stable")[:_REREAD]
    second = first.copy()
    second[likeliest] = reread(question, [sentences[n] for n in likeliest], first[likeliest])
    others = np.setdiff1d(np.arange(len(first)), likeliest)
    behind = first[likeliest].min() - first[others]
    second[others] = second[likeliest].min() - behind
    return second


def ranked(
    asked: Asked,
    evidence: Sequence[Evidence],
    rarity: Callable[[str], float],
    reread: Reread | None = None,
) -> list[Evidence]:
    """The passages by their likeliest sentence, which becomes their `best`; every sentence has its rank.

    Added to a passage's scores, for its best sentence: `rank` and `cosine`; to those of the first also
    `holds` (whether it holds what is asked for), `sure`, the probability that it answers, and `yes`, the
    probability that it says yes, if yes or no is asked. `reread` reads the likeliest sentences a second
    time; without it the ranker's scores stand, and `yes` is 0.5.
    """
    if not evidence:
        return []
    found_in = candidates(evidence)
    of_all = features(asked, found_in, rarity)
    of_each = scores(asked, found_in, of_all, reread)
    final = of_each.final
    about_figures = bool(_ABOUT_FIGURES.search(asked.question))
    found: list[tuple[int, Evidence]] = []
    at = 0
    for each in evidence:
        prior = each.parts["prior"] if each.passage.kind == "reference" else 0.0
        if not (about_figures and each.passage.kind == "figure"):
            prior += _PRIOR.get(each.passage.kind, 0.0)
        rows = range(at, at + len(each.sentences))
        at = rows.stop
        best = max(rows, key=final.__getitem__)
        sentences = tuple(
            replace(sentence, rank=float(score) + prior)
            for sentence, score in zip(each.sentences, final[rows.start : rows.stop], strict=True)
        )
        sentence = sentences[best - rows.start]
        parts = {**each.parts, "rank": sentence.rank, "cosine": sentence.cosine}
        found.append((best, replace(each, best=sentence.span, parts=parts, sentences=sentences)))
    found.sort(key=lambda pair: -pair[1].parts["rank"])
    doubted = [(_doubt(asked, each, found_in[best]), best, each) for best, each in found[:_REREAD]]
    doubted.sort(key=lambda which: -which[2].parts["rank"] - math.log(which[0]))
    found[:_REREAD] = [(best, each) for _, best, each in doubted]
    doubt, best, first = doubted[0]
    holds = found_in[best].holds_what_is_asked(asked.question)
    sure = doubt * confidence()(of_all, of_each, best, holds=holds, items=asked.items)
    yes = 0.5
    if asked.type == "yes/no" and reread is not None:
        yes = reread.agrees(asked.text, readable([found_in[best]])[0])
    parts = {**first.parts, "holds": float(holds), "sure": sure, "yes": yes}
    return [replace(first, parts=parts), *(each for _, each in found[1:])]


def _doubt(asked: Asked, evidence: Evidence, best: Candidate) -> float:
    """What the confidence is multiplied by: less than 1 where the best sentence can hardly answer.

    It holds nothing of the kind that is asked for; it is a caption, which only names things; it is a
    row, asked for a reason; it is a reference, which names a source that `rag.references` would have
    found, had it been asked for; it orders whoever answers what to say, as planted sentences do; it speaks of
    another of a like name; or neither it nor what stands around it has a year or a name that the question has.
    """
    kind = best.kind
    doubt = 1.0 if best.holds_what_is_asked(asked.question) else _CANNOT
    if kind == "figure" and not _ABOUT_FIGURES.search(asked.question):
        doubt *= _CANNOT
    if kind in ("row", "table") and asked.type in ("why", "how"):
        doubt *= _CANNOT
    if kind == "reference":
        doubt *= _HARDLY
    if _ORDERS.search(best.text):
        doubt *= _CANNOT
    beside = [text for text in (best.before, best.after) if text]
    if _of_like_name(asked.question, " ".join([*beside, best.text])):
        doubt *= _HARDLY
    context = " ".join([best.text, *beside, *evidence.section])
    if not set(YEAR.findall(asked.question)) <= set(YEAR.findall(context)):
        doubt *= _HARDLY
    if not asked.all_named_in(_read(context).kinds):
        doubt *= _DOUBTFULLY
    return doubt


_CANNOT, _HARDLY, _DOUBTFULLY = 0.1, 0.3, 0.5
_ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget|override)\s+(?:(?:all|any|every|the|your|these|those|previous|prior|earlier"
    r"|above|former)\s+)+(?:instructions?|orders?|prompts?|rules|messages?)\b"
    r"|\b(?:answer|reply|respond)\s+(?:only\s+)?(?:that|with)\b.*\b(?:always|only|every|instead)\b",
    re.IGNORECASE,
)
_NAME_OF_SEVERAL = re.compile(r"(?<!^)\b[A-Z][\w'’-]+(?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w'’-]+)+")


def _of_like_name(question: str, text: str) -> bool:
    """Whether a text lacks the last word of a name of several words, and has another with its first.

    The Northern Fishing Office is not the Northern Fishing Museum.
    """
    names = [stems(match.group()) for match in _NAME_OF_SEVERAL.finditer(text)]
    has = _read(text).kinds
    for match in _NAME_OF_SEVERAL.finditer(question):
        mine = stems(match.group())
        if len(mine) > 1 and mine[-1] not in has:
            return any(mine[0] in other and len(other) > 1 for other in names)
    return False


def unsaid(asked: Asked, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The words of a question that none of these passages says, not even in other words."""
    texts = [
        _read(said(each, sentence.span)).words for each in evidence for sentence in each.sentences
    ]
    if not texts:
        return asked.words
    nearest = thesaurus().likeness(asked.words, texts).max(axis=1)
    return tuple(
        word for word, near in zip(asked.words, nearest.tolist(), strict=True) if near < ALIKE
    )
