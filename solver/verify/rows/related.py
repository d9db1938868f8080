"""What keeps two orders apart by who they are and what they state, whatever they gain (2); trial shares (3.9)."""

from __future__ import annotations

import numpy as np

from solver.form.market import Order
from solver.verify import relations
from solver.verify.columns import Flags
from solver.verify.conditions import alike, tolling_fits, wishes_clash
from solver.verify.limits import contents_of
from solver.verify.rows.sides import Passing, Sides, guaranteed

Trial = tuple[int, Flags, float]  # row of the need, periods approved, greatest volume in the others


def keep_by_relations(sides: Sides, i: int, passing: Passing) -> None:
    """The tests of section 2 that ask who the two are and what they state, not what they gain."""
    offers, needs, offer = sides.offers, sides.needs, sides.offers.orders[i]
    related = (needs.organisation == offer.organisation) | (
        (needs.group == offer.group_parent) & (offer.group_parent is not None)
    )
    passing.keep(~related, "same_party")
    passing.keep(needs.valid & bool(offers.valid[i]), "validity")
    mine = {exclusion.organisation for exclusion in offer.exclusions}
    by_offer = np.array([name in mine for name in needs.organisation], dtype=np.bool_)
    codes, samples = sides.need_exclusions
    by_need = np.array([relations.excludes(need, offer) for need in samples], dtype=np.bool_)[codes]
    passing.keep(~(by_offer | by_need), "exclusion")
    passing.keep(_approved_at_all(sides, offer), "approval")
    codes, samples = sides.need_terms
    meet = np.array([relations.incoterms_meet(offer, need) for need in samples], dtype=np.bool_)[codes]
    passing.keep(meet, "incoterm")
    codes, samples = sides.need_papers
    for test, alike_each in (
        ("invoice_form", [alike(offer.delivery.invoice_form, n.delivery.invoice_form) for n in samples]),
        (
            "dangerous_goods",
            [alike(offer.delivery.dangerous_goods_class, n.delivery.dangerous_goods_class) for n in samples],
        ),
        ("tolling", [tolling_fits(offer, need) for need in samples]),
    ):
        passing.keep(np.array(alike_each, dtype=np.bool_)[codes], test)
    met = np.ones(len(needs.orders), dtype=np.bool_)
    for accepted in sides.accepted:
        met &= accepted.met(guaranteed(offer, accepted.attribute))
    for j in needs.assayed.tolist():
        met[j] &= contents_of(needs.orders[j].limit_price, offer) is not None
    passing.keep(met, "specification")
    codes, samples = sides.need_certificates
    holds = np.array([relations.certified(sides.ground, need, offer) for need in samples], dtype=np.bool_)[codes]
    if offer.certificates:
        codes, samples = sides.need_holdings
        theirs = [relations.certified(sides.ground, offer, need) for need in samples]
        holds &= np.array(theirs, dtype=np.bool_)[codes]
    passing.keep(holds, "certificate")
    flexible = (needs.wants_down <= offers.gives_down[i]) & (needs.wants_up <= offers.gives_up[i])
    flexible &= offers.gives_notice[i] <= needs.wants_notice
    flexible &= (offers.wants_down[i] <= needs.gives_down) & (offers.wants_up[i] <= needs.gives_up)
    flexible &= needs.gives_notice <= offers.wants_notice[i]
    flexible &= (needs.wants_make_up <= offers.gives_make_up[i]) & (offers.wants_make_up[i] <= needs.gives_make_up)
    flexible &= (needs.wants_span <= offers.gives_span[i]) & (offers.wants_span[i] <= needs.gives_span)
    passing.keep(flexible, "flexibility")
    if sides.ground.market.policy.wish_conflicts == "screen":
        codes, samples = sides.need_wishes
        agree = np.array([not wishes_clash(offer, need) for need in samples], dtype=np.bool_)[codes]
        passing.keep(agree, "wishes")


def _approved_at_all(sides: Sides, offer: Order) -> Flags:
    fine = np.ones(len(sides.needs.orders), dtype=np.bool_)
    if relations.refuses_unapproved(offer):
        fine &= sides.needs.flags(lambda need: relations.ever_admitted(sides.ground, offer, need))
    for j in map(int, sides.approving):
        need = sides.needs.orders[j]
        fine[j] &= relations.ever_admitted(sides.ground, need, offer)
    return fine


def trials(sides: Sides, offer: Order) -> tuple[list[Trial], Flags]:
    """Trial shares to hold, and the periods in which each need is open to trade (3.9)."""
    shape = (len(sides.needs.orders), sides.ground.periods)
    opened, shares = np.ones(shape, dtype=np.bool_), list[Trial]()
    stating: list[tuple[Order, Order, int]] = []
    if offer.approved is not None:
        stating += [(offer, need, j) for j, need in enumerate(sides.needs.orders)]
    stating += [(sides.needs.orders[j], offer, j) for j in map(int, sides.approving)]
    for order, other, j in stating:
        approved = relations.approved_periods(sides.ground, order, other)
        periods = np.array(approved if approved is not None else (False,) * shape[1], dtype=np.bool_)
        if relations.refuses_unapproved(order):
            opened[j] &= periods
        share = relations.trial_share(order)
        if share < 1:
            shares.append((j, periods, float(share * sides.ground.totals[order.id])))
    return shares, opened
