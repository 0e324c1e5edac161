"""A run written down for people: one HTML file that needs nothing else, and Markdown for a pull request.

Pure functions. What comes from articles, questions and answers is escaped; the page has no link and loads nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

from eval import charts, metrics
from eval.compare import Baseline, Comparison
from eval.run import Run
from eval.score import Scored
from rag.answer import Answer, pieces

_HEADLINES = {
    "accuracy": "right, of all questions",
    "precision": "right, of what was answered",
    "coverage": "answered",
    "false_answer_rate": "answered, of the unanswerable",
    "false_abstention_rate": "silent, of the answerable",
    "calibration_error": "calibration error",
    "citation_recall": "statements their citations support",
    "quote_validity": "quotes that stand where they say",
}
_LOWER_IS_BETTER = {"false_answer_rate", "false_abstention_rate", "calibration_error"}
_FAULTS = {
    "invented": "answered, though the article does not say",
    "elsewhere": "took other evidence",
    "said": "right evidence, wrong words",
    "silent": "silent, though the article says it",
    "error": "ended in an error",
}
_PLAIN = {"calibration_error"}
_LONGEST_QUOTE = 400
_MOST_EVIDENCE = 6
_MOST_IN_MARKDOWN = 40


def html(run: Run, baseline: Baseline | None = None, comparison: Comparison | None = None) -> str:
    """The report as one HTML page; with a baseline, its figures stand beside the run's."""
    wrong = _in_order([each for each in run.questions if not each.right], comparison)
    right = sum(each.right for each in run.questions)
    turned = {each.gold.id for each in comparison.lost} if comparison else set()
    template = files("eval").joinpath("report.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=f"Footnote: {right} of {len(run.questions)} right",
        headline=f"{right} of {len(run.questions)} questions answered right",
        subtitle=escape(_subtitle(run)),
        banner=_banner(baseline, comparison),
        cards=_cards(run, baseline),
        parts=_parts(run),
        categories=_categories(run, baseline, comparison),
        charts=_charts(run),
        wrong_title=f"{len(wrong)} wrong answers" if wrong else "No wrong answers",
        options="".join(
            f"<option>{escape(name)}</option>"
            for name in dict.fromkeys(w.gold.category for w in wrong)
        ),
        faults="".join(
            f'<option value="{kind}">{escape(_FAULTS[kind])}</option>'
            for kind in dict.fromkeys(w.fault for w in wrong)
            if kind
        ),
        wrong="".join(_article(each, turned=each.gold.id in turned) for each in wrong),
        figures=_figures(run, baseline),
        circumstances=_circumstances(run),
    )


def markdown(
    run: Run, baseline: Baseline | None = None, comparison: Comparison | None = None
) -> str:
    """The report for a pull request: verdict, figures, categories, what turned, and the wrong answers folded."""
    lines = [
        f"## Accuracy: {sum(e.right for e in run.questions)} of {len(run.questions)} right",
        "",
    ]
    lines += [_md(_subtitle(run)), ""]
    if comparison is not None:
        lines += ["**The gate holds.**" if comparison.holds else "**The gate is closed.**", ""]
        lines += [f"- {_md(reason)}" for reason in comparison.failures]
        lines += ["", _md(_change_in_words(comparison)), ""]
    measures, before = run.measures(), baseline.measures if baseline else {}
    lines += ["| figure | now | baseline |", "|---|---|---|"]
    for name, words in _HEADLINES.items():
        then = _shown(name, before[name]) if name in before else "–"
        lines.append(f"| {words} | {_shown(name, measures[name].value)} | {then} |")
    median, p95 = run.latency()
    lines += [f"| an answer takes: median, p95 | {median * 1e3:.0f} ms, {p95 * 1e3:.0f} ms | |", ""]
    lines += ["| category | right | baseline | floor |", "|---|---|---|---|"]
    for name, mine in run.categories.items():
        change = comparison.categories.get(name) if comparison else None
        then = f"{change.before} of {change.of}" if change and change.of else "–"
        floor = f"{baseline.floors[name]:.0%}" if baseline and name in baseline.floors else "–"
        lines.append(
            f"| {_md(name)} | {sum(e.right for e in mine)} of {len(mine)} | {then} | {floor} |"
        )
    if comparison is not None:
        lines += _turned("Turned wrong", comparison.lost) + _turned("Turned right", comparison.won)
    wrong = _in_order([each for each in run.questions if not each.right], comparison)
    lines += ["", f"<details><summary>{len(wrong)} wrong answers</summary>", ""]
    lines += [f"- {_md_question(each)}" for each in wrong[:_MOST_IN_MARKDOWN]]
    if len(wrong) > _MOST_IN_MARKDOWN:
        lines.append(f"- and {len(wrong) - _MOST_IN_MARKDOWN} more, in the HTML report")
    return "\n".join([*lines, "", "</details>", ""])


def _in_order(wrong: Sequence[Scored], comparison: Comparison | None) -> list[Scored]:
    """What turned wrong first, then what was made up, then the rest as it was asked."""
    turned = {each.gold.id for each in comparison.lost} if comparison else set()
    kinds = list(_FAULTS)
    return sorted(wrong, key=lambda w: (w.gold.id not in turned, kinds.index(w.fault or "error")))


def _subtitle(run: Run) -> str:
    names = ", ".join(run.settings.get("documents", {})) or "no document"
    versions: Mapping[str, str] = run.settings.get("versions", {})
    made = f"Footnote {versions.get('footnote', '')} {versions.get('commit', '')}".strip()
    return f"{names} · {_when(run.settings)} · {made}"


def _when(settings: Mapping[str, Any]) -> str:
    """The time of a run for people: "2026-03-01 12:30 UTC"."""
    return str(settings.get("when", ""))[:16].replace("T", " ") + " UTC"


def _change_in_words(comparison: Comparison) -> str:
    low, high = comparison.interval
    change = comparison.all
    words = (
        f"{len(comparison.lost)} turned wrong, {len(comparison.won)} turned right of {change.of} questions "
        f"that both have; accuracy {_signed((change.now - change.before) / max(1, change.of))} "
        f"(95% interval {_signed(low)} to {_signed(high)}, McNemar's exact p = {comparison.p:.3f})."
    )
    if comparison.new:
        words += f" {len(comparison.new)} are new or have another gold."
    if comparison.missing:
        words += f" {len(comparison.missing)} are missing here."
    return words


def _signed(value: float) -> str:
    return f"{100 * value:+.1f} points"


def _shown(name: str, value: float) -> str:
    return f"{value:.3f}" if name in _PLAIN else f"{value:.1%}"


def _banner(baseline: Baseline | None, comparison: Comparison | None) -> str:
    if baseline is None or comparison is None:
        return '<div class="banner"><b>No baseline</b>: nothing to compare with.</div>'
    kind, said = (
        ("open", "The gate holds.") if comparison.holds else ("closed", "The gate is closed.")
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in comparison.failures)
    accepted = "".join(
        f"<li>accepted: {escape(each.id)}, because {escape(each.reason)}</li>"
        for each in comparison.accepted
    )
    against = escape(_when(baseline.settings))
    return (
        f'<div class="banner {kind}"><b>{said}</b> <span class="soft">Against the run of {against}: '
        f"{escape(_change_in_words(comparison))}</span>"
        f"{f'<ul>{reasons}{accepted}</ul>' if reasons or accepted else ''}</div>"
    )


def _cards(run: Run, baseline: Baseline | None) -> str:
    measures = run.measures()
    cards = []
    for name, words in _HEADLINES.items():
        measure = measures[name]
        before = baseline.measures.get(name) if baseline else None
        then = _before(name, measure.value, before) if before is not None else ""
        cards.append(
            f'<div class="card"><b>{_shown(name, measure.value)}</b><span>{words}</span>{then}</div>'
        )
    median, p95 = run.latency()
    cards.append(
        f'<div class="card"><b>{median * 1e3:.0f} ms</b><span>an answer, median</span>'
        f'<span class="before">{p95 * 1e3:.0f} ms at the 95th percentile</span></div>'
    )
    return "".join(cards)


def _before(name: str, now: float, before: float) -> str:
    change = (before - now) if name in _LOWER_IS_BETTER else (now - before)
    kind = "" if abs(change) < 0.0005 else " better" if change > 0 else " worse"
    return f'<span class="before{kind}">baseline {_shown(name, before)}</span>'


def _parts(run: Run) -> str:
    total = len(run.questions) or 1
    counts = {"right": sum(each.right for each in run.questions)}
    counts |= {kind: sum(each.fault == kind for each in run.questions) for kind in _FAULTS}
    names = {"right": "right", **_FAULTS}
    bars = "".join(
        f'<i class="{kind}" style="width:{100 * count / total:.2f}%" title="{names[kind]}: {count}"></i>'
        for kind, count in counts.items()
        if count
    )
    legend = "".join(
        f'<li><i class="{kind}"></i>{count} {names[kind]}</li>'
        for kind, count in counts.items()
        if count
    )
    return f'<div class="parts">{bars}</div><ul class="legend">{legend}</ul>'


def _categories(run: Run, baseline: Baseline | None, comparison: Comparison | None) -> str:
    rows = []
    for name, mine in run.categories.items():
        right = sum(each.right for each in mine)
        share = right / len(mine)
        floor = baseline.floors.get(name) if baseline else None
        mark = (
            f'<div class="floor" style="left:{100 * floor:.1f}%" title="floor: {floor:.0%}"></div>'
            if floor
            else ""
        )
        change = comparison.categories.get(name) if comparison else None
        turned = change.now - change.before if change else 0
        kind = "better" if turned > 0 else "worse" if turned < 0 else "soft"
        rows.append(
            f'<tr><td>{escape(name.replace("_", " "))}</td><td class="number">{right} of {len(mine)}</td>'
            f'<td class="number {kind}">{f"{turned:+d}" if turned else ""}</td>'
            f'<td><div class="track"><div class="fill" style="width:{100 * share:.1f}%"></div>{mark}</div></td>'
            f'<td class="number">{share:.0%}</td></tr>'
        )
    note = (
        '<p class="small soft">A red mark is the floor under which the gate closes.</p>'
        if baseline and baseline.floors
        else ""
    )
    head = "<tr><th>category</th><th>right</th><th></th><th>accuracy</th><th></th></tr>"
    return f"<table>{head}{''.join(rows)}</table>{note}"


def _charts(run: Run) -> str:
    seconds = [each.seconds for each in run.questions if each.answer is not None]
    drawn = (
        (
            "Accuracy against coverage",
            "How right the surest answers are, as the threshold falls.",
            charts.accuracy_at_coverage(metrics.accuracy_at_coverage(run.outcomes)),
        ),
        (
            "Reliability",
            "On the dashed line a confidence of 70% means that 70% are right.",
            charts.reliability(metrics.reliability(run.outcomes)),
        ),
        (
            "Latency",
            "How many answers took how long; the last bar holds all that took longer.",
            charts.latency(seconds, *run.latency()),
        ),
    )
    return "".join(
        f"<figure>{svg}<figcaption><b>{title}</b>{words}</figcaption></figure>"
        for title, words, svg in drawn
    )


def _article(scored: Scored, *, turned: bool) -> str:
    gold, kind = scored.gold, scored.fault or "error"
    tags = f'<span class="tag"><i class="{kind}"></i>{escape(_FAULTS[kind])}</span>'
    tags += f'<span class="tag">{escape(gold.category.replace("_", " "))}</span><span class="tag">{escape(gold.id)}</span>'
    if turned:
        tags = f'<span class="tag turned">turned wrong</span>{tags}'
    history = "".join(
        f'<p class="small soft">{escape(asked)} – {escape(said)}</p>'
        for asked, said in gold.history
    )
    rows = [
        ("gold", escape(_gold(scored))),
        ("evidence", _evidence(scored)),
        ("said", _said(scored.answer)),
    ]
    rows += [("cited", _cited(scored.answer)), ("why wrong", escape(scored.explanation))]
    if gold.why_hard:
        rows.append(("why hard", f'<span class="soft">{escape(gold.why_hard)}</span>'))
    body = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows if value)
    return (
        f'<article data-category="{escape(gold.category)}" data-fault="{kind}">{history}'
        f"<h3>{escape(gold.question)}</h3>{tags}<dl>{body}</dl></article>"
    )


def _gold(scored: Scored) -> str:
    gold = scored.gold
    if not gold.answerable:
        return "silence: the article does not say"
    parts = [metrics.shown(part) for part in gold.answer]
    said = "; ".join([gold.yes_no, *parts] if gold.yes_no else parts)
    return f"{said} – and not {', '.join(gold.forbidden)}" if gold.forbidden else said


def _evidence(scored: Scored) -> str:
    lines = [escape(line) for line in scored.evidence[:_MOST_EVIDENCE]]
    if len(scored.evidence) > _MOST_EVIDENCE:
        lines.append(f"and {len(scored.evidence) - _MOST_EVIDENCE} rows more")
    return "<br>".join(lines)


def _said(answer: Answer | None) -> str:
    if answer is None:
        return '<span class="soft">nothing</span>'
    text = answer.text or answer.reason
    said = "".join(
        f"<b>{escape(piece)}</b>" if is_bold else escape(piece) for piece, is_bold in pieces(text)
    ).replace("\n", "<br>")
    sure = f"{'abstained, ' if answer.abstained else ''}confidence {answer.confidence:.2f}, {answer.method}"
    return f'{said} <span class="small soft">({sure})</span>'


def _cited(answer: Answer | None) -> str:
    if answer is None:
        return ""
    return "".join(
        f"<blockquote><sup>{citation.number}</sup> {escape(_cut(citation.quote))}</blockquote>"
        for citation in answer.citations
    )


def _cut(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE].rstrip()}…"


def _figures(run: Run, baseline: Baseline | None) -> str:
    before = baseline.measures if baseline else {}
    rows = "".join(
        f'<tr><td>{name.replace("_", " ")}</td><td class="number">{measure.value:.3f}</td>'
        f'<td class="number soft">{f"{before[name]:.3f}" if name in before else ""}</td>'
        f'<td class="number">{measure.of}</td><td class="number soft">{measure.unscored or ""}</td></tr>'
        for name, measure in run.measures().items()
    )
    head = (
        "<tr><th>figure</th><th>now</th><th>baseline</th><th>questions</th><th>unscored</th></tr>"
    )
    return f"<table>{head}{rows}</table>"


def _circumstances(run: Run) -> str:
    rows = []
    for name, value in run.settings.items():
        said = (
            ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
        )
        rows.append(
            f'<tr><td class="number">{escape(str(name))}</td><td>{escape(str(said))}</td></tr>'
        )
    return f'<table class="small">{"".join(rows)}</table>'


def _turned(title: str, questions: Sequence[Scored]) -> list[str]:
    if not questions:
        return []
    return ["", f"**{title}**", "", *(f"- {_md_question(each)}" for each in questions)]


def _md_question(scored: Scored) -> str:
    said = f"{scored.gold.id} ({scored.gold.category}): {scored.gold.question}"
    gold = f" Gold: {_gold(scored)}. {scored.explanation}" if not scored.right else ""
    return _md(f"{said}{gold}")


def _md(text: str) -> str:
    """The text as Markdown that shows it literally, on one line."""
    return "".join(f"\\{c}" if c in "\\`*_[]|<>#~" else c for c in " ".join(text.split()))
