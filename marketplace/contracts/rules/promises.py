"""How much of an order the proposals to it keep from being traded once more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any

HOLDER_OF_THE_OPTION = {"offer": "buyer_option", "need": "seller_option"}  # the other side may call for more


def promised_by_month(side: str, proposals: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    """What the other parties may call, or deliver, at most in each month: what a round keeps free for them.

    ``side``: the order's; ``proposals``: their terms.  Maths: docs/model.md 3.1 for an offer, 3.2 for a need, in the
    order's own units; what an alternate stands for (3.22) is rounded up at the last of many digits.

    >>> periods = [{"period": "2027-01", "volume": {"expected": "40"}}]
    >>> band = {"buyer_option": {"up": "0.05"}, "seller_option": {"up": "0"}}
    >>> proposal = {"periods": periods, "volume_band": band}
    >>> [promised_by_month(side, [proposal, proposal]) for side in ("offer", "need")]
    [{'2027-01': Decimal('84.00')}, {'2027-01': Decimal('80')}]
    >>> promised_by_month("need", [{**proposal, "alternate": {"ratio": "1.25"}}])
    {'2027-01': Decimal('32')}
    """
    promised: dict[str, Decimal] = {}
    for terms in proposals:
        up = Decimal(terms["volume_band"][HOLDER_OF_THE_OPTION[side]]["up"])
        for period in terms["periods"]:
            most = Decimal(period["volume"]["expected"]) * (1 + up)
            if side == "need" and (alternate := terms.get("alternate")):
                with localcontext(rounding=ROUND_CEILING):
                    most /= Decimal(alternate["ratio"])
            promised[period["period"]] = promised.get(period["period"], Decimal(0)) + most
    return promised
