"""What had to be relaxed of a round's at-least rules, from the matches (docs/model.md 3.23 to 3.25)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import msgspec

from solver.form.clearing import Clearing, Contradiction, Match, OrderOutcome, Relaxation
from solver.form.decimals import plain
from solver.form.market import Market
from solver.pairs.accounts import account_key
from solver.pairs.amounts import volume
from solver.pairs.demands import HARD, Key, asked_of, class_of, key_of_grade, key_of_need, rank_of
from solver.pairs.screened import Screened
from solver.search.found import Found


class Served:
    """Every rule of a market that is held as far as can be, and what some matches lack of it."""

    def __init__(self, market: Market, screened: Screened, matches: Sequence[Match]) -> None:
        self.market = market
        self._matches = matches
        self._trading = {
            market.orders[k].grade for k in screened.pairs.offer.tolist() if market.orders[k].small_supplier
        }
        self.relaxations = (*self._needs(), *self._grades())

    def _needs(self) -> Iterator[Relaxation]:
        traded: dict[Key, Fraction] = {}
        of_order = {order.id: account_key(order) for order in self.market.orders}
        for match in self._matches:
            key = of_order[match.need]
            units = Fraction(sum(match.volumes, Decimal(0))) / Fraction(match.ratio or 1)  # the need's own (3.22)
            traded[key] = traded.get(key, Fraction(0)) + units
        requested: dict[Key, Fraction] = {}
        for order in self.market.orders:
            requested[account_key(order)] = requested.get(account_key(order), Fraction(0)) + Fraction(volume(order))
        seen: set[Key] = set()
        for order in self.market.orders:
            key = account_key(order)
            if order.must_serve and key not in seen:
                seen.add(key)
                asked = asked_of(order, requested[key])
                missing = asked - traded.get(key, Fraction(0))
                if missing > 0:
                    yield Relaxation(
                        rule="must_serve",
                        priority=class_of(order),
                        asked=decimal_of(asked),
                        missing=decimal_of(missing),
                        order=order.id,
                    )

    def _grades(self) -> Iterator[Relaxation]:
        rule = self.market.policy.small_supplier_share
        if rule is None:
            return
        small = {order.id for order in self.market.orders if order.small_supplier}
        for grade in (each.id for each in self.market.grades if each.id in self._trading):
            own = [(m.offer, sum(m.volumes, Decimal(0))) for m in self._matches if m.grade == grade]
            asked = Fraction(rule.fraction) * sum((Fraction(v) for _, v in own), Fraction(0))
            missing = asked - sum((Fraction(v) for name, v in own if name in small), Fraction(0))
            if missing > 0:
                yield Relaxation(
                    rule="small_supplier_share",
                    priority=rule.priority,
                    asked=decimal_of(asked),
                    missing=decimal_of(missing),
                    grade=grade,
                )

    @property
    def broken_hard(self) -> bool:
        """Whether a rule lacks something that never may."""
        return any(rank_of(each.priority) == HARD for each in self.relaxations)

    def on_matches(self) -> tuple[Match, ...]:
        """The matches, each with the relaxed rules that ask for it."""
        family = {order.id: account_key(order) for order in self.market.orders}
        needs = {family[each.order] for each in self.relaxations if each.order is not None}
        grades = {each.grade for each in self.relaxations}
        return tuple(
            msgspec.structs.replace(match, relaxed=_names(family[match.need] in needs, match.grade in grades))
            for match in self._matches
        )

    def on_outcomes(self, outcomes: Iterable[OrderOutcome]) -> tuple[OrderOutcome, ...]:
        """The outcomes, each with the relaxed rules about its order."""
        family = {order.id: account_key(order) for order in self.market.orders}
        needs = {family[each.order] for each in self.relaxations if each.order is not None}
        return tuple(
            msgspec.structs.replace(each, relaxed=_names(family[each.order] in needs, False)) for each in outcomes
        )


def contradictions(market: Market, screened: Screened, found: Sequence[Found]) -> tuple[Contradiction, ...]:
    """The smallest sets of rules to give up: of every component, then the needs that may trade with nobody."""
    names = _rule_names(market)
    stated = [
        Contradiction(
            give_up=tuple(tuple(names[key] for key in keys) for keys in each.least.give_up),
            complete=each.least.complete,
        )
        for each in found
        if each.least is not None and each.least.give_up
    ]
    trading = {account_key(market.orders[k]) for k in screened.pairs.need.tolist()}
    alone = {
        key_of_need(order): None
        for order in market.orders
        if order.must_serve and account_key(order) not in trading and asked_of(order, Fraction(volume(order)))
    }
    return (*stated, *(Contradiction(give_up=((names[key],),)) for key in alone))


def in_words(stated: Sequence[Contradiction]) -> str:
    """The sets as a note says them."""
    each = (" or ".join(" with ".join(names) for names in one.give_up) for one in stated)
    return "; ".join(f"to give up: {sets}" for sets in each)


def relaxed_in_words(market: Market, clearing: Clearing) -> list[str]:
    """What a clearing relaxed and by how much, a line each, and what to give up; nothing where it relaxed nothing."""
    if not clearing.relaxations:
        return []
    units, grades = {each.id: each.unit for each in market.grades}, {each.id: each.grade for each in market.orders}
    lines = []
    for each in clearing.relaxations:
        grade = each.grade if each.order is None else grades[each.order]
        name, amount = f"{each.rule}:{each.order or grade}", f"{plain(each.missing)} of {plain(each.asked)}"
        lines.append(f"relaxed: {name} ({each.priority}) by {amount} {units[str(grade)]}")
    return [*lines, f"rules cannot all hold; {in_words(clearing.contradictions)}"]


def _rule_names(market: Market) -> dict[Key, str]:
    names = {key_of_grade(grade.id): f"small_supplier_share:{grade.id}" for grade in market.grades}
    for order in market.orders:
        names.setdefault(key_of_need(order), f"must_serve:{order.id}")
    return names


def _names(must_serve: bool, small: bool) -> tuple[str, ...]:
    return (*(["must_serve"] if must_serve else []), *(["small_supplier_share"] if small else []))


def decimal_of(amount: Fraction) -> Decimal:
    """A fraction as a decimal; one without an end, which only alternates bring, half-even to 1e-6 (3.22)."""
    with localcontext() as context:
        context.prec = 60
        if (10**30 % amount.denominator) != 0:
            return Decimal(round(amount * 10**6)).scaleb(-6)
        return Decimal(amount.numerator) / amount.denominator
