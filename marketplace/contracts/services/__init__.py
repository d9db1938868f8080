"""What can be done with proposals, with what they leave of an order, and with contracts: one use case each."""

from marketplace.contracts.services.amending import propose_amendment, refuse_amendment
from marketplace.contracts.services.answering import accept_proposal, reject_proposal, take_back_acceptance
from marketplace.contracts.services.confirming import confirm_version, withdraw_from_contract
from marketplace.contracts.services.countering import counter_proposal
from marketplace.contracts.services.deciding import overdue_bundles, settle_bundle
from marketplace.contracts.services.documents import document, document_hash
from marketplace.contracts.services.following_rounds import cancel_proposals, publish_proposals, write_proposals
from marketplace.contracts.services.notices import (
    complete_contracts,
    consent_to_notice,
    enforce_notice,
    give_notice,
    refuse_notice,
    withdraw_notice,
)
from marketplace.contracts.services.opening import open_order

__all__ = [
    "accept_proposal",
    "cancel_proposals",
    "complete_contracts",
    "confirm_version",
    "consent_to_notice",
    "counter_proposal",
    "document",
    "document_hash",
    "enforce_notice",
    "give_notice",
    "open_order",
    "overdue_bundles",
    "propose_amendment",
    "publish_proposals",
    "refuse_amendment",
    "refuse_notice",
    "reject_proposal",
    "settle_bundle",
    "take_back_acceptance",
    "withdraw_from_contract",
    "withdraw_notice",
    "write_proposals",
]
