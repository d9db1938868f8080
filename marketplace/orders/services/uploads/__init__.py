"""Files of orders: judged, stored at once or in the background, with a report per row."""

from marketplace.orders.services.uploads.forgetting import UPLOADS_KEPT_FOR, forget_uploads
from marketplace.orders.services.uploads.storing import UploadReport, upload_orders
from marketplace.orders.services.uploads.waiting import (
    fail_upload,
    judge_upload,
    receive_upload,
    refuse_upload,
    store_upload,
)

__all__ = [
    "UPLOADS_KEPT_FOR",
    "UploadReport",
    "fail_upload",
    "forget_uploads",
    "judge_upload",
    "receive_upload",
    "refuse_upload",
    "store_upload",
    "upload_orders",
]
