"""The wordings that a parser is measured on, and never learns from."""

from __future__ import annotations

PHRASINGS: dict[str, tuple[str, ...]] = {
    # --- what a value is compared with -------------------------------------------------------------
    "number.is": ("exactly {value}",),
    "number.more": ("over {value}",),
    "number.less": ("under {value}",),
    "number.at_least": ("no less than {value}",),
    "number.at_most": ("no more than {value}",),
    "count.is": ("exactly {value}",),
    "count.more": ("over {value}",),
    "count.less": ("under {value}",),
    "count.at_least": ("no fewer than {value}",),
    "count.at_most": ("no more than {value}",),
    "year.is": ("precisely {value}",),
    "year.less": ("earlier than {value}",),
    "year.more": ("later than {value}",),
    "year.at_least": ("no earlier than {value}",),
    "year.at_most": ("no later than {value}",),
    "event.is": ("during {value}",),
    "event.less": ("prior to {value}",),
    "event.more": ("later than {value}",),
    "event.at_least": ("no earlier than {value}",),
    "event.at_most": ("no later than {value}",),
    # --- conditions: behind "the rows", as a sentence's end, as keywords ----------------------------
    "text.clause": (
        "for which the {noun} {be} {value}",
        "having {value} as {noun}",
        "marked {value} under {noun}",
    ),
    "text.predicate": ("{are} listed with {value} as {noun}", "{show} {value} under {noun}"),
    "text.keyword": ("{value} ({noun})", "{value} for {noun}"),
    "number.clause": ("for which the {noun} is {amount}", "having {a_noun} of {amount}"),
    "number.predicate": ("{are} listed with {a_noun} of {amount}",),
    "number.keyword": ("{amount} in {noun}",),
    "count.clause": ("having {amount} {noun}",),
    "count.predicate": ("{are} credited with {amount} {noun}", "{show} {amount} {noun}"),
    "count.keyword": ("{noun} being {amount}",),
    "year.clause": ("for which the {noun} is {amount}",),
    "year.predicate": ("{are} listed with {a_noun} {amount}",),
    "year.keyword": ("{amount} by {noun}",),
    "event.clause": ("known to have {perfect} {amount}",),
    "event.predicate": ("{are} known to have {perfect} {amount}",),
    "event.keyword": ("{amount} ({bare})",),
    # --- one cell ----------------------------------------------------------------------------------
    "lookup.any": (
        "For {name}, which {noun} {be} given?",
        "Can you look up {possessive} {noun}?",
        "As far as {name} is concerned, what is listed under {noun}?",
        "Give {possessive} {noun}, please.",
        "Regarding {name}, please report the {noun}.",
        "{noun} {name}",
    ),
    "lookup.event": (
        "At what point in time {asked}?",
        "Could you say when it was that {name} {past}?",
        "time when {name} {past}",
    ),
    "lookup.event_year": ("What year was it when {name} {past}?",),
    "lookup.year": ("To which year does {name} belong?", "{name} is listed under what year?"),
    "lookup.date": ("To which date does {name} belong?", "{name} is listed under what date?"),
    "lookup.count": (
        "{name} has how many {noun}?",
        "Just how many {noun} are on record for {name}?",
        "How large is the number of {noun} for {name}?",
    ),
    "lookup.number": ("Please give the figure for {possessive} {noun}.",),
    "lookup.measure": ("Just how {adjective} would {name} be?",),
    "lookup.person": (
        "By what name does the {noun} of {name} go?",
        "For {name}, who serves as {noun}?",
    ),
    "lookup.place": ("Whereabouts is {name}?", "{name} lies in what place?"),
    "lookup.by_year": (
        "For the year {name}, which {noun} {be} on record?",
        "Give the {noun} of {name}, please.",
        "{noun} {name}",
    ),
    "lookup.by_year_person": ("{name} saw whom as {noun}?",),
    # --- the row that has a cell -------------------------------------------------------------------
    "reverse": (
        "Name the {row} {clause}.",
        "Find the one {row} that {predicate}.",
        "{keyword}, what {row}?",
    ),
    "reverse.two": (
        "Name the {row} that {predicate} and at the same time {predicate2}.",
        "Of the {rows} {clause}, find the one that {predicate2}.",
        "{keyword}, {keyword2}, what {row}?",
    ),
    "reverse.by_year": (
        "{value} {be} given as {noun} for which year?",
        "Name the year with {value} under {noun}.",
    ),
    # --- counts and lists --------------------------------------------------------------------------
    "count": (
        "Count the {rows} {clause}.",
        "Of all the {rows}, how many {predicate}?",
        "State how many {rows} {predicate}.",
        "How large is the group of {rows} {clause}?",
        "{rows}, {keyword}: how many",
    ),
    "list": (
        "Name every {row} {clause}.",
        "Give me all {rows} {clause}.",
        "I am looking for {rows} that {predicate}.",
        "all {rows}, {keyword}",
    ),
    "two.list": (
        "Of the {rows} {clause}, name those that {predicate2}.",
        "Give me all {rows} that {predicate} and at the same time {predicate2}.",
        "all {rows}, {keyword}, {keyword2}",
    ),
    "two.count": (
        "Among the {rows} {clause}, count those that {predicate2}.",
        "State how many {rows} {predicate} and at the same time {predicate2}.",
        "{rows}, {keyword}, {keyword2}: how many",
    ),
    "not.list": (
        "Name every {row} for which the {noun} {be} anything but {value}.",
        "Give me all {rows} except those marked {value} under {noun}.",
        "all {rows} without {value} as {noun}",
    ),
    "not.count": (
        "Count the {rows} for which the {noun} {be} anything but {value}.",
        "Of all the {rows}, how many are not listed with {value} as {noun}?",
    ),
    "not.event.list": (
        "Apart from those {relative} during {value}, name all {rows}.",
        "Give me every {row} except the ones {relative} during {value}.",
    ),
    "not.event.count": ("Count the {rows} except the ones {relative} during {value}.",),
    # --- the extreme row ---------------------------------------------------------------------------
    "most.count": (
        "By number of {noun}, name the {row} at the very top.",
        "No {row} has as many {noun} as which one?",
        "greatest number of {noun}, what {row}",
    ),
    "least.count": (
        "By number of {noun}, name the {row} at the very bottom.",
        "Find the {row} with the smallest number of {noun}.",
    ),
    "most.number": (
        "In terms of {noun}, what {row} is ahead of all others?",
        "Name the {row} where the {noun} is {top}.",
    ),
    "least.number": (
        "In terms of {noun}, what {row} is behind all others?",
        "Name the {row} where the {noun} is {bottom}.",
    ),
    "most.year": (
        "Going by {noun}, name the most recent {row}.",
        "Where is the {noun} latest: what {row}?",
    ),
    "least.year": (
        "Going by {noun}, name the first {row}.",
        "Where is the {noun} earliest: what {row}?",
    ),
    "most.event": (
        "Of all the {rows}, name the last one {infinitive}.",
        "most recent {row} {infinitive}",
    ),
    "least.event": (
        "Of all the {rows}, name the first one {infinitive}.",
        "very first {row} {infinitive}",
    ),
    # --- two rows ----------------------------------------------------------------------------------
    "difference.count": (
        "{name} is ahead of {other} by how many {noun}?",
        "In number of {noun}, how far apart are {name} and {other}?",
    ),
    "difference.number": (
        "By how much does {name} surpass {other} in {noun}?",
        "Subtract the {noun} of {other} from that of {name}.",
    ),
    "difference.year": ("Going by {noun}, how many years separate {other} and {name}?",),
    "difference.event": (
        "How many years passed from when {other} {past} until {name} {past}?",
        "{other} {past}, and how many years went by before {name} {past}?",
    ),
    "compare.count": (
        "Between {name} and {other}, name the one having the larger number of {noun}.",
        "Out of {name} and {other}, what one is ahead in {noun}?",
    ),
    "compare.number": (
        "Comparing {name} with {other}, whose {noun} is {higher}?",
        "Out of {name} and {other}, name the one whose {noun} is {higher}.",
    ),
    "compare.year": ("Comparing {name} with {other}, whose {noun} comes first?",),
    "compare.event": (
        "Between {name} and {other}, name the first one {infinitive}.",
        "Out of {name} and {other}, what one {past} earlier?",
    ),
    # --- arithmetic over rows ----------------------------------------------------------------------
    "sum.count": (
        "Add up the {noun} of all the {rows}.",
        "Taken together, all {rows} come to how many {noun}?",
    ),
    "sum.number": (
        "Add up the {noun} of all the {rows}.",
        "Taken together, all {rows} come to what {noun}?",
    ),
    "sum.count.where": (
        "Add up the {noun} of just the {rows} {clause}.",
        "Taken together, the {rows} {clause} come to how many {noun}?",
    ),
    "sum.number.where": ("Add up the {noun} of just the {rows} {clause}.",),
    "sum.count.pair": ("What do the {noun} of {name} and {other} add up to?",),
    "sum.number.pair": ("Add the {noun} of {name} to that of {other}.",),
    "average.count": (
        "Give the mean number of {noun} over all {rows}.",
        "Divided evenly, how many {noun} fall to each {row}?",
    ),
    "average.number": (
        "Give the mean {noun} over all {rows}.",
        "{noun}, mean over the {rows}",
    ),
    # --- yes or no ---------------------------------------------------------------------------------
    "yes_no.text": (
        "Is it true that {name} has the {noun} {value}?",
        "Would {value} be right as the {noun} for {name}?",
        "{name}, {noun} {value}, yes or no?",
    ),
    "yes_no.count": (
        "Is it true that {name} has {value} {noun}?",
        "{name}, {value} {noun}, yes or no?",
    ),
    "yes_no.number": (
        "Is it true that {name} has {a_noun} of {value}?",
        "Would {value} be right as the {noun} for {name}?",
    ),
    "yes_no.year": ("Is it true that {name} has the {noun} {value}?",),
    "yes_no.event": (
        "Is it true that {name} {past} in {value}?",
        "{name} {past} in {value}, yes or no?",
    ),
    "yes_no.compare.count": ("Is the number of {noun} larger for {name} than for {other}?",),
    "yes_no.compare.number": ("Is it true that {possessive} {noun} is {higher} than {other_s}?",),
    "yes_no.compare.year": ("Is it true that {possessive} {noun} comes before {other_s}?",),
    "yes_no.compare.event": (
        "Is it true that {name} {past} earlier than {other}?",
        "{name} {past} sooner than {other}, yes or no?",
    ),
    "yes_no.any": (
        "Do we find even one {row} {clause}?",
        "Does the list hold {a_row} {clause}?",
    ),
    # --- sets --------------------------------------------------------------------------------------
    "either.list": (
        "Give me all {rows} marked either {value} or {value2} under {noun}.",
        "Name every {row} that is listed with {value} or else {value2} as {noun}.",
    ),
    "either.count": ("Count the {rows} marked either {value} or {value2} under {noun}.",),
    "except.list": (
        "Name all {rows} {clause}, but not {name}.",
        "{name} aside, give me the {rows} that {predicate}.",
    ),
    "except.count": (
        "{name} aside, state how many {rows} {predicate}.",
        "Count the {rows} {clause}, but not {name}.",
    ),
    # --- groups ------------------------------------------------------------------------------------
    "group.mode": (
        "Name the {one} shared by the largest number of {rows}.",
        "Under {noun}, what turns up the greatest number of times?",
    ),
    "group.size": ("Take the {one} that turns up the most: it covers how many {rows}?",),
    "group.distinct": (
        "Count the distinct {nouns}.",
        "Not counting repeats, the table has how many {nouns}?",
    ),
    "group.repeated": (
        "Name every {one} that turns up at least twice.",
        "Give me all {nouns} shared by two or more {rows}.",
    ),
    # --- what no table of the article holds --------------------------------------------------------
    "absent.noun": (
        "email address",
        "motto",
        "hat size",
        "favourite colour",
        "wheelchair access",
        "parking fee",
        "horoscope",
        "annual rainfall",
    ),
}
