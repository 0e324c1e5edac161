"""The bytes of a file become text, or are refused where their encoding cannot be told for sure."""

from __future__ import annotations

import re

from ingest.errors import LoadError

_WESTERN_LANGUAGES = tuple(
    frozenset(letters + letters.upper().replace("SS", ""))
    for letters in (
        "äöüßéèàçôñ",  # German with its loans
        "àâæçéèêëîïôœùûüÿñöä",  # French and Dutch
        "áéíóúñüçàèòïôê",  # Spanish and Catalan
        "áâãàçéêíóôõúü",  # Portuguese
        "àèéìíîòóùú",  # Italian
        "åäöéæøüàô",  # Swedish, Danish, Norwegian, Finnish
        "äöõüšž",  # Estonian
    )
)
_FROM_ONE_LANGUAGE = 0.95
_LETTER = r"[^\W\d_¹²³¼½¾]"
_WORD = re.compile(_LETTER + "+")
_BEFORE_LETTERS = "¿¡«»“”„‚‘’‹›§©•–—…·\u00a0\u00ad"
_BEHIND_LETTERS = "»«”“’‘›‹–—…•·®™ªº\u00a0\u00ad"
_ODD = re.compile(
    rf"{_LETTER}(?![{_BEHIND_LETTERS}])[^\x00-\x7f\w]"  # a sign behind a letter
    rf"|(?![{_BEFORE_LETTERS}])[^\x00-\x7f\w]{_LETTER}"  # a sign before a letter
    rf"|{_LETTER}[¹²³](?<!m²)(?<!m³)|{_LETTER}[„‚¿¡ªº¼½¾]{_LETTER}|[¹²³]{_LETTER}"
    r"|[a-zß-ÿ][À-ÖØ-ÞŒŠŽŸ]"  # a capital inside a word
    r"|[À-ÖØ-öø-ÿŒœŠšŽžŸ]{3}"
)
_OLD_MACHINES = re.compile(r"mac_|cp[4-8]\d\d$|cp1[01]\d\d$")
"""Encodings of DOS, of the old Macintosh and of mainframes: too much alike to tell one from another."""

_FEWEST_BYTES = 10
_ENOUGH_BYTES = 100
_LEAST_COHERENCE = 0.3
_CLEARLY_MORE = 0.04
_CLOSE_CHAOS = 0.1

_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MOST_CONTROL = 0.001

_SIGNATURES = (
    b"%PDF-",
    b"\x89PNG",
    b"PK\x03\x04",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"{\\rtf",
    b"\xd0\xcf\x11\xe0",
)
"""How PDF, PNG, Office and ZIP, JPEG, GIF, gzip, RTF and old Office files begin."""

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


def decode(data: bytes, name: str) -> tuple[str, str]:
    """The text of a file's bytes, line ends untouched, a byte order mark left out; and its encoding.

    Raises `LoadError` where the bytes are no text, or in no encoding that can be told for sure.
    """
    if data.startswith(_SIGNATURES):
        raise _is_binary(name)
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _strictly(data, encoding, name), encoding.removesuffix("-sig")
    try:
        text, encoding = data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        text, encoding = _recognised(data, name)
    if len(_CONTROL.findall(text)) > _MOST_CONTROL * len(text):
        raise _is_binary(name)
    return text, encoding


def _is_binary(name: str) -> LoadError:
    return LoadError(
        f"{name} is a binary file, not text; save the article as plain text or Markdown"
    )


def _strictly(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise LoadError(
            f"{name} says that it is {encoding.upper()} but is not, at byte {error.start}; "
            "save it as UTF-8"
        ) from None


def _recognised(data: bytes, name: str) -> tuple[str, str]:
    if b"\x00" in data:
        raise _is_binary(name)
    text = _western(data)
    if text is not None:
        return text, "cp1252"
    found = _clear_guess(data)
    if found is None:
        raise LoadError(
            f"{name} is not UTF-8, and its encoding cannot be told for sure; save it as UTF-8"
        )
    return found


def _western(data: bytes) -> str | None:
    """The text in Windows-1252, where it reads like one Western European language; else None.

    Nearly any bytes can be decoded so. Other encodings betray themselves: signs inside words, capitals
    inside words, words of accented letters alone, or letters that no one language has together.
    """
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    if _ODD.search(text):
        return None
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    if any(len(word) > 1 and not any(map(str.isascii, word)) for word in words):
        return None
    letters = [
        letter for word in words for letter in word if not letter.isascii() if letter not in "ªº"
    ]
    explained = max(
        sum(letter in language for letter in letters) for language in _WESTERN_LANGUAGES
    )
    return text if explained >= _FROM_ONE_LANGUAGE * len(letters) else None


def _clear_guess(data: bytes) -> tuple[str, str] | None:
    """The text and encoding that charset-normalizer finds, where nothing else comes near; else None.

    Its measures (https://charset-normalizer.readthedocs.io): chaos is the share of what looks like noise,
    coherence how well the letters fit a language. Bounds found by trying a dozen languages.
    """
    from charset_normalizer import from_bytes

    count = sum(byte > 0x7F for byte in data)
    matches = from_bytes(data)
    best = matches.best()
    if best is None or count < _FEWEST_BYTES:
        return None
    text = str(best)
    rivals = [
        match.coherence - match.chaos
        for match in matches
        if match.encoding != "cp1252"  # that one has been ruled out
        and match.chaos <= best.chaos + _CLOSE_CHAOS
        and str(match) != text
    ]
    if best.encoding == "cp1252" or _OLD_MACHINES.match(best.encoding):
        return None
    if rivals:
        is_clear = best.coherence - best.chaos >= max(rivals) + _CLEARLY_MORE
    else:
        is_clear = best.coherence >= _LEAST_COHERENCE or count >= _ENOUGH_BYTES
    return (text, best.encoding) if is_clear else None
