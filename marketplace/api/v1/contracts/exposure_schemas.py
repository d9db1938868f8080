"""What price exposure looks like outside.  Money in CNY, tax exclusive, at the seller's place, freight apart."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, Schema
from marketplace.api.v1.contracts.terms_schemas import AmountRangeSchema
from marketplace.contracts.rules.coverage import MONTHS_COVERED, SIDES
from marketplace.contracts.rules.exposure import MOST_PATHS
from marketplace.contracts.rules.lifecycle import COMMITTED

_SIDE = validate.OneOf(list(SIDES))


class GivenPathSchema(Schema):
    """One way that index prices may go: ``history_from`` or ``indices``."""

    name = fields.String(metadata={"example": "2021 年行情重演"})
    history_from = fields.String(
        metadata={
            "example": "2021-07",
            "description": "as if the present month were this one, by what the indices were from there on",
        }
    )
    indices = fields.Dict(
        keys=fields.String(),
        values=fields.Raw(),
        metadata={
            "example": {"LC-CN": {"2027-01": "98000", "2027-02": "99000"}},
            "description": "price by month, as the index is quoted, in every month that a contract's price follows",
        },
    )


class PriceExposureBody(Schema):
    """Whose side, along which paths; of some months or one grade alone, if asked."""

    side = fields.String(required=True, validate=_SIDE, metadata={"description": "buyer: cost; seller: earnings"})
    paths = fields.List(fields.Nested(GivenPathSchema), required=True, validate=validate.Length(1, MOST_PATHS))
    months = fields.Integer(
        strict=True,
        load_default=MONTHS_COVERED,
        validate=validate.Range(1, MONTHS_COVERED),
        metadata={"description": "how many, from the present Beijing month on"},
    )
    grade_id = fields.String(metadata={"description": "as it is delivered"})


class PathPriceSchema(Schema):
    """What the path has an index stand at."""

    index = fields.String()
    month = fields.String(metadata={"description": "of quotation"})
    value = Amount(metadata={"description": "as the index is quoted"})
    taken_from = fields.String(allow_none=True, metadata={"description": "the month of the past that stands for it"})


class ExposureSumSchema(Schema):
    """What months come to, each rounded to 0.01 CNY before they are added."""

    value = fields.Nested(
        AmountRangeSchema, metadata={"description": "at least, expected and greatest volume of each month by itself"}
    )
    reference_value = Amount(metadata={"description": "the expected volume at the reference prices"})
    difference = Amount(metadata={"description": "value.expected - reference_value"})


class MonthExposureSchema(ExposureSumSchema):
    """A contract in a month of delivery."""

    period = fields.String(metadata={"example": "2027-01"})
    volume = fields.Nested(AmountRangeSchema)
    price = Amount(metadata={"description": "CNY per unit, as settlement computes it"})
    limited_by = fields.String(
        allow_none=True,
        validate=validate.OneOf(["floor", "cap"]),
        metadata={"description": "保底价或封顶价 / which of both holds the price; null: neither"},
    )
    reference = Amount()
    price_difference = Amount(metadata={"description": "price - reference"})


class ContractExposureSchema(Schema):
    """A contract along the path."""

    contract_id = fields.String()
    number = fields.String()
    status = fields.String(validate=validate.OneOf(sorted(COMMITTED)))
    grade_id = fields.String()
    unit_code = fields.String()
    as_monthly_mean = fields.Boolean(
        metadata={
            "description": "true: it settles by another quotation than the mean of a month (days, a settlement price), "
            "and is shown as if by that"
        }
    )
    months = fields.List(fields.Nested(MonthExposureSchema))
    total = fields.Nested(ExposureSumSchema)


class MonthSumSchema(ExposureSumSchema):
    """All contracts in a month."""

    period = fields.String()


class GradeSumSchema(ExposureSumSchema):
    """All contracts of a grade."""

    grade_id = fields.String()


class PathExposureSchema(Schema):
    """All contracts along one path."""

    name = fields.String(allow_none=True)
    history_from = fields.String(allow_none=True)
    prices = fields.List(fields.Nested(PathPriceSchema), metadata={"description": "those that contracts follow"})
    contracts = fields.List(fields.Nested(ContractExposureSchema))
    by_month = fields.List(fields.Nested(MonthSumSchema))
    by_grade = fields.List(fields.Nested(GradeSumSchema))
    total = fields.Nested(ExposureSumSchema)


class PriceExposureSchema(Schema):
    """What signed contracts cost a buyer, or earn a seller, path by path in the order asked."""

    side = fields.String(validate=_SIDE)
    months = fields.List(fields.String(), metadata={"description": "of delivery"})
    paths = fields.List(fields.Nested(PathExposureSchema))
