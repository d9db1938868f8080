"""What the rolling view of coverage looks like outside: volumes in the grade's unit, months as Beijing has them."""

from __future__ import annotations

from marshmallow import fields

from marketplace.api.http.schemas import Amount, Schema
from marketplace.api.v1.contracts.terms_schemas import AmountRangeSchema
from marketplace.api.v1.rounds.schemas import AmountFigureSchema


class CoverageQuery(Schema):
    """Of which grade and site alone."""

    grade_id = fields.String()
    site_id = fields.String()


class CoveredMonthSchema(Schema):
    """A month in parts; no volume is in two of them."""

    period = fields.String(metadata={"example": "2027-01"})
    total = Amount(
        metadata={"description": "需求或供应总量 / signed and proposed as expected + kept_for_options + open"}
    )
    signed = fields.Nested(
        AmountRangeSchema,
        metadata={
            "description": "已签 / contracts awaiting confirmation, in force or suspended, by the version that holds"
        },
    )
    proposed = fields.Nested(
        AmountRangeSchema, metadata={"description": "待答复或待生效的方案 / proposals proposed or agreed"}
    )
    kept_for_options = Amount(
        metadata={"description": "为对方选择权预留 / between what is expected and the most that others may call"}
    )
    open = Amount(metadata={"description": "未落实 / of orders: what can still be traded"})


class CapacityMonthSchema(Schema):
    """A month of one's own places; null: nothing is stated."""

    installed = Amount(allow_none=True)
    staged = Amount(allow_none=True, metadata={"description": "announced on top of what is installed"})
    committed = Amount(
        allow_none=True, metadata={"description": "may be called at most from these places under signed contracts"}
    )
    uncommitted = Amount(
        allow_none=True,
        metadata={"description": "installed + staged - committed; negative: more is promised than is stated"},
    )
    unoffered = Amount(
        allow_none=True, metadata={"description": "uncommitted less proposals at their most and what is open of offers"}
    )


class SuppliedMonthSchema(CoveredMonthSchema):
    """The same of a seller, with its capacity."""

    capacity = fields.Nested(CapacityMonthSchema)


class CoveredNeedSiteSchema(Schema):
    """One site of one's own; null for contracts whose order is another organisation's."""

    site_id = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    months = fields.List(fields.Nested(CoveredMonthSchema))


class CoveredNeedSchema(Schema):
    """One grade that is needed: as it was asked for, goods of another grade at what they stand for."""

    grade_id = fields.String()
    unit_code = fields.String(metadata={"example": "TNE"})
    months = fields.List(fields.Nested(CoveredMonthSchema), metadata={"description": "all sites together"})
    sites = fields.List(fields.Nested(CoveredNeedSiteSchema))


class CoverageOfNeedsSchema(Schema):
    """The rolling view of a buyer."""

    months = fields.List(fields.String(), metadata={"description": "from the present Beijing month on"})
    items = fields.List(fields.Nested(CoveredNeedSchema))


class CoveredSupplySiteSchema(Schema):
    """One site of one's own; null for contracts whose order is another organisation's."""

    site_id = fields.String(allow_none=True)
    name = fields.String(allow_none=True)
    months = fields.List(fields.Nested(SuppliedMonthSchema))


class CoveredSupplySchema(Schema):
    """One grade that is offered or made, as it is delivered."""

    grade_id = fields.String()
    unit_code = fields.String(metadata={"example": "TNE"})
    months = fields.List(fields.Nested(SuppliedMonthSchema), metadata={"description": "all sites together"})
    sites = fields.List(fields.Nested(CoveredSupplySiteSchema))


class CoverageOfSupplySchema(Schema):
    """The rolling view of a seller."""

    months = fields.List(fields.String(), metadata={"description": "from the present Beijing month on"})
    items = fields.List(fields.Nested(CoveredSupplySchema))


class MonthOfAllSchema(Schema):
    """One month over all organisations: to 3 significant digits, each figure of at least five parties on each side."""

    period = fields.String(metadata={"example": "2027-01"})
    signed = fields.Nested(AmountFigureSchema)
    proposed = fields.Nested(AmountFigureSchema)
    open_offers = fields.Nested(
        AmountFigureSchema, metadata={"description": "left of offers that a round has cleared; sealed ones never count"}
    )
    open_needs = fields.Nested(AmountFigureSchema)
    capacity = fields.Nested(AmountFigureSchema, metadata={"description": "installed and staged"})


class CoverageOfAllSchema(Schema):
    """One grade over all organisations."""

    grade_id = fields.String()
    unit_code = fields.String()
    months = fields.List(fields.Nested(MonthOfAllSchema))
