"""From text to words: the tokens and stems of lexical search, the abbreviations that a text defines.

A token's span lies on the text as it was given; folding happens word by word, after splitting.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import Stemmer
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from ingest.document import Span

DIGITS = dict(
    zip(
        "two three four five six seven eight nine ten eleven twelve".split(),
        map(str, range(2, 13)),
        strict=True,
    )
)
"""The small numbers that are said in a word; "one" is more often a pronoun."""

STOPWORDS = frozenset(
    """
    a about after again all also although am among an and any are aren't as at be because been before
    being between both but by can can't cannot could couldn't did didn't do does doesn't doing don't
    during each eg either else etc for from had hadn't has hasn't have haven't having he her here hers
    herself him himself his how however i i'd i'll i'm i've ie if in into is isn't it its itself just
    many me might more most much must my myself neither no nor not of off on once only onto or other
    our ours out own per same shall she should shouldn't since so some such than that the their theirs
    them themselves then there these they they'd they'll they're they've this those though through thus
    to too under until up upon us very via was wasn't we we'd we'll we're we've were weren't what when
    where whereas whether which while who whom whose why will with within without won't would wouldn't
    yet you you'd you'll you're you've your yours
    """.split()
)
"""English function words, question words among them. "may" is left out: it is also a month."""


class Token(NamedTuple):
    """A word: its folded text, and where it stands in the text that was given."""

    text: str
    start: int
    end: int


class Acronym(NamedTuple):
    """A short form and the long form that the text gives for it, each with its place."""

    short: str
    long: str
    short_span: Span
    long_span: Span


# --- words ---------------------------------------------------------------------------------------

_CJK = (
    "\u3005\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7a3\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003fffd"
)
# `\w` knows no combining marks, without which "é" typed as two characters would end a word.
_MARKS = "".join(
    mark for mark in map(chr, range(0x300, 0x1E00)) if unicodedata.category(mark)[0] == "M"
)
_LETTER = rf"[^\W\d_{_CJK}]"
_PART = rf"(?:[^\W_{_CJK}][{_MARKS}]*)"
_TOKEN = re.compile(
    rf"(?P<cjk>[{_CJK}]+)"
    rf"|(?P<dotted>(?<!\w)(?<!\w\.){_LETTER}(?:\.{_LETTER})+(?!\w|\.\w)\.?)"
    rf"|(?P<joined>(?<!\w)(?:{_LETTER}{{1,3}}&{_LETTER}{{1,3}}|{_LETTER} & {_LETTER})(?!\w))"
    rf"|(?P<number>\d{{1,3}}(?:,\d{{3}})+(?![\d{_CJK}]|{_PART})|\d+(?:\.\d+)?(?!{_PART}))"
    rf"|(?P<word>{_PART}+(?:['\u2018\u2019]{_PART}+)*)"
    r"|(?P<and>(?<!\S)&(?!\S))"
)
_POSSESSIVE = re.compile(r"['\u2019][sS]$")
_WITHOUT_DECOMPOSITION = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | dict.fromkeys("\u2018\u2019", "'")
)


def tokens(text: str) -> list[Token]:
    """The words of a text, in order, folded to lower case without accents.

    A dotted acronym is one word without its dots, "R&D" is one word, a free-standing "&" is "and",
    a possessive 's is left out, a hyphen separates, a number is whole and without thousands commas.
    A run of Chinese, Japanese or Korean characters becomes its overlapping pairs of characters.
    """
    return list(_tokens(text))


def fold(word: str) -> str:
    """A word in lower case without accents, so that spellings of one word are equal."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(letter for letter in decomposed if not "\u0300" <= letter <= "\u036f")
    # White space can only come from a compatibility character that decomposes into it.
    folded = "".join(bare.casefold().translate(_WITHOUT_DECOMPOSITION).split())
    return unicodedata.normalize("NFC", folded)


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        found = match.group()
        match match.lastgroup:
            case "cjk":
                for at in range(start, max(end - 1, start + 1)):
                    pair = text[at : min(at + 2, end)]
                    yield Token(fold(pair), at, at + len(pair))
                continue
            case "dotted":
                word = found.replace(".", "")
            case "joined":
                word = found.replace(" ", "")
            case "number":
                word = found.replace(",", "")
            case "and":
                word = "and"
            case _:
                if found in "sS" and text[max(0, start - 1) : start] in {"'", "\u2019"}:
                    continue
                word = _POSSESSIVE.sub("", found)
                end = start + len(word)
        if folded := fold(word):
            yield Token(folded, start, end)


# --- stems ---------------------------------------------------------------------------------------


class _Stemmers(threading.local):
    """A stemmer for each thread: one has inner state and must not be called by two at once."""

    def __init__(self) -> None:
        self.english = Stemmer.Stemmer("english")


@cache
def _stemmers() -> _Stemmers:
    return _Stemmers()


def stems(text: str) -> list[str]:
    """The stems of a text's words (Snowball, English) without stopwords, in order.

    A function word in capitals within a text that is not all in capitals is a name ("US", "WHO")
    and stays.
    """
    shouted = text.isupper()
    kept = [
        token.text
        for token in _tokens(text)
        if token.text not in STOPWORDS or (not shouted and _is_acronym(text, token))
    ]
    return list(_stemmers().english.stemWords(kept))


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The stem of one folded word."""
    stemmed: str = _stemmers().english.stemWord(word)
    return stemmed


def _is_acronym(text: str, token: Token) -> bool:
    return len(token.text) > 1 and text[token.start : token.end].isupper()


# --- spelling ------------------------------------------------------------------------------------


def correct(word: str, vocabulary: Mapping[str, int], known: Callable[[str], bool]) -> str | None:
    """The document's word that a misspelt word of a question most likely stands for.

    `vocabulary` maps the document's folded words to their frequency; `known` says whether a folded
    word is a real one. The nearest word by Damerau-Levenshtein distance is taken, at most 1 for 4 to
    7 letters and 2 for 8 and more, the more frequent of two equally near. None where the word is real,
    short, holds a digit, or has no such neighbour.
    """
    word = fold(word)
    if len(word) < 4 or not word.isalpha() or word in vocabulary or known(word):
        return None
    most = 1 if len(word) < 8 else 2
    near = process.extract(
        word,
        [other for other in vocabulary if abs(len(other) - len(word)) <= most and other.isalpha()],
        scorer=DamerauLevenshtein.distance,
        score_cutoff=most,
        limit=None,
    )
    ranked = sorted((distance, -vocabulary[other], other) for other, distance, _ in near)
    return ranked[0][2] if ranked else None


# --- abbreviations that a text defines -----------------------------------------------------------

_PARENTHESIS = re.compile(r"[(\uff08]([^()\uff08\uff09\n|]{2,200})[)\uff09]")
_PIECE = re.compile(r"[^/;,\s](?:[^/;,]*[^/;,\s])?")
_LONG_WORD = re.compile(rf"{_PART}+(?:['\u2019]{_PART}+)*")
# Where the words of one name surely end: another cell, clause, sentence, quotation or parenthesis.
_BREAK = re.compile(r"[\n|;:!?()\uff08\uff09\[\]]|,\s|[^\W\d_]{2}\.\s")
_ROMAN_NUMERAL = re.compile(r"[IVX]+")
_LONGEST_NAME = 10


class _Word(NamedTuple):
    """A word of a possible long form; `free` ones may be left out of an abbreviation at no cost."""

    letters: str
    start: int
    end: int
    free: bool


def acronyms(text: str) -> list[Acronym]:
    """The abbreviations that a text defines: "Long Form (LF)" and "LF (Long Form)", in order.

    After Schwartz and Hearst, A simple algorithm for identifying abbreviation definitions in
    biomedical text (2003): a short form has 2 to 10 characters and at most two words; its long form
    stands beside it, has at most min(n + 5, 2n) words for n characters, begins with the short form's
    first letter and holds the others in order; the shortest one counts. Stricter than there, since a
    wrong pair would change a question's meaning: a word that gives inner letters also gives its first
    one, at most one word that is no function word is passed over, and a short form has two capitals or
    digits. Of several forms in one parenthesis, set apart by "/", ";" or ",", each that qualifies
    counts. A long form of four words or more whose initials make up the short form in another order
    counts too: so do translated names abbreviate.
    """
    return [found for parenthesis in _PARENTHESIS.finditer(text) for found in _defined(parenthesis)]


def foreign_names(text: str) -> list[Acronym]:
    """The names in another script that a text gives for an English one: "Long Name (长名)".

    `short` is the name in the other script, `long` the run of capitalised words before it; one word in
    lower case between two capitalised ones belongs to it.
    """
    found = []
    for parenthesis in _PARENTHESIS.finditer(text):
        name = _capitalised_before(text, parenthesis.start())
        if name is not None:
            found += [
                Acronym(text[piece.start : piece.end], text[name.start : name.end], piece, name)
                for piece in _pieces(parenthesis)
                if _is_foreign(text[piece.start : piece.end])
            ]
    return found


def _defined(parenthesis: re.Match[str]) -> Iterator[Acronym]:
    text = parenthesis.string
    whole, pieces = Span(*parenthesis.span(1)), _pieces(parenthesis)
    before = _words(text, _line_start(text, parenthesis.start()), parenthesis.start())
    for inner in pieces if len(pieces) == 1 else [whole, *pieces]:
        short = text[inner.start : inner.end]
        if _is_short_form(short) and (long := _long_before(short, before)):
            yield Acronym(short, text[long.start : long.end], inner, long)
            if inner == whole:
                return
    outer = _word_before(text, parenthesis.start())
    if outer is None or not _is_short_form(text[outer.start : outer.end]):
        return
    short = text[outer.start : outer.end]
    for inner in pieces:
        if long := _long_within(short, _words(text, inner.start, inner.end)):
            yield Acronym(short, text[long.start : long.end], outer, long)
            return


def _pieces(parenthesis: re.Match[str]) -> list[Span]:
    first, last = parenthesis.span(1)
    return [Span(*match.span()) for match in _PIECE.finditer(parenthesis.string, first, last)]


def _line_start(text: str, end: int) -> int:
    """Where the clause begins that ends at an offset; at most 400 characters before it."""
    start = max(0, end - 400)
    breaks = [match.end() for match in _BREAK.finditer(text, start, end)]
    return breaks[-1] if breaks else start


def _words(text: str, start: int, end: int) -> list[_Word]:
    found = []
    for match in _LONG_WORD.finditer(text, start, end):
        word = match.group()
        letters = "".join(letter for letter in fold(word) if letter.isalnum())
        tail = match.start() > start and text[match.start() - 1] in "-\u2010\u2011\u2013/"
        free = tail or letters in STOPWORDS or (word.islower() and len(word) <= 3)
        if letters:
            found.append(_Word(letters, *match.span(), free))
    return found


def _word_before(text: str, end: int) -> Span | None:
    """The last word before an offset, with the hyphens, dots and "&" inside it."""
    match = re.search(r"[^\s|(\[\"\u201c]{2,12}(?=[\"\u201d]?\s?$)", text[max(0, end - 16) : end])
    return Span(*(max(0, end - 16) + at for at in match.span())) if match else None


def _is_short_form(form: str) -> bool:
    capitals = sum(letter.isupper() or letter.isdigit() for letter in form)
    return (
        2 <= len(form) <= 10
        and len(form.split()) <= 2
        and form[0].isalnum()
        and form.upper() != form.lower()
        and any(letter.isupper() for letter in form)
        and capitals >= 2
        and not _ROMAN_NUMERAL.fullmatch(form)
    )


def _letters(short: str) -> str:
    return "".join(letter for letter in fold(short) if letter.isalnum())


def _long_before(short: str, words: Sequence[_Word]) -> Span | None:
    """The shortest run of words, up to the last one, that the short form abbreviates."""
    letters = _letters(short)
    most = min(len(letters) + 5, 2 * len(letters), len(words))
    runs = [words[len(words) - size :] for size in range(1, most + 1)]
    for makes_up in (_abbreviates, _reorders):
        for run in runs:
            if makes_up(letters, run):
                return _span_of(letters, run)
    return None


def _long_within(short: str, words: Sequence[_Word]) -> Span | None:
    """The run of words that makes up a whole parenthesis, but for function words at its start."""
    letters = _letters(short)
    while words and len(words) <= min(len(letters) + 5, 2 * len(letters)):
        if _abbreviates(letters, words) or _reorders(letters, words):
            return _span_of(letters, words)
        if not words[0].free:
            return None
        words = words[1:]
    return None


def _span_of(letters: str, run: Sequence[_Word]) -> Span | None:
    size = run[-1].end - run[0].start
    named = any(word.letters == letters for word in run)
    return None if named or size <= len(letters) else Span(run[0].start, run[-1].end)


def _abbreviates(letters: str, run: Sequence[_Word]) -> bool:
    """Whether the letters come in order from the words, each used word giving its first letter."""
    if not letters or run[0].letters[0] != letters[0]:
        return False

    @cache
    def fits(word: int, letter: int, skips: int) -> bool:
        if word == len(run):
            return letter == len(letters)
        if any(fits(word + 1, then, skips) for then in _after(run[word].letters, letters, letter)):
            return True
        cost = 0 if run[word].free else 1
        return word > 0 and skips >= cost and fits(word + 1, letter, skips - cost)

    return fits(0, 0, 1 if len(letters) > 2 else 0)


def _after(word: str, letters: str, at: int) -> Iterator[int]:
    """How far into the letters a word can reach that gives its first letter and any later ones."""
    if at == len(letters) or word[0] != letters[at]:
        return
    yield at + 1
    place = 0
    for then in range(at + 1, len(letters)):
        place = word.find(letters[then], place + 1)
        if place < 0:
            return
        yield then + 1


def _reorders(letters: str, run: Sequence[_Word]) -> bool:
    """Whether the initials of all words but free ones are the letters, in whatever order."""
    initials = [word.letters[0] for word in run if not word.free]
    ends = not run[0].free and not run[-1].free
    return ends and len(letters) >= 4 and sorted(initials) == sorted(letters)


def _is_foreign(name: str) -> bool:
    letters = [letter for letter in name if letter.isalpha()]
    return bool(letters) and not any(map(_is_latin, letters))


def _is_latin(letter: str) -> bool:
    return letter.isascii() or "LATIN" in unicodedata.name(letter, "")


def _capitalised_before(text: str, end: int) -> Span | None:
    words = _words(text, _line_start(text, end), end)[-_LONGEST_NAME:]
    if not words or text[words[-1].end : end].strip(" \"'\u201d\u2019"):
        return None
    capital = [_is_name_word(text, word) for word in words]
    if not capital[-1]:
        return None
    first = at = len(words) - 1
    while at > 0:
        at -= 1
        if capital[at]:
            first = at
        elif not words[at].free and not (at > 0 and capital[at - 1] and capital[at + 1]):
            break
    return Span(words[first].start, words[-1].end)


def _is_name_word(text: str, word: _Word) -> bool:
    opening = text[word.start]
    function_word = word.letters in STOPWORDS and not text[word.start : word.end].isupper()
    return opening.isupper() and _is_latin(opening) and not function_word
