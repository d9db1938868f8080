"""The rules of a round as its operator states them: every field checked, every default written out.

The written-out form is what members see once the round is open; nothing is added to it later but the sealed seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from marketplace.orders.rules.codes import CURRENCIES
from marketplace.orders.rules.kinds import PRIORITY_CLASSES
from marketplace.rounds.rules.fields import amount, choice, pointer_to, shown
from marketplace.shared.errors import Fault, InvalidInput

INCOTERMS = ("EXW", "FCA", "FOB", "CPT", "CIP", "DAP", "DPU", "DDP", "CFR", "CIF", "FAS")
MOST_COEFFICIENTS = 10
ACCEPTANCES = ("bank_acceptance", "commercial_acceptance")
# What large buyers may take to pay small suppliers, from delivery: 保障中小企业款项支付条例 (State Council decree 802).
SMALL_SUPPLIER_DAYS = 60
MOST_DAYS = 1000

Check = Callable[[str, Any], tuple[Any, list[Fault]]]


def normal_policy(given: Mapping[str, Any]) -> dict[str, Any]:
    """The policy with every field in its place and amounts in their shortest form.

    Raises: InvalidInput with every field that is unknown, of a wrong kind or beyond its limits.

    >>> normal_policy({"price_tick": "50.0"})["price_tick"]
    '50'
    """
    faults = [
        Fault(pointer_to("policy", name), "is no field of a policy", shown(value), ", ".join(FIELDS), "unknown-field")
        for name, value in given.items()
        if name not in FIELDS
    ]
    policy: dict[str, Any] = {}
    for name, (default, check) in FIELDS.items():
        policy[name], wrong = check(f"/policy/{name}", given.get(name, default))
        faults += wrong
    if faults:
        raise InvalidInput(faults)
    return policy


def counts_planned(policy: Mapping[str, Any]) -> bool:
    """Whether offers may sell their planned volume beside the firm one; a policy that does not say so counts it."""
    return bool(policy.get("planned_capacity", "counted") == "counted")


def _target(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    """A share, or null for no target."""
    return (None, []) if given is None else amount("0", "1")(pointer, given)


def _split(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    if not isinstance(given, Mapping) or set(given) - {"low", "high"}:
        return None, [Fault(pointer, 'must be {"low": ..., "high": ...}', shown(given), "low, high", "wrong-type")]
    low, faults = amount("0", "1")(f"{pointer}/low", given.get("low", "0"))
    high, wrong = amount("0", "1")(f"{pointer}/high", given.get("high", "1"))
    faults = faults + wrong
    if low is not None and high is not None and Decimal(low) >= Decimal(high):
        faults = [Fault(pointer, "low must be below high", f"{low} and {high}", "low < high", "contradiction")]
    return {"low": low, "high": high}, faults


def _coefficients(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    if not isinstance(given, list | tuple) or len(given) > MOST_COEFFICIENTS:
        limit = f"a list of at most {MOST_COEFFICIENTS}"
        return None, [Fault(pointer, f"must be {limit} coefficients", shown(given), limit, "wrong-type")]
    checked = [amount("0.01", "10")(f"{pointer}/{place}", value) for place, value in enumerate(given)]
    return _distinct(pointer, [text for text, _ in checked], [fault for _, wrong in checked for fault in wrong])


def _incoterms(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    if not isinstance(given, list | tuple) or not given:
        message, limit = "must be a list of Incoterms, the first preferred", f"a list of {', '.join(INCOTERMS)}"
        return None, [Fault(pointer, message, shown(given), limit, "wrong-type")]
    faults = [
        Fault(f"{pointer}/{place}", "is no Incoterm of 2020", shown(term), ", ".join(INCOTERMS), "not-a-choice")
        for place, term in enumerate(given)
        if term not in INCOTERMS
    ]
    return _distinct(pointer, list(given), faults)


def _instruments(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    limit = f"a list of {', '.join(ACCEPTANCES)}"
    if not isinstance(given, list | tuple):
        return None, [Fault(pointer, f"must be {limit}", shown(given), limit, "wrong-type")]
    faults = [
        Fault(f"{pointer}/{place}", "is no acceptance", shown(name), ", ".join(ACCEPTANCES), "not-a-choice")
        for place, name in enumerate(given)
        if name not in ACCEPTANCES
    ]
    return _distinct(pointer, list(given), faults)


def _days(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    """Whole days; null flags nothing."""
    limit = f"0 to {MOST_DAYS}, or null"
    if given is None or (isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= MOST_DAYS):
        return given, []
    return None, [Fault(pointer, "must be a whole number of days", shown(given), limit, "out-of-range")]


def _small_supplier_share(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    """A fraction and its class; null asks for nothing."""
    if given is None:
        return None, []
    limit = "an object with fraction and priority, or null"
    if not isinstance(given, Mapping) or "fraction" not in given or set(given) - {"fraction", "priority"}:
        return None, [Fault(pointer, f"must be {limit}", shown(given), limit, "wrong-type")]
    fraction, faults = amount("0", "1")(f"{pointer}/fraction", given["fraction"])
    priority, wrong = choice(*PRIORITY_CLASSES)(f"{pointer}/priority", given.get("priority", "commercial_1"))
    return {"fraction": fraction, "priority": priority}, [*faults, *wrong]


def _rates(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    """CNY per unit of each currency."""
    if not isinstance(given, Mapping):
        limit = "an object, CNY per unit by currency"
        return None, [Fault(pointer, f"must be {limit}", shown(given), limit, "wrong-type")]
    rates: dict[str, Any] = {}
    faults: list[Fault] = []
    for currency, rate in sorted(given.items()):
        at = f"{pointer}{pointer_to(currency)}"
        if currency not in CURRENCIES - {"CNY"}:
            faults.append(Fault(at, "is no foreign currency", currency, "a code of ISO 4217", "not-a-choice"))
        rates[currency], wrong = amount("0.000001", "100")(at, rate)
        faults += wrong
    return rates, faults


def _distinct(pointer: str, values: list[Any], faults: list[Fault]) -> tuple[list[Any], list[Fault]]:
    if not faults:
        faults = [
            Fault(f"{pointer}/{place}", "is named twice", shown(value), "once", "duplicate")
            for place, value in enumerate(values)
            if value in values[:place]
        ]
    return values, faults


FIELDS: dict[str, tuple[Any, Check]] = {
    "contract_cost": ("0", amount("0")),
    "welfare_tolerance": ("0", amount("0", "0.1")),
    "concentration_target": (None, _target),
    "paths_required": ("1", amount("0", "1")),
    "price_tick": ("1", amount("0.000001", "1000000")),
    "minimum_gain": ("0", amount("0")),
    "price_band": ("0.08", amount("0", "0.99")),
    "price_split": ({}, _split),
    "exceptions": ("propose", choice("propose", "drop")),
    "formula_coefficients": (("1", "0.8", "0.5"), _coefficients),
    "index_range": ("0.3", amount("0", "0.99")),
    "payment_terms_of": ("offer", choice("offer", "need")),
    "financing_rate_per_year": ("0", amount("0", "1")),
    "refused_instruments": ((), _instruments),
    "small_supplier_days": (SMALL_SUPPLIER_DAYS, _days),
    "small_supplier_share": (None, _small_supplier_share),
    "exchange_rates": ({}, _rates),
    "incoterm_order": (INCOTERMS, _incoterms),
    "planned_capacity": ("counted", choice("counted", "not_counted")),
    "wish_conflicts": ("show", choice("show", "screen")),
}
