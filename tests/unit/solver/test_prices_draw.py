"""The draw of a price by secret ranks: docs/model.md 5.3."""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solver.form.decimals import plain
from solver.form.market import Policy
from solver.pricing.draw import Window, draw, rank
from solver.verify.draws import steps_ranked

amounts = st.integers(-(10**6), 10**7).map(lambda cents: Fraction(cents, 100))


def stated_rank(seed: str, key: str, k: int) -> bytes:
    """Of a number of steps, as docs/model.md 5.3 states it."""
    block, place = divmod(k, 512)
    digest = hmac.new(seed.encode(), f"{key}|{block}".encode(), hashlib.sha512).digest()
    return hashlib.shake_256(digest).digest(4096)[8 * place : 8 * place + 8]


def window(lowest: str | Fraction, highest: str | Fraction, level: int = 1000, not_at: tuple[str, ...] = ()) -> Window:
    return Window(Fraction(lowest), Fraction(highest), Fraction(level), tuple(map(Fraction, not_at)))


@settings(deadline=None)
@given(amounts, amounts, st.sampled_from(["1", "0.05", "50", "0.01"]), st.text(max_size=5))
def test_drawn_price_is_a_tick_of_the_window(one: Fraction, two: Fraction, tick: str, seed: str) -> None:
    low, high = sorted((one, two))
    price = draw(window(low, high, 100_000), Decimal(tick), seed, "k")
    if price is None:
        assert -(-low // Fraction(tick)) > high // Fraction(tick)  # no tick lies inside
    else:
        assert low <= Fraction(price) <= high
        assert Fraction(price) % Fraction(tick) == 0


def test_best_rank_of_all_ticks_wins() -> None:
    best = min(range(100, 121), key=lambda k: stated_rank("seed", "key|1", k))
    assert draw(window("99.5", "120.5"), Decimal(1), "seed", "key") == best


def test_first_step_is_coarse() -> None:
    assert (
        draw(window(90_000, 110_000, 100_000), Decimal("0.01"), "seed", "key") % 10 == 0
    )  # 10 <= 100,000 / 2000 < 100
    assert draw(window(100_001, 100_009, 100_000), Decimal("0.01"), "seed", "key") % 1 == 0


def test_a_limit_is_never_drawn() -> None:
    assert draw(window(100, 101, not_at=("100", "101")), Decimal(1), "", "k") is None
    assert draw(window(100, 102, not_at=("100", "102")), Decimal(1), "", "k") == 101


def test_off_tick_goes_down_to_a_millionth() -> None:
    narrow = window("100.0000001", "100.0000021")
    assert draw(narrow, Decimal(1), "", "k") is None
    assert draw(narrow, Decimal(1), "", "k", off_tick=True) in (Decimal("100.000001"), Decimal("100.000002"))
    assert draw(window("100.0000001", "100.0000009"), Decimal(1), "", "k", off_tick=True) is None


def test_a_window_that_shrinks_keeps_its_price_until_the_price_falls_out() -> None:
    before = draw(window(100, 200), Decimal(1), "seed", "k")
    assert before is not None
    for highest in range(199, int(before) - 1, -1):
        assert draw(window(100, highest), Decimal(1), "seed", "k") == before
    assert draw(window(100, before - 1), Decimal(1), "seed", "k") != before


def test_drawn_prices_are_spread_over_the_window() -> None:
    prices = [draw(window(0, 100), Decimal(1), "seed", f"key {k}") for k in range(1000)]
    quarters = [sum(25 * q <= price < 25 * (q + 1) for price in prices if price is not None) for q in range(4)]
    assert min(quarters) > 190  # 250 each expected


@pytest.mark.parametrize(("amount", "text"), [("0.00", "0"), ("1E+3", "1000"), ("-12.50", "-12.5"), ("7", "7")])
def test_notation_of_a_choice(amount: str, text: str) -> None:
    assert plain(Decimal(amount)) == text


def test_rank_by_hand() -> None:
    # printf 'match|G|A|B|98000' | openssl dgst -sha256 -hmac secret
    assert rank("secret", "match|G|A|B", Decimal("98000.0")).hex() == (
        "aab7e22b91ebd6cd4ccfe3dcaa051394f492be516c1ed64e9f7b9bf52ea53c1f"
    )


def test_rank_of_a_price_by_hand() -> None:
    # 9,800 steps of 10: printf 'match|G|A|B|10|19' | openssl dgst -sha512 -hmac secret -binary |
    #   openssl dgst -shake256 -xoflen 4096 -binary | xxd -p -s 576 -l 8
    assert stated_rank("secret", "match|G|A|B|10", 9800).hex() == "e657aca51e397f0a"


@pytest.mark.parametrize("seed", ["", "house", "x" * 128, "x" * 129, "密" * 40])
@pytest.mark.parametrize("tick", ["0.5", "1", "50"])
@pytest.mark.parametrize("lowest", [-1030, -30, 0, 990])
def test_the_price_drawn_is_the_one_of_the_least_rank(seed: str, tick: str, lowest: int) -> None:
    window = Window(Fraction(lowest), Fraction(lowest + 1070), Fraction(0), (Fraction(lowest + 10),))
    step = Decimal(tick)
    steps = [k for k in range(-3000, 5000) if lowest <= k * step <= lowest + 1070 and k * step != lowest + 10]
    best = min(steps, key=lambda k: stated_rank(seed, f"match|A|{tick}", k))
    assert draw(window, step, seed, "match|A") == best * step


def test_the_checker_ranks_alike() -> None:
    ranks = steps_ranked(msgspec.structs.replace(Policy(), sealed_seed="密"), "k|0.5", -700, 700)
    assert all(ranks[k] == stated_rank("密", "k|0.5", k) for k in range(-700, 701))
