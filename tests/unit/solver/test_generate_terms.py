"""Generated markets with the optional terms of an order: how many carry each; the same bytes; cleared and verified."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.form.clearing import WorkLimits
from solver.form.honoured import HONOURED_TERMS, unhonoured_terms
from solver.form.market import Market, Order, canonical_bytes, content_hash
from solver.form.reading import read_market
from solver.form.terms import AcceptedRange, Option, SplitVolume
from solver.generate import generate
from solver.generate_terms import ALL_TERMS, OF_ONE_ORDER
from solver.generate_terms.drawing import Drawing
from solver.verify import verify

FRACTION = 0.1
HASHES = {  # another hash is another law, or another stream of random numbers: see docs/generator-laws.md
    "flat": "sha256:4a1dee3457d3e990cf5652a967626bb7594caafddc03e2ec90094244dc919b13",
    "ramped": "sha256:b67f2d416786e6acdd95be6b076b1f17aa5ba0b40101e12740d1dc0454d87705",
}

CARRIED = {  # whether an order carries a term, by the term's name
    "family": lambda o: o.family is not None,
    "source": lambda o: o.source is not None,
    "linked_to": lambda o: o.linked_to is not None,
    "exclusive": lambda o: o.exclusive is not None,
    "inputs": lambda o: bool(o.inputs),
    "group_parent": lambda o: o.group_parent is not None,
    "incoterms": lambda o: o.delivery.incoterms is not None,
    "place": lambda o: o.delivery.place is not None,
    "papers": lambda o: o.delivery.invoice_form is not None and o.delivery.dangerous_goods_class is not None,
    "tolling": lambda o: o.tolling is not None,
    "validity": lambda o: o.validity.valid_from is not None,
    "contract_wishes": lambda o: canonical_bytes(o.contract_wishes) != b"{}",
    "paths": lambda o: o.loss_consent is not None,
    "premium_by_period": lambda o: o.limit_price.premium_by_period is not None,
    "collar": lambda o: o.limit_price.collar is not None,
    "accepted_indices": lambda o: o.limit_price.accepted_indices is not None,
    "quotation": lambda o: o.limit_price.quotation is not None,
    "quality": lambda o: any(isinstance(value, AcceptedRange) for value in o.specification.values()),
    "assay": lambda o: o.limit_price.components[0].content_attribute is not None,
    "tax": lambda o: o.limit_price.tax.basis == "inclusive",
    "currency": lambda o: o.limit_price.currency == "USD",
    "payment": lambda o: canonical_bytes(o.payment) != b"{}",
    "flexibility": lambda o: o.flexibility.requires is not None,
    "lot": lambda o: o.lot is not None,
    "minimum_fill": lambda o: o.minimum_fill is not None,
    "maximum_contract": lambda o: o.maximum_contract is not None,
    "minimum_per_period": lambda o: o.minimum_per_period is not None,
    "ramp": lambda o: o.ramp is not None,
    "split_volumes": lambda o: isinstance(o.volumes[0], SplitVolume),
    "storage": lambda o: o.storage is not None,
    "tiers": lambda o: o.tiers is not None,
    "counterparties_least": lambda o: o.counterparties.least is not None,
    "maximum_share_awarded": lambda o: o.maximum_share is not None and o.maximum_share.of == "awarded",
    "approved": lambda o: o.approved is not None,
    "exclusions": lambda o: bool(o.exclusions),
    "certificates": lambda o: bool(o.certificates),
    "incumbents": lambda o: bool(o.incumbents),
    "groups": lambda o: bool(o.groups),
    "credit_limit": lambda o: o.credit_limit is not None,
}


@pytest.fixture(scope="module", params=["flat", "ramped"])
def plain(request) -> Market:
    return generate(1000, 1000, 6, 3, request.param)


def _with(plain: Market, only: tuple[str, ...] = ()) -> Market:
    return generate(1000, 1000, 6, 3, plain.name.split("/")[0], terms=FRACTION, only=only)


def _may_carry(plain: Market, term: str) -> list[int]:
    drawing = Drawing(plain)
    if term in ("source", "inputs"):
        # an offer of a grade that is made of the next one
        of_two = {grade.id for k, grade in enumerate(plain.grades) if k % 2 == 0 or term == "source"}
        return [k for k, o in enumerate(plain.orders) if o.side == "offer" and o.grade in of_two]
    if term not in OF_ONE_ORDER:
        return list(range(len(plain.orders)))
    return [k for k in range(len(plain.orders)) if OF_ONE_ORDER[term].may(drawing, k)]


def test_every_term_is_known_here():
    assert set(CARRIED) == set(ALL_TERMS)


@pytest.mark.parametrize("term", ALL_TERMS)
def test_a_term_alone_is_carried_by_the_stated_part_of_the_orders_that_may(plain, term):
    market = _with(plain, (term,))
    may = _may_carry(plain, term)
    carrying = [k for k, order in enumerate(market.orders) if CARRIED[term](order)]
    assert set(carrying) <= set(may)
    if term in ("collar", "accepted_indices", "quotation", "paths") and plain.name.startswith("flat"):
        assert carrying == []
        return
    deviation = 3.5 * (FRACTION * (1 - FRACTION) / len(may)) ** 0.5
    related = 0.02 if term in ("family", "source", "exclusive", "group_parent") else 0  # some are in two pairs
    assert len(carrying) / len(may) == pytest.approx(FRACTION, abs=deviation + related)
    assert unhonoured_terms(market.orders[carrying[0]]) == []


def test_all_terms_together_can_be_read_and_none_pushes_another_out(plain):
    market = _with(plain)
    assert read_market(canonical_bytes(market)) == market
    assert market.name.endswith("/1 terms/1 offers=1000 needs=1000 periods=6 seed=3 terms=0.1")
    assert market.policy.sealed_seed == market.name
    carried = Counter(term for order in market.orders for term, of in CARRIED.items() if of(order))
    for term in ALL_TERMS:
        alone = sum(map(CARRIED[term], _with(plain, (term,)).orders))
        if term in ("group_parent", "payment"):  # an organisation's orders become more; credit is of what is unpaid
            assert carried[term] >= alone
        else:
            assert carried[term] == pytest.approx(alone, rel=0.15, abs=12), term


def test_a_term_alone_has_the_draws_that_it_has_among_all(plain):
    every, alone = _with(plain), _with(plain, ("ramp",))
    assert [order.ramp for order in every.orders] == [order.ramp for order in alone.orders]
    assert [replace(order, ramp=None) for order in alone.orders] == list(plain.orders)


def test_a_limit_is_the_same_whatever_it_is_stated_by(plain):
    """Tax and currency change how a limit is stated, not what it is; to a cent or so."""
    market = _with(plain, ("tax", "currency"))
    rate = market.policy.exchange_rates["USD"]
    for before, after in zip(plain.orders, market.orders, strict=True):
        limit = after.limit_price
        tax = 1 + limit.tax.rate if limit.tax.basis == "inclusive" else Decimal(1)
        times = (rate if limit.currency == "USD" else Decimal(1)) / tax
        one, other = before.limit_price.components[0], limit.components[0]
        if one.index is None:
            assert other.fixed * times == pytest.approx(one.fixed, abs=Decimal("0.05"))
        else:
            assert other.coefficient / tax == one.coefficient
            assert limit.premium * times == pytest.approx(before.limit_price.premium, abs=Decimal("0.05"))


def test_somebody_grants_what_somebody_requires(plain):
    orders = _with(plain, ("flexibility",)).orders
    granted = {order.flexibility.grants for order in orders}
    assert granted == {None, next(iter(granted - {None}))}
    (grants,) = granted - {None}
    required = [order.flexibility.requires for order in orders if order.flexibility.requires is not None]
    assert all(_covers(grants, each) for each in required)


def _covers(grants: Option, required: Option) -> bool:
    return required.down <= grants.down and required.up <= grants.up and required.per in ("period", "quarter")


def test_who_is_related_is_one_organisation():
    market = generate(400, 400, 3, 1, "flat", terms=0.3)
    orders = {order.id: order for order in market.orders}
    for order in market.orders:
        if order.linked_to is not None:
            _same_organisation(order, orders[order.linked_to])
        for each in order.inputs:
            _same_organisation(order, orders[each.need])
    for name in ("family", "exclusive"):
        sets: dict[str, list[Order]] = {}
        for order in market.orders:
            if getattr(order, name) is not None:
                sets.setdefault(getattr(order, name), []).append(order)
        assert sets
        for members in sets.values():
            assert len(members) > 1
            for order in members[1:]:
                _same_organisation(order, members[0])


def _same_organisation(one: Order, two: Order) -> None:
    assert (one.organisation, one.group_parent) == (two.organisation, two.group_parent)


def test_every_honoured_term_is_drawn_by_some_market():
    """A term that is cleared and never drawn would not be tried; what is left out is named with its reason."""
    market = generate(1000, 1000, 6, 3, "ramped", terms=0.3)
    seen = {pointer for order in market.orders for pointer in _pointers(order)}
    left_out = {
        "/limit_price/components/*/content",  # a factor like the coefficient
        "/limit_price/processing_fee",  # a premium like the other
        "/flexibility/*/notice_days",  # kept apart, not counted
        "/alternates",  # a law for grades that stand for each other is not drawn yet
        "/must_serve",  # asks a round for volume, which other orders then lose
        "/priority/*",  # of must_serve
    }
    missing = [term for term in HONOURED_TERMS if not any(_under(term, pointer) for pointer in seen)]
    assert set(missing) == left_out


def _under(pattern: str, pointer: tuple[str, ...]) -> bool:
    parts = pattern.split("/")[1:]
    return len(parts) <= len(pointer) and all(p in ("*", q) for p, q in zip(parts, pointer, strict=False))


def _pointers(value, place=()):
    """Places of all that is stated; names of lists and mappings included."""
    import msgspec

    document = msgspec.to_builtins(value, str_keys=True) if isinstance(value, Order) else value
    if isinstance(document, dict):
        for name, each in document.items():
            yield from _pointers(each, (*place, str(name)))
    elif isinstance(document, list | tuple):
        for number, each in enumerate(document):
            yield from _pointers(each, (*place, str(number)))
    else:
        yield place


@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_the_same_arguments_give_the_same_bytes(law):
    market = generate(40, 30, 12, 7, law, terms=FRACTION)
    assert canonical_bytes(generate(40, 30, 12, 7, law, terms=FRACTION)) == canonical_bytes(market)
    assert canonical_bytes(generate(40, 30, 12, 8, law, terms=FRACTION)) != canonical_bytes(market)
    assert content_hash(market) == HASHES[law]


@pytest.mark.parametrize("periods", [1, 2, 14])
@pytest.mark.parametrize("terms", [0.1, 1.0])
@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_any_calendar_and_any_fraction_can_be_read(law, terms, periods):
    market = generate(12, 9, periods, 5, law, terms=terms)
    assert read_market(canonical_bytes(market)) == market


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("law", ["flat", "ramped"])
def test_a_market_with_all_terms_clears_and_verifies(law, seed):
    market = read_market(canonical_bytes(generate(30, 30, 6, seed, law, terms=FRACTION)))
    clearing = clear(market, WorkLimits(gap=0.05))
    assert clearing.status in ("optimal", "feasible")
    assert not [component for component in clearing.components if component.status == "failed"]
    assert clearing.matches
    assert verify(market, clearing) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"terms": 1.5}, "terms = 1.5"),
        ({"terms": -0.1}, "terms = -0.1"),
        ({"terms": 0.1, "only": ("ramps",)}, "only = 'ramps'"),
        ({"only": ("ramp",)}, "only = ramp"),
        ({"terms": 0.1, "divisible": True}, "terms = 0.1"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(arguments, says):
    with pytest.raises(ValueError, match=says):
        generate(5, 5, 3, 1, "flat", **arguments)
