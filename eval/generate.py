"""Gold questions with exact answers, from the tables of any article.

Every gold is computed with pandas, by code that shares nothing with the engine that it measures. What would
be ambiguous is not asked: a row name that occurs twice or inside another one, a tie for the first place, a
number that may be a year, a header that is no noun or that two tables share.

Run as `python -m eval.generate FILE [--wording held_out] [--seed 0] [--most N] > gold.jsonl`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Literal

from eval.questions import absent, kinds
from eval.questions.facts import Condition, Fact, Maker, Parts
from eval.questions.nouns import noun_of
from eval.questions.views import View, key_of
from eval.questions.wordings import FAMILIES, Family
from eval.questions.words import column_slots
from ingest.document import CellPosition, Document, Table
from ingest.errors import FootnoteError
from ingest.load import load

FACTS_PER_CATEGORY = 3
PHRASINGS_PER_FACT = 2

_KINDS: Mapping[str, Callable[[Maker], Iterator[Fact]]] = {
    "lookup": kinds.lookups,
    "reverse": kinds.reverse_lookups,
    "count": kinds.counts,
    "list": kinds.lists,
    "two_conditions": kinds.two_conditions,
    "negation": kinds.negations,
    "comparator": kinds.comparators,
    "superlative": kinds.superlatives,
    "difference": kinds.differences,
    "comparison": kinds.comparisons,
    "sum": kinds.sums,
    "average": kinds.averages,
    "yes_no": kinds.yes_no,
    "set": kinds.sets,
    "group": kinds.groups,
    "unanswerable_row": absent.unanswerable_row,
    "unanswerable_column": absent.unanswerable_column,
    "unanswerable_empty": absent.unanswerable_empty,
    "unanswerable_value": absent.unanswerable_value,
}
CATEGORIES = tuple(_KINDS)
_FEW_WITH_TOTALS = frozenset(
    """
    lookup difference comparison unanswerable_row unanswerable_column unanswerable_empty
    """.split()
)
"""What is asked of a table that has a row of totals, which would count as one more row elsewhere."""


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with its exact answer.

    `answer` holds every required part with its accepted forms, `forbidden` the items that a list must not
    name. `yes_no` is "yes", "no" or None. `cells` are the operand cells: those of the condition's columns
    and of the answer's column in the rows that the answer is made of; () where no row is. `denotation` is
    what executing the question yields: cells as they stand in the table, plain numbers, "yes" or "no".
    Both are () where the table does not say, but an empty cell that is asked for stands in `cells`.
    `table` counts from 0.
    """

    id: str
    question: str
    category: str
    answerable: bool
    answer: Parts
    forbidden: tuple[str, ...]
    yes_no: Literal["yes", "no"] | None
    cells: tuple[CellPosition, ...]
    denotation: tuple[str, ...]
    table: int

    def to_json(self) -> str:
        """One line of a gold file."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> GoldQuestion:
        """Read one line of a gold file. Raises `ValueError` or `KeyError` where it is none."""
        read = json.loads(line)
        return cls(
            id=read["id"],
            question=read["question"],
            category=read["category"],
            answerable=read["answerable"],
            answer=tuple(tuple(forms) for forms in read["answer"]),
            forbidden=tuple(read["forbidden"]),
            yes_no=read["yes_no"],
            cells=tuple((table, row, column) for table, row, column in read["cells"]),
            denotation=tuple(read["denotation"]),
            table=read["table"],
        )


@dataclass(frozen=True, slots=True)
class _Ranked:
    """A question with its place: which fact of its category it asks, in which of its wordings."""

    fact: int
    wording: int
    question: GoldQuestion


def generate(
    document: Document,
    *,
    wording: Family = "train",
    seed: int = 0,
    most: int | None = None,
    strangers: Sequence[str] = (),
) -> list[GoldQuestion]:
    """Gold questions on every table of a document, the same for the same seed.

    The two families of wordings ask about the same facts, but for the columns that are not there.
    `most` limits their number over all tables, taking each category of each table in turn. `strangers`
    are names of things that the document does not hold, to be asked for in vain; names of its other
    tables and made-up ones come to them.
    """
    ranked = [
        item
        for number in range(len(document.tables))
        for item in _of_table(document, number, wording, seed, strangers)
    ]
    meanings: dict[str, set[tuple[int, tuple[str, ...]]]] = {}
    for item in ranked:
        asked = item.question.question.casefold().rstrip("?.")
        meanings.setdefault(asked, set()).add((item.question.table, item.question.denotation))
    clear, seen = [], set()
    for item in ranked:
        asked = item.question.question.casefold().rstrip("?.")
        if len(meanings[asked]) == 1 and asked not in seen:
            clear.append(item)
            seen.add(asked)
    first = sorted(clear, key=lambda item: (item.fact, item.wording))[:most]
    kept = {item.question.id for item in first}
    return [item.question for item in clear if item.question.id in kept]


def _of_table(
    document: Document, number: int, wording: Family, seed: int, strangers: Sequence[str]
) -> Iterator[_Ranked]:
    table = document.tables[number]
    if not table.rows:
        return
    others = [other for index, other in enumerate(document.tables) if index != number]
    taken = frozenset(noun_of(cell.text) for other in others for cell in other.header) - {""}
    view = View(document, number, taken)
    names = [row[0].text for other in others for row in other.rows if row]
    outside = {False: _outside(document, [table]), True: _outside(document, document.tables)}
    for category, kind in _KINDS.items():
        if view.has_total and category not in _FEW_WITH_TOTALS:
            continue
        source = f"{seed} {document.id} {number} {category}"
        maker = Maker(
            view,
            Random(source),  # noqa: S311  # nothing secret
            document,
            strangers=[*names, *strangers],
            absent=FAMILIES[wording]["absent.noun"],
            elsewhere=outside[category == "unanswerable_row"],
        )
        words = Random(f"{source} {wording}")  # noqa: S311
        yield from _numbered(kind(maker), category, number, wording, words)


def _outside(document: Document, tables: Sequence[Table]) -> str:
    """The key of what the document says outside these tables."""
    parts, at = [], 0
    for span in sorted(table.span for table in tables):
        parts.append(document.text[at : span.start])
        at = span.end
    parts.append(document.text[at:])
    return f" {key_of(' '.join(parts))} "


def _numbered(
    facts: Iterator[Fact], category: str, table: int, wording: Family, rng: Random
) -> Iterator[_Ranked]:
    count = 0
    for place, fact in enumerate(islice(facts, FACTS_PER_CATEGORY)):
        for turn, question in enumerate(_worded(fact, wording, rng)):
            count += 1
            gold = GoldQuestion(
                id=f"t{table + 1}-{category}-{count:02}",
                question=question,
                category=category,
                answerable=fact.answerable,
                answer=fact.answer,
                forbidden=fact.forbidden,
                yes_no=fact.yes_no,
                cells=fact.cells,
                denotation=fact.denotation,
                table=table,
            )
            yield _Ranked(place, turn, gold)


def _worded(fact: Fact, family: Family, rng: Random) -> Iterator[str]:
    """The fact as a question, in phrasings that all differ."""
    phrasings = FAMILIES[family]

    def say(key: str, slots: Mapping[str, str]) -> str:
        return rng.choice(phrasings[key]).format_map(slots)

    fitting = [phrasing for key in fact.wordings for phrasing in phrasings[key]]
    for phrasing in rng.sample(fitting, min(PHRASINGS_PER_FACT, len(fitting))):
        slots = dict(fact.slots)
        for condition, suffix in zip(fact.conditions, ("", "2"), strict=False):
            said = _condition_slots(condition, say, many=not fact.is_one)
            slots |= {f"{form}{suffix}": words for form, words in said.items()}
        question = phrasing.format_map(slots)
        yield _in_style(question, rng)


def _condition_slots(
    condition: Condition, say: Callable[..., str], *, many: bool
) -> dict[str, str]:
    column = condition.column
    slots = column_slots(column) | {
        "value": condition.value,
        "have": "have" if many else "has",
        "are": "are" if many else "is",
        "show": "show" if many else "shows",
    }
    if column.event:
        slots["past"] = column.event.past(many=many)
        slots["perfect"] = column.event.perfect
    shape = column.shape
    if shape != "text":
        slots["amount"] = say(f"{shape}.{condition.operator}", slots)
    return {form: say(f"{shape}.{form}", slots) for form in ("clause", "predicate", "keyword")}


def _in_style(question: str, rng: Random) -> str:
    """As people type: mostly with a capital letter, now and then all in lower case, without a mark."""
    if rng.random() < 0.15:
        return question.lower().rstrip("?.")
    return question[0].upper() + question[1:]


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Print gold questions for a file's tables, one JSON object a line."""
    parser = argparse.ArgumentParser(prog="python -m eval.generate", description=main.__doc__)
    parser.add_argument("file", type=Path, help="an article with tables: plain text or Markdown")
    parser.add_argument("--wording", choices=sorted(FAMILIES), default="held_out")
    parser.add_argument("--seed", type=int, default=0, help="the same seed, the same questions")
    parser.add_argument("--most", type=_count, help="at most so many questions")
    options = parser.parse_args(arguments)
    try:
        document = load(options.file)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    if not document.tables:
        message = f"{options.file} holds no table to ask about; name an article with a pipe table"
        print(f"footnote: {message}", file=sys.stderr)
        return 2
    for question in generate(
        document, wording=options.wording, seed=options.seed, most=options.most
    ):
        print(question.to_json())
    return 0


if __name__ == "__main__":
    sys.exit(main())
