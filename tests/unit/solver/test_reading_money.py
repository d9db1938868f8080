"""Price paths, quotations, assays, currencies, payment and consent as they are read: just inside, just outside."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

from solver.form.faults import MarketError
from solver.form.reading import read_market

MARKET: dict[str, Any] = {
    "format": "changdan-market/1",
    "grades": [{"id": "G", "unit": "t", "quantum": "1"}],
    "calendar": ["2027-01", "2027-02"],
    "paths": [
        {
            "weight": "0.5",
            "indices": {"I": ["1", "2"], "I@settlement": ["1", "2"], "I@2027-01-05,2027-01-12": ["1", "2"]},
            "before": {"I": "1"},
        },
        {
            "weight": "0.5",
            "indices": {"I": ["3", "4"], "I@settlement": ["1", "2"], "I@2027-01-05,2027-01-12": ["1", "2"]},
            "before": {"I": "1"},
        },
    ],
    "policy": {"exchange_rates": {"USD": "7.1"}, "refused_instruments": ["commercial_acceptance"]},
    "orders": [
        {
            "id": "o",
            "side": "offer",
            "organisation": "A",
            "grade": "G",
            "volumes": ["1", "1"],
            "limit_price": {"components": [{"index": "I"}]},
            "specification": {"ni_pct": "20", "fe_ppm": "1000000", "over_pct": "100.1", "size_um": "5"},
            "payment": {},
            "loss_consent": {"most_cny_per_unit": "5"},
        }
    ],
}
ORDER = ("orders", 0)
LIMIT = (*ORDER, "limit_price")


def with_values(*changes: tuple[tuple[str | int, ...], Any]) -> str:
    document = deepcopy(MARKET)
    for (*parents, last), value in changes:
        at: Any = document
        for step in parents:
            at = at[step]
        at[last] = value
    return json.dumps(document)


def priced_by(attribute: str, **more: Any) -> tuple[tuple[str | int, ...], Any]:
    return (*LIMIT, "components"), [{"index": "I", "content_attribute": attribute, **more}]


def quoted(**quotation: Any) -> tuple[tuple[str | int, ...], Any]:
    return (*LIMIT, "quotation"), quotation


def paid(**payment: Any) -> tuple[tuple[str | int, ...], Any]:
    return (*ORDER, "payment"), payment


@pytest.mark.parametrize(
    "change",
    [
        quoted(month="M-1"),
        quoted(basis="settlement"),
        quoted(dates=["2027-01-12", "2027-01-05"]),
        priced_by("ni_pct"),
        priced_by("fe_ppm"),
        ((*LIMIT, "currency"), "USD"),
        (("policy", "exchange_rates", "USD"), "100"),
        paid(days=1000, instrument="bank_acceptance", tenor_days=1000),
        paid(prepaid_fraction="0.5", deposit_fraction="0.5", prepaid_offset_months=36),
        ((*ORDER, "loss_consent"), {"most_cny_per_unit": "0"}),
    ],
)
def test_what_is_just_inside_is_read(change: tuple[tuple[str | int, ...], Any]) -> None:
    read_market(with_values(change))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ((("paths", 0, "weight"), "0.4"), "/paths"),
        ((("paths", 0, "before"), {"J": "1"}), "/paths/0/before/J"),
        ((("paths", 0, "after"), {"I": "10000001"}), "/paths/0/after/I"),
        ((("paths", 1, "indices"), {"I": ["1", "2"]}), None),
        (quoted(month="M+1"), "/orders/0/limit_price/quotation/month"),
        (quoted(month="M-1", basis="settlement"), "/orders/0/limit_price/quotation/month"),
        (quoted(basis="futures"), "/orders/0/limit_price/quotation"),
        (quoted(dates=["2027-01-05"]), "/orders/0/limit_price/quotation"),
        (quoted(dates=["2027-01-05", "2027-01-12", "2027-01-12"]), "/orders/0/limit_price/quotation"),
        (quoted(month="M-1", dates=["2027-01-05", "2027-01-12"]), "/orders/0/limit_price/quotation/month"),
        ((("calendar",), ["2027-01", "2027-03"]), None),
        (priced_by("size_um"), "/orders/0/limit_price/components/0/content_attribute"),
        (priced_by("over_pct"), "/orders/0/limit_price/components/0/content_attribute"),
        (priced_by("cu_pct"), "/orders/0/limit_price/components/0/content_attribute"),
        (priced_by("ni_pct", content="0.5"), "/orders/0/limit_price/components/0/content_attribute"),
        (((*LIMIT, "currency"), "EUR"), "/orders/0/limit_price/currency"),
        ((("policy", "exchange_rates"), {"CNY": "1"}), "/policy/exchange_rates/CNY"),
        ((("policy", "exchange_rates"), {"USD": "0"}), "/policy/exchange_rates/USD"),
        ((("policy", "exchange_rates"), {"USD": "100.01"}), "/policy/exchange_rates/USD"),
        ((("policy", "small_supplier_days"), -1), "/policy/small_supplier_days"),
        (paid(instrument="commercial_acceptance", tenor_days=90), "/orders/0/payment/instrument"),
        (paid(instrument="bank_acceptance"), "/orders/0/payment/tenor_days"),
        (paid(instrument="transfer", tenor_days=90), "/orders/0/payment/tenor_days"),
        (paid(discount_borne_by="buyer"), "/orders/0/payment/discount_borne_by"),
        (paid(prepaid_fraction="0.5", deposit_fraction="0.51"), "/orders/0/payment/deposit_fraction"),
        (paid(prepaid_offset_months=1), "/orders/0/payment/prepaid_offset_months"),
        (paid(prepaid_fraction="1", prepaid_offset_months=37), "/orders/0/payment/prepaid_offset_months"),
        (((*ORDER, "loss_consent"), {"most_cny_per_unit": "-1"}), "/orders/0/loss_consent/most_cny_per_unit"),
        (((*ORDER, "loss_consent"), {"most_cny_per_unit": "1000000001"}), "/orders/0/loss_consent/most_cny_per_unit"),
    ],
)
def test_what_is_just_outside_is_refused(change: tuple[tuple[str | int, ...], Any], pointer: str | None) -> None:
    if pointer is None:  # fine by itself: no order asks for what is missing
        read_market(with_values(change))
        return
    with pytest.raises(MarketError) as caught:
        read_market(with_values(change))
    assert pointer in [fault.pointer for fault in caught.value.faults]


def test_a_month_before_needs_a_calendar_without_gaps() -> None:
    for calendar, right in (
        (["2027-01", "2027-02"], True),
        (["2027-01", "2027-03"], False),
        (["2027-Q1", "2027-Q2"], False),
    ):
        text = with_values((("calendar",), calendar), quoted(month="M-1"))
        if right:
            read_market(text)
        else:
            with pytest.raises(MarketError, match="without a gap"):
                read_market(text)


def test_a_quotation_of_no_index_is_refused() -> None:
    fixed = ((*LIMIT, "components"), [{"fixed": "1"}])
    with pytest.raises(MarketError, match="follows or accepts"):
        read_market(with_values(fixed, quoted(month="M")))
    read_market(with_values(fixed, quoted(month="M-1"), ((*LIMIT, "accepted_indices"), ["I"])))


LIMITS: tuple[tuple[dict[str, Any], str], ...] = (  # and the greatest discount
    ({"components": [{"fixed": "90"}]}, "90"),
    ({"components": [{"fixed": "90", "coefficient": "0.5", "content": "0.5"}], "processing_fee": "2"}, "24.50"),
    ({"components": [{"fixed": "90"}], "premium_by_period": ["5", "-3"]}, "87"),
    ({"components": [{"fixed": "90"}], "collar": {"cap": "80"}}, "80"),
    ({"components": [{"fixed": "60"}], "collar": {"floor": "80"}}, "80"),
    ({"components": [{"fixed": "90"}], "currency": "USD", "tax": {"basis": "inclusive", "rate": "0.13"}}, "90"),
)


def discounted(kind: str, *discounts: str) -> tuple[tuple[str | int, ...], Any]:
    steps = [{"from_volume": str(start), "discount": each} for start, each in enumerate(discounts, start=1)]
    return (*ORDER, "tiers"), {"kind": kind, "steps": steps}


@pytest.mark.parametrize("kind", ["all_unit", "incremental"])
@pytest.mark.parametrize(("limit", "most"), LIMITS)
def test_a_discount_is_at_most_the_limit(limit: dict[str, Any], most: str, kind: str):
    read_market(with_values((LIMIT, limit), discounted(kind, "1", most)))
    above = most + ("01" if "." in most else ".01")
    with pytest.raises(MarketError) as caught:
        read_market(with_values((LIMIT, limit), discounted(kind, "1", above)))
    (fault,) = caught.value.faults
    assert (fault.pointer, fault.value) == ("/orders/0/tiers/steps/1/discount", above)
    assert fault.message == f"must be at most the limit, {most}"


TOLLING = {"grade": "M", "yield_fraction": "0.9", "loss_limit": "0.1", "fee": "500", "title": "buyer"}


@pytest.mark.parametrize(
    "change",
    [
        (LIMIT, {"components": [{"index": "I"}]}),
        (LIMIT, {"components": [{"fixed": "1", "content_attribute": "ni_pct"}]}),
        (LIMIT, {"components": [{"fixed": "-5"}]}),  # paid for being taken away: below 0 without any discount
        ((*ORDER, "tolling"), TOLLING),
    ],
)
def test_where_the_price_is_not_the_limit_alone_any_discount_is_read(change: tuple[tuple[str | int, ...], Any]):
    fixed = (LIMIT, {"components": [{"fixed": "0"}]})
    read_market(with_values(fixed, change, discounted("all_unit", "100")))
