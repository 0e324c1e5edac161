"""From a question to an answer whose every citation holds."""

from rag.answer import Answer, Citation
from rag.conversation import Conversation
from rag.pipeline import Chatbot
from rag.settings import Settings

__all__ = ["Answer", "Chatbot", "Citation", "Conversation", "Settings"]
