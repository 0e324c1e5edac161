"""How generated questions are worded: two families that share no phrase.

A parser may learn from questions in the wordings of `train` and is measured on those of `held_out`. Each
family is a mapping from what is asked to its phrasings. A question begins with a capital letter whatever
its phrasing begins with.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from eval.questions import held_out, train

Family = Literal["train", "held_out"]
Phrasings = Mapping[str, tuple[str, ...]]

FAMILIES: Mapping[Family, Phrasings] = {
    "train": train.PHRASINGS,
    "held_out": held_out.PHRASINGS,
}
