"""Orders after their round over HTTP: status, message, the rest opened again."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.factories.accounts import signed_in
from tests.factories.catalogue import make_grade
from tests.factories.rounds import make_open_order, make_round, make_trader


def test_what_a_round_left_is_offered_again(client: FlaskClient) -> None:
    grade, seller, buyer = make_grade(), make_trader(), make_trader()
    order = make_open_order(seller, "offer", grade, price="96000", volume="60")
    make_open_order(buyer, "need", grade, price="104000", volume="60")
    make_round(grade, until="published", calendar=["2027-01"])
    headers = signed_in(client, seller.member)
    path = f"/api/v1/orders/{order.id}"

    before = client.get(path, headers=headers)
    assert before.json["status"] == "partly_matched"
    assert client.get(f"{path}/outcomes", headers=headers).json["items"][0]["status"] == "matched"
    (told,) = client.get("/api/v1/notifications", query_string={"kind": "round-published"}, headers=headers).json[
        "items"
    ]
    assert "1 matched" in told["text_en"]
    change = client.patch(path, json={"lot": "10"}, headers={**headers, "If-Match": "*"})
    assert change.status_code == 409
    assert change.json["detail_zh"] == "当前状态为“部分成交”，不允许此操作（revise）"
    assert client.post(f"{path}/opening", headers=signed_in(client, buyer.member)).status_code == 404
    assert client.post(f"{path}/opening", headers={**headers, "If-Match": '"1"'}).status_code == 412

    again = client.post(f"{path}/opening", headers=headers)
    assert (again.status_code, again.json["status"]) == (200, "open")
    assert again.json["volumes"] == {"2027-02": "60", "2027-03": "60"}
    assert again.headers["ETag"] != before.headers["ETag"]
    revised = client.patch(path, json={"lot": "10"}, headers={**headers, "If-Match": again.headers["ETag"]})
    assert (revised.status_code, revised.json["lot"]) == (200, "10")
