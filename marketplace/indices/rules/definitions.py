"""What the definition of an index must hold, when it is withheld, and what may stand in for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from marketplace.shared.errors import Fault, InvalidInput
from marketplace.shared.texts import line_faults

FREQUENCIES = ("daily", "weekly", "monthly")
TAX_BASES = ("inclusive", "exclusive")
CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY", "KRW")  # ISO 4217; those in which the chain's indices are quoted

LEAST_CONTRIBUTORS = 5
MOST_AGE_DAYS = 366
MOST_DIVERGENCE_DAYS = 60

_CODE = re.compile(r"[A-Z][A-Z0-9]*(-[A-Z0-9]+)*")
_CODE_FORM = "2 to 40 capitals and digits in groups joined by hyphens, e.g. LC-CN"
_ONE, _ZERO = Decimal(1), Decimal(0)
_COARSEST_ROUNDING = Decimal(1000)


@dataclass(frozen=True)
class Definition:
    """An index as it is stated.

    ``tax_rate`` is the rate of value-added tax that an inclusive index contains.  ``rounding`` is the step of its
    monthly mean.  ``contributors`` and ``largest_share``: how many independent firms its quotes rest on, and the
    greatest fraction that one of them has; none for an exchange's or publisher's index, whose owner answers for it.
    ``divergence_limit`` (fraction of the fallback's value) and ``divergence_days``: how far, and on how many days on
    end, it may differ from its fallback before that one stands in (rules.month_prices).
    """

    id: str
    name_zh: str
    name_en: str
    unit_code: str
    currency: str
    source: str
    frequency: str
    tax_basis: str
    tax_rate: Decimal
    rounding: Decimal
    contributors: int | None = None
    largest_share: Decimal | None = None
    dominance_limit: Decimal | None = None
    fallback_id: str | None = None
    fallback_max_age_days: int = 0
    divergence_limit: Decimal | None = None
    divergence_days: int | None = None


def check_definition(index: Definition, unit_codes: Sequence[str]) -> None:
    """Raises InvalidInput with everything that is wrong with a definition taken alone."""
    faults: list[Fault] = []
    if not (2 <= len(index.id) <= 40 and _CODE.fullmatch(index.id)):
        faults.append(Fault("/id", "has the wrong form", index.id, _CODE_FORM))
    for name, most in (("name_zh", 100), ("name_en", 100), ("source", 300)):
        faults += line_faults(f"/{name}", getattr(index, name), most)
    for name, options in (
        ("unit_code", unit_codes),
        ("currency", CURRENCIES),
        ("frequency", FREQUENCIES),
        ("tax_basis", TAX_BASES),
    ):
        if getattr(index, name) not in options:
            faults.append(Fault(f"/{name}", "is not one of those known", getattr(index, name), ", ".join(options)))
    if not _ZERO <= index.tax_rate < _ONE:
        faults.append(Fault("/tax_rate", "is no rate", index.tax_rate, "at least 0, below 1"))
    if not _ZERO < index.rounding <= _COARSEST_ROUNDING:
        limit = f"above 0, at most {_COARSEST_ROUNDING}"
        faults.append(Fault("/rounding", "is no step of a price", index.rounding, limit))
    if not 0 <= index.fallback_max_age_days <= MOST_AGE_DAYS:
        limit = f"0 to {MOST_AGE_DAYS}"
        faults.append(Fault("/fallback_max_age_days", "is out of range", index.fallback_max_age_days, limit))
    faults += _contributor_faults(index) + _divergence_faults(index)
    if faults:
        raise InvalidInput(faults)


def is_withheld(index: Definition) -> bool:
    """Whether too few firms, or one too large, stand behind an index of our own making to show it.

    >>> own = Definition("LC", "碳酸锂", "LC", "TNE", "CNY", "", "daily", "inclusive", _ZERO, _ONE, 5, Decimal("0.3"))
    >>> is_withheld(own)
    True
    """
    if index.contributors is None:
        return False
    if index.largest_share is None or index.dominance_limit is None:
        return True
    return index.contributors < LEAST_CONTRIBUTORS or index.largest_share > index.dominance_limit


def check_fallback(index: Definition, chain: Sequence[Definition]) -> None:
    """Raises InvalidInput unless the first of ``chain`` can stand in for ``index`` without altering what it means.

    ``chain``: the fallback, its own fallback, and so on.
    """
    fallback = chain[0]
    faults = [
        Fault("/fallback_id", f"has another {name}: {getattr(fallback, name)}", fallback.id, getattr(index, name))
        for name in ("unit_code", "currency", "tax_basis", "tax_rate")
        if getattr(fallback, name) != getattr(index, name)
    ]
    if any(each.id == index.id for each in chain):
        faults.append(Fault("/fallback_id", "falls back on this index itself", fallback.id, "another index"))
    if faults:
        raise InvalidInput(faults)


def _contributor_faults(index: Definition) -> list[Fault]:
    faults = []
    if index.contributors is not None and not 0 <= index.contributors <= 10_000:
        faults.append(Fault("/contributors", "is out of range", index.contributors, "0 to 10000"))
    for name in ("largest_share", "dominance_limit"):
        share = getattr(index, name)
        if share is None:
            continue
        if index.contributors is None:
            faults.append(Fault(f"/{name}", "goes with contributors only", share, "contributors"))
        elif not _ZERO < share <= _ONE:
            faults.append(Fault(f"/{name}", "is no share", share, "above 0, at most 1"))
    return faults


def _divergence_faults(index: Definition) -> list[Fault]:
    faults = []
    limit, days = index.divergence_limit, index.divergence_days
    if (limit is None) != (days is None):
        name, missing = (
            ("divergence_limit", "divergence_days") if days is None else ("divergence_days", "divergence_limit")
        )
        faults.append(Fault(f"/{name}", f"goes with {missing} only", getattr(index, name), missing))
    if limit is not None and not _ZERO < limit <= _ONE:
        faults.append(Fault("/divergence_limit", "is no limit of a difference", limit, "above 0, at most 1"))
    if days is not None and not 1 <= days <= MOST_DIVERGENCE_DAYS:
        faults.append(Fault("/divergence_days", "is out of range", days, f"1 to {MOST_DIVERGENCE_DAYS}"))
    if limit is not None and index.fallback_id is None:
        faults.append(Fault("/divergence_limit", "needs an index to differ from", limit, "a fallback_id"))
    return faults
