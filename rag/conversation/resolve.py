"""From a follow-up to a question that stands alone: what it leans on is put in its place.

No model: a follow-up shows by its wording that it is one (`cues`); what it says anew takes the place of
what is of the same kind in the question before (`fragments`), its pronouns are resolved (`refer`), or the
question is asked in another form (`reframe`). Where several readings remain, the one that the article
answers most surely is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.document import Document
from ingest.names import Names
from rag.answer import Answer, Turn
from rag.conversation import cues, reframe
from rag.conversation.fragments import Fragments, several
from rag.conversation.refer import referred
from rag.conversation.things import Things
from rag.conversation.turns import LOOKS_BACK, Past

_MOST_TURNS = 40
_SURE = 0.25
"""So sure must a reading be, and twice as sure as one that lies nearer, to be taken in its place."""

_REMEMBERED = 512
_OF_EACH = re.compile(r"^how\s+(?:many|much)\s+[\w-]+\s+(?:do|does|did)\b", re.IGNORECASE)
"""What is asked of each of several things, and is no list itself."""

_ORDINALS = ("first", "second", "third", "fourth", "fifth")
_LABEL = re.compile(r"(?:Table|Tab\.)\s*\d+")
_TELL = "What does the article say about {}?"
_SAYS = "Where does the article say what answers “{}”?"
_SAYS_AGAIN = re.compile(r"^Where does the article say what answers “(?P<question>.+)”\?$")


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that stands alone; `source` is the question whose passage is asked for, else ""."""

    question: str
    source: str = ""


class FollowUps:
    """Understands what is asked in the light of what was asked before. Safe to use from several threads.

    `ask` answers a question that stands alone; it is asked only where readings compete, and for the
    table of an answer.
    """

    def __init__(
        self, documents: Sequence[Document], names: Sequence[Names], ask: Callable[[str], Answer]
    ) -> None:
        self._documents = documents
        self._things = Things(documents, names)
        self._fragments = Fragments(self._things, self._readings)
        self._ask = ask
        self._sure = lru_cache(_REMEMBERED)(self._sureness)

    def understand(self, question: str, history: Sequence[Turn]) -> Understood:
        """What a question means after the turns before it; itself where it stands alone."""
        if again := _SAYS_AGAIN.match(question):
            return Understood(question, again["question"])
        past: list[Past] = []
        for asked, text in history[-_MOST_TURNS:]:
            meant = self._meant(asked, past)
            if meant is not None:
                past.append(Past(meant, text, self._things))
        if past and cues.SOURCE.match(question):
            return Understood(_SAYS.format(past[-1].question), past[-1].question)
        if past and cues.TABLE.match(question):
            return Understood(self._table(past) or question)
        return Understood(self._meant(question, past) or question)

    def _meant(self, question: str, past: Sequence[Past]) -> str | None:
        """The question as one that stands alone; None for one about where the last answer stands."""
        if not past:
            return question
        if cues.SOURCE.match(question) or cues.TABLE.match(question):
            return None
        readings = self._readings(question, past)
        return self._surest(readings) if readings else question

    def _surest(self, readings: Sequence[str]) -> str:
        """The first reading, or the surest where that is surer by far."""
        best = readings[0]
        for other in readings[1:3]:
            if self._sure(other) > max(2 * self._sure(best), _SURE):
                best = other
        return best

    def _sureness(self, question: str) -> float:
        answer = self._ask(question)
        return 0.0 if answer.abstained else answer.confidence

    def _table(self, past: Sequence[Past]) -> str | None:
        """The question for the table that the last answer from a table stands on."""
        for turn in reversed(past[-LOOKS_BACK:]):
            for citation in self._ask(turn.question).citations:
                if citation.cells:
                    number = citation.cells[0][0]
                    document = next(d for d in self._documents if d.id == citation.document_id)
                    label = _LABEL.match(document.tables[number].caption)
                    if label:
                        return f"Show me {label.group()}."
                    known = number < len(_ORDINALS)
                    return f"Show me the {_ORDINALS[number]} table." if known else None
        return None

    def _readings(self, question: str, past: Sequence[Past]) -> list[str]:
        """What a follow-up may mean, the likeliest first; [] for a question that stands alone."""
        said = cues.LEAD.sub("", question).strip()
        text = said.rstrip("?!. ")
        ways = (
            _more(text, past),
            _of_list(text, past),
            _narrowed(text, past),
            self._bare(said, past),
            self._fragments.opened(question, past),
            self._fragments.short(text, past),
        )
        found: Iterable[str] | None = next((way for way in ways if way is not None), None)
        if found is None:
            found = referred(said, past, self._things)
        return list(dict.fromkeys(found))

    def _bare(self, said: str, past: Sequence[Past]) -> list[str] | None:
        """As in "Why?", "since when?", "in which district is that?"."""
        bare = cues.BARE.match(said.rstrip("?!. "))
        if bare is None or self._fragments.is_count(said):
            return None
        last = past[-1]
        aspect = reframe.aspect(last.question, bare["wh"], last.items)
        return [*([aspect] if aspect else []), *referred(said, past, self._things)]


def _more(text: str, past: Sequence[Past]) -> list[str] | None:
    """As in "Tell me more"."""
    if not cues.TELL_MORE.match(text):
        return None
    about = next((thing.text for turn in reversed(past) for thing in turn.named), None)
    return [_TELL.format(about)] if about else []


def _of_list(text: str, past: Sequence[Past]) -> list[str] | None:
    """As in "How many of them?", "which ones?", "all the others?": the last list asked for differently."""
    for cue, form in (
        (cues.OTHERS, reframe.others),
        (cues.COUNT, reframe.how_many),
        (cues.WHICH_ONES, reframe.which),
    ):
        if cue.match(text):
            back = 1 if cue is cues.WHICH_ONES else LOOKS_BACK
            for turn in reversed(past[-back:]):
                if reframe.is_list(turn.question) and (found := form(turn.question)):
                    return [found]
    return None


def _narrowed(text: str, past: Sequence[Past]) -> list[str] | None:
    """As in "Which of those are old?": the last list with one more condition."""
    found = cues.NARROWED.match(text)
    if found is None:
        return None
    head = (found["head"] or found["first_head"] or found["bare_head"]).lower()
    condition = found["condition"] or found["first"] or found["bare"]
    back = 1 if found["bare"] else LOOKS_BACK
    condition = re.sub(r"^(?:two|three|four|five|six|seven|eight|nine|ten)\s+", "", condition)
    noun, _, rest = condition.partition(" ")
    if rest and noun.endswith("s") and any(noun in turn.question.lower().split() for turn in past):
        condition = rest  # "which of these ships sail": they are ships already
    if verb := re.match(r"(?:do|does|did|have|has|are|is)(?=\s)", head):
        condition = reframe.with_verb(verb.group(), condition)
    condition = re.sub(r"^(?:in|from|with|without)\b", r"are \g<0>", condition)
    for turn in reversed(past[-back:]):
        if _OF_EACH.match(turn.question):
            continue
        if reframe.is_list(turn.question):
            made = reframe.narrowed(turn.without_like(condition), condition, head)
            return [made] if made else []
        if len(turn.items) > 1:
            return [reframe.asked(f"{head} of {several(turn.items)} {condition}")]
    return []
