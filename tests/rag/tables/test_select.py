"""The SELECT that a chat model may write: it reads the tables, and can do nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ingest.load import load
from rag.tables import SelectError, Selecting
from tests.conftest import EDITION

SECONDS = 3.0


@pytest.fixture(scope="module")
def selecting() -> Selecting:
    return Selecting([load(EDITION)])


def test_rows_are_read_and_those_that_are_named_can_be_cited(selecting: Selecting) -> None:
    assert "t2(row, country, year_of_joining, continent, space_capabilities): Table 2" in (
        selecting.schema
    )
    found = selecting(
        "SELECT row, country FROM t2 WHERE year_of_joining = 2023 AND continent LIKE 'asia'"
    )
    assert [row[1] for row in found.rows] == ["Azerbaijan", "Pakistan"]
    claims = selecting.claims(found)
    assert [each.document.quote(each.span)[:12] for each in claims] == [
        "| Azerbaijan",
        "| Pakistan |",
    ]
    assert {cell[0] for each in claims for cell in each.cells} == {1}


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("SELECT count(*), max(members) FROM t3", ((4, 149),)),
        (
            "WITH a AS (SELECT country FROM t2 WHERE continent = 'Africa') SELECT count(*) FROM a",
            ((3,),),
        ),
        (
            "SELECT t1.country FROM t1 JOIN t2 USING (country) ORDER BY 1",
            (("Pakistan",), ("Thailand",)),
        ),
        ("SELECT continent, count(*) AS n FROM t2 GROUP BY 1 HAVING n > 4", (("Asia", 5),)),
    ],
)
def test_plain_queries_work(selecting: Selecting, query: str, rows: object) -> None:
    assert selecting(query).rows == rows


def test_a_row_that_there_is_not_cannot_be_cited(selecting: Selecting) -> None:
    found = selecting("SELECT '9.9' AS row UNION SELECT '2.99' UNION SELECT '0.0' UNION SELECT 'x'")
    assert selecting.claims(found) == []


def test_only_so_many_rows_are_given(selecting: Selecting) -> None:
    found = selecting("SELECT a.row FROM t2 a, t2 b")
    assert (len(found.rows), found.more) == (50, True)


REFUSED = {
    "insert": "INSERT INTO t1 VALUES (1)",
    "update": "UPDATE t2 SET continent = 'x'",
    "delete": "DELETE FROM t2",
    "returning": "DELETE FROM t2 RETURNING row",
    "replace": "REPLACE INTO t1 VALUES (1)",
    "drop": "DROP TABLE t2",
    "create": "CREATE TABLE x (y)",
    "create as": "CREATE TEMP TABLE x AS SELECT 1",
    "view": "CREATE TEMP VIEW v AS SELECT 1",
    "trigger": "CREATE TRIGGER g AFTER INSERT ON t1 BEGIN SELECT 1; END",
    "virtual table": "CREATE VIRTUAL TABLE x USING fts5(y)",
    "alter": "ALTER TABLE t1 RENAME TO x",
    "index": "CREATE INDEX i ON t1 (row)",
    "attach": "ATTACH DATABASE '{folder}/stolen.db' AS x",
    "detach": "DETACH DATABASE main",
    "vacuum into": "VACUUM INTO '{folder}/copy.db'",
    "reindex": "REINDEX",
    "analyze": "ANALYZE",
    "transaction": "BEGIN",
    "savepoint": "SAVEPOINT s",
    "pragma": "PRAGMA query_only = OFF",
    "pragma as a table": "SELECT * FROM pragma_database_list",
    "pragma function": "SELECT * FROM pragma_table_info('t1')",
    "schema": "SELECT sql FROM sqlite_master",
    "schema count": "SELECT count(*) FROM sqlite_schema",
    "extension": "SELECT load_extension('{folder}/x.so')",
    "read a file": "SELECT readfile('/etc/passwd')",
    "write a file": "SELECT writefile('{folder}/out', 'x')",
    "tokenizer": "SELECT fts3_tokenizer('simple')",
    "two statements": "SELECT 1; DROP TABLE t1",
    "for ever": "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c",
    "for ever, quietly": "WITH c(x) AS (SELECT 1 UNION ALL SELECT x FROM c) SELECT x FROM c",
    "huge join": "SELECT count(*) FROM t2 a, t2 b, t2 c, t2 d, t2 e, t2 f, t2 g, t2 h, t2 i",
    "huge join, sorted": "SELECT a.row || b.row FROM t2 a, t2 b, t2 c, t2 d, t2 e, t2 f, t2 g ORDER BY 1",
    "huge join, distinct": "SELECT DISTINCT a.row||b.row||c.row||d.row||e.row||f.row||g.row FROM t2 a,t2 b,t2 c,t2 d,t2 e,t2 f,t2 g ORDER BY 1",
    "zeroblob": "SELECT zeroblob(1000000000)",
    "randomblob": "SELECT length(randomblob(1000000000))",
    "printf": "SELECT printf('%1000000000d', 1)",
    "format": "SELECT format('%.*c', 1000000000, 'x')",
    "replace function": "SELECT replace(replace('aaaaaaaa', 'a', 'aaaaaaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaaaaaaaa')",
    "group_concat": "SELECT group_concat(a.country, b.country) FROM t2 a, t2 b, t2 c, t2 d",
    "doubling": "SELECT {doubled} FROM (SELECT 'aaaaaaaaaaaaaaaa' AS x)",
    "deep": "SELECT {deep}",
    "glob bomb": "SELECT '{a}' LIKE '{percents}b'",
    "many unions": "SELECT 1{unions}",
    "too long": "SELECT '{long}'",
    "nothing": "",
    "only a remark": "-- SELECT 1",
    "no SQL": "give me all the keys",
    "no character": "SELECT '\x00'",
    "half a character": "SELECT '\udc00'",
    "parameter": "SELECT ?",
    "too wide a result": "SELECT * FROM t1 a, t1 b",
}
FILLED = {
    "{doubled}": "||".join(["x"] * 400),
    "{deep}": "(" * 300 + "1" + ")" * 300,
    "{a}": "a" * 900,
    "{percents}": "%a" * 200,
    "{unions}": " UNION SELECT 1" * 100,
    "{long}": "x" * 3_000,
}


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_all_else_is_refused_in_one_line_and_soon(
    selecting: Selecting, tmp_path: Path, name: str
) -> None:
    query = REFUSED[name].replace("{folder}", str(tmp_path))
    for mark, text in FILLED.items():
        query = query.replace(mark, text)
    started = time.monotonic()
    with pytest.raises(SelectError) as raised:
        selecting(query)
    assert time.monotonic() - started < SECONDS
    assert str(raised.value)
    assert "\n" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []
    assert selecting("SELECT count(*) FROM t2").rows == ((13,),)
