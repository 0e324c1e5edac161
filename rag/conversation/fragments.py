"""Pieces of a question ("And Italy?", "what about the year?"): each takes the place of its like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ingest.document import Span
from rag.conversation import cues, reframe
from rag.conversation.refer import listed, referred, several
from rag.conversation.things import Thing, Things
from rag.conversation.turns import LOOKS_BACK, Past
from rag.question import SIGNS

__all__ = ["Fragments", "several"]

_PREPOSITION = r"(?:in|on|at|from|to|with|for|of|by|about|after|before|since|until|under|over|without|outside|between|as\s+for)"
_FRAGMENT = re.compile(
    rf"^(?:(?P<preposition>{_PREPOSITION})\s+)?(?P<article>(?:the|a|an)\s+)?(?P<core>.+?)(?:['’]s)?$",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"\b(?P<preposition>{_PREPOSITION})\s+(?:the\s+)?$", re.IGNORECASE)
_KEEPS = frozenset({"", "for", "with", "of", "about", "as for", "on"})
"""Prepositions that only open a fragment and say nothing of how it is meant."""

_POSSESSIVE = re.compile(r"^(?:its|their|his|her|the)\s+(?P<core>.+)$", re.IGNORECASE)
_HOW_MANY = re.compile(
    r"^(?P<head>how\s+(?:many|much))\s+(?P<noun>(?!(?:of|are|is)\b)[\w-]+(?:\s+[\w-]+)?)$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    rf"^(?:(?:{_PREPOSITION}\s+)?(?:who|whom|whose|what|which|when|where|why|how)\b|{reframe.AUXILIARY}\b"
    r"|(?:list|name|give|show|tell|explain|describe|compare)\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(rf"{reframe.AUXILIARY}\s+(?:in|on|at|from|not)\b", re.IGNORECASE)
_WH_PART = re.compile(
    rf"^(?P<wh>who|what|which|when|where|why|how)\s+(?P<rest>{_PREPOSITION}\s+(?:the\s+)?\S+(?:\s+\S+)?)$",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\b(?:that|this|same)\s+[a-z]+", re.IGNORECASE)
_BEFORE_YEAR = re.compile(r"^(before|after|since|until|from)\s+in\s+(?=\d{4}$)", re.IGNORECASE)
_ONES = re.compile(r"^(?:the\s+)?(?P<kind>.+?)\s+ones?$", re.IGNORECASE)
_THOSE = re.compile(rf"^(?:those|(?:the\s+)?ones?)\s+(?={_PREPOSITION}\b)", re.IGNORECASE)
_TAIL = re.compile(
    r"(?:,?\s+(?:instead|then|please|now|too|as\s+well|also))+$|,?\s+not\s+[^,]+$", re.IGNORECASE
)
_SMALL = frozenset(
    "the a an in on at of for with to from and or not only also please instead then s one ones".split()
)
_SHORT = 5
_TELL = "What does the article say about {}?"

Readings = Callable[[str, Sequence[Past]], list[str]]


class Fragments:
    """Makes questions of fragments; `whole` reads what turns out to be a follow-up of another kind."""

    def __init__(self, things: Things, whole: Readings) -> None:
        self._things = things
        self._whole = whole

    def opened(self, question: str, past: Sequence[Past]) -> list[str] | None:
        """After "no, I meant" or "what about"; None where neither is said."""
        if correction := cues.CORRECTION.match(question):
            return self._readings(next(group for group in correction.groups() if group), past)
        if continued := cues.CONTINUED.match(question):
            return self._readings(continued["rest"], past)
        return None

    def short(self, text: str, past: Sequence[Past]) -> list[str] | None:
        """A word or two without "and": only where they plainly take another's place; else None."""
        if self.is_count(text):
            return self._counted(text, past[-1])
        if _CLAUSE.match(text) or len(text.split()) > _SHORT:
            return None
        opens = re.match(r"(?:its|their|his|her)\s", text, re.IGNORECASE)
        if opens or cues.ORDINAL.fullmatch(text):
            return self._readings(text, past)
        parts = _FRAGMENT.match(text)
        found = self._things.find(parts["core"]) if parts else []
        if parts and len(found) == 1 and len(found[0].text) >= len(parts["core"]) - 2:
            return self._in_turn(found[0], parts, past, least=2.0)
        return []

    @staticmethod
    def is_count(text: str) -> bool:
        """Whether it is no more than "how many seats"."""
        return _HOW_MANY.match(text.rstrip("?!. ")) is not None

    def _readings(self, rest: str, past: Sequence[Past]) -> list[str]:
        text = cues.LEAD.sub("", rest).strip().rstrip("?!.,; ")
        text = _TAIL.sub("", _THOSE.sub("", text))
        kinds = (cues.OTHERS, cues.COUNT, cues.WHICH_ONES, cues.NARROWED, _HOW_MANY, cues.BARE)
        if text and any(kind.match(text) for kind in kinds):
            return self._whole(text, past)
        ordinal = cues.ORDINAL.fullmatch(text)
        if ordinal:
            return list(self._ordinal(ordinal, past))
        if _CLAUSE.match(text):
            return self._clause(text, past)
        if _POINTS.search(text):
            told = next(referred(text, past, self._things), text).rstrip("?.")
            text = _BEFORE_YEAR.sub(r"\g<1> ", told)
        parts = _FRAGMENT.match(text)
        return self._placed(text, parts, past) if parts else []

    def _clause(self, text: str, past: Sequence[Past]) -> list[str]:
        """As in "and who in May?", "and are in Asia?", "and when was it built?"."""
        last = past[-1]
        part = _WH_PART.match(text)
        if part and last.question.lower().startswith(part["wh"].lower()):
            parts, found = _FRAGMENT.match(part["rest"]), self._things.find(part["rest"])
            if parts and len(found) == 1:
                return list(self._replaced(found[0], parts, last))
        if _CONDITION.match(text) and reframe.is_list(last.question):
            made = reframe.narrowed(last.question, text)
            return [made] if made else []
        return list(referred(text, past, self._things))

    def _placed(self, text: str, parts: re.Match[str], past: Sequence[Past]) -> list[str]:
        """A fragment that names things, or another aspect of what was asked about."""
        last = past[-1]
        ones = _ONES.match(text)
        if ones:
            parts = _FRAGMENT.match(ones["kind"]) or parts
        core = parts["core"]
        found = self._things.find(core)
        loose = set(_without(core, found).lower().split()) - _SMALL
        if not found:
            return list(self._attribute(text, last))
        if not loose - set(last.question.lower().rstrip("?").split()):
            made = (
                self._in_turn(found[0], parts, past, least=2.5)
                if len(found) == 1
                else self._all_replaced(found, core, last)
            )
            if made:
                return made
            if reframe.is_list(last.question) and (parts["preposition"] or ones):
                kind = ones["kind"] if ones else text
                narrower = reframe.narrowed(last.question, f"are {kind}")
                return [narrower] if narrower else []
        named = [thing for thing in found if thing.is_name]
        header = self._things.header(" ".join(sorted(loose)))
        if named and header:
            return [reframe.asked(f"What is the {header} of {named[-1].text}")]
        if named:
            return [_TELL.format(f"{parts['article'] or ''}{core}")]
        return list(self._attribute(text, last))

    def _ordinal(self, ordinal: re.Match[str], past: Sequence[Past]) -> Iterator[str]:
        """As in "The second one": the question asked of that one, else all that is said of it."""
        meant = listed(ordinal, past)
        if not meant:
            return
        named = several(meant)
        things = self._things.find(named)
        parts = _FRAGMENT.match(named)
        if len(things) == 1 and parts:
            yield from self._replaced(things[0], parts, past[-1], least=2.5)
        yield _TELL.format(named)

    def _counted(self, text: str, last: Past) -> list[str]:
        many = _HOW_MANY.match(text)
        if many is None:
            return []
        found = self._things.find(many["noun"])
        if found and not found[0].is_name and reframe.is_list(last.question):
            narrower = reframe.narrowed(
                last.without_like(many["noun"]), f"are {many['noun']}", "how many"
            )
            return [narrower] if narrower else []
        return [
            reframe.asked(f"{many['head']} {many['noun']} does {topic} have")
            for topic in _topics(last)
        ]

    def _in_turn(
        self, new: Thing, parts: re.Match[str], past: Sequence[Past], least: float
    ) -> list[str]:
        """In the place of its like in the last question, or of one much like it further back."""
        first = 0.5 if least > 2 else least
        made = list(self._replaced(new, parts, past[-1], least=first))
        for turn in reversed(past[-LOOKS_BACK:-1]):
            made = made or list(self._replaced(new, parts, turn, least=2.5))
        return made

    def _replaced(
        self, new: Thing, parts: re.Match[str], turn: Past, least: float = 0.5
    ) -> Iterator[str]:
        """The turn's question with the new thing in the place of what is most like it."""
        slots = [*turn.found, *self._things.nouns(turn.question)]
        same = [slot for slot in slots if slot.text.lower() == new.text.lower()]
        if same and (parts["preposition"] or "").lower() not in _KEEPS:
            yield _put(turn.question, same[-1], new.text, parts["preposition"], parts["article"])
            return
        likes = [(slot.likeness(new), slot) for slot in slots]
        best = max((like for like, _ in likes), default=0.0)
        if best < least:
            return
        alike = [slot for like, slot in likes if like == best]
        alike.sort(key=lambda slot: (turn.is_possessive(slot), -slot.span.start))
        for slot in alike:
            yield _put(turn.question, slot, new.text, parts["preposition"], parts["article"])

    def _all_replaced(self, found: Sequence[Thing], core: str, turn: Past) -> list[str]:
        """Several things, each in the place of its like: "Italy in 2024"; "Italy and Spain" in one's."""
        if all(each.likeness(found[0]) > 2 for each in found[1:]):
            span = Span(found[0].span.start, found[-1].span.end)
            found = [replace(found[0], text=core[span.start : span.end])]
        text = turn.question
        for new in found:
            slots = self._things.find(text)
            slot = max(slots, key=lambda each: (each.likeness(new), each.span.start), default=None)
            if slot is None or slot.likeness(new) < 2:
                return []
            before = _BEFORE.search(core[: new.span.start])
            text = _put(text, slot, new.text, before["preposition"] if before else None, None)
        return [text]

    def _attribute(self, text: str, last: Past) -> Iterator[str]:
        """Another thing that is asked of the same: "the year", "its members"."""
        possessive = _POSSESSIVE.match(text)
        core = possessive["core"] if possessive else text
        header = self._things.header(core)
        if header is None:
            if possessive and text.lower().startswith("the "):
                for slot in reversed(self._things.nouns(last.question)):
                    yield _put(last.question, slot, text, None, None)
            elif not possessive:
                yield from _word_replaced(core, last.question)
        said = header or core
        if header and header[1:2].islower():
            said = header[:1].lower() + header[1:]
        verb = "are" if re.search(r"[^s]s$", said.split(" of ")[0]) else "is"
        for topic in _topics(last):
            yield reframe.asked(f"What {verb} the {said} of {topic}")
            if header and self._things.holds_people(header):
                yield reframe.asked(f"Who {verb} the {said} of {topic}")


def _topics(turn: Past) -> Iterator[str]:
    """What a turn was about, as a question says it; the likeliest first."""
    for thing in turn.named:
        before = turn.question[: thing.span.start]
        article = re.search(r"\bthe\s+$", before, re.IGNORECASE)
        yield f"{'the ' if article else ''}{turn.things.with_noun(turn.question, thing)}"
    if not turn.named:
        if turn.items:
            yield several(turn.items)
        for thing in turn.things.nouns(turn.question):
            yield thing.text


def _without(text: str, things: Sequence[Thing]) -> str:
    for thing in reversed(things):
        text = f"{text[: thing.span.start]} {text[thing.span.end :]}"
    return re.sub(r"[^\w\s]", " ", text)


def _put(question: str, slot: Thing, new: str, preposition: str | None, article: str | None) -> str:
    """The question with something new in a slot, its preposition and article in accord."""
    before, after = question[: slot.span.start], question[slot.span.end :]
    held = _BEFORE.search(before)
    if held and (preposition or "").lower() not in _KEEPS:
        before = f"{before[: held.start('preposition')]}{(preposition or '').lower()} "
    if not article and new[:1].isupper():
        before = re.sub(r"\bthe\s+$", "", before, flags=re.IGNORECASE)
    has_article = re.search(r"\bthe\s+$", before, re.IGNORECASE) or new.lower().startswith("the ")
    if article and not has_article:
        before += article.lower()
    return reframe.asked(f"{before}{new}{after}")


def _word_replaced(core: str, question: str) -> Iterator[str]:
    """Plain nouns in the place of others: "dogs" for "bicycles"."""
    if len(core.split()) > 2 or not core.endswith("s") or SIGNS["year"].search(core):
        return
    for word in re.finditer(r"\b[a-z]{3,}s\b", question):
        if word.group() not in _VERBS:
            yield reframe.asked(f"{question[: word.start()]}{core}{question[word.end() :]}")


_VERBS = frozenset("does was has this its".split())
