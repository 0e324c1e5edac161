"""What fills the braces of a phrasing, and which phrasings fit a column."""

from __future__ import annotations

from collections.abc import Mapping

from eval.questions.nouns import is_plural, plural, singular, with_article
from eval.questions.views import Column, View

PERSONS = frozenset(
    """
    architect artist author captain champion chairman coach composer conductor director driver editor
    founder governor host jockey judge lyricist manager mayor minister owner president principal producer
    rider runner-up singer skipper songwriter sponsor translator winner writer
    """.split()
)
_PLACES = frozenset("borough city county district location province seat site town village".split())
_ROWS_THAT_LIE = frozenset(
    """
    abbey airport bridge building castle cathedral church club college company hospital hotel house
    institution lake mill mine mountain museum name park peak prison school stadium station structure
    theatre tower university
    """.split()
)
_MEASURES = {"height": "tall", "length": "long", "depth": "deep", "age": "old", "width": "wide"}
_EXTREMES: Mapping[str, tuple[str, str, str]] = {
    "length": ("longest", "shortest", "longer"),
    "distance": ("longest", "shortest", "longer"),
    **dict.fromkeys(
        (
            "area",
            "population",
            "attendance",
            "capacity",
            "size",
            "budget",
            "enrollment",
            "enrolment",
        ),
        ("largest", "smallest", "larger"),
    ),
}


def column_slots(column: Column) -> dict[str, str]:
    """What a column gives to every phrasing about it."""
    noun, event = column.noun, column.event
    top, bottom, higher = _EXTREMES.get(column.head, ("highest", "lowest", "higher"))
    slots = {
        "noun": noun,
        "nouns": plural(noun),
        "one": singular(noun),
        "a_noun": with_article(noun),
        "be": "are" if is_plural(noun) else "is",
        "top": top,
        "bottom": bottom,
        "higher": higher,
    }
    if event:
        slots |= {
            "past": event.past(many=False),
            "past_not": event.past_not,
            "bare": event.bare,
            "relative": event.relative,
            "infinitive": event.infinitive,
        }
    return slots


def lookup_wordings(column: Column, view: View) -> tuple[str, ...]:
    """The phrasings that fit what stands in a column, most of them typed by it."""
    keys = ["lookup.any"]
    if column.event:
        keys = ["lookup.event"] + (["lookup.event_year"] if column.shape == "event" else [])
    elif column.shape == "year" and column.noun == "year":
        keys += ["lookup.year"]
    elif column.shape == "date" and column.noun == "date":
        keys += ["lookup.date"]
    elif column.shape == "count":
        keys = ["lookup.count"]
    elif column.noun in _MEASURES:
        keys += ["lookup.measure"]
    elif column.shape == "number":
        keys += ["lookup.number"]
    elif column.shape == "text" and column.head in PERSONS:
        keys = ["lookup.person", "lookup.any"]
    elif column.shape == "text" and _tells_place(column, view):
        keys += ["lookup.place"]
    return tuple(keys)


def _tells_place(column: Column, view: View) -> bool:
    """Whether "where" asks for this column: the only one of places, of rows that lie somewhere."""
    places = [
        other for other in view.others() if other.head in _PLACES | {"country", "state", "region"}
    ]
    return column.noun in _PLACES and places == [column] and view.row.split()[-1] in _ROWS_THAT_LIE


def lookup_slots(column: Column) -> dict[str, str]:
    """What only the lookup of a measure needs: "tall" for a height."""
    return {"adjective": _MEASURES[column.noun]} if column.noun in _MEASURES else {}
