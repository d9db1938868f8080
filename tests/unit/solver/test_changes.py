"""Smallest changes: known answers by hand, and on random markets every one that is given does match (7.6)."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.explaining.changes import candidates, running
from solver.explaining.changes.round_numbers import round_above, round_below
from solver.explaining.changes.running import smallest_changes
from solver.explaining.changes.told import enough_rivals, sentences, summary, told, told_in_words
from solver.explaining.explain import coarse_step
from solver.form.changes import Change, OrderChanges, read_changes
from solver.form.clearing import WorkLimits
from solver.form.market import Market, Order, canonical_bytes
from solver.form.terms import AcceptedRange, Collar, Tax
from solver.pairs.counted import counted
from solver.pairs.market_limits import MarketLimits
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal
EXACT = WorkLimits(gap=0.0)


def changes_of(of: Market, order: str) -> OrderChanges:
    found = smallest_changes(of, clear(of, EXACT))
    return next(each for each in found.orders if each.order == order)


def changed(of: Market, order: Order, change: Change) -> Market:
    """The market with a change made as its candidate makes it."""
    kinds = {
        "price": candidates.prices(MarketLimits(of), order),
        "volume": candidates.volumes(of, order),
        "specification": candidates.specifications(of, order),
    }
    other = next(made for each, made in kinds[change.kind] if replace(each, proof=change.proof) == change)
    return replace(of, orders=tuple(other if each.id == order.id else each for each in of.orders))


def test_a_price_moves_to_the_first_round_number_that_outbids() -> None:
    # 10 t for 100; n1 pays 117 and takes all.  n2 at 98 has to pay more than 117: 100, 120 (a step of 20 above 100).
    found = changes_of(market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98)), "n2")
    assert found.price == Change(kind="price", to=D(120), by=D(22), unit="CNY/t", proof="solved")
    assert found.volume is None
    assert found.specification is None


def test_a_price_meets_the_contract_cost_too() -> None:
    # 10 t between 101 and 100: nothing.  At 90 they gain 11 x 10 = 110, less than the cost of 120; at 80, 210.
    of = market(offer("o", [10], 101), need("n", [10], 100), contract_cost="120")
    price = changes_of(of, "o").price
    assert price is not None
    assert (price.to, price.by) == (D(80), D(-21))
    # of the need: above 101 the round numbers are 120 (19 x 10 = 190)
    other = changes_of(of, "n").price
    assert other is not None
    assert other.to == D(120)


def test_a_volume_reaches_the_least_contract() -> None:
    # The offer sells no contract below 13 t: 10 t in steps of 1 t come to 13 with the third.
    of = market(offer("o", [20], 50, minimum_contract=D(13)), need("n", [10], 100))
    volume = changes_of(of, "n").volume
    assert volume == Change(kind="volume", to=D(13), by=D(3), unit="t", proof="solved")


def test_a_volume_falls_to_what_can_be_filled() -> None:
    # All or nothing: 10 t where 7 are offered.
    volume = changes_of(market(offer("o", [7], 50), need("n", [10], 100, minimum_fill=D(1))), "n").volume
    assert volume is not None
    assert (volume.to, volume.by) == (D(7), D(-3))


def test_a_specification_moves_to_the_next_step_on_either_side() -> None:
    # Guaranteed 99.42, wanted 99.5: lacking 0.50 becomes 0.60 (a step of 0.1 above 0.50), 99.40, for the need;
    # the offer lacks 0.58: 0.50 is the next below.
    of = market(
        offer("o", [10], 50, specification={"a_pct": D("99.42")}),
        need("n", [10], 100, specification={"a_pct": AcceptedRange(at_least=D("99.5"))}),
    )
    of_need, of_offer = changes_of(of, "n").specification, changes_of(of, "o").specification
    assert of_need is not None
    assert of_offer is not None
    assert (of_need.bound, of_need.to, of_need.by) == ("at_least", D("99.4"), D("-0.1"))
    assert (of_offer.bound, of_offer.to, of_offer.by) == ("guaranteed", D("99.5"), D("0.08"))


def test_nothing_is_given_where_no_single_change_helps() -> None:
    of = market(offer("o", [10], 50, minimum_contract=D(100)), need("n", [10], 100, minimum_contract=D(100)))
    found = changes_of(of, "n")
    assert (found.price, found.volume, found.specification) == (None, None, None)


def test_orders_that_are_matched_in_full_are_left_out() -> None:
    of = market(offer("o", [10], 50), need("n", [10], 100))
    assert smallest_changes(of, clear(of, EXACT)).orders == ()


def test_a_shift_moves_the_limit_whatever_collar_and_tax_say() -> None:
    order = need("n", [10], 100)
    held = replace(
        order,
        limit_price=replace(
            order.limit_price, collar=Collar(cap=D(90)), tax=Tax(basis="inclusive", rate=D("0.13")), premium=D(5)
        ),
    )
    moved = candidates.shifted(market(held), held, D(10)).limit_price
    assert (moved.premium, moved.collar) == (D("16.3"), Collar(cap=D("101.3")))


@pytest.mark.parametrize("value", ["0.003", "1", "9.99", "10", "10.01", "20", "49", "50", "51", "98000", "100000"])
def test_round_numbers_are_multiples_of_their_own_step_and_neighbours(value: str) -> None:
    number = D(value)
    above, below = round_above(number), round_below(number)
    assert below < number < above
    for each in (above, below):
        assert each % coarse_step(each) == 0
    between = (above - below) / 50
    inside = (below + between * k for k in range(1, 50))
    assert not [each for each in inside if each != number and each % coarse_step(each) == 0]


@pytest.mark.parametrize("seed", range(24))
def test_every_change_of_a_random_market_does_match(seed: int) -> None:
    of = counted(tiny_market(seed))
    before = clear(of, EXACT)
    filled = {outcome.order: outcome.filled for outcome in before.orders}
    for each in smallest_changes(of, before).orders:
        order = next(order for order in of.orders if order.id == each.order)
        for change in (each.price, each.volume, each.specification):
            if change is not None and change.proof == "solved":
                after = clear(changed(of, order, change), EXACT)
                now = next(outcome.filled for outcome in after.orders if outcome.order == order.id)
                assert now > filled[order.id], (order.id, change)


def test_a_large_market_is_guessed_and_a_sample_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SMALL_ORDERS", 2)
    of = market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98), need("n3", [10], 90))
    clearing = clear(of, EXACT)
    guessed = smallest_changes(of, clearing, sample=0)
    assert [(each.order, each.tried) for each in guessed.orders] == [("n2", False), ("n3", False)]
    for each in guessed.orders:  # the offer's multiplier is anything from 48 to 67: a guess need not hold
        assert each.price is not None
        assert (each.price.to, each.price.proof) in ((D(100), "expected"), (D(120), "expected"))
    tried = smallest_changes(of, clearing, sample=2)
    assert [(each.price.to, each.price.proof) for each in tried.orders if each.price] == [(D(120), "solved")] * 2
    assert [each.guesses_tried for each in tried.kinds] == [2, 0, 0]


def test_a_result_is_read_as_it_was_written() -> None:
    of = market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98))
    found = smallest_changes(of, clear(of, EXACT))
    assert read_changes(canonical_bytes(found)) == found


def rivals(sellers: int, buyers: int) -> Market:
    offers = [offer(f"o{k}", [10], 50 + k) for k in range(sellers)]
    needs = [need(f"n{k}", [10], 117 + k) for k in range(buyers)]
    return market(*offers, *needs, need("low", [10], 98))


@pytest.mark.parametrize(("sellers", "buyers", "enough"), [(5, 5, True), (4, 5, False), (5, 4, False)])
def test_nothing_is_told_among_fewer_than_five_others(sellers: int, buyers: int, enough: bool) -> None:
    of = rivals(sellers, buyers)
    low = of.orders[-1]
    change = Change(kind="price", to=D(120), by=D(22), unit="CNY/t", proof="solved")
    assert enough_rivals(of, low) is enough
    assert told(of, low, (change, None)) == ((change,) if enough else ())
    result = smallest_changes(of, clear(of, EXACT))
    assert ("120" in told_in_words(of, result, "low")) is enough


def test_what_is_told_of_an_order_differs_by_why_nothing_would_do() -> None:
    enough = rivals(6, 6)
    result = smallest_changes(enough, clear(enough, EXACT))
    assert "matched in full" in told_in_words(enough, result, "n5")
    none = replace(result, orders=(OrderChanges("o0", "unmatched", True, None, None, None),))
    assert "no single change" in told_in_words(enough, none, "o0")
    few = rivals(3, 1)
    assert "too few parties" in told_in_words(few, none, "o0")  # whatever was found
    result = smallest_changes(few, clear(few, EXACT))
    assert "too few parties" in told_in_words(few, result, "o2")
    assert "matched in full" in told_in_words(few, result, "n0")  # which its owner knows
    empty = market(offer("o", [0], 50), need("n", [10], 117))
    assert "asks for no volume" in told_in_words(empty, smallest_changes(empty, clear(empty, EXACT)), "o")


def test_guesses_are_counted_where_there_were_any() -> None:
    of = market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98))
    result = smallest_changes(of, clear(of, EXACT))
    assert summary(result).splitlines()[3] == "limit price: 1 of 1 orders"
    tried = replace(result, kinds=tuple(replace(each, guesses_tried=3, guesses_held=2) for each in result.kinds))
    assert summary(tried).splitlines()[3] == "limit price: 1 of 1 orders; guesses that held 2/3"
    assert summary(tried).splitlines()[0].endswith("；抽查成立 2/3")


def test_amounts_are_written_without_exponents() -> None:
    # The next round number above 98,000 that outbids 130,000 is 140,000.
    of = market(offer("o", [16000], 50000), need("n1", [16000], 130000), need("n2", [16000], 98000))
    text = canonical_bytes(smallest_changes(of, clear(of, EXACT))).decode()
    assert '"to":"140000"' in text
    assert re.search(r'"-?[0-9.]+E', text) is None


def test_a_category_says_no_amount_and_a_guess_is_not_told() -> None:
    of = rivals(5, 5)
    low = of.orders[-1]
    change = Change(kind="price", to=D(120), by=D(22), unit="CNY/t", proof="solved")
    ((zh, en),) = sentences(of, low, (change,), "category")
    assert "120" not in zh + en
    assert "22" not in zh + en
    assert told(of, low, (replace(change, proof="expected"),)) == ()
