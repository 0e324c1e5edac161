"""The turns of a conversation, as follow-ups lean on them: what was asked, and what was listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.answer import pieces
from rag.conversation.reframe import plain
from rag.conversation.things import Thing, Things
from rag.question import question_type

PLACE_BEFORE = re.compile(r"\b(?:in|at|from|to|near)\s+(?:the\s+)?$", re.IGNORECASE)
LOOKS_BACK = 8
"""Turns within which something may be leant on."""

_LISTS = re.compile(r"\s*(?:[,;]\s*(?:and|or)?|and|or)\s*(?:the\s+)?", re.IGNORECASE)
_VERDICTS = frozenset({"yes", "no"})


@dataclass(frozen=True)
class Past:
    """A turn: its question as one that stands alone, and the text it was answered with."""

    question: str
    text: str
    things: Things

    @cached_property
    def items(self) -> tuple[str, ...]:
        """What the answer lists or names in short, in its order; () where it does neither.

        That is what stands in bold before the first citation; where nothing does, the things of one
        kind that the first sentence names, if they are several.
        """
        said = re.split(r"(?<!\\)\[\d{1,3}\]", self.text, maxsplit=1)[0]
        bold = [piece.strip() for piece, is_bold in pieces(said) if is_bold]
        if bold or not said.strip():
            return tuple(item for item in dict.fromkeys(bold) if item.lower() not in _VERDICTS)
        asked = {kind for thing in self.found for kind in thing.kinds if kind[0] == "="}
        named = [
            thing
            for thing in self.things.find(said.split("\n")[0])
            if thing.is_name and not thing.kinds & asked and not re.search(r"\d", thing.text)
        ]
        kinds = [
            kind
            for thing in named
            for kind in thing.kinds
            if kind == "country" or kind.startswith("column")
        ]
        common = max(kinds, key=kinds.count, default="none")
        listed = [thing for thing in named if common in thing.kinds]
        gaps = [said[a.span.end : b.span.start] for a, b in pairwise(listed)]
        in_a_row = listed if all(map(_LISTS.fullmatch, gaps)) else listed[:1]
        alike = dict.fromkeys(thing.text for thing in in_a_row)
        if len(alike) > 1:
            return tuple(alike)
        kind = question_type(self.question)
        if kind == "where":
            named = [thing for thing in named if PLACE_BEFORE.search(said[: thing.span.start])]
        wants_one = len(named) == 1 and kind in ("who", "where", "which")
        return (named[0].text,) if wants_one else ()

    def without_like(self, condition: str) -> str:
        """The question without its last condition, where a new one says another thing of its kind."""
        base, joint, last = plain(self.question).rpartition(" and ")
        said, new = self.things.find(last), self.things.find(condition)
        alike = any(
            one.likeness(other) >= 4 and "year" not in one.kinds for one in said for other in new
        )
        return base if joint and alike else self.question

    @cached_property
    def found(self) -> list[Thing]:
        return self.things.find(self.question)

    @property
    def named(self) -> list[Thing]:
        """The individuals that the question names, those before a possessive 's last."""
        names = [thing for thing in self.found if thing.is_name]
        return sorted(names, key=self.is_possessive)

    def is_possessive(self, thing: Thing) -> bool:
        return self.question[thing.span.end : thing.span.end + 2] in ("'s", "’s", "s'", "s’")

    @cached_property
    def answered(self) -> list[Thing]:
        """The one thing that the question was answered with, where it is a name."""
        if len(self.items) != 1:
            return []
        found = self.things.find(f"the {self.items[0]}")
        return [
            thing for thing in found if thing.is_name and len(thing.text) > len(self.items[0]) // 2
        ][:1]
