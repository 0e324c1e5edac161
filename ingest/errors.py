"""What can be wrong with what we are given; each message is one line: what is wrong, what to do.

FootnoteError
├── LoadError              a file that cannot be read as an article
├── GlossaryError          a glossary file that cannot be used
├── EmbeddingModelError    an embedding model that is missing or broken
├── IndexProblem           an index that cannot be read or written
│   ├── IndexMissing       there is none at that place
│   ├── IndexDamaged       it is not whole
│   ├── IndexMismatch      it was made by another version or embedding model
│   └── IndexWriteError    the place cannot be written; what was there before still stands
├── QuestionError          a question that cannot be asked
└── SettingError           a setting that has no such value
"""

from __future__ import annotations


class FootnoteError(Exception):
    """A mistake in the input that the user can mend. The command line exits with code 2."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class LoadError(FootnoteError):
    """A file that cannot be read as an article."""


class GlossaryError(FootnoteError, ValueError):
    """A glossary file that cannot be used."""


class EmbeddingModelError(FootnoteError):
    """An embedding model that is missing, broken or not the one it should be."""


class IndexProblem(FootnoteError):
    """An index that cannot be read or written."""


class IndexMissing(IndexProblem):
    """There is no index at that place."""


class IndexDamaged(IndexProblem):
    """The index is not whole: a file is missing, or does not hold what its stamp says."""


class IndexMismatch(IndexProblem):
    """The index was made by another version of Footnote or with another embedding model."""


class IndexWriteError(IndexProblem):
    """The place cannot be written to. What stood there before still stands."""


class QuestionError(FootnoteError):
    """A question that cannot be asked: empty, too long, or of control characters only."""


class SettingError(FootnoteError):
    """A setting that has no such value."""
