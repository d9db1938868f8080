"""What an answer is worth, recounted from its volumes and the market file alone, in fractions.

Shares nothing with the peers, the solver's form, its screen or its verifier: JSON in, one verdict out.
It knows the terms of the generator's laws and refuses every other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

TOLERANCE = Fraction(1, 100_000)  # of a row's limit: five times what the peers' own tolerances of 1e-6 add up to
LEAST_TOLERANCE = Fraction(1, 1_000_000)  # grade units

ORDER_KEYS = {
    "id", "side", "organisation", "grade", "site", "volumes", "limit_price", "minimum_contract", "maximum_share",
    "counterparties",
}  # fmt: skip
MARKET_KEYS = {"format", "name", "grades", "calendar", "paths", "freight", "policy", "orders"}

Contract = tuple[str, str, Sequence[str | float]]  # offer, need, volumes per period


class UnknownTerms(ValueError):
    """The market has terms that this recount does not know."""


@dataclass(frozen=True)
class Recounted:
    """Welfare of the volumes, and the rows that they break by more than the tolerance."""

    objective: Fraction  # CNY
    contracts: int
    broken: list[str]
    quantum_worth: Fraction  # CNY of one quantum more in every period with volume: what whole quanta may cost


class Recount:
    """One market, ready to recount answers."""

    def __init__(self, path: Path) -> None:
        raw = json.loads(path.read_text(encoding="utf-8"))
        _refuse_unknown(raw)
        self._orders = {order["id"]: order for order in raw["orders"]}
        self._grades = {grade["id"]: grade for grade in raw["grades"]}
        self._volumes = {name: [Fraction(each) for each in order["volumes"]] for name, order in self._orders.items()}
        self._index = raw["paths"][0]["indices"] if raw.get("paths") else {}
        self._rate = Decimal(raw["freight"]["cny_per_unit_km"])

    def of(self, contracts: Iterable[Contract]) -> Recounted:
        """Recount an answer; every contract with any volume costs and counts as one."""
        broken: list[str] = []
        objective, worth, made = Fraction(0), Fraction(0), 0
        used = {name: [Fraction(0)] * len(volumes) for name, volumes in self._volumes.items()}
        partners: dict[str, set[str]] = {name: set() for name in self._orders}
        for offer, need, stated in contracts:
            volumes = [Fraction(each) for each in stated]
            if not any(volumes):
                continue
            made += 1
            grade = self._grades[self._orders[offer]["grade"]]
            gains = self._gains(offer, need)
            objective += sum((g * x for g, x in zip(gains, volumes, strict=True)), Fraction(0))
            objective -= Fraction(grade.get("contract_cost", "0"))
            worth += Fraction(grade["quantum"]) * sum(g for g, x in zip(gains, volumes, strict=True) if x > 0 and g > 0)
            broken += self._broken_by(offer, need, volumes, gains)
            if need in partners[offer]:
                broken.append(f"{offer} and {need} have two contracts")
            for name, partner in ((offer, need), (need, offer)):
                partners[name].add(partner)
                used[name] = [a + b for a, b in zip(used[name], volumes, strict=True)]
        for name, order in self._orders.items():
            for t, (amount, limit) in enumerate(zip(used[name], self._volumes[name], strict=True)):
                if _above(amount, limit):
                    broken.append(f"{name} trades {float(amount):.6g} of {float(limit):.6g} in period {t}")
            most = order.get("counterparties", {}).get("most")
            if most is not None and len(partners[name]) > most:
                broken.append(f"{name} has {len(partners[name])} counterparties of {most} at most")
        return Recounted(objective, made, broken, worth)

    def _broken_by(self, offer: str, need: str, volumes: list[Fraction], gains: list[Fraction]) -> list[str]:
        pair, total = f"{offer} and {need}", sum(volumes, Fraction(0))
        nothing = Fraction(0)
        found = [f"{pair} trade less than nothing in period {t}" for t, x in enumerate(volumes) if _above(-x, nothing)]
        found += [
            f"{pair} trade {float(x):.6g} at a loss in period {t}"
            for t, (x, gain) in enumerate(zip(volumes, gains, strict=True))
            if gain < 0 and _above(x, nothing)
        ]
        if (self._orders[offer]["side"], self._orders[need]["side"]) != ("offer", "need"):
            found.append(f"{pair} are no offer and need")
        if self._orders[offer]["grade"] != self._orders[need]["grade"]:
            found.append(f"{pair} are of two grades")
        least, share = self._least(offer, need), self._share(need)
        if _above(least, total):
            found.append(f"{pair} trade {float(total):.6g}, the least contract is {float(least):.6g}")
        if share is not None and _above(total, share):
            found.append(f"{pair} trade {float(total):.6g}, the greatest share is {float(share):.6g}")
        return found

    def _least(self, offer: str, need: str) -> Fraction:
        """3.4: the stated minimum, no more than a fraction of what the pair could trade, in whole quanta."""
        quantum = Fraction(self._grades[self._orders[offer]["grade"]]["quantum"])
        stated = self._orders[offer].get("minimum_contract")
        if stated is None:
            return quantum
        common = sum(map(min, self._volumes[offer], self._volumes[need]), Fraction(0))
        share = self._share(need)
        could = common if share is None else min(common, share)
        least = min(Fraction(stated["volume"]), Fraction(stated["pair_fraction"]) * could)
        return max(least // quantum * quantum, quantum)

    def _share(self, need: str) -> Fraction | None:
        """3.8: the greatest volume of one supplier, of the requested."""
        share = self._orders[need].get("maximum_share")
        return None if share is None else Fraction(share["fraction"]) * sum(self._volumes[need], Fraction(0))

    def _gains(self, offer: str, need: str) -> list[Fraction]:
        """1.1: the need's limit less the offer's and the freight, per period."""
        freight = self._freight(self._orders[offer]["site"], self._orders[need]["site"])
        asks, bids = self._limits(offer), self._limits(need)
        return [bid - ask - freight for ask, bid in zip(asks, bids, strict=True)]

    def _limits(self, name: str) -> list[Fraction]:
        price = self._orders[name]["limit_price"]
        (component,) = price["components"]
        premium = Fraction(price.get("premium", "0"))
        if "index" in component:
            return [Fraction(value) + premium for value in self._index[component["index"]]]
        return [Fraction(component["fixed"]) + premium] * len(self._volumes[name])

    def _freight(self, origin: dict[str, str], destination: dict[str, str]) -> Fraction:
        """1.1e: along the straight line, to the cent."""
        with localcontext() as context:
            context.prec = 40
            x, y = (Decimal(destination[axis]) - Decimal(origin[axis]) for axis in ("x_km", "y_km"))
            cny = (x * x + y * y).sqrt() * self._rate
            return Fraction(cny.quantize(Decimal("0.01"), ROUND_HALF_UP))


def _above(amount: Fraction, limit: Fraction) -> bool:
    return amount > limit + max(TOLERANCE * abs(limit), LEAST_TOLERANCE)


def _refuse_unknown(raw: dict[str, Any]) -> None:
    unknown = set(raw) - MARKET_KEYS
    unknown |= {key for order in raw["orders"] for key in set(order) - ORDER_KEYS}
    unknown |= {f"freight/{key}" for key in set(raw["freight"]) - {"kind", "cny_per_unit_km"}}
    unknown |= {f"policy/{key}" for key in set(raw["policy"]) - {"sealed_seed"}}
    for order in raw["orders"]:
        unknown |= {f"maximum_share/{key}" for key in set(order.get("maximum_share", ())) - {"fraction"}}
        unknown |= {f"counterparties/{key}" for key in set(order.get("counterparties", ())) - {"most"}}
        unknown |= {f"limit_price/{key}" for key in set(order["limit_price"]) - {"components", "premium"}}
        for component in order["limit_price"]["components"]:
            unknown |= {f"components/{key}" for key in set(component) - {"index", "fixed"}}
    organisations = [order["organisation"] for order in raw["orders"]]
    if len(set(organisations)) < len(organisations):
        unknown.add("several orders of one organisation")
    if raw["freight"]["kind"] != "plane" or len(raw.get("paths", ())) > 1:
        unknown.add("freight or paths of another kind")
    if unknown:
        raise UnknownTerms(", ".join(sorted(unknown)))
