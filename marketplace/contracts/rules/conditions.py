"""What both parties of a proposal wish of the contract, side by side.

Wishes are no limits: each party may read the other's.  Nobody else reads either.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def proposed_wishes(
    names: Mapping[str, Any] | None, of_seller: Mapping[str, Any], of_buyer: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """The wishes that the match names, with their values.  Maths: docs/model.md 1.3c.

    >>> told = proposed_wishes({"agreed": ["resale_ban"], "buyer_only": ["take_or_pay/fraction"]},
    ...                        {"resale_ban": True}, {"resale_ban": True, "take_or_pay": {"fraction": "0.8"}})
    >>> told["agreed"], told["buyer_only"], told["conflicts"]
    ([{'wish': 'resale_ban', 'value': True}], [{'wish': 'take_or_pay/fraction', 'value': '0.8'}], [])
    """
    named = names or {}
    told = {
        kind: [{"wish": name, "value": _at(wishes, name)} for name in named.get(kind, ())]
        for kind, wishes in (("agreed", of_buyer), ("seller_only", of_seller), ("buyer_only", of_buyer))
    }
    told["conflicts"] = [
        {"wish": name, "seller": _at(of_seller, name), "buyer": _at(of_buyer, name)}
        for name in named.get("conflicts", ())
    ]
    return told


def _at(wishes: Mapping[str, Any], name: str) -> Any:
    value: Any = wishes
    for step in name.split("/"):
        value = value[step]
    return value
