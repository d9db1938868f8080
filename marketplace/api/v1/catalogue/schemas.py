"""What commodities and grades look like outside."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.catalogue.rules.grades import DIRECTIONS, RATIOS, SOURCES, STAGES
from marketplace.catalogue.rules.units import UNITS

_DECIMAL_TEXT = {"format": "decimal", "example": "99.50"}
_SOURCE = "read: read in a source; common_knowledge: known to the trade, to be checked"


class CommoditySchema(Schema):
    """A kind of goods of the chain."""

    id = fields.String(required=True, metadata={"example": "lithium-carbonate"})
    name_zh = fields.String(required=True, metadata={"example": "碳酸锂"})
    name_en = fields.String(required=True, metadata={"example": "Lithium carbonate"})
    stage = fields.String(required=True, validate=validate.OneOf(list(STAGES)))
    version = fields.Integer(dump_only=True)


class CommodityChangeSchema(Schema):
    """The fields of a commodity that change; those left out stay."""

    name_zh = fields.String()
    name_en = fields.String()
    stage = fields.String(validate=validate.OneOf(list(STAGES)))


class UnitSchema(Schema):
    """A unit of quantity."""

    code = fields.String(metadata={"description": "UN/CEFACT Recommendation 20", "example": "TNE"})
    symbol = fields.String(metadata={"example": "t"})
    name_zh = fields.String()
    name_en = fields.String()


class AttributeSchema(Schema):
    """One property that a specification may speak of, with the limits usual in the trade."""

    code = fields.String(required=True, metadata={"example": "Li2CO3_pct"})
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    unit = fields.String(required=True, metadata={"example": "%"})
    direction = fields.String(
        required=True,
        validate=validate.OneOf(DIRECTIONS),
        metadata={"description": "higher or lower is better, or a target is"},
    )
    typical_at_least = fields.String(allow_none=True, metadata=_DECIMAL_TEXT)
    typical_at_most = fields.String(allow_none=True, metadata=_DECIMAL_TEXT)
    source = fields.String(required=True, validate=validate.OneOf(SOURCES), metadata={"description": _SOURCE})


class ConversionSchema(Schema):
    """How a volume reads in another measure.

    One grade unit is ``factor`` target units (``per`` = grade_unit), or one target unit is ``factor`` grade
    units (target_unit); with an ``attribute`` the factor is multiplied by its value in the order.
    """

    code = fields.String(required=True, metadata={"example": "lce"})
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    unit_code = fields.String(required=True, validate=validate.OneOf(list(UNITS)))
    factor = fields.String(required=True, metadata={"format": "decimal", "example": "0.880"})
    per = fields.String(required=True, validate=validate.OneOf(RATIOS))
    attribute = fields.String(allow_none=True, metadata={"example": "energy_Wh"})
    source = fields.String(required=True, validate=validate.OneOf(SOURCES), metadata={"description": _SOURCE})


class GradeSchema(Schema):
    """A commodity in one quality: what an order names."""

    id = fields.String(required=True, metadata={"example": "lithium-carbonate-battery"})
    commodity_id = fields.String(required=True, metadata={"example": "lithium-carbonate"})
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    unit_code = fields.String(
        required=True,
        validate=validate.OneOf(list(UNITS)),
        metadata={"description": "unit of all volumes; UN/CEFACT Recommendation 20"},
    )
    unit = fields.Nested(UnitSchema, dump_only=True)
    quantum = Amount(required=True, metadata={"description": "volumes are whole multiples of it", "example": "0.001"})
    hs_code = fields.String(allow_none=True, metadata={"example": "2836.91"})
    standard = fields.String(allow_none=True, metadata={"example": "YS/T 582-2023"})
    source = fields.String(required=True, validate=validate.OneOf(SOURCES), metadata={"description": _SOURCE})
    note = fields.String(allow_none=True)
    attributes = fields.List(fields.Nested(AttributeSchema))
    conversions = fields.List(fields.Nested(ConversionSchema))
    version = fields.Integer(dump_only=True)


class GradeChangeSchema(Schema):
    """The fields of a grade that change; those left out stay.  Commodity and unit never change."""

    name_zh = fields.String()
    name_en = fields.String()
    quantum = Amount(metadata={"description": "can only become finer, by a whole factor"})
    hs_code = fields.String(allow_none=True)
    standard = fields.String(allow_none=True)
    source = fields.String(validate=validate.OneOf(SOURCES))
    note = fields.String(allow_none=True)
    attributes = fields.List(fields.Nested(AttributeSchema), metadata={"description": "the whole list"})
    conversions = fields.List(fields.Nested(ConversionSchema), metadata={"description": "the whole list"})


class CommodityQuery(PageQuery):
    """Which commodities, in which order."""

    stage = fields.String(validate=validate.OneOf(list(STAGES)))
    sort = fields.String(load_default="id", validate=validate.OneOf(["id", "-id"]))


class GradeQuery(PageQuery):
    """Which grades, in which order; ``-`` sorts downwards."""

    commodity_id = fields.String()
    unit_code = fields.String(validate=validate.OneOf(list(UNITS)))
    sort = fields.String(
        load_default="id",
        validate=validate.OneOf(["id", "-id", "name_en", "-name_en", "commodity_id", "-commodity_id"]),
    )


CommodityPageSchema = page_of(CommoditySchema)
GradePageSchema = page_of(GradeSchema)
