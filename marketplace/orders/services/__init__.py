"""What happens to orders: one use case per function, each leaving a revision and an audit entry."""

from marketplace.orders.services.disclosures import (
    approve_disclosure,
    read_disclosed_order,
    refuse_disclosure,
    request_disclosure,
)
from marketplace.orders.services.entry import create_order, revise_order
from marketplace.orders.services.forgetting import DRAFTS_KEPT_FOR, forget_drafts
from marketplace.orders.services.pauses import OrdersPaused, hold_pause, pause_orders
from marketplace.orders.services.rounds import freeze_orders, record_outcome, record_outcomes, release_orders
from marketplace.orders.services.steps import (
    close_order,
    expire_orders,
    open_order,
    open_rest,
    reopen_order,
    withdraw_order,
)
from marketplace.orders.services.uploads import UploadFormat, UploadMode, UploadReport, upload_orders

__all__ = [
    "DRAFTS_KEPT_FOR",
    "OrdersPaused",
    "UploadFormat",
    "UploadMode",
    "UploadReport",
    "approve_disclosure",
    "close_order",
    "create_order",
    "expire_orders",
    "forget_drafts",
    "freeze_orders",
    "hold_pause",
    "open_order",
    "open_rest",
    "pause_orders",
    "read_disclosed_order",
    "record_outcome",
    "record_outcomes",
    "refuse_disclosure",
    "release_orders",
    "reopen_order",
    "request_disclosure",
    "revise_order",
    "upload_orders",
    "withdraw_order",
]
