"""Whether a question is about the bibliography, and what it asks of it.

People say "source", "reference", "paper", "number" and "cite" of much else. A question counts as one about
the bibliography only where its words leave little doubt: a miss is answered from the text, a false alarm
would stand in the way of that answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import DamerauLevenshtein

from ingest.bibliography import Entry
from ingest.document import Document
from ingest.words import STOPWORDS, Token, fold, stems, tokens

Field = Literal["authors", "year", "title", "publisher", "url", "accessed"]
Anchor = Literal["none", "maybe", "surely"]


# --- the words that tell ---------------------------------------------------------------------------

_NOUNS = "references reference footnotes footnote endnotes endnote citations citation bibliography".split()
_LOOK_LIKE_THEM = frozenset({"reverence", "referenced"})
_WORK = (
    r"(?:sources?|references?|papers?|articles?|works?|texts?|posts?|books?|documents?|stud(?:ies|y)|entr(?:y|ies)"
    r"|publications?|pieces?|essays?|writings?)"
)
_SURELY = re.compile(
    r"\bbibliograph\w+|\bunder (?:which|what) number\b|\b(?:foot|end)notes?\b|\bcitations?\b|\b(?:reference|source) list\b|\bworks cited\b"
    rf"|\blist of (?:references|sources)\b|\b(?:cited|quoted) {_WORK}\b"
    rf"|\b{_WORK}\b[^.?!]{{0,40}}?\b(?:is|are|was|were|get|gets|been)? ?(?:cited|referenced)\b(?! as\b)"
    r"|\b(?:sources?|references?)\b[^.?!]{0,30} (?:listed|given)\b"
    rf"|\b(?:cites?|list all|list of)\b[^.?!]{{0,20}}\b{_WORK} (?:by|from)\b|\bcite anything\b"
    r"|^(?:who|whom|which (?:authors?|people|scholars|researchers|experts)) (?:is|are|does|did|was|were)\b.{0,25}\b(?:cited?|quoted?)$"
    rf"|\b{_WORK} (?:has|have|with) an? (?:doi|url|link)\b|\b(?:any|there an?|there) (?:sources?|references?) (?:on|about|by|from|in|written)\b"
)
_MAYBE = re.compile(r"\b(?:sources?|references?|refs?|literature)\b")
_NOT_BEHIND = re.compile(
    r" (?:of|to)\b(?! (?:the |this |that |its )?(?:article|text|paper|report|essay|post|author)s?\b)"
    r"| for\b(?! (?:the |this |that )?(?:article|text|paper|report|claims?|statements?|facts?|assertions?|figures?)\b)"
    r"| (?:point|frame|value|group|model|period|material|code|language|data|work)s?\b"
)
"""What makes a thing of the world of a source or a reference: of power, to the king, code."""
_LEADING = frozenset(
    "main primary secondary key external online academic scholarly scientific news other own official "
    "foreign single only whole most which what many of all any these those".split()
)
_REFERS = re.compile(r"\b(?:article|text|author|paper|report|study|it|they) (?:also )?references?$")
_BY = re.compile(
    r"\b(?:did|does|has|have)\b.*\b(?:write|written|(?:co-?)?author(?:ed)?|publish(?:ed)?|cite)\b"
    rf"|\b(?:{_WORK}|anything|something|everything|all)(?: (?:that )?(?:(?:is|are|was|were) )?(?:cited|listed|written|published)?)? ?(?:by|from)\b"
    rf"|\b(?:written|authored|penned|published) by\b|['’]s? {_WORK}\b"
    rf"|\b(?:{_WORK}|anything|something) \w+ \w* ?(?:wrote|published)\b|^(?:is|are|was|were) .+ (?:cited|quoted)$|^where (?:is|are|was|were) .* (?:cited|quoted)\b"
)
_TOPIC = re.compile(r"\b(?:about|on|covers?|deals?|mentions?|concern(?:s|ing)|discuss\w*)\b")
_COUNT = re.compile(
    r"\b(?:how many|number of|count)\b|\bhow (?:long|big) is the (?:bibliography|reference list)\b"
)
_ALL = re.compile(
    r"\b(?:sources|references|footnotes|endnotes|citations|bibliography|literature|works|cited?|quoted?)\b"
)
_USED = re.compile(
    r"\bwhere\b.*\b(?:used?|cited?|mention(?:ed)?|quoted?|referenced|occurs?|appears?|come up)\b"
    r"|\b(?:sentences?|passages?|paragraphs?|parts?|sections?|claims?|statements?)\b.*\b(?:cites?|uses?|rel(?:y|ies)|bears?|carr(?:y|ies)|refers?|supported|backed)\b"
    r"|\b(?:cited|used|needed|given) (?:for|in support of)\b|\bhow (?:often|many times)\b.*\b(?:cited|used|mentioned)\b"
    r"|\bwhat\b.*\b(?:support|back up|prove|evidence for)\b|\b(?:used|mentioned|cited) (?:anywhere|in the (?:text|article))\b"
)
_BACKS = re.compile(
    r"\b(?:source|reference|ref|footnote|endnote|citation)s?\b.*\b(?:for|behind|back\w*|support\w*|cover\w*|prove\w*|belongs?|given)\b"
)
_ASPECTS: tuple[tuple[Field, re.Pattern[str]], ...] = (
    ("accessed", re.compile(
        r"\bwhen (?:was|were|did)\b.*\b(?:access(?:ed)?|retrieved?|visit(?:ed)?|look(?:ed)? at|consult(?:ed)?)\b"
        r"|\baccess date\b|\bdate of access\b"
    )),
    ("authors", re.compile(
        r"\bwho\b.*\b(?:wrote|written|authored|authors?|penned|co-?wrote)\b|\bwho\b.*\bby$|['’]s co-?authors?\b|\bco-?authors? (?:of|on|with)\b"
        r"|\b(?:authors?|writers?) (?:of|for)\b|\bwhose (?:work|article|paper|book|text)\b|^by whom\b|\bhow many authors\b"
    )),
    ("year", re.compile(
        r"\b(?:when|what year|which year)\b.*\b(?:published|written|appear(?:ed)?|come out|came out|issued|released)\b"
        r"|\b(?:year|date) of (?:publication|reference|source)\b|\bpublication (?:year|date)\b"
    )),
    ("publisher", re.compile(
        r"\bwho (?:published|issued|released)\b|\bwhere (?:was|were|did|has|have|is|are)\b.*\b(?:published|appear(?:ed)?|printed)\b"
        r"|\bpublisher (?:of|for)\b|\b(?:which|what) (?:journal|magazine|newspaper|publisher|site|website)\b"
        r"|\bwho is the publisher\b"
    )),
)  # fmt: skip
_ASPECTS_OF_A_WORK: tuple[tuple[Field, re.Pattern[str]], ...] = (
    ("authors", re.compile(r"\bwho\b.* behind\b|\bwhose\b|\d['’]?s? authors?$|\bauthors? of which\b")),
    ("year", re.compile(r"\b(?:what|which) year\b|\bhow old\b|\bdated\b|\bwhen (?:is|was|does|did)\b|\bfrom when\b")),
    ("url", re.compile(r"\b(?:urls?|links?|web address|address|doi)\b|\bfind\b.*\b(?:online)\b")),
    ("title", re.compile(r"\b(?:title|called)\b")),
)  # fmt: skip
"""What only a question that speaks of a source, a paper or a post asks for in these words."""

_FRAME = frozenset(
    """
    reference references ref refs source sources footnote footnotes endnote endnotes citation citations
    cited cite cites quoted quote bibliography bibliographies literature entry entries listed list lists
    number numbers numbered nr no article articles text texts document documents paper papers work works
    post posts book books study studies publication publications item items page pages site website
    webpage write writes wrote written writing writings writer writers author authors authored co coauthor
    coauthors cowrote penned publish publishes published publisher publishers publication issued released
    appear appears appeared printed year years date dated old when title titled titles called name named
    names come comes came coming go out say says said tell give show find use uses used using mention
    mentioned mentions deal deals dealing cover covers discuss discusses concern concerns concerning talk
    talks link links url urls address doi online journal magazine newspaper report reported reports oldest
    earliest newest latest recent most one ones anything something everything thing things stuff other
    contain contains included include includes get got see please let know count total last first second
    third two three access accessed retrieved visited consult consulted look looked rely relies based draw
    draws quotes base piece pieces contributed kind read like make made available contents essay essays
    works behind wrote single language written script characters letters pls plz
    thx thanks thank hi hello hey quick question ask asking sorry kindly just also again still u me whats
    whos sentence sentences passage passages paragraph paragraphs part parts section sections claim claims
    statement statements fact given back backs support supports supported backed lack lacks lacking missing
    refer refers often times is s before belong belongs anywhere else together jointly coauthored referenced
    """.split()
)
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)
CARDINALS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
).split()


# --- a question, read ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, read. `text` is without its `address`, a DOI or URL; `folded` is lower case, without
    courtesies, misspelt words for the bibliography set right.

    `anchor`: whether it speaks of the bibliography. `work`: whether of a paper, post or the like, and
    `called` the stems of what those are called after ("the Gazette article"). `by`: whether for what
    somebody wrote. `topic`: whether for what is about something. `aspect`: the field it asks for. `words`: those that should pick the entries.
    `numbers`: the numbers of entries that it names. `language`: one that is told by its script.
    `counts`, `lists`, `uses`, `backs`: whether it asks how many, for all, where the text names an
    entry, or which entry the text names for something.
    """

    text: str
    folded: str
    address: str
    anchor: Anchor
    work: bool
    called: frozenset[str]
    by: bool
    topic: bool
    aspect: Field | None
    words: tuple[Token, ...]
    numbers: tuple[int, ...]
    language: str
    counts: bool
    lists: bool
    uses: bool
    backs: bool


def read(question: str, documents: Sequence[Document], known: Sequence[Entry]) -> Asked:
    """Read a question about the `known` entries of the documents' bibliographies. Never raises."""
    address = _address(question, known)
    rest = question.replace(address, " ") if address else question
    folded = " ".join(_set_right(fold(word)) for word in rest.split()).rstrip("?!. ")
    folded = _GREETING.sub("", _THANKS.sub("", folded))
    anchor = _anchor(folded, documents, known)
    called = re.findall(rf"([^\s'’]+) {_WORK}\b", folded)
    work = anchor != "none" or bool(re.search(rf"\b{_WORK}\b", folded))
    aspects = _ASPECTS + (_ASPECTS_OF_A_WORK if work else ())
    aspect = next((name for name, pattern in aspects if pattern.search(folded)), None)
    by = bool(_BY.search(folded))
    bracketed = _BRACKETED.search(folded)
    numbers = _numbers(folded, known)
    words: tuple[Token, ...] = ()
    if address or by or aspect or anchor != "none" or bracketed or numbers:
        words = tuple(_picking(_LAST_VERB.sub("", rest), known))
    if bracketed and not numbers and all(word.text == bracketed[1] for word in words):
        numbers = [int(bracketed[1])]
    language = _LANGUAGE.search(folded)
    return Asked(
        text=rest,
        folded=folded,
        address=address,
        anchor=anchor,
        work=work,
        called=frozenset(map(stem_of, called)),
        by=by,
        topic=(anchor == "none" and not by) or bool(_TOPIC.search(folded)),
        aspect=aspect,
        words=words,
        numbers=tuple(dict.fromkeys(numbers)),
        language=(language[1] or language[2]) if language else "",
        counts=bool(_COUNT.search(folded)),
        lists=bool(_ALL.search(folded)),
        uses=bool(_USED.search(folded)),
        backs=bool(_BACKS.search(folded)),
    )


_LAST_VERB = re.compile(r"\b(?:bears?|carr(?:y|ies))\W*$")
_GREETING = re.compile(r"^(?:(?:hi|hello|hey|please|pls|sorry|thanks|quick question)\b[\s,:!.-]*)+")
_THANKS = re.compile(r"(?:[\s,.!?-]*\b(?:please|pls|plz|thx|thanks|thank you))+$")


def _set_right(word: str) -> str:
    """A misspelt word for the bibliography or its entries as it should be."""
    bare = word.strip("?!.,:;()'\"")
    if len(bare) < 7 or bare in _LOOK_LIKE_THEM or bare in _NOUNS:
        return word
    near = (
        noun
        for noun in _NOUNS
        if bare[0] == noun[0]
        and DamerauLevenshtein.distance(bare, noun, score_cutoff=2) <= (2 if len(noun) > 11 else 1)
    )
    return word.replace(bare, next(near, bare))


def _anchor(folded: str, documents: Sequence[Document], known: Sequence[Entry]) -> Anchor:
    """Whether a question speaks of the bibliography.

    "Source" and "reference" mean much else: not those of something, not "energy sources" or a
    "reference point", and not what a table of the article counts.
    """
    if _SURELY.search(folded):
        return "surely"
    for noun in _MAYBE.finditer(folded):
        before = tokens(folded[: noun.start()])
        last = before[-1].text if before else "the"
        leads = (
            last in STOPWORDS | _FRAME | _LEADING or last.isdigit() or last in LANGUAGES
            or any(stem_of(last) in entry.authors | entry.publisher for entry in known)
        )  # fmt: skip
        if (
            leads
            and not _NOT_BEHIND.match(folded, noun.end())
            and not _REFERS.search(folded[: noun.end()])
            and not _of_a_table(noun.group(), folded, documents)
        ):
            return "maybe"
    return "none"


def _of_a_table(noun: str, folded: str, documents: Sequence[Document]) -> bool:
    """Whether a column of a table is about such things and the question about that column."""
    asked = set(stems(folded))
    heads = (
        set(stems(cell.text))
        for document in documents
        for table in document.tables
        for cell in table.header
    )
    return any(
        stem_of(noun) in head and asked & (head - {stem_of(noun), "number"}) for head in heads
    )


def _picking(text: str, known: Sequence[Entry]) -> Iterator[Token]:
    """The words that should pick an entry: all but those that only frame the question.

    Of these too a word counts that stands beside another one as it does in a title ("paper mills").
    """
    pairs = {pair for entry in known for pair in pairwise(entry.title)}
    found = tokens(text)
    for at, token in enumerate(found):
        beside = [found[other].text for other in (at - 1, at + 1) if 0 <= other < len(found)]
        titled = any(
            (pair in pairs or pair[::-1] in pairs) and other not in _FRAME
            for other in beside
            for pair in [(stem_of(token.text), stem_of(other))]
        )
        is_name = token.text == "us" and text[token.start : token.end] == "US"
        frames = token.text in _FRAME or _set_right(token.text) in _NOUNS
        if is_name or (token.text not in STOPWORDS and (not frames or titled)):
            yield token


# --- by address ------------------------------------------------------------------------------------

_ADDRESS = re.compile(
    r"\b10\.\d{4,9}/[^\s?]+|(?:https?://|www\.)\S+|\b[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}/\S*"
    r"|(?<=\bdoi )\S*\d\S*|(?<=\burl )\S*[./_-]\S*|(?<=\blink )\S*[./_]\S*",
    re.IGNORECASE,
)


_HOST = re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,6}\b", re.IGNORECASE)


def _address(question: str, known: Sequence[Entry]) -> str:
    """The DOI or URL that a question holds, a piece of one, or the host of an entry's; else ""."""
    if found := _ADDRESS.search(question):
        return found.group().rstrip(".,;:?!)]}>\"'”’»")
    hosts = (found.group() for found in _HOST.finditer(question))
    return next((host for host in hosts if at_address(host, known)), "")


def bare(address: str) -> str:
    """An address without what may be left out of it."""
    led = r"^(?:https?://)?(?:www\.)?(?:(?:dx\.)?doi\.org/)?(?:doi:\s*)?"
    return re.sub(led, "", address.lower()).rstrip("/")


def at_address(address: str, known: Sequence[Entry]) -> list[Entry]:
    """The entries with this address, else those whose address holds it as a part."""
    wanted = bare(address)
    exact = [entry for entry in known if wanted == bare(entry.said("url"))]
    part = [entry for entry in known if len(wanted) >= 4 and wanted in entry.said("url").lower()]
    return exact or part


# --- by number -------------------------------------------------------------------------------------

_NUMBERED = re.compile(
    r"\b(?:references?|refs?|sources?|footnotes?|endnotes?|citations?|notes?|entr(?:y|ies)|cited as|numbered|marked)"
    r"\s*(?:with|as|is|are|has)?\s*(?:the )?(?:numbers?|nos?\.?|nrs?\.?|#)?\s*((?:[\[(]?\d{1,4}[\])]?(?:\s*(?:,|&|and|or)\s*)?)+)"
)
_ENTRY = r"(?:reference|source|footnote|endnote|citation|entry)"
_ORDINAL = re.compile(
    rf"\b(last|\d{{1,3}}(?:st|nd|rd|th)|{'|'.join(ORDINALS)}) {_ENTRY}\b"
    rf"|\b{_ENTRY}(?: number| no\.?)? ({'|'.join(CARDINALS)})\b"
)


_BRACKETED = re.compile(r"^(?=.*[a-z]{3}).*\[(\d{1,4})\]")
"""A mark of the text; a question that holds more than it may have been copied from there."""


def _numbers(folded: str, known: Sequence[Entry]) -> list[int]:
    """The numbers of entries that a question names, those in words too."""
    if re.search(
        r"\b(?:article|chapter|section|paragraph|clause) \d|\b(?:table|chart|row|column)\b", folded
    ):
        return []
    found = [
        int(number)
        for match in _NUMBERED.finditer(folded)
        for number in re.findall(r"\d+", match[1])
    ]
    for match in _ORDINAL.finditer(folded):
        word = match[1] or match[2]
        if word == "last" and known:
            found.append(max(entry.reference.number for entry in known))
        elif word[0].isdigit():
            found.append(int(word[:-2]))
        else:
            found += [each.index(word) + 1 for each in (ORDINALS, CARDINALS) if word in each]
    return found


# --- by language -----------------------------------------------------------------------------------

LANGUAGES: Mapping[str, tuple[str, str]] = {
    "cyrillic": ("CYRILLIC", ""), "russian": ("CYRILLIC", "іїєґў"), "ukrainian": ("CYRILLIC", "ыэъё"),
    "chinese": ("CJK", ""), "mandarin": ("CJK", ""), "japanese": ("HIRAGANA", ""), "korean": ("HANGUL", ""),
    "greek": ("GREEK", ""), "arabic": ("ARABIC", ""), "hebrew": ("HEBREW", ""), "hindi": ("DEVANAGARI", ""),
    "thai": ("THAI", ""), "georgian": ("GEORGIAN", ""), "armenian": ("ARMENIAN", ""),
}  # fmt: skip
"""Languages that the script of a title tells, and letters that they do not have."""
_LANGUAGE = re.compile(
    rf"\bin (?:the )?({'|'.join(LANGUAGES)})\b"
    rf"|\b({'|'.join(LANGUAGES)})(?:[ -]language|[ -](?:script|characters|letters|alphabet|titles?))"
)


@lru_cache(maxsize=4096)
def stem_of(word: str) -> str:
    """The stem of one word, of a function word too."""
    found = stems(word.upper() if word in STOPWORDS else word)
    return found[0] if found else word
