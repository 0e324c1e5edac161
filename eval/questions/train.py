"""The wordings that a parser may learn from."""

from __future__ import annotations

PHRASINGS: dict[str, tuple[str, ...]] = {
    # --- what a value is compared with -------------------------------------------------------------
    "number.is": ("{value}",),
    "number.more": ("more than {value}",),
    "number.less": ("less than {value}",),
    "number.at_least": ("at least {value}",),
    "number.at_most": ("at most {value}",),
    "count.is": ("{value}",),
    "count.more": ("more than {value}",),
    "count.less": ("fewer than {value}",),
    "count.at_least": ("at least {value}",),
    "count.at_most": ("at most {value}",),
    "year.is": ("{value}",),
    "year.less": ("before {value}",),
    "year.more": ("after {value}",),
    "year.at_least": ("{value} or later",),
    "year.at_most": ("{value} or earlier",),
    "event.is": ("in {value}",),
    "event.less": ("before {value}",),
    "event.more": ("after {value}",),
    "event.at_least": ("in {value} or later",),
    "event.at_most": ("in {value} or earlier",),
    # --- conditions: behind "the rows", as a sentence's end, as keywords ----------------------------
    "text.clause": ("whose {noun} {be} {value}", "with {value} as the {noun}"),
    "text.predicate": ("{have} {value} as the {noun}", "{have} the {noun} {value}"),
    "text.keyword": ("{noun} {value}",),
    "number.clause": ("whose {noun} is {amount}", "with {a_noun} of {amount}"),
    "number.predicate": ("{have} {a_noun} of {amount}",),
    "number.keyword": ("{noun} {amount}",),
    "count.clause": ("with {amount} {noun}", "whose {noun} number {amount}"),
    "count.predicate": ("{have} {amount} {noun}",),
    "count.keyword": ("{amount} {noun}",),
    "year.clause": ("whose {noun} is {amount}",),
    "year.predicate": ("{have} {a_noun} of {amount}",),
    "year.keyword": ("{noun} {amount}",),
    "event.clause": ("{relative} {amount}",),
    "event.predicate": ("{past} {amount}",),
    "event.keyword": ("{bare} {amount}",),
    # --- one cell ----------------------------------------------------------------------------------
    "lookup.any": (
        "What {be} the {noun} of {name}?",
        "What does the table say about the {noun} of {name}?",
        "Tell me the {noun} of {name}.",
        "I need the {noun} for {name}.",
        "{name}: {noun}?",
        "{name} {noun}",
    ),
    "lookup.event": (
        "When {asked}?",
        "I would like to know when {name} {past}.",
        "When exactly {asked}?",
        "{name} {bare} when?",
    ),
    "lookup.event_year": ("In which year {asked}?", "The year in which {name} {past}?"),
    "lookup.year": ("What year is given for {name}?", "Which year goes with {name}?"),
    "lookup.date": ("What date is given for {name}?", "Which date goes with {name}?"),
    "lookup.count": (
        "How many {noun} does {name} have?",
        "What is the number of {noun} of {name}?",
        "{name} how many {noun}",
    ),
    "lookup.number": ("What number does the table give for the {noun} of {name}?",),
    "lookup.measure": ("How {adjective} is {name}?",),
    "lookup.person": (
        "Who is the {noun} of {name}?",
        "Who is given as the {noun} for {name}?",
    ),
    "lookup.place": ("Where is {name} located?", "Where can {name} be found?"),
    "lookup.by_year": (
        "What was the {noun} in {name}?",
        "Which {noun} does the table give for {name}?",
        "{noun} in {name}",
    ),
    "lookup.by_year_person": ("Who was the {noun} in {name}?",),
    # --- the row that has a cell -------------------------------------------------------------------
    "reverse": (
        "Which {row} {predicate}?",
        "What is the {row} {clause}?",
        "{row} {keyword}",
    ),
    "reverse.two": (
        "Which {row} {predicate} and {predicate2}?",
        "What {row} {clause} {predicate2}?",
        "{row} {keyword} {keyword2}",
    ),
    "reverse.by_year": (
        "In which year was {value} the {noun}?",
        "What year had {value} as the {noun}?",
    ),
    # --- counts and lists --------------------------------------------------------------------------
    "count": (
        "How many {rows} {predicate}?",
        "How many {rows} {clause} are there?",
        "What is the number of {rows} {clause}?",
        "number of {rows} {keyword}",
    ),
    "list": (
        "Which {rows} {predicate}?",
        "List the {rows} {clause}.",
        "What are the {rows} {clause}?",
        "{rows} {keyword}",
    ),
    "two.list": (
        "Which {rows} {predicate} and {predicate2}?",
        "Which {rows} {clause} {predicate2}?",
        "List the {rows} {clause} that {predicate2}.",
        "{rows} {keyword} {keyword2}",
    ),
    "two.count": (
        "How many {rows} {predicate} and {predicate2}?",
        "How many {rows} {clause} {predicate2}?",
        "number of {rows} {keyword} {keyword2}",
    ),
    "not.list": (
        "Which {rows} do not have {value} as the {noun}?",
        "Which {rows} have {a_noun} other than {value}?",
        "List the {rows} whose {noun} {be} not {value}.",
    ),
    "not.count": (
        "How many {rows} do not have {value} as the {noun}?",
        "How many {rows} have {a_noun} other than {value}?",
    ),
    "not.event.list": (
        "Which {rows} {past_not} in {value}?",
        "Which are the {rows} that {past_not} in {value}?",
    ),
    "not.event.count": ("How many {rows} {past_not} in {value}?",),
    # --- the extreme row ---------------------------------------------------------------------------
    "most.count": (
        "Which {row} has the most {noun}?",
        "What {row} has the highest number of {noun}?",
        "{row} with most {noun}",
    ),
    "least.count": (
        "Which {row} has the fewest {noun}?",
        "What {row} has the lowest number of {noun}?",
        "{row} with fewest {noun}",
    ),
    "most.number": (
        "Which {row} has the {top} {noun}?",
        "What is the {row} with the {top} {noun}?",
        "{row} with {top} {noun}",
    ),
    "least.number": (
        "Which {row} has the {bottom} {noun}?",
        "What is the {row} with the {bottom} {noun}?",
        "{row} with {bottom} {noun}",
    ),
    "most.year": ("Which {row} has the latest {noun}?", "{row} with latest {noun}"),
    "least.year": ("Which {row} has the earliest {noun}?", "{row} with earliest {noun}"),
    "most.event": (
        "Which {row} {past} last?",
        "Which {row} {past} the latest?",
        "{row} {bare} last",
    ),
    "least.event": (
        "Which {row} {past} first?",
        "Which {row} {past} the earliest?",
        "{row} {bare} first",
    ),
    # --- two rows ----------------------------------------------------------------------------------
    "difference.count": (
        "How many more {noun} does {name} have than {other}?",
        "By how many {noun} does {name} exceed {other}?",
    ),
    "difference.number": (
        "What is the difference in {noun} between {name} and {other}?",
        "How much {higher} is the {noun} of {name} than that of {other}?",
    ),
    "difference.year": ("How many years lie between the {noun} of {other} and that of {name}?",),
    "difference.event": (
        "How many years after {other} {asked}?",
        "How many years later than {other} {asked}?",
    ),
    "compare.count": (
        "Which has more {noun}, {name} or {other}?",
        "More {noun}: {name} or {other}?",
    ),
    "compare.number": (
        "Which has the {higher} {noun}, {name} or {other}?",
        "{higher} {noun}: {name} or {other}?",
    ),
    "compare.year": ("Which has the earlier {noun}, {name} or {other}?",),
    "compare.event": (
        "Which {past} first, {name} or {other}?",
        "{bare} first: {name} or {other}?",
    ),
    # --- arithmetic over rows ----------------------------------------------------------------------
    "sum.count": (
        "How many {noun} do the {rows} have in total?",
        "What is the total number of {noun} of all {rows}?",
        "total {noun} all {rows}",
    ),
    "sum.number": ("What is the total {noun} of all {rows}?", "total {noun} all {rows}"),
    "sum.count.where": (
        "How many {noun} do the {rows} {clause} have in total?",
        "What is the total number of {noun} of the {rows} {clause}?",
    ),
    "sum.number.where": ("What is the total {noun} of the {rows} {clause}?",),
    "sum.count.pair": ("How many {noun} do {name} and {other} have together?",),
    "sum.number.pair": ("What is the total {noun} of {name} and {other}?",),
    "average.count": (
        "What is the average number of {noun} per {row}?",
        "How many {noun} does {a_row} have on average?",
    ),
    "average.number": (
        "What is the average {noun} of the {rows}?",
        "average {noun} {rows}",
    ),
    # --- yes or no ---------------------------------------------------------------------------------
    "yes_no.text": (
        "{be} {value} the {noun} of {name}?",
        "{be} the {noun} of {name} {value}?",
        "Does {name} have {value} as the {noun}?",
    ),
    "yes_no.count": ("Does {name} have {value} {noun}?", "Has {name} got {value} {noun}?"),
    "yes_no.number": ("Is the {noun} of {name} {value}?", "Does {name} have {a_noun} of {value}?"),
    "yes_no.year": ("Is the {noun} of {name} {value}?",),
    "yes_no.event": ("{asked} in {value}?",),
    "yes_no.compare.count": ("Does {name} have more {noun} than {other}?",),
    "yes_no.compare.number": ("Is the {noun} of {name} {higher} than that of {other}?",),
    "yes_no.compare.year": ("Is the {noun} of {name} earlier than that of {other}?",),
    "yes_no.compare.event": ("{asked} before {other}?",),
    "yes_no.any": ("Are there any {rows} {clause}?", "Is there any {row} {clause}?"),
    # --- sets --------------------------------------------------------------------------------------
    "either.list": (
        "Which {rows} have {value} or {value2} as the {noun}?",
        "List the {rows} whose {noun} {be} {value} or {value2}.",
    ),
    "either.count": ("How many {rows} have {value} or {value2} as the {noun}?",),
    "except.list": (
        "Leaving out {name}, which {rows} {predicate}?",
        "Which {rows} other than {name} {predicate}?",
        "Which {rows} besides {name} {predicate}?",
    ),
    "except.count": (
        "Leaving out {name}, how many {rows} {predicate}?",
        "How many {rows} other than {name} {predicate}?",
    ),
    # --- groups ------------------------------------------------------------------------------------
    "group.mode": (
        "What is the most common {one}?",
        "Which {one} occurs most often?",
        "most frequent {one}",
    ),
    "group.size": ("How many {rows} have the most common {one}?",),
    "group.distinct": ("How many different {nouns} are there?", "number of different {nouns}"),
    "group.repeated": ("Which {nouns} occur more than once?", "{nouns} occurring more than once"),
    # --- what no table of the article holds --------------------------------------------------------
    "absent.noun": (
        "telephone number",
        "postal code",
        "mascot",
        "shoe size",
        "dress code",
        "patron saint",
        "insurance premium",
        "blood type",
    ),
}
