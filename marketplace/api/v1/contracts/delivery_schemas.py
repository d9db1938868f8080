"""What call-offs, shipments and certificates look like to both parties of a contract."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.contracts.rules.deliveries.shipments import REJECTION, SHIPMENT

_VOLUME = {"description": "in the grade's unit", "example": "95.5"}
_MONTH = {"example": "2027-01"}


class CallOffBody(Schema):
    """Another volume than the agreed one."""

    month = fields.String(required=True, metadata=_MONTH)
    volume = Amount(required=True, least="0", metadata=_VOLUME)


class CallOffSchema(Schema):
    """What the buyer called; the last of a month stands."""

    number = fields.Integer()
    month = fields.String(metadata=_MONTH)
    volume = Amount(metadata=_VOLUME)
    version_number = fields.Integer(metadata={"description": "of the contract, under whose band it was called"})
    moment = fields.AwareDateTime()


class ScheduledMonthSchema(Schema):
    """A month: what was agreed, what is called, between what the buyer may still call, until when."""

    month = fields.String(metadata=_MONTH)
    agreed = Amount(metadata=_VOLUME)
    called = Amount(metadata=_VOLUME)
    call_by = fields.Date(metadata={"description": "last day in Beijing on which another volume may be called"})
    least = Amount(allow_none=True, metadata={"description": "that may be called today; null: no longer"})
    most = Amount(allow_none=True, metadata={"description": "that may be called today; null: no longer"})
    under_way = Amount(metadata={"description": "shipped, not received"})
    accepted = Amount(metadata={"description": "received and not rejected"})
    rejected = Amount(metadata=_VOLUME)
    contested = Amount(metadata={"description": "of what is rejected"})


class ScheduleSchema(Schema):
    """All months of the contract, with all call-offs in the order made."""

    months = fields.List(fields.Nested(ScheduledMonthSchema))
    call_offs = fields.List(fields.Nested(CallOffSchema))


class ShipmentBody(Schema):
    """One lot on its way."""

    month = fields.String(required=True, metadata={"description": "of whose call it is", **_MONTH})
    lot = fields.String(required=True, metadata={"example": "LC20270112-03"})
    volume = Amount(required=True, metadata={"description": "as weighed by the seller, in the grade's unit"})
    shipped_on = fields.Date(required=True)
    carrier = fields.String(required=True, metadata={"example": "中远海运物流"})
    waybill = fields.String(required=True, metadata={"example": "COSU6182311"})
    replaces = fields.Integer(
        strict=True, metadata={"description": "number of the shipment whose rejected volume it makes good"}
    )


class ShipmentReasonBody(Schema):
    """Why."""

    reason = fields.String(required=True, metadata={"example": "途中灭失"})


class ReceiptBody(Schema):
    """What arrived, and what of it is rejected."""

    received_on = fields.Date(required=True)
    weighed = Amount(required=True, least="0", metadata={"description": "by the buyer, in the grade's unit"})
    rejected = Amount(load_default=None, least="0", metadata={"description": "of what counts; needs a reason"})
    reason = fields.String(metadata={"example": "水分 0.31 %，超出约定"})


class RejectedBody(ShipmentReasonBody):
    """How much of the lot stands rejected from now on, and why."""

    rejected = Amount(required=True, least="0", metadata=_VOLUME)


class ShipmentEntrySchema(Schema):
    """What was said of a shipment after it was announced."""

    number = fields.Integer()
    party = fields.String(metadata={"description": "seller, buyer; system: silence"})
    action = fields.String(
        validate=validate.OneOf(["receive", "cancel", "reject", "contest", "concede", "lower", "silence"])
    )
    rejected = Amount(metadata={"description": "what stood rejected after it"})
    reason = fields.String(allow_none=True)
    moment = fields.AwareDateTime()


class ShipmentSchema(Schema):
    """A shipment, as announced, and what became of it."""

    number = fields.Integer()
    month = fields.String(metadata=_MONTH)
    lot = fields.String()
    volume = Amount(metadata=_VOLUME)
    shipped_on = fields.Date()
    carrier = fields.String()
    waybill = fields.String()
    replaces = fields.Integer(allow_none=True)
    status = fields.String(validate=validate.OneOf(SHIPMENT.statuses))
    announced_at = fields.AwareDateTime()
    received_on = fields.Date(allow_none=True)
    weighed = Amount(allow_none=True, metadata={"description": "by the buyer; null: not received, or by silence"})
    counted = Amount(
        allow_none=True, metadata={"description": "the seller's weight within the weighing tolerance, else the buyer's"}
    )
    rejected = Amount(metadata=_VOLUME)
    rejection = fields.String(validate=validate.OneOf(REJECTION.statuses))
    entries = fields.List(fields.Nested(ShipmentEntrySchema))


class ShipmentQuery(PageQuery):
    """Which shipments of the contract."""

    month = fields.String(metadata=_MONTH)


ShipmentPageSchema = page_of(ShipmentSchema)


class LotCertificateBody(Schema):
    """The analysis of a lot that is shipped under the contract."""

    lot = fields.String(required=True, metadata={"example": "LC20270112-03"})
    assays = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={"description": "by attribute of the grade, in its unit", "example": {"Li2CO3_pct": "99.62"}},
    )
    laboratory = fields.String(required=True, metadata={"example": "国家有色金属质量检验检测中心"})
    issued_on = fields.Date(required=True)
    document_hash = fields.String(
        metadata={"description": "of the certificate as it was issued", "example": "sha256:…"}
    )


class LotCertificateSchema(Schema):
    """A certificate; the last one of a lot holds."""

    number = fields.Integer()
    lot = fields.String()
    assays = fields.Dict(keys=fields.String(), values=fields.String())
    outside = fields.List(
        fields.String(), metadata={"description": "attributes that lie outside what the buyer accepts"}
    )
    laboratory = fields.String()
    issued_on = fields.Date()
    document_hash = fields.String(allow_none=True)
    moment = fields.AwareDateTime()


class LotCertificatesSchema(Schema):
    """All certificates, in the order given."""

    items = fields.List(fields.Nested(LotCertificateSchema))
