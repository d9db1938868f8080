"""What happens to orders: one use case per function, each leaving a revision and an audit entry."""

from marketplace.orders.services.disclosures import (
    approve_disclosure,
    read_disclosed_order,
    refuse_disclosure,
    request_disclosure,
)
from marketplace.orders.services.entry import create_order, new_order, revise_order
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
from marketplace.orders.services.uploads import (
    UPLOADS_KEPT_FOR,
    UploadReport,
    fail_upload,
    forget_uploads,
    judge_upload,
    receive_upload,
    refuse_upload,
    store_upload,
    upload_orders,
)

__all__ = [
    "DRAFTS_KEPT_FOR",
    "UPLOADS_KEPT_FOR",
    "OrdersPaused",
    "UploadReport",
    "approve_disclosure",
    "close_order",
    "create_order",
    "expire_orders",
    "fail_upload",
    "forget_drafts",
    "forget_uploads",
    "freeze_orders",
    "hold_pause",
    "judge_upload",
    "new_order",
    "open_order",
    "open_rest",
    "pause_orders",
    "read_disclosed_order",
    "receive_upload",
    "record_outcome",
    "record_outcomes",
    "refuse_disclosure",
    "refuse_upload",
    "release_orders",
    "reopen_order",
    "request_disclosure",
    "revise_order",
    "store_upload",
    "upload_orders",
    "withdraw_order",
]
