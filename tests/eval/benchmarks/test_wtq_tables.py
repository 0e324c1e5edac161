from __future__ import annotations

from pathlib import Path

import pytest

from eval.benchmarks.wtq_tables import document_of, documents_of
from ingest.errors import LoadError


def table(folder: Path, text: str, name: str = "0.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_table_file_becomes_a_document_with_true_spans(tmp_path: Path) -> None:
    path = table(tmp_path, '"Name","Say \\"when\\""\n"A | B","two\nlines"\n"C"\n')
    document = document_of(path)
    (found,) = document.tables
    assert [cell.text for cell in found.header] == ["Name", 'Say "when"']
    assert [[cell.text for cell in row] for row in found.rows] == [
        ["A | B", "two lines"],
        ["C", ""],
    ]
    assert document.quote(found.cell(0, 0).span) == "A \\| B"
    assert document.quote(found.cell(0, 1).span) == "two<br>lines"


def test_what_holds_no_table_is_skipped_with_the_reason(tmp_path: Path) -> None:
    good = table(tmp_path, '"A","B"\n"1","2"\n')
    bare = table(tmp_path, '"A","B"\n', "bare.csv")
    missing = tmp_path / "missing.csv"
    documents, skipped = documents_of([good, bare, missing])
    assert len(documents) == 1
    assert [str(path) in reason for path, reason in zip([bare, missing], skipped, strict=True)]
    with pytest.raises(LoadError, match="no row"):
        document_of(bare)
