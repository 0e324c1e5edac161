"""Questions about what a term means ("What is X?"), from the sentence that defines it.

"X is a ...", "X, a ...", "X refers to ..." and "a ... called X" define; a sentence that only mentions a
term, or only praises it, does not. Where no sentence surely does, nothing is said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ingest.definitions import Place, places
from ingest.document import Document
from ingest.names import Names, form_key
from ingest.words import STOPWORDS, correct, fold
from rag.answer import Claim, Draft, bold, literal
from rag.lexicon import QUOTES, TERM, Lexicon, bare_term, is_real, letters, wordings


def answer(
    question: str, documents: Sequence[Document], names: Sequence[Names] = ()
) -> Draft | None:
    """The sentence that says what a term is, to "what is X?", "define X", "explain X" and the like.

    Confidence says how clearly the sentence defines. Where only a long form is given, that. None where
    the question is another or the term only mentioned. Never raises.
    """
    term = _asked(question)
    if term is None:
        return None
    lexicon = Lexicon(documents, names)
    forms = lexicon.forms(_as_written(term, documents))
    mentions = [_mention(form) for form in sorted(forms, key=len, reverse=True)]
    is_country = any(map(lexicon.is_country, forms))
    found = [
        (clear, place)
        for document in documents
        for place, flat in _sentences(document)
        for mention in mentions
        for match in mention.finditer(flat)
        if (clear := _clearness(flat, match, is_country=is_country)) > 0
    ]
    if found:
        clear, place = max(found, key=lambda each: each[0])
        said = literal(place.text)
        return Draft((Claim(said, place.document, place.span, place.section),), clear, "prose")
    return _long_form(term, lexicon)


def _long_form(term: str, lexicon: Lexicon) -> Draft | None:
    found = [each for each in lexicon.shortened if letters(each.short) == letters(term)]
    if len({letters(each.long) for each in found}) != 1:
        return None
    place = found[0].place
    said = f"{bold(found[0].long)} ({literal(found[0].short)})"
    claim = Claim(said, place.document, place.span, place.section, place.cells)
    return Draft((claim,), 0.9, "prose")


# --- the term ------------------------------------------------------------------------------------

_BE = r"(?:\s+(?:is|are|was|were)|['’]?s)"
_WORDINGS = (
    rf"what\s+(?:do|does)\s+{TERM}\s+mean",
    rf"(?:what{_BE}\s+)?(?:meant\s+by|(?:the\s+)?(?:definition|meaning|explanation)\s+of)\s+{TERM}",
    rf"what\s+(?:do|does)\s+(?:the\s+\w+|it|he|she|they)\s+mean\s+by\s+{TERM}",
    rf"(?:explain|define)\s+(?:to\s+)?(?:me\s+)?(?:what\s+)?{TERM}(?:\s+(?:is|are|was|were|means?))?",
    rf"{TERM}\s*[-–—:,]?\s+(?:definition|defined|meaning|explained|what{_BE}\s+(?:it|that|this))",
    rf"how\s+(?:is|are)\s+{TERM}\s+defined",
    rf"what\s+(?:kind|sort|type)\s+of\s+\w+{_BE}\s+{TERM}",
    rf"what(?:\s+exactly|\s+actually)?{_BE}\s+(?:exactly\s+)?{TERM}",
    rf"what\s+{TERM}\s+(?:is|are|was|were|means)",
)
_PATTERNS = [re.compile(rf"\W*{wording}", re.IGNORECASE) for wording in _WORDINGS]
_NO_TERM = re.compile(
    r"(?:why|how|when|where|who|whom|whose|which|what|whether|if|that|it|these|those|there|he|she|they|i|we)\b"
    r"|(?:the\s+)?(?:reference|source|footnote|table|figure|section|chapter|row|column|page|note)s?\s*\[?\d"
    r"|.*\b(?:names?|abbreviation|acronym|translation|characters)\s+(?:of|for)\b"
    r"|.*\b(?:you|your|my|article|text|author|best|most|this)\b|.*(?:[?!;]|,\s)",
    re.IGNORECASE,
)
_LONGEST_TERM = 8
_LONGEST_SENTENCE = 1_000
_KINDS_OF_THING = frozenset("project program programme organisation organization agreement".split())


def _asked(question: str) -> str | None:
    """The term that a question wants explained."""
    for text in wordings(question):
        match = next((found for each in _PATTERNS if (found := each.fullmatch(text))), None)
        if match and not _NO_TERM.match(match["term"].strip(QUOTES)):
            term = bare_term(match["term"])
            words = term.split()
            if len(words) <= _LONGEST_TERM and any(fold(word) not in STOPWORDS for word in words):
                return term
    return None


def _as_written(term: str, documents: Sequence[Document]) -> str:
    """A term as a document may say it: misspelt words mended, "the X project" without its "project"."""
    if _is_said(term, documents):
        return term
    counts = sum((_word_counts(document) for document in documents), Counter[str]())
    words = [correct(word, counts, is_real) or word for word in term.split()]
    if (
        len(words) > 1
        and fold(words[-1]) in _KINDS_OF_THING
        and not _is_said(" ".join(words), documents)
    ):
        del words[-1]
    return " ".join(words)


def _is_said(term: str, documents: Sequence[Document]) -> bool:
    mention = _mention(term)
    return any(mention.search(flat) for each in documents for _, flat in _sentences(each))


@lru_cache(maxsize=64)
def _sentences(document: Document) -> tuple[tuple[Place, str], ...]:
    """The sentences of a document, each also in lower case without accents."""
    return tuple(
        (place, " ".join(map(fold, place.text.split())))
        for place in places(document)
        if place.kind in ("sentence", "item") and len(place.text) <= _LONGEST_SENTENCE
    )


@lru_cache(maxsize=64)
def _word_counts(document: Document) -> Counter[str]:
    return Counter(re.findall(r"[^\W\d_]{3,}", " ".join(flat for _, flat in _sentences(document))))


def _mention(form: str) -> re.Pattern[str]:
    """A form in a folded text, in the singular or plural."""
    *words, last = form_key(form) or ("",)
    if len(last) > 3:
        last = re.sub(r"(?:ies|y|(?<!s)s)$", "", last)
    said = r"[\s-]+".join(map(re.escape, [*words, last]))
    return re.compile(rf"(?<![\w-]){said}(?:y|ies|e?s)?(?![\w-])" if last else r"(?!)")


# --- the sentence --------------------------------------------------------------------------------

_CLOSING = r"[\"”'*_]*(?:\s*[(（\[][^()（）]{1,120}[)）\]])*"
_ADVERB = r"(?:\s(?:now|then|currently|today|also|still|therefore|thus|essentially|basically|generally|usually|often|typically|simply|itself|primarily|mainly|originally))?"
_KIND = r"(?P<kind>(?P<article>an?|the|any|those)\s.+)"
_IS = re.compile(
    rf"{_CLOSING}(?:,[^,.;]{{2,70}},)?{_ADVERB}\s(?:is|are|was|were|became|(?:has|have)\sbeen|(?:appears?|seems?)\sto\sbe|remains?){_ADVERB}\s{_KIND}"
)
_ARE = re.compile(
    rf"{_CLOSING}{_ADVERB}\s(?:are|were)\s(?P<kind>(?!\w+(?:ed|ing|ly|en)\b|not\b|no\b)[a-z][\w-]+(?:\s[\w-]+){{0,3}}\s(?:that|which|who|whose)\b.+)"
)
_REFERS = re.compile(
    rf"{_CLOSING}{_ADVERB}\s(?:refers?\sto|(?:is|are)\sdefined\sas|denotes?|(?:means?|describes?)\s(?=an?\b|the\b|that\b)|is\sthe\sname\s(?:of|for))\s*\S"
)
_BESIDE = re.compile(
    rf"{_CLOSING}(?:(?P<comma>,)\s(?:or\s)?|,\swhich\s(?:is|are|was|were)\s|\s[–—-]\s|—|:\s){_KIND}"
)
_CALLED = re.compile(
    r".*\b(?:an?|the|one)\s(?P<kind>[\w-]+(?:\s[\w-]+){0,6}?)(?:,|\sof)?\s(?:(?:that|which)\s)?(?:is\s|are\s)?(?:the\s)?"
    r"(?:so-called|alleged|called|known\sas|named|termed|dubbed|referred\sto\sas)\s(?:the\s|an?\s)?[\"“'*_]*"
)
_OPENING = re.compile(
    r"(?:.*[,;:–—]\s|.*\b(?:that|because|since|while|although|but|where|as)\s)?(?:(?:the|an?|this|these|so-called|term|word|concept(?:\sof)?)\s)*[\"“'(*_]*"
)
_AT_PLACE = re.compile(
    r"(?:in|at|on|for|with|from|by|after|before|during|under|since|within|near|outside|to|like|unlike)\s(?:the\s)?"
)
_END = re.compile(
    r"[,.;:()–—]|\s(?:that|which|who|whose|of|for|in|on|at|by|with|from|to|where|when|and|but|or|as|because|than|is|was|are|were|has|had)\s"
)
_GOES_ON = frozenset("when and but or as because than is was are were has had".split())
_LISTED = re.compile(r",\s(?:an?|the)\s[\w\s-]+?,?\s(?:and|or)\s")
_PRAISE = re.compile(r"the\s(?:most|least|\w+est)\s(?!.*[:,–—]\san?\s)")
_NO_KIND = frozenset(
    """
    member members part parts result results problem problems reason source matter question priority success
    failure threat sign case key little few lot bit must good bad great better challenge example exception
    factor concern cause consequence way time day year winner home site focus subject friend enemy ally rival
    supporter opponent neighbour neighbor topic issue first second third last same fact truth answer basis
    start end beginning
    """.split()
)
"""Nouns that say something of a thing, not what kind of thing it is."""
_ARTICLES = frozenset("a an the any those".split())
_COMPARING = frozenset("more less very much most least too rather quite bit same only".split())
_STATE = re.compile(r"\b(?:country|state|nation|republic|kingdom|island|federation|territory)\b")


def _clearness(text: str, mention: re.Match[str], *, is_country: bool) -> float:
    """How clearly a sentence says what the mentioned thing is: 0 for not, else 0.8 to 0.95.

    Of a country much is said that is no definition: a definition says that it is one.
    """
    if text.endswith("?"):
        return 0.0
    before, after = text[: mention.start()], text[mention.end() :]
    clear, kind = max(_readings(before, after), default=(0.0, ""))
    return clear if not is_country or _STATE.search(kind) else 0.0


def _readings(before: str, after: str) -> Iterator[tuple[float, str]]:
    """What a sentence may say that something is, by what stands before and after it, and how clearly."""
    if _OPENING.fullmatch(before):
        if (match := _IS.match(after)) and _is_kind(match["kind"]):
            yield (0.85 if match["article"] == "the" else 0.95), match["kind"]
        elif (match := _ARE.match(after)) and _is_kind(match["kind"]):
            yield 0.85, match["kind"]
        elif match := _REFERS.match(after):
            yield 0.92, after
    match = _BESIDE.match(after)
    if match and not _AT_PLACE.fullmatch(before) and _is_apposition(match):
        yield (0.8 if match["article"] == "the" else 0.9), match["kind"]
    match = _CALLED.fullmatch(before)
    if match and _is_kind(f"a {match['kind']} "):
        yield 0.8, match["kind"]


def _is_apposition(match: re.Match[str]) -> bool:
    """Whether a noun phrase beside a name explains it, and is no next item or subject."""
    kind = match["kind"]
    end = _END.search(kind)
    closing = end.group().strip() if end else ""
    if not _is_kind(kind) or closing in _GOES_ON:
        return False
    if match["comma"] and end and _LISTED.match(kind, end.start()):
        return False
    return match["article"] != "the" or not closing.isalpha()


def _is_kind(phrase: str) -> bool:
    """Whether a noun phrase says what kind of thing something is."""
    end = _END.search(phrase)
    words = re.findall(r"[\w'-]+", phrase[: end.start()] if end else phrase)
    words = words[1:] if words[:1] and words[0] in _ARTICLES else words
    if not words or words[0] in _COMPARING or _PRAISE.match(phrase):
        return False
    return words[-1] not in _NO_KIND and not words[-1].endswith("ly")
