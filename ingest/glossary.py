"""The terms of an article, each with its wordings: from a glossary file, or defined by the article.

A glossary file is JSON; what an article defines is "Long Name (LN)" and the like.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from rapidfuzz import fuzz

from ingest.errors import GlossaryError
from ingest.names import Key, Kind, NameGroup, form_key
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
    gathered = _Gathered(groups)
    defined = [(found.long, found.short) for found in acronyms(text)]
    settled = {form_key(form) for group in groups for form in group.forms}
    wordings: dict[Key, dict[Key, str]] = {}
    for long, short in defined:
        wordings.setdefault(form_key(short), {}).setdefault(form_key(long), long)
    for long, short in dict.fromkeys(defined):
        others = wordings[form_key(short)].values()
        if form_key(short) in settled or all(_alike(long, other) for other in others):
            gathered.join(long, short)
    for found in foreign_names(text):
        gathered.join(found.long, found.short)
    return gathered.groups()


def _alike(one: str, other: str) -> bool:
    """Whether two long forms are wordings of the same, such as "organisation" and "organization"."""
    return fuzz.token_sort_ratio(" ".join(form_key(one)), " ".join(form_key(other))) >= 85


@dataclass(slots=True)
class _Growing:
    """A group to which forms are still added."""

    canonical: str
    kind: Kind
    forms: dict[Key, str]


class _Gathered:
    """Groups that grow and join, each found by any of its forms, so that many take no longer each."""

    def __init__(self, groups: Sequence[NameGroup]) -> None:
        self._numbers = count()
        self._groups: dict[int, _Growing] = {}
        self._places: dict[Key, int] = {}
        for group in groups:
            self._add(group.canonical, group.kind, group.forms)

    def groups(self) -> list[NameGroup]:
        """The groups as they are now, in the order in which the first form of each came."""
        return [
            NameGroup.of(group.canonical, group.forms.values(), group.kind)
            for _, group in sorted(self._groups.items())
        ]

    def join(self, long: str, short: str) -> None:
        """Put two forms of one thing in the group that has one of them, or in a new one.

        Two groups that have one each become one, unless the glossary keeps them apart.
        """
        pair = {form_key(long), form_key(short)}
        if len(pair) < 2 or () in pair:
            return
        places = sorted({self._places[key] for key in pair if key in self._places})
        if not places:
            self._add(long, "document", [long, short])
        elif sum(self._groups[place].kind == "glossary" for place in places) < 2:
            first, *rest = places
            for place in rest:
                self._put(first, self._groups.pop(place).forms.values())
            self._put(first, [long, short])

    def _add(self, canonical: str, kind: Kind, forms: Iterable[str]) -> None:
        place = next(self._numbers)
        self._groups[place] = _Growing(canonical, kind, {})
        self._put(place, [canonical, *forms])

    def _put(self, place: int, forms: Iterable[str]) -> None:
        for form in forms:
            self._groups[place].forms.setdefault(form_key(form), form)
            self._places[form_key(form)] = place
