"""One question made of another: the same said of another aspect, of a part, of the rest.

Pure functions over the words of questions; each returns None where it does not apply.
"""

from __future__ import annotations

import re

from rag.question import bare

_BE = r"(?:is|are|was|were)"
AUXILIARY = rf"(?:{_BE}|does|do|did|has|have|had|can|could|will|would|should|may|might|must)"
_PREPOSITION = r"(?:since|by|with|for|to|from|in|on|at|until|under|of|about|during|through|against)"
_WH = r"(?:why|when|where|whom|whose|who|what|which|how)"
_WH_FIRST = re.compile(
    rf"^(?P<wh>(?:{_PREPOSITION}\s+)?{_WH}\b(?:(?!\s+{AUXILIARY}\b)\s+[\w’'-]+){{0,4}}?)"
    rf"\s+(?P<aux>{AUXILIARY})\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_YES_NO = re.compile(rf"^(?P<aux>{AUXILIARY})\s+(?P<rest>.+)$", re.IGNORECASE)
_SUBJECT = re.compile(
    rf"^(?P<head>who|what|(?:which|what|how\s+many)\s+(?:of\s+the\s+)?(?P<noun>(?:(?!{AUXILIARY}\b)[\w’'-]+\s+){{0,3}}?"
    rf"(?!{AUXILIARY}\b)[\w’'-]+))\s+(?P<verb>{AUXILIARY}|[\w’'-]+ed|[\w’'-]+)\s+(?P<rest>.+)$",
    re.IGNORECASE,
)
_IS_LIST = re.compile(
    r"^(?:which(?!\s+(?:is|was)\b)|what\s+are|what(?!\s+(?:about|is|was|does|do|did|has|if|else)\b)|how\s+many|who(?!\s+(?:is|was)\b))\b|^(?:list|name|give(?:\s+me)?|show(?:\s+me)?)\s+(?:all\s+)?(?:the\s+)?\w+",
    re.IGNORECASE,
)
_WHAT_ARE = re.compile(
    r"^(?:what|which|who)\s+are\s+(?:all\s+)?(?:the\s+)?(?P<noun>.+)$", re.IGNORECASE
)
_ORDER = re.compile(
    r"^(?:list|name|give(?:\s+me)?|show(?:\s+me)?|enumerate)\s+(?:all\s+)?(?:of\s+)?(?:the\s+)?(?P<noun>.+)$",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"^how\s+many\s+(?P<rest>.+)$", re.IGNORECASE)
_WHICH = re.compile(r"^(?:which|what)\s+(?P<rest>(?!is\b|are\b|was\b|were\b).+)$", re.IGNORECASE)
_LONGEST_VALUE = 4


def plain(question: str) -> str:
    """A question without politeness around it and without its question mark."""
    return bare(question).strip().rstrip("?!. ").strip()


def asked(text: str) -> str:
    """A question as it is written: a capital first, a question mark last."""
    text = " ".join(text.split()).rstrip("?!., ")
    order = re.match(
        r"(?:list|name|give|show|tell|explain|describe|compare)\b", text, re.IGNORECASE
    )
    return f"{text[:1].upper()}{text[1:]}{'.' if order else '?'}"


def aspect(question: str, wh: str, items: tuple[str, ...]) -> str | None:
    """The same asked with another question word: ("When was it closed?", "why") → "Why was it closed?".

    `items` is what the question was answered with, which takes the place of a "who" that is the subject.
    """
    text = plain(question)
    if re.fullmatch(r"why\s+not", wh, re.IGNORECASE):
        found_why = aspect(question, "why", items)
        return found_why and re.sub(r"\b(?!not\b)(\w+ed)\b", r"not \1", found_why, count=1)
    answer = items[0] if len(items) == 1 and len(items[0].split()) <= _LONGEST_VALUE else ""
    if found := _YES_NO.match(text):
        return asked(f"{wh} {found['aux'].lower()} {found['rest']}")
    inverted = _WH_FIRST.match(text)
    subject = _SUBJECT.match(text)
    if subject and (inverted is None or _is_subject(text, inverted)):
        return _of_subject(subject, wh, answer, items)
    if inverted is None:
        return None
    rest = inverted["rest"]
    noun = re.match(
        r"(?:how\s+many|how\s+much|which|what)\s+([\w-]+(?:\s+[\w-]+)*)$",
        inverted["wh"],
        re.IGNORECASE,
    )
    if noun and inverted["aux"].lower() in ("do", "does", "did"):
        is_number = answer[:1].isdigit()
        return asked(
            f"{wh} {inverted['aux'].lower()} {rest} {noun[1] if is_number or not answer else answer}"
        )
    of_value = re.fullmatch(_BE, inverted["aux"], re.IGNORECASE) and re.match(
        rf"(?:{_PREPOSITION}\s+)?(?:what|which|how)\b", inverted["wh"], re.IGNORECASE
    )
    if of_value and answer and wh.lower().startswith(("why", "since")) and not _ends_in_verb(rest):
        rest = f"{rest} {answer}"
    return asked(f"{wh} {inverted['aux'].lower()} {rest}")


def _is_subject(text: str, inverted: re.Match[str]) -> bool:
    """Whether the question word is what does it: "Who was in Rome?", not "When was it in Rome?"."""
    first = text.split(maxsplit=1)[0].lower()
    if first not in ("who", "which", "what", "how") or inverted["aux"].lower() in (
        "do",
        "does",
        "did",
    ):
        return False
    if first == "how" and not text.lower().startswith("how many"):
        return False
    follows = inverted["rest"].split()[0].lower()
    verb = re.fullmatch(
        rf"{_PREPOSITION}|not|no|a|an|more|less|been|\w+ed|\w+ing|built|made|held|led|sold|won|lost|left|sent",
        follows,
    )
    return bool(verb)


def _of_subject(found: re.Match[str], wh: str, answer: str, items: tuple[str, ...]) -> str | None:
    verb, rest = found["verb"], found["rest"]
    who = answer or (_several(items) if items else f"the {found['noun']}" if found["noun"] else "")
    if not who and verb.lower().endswith("ed"):
        return asked(f"{wh} was {rest} {verb}")
    if not who:
        return None
    several = len(items) > 1 or (not items and who.endswith("s"))
    if re.fullmatch(AUXILIARY, verb, re.IGNORECASE):
        return asked(f"{wh} {verb.lower()} {who} {rest}")
    if verb.lower().endswith("ed"):
        return asked(f"{wh} {'have' if several else 'has'} {who} {verb} {rest}")
    return asked(f"{wh} is it that {who} {verb} {rest}")


def _several(items: tuple[str, ...]) -> str:
    return f"{', '.join(items[:-1])} and {items[-1]}" if len(items) > 1 else "".join(items)


def _ends_in_verb(rest: str) -> bool:
    return bool(
        re.search(r"(?:\w{2,}ed|built|made|held|led|sold|won|lost|left|sent|put|set)$", rest)
    )


def is_list(question: str) -> bool:
    """Whether it asks for several things, or how many there are."""
    return bool(_IS_LIST.match(plain(question)))


def which(question: str) -> str | None:
    """What asks for the things themselves: "How many ships sail?" → "Which ships sail?"."""
    text = plain(question)
    if found := _HOW_MANY.match(text):
        rest = re.sub(r"\s+are\s+there\b", " are", found["rest"], count=1)
        rest = re.sub(r"\bare$", "are there", rest)
        return asked(f"Which {rest}")
    return asked(text) if _IS_LIST.match(text) else None


def how_many(question: str) -> str | None:
    """What asks how many there are: "Which ships sail?" → "How many ships sail?"."""
    text = plain(question)
    if _HOW_MANY.match(text):
        return asked(text)
    if found := _WHAT_ARE.match(text) or _ORDER.match(text):
        return asked(f"How many {found['noun']} are there")
    if found := _WHICH.match(text):
        return asked(f"How many {found['rest']}")
    return asked(f"How many people {text[4:]}") if text.lower().startswith("who ") else None


def narrowed(question: str, condition: str, head: str = "which") -> str | None:
    """The same with one more condition: ("Which ships sail?", "are old") → "Which ships sail and are old?"."""
    text = plain(question)
    if found := _WHAT_ARE.match(text):
        text = f"Which {found['noun']}"
        joint = " "
    elif found := _ORDER.match(text):
        text, joint = f"Which {found['noun']}", " and "
        if not re.search(r"\b(?:that|which|who|with|whose)\b", text):
            joint = " "
    else:
        joint = " and "
    of = which(text)
    if of is None:
        return None
    of = plain(of)
    joined = f"{of.removesuffix(' are there')}{joint if not of.endswith(' are there') else ' '}{condition}"
    return how_many(joined) if head.lower() == "how many" else asked(joined)


def what_are(question: str) -> str | None:
    """What is asked for: "Who are the club's members?" → "the club's members"."""
    found = _WHAT_ARE.match(plain(question))
    return found["noun"] if found else None


def others(question: str) -> str | None:
    """The things that the question leaves out: its last condition denied."""
    text = which(question)
    if text is None:
        return None
    text = plain(text)
    head, joint, last = text.rpartition(" and ")
    if joint and re.match(rf"(?:{AUXILIARY}|[\w-]+ed)\b", last) and _SUBJECT.match(head):
        return asked(f"{head} and {denied(last)}")
    found = _SUBJECT.match(text)
    if found is None or found["noun"] is None:
        return None
    condition = f"{found['verb']} {found['rest']}"
    return asked(f"{found['head']} {denied(condition)}")


_OPPOSITES = (
    (r"\b(?:more|greater|higher|larger) than (?=\d)", "at most "),
    (r"\b(?:less|fewer|lower|smaller) than (?=\d)", "at least "),
    (r"\bat least (?=\d)", "less than "),
    (r"\bat most (?=\d)", "more than "),
)


def with_verb(auxiliary: str, condition: str) -> str:
    """A yes/no question's verb as a statement has it: ("did", "join in May") → "joined in May"."""
    verb, _, rest = condition.partition(" ")
    if auxiliary == "did":
        return f"{verb.removesuffix('e')}ed {rest}"
    return condition if auxiliary in ("do", "does") else f"{auxiliary} {condition}"


def denied(condition: str) -> str:
    """A condition's opposite: "are old" → "are not old", "joined" → "have not joined"."""
    if re.match(r"(?:\w+\s+)not\b", condition):
        return re.sub(r"\bnot\s+", "", condition, count=1)
    for said, opposite in _OPPOSITES:
        if re.search(said, condition):
            return re.sub(said, opposite, condition, count=1)
    if found := re.match(rf"({AUXILIARY})\s+(.*)$", condition, re.IGNORECASE):
        if found[1].lower() in ("have", "has") and re.match(
            r"(?:an?|the|more|less|their)\b|\w+(?<!ed)\b", found[2]
        ):
            return f"do not have {found[2]}"
        return f"{found[1]} not {found[2]}"
    if found := re.match(r"(\w+ed)\b(.*)$", condition):
        return f"have not {found[1]}{found[2]}"
    return f"do not {condition}"
