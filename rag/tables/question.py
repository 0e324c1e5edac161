"""A question, read: its words, what kind of thing it asks for, its numbers and how they compare."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import Literal, NamedTuple

from ingest.words import STOPWORDS, stems, tokens
from rag.tables.numerals import numerals
from rag.tables.values import SCALES, number_of

_ORDINALS = {
    word: n
    for n, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split(),
        1,
    )
}
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_NOTHING = re.compile(r"\b(?:no|zero|none|not? \w+ any|without|never)\b|n't \w+ any\b")
_DECADE = re.compile(r"\b(1\d|20)(\d)0'?s\b")
_DIGITS = re.compile(r"(?<![\w.])[-−]?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)")
_OF_DIGITS = SCALES | {"k": 1e3, "tn": 1e12}
_SCALED = re.compile(r"\s?(thousand|million|billion|trillion|mn|mln|bn|tn)\b|(k)\b")

_MORE = r"more|over|above|greater|larger|higher|bigger|longer|taller|older|exceed\w*|after|later|past|beyond|better|north"
_LESS = r"less|under|below|fewer|lower|smaller|shorter|younger|before|earlier|prior|until|worse"
BEFORE = (
    (
        re.compile(
            r"\b(?:at least|no less than|no fewer than|no earlier than|(?:a )?minimum of|upwards? of|since|from|starting in|not less than|not before)(?: the)?(?: year)?\s*\W?$"
        ),
        ">=",
    ),
    (
        re.compile(
            r"\b(?:at most|no more than|no later than|maximum of|up to|until|till|through|not more than|not after|by)(?: the)?(?: year)?\s*\W?$"
        ),
        "<=",
    ),
    (
        re.compile(
            rf"\b(?:{_MORE}|in excess of)(?: than)?(?: to| in| of)?(?: the)?(?: year)?\s*\W?$"
        ),
        ">",
    ),
    (
        re.compile(
            rf"\b(?:{_LESS}|not even|not quite|short of|nearly)(?: than| to)?(?: in| of)?(?: the)?(?: year)?\s*\W?$"
        ),
        "<",
    ),
    (
        re.compile(r"\b(?:not|other than|except|excluding)(?: in| for)?(?: the)?(?: year)?\s*\W?$"),
        "!=",
    ),
)
_AFTER = (
    (
        re.compile(
            r"^\W?\s*(?:\w+ )?(?:or|and|&) (?:more|above|over|greater|higher|later|after|longer|newer|up\b|older|upwards?|onwards?)"
        ),
        ">=",
    ),
    (re.compile(r"^\W?\s*(?:onwards?\b|\+)"), ">="),
    (
        re.compile(
            r"^\W?\s*(?:\w+ )?(?:or|and|&) (?:less|below|under|fewer|lower|earlier|before|shorter|younger)"
        ),
        "<=",
    ),
)
_RELATED = frozenset(
    """
    many much number total average sum mean most least more less fewer than first last highest lowest
    largest smallest biggest greatest best worst longest shortest oldest youngest earliest latest top
    bottom next previous before after following prior list name give show tell find difference between
    combined altogether times time often only ever least count amount percentage share proportion
    different unique distinct each every per please according table row rows column listed
    """.split()
)
"""Words that say what to do rather than what about."""

Wh = Literal[
    "how-many", "how-much", "how-long", "when", "where", "who", "why", "yes-no", "which", "what",
    "list", "how", "other",
]  # fmt: skip
WHS: tuple[Wh, ...] = (
    "how-many", "how-much", "how-long", "when", "where", "who", "why", "yes-no", "which", "what",
    "list", "how", "other",
)  # fmt: skip
_WH: tuple[tuple[Wh, re.Pattern[str]], ...] = (
    ("yes-no", re.compile(r"\b(?:yes or no|is it true|tell me if|i wonder if|true or false|true that|whether|confirm|right\?|correct\?|is it (?:so|right|correct))|^(?:\w[^,:]{0,30}[,:] )?(?:and |so |but )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b")),
    ("how-many", re.compile(r"\bhow many\b|\bhow often\b|\bwhat (?:is|was|are|were) the (?:total )?(?:number|count|amount) of\b|\bnumber of times\b|^count\b")),
    ("how-long", re.compile(r"\bhow (?:long|old|far|tall|high|fast|big|large|wide|deep|heavy)\b")),
    ("how-much", re.compile(r"\bhow much\b|\bwhat (?:percentage|share|proportion|fraction)\b")),
    ("when", re.compile(r"\bwhen\b|\b(?:what|which) (?:year|date|day|month|decade|season|time)\b|\bsince when\b")),
    ("where", re.compile(r"\bwhere\b")),
    ("who", re.compile(r"\bwho(?:m|se)?\b")),
    ("why", re.compile(r"\bwhy\b")),
    ("list", re.compile(r"^(?:please )?(?:list|name|give|show|tell|enumerate|find)\b")),
    ("which", re.compile(r"\bwhich\b")),
    ("what", re.compile(r"\bwhat\b")),
    ("how", re.compile(r"\bhow\b")),
)  # fmt: skip
_FOCUS = re.compile(
    r"\b(?:which|what|whose|how many|how much|list(?: all| of)?(?: the)?|name(?: all)?(?: the)?|"
    r"give(?: me)?(?: all| every)?(?: the)?|(?:number|total|amount|average|sum) of|what (?:is|was|are|were) the)\s+"
)
_ENDS_FOCUS = frozenset(
    """
    is are was were do does did has have had can could will would should of in on at for from to with
    by that who which where when and or than not between during after before since it they he she
    """.split()
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the question, with its place and how much it matters (0 to 1)."""

    text: str
    stem: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the question says; `words` are bits. `sign`: how it compares, "" for equal."""

    value: float
    words: int
    sign: str = ""
    upto: float | None = None
    is_ordinal: bool = False
    in_words: bool = False


@dataclass(frozen=True)
class Asked:
    """A question, read: its words, what kind of thing it asks for, its numbers."""

    text: str
    words: tuple[Word, ...]
    wh: Wh
    numbers: tuple[Number, ...]
    focus: int
    lower: str
    table: int = 0
    """The table that is named by its number or its place, from 1; -1 for the last, 0 for none."""
    of_table: int = 0
    """The words that do so, as bits."""

    @staticmethod
    def of(question: str) -> Asked:
        """Read a question."""
        question = _DENIED.sub(_asserted, plainly(question))
        words = tuple(
            Word(
                token.text,
                stem_of(token.text),
                token.start,
                token.end,
                _weight(token.text, question[token.start : token.end], is_first=not token.start),
            )
            for token in tokens(question)
        )[:60]
        lower = question.lower()
        if len(lower) != len(question):  # a letter that is two in lower case would shift all places
            lower = "".join(c.lower() if len(c.lower()) == 1 else c for c in question)
        wh: Wh = next((name for name, pattern in _WH if pattern.search(lower)), "other")
        table, of_table = _table(lower, words)
        numbers = tuple(n for n in _numbers(lower, words) if not n.words & of_table)
        return Asked(question, words, wh, numbers, _focus(lower, words), lower, table, of_table)

    @cached_property
    def content(self) -> int:
        """The words that matter, as bits."""
        return sum(1 << n for n, word in enumerate(self.words) if word.weight >= 0.5)

    def weight(self, words: int) -> float:
        """The weight of some words, given as bits."""
        known = self._weights.get(words)
        if known is None:
            known = sum(w.weight for n, w in enumerate(self.words) if words >> n & 1)
            self._weights[words] = known
        return known

    @cached_property
    def _weights(self) -> dict[int, float]:
        return {}

    @cached_property
    def scale(self) -> int:
        """The word after "how", as bits: in "how close is Vell to Arn" it names what is measured, no value."""
        match = _SCALE.search(self.lower)
        return bits_at(self.words, *match.span(1)) if match else 0

    @cached_property
    def flags(self) -> frozenset[str]:
        """Which kinds of operations some word of the question hints at."""
        return frozenset(name for name, pattern in FLAGS.items() if pattern.search(self.lower))

    def phrase(self, words: int) -> str:
        """The words in bits, as they stand in the question."""
        return " ".join(
            self.text[w.start : w.end] for n, w in enumerate(self.words) if words >> n & 1
        )


_ALL = r"(?:all|every(?: one)?|each|any)(?: of)?(?: the| those)?"
_GIVE = (
    r"(?:give|show|list|name|state|find|print|display|report|identify|provide|enumerate|return|mention)"
    r"(?: me| us)?(?: the names? of)?"
)
_PLAINLY: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), plain)
    for pattern, plain in (
        (r"^(?:please|kindly|so|and|ok(?:ay)?|hi|hello|hey)\b[ ,:]+", ""),
        (r"^(?:can|could|would|will) you(?: please)? (?=tell|say|give|show|list|name|state|find|count|look)", ""),
        (r"^(?:(?:please )?(?:tell|inform) (?:me|us)|say|i(?:'d| would)? (?:like|want|need) to know|do you know|i wonder)[ ,:]+(?=how|which|what|who|when|where|if|whether)", ""),
        (r"^(?:according to|in|from|going by|out of|of all|among)(?: all)? (?:the|this) (?:table|list|entries|rows|records|data)\b ?,? ", ""),
        (rf"^(?:{_GIVE} )?(?:how many|the (?:total )?(?:number|count) of|what number of)(?: the| those)?(?= )", "How many"),
        (r"^(?:count|tally)(?: up)?(?: all| how many)?(?: of)?(?: the| those)?(?= )", "How many"),
        (rf"^{_GIVE} {_ALL}(?= )", "Which"),
        (r"\b(?:anything|something|anyone|someone|everything|all) (?:but|except|besides|other than)\b", "not"),
    )
)  # fmt: skip
"""Ways to ask that mean the same as a plainer one, which the ranker knows from its training."""


def plainly(question: str) -> str:
    """The question without politeness, its opening in plain words."""
    question = question.replace("’", "'").strip()
    for pattern, plain in _PLAINLY:
        question = pattern.sub(plain, question, count=1)
    return question


NEGATION = re.compile(
    r"\b(?:not|never|without|except|excluding|besides|other than|apart from|aside from|leaving out|but|"
    r"neither|nor|non|exclud\w*|omit\w*|ignor\w*|barring|rather than|different from|lack\w*)\b|n't\b"
)
"""A question with one of these words most likely leaves something out."""

FLAGS: Mapping[str, re.Pattern[str]] = {
    "order": re.compile(r"\b(?:next|after|before|previous|previously|following|follow\w*|prior|preced\w*|above|below|behind|ahead|right|immediately|subsequent|succe\w+|later|earlier|came|comes)\b"),
    "difference": re.compile(r"\b(?:difference|more|less|fewer|than|between|apart|separat\w+|how (?:long|old|far|many years|much)|older|younger|longer|taller|higher|gap|from|ahead|by)\b"),
    "sum": re.compile(r"\b(?:total|sum|combined|altogether|all|together|many|much|both|overall|add|collectively|and)\b"),
    "mean": re.compile(r"\b(?:average\w*|mean|typical\w*|median|usual\w*|per \w+|normally)\b"),
    "frequent": re.compile(r"\b(?:most|least|common|frequent\w*|often|popular|majority|appear\w*|more|times|fewest|consistent\w*|repeated\w*|dominat\w*)\b"),
    "repeated": re.compile(r"\b(?:once|twice|multiple|repeat\w*|several|again|duplicate\w*|two|three|same)\b"),
    "each": re.compile(r"\b(?:each|per|every|by|group\w*|break\s?down|distribution)\b"),
    "same": re.compile(r"\b(?:same|also|as|share\w*|another|other|like|too|similar|besides|else)\b"),
    "percent": re.compile(r"\b(?:percent\w*|share|proportion|fraction|ratio)\b|%"),
    "negation": re.compile(r"\b(?:not|no|never|without|except|excluding|besides|other|apart|than|leaving out|neither|nor|outside|non|but|aside|exclud\w*|omit\w*|ignor\w*|bar|barring|save|rather|instead|skip\w*|minus|differ\w*|lack\w*|drop\w*|remov\w*|disregard\w*)\b|n't\b"),
    "top": re.compile(r"\b(?:top|first|last|bottom|best|worst|highest|lowest|largest|smallest|least|most)\b"),
    "columns": re.compile(r"\b(?:which|what|more|most|type|kind|category|less|least|fewer|larger|highest|lowest|best)\b"),
    "or": re.compile(r"\b(?:or|and|both|either|neither|nor|,)\b"),
    "pairs": re.compile(r"(?:,| and| with| but) (?:in )?(?:when|where|what|which|how|who|their|its|since when|for how)\b|\b(?:each|every one|respectively|along with|together with|both)\b"),
    "twice": re.compile(r"\b(?:times (?:as|more|larger|bigger)|twice|ratio|factor)\b"),
}  # fmt: skip


_SCALE = re.compile(
    r"\bhow (?!many\b|much\b|often\b|come\b|do\b|does\b|did\b|is\b|are\b|was\b|were\b)(\w+)\b"
)
_TABLE = re.compile(
    r"\b(?:(?P<place>first|second|third|fourth|fifth|last|final|closing|concluding)\s+(?:table|list)"
    r"|(?:table|tab\.)\s*(?:no\.?\s*|number\s*)?(?P<number>\d{1,2}))\b"
)
_LAST = frozenset({"last", "final", "closing", "concluding"})


def _table(lower: str, words: Sequence[Word]) -> tuple[int, int]:
    """The table that a question names by number or place, and the words that do so, as bits."""
    match = _TABLE.search(lower)
    if match is None:
        return 0, 0
    place = match["place"]
    number = int(match["number"]) if match["number"] else -1 if place in _LAST else _ORDINALS[place]
    return number, bits_at(words, *match.span())


def stem_of(word: str) -> str:
    """The stem of a folded word; the word itself where it has none."""
    found = stems(word)
    return found[0] if found else word


def _weight(word: str, written: str, *, is_first: bool) -> float:
    if word in STOPWORDS:
        return 0.6 if len(written) > 1 and written.isupper() else 0.0
    is_name = written[0].isupper() and not is_first
    if word in _RELATED and not is_name:
        return 0.2
    return 1.0


def _focus(lower: str, words: Sequence[Word]) -> int:
    """The words that say what kind of thing is asked for, as bits: "which *year of joining*"."""
    match = _FOCUS.search(lower)
    if match is None:
        return 0
    bits = taken = 0
    for number, word in enumerate(words):
        if word.start < match.end():
            continue
        if taken and (word.text in _ENDS_FOCUS or taken > 3):
            break
        if word.text in _ENDS_FOCUS:
            if word.text in {"of", "in", "for", "the"}:
                continue
            break
        taken += 1
        bits |= 1 << number
    return bits


class _Said(NamedTuple):
    """A number as it stands in the question: in characters."""

    start: int
    end: int
    value: float
    is_ordinal: bool = False
    in_words: bool = False


def _numbers(lower: str, words: Sequence[Word]) -> Iterator[Number]:
    """The numbers of a question, each with how it compares."""
    decades = list(_DECADE.finditer(lower))
    for match in decades:
        start = float(match.group(1) + match.group(2) + "0")
        yield Number(start, bits_at(words, *match.span()), "between", start + 9)
    taken = [match.span() for match in decades]
    spelt = [said for said in _in_words(lower, words) if not _inside(said.start, taken)]
    taken += [(said.start, said.end) for said in spelt]
    found = sorted([*spelt, *(s for s in _in_digits(lower) if not _inside(s.start, taken))])
    nothing = _NOTHING.search(lower)
    if nothing and not found:
        found.append(_Said(*nothing.span(), 0.0, in_words=True))
    for said, following in zip_longest(found, found[1:]):
        bits = bits_at(words, said.start, said.end)
        if following is not None and _is_range(lower, said, following):
            both = bits | bits_at(words, following.start, following.end)
            yield Number(said.value, both, "between", following.value)
        sign = "" if said.is_ordinal else _sign(lower, said)
        yield Number(said.value, bits, sign, None, said.is_ordinal, said.in_words)


def _inside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)


def _in_words(lower: str, words: Sequence[Word]) -> Iterator[_Said]:
    for word in words:
        if ordinal := _ORDINAL.fullmatch(word.text):
            yield _Said(word.start, word.end, float(ordinal.group(1)[:9]), is_ordinal=True)
        elif word.text in _ORDINALS:
            value = float(_ORDINALS[word.text])
            yield _Said(word.start, word.end, value, is_ordinal=True, in_words=True)
    for each in numerals(lower):
        if not (lower[each.start : each.end] == "one" and _NO_NUMBER.search(lower[: each.start])):
            yield _Said(each.start, each.end, each.value, in_words=True)
    for match in _ONE_OR_MORE.finditer(lower):
        yield _Said(*match.span(1), 1.0, in_words=True)


def _in_digits(lower: str) -> Iterator[_Said]:
    for match in _DIGITS.finditer(lower):
        value = number_of(match.group(1))
        if value is None:
            continue
        end = match.end()
        if scale := _SCALED.match(lower[end:]):
            value *= _OF_DIGITS[scale[1] or scale[2]]
            end += scale.end()
        is_negative = match.group()[0] in "-−" and lower[: match.start()].endswith(" ")
        yield _Said(match.start(), end, -value if is_negative else value)


def _is_range(lower: str, one: _Said, other: _Said) -> bool:
    """Whether two numbers are said as "between one and the other" or "from … to …"."""
    between = re.fullmatch(r"\s*(?:and|to|-|–|until|through)\s*", lower[one.end : other.start])
    opening = lower[max(0, one.start - 24) : one.start]
    opens = re.search(r"\b(?:between|from)\s*(?:the years? )?$", opening)
    return between is not None and opens is not None and not one.is_ordinal


def _sign(lower: str, said: _Said) -> str:
    before, after = lower[max(0, said.start - 40) : said.start], lower[said.end : said.end + 24]
    after_it = (sign for pattern, sign in _AFTER if pattern.search(after))
    before_it = (sign for pattern, sign in BEFORE if pattern.search(before))
    return next(after_it, "") or next(before_it, "")


_NO_NUMBER = re.compile(r"\b(?:this|that|the|which|another|each|any|no|every|only)\s+$")
_ONE_OR_MORE = re.compile(r"\b(an?)\s+\w+\s+or\s+(?:more|longer|over|above|less|under)\b")


_DENIED = re.compile(
    r"^(\W*)(can|won|is|are|was|were|do|does|did|has|have|had|could|would|should)n?['’]t\b",
    re.IGNORECASE,
)
""""Hasn't it joined?" is answered as "Has it joined?" is."""


def _asserted(denied: re.Match[str]) -> str:
    verb = denied[2]
    return f"{denied[1]}{'Will' if verb.lower() == 'won' else verb}"


def bits_at(words: Sequence[Word], start: int, end: int) -> int:
    """The words that overlap a range of characters, as bits."""
    return sum(1 << n for n, word in enumerate(words) if word.start < end and start < word.end)
