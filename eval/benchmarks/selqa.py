"""How well answers are found, and how well silence is kept, on SelQA's questions.

Run as `python -m eval.benchmarks.selqa selqa-ass-test.json [--dev selqa-ass-dev.json] [--keep FOLDER]`.
SelQA (Jurczyk, Zhai and Choi 2016, Apache 2.0) asks about sections of Wikipedia and tells which of their
sentences answer. All sections become one document, each under its article's and its own title.
`--dev` tells which sections the ranker has learned from, to report the others apart; `--keep` names a
folder in which the index is kept for the next run.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from ingest.embed import model_folder
from ingest.encode import NumpyEncoder
from rag import rank
from rag.confidence import confidence as confidence_of
from rag.reread import Rereader
from rag.train import confidence
from rag.train.articles import Sample, collected, selqa
from rag.train.groups import Group, accuracy, judged, scored


def main() -> int:
    """Print the share of questions whose answering sentence comes first, and how sure to be."""
    parser = argparse.ArgumentParser(prog="python -m eval.benchmarks.selqa", description=__doc__)
    parser.add_argument("file", type=Path, help="selqa-ass-test.json")
    parser.add_argument("--dev", type=Path, help="selqa-ass-dev.json")
    parser.add_argument("--keep", type=Path, help="a folder for the index")
    options = parser.parse_args()
    for path in (options.file, options.dev):
        if path is not None and not path.is_file():
            print(f"footnote: there is no file {path}; name one of SelQA's", file=sys.stderr)
            return 2
    samples = list(selqa(options.file))
    known = {sample.sentences for sample in selqa(options.dev)} if options.dev else set()
    with collected(samples, options.keep) as collection:
        numbered = list(enumerate(samples))
        at_home = [judged("home", n, collection.at_home(one), one.right) for n, one in numbered]
        everywhere = [
            judged("everywhere", n, collection.everywhere(one), one.right) for n, one in numbered
        ]
    reread = Rereader(NumpyEncoder(model_folder()))
    outcomes = list(confidence.outcomes(everywhere, reread))

    def score(group: Group) -> rank.Features:
        return scored(group, reread).final

    sentences = sum(len(said) for said in dict.fromkeys(sample.sentences for sample in samples))
    print(f"{len(samples):,} questions; section titles are used")
    for where, groups in (
        ("within its section", at_home),
        (f"among all {sentences:,} sentences", everywhere),
    ):
        print(f"the answering sentence first {where}: {_shares(samples, groups, known, score)}")
    print(
        "asked over all sections, and again with the answering sentences deleted: "
        + confidence.report(confidence_of().reread, outcomes)
    )
    return 0


def _shares(
    samples: Sequence[Sample],
    groups: Sequence[Group],
    known: set[tuple[str, ...]],
    score: Callable[[Group], rank.Features],
) -> str:
    """The share of right first sentences; those whose section the ranker has seen apart."""
    said = f"{accuracy(groups, score):.1%}"
    if known:
        pairs = list(zip(samples, groups, strict=True))
        for name, of in (
            ("sections of the dev questions", [g for s, g in pairs if s.sentences in known]),
            ("other sections", [g for s, g in pairs if s.sentences not in known]),
        ):
            said += f"; {name} {accuracy(of, score):.1%} of {len(of):,}"
    return said


if __name__ == "__main__":
    sys.exit(main())
