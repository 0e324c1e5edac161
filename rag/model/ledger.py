"""What a chat model was given, under ids that it can cite, and where each piece stands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import CellPosition
from rag.answer import Claim, Derivation, Draft, Evidence, read

_LONGEST = 1_500


@dataclass(frozen=True)
class Entry:
    """A piece of evidence: its kind, the claims that cite it, and what was computed."""

    id: str
    kind: str
    text: str
    claims: tuple[Claim, ...]
    derivation: Derivation | None = None


class Ledger:
    """The evidence of one answer. The same piece has one id, however often it is found."""

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._ids: dict[object, str] = {}

    def get(self, key: str) -> Entry | None:
        """The entry with an id."""
        return self._entries.get(key)

    def passages(self, evidence: Sequence[Evidence]) -> list[Entry]:
        """Enter retrieved passages."""
        found = []
        for each in evidence:
            passage = each.passage
            cells: tuple[CellPosition, ...] = ()
            if passage.table is not None and passage.row is not None:
                columns = len(each.document.tables[passage.table].header)
                cells = tuple((passage.table, passage.row, column) for column in range(columns))
            claim = Claim("", each.document, passage.span, passage.section, cells)
            text = each.document.plain(passage.span)
            found.append(self._enter("passage", text, (claim,), None))
        return found

    def rows(self, claims: Sequence[Claim]) -> list[Entry]:
        """Enter rows of tables."""
        return [
            self._enter("passage", claim.document.plain(claim.span), (claim,), None)
            for claim in claims
        ]

    def computed(self, draft: Draft) -> Entry:
        """Enter what was answered without a model."""
        said = read(" ".join(claim.text for claim in draft.claims))
        if draft.derivation is not None:
            said = f"{said} (Computed: {draft.derivation.reading})"
        kind = "computation" if draft.derivation is not None else "answer"
        return self._enter(kind, said, draft.claims, draft.derivation)

    def _enter(
        self, kind: str, text: str, claims: tuple[Claim, ...], derivation: Derivation | None
    ) -> Entry:
        key = (kind, tuple((c.document.id, c.span, c.cells) for c in claims), derivation)
        name = self._ids.setdefault(key, f"E{len(self._ids) + 1}")
        return self._entries.setdefault(name, Entry(name, kind, text, claims, derivation))


def as_json(entries: Sequence[Entry]) -> str:
    """Entries as a tool's result: JSON, so that no text can pass for anything but a text."""
    return json.dumps(jsonable(entries), ensure_ascii=False)


def jsonable(entries: Sequence[Entry]) -> dict[str, list[dict[str, str]]]:
    """Entries as JSON can hold them."""
    return {
        "evidence": [
            {
                "id": entry.id,
                "kind": entry.kind,
                "section": " › ".join(_path(entry)),
                "text": entry.text[:_LONGEST],
            }
            for entry in entries
        ]
    }


def _path(entry: Entry) -> tuple[str, ...]:
    claim = entry.claims[0]
    return claim.document.sections[claim.section].path
