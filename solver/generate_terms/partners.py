"""Terms about whom an order deals with: counts, shares, approvals, exclusions, certificates, tags, credit."""

from __future__ import annotations

from decimal import Decimal

from solver.form.terms import (
    Approval,
    Approved,
    Counterparties,
    CreditLimit,
    Exclusion,
    Group,
    HeldCertificate,
    Incumbent,
    MaximumShare,
    Payment,
)
from solver.generate_terms.drawing import CENT, THOUSANDTH, Drawing, Fields, Random, Term, rounded

CERTIFICATE = "IATF-16949"
HELD = HeldCertificate(certificate=CERTIFICATE, valid_from="2020-01-01", valid_to="2099-12-31")
TAG = "domestic"
DAYS = 60  # of payment, where a credit limit would otherwise never bind


def _least(drawing: Drawing, k: int, random: Random) -> Fields:
    count = drawing.orders[k].counterparties
    return {"counterparties": Counterparties(least=2, most=count.most if count is not None else None)}


def _awarded_share(drawing: Drawing, k: int, random: Random) -> Fields:
    fraction = Decimal(str(random.choice((0.5, 0.6, 0.7))))
    return {"maximum_share": MaximumShare(fraction=fraction, of="awarded")}


def _approved(drawing: Drawing, k: int, random: Random) -> Fields:
    """Up to half of those that it would gain with, one in three of them from the fourth period on."""
    later = _first_day(drawing, min(3, drawing.periods - 1))
    chosen = drawing.some_partners(k, max(1, len(drawing.others(k)) // 8), random)
    approvals = tuple(
        Approval(organisation=drawing.orders[j].organisation, since=later if random.random() < 1 / 3 else None)
        for j in chosen
    )
    if random.random() < 0.5:
        return {"approved": Approved(kind="only", counterparties=approvals, trial_share=Decimal("0.2"))}
    return {"approved": Approved(kind="preferred", counterparties=approvals, trial_share=Decimal("0.5"))}


def _first_day(drawing: Drawing, t: int) -> str:
    return f"{drawing.market.calendar[t]}-01"


def _exclusions(drawing: Drawing, k: int, random: Random) -> Fields:
    chosen = drawing.some_partners(k, 2, random)
    names = dict.fromkeys(drawing.orders[j].organisation for j in chosen)
    return {"exclusions": tuple(Exclusion(organisation=name, reason="earlier claim") for name in names)}


def _hold(drawing: Drawing, random: Random) -> None:
    """Seven in ten hold the certificate."""
    for k in range(len(drawing.orders)):
        if random.random() < 0.7:
            drawing.change(k, {"holds": (HELD,)})


def _certificates(drawing: Drawing, k: int, random: Random) -> Fields:
    return {"certificates": (CERTIFICATE,)}


def _incumbents(drawing: Drawing, k: int, random: Random) -> Fields:
    """A present partner with a least share, or with what leaving it costs."""
    own = drawing.orders[k].organisation
    name = next((drawing.orders[j].organisation for j in drawing.some_partners(k, 1, random)), own)
    if name == own:
        return {}
    if random.random() < 0.5:
        return {
            "incumbents": (Incumbent(organisation=name, least_share=rounded(random.uniform(0.1, 0.4), THOUSANDTH)),)
        }
    return {"incumbents": (Incumbent(organisation=name, switching_cost=drawing.money(k, random.uniform(0, 0.01))),)}


def _tag(drawing: Drawing, random: Random) -> None:
    """Half of all orders carry the tag that groups speak of."""
    for k in range(len(drawing.orders)):
        if random.random() < 0.5:
            drawing.change(k, {"tags": (TAG,)})


def _groups(drawing: Drawing, k: int, random: Random) -> Fields:
    part = rounded(random.uniform(0.3, 0.6), THOUSANDTH)
    rules = (
        Group(tag=TAG, rule="at_least", measure="count", value=Decimal(1)),
        Group(tag=TAG, rule="at_most", measure="count", value=Decimal(2)),
        Group(tag=TAG, rule="at_most", measure="volume", value=drawing.volume(k, float(part))),
        Group(tag=TAG, rule="at_least", measure="share", value=part),
        Group(tag=TAG, rule="at_most", measure="share", value=part),
        Group(tag=TAG, rule="exactly", measure="share", value=part, tolerance=Decimal("0.1")),
    )
    return {"groups": (rules[int(random.integers(len(rules)))],)}


def _credit_limit(drawing: Drawing, k: int, random: Random) -> Fields:
    """One to four mean months of its whole trade; an offer that is paid on delivery is paid later instead."""
    worth = drawing.price[k] * float(drawing.month(k)) * random.uniform(1, 4)
    fields: Fields = {"credit_limit": CreditLimit(exposure_cny=max(CENT, rounded(worth, CENT)))}
    if drawing.is_offer(k) and drawing.orders[k].payment == Payment():
        fields["payment"] = Payment(days=DAYS)
    return fields


TERMS = {
    "counterparties_least": Term(_least, lambda drawing, k: len(drawing.others(k)) > 1),
    "maximum_share_awarded": Term(_awarded_share),
    "approved": Term(_approved),
    "exclusions": Term(_exclusions),
    "certificates": Term(_certificates, prepare=_hold),
    "incumbents": Term(_incumbents, lambda drawing, k: bool(drawing.others(k))),
    "groups": Term(_groups, prepare=_tag),
    "credit_limit": Term(_credit_limit),
}
