"""Fields and schemas that all resources share."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.shared.quantities import amount_text, read_amount

FILE = {"type": "string", "format": "binary"}  # what OpenAPI calls a reply that is no JSON

_DIGITS = re.compile(r"-?[0-9]{1,18}")


class Schema(ma.Schema):
    """Base of all schemas: unknown fields are refused, the order of fields is kept."""

    class Meta:
        """marshmallow's options."""

        unknown = ma.RAISE


class Amount(fields.Field[Decimal]):
    """An exact decimal, written as a string: "120.5".  ``least`` and ``most`` bound it, ends included."""

    def __init__(self, *, least: str | None = None, most: str | None = None, above: str | None = None, **kwargs: Any):
        self.least, self.most, self.above = (None if x is None else Decimal(x) for x in (least, most, above))
        metadata = {"type": "string", "format": "decimal", "example": "120.5", **kwargs.pop("metadata", {})}
        limits = [f"{w} {x}" for w, x in (("at least", least), ("at most", most), ("above", above)) if x is not None]
        if limits:
            metadata.setdefault("description", ", ".join(limits))
        super().__init__(metadata=metadata, **kwargs)

    def _serialize(self, value: Decimal | None, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else amount_text(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Decimal:
        if not isinstance(value, str | int):
            raise ma.ValidationError('write amounts as strings or whole numbers, e.g. "120.5"')
        try:
            amount = read_amount(value)
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None
        if self.least is not None and amount < self.least:
            raise ma.ValidationError(f"is below the least allowed, {self.least}")
        if self.most is not None and amount > self.most:
            raise ma.ValidationError(f"is above the most allowed, {self.most}")
        if self.above is not None and amount <= self.above:
            raise ma.ValidationError(f"must be above {self.above}")
        return amount


class WholeNumber(fields.Integer):
    """A whole number in a query, in plain ASCII digits; ``int`` would take others, spaces and underscores too."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | None:
        if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
            raise self.make_error("invalid", input=value)
        return super()._deserialize(value, attr, data, **kwargs)


class PageQuery(Schema):
    """Which part of a list: at most ``limit`` rows after ``cursor``."""

    cursor = fields.String(metadata={"description": "next_cursor of the page before"})
    limit = WholeNumber(load_default=50, validate=validate.Range(1, 200))


def page_of(item: type[Schema]) -> type[Schema]:
    """The schema of one page of ``item``."""
    name = item.__name__.removesuffix("Schema") + "PageSchema"
    return type(
        name,
        (Schema,),
        {
            "items": fields.List(fields.Nested(item)),
            "next_cursor": fields.String(allow_none=True),
            "__doc__": f"One page of {item.__name__.removesuffix('Schema')}.",
        },
    )
