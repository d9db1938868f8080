"""Each match by itself: admissible, stated as the orders say, within 1.2 and 3.3 to 3.5, its gain as stated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from solver.form.clearing import Clearing, Match
from solver.form.market import Order
from solver.form.terms import Payment
from solver.verify import relations
from solver.verify.admission import PairFacts, judge, pair_facts
from solver.verify.conditions import stated_by_either, tolling_due, wishes_due
from solver.verify.freight import freights
from solver.verify.ground import Ground
from solver.verify.payments import contract_payment, small_seller_waits_too_long
from solver.verify.sums import total, total_of_products
from solver.verify.tiers import mean_discount
from solver.verify.violation import Violation

NOTHING = Fraction(0)


@dataclass(frozen=True)
class Deal:
    """A match with its two orders and its exact figures: what the later checks work on."""

    number: int
    match: Match
    offer: Order
    need: Order
    met: Order  # the need as the offer meets it: itself, or its face in the offer's grade (3.22)
    ratio: Fraction  # units of the offer's grade for one of the need's
    facts: PairFacts
    volumes: tuple[Fraction, ...]

    @property
    def pointer(self) -> str:
        return f"/matches/{self.number}"

    @cached_property
    def volume(self) -> Fraction:
        return total(self.volumes)

    def counted(self, order: Order) -> tuple[Fraction, ...]:
        """The volumes in the units of one of the two orders (3.22)."""
        if self.ratio == 1 or order.id == self.offer.id:
            return self.volumes
        return tuple(volume / self.ratio for volume in self.volumes)

    def volume_of(self, order: Order) -> Fraction:
        """The volume in the units of one of the two orders (3.22)."""
        return self.volume if self.ratio == 1 or order.id == self.offer.id else self.volume / self.ratio

    @cached_property
    def gain(self) -> Fraction:
        """Welfare before contract cost: sum of g_pt x_pt, and the discount that the volume reaches (3.0, 3.21)."""
        gain = total_of_products(self.facts.gains, self.volumes)
        return gain if self.facts.ladder is None else gain + self.facts.ladder.altogether(self.volume)


def read_deals(ground: Ground, clearing: Clearing, found: list[Violation]) -> list[Deal]:
    """The matches that can be looked up and judged; a fault is added to ``found`` for each that cannot."""
    deals: list[Deal] = []
    pairs: dict[tuple[str, str], int] = {}
    for number, match in enumerate(clearing.matches):
        pointer = f"/matches/{number}"
        if match.id != f"m{number + 1}":
            found.append(Violation("match id", pointer + "/id", f"{match.id}, due m{number + 1}"))
        offer, need = ground.orders.get(match.offer), ground.orders.get(match.need)
        if offer is None or offer.side != "offer":
            found.append(Violation("match", pointer + "/offer", f"{match.offer} is no offer of the market"))
        elif need is None or need.side != "need":
            found.append(Violation("match", pointer + "/need", f"{match.need} is no need of the market"))
        elif pairs.setdefault((match.offer, match.need), number) != number:
            found.append(Violation("match", pointer, "the pair is matched twice"))
        elif len(match.volumes) != ground.periods:
            text = f"{len(match.volumes)} volumes for {ground.periods} periods"
            found.append(Violation("match", pointer + "/volumes", text))
        elif not all(volume.is_finite() for volume in match.volumes):
            found.append(Violation("match", pointer + "/volumes", "a volume is no number"))
        elif (least := min(match.volumes)) < 0:
            at = f"{pointer}/volumes/{match.volumes.index(least)}"
            found.append(Violation("3 volume", at, f"{least} is negative"))
        else:
            deal = _judged(ground, number, match, offer, need, found)
            if deal is not None:
                deals.append(deal)
    return deals


def _judged(
    ground: Ground, number: int, match: Match, offer: Order, need: Order, found: list[Violation]
) -> Deal | None:
    """The deal if its pair passes section 2; else the failing test goes to ``found``."""
    facts = judge(ground, offer, need)
    if isinstance(facts, str):
        found.append(Violation(f"2 {facts}", f"/matches/{number}", f"{offer.id} and {need.id} may not trade"))
        return None
    stated = _exact(match.freight_cny_per_unit)
    if stated is not None and stated != facts.freight and stated in freights(ground, offer, need):
        facts = pair_facts(ground, offer, need, stated)
    volumes = tuple(Fraction(volume) for volume in match.volumes)
    met = ground.facing(need, offer) or need
    return Deal(
        number, match, offer, need, met, ground.ratio(met.id), discounted(ground, offer, facts, volumes), volumes
    )


def discounted(ground: Ground, offer: Order, facts: PairFacts, volumes: tuple[Fraction, ...]) -> PairFacts:
    """The figures with the asks of a contract of these volumes: less its mean discount (5)."""
    less = mean_discount(ground.market, offer, volumes)
    if not less:
        return facts
    return replace(facts, asks=tuple(tuple(ask - less for ask in series) for series in facts.asks))


def match_faults(ground: Ground, deal: Deal) -> Iterator[Violation]:
    """Fields of one match that are not what its orders make them."""
    match, facts, at = deal.match, deal.facts, deal.pointer
    if match.grade != deal.offer.grade:
        yield Violation("match", at + "/grade", f"{match.grade}, but the orders trade {deal.offer.grade}")
    ratio = None if deal.met is deal.need else deal.ratio
    if (None if match.ratio is None else _exact(match.ratio) or NOTHING) != ratio:
        yield Violation("3.22 alternate", at + "/ratio", f"{match.ratio}, due {ratio and _text(ratio)}")
    yield from _amount("1.1e freight", at + "/freight_cny_per_unit", match.freight_cny_per_unit, facts.freight)
    yield from _amount("1.1d quality", at + "/quality_cny_per_unit", match.quality_cny_per_unit, facts.quality)
    terms = contract_payment(ground.market, deal.offer, deal.need)
    if match.payment_days != terms.days:
        yield Violation("1.1c payment days", at + "/payment_days", f"{match.payment_days}, due {terms.days}")
    due = None if terms == Payment(days=terms.days) else terms
    if match.payment != due:
        yield Violation("1.1c payment", at + "/payment", f"{match.payment}, due {due}")
    late = small_seller_waits_too_long(ground.market, deal.offer, terms)
    if match.late_for_small_supplier != late:
        yield Violation("1.1c small supplier", at + "/late_for_small_supplier", f"{not late}, due {late}")
    term = incoterm(ground, deal.offer, deal.need)
    if match.incoterm != term:
        yield Violation("2 incoterm", at + "/incoterm", f"{match.incoterm}, due {term}")
    buyers, sellers = relations.required(deal.need.flexibility), relations.required(deal.offer.flexibility)
    yield from _amount("1.2 buyer's band", at + "/band_down", match.band_down, Fraction(buyers.down))
    yield from _amount("1.2 buyer's band", at + "/band_up", match.band_up, Fraction(buyers.up))
    yield from _amount("1.2 seller's band", at + "/seller_band_down", match.seller_band_down, Fraction(sellers.down))
    yield from _amount("1.2 seller's band", at + "/seller_band_up", match.seller_band_up, Fraction(sellers.up))
    yield from _condition_faults(deal)
    yield from _volume_faults(deal)
    yield from _amount("3.0 gain", at + "/gain_cny", match.gain_cny, deal.gain)


def _condition_faults(deal: Deal) -> Iterator[Violation]:
    """Spans of the options and conditions that are not what the orders make them (1.2, 1.3)."""
    offer, need = deal.offer, deal.need
    buyers, sellers = relations.required(need.flexibility), relations.required(offer.flexibility)
    for term, name, due in (
        ("1.2 buyer's band", "band_per", buyers.per),
        ("1.2 buyer's band", "band_make_up_months", buyers.make_up_months),
        ("1.2 seller's band", "seller_band_per", sellers.per),
        ("1.2 seller's band", "seller_band_make_up_months", sellers.make_up_months),
        ("1.3 invoice form", "invoice_form", stated_by_either(offer.delivery.invoice_form, need.delivery.invoice_form)),
        (
            "1.3 dangerous goods",
            "dangerous_goods_class",
            stated_by_either(offer.delivery.dangerous_goods_class, need.delivery.dangerous_goods_class),
        ),
        ("1.3 tolling", "tolling", tolling_due(offer)),
        ("1.3 wishes", "wishes", wishes_due(offer, need)),
    ):
        stated = getattr(deal.match, name)
        if stated != due:
            yield Violation(term, f"{deal.pointer}/{name}", f"{stated}, due {due}")


def _volume_faults(deal: Deal) -> Iterator[Violation]:
    facts, at = deal.facts, deal.pointer
    for period, (volume, greatest) in enumerate(zip(deal.volumes, facts.greatest, strict=True)):
        where = f"{at}/volumes/{period}"
        if volume > greatest:
            term = "1.1g period" if facts.gains[period] < 0 or facts.loses[period] else "3.3 link"
            yield Violation(term, where, f"{_text(volume)} over the pair's greatest, {_text(greatest)}")
        if volume > 0 and facts.ladder is not None and facts.gains[period] + facts.ladder.opening(deal.volume) < 0:
            text = f"{_text(deal.volume)} does not reach the discount that this period takes"
            yield Violation("3.21 tiers", where, text)
        if volume % facts.step:
            yield Violation("3.5 lot", where, f"{_text(volume)} is no whole multiple of {_text(facts.step)}")
    if deal.volume < facts.contract_least:
        text = f"{_text(deal.volume)} under the least contract, {_text(facts.contract_least)}"
        yield Violation("3.4 minimum contract", at + "/volumes", text)
    if deal.volume > facts.contract_most:
        text = f"{_text(deal.volume)} over the greatest contract, {_text(facts.contract_most)}"
        yield Violation("3.4 maximum contract", at + "/volumes", text)


def incoterm(ground: Ground, offer: Order, need: Order) -> str | None:
    """The Incoterm of a contract: the first in the policy's order that both sides accept, None if neither names any.

    Terms that the policy does not rank come after those it ranks, by name.
    """
    lists = [set(side.delivery.incoterms) for side in (offer, need) if side.delivery.incoterms is not None]
    if not lists:
        return None
    common = set.intersection(*lists)
    ranked = [term for term in ground.market.policy.incoterm_order if term in common]
    return ranked[0] if ranked else min(common, default=None)


def _amount(term: str, pointer: str, stated: Decimal, due: Fraction) -> Iterator[Violation]:
    if _exact(stated) != due:
        yield Violation(term, pointer, f"{stated}, due {_text(due)}")


def _exact(value: Decimal) -> Fraction | None:
    return Fraction(value) if value.is_finite() else None


def _text(value: Fraction) -> str:
    """A fraction as a short decimal, for a message."""
    return f"{float(value):.9g}"
