"""Learn the ranker and the confidence anew.

    python -m rag.train --selqa DIR/selqa-ass-dev.json --qed DIR/qed-dev.jsonlines [--keep FOLDER]

`--keep` names a folder in which the indexes of the data sets are kept, so that the next run need not
encode them again. What was learned, from what, and how good it is: `rag/train/README.md`.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

from rag import rank
from rag.train import confidence
from rag.train.articles import collected, qed, selqa
from rag.train.rank import accuracy, groups, learn, save


def main() -> int:
    """Learn, print the figures on the training data, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m rag.train", description=__doc__)
    parser.add_argument("--selqa", type=Path, required=True, help="selqa-ass-dev.json")
    parser.add_argument("--qed", type=Path, required=True, help="qed-dev.jsonlines")
    parser.add_argument("--keep", type=Path, help="a folder for the indexes of the data sets")
    options = parser.parse_args()
    data = {"selqa": list(selqa(options.selqa)), "qed": list(qed(options.qed))}
    with ExitStack() as stack:
        collections = [
            stack.enter_context(collected(samples, options.keep and options.keep / name))
            for name, samples in data.items()
        ]
        found = [each for collection in collections for each in groups(collection)]
        ranker = learn(found)
        save(ranker)
        print(f"the answering sentence first, on the training data: {accuracy(found, ranker):.1%}")
        rank.ranker.cache_clear()
        outcomes = [
            each
            for one in collections
            for everywhere in (False, True)
            for each in confidence.outcomes(one, everywhere=everywhere)
        ]
    learned = confidence.learn(outcomes)
    confidence.save(learned)
    print(confidence.report(learned, outcomes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
