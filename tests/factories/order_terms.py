"""Order documents for tests; no database is needed for these."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.facts import GradeFacts, OrderFacts
from marketplace.orders.rules.kinds import Side
from marketplace.orders.rules.terms import Reading, read_terms

TODAY = date(2026, 12, 1)
OWN_CODE = "91110000000000772K"
OTHER_CODE = "91110000000000780E"
THIRD_CODE = "91110000000000799B"

_BOTH: dict[str, Any] = {
    "volumes": {"2027-01": "120", "2027-02": "80"},
    "flexibility": {
        "requires": {"down": "0.1", "up": "0.05", "per": "quarter", "notice_days": 30, "make_up_months": 6},
        "grants": {"down": "0.1", "up": "0", "per": "year", "notice_days": 0, "make_up_months": 3},
    },
    "limit_price": {
        "components": [
            {"index": "LC-CN", "coefficient": "0.98"},
            {"fixed": "-500", "content": "0.5"},
            {"fixed": "10", "content_attribute": "Fe_ppm"},
        ],
        "processing_fee": "100",
        "premium": "-500",
        "premium_by_period": {"2027-02": "20"},
        "quotation": {"month": "M", "basis": "mean", "dates": ["2027-01-15"]},
        "collar": {"floor": "70000", "cap": "120000"},
        "accepted_indices": ["LC-CN"],
        "tax": {"basis": "inclusive", "rate": "0.13"},
        "currency": "USD",
    },
    "delivery": {
        "incoterms": ["DAP", "EXW"],
        "place": {"lat": "30.5", "lon": "104", "region": "510100"},
        "invoice_form": "增值税专用发票",
        "dangerous_goods_class": "9",
    },
    "payment": {
        "days": 30,
        "prepaid_fraction": "0.3",
        "prepaid_offset_months": 1,
        "deposit_fraction": "0.1",
        "instrument": "bank_acceptance",
        "tenor_days": 180,
        "discount_borne_by": "seller",
    },
    "loss_consent": {"most_cny_per_unit": "500"},
    "tolling": {"grade": "other", "yield_fraction": "1.1", "loss_limit": "0.02", "fee": "18000", "title": "buyer"},
    "minimum_contract": {"volume": "60", "pair_fraction": "0.9"},
    "maximum_contract": "200",
    "minimum_per_period": "10",
    "lot": "10",
    "minimum_fill": "0.5",
    "counterparties": {"least": 1, "most": 4},
    "maximum_share": {"fraction": "0.6", "of": "awarded"},
    "incumbents": [{"organisation": THIRD_CODE, "least_share": "0.2", "switching_cost": "150"}],
    "approved": {
        "kind": "preferred",
        "counterparties": [{"organisation": THIRD_CODE, "site": "一号", "grade": "other", "since": "2026-01-01"}],
        "trial_share": "0.1",
    },
    "exclusions": [{"organisation": OTHER_CODE, "reason": "曾违约", "technical": False}],
    "groups": [
        {"tag": "region:510000", "rule": "exactly", "measure": "share", "value": "0.4", "tolerance": "0.05"},
        {"tag": "small", "rule": "at_least", "measure": "count", "value": "1"},
    ],
    "linked_to": "ord_other",
    "exclusive": "A-or-B",
    "family": "2027",
    "ramp": "0.2",
    "storage": {
        "owner": "seller",
        "place": "成都仓",
        "opening": "0",
        "closing": "10",
        "capacity": "50",
        "cost": "15",
    },
    "certificates": ["ISO9001", "UN38.3"],
    "credit_limit": {"exposure_cny": "50000000"},
    "contract_wishes": {
        "reservation_fee": "200",
        "take_or_pay": {"fraction": "0.8", "make_up_months": 6},
        "ship_or_pay": {"fraction": "0.8", "make_up_months": 0},
        "reopener": {
            "trigger": "0.15",
            "consecutive_months": 2,
            "negotiation_days": 30,
            "result_if_none": "terminate",
        },
        "exclusivity": True,
        "resale_ban": False,
        "most_favoured": True,
        "quality_claim": {
            "objection_days": 15,
            "retained_sample": True,
            "umpire_laboratory": "某检测中心",
            "assay_split": "0.1",
            "weighing_tolerance": "0.003",
        },
    },
    "validity": {"valid_from": "2026-12-01", "valid_to": "2027-03-31"},
    "priority": {"lot": "hard", "minimum_fill": "commercial_1"},
}

_OFFER_ONLY: dict[str, Any] = {
    "volumes": {"2027-01": {"firm": "80", "planned": "40"}, "2027-02": "80"},
    "specification": {"Li2CO3_pct": "99.62", "Fe_ppm": "8"},
    "source": {"site": "宜宾", "line": "二线", "capacity": {"2027-01": "400"}},
    "tiers": {
        "kind": "all_unit",
        "steps": [{"from_volume": "100", "discount": "100"}, {"from_volume": "150", "discount": "300"}],
    },
    "inputs": [
        {"need": "ord_need", "units_per_unit": "0.25", "lead_periods": 1, "stocked": "5", "cost_in_limit": True}
    ],
}

_NEED_ONLY: dict[str, Any] = {
    "specification": {
        "Li2CO3_pct": {
            "at_least": "99.5",
            "at_most": "100",
            "target": "99.6",
            "above_cny_per_unit": "100",
            "below_cny_per_unit": "-200",
        },
        "Fe_ppm": {"at_most": "10"},
    },
    "alternates": [{"grade": "other", "ratio": "1.02", "adjustment": "-1500"}],
    "must_serve": True,
}


def full_terms(side: Side | str) -> dict[str, Any]:
    """Every term that such an order may state, each with all of its fields."""
    terms = copy.deepcopy(_BOTH | (_OFFER_ONLY if side == Side.OFFER else _NEED_ONLY))
    terms["storage"]["owner"] = "seller" if side == Side.OFFER else "buyer"
    return terms


def plain_terms(**terms: Any) -> dict[str, Any]:
    """The least that can be opened, and whatever else is given; None takes a term away."""
    given = {
        "volumes": {"2027-01": "120", "2027-02": "80"},
        "limit_price": {"components": [{"fixed": "98000"}]},
        **terms,
    }
    return {name: value for name, value in given.items() if value is not None}


def facts(side: Side | str = Side.OFFER, **given: Any) -> OrderFacts:
    """A world with one grade in tonnes, two indices, one site, and two other orders of the same owner."""
    known: dict[str, Any] = {
        "side": Side(side),
        "grade": GradeFacts("battery-grade", "TNE", Decimal("0.001"), {"Li2CO3_pct": "%", "Fe_ppm": "ppm"}),
        "own_code": lambda: OWN_CODE,
        "today": TODAY,
        "sites": {"sit_own"},
        "grades": {"battery-grade", "other"},
        "indices": {"LC-CN", "LC-SEA"},
        "side_of": {"ord_other": "offer", "ord_need": "need"}.get,
        "order_id": "ord_self",
    }
    return OrderFacts(**{**known, **given})


def read(terms: dict[str, Any], side: Side | str = Side.OFFER, **given: Any) -> Reading:
    """What the rules make of a terms document in that world."""
    return read_terms(terms, facts(side, **given))


def faults_of(terms: dict[str, Any], side: Side | str = Side.OFFER, **given: Any) -> list[tuple[str, str]]:
    """Pointer and code of every fault, in order."""
    return [(fault.pointer, fault.code) for fault in read(terms, side, **given).faults]
