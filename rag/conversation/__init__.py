"""A conversation: a follow-up is understood by what was asked before it, without any model."""

from rag.conversation.resolve import FollowUps, Understood
from rag.conversation.source import source
from rag.conversation.talk import Conversation

__all__ = ["Conversation", "FollowUps", "Understood", "source"]
