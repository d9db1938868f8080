"""What staff are told of a what-if run: figures of at least five parties, in coarse steps; samples' are exact.

Plain JSON values, as they are stored; what is kept until publication is taken out on reading (queries.what_ifs).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from marketplace.rounds.rules.disclosure import TOO_FEW, WITH_REAL_ORDERS, Figure, published_price, told
from marketplace.rounds.rules.what_if import coarse_change, coarse_count, coarse_price, coarse_share, coarse_volume
from marketplace.shared.quantities import amount_text
from solver.form.clearing import Match
from solver.form.market import Order, party_of
from solver.form.whatif import Concentration

if TYPE_CHECKING:
    from solver.whatif.running import Cleared

Plain = dict[str, Any]


def told_results(found: Sequence[Cleared], *, exact: bool) -> list[Plain]:
    """Every result as staff see it after publication; ``exact`` where all orders are samples."""
    real = {party_of(order) for order in found[0].market.orders}
    views = [_View(each, real, exact) for each in found]
    return [view.result(views[0]) for view in views]


class _View:
    """One cleared market, and who stands behind which of its figures.

    ``real``: the parties of the market as it is.  Who is in a scenario alone stands behind nothing: with four copies of
    one order, its figures would be told as those of five.
    """

    def __init__(self, cleared: Cleared, real: set[str], exact: bool) -> None:
        self.cleared, self.real, self.exact = cleared, real, exact
        self.orders: Mapping[str, Order] = {order.id: order for order in cleared.market.orders}
        self.parties = {order.id: party_of(order) for order in cleared.market.orders}
        self.matches = cleared.clearing.matches

    def result(self, base: _View) -> Plain:
        """The whole row."""
        row, money = self.cleared.result, self.cleared.clearing
        difference = row.difference
        told_verdict = self._figure(difference and difference.verdict, base.behind(base.matches))
        return {
            "id": row.id,
            "name_zh": row.name_zh,
            "name_en": row.name_en,
            "status": row.status,
            "gap": amount_text(row.gap),
            "clock_hit": row.clock_hit,
            "verdict": None if difference is None else told_verdict,
            "welfare_change_percent": None if difference is None else self._change(base),
            "welfare_cny": self._samples_only(money.objective),
            "difference_least_cny": None if difference is None else self._samples_only(difference.least),
            "difference_most_cny": None if difference is None else self._samples_only(difference.most),
            "contracts": self._count(len(self.matches), self.behind(self.matches)),
            "offers": self._side("offer"),
            "needs": self._side("need"),
            "concentration": self._concentration(row.concentration, self.matches),
            "grades": [self._grade(figures.grade) for figures in row.grades],
            "prices": self._prices(),
        }

    def behind(self, matches: Iterable[Match]) -> set[str]:
        """The real parties of some matches, both sides."""
        return self._real(order_id for match in matches for order_id in (match.offer, match.need))

    def _grade(self, grade_id: str) -> Plain:
        figures = next(each for each in self.cleared.result.grades if each.grade == grade_id)
        matches = [match for match in self.matches if match.grade == grade_id]
        behind = self.behind(matches)
        stated = {
            side: self._real(o.id for o in self.orders.values() if (o.side, o.grade) == (side, grade_id))
            for side in ("offer", "need")
        }
        offered = self._volume(figures.offered, stated["offer"])
        requested = self._volume(figures.requested, stated["need"])
        matched = self._volume(figures.matched, behind)
        # What serves needs of the grade may be of another one (docs/model.md 3.22): then that alone needs its parties.
        served = [match for match in self.matches if self.orders[match.need].grade == grade_id]
        of_others = [match for match in self.matches if (match in served) != (match in matches)]
        filled = self._volume(figures.requested - figures.unserved, self.behind(of_others or served))
        return {
            "grade_id": grade_id,
            "offered": offered,
            "requested": requested,
            "matched": matched,
            "unsold": _rest(offered, matched),
            "unserved": _rest(requested, filled),
            "contracts": self._count(len(matches), behind),
            "concentration": self._concentration(figures.concentration, matches),
        }

    def _side(self, side: str) -> Plain:
        outcomes = [each for each in self.cleared.clearing.orders if self.orders[each.order].side == side]
        by_status = {
            status: [each.order for each in outcomes if status in ("orders", each.status)]
            for status in ("orders", "matched", "partly_matched", "unmatched")
        }
        return {status: self._count(len(names), self._real(names)) for status, names in by_status.items()}

    def _concentration(self, figures: Concentration, matches: Sequence[Match]) -> Plain:
        suppliers = self._real(match.offer for match in matches)
        return {
            name: self._figure(share, suppliers, coarse_share)
            for name, share in (("hhi", figures.hhi), ("top3_share", figures.top3_share))
        }

    def _prices(self) -> list[Plain]:
        """Told by the rule of published prices besides: five parties on either side, none of them dominant."""
        rows = []
        for price in self.cleared.result.prices:
            matches = [m for m in self.matches if (m.grade, self._region(m)) == (price.grade, price.region)]
            figure: Figure[Decimal]
            if price.reference is None:
                figure = Figure(None, TOO_FEW)
            elif self.exact:
                figure = Figure(price.reference)
            else:
                sides = self._real(m.offer for m in matches), self._real(m.need for m in matches)
                figure = told(coarse_price(price.reference), min(sides, key=len))
                if figure.withheld is None:
                    figure = published_price(coarse_price(price.reference), self._weights(matches, _volume))
            rows.append({"grade_id": price.grade, "region": price.region, "delivered_reference": _plain(figure)})
        return rows

    def _change(self, base: _View) -> Plain:
        """Of the welfare, where in both clearings five parties trade and none dominates the value."""
        if base.cleared.clearing.objective <= 0:
            return _plain(Figure(None, TOO_FEW))
        change = coarse_change(self.cleared.clearing.objective, base.cleared.clearing.objective)
        if self.exact:
            return _plain(Figure(change))
        for view in (base, self):
            five = told(change, view.behind(view.matches))
            for figure in (five, published_price(change, view._weights(view.matches, _value))):
                if figure.withheld is not None:
                    return _plain(figure)
        return _plain(Figure(change))

    def _real(self, order_ids: Iterable[str]) -> set[str]:
        return {self.parties[order_id] for order_id in order_ids} & self.real

    def _weights(self, matches: Iterable[Match], amount: Callable[[Match], Decimal]) -> dict[str, Decimal]:
        """What every party trades, counted once for its seller and once for its buyer."""
        weights: dict[str, Decimal] = {}
        for match in matches:
            for order_id in (match.offer, match.need):
                party = self.parties[order_id]
                weights[party] = weights.get(party, Decimal(0)) + amount(match)
        return weights

    def _region(self, match: Match) -> str | None:
        need = self.orders[match.need]
        return (need.site if need.delivery.place is None else need.delivery.place).region

    def _samples_only(self, amount: Decimal) -> Plain:
        return _plain(Figure(amount) if self.exact else Figure(None, WITH_REAL_ORDERS))

    def _count(self, count: int, behind: set[str]) -> Plain:
        return self._figure(count, behind, coarse_count)

    def _volume(self, volume: Decimal, behind: set[str]) -> Plain:
        return self._figure(volume, behind, coarse_volume)

    def _figure(self, value: Any, behind: set[str], coarse: Callable[[Any], Any] = lambda value: value) -> Plain:
        if value is None:
            return _plain(Figure(None, TOO_FEW))
        return _plain(Figure(value) if self.exact else told(coarse(value), behind))


def _plain(figure: Figure[Any]) -> Plain:
    value = amount_text(figure.value) if isinstance(figure.value, Decimal) else figure.value
    return {"value": value, "withheld": figure.withheld}


def _rest(whole: Plain, part: Plain) -> Plain:
    """What is left, made of what is told: counted exactly it would make the coarse part exact."""
    if whole["value"] is None or part["value"] is None:
        return {"value": None, "withheld": whole["withheld"] or part["withheld"]}
    return _plain(Figure(max(Decimal(0), Decimal(whole["value"]) - Decimal(part["value"]))))


def _volume(match: Match) -> Decimal:
    return sum(match.volumes, Decimal(0))


def _value(match: Match) -> Decimal:
    if match.price is None:
        return Decimal(0)
    pairs = zip(match.price.reference, match.volumes, strict=True)
    return sum((reference * volume for reference, volume in pairs if reference is not None), Decimal(0))
