"""What payments and statements look like to both parties of a contract."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.api.v1.rounds.plans import StoredAmount
from marketplace.contracts.rules.lifecycle import STATEMENT
from marketplace.contracts.rules.settlement.payments import KINDS
from marketplace.contracts.rules.settlement.statement import KINDS as LINES

_MONTH = {"example": "2027-01"}
_CNY = {"description": "CNY"}


class MoneyEntryBody(Schema):
    """Money received from the buyer, or paid back to it."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    month = fields.String(
        load_default=None,
        metadata={"description": "that a prepayment or settlement is for; none of a deposit", **_MONTH},
    )
    amount = Amount(required=True, metadata={"description": "CNY with tax, whole cents; negative: paid back"})
    paid_on = fields.Date(required=True)
    reference = fields.String(required=True, metadata={"description": "of the bank", "example": "工行 20270105-0031"})


class MoneyEntrySchema(Schema):
    """An entry of money."""

    number = fields.Integer()
    kind = fields.String(validate=validate.OneOf(KINDS))
    month = fields.String(allow_none=True, metadata=_MONTH)
    amount = Amount(metadata=_CNY)
    paid_on = fields.Date()
    reference = fields.String()
    moment = fields.AwareDateTime()


class MoneyEntriesSchema(Schema):
    """All entries, in the order made."""

    items = fields.List(fields.Nested(MoneyEntrySchema))


class SettlementStatementBody(Schema):
    """Which month is stated, and how."""

    kind = fields.String(required=True, validate=validate.OneOf(["provisional", "final"]))
    month = fields.String(required=True, metadata=_MONTH)


class CorrectionBody(Schema):
    """The first month to be stated anew, and why."""

    month = fields.String(required=True, metadata=_MONTH)
    reason = fields.String(required=True, metadata={"example": "指数发布方更正了 1 月 5 日的报价"})


class StatementConfirmationBody(Schema):
    """Which figures were read."""

    hash = fields.String(required=True, metadata={"example": "sha256:…"})


class StatementDisputeBody(Schema):
    """Why the figures are not agreed to."""

    reason = fields.String(required=True, metadata={"example": "2 号批次重量有误"})


class StatementLineSchema(Schema):
    """One line: what for, how it was worked out, how much."""

    kind = fields.String(validate=validate.OneOf(list(LINES)))
    working = fields.String(metadata={"example": "98 × 97500"})
    amount = StoredAmount(metadata={"description": "CNY; owed by the seller if negative"})


class InvoiceLineSchema(Schema):
    """One line of the seller's invoice."""

    kind = fields.String()
    description_zh = fields.String()
    description_en = fields.String()
    working = fields.String()
    quantity = StoredAmount(allow_none=True, metadata={"description": "null: the line is no quantity at a price"})
    unit_code = fields.String(metadata={"description": "UN/CEFACT Recommendation 20", "example": "TNE"})
    unit_price_cny = StoredAmount(allow_none=True, metadata={"description": "tax exclusive"})
    amount_cny = StoredAmount(metadata={"description": "tax exclusive"})
    tax_rate = StoredAmount()
    tax_cny = StoredAmount()
    total_cny = StoredAmount()


class VolumeCreditSchema(Schema):
    """Volume paid for and not taken, which may be made up."""

    month = fields.String(metadata=_MONTH)
    volume = StoredAmount()
    amount = StoredAmount(metadata=_CNY)
    until = fields.String(metadata={"description": "the last month in which it may be made up", **_MONTH})


class BalancesSchema(Schema):
    """What the parties have between them."""

    prepaid = StoredAmount(metadata=_CNY)
    deposit = StoredAmount(metadata=_CNY)
    credits = fields.List(fields.Nested(VolumeCreditSchema))


class StatedVolumesSchema(Schema):
    """The volumes that a month's amounts rest on, in the grade's unit."""

    called = StoredAmount()
    accepted = StoredAmount(metadata={"description": "received and not rejected"})
    buyer_excused = StoredAmount(metadata={"description": "need not have been called"})
    seller_excused = StoredAmount(metadata={"description": "need not have been delivered"})
    closes_span = fields.Boolean(metadata={"description": "whether the seller's option is judged in this month"})
    earlier_called = StoredAmount(metadata={"description": "in the earlier months of the option's span"})
    earlier_delivered = StoredAmount(metadata={"description": "accepted or excused then"})


class StatedDeliverySchema(Schema):
    """A shipment that was received."""

    shipment = fields.Integer()
    lot = fields.String()
    counted = StoredAmount()
    rejected = StoredAmount()
    certificate = fields.Integer(allow_none=True)


class StatedMonthSchema(Schema):
    """A month with every figure that it rests on."""

    month = fields.String(metadata=_MONTH)
    price = StoredAmount(metadata={"description": "CNY per unit, tax exclusive"})
    priced = fields.Dict(metadata={"description": "lines of the calculation, and the quotes used with their vintages"})
    volumes = fields.Nested(StatedVolumesSchema)
    deliveries = fields.List(fields.Nested(StatedDeliverySchema))
    payments = fields.List(fields.Integer(), metadata={"description": "numbers of those counted from this month on"})
    before = fields.Nested(BalancesSchema)
    lines = fields.List(fields.Nested(StatementLineSchema))
    after = fields.Nested(BalancesSchema)
    reversed = fields.List(
        fields.Nested(StatementLineSchema), metadata={"description": "the entry that takes the earlier statement back"}
    )
    difference = fields.List(
        fields.Nested(StatementLineSchema), allow_none=True, metadata={"description": "to the earlier one, by kind"}
    )
    payable = StoredAmount(metadata={"description": "CNY: the lines less those of the earlier statement"})
    invoice = fields.List(fields.Nested(InvoiceLineSchema))
    invoice_reversed = fields.List(
        fields.Nested(InvoiceLineSchema), metadata={"description": "what takes the earlier statement's invoice back"}
    )


class SettlementStatementSchema(Schema):
    """What is owed for a month, or what a correction of one or more comes to."""

    number = fields.Integer()
    kind = fields.String(validate=validate.OneOf(["provisional", "final", "correction"]))
    month = fields.String(metadata=_MONTH)
    status = fields.String(validate=validate.OneOf(STATEMENT.statuses))
    drawn_by = fields.String(validate=validate.OneOf(["seller", "buyer"]))
    payable = Amount(metadata={"description": "CNY with tax, by the buyer; by the seller if negative"})
    months = fields.List(fields.Nested(StatedMonthSchema))
    hash = fields.String()
    reason = fields.String(allow_none=True)
    drawn_at = fields.AwareDateTime()
    dispute_by = fields.AwareDateTime(metadata={"description": "from then on silence is consent"})
    ended_at = fields.AwareDateTime(allow_none=True)


class SettlementStatementQuery(PageQuery):
    """Which statements of the contract."""

    month = fields.String(metadata=_MONTH)


SettlementStatementPageSchema = page_of(SettlementStatementSchema)
