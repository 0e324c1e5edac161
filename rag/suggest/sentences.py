"""Questions that one sentence of a plain shape answers, and abbreviations that are spelt out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, zip_longest

from ingest.words import STOPWORDS, acronyms
from rag.suggest.words import HAPPENED, IRREGULAR, Candidate, Text, is_plural

_FIRST_SECTIONS = 60
_CAPITALISED = r"[^\W\d_a-zß-ÿ][\w’'&-]*"
_PROPER = rf"{_CAPITALISED}(?: (?:(?:of|for|and|de|du|von|van|der|al|del|di|da) )?(?:the )?{_CAPITALISED}){{0,5}}"
_SUBJECT = (
    rf"(?:(?P<the>[Tt]he )?(?P<name>{_PROPER})"
    rf"|The (?P<thing>[a-z][a-z-]+(?: [a-z][a-z-]+){{0,2}}(?: of (?:the )?{_PROPER})?))"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DATE = rf"(?:in|on) (?:the )?(?:\d{{1,2}} )?(?:{_MONTH} )?(?:\d{{1,2}}, )?(?P<year>1\d{{3}}|20\d{{2}})\b"
_PASSIVE = "|".join(sorted({*HAPPENED, "announced", "designed", "painted", "composed", "held"}))
_BORN = re.compile(
    rf"^{_SUBJECT} (?P<be>was|were) (?:officially |formally |finally )?(?P<verb>(?:first )?(?:{_PASSIVE}))"
    rf"(?: (?!and\b|but\b)[^\s,;:.\d]+){{0,4}}? {_DATE}"
)
_DID = {
    "died": "die", "opened": "open", "closed": "close", "began": "begin", "started": "start", "ended": "end",
    "collapsed": "collapse", "burned down": "burn down", "closed down": "close down",
}  # fmt: skip
_DID_TO = {
    "joined": "join", "founded": "found", "won": "win", "discovered": "discover", "invented": "invent",
    "published": "publish", "signed": "sign", "left": "leave", "established": "establish", "built": "build",
    "launched": "launch", "designed": "design", "became": "become",
}  # fmt: skip
_WENT = re.compile(rf"^{_SUBJECT} (?P<verb>{'|'.join(_DID)}) {_DATE}")
_WON = re.compile(
    rf"^{_SUBJECT} (?P<verb>{'|'.join(_DID_TO)}) (?P<object>(?:the )?{_PROPER}|(?:the|an?) [a-z]+(?: [a-z]+)?) {_DATE}"
)
_BY = {
    "founded": "founded", "built": "built", "designed": "designed", "written": "wrote", "invented": "invented",
    "discovered": "discovered", "painted": "painted", "composed": "composed", "directed": "directed",
    "established": "established", "opened": "opened", "launched": "launched", "created": "created",
}  # fmt: skip
_MADE = re.compile(
    rf"^{_SUBJECT} (?:was|were) (?P<verb>{'|'.join(_BY)}) (?:(?:in|on) [^,;:.]{{1,20}}? )?by (?P<who>(?:the )?{_PROPER})"
)
_STANDS = re.compile(
    rf"^{_SUBJECT} (?P<be>is|are|was|were) (?P<verb>located|situated|based|headquartered|buried) "
    rf"(?:in|on|at|near) (?:the )?(?P<place>{_PROPER})"
)
_NUMBER_WORDS = "two three four five six seven eight nine ten eleven twelve".split()
_HAS = {
    "has": "have", "have": "have", "employs": "employ", "unites": "unite", "comprises": "comprise",
    "contains": "contain", "operates": "operate", "owns": "own", "houses": "house",
}  # fmt: skip
_HOLDS = re.compile(
    rf"^{_SUBJECT} (?P<verb>{'|'.join(_HAS)}) (?:(?:about|around|some|over|nearly|almost|at least|more than) )?"
    rf"(?P<count>\d[\d,]*|{'|'.join(_NUMBER_WORDS)}) (?P<noun>[a-z]+(?:-[a-z]+)?(?: [a-z]+)?)"
    r"(?=[.,;]|$| (?:and|in|of|with|from|that|which|at|for|on|to|across|who)\b)"
)
_UNITS = frozenset(
    """
    years months weeks days hours minutes seconds metres meters kilometres kilometers miles feet inches
    tonnes tons grams kilograms litres liters hectares acres degrees dollars euros pounds times points
    """.split()
)
_THINGS = """
    academy agency agreement aircraft airport algorithm alliance amendment animal association award bacterium
    bank battery bird body bridge building canal castle cathedral church city club college committee company
    concept convention corporation council dam database dataset desert device disease document drug festival film
    fish forest format foundation framework fund game garden gene genus harbour harbor hormone hospital
    initiative institute institution instrument island journal lake language law library machine magazine
    material measure metal method metric mineral mission mountain movement museum network newspaper novel
    observatory opera organisation organization painting park particle party peninsula plant platform poem port
    prison prize procedure process programme program project protein protocol province publisher quasi-project
    railway region religion research reservoir river satellite school ship software spacecraft species sport
    standard star station statue system technique technology telescope temple tool tower town treaty tree
    union university vaccine vessel village virus website
""".split()
_PEOPLE = """
    activist actor actress artist astronaut astronomer author biologist botanist chemist composer dancer
    economist engineer explorer geologist historian inventor journalist king mathematician merchant monk
    musician novelist nurse painter philosopher photographer physician physicist pilot poet politician queen
    sailor scholar scientist sculptor singer sociologist surgeon writer
""".split()
_WHAT_FOLLOWS = r"(?=[.,;:]|$| (?:of|in|on|for|that|which|who|whose|with|from|at|by|and|to|where|between|\w+ed|\w+ing|built|run|made)\b)"
_CLASS = rf"(?P<class>{'|'.join((*_THINGS, *_PEOPLE))}){_WHAT_FOLLOWS}"
_BETWEEN = r"(?:(?!(?:of|in|that|and|or|to|for|similar|single)\b)[\w’'-]+ ){0,4}?"
_IS = re.compile(
    rf"^(?P<the>[Tt]he )?(?P<name>{_PROPER}),? (?P<be>is|was) (?:an?|the) {_BETWEEN}{_CLASS}"
)
_NAMELY = re.compile(
    rf"\b(?P<the>the )(?P<name>{_PROPER}), an? {_BETWEEN}{_CLASS}(?= (?:that|which|of|for)\b)"
)
_NO_SUBJECTS = frozenset(
    """
    latter former other others same first second third last one result results rest following above figure
    table article author authors study paper text number numbers question answer case example problem
    reason majority section part event process plan move
    """.split()
)
_LONGEST_SUBJECT = 7


def facts(text: Text) -> Iterator[Candidate]:
    """What sentences of a plain shape say of what they begin with."""
    made: list[list[Candidate]] = []
    for span, sentence in text.sentences:
        plain = re.sub(r"\s*[(（][^()（）]*[)）]", "", sentence)
        found = [
            Candidate(question, "fact", span, None, (says,) if says else ())
            for ask in (_when, _where_or_who, _how_many, _what)
            for question, says in islice(ask(text, plain), 1)
        ]
        if found:
            made.append(found)
    # First one of every sentence: two from the same one are less varied.
    for turn in zip_longest(*made):
        yield from (each for each in turn if each is not None)


_Made = Iterator[tuple[str, str]]
"""Questions, each with what its answer says, "" where that is not one word or name."""


def _subject(text: Text, found: re.Match[str]) -> str:
    """What a sentence speaks of, as it is called inside a question; "" where that is not clear."""
    parts = found.groupdict()
    thing, name = parts.get("thing"), parts["name"]
    if thing:
        words = thing.split()
        clear = words[-1] not in _NO_SUBJECTS and not STOPWORDS & set(words[:1])
        return f"the {thing}" if clear and len(words) <= _LONGEST_SUBJECT else ""
    words = name.split()
    first = words[0].rstrip("’'s").lower()
    if (
        first in STOPWORDS
        or first in _NO_SUBJECTS
        or first.endswith("ly")
        or len(words) > _LONGEST_SUBJECT
    ):
        return ""
    if parts["the"]:
        return f"the {name}"
    if len(words) == 1 and not text.is_name(name):
        return ""
    return text.with_article(name)


def _when(text: Text, sentence: str) -> _Made:
    if (found := _BORN.match(sentence)) and (subject := _subject(text, found)):
        yield f"When {found['be']} {subject} {found['verb']}?", found["year"]
    if (found := _WENT.match(sentence)) and (subject := _subject(text, found)):
        yield f"When did {subject} {_DID[found['verb']]}?", found["year"]
    if (found := _WON.match(sentence)) and (subject := _subject(text, found)):
        yield f"When did {subject} {_DID_TO[found['verb']]} {found['object']}?", found["year"]


def _where_or_who(text: Text, sentence: str) -> _Made:
    if (found := _STANDS.match(sentence)) and (subject := _subject(text, found)):
        yield f"Where {found['be']} {subject} {found['verb']}?", found["place"]
    if (found := _MADE.search(sentence)) and (subject := _subject(text, found)):
        yield f"Who {_BY[found['verb']]} {subject}?", found["who"]


def _how_many(text: Text, sentence: str) -> _Made:
    found = _HOLDS.match(sentence)
    if found is None or not (subject := _subject(text, found)):
        return
    words = found["noun"].split()
    if words[0] in ("hundred", "thousand", "million", "billion"):
        return
    plural = is_plural(words[-1]) or words[-1] in IRREGULAR.values()
    if plural and words[-1] not in _UNITS and not (len(words) > 1 and is_plural(words[0])):
        do = "do" if found["verb"] == "have" else "does"
        count = found["count"]
        yield f"How many {found['noun']} {do} {subject} {_HAS[found['verb']]}?", count


def _what(text: Text, sentence: str) -> _Made:
    for pattern in (_IS, _NAMELY):
        found = pattern.search(sentence)
        if found and (subject := _subject(text, found)):
            be = found.groupdict().get("be") or "is"
            word = "Who" if found["class"] in _PEOPLE else "What"
            yield f"{word} {be} {subject}?", found["class"]


def short_forms(text: Text) -> Iterator[Candidate]:
    """The abbreviations that the text or a heading spells out."""
    document = text.document
    headed = [
        (each.heading, each.span) for each in document.sections[:_FIRST_SECTIONS] if each.heading
    ]
    said = [(span, span) for span, _ in text.sentences]
    seen = set()
    for span, place in [*said, *headed]:
        for found in acronyms(document.quote(span)):
            if re.fullmatch(r"[A-Z][A-Za-z&]{0,8}[A-Z]", found.short) and found.short not in seen:
                seen.add(found.short)
                question = f"What does {found.short} stand for?"
                yield Candidate(question, "short form", place, None, (found.long,))
