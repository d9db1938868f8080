"""Terms of payment, and the loss on some price paths that an owner accepts."""

from __future__ import annotations

from marketplace.orders.rules.fields import Fields
from marketplace.orders.rules.kinds import INSTRUMENTS, PARTIES
from marketplace.orders.rules.limits import GREATEST_PRICE, MOST_DAYS, MOST_MAKE_UP_MONTHS, ONE, ZERO


def read_payment(terms: Fields) -> None:
    """``payment``: what is paid before delivery, and how and when the rest is (docs/model.md 1.1c)."""
    payment = terms.below("payment")
    if payment is None:
        return
    payment.whole("days", 0, MOST_DAYS)
    prepaid = payment.amount("prepaid_fraction", least=ZERO, most=ONE)
    payment.whole("prepaid_offset_months", 0, MOST_MAKE_UP_MONTHS)
    deposit = payment.amount("deposit_fraction", least=ZERO, most=ONE)
    if prepaid is not None and deposit is not None and prepaid + deposit > ONE:
        message = "and prepaid_fraction together are more than the whole price"
        payment.fault("deposit_fraction", message, deposit, ONE - prepaid, "contradiction")
    if "prepaid_offset_months" in payment and "prepaid_fraction" not in payment:
        payment.fault("prepaid_fraction", "is missing beside prepaid_offset_months", None, "required", "missing")
    instrument = payment.choice("instrument", INSTRUMENTS)
    payment.whole("tenor_days", 1, MOST_DAYS)
    payment.choice("discount_borne_by", PARTIES)
    for name in ("tenor_days", "discount_borne_by"):
        if name in payment and instrument in (None, "transfer"):
            payment.fault(
                name,
                "goes with a bank or commercial acceptance only",
                payment.raw(name),
                "instrument bank_acceptance or commercial_acceptance",
                "contradiction",
            )
    if instrument not in (None, "transfer") and "tenor_days" not in payment:
        payment.fault("tenor_days", "is missing beside an acceptance", None, "required", "missing")
    payment.finish()


def read_loss_consent(terms: Fields) -> None:
    """``loss_consent``: the greatest loss per unit on any price path, if some may lose (docs/model.md 1.1g)."""
    consent = terms.below("loss_consent")
    if consent is not None:
        consent.require("most_cny_per_unit")
        consent.amount("most_cny_per_unit", least=ZERO, most=GREATEST_PRICE)
        consent.finish()
