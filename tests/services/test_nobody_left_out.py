"""No figure that a round or a rival states puts an opened order out of the round for its limit or its adjustments.

Otherwise whoever states the figure learns the limit by who is missing (docs/decisions/0002-what-staff-see.md), and a
rival pushes others out.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from marketplace.indices.models import PriceIndex
from marketplace.orders import services as orders
from marketplace.orders.models import Order
from marketplace.rounds.models import RoundSnapshot
from marketplace.rounds.services import snapshot
from marketplace.shared.database import db
from marketplace.shared.errors import InvalidInput
from tests.conftest import NOW
from tests.factories.catalogue import attribute, make_grade
from tests.factories.indices import make_index, make_quote
from tests.factories.rounds import MONTHS, make_round, make_trader
from tests.services.test_round_snapshots import TODAY

pytestmark = pytest.mark.usefixtures("session")

UNITS = {"purity_pct": "%", "iron_ppm": "ppm", "energy_Wh": "Wh", "cycles": "1"}
ENDS = {"purity_pct": "100", "iron_ppm": "1000000", "energy_Wh": "10000000", "cycles": "-100000"}
INDICES = ("FOLLOWED", "ANOTHER")
# About every bound: what adds up to it, what just passes it, what every digit is used for.
PRICES = st.sampled_from(
    ["0", "1", "98000", "333333333.333333333333", "500000000", "999999999.999999999999", "1000000000"]
)
FACTORS = st.sampled_from(["0.000000000001", "0.98", "1", "9.999999999999", "10", "33.333333333333"])
VALUES = {code: st.sampled_from(["0", "0.000000000001", "99.5", end]) for code, end in ENDS.items()}
WORTHS = st.sampled_from(["0", "1", "99.999999999999", "100", "1000", "5000", "9999999.999999999999", "10000000"])


def signed(amounts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds("{}{}".format, st.sampled_from(["", "-"]), amounts)


def fields(**optional: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=optional)


def components(base: dict[str, st.SearchStrategy[str]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(base, optional={"content": FACTORS, "coefficient": signed(FACTORS)})


LIMITS = st.fixed_dictionaries(
    {
        "components": st.lists(
            components({"index": st.sampled_from(INDICES)}) | components({"fixed": signed(PRICES)}),
            min_size=1,
            max_size=3,
        )
    },
    optional={
        "processing_fee": PRICES,
        "premium": signed(PRICES),
        "premium_by_period": st.dictionaries(st.sampled_from(MONTHS), signed(PRICES)),
        "collar": st.fixed_dictionaries({"floor": signed(PRICES)}) | st.fixed_dictionaries({"cap": signed(PRICES)}),
        "accepted_indices": st.lists(st.sampled_from(INDICES), min_size=1, unique=True),
        "tax": fields(basis=st.sampled_from(["inclusive", "exclusive"]), rate=st.sampled_from(["0", "0.13", "1"])),
    },
)
GUARANTEES = fields(**VALUES)
RANGES = fields(
    **{
        code: st.fixed_dictionaries(
            {"target": values}, optional={f"{side}_cny_per_unit": signed(WORTHS) for side in ("above", "below")}
        )
        for code, values in VALUES.items()
    }
)
BOOK = st.lists(
    st.fixed_dictionaries({"side": st.just("offer"), "limit_price": LIMITS, "specification": GUARANTEES})
    | st.fixed_dictionaries({"side": st.just("need"), "limit_price": LIMITS, "specification": RANGES}),
    min_size=6,
    max_size=10,
)
PATH_VALUES = st.sampled_from(["0", "1", "98000", "9999999.999999999999", "10000000"])
PLANS = st.fixed_dictionaries(
    {},
    optional={
        "calendar": st.lists(st.sampled_from(MONTHS), min_size=3, max_size=3, unique=True).map(sorted),
        "index_paths": fields(**dict.fromkeys(INDICES, st.lists(PATH_VALUES, min_size=3, max_size=3))),
        "freight": st.sampled_from(
            [{"kind": "none"}, {"kind": "distance", "cny_per_unit_km": "10000", "circuity": "10"}]
        ),
        "policy": fields(
            minimum_gain=st.sampled_from(["0", "20", "999999999999"]),
            contract_cost=st.sampled_from(["0", "999999999999"]),
            financing_rate_per_year=st.sampled_from(["0", "1"]),
            price_tick=st.sampled_from(["0.000001", "1000000"]),
            price_band=st.sampled_from(["0", "0.99"]),
            index_range=st.sampled_from(["0", "0.99"]),
            payment_terms_of=st.sampled_from(["offer", "need"]),
        ),
    },
)


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(book=BOOK, plan=PLANS)
def test_whatever_a_round_states_no_opened_order_is_left_out(book: list[dict[str, Any]], plan: dict[str, Any]) -> None:
    with db.session.begin_nested() as undone:
        grade = make_grade(attributes=[attribute(code, unit=unit) for code, unit in UNITS.items()])
        for index in INDICES:
            make_quote(db.session.get(PriceIndex, index) or make_index(id=index), "2026-11-30", "10000000")
        trader = make_trader()
        volumes = dict.fromkeys(MONTHS, "10")
        head = {"grade": grade.id, "site": trader.site.id, "volumes": volumes}
        opened = [order for terms in book if (order := _opened({**head, **terms}, trader.actor)) is not None]
        event(f"{len(opened)} orders opened")
        round_ = make_round(grade, until="open", **plan)
        frozen = snapshot.build(round_, opened, seed="s", today=TODAY)
        assert frozen.left_out == {}
        assert {order.id for order in frozen.market.orders} == {order.id for order in opened}
        undone.rollback()


def _opened(document: dict[str, Any], actor: Any) -> Order | None:
    try:
        order = orders.create_order(document, actor=actor, now=NOW)
    except InvalidInput:
        return None
    return orders.open_order(order.id, actor=actor, now=NOW)


def test_a_rivals_guarantee_puts_no_need_out() -> None:
    """As great as it may be stated, beside a need whose premium is as great as it may be."""
    grade, trader, rival = make_grade(), make_trader(), make_trader()
    head = {"grade": grade.id, "volumes": {"2027-01": "10"}, "limit_price": {"components": [{"fixed": "98000"}]}}
    adjusted = {"purity_pct": {"target": "99.5", "above_cny_per_unit": "10050251.256281407035"}}
    need = {**head, "side": "need", "site": trader.site.id, "specification": adjusted}
    offer = {**head, "side": "offer", "site": rival.site.id, "specification": {"purity_pct": "0"}}
    placed = {_opened(need, trader.actor), _opened(offer, rival.actor)}
    assert None not in placed
    with pytest.raises(InvalidInput, match="/specification/purity_pct: is above the most allowed"):
        orders.create_order(offer | {"specification": {"purity_pct": "10000000"}}, actor=rival.actor, now=NOW)
    round_ = make_round(grade, until="frozen")
    frozen = db.session.get_one(RoundSnapshot, round_.id).market
    assert all(f'"{order.id}"'.encode() in frozen for order in placed if order is not None)
