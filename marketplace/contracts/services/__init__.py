"""What can be done with proposals, with what they leave of an order, and with contracts: one use case each."""

from marketplace.contracts.services.amending import propose_amendment, refuse_amendment
from marketplace.contracts.services.answering import accept_proposal, reject_proposal, take_back_acceptance
from marketplace.contracts.services.calling import call_off
from marketplace.contracts.services.certifying import certify_lot
from marketplace.contracts.services.confirming import confirm_version, withdraw_from_contract
from marketplace.contracts.services.correcting import draw_correction
from marketplace.contracts.services.countering import counter_proposal
from marketplace.contracts.services.deciding import overdue_bundles, settle_bundle
from marketplace.contracts.services.documents import document, document_hash
from marketplace.contracts.services.exporting import (
    EXPORTS_KEPT_FOR,
    ask_for_export,
    fail_export,
    forget_exports,
    make_export,
    refuse_export,
    store_export,
)
from marketplace.contracts.services.following_rounds import cancel_proposals, publish_proposals, write_proposals
from marketplace.contracts.services.fulfilling import months_to_watch, report_month, watch_month
from marketplace.contracts.services.notices import (
    complete_contracts,
    consent_to_notice,
    enforce_notice,
    give_notice,
    refuse_notice,
    withdraw_notice,
)
from marketplace.contracts.services.novating import name_place, propose_novation, refuse_novation
from marketplace.contracts.services.opening import open_order
from marketplace.contracts.services.paying import enter_payment
from marketplace.contracts.services.publishing import consent_to_publish
from marketplace.contracts.services.receiving import (
    concede_rejection,
    contest_rejection,
    lower_rejection,
    receive_shipment,
    reject_goods,
)
from marketplace.contracts.services.reopening import watch_reopeners
from marketplace.contracts.services.shipping import announce_shipment, cancel_shipment
from marketplace.contracts.services.stating import (
    confirm_silent_statements,
    confirm_statement,
    dispute_statement,
    draw_statement,
    silence_from,
    unanswered_statements,
)
from marketplace.contracts.services.taking_over import enforce_novation

__all__ = [
    "EXPORTS_KEPT_FOR",
    "accept_proposal",
    "announce_shipment",
    "ask_for_export",
    "call_off",
    "cancel_proposals",
    "cancel_shipment",
    "certify_lot",
    "complete_contracts",
    "concede_rejection",
    "confirm_silent_statements",
    "confirm_statement",
    "confirm_version",
    "consent_to_notice",
    "consent_to_publish",
    "contest_rejection",
    "counter_proposal",
    "dispute_statement",
    "document",
    "document_hash",
    "draw_correction",
    "draw_statement",
    "enforce_notice",
    "enforce_novation",
    "enter_payment",
    "fail_export",
    "forget_exports",
    "give_notice",
    "lower_rejection",
    "make_export",
    "months_to_watch",
    "name_place",
    "open_order",
    "overdue_bundles",
    "propose_amendment",
    "propose_novation",
    "publish_proposals",
    "receive_shipment",
    "refuse_amendment",
    "refuse_export",
    "refuse_notice",
    "refuse_novation",
    "reject_goods",
    "reject_proposal",
    "report_month",
    "settle_bundle",
    "silence_from",
    "store_export",
    "take_back_acceptance",
    "unanswered_statements",
    "watch_month",
    "watch_reopeners",
    "withdraw_from_contract",
    "withdraw_notice",
    "write_proposals",
]
