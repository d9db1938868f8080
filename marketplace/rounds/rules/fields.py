"""How single values of a round's documents are checked: each check gives the normal form and what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from marketplace.shared.errors import Fault
from marketplace.shared.quantities import amount_text, read_amount


def amount(least: str, most: str | None = None) -> Callable[[str, Any], tuple[str | None, list[Fault]]]:
    """An exact amount between two limits, ends included, in its shortest form.

    >>> amount("0", "1")("/x", "0.50")
    ('0.5', [])
    >>> amount("0", "1")("/x", "2")[1][0].limit
    '0 to 1'
    """
    limit = f"{least} to {most}" if most is not None else f"at least {least}"

    def check(pointer: str, given: Any) -> tuple[str | None, list[Fault]]:
        try:
            value = read_amount(given)
        except (ValueError, TypeError) as error:
            message = str(error) if isinstance(error, ValueError) else "is no amount"
            return None, [Fault(pointer, message, shown(given), f"a decimal number, {limit}", "not-a-number")]
        if value < Decimal(least) or (most is not None and value > Decimal(most)):
            return None, [Fault(pointer, f"must be {limit}", shown(given), limit, "out-of-range")]
        return amount_text(value), []

    return check


def choice(*names: str) -> Callable[[str, Any], tuple[str | None, list[Fault]]]:
    """One of some names.

    >>> choice("propose", "drop")("/x", ["drop"])[1][0].limit
    'propose, drop'
    """
    allowed = ", ".join(names)

    def check(pointer: str, given: Any) -> tuple[str | None, list[Fault]]:
        if given not in names:
            return None, [Fault(pointer, f"must be one of {allowed}", shown(given), allowed, "not-a-choice")]
        return str(given), []

    return check


def pointer_to(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901) to a place in the input.

    >>> pointer_to("index_paths", "LC/CN", 0)
    '/index_paths/LC~1CN/0'
    """
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def shown(value: Any, most: int = 80) -> str:
    """A value as it stands in a fault: as JSON writes it, cut to a readable length.

    >>> [shown(x) for x in ("x", ["x"], None, True, Decimal("0"), {"low": Decimal("0.6")})]
    ['x', '["x"]', 'null', 'true', '0', '{"low": "0.6"}']
    """
    plain = isinstance(value, str | Decimal)
    text = str(value) if plain else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 1] + "…"
