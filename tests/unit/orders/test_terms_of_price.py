"""Limit prices, payment, discounts, credit: what is refused and where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.order_terms import faults_of, plain_terms

FIXED = {"fixed": "98000"}
AT = "/limit_price"


def limit(**terms: Any) -> dict[str, Any]:
    """A terms document whose limit price has these beside one fixed component."""
    return plain_terms(limit_price={"components": [FIXED], **terms})


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (plain_terms(limit_price={}), [(f"{AT}/components", "missing")]),
        (plain_terms(limit_price={"components": []}), [(f"{AT}/components", "below-limit")]),
        (plain_terms(limit_price={"components": [FIXED] * 11}), [(f"{AT}/components", "above-limit")]),
        (plain_terms(limit_price={"components": [{}]}), [(f"{AT}/components/0", "contradiction")]),
        (plain_terms(limit_price={"components": ["98000"]}), [(f"{AT}/components/0", "wrong-type")]),
        (plain_terms(limit_price="98000"), [(AT, "wrong-type")]),
        (plain_terms(limit_price={"components": [{"index": "LC-CN", "fixed": "1"}]}),
         [(f"{AT}/components/0", "contradiction")]),
        (plain_terms(limit_price={"components": [FIXED, {"index": "NOPE"}]}),
         [(f"{AT}/components/1/index", "unknown-reference")]),
        (plain_terms(limit_price={"components": [{"fixed": "1", "content": "0"}]}),
         [(f"{AT}/components/0/content", "below-limit")]),
        (plain_terms(limit_price={"components": [{"fixed": "1", "content": "1", "content_attribute": "Fe_ppm"}]},
                     specification={"Fe_ppm": "8"}),
         [(f"{AT}/components/0/content_attribute", "contradiction")]),
        (plain_terms(limit_price={"components": [{"fixed": "1", "content_attribute": "Cu"}]}),
         [(f"{AT}/components/0/content_attribute", "unknown-reference")]),
        (plain_terms(limit_price={"components": [{"fixed": "100000000", "content": "10", "coefficient": "10"}]}),
         [(AT, "above-limit")]),
        (plain_terms(limit_price={"components": [{"index": "LC-CN", "coefficient": "-100"}], "premium": "0.01"}),
         [(AT, "above-limit")]),
        (plain_terms(limit_price={"components": [{"index": "LC-CN", "content": "10.1", "coefficient": "10"}]}),
         [(AT, "above-limit")]),
        (limit(premium="-900000000", premium_by_period={"2027-05": "10", "2027-04": "-99902001"}),
         [(AT, "above-limit")]),
        (limit(premium="1000000001"), [(f"{AT}/premium", "above-limit")]),
        (limit(processing_fee="-1"), [(f"{AT}/processing_fee", "below-limit")]),
        (limit(collar={"floor": "2", "cap": "1"}), [(f"{AT}/collar/floor", "contradiction")]),
        (limit(collar={}), [(f"{AT}/collar", "missing")]),
        (limit(tax={"basis": "gross", "rate": "13"}), [(f"{AT}/tax/basis", "not-a-choice"),
                                                       (f"{AT}/tax/rate", "above-limit")]),
        (limit(currency="RMB"), [(f"{AT}/currency", "invalid")]),
        (limit(accepted_indices=["LC-CN", "LC-CN"]), [(f"{AT}/accepted_indices/1", "duplicate")]),
        (limit(accepted_indices=["NOPE"]), [(f"{AT}/accepted_indices/0", "unknown-reference")]),
        (limit(premium_by_period={"2027-00": "1"}), [(f"{AT}/premium_by_period/2027-00", "not-a-month")]),
        (limit(quotation={"month": "M+2", "dates": ["2027-02-30"]}, accepted_indices=["LC-CN"]),
         [(f"{AT}/quotation/month", "not-a-choice"), (f"{AT}/quotation/dates/0", "not-a-date")]),
        (limit(quotation={"month": "M-1", "dates": ["2027-02-03"]}, accepted_indices=["LC-CN"]),
         [(f"{AT}/quotation/month", "contradiction")]),
        (limit(quotation={"month": "M-1"}), [(f"{AT}/quotation", "contradiction")]),
        (limit(quotation={"month": "M-1", "basis": "settlement"}, accepted_indices=["LC-CN"]), []),
        (limit(currency="USD"), []),
        (plain_terms(limit_price={"components": [{"fixed": "1", "content_attribute": "Fe_ppm"}]},
                     specification={"Fe_ppm": "8"}), []),
        (plain_terms(limit_price={"components": [{"fixed": "1", "content_attribute": "Fe_ppm"}]}),
         [(f"{AT}/components/0/content_attribute", "contradiction")]),
        (limit(flor="1"), [(f"{AT}/flor", "unknown-field")]),
    ],
)  # fmt: skip
def test_faulty_limit_prices(terms: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults_of(terms) == expected


@pytest.mark.parametrize(
    "price",
    [
        {"components": [{"index": "LC-CN", "content": "10", "coefficient": "10"}]},
        {"components": [{"index": "LC-CN"}, FIXED], "premium": "-989902000"},
        {"components": [FIXED], "premium": "-900000000", "premium_by_period": {"2027-05": "-99902000"}},
    ],
)
def test_a_price_may_come_to_the_greatest_whatever_its_index_is_worth(price: dict[str, Any]) -> None:
    assert faults_of(plain_terms(limit_price=price)) == []


def test_floor_and_cap_may_be_equal() -> None:
    assert faults_of(limit(collar={"floor": "1", "cap": "1.00"})) == []


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ({"days": -1}, [("/payment/days", "below-limit")]),
        ({"days": 366}, [("/payment/days", "above-limit")]),
        ({"days": "30"}, [("/payment/days", "wrong-type")]),
        ({"prepaid_fraction": "0.6", "deposit_fraction": "0.5"}, [("/payment/deposit_fraction", "contradiction")]),
        ({"prepaid_offset_months": 1}, [("/payment/prepaid_fraction", "missing")]),
        ({"tenor_days": 90}, [("/payment/tenor_days", "contradiction")]),
        ({"instrument": "transfer", "discount_borne_by": "buyer"}, [("/payment/discount_borne_by", "contradiction")]),
        ({"instrument": "cash"}, [("/payment/instrument", "not-a-choice")]),
        ({"instrument": "bank_acceptance"}, [("/payment/tenor_days", "missing")]),
        (
            {"instrument": "bank_acceptance", "tenor_days": 180, "prepaid_fraction": "0.3", "deposit_fraction": "0.7"},
            [],
        ),
    ],
)
def test_faulty_payment(payment: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert faults_of(plain_terms(payment=payment)) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("100", "1"), ("100", "2")], [("/tiers/steps/1/from_volume", "contradiction")]),
        ([("100", "2"), ("200", "2")], [("/tiers/steps/1/discount", "contradiction")]),
        ([("0", "2")], [("/tiers/steps/0/from_volume", "below-limit")]),
        ([("100", "1"), ("200", "2"), ("300", "3")], []),
    ],
)
def test_tiers_rise(steps: list[tuple[str, str]], expected: list[tuple[str, str]]) -> None:
    tiers = {"kind": "all_unit", "steps": [{"from_volume": v, "discount": d} for v, d in steps]}
    assert faults_of(plain_terms(tiers=tiers)) == expected
    if not expected:
        assert faults_of(plain_terms(tiers=tiers), "need") == [("/tiers", "wrong-side")]


@pytest.mark.parametrize(
    ("limit", "most"),
    [
        ({"components": [{"fixed": "90"}]}, "90"),
        ({"components": [{"fixed": "90", "coefficient": "0.5", "content": "0.5"}], "processing_fee": "2"}, "24.5"),
        ({"components": [{"fixed": "90"}], "premium_by_period": {"2027-01": "5"}}, "90"),
        ({"components": [{"fixed": "90"}], "premium_by_period": {"2027-01": "5", "2027-02": "-3"}}, "87"),
        ({"components": [{"fixed": "90"}], "collar": {"cap": "80"}}, "80"),
        ({"components": [{"fixed": "60"}], "collar": {"floor": "80"}}, "80"),
    ],
)
def test_a_discount_is_at_most_the_limit(limit: dict[str, Any], most: str) -> None:
    def found(discount: str, **more: Any) -> list[tuple[str, str]]:
        tiers = {"kind": "all_unit", "steps": [{"from_volume": "100", "discount": discount}]}
        return faults_of(plain_terms(limit_price=limit, tiers=tiers, **more))

    above = most + ("1" if "." in most else ".1")
    assert found(most) == []
    assert found(above) == [("/tiers/steps/0/discount", "contradiction")]
    limit["components"] = [{"index": "LC-CN"}]
    assert found(above) == []


@pytest.mark.parametrize(
    ("consent", "expected"),
    [
        ({"most_cny_per_unit": "0"}, []),
        ({"most_cny_per_unit": "1000000000"}, []),
        ({"most_cny_per_unit": "-1"}, [("/loss_consent/most_cny_per_unit", "below-limit")]),
        ({"most_cny_per_unit": "1000000000.01"}, [("/loss_consent/most_cny_per_unit", "above-limit")]),
        ({}, [("/loss_consent/most_cny_per_unit", "missing")]),
        (True, [("/loss_consent", "wrong-type")]),
    ],
)
def test_consent_to_losses(consent: Any, expected: list[tuple[str, str]]) -> None:
    assert faults_of(plain_terms(loss_consent=consent)) == expected


def test_credit_limit() -> None:
    assert faults_of(plain_terms(credit_limit={"exposure_cny": "0"})) == [("/credit_limit/exposure_cny", "below-limit")]
    assert faults_of(plain_terms(credit_limit={})) == [("/credit_limit/exposure_cny", "missing")]
    assert faults_of(plain_terms(credit_limit="5")) == [("/credit_limit", "wrong-type")]
