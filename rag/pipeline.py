"""The chatbot: its stages in reading order, from a question to a verified answer or an abstention."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig

from ingest.build import Progress, ingest, silent
from ingest.document import Document
from ingest.embed import DEFAULT_MODEL, Embedder
from ingest.encode import question_encoder
from ingest.errors import IndexProblem, QuestionError
from ingest.glossary import Glossary
from ingest.index import Index
from ingest.library import Library
from ingest.load import load
from rag import prose, rank, references, summary
from rag.answer import Answer, Citation, Claim, Draft, Evidence, QueryEncoder, Turn
from rag.retrieve import HybridRetriever
from rag.settings import LONGEST_QUESTION, Settings
from rag.verify import verify

_LOG = logging.getLogger(__name__)
_EVIDENCE = 8
_UNRELATED = 0.02
"""Below this confidence the nearest passage has nothing to do with the question."""
_SILENT = "The article does not seem to say."
_UNSURE = "Nothing in the article answers this clearly enough. The nearest that it holds:"
_LONGEST_WAIT = 600.0
_EDITION = "ingest.article"


class Chatbot(Runnable[str, Any]):
    """Answers questions about the documents of one index, each answer with its citations.

    A LangChain `Runnable`: `invoke`, `batch`, `stream` and their asynchronous forms take a question.
    Safe to use from several threads.
    """

    def __init__(self, index: Index, encoder: QueryEncoder, settings: Settings) -> None:
        self._index = index
        self._settings = settings
        self._retriever = HybridRetriever(index, encoder)

    @classmethod
    def open(
        cls,
        path: Path | str | None = None,
        *,
        settings: Settings | None = None,
        embedder: Embedder | None = None,
        progress: Progress = silent,
    ) -> Chatbot:
        """Open the index in a directory; None is the shipped edition, whose index is built on first use.

        `settings` default to those of the environment. `embedder`: None for an encoder that is quick to
        load, else one that is at hand, which can be shared between chatbots. `progress` is told how far
        a first use is. Raises `IndexMissing`, `IndexDamaged` or `IndexMismatch`, each naming the command
        that mends, `EmbeddingModelError` and `SettingError`.
        """
        settings = settings or Settings.from_env()
        model = embedder.name if embedder else settings.embedding_model or DEFAULT_MODEL
        if path is None:
            index = _open_edition(model, embedder, progress)
        else:
            index = Index.open(path, model=model)
        try:
            return cls(index, embedder or question_encoder(model, index.sample()), settings)
        except BaseException:
            index.close()
            raise

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that can be asked about."""
        return self._index.documents

    def ask(self, question: str, *, history: Sequence[Turn] = ()) -> Answer:  # noqa: ARG002
        """Answer a question, or abstain with a reason.

        `history` holds the turns before; a question is understood by itself for now. Raises
        `QuestionError` where there is no question, or one of more than 2,000 characters.
        """
        question = checked(question)
        evidence: Sequence[Evidence] = ()
        draft = summary.answer(question, self.documents) or references.answer(
            question, self.documents
        )
        if draft is None:
            lacking = references.missing(question, self.documents)
            if lacking is not None:
                return _without_entry(question, lacking, self.documents)
            found = self._retriever(question, _EVIDENCE)
            evidence = rank.ranked(question, found, self.rarity)
            draft = prose.answer(evidence)
        if draft is None or draft.confidence < self._settings.threshold:
            return _abstention(question, evidence, draft.confidence if draft else 0.0)
        answer = cited(question, draft)
        checks = verify(answer, self.documents)
        if not checks.holds:
            failed = next(check for check in checks.checks if not check.holds)
            _LOG.error("An answer failed verification: %s (%s)", failed.what, failed.detail)
            return _abstention(question, evidence, draft.confidence)
        return answer

    def rarity(self, stem: str) -> float:
        """The weight of a word's stem: the rarer in the passages, the higher."""
        return self._retriever.rarity(stem)

    def retrieve(self, question: str, k: int = _EVIDENCE) -> list[Evidence]:
        """The k passages that bear most on a question, best first. Raises `QuestionError`."""
        return self._retriever(checked(question), k)

    def invoke(self, input: str, config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """LangChain's name for `ask`, traced as LangChain is configured."""
        answer: Answer = self._call_with_config(self._asked, input, config, **kwargs)
        return answer

    def _asked(self, question: str, **kwargs: Any) -> Answer:
        return self.ask(question, **kwargs)

    def stream(
        self,
        input: str,
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[Answer | str]:
        """The answer's text as it comes, piece by piece; the last item is the verified `Answer`.

        Takes `history` like `ask`.
        """
        answer = self.invoke(input, config, **kwargs)
        text = answer.reason if answer.abstained else answer.text
        yield from text.splitlines(keepends=True)
        yield answer

    def close(self) -> None:
        """Let the index go."""
        self._index.close()


def checked(question: str) -> str:
    """The question without white space around it and without control characters.

    Raises `QuestionError` where nothing is left of it, or where it is too long.
    """
    if len(question) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(question):,} characters; ask one of at most {LONGEST_QUESTION:,}"
        )
    kept = "".join(
        character if unicodedata.category(character)[0] != "C" else " " for character in question
    )
    asked = " ".join(kept.split())
    if not any(character.isalnum() for character in asked):
        raise QuestionError("the question is empty; ask something, such as: What is this about?")
    return asked


def _open_edition(model: str, embedder: Embedder | None, progress: Progress) -> Index:
    """The index of the shipped edition, made or made again where it is not that of the edition."""
    place = Library().edition
    folder = files(_EDITION)
    source = Path(str(folder / "edition.md"))
    glossary = Glossary.load(Path(str(folder / "glossary.json")))
    try:
        index = Index.open(place, model=model)
    except IndexProblem:
        pass
    else:
        held = [(entry.document.id, entry.glossary) for entry in index.entries]
        if held == [(load(source).id, glossary)]:
            return index
        index.close()
    ingest(
        [source],
        place,
        embedder=embedder or Embedder(model),
        glossary=glossary,
        alone=True,  # an older edition, from another place, may be in it
        progress=progress,
        wait=_LONGEST_WAIT,
    )
    return Index.open(place, model=model)


def cited(question: str, draft: Draft) -> Answer:
    """A draft with its claims numbered; claims on the same span share a citation."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations, sentences = [], []
    for claim in draft.claims:
        key = (claim.document.id, claim.span.start, claim.span.end)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            citations.append(_citation(numbers[key], claim))
        sentences.append(f"{claim.text} [{numbers[key]}]")
    return Answer(
        question=question,
        text=" ".join(sentences),
        citations=tuple(citations),
        abstained=False,
        reason="",
        confidence=draft.confidence,
        method=draft.method,
        derivation=draft.derivation,
    )


def _citation(number: int, claim: Claim) -> Citation:
    document = claim.document
    return Citation(
        number=number,
        document_id=document.id,
        document_name=document.name,
        quote=document.quote(claim.span),
        span=claim.span,
        section=document.sections[claim.section].path,
        cells=claim.cells,
    )


def _without_entry(question: str, reason: str, documents: Sequence[Document]) -> Answer:
    """An abstention that says which entry the bibliography lacks, and cites its last one."""
    document = next((each for each in documents if each.references), None)
    if document is None:
        return Answer(question, "", (), True, reason, 0.0, "none")
    last = document.references[-1]
    citation = _citation(1, Claim("", document, last.span, last.section))
    return Answer(question, "", (citation,), True, f"{reason} [1]", 0.0, "none")


def _abstention(question: str, evidence: Sequence[Evidence], confidence: float) -> Answer:
    """An honest silence, with the nearest thing that the article holds."""
    reason = _SILENT
    citations: tuple[Citation, ...] = ()
    if evidence and confidence >= _UNRELATED:
        nearest = prose.claim(evidence[0])
        citations = (_citation(1, nearest),)
        reason = f"{_UNSURE} {nearest.text} [1]"
    return Answer(
        question=question,
        text="",
        citations=citations,
        abstained=True,
        reason=reason,
        confidence=confidence,
        method="none",
    )
