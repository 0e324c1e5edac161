"""Other words for the same question, and questions about what is empty: so that no habit is learned.

Written for learning only, apart from the wordings that questions are measured in.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from rag.tables.values import Grid

_REWORDINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"^(?:what is the most common|most frequent) (?P<noun>[^?]+)\??$",
        (
            "which {noun} comes up most?", "the {noun} that appears the most times", "what {noun} do most rows have?",
            "what {noun} is the most popular?", "which {noun} dominates?", "the {noun} seen most frequently",
            "what is the usual {noun}?", "name the {noun} with the most rows",
        ),
    ),
    (
        r"^how many (?P<rows>.+?) have the most common (?P<noun>[^?]+)\??$",
        (
            "how many {rows} share the most frequent {noun}?", "take the most common {noun}: how many {rows} have it?",
            "the most popular {noun} covers how many {rows}?", "number of {rows} with the usual {noun}",
        ),
    ),
    (
        r"^(?:how many|number of) different (?P<noun>[^?]+?)(?: are there)?\??$",
        (
            "how many unique {noun} are there?", "the count of distinct {noun}", "how many separate {noun} occur?",
            "how many kinds of {noun} are named?", "counting each only once, how many {noun}?", "how many various {noun} exist?",
        ),
    ),
    (
        r"^(?:which )?(?P<noun>[^?]+?) occur(?:ring)? more than once\??$",
        (
            "which {noun} are repeated?", "what {noun} show up several times?", "{noun} listed at least twice",
            "are there duplicate {noun}, and which?", "which {noun} come back again?", "name the {noun} with two rows or more",
        ),
    ),
    (
        r"^how many more (?P<noun>.+?) does (?P<a>.+?) have than (?P<b>[^?]+)\??$",
        (
            "by how much do {a} and {b} differ in {noun}?", "{a} against {b}: what is the gap in {noun}?",
            "{noun} difference, {a} versus {b}", "what is {a}'s lead over {b} in {noun}?",
            "subtract the {noun} of {b} from those of {a}", "how far apart are {a} and {b} in {noun}?",
        ),
    ),
    (
        r"^what is the difference in (?P<noun>.+?) between (?P<a>.+?) and (?P<b>[^?]+)\??$",
        (
            "by how much do {a} and {b} differ in {noun}?", "what is the gap in {noun} from {a} to {b}?",
            "{noun}: how far is {a} from {b}?", "how much separates {a} from {b} in {noun}?",
        ),
    ),
    (
        r"^which has (?:the )?(?P<more>\w+) (?P<noun>.+?), (?P<a>.+?) or (?P<b>[^?]+)\??$",
        (
            "{a} or {b}, which has the {more} {noun}?", "does {a} or {b} have {more} {noun}?",
            "comparing {a} with {b}, which has {more} {noun}?", "which of {a} and {b} has the {more} {noun}?",
            "of these two, {a} and {b}, who has {more} {noun}?", "who has {more} {noun}: {a} or {b}?",
        ),
    ),
    (
        r"^is the (?P<noun>.+?) of (?P<a>.+?) (?P<more>\w+) than that of (?P<b>[^?]+)\??$",
        (
            "is {a}'s {noun} {more} than {b}'s?", "has {a} a {more} {noun} than {b}?",
            "does {a} have a {more} {noun} than {b}?", "is it true that {a} has a {more} {noun} than {b}?",
        ),
    ),
    (
        r"^(?:what|which) (?:is|are|was|were) the (?P<noun>[^?]{2,40}?) of (?P<name>[^?]+)\??$",
        (
            "{name}'s {noun}", "what {noun} does {name} have?", "could you tell me {name}'s {noun}?",
            "give the {noun} that belongs to {name}", "what does {name} have as its {noun}?",
            "do you know the {noun} of {name}?", "what about the {noun} of {name}?",
            "find {name} and say what its {noun} is", "as to {name}, what {noun} is listed?",
        ),
    ),
    (
        r"^which (?P<rest>[^?]+)\??$",
        (
            "what {rest}?", "tell me which {rest}", "can you say which {rest}?", "name the {rest}",
            "i want to know which {rest}", "find out which {rest}", "please name which {rest}",
        ),
    ),
    (
        r"^how many (?P<rest>[^?]+)\??$",
        (
            "tell me how many {rest}", "what number of {rest}?", "could you count how many {rest}?",
            "the number of {rest}?", "in how many cases: {rest}", "what is the count of {rest}?",
        ),
    ),
    (r"^list the (?P<rest>[^.?]+)\.?$", ("show all {rest}", "give me every one of the {rest}", "what are all the {rest}?", "the {rest}, please", "print the {rest}")),
    (
        r"^(?:is|was) the (?P<noun>[^?]{2,40}?) of (?P<name>[^?]+?) (?P<value>[^ ?]+)\??$",
        (
            "is it true that {name} has {value} as its {noun}?", "{name} has the {noun} {value}, right?",
            "true or false: the {noun} of {name} is {value}", "does {name} have {value} for {noun}?",
            "can you confirm that {name}'s {noun} is {value}?",
        ),
    ),
    (r"^(?:do|does|did|is|are|was|were|has|have) (?P<rest>[^?]+)\?$", ("tell me if it is so: {whole}", "{whole} true or false?", "i wonder if this is so: {whole}", "is it true: {whole}")),
)  # fmt: skip
_SUBSTITUTES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"\bmore than\b", ("over", "above", "greater than", "exceeding", "in excess of", "upwards of", "higher than")),
    (r"\b(?:less|fewer) than\b", ("under", "below", "lower than", "smaller than", "short of")),
    (r"\bat least\b", ("no fewer than", "not less than", "a minimum of", "not under")),
    (r"\bat most\b", ("up to", "not more than", "a maximum of", "not above")),
    (r"\b(\d+) or later\b", (r"\1 onwards", r"\1 and after")),
    (r"\b(\d+) or earlier\b", (r"\1 and before", r"\1 or before")),
    (r"\bafter (?=\d)", ("later than ", "past ", "following ")),
    (r"\bbefore (?=\d)", ("earlier than ", "prior to ", "preceding ")),
    (r"\bthe highest number of\b|\bthe most\b", ("the greatest number of", "the largest amount of", "the maximum", "the biggest count of")),
    (r"\bthe lowest number of\b|\bthe fewest\b", ("the smallest number of", "the least", "the minimum", "the lowest count of")),
    (r"\bhighest\b", ("largest", "greatest", "biggest", "maximum", "top")),
    (r"\blowest\b", ("smallest", "least", "minimum", "bottom")),
    (r"\bearliest\b", ("oldest", "first", "initial")),
    (r"\blatest\b", ("most recent", "last", "newest")),
    (r"\bon average\b", ("typically", "in the mean")),
    (r"\baverage\b", ("mean", "average value of", "typical", "arithmetic mean of")),
    (r"\btotal\b|\bsum of\b", ("combined", "overall", "summed", "aggregate", "sum total of")),
    (r"\bdifference between\b", ("gap between", "distance between", "margin between")),
    (r"\bother than\b", ("besides", "apart from", "except for", "different from", "but not", "excluding")),
    (r"\b(?:do|does) not have (?P<v>.+?) as the (?P<n>[^?]+)", (r"have a \g<n> that is not \g<v>", r"lack the \g<n> \g<v>", r"are without \g<v> as \g<n>", r"have some other \g<n> than \g<v>")),
    (r"\bwhose (?P<n>[^?]+?) (?:is|are) not (?P<v>[^?.]+)", (r"that do not have the \g<n> \g<v>", r"excluding those with the \g<n> \g<v>", r"leaving out the \g<n> \g<v>")),
    (r"\b(?:has|have) (?P<v>[^?]+?) as the (?P<n>[^?]+)", (r"shows \g<v> in its \g<n>", r"is marked \g<v> by \g<n>", r"comes with \g<n> \g<v>", r"got \g<v> for its \g<n>", r"belongs to \g<n> \g<v>")),
    (r"\bwhose (?P<n>[^?]{2,30}?) (?:is|are) (?!not)(?P<v>[^?.]+)", (r"where the \g<n> is \g<v>", r"of the \g<n> \g<v>", r"having \g<n> \g<v>", r"in which \g<n> equals \g<v>")),
    (r"\bmost (?:often|frequent|common)\b", ("most frequently", "the majority of the time", "most commonly", "the most times")),
    (r" and (?=(?:ha[sv]e?|show|whose|with|are|is|were|was) )", (" as well as ", " while they also ", " and also ", " and, besides, ")),
    (r"\bentries\b", ("rows", "items", "records", "ones listed", "things")),
    (r"\bentry\b", ("row", "item", "record", "one listed")),
)  # fmt: skip
_SYNONYMS: dict[str, tuple[str, ...]] = {
    "country": ("nation", "state", "land"), "nation": ("country", "state"), "nationality": ("country", "home country"),
    "location": ("place", "site", "spot"), "venue": ("place", "ground", "site"), "city": ("town", "place"),
    "score": ("result", "outcome"), "result": ("outcome", "how it ended"), "position": ("rank", "place", "standing"),
    "rank": ("position", "place"), "team": ("club", "side", "squad"), "club": ("team", "side"),
    "population": ("inhabitants", "people", "residents"), "party": ("political affiliation", "political group"),
    "notes": ("remarks", "comments"), "title": ("name",), "opponent": ("rival", "adversary"),
    "area": ("size", "extent"), "elevation": ("height", "altitude"), "height": ("elevation", "size"),
    "attendance": ("crowd", "spectators", "audience"), "winner": ("champion", "victor"), "artist": ("singer", "performer", "musician"),
    "capacity": ("seats", "room"), "type": ("kind", "sort", "category"), "status": ("state", "condition"),
    "role": ("part", "character"), "author": ("writer",), "genre": ("style", "kind"), "language": ("tongue",),
    "points": ("score", "tally"), "goals": ("scores",), "wins": ("victories", "triumphs"), "losses": ("defeats",),
    "date": ("day", "time"), "year": ("time",), "season": ("campaign", "year"), "competition": ("tournament", "contest", "event"),
    "tournament": ("competition", "contest"), "event": ("competition", "discipline"), "surface": ("court", "ground"),
    "length": ("extent", "duration"), "time": ("duration", "clocking"), "school": ("college", "university"),
    "college": ("school", "university"), "film": ("movie", "picture"), "album": ("record", "release"),
    "song": ("track", "tune"), "player": ("sportsman", "athlete"), "athlete": ("competitor", "sportsman"),
    "driver": ("racer", "pilot"), "director": ("film maker",), "province": ("region",), "region": ("area", "district"),
    "county": ("district", "shire"), "occupation": ("job", "profession", "work"), "cause": ("reason",),
    "purpose": ("aim", "goal"), "description": ("account", "explanation"), "manufacturer": ("maker", "producer"),
    "owner": ("proprietor", "holder"), "speed": ("pace", "velocity"), "price": ("cost",), "salary": ("pay", "earnings"),
}  # fmt: skip
_OPENINGS = (
    "please tell me: ", "according to the table, ", "in this table, ", "i'd like to know: ", "quick question: ",
    "from what is listed, ", "going by the list, ", "hi, ", "can you help: ",
)  # fmt: skip


def reworded(question: str, chance: random.Random) -> str:
    """The question in other words, as far as the rules go."""
    said = question.strip()
    for pattern, others in _SUBSTITUTES:
        if chance.random() < 0.6:
            said = re.sub(pattern, chance.choice(others), said, count=1, flags=re.IGNORECASE)
    words = said.split()
    for at, word in enumerate(words):
        bare = word.strip("?.,").lower()
        if bare in _SYNONYMS and word[0].islower() and chance.random() < 0.4:
            words[at] = word.replace(bare, chance.choice(_SYNONYMS[bare]))
    said = " ".join(words)
    for pattern, forms in _REWORDINGS:
        match = re.match(pattern, said, re.IGNORECASE)
        if match and chance.random() < 0.7:
            said = chance.choice(forms).format(**match.groupdict(), whole=said)
            break
    if chance.random() < 0.15:
        said = chance.choice(_OPENINGS) + said[:1].lower() + said[1:]
    if chance.random() < 0.25:
        said = said.lower()
    return said if chance.random() < 0.7 else said.rstrip("?.")


_BLANKS = (
    "Which {rows} have no {noun}?", "Which {rows} are without {noun}?", "For which {rows} is no {noun} given?",
    "{rows} with no {noun} recorded", "Which {rows} lack a {noun}?", "Name the {rows} whose {noun} is missing.",
    "Which {rows} have an empty {noun}?", "For which {rows} is the {noun} unknown?",
    "Which {rows} do not have any {noun} listed?",
)  # fmt: skip
_BLANK_COUNTS = (
    "How many {rows} have no {noun}?", "For how many {rows} is no {noun} recorded?",
    "How many {rows} are missing the {noun}?", "How many {rows} lack a {noun}?",
)  # fmt: skip
_SHARES = (
    "What percentage of the {rows} have the {noun} {value}?", "What share of {rows} has {value} as {noun}?",
    "What proportion of all {rows} is {value}?", "{value}: what percent of the {rows}?",
)  # fmt: skip


def about_gaps(grid: Grid, chance: random.Random) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Questions about empty cells and about shares, each with the values that answer it."""
    subject = grid.columns[grid.subject] if grid.columns else None
    if (
        subject is None
        or not subject.header
        or grid.height < 4
        or grid.body != (1 << grid.height) - 1
    ):
        return
    rows = chance.choice(
        ["rows", "entries", f"{subject.header.lower()}s", f"{subject.header.lower()}s"]
    )
    for column in grid.columns:
        blanks = column.blank.bit_count()
        if column is subject or not column.header or blanks * 2 >= grid.height:
            continue
        slots = {"rows": rows, "noun": column.header.lower()}
        if blanks and subject.is_unique:
            names = tuple(subject.texts[row] for row in grid.rows(column.blank).tolist())
            yield chance.choice(_BLANKS).format(**slots), names
            yield chance.choice(_BLANK_COUNTS).format(**slots), (str(blanks),)
        elif (
            not blanks and column.kind == "text" and not column.is_unique and chance.random() < 0.3
        ):
            value = chance.choice(column.texts)
            share = 100 * column.texts.count(value) / grid.height
            if len(value.split()) <= 4:
                yield chance.choice(_SHARES).format(**slots, value=value), (f"{share:.9f}",)
