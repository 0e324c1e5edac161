"""Articles of ours that nothing was learned from: how right the whole chatbot is about them.

    python -m eval.benchmarks.documents [--threshold 0.35] [--write FILE]

A sixth of the articles of `rag/train/written/documents.jsonl`, each with its questions in free paraphrase;
about a quarter of them ask for what the article only comes near to. No glossary, no chat model. Printed
for each kind of question: the share that is right, that is answered, and of the answered that is right.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.embed import Embedder
from ingest.encode import question_encoder
from rag.pipeline import Chatbot
from rag.settings import Settings
from rag.train.documents import Article, documents, opened

_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Result:
    """What was made of a question. `confidence` is given where it was answered or not."""

    article: int
    question: str
    kind: str
    answerable: bool
    answered: bool
    right: bool
    confidence: float
    method: str
    text: str


def results(articles: Sequence[Article], threshold: float) -> list[Result]:
    """Every question of the articles, asked of its own article."""
    embedder, found = Embedder(), []
    for article in articles:
        with opened(article, embedder) as index:
            encoder = question_encoder(embedder.name, index.sample())
            chatbot = Chatbot(index, encoder, Settings(threshold=threshold))
            for each in article.questions:
                answer = chatbot.ask(each.question)
                found.append(
                    Result(
                        article.number,
                        each.question,
                        each.kind,
                        each.answerable,
                        not answer.abstained,
                        not answer.abstained and each.is_answered_by(answer.text),
                        answer.confidence,
                        answer.method,
                        answer.text or answer.reason,
                    )
                )
    return found


def table(found: Sequence[Result]) -> str:
    """The figures of each kind, and of all together, as Markdown."""
    lines = [
        "| kind | questions | right | answered | of the answered right |",
        "|---|---|---|---|---|",
    ]
    kinds = sorted({(not each.answerable, each.kind) for each in found})
    for unanswerable, kind in kinds:
        lines.append(
            _row(kind, [e for e in found if (not e.answerable, e.kind) == (unanswerable, kind)])
        )
    lines.append(_row("**answerable**", [e for e in found if e.answerable]))
    lines.append(_row("**unanswerable**", [e for e in found if not e.answerable]))
    lines.append(_row("**all**", found))
    return "\n".join(lines)


def _row(name: str, found: Sequence[Result]) -> str:
    answered = [each for each in found if each.answered]
    right = sum(each.right for each in found)
    precise = f"{right / len(answered):.1%}" if answered else "–"
    share = f"{right / len(found):.1%}" if any(each.answerable for each in found) else "–"
    return f"| {name} | {len(found)} | {share} | {len(answered) / len(found):.1%} | {precise} |"


def main() -> int:
    """Ask what is kept out, print the figures."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.benchmarks.documents", description=__doc__
    )
    parser.add_argument("--threshold", type=float, default=Settings().threshold)
    parser.add_argument("--write", type=Path, help="a file for every answer, as JSON Lines")
    options = parser.parse_args()
    articles = [each for each in documents() if each.is_kept_out]
    parts = [articles[at::_PROCESSES] for at in range(_PROCESSES)]
    with ProcessPoolExecutor(_PROCESSES) as pool:
        found = [
            each
            for of_part in pool.map(results, parts, [options.threshold] * _PROCESSES)
            for each in of_part
        ]
    if options.write:
        lines = (json.dumps(asdict(each), ensure_ascii=False) for each in found)
        options.write.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
