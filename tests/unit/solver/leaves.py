"""Any single value of a clearing changed: see :mod:`tests.unit.solver.corruptions` for falsifications by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from solver.form.clearing import Clearing
from tests.unit.solver.corruptions.falsifying import changed

CENT = Decimal("0.01")

# Leaves of a clearing that it records and that arithmetic cannot tell: see solver.verify.
RECORDED = re.compile(
    r"/clock_hit|/limits/.*|/solver/.*|/note|/support/(supported|without_width)|/multipliers/.*"
    r"|/orders/#/reasons/#/(side|amount|unit|code)"
)


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Paths of all values of a JSON document that are neither object nor array."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(each, (*path, key))
    else:
        yield path


def pattern(path: tuple[str | int, ...]) -> str:
    """A path with its positions left out: what kind of leaf it is."""
    return "".join("/#" if isinstance(key, int) else f"/{key}" for key in path)


def another(random: Random, value: Any) -> Any:
    """Another value of much the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + random.choice((1, -1, 7))
    if isinstance(value, str) and re.fullmatch(r"-?[0-9.]+", value):
        return str(changed(random, Decimal(value)))
    if value is None:
        return random.choice(("x", "1", 1))
    return random.choice((f"{value}x", "EXW", "optimal", "empty", "matched", "capacity", "solver", "recomputed"))


def leaf_falsified(random: Random, clearing: Clearing) -> tuple[str, Clearing] | None:
    """A clearing with one leaf changed, and which; None if it cannot be read or is the same after all."""
    document = msgspec.json.decode(msgspec.json.encode(clearing))
    kinds: dict[str, list[tuple[str | int, ...]]] = {}
    for path in leaves(document):
        kinds.setdefault(pattern(path), []).append(path)
    kind = random.choice(sorted(kinds))
    path = random.choice(kinds[kind])
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    before = holder[path[-1]]
    holder[path[-1]] = another(random, before)
    if kind == "/components/#/bound" and abs(Decimal(holder[path[-1]]) - Decimal(before)) <= CENT:
        return None  # the components' bounds come to the whole but for each one's rounding
    try:
        false = msgspec.convert(document, Clearing)
    except msgspec.ValidationError:
        return None
    return None if false == clearing else (kind, false)
