"""What a round lays down for the time after its publication: how long answers may take, how much must be fulfilled.

Kept apart from the policy, which belongs to the market and its hash: none of this changes a clearing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from marketplace.rounds.rules.fields import amount, pointer_to, shown
from marketplace.shared.errors import Fault, InvalidInput

Check = Callable[[str, Any], tuple[Any, list[Fault]]]


def normal_contracting(given: Mapping[str, Any]) -> dict[str, Any]:
    """The rules with every field in its place, amounts in their shortest form.

    Raises: InvalidInput with every field that is unknown, of a wrong kind or beyond its limits.

    >>> normal_contracting({"answer_days": 5})["answer_days"], normal_contracting({})["fulfilment_month"]
    (5, '0.8')
    """
    faults = [
        Fault(pointer_to("contracting", name), "is no such rule", shown(value), ", ".join(FIELDS), "unknown-field")
        for name, value in given.items()
        if name not in FIELDS
    ]
    rules: dict[str, Any] = {}
    for name, (default, check) in FIELDS.items():
        rules[name], wrong = check(f"/contracting/{name}", given.get(name, default))
        faults += wrong
    if not faults and rules["counter_days"] > rules["answer_days"]:
        message, value = "is longer than the whole window", rules["counter_days"]
        limit = f"at most {rules['answer_days']}"
        faults.append(Fault("/contracting/counter_days", message, value, limit, "contradiction"))
    if faults:
        raise InvalidInput(faults)
    return rules


def rule(contracting: Mapping[str, Any], name: str) -> Any:
    """One rule of a round; of a round that was planned before there was such a rule its default.

    >>> rule({}, "resting_days"), rule({"resting_days": 7}, "resting_days")
    (30, 7)
    """
    return contracting.get(name, FIELDS[name][0])


def _flag(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
    """Yes or no."""
    if isinstance(given, bool):
        return given, []
    return None, [Fault(pointer, "must be true or false", shown(given), "true or false", "wrong-type")]


def _days(most: int) -> Check:
    """Whole days."""
    return _whole(most, "days")


def _whole(most: int, what: str) -> Check:
    """So many of something, at least one."""
    limit = f"1 to {most}"

    def check(pointer: str, given: Any) -> tuple[Any, list[Fault]]:
        if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= most:
            return given, []
        return None, [Fault(pointer, f"must be a whole number of {what}", shown(given), limit, "out-of-range")]

    return check


# The least parts of what was agreed that a contract has to fulfil are those of the coal regime: 80 % of each month,
# 90 % of each quarter and year (NDRC, notices on medium- and long-term coal contracts of 2022 and 2023).
FIELDS: dict[str, tuple[Any, Check]] = {
    "answer_days": (10, _days(90)),  # from publication until the window closes
    "counter_days": (3, _days(30)),  # for the answer to a counter, never beyond the window
    "fulfilment_month": ("0.8", amount("0", "1")),
    "fulfilment_quarter": ("0.9", amount("0", "1")),
    "fulfilment_year": ("0.9", amount("0", "1")),
    "report_days": (10, _days(60)),  # after a month's end, for both parties to report it
    "reconcile_days": (10, _days(60)),  # after that, to report anew where both differ
    # Clauses of contracts, unless the parties agree on others.
    "confirmation_days": (15, _days(90)),  # for both signatures, from the conclusion on
    "vat_rate": ("0.13", amount("0", "0.5")),  # on goods, what invoices add to prices
    "objection_days": (15, _days(365)),  # against quality and quantity, from receipt on
    "deviation_charge": ("0.05", amount("0", "1")),  # of the price, on volume missed beyond the band
    "force_majeure_notice_days": (7, _days(90)),
    "force_majeure_longest_days": (90, _days(365)),  # after which either party may end the contract
    "cure_days": (30, _days(365)),  # to mend a breach before the other party may end the contract
    # Who rejects what keeps its own limits, and offers anew, feels for the other side's: not often.
    "rejections_within_limits": (3, _whole(100, "rejections")),  # of one organisation and grade, over all rounds
    "rejections_window_days": (90, _days(1000)),  # in which they are counted
    "resting_days": (30, _days(365)),  # in which no order of that grade is opened after the last of them
    # Whether the public is told of its contracts who the parties are, which grade, from when to when, and the status.
    "publish_contracts": (False, _flag),
}
