"""The terms of an article, each with its wordings: from a glossary file, or defined by the article.

A glossary file is JSON; what an article defines is "Long Name (LN)" and the like.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from rapidfuzz import fuzz

from ingest.errors import GlossaryError
from ingest.names import Key, NameGroup, form_key
from ingest.words import acronyms, foreign_names


@dataclass(frozen=True)
class Glossary:
    """The terms that a reader would use, each with the wordings that mean the same."""

    groups: tuple[NameGroup, ...] = ()

    @staticmethod
    def load(path: str | Path) -> Glossary:
        """Read `{"terms": [{"term": …, "also": [… ]}]}`, UTF-8 with or without a byte order mark.

        Raises `GlossaryError` with one line that says what is wrong, where, and what to do.
        """
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except FileNotFoundError:
            raise GlossaryError(f"glossary {path}: no such file; check the path") from None
        except IsADirectoryError:
            raise GlossaryError(f"glossary {path}: a directory; name the file in it") from None
        except UnicodeDecodeError as error:
            reason = f"not UTF-8 at byte {error.start}; save it as UTF-8"
            raise GlossaryError(f"glossary {path}: {reason}") from None
        except (OSError, ValueError) as error:
            what = (
                "a directory; name the file in it" if path.is_dir() else f"cannot be read: {error}"
            )
            raise GlossaryError(f"glossary {path}: {what}") from None
        return Glossary._parse(text, f"glossary {path}")

    @staticmethod
    def from_json(text: str) -> Glossary:
        """Read what `to_json` wrote. Raises `GlossaryError`."""
        return Glossary._parse(text, "glossary")

    def to_json(self) -> str:
        """The glossary as canonical JSON: the shape that `load` reads, without white space."""
        terms = [
            {
                "also": [form for form in group.forms if form != group.canonical],
                "term": group.canonical,
            }
            for group in self.groups
        ]
        return json.dumps({"terms": terms}, separators=(",", ":"), ensure_ascii=False)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of `to_json`, in hexadecimal."""
        return sha256(self.to_json().encode("utf-8", "surrogatepass")).hexdigest()

    @staticmethod
    def _parse(text: str, where: str) -> Glossary:
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            reason = f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}"
            raise GlossaryError(f"{where}: {reason}; mend the file") from None
        except (RecursionError, ValueError):
            raise GlossaryError(f"{where}: not JSON that can be read; mend the file") from None
        terms = data.get("terms") if isinstance(data, dict) else None
        if not isinstance(terms, list):
            raise GlossaryError(f'{where}: no list of terms; write {{"terms": [{{"term": "…"}}]}}')
        groups = tuple(
            _entry(entry, f"{where}, entry {number}") for number, entry in enumerate(terms, 1)
        )
        _refuse_shared_forms(groups, where)
        return Glossary(groups)


def _entry(entry: object, where: str) -> NameGroup:
    if not isinstance(entry, dict) or "term" not in entry:
        raise GlossaryError(f'{where}: not a term; write {{"term": "…", "also": ["…"]}}')
    if unknown := sorted(set(entry) - {"term", "also"}):
        raise GlossaryError(
            f'{where}: unknown field "{unknown[0]}"; only "term" and "also" are read'
        )
    also = entry.get("also", [])
    if not isinstance(also, list):
        raise GlossaryError(f'{where}: "also" is not a list; write ["…", "…"]')
    forms = [entry["term"], *also]
    for form in forms:
        if not isinstance(form, str):
            raise GlossaryError(f"{where}: {json.dumps(form)[:40]} is not text; put it in quotes")
        if not form_key(form):
            raise GlossaryError(f"{where}: {form!r} holds no word; fill it in or remove it")
    return NameGroup.of(entry["term"].strip(), (form.strip() for form in forms), "glossary")


def _refuse_shared_forms(groups: Sequence[NameGroup], where: str) -> None:
    seen: dict[Key, int] = {}
    for number, group in enumerate(groups, 1):
        for form in group.forms:
            first = seen.setdefault(form_key(form), number)
            if first != number:
                reason = f'"{form}" stands in entry {first} too; keep it in one'
                raise GlossaryError(f"{where}, entry {number}: {reason}")


# --- what the document defines -------------------------------------------------------------------


def with_definitions(groups: Sequence[NameGroup], text: str) -> Sequence[NameGroup]:
    """The groups, and what a text defines: added to the group that it belongs to, or as a new one.

    A short form that the text gives to different things is nobody's, unless the glossary has it.
    """
    defined = [(found.long, found.short) for found in acronyms(text)]
    foreign = [(found.long, found.short) for found in foreign_names(text)]
    settled = {form_key(form) for group in groups for form in group.forms}
    longs: dict[Key, list[str]] = {}
    for long, short in defined:
        longs.setdefault(form_key(short), []).append(long)
    for long, short in defined:
        if form_key(short) in settled or all(
            _alike(long, other) for other in longs[form_key(short)]
        ):
            groups = _joined_to(groups, long, short)
    for long, short in foreign:
        groups = _joined_to(groups, long, short)
    return groups


def _alike(one: str, other: str) -> bool:
    """Whether two long forms are wordings of the same, such as "organisation" and "organization"."""
    return fuzz.token_sort_ratio(" ".join(form_key(one)), " ".join(form_key(other))) >= 85


def _joined_to(groups: Sequence[NameGroup], long: str, short: str) -> Sequence[NameGroup]:
    """The groups, and two forms of one thing: in the group that has one of them, or in a new one."""
    pair = {form_key(long), form_key(short)}
    if len(pair) < 2 or () in pair:
        return groups
    having = [g for g in groups if not pair.isdisjoint(map(form_key, g.forms))]
    if not having:
        return [*groups, NameGroup.of(long, [short], "document")]
    if sum(group.kind == "glossary" for group in having) > 1:
        return groups
    first, *rest = having
    forms = [*first.forms, *(form for other in rest for form in other.forms), long, short]
    merged = NameGroup.of(first.canonical, forms, first.kind)
    return [merged if group is first else group for group in groups if group not in rest]
