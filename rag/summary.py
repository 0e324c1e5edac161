"""What an article is about and what it concludes: a few of its own sentences, each cited.

An article that sums itself up is taken at its word: its abstract, or its concluding section. Otherwise
the sentences that share most with all others are chosen, after LexRank (Erkan and Radev, LexRank:
graph-based lexical centrality as salience in text summarization, 2004), over stems.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, takewhile
from typing import Literal

import numpy as np
from rapidfuzz.distance import DamerauLevenshtein
from sentencex import get_sentence_boundaries

from ingest.document import Document, Paragraph, Section, Span
from ingest.words import STOPWORDS, stems, tokens
from rag.answer import Claim, Draft, Vector, literal

Kind = Literal["about", "conclusion"]

MOST_WORDS = 90
"""Words of a summary; a third sentence that completes an article's own key points may go a little beyond."""

_MOST_SENTENCES = 4
_FROM_THE_TEXT = 3
_TOO_ALIKE = 0.5
_A_LITTLE_MORE = 1.1
_FROM_THE_TEXT_WORDS = 70
_MOST_CANDIDATES = 240
_SHORTEST, _LONGEST = 8, 60
_EASY_TO_READ = 24

# --- questions -----------------------------------------------------------------------------------

_ABOUT_WORDS = frozenset(
    "summary summaries summarise summarize summarised summarized summarising summarizing gist overview "
    "abstract synopsis recap tldr nutshell thesis message takeaway takeaways topic theme subject "
    "argument arguments finding findings point points idea ideas essence".split()
)
_CONCLUSION_WORDS = frozenset(
    "conclude concludes concluded concluding conclusion conclusions verdict upshot".split()
)
_SAYING_WORDS = frozenset(
    "discuss discusses discussed cover covers deal deals say says describe describes talk talks argue argues "
    "argued claim claims show shows explain explains outline analyse analyses analyze analyzes examine examines".split()
)
_ITSELF = frozenset(
    "article articles text texts paper papers document documents piece report reports study essay "
    "publication post page author authors writer it this that here whole entire thing".split()
)
_FILLERS = frozenset(
    "main key central core major overall general most important essential basic brief briefly short "
    "shortly quick quickly give gimme provide write make tell show please sentence sentences word words "
    "line lines few bullet bullets paragraph two three four five want need like know let final end ends tl "
    "dr simple simply terms bit little long story read reading reader readers pls plz thx thanks thank cheers "
    "hi hello hey quick question ask sorry whats wats no time got u ur me us could would can kindly just "
    "actually really big picture one trying try "
    "ultimately finally eventually in".split()
)
_REACHING = frozenset(
    "come comes came reach reaches reached draw draws drawn arrive arrives leave leaves state states offer "
    "offers present presents find finds".split()
)
"""What somebody does with a conclusion, or with points and findings."""
_SAID_SO: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\btl\s*[;:,/]?\s*dr\b"), "tldr"),
    (re.compile(r"\b(?:sum|boil)(?:s|med|ming|ling)?(?: \w+){0,3}? (?:up|down)\b"), "summary"),
    (re.compile(r"\b(?:short version|eli ?5)\b"), "summary"),
    (re.compile(r"\bfor (?:my|an?|our)\b.*$"), ""),
    (re.compile(r"\b(?:long and (?:the )?short of|in (?:a )?few words)\b"), "summary"),
    (re.compile(r"\bbottom[ -]line\b|\bfinal (?:thoughts?|takeaways?|message|words?|point)\b"), "conclusion"),
    (re.compile(r"\btake[ -]?(?:home|away)(?: messages?| points?)?\b"), "takeaway"),
    (re.compile(r"\bwrap(?:s|ped)?(?: (?:it|this|things))? up\b|\bclose with\b"), "conclude"),
    (re.compile(r"\bin (?:about |at most |under )?\d+ (?:words|sentences|lines|bullets?|points)\b"), ""),
    (re.compile(r"\ba?bo?ut?\b(?=\W*$)|\babt\b"), "about"),
)  # fmt: skip
_ABOUT_IT = re.compile(
    r"\bwhat(?:['’]?s)?\b.*\babout\W*$|\btell me (?:\w+ )?about\b|\babout what\b|\bwhat(?:'s| is) (?:this|the) (?:article|text|paper|piece) on\W*$|\bwhat\b.*\babout (?:in|briefly)\b"
)
_ENDS = re.compile(r"\bhow (?:does|do|did) .{0,30}\b(?:ends?|concludes?|close)\W*$")
_OTHER_QUESTION = re.compile(
    r"\b(?:who|whose|whom|when|where|how (?:many|much|long|often)|why)\b|\bwhich (?:section|part|paragraph|page|chapter)\b"
    r"|\b(?:against|titled|called)\b|\b(?:points?|arguments?|ideas?) (?:for|in favou?r)\b"
)
"""What asks for one thing about a summary or a point, not for the summary."""


def asked(question: str, documents: Sequence[Document] = ()) -> tuple[Kind, float] | None:
    """Whether a question asks for a summary, for which, and how surely (0 to 1).

    None where it names a subject of its own, other than the title or the file name of a document.
    """
    text = question.lower().replace("’", "'")
    if _OTHER_QUESTION.search(text):
        return None
    for pattern, meaning in _SAID_SO:
        text = pattern.sub(meaning, text)
    words = [token.text for token in tokens(text)]
    own = {word for word in words if word not in STOPWORDS} - _ITSELF - _FILLERS
    triggers = {word: kind for word in own if (kind := _trigger(word))}
    rest = own - set(triggers)
    if triggers:
        rest -= _REACHING
    names_itself = bool(_ITSELF & set(words))
    if rest and _is_title(rest, documents):
        rest, names_itself = set(), True
    if rest:
        opens = "what" in words or words[0] in ("describe", "explain", "outline")
        saying = rest <= _SAYING_WORDS and not triggers and names_itself and opens
        return ("about", 0.7) if saying else None
    if "conclusion" in triggers.values() or _ENDS.search(text):
        return "conclusion", 0.9
    about = bool(triggers) or (names_itself and bool(_ABOUT_IT.search(text)))
    return ("about", 0.9) if about else None


def _trigger(word: str) -> Kind | None:
    """What a word asks for; one wrong letter in a long word is forgiven."""
    known: tuple[tuple[Kind, frozenset[str]], ...] = (
        ("conclusion", _CONCLUSION_WORDS), ("about", _ABOUT_WORDS),
    )  # fmt: skip
    for kind, words in known:
        if word in words:
            return kind
    if len(word) >= 7:
        for kind, words in known:
            if any(
                len(other) >= 7 and DamerauLevenshtein.distance(word, other, score_cutoff=1) <= 1
                for other in words
            ):
                return kind
    return None


def _is_title(words: set[str], documents: Sequence[Document]) -> bool:
    """Whether words are those of a document's whole title or of its file name."""
    return any(
        words == {token.text for token in tokens(name)} - STOPWORDS - _ITSELF - _FILLERS
        for document in documents
        for name in (
            document.title,
            document.title.partition(":")[0],
            document.name,
            document.name.rpartition(".")[0],
        )
        if name
    )


def answer(question: str, documents: Sequence[Document]) -> Draft | None:
    """A summary of two to four sentences of the document, each a claim of its own.

    Of several documents the first two sentences of each of the first three. None where the question asks
    for something else, or a document has no sentences. Never raises.
    """
    wanted = asked(question, documents)
    if wanted is None or not documents:
        return None
    kind, confidence = wanted
    most = _MOST_SENTENCES if len(documents) == 1 else 2
    claims = [
        Claim(literal(document.plain(found.span)), document, found.span, found.section)
        for document in documents[:3]
        for found in _summary(document, kind, most)
    ]
    return Draft(tuple(claims), confidence, "prose") if claims else None


# --- which part of an article --------------------------------------------------------------------

_ABSTRACT_TITLES = frozenset(
    """
    abstract|summary|executive summary|in short|in brief|in a nutshell|key points|key findings
    |key takeaways|key messages|main points|highlights|tl dr|tldr|overview|at a glance|synopsis
    |the short version|zusammenfassung|auf einen blick|resume|resumen|sommario|streszczenie|аннотация
    |резюме|анотація|реферат|摘要|概要
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_CONCLUSION_TITLES = frozenset(
    """
    conclusion|conclusions|concluding remarks|concluding thoughts|in conclusion|summary|closing
    |closing remarks|closing thoughts|final remarks|final thoughts|outlook|prospects|the way forward
    |what next|looking ahead|implications|takeaways|the bottom line|bottom line|fazit|ausblick|schluss
    |zusammenfassung|podsumowanie|wnioski|conclusiones|заключение|выводы|висновки|结论|结语
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_BACK_MATTER = frozenset(
    """
    references|bibliography|reference list|sources|works cited|literature|notes|footnotes|endnotes
    |further reading|acknowledgements|acknowledgments|acknowledgement|appendix|appendices|annex|about
    |about the author|about the authors|author|authors|author bio|funding|data availability|contact
    |disclosure|conflict of interest|conflicts of interest|competing interests|license|licence|glossary
    |see also|external links|changelog|supplementary material|literatur|quellen|литература|参考文献
    """.replace("\n", "")
    .replace("    ", "")
    .split("|")
)
_LABEL = re.compile(
    r"\W*(abstract|summary|tl;?dr|in short|in brief|key points)\W{0,3}[:.—–-]\W", re.IGNORECASE
)
_CUE = re.compile(
    r"\b(?:this|the present|our) (?:article|paper|study|report|essay|publication|text|work|analysis|guide|note)\b"
    r"|\bin this (?:article|paper|study|report|essay)\b|\bwe (?:show|argue|examine|present|find|study|ask)\b",
    re.IGNORECASE,
)
_CLOSING_CUE = re.compile(
    r"\b(?:in (?:conclusion|summary|short|sum|the end|the future|the long run)|to (?:conclude|sum up)|overall"
    r"|therefore|thus|hence|on the whole|all in all|ultimately|altogether)\b",
    re.IGNORECASE,
)
_LEANS = frozenset(
    "it its he she they his her their there this these those such however but also moreover furthermore "
    "then so yet nevertheless instead besides here similarly likewise meanwhile both and another".split()
)
"""Words that, opening a sentence, lean on the one before it."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that could be said; `opens` where it opens a paragraph."""

    span: Span
    section: int
    paragraph: int
    opens: bool
    text: str
    words: int


def _summary(document: Document, kind: Kind, most: int) -> list[_Sentence]:
    own = _abstract(document) if kind == "about" else []
    if own:
        return _in_order(own, most)
    part = _ending(document) if kind == "conclusion" else _body(document)
    found = _candidates(document, part)
    if not found:
        return _in_order(_sentences(document, part or document.paragraphs[:3]), most)
    return _chosen(found, kind, most)


def _abstract(document: Document) -> list[_Sentence]:
    """The sentences of an article's own abstract or key points, where it opens with any."""
    half = len(document.text) // 2
    for number, section in enumerate(document.sections):
        if section.span.start > half or not _is_called(section, _ABSTRACT_TITLES):
            continue
        parts = [part for part in document.paragraphs if part.section == number]
        items = next(
            (list(run) for item, run in groupby(parts, lambda part: part.item) if item), []
        )
        # Where no heading ends the key points, the text itself follows them in the same section.
        if found := _sentences(document, items if len(items) > 1 else parts[:2]):
            return found
    for part in document.paragraphs[:4]:
        label = _LABEL.match(document.text, part.span.start, part.span.end)
        if label:
            inner = Span(label.end() - 1, part.span.end)
            return _sentences(document, [Paragraph(inner, part.section)])
    return []


def _body(document: Document) -> list[Paragraph]:
    """The paragraphs of the text itself, from its start, as many as can be weighed."""
    back = {n for n, section in enumerate(document.sections) if _is_called(section, _BACK_MATTER)}
    parts = [part for part in document.paragraphs if part.section not in back]
    return parts[:_MOST_CANDIDATES]


def _ending(document: Document) -> list[Paragraph]:
    """The concluding section, or the last one with prose before the back matter."""
    by_section: dict[int, list[Paragraph]] = {}
    for part in document.paragraphs:
        by_section.setdefault(part.section, []).append(part)
    third = len(document.text) // 3
    named = [
        number
        for number in by_section
        if _is_called(document.sections[number], _CONCLUSION_TITLES)
        and document.sections[number].span.start >= third
    ]
    if named:
        return by_section[named[-1]]
    numbers = list(
        takewhile(
            lambda number: number == 0 or not _is_called(document.sections[number], _BACK_MATTER),
            sorted(by_section),
        )
    )
    for number in reversed(numbers):
        prose = [part for part in by_section[number] if _candidates(document, [part])]
        if prose:
            return prose[-3:]
    return []


def _is_called(section: Section, titles: frozenset[str]) -> bool:
    """Whether a section's title, or what stands in it before a colon, dash or "and", is one of these."""
    title = re.sub(r"^[\W\d]+", "", section.title)
    first = re.split(r"\s*(?:[:—–.?!(&]|\s-\s|\b(?:and|und|i|и)\b)\s*", title, maxsplit=1)[0]
    return bool({_in_words(title), _in_words(first)} & {_in_words(form) for form in titles})


@lru_cache(maxsize=1024)
def _in_words(title: str) -> str:
    return " ".join(token.text for token in tokens(title))


# --- which sentences -----------------------------------------------------------------------------


def _sentences(document: Document, parts: Sequence[Paragraph]) -> list[_Sentence]:
    return [
        found
        for number, part in enumerate(parts)
        for found in _of_paragraph(document, part, number)
    ]


def _of_paragraph(document: Document, part: Paragraph, number: int) -> Iterator[_Sentence]:
    for at, span in enumerate(_cut(document, part.span)):
        text = document.plain(span)
        if text:
            yield _Sentence(span, part.section, number, at == 0, text, len(text.split()))


def _cut(document: Document, whole: Span) -> list[Span]:
    """The sentences of a paragraph; a footnote mark behind a full stop belongs to what it follows."""
    piece = document.quote(whole)
    marks = {mark.span.start: mark.span.end for mark in document.marks if mark.span in whole}
    found: list[Span] = []
    for boundary in get_sentence_boundaries("en", piece):
        start, end = whole.start + boundary["start_index"], whole.start + boundary["end_index"]
        start = _skip_space(document.text, start, end)
        while found and start in marks:
            found[-1] = Span(found[-1].start, marks[start])
            start = _skip_space(document.text, marks[start], end)
        end = start + len(document.text[start:end].rstrip())
        if end > start:
            found.append(Span(start, end))
    return found


def _skip_space(text: str, start: int, end: int) -> int:
    while start < end and text[start].isspace():
        start += 1
    return start


def _in_order(found: Sequence[_Sentence], most: int) -> list[_Sentence]:
    """Sentences from the first on, within the length; one that is too long alone is better than none."""
    kept: list[_Sentence] = []
    said = 0
    for sentence in found[:most]:
        last = sentence is found[-1] and len(kept) >= 2
        if kept and said + sentence.words > MOST_WORDS * (_A_LITTLE_MORE if last else 1.0):
            break
        kept.append(sentence)
        said += sentence.words
    return kept


def _candidates(document: Document, parts: Sequence[Paragraph]) -> list[_Sentence]:
    """The sentences that make sense by themselves: no questions, no lead-ins, no scraps."""
    return [
        sentence
        for sentence in _sentences(document, [part for part in parts if not part.item])
        if _SHORTEST <= sentence.words <= _LONGEST
        and re.search(r"[.!…。！]['\"”’»)\]]*$", sentence.text)
    ][:_MOST_CANDIDATES]


def _chosen(found: Sequence[_Sentence], kind: Kind, most: int) -> list[_Sentence]:
    """The best sentences within the length, none that repeats another, in the order of the text."""
    near = _likeness([stems(sentence.text) for sentence in found])
    central = _centrality(near)
    scores = [float(central[at]) * _standing(found, at, kind) for at in range(len(found))]
    kept: list[int] = []
    said = 0
    while len(kept) < min(most, _FROM_THE_TEXT):
        open_to = [
            at
            for at, sentence in enumerate(found)
            if at not in kept
            and not any(near[at, other] > _TOO_ALIKE for other in kept)
            and (not kept or said + sentence.words <= _FROM_THE_TEXT_WORDS)
        ]
        if not open_to:
            break
        heard = {found[at].paragraph for at in kept}
        best = max(
            open_to, key=lambda at: scores[at] * (0.5 if found[at].paragraph in heard else 1)
        )
        kept.append(best)
        said += found[best].words
    return [found[at] for at in sorted(kept)]


def _standing(found: Sequence[_Sentence], at: int, kind: Kind) -> float:
    """How much its place and its first words speak for a sentence, about 1.0 for an ordinary one."""
    sentence = found[at]
    first = next((token.text for token in tokens(sentence.text)), "")
    says_what_it_does = kind == "about" and _CUE.search(sentence.text)
    value = 0.35 if first in _LEANS and not says_what_it_does else 1.0
    value *= math.sqrt(min(1.0, _EASY_TO_READ / sentence.words))
    if sentence.opens:
        value *= 1.3
    if kind == "about":
        value *= 1.0 + 1.0 / (1.0 + sentence.paragraph) + 0.5 / (1.0 + at)
        value *= 2.0 if says_what_it_does else 1.0
    else:
        value *= 1.0 + 0.6 * at / max(len(found) - 1, 1)
        value *= 1.4 if _CLOSING_CUE.search(sentence.text) else 1.0
    return value


def _likeness(texts: Sequence[Sequence[str]]) -> Vector:
    """The cosines between sentences as bags of stems weighted by idf, as LexRank does: (n, n)."""
    held = Counter(stem for text in texts for stem in set(text))
    columns = {stem: number for number, stem in enumerate(held)}
    matrix = np.zeros((len(texts), max(len(columns), 1)), dtype=np.float32)
    for row, text in enumerate(texts):
        for stem, count in Counter(text).items():
            matrix[row, columns[stem]] = count * math.log(1 + len(texts) / held[stem])
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix /= np.where(norms > 0, norms, 1)
    return matrix @ matrix.T


def _centrality(near: Vector, damping: float = 0.85, rounds: int = 50) -> Vector:
    """The stationary weights of a walk from sentence to like sentence, mean 1: (n,)."""
    count = len(near)
    links = np.where(near >= 0.1, near, 0)
    np.fill_diagonal(links, 0)
    sums = links.sum(axis=1, keepdims=True)
    walk = np.where(sums > 0, links / np.where(sums > 0, sums, 1), 1 / count)
    weights = np.full(count, 1 / count, dtype=np.float32)
    for _ in range(rounds):
        weights = (1 - damping) / count + damping * (walk.T @ weights)
    return (weights * count).astype(np.float32)
