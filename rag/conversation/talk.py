"""A conversation that remembers its turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rag.answer import Answer, Turn


class Answerer(Protocol):
    """What a conversation is held with: a `Chatbot`."""

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer: ...


class Conversation:
    """Questions that may lean on those before them.

    talk = Conversation(Chatbot.open())
    talk.ask("Where is the seat of the society?")
    talk.ask("And since when?").understood
    """

    def __init__(self, chatbot: Answerer) -> None:
        self._chatbot = chatbot
        self._history: list[Turn] = []

    @property
    def history(self) -> tuple[Turn, ...]:
        """The turns so far: each question as it was asked, and the text of its answer."""
        return tuple(self._history)

    def ask(self, question: str) -> Answer:
        """Answer a question in the light of the turns before it. Raises `QuestionError` like `Chatbot.ask`."""
        answer = self._chatbot.ask(question, history=self.history)
        self._history.append((question, answer.text))
        return answer

    def clear(self) -> None:
        """Begin anew."""
        self._history.clear()
