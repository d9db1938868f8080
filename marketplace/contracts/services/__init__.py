"""What can be done with proposals: written from a clearing, published or dropped with their round."""

from marketplace.contracts.services.following_rounds import cancel_proposals, publish_proposals, write_proposals

__all__ = ["cancel_proposals", "publish_proposals", "write_proposals"]
