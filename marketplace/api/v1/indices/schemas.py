"""What indices, quotes and monthly prices look like outside."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.catalogue.rules.units import UNITS
from marketplace.indices.queries import SORTS
from marketplace.indices.rules.definitions import CURRENCIES, FREQUENCIES, LEAST_CONTRIBUTORS, TAX_BASES, Definition
from marketplace.indices.rules.month_prices import REASONS
from marketplace.indices.rules.quotes import BASES

_CONTRIBUTORS = f"independent firms behind an index of one's own making; below {LEAST_CONTRIBUTORS} it is withheld"
_AGE = "how old, at the month's first day, a last quote may be that stands in for a month without quotes"

_DIVERGENCE = "fraction of the fallback's value by which it may differ from it; beyond, the fallback stands in"
_BASIS = "series of the index: its own values (mean), an exchange's settlement prices, futures"


class IndexSchema(Schema):
    """A price that contracts may follow."""

    id = fields.String(required=True, metadata={"example": "LC-CN"})
    name_zh = fields.String(required=True)
    name_en = fields.String(required=True)
    unit_code = fields.String(required=True, validate=validate.OneOf(list(UNITS)), metadata={"example": "TNE"})
    currency = fields.String(required=True, validate=validate.OneOf(CURRENCIES))
    source = fields.String(required=True, metadata={"description": "who publishes it, and where"})
    frequency = fields.String(required=True, validate=validate.OneOf(FREQUENCIES))
    tax_basis = fields.String(required=True, validate=validate.OneOf(TAX_BASES))
    tax_rate = Amount(required=True, metadata={"example": "0.13"})
    rounding = Amount(required=True, metadata={"description": "step of the monthly mean", "example": "0.01"})
    contributors = fields.Integer(allow_none=True, metadata={"description": _CONTRIBUTORS})
    largest_share = Amount(allow_none=True, metadata={"description": "fraction of its largest contributor"})
    dominance_limit = Amount(allow_none=True, metadata={"description": "greatest fraction one contributor may have"})
    fallback_id = fields.String(allow_none=True, metadata={"description": "index that stands in when it has no price"})
    fallback_max_age_days = fields.Integer(metadata={"description": _AGE})
    divergence_limit = Amount(allow_none=True, metadata={"description": _DIVERGENCE, "example": "0.1"})
    divergence_days = fields.Integer(allow_none=True, metadata={"description": "on so many days on end"})
    withheld = fields.Boolean(dump_only=True)
    version = fields.Integer(dump_only=True)


class NewIndexSchema(IndexSchema):
    """An index to be defined."""

    @post_load
    def _definition(self, document: dict[str, Any], **_: Any) -> Definition:
        return Definition(**document)


class IndexChangeSchema(Schema):
    """The fields of an index that change; those left out stay, all others never change."""

    name_zh = fields.String()
    name_en = fields.String()
    source = fields.String()
    contributors = fields.Integer(allow_none=True, metadata={"description": _CONTRIBUTORS})
    largest_share = Amount(allow_none=True)
    dominance_limit = Amount(allow_none=True)
    fallback_id = fields.String(allow_none=True)
    fallback_max_age_days = fields.Integer(metadata={"description": _AGE})
    divergence_limit = Amount(allow_none=True)
    divergence_days = fields.Integer(allow_none=True)


class QuoteSchema(Schema):
    """What an index was on a day; the greatest vintage holds."""

    day = fields.Date(required=True)
    value = Amount(required=True, metadata={"example": "98000", "description": "above 0, at most 10000000"})
    vintage = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class QuotesSchema(Schema):
    """Quotes to be entered; all or none are stored."""

    quotes = fields.List(fields.Nested(QuoteSchema), required=True)
    basis = fields.String(load_default="mean", validate=validate.OneOf(BASES), metadata={"description": _BASIS})
    corrections = fields.Boolean(
        load_default=False, metadata={"description": "whether another value for a day quoted already is meant"}
    )


class QuoteReportSchema(Schema):
    """What became of quotes sent."""

    entered = fields.Integer()
    unchanged = fields.Integer()
    corrected = fields.Integer()


class RebasingSchema(Schema):
    """A change of an index's base, as its publisher made it; the greatest vintage of a day holds."""

    from_day = fields.Date(required=True)
    factor = Amount(
        required=True,
        metadata={"description": "values quoted from that day on times this are on the base before", "example": "1.25"},
    )
    source = fields.String(required=True, metadata={"description": "where the publisher says so"})
    vintage = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class NewRebasingSchema(RebasingSchema):
    """A change of base to be entered."""

    correction = fields.Boolean(
        load_default=False, metadata={"description": "whether another factor for a day that has one is meant"}
    )


class RebasingsSchema(Schema):
    """All changes of an index's base, superseded ones as well."""

    items = fields.List(fields.Nested(RebasingSchema))


class PriceReasonSchema(Schema):
    """Why an index was passed over, or how it came to its price."""

    index_id = fields.String()
    kind = fields.String(validate=validate.OneOf(REASONS))
    first_day = fields.Date(allow_none=True)
    last_day = fields.Date(allow_none=True)


class MonthPriceSchema(Schema):
    """What an index is worth in a month, and what that rests on."""

    index_id = fields.String()
    month = fields.String(metadata={"example": "2026-11"})
    value = Amount(attribute="price.value")
    basis = fields.String(
        attribute="price.basis",
        validate=validate.OneOf(["mean", "carried"]),
        metadata={"description": "mean: of the month's quotes; carried: the last quote before the month"},
    )
    quotes = fields.Integer(attribute="price.quotes", metadata={"description": "how many quotes it rests on"})
    first_day = fields.Date(attribute="price.first_day")
    last_day = fields.Date(attribute="price.last_day")
    from_index_id = fields.String(attribute="from_index.id")
    fallback = fields.Boolean(metadata={"description": "whether another index stood in"})
    reasons = fields.List(
        fields.Nested(PriceReasonSchema), metadata={"description": "why; empty: the index's own quotes of the month"}
    )
    provisional = fields.Boolean(metadata={"description": "whether the month still runs"})
    unit_code = fields.String(attribute="from_index.unit_code")
    currency = fields.String(attribute="from_index.currency")
    tax_basis = fields.String(attribute="from_index.tax_basis")
    tax_rate = Amount(attribute="from_index.tax_rate")


class IndexQuery(PageQuery):
    """Which indices, in which order; ``-`` sorts downwards."""

    unit_code = fields.String(validate=validate.OneOf(list(UNITS)))
    frequency = fields.String(validate=validate.OneOf(FREQUENCIES))
    sort = fields.String(
        load_default="id", validate=validate.OneOf([sign + name for name in SORTS for sign in ("", "-")])
    )


class QuoteQuery(PageQuery):
    """Which quotes, in which order."""

    from_day = fields.Date()
    to_day = fields.Date()
    basis = fields.String(load_default="mean", validate=validate.OneOf(BASES), metadata={"description": _BASIS})
    all_vintages = fields.Boolean(load_default=False, metadata={"description": "superseded ones as well"})
    sort = fields.String(load_default="day", validate=validate.OneOf(["day", "-day"]))


class MonthQuery(Schema):
    """Which month."""

    month = fields.String(required=True, metadata={"example": "2026-11"})


IndexPageSchema = page_of(IndexSchema)
QuotePageSchema = page_of(QuoteSchema)
