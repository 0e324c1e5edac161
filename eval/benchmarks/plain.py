"""The textbook pipeline as a baseline: split, embed, retrieve, and the top chunk is the answer.

    python -m eval.benchmarks.plain [GOLD …] [--article FILE] [--threshold 0.0]

LangChain's recursive splitter (1,000 characters, 200 of overlap), Chroma and the embedding model that Footnote uses,
on the same gold questions, scored by the same code; Footnote's figures stand beside its own. Needs
langchain-text-splitters and langchain-chroma, which the development tools bring.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from langchain_core.embeddings import Embeddings

from eval.check import EDITION
from eval.run import Run, run
from eval.schema import FILES, load
from eval.score import spoken
from ingest.document import Document, Span
from ingest.embed import DEFAULT_MODEL
from ingest.encode import question_encoder
from ingest.errors import FootnoteError
from ingest.load import load as load_article
from rag.answer import Answer, Citation, Turn, literal
from rag.pipeline import Chatbot
from rag.settings import Settings

CHUNK, OVERLAP = 1000, 200
_GLOSSARY = EDITION.parent / "glossary.json"


class _SameModel(Embeddings):
    """Footnote's embedding model, as LangChain wants it."""

    def __init__(self) -> None:
        self._encoder = question_encoder(DEFAULT_MODEL)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [[float(x) for x in vector] for vector in self._encoder.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


class PlainPipeline:
    """Answers with the nearest chunk, and abstains where its cosine lies under `threshold`: 0, as in the textbook, never."""

    def __init__(self, document: Document, threshold: float = 0.0) -> None:
        os.environ["ANONYMIZED_TELEMETRY"] = "False"
        from langchain_chroma import Chroma
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        self.documents: Sequence[Document] = (document,)
        self._threshold = threshold
        splitter = RecursiveCharacterTextSplitter(
            chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True
        )
        self._store = Chroma.from_documents(
            splitter.create_documents([document.text]),
            _SameModel(),
            collection_name=f"plain-{document.id[:12]}",
            collection_configuration={"hnsw": {"space": "cosine"}},
        )

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:  # noqa: ARG002
        """The nearest chunk, whole. What was asked before is not looked at."""
        ((chunk, distance),) = self._store.similarity_search_with_score(question, k=1)
        cosine = 1 - distance
        if cosine < self._threshold:
            return Answer(
                question, "", (), True, "No chunk is near enough.", max(cosine, 0), "none"
            )
        (document,) = self.documents
        start = chunk.metadata["start_index"]
        span = Span(start, start + len(chunk.page_content))
        section = next(
            (each.path for each in document.sections if each.span.start <= start < each.span.end),
            (),
        )
        citation = Citation(1, document.id, document.name, document.quote(span), span, section)
        said = f"{literal(chunk.page_content)} [1]"
        return Answer(question, said, (citation,), False, "", min(1.0, max(0.0, cosine)), "prose")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of the plain pipeline and of Footnote, side by side."""
    parser = argparse.ArgumentParser(
        prog="python -m eval.benchmarks.plain", description=main.__doc__
    )
    parser.add_argument("golds", nargs="*", type=Path, help="gold questions; ours if left out")
    parser.add_argument("--article", type=Path, default=EDITION, help="the article; the edition")
    parser.add_argument(
        "--glossary", type=Path, default=_GLOSSARY, help="Footnote's; the edition's if left out"
    )
    parser.add_argument(
        "--threshold", type=float, default=0.0, help="cosine under which it abstains"
    )
    options = parser.parse_args(arguments)
    try:
        golds = load(options.golds or FILES)
        document = load_article(options.article)
        plain = run(PlainPipeline(document, options.threshold), golds)
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(_footnote(options.article, options.glossary, folder)) as ours,
        ):
            footnote = run(ours, golds)
    except FootnoteError as error:
        print(f"footnote: {error}", file=sys.stderr)
        return 2
    except ImportError as error:
        print(f"footnote: {error}; install the tools with: make test", file=sys.stderr)
        return 2
    print(f"{len(golds)} questions on {document.name}           plain   Footnote")
    for (name, one), other in zip(
        _figures(plain).items(), _figures(footnote).values(), strict=True
    ):
        print(f"{name:42}{one:>8}{other:>11}")
    return 0


def _footnote(article: Path, glossary: Path | None, folder: str) -> Chatbot:
    """Footnote on the same article."""
    from ingest.build import ingest
    from ingest.glossary import Glossary

    index = Path(folder) / "index"
    ingest([article], index, glossary=Glossary.load(glossary) if glossary else None)
    return Chatbot.open(index, settings=Settings())


def _figures(done: Run) -> dict[str, str]:
    measures = done.measures()
    words = [
        len(spoken(each.answer).split())
        for each in done.questions
        if each.answer and not each.answer.abstained
    ]
    return {
        "right, of all": f"{measures['accuracy'].value:.1%}",
        "right, of what was answered": f"{measures['precision'].value:.1%}",
        "answered, of the unanswerable": f"{measures['false_answer_rate'].value:.1%}",
        "token F1": f"{measures['token_f1'].value:.3f}",
        "list precision": f"{measures['list_precision'].value:.3f}",
        "gold evidence cited": f"{measures['evidence_recall'].value:.1%}",
        "calibration error": f"{measures['calibration_error'].value:.3f}",
        "words of an answer, median": f"{statistics.median(words) if words else 0:g}",
    }


if __name__ == "__main__":
    sys.exit(main())
