"""The answer in the retrieved passages: the sentence that answers, or two, its short answer first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ingest.bibliography import fields
from ingest.document import CellPosition, Document, Span, Table
from ingest.dress import named
from ingest.words import stems
from rag.answer import Claim, Draft, Evidence, ScoredSentence, bold, literal, log_odds
from rag.extract import decided, items, short_answer, verdict
from rag.question import LEANS, SIGNS, Asked

_NEARLY, _BESIDE = 1.0, 2.0
"""So far behind the best, by the ranker, a second sentence is said too; a neighbour of the best."""
_SURE = 0.15
"""So sure that the sentence answers, a denial in it is taken for No."""


def answer(asked: Asked, evidence: Sequence[Evidence]) -> Draft | None:
    """What the best passages say, as a draft. None where there is no evidence.

    The passages come ranked (`rag.rank.ranked`), the likeliest first.
    """
    if not evidence:
        return None
    best = evidence[0]
    sure = best.parts["sure"]
    known = {"sure": log_odds(sure), "holds": best.parts["holds"], "sentences": 1.0}
    if best.passage.kind not in ("prose", "list"):
        row = claim(best)
        if word := _verdict(asked, row.text, best):
            row = replace(row, text=f"{bold(word)}. {row.text}")
        known |= {"row": 1.0, "verdict": bool(word)}
        return Draft((row,), sure, "prose", signs=known)
    found = _with_second(asked, best, _sentence(best), evidence)
    spoken = [each.document.plain(sentence.span) for each, sentence in found]
    about = " ".join(spoken + [title for each, _ in found for title in each.section])
    lead = _lead(asked, spoken, about, best)
    claims = [_claim(each, sentence.span) for each, sentence in _made_clear(found)]
    if lead:
        claims[0] = replace(claims[0], text=f"{lead}{claims[0].text}")
    is_verdict = bool(lead) and asked.type == "yes/no"
    known |= {
        "verdict": is_verdict,
        "short": bool(lead) and not is_verdict,
        "sentences": len(claims),
    }
    return Draft(tuple(claims), sure, "prose", signs=known)


def _sentence(evidence: Evidence) -> ScoredSentence:
    return next(each for each in evidence.sentences if each.span == evidence.best)


def _with_second(
    asked: Asked, best: Evidence, first: ScoredSentence, evidence: Sequence[Evidence]
) -> list[tuple[Evidence, ScoredSentence]]:
    """The best sentence, and another where it is nearly as good, in the order of the text.

    A neighbour of the best may be further behind; and where a list is asked for and the best sentence
    has none, the neighbour that has one is said in any case.
    """
    others = [
        (each, sentence)
        for each in evidence
        if each.passage.kind in ("prose", "list")
        for sentence in each.sentences
        if sentence.span != first.span or each.document is not best.document
    ]
    others.sort(key=lambda pair: -pair[1].rank)
    beside = [pair for pair in others if pair[1].span in (first.before, first.after)]
    found = [(best, first)]
    if others and others[0][1].rank > first.rank - _NEARLY:
        found.append(others[0])
    elif beside and beside[0][1].rank > first.rank - _BESIDE:
        found.append(beside[0])
    if asked.wants_several and not any(map(_has_list, found)):
        found += [pair for pair in beside if pair not in found and _has_list(pair)][:1]
    if all(each.passage.section == best.passage.section for each, _ in found):
        found.sort(key=lambda pair: pair[1].span)
    return found


def _has_list(pair: tuple[Evidence, ScoredSentence]) -> bool:
    return bool(SIGNS["list"].search(pair[0].document.plain(pair[1].span)))


def _made_clear(
    found: Sequence[tuple[Evidence, ScoredSentence]],
) -> list[tuple[Evidence, ScoredSentence]]:
    """The same, a sentence that opens with a pronoun preceded by the one that it leans on."""
    said: list[tuple[Evidence, ScoredSentence]] = []
    for each, sentence in found:
        spans = [other.span for _, other in said]
        leans = LEANS.match(each.document.plain(sentence.span))
        if leans and sentence.before is not None and sentence.before not in spans:
            said.append((each, replace(sentence, span=sentence.before)))
        if sentence.span not in spans:
            said.append((each, sentence))
    return said


def _verdict(asked: Asked, text: str, best: Evidence) -> str:
    """Yes or No, by the second reading and by the rules for negations; "" for neither."""
    if asked.type != "yes/no":
        return ""
    by_rules = verdict(asked, text, answers=best.parts["sure"] >= _SURE)
    return decided(by_rules, best.parts["yes"]) or ""


def _lead(asked: Asked, spoken: Sequence[str], about: str, best: Evidence) -> str:
    """What comes first: Yes or No, a list, or the short answer in bold; "" for none.

    Yes or No is said only where all that the question names is spoken of.
    """
    if asked.type == "yes/no":
        if not asked.all_named_in(set(stems(about))):
            return ""
        first = best.document.plain(_sentence(best).span)
        word = _verdict(asked, first, best)
        return f"{bold(word)}. " if word else ""
    for text in spoken:
        listed = items(asked, text, " ".join(spoken))
        if listed:
            return "".join(f"- {bold(item)}\n" for item in listed) + "\n"
    answers = [found for text in spoken if (found := short_answer(asked, text))]
    short = max(answers, key=lambda found: found.probability, default=None)
    return f"{bold(short.text.rstrip('.'))}. " if short else ""


def _claim(evidence: Evidence, span: Span) -> Claim:
    document = evidence.document
    return Claim(literal(document.plain(span)), document, span, evidence.passage.section)


def claim(evidence: Evidence) -> Claim:
    """The best sentence of a passage in words for people, with the span or the cells it stands on."""
    document, passage = evidence.document, evidence.passage
    if passage.table is not None:
        table = document.tables[passage.table]
        said = _row(document, table, passage.row) if passage.row is not None else _whole(table)
        cells = _cells(passage.table, table, passage.row)
        return Claim(literal(said), document, passage.span, passage.section, cells)
    span = evidence.best or passage.span
    # A reference is said without its number, which would look like one of our citations.
    spans = [entry.span for entry in document.references]
    entry = spans.index(span) if passage.kind == "reference" and span in spans else None
    said = document.plain(span if entry is None else fields(document, entry).body)
    return Claim(literal(said), document, span, passage.section)


def _row(document: Document, table: Table, row: int) -> str:
    label, about = named(table.caption)
    first, *others = zip(table.header, table.rows[row], strict=True)
    where = f"{label} ({about})" if label and about else label or about or "the table"
    pairs = [
        ": ".join(
            part for part in (head.text, cell.text or document.quote(cell.span) or "–") if part
        )
        for head, cell in others
    ]
    said = "; ".join(pair for pair in pairs if pair) or "no more is given"
    return f"In {where}, {first[1].text or first[0].text}: {said}."


def _whole(table: Table) -> str:
    label, about = named(table.caption)
    names = ", ".join(row[0].text for row in table.rows if row[0].text)
    heads = ", ".join(head.text for head in table.header if head.text)
    what = f"{label} ({about})" if label and about else label or about or "The table"
    return f"{what} gives {heads} for: {names}."


def _cells(number: int, table: Table, row: int | None) -> tuple[CellPosition, ...]:
    if row is None:
        return ()
    return tuple((number, row, column) for column in range(len(table.header)))
