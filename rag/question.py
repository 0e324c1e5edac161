"""What a question asks for: its type, the words that carry it, and the signs of an answer of its type.

Vocabulary that the stages share, like `rag.answer`; it knows no passages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ingest.thesaurus import content_words
from ingest.words import stem

QuestionType = Literal[
    "who", "when", "where", "why", "how many", "how", "which", "define", "yes/no", "what", "other"
]

_POLITE = re.compile(
    r"^\W*(?:(?:hi|hello|hey|please|pls|plz|thanks|thank\s+you|so|and|ok(?:ay)?|well|now|quick\s+question)\b[\s,:;!.–—-]*"
    r"|(?:can|could|would|will)\s+(?:you|u)\b[\s,]*"
    r"|(?:please\s+|pls\s+)?(?:tell|remind)\s+(?:me|us)\b[\s,:]*(?=wh|how|if|is\b|are\b|was\b|does\b|do\b|did\b)"
    r"|do\s+you\s+(?:happen\s+to\s+)?know\b[\s,:]*"
    r"|(?:i|we)(?:['’]d|\s+would)?\s+(?:like|love|want|need|wish)\s+to\s+(?:know|find\s+out|ask|understand)\b[\s,:]*"
    r"|(?:i|we)\s+(?:wonder|was\s+wondering|am\s+wondering|need)\b[\s,:]*"
    r"|(?:according\s+to|in)\s+(?:the|this)\s+(?:article|text|paper|author|piece)\b[\s,:]*)",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"^[^:?]{3,60}:\s+(?=\S+\s+\S+)")
_AUXILIARY = (
    r"(?:is|are|was|were|does|do|did|has|have|had|can|could|will|would|should|may|might|must)"
)
_TYPES: dict[QuestionType, str] = {
    "yes/no": rf"^\W*(?:{_AUXILIARY}|{_AUXILIARY}n['’]?t)\b|^\W*(?:if|whether)\b",
    "why": r"\b(?:why|what\s+(?:is|was|are|were)\s+the\s+(?:reason|cause|purpose)|how\s+come"
    r"|(?:for\s+)?(?:what|which)\s+(?:reason|purpose|cause)|what\s+(?:made|makes|caused|causes|led|drove|drives|prompted"
    r"|gave\s+rise)|what\s+for|(?:reasons?|causes?)\s+(?:for|of|behind))\b",
    "when": r"\b(?:when|since\s+when|how\s+recently"
    r"|(?:what|which)\s+(?:\w+\s+)?(?:year|date|day|month|century|decade|time|era|period)s?)\b",
    "how many": r"\b(?:how\s+(?:many|much|old|long|far|tall|high|large|big|deep|wide|heavy|fast|often|frequently)"
    r"|(?:what|which)\s+(?:\w+\s+){0,3}(?:number|percentage|percent|share|population|amount|cost|price)"
    r"|number\s+of)\b",
    "where": r"\b(?:where|(?:what|which)\s+(?:\w+\s+)?(?:place|country|city|capital|state|town|location|region"
    r"|continent|county|province|island)s?)\b",
    "who": r"\b(?:who|whom|whose|(?:what|which)\s+(?:\w+\s+)?(?:person|man|woman|actor|actress|author|politician"
    r"|president|king|queen|singer|player|leader|writer|director|expert|scholar|official|minister)s?)\b",
    "define": r"^\W*(?:what|who)(?:\s+(?:exactly\s+)?(?:is|are|was|were)|['’]s)\s+(?:an?\s+|the\s+)?[\w'&-]+"
    r"(?:\s+[\w'&-]+){0,4}\W*$|\b(?:stands?\s+for|mean(?:s|ing)?|define|definition|full\s+name|full\s+form"
    r"|abbreviation|acronym|spell(?:ed|t)?\s+out|expla(?:in|nation))\b",
    "which": r"\bwhich\b|^\W*(?:list|name|give|enumerate)\b",
    "how": r"\b(?:how|by\s+(?:what|which)\s+means|in\s+what\s+way)\b",
    "what": r"\bwhat\b",
}
"""How each type is told; the first that fits counts."""

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
SIGNS: dict[str, re.Pattern[str]] = {
    "year": re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})s?\b"),
    "date": re.compile(
        rf"\b{_MONTH}\.?\s+\d{{1,4}}\b|\b\d{{1,2}}\s+{_MONTH}\b|\bcentury\b|\b\d{{1,4}}\s*(?:BC|AD|BCE|CE)\b",
        re.IGNORECASE,
    ),
    "number": re.compile(
        r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|"
        r"million|billion|half|twice|once|third|quarter|several|annual|yearly|daily)\b",
        re.IGNORECASE,
    ),
    "person": re.compile(r"\b[A-Z][\w'’.-]*(?:\s+(?:[A-Z]\.|de|von|van|bin|al|of|the))*\s+[A-Z][\w'’-]+"),
    "name": re.compile(r"(?<=[a-z,;:] )[A-Z][\w'’-]+"),
    "place": re.compile(
        r"\b(?:in|at|near|from|to|of|on|outside|inside|between|around)\s+(?:the\s+)?(?:\w+\s+)?[A-Z][\w'’-]+"
        r"|\b(?:north|south|east|west)(?:ern)?\b|\b(?:located|situated|headquarter\w*|based|seat)\b",
    ),
    "reason": re.compile(
        r"\b(?:because|since|due\s+to|owing\s+to|as\s+a\s+(?:result|consequence)|in\s+(?:order|response|"
        r"consequence)\s+to|so\s+that|therefore|thus|hence|caus\w+|reason\w*|result\w*|led\s+to|lead\w*\s+to|"
        r"purpose|aim\w*|for\s+the\s+sake|to\s+\w+)\b",
        re.IGNORECASE,
    ),
    "means": re.compile(r"\b(?:by\s+\w+ing|through|using|via|with\s+the|by\s+means|method|process)\b", re.IGNORECASE),
    "definition": re.compile(
        r"\b(?:is|are|was|were|refers?\s+to|means?|known\s+as|called|defined\s+as|stands\s+for)\b|\s[-–—]\s|\(",
        re.IGNORECASE,
    ),
    "list": re.compile(r"(?:[^,;]+[,;]){2,}.*\b(?:and|or)\b"),
    "quantity": re.compile(r"\d[\d,.]*\s*(?:%|percent|million|billion|thousand|km|m\b|kg|miles|feet|years|people|members)", re.IGNORECASE),
}  # fmt: skip
_TIME = re.compile(
    rf"\b(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|noon|midnight|dawn|dusk|mornings?|evenings?"
    r"|nights?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|spring|summer|autumn|fall|winter|ago|after"
    r"|before|until|during|when|while|once|since|now|today|future|always|never)\b",
    re.IGNORECASE,
)


_NO_NOUN = r"(?!(?:is|was|does|did|do|has|had|can|will|this|its)\b)"
_SEVERAL = re.compile(
    r"^\W*(?:list|enumerate)\b|\b(?:what|which|who)\s+are\b|\b(?:name|give|list)\s+(?:me\s+)?(?:all|every|the)\b"
    rf"|\b(?:which|what|name)\s+(?:{_NO_NOUN}[\w-]+\s+){{0,3}}?{_NO_NOUN}[a-z]{{2,}}(?<!s)(?<!ic)(?<!u)(?<!i)s\b"
    r"|\b(?:steps|stages|phases|examples|members|everyone|everything)\b",
    re.IGNORECASE,
)
_FRAME = frozenset(
    """
    many much often long far name list give please pls thx thanks tell article author according text
    say says said mention mentions mentioned kind sort type exactly currently year date month explain
    describe true full mean means meaning stand stands quick question wonder know like want need
    """.split()
)
"""Words that say how a question is put or what kind of thing is asked for, not what it is about."""


@dataclass(frozen=True)
class Asked:
    """A question as it is understood: misspelt words mended, names in their standard form.

    `names` holds for every name the stems of each of its forms.
    """

    question: str
    text: str
    names: tuple[tuple[tuple[str, ...], ...], ...] = ()

    @cached_property
    def type(self) -> QuestionType:
        return question_type(self.question)

    @cached_property
    def wants_several(self) -> bool:
        """Whether a list is asked for."""
        return bool(_SEVERAL.search(bare(self.question)))

    @property
    def items(self) -> int:
        """How many words and names say what is asked about."""
        return len(self.words) + len(self.names)

    def all_named_in(self, said: Set[str]) -> bool:
        """Whether the stems of a text say every name of the question."""
        return all(says(forms, said) for forms in self.names if any(forms))

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words that say what is asked about, names left out."""
        of_names = {stem for forms in self.names for form in forms for stem in form}
        words = [word for word in content_words(self.text) if stem(word) not in of_names]
        kept = [word for word in words if word not in _FRAME]
        return tuple(kept if kept or self.names else words)


def says(forms: Sequence[Sequence[str]], said: Set[str]) -> bool:
    """Whether the stems of a text have all the words of one of the forms of a name."""
    return any(form and said >= set(form) for form in forms)


def bare(question: str) -> str:
    """A question without greetings, requests and asides around it."""
    aside = _ASIDE.match(question)
    rest = question[aside.end() :] if aside else question
    while match := _POLITE.match(rest):
        if match.end() == len(rest):
            break
        rest = rest[match.end() :]
    return rest


def question_type(question: str) -> QuestionType:
    """What a question asks for."""
    rest = bare(question)
    for kind, pattern in _TYPES.items():
        if re.search(pattern, rest, re.IGNORECASE):
            return kind
    return "other"


YEAR = re.compile(r"\b(?:1[0-9]{3}|20[0-9]{2})\b")
LEANS = re.compile(
    r"^\W*(?:it|its|they|their|he|his|she|her|this|these|those|that|there|such|here|the\s+(?:latter|former|same))\b",
    re.IGNORECASE,
)
"""A sentence that opens so leans on the one before it."""
_OF_MONTH = re.compile(r"\b(?:what|which)\s+(?:\w+\s+)?(?:month|day|date)\b", re.IGNORECASE)
_A_MONTH = re.compile(
    rf"\b{_MONTH}\b|\b\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{1,4}}\b|\b(?:\w+day|\d+(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)
_DURATION = re.compile(r"\bhow\s+(?:often|frequently|long|old|recently)\b", re.IGNORECASE)


def holds_what_is_asked(question: str, text: str) -> bool:
    """Whether a sentence can answer at all: "when" wants a time, "which month" or "which day" a month, and
    "how many" a number that is no year.
    """
    kind = question_type(question)
    if kind == "when" and _OF_MONTH.search(question):
        return bool(_A_MONTH.search(text))
    if kind == "when" or _DURATION.search(question):
        return bool(_TIME.search(text)) or any(
            SIGNS[sign].search(text) for sign in ("year", "date", "number")
        )
    if kind == "how many":
        return bool(SIGNS["number"].search(SIGNS["year"].sub("", text)))
    return True
