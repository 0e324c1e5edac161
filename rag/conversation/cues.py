"""How a follow-up shows that it is one: the wordings that lean on what was said before."""

from __future__ import annotations

import re

from rag.conversation.reframe import AUXILIARY

_I = re.IGNORECASE
_POINTS = r"(?:that|this|it|so|these|those|them)"

SOURCE = re.compile(
    rf"^(?:and\s+)?(?:where|in\s+(?:which|what)\s+(?:part|passage|section|sentence|paragraph))\s+(?:exactly\s+)?"
    rf"(?:(?:does|did|do)\s+(?:it|the\s+(?:article|text|author|paper)|you)\s+(?:say|state|mention|claim|write|read|get|find|take)\s+{_POINTS}(?:\s+from)?"
    rf"|(?:is|was)\s+{_POINTS}\s+(?:said|stated|written|mentioned|from)|(?:is|does)\s+{_POINTS}\s+(?:come\s+from|in\s+the\s+(?:article|text))|is\s+{_POINTS})"
    rf"(?:\s+(?:in|from)\s+the\s+(?:article|text))?\W*$"
    rf"|^(?:and\s+)?(?:(?:can|could)\s+you\s+)?(?:please\s+)?(?:show|quote|give|cite)\s+(?:me\s+)?(?:the|that|this|your|its?)\s*"
    rf"(?:exact\s+|original\s+)?(?:source|passage|sentence|quote|evidence|text|citation|wording|place|it)?(?:\s+please)?\W*$"
    rf"|^(?:and\s+)?what(?:['’]s|\s+is)\s+(?:the|your)\s+(?:source|evidence)(?:\s+(?:for|of)\s+{_POINTS})?\W*$"
    rf"|^(?:(?:can|could)\s+you\s+)?(?:please\s+)?(?:show|tell)\s+me\s+where\s+(?:it|the\s+(?:article|text))\s+says\s+{_POINTS}\W*$"
    rf"|^(?:how\s+do\s+you\s+know(?:\s+{_POINTS})?|are\s+you\s+sure|says\s+who|who\s+says\s+(?:that|so)|source|really|prove\s+it)\W*$",
    _I,
)
TABLE = re.compile(
    r"^(?:and\s+|please\s+|now\s+)?(?:(?:can|could)\s+you\s+|(?:can|could|may)\s+i\s+|let\s+me\s+)?"
    r"(?:show|see|give|print|display|open)\s+(?:me\s+)?(?:the|that|this)\s+(?:whole\s+|full\s+|entire\s+|complete\s+)?table"
    r"(?:\s+(?:again|please|(?:that\s+)?(?:it|this|that)\s+(?:comes|is|was)\s+from|for\s+(?:that|this)|behind\s+(?:it|that|this)|with\s+(?:all\s+)?(?:them|those|these|that)))?\W*$"
    r"|^(?:the|that)\s+(?:whole\s+|full\s+)?table\W*$",
    _I,
)
CORRECTION = re.compile(
    r"^\W*(?:(?:no|nope|nah|sorry|oops|wait|hm+|actually|rather|oh|ah)\b[\s,.!:;–—-]*)+"
    r"(?:but\s+)?(?:(?:i|we)\s+(?:really\s+|actually\s+)?(?:mean|meant|was\s+asking\s+about|asked\s+about|wanted)\b[\s,:]*)?(?P<rest>.+)$"
    r"|^\W*(?:i|we)\s+(?:really\s+|actually\s+)?(?:mean|meant|was\s+asking\s+about|asked\s+about)\b[\s,:]*(?P<meant>.+)$"
    r"|^\W*(?:not|wrong)\s+[^,;]+?(?:[,;]|\s+but\b)\s*(?:(?:i|we)\s+mean(?:t)?\s+|but\s+|rather\s+)?(?P<instead>.+)$"
    r"|^\W*(?P<first>.+?)\s*,?\s+(?:i\s+mean(?:t)?|rather)\W*$",
    _I,
)
_LEAD = (
    r"(?:(?:and|but|so|then|ok(?:ay)?|alright|thanks|thank\s+you|thx|great|good|fine|cool|well|right|now|also|hm+|ah|oh|please)"
    r"\b[\s,.!:;–—-]*)*"
)
CONTINUED = re.compile(
    rf"^\W*{_LEAD}(?:(?:wh?at|how)\s+(?:about|abt)|what\s+of|what\s+if\s+it\s+(?:is|were)|(?:the\s+)?same(?:\s+(?:question|thing))?"
    rf"(?=\s+(?:for|with|about|in|of|to)\b)"
    r"|(?:is|was|does|did|do)\s+(?:that|this|it|the\s+same)\s+(?:also\s+)?(?:true|holds?|apply|applies|the\s+case|so|valid)(?:\s+(?:also|too))?(?=\s+(?:for|of|with|to|in)\b)"
    rf"|likewise|only|just|and|or|n)\b[\s,:]*(?P<rest>.+)$",
    _I,
)
LEAD = re.compile(rf"^\W*{_LEAD}", _I)
BARE = re.compile(
    r"^(?P<wh>(?:(?:since|by|with|for|to|from|in|on|at|until|under|of|about|against)\s+)?"
    r"(?:why(?:\s+(?:not|so|exactly))?|when(?:\s+exactly)?|where(?:\s+exactly)?|whom?|how(?:\s+(?:come|long|much|often|many|so|exactly))?"
    r"|(?:what|which)\s+(?!is\b|are\b|was\b|about\b|abt\b|else\b|one)(?:\w+\s+)?(?:\w+)))"
    r"(?:\s+(?:is|was|did|does)\s+(?:that|this|it)(?:\s+(?:so|happen|done|decided|the\s+case))?)?\W*$",
    _I,
)
WHICH_ONES = re.compile(
    r"^(?:which|which\s+ones?|what\s+(?:ones?|are\s+(?:they|these|those))|who|who\s+are\s+(?:they|these|those)|which\s+(?:are|is)\s+(?:they|these|those|it)"
    r"|(?:please\s+)?(?:list|name|show|give)(?:\s+me)?\s+(?:them|those|these)(?:\s+all)?|namely|such\s+as)\W*$",
    _I,
)
COUNT = re.compile(
    r"^how\s+many(?:\s+of\s+(?:them|those|these))?(?:\s+(?:are|were|is)\s+(?:there|they|that|those|these)(?:\s+(?:in\s+total|in\s+all|altogether))?)?\W*$"
    r"|^(?:how\s+many\s+(?:of\s+(?:them|those|these)\s+)?(?:are|were)\s+there(?:\s+(?:in\s+total|in\s+all|altogether))?)\W*$"
    r"|^(?:count\s+(?:them|those)|in\s+total|the\s+number|what(?:['’]s|\s+is)\s+the\s+(?:number|total|count))\W*$",
    _I,
)
NARROWED = re.compile(
    r"^(?:(?:of|among|from|out\s+of)\s+(?:them|those|these)(?:\s+[a-z]+)?\s*,?\s+)?(?P<head>which|how\s+many|who|what|are\s+any|is\s+any|is\s+one|(?:do|did|does|have|has)\s+any|any)"
    r"(?:\s+ones?)?\s+(?:out\s+)?of\s+(?:them|those|these|the\s+(?:above|ones\s+(?:you\s+)?\w+))(?:\s+(?!are\b|is\b|have\b|has\b|had\b|do\b|was\b|were\b)(?:countries|states|members|ones)\b)?"
    r"\s+(?P<condition>.+)$"
    rf"|^(?:of|among|from|out\s+of)\s+(?:them|those|these)(?:\s+[a-z]+)?\s*,?\s+(?P<first_head>which|how\s+many|who)(?:\s+ones?)?\s+(?P<first>.+)$"
    rf"|^(?P<bare_head>which|how\s+many)(?:\s+ones?)?\s+(?P<bare>(?:{AUXILIARY})\b(?!.*,.*\bor\b).+)$",
    _I,
)
OTHERS = re.compile(
    r"^(?:(?:what|which|who)\s+(?:are|is)\s+)?(?:(?:all|all\s+of)\s+)?(?:the\s+)?(?:others?|rest|other\s+ones|remaining(?:\s+\w+)?|other\s+(?:countries|states|members|names|rows|entries|formats|two|three|four|five))"
    r"(?:\s+(?:ones?|of\s+them))?\W*$"
    r"|^(?:which|who)\s+(?:ones?\s+)?(?:do|does|did|have|has|are|is|were)(?:\s+not|n['’]?t)\W*$",
    _I,
)
_PLACES = {
    "first": 0, "1st": 0, "former": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3, "4th": 3,
    "fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "seventh": 6, "eighth": 7, "ninth": 8, "tenth": 9,
    "last": -1, "latter": -1, "final": -1, "second last": -2, "second to last": -2, "penultimate": -2,
}  # fmt: skip
_COUNTS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "couple": 2,
}
_OF = r"(?:\s+(?:ones?|of\s+(?:them|those|these|the\s+list)))"
_END = rf"(?=\s*(?:$|[?.!,;’'])|\s+(?:{AUXILIARY}|in|on|from|to|at|with|for|by|join\w*|become|became|belong)\b)"
ORDINAL = re.compile(
    rf"\b(?:the\s+)?(?P<place>{'|'.join(sorted(_PLACES, key=len, reverse=True))}){_OF}\b"
    rf"|\b(?:the\s+)(?P<end>first|last)\s+(?P<count>{'|'.join(_COUNTS)}|\d)(?:{_OF}\b|{_END})"
    rf"|\bthe\s+(?P<only>former|latter)\b{_END}|\bthe\s+(?P<plain>{'|'.join(sorted(_PLACES, key=len, reverse=True))}){_END}"
    rf"|\b(?:number|no\.?(?!\s+one\b)|nr\.?|\#)\s*(?P<number>\d{{1,2}}|one|two|three|four|five)(?={_END})"
    rf"|\b(?P<both>both(?:\s+of\s+(?:them|those))?|all\s+of\s+(?:them|those|these)){_END}",
    _I,
)


def placed(match: re.Match[str], items: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the items that an ordinal means; () where there are not so many."""
    if match["both"]:
        return items
    if match["end"]:
        count = _COUNTS.get(match["count"].lower()) or int(match["count"])
        if not 0 < count <= len(items):
            return ()
        return items[:count] if match["end"].lower() == "first" else items[-count:]
    if match["number"]:
        word = match["number"].lower()
        place = (int(word) if word.isdigit() else _COUNTS.get(word, 1)) - 1
    else:
        place = _PLACES[(match["place"] or match["only"] or match["plain"]).lower()]
    return (items[place],) if -len(items) <= place < len(items) and len(items) > 1 else ()


TELL_MORE = re.compile(
    r"^(?:(?:please\s+|can\s+you\s+|could\s+you\s+)?(?:tell\s+me\s+more|say\s+more|more|go\s+on|continue|elaborate|more\s+details?)"
    r"(?:\s+(?:about|on)\s+(?:it|that|this|them))?(?:\s+please)?|(?:and\s+)?(?:what|anything)\s+else)\W*$",
    _I,
)
