"""What an owner is told of the reasons, level by level: never a rival's figure, never somebody in particular."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from marketplace.rounds.rules.feedback import Feedback
from marketplace.rounds.services.feedback import told_reasons
from solver.form.clearing import OrderOutcome, Reason

PRICE = Reason(code="price", side="market", counterparties=13, amount=Decimal("1000"), unit="CNY/TNE")
FEW = Reason(code="specification", side="other", counterparties=3)
EXCLUDED_BY_ONE = Reason(code="exclusion", side="other", counterparties=1)


def told(level: Feedback, *reasons: Reason) -> list[dict[str, Any]]:
    outcome = OrderOutcome(
        order="ord_1", status="unmatched", requested=Decimal(10), filled=Decimal(0), reasons=tuple(reasons)
    )
    return [
        {name: value for name, value in each.items() if name not in ("zh", "en")}
        for each in told_reasons(outcome, level)
    ]


def test_category_names_the_rule_and_no_figure() -> None:
    assert told(Feedback.CATEGORY, PRICE, FEW) == [
        {"code": "price", "side": "market"},
        {"code": "specification", "side": "other"},
    ]


def test_coarse_counts_in_fives_and_keeps_small_numbers_to_itself() -> None:
    price = {"code": "price", "side": "market", "counterparties_at_least": 10, "amount": "1000", "unit": "CNY/TNE"}
    assert told(Feedback.COARSE, PRICE, FEW) == [price, {"code": "specification", "side": "other"}]


def test_exact_counts_exactly() -> None:
    counts = [each["counterparties_at_least"] for each in told(Feedback.EXACT, PRICE, FEW)]
    assert counts == [13, 3]


@pytest.mark.parametrize("level", list(Feedback))
def test_no_level_says_that_one_rival_excluded_this_order(level: Feedback) -> None:
    assert told(level, EXCLUDED_BY_ONE) == [{"code": "no_counterparty", "side": "market"}]
    assert [each["code"] for each in told(level, EXCLUDED_BY_ONE, FEW)] == ["specification"]


def test_a_partly_filled_order_is_told_what_is_kept_for_the_counterparties_options() -> None:
    def words(status: Any, filled: str) -> tuple[str, str]:
        used_up = (Reason(code="own_volume", side="own"),)
        outcome = OrderOutcome("ord_1", status, Decimal(310), Decimal(filled), used_up)
        (reason,) = told_reasons(outcome, Feedback.CATEGORY)
        return reason["zh"], reason["en"]

    zh, en = words("partly_matched", "287.218")
    assert "浮动预留" in zh
    assert "kept free for its counterparties' volume options" in en
    assert words("matched", "310") == ("本单数量已全部用完", "the order's own volume is used up")


@pytest.mark.parametrize("level", list(Feedback))
def test_reasons_are_told_in_both_languages(level: Feedback) -> None:
    outcome = OrderOutcome(
        order="ord_1", status="unmatched", requested=Decimal(10), filled=Decimal(0), reasons=(PRICE, FEW)
    )
    for reason in told_reasons(outcome, level):
        assert reason["zh"]
        assert reason["en"].isascii()
        if level is Feedback.CATEGORY:
            assert not any(character.isdigit() for character in reason["zh"] + reason["en"])


def test_an_owner_is_told_which_certificate_its_own_order_required() -> None:
    def words(side: Any) -> tuple[str, str]:
        reasons = (Reason(code="certificate", side=side, counterparties=7),)
        outcome = OrderOutcome("ord_1", "unmatched", Decimal(10), Decimal(0), reasons)
        (reason,) = told_reasons(outcome, Feedback.CATEGORY, ["ISO9001", "UN38.3"])
        return reason["zh"], reason["en"]

    zh, en = words("own")
    assert zh.endswith("：ISO9001、UN38.3")
    assert en.endswith(": ISO9001, UN38.3")
    assert not any("ISO9001" in text for text in words("other"))  # another's wish is not this order's
