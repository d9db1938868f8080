"""What proposals look like to their parties.  Volumes in the grade's unit, prices CNY per unit, tax exclusive."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.api.v1.rounds.plans import StoredAmount
from marketplace.contracts.queries import PROPOSAL_SORTS
from marketplace.contracts.rules.lifecycle import SEEN_BY_PARTIES

_STATUS = validate.OneOf(sorted(SEEN_BY_PARTIES))


class PartySchema(Schema):
    """A party of the proposal: both must know each other to contract."""

    name_zh = fields.String()
    name_latin = fields.String()
    credit_code = fields.String()


class SpecificationSchema(Schema):
    """One attribute: what the seller guarantees, what the buyer accepts."""

    attribute = fields.String()
    guaranteed = StoredAmount(allow_none=True)
    at_least = StoredAmount(allow_none=True)
    at_most = StoredAmount(allow_none=True)


class RangeSchema(Schema):
    """A least, an expected and a greatest amount."""

    minimum = StoredAmount()
    expected = StoredAmount()
    maximum = StoredAmount()


class FirmRangeSchema(RangeSchema):
    """The same, and which of the three is firm."""

    firm = fields.String(metadata={"description": "take-or-pay and ship-or-pay reach down to this end"})


class ValueSchema(FirmRangeSchema):
    """Value of the goods at the seller's place, freight apart: least volume x floor … greatest volume x cap."""

    currency = fields.String()
    tax = fields.String()


class PeriodSchema(Schema):
    """One month: its volumes, and its prices at the seller's place and delivered."""

    period = fields.String(metadata={"example": "2027-01"})
    volume = fields.Nested(RangeSchema)
    reference = StoredAmount()
    floor = StoredAmount()
    cap = StoredAmount()
    delivered_reference = StoredAmount(metadata={"description": "reference + freight"})


class OptionSchema(Schema):
    """How far the holder may leave the agreed volume, as fractions of it."""

    down = StoredAmount()
    up = StoredAmount()


class VolumeBandSchema(Schema):
    """Whose option reaches how far; the two are not added."""

    buyer_option = fields.Nested(OptionSchema)
    seller_option = fields.Nested(OptionSchema)
    per = fields.String()


class FormulaSchema(Schema):
    """price = coefficient x index + premium, within each month's floor and cap."""

    index = fields.String()
    coefficient = StoredAmount()
    premium_cny_per_unit = StoredAmount()
    index_reference = StoredAmount()


class PriceSchema(Schema):
    """How the price is stated."""

    currency = fields.String()
    tax = fields.String(metadata={"example": "exclusive"})
    place = fields.String(metadata={"description": "seller: prices stand at the seller's named place"})
    formula = fields.Nested(FormulaSchema, allow_none=True)
    quality_cny_per_unit = StoredAmount(metadata={"description": "what the guaranteed quality is counted for"})
    uniform = fields.Boolean(metadata={"description": "one delivered price for the grade and region"})
    exception_gap_cny_per_unit = StoredAmount(
        allow_none=True, metadata={"description": "not null: proposed as an exception to the price rule"}
    )


class DeliverySchema(Schema):
    """Incoterm, freight, and who pays it."""

    incoterm = fields.String(allow_none=True)
    freight_cny_per_unit = StoredAmount()
    freight_cny = fields.Nested(RangeSchema)
    freight_paid_by = fields.String(validate=validate.OneOf(["buyer", "seller"]))


class PaymentSchema(Schema):
    """Days after delivery, and whose terms these are."""

    days = fields.Integer()
    terms_of = fields.String(validate=validate.OneOf(["offer", "need"]))


class ProposalSchema(Schema):
    """A proposed long-term contract, as either party sees it."""

    id = fields.String()
    round_id = fields.String()
    side = fields.String(validate=validate.OneOf(["seller", "buyer"]), metadata={"description": "one's own"})
    order_id = fields.String(metadata={"description": "one's own"})
    seller = fields.Nested(PartySchema)
    buyer = fields.Nested(PartySchema)
    grade_id = fields.String()
    status = fields.String(validate=_STATUS)
    unit_code = fields.String(metadata={"example": "TNE"})
    specification = fields.List(fields.Nested(SpecificationSchema))
    periods = fields.List(fields.Nested(PeriodSchema))
    volume = fields.Nested(FirmRangeSchema)
    volume_band = fields.Nested(VolumeBandSchema)
    price = fields.Nested(PriceSchema)
    value = fields.Nested(ValueSchema)
    delivery = fields.Nested(DeliverySchema)
    payment = fields.Nested(PaymentSchema)
    published_at = fields.AwareDateTime()
    version = fields.Integer()


class ProposalQuery(PageQuery):
    """Which of one's own proposals, in which order; ``-`` sorts downwards."""

    round_id = fields.String()
    order_id = fields.String()
    grade_id = fields.String()
    status = fields.String(validate=_STATUS)
    sort = fields.String(
        load_default="-created_at",
        validate=validate.OneOf([sign + name for name in PROPOSAL_SORTS for sign in ("", "-")]),
    )


ProposalPageSchema = page_of(ProposalSchema)
