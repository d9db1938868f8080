"""What can be done with proposals, which follow their round, and with what they leave of an order."""

from marketplace.contracts.services.following_rounds import cancel_proposals, publish_proposals, write_proposals
from marketplace.contracts.services.opening import open_order

__all__ = ["cancel_proposals", "open_order", "publish_proposals", "write_proposals"]
