"""The atlas of countries: which ones a document has, with their names, capitals, peoples and codes.

The atlas is the library pyworldatlas; only ingesting reads it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from ingest.names import Key, Mention, NameGroup, Names, form_key, form_tokens
from ingest.words import STOPWORDS, fold, tokens

_NO_NAMES = frozenset(
    {("as",), ("cv",), ("male",), ("pole",), ("pr",), ("swede",), ("the", "valley"), ("vat",)}
)
"""Names and codes of countries, capitals and peoples that mostly mean something else."""
_NAMES_IN_CAPITALS = frozenset({("poles",)})
"""Names of peoples that are a name only when written with a capital."""
_ELSEWHERE = (
    "Republic of China",
    "Chinese Taipei",
    "Northern Ireland",
    "North America",
    "Latin America",
    "Native American",
    "New Mexico",
    "New Jersey",
    "Inner Mongolia",
)
"""Places that are no country of the atlas but hold the name of one."""


@dataclass(frozen=True, slots=True)
class _Country:
    """A country of the atlas; `group` has all of its forms, `names` only those of the country itself."""

    names: tuple[str, ...]
    group: NameGroup

    def name_keys(self) -> set[Key]:
        """The keys of its names in words; "UK" is none of them."""
        names = {form_key(name) for name in self.names if not name.replace(".", "").isupper()}
        return names & set(map(form_key, self.group.forms))

    def joined_with(self, other: NameGroup, forms: Sequence[str]) -> NameGroup:
        """The country with the forms of another group, which are its own ones or added."""
        own = set(map(form_key, self.group.forms))
        return NameGroup.of(
            self.group.canonical,
            [*other.forms, *forms],
            "country",
            exact=self.group.exact,
            added=[form for form in other.forms if form_key(form) not in own],
        )


def with_countries(groups: Sequence[NameGroup], text: str) -> tuple[NameGroup, ...]:
    """The groups, and the countries that a text mentions.

    A group that holds a name (in words) of one country is that country, under the country's common
    name. A form that another group has is no form of the country.
    """
    holder = {form_key(form): n for n, group in enumerate(groups) for form in group.forms}
    holding = [
        (country, {holder[key] for key in country.name_keys() if key in holder})
        for country in _countries()
    ]
    countries_of = Counter(number for _, numbers in holding for number in numbers)
    mentioned = _mentioned_in(text)
    result = list(groups)
    for country, numbers in holding:
        own = next((n for n in numbers if len(numbers) == countries_of[n] == 1), None)
        free = [form for form in country.group.forms if holder.get(form_key(form), own) == own]
        canonical = country.group.canonical
        if own is not None:
            result[own] = country.joined_with(groups[own], free)
        elif canonical in mentioned and len(free) > 1:
            first = canonical if canonical in free else free[0]
            result.append(NameGroup.of(first, free, "country", exact=country.group.exact))
    return tuple(result)


def _mentioned_in(text: str) -> set[str]:
    """The canonical names of the countries that a text mentions."""
    mentions = _atlas().mentions(text)
    return {m.group.canonical for m in mentions if _is_written_as_name(text, m)}


def _is_written_as_name(text: str, mention: Mention) -> bool:
    """Whether a country's name has a capital wherever its form has one. Codes are no evidence."""
    if mention.form in mention.group.exact and form_key(mention.form) not in _NAMES_IN_CAPITALS:
        return False
    written, form = text[mention.span.start : mention.span.end], mention.form
    return all(
        written[word.start].isupper()
        for word, original in zip(tokens(written), form_tokens(form), strict=True)
        if form[original.start].isupper()
    )


def lookalikes(groups: Sequence[NameGroup]) -> tuple[str, ...]:
    """Names in the atlas that are none of the groups' but hold one of their forms or resemble one."""
    keys = {form_key(form) for group in groups for form in group.forms}
    spelt = sorted({" ".join(key) for key in keys if sum(map(len, key)) >= 6})
    atlas = _atlas()
    names = (form for g in atlas.groups for form in g.forms if form not in g.exact)
    found = {form_key(form): form for form in (*names, *atlas.others)}
    return tuple(
        form
        for key, form in found.items()
        if key not in keys and (_holds(key, keys) or _resembles(key, spelt))
    )


def _holds(key: Key, keys: set[Key]) -> bool:
    lengths = range(1, len(key))
    return any(key[at : at + n] in keys for n in lengths for at in range(len(key) - n + 1))


def _resembles(key: Key, spelt: Sequence[str]) -> bool:
    scorer = DamerauLevenshtein.distance
    return process.extractOne(" ".join(key), spelt, scorer=scorer, score_cutoff=2) is not None


@cache
def _atlas() -> Names:
    """Every country; a form that is nobody's, or of a place that is no country, is in `others`."""
    countries = _countries()
    known = {form_key(form) for country in countries for form in country.group.forms}
    return Names(
        tuple(country.group for country in countries),
        tuple(place for place in _other_places() if form_key(place) not in known),
    )


@cache
def _atlas_data() -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """The atlas's countries, and its parts of the world; read once, in about 0.1 s."""
    from pyworldatlas import Atlas

    with Atlas() as atlas:
        countries = atlas.countries()
    parts = {
        part for c in countries for part in (c.geography.region, c.geography.subregion) if part
    }
    return countries, tuple(sorted(parts))


@cache
def _overlapping_countries() -> tuple[_Country, ...]:
    return tuple(_country(data) for data in _atlas_data()[0])


@cache
def _countries() -> tuple[_Country, ...]:
    """Every country with its names, capitals, peoples and codes, each form with one country at most.

    A form that several have, such as that of a people, belongs to the one whose name begins like it,
    if that is one only, and else to none of them ("Congolese").
    """
    countries = _overlapping_countries()
    owners: dict[Key, list[_Country]] = {}
    for country in countries:
        for form in country.group.forms:
            owners.setdefault(form_key(form), []).append(country)
    owner = {key: _owner(key, having) for key, having in owners.items()}
    return tuple(
        replace(
            country,
            group=NameGroup.of(
                country.group.canonical, forms, "country", exact=country.group.exact
            ),
        )
        for country in countries
        if (forms := [f for f in country.group.forms if owner[form_key(f)] is country])
        and country.group.canonical in forms
    )


def _owner(key: Key, having: Sequence[_Country]) -> _Country | None:
    if len(having) == 1:
        return having[0]
    alike = [c for c in having if any(w[:2] == key[0][:2] for w in form_key(c.group.canonical))]
    return alike[0] if len(alike) == 1 else None


def _country(data: Any) -> _Country:
    names = [plain for name in data.names for plain in _plain(name.text)] or [data.name.strip()]
    initials = "".join(word[0] for word in names[0].split() if word[0].isupper())
    peoples = [form for d in data.demonyms for form in _peoples(d.noun, d.adjective)]
    people = re.sub(r"i?stan$", "", names[0])
    if people != names[0] and len(people) > 4:  # the land of a people that lends it its name
        peoples += [people, f"{people}s"]
    direction, _, rest = names[0].partition(" ")
    if direction in {"North", "South"} and rest:
        peoples += [f"{direction} {form}" for form in peoples if not form.startswith(direction)]
    # Most codes of two letters stand for other things too ("AI", "ID", "PM").
    names += [code for code in (data.codes.alpha2, data.codes.alpha3) if code == initials]
    code = data.codes.alpha3
    codes = [code] if code and code not in names and fold(code) not in STOPWORDS else []
    forms = [*names, *(capital.name for capital in data.capitals), *peoples, *codes]
    kept = [form for form in forms if form_key(form) not in _NO_NAMES]
    exact = {*codes, *(form for form in kept if form_key(form) in _NAMES_IN_CAPITALS)}
    return _Country(tuple(names), NameGroup.of(names[0], kept, "country", exact=sorted(exact)))


def _plain(name: str) -> list[str]:
    """A name without parenthesis, "The" and an acronym's dots, also with "St"; none of a listing."""
    plain = re.sub(r"\s*\([^)]*\)?", "", name).strip().removeprefix("The ")
    if "," in plain or not plain:
        return []
    if plain.replace(".", "").isupper():
        return [plain.replace(".", "")]
    return [plain, plain.replace("Saint ", "St ")] if "Saint " in plain else [plain]


def _peoples(noun: str | None, adjective: str | None) -> Iterator[str]:
    """The forms that a noun such as "Croat(s), Croatian(s)" and an adjective stand for."""
    for words in (noun, adjective):
        # What follows a semicolon is a remark, and so is a parenthesis that is no ending.
        bare = re.sub(r"\s*\((?!(?:s|men|women)\))[^)]*\)", "", (words or "").partition(";")[0])
        for word in re.split(r"\s*(?:,(?:\s*or\b)?|/|\bor\b)\s*", bare.strip()):
            singular, _, ending = word.rstrip(")").partition("(")
            singular = singular.strip()
            if not singular or singular == "NA":
                continue
            yield singular
            if ending == "s" or (words is adjective and singular.endswith(("n", "i"))):
                yield singular + "s"
            elif ending:
                yield singular.removesuffix("man").removesuffix("wo") + ending


def _other_places() -> Iterator[str]:
    """Every form that some country has, which leaves those that are nobody's, and other places."""
    for country in _overlapping_countries():
        yield from country.group.forms
    for place in (*_ELSEWHERE, *(part for part in _atlas_data()[1] if part.endswith(" America"))):
        yield place
        if place.endswith("America"):
            yield from (place + "n", place + "ns")
