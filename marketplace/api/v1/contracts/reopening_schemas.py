"""What the re-openers of contracts look like to their parties."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, Schema
from marketplace.contracts.rules.reopener import OUTCOMES
from marketplace.orders.rules.kinds import REOPENER_RESULTS


class ReopeningSchema(Schema):
    """One episode: which months triggered it, until when the parties negotiate, what follows."""

    number = fields.Integer()
    version = fields.Integer(metadata={"description": "of the terms that held when it was triggered"})
    months = fields.List(fields.String(), metadata={"description": "that triggered it", "example": ["2027-02"]})
    reference = Amount(metadata={"description": "what the index is measured from", "example": "98000"})
    level = Amount(metadata={"description": "these months' mean", "example": "115500"})
    result_if_none = fields.String(validate=validate.OneOf(REOPENER_RESULTS))
    negotiate_until = fields.AwareDateTime()
    triggered_at = fields.AwareDateTime()
    outcome = fields.String(
        validate=validate.OneOf(OUTCOMES),
        metadata={
            "description": "amended: both confirmed another price in time; indexed: floor and cap move by level / "
            "reference from first_month on; terminable: either party may now give notice on the ground reopener"
        },
    )
    first_month = fields.String(metadata={"description": "of delivery, for which the result holds"})


class ReopeningsSchema(Schema):
    """All of them, the first one first."""

    items = fields.List(fields.Nested(ReopeningSchema))
