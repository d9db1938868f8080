"""Stability of clearings solved by hand (docs/model.md 5.8)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import jsonschema
import msgspec
import pytest
from msgspec.structs import replace

from solver.clear import clear
from solver.commands import main
from solver.form.clearing import WorkLimits
from solver.form.market import Market, canonical_bytes
from solver.form.reading import write_json
from solver.form.stability import Stability
from solver.form.terms import Counterparties
from solver.stability.running import stability
from tests.unit.solver.hand_markets import market, need, offer
from tests.unit.solver.test_commands_schema import packaged
from tests.unit.solver.tiny_markets import tiny_market

D = Decimal
EXACT = WorkLimits(gap=0.0)


def report(of: Market) -> Stability:
    return stability(of, clear(of, EXACT))


def test_the_supporting_interval_lies_between_the_limits_at_the_margin() -> None:
    # 10 t for sale at 50; n1 takes all at 117.  One match alone: any price from 50 to 117 supports it.
    found = report(market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98)))
    (interval,) = found.intervals
    assert (interval.grade, interval.region, interval.period) == ("G", None, "2027-01")
    assert (interval.lowest, interval.highest) == (D(50), D(117))


def test_an_order_with_room_leaves_no_width() -> None:
    # The offer has 20 t and sells 10: its price is its own limit.
    (interval,) = report(market(offer("o", [20], 50), need("n", [10], 117))).intervals
    assert interval.lowest == interval.highest == D(50)


def test_who_is_outbid_blocks_where_the_price_is_below_its_limit() -> None:
    # The reference of o and n1 is drawn between 50 and 117; n2 at 98 blocks it exactly where it is below 98.
    of = market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98))
    clearing = clear(of, EXACT)
    price = clearing.matches[0].price
    assert price is not None
    for reference in (D(70), D(97), D(98), D(110)):
        match = replace(clearing.matches[0], price=replace(price, reference=(reference,)))
        found = stability(of, replace(clearing, matches=(match,)))
        gain = (98 - reference) * 10
        if gain > 0:
            (pair,) = found.blocking_pairs
            assert (pair.offer, pair.need, pair.gain_cny, pair.gives_up) == ("o", "n2", gain, (match.id,))
            assert [each.order for each in found.left_out] == ["n2"]
        else:
            assert found.blocking_pairs == ()
            assert found.left_out == ()
        assert found.coalitions is not None
        assert [(each.size, each.blocking) for each in found.coalitions] == [(2, int(gain > 0)), (3, 0), (4, 0)]


def test_a_pair_that_may_not_have_another_contract_does_not_block() -> None:
    # o2 and n1 have room left, but n1 may have one supplier only, and gives up more than it would gain.
    of = market(
        offer("o1", [10], 50), offer("o2", [10], 90), need("n1", [20], 100, counterparties=Counterparties(most=1))
    )
    clearing = clear(of, EXACT)
    price = clearing.matches[0].price
    assert price is not None
    match = replace(clearing.matches[0], price=replace(price, reference=(D(60),)))
    assert stability(of, replace(clearing, matches=(match,))).blocking_pairs == ()


def test_three_orders_block_where_no_two_do() -> None:
    # n buys all of 20 t or nothing.  Its offers A, B at 90 gave it 10 t each at 100; C and D at 50 would together, but
    # neither of them alone fills it.  Only what the clearing is worth is falsified: here they are kept out by hand.
    of = market(
        offer("A", [10], 90), offer("B", [10], 90), offer("C", [10], 50), offer("D", [10], 50),
        need("n", [20], 110, minimum_fill=D(1)),
    )  # fmt: skip
    without = replace(of, orders=(*of.orders[:2], of.orders[4]))
    apart = clear(without, EXACT)
    price = apart.matches[0].price
    assert price is not None
    matches = tuple(replace(match, price=replace(price, reference=(D(100),))) for match in apart.matches)
    full = clear(of, EXACT)
    found = stability(of, replace(full, matches=matches))
    assert found.coalitions is not None
    by_size = {each.size: each for each in found.coalitions}
    assert by_size[2].blocking == 0
    # C, D and n: 20 x 60 = 1,200 less n's 200; A or B with C or D and n: 10 x 60 + 10 x 20 - 200 - 100 = 500
    assert by_size[3].blocking == 5
    assert by_size[3].greatest_gain_cny == D(1000)


@pytest.mark.parametrize("seed", range(12))
def test_payments_are_receipts_and_freight(seed: int) -> None:
    of = tiny_market(seed)
    found = report(of)
    assert found.balance.difference_cny == 0
    for interval in found.intervals:
        assert interval.lowest <= interval.highest + D("0.01")
    jsonschema.validate(msgspec.json.decode(canonical_bytes(found)), packaged("stability.schema.json"))


def test_the_command_says_it_in_both_languages(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    of = market(offer("o", [10], 50), need("n1", [10], 117), need("n2", [10], 98))
    write_json(of, tmp_path / "m.json")
    write_json(clear(of, EXACT), tmp_path / "c.json")
    output = tmp_path / "inside.json"
    assert main(["stability", str(tmp_path / "m.json"), str(tmp_path / "c.json"), "-o", str(output)]) == 0
    out = capsys.readouterr().out
    assert "supporting intervals: 1, with width 1, widest 67.00 CNY per unit" in out
    assert "阻断对" in out
    assert " core" not in out
