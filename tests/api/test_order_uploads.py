"""Files of orders over HTTP."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.factories.accounts import signed_in
from tests.factories.orders import entry_of, make_trader

URL = "/api/v1/orders/uploads"
CSV, LINES = "text/csv", "application/x-ndjson"


@pytest.fixture
def trader(client: FlaskClient) -> tuple[dict[str, str], dict[str, Any]]:
    """A trader's headers, and an order document that it could enter."""
    member = make_trader()
    return signed_in(client, member), entry_of(member)


def table(document: dict[str, Any], *rows: tuple[str, str]) -> str:
    """A table with the document's head and, per row, a fixed price and the volume of January 2027."""
    text = io.StringIO(newline="")
    head = [document["side"], document["grade"], document["site"]]
    writer = csv.writer(text)
    writer.writerow(["方向", "牌号", "厂址", "固定价", "2027-01"])
    writer.writerows([*head, *row] for row in rows)
    return text.getvalue()


def send(client: FlaskClient, headers: dict[str, str], body: bytes | str, kind: str = CSV, **query: str) -> Any:
    """Upload a file."""
    return client.post(URL, data=body, headers={**headers, "Content-Type": kind}, query_string=query)


def stored(client: FlaskClient, headers: dict[str, str]) -> int:
    """How many orders the caller has."""
    return len(client.get("/api/v1/orders", headers=headers).json["items"])


def test_a_table_is_stored_with_a_report_per_row(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    reply = send(client, headers, table(document, ("98000", "120"), ("97000", "80")))
    assert reply.status_code == 200, reply.json
    assert (reply.json["mode"], reply.json["stored"], reply.json["refused"]) == ("all", 2, 0)
    rows = reply.json["rows"]
    assert [(row["row"], row["status"], row["errors"]) for row in rows] == [(2, "stored", []), (3, "stored", [])]
    order = client.get(f"/api/v1/orders/{rows[0]['order_id']}", headers=headers).json
    assert order["limit_price"] == {"components": [{"fixed": "98000"}]}


def test_one_bad_row_stores_nothing_unless_partial_is_asked(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    body = table(document, ("98000", "120"), ("=HYPERLINK(1)", "-80"))
    reply = send(client, headers, body)
    assert reply.status_code == 422
    assert [(error["pointer"], error["code"], error["detail"][:8]) for error in reply.json["errors"]] == [
        ("/rows/3/limit_price/components/0/fixed", "formula-cell", "cell D3:"),
        ("/rows/3/volumes/2027-01", "below-limit", "cell E3:"),
    ]
    assert stored(client, headers) == 0
    reply = send(client, headers, body, mode="partial")
    assert (reply.json["stored"], reply.json["refused"]) == (1, 1)
    (error, _) = reply.json["rows"][1]["errors"]
    assert (error["code"], error["value"], bool(error["limit"])) == ("formula-cell", "=HYPERLINK(1)", True)
    assert stored(client, headers) == 1


def test_a_formula_cell_is_refused_once_however_the_row_is_taken(client: FlaskClient, trader: Any) -> None:
    """The order that is to be opened does not also lack the term of that cell; what else is wrong is said."""
    headers, document = trader
    body = table(document, ("=1+1", "-80"))
    for opened in ("false", "true"):
        reply = send(client, headers, body, mode="partial", open=opened)
        errors = reply.json["rows"][0]["errors"]
        assert [(error["pointer"], error["code"]) for error in errors] == [
            ("/limit_price/components/0/fixed", "formula-cell"),
            ("/volumes/2027-01", "below-limit"),
        ]
        assert errors[0]["detail_zh"].startswith("单元格 D2：单元格不得以公式符号开头（填写：=1+1；要求：")
    alone = send(client, headers, table(document, ("=1+1", "80")), mode="partial", open="true")
    assert [error["code"] for error in alone.json["rows"][0]["errors"]] == ["formula-cell"]


def test_json_lines_and_opening_at_once(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    reply = send(client, headers, json.dumps(document), LINES, open="true", format="jsonl")
    order = client.get(f"/api/v1/orders/{reply.json['rows'][0]['order_id']}", headers=headers).json
    assert (order["status"], order["volumes"]) == ("open", document["volumes"])


def test_chinese_encoding_must_be_declared(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    body = table(document, ("98000", "120")).encode("gb18030")
    refused = send(client, headers, body)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "encoding")
    assert send(client, headers, body, "text/csv; charset=gb18030").json["stored"] == 1
    assert send(client, headers, body, "text/csv; charset=latin1").json["errors"][0]["code"] == "unknown-charset"


@pytest.mark.parametrize(
    ("kind", "query", "status"),
    [
        ("application/json", {}, 415),
        ("application/vnd.ms-excel", {}, 415),
        (CSV, {"format": "jsonl"}, 415),
        (CSV, {"mode": "some"}, 422),
        (CSV, {"colour": "blue"}, 422),
    ],
)
def test_what_is_not_an_upload(client: FlaskClient, trader: Any, kind: str, query: dict[str, str], status: int) -> None:
    headers, document = trader
    reply = send(client, headers, table(document, ("98000", "120")), kind, **query)
    assert reply.status_code == status
    assert stored(client, headers) == 0


@pytest.mark.parametrize(("wait", "limit"), [("true", 5_000_000), ("false", 64_000_000)])
def test_a_body_that_is_too_long_is_refused_with_its_limit(
    client: FlaskClient, trader: Any, wait: str, limit: int
) -> None:
    headers, _ = trader
    reply = send(client, headers, b"x" * (limit + 1), wait=wait)
    assert reply.status_code == 413
    assert reply.json["limit"] == limit


def test_the_template_can_be_filled_in_and_sent_back(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    for language in ("zh", "en"):
        reply = client.get(f"{URL}/template", query_string={"headings": language}, headers=headers)
        assert reply.mimetype == CSV
        assert "attachment" in reply.headers["Content-Disposition"]
        refused = send(client, headers, reply.data)
        assert {error["code"] for error in refused.json["errors"]} == {"foreign-site", "unknown-reference"}
        text = reply.data.decode("utf-8-sig")
        filled = text.replace("sit_…", document["site"]).replace("lithium-carbonate-battery", document["grade"])
        filled = filled.replace("2027-LC-01", f"2027-{language}")
        assert send(client, headers, filled).json["stored"] == 1


def test_a_repeated_upload_under_one_key_is_stored_once(client: FlaskClient, trader: Any) -> None:
    headers, document = trader
    keyed, body = {**headers, "Idempotency-Key": "upload-1"}, table(document, ("98000", "120"))
    first, second = send(client, keyed, body), send(client, keyed, body)
    assert first.json == second.json
    assert stored(client, headers) == 1
