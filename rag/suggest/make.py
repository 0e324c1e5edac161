"""Everything that a document can be asked: about its whole, its sentences, tables, headings, references."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest

from ingest.bibliography import fields
from ingest.document import Document, Span
from ingest.words import STOPWORDS
from rag.suggest.sentences import facts, short_forms
from rag.suggest.tables import of_tables
from rag.suggest.words import Candidate, Kind, Text

MOST_CANDIDATES = 40

_MOST_OF_A_KIND: dict[Kind, int] = {
    "about": 2,
    "lookup": 8,
    "fact": 8,
    "short form": 4,
    "count": 4,
    "list": 4,
    "row": 4,
    "table": 3,
    "section": 4,
    "reference": 3,
}

_FIRST_SECTIONS, _FIRST_REFERENCES = 60, 40


def candidates(document: Document) -> list[Candidate]:
    """Questions that a document's own text answers, the kinds in turn, at most 40."""
    text = Text(document)
    made = [
        *_about(text),
        *facts(text),
        *short_forms(text),
        *of_tables(text),
        *_sections(text),
        *_references(text),
    ]
    queues = [
        [each for each in made if each.kind == kind][:most]
        for kind, most in _MOST_OF_A_KIND.items()
    ]
    in_turn = [each for turn in zip_longest(*queues) for each in turn if each is not None]
    unique = {each.question.casefold(): each for each in reversed(in_turn)}
    return [each for each in in_turn if unique[each.question.casefold()] is each][:MOST_CANDIDATES]


_CONCLUDES = re.compile(
    r"(?:conclusions?|concluding|summary|closing|final (?:remarks|thoughts)|outlook)\b",
    re.IGNORECASE,
)


def _about(text: Text) -> Iterator[Candidate]:
    if text.sentences:
        document = text.document
        whole = Span(0, len(document.text))
        yield Candidate("What is this article about?", "about", whole)
        later = [each for each in document.sections if each.span.start * 2 > len(document.text)]
        if any(_CONCLUDES.match(section.title) for section in later):
            yield Candidate("What does the article conclude?", "about", whole)


_ASKS = re.compile(
    r"^(?:[^:?]{1,40}: )?(?:who|what|when|where|why|how|which|is|are|was|were|do|does|did|can|should|will)\b[^?]{6,70}\?$",
    re.IGNORECASE,
)
_TOPIC = re.compile(r"[^\W\d_][^:?!.;\"“”|\[\]{}*_<>#]{3,60}")
_NO_TOPICS = re.compile(
    r"^(?:introduction|background|summary|conclusions?|concluding|abstract|overview|key |in short|in brief"
    r"|main |methods?|methodology|results?|discussion|history|outlook|contents?|appendix|annex|notes?"
    r"|references?|bibliography|sources|literature|further|see also|acknowledge?ments?|about|highlights"
    r"|materials|preface|foreword|funding|contact|glossary|the |a |an |executive|at a glance|final|closing|table"
    r"|figure|part|chapter|section|step|who|what|when|where|why|how|which|first|second|third|next)\b",
    re.IGNORECASE,
)


def _sections(text: Text) -> Iterator[Candidate]:
    """Headings that are questions, or that name a topic which the text speaks of elsewhere too."""
    document = text.document
    for section in document.sections[:_FIRST_SECTIONS]:
        title = document.plain(section.heading).lstrip("# ").strip() if section.heading else ""
        title = re.sub(r"\s*\([^)]*\)$", "", section.title or title).strip()
        if section.level <= 1 or not title:
            continue
        if _ASKS.match(title):
            yield Candidate(title, "section", section.span)
        elif topic := _topic(text, title):
            yield Candidate(f"What does the article say about {topic}?", "section", section.span)


def _topic(text: Text, title: str) -> str:
    """A title as it is written inside a sentence; "" where no sentence has it."""
    words = title.split()
    if not _TOPIC.fullmatch(title) or _NO_TOPICS.match(title) or not 2 <= len(words) <= 6:
        return ""
    is_name = sum(word[0].isupper() for word in words) > 1 or text.always_capital(words[0])
    topic = title if is_name else title[0].lower() + title[1:]
    said = re.search(rf"(?<!\w){re.escape(topic)}(?!\w)", text.prose)
    return text.with_article(topic) if said and words[0].lower() not in STOPWORDS else ""


def _references(text: Text) -> Iterator[Candidate]:
    """By number: who wrote one, when one was published, what one is."""
    document = text.document
    counts = Counter(reference.number for reference in document.references)
    wanted = ["authors", "year", "title"]
    for number, reference in enumerate(document.references[:_FIRST_REFERENCES]):
        if not wanted:
            return
        if counts[reference.number] > 1:
            continue
        found = fields(document, number)
        field = wanted[0]
        span = getattr(found, field)
        if span is None or (field == "title" and not reference.text.isascii()):
            continue
        question = {
            "authors": f"Who wrote reference {reference.number}?",
            "year": f"When was reference {reference.number} published?",
            "title": f"What is reference {reference.number}?",
        }[field]
        yield Candidate(question, "reference", reference.span, None, (document.plain(span),))
        wanted.pop(0)
