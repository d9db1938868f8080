"""Falsified statements of what had to be relaxed, and of which rules cannot all hold (docs/model.md 3.23 to 3.25)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from solver.form.clearing import Clearing, Contradiction, Relaxation
from solver.form.market import Market
from solver.form.terms import CLASSES
from solver.verify.rows import TESTS
from tests.unit.solver.corruptions.falsifying import D, Kind, changed, picked, with_row


def _of_relaxation(change: Callable[[Random, Market, Relaxation], Relaxation]) -> Kind:
    """A kind that falsifies one relaxation."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        if not clearing.relaxations:
            return None
        position = picked(random, clearing.relaxations)
        false = change(random, market, clearing.relaxations[position])
        return replace(clearing, relaxations=with_row(clearing.relaxations, position, false))

    return kind


def _of_contradiction(change: Callable[[Random, Market, tuple[Any, ...]], tuple[Any, ...] | None]) -> Kind:
    """A kind that falsifies the sets of one contradiction."""

    def kind(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
        if not clearing.contradictions:
            return None
        position = picked(random, clearing.contradictions)
        one = clearing.contradictions[position]
        sets = change(random, market, one.give_up)
        if sets is None:
            return None
        false = replace(one, give_up=sets)
        return replace(clearing, contradictions=with_row(clearing.contradictions, position, false))

    return kind


def _left_out(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.relaxations:
        return None
    position = picked(random, clearing.relaxations)
    return replace(clearing, relaxations=clearing.relaxations[:position] + clearing.relaxations[position + 1 :])


def _made_up(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A rule is said to be relaxed that holds, or that nobody states."""
    relaxed = {each.order for each in clearing.relaxations}
    order = random.choice([order.id for order in market.orders if order.id not in relaxed] or ["nobody"])
    one = Relaxation(rule="must_serve", priority="commercial_1", asked=D(2), missing=D(1), order=order)
    return replace(clearing, relaxations=(*clearing.relaxations, one))


def _twice(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    if not clearing.relaxations:
        return None
    return replace(clearing, relaxations=(*clearing.relaxations, random.choice(clearing.relaxations)))


def _turned_round(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    return replace(clearing, relaxations=clearing.relaxations[::-1]) if len(clearing.relaxations) > 1 else None


def _class(random: Random, market: Market, one: Relaxation) -> Relaxation:
    return replace(one, priority=random.choice([name for name in CLASSES if name != one.priority]))


def _amount(name: str) -> Kind:
    return _of_relaxation(lambda random, market, one: replace(one, **{name: changed(random, getattr(one, name))}))


def _missing_in_millionths(random: Random, market: Market, one: Relaxation) -> Relaxation:
    return replace(one, missing=one.missing + random.choice((D("0.000001"), D("-0.000001"))))


def _rule(random: Random, market: Market, one: Relaxation) -> Relaxation:
    """The other rule, about the same or about a grade or order that has to do with it."""
    if one.rule == "small_supplier_share":
        return replace(one, rule="must_serve", order=random.choice(market.orders).id, grade=None)
    grade = next(order.grade for order in market.orders if order.id == one.order)
    return replace(one, rule="small_supplier_share", grade=grade, order=None)


def _subject(random: Random, market: Market, one: Relaxation) -> Relaxation:
    if one.rule == "small_supplier_share":
        return replace(one, grade=random.choice([*({g.id for g in market.grades} - {one.grade}), None, "none"]))
    others = sorted(order.id for order in market.orders if order.id != one.order)
    return replace(one, order=random.choice([*others, None, "nobody"]))


def _mark_on_a_match(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """A match that does not say that its rule is relaxed, or says so without reason."""
    if not clearing.matches:
        return None
    position = picked(random, clearing.matches)
    match = clearing.matches[position]
    marks = [(), ("must_serve",), ("small_supplier_share",), ("must_serve", "small_supplier_share")]
    false = replace(match, relaxed=random.choice([mark for mark in marks if mark != match.relaxed]))
    return replace(clearing, matches=with_row(clearing.matches, position, false))


def _mark_on_an_outcome(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    position = picked(random, clearing.orders)
    outcome = clearing.orders[position]
    marks = [(), ("must_serve",), ("small_supplier_share",)]
    false = replace(outcome, relaxed=random.choice([mark for mark in marks if mark != outcome.relaxed]))
    return replace(clearing, orders=with_row(clearing.orders, position, false))


def _unknown_rule(random: Random, market: Market, sets: tuple[Any, ...]) -> tuple[Any, ...]:
    """In place of a rule one that the market does not have."""
    position = picked(random, sets)
    rule = random.choice(sets[position])
    offer = next(order.id for order in market.orders if order.side == "offer")
    wrong = random.choice((f"must_serve:{offer}", "must_serve:nobody", "small_supplier_share:none", "lot"))
    return with_row(sets, position, tuple(wrong if each == rule else each for each in sets[position]))


def _set_twice(random: Random, market: Market, sets: tuple[Any, ...]) -> tuple[Any, ...]:
    again = random.choice(sets)
    return (*sets, again[::-1])


def _sizes(random: Random, market: Market, sets: tuple[Any, ...]) -> tuple[Any, ...]:
    """A set that is smaller than the others: nothing at all."""
    return random.choice(((*sets, ()), ((),)))


def _no_sets(random: Random, market: Market, clearing: Clearing) -> Clearing:
    return replace(clearing, contradictions=(*clearing.contradictions, Contradiction(give_up=())))


def _without_reason(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """Rules are to be given up where all of them hold."""
    rules = [f"must_serve:{order.id}" for order in market.orders if order.must_serve]
    if clearing.relaxations or clearing.status == "infeasible" or not rules:
        return None
    return replace(clearing, contradictions=(Contradiction(give_up=((random.choice(rules),),)),))


def _contradiction_missing(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """Nothing said of a need that no offer may trade with: of others, that none was found is the solver's word."""
    kept_apart = {"no_counterparty", *TESTS}
    alone = {
        f"must_serve:{order.id}"
        for order, outcome in zip(market.orders, clearing.orders, strict=True)
        if order.family is None and {reason.code for reason in outcome.reasons} <= kept_apart
    }
    left = tuple(each for each in clearing.contradictions if not alone & {name for one in each.give_up for name in one})
    return None if left == clearing.contradictions else replace(clearing, contradictions=left)


def _given_up_altogether(random: Random, market: Market, clearing: Clearing) -> Clearing | None:
    """Nothing is matched, since it cannot be; though it can."""
    if not clearing.relaxations or any(order.priority.get("must_serve") == "hard" for order in market.orders):
        return None
    share = market.policy.small_supplier_share
    if share is not None and share.priority == "hard":
        return None
    return replace(clearing, status="infeasible", matches=(), relaxations=(), note="not all rules can hold")


KINDS: dict[str, Kind] = {
    "relaxation left out": _left_out,
    "relaxation made up": _made_up,
    "relaxation twice": _twice,
    "relaxations turned round": _turned_round,
    "class of a relaxation": _of_relaxation(_class),
    "volume asked for": _amount("asked"),
    "volume missing": _amount("missing"),
    "volume missing, in millionths": _of_relaxation(_missing_in_millionths),
    "rule of a relaxation": _of_relaxation(_rule),
    "subject of a relaxation": _of_relaxation(_subject),
    "relaxed on a match": _mark_on_a_match,
    "relaxed on an outcome": _mark_on_an_outcome,
    "rule that is none": _of_contradiction(_unknown_rule),
    "set twice": _of_contradiction(_set_twice),
    "set of nothing": _of_contradiction(_sizes),
    "contradiction without sets": _no_sets,
    "contradiction without reason": _without_reason,
    "contradiction missing": _contradiction_missing,
    "infeasible without reason": _given_up_altogether,
}
