"""Order tables: headings in both languages, cells with addresses, formulas and strange encodings refused."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from marketplace.orders.rules.uploads.columns import COLUMNS, column_of
from marketplace.orders.rules.uploads.order_table import read_order_table
from marketplace.orders.rules.uploads.rows import MOST_ROWS, UploadRow, decoded
from marketplace.orders.rules.uploads.template import table_template
from marketplace.shared.errors import InvalidInput
from tests.factories.order_terms import facts, faults_of


def rows(text: str) -> list[UploadRow]:
    """The rows of a table."""
    return list(read_order_table(text))


def row_of(heading: str, cell: str) -> UploadRow:
    """The row of a table of one column."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[heading], [cell]])
    (row,) = rows(text.getvalue())
    return row


def refused(text: str) -> list[tuple[str, str]]:
    """Pointer and code of what is wrong with a table as a whole."""
    with pytest.raises(InvalidInput) as error:
        rows(text)
    return [(fault.pointer, fault.code) for fault in error.value.faults]


def test_a_row_becomes_the_document_of_its_order() -> None:
    text = (
        "side,grade,site,limit_price.index,limit_price.premium,limit_price.floor,counterparties.most,"
        "delivery.incoterms,specification.Fe_ppm,2027-01,2027-02.firm,2027-02.planned,terms_json\r\n"
        'offer,g,s,LC-CN,-500,70000,4,DAP; EXW,8,120,80,40,"{""ramp"": ""0.2""}"\r\n'
    )
    (row,) = rows(text)
    assert (row.number, row.faults) == (2, [])
    assert row.document == {
        "side": "offer",
        "grade": "g",
        "site": "s",
        "limit_price": {"components": [{"index": "LC-CN"}], "premium": "-500", "collar": {"floor": "70000"}},
        "counterparties": {"most": 4},
        "delivery": {"incoterms": ["DAP", "EXW"]},
        "specification": {"Fe_ppm": "8"},
        "volumes": {"2027-01": "120", "2027-02": {"firm": "80", "planned": "40"}},
        "ramp": "0.2",
    }
    assert row.cell_of("/volumes/2027-02/planned") == "L2"
    assert row.cell_of("/limit_price/components/0") == "D2"
    assert row.cell_of("/ramp") == "M2"
    assert row.cell_of("/lot") is None


@pytest.mark.parametrize("separator", ["，", ";", "；", "\t"])
def test_another_sign_between_the_columns_is_named(separator: str) -> None:
    with pytest.raises(InvalidInput) as error:
        rows(separator.join(["side", "grade", "site"]) + "\n" + separator.join("xyz") + "\n")
    (fault,) = error.value.faults
    assert (fault.pointer, fault.code, fault.limit) == ("/headings/0", "wrong-separator", "the comma ,")
    assert repr(separator) in fault.message


def test_chinese_headings_and_words_say_the_same() -> None:
    chinese = "方向,牌号,厂址,固定价,计税口径,必须满足,指标.Fe_ppm.at_most\n需求,g,s,98000,含税,是,10\n"
    english = (
        "side,grade,site,limit_price.fixed,limit_price.tax_basis,must_serve,specification.Fe_ppm.at_most\n"
        "need,g,s,98000,inclusive,true,10\n"
    )
    assert rows(chinese)[0].document == rows(english)[0].document
    assert rows(chinese)[0].document == {
        "side": "need",
        "grade": "g",
        "site": "s",
        "limit_price": {"components": [{"fixed": "98000"}], "tax": {"basis": "inclusive"}},
        "must_serve": True,
        "specification": {"Fe_ppm": {"at_most": "10"}},
    }


def test_every_listed_column_fills_a_term_that_the_rules_know() -> None:
    assert len({column.heading for column in COLUMNS} | {column.heading_zh for column in COLUMNS}) == 2 * len(COLUMNS)
    for column in COLUMNS:
        assert column_of(column.heading) is column_of(column.heading_zh) is column
        document = row_of(column.heading, "nonsense").document
        assert document is not None
        terms = {name: value for name, value in document.items() if name not in ("side", "grade", "site", "unit")}
        terms.pop("external_reference", None)
        unknown = [pointer for pointer, code in faults_of(terms, "need") if code == "unknown-field"]
        assert unknown == [], column.heading


@pytest.mark.parametrize("cell", ["=1+1", "+1", "@x", "\tx", "\rx", "-1+2", "=HYPERLINK(1)", "-", "--5", "+500"])
@pytest.mark.parametrize("heading", ["2027-01", "limit_price.premium", "family", "counterparties.most", "terms_json"])
def test_cells_that_begin_like_formulas_are_refused(heading: str, cell: str) -> None:
    row = row_of(heading, cell)
    assert [fault.code for fault in row.faults] == ["formula-cell"]
    assert row.cell_of(row.faults[0].pointer) == "A2"


@pytest.mark.parametrize("heading", ["2027-01", "limit_price.premium", "counterparties.most"])
def test_negative_numbers_are_numbers_where_a_number_is_expected(heading: str) -> None:
    assert row_of(heading, "-500").faults == []
    assert [fault.code for fault in row_of("family", "-500").faults] == ["formula-cell"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [("/rows", "no-rows")]),
        ("side,grade\n", [("/rows", "no-rows")]),
        ("side,grade\n\n\n", [("/rows", "no-rows")]),
        ("side,price\noffer,1\n", [("/headings/1", "unknown-heading")]),
        ("side,=1+1\noffer,1\n", [("/headings/1", "unknown-heading")]),
        ("side,2027-13\noffer,1\n", [("/headings/1", "unknown-heading")]),
        ("side;grade\noffer;g\n", [("/headings/0", "wrong-separator")]),
        ("side,方向\noffer,offer\n", [("/headings/1", "duplicate")]),
        ("side,\noffer,1\n", [("/headings/1", "unknown-heading")]),
        ('"side\noffer\n', [("/headings", "not-csv")]),
        (",".join(["x"] * 401) + "\n1\n", [("/headings", "too-many-columns")]),
        (",".join(["x"] * 1_000_000) + "\n1\n", [("/headings", "too-many-columns")]),
        ("side\n" + "offer\n" * (MOST_ROWS + 1), [("/rows", "too-many-rows")]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_tables_that_cannot_be_read(text: str, expected: list[tuple[str, str]]) -> None:
    assert refused(text) == expected


def test_rows_that_cannot_be_read_are_refused_alone() -> None:
    found = rows("side,family\noffer\noffer,a,b\n\n,\noffer,a\n")
    assert [(row.number, [fault.code for fault in row.faults]) for row in found] == [
        (2, ["wrong-cell-count"]),
        (3, ["wrong-cell-count"]),
        (6, []),
    ]
    for text in (
        'side,family\noffer,a\noffer,"b\n',
        "side,family\noffer,a\noffer,b\roffer,c\n",
    ):  # one line, not two rows
        assert [[fault.code for fault in row.faults] for row in rows(text)] == [[], ["not-csv"]]


@pytest.mark.parametrize(
    ("cell", "code"),
    [("{", "not-json"), ("[]", "wrong-type"), ('{"a":1,"a":2}', "not-json"), ('{"a":NaN}', "not-json"),
     ("[" * 100_000, "not-json")],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_terms_as_json_are_read_strictly(cell: str, code: str) -> None:
    assert [fault.code for fault in row_of("terms_json", cell).faults] == [code]


def test_two_columns_for_one_term_are_refused() -> None:
    (row,) = rows('lot,terms_json\n5,"{""lot"": ""6""}"\n')
    assert [(fault.pointer, fault.code) for fault in row.faults] == [("/terms_json", "duplicate")]
    for heading in ("minimum_contract,minimum_contract.volume", "minimum_contract.volume,minimum_contract"):
        (row,) = rows(f"{heading}\n5,5\n")
        assert len(row.faults) == 1
    (row,) = rows("2027-01,2027-01.firm\n5,5\n")
    assert len(row.faults) == 1


def test_encodings_are_declared_and_never_guessed() -> None:
    text = "方向,牌号\n供应,g\n"
    assert decoded(text.encode(), None) == text
    assert decoded(b"\xef\xbb\xbf" + text.encode(), "utf-8") == text
    assert decoded(text.encode("gb18030"), "GB18030") == text
    for body, charset, code in (
        (text.encode("gb18030"), None, "encoding"),
        (b"side\n\xff\xfe", "gb18030", "encoding"),
        (text.encode("utf-16"), None, "encoding"),
        (b"side\n\0", None, "encoding"),
        (b"side\n", "latin-1", "unknown-charset"),
    ):
        with pytest.raises(InvalidInput) as error:
            decoded(body, charset)
        assert error.value.faults[0].code == code
        assert error.value.faults[0].limit


@pytest.mark.parametrize("chinese", [True, False])
def test_the_template_can_be_read_and_its_example_is_nobodys(chinese: bool) -> None:
    (row,) = rows(table_template(date(2026, 12, 1), chinese=chinese))
    assert row.faults == []
    assert row.document is not None
    assert list(row.document["volumes"])[::11] == ["2027-01", "2027-12"]
    terms = {name: row.document[name] for name in ("volumes", "limit_price")}
    assert faults_of(terms) == []
    assert row.document["site"] not in facts().sites


def test_a_table_of_too_many_cells_is_refused_before_it_is_read() -> None:
    """Each within its bound, rows and columns may still be more than a second of reading together."""
    heading = ",".join(["x"] * 200)
    with pytest.raises(InvalidInput) as error:
        read_order_table(heading + "\n" + "1\n" * 2001)
    (fault,) = error.value.faults
    assert (fault.pointer, fault.code, fault.value, fault.limit) == ("/rows", "too-many-cells", 400_200, 400_000)
    with pytest.raises(InvalidInput) as error:  # of as many as may be, the headings are read
        list(read_order_table(heading + "\n" + "1\n" * 2000))
    assert {fault.code for fault in error.value.faults} == {"unknown-heading"}
