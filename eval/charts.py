"""The charts of a report, as SVG that takes its colours from the page around it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from eval.metrics import Bin

WIDTH, HEIGHT = 420, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 34
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def accuracy_at_coverage(points: Sequence[tuple[float, float]]) -> str:
    """A step of the threshold a point: how much is answered (across), how much of that is right (up)."""
    if not points:
        return _framed("coverage", "precision", _nothing())
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    first, last = points[0], points[-1]
    area = f"{_x(first[0]):.1f},{_y(0):.1f} {path} {_x(last[0]):.1f},{_y(0):.1f}"
    side, away = ("start", 9) if last[0] < 0.65 else ("end", -9)
    label = (
        f'<text class="mark" x="{_x(last[0]) + away:.1f}" y="{_y(last[1]) + 18:.1f}" text-anchor="{side}">'
        f"{last[1]:.0%} right at {last[0]:.0%}</text>"
    )
    return _framed(
        "answered",
        "of these right",
        f'<polygon class="area" points="{area}"/><polyline class="line" points="{path}"/>'
        f'<circle class="dot" cx="{_x(last[0]):.1f}" cy="{_y(last[1]):.1f}" r="4"/>{label}',
    )


def reliability(bins: Sequence[Bin]) -> str:
    """Confidence (across) against the share of right answers (up); the larger a dot, the more answers."""
    diagonal = f'<line class="ideal" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>'
    if not bins:
        return _framed("confidence", "right", diagonal + _nothing())
    most = max(each.count for each in bins)
    path = " ".join(f"{_x(each.confidence):.1f},{_y(each.accuracy):.1f}" for each in bins)
    dots = "".join(
        f'<circle class="dot" cx="{_x(each.confidence):.1f}" cy="{_y(each.accuracy):.1f}" '
        f'r="{3 + 7 * (each.count / most) ** 0.5:.1f}"><title>{each.count} answers with a confidence of '
        f"{each.low:.0%} to {each.high:.0%}: {each.accuracy:.0%} right</title></circle>"
        for each in bins
    )
    return _framed(
        "confidence", "right", f'{diagonal}<polyline class="line faint" points="{path}"/>{dots}'
    )


def latency(seconds: Sequence[float], median: float, p95: float, bars: int = 24) -> str:
    """How many answers took how long, up to a little over the 95th percentile; the rest in the last bar."""
    if not seconds or p95 <= 0:
        return _framed("milliseconds", "answers", _nothing(), labels=False)
    top = p95 * 1.3
    counts = [0] * bars
    for each in seconds:
        counts[min(int(each / top * bars), bars - 1)] += 1
    width = (WIDTH - _LEFT - _RIGHT) / bars
    drawn = "".join(
        f'<rect class="bar" x="{_LEFT + number * width + 1:.1f}" y="{_y(count / max(counts)):.1f}" '
        f'width="{width - 2:.1f}" height="{_y(0) - _y(count / max(counts)):.1f}" rx="2">'
        f"<title>{count} answers</title></rect>"
        for number, count in enumerate(counts)
        if count
    )
    marks = "".join(
        f'<line class="ideal" x1="{_x(value / top):.1f}" x2="{_x(value / top):.1f}" y1="{_TOP}" y2="{_y(0)}"/>'
        f'<text class="mark" x="{_x(value / top) + 4:.1f}" y="{_TOP + 10}">{name} {value * 1000:.0f} ms</text>'
        for name, value in (("median", median), ("p95", p95))
    )
    return _framed("time of an answer", "answers", drawn + marks, labels=False)


def _x(share: float) -> float:
    return _LEFT + share * (WIDTH - _LEFT - _RIGHT)


def _y(share: float) -> float:
    return HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM)


def _nothing() -> str:
    return f'<text class="mark" x="{_x(0.5)}" y="{_y(0.5)}" text-anchor="middle">no answers</text>'


def _framed(across: str, up: str, drawn: str, *, labels: bool = True) -> str:
    grid = "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{_y(tick):.1f}" y2="{_y(tick):.1f}"/>'
        for tick in _TICKS
    )
    said = "".join(
        f'<text x="{_LEFT - 6}" y="{_y(tick) + 4:.1f}" text-anchor="end">{tick:.0%}</text>'
        f'<text x="{_x(tick):.1f}" y="{HEIGHT - _BOTTOM + 15}" text-anchor="{"end" if tick == 1 else "middle"}">'
        f"{tick:.0%}</text>"
        for tick in _TICKS
        if labels
    )
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{up} against {across}">{grid}{said}'
        f'<text class="axis" x="{_x(0.5):.1f}" y="{HEIGHT - 4}" text-anchor="middle">{across}</text>'
        f'<text class="axis" transform="translate(11 {_y(0.5):.1f}) rotate(-90)" text-anchor="middle">{up}</text>'
        f"{drawn}</svg>"
    )
