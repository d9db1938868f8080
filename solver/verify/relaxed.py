"""Rules that are held as far as can be: what they lack, recomputed, is what the clearing states (3.23 to 3.25)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from solver.form.clearing import Clearing, Relaxation
from solver.form.market import Order
from solver.verify.bound import Component, Recomputed
from solver.verify.ground import Ground
from solver.verify.matches import Deal
from solver.verify.sums import total
from solver.verify.violation import Violation

Lacking = dict[tuple[str, str], tuple[str, Fraction, Fraction]]  # rule and subject -> class, asked, missing


def relaxation_faults(
    ground: Ground, clearing: Clearing, deals: Sequence[Deal], every: Recomputed
) -> Iterator[Violation]:
    """Relaxations that are not what the matches lack; a hard rule that is broken; rules to give up that are none."""
    rules = {**_needs(ground, deals), **_grades(ground, deals, every.admitted)}
    if clearing.status in ("infeasible", "failed"):
        due: Lacking = {}
        if clearing.status == "infeasible" and not any(rule[0] == "hard" for rule in rules.values()):
            yield Violation("6 status", "/status", "infeasible, yet no rule of the market must hold")
    else:
        due = {name: rule for name, rule in rules.items() if rule[2] > 0}
    for name, (priority, _, missing) in due.items():
        if priority == "hard":
            text = f"lacks {float(missing):.9g}, and must hold"
            yield Violation("3.23 hard rule", "/relaxations", f"{':'.join(name)} {text}")
    stated = {_subject(each): each for each in clearing.relaxations}
    if list(stated) != list(due) or len(stated) != len(clearing.relaxations):
        yield Violation("3.23 relaxations", "/relaxations", f"{sorted(stated)}, due {sorted(due)}")
    for number, each in enumerate(clearing.relaxations):
        if _subject(each) in due:
            yield from _amount_faults(f"/relaxations/{number}", each, due[_subject(each)])
    yield from _mark_faults(ground, clearing, deals, due)
    yield from _contradiction_faults(clearing, rules, due)
    yield from _unnamed_faults(ground, clearing, due, every.components)
    yield from _alone_faults(ground, clearing, rules, every.admitted)


def _needs(ground: Ground, deals: Sequence[Deal]) -> Lacking:
    """3.24: every need, or family of needs, that must be served."""
    families: dict[tuple[str, ...], list[Order]] = {}
    for order in ground.market.orders:
        if order.must_serve:
            families.setdefault(_family(order), []).append(order)
    found: Lacking = {}
    for key, served in families.items():
        members = {order.id for order in ground.market.orders if _family(order) == key}
        fraction = served[0].minimum_fill
        asked = total(ground.totals[name] for name in members) * (1 if fraction is None else Fraction(fraction))
        had = total(deal.volume_of(deal.need) for deal in deals if deal.need.id in members)
        priority = served[0].priority.get("must_serve", "commercial_1")
        found["must_serve", served[0].id] = priority, asked, asked - had
    return found


def _grades(ground: Ground, deals: Sequence[Deal], admitted: Mapping[int, int]) -> Lacking:
    """3.25: every grade in which an offer of a small supplier may trade."""
    rule = ground.market.policy.small_supplier_share
    if rule is None:
        return {}
    small = [order for order in ground.market.orders if order.side == "offer" and order.small_supplier]
    trading = {order.grade for order in small if admitted.get(ground.position[order.id], 0)}
    found: Lacking = {}
    for grade in (grade.id for grade in ground.market.grades if grade.id in trading):
        own = [deal for deal in deals if deal.offer.grade == grade]
        asked = Fraction(rule.fraction) * total(deal.volume for deal in own)
        had = total(deal.volume for deal in own if deal.offer.small_supplier)
        found["small_supplier_share", grade] = rule.priority, asked, asked - had
    return found


def _amount_faults(at: str, stated: Relaxation, due: tuple[str, Fraction, Fraction]) -> Iterator[Violation]:
    priority, asked, missing = due
    other = "grade" if stated.rule == "must_serve" else "order"
    if getattr(stated, other) is not None:
        yield Violation("3.23 relaxations", f"{at}/{other}", f"{getattr(stated, other)}, {stated.rule} names none")
    if stated.priority != priority:
        yield Violation("3.23 relaxations", f"{at}/priority", f"{stated.priority}, due {priority}")
    for name, value, right in (("asked", stated.asked, asked), ("missing", stated.missing, missing)):
        ends = 10**30 % right.denominator == 0
        stated_right = (
            right if ends else Fraction(round(right * 10**6), 10**6)
        )  # alternates divide by their ratio (3.22)
        if not value.is_finite() or Fraction(value) != stated_right:
            yield Violation("3.23 relaxations", f"{at}/{name}", f"{value}, due {float(right):.9g}")


def _mark_faults(ground: Ground, clearing: Clearing, deals: Sequence[Deal], due: Lacking) -> Iterator[Violation]:
    """Every match and every outcome names the relaxed rules that are about it."""
    short = {_family(ground.orders[name]) for rule, name in due if rule == "must_serve"}
    for deal in deals:
        names = ["must_serve"] if _family(deal.need) in short else []
        names += ["small_supplier_share"] if ("small_supplier_share", deal.offer.grade) in due else []
        if list(deal.match.relaxed) != names:
            yield Violation("3.23 relaxed", f"{deal.pointer}/relaxed", f"{list(deal.match.relaxed)}, due {names}")
    for number, outcome in enumerate(clearing.orders):
        if outcome.order in ground.orders:
            names = ["must_serve"] if _family(ground.orders[outcome.order]) in short else []
            if list(outcome.relaxed) != names:
                yield Violation("3.23 relaxed", f"/orders/{number}/relaxed", f"{list(outcome.relaxed)}, due {names}")


def _contradiction_faults(clearing: Clearing, rules: Lacking, due: Lacking) -> Iterator[Violation]:
    """Sets of rules of the market, each listed once, all of a size: none where nothing is relaxed.

    That they are the smallest is the solver's word.
    """
    said_before: set[str] = set()
    names = {":".join(name) for name in rules}
    for number, each in enumerate(clearing.contradictions):
        at = f"/contradictions/{number}/give_up"
        if not each.give_up or len({len(one) for one in each.give_up}) > 1 or not each.give_up[0]:
            yield Violation("3.23 contradictions", at, "no sets, or sets of several sizes")
        if len({tuple(sorted(one)) for one in each.give_up}) < len(each.give_up):
            yield Violation("3.23 contradictions", at, "a set is listed twice")
        if any(len(set(one)) < len(one) for one in each.give_up):
            yield Violation("3.23 contradictions", at, "a set names a rule twice")
        own = {name for one in each.give_up for name in one}
        if own & said_before:
            yield Violation("3.23 contradictions", at, f"{sorted(own & said_before)} stand in an earlier one too")
        said_before |= own
        unknown = sorted(own - names)
        if unknown:
            yield Violation("3.23 contradictions", at, f"{unknown} are no such rules of the market")
    if clearing.contradictions and not due and clearing.status not in ("infeasible", "failed"):
        yield Violation("3.23 contradictions", "/contradictions", "rules are to be given up, though all of them hold")
    if clearing.status == "infeasible" and not clearing.contradictions:
        yield Violation("3.23 contradictions", "/contradictions", "rules cannot hold, and none is to be given up")


def _unnamed_faults(
    ground: Ground, clearing: Clearing, due: Lacking, components: Sequence[Component]
) -> Iterator[Violation]:
    """An optimum names rules to give up in every component in which some lack something."""
    if clearing.status != "optimal":
        return
    given_up = {name for each in clearing.contradictions for one in each.give_up for name in one}
    for number, part in enumerate(components, start=1):
        orders = [ground.market.orders[position] for position in part.orders]
        about = {("must_serve", *_family(order)) for order in orders}
        about |= {("small_supplier_share", order.grade) for order in orders if order.side == "offer"}
        if any(_about(ground, name) in about for name in due) and not any(
            _about(ground, tuple(name.split(":", 1))) in about for name in given_up
        ):
            text = f"rules of component {number} lack something, and none of it is to be given up"
            yield Violation("3.23 contradictions", "/contradictions", text)


def _alone_faults(
    ground: Ground, clearing: Clearing, rules: Lacking, admitted: Mapping[int, int]
) -> Iterator[Violation]:
    """A need that may trade with nobody is a set of its own."""
    trading = {_family(ground.market.orders[position]) for position, pairs in admitted.items() if pairs}
    given_up = {names for each in clearing.contradictions for names in each.give_up}
    for (rule, subject), (_, asked, _) in rules.items():
        alone = rule == "must_serve" and asked > 0 and _family(ground.orders[subject]) not in trading
        if alone and (f"{rule}:{subject}",) not in given_up:
            text = f"{rule}:{subject} may trade with nobody, and is not to be given up"
            yield Violation("3.23 contradictions", "/contradictions", text)


def _subject(stated: Relaxation) -> tuple[str, str]:
    return stated.rule, (stated.order if stated.rule == "must_serve" else stated.grade) or ""


def _about(ground: Ground, name: tuple[str, ...]) -> tuple[str, ...]:
    """What a rule is about: a need or its whole family, or a grade."""
    if name[0] == "must_serve" and name[-1] in ground.orders:
        return "must_serve", *_family(ground.orders[name[-1]])
    return name


def _family(order: Order) -> tuple[str, ...]:
    return (order.id,) if order.family is None else (order.organisation, order.family)
