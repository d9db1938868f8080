"""Quality, partners, places, links, wishes, validity: what is refused and where."""

from __future__ import annotations

from typing import Any

import pytest

from tests.factories.order_terms import OTHER_CODE, OWN_CODE, THIRD_CODE, faults_of, full_terms, plain_terms, read


def check(side: str, terms: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    """These are exactly the faults of an order with these terms."""
    assert faults_of(plain_terms(**terms), side) == expected


@pytest.mark.parametrize("side", ["offer", "need"])
def test_an_order_with_every_term_is_right_and_kept_as_it_was(side: str) -> None:
    reading = read(full_terms(side), side)
    assert reading.faults == ()
    assert reading.terms == full_terms(side)


@pytest.mark.parametrize(
    ("side", "specification", "expected"),
    [
        ("offer", {"Cu": "1"}, [("/specification/Cu", "unknown-reference")]),
        ("offer", {"a/b": "1"}, [("/specification/a~1b", "unknown-reference")]),
        ("offer", {"Fe_ppm": {"at_most": "1"}}, [("/specification/Fe_ppm", "wrong-side")]),
        ("offer", {"Fe_ppm": "1000001"}, [("/specification/Fe_ppm", "above-limit")]),
        ("offer", {"Fe_ppm": "-1"}, [("/specification/Fe_ppm", "below-limit")]),
        ("offer", {"Li2CO3_pct": "10000000"}, [("/specification/Li2CO3_pct", "above-limit")]),
        ("offer", {"Li2CO3_pct": "100", "Fe_ppm": "1000000"}, []),
        ("need", {"Li2CO3_pct": {"at_least": "-0.1"}}, [("/specification/Li2CO3_pct/at_least", "below-limit")]),
        ("need", {"Li2CO3_pct": {"at_most": "101", "target": "102"}},
         [("/specification/Li2CO3_pct/at_most", "above-limit"), ("/specification/Li2CO3_pct/target", "above-limit")]),
        ("need", {"Li2CO3_pct": {"target": "20", "above_cny_per_unit": "12500000.1", "below_cny_per_unit": "5"}},
         [("/specification/Li2CO3_pct/above_cny_per_unit", "above-limit")]),
        ("need", {"Li2CO3_pct": {"target": "80", "below_cny_per_unit": "-12500000.1"}},
         [("/specification/Li2CO3_pct/below_cny_per_unit", "above-limit")]),
        ("need", {"Li2CO3_pct": {"target": "80", "above_cny_per_unit": "12500000"}}, []),
        ("need", {"Fe_ppm": "8"}, [("/specification/Fe_ppm", "wrong-side")]),
        ("need", {"Fe_ppm": {}}, [("/specification/Fe_ppm", "missing")]),
        ("need", {"Fe_ppm": {"at_least": "2", "at_most": "1"}}, [("/specification/Fe_ppm/at_least", "contradiction")]),
        ("need", {"Fe_ppm": {"at_most": "1", "target": "2"}}, [("/specification/Fe_ppm/target", "contradiction")]),
        ("need", {"Fe_ppm": {"at_most": "1", "above_cny_per_unit": "2"}},
         [("/specification/Fe_ppm/target", "missing")]),
        ("need", {"Fe_ppm": {"target": "2", "below_cny_per_unit": "-9"}}, []),
    ],
)  # fmt: skip
def test_specifications(side: str, specification: Any, expected: list[tuple[str, str]]) -> None:
    check(side, {"specification": specification}, expected)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"counterparties": {"least": 3, "most": 2}}, [("/counterparties/least", "contradiction")]),
        ({"counterparties": {"most": 0}}, [("/counterparties/most", "below-limit")]),
        ({"counterparties": {}}, [("/counterparties", "missing")]),
        ({"maximum_share": {"fraction": "0.3"}, "counterparties": {"most": 3}},
         [("/maximum_share/fraction", "contradiction")]),
        ({"maximum_share": {"fraction": "0.5"}, "counterparties": {"most": 2}}, []),
        ({"maximum_share": {"fraction": "0"}}, [("/maximum_share/fraction", "below-limit")]),
        ({"maximum_share": {"of": "awarded"}}, [("/maximum_share/fraction", "missing")]),
        ({"incumbents": [{"organisation": OWN_CODE, "least_share": "0.1"}]},
         [("/incumbents/0/organisation", "contradiction")]),
        ({"incumbents": [{"organisation": OTHER_CODE}]}, [("/incumbents/0", "missing")]),
        ({"incumbents": [{"organisation": OTHER_CODE, "least_share": "0.6"},
                         {"organisation": THIRD_CODE, "least_share": "0.5"}]},
         [("/incumbents/1/least_share", "contradiction")]),
        ({"exclusions": [{"organisation": OWN_CODE, "reason": "x"}]},
         [("/exclusions/0/organisation", "contradiction")]),
        ({"exclusions": [{"organisation": "91110000000000772A", "reason": "x"}]},
         [("/exclusions/0/organisation", "not-a-credit-code")]),
        ({"exclusions": [{"organisation": OTHER_CODE, "reason": "x"}, {"organisation": OTHER_CODE, "reason": "y"}]},
         [("/exclusions/1/organisation", "duplicate")]),
        ({"exclusions": [{"organisation": OTHER_CODE}]}, [("/exclusions/0/reason", "missing")]),
        ({"exclusions": [{"organisation": OTHER_CODE, "reason": "x"}],
          "approved": {"kind": "only", "counterparties": [{"organisation": OTHER_CODE}]}},
         [("/exclusions/0/organisation", "contradiction")]),
        ({"exclusions": [{"organisation": OTHER_CODE, "reason": "x"}],
          "incumbents": [{"organisation": OTHER_CODE, "least_share": "0.1"}]},
         [("/exclusions/0/organisation", "contradiction")]),
        ({"approved": {"kind": "only", "counterparties": []}}, [("/approved/counterparties", "below-limit")]),
        ({"approved": {"kind": "only", "counterparties": 5}}, [("/approved/counterparties", "wrong-type")]),
        ({"approved": {"kind": "only", "counterparties": [{"organisation": OTHER_CODE}] * 2}},
         [("/approved/counterparties/1/organisation", "duplicate")]),
        ({"approved": {"kind": "only", "counterparties": [{"organisation": OTHER_CODE, "since": "2027-2-1"}]}},
         [("/approved/counterparties/0/since", "not-a-date")]),
        ({"approved": {"kind": "only", "counterparties": [{"organisation": OTHER_CODE, "grade": "nope"}]}},
         [("/approved/counterparties/0/grade", "unknown-reference")]),
        ({"groups": [{"tag": "t", "rule": "exactly", "measure": "volume", "value": "1"}]},
         [("/groups/0/measure", "contradiction")]),
        ({"groups": [{"tag": "t", "rule": "exactly", "measure": "share", "value": "0.4"}]},
         [("/groups/0/tolerance", "missing")]),
        ({"groups": [{"tag": "t", "rule": "at_most", "measure": "share", "value": "1.4", "tolerance": "0.1"}]},
         [("/groups/0/value", "above-limit"), ("/groups/0/tolerance", "contradiction")]),
        ({"groups": [{"tag": "t", "rule": "at_least", "measure": "count", "value": "1.5"}]},
         [("/groups/0/value", "not-a-multiple")]),
    ],
)  # fmt: skip
def test_partners(terms: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    check("offer", terms, expected)


@pytest.mark.parametrize(
    ("side", "terms", "expected"),
    [
        ("offer", {"certificates": ["ISO9001", "ISO9001"]}, [("/certificates/1", "duplicate")]),
        ("need", {"certificates": ["ISO9001", "ISO-9001"]}, [("/certificates/1", "unknown-reference")]),
        ("offer", {"certificates": ["质量管理体系认证"]}, [("/certificates/0", "unknown-reference")]),
        ("offer", {"certificates": ["x" * 65]}, [("/certificates/0", "wrong-length")]),
        ("offer", {"certificates": ["a\u0000b"]}, [("/certificates/0", "not-printable")]),
        ("offer", {"certificates": [" x"]}, [("/certificates/0", "not-printable")]),
        ("offer", {"certificates": "ISO"}, [("/certificates", "wrong-type")]),
        ("need", {"alternates": [{"grade": "battery-grade", "ratio": "1"}]}, [("/alternates/0/grade", "duplicate")]),
        ("need", {"alternates": [{"grade": "nope", "ratio": "0"}]},
         [("/alternates/0/grade", "unknown-reference"), ("/alternates/0/ratio", "below-limit")]),
        ("offer", {"alternates": [{"grade": "other", "ratio": "1"}]}, [("/alternates", "wrong-side")]),
        ("need", {"alternates": [{"grade": "other", "ratio": "1.000001"}]}, []),
        ("need", {"alternates": [{"grade": "other", "ratio": "1.0000001"}]},
         [("/alternates/0/ratio", "not-a-multiple")]),
        ("need", {"alternates": [{"grade": "other", "ratio": "100.1"}]}, [("/alternates/0/ratio", "above-limit")]),
        ("offer", {"delivery": {"incoterms": ["DAT"]}}, [("/delivery/incoterms/0", "invalid")]),
        ("offer", {"delivery": {"incoterms": []}}, [("/delivery/incoterms", "below-limit")]),
        ("offer", {"delivery": {"place": {"id": "sit_foreign"}}}, [("/delivery/place/id", "unknown-reference")]),
        ("offer", {"delivery": {"place": {"id": "sit_own", "lat": "1"}}}, [("/delivery/place/lat", "contradiction")]),
        ("offer", {"delivery": {"place": {"lat": "91"}}},
         [("/delivery/place/lon", "missing"), ("/delivery/place/lat", "above-limit")]),
        ("offer", {"delivery": {"place": {"lat": "1", "lon": "1", "region": "51"}}},
         [("/delivery/place/region", "region-code")]),
        ("need", {"delivery": {"place": {"lat": "1", "lon": "1", "region": "999999"}}},
         [("/delivery/place/region", "region-code")]),
        ("offer", {"delivery": {"dangerous_goods_class": "10"}}, [("/delivery/dangerous_goods_class", "not-a-choice")]),
        ("need", {"source": {"site": "s", "line": "l", "capacity": {}}}, [("/source", "wrong-side")]),
        ("offer", {"source": {"site": "s", "line": "l", "capacity": {"2027-01": "0.0001"}}},
         [("/source/capacity/2027-01", "not-a-multiple")]),
        ("offer", {"tolling": {"grade": "battery-grade", "yield_fraction": "0", "loss_limit": "2", "fee": "1",
                               "title": "bank"}},
         [("/tolling/grade", "contradiction"), ("/tolling/yield_fraction", "below-limit"),
          ("/tolling/loss_limit", "above-limit"), ("/tolling/title", "not-a-choice")]),
        ("offer", {"linked_to": "ord_self"}, [("/linked_to", "contradiction")]),
        ("offer", {"linked_to": "ord_foreign"}, [("/linked_to", "unknown-reference")]),
        ("offer", {"inputs": [{"need": "ord_other", "units_per_unit": "1"}]},
         [("/inputs/0/need", "unknown-reference")]),
        ("offer", {"inputs": [{"need": "ord_need", "units_per_unit": "1"}] * 2}, [("/inputs/1/need", "duplicate")]),
        ("need", {"inputs": [{"need": "ord_need", "units_per_unit": "1"}]}, [("/inputs", "wrong-side")]),
        ("offer", {"must_serve": True}, [("/must_serve", "wrong-side")]),
        ("need", {"must_serve": "yes"}, [("/must_serve", "wrong-type")]),
        ("offer", {"validity": {"valid_to": "2026-11-30"}}, [("/validity/valid_to", "past")]),
        ("offer", {"validity": {"valid_to": "2026-12-01"}}, []),
        ("offer", {"validity": {"valid_from": "2027-02-01", "valid_to": "2027-01-01"}},
         [("/validity/valid_to", "contradiction")]),
        ("offer", {"validity": {"valid_to": "2027/01/01"}}, [("/validity/valid_to", "not-a-date")]),
        ("offer", {"priority": {"volumes": "hard"}}, [("/priority/volumes", "unknown-field")]),
        ("offer", {"priority": {"lot": "hard"}}, [("/priority/lot", "contradiction")]),
        ("offer", {"lot": "10", "priority": {"lot": "soft"}}, [("/priority/lot", "not-a-choice")]),
        ("need", {"must_serve": True, "priority": {"must_serve": "hard"}}, [("/priority/must_serve", "not-a-choice")]),
        ("need", {"must_serve": True, "priority": {"must_serve": "preference_5"}}, []),
        ("offer", {"contract_wishes": {"take_or_pay": {"fraction": "1.1"}}},
         [("/contract_wishes/take_or_pay/fraction", "above-limit")]),
        ("offer", {"contract_wishes": {"reopener": {"trigger": "0.1", "consecutive_months": 0, "negotiation_days": 1}}},
         [("/contract_wishes/reopener/result_if_none", "missing"),
          ("/contract_wishes/reopener/consecutive_months", "below-limit")]),
        ("offer", {"contract_wishes": {"exclusive": True}}, [("/contract_wishes/exclusive", "unknown-field")]),
        ("offer", {"contract_wishes": {"quality_claim": {"assay_split": "0"}}},
         [("/contract_wishes/quality_claim/assay_split", "below-limit")]),
        ("offer", {"warranty": "x", "lot": None}, [("/warranty", "unknown-field")]),
    ],
)  # fmt: skip
def test_places_links_wishes_validity(side: str, terms: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    check(side, terms, expected)


HALF = {"alternates": [{"grade": "other", "ratio": "0.5", "adjustment": "-5"}]}


@pytest.mark.parametrize(
    ("just_inside", "just_outside"),
    [
        ({"limit_price": {"components": [{"fixed": "499999995"}]}},
         {"limit_price": {"components": [{"fixed": "499999995.01"}]}}),
        ({"limit_price": {"components": [{"fixed": "1"}], "collar": {"cap": "499999995"}}},
         {"limit_price": {"components": [{"fixed": "1"}], "collar": {"cap": "499999995.01"}}}),
        ({"loss_consent": {"most_cny_per_unit": "500000000"}}, {"loss_consent": {"most_cny_per_unit": "500000000.01"}}),
        ({"incumbents": [{"organisation": OTHER_CODE, "switching_cost": "500000000"}]},
         {"incumbents": [{"organisation": OTHER_CODE, "switching_cost": "500000000.01"}]}),
        ({"specification": {"Li2CO3_pct": {"target": "0", "above_cny_per_unit": "5000000"}}},
         {"specification": {"Li2CO3_pct": {"target": "0", "above_cny_per_unit": "5000000.01"}}}),
    ],
)  # fmt: skip
def test_whatever_a_need_states_stays_a_price_per_unit_of_another_grade(
    just_inside: dict[str, Any], just_outside: dict[str, Any]
) -> None:
    check("need", {**HALF, **just_inside}, [])
    check("need", {**HALF, **just_outside}, [("/alternates/0/ratio", "above-limit")])
