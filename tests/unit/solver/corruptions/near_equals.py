"""Falsified statements of what was aimed at among near-equals, and of what was given up for it (docs/model.md 3.26)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Aim, Clearing, NearEquals
from solver.form.market import Market
from tests.unit.solver.corruptions.falsifying import D, Kind, changed, picked, with_row

CENT = D("0.01")
NAMES = ("concentration", "small_suppliers", "incumbents", "pro_rata", "lottery")
LESS_IS_BETTER = ("concentration", "pro_rata")


def _of_statement(change: Callable[[Random, NearEquals], dict[str, Any] | None]) -> Kind:
    """A kind that falsifies the statement."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        near = clearing.near_equals
        changes = None if near is None else change(random, near)
        return None if near is None or changes is None else replace(clearing, near_equals=replace(near, **changes))

    return kind


def _of_aim(change: Callable[[Random, Aim], dict[str, Any] | None]) -> Kind:
    """A kind that falsifies one aim."""

    def of_near(random: Random, near: NearEquals) -> dict[str, Any] | None:
        if not near.aims:
            return None
        position = picked(random, near.aims)
        changes = change(random, near.aims[position])
        return (
            None
            if changes is None
            else {"aims": with_row(near.aims, position, replace(near.aims[position], **changes))}
        )

    return _of_statement(of_near)


def _none(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """Not stated though the policy has a tolerance, or stated though it has none."""
    if clearing.near_equals is not None:
        return replace(clearing, near_equals=None)
    made_up = NearEquals(welfare_before=clearing.objective, given_up=D(0), aims=())
    return replace(clearing, near_equals=made_up)


def _beyond_the_bound(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A welfare before that nothing can have, and as much more given up."""
    near = clearing.near_equals
    if near is None:
        return None
    more = clearing.bound - near.welfare_before + random.choice((CENT, D(1), D(1000)))
    false = replace(near, welfare_before=near.welfare_before + more, given_up=near.given_up + more)
    return replace(clearing, near_equals=false)


def _better_than_the_best(random: Random, near: NearEquals) -> dict[str, Any]:
    """Less than nothing given up."""
    less = near.given_up + random.choice((CENT, D(1), D(1000)))
    return {"welfare_before": near.welfare_before - less, "given_up": near.given_up - less}


def _aim_missing(random: Random, near: NearEquals) -> dict[str, Any] | None:
    position = picked(random, near.aims) if near.aims else None
    return None if position is None else {"aims": near.aims[:position] + near.aims[position + 1 :]}


def _aim_made_up(random: Random, near: NearEquals) -> dict[str, Any]:
    """One more, of those that nothing here has to do with, or a second time."""
    one = Aim(aim=random.choice(NAMES), before=D(0), reached=D(0))  # type: ignore[arg-type]
    return {"aims": (*near.aims, one)}


def _aims_turned_round(random: Random, near: NearEquals) -> dict[str, Any] | None:
    return {"aims": near.aims[::-1]} if len(near.aims) > 1 else None


def _first_worse_than_before(random: Random, near: NearEquals) -> dict[str, Any] | None:
    """The most important aim is said to have been better before."""
    if not near.aims:
        return None
    first = near.aims[0]
    by = random.choice((D("0.000001"), D("0.5"), D(7)))
    before = first.reached - by if first.aim in LESS_IS_BETTER else first.reached + by
    return {"aims": (replace(first, before=before), *near.aims[1:])}


KINDS: dict[str, Kind] = {
    "near-equals": _none,
    "welfare before": _of_statement(lambda random, near: {"welfare_before": changed(random, near.welfare_before)}),
    "given up": _of_statement(lambda random, near: {"given_up": changed(random, near.given_up)}),
    "given up beyond the bound": _beyond_the_bound,
    "given up less than nothing": _of_statement(_better_than_the_best),
    "aim missing": _of_statement(_aim_missing),
    "aim made up": _of_statement(_aim_made_up),
    "aims turned round": _of_statement(_aims_turned_round),
    "aim under another name": _of_aim(lambda random, aim: {"aim": random.choice([n for n in NAMES if n != aim.aim])}),
    "aim reached": _of_aim(lambda random, aim: {"reached": changed(random, aim.reached)}),
    "aim reached, in millionths": _of_aim(
        lambda random, aim: {"reached": aim.reached + random.choice((D("0.000001"), D("-0.000001")))}
    ),
    "first aim worse than before": _of_statement(_first_worse_than_before),
}
