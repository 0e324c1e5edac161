"""Learn anew what answers from the text: ranker, second reading, verdicts, confidence; and the choice
between text and tables, for which the tables' own weights must have been learned before (`rag.train.tables`).

    python -m rag.train --selqa DIR/selqa-ass-dev.json --qed DIR/qed-dev.jsonlines [--keep FOLDER]

`--keep` names a folder in which the indexes of the data sets are kept, so that the next run need not
encode them again. What was learned, from what, and how good it is: `rag/train/README.md`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ingest.embed import Embedder, model_folder
from ingest.encode import NumpyEncoder
from rag import rank, reread
from rag.answer import Reread
from rag.confidence import Confidence
from rag.train import choose, confidence, documents, verdict
from rag.train import reread as second
from rag.train.articles import Sample, articles, collected, encyclopedia, qed, selqa
from rag.train.groups import Group, accuracy, groups, scored
from rag.train.rank import learn, save

_WRITTEN = Path(__file__).parent / "written"


def main() -> int:
    """Learn, print the figures on the third that was held out, write the weights."""
    parser = argparse.ArgumentParser(prog="python -m rag.train", description=__doc__)
    parser.add_argument("--selqa", type=Path, required=True, help="selqa-ass-dev.json")
    parser.add_argument("--qed", type=Path, required=True, help="qed-dev.jsonlines")
    parser.add_argument("--keep", type=Path, help="a folder for the indexes of the data sets")
    options = parser.parse_args()
    public = {"selqa": list(selqa(options.selqa)), "qed": list(qed(options.qed))}
    texts = [*public["selqa"], *qed(options.qed, unanswered=True)]
    data = public | {
        "encyclopedia": list(encyclopedia(_WRITTEN / "encyclopedia.jsonl", texts)),
        "articles": list(articles(_WRITTEN / "articles.jsonl")),
    }
    found = dict(_groups(data, options.keep))
    embedder, encoder = Embedder(), NumpyEncoder(model_folder())
    ours = [each for each in documents.documents() if not each.is_kept_out]
    found["documents"] = list(documents.groups(ours, embedder, encoder))
    learn_all(found)
    telling = [each for each in ours if each.is_held_out]
    learn_choice(telling, embedder)
    return 0


def learn_choice(articles: Sequence[documents.Article], embedder: Embedder) -> None:
    """The third of the articles with tables that nothing was learned from tells how to choose."""
    outcomes = list(choose.outcomes(articles, embedder))
    learned = choose.learn(outcomes)
    print(choose.report(learned, outcomes))
    choose.save(learned)


def _groups(
    data: Mapping[str, Sequence[Sample]], keep: Path | None
) -> Iterator[tuple[str, list[Group]]]:
    for name, samples in data.items():
        with collected(samples, keep and keep / name) as collection:
            yield name, list(groups(collection))


def learn_all(found: Mapping[str, Sequence[Group]]) -> None:
    """Two thirds teach the ranker, then the second reading; the last third how sure to be."""
    everything = [each for of_one in found.values() for each in of_one]
    taught = [each for each in everything if not each.held_out]
    others = [each for each in everything if each.held_out]
    save(learn([each for each in taught if each.setting in _RANKED]))
    rank.ranker.cache_clear()
    second.save(second.learn(second.items(taught, rank.ranker())).weights())
    rereader = reread.Rereader(NumpyEncoder(model_folder()))
    for setting in _RANKED:
        mine = [each for each in others if each.setting == setting and each.answerable]
        print(
            f"the answering sentence first, {setting}, held out: {accuracy(mine, _score(None)):.1%}; "
            f"after the second reading {accuracy(mine, _score(rereader)):.1%}"
        )
    verdicts = list(verdict.outcomes(others, rereader))
    of_verdicts = verdict.learn(verdicts)
    print(verdict.report(of_verdicts, verdicts))
    verdict.save(of_verdicts)
    telling = [
        each
        for name, weight in _SURE_BY.items()
        for each in found[name]
        for _ in range(weight)
        if each.held_out
    ]
    learned = []
    for reading in (rereader, None):
        outcomes = list(confidence.outcomes(telling, reading))
        learned.append(confidence.learn(outcomes))
        print(confidence.report(learned[-1], outcomes))
    confidence.save(Confidence(*learned))


_SURE_BY = {"selqa": 2, "articles": 1, "documents": 1}
"""How often each set counts for the confidence. The other two ask about a text that the asker has just
read, and lean on it; told how often those are answered, it trusts a question to a whole article too little."""


def _score(reread: Reread | None) -> Callable[[Group], rank.Features]:
    return lambda group: scored(group, reread).final


_RANKED = ("home", "article", "everywhere")

if __name__ == "__main__":
    sys.exit(main())
