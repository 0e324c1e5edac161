"""The chatbot: its stages in reading order, from a question to a verified answer or an abstention."""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig

from ingest.build import Progress, ingest, silent
from ingest.document import Document
from ingest.embed import DEFAULT_MODEL, Embedder, model_folder
from ingest.encode import NumpyEncoder, UnfitModelError, question_encoder
from ingest.errors import EmbeddingModelError, IndexProblem, QuestionError
from ingest.glossary import Glossary
from ingest.index import Index
from ingest.library import Library
from ingest.load import load
from ingest.words import tokens
from rag import (
    choose,
    conversation,
    definitions,
    figures,
    prose,
    rank,
    references,
    suggest,
    summary,
    tables,
    terms,
)
from rag.answer import (
    Answer,
    Citation,
    Claim,
    Derivation,
    Draft,
    Evidence,
    LayeredEncoder,
    QueryEncoder,
    Turn,
    Usage,
    literal,
)
from rag.question import Asked
from rag.reread import Learned, Rereader
from rag.retrieve import HybridRetriever, Query
from rag.settings import LONGEST_QUESTION, Settings
from rag.stream import streamed
from rag.verify import MARKER, Verification, carried, verify

if TYPE_CHECKING:
    from rag.model import ChatModel, Rewritten

_LOG = logging.getLogger(__name__)
_EVIDENCE = 8
_UNRELATED = 0.02
"""Below this confidence the nearest passage has nothing to do with the question."""
_SILENT = "The article does not seem to say."
_WITHOUT = "The article does not seem to say: what it holds on this does not speak of {}."
_NEAREST = "The nearest that it holds:"
_WITHOUT_MODEL = "This answer was made without the chat model."
_MOST_WORDS = 3
_NEAR, _PLAINLY = 3, 0.2
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
        self._encoder = encoder
        self._layers = _layers(encoder)
        self._reread = _second_reading(self._layers)
        self._model = None if settings.model is None else self._connected(settings)

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
            chatbot = cls(index, embedder or question_encoder(model, index.sample()), settings)
        except BaseException:
            index.close()
            raise
        if path is None and embedder is None:
            chatbot.prepare()
        return chatbot

    @property
    def documents(self) -> tuple[Document, ...]:
        """The documents that can be asked about."""
        return self._index.documents

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        with_model: bool = True,
        hear: Callable[[str], None] | None = None,
        cancelled: Event | None = None,
    ) -> Answer:
        """Answer a question, or abstain with a reason.

        `history` holds the turns before, on which the question may lean; what it was understood as then
        stands in `Answer.understood`. `with_model`: False to leave the chat model out of this answer.
        `hear` is given its words as it writes them, before they are verified, and `cancelled` stops it.
        Raises `QuestionError` where there is no question, or one of more than 2,000 characters.
        """
        question = checked(question)
        meant = conversation.Understood(question)
        if history:
            meant = self._follow_ups.understand(question, history)
        told = self._rewritten(question, history, meant, cancelled) if with_model else None
        if told is not None and told.question is not None:
            meant = conversation.Understood(told.question)
        if meant.source:
            answer = conversation.source(self._alone(meant.source), self.documents)
        else:
            answer = self._alone(meant.question)
            if told is not None and told.fault:
                answer = replace(answer, notes=(told.fault, _WITHOUT_MODEL), usage=told.usage)
            elif with_model and self._model is not None:
                answer = self._spoken(answer, hear, cancelled)
                answer = replace(
                    answer, usage=_together(answer.usage, told.usage if told is not None else None)
                )
        understood = "" if meant.question == question else meant.question
        return replace(answer, question=question, understood=understood)

    def _rewritten(
        self,
        question: str,
        history: Sequence[Turn],
        meant: conversation.Understood,
        cancelled: Event | None,
    ) -> Rewritten | None:
        """A follow-up as the chat model puts it; None where there is none, or the question stands alone."""
        if self._model is None or not history or meant.source:
            return None
        from rag.model import may_lean

        if meant.question == question and not may_lean(question):
            return None
        return self._model.rewritten(question, history, meant.question, cancelled=cancelled)

    def _connected(self, settings: Settings) -> ChatModel:
        # LangChain's agents take a second to import, and only a model needs them.
        from rag.model import ChatModel

        limits = settings.max_seconds, settings.max_tokens, settings.max_tool_calls
        return ChatModel(
            str(settings.model),
            settings.model_url,
            limits,
            search=lambda query: self.retrieve(query) if query.strip(" ?!.") else [],
            compute=lambda question: _as_draft(self._alone(checked(question)), self.documents),
            select=self._selected,
            schema=self._selecting.schema,
            holds=self._holds,
        )

    @cached_property
    def _selecting(self) -> tables.Selecting:
        return tables.Selecting(self.documents)

    def _selected(self, query: str) -> tuple[dict[str, Any], Sequence[Claim]]:
        """What a SELECT of the chat model gives, or what is wrong with it, and the rows that it names."""
        try:
            found = self._selecting(query)
        except tables.SelectError as error:
            return {"error": str(error)}, ()
        result = {"columns": found.columns, "rows": found.rows, "more": found.more}
        return result, self._selecting.claims(found)

    def _holds(self, sentence: str, claims: Sequence[Claim], derivation: Derivation | None) -> str:
        citations = [cite(number, claim) for number, claim in enumerate(claims, 1)]
        return carried(sentence, citations, self.documents, derivation)

    def _spoken(
        self, answer: Answer, hear: Callable[[str], None] | None, cancelled: Event | None
    ) -> Answer:
        """What the chat model makes of an answer, where it holds; else the answer, with what went wrong."""
        assert self._model is not None  # noqa: S101
        found = self.retrieve(answer.question)
        without = _as_draft(answer, self.documents)
        spoken = self._model.answer(answer.question, without, found, hear=hear, cancelled=cancelled)
        if spoken.draft is not None:
            written = cited(answer.question, spoken.draft)
            if check(written, self.documents).holds:
                return replace(written, notes=spoken.notes, usage=spoken.usage)
        notes = (*spoken.notes, _WITHOUT_MODEL)
        return replace(answer, notes=notes, usage=spoken.usage)

    def _alone(self, question: str) -> Answer:
        """Answer a question that stands alone."""
        draft = self._certain(question)
        if draft is None:
            lacking = references.missing(question, self.documents)
            if lacking is not None:
                return self._offering(_without_entry(question, lacking, self.documents), ())
        asked, query = self.understand(question)
        evidence: Sequence[Evidence] = ()
        if draft is None:
            of_tables, of_prose, evidence = self.drafts(asked, query)
            draft = choose.likelier(asked, of_tables, of_prose, evidence)
        against = self._against(question, draft)
        if draft is None or against or draft.confidence < self._settings.threshold:
            silence = _abstention(asked, evidence, draft.confidence if draft else 0.0)
            return self._offering(self._corrected(silence, against), evidence)
        answer = cited(question, draft)
        checks = check(answer, self.documents)
        if not checks.holds:
            failed = next(check for check in checks.checks if not check.holds)
            _LOG.error("An answer failed verification: %s (%s)", failed.what, failed.detail)
            return self._offering(_abstention(asked, evidence, draft.confidence), evidence)
        return answer

    def drafts(
        self, asked: Asked, query: Query
    ) -> tuple[Draft | None, Draft | None, Sequence[Evidence]]:
        """What the tables and what the text answer, and what was found, the likeliest sentence first."""
        found = self._retriever.find(query, _EVIDENCE)
        evidence = rank.ranked(asked, found, self.rarity, self._reread)
        of_prose = prose.answer(asked, evidence)
        return self._of_tables(asked, found, evidence, of_prose), of_prose, evidence

    def understand(self, question: str) -> tuple[Asked, Query]:
        """A question with its misspelt words mended and its names found, and what is searched for it."""
        query = self._retriever.query(question)
        return Asked(question, query.text, query.names), query

    def _of_tables(
        self,
        asked: Asked,
        found: Sequence[Evidence],
        ranked: Sequence[Evidence],
        of_prose: Draft | None,
    ) -> Draft | None:
        """What the tables answer, where a row is near and the text does not plainly answer.

        `ranked` is what was found, the likeliest sentence first. To try all programs costs several times
        what an answer from the text does.
        """
        near = (*found[:_NEAR], *ranked[:_NEAR])
        is_row = any(each.passage.table is not None for each in near)
        plainly = (
            of_prose is not None and of_prose.confidence >= _PLAINLY and not choose.is_row(of_prose)
        )
        if plainly or asked.type == "why" or not is_row:
            return None
        return self._tables.answer(asked.question, tables.sentences_of(ranked))

    def _certain(self, question: str) -> Draft | None:
        """The answer to a question of a kind that one part of the article alone answers."""
        return (
            summary.answer(question, self.documents)
            or references.answer(question, self.documents)
            or terms.answer(question, self.documents, self._index.names())
            or definitions.answer(question, self.documents, self._index.names())
            or figures.answer(question, self.documents)
            or (self._tables.about(question) if "table" in question.lower() else None)
        )

    def _against(self, question: str, draft: Draft | None) -> Claim | None:
        """What a table has against a question that nothing, or only a row in words, answers."""
        of_row = draft is not None and draft.method == "prose" and choose.is_row(draft)
        unsure = draft is None or draft.confidence < self._settings.threshold
        return self._tables.denial(question) if of_row or unsure else None

    def _corrected(self, silence: Answer, against: Claim | None) -> Answer:
        """An abstention that says what a table has against the question, where it has something."""
        if against is None:
            return silence
        reason = f"{_SILENT} {against.text} [1]"
        return replace(silence, reason=reason, citations=(cite(1, against),))

    def prepare(self) -> None:
        """Find out which questions the index answers, and keep them with it, where that was not done yet."""
        if not self._suggestions:
            found = suggest.verified(self.ask, self.documents)
            self._index.keep_suggestions(suggest.dump(found))
            self.__dict__.pop("_suggestions", None)

    def offer(
        self, question: str = "", k: int = 3, *, leaving_out: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Questions that the index is known to answer, of several kinds, those nearest to another first.

        Without a question, good first ones. Those left out, and the question itself, are not offered. ()
        until `prepare` has found out.
        """
        if not self._suggestions:
            return ()
        near = self.retrieve(question, _EVIDENCE) if question else ()
        known = [each for each in self._suggestions if each.question not in leaving_out]
        return suggest.near(question, near, known, k)

    @cached_property
    def _follow_ups(self) -> conversation.FollowUps:
        return conversation.FollowUps(self.documents, self._index.names(), self._alone)

    @cached_property
    def _tables(self) -> tables.Asker:
        """Made when first needed: to type the cells of large tables takes a second or two."""
        reread = _second_reading(self._layers, "tables")
        return tables.Asker(self._encoder, self._index.documents, self._index.names(), reread)

    @cached_property
    def _suggestions(self) -> tuple[suggest.Suggestion, ...]:
        return suggest.load(self._index.suggestions, self.documents)

    def _offering(self, answer: Answer, evidence: Sequence[Evidence]) -> Answer:
        """An abstention with the questions that the index is known to answer, the nearest first."""
        near = evidence if answer.confidence >= _UNRELATED else ()
        return replace(answer, suggestions=suggest.near(answer.question, near, self._suggestions))

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

        Takes `history` and `with_model` like `ask`.
        """
        if self._model is not None and kwargs.get("with_model", True):
            yield from streamed(lambda **more: self.invoke(input, config, **kwargs, **more))
            return
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


def _layers(encoder: QueryEncoder) -> LayeredEncoder | None:
    """The embedding model layer by layer, for reading again; None, with a warning, where it cannot be had."""
    try:
        if isinstance(encoder, NumpyEncoder) and encoder.folder == model_folder():
            return encoder
        return NumpyEncoder(model_folder())
    except (UnfitModelError, EmbeddingModelError, ValueError, KeyError, OSError) as error:
        _LOG.warning("nothing is read a second time, so more is withheld (%s)", error)
        return None


def _second_reading(
    layers: LayeredEncoder | None, learned: Learned = "sentences"
) -> Rereader | None:
    """What reads again; None, with a warning, where what was learned for it does not fit."""
    if layers is None:
        return None
    try:
        return Rereader(layers, learned)
    except (ValueError, KeyError, OSError) as error:
        _LOG.warning("%s are not read a second time, so more is withheld (%s)", learned, error)
        return None


def _together(usage: Usage | None, more: Usage | None) -> Usage | None:
    """What two requests for one answer took."""
    if usage is None or more is None:
        return usage or more
    return Usage(
        usage.model,
        usage.input_tokens + more.input_tokens,
        usage.output_tokens + more.output_tokens,
        usage.tool_calls + more.tool_calls,
        round(usage.seconds + more.seconds, 3),
    )


def check(answer: Answer, documents: Sequence[Document]) -> Verification:
    """Hold an answer against the documents, its table program run again. Never raises."""
    return verify(answer, documents, tables.replay)


def cited(question: str, draft: Draft) -> Answer:
    """A draft with its claims numbered; claims on the same span share a citation."""
    numbers: dict[tuple[str, int, int], int] = {}
    citations, sentences = [], []
    for claim in draft.claims:
        key = (claim.document.id, claim.span.start, claim.span.end)
        if key not in numbers:
            numbers[key] = len(numbers) + 1
            citations.append(cite(numbers[key], claim))
        sentences.append(f"{claim.text} [{numbers[key]}]".strip())
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


def cite(number: int, claim: Claim) -> Citation:
    """The citation of a claim's place, with its number in the answer."""
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


def _as_draft(answer: Answer, documents: Sequence[Document]) -> Draft | None:
    """An answer as a draft again, its words in the first claim; None for an abstention."""
    if answer.abstained:
        return None
    texts = {document.id: document for document in documents}
    claims: list[Claim] = []
    for citation in answer.citations:
        document = texts[citation.document_id]
        section = next(n for n, s in enumerate(document.sections) if s.path == citation.section)
        text = "" if claims else MARKER.sub("", answer.text)
        claims.append(Claim(text, document, citation.span, section, citation.cells))
    return Draft(tuple(claims), answer.confidence, answer.method, answer.derivation)


def _without_entry(question: str, reason: str, documents: Sequence[Document]) -> Answer:
    """An abstention that says which entry the bibliography lacks, and cites its last one."""
    document = next((each for each in documents if each.references), None)
    if document is None:
        return Answer(question, "", (), True, reason, 0.0, "none")
    last = document.references[-1]
    citation = cite(1, Claim("", document, last.span, last.section))
    return Answer(question, "", (citation,), True, f"{reason} [1]", 0.0, "none")


def _abstention(asked: Asked, evidence: Sequence[Evidence], confidence: float) -> Answer:
    """An honest silence: what was looked for in vain, and the nearest thing that the article holds."""
    question = asked.question
    reason = _SILENT
    citations: tuple[Citation, ...] = ()
    unsaid = rank.unsaid(asked, evidence)
    if unsaid and len(unsaid) < asked.items:
        reason = _WITHOUT.format(_quoted(asked, unsaid))
    if evidence and confidence >= _UNRELATED:
        nearest = prose.claim(evidence[0])
        citations = (cite(1, nearest),)
        reason = f"{reason} {_NEAREST} {nearest.text} [1]"
    return Answer(
        question=question,
        text="",
        citations=citations,
        abstained=True,
        reason=reason,
        confidence=confidence,
        method="none",
    )


def _quoted(asked: Asked, words: Sequence[str]) -> str:
    """Words as the question has them, for people: “salary”, “wage” or “pay”."""
    typed = {
        token.text: asked.question[token.start : token.end] for token in tokens(asked.question)
    }
    shown = [f"“{literal(typed.get(word, word))}”" for word in words[:_MOST_WORDS]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
