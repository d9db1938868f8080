"""What the change of a party looks like to the three whom it is about."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.contracts.schemas import ContractPartySchema
from marketplace.contracts.rules.lifecycle import VERSION
from marketplace.contracts.rules.novation import GROUNDS, ROLES

_SIDE = validate.OneOf(["seller", "buyer"])


class NovationBody(Schema):
    """Who is to take whose place, from which month on, and why."""

    side = fields.String(required=True, validate=_SIDE, metadata={"description": "whose place is taken"})
    credit_code = fields.String(
        required=True, metadata={"description": "of the organisation that enters", "example": "91110000000000772K"}
    )
    from_month = fields.String(
        required=True,
        metadata={
            "description": "first month of the party that enters, not begun yet; those before stay with the other",
            "example": "2027-03",
        },
    )
    ground = fields.String(
        required=True,
        validate=validate.OneOf(GROUNDS),
        metadata={
            "description": "insolvency: the party that leaves need not confirm, and may object in the days that the "
            "contract gives to mend a breach"
        },
    )
    reason = fields.String(required=True, metadata={"example": "卖方进入重整程序，由新公司承继长单"})
    court_reference = fields.String(metadata={"description": "of an insolvency", "example": "（2027）川01破3号"})


class NovationPlaceBody(Schema):
    """Where the goods of the party that enters leave or arrive."""

    site_id = fields.String(required=True, metadata={"description": "a site of one's own"})


class NovationPlaceSchema(Schema):
    """A place as the document names it."""

    name = fields.String()
    address = fields.String()


class NovationSchema(Schema):
    """The change of a party, and what became of it; its number is that of the version that it makes."""

    number = fields.Integer()
    side = fields.String(validate=_SIDE)
    leaving = fields.Nested(ContractPartySchema)
    incoming = fields.Nested(ContractPartySchema)
    from_month = fields.String()
    ground = fields.String(validate=validate.OneOf(GROUNDS))
    court_reference = fields.String(allow_none=True)
    reason = fields.String()
    status = fields.String(validate=validate.OneOf(VERSION.statuses))
    days_end = fields.AwareDateTime(
        allow_none=True, metadata={"description": "of an insolvency: objections count before this moment"}
    )
    place = fields.Nested(
        NovationPlaceSchema,
        allow_none=True,
        metadata={"description": "named by the party that enters; until then there is no document to confirm"},
    )
    capacity_stated = fields.Boolean(
        allow_none=True,
        metadata={"description": "of a seller that enters: whether anybody has stated a capacity of the grade there"},
    )
    confirmed_by = fields.List(fields.String(validate=validate.OneOf(ROLES)))
    moment = fields.AwareDateTime()


class NovationsSchema(Schema):
    """All that one's own organisation may see, the first one first."""

    items = fields.List(fields.Nested(NovationSchema))
