"""Tables of contracts read back from their files: every figure is there, exactly, and they add up."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.contracts import services
from marketplace.contracts.models import Contract
from marketplace.contracts.queries import deliveries as delivery_queries
from marketplace.contracts.queries import exports as export_queries
from marketplace.contracts.queries.exports import Form
from marketplace.contracts.rules.exports import Months, csv_file, xlsx_file
from marketplace.shared.errors import InvalidInput, NotFound
from tests.factories.accounts import make_member
from tests.factories.contracts import make_contract_in_force, make_indexed_contract, trader_of
from tests.factories.indices import make_quote
from tests.factories.settlement import confirm_statement, correct, deliver, draw, on

pytestmark = pytest.mark.usefixtures("session")

FORMS: tuple[Form, ...] = ("csv", "xlsx")
Rows = list[dict[str, str]]


def read_csv(made: bytes) -> list[list[str]]:
    assert made.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))


def read_xlsx(made: bytes) -> list[list[str]]:
    """Cells as texts; no cell holds a formula."""
    (sheet,) = openpyxl.load_workbook(io.BytesIO(made)).worksheets

    def text(cell: Any) -> str:
        assert cell.data_type in ("s", "n", "d"), cell.data_type
        if isinstance(cell.value, datetime):
            return cell.value.date().isoformat()
        return "" if cell.value is None else str(cell.value)

    return [[text(cell) for cell in row] for row in sheet.iter_rows()]


READERS: dict[str, Callable[[bytes], list[list[str]]]] = {"csv": read_csv, "xlsx": read_xlsx}


def rows_of(made: bytes, form: Form) -> Rows:
    """By the English name of each column, which is the last word of its heading."""
    headings, *rows = READERS[form](made)
    return [dict(zip((heading.split(" ")[-1] for heading in headings), row, strict=True)) for row in rows]


def table(contract: Contract, what: str, form: Form = "csv", side: str = "seller", **months: str) -> Rows:
    made, name = export_queries.contract_table(
        what, contract.id, Months(**months), form=form, actor=trader_of(contract, side)
    )
    assert name == f"{contract.number}-{what}.{form}"
    return rows_of(made, form)


def total(rows: Rows, name: str, **where: str) -> Decimal:
    picked = (row for row in rows if all(row[key] == value for key, value in where.items()))
    return sum((Decimal(row[name]) for row in picked if row[name]), Decimal(0))


@pytest.fixture
def contract(session: None) -> Contract:
    """January delivered in three lots, one with a certificate; stated provisionally, finally, and corrected."""
    made, index = make_indexed_contract()
    for day, value in (("2027-01-04", "99000.37"), ("2027-01-05", "101000.11"), ("2027-02-01", "110000")):
        make_quote(index, day, value)
    for lot, volume, rejected in (("L1", "33.333", "0"), ("L2", "33.334", "1.001"), ("=HYPERLINK(1)", "23.25", "0")):
        deliver(made, "2027-01", volume, lot=lot, rejected=rejected)
    services.certify_lot(
        made.id,
        lot="L2",
        assays={"purity_pct": Decimal("99.10")},
        laboratory="国检中心",
        issued_on=date(2027, 1, 16),
        document_hash=None,
        actor=trader_of(made, "seller"),
        now=on("2027-01-16"),
    )
    confirm_statement(made, draw(made, "2027-01", "2027-01-20", kind="provisional"), "2027-01-21")
    confirm_statement(made, draw(made, "2027-01", "2027-02-03"), "2027-02-04")
    make_quote(index, "2027-01-05", "99000.05", vintage=2)
    confirm_statement(made, correct(made, "2027-01", "2027-02-05"), "2027-02-06")
    return made


@pytest.mark.parametrize("form", FORMS)
def test_statements_add_up_to_the_cent(contract: Contract, form: Form) -> None:
    rows, drawn = table(contract, "settlements", form), delivery_queries.statements(contract)
    assert [each.kind for each in drawn] == ["provisional", "final", "correction"]
    for each in drawn:
        of_it = {"statement": str(each.number)}
        lines, reversals = (total(rows, "amount_cny", record=name, **of_it) for name in ("line", "reversal"))
        assert lines + reversals == each.payable
        invoiced = total(rows, "total_cny", record="invoice", **of_it)
        assert invoiced == sum(
            Decimal(line["total_cny"]) for entry in each.document["months"] for line in entry["invoice"]
        )
        goods, vat = (total(rows, "amount_cny", record="line", kind=kind, **of_it) for kind in ("goods", "vat"))
        assert invoiced == goods + vat
    assert total(rows, "amount_cny", record="reversal") != 0
    assert {row["statement_status"] for row in rows} == {each.status for each in drawn}
    assert {(row["kind"], row["description_zh"], row["description_en"]) for row in rows} >= {("goods", "货款", "goods")}


@pytest.mark.parametrize("form", FORMS)
def test_deliveries_add_up_to_the_kilogram(contract: Contract, form: Form) -> None:
    rows = table(contract, "deliveries", form, side="buyer")
    assert total(rows, "shipped") == Decimal("89.917")
    assert (total(rows, "accepted"), total(rows, "rejected")) == (Decimal("88.916"), Decimal("1.001"))
    (entry,) = delivery_queries.statement(contract, 2).document["months"]
    assert total(rows, "accepted") == Decimal(entry["volumes"]["accepted"])
    second = rows[1]
    assert (second["lot"], second["shipped_on"], second["received_on"]) == ("L2", "2027-01-15", "2027-01-15")
    assert (second["side"], second["counterparty"], second["unit"]) == ("buyer", contract.seller.name_zh, "TNE")
    assert (second["assay.purity_pct"], second["certified_on"], second["outside"]) == ("99.1", "2027-01-16", "")
    assert [row["assay.purity_pct"] for row in rows] == ["", "99.1", ""]
    third = rows[2]["lot"]
    assert third == {"csv": "'=HYPERLINK(1)", "xlsx": "=HYPERLINK(1)"}[form]


@pytest.mark.parametrize("form", FORMS)
def test_the_schedule_is_what_is_agreed_called_and_come(contract: Contract, form: Form) -> None:
    services.call_off(
        contract.id,
        month="2027-03",
        volume=Decimal("95.5"),
        actor=trader_of(contract, "buyer"),
        now=on("2027-02-01"),
    )
    rows = table(contract, "schedules", form)
    names = ("month", "agreed_least", "agreed", "agreed_most", "called", "call_by", "accepted", "rejected")
    assert [tuple(row[name] for name in names) for row in rows] == [
        ("2027-01", "90", "100", "100", "100", "2026-12-31", "88.916", "1.001"),
        ("2027-02", "90", "100", "100", "100", "2027-01-31", "0", "0"),
        ("2027-03", "90", "100", "100", "95.5", "2027-02-28", "0", "0"),
    ]


@pytest.mark.parametrize("what", ["schedules", "deliveries", "settlements"])
def test_both_forms_say_the_same_and_the_same_bytes_again(contract: Contract, what: str) -> None:
    actor = trader_of(contract, "seller")

    def made(form: Form) -> bytes:
        return export_queries.contract_table(what, contract.id, Months(), form=form, actor=actor)[0]

    read = {form: READERS[form](made(form)) for form in FORMS}
    bare = [[cell.removeprefix("'") for cell in row] for row in read["csv"]]
    assert bare == read["xlsx"]
    first = {form: made(form) for form in FORMS}
    time.sleep(2.1)  # as long as a file's date in a ZIP may stay the same
    assert {form: made(form) for form in FORMS} == first


def test_all_own_contracts_and_those_of_nobody_else(session: None) -> None:
    one = make_contract_in_force()
    other = make_contract_in_force(seller=one.seller)
    make_contract_in_force()
    actor = trader_of(one, "seller")
    made, name = export_queries.contracts_table("schedules", Months("2027-02", "2027-02"), form="csv", actor=actor)
    assert name == "contracts-schedules.csv"
    rows = rows_of(made, "csv")
    assert [(row["contract_number"], row["month"]) for row in rows] == [
        (each.number, "2027-02") for each in sorted((one, other), key=lambda each: (each.concluded_at, each.id))
    ]
    stranger = make_member().actor
    made, _ = export_queries.contracts_table("schedules", Months(), form="csv", actor=stranger)
    assert rows_of(made, "csv") == []
    with pytest.raises(NotFound):
        export_queries.contract_table("schedules", one.id, Months(), form="csv", actor=stranger)
    with pytest.raises(NotFound):
        export_queries.contract_table("prices", one.id, Months(), form="csv", actor=actor)


@pytest.mark.parametrize(
    ("months", "pointer"),
    [(("2027-13", None), "/from_month"), ((None, "x"), "/to_month"), (("2027-02", "2027-01"), "/to_month")],
)
def test_months_that_are_none_are_refused(months: tuple[str | None, str | None], pointer: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Months(*months)
    assert [fault.pointer for fault in refused.value.faults] == [pointer]


def test_a_table_that_no_spreadsheet_opens_is_refused(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_queries, "MOST_ROWS", 2)
    with pytest.raises(InvalidInput, match="fewer months"):
        table(contract, "deliveries")
    assert len(table(contract, "schedules", first="2027-02")) == 2


@given(amount=st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_every_amount_comes_back_exactly(amount: Decimal) -> None:
    """Independently of how many digits it has: as a number where a spreadsheet keeps them, else as text."""
    for form, write in (
        ("csv", lambda: csv_file(["a"], [[amount]])),
        ("xlsx", lambda: xlsx_file("a", ["a"], [[amount]])),
    ):
        (_, (shown,)) = READERS[form](write())
        assert Decimal(shown) == amount


@given(text=st.text(min_size=1, max_size=20, alphabet=st.characters(exclude_categories=["Cs", "Cc"])))
def test_no_text_is_ever_a_formula(text: str) -> None:
    for start in ("", "=", "+", "-", "@", " =", "\t=", "＝"):
        ((_,), (shown,)) = read_csv(csv_file(["a"], [[start + text]]))
        assert shown.removeprefix("'") == start + text
        assert shown.lstrip(" ")[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"}
        ((_,), (kept,)) = read_xlsx(xlsx_file("a", ["a"], [[start + text]]))
        assert kept == start + text


def test_a_workbook_tells_no_time(session: None) -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx_file("a", ["a"], [["b"]]))) as parts:
        assert {each.date_time for each in parts.infolist()} == {(1980, 1, 31, 0, 0, 0)}
        assert {each.external_attr for each in parts.infolist()} == {0o600 << 16}
        assert b"2000-01-01T00:00:00Z" in parts.read("docProps/core.xml")
