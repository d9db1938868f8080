"""The lives of proposals, bundles, contracts and their versions: every pair, the allowed ones written out again."""

from __future__ import annotations

import itertools

import pytest

from marketplace.contracts.rules.deliveries.shipments import REJECTION, SHIPMENT
from marketplace.contracts.rules.exports import EXPORT
from marketplace.contracts.rules.lifecycle import (
    BUNDLE,
    CONTRACT,
    PROPOSAL,
    SEEN_BY_PARTIES,
    STANDING,
    STATEMENT,
    VERSION,
)
from marketplace.contracts.rules.notices import NOTICE
from marketplace.shared.errors import TransitionNotAllowed
from marketplace.shared.lifecycle import Lifecycle

ALLOWED = {
    "proposal": {
        "pending_publication": {"publish": "proposed", "cancel": "cancelled"},
        "proposed": {
            "accept": "proposed",
            "take_back": "proposed",
            "counter": "proposed",
            "agree": "agreed",
            "reject": "rejected",
            "expire": "expired",
        },
        "agreed": {"conclude": "concluded", "lapse": "lapsed"},
        "concluded": {"withdraw": "withdrawn", "end": "ended"},
        "cancelled": {},
        "rejected": {},
        "expired": {},
        "lapsed": {},
        "withdrawn": {},
        "ended": {},
    },
    "bundle": {"open": {"decide": "decided"}, "decided": {}},
    "contract": {
        "awaiting_confirmation": {"put_in_force": "in_force", "withdraw": "withdrawn"},
        "in_force": {
            "amend": "in_force",
            "call": "in_force",
            "deliver": "in_force",
            "novate": "in_force",
            "suspend": "suspended",
            "terminate": "terminated",
            "complete": "completed",
        },
        "suspended": {"resume": "in_force", "terminate": "terminated", "novate": "suspended"},
        "withdrawn": {},
        "terminated": {},
        "completed": {},
    },
    "version of a contract": {
        "proposed": {"confirm": "proposed", "put_in_force": "in_force", "refuse": "refused"},
        "in_force": {"replace": "replaced"},
        "refused": {},
        "replaced": {},
    },
}
ALLOWED["notice"] = {
    "given": {"take_effect": "effective", "refuse": "refused", "withdraw": "withdrawn", "lapse": "lapsed"},
    "effective": {},
    "refused": {},
    "withdrawn": {},
    "lapsed": {},
}
ALLOWED["shipment"] = {"announced": {"receive": "received", "cancel": "cancelled"}, "received": {}, "cancelled": {}}
ALLOWED["rejection"] = {
    "none": {"reject": "open"},
    "open": {"reject": "open", "contest": "contested", "concede": "settled", "lower": "settled"},
    "contested": {"concede": "settled", "lower": "settled"},
    "settled": {"reject": "open"},
}
ALLOWED["statement"] = {
    "drawn": {"confirm": "confirmed", "dispute": "disputed", "replace": "replaced"},
    "disputed": {"replace": "replaced"},
    "confirmed": {"correct": "corrected"},
    "corrected": {},
    "replaced": {},
}
ALLOWED["export"] = {
    "waiting": {"begin": "running"},
    "running": {"begin": "running", "make": "made", "refuse": "refused", "fail": "failed"},
    "made": {},
    "refused": {},
    "failed": {},
}
LIFECYCLES = (EXPORT, NOTICE, PROPOSAL, BUNDLE, CONTRACT, VERSION, SHIPMENT, REJECTION, STATEMENT)
PAIRS = [
    (lifecycle, status, action)
    for lifecycle in LIFECYCLES
    for status, action in itertools.product(lifecycle.statuses, lifecycle.actions)
]


@pytest.mark.parametrize(("lifecycle", "status", "action"), PAIRS, ids=lambda x: getattr(x, "kind", x))
def test_every_pair(lifecycle: Lifecycle, status: str, action: str) -> None:
    following = ALLOWED[lifecycle.kind][status].get(action)
    if following is None:
        with pytest.raises(TransitionNotAllowed):
            lifecycle.next(status, action)
    else:
        assert lifecycle.next(status, action) == following


@pytest.mark.parametrize("lifecycle", LIFECYCLES, ids=lambda x: x.kind)
def test_no_status_is_forgotten(lifecycle: Lifecycle) -> None:
    assert set(lifecycle.statuses) == ALLOWED[lifecycle.kind].keys()


def test_parties_see_no_proposal_before_publication_and_none_that_was_cancelled() -> None:
    assert set(PROPOSAL.statuses) - SEEN_BY_PARTIES == {"pending_publication", "cancelled"}


def test_what_may_still_become_or_is_a_contract_keeps_its_volume() -> None:
    assert {"proposed", "agreed", "concluded"} == STANDING
