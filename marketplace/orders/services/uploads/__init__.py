"""Files of orders: judged, stored at once or in the background, with a report per row."""

from marketplace.orders.services.uploads.forgetting import UPLOADS_KEPT_FOR, forget_uploads
from marketplace.orders.services.uploads.storing import UploadReport, upload_orders
from marketplace.orders.services.uploads.waiting import (
    UploadClaim,
    claim_upload,
    due_uploads,
    fail_upload,
    judge_upload,
    receive_upload,
    refuse_upload,
    renew_upload,
    store_upload,
)

__all__ = [
    "UPLOADS_KEPT_FOR",
    "UploadClaim",
    "UploadReport",
    "claim_upload",
    "due_uploads",
    "fail_upload",
    "forget_uploads",
    "judge_upload",
    "receive_upload",
    "refuse_upload",
    "renew_upload",
    "store_upload",
    "upload_orders",
]
