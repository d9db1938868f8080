"""Every type of event that there is: what endpoints may ask for, and receivers may meet.

What an organisation did has three parts, what it was told two.  A test holds whatever is written to any chain against
these.
"""

from __future__ import annotations

from collections.abc import Iterator

_ACTIONS = {
    "accounts.member": "added password_changed updated",
    "accounts.organisation": "judged registered rejected sample_admitted suspended updated verified",
    "accounts.session": "ended paused started",
    "accounts.site": "added updated",
    "accounts.token": "made revoked",
    "capacity.grant": "granted revoked",
    "capacity.line": "added renamed stated",
    "catalogue.commodity": "changed created",
    "catalogue.grade": "changed created",
    "contract": (
        "amendment-proposed amendment-refused called certified completed confirmed fulfilment-missed "
        "in-force payment-entered publication-consented received received-by-silence rejected "
        "rejection-conceded rejection-contested rejection-lowered reopener-triggered report-due "
        "reports-differ resumption-effective resumption-given resumption-refused resumption-withdrawn "
        "shipment-cancelled shipped statement-confirmed statement-confirmed-by-silence "
        "statement-disputed statement-drawn suspension-effective suspension-given suspension-refused "
        "suspension-withdrawn termination-effective termination-given termination-refused "
        "termination-withdrawn withdrawn"
    ),
    "contracts.amendment": "proposed refused",
    "contracts.call-off": "made",
    "contracts.contract": "completed concluded withdrawn",
    "contracts": "export-failed export-made export-refused",
    "contracts.export": "asked failed made refused",
    "contracts.fulfilment": "judged",
    "contracts.lot": "certified",
    "contracts.month": "reported",
    "contracts.notice": "effective given lapsed refused withdrawn",
    "contracts.novation": "effective ended place-named proposed refused",
    "contracts.payment": "entered",
    "contracts.proposal": "accept consented counter expired lapsed reject take_back",
    "contracts.proposals": "cancelled published written",
    "contracts.publication": "consented",
    "contracts.rejection": "within-own-limits",
    "contracts.reopener": "triggered",
    "contracts.shipment": "announced cancel concede contest lower receive reject silence",
    "contracts.statement": "confirmed confirmed-by-silence disputed drawn",
    "contracts.version": "confirmed in-force",
    "draft": "forgotten",
    "evidence.certificate": "accepted declared refused revoked sample_accepted withdrawn",
    "indices.index": "changed created rebased",
    "indices.quotes": "loaded",
    "novation": "confirmed effective ended place-named proposed refused",
    "order": "disclosed expired left-out",
    "orders.disclosure": "approved read refused requested",
    "orders.grade": "paused",
    "orders.need": "closed created expired forgotten opened reopened revised withdrawn",
    "orders.offer": "closed created expired forgotten opened reopened revised withdrawn",
    "orders": "frozen-again paused rested upload-failed upload-refused upload-stored",
    "orders.round": "cleared frozen released",
    "orders.upload": "failed received refused stored",
    "organisation": "rejected suspended verified",
    "proposal": "accepted agreed concluded countered expired lapsed received rejected taken-back",
    "proposals": "received",
    "round": "published",
    "rounds.clearing": "recorded",
    "rounds.orders": "frozen-again rested",
    "rounds.round": "cancelled created failed frozen opened published reviewed revised run",
    "rounds.what-if": "answered asked failed",
    "webhook": "disabled",
    "webhooks.delivery": "replayed",
    "webhooks.endpoint": "changed given_up pinged registered removed replayed secret_rotated",
}

EVENT_TYPES = frozenset(f"{of}.{action}" for of, actions in _ACTIONS.items() for action in actions.split())


def meant(kind: str) -> Iterator[str]:
    """The types that a wish names: one, or all that begin as it says.

    >>> sorted(meant("webhook.*")), list(meant("webhook.enabled"))
    (['webhook.disabled'], [])
    """
    if kind.endswith(".*"):
        return (known for known in EVENT_TYPES if known.startswith(kind[:-1]))
    return iter(EVENT_TYPES & {kind})
