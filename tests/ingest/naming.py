"""What the tests of names, glossaries and countries share."""

from __future__ import annotations

from ingest.document import Document
from ingest.glossary import Glossary
from ingest.names import Mention, NameGroup, Names


def names_of(text: str, *terms: tuple[str, ...]) -> Names:
    """The names of an article with this text, and a glossary with these terms and their wordings."""
    glossary = Glossary(tuple(NameGroup(term[0], term) for term in terms))
    return Names.of(Document(name="a.txt", text=text, title=""), glossary)


def found(names: Names, text: str) -> list[tuple[str, str]]:
    """What a text says, and the canonical form of what it means."""
    return [(said(text, mention), mention.group.canonical) for mention in names.mentions(text)]


def said(text: str, mention: Mention) -> str:
    """A mention as the text has it."""
    return text[mention.span.start : mention.span.end]
