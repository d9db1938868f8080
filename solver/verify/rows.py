"""Every pair of the market judged in arrays, one offer against all needs of its grade at a time (sections 1 to 3.4).

Written apart from :mod:`solver.verify.admission`, which judges one pair exactly; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from solver.form.market import Order
from solver.verify import losses, relations
from solver.verify.additions import incumbent_parties
from solver.verify.admission import both_limits, common_lot, judge, pair_facts
from solver.verify.columns import INFINITY, Accepted, Codes, Flags, Floats, Side
from solver.verify.conditions import alike, tolling_due, tolling_fits, wishes_clash
from solver.verify.draws import priced_alone
from solver.verify.freight import EARTH_RADIUS_KM, lane_between, lane_freight
from solver.verify.ground import Ground, party, place
from solver.verify.limits import contents_of, quality_adjustment
from solver.verify.tiers import Ladder, ladder, opens_at_best, raise_totals

TESTS = [
    "grade",
    "same_party",
    "validity",
    "exclusion",
    "approval",
    "incoterm",
    "invoice_form",
    "dangerous_goods",
    "tolling",
    "specification",
    "certificate",
    "flexibility",
    "wishes",
    "lane",
    "price",
    "quantity",
]

TINY = 1e-7  # CNY; gains and discounts are whole millionths
NEAR = 1e-9  # of a step: a float that is as near to the next whole one counts as it

Trial = tuple[int, Flags, float]  # row of the need, periods approved, greatest volume in the others


@dataclass(frozen=True, slots=True)
class Row:
    """One offer against the n needs of its grade that it may trade with (T periods)."""

    offer: int  # position in the market file
    needs: Codes  # (n,) positions in the market file, rising
    gain: Floats  # (n, T) CNY per unit
    greatest: Floats  # (n, T) u_pt
    least: Floats  # (n,) m_p
    most: Floats  # (n,) M_p
    buyer_up: Floats  # (n,)
    ratio: Floats  # (n,) units of the offer's grade for one of the need's (3.22)
    seller_up: float
    cost: float  # CNY per contract
    refused: dict[str, Codes]  # test -> positions of the needs it keeps away
    ladder: Ladder | None = None  # the offer's discounts (3.21)


class GradeRows:
    """The offers and needs of one grade, and the rows of pairs between them."""

    def __init__(self, ground: Ground, grade: str) -> None:
        self.ground = ground
        self.grade = ground.grades[grade]
        orders = [order for order in ground.market.orders if order.grade == grade]
        orders += [face.order for face in ground.faces.values() if face.order.grade == grade]
        orders.sort(key=lambda order: ground.position[order.id])
        self.offers = Side(ground, [order for order in orders if order.side == "offer"])
        self.needs = Side(ground, [order for order in orders if order.side == "need"])
        self.quantum = float(self.grade.quantum)
        attributes = sorted({name for need in self.needs.orders for name in need.specification})
        self.accepted = [Accepted(self.needs.orders, attribute) for attribute in attributes]
        cost = ground.market.policy.contract_cost if self.grade.contract_cost is None else self.grade.contract_cost
        self.cost = float(cost)
        self.need_terms = self.needs.classes_by(lambda need: need.delivery.incoterms)
        self.need_papers = self.needs.classes_by(
            lambda need: (need.delivery.invoice_form, need.delivery.dangerous_goods_class, tolling_due(need))
        )
        self.need_wishes = self.needs.classes_by(lambda need: need.contract_wishes)
        self.knowing: dict[str, list[int]] = {}  # by party: rows of the needs that have it among their incumbents
        for j, need in enumerate(self.needs.orders):
            for name in incumbent_parties(ground, need):
                self.knowing.setdefault(name, []).append(j)
        self.need_certificates = self.needs.classes_by(lambda need: need.certificates)
        self.need_holdings = self.needs.classes_by(lambda need: (need.holds, need.site.id, need.grade))
        self.need_exclusions = self.needs.classes_by(lambda need: need.exclusions)
        self.approving = np.flatnonzero(self.needs.flags(lambda need: need.approved is not None))

    def rows(self) -> Iterator[Row]:
        """One row per offer, in the file's order."""
        if len(self.needs.orders):
            for place_in_side in range(len(self.offers.orders)):
                yield self._row(place_in_side)

    def _row(self, i: int) -> Row:
        offer = self.offers.orders[i]
        free, refused = self._by_relations(i, offer)
        freight = self._freight(i)
        free = self._keep(free, ~np.isnan(freight), "lane", refused)
        quality = np.zeros(len(free))
        for accepted in self.accepted:
            quality += accepted.worth(_guaranteed(offer, accepted.attribute))
        on_paths = self._gains(i, offer, quality + self._additions(i, offer) - np.nan_to_num(freight))
        gain = np.tensordot(np.array([float(weight) for weight in self.ground.weights]), on_paths, axes=1)
        self._settle_ties(offer, free, gain, freight)
        approved_share, opened = self._approvals(offer)
        greatest = np.minimum(
            self.offers.deliver[i] / (1 + self.needs.wants_up)[:, None],
            self.needs.deliver / (1 + self.offers.wants_up[i]),
        )
        lost = self._lost(offer, free, on_paths, freight)
        opening = float(opens_at_best(self.ground.market, offer))
        loses = gain < (-opening - TINY if opening else 0.0)
        greatest[loses | lost | ~opened | ~self._priced(offer, free, gain, freight)] = 0
        free = self._keep(free, self._above_cost(offer, gain, greatest), "price", refused)
        least, most = self._sizes(i, greatest, approved_share)
        free = self._keep(free, self._fits(i, greatest, least, most, approved_share), "quantity", refused)
        kept = np.flatnonzero(free)
        return Row(
            offer=int(self.offers.position[i]),
            needs=self.needs.position[kept],
            gain=gain[kept],
            greatest=greatest[kept],
            least=least[kept],
            most=most[kept],
            buyer_up=self.needs.wants_up[kept],
            ratio=self.needs.ratio[kept],
            seller_up=float(self.offers.wants_up[i]),
            cost=self.cost,
            ladder=ladder(self.ground.market, offer),
            refused=refused,
        )

    def _keep(self, free: Flags, passing: Flags, test: str, refused: dict[str, Codes]) -> Flags:
        """The pairs still free after a test; those that fail it are noted under its name."""
        failing = free & ~passing
        if failing.any():
            refused[test] = self.needs.position[failing]
        return free & passing

    def _by_relations(self, i: int, offer: Order) -> tuple[Flags, dict[str, Codes]]:
        """The tests of section 2 that ask who the two are and what they state, not what they gain."""
        offers, needs, refused = self.offers, self.needs, dict[str, Codes]()
        related = (needs.organisation == offer.organisation) | (
            (needs.group == offer.group_parent) & (offer.group_parent is not None)
        )
        free = self._keep(np.ones(len(needs.orders), dtype=np.bool_), ~related, "same_party", refused)
        free = self._keep(free, needs.valid & bool(offers.valid[i]), "validity", refused)
        mine = {exclusion.organisation for exclusion in offer.exclusions}
        by_offer = np.array([name in mine for name in needs.organisation], dtype=np.bool_)
        codes, samples = self.need_exclusions
        by_need = np.array([relations.excludes(need, offer) for need in samples], dtype=np.bool_)[codes]
        free = self._keep(free, ~(by_offer | by_need), "exclusion", refused)
        free = self._keep(free, self._approved_at_all(offer), "approval", refused)
        codes, samples = self.need_terms
        meet = np.array([relations.incoterms_meet(offer, need) for need in samples], dtype=np.bool_)[codes]
        free = self._keep(free, meet, "incoterm", refused)
        codes, samples = self.need_papers
        for test, passing in (
            ("invoice_form", [alike(offer.delivery.invoice_form, n.delivery.invoice_form) for n in samples]),
            (
                "dangerous_goods",
                [alike(offer.delivery.dangerous_goods_class, n.delivery.dangerous_goods_class) for n in samples],
            ),
            ("tolling", [tolling_fits(offer, need) for need in samples]),
        ):
            free = self._keep(free, np.array(passing, dtype=np.bool_)[codes], test, refused)
        met = np.ones(len(free), dtype=np.bool_)
        for accepted in self.accepted:
            met &= accepted.met(_guaranteed(offer, accepted.attribute))
        for j in needs.assayed.tolist():
            met[j] &= contents_of(needs.orders[j].limit_price, offer) is not None
        free = self._keep(free, met, "specification", refused)
        codes, samples = self.need_certificates
        holds = np.array([relations.certified(self.ground, need, offer) for need in samples], dtype=np.bool_)[codes]
        if offer.certificates:
            codes, samples = self.need_holdings
            theirs = [relations.certified(self.ground, offer, need) for need in samples]
            holds &= np.array(theirs, dtype=np.bool_)[codes]
        free = self._keep(free, holds, "certificate", refused)
        flexible = (needs.wants_down <= offers.gives_down[i]) & (needs.wants_up <= offers.gives_up[i])
        flexible &= offers.gives_notice[i] <= needs.wants_notice
        flexible &= (offers.wants_down[i] <= needs.gives_down) & (offers.wants_up[i] <= needs.gives_up)
        flexible &= needs.gives_notice <= offers.wants_notice[i]
        flexible &= (needs.wants_make_up <= offers.gives_make_up[i]) & (offers.wants_make_up[i] <= needs.gives_make_up)
        flexible &= (needs.wants_span <= offers.gives_span[i]) & (offers.wants_span[i] <= needs.gives_span)
        free = self._keep(free, flexible, "flexibility", refused)
        if self.ground.market.policy.wish_conflicts == "screen":
            codes, samples = self.need_wishes
            agree = np.array([not wishes_clash(offer, need) for need in samples], dtype=np.bool_)[codes]
            free = self._keep(free, agree, "wishes", refused)
        return free, refused

    def _approved_at_all(self, offer: Order) -> Flags:
        fine = np.ones(len(self.needs.orders), dtype=np.bool_)
        if relations.refuses_unapproved(offer):
            fine &= self.needs.flags(lambda need: relations.ever_admitted(self.ground, offer, need))
        for j in map(int, self.approving):
            need = self.needs.orders[j]
            fine[j] &= relations.ever_admitted(self.ground, need, offer)
        return fine

    def _approvals(self, offer: Order) -> tuple[list[Trial], Flags]:
        """Trial shares to hold, and the periods in which each need is open to trade (3.9)."""
        shape = (len(self.needs.orders), self.ground.periods)
        opened, shares = np.ones(shape, dtype=np.bool_), list[Trial]()
        sides: list[tuple[Order, Order, int]] = []
        if offer.approved is not None:
            sides += [(offer, need, j) for j, need in enumerate(self.needs.orders)]
        sides += [(self.needs.orders[j], offer, j) for j in map(int, self.approving)]
        for order, other, j in sides:
            approved = relations.approved_periods(self.ground, order, other)
            periods = np.array(approved if approved is not None else (False,) * shape[1], dtype=np.bool_)
            if relations.refuses_unapproved(order):
                opened[j] &= periods
            share = relations.trial_share(order)
            if share < 1:
                shares.append((j, periods, float(share * self.ground.totals[order.id])))
        return shares, opened

    def _additions(self, i: int, offer: Order) -> Floats:
        """What fees and costs of leaving incumbents add to the gain with every need (1.1h)."""
        offers, needs = self.offers, self.needs
        strange_to_me = ~np.isin(needs.party, sorted(incumbent_parties(self.ground, offer)))
        i_am_strange = np.ones(len(needs.orders), dtype=np.bool_)
        i_am_strange[self.knowing.get(party(offer), [])] = False
        added: Floats = needs.fee - i_am_strange * needs.switching - offers.fee[i] - strange_to_me * offers.switching[i]
        return added

    def _gains(self, i: int, offer: Order, added: Floats) -> Floats:
        """g_pkt (1.1c, 1.1f), (K, n, T)."""
        policy = self.ground.market.policy
        rate = float(policy.financing_rate_per_year) / 365
        due = self.needs.lag if policy.payment_terms_of == "need" else self.offers.lag[i]
        gains: list[Floats] = []
        for path in range(len(self.ground.paths)):
            limit = self.needs.limits(self.ground, offer, path)
            bid = limit * (1 + rate * (due - self.needs.lag)) + added[:, None]
            ask = self.offers.limits(self.ground, offer, path)[i] * (1 + rate * (due - self.offers.lag[i]))
            gains.append(bid - (ask + self.offers.inputs[path][i]))
        return np.array(gains)

    def _lost(self, offer: Order, free: Flags, on_paths: Floats, freight: Floats) -> Flags:
        """Periods that 1.1g bars for what some paths lose; exact where both sides consent, or a path is close."""
        lost: Flags = np.zeros(on_paths.shape[1:], dtype=np.bool_)
        if len(self.ground.paths) == 1:
            return lost
        micro = on_paths * 1e6
        lost |= (micro < -0.5).any(axis=0)
        exact = (np.abs(micro + 0.5) < 1e-2).any(axis=(0, 2))
        if offer.loss_consent is not None:
            exact |= self.needs.consenting
        for j in np.flatnonzero(exact & free).tolist():
            need = self.needs.orders[j]
            delivery = Fraction(round(freight[j] * 100), 100) - quality_adjustment(offer, need)
            asks, bids = both_limits(self.ground, offer, need, delivery)
            agreed = losses.consent(self.ground.market, offer, need)
            for t in range(self.ground.periods):
                ends = [(below[t], above[t]) for below, above in zip(asks, bids, strict=True)]
                lost[j, t] = losses.bars(self.ground.market, agreed, self.ground.weights, ends)
        return lost

    def _settle_ties(self, offer: Order, free: Flags, gain: Floats, freight: Floats) -> None:
        """Round gains half-even to 1e-6 (1.1f), in fractions where floats cannot tell which way."""
        micro = gain * 1e6
        slack = 1e-9 * np.maximum(1.0, np.abs(micro) * 1e-3)
        close = np.abs(np.abs(micro - np.floor(micro)) - 0.5) < slack
        np.round(micro, out=gain)
        gain /= 1e6
        for j in np.flatnonzero(close.any(axis=1) & free).tolist():
            exact = pair_facts(self.ground, offer, self.needs.orders[j], Fraction(round(freight[j] * 100), 100))
            gain[j] = [float(each) for each in exact.gains]

    def _above_cost(self, offer: Order, gain: Floats, greatest: Floats) -> Flags:
        """Whether the best gain exceeds the contract cost; in fractions where it is as good as equal."""
        best = (np.maximum(gain, 0) * greatest).sum(axis=1)
        steps = ladder(self.ground.market, offer)
        if steps is not None:
            raise_totals(steps, gain, greatest, best)
        above: Flags = best > self.cost
        for j in np.flatnonzero((best > 0) & (np.abs(best - self.cost) <= 1e-9 * np.maximum(best, self.cost))).tolist():
            above[j] = judge(self.ground, offer, self.needs.orders[j]) != "price"
        return above

    def _priced(self, offer: Order, free: Flags, gain: Floats, freight: Floats) -> Flags:
        """Periods in which each pair alone has a price, if the policy leaves no exceptions (5.4); exact where close."""
        market, policy = self.ground.market, self.ground.market.policy
        priced = np.ones(gain.shape, dtype=np.bool_)
        if policy.exceptions != "drop":
            return priced
        split = float(policy.price_split.high - policy.price_split.low)
        wide = 2 * float(policy.minimum_gain) + 4 * float(policy.price_tick) / max(split, 1e-9) + 0.01
        if len(self.ground.paths) > 1:
            wide = INFINITY
        for j, t in np.argwhere(free[:, None] & (gain >= 0) & (gain < wide)).tolist():
            need = self.needs.orders[j]
            delivery = Fraction(round(freight[j] * 100), 100) - quality_adjustment(offer, need)
            asks, bids = both_limits(self.ground, offer, need, delivery)
            ends = [(below[t], above[t]) for below, above in zip(asks, bids, strict=True)]
            priced[j, t] = priced_alone(policy, losses.consent(market, offer, need), ends, delivery)
        return priced

    def _freight(self, i: int) -> Floats:
        """CNY per unit to every need, not a number where there is none (1.1e)."""
        freight, offers, needs = self.ground.market.freight, self.offers, self.needs
        if freight.kind == "none":
            return np.zeros(len(needs.orders))
        if freight.kind == "lanes":
            here, found = place(offers.orders[i]), list[float]()
            for first in needs.place_first:
                lane = lane_between(self.ground, here, place(needs.orders[first]))
                exact = None if lane is None else lane_freight(lane, freight.cny_per_unit_km)
                found.append(np.nan if exact is None else float(exact))
            return np.array(found)[needs.place_class]
        if freight.kind == "plane":
            km = np.hypot(offers.x_km[i] - needs.x_km, offers.y_km[i] - needs.y_km)
        else:
            lat, lat_there = np.radians(offers.lat[i]), np.radians(needs.lat)
            lon, lon_there = np.radians(offers.lon[i]), np.radians(needs.lon)
            chord = np.sin((lat_there - lat) / 2) ** 2
            chord += np.cos(lat) * np.cos(lat_there) * np.sin((lon_there - lon) / 2) ** 2
            km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1)))
        cents = km * float(freight.circuity) * float(freight.cny_per_unit_km) * 100
        rounded: Floats = np.floor(cents + 0.5 + 1e-7) / 100
        return rounded

    def _sizes(self, i: int, greatest: Floats, shares: list[Trial]) -> tuple[Floats, Floats]:
        """m_p and M_p (3.4), (n,) each."""
        offers, needs = self.offers, self.needs
        pair_total = np.minimum(offers.volume[i], needs.volume).sum(axis=1)
        for j in np.flatnonzero(needs.of_other_grade).tolist():  # where a volume need not be whole quanta
            whole = np.floor(np.minimum(offers.volume[i], needs.volume[j]) / self.quantum + 1e-9)
            pair_total[j] = whole.sum() * self.quantum
        possible = np.minimum(pair_total, np.where(needs.requested, needs.share, INFINITY))
        if offers.requested[i]:
            possible = np.minimum(possible, offers.share[i])
        least = np.maximum(np.maximum(offers.least[i], needs.least), needs.least_volume)
        for volume, fraction in (
            (np.full(len(possible), offers.clipped_volume[i]), offers.clipped_fraction[i]),
            (needs.clipped_volume, needs.clipped_fraction),
        ):
            of_pair = np.floor(fraction * possible / self.quantum + 1e-9) * self.quantum
            least = np.maximum(least, np.minimum(volume, of_pair))
        whole = greatest.sum(axis=1)
        most = np.minimum(np.minimum(whole, offers.most[i]), np.minimum(needs.most, needs.share))
        most = np.minimum(most, offers.share[i])
        most = np.minimum(most, offers.deliver_total[i] / (1 + needs.wants_up))
        most = np.minimum(most, needs.deliver_total / (1 + offers.wants_up[i]))
        for j, approved, trial in shares:
            free = greatest[j][approved].sum()
            most[j] = min(most[j], free + min(trial, whole[j] - free))
        return least, most

    def _fits(self, i: int, greatest: Floats, least: Floats, most: Floats, shares: list[Trial]) -> Flags:
        """Whether some volume in whole steps lies between m_p and M_p."""
        needs = self.needs
        sizes = [
            float(common_lot(self.offers.orders[i], needs.orders[first], self.ground.quantum(self.grade.id)))
            for first in needs.lot_first
        ]
        step = np.array(sizes)[needs.lot_class]
        steps = np.floor(greatest / step[:, None] + NEAR)
        reachable = np.minimum(steps.sum(axis=1), np.floor(most / step + NEAR))
        for j, approved, trial in shares:
            free = steps[j][approved].sum()
            tried = min(np.floor(trial / step[j] + NEAR), steps[j].sum() - free)
            reachable[j] = min(reachable[j], free + tried)
        fits: Flags = (reachable >= 1) & (reachable >= least / step - NEAR)
        return fits


def _guaranteed(offer: Order, attribute: str) -> float | None:
    value = offer.specification.get(attribute)
    return None if value is None else float(value)  # type: ignore[arg-type]
