"""The terms of proposals and contracts as their parties read them.

Volumes in the grade's unit, prices CNY per unit, tax exclusive.
"""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Schema
from marketplace.api.v1.rounds.plans import StoredAmount
from marketplace.orders.rules.kinds import INSTRUMENTS, PARTIES, QUOTATION_BASES, QUOTATION_MONTHS


class ProposedSpecificationSchema(Schema):
    """One attribute: what the seller guarantees, what the buyer accepts."""

    attribute = fields.String()
    guaranteed = StoredAmount(allow_none=True)
    at_least = StoredAmount(allow_none=True)
    at_most = StoredAmount(allow_none=True)


class AmountRangeSchema(Schema):
    """A least, an expected and a greatest amount."""

    minimum = StoredAmount()
    expected = StoredAmount()
    maximum = StoredAmount()


class FirmAmountRangeSchema(AmountRangeSchema):
    """The same, and which of the three is firm."""

    firm = fields.String(metadata={"description": "take-or-pay and ship-or-pay reach down to this end"})


class ProposedValueSchema(FirmAmountRangeSchema):
    """Value of the goods at the seller's place, freight apart: least volume x floor … greatest volume x cap."""

    currency = fields.String()
    tax = fields.String()


class ProposedPeriodSchema(Schema):
    """One month: its volumes in whole quanta of the grade, and its prices at the seller's place and at the buyer's."""

    period = fields.String(metadata={"example": "2027-01"})
    volume = fields.Nested(AmountRangeSchema)
    of_firm_capacity = StoredAmount(
        metadata={"description": "of the expected volume, what the seller's firm capacity covers; the rest is planned"}
    )
    reference = StoredAmount()
    floor = StoredAmount()
    cap = StoredAmount()
    landed_reference = StoredAmount(
        metadata={"description": "reference + freight: what the goods cost at the buyer's place"}
    )
    delivered_reference = StoredAmount(
        metadata={"description": "reference + freight - quality: as in the published prices, whatever the quality"}
    )


class ProposedSpanSchema(AmountRangeSchema):
    """Months over which the lower end of an option is counted, and what may be called in all of them together."""

    first = fields.String(metadata={"example": "2027-01"})
    last = fields.String(metadata={"example": "2027-03"})


class ProposedOptionSchema(Schema):
    """How far the holder may leave the agreed volume, as fractions of it."""

    down = StoredAmount(metadata={"description": "over the span"})
    up = StoredAmount(metadata={"description": "in every month"})
    per = fields.String(validate=validate.OneOf(["period", "quarter", "year"]))
    make_up_months = fields.Integer(
        allow_none=True,
        metadata={"description": "within so many months what was called less may be called, where room is left"},
    )
    notice_days = fields.Integer(metadata={"description": "before a month begins in which another volume is called"})
    spans = fields.List(fields.Nested(ProposedSpanSchema), metadata={"description": "of an option per quarter or year"})


class ProposedVolumeBandSchema(Schema):
    """Whose option reaches how far; the two are not added."""

    buyer_option = fields.Nested(ProposedOptionSchema)
    seller_option = fields.Nested(ProposedOptionSchema)


class ProposedQuotationSchema(Schema):
    """Which quotations of the index make the price of a month of delivery."""

    month = fields.String(validate=validate.OneOf(QUOTATION_MONTHS))
    basis = fields.String(validate=validate.OneOf(QUOTATION_BASES))
    dates = fields.List(fields.String(metadata={"format": "date"}), allow_none=True)


class FormulaComponentSchema(Schema):
    """An index or a fixed price (CNY per unit of it), times content (t/t), times coefficient, each 1 if left out."""

    index = fields.String()
    fixed = StoredAmount()
    content = StoredAmount()
    content_attribute = fields.String(
        metadata={"description": "含量按化验值 / content by the certificate's assay, until then as guaranteed"}
    )
    coefficient = StoredAmount(metadata={"description": "计价系数 / payable share"})


class ProposedFormulaSchema(Schema):
    """The price within each month's floor and cap.

    coefficient x index + premium; or, priced by what the goods contain, the sum of components + processing fee +
    premium, which parties agree on by a counter or an amendment.
    """

    index = fields.String()
    coefficient = StoredAmount()
    components = fields.List(
        fields.Nested(FormulaComponentSchema), metadata={"description": "instead of index and coefficient"}
    )
    processing_fee_cny_per_unit = StoredAmount(metadata={"description": "加工费，与 components 同列 / with components"})
    premium_cny_per_unit = StoredAmount()
    index_reference = StoredAmount(metadata={"description": "the index in the first month, the mean of all paths"})
    index_references = fields.Dict(
        keys=fields.String(), values=StoredAmount(), metadata={"description": "the same, of each index of components"}
    )
    quotation = fields.Nested(ProposedQuotationSchema)


class ProposedPriceSchema(Schema):
    """How the price is stated."""

    currency = fields.String()
    tax = fields.String(metadata={"example": "exclusive"})
    place = fields.String(metadata={"description": "seller: prices stand at the seller's named place"})
    formula = fields.Nested(ProposedFormulaSchema, allow_none=True)
    quality_cny_per_unit = StoredAmount(metadata={"description": "what the guaranteed quality is counted for"})
    uniform = fields.Boolean(metadata={"description": "one delivered price for the grade and region"})
    exception_gap_cny_per_unit = StoredAmount(
        allow_none=True, metadata={"description": "not null: proposed as an exception to the price rule"}
    )


class ProposedDeliverySchema(Schema):
    """Incoterm, freight, and who pays it."""

    incoterm = fields.String(
        allow_none=True,
        metadata={
            "description": "null: neither order names any, so any will do: the parties agree on one. "
            "Until then the price stands at the seller's place and the buyer pays the freight (自提)"
        },
    )
    freight_cny_per_unit = StoredAmount()
    freight_cny = fields.Nested(AmountRangeSchema)
    freight_paid_by = fields.String(validate=validate.OneOf(["buyer", "seller"]))
    invoice_form = fields.String(allow_none=True)
    dangerous_goods_class = fields.String(allow_none=True)


class SmallSupplierWaitSchema(Schema):
    """How long a small supplier waits for its money, and how long it may at most by the round's rules."""

    wait_days = fields.Integer(
        metadata={"description": "from delivery; an acceptance counts until it is due, unless the buyer discounts it"}
    )
    limit_days = fields.Integer()


class ProposedPaymentSchema(Schema):
    """The whole payment terms (docs/model.md 1.1c), and whose they are."""

    days = fields.Integer(metadata={"description": "after delivery, for what is neither prepaid nor deposited"})
    prepaid_fraction = StoredAmount(allow_none=True)
    prepaid_offset_months = fields.Integer(allow_none=True, metadata={"description": "before each delivery"})
    deposit_fraction = StoredAmount(
        allow_none=True, metadata={"description": "paid at signing, counted back on every delivery alike"}
    )
    instrument = fields.String(validate=validate.OneOf(INSTRUMENTS))
    tenor_days = fields.Integer(allow_none=True)
    discount_borne_by = fields.String(validate=validate.OneOf(PARTIES), allow_none=True)
    late_for_small_supplier = fields.Boolean(
        metadata={"description": "小微企业收款超过规定期限 / a small supplier waits longer than the round's days"}
    )
    small_supplier = fields.Nested(
        SmallSupplierWaitSchema,
        allow_none=True,
        metadata={"description": "null: the seller is none, or the round lays down no days"},
    )
    terms_of = fields.String(validate=validate.OneOf(["offer", "need"]))


class ProposedAlternateSchema(Schema):
    """In place of which grade the goods are bought, and how many units of theirs stand for one of that."""

    asked_grade_id = fields.String(metadata={"description": "买方所求牌号 / the grade that the buyer asked for"})
    ratio = StoredAmount(metadata={"description": "每单位需求所需量 / units of the goods for one unit asked"})


class ProposedTollingSchema(Schema):
    """What the buyer's material is worked to; the fee is part of the price."""

    grade = fields.String()
    yield_fraction = StoredAmount()
    loss_limit = StoredAmount()
    title = fields.String(validate=validate.OneOf(["seller", "buyer"]))


class ProposedWishSchema(Schema):
    """One wish by the pointer of its value below ``contract_wishes``."""

    wish = fields.String(metadata={"example": "take_or_pay/fraction"})
    value = fields.Raw()


class ConflictingWishSchema(Schema):
    """One wish in which both sides differ, for them to settle."""

    wish = fields.String(metadata={"example": "resale_ban"})
    seller = fields.Raw()
    buyer = fields.Raw()


class ProposedWishesSchema(Schema):
    """What both parties wish of the contract; shown to them alone."""

    agreed = fields.List(fields.Nested(ProposedWishSchema))
    seller_only = fields.List(fields.Nested(ProposedWishSchema))
    buyer_only = fields.List(fields.Nested(ProposedWishSchema))
    conflicts = fields.List(fields.Nested(ConflictingWishSchema))


class ClausePromiseSchema(Schema):
    """Take or pay, ship or pay: which part of the volume, and how long what was missed may be made up."""

    fraction = StoredAmount()
    make_up_months = fields.Integer()


class ClauseReopenerSchema(Schema):
    """When the price is negotiated anew, and what holds if nothing is agreed."""

    trigger = StoredAmount()
    consecutive_months = fields.Integer()
    negotiation_days = fields.Integer()
    result_if_none = fields.String()


class ClauseQualityClaimSchema(Schema):
    """How quality and quantity are objected to."""

    objection_days = fields.Integer()
    retained_sample = fields.Boolean()
    umpire_laboratory = fields.String()
    assay_split = StoredAmount(metadata={"description": "in the attribute's own unit"})
    weighing_tolerance = StoredAmount()


class ClausesSchema(Schema):
    """Everything else that the contract says; null: no such clause."""

    reservation_fee = StoredAmount(allow_none=True, metadata={"description": "CNY per unit"})
    take_or_pay = fields.Nested(ClausePromiseSchema, allow_none=True)
    ship_or_pay = fields.Nested(ClausePromiseSchema, allow_none=True)
    reopener = fields.Nested(ClauseReopenerSchema, allow_none=True)
    exclusivity = fields.Boolean(allow_none=True)
    resale_ban = fields.Boolean(allow_none=True)
    most_favoured = fields.Boolean(allow_none=True)
    quality_claim = fields.Nested(ClauseQualityClaimSchema)
    certificates = fields.List(fields.String())
    vat_rate = StoredAmount()
    deviation_charge = StoredAmount()
    force_majeure_notice_days = fields.Integer()
    force_majeure_longest_days = fields.Integer()
    cure_days = fields.Integer()


class TermsSchema(Schema):
    """Everything that both parties agree on; neither party's limit."""

    unit_code = fields.String(metadata={"example": "TNE"})
    alternate = fields.Nested(
        ProposedAlternateSchema,
        allow_none=True,
        metadata={"description": "not null: the goods are of another grade than the buyer asked for, which accepts it"},
    )
    specification = fields.List(fields.Nested(ProposedSpecificationSchema))
    periods = fields.List(fields.Nested(ProposedPeriodSchema))
    volume = fields.Nested(FirmAmountRangeSchema)
    volume_band = fields.Nested(ProposedVolumeBandSchema)
    price = fields.Nested(ProposedPriceSchema)
    value = fields.Nested(ProposedValueSchema)
    delivery = fields.Nested(ProposedDeliverySchema)
    tolling = fields.Nested(ProposedTollingSchema, allow_none=True)
    wishes = fields.Nested(ProposedWishesSchema)
    clauses = fields.Nested(ClausesSchema)
    payment = fields.Nested(ProposedPaymentSchema)
    relaxed = fields.List(
        fields.String(validate=validate.OneOf(["must_serve", "small_supplier_share"])),
        metadata={"description": "为本轮放宽的规则 / rules of the round about this trade that had to be relaxed"},
    )
