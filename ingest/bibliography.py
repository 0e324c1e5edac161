"""The entries of a bibliography, read into fields as far as their style allows."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ingest.document import Document, Reference, Span
from ingest.sentences import sentences
from ingest.words import STOPWORDS, fold, stems, tokens


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one entry, as spans of the document's text; None for what is not found.

    `body` is the entry without its number.
    """

    body: Span
    authors: Span | None = None
    year: Span | None = None
    title: Span | None = None
    publisher: Span | None = None
    url: Span | None = None
    accessed: Span | None = None


_UPPER = "".join(
    letter for letter in map(chr, [*range(0x530), *range(0x1E00, 0x1F00)]) if letter.isupper()
)
_CAPITAL = f"[{_UPPER}]"
_SURNAME = rf"(?:(?:[a-z'’]{{1,4}}\s){{0,2}}{_CAPITAL}[\w'’-]+(?:\s{_CAPITAL}[\w'’-]+){{0,2}})"
_INITIALS = rf"(?:{_CAPITAL}{{1,2}}[a-zа-я]?\.?(?:[\s-]?{_CAPITAL}\.?){{0,3}}(?!\w))"
_DOTTED = rf"(?:(?:{_CAPITAL}[a-zа-я]?\.[\s-]?){{1,4}})"
_PERSON = rf"(?:{_SURNAME},?\s{_INITIALS}|{_DOTTED}\s?{_SURNAME})"
_GIVEN = rf"{_CAPITAL}[\w'’-]+(?:\s{_CAPITAL}\.?)?"
_AND = r"(?:\s*(?:,|;)?\s*(?:&|\b(?:and|und|et|y|i|и|та)\b)\s*|\s*[,;]\s*)"
_PEOPLE = re.compile(
    rf"{_PERSON}(?:{_AND}{_PERSON})*(?:[,;]?\s*(?:et\s+al\.?|и\s+др\.|та\s+ін\.))?(?:\s*\((?:eds?|hrsg|ред)\.?\))?"
    rf"|{_SURNAME},\s{_GIVEN}(?:,?\s(?:and|&)\s{_GIVEN}\s{_SURNAME})?(?=\.\s)"
)
_NUMBER = re.compile(r"\s*(?:\[\^?\d{1,4}\]:?|\d{1,4}[.)])\s+")
_LINK = re.compile(r"\[([^\[\]]+)\]\(\s*<?([^()\s>]+)>?[^()]*\)")
_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>]*[^\s<>.,;:)\]]|\bdoi:\s*10\.\S+[^\s.,;]", re.IGNORECASE
)
_ACCESSED = re.compile(
    r"\b(?:(?:last\s+)?(?:accessed|access|retrieved|visited|viewed|consulted)(?:\s+on)?|abgerufen(?:\s+am)?"
    r"|consulté(?:\s+le)?|дата обращения|дата звернення|访问日期)\s*[:：]?\s*"
    r"([^\s:,][^\n:()]{3,22}\d(?=\D|$))",
    re.IGNORECASE,
)
_IN_PARENTHESES = re.compile(
    r"[(（](?:[^()（）\d]{0,20}\s)?((?:1[5-9]|20)\d\d)[a-z]?(?:[,/–-][^()（）]*)?[)）]"
)
_NO_DATE = re.compile(r"\((?:n\.\s?d\.|no date|б\.\s?г\.|o\.\s?J\.)\)", re.IGNORECASE)
_AFTER_AUTHORS = re.compile(r"[.,]?\s((?:1[5-9]|20)\d\d)[a-z]?[.:,]\s")
_ANY_YEAR = re.compile(r"(?<![\d/.–-])((?:1[5-9]|20)\d\d)(?![\d/])")
_QUOTED = re.compile(r"[\"“«„「《]([^\"“”«»„「」《》]{3,300})[\"”»“」》]")
_END = re.compile(r"(?:[.?!]+[\"”’»]?(?=\s|$)|。|\[[A-Z](?:/[A-Z]{2})?\]\s*\.?|\s//\s)\s*")
_ABBREVIATED = frozenset(
    "al vol no nr p pp c т с ed eds vs dr mr mrs prof st art ch op cit cf jr sr trans inc ltd bd hrsg №".split()
)
_STOPS = re.compile(
    r"\s*(?:[,;:|(（\[]|\.\s*[—–-]|\s[—–-]\s(?=\d)|(?<!\w)(?:no|vol|nr|iss|pp?|bd|т|с)\b\.?\s*\d|№|(?<!\w)\d)",
    re.IGNORECASE,
)
_NOT_WORDS = re.compile(
    r"\W*(?:\d|(?:pp?|vol|no|nr|iss|doi|isbn|issn|bd|с|т)\b[.:]?\s*\d|№|doi\b)", re.IGNORECASE
)
_ONLY_LEADS = frozenset(
    "in online available at from url link web website internet доступно электронный ресурс".split()
)
_KEPT = '?!…”"»*_'
"""What may end a piece and still belong to it: a mark of its own, or one that closes what it opened."""

_EDGES = ' \t\r\n.,;:：，。“”"„«»*_<>|/—–-'


def fields(document: Document, number: int) -> Fields:
    """The fields of `document.references[number]`, told by the marks of the common styles.

    APA, Harvard and Chicago ("Author (2020). Title. Publisher", "Author. 2020. Title."), Vancouver
    ("Author A. Title. Journal 2020;…"), MLA and IEEE (a title in quotation marks), GOST ("Title //
    Journal"), GB/T 7714 ("标题[J]. 期刊"), Markdown links, and entries without author or year.
    """
    return _Reader(document.text, document.references[number].span).fields()


def people(authors: str) -> list[str]:
    """The single persons of an entry's authors, as they stand there; an organisation is one of them."""
    found = list(re.finditer(_PERSON, authors))
    if found and found[0].start() == 0:
        return [re.sub(r"^(?:and|und|et|y|i)\s", "", person.group()) for person in found]
    pieces = [piece for piece in re.split(_AND, authors) if piece.strip()]
    whole_names = all(
        2 <= len(piece.split()) <= 3 and not STOPWORDS & {token.text for token in tokens(piece)}
        for piece in pieces
    )
    return pieces if whole_names or authors.lower() == authors.upper() else [authors][: len(pieces)]


def surnames(authors: str) -> Iterator[str]:
    """The names of people, initials left out; none of an organisation of four words or more."""
    people = [
        piece for piece in re.split(r"\s*(?:,|;|&|\band\b|\bи\b|\bта\b)\s*", authors) if piece
    ]
    for person in people:
        words = [token.text for token in tokens(person) if token.text not in STOPWORDS]
        if len(words) <= 3:
            yield from (word for word in words if len(word) > 1 and word not in _ABBREVIATED)


# --- entries, and where they are used ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a bibliography with the words of its fields, as stems; `names` are surnames, folded.

    `index` is its place in `Document.references`. `script` is that of most letters of the title, as
    Unicode calls it ("LATIN", "CJK"), "" where there is no letter.
    """

    document: Document
    index: int
    fields: Fields
    names: frozenset[str]
    authors: frozenset[str]
    title: tuple[str, ...]
    publisher: frozenset[str]
    year: int | None
    script: str

    @property
    def reference(self) -> Reference:
        return self.document.references[self.index]

    def said(self, name: str) -> str:
        """What the entry says in a field of `Fields`, "" for nothing."""
        span: Span | None = getattr(self.fields, name)
        return self.document.plain(span) if span else ""


@dataclass(frozen=True, slots=True)
class Use:
    """A sentence, heading or table row with footnote marks, and the entries they name, as indices."""

    span: Span
    section: int
    entries: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Key:
    """A document as a key: to hash all of one would cost more than to read its bibliography."""

    id: str
    name: str
    document: Document = field(compare=False)


def entries(document: Document) -> tuple[Entry, ...]:
    """The entries of a document's bibliography, read; kept for the next question."""
    return _entries(_Key(document.id, document.name, document))


def uses(document: Document) -> tuple[Use, ...]:
    """Where the text names entries of its bibliography by their marks, in the text's order."""
    return _uses(_Key(document.id, document.name, document))


@lru_cache(maxsize=128)
def _entries(key: _Key) -> tuple[Entry, ...]:
    return tuple(_entry(key.document, index) for index in range(len(key.document.references)))


def _entry(document: Document, index: int) -> Entry:
    found = fields(document, index)
    spans = (found.authors, found.title, found.publisher, found.year, found.url)
    authors, title, publisher, year, url = (document.plain(span) if span else "" for span in spans)
    return Entry(
        document,
        index,
        found,
        frozenset(surnames(authors)),
        frozenset(stems(authors)),
        tuple(stems(title)),
        (frozenset(stems(publisher)) | {"".join(fold(publisher).split())} | _site_names(url))
        - {""},
        int(year) if year.isdigit() else None,
        _script(title),
    )


_COMMON_LABELS = frozenset(
    "http https www com org net int gov edu info co ac doi dx io html index de uk us eu".split()
)


def _site_names(url: str) -> frozenset[str]:
    """The parts of an address's host that name somebody, and the host."""
    host = re.match(r"(?:https?://)?(?:www\.)?([^/\s]+)", url)
    labels = fold(host[1]).split(".") if host else []
    named = (label for label in labels if len(label) > 2 and not label.isdigit())
    return frozenset(set(named) - _COMMON_LABELS) | {".".join(labels)}


def _script(title: str) -> str:
    scripts = Counter(
        unicodedata.name(letter, "").split(" ")[0] for letter in title if letter.isalpha()
    )
    return scripts.most_common(1)[0][0] if scripts else ""


@lru_cache(maxsize=128)
def _uses(key: _Key) -> tuple[Use, ...]:
    document = key.document
    places = [(part.span, part.section) for part in document.paragraphs]
    places += [(span, table.section) for table in document.tables for span in table.row_spans]
    places += [(s.heading, number) for number, s in enumerate(document.sections) if s.heading]
    places.sort()
    starts = [span.start for span, _ in places]
    found: dict[tuple[Span, int], set[int]] = {}
    prose = {part.span for part in document.paragraphs}
    cut: dict[Span, tuple[Span, ...]] = {}
    for mark in document.marks:
        at = bisect_right(starts, mark.span.start) - 1
        if mark.reference is None or at < 0 or mark.span not in places[at][0]:
            continue
        span, section = places[at]
        if span in prose:
            if span not in cut:
                cut[span] = sentences(document.text, span)
            span = next((sentence for sentence in cut[span] if mark.span in sentence), span)
        found.setdefault((span, section), set()).add(mark.reference)
    return tuple(Use(span, section, frozenset(named)) for (span, section), named in found.items())


# --- one entry -----------------------------------------------------------------------------------


class _Reader:
    """Reads one entry; offsets are those of the document's text."""

    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        number = _NUMBER.match(text, span.start, span.end)
        self.body = Span(number.end() if number else span.start, span.end)

    def fields(self) -> Fields:
        body = self.body
        link = _LINK.search(self.text, body.start, body.end)
        url = link or _URL.search(self.text, body.start, body.end)
        accessed = _ACCESSED.search(self.text, body.start, body.end)
        starts = [found.start() for found in (None if link else url, accessed) if found]
        head = Span(body.start, min(starts, default=body.end))
        authors, year, title, publisher = self._told(head, link)
        if year is None:
            year = self._last_year(head)
        return Fields(
            body,
            self._named(authors),
            year,
            self._title(title),
            self._publisher(publisher),
            Span(*url.span(2 if link else 0)) if url else None,
            Span(*accessed.span(1)) if accessed else None,
        )

    def _told(
        self, head: Span, link: re.Match[str] | None
    ) -> tuple[Span | None, Span | None, Span | None, Span | None]:
        """Authors, year, title, and where the publisher must stand, in a head without its address."""
        if link is not None:
            before, after = (
                Span(head.start, link.start()),
                Span(link.end(), max(link.end(), head.end)),
            )
            return *self._dated_authors(before), Span(*link.span(1)), self._first_segment(after)
        authors = self._people(head)
        rest = Span(authors.end, head.end) if authors else head
        year = _IN_PARENTHESES.search(self.text, rest.start, rest.end) or (
            _NO_DATE.search(self.text, rest.start, rest.end)
        )
        if year and self._only_authors_before(year, authors, rest):
            return self._after_year(authors or Span(rest.start, year.start()), year, head)
        quoted = _QUOTED.search(self.text, rest.start, rest.end)
        if quoted and quoted.start() - head.start < 0.6 * max(len(head), 1):
            before = Span(head.start, quoted.start())
            named = authors or (before if self._words(before) else None)
            return (
                named,
                None,
                Span(*quoted.span(1)),
                self._first_segment(Span(quoted.end(), head.end)),
            )
        bare = _AFTER_AUTHORS.search(self.text, rest.start, rest.end)
        if bare and self._only_authors_before(bare, authors, rest):
            return self._after_year(authors or Span(rest.start, bare.start()), bare, head)
        return self._undated(authors, rest)

    def _only_authors_before(self, year: re.Match[str], authors: Span | None, rest: Span) -> bool:
        """Whether a year follows the authors directly, as in APA, and is not that of a journal's issue."""
        return len(self._segments(Span(rest.start, year.start()))) <= (0 if authors else 1)

    def _dated_authors(self, before: Span) -> tuple[Span | None, Span | None]:
        dated = _IN_PARENTHESES.search(self.text, before.start, before.end)
        if dated:
            return Span(before.start, dated.start()), Span(*dated.span(1))
        return (before if self._words(before) else None), None

    def _after_year(
        self, before: Span, year: re.Match[str], head: Span
    ) -> tuple[Span | None, Span | None, Span | None, Span | None]:
        """What follows a year is title and publisher; where it is one short piece after a long one, the
        long one was the title: "Founding Convention (2005). Publisher".
        """
        dated = Span(*year.span(1)) if year.re.groups else None
        rest = Span(year.end(), head.end)
        parts = self._segments(rest)
        if len(parts) >= 2:
            return before, dated, Span(parts[0].start, parts[-2].end), parts[-1]
        if not parts:
            return None, dated, before, None
        leads_on = self.text[rest.start : parts[0].start].strip()[:1] in (",", ":")
        if (
            not leads_on
            and not _PEOPLE.match(self.text, before.start, before.end)
            and self._words(before) >= 3
            and self._words(parts[0]) <= 2
        ):
            return None, dated, before, parts[0]
        return before, dated, *self._title_and_rest(parts[0])

    def _undated(
        self, authors: Span | None, rest: Span
    ) -> tuple[Span | None, Span | None, Span | None, Span | None]:
        parts = self._segments(rest)
        if not parts:
            return authors, None, None, None
        if len(parts) == 1:
            return authors, None, *self._title_and_rest(parts[0])
        if authors is None and len(parts) >= 3 and self._words(parts[0]) <= 8:
            return parts[0], None, Span(parts[1].start, parts[-2].end), parts[-1]
        return authors, None, Span(parts[0].start, parts[-2].end), parts[-1]

    def _title_and_rest(self, part: Span) -> tuple[Span, Span | None]:
        """One piece: what stands before its first comma is the title, where words follow it."""
        comma = self.text.find(", ", part.start, part.end)
        after = Span(comma + 1, part.end) if comma > 0 else None
        if after is None or _NOT_WORDS.match(self.text, after.start, after.end):
            return Span(part.start, comma if after else part.end), None
        return Span(part.start, comma), after

    def _people(self, head: Span) -> Span | None:
        """The names of people that open an entry; what follows them must be a new piece."""
        found = _PEOPLE.match(self.text, head.start, head.end)
        if not found or found.end() >= head.end:
            return None
        following = self.text[found.end() : found.end() + 1]
        ended = following in ".,:;(" or self.text[found.end() - 1] in ".)"
        return Span(*found.span()) if ended or following.isspace() else None

    def _segments(self, span: Span) -> list[Span]:
        """The pieces between full stops, those without words of their own at the end left out."""
        found, start = [], span.start
        for end in _END.finditer(self.text, span.start, span.end):
            word = re.search(r"[^\W\d_]*$", self.text[start : end.start()])
            last = word.group() if word else ""
            if end.group().startswith(".") and (
                fold(last) in _ABBREVIATED or (len(last) == 1 and last.isupper())
            ):
                continue
            own = len(end.group()) - len(end.group().lstrip("?!"))
            found.append(Span(start, end.start() + own))
            start = end.end()
        found.append(Span(start, span.end))
        found = [part for whole in found if (part := self._trim(whole, keep=_KEPT))]
        found = self._led_address(found, span)
        while len(found) > 1 and (
            _NOT_WORDS.match(self.text, found[-1].start, found[-1].end)
            or self._only_leads(found[-1])
        ):
            found.pop()
        return found

    def _led_address(self, parts: list[Span], whole: Span) -> list[Span]:
        """With "…, Publisher: https://…" the publisher is a piece of its own."""
        if not parts or not self.text[whole.start : whole.end].rstrip().endswith(":"):
            return parts
        last = parts[-1]
        comma = self.text.rfind(", ", last.start, last.end)
        behind = Span(comma + 2, last.end) if comma > 0 else None
        if behind is None or self._words(behind) > 4 or self._only_leads(behind):
            return parts
        return [*parts[:-1], Span(last.start, comma), behind]

    def _only_leads(self, span: Span) -> bool:
        words = [token.text for token in tokens(self.text[span.start : span.end])]
        return all(word in _ONLY_LEADS for word in words)

    def _first_segment(self, span: Span) -> Span | None:
        parts = self._segments(span)
        return parts[0] if parts else None

    def _named(self, span: Span | None) -> Span | None:
        """Authors, with the full stop of a last initial but no other."""
        span = self._trim(span)
        stopped = span and re.compile(rf"(?<!\w){_CAPITAL}\.|\bal\.").search(
            self.text, span.end - 2, span.end + 1
        )
        return Span(span.start, span.end + 1) if span and stopped else span

    def _title(self, span: Span | None) -> Span | None:
        """A title without the quotation marks around it; those inside it stay."""
        span = self._trim(span)
        if span is None:
            return None
        piece = self.text[span.start : span.end]
        for opening, closing in ("“”", "„“", "«»", '""'):
            opened = piece.count(opening) - (0 if opening == closing else piece.count(closing))
            end = self.text.find(closing, span.end, min(span.end + 5, self.body.end))
            if end >= 0 and opened % 2:
                return Span(span.start, end + 1)
        return span

    def _publisher(self, span: Span | None) -> Span | None:
        """The name at the start of a piece: without volume, place, date or what leads to an address."""
        span = self._trim(span)
        if span is None:
            return None
        lead = re.compile(r"(?:In:?\s|//\s*)(?=\S)").match(self.text, span.start, span.end)
        if lead:
            span = Span(lead.end(), span.end)
        stop = _STOPS.search(self.text, span.start + 1, span.end)
        named = self._trim(Span(span.start, stop.start() if stop else span.end))
        if (
            stop
            and stop.group().strip() == ":"
            and (behind := self._trim(Span(stop.end(), span.end)))
        ):
            after = _STOPS.search(self.text, behind.start + 1, behind.end)  # "City: Publisher"
            named = self._trim(Span(behind.start, after.start() if after else behind.end))
        if named is None or self._only_leads(named) or not self._words(named):
            return None
        return named

    def _last_year(self, head: Span) -> Span | None:
        years = list(_ANY_YEAR.finditer(self.text, head.start, head.end))
        return Span(*years[-1].span(1)) if years else None

    def _words(self, span: Span) -> int:
        return sum(word[:1].isalpha() for word in self.text[span.start : span.end].split())

    def _trim(self, span: Span | None, keep: str = "") -> Span | None:
        """The span without punctuation at its ends; the marks to keep stay at the right one."""
        if span is None:
            return None
        piece = self.text[span.start : span.end]
        left = len(piece) - len(piece.lstrip(_EDGES))
        left -= bool(re.match(r"-\d", piece[max(left - 1, 0) :])) and left > 0  # a minus sign stays
        edges = "".join(mark for mark in _EDGES if mark not in keep)
        piece = piece[left:].rstrip(edges)
        return Span(span.start + left, span.start + left + len(piece)) if piece else None
