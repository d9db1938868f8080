"""Fields of the order schemas: they check the shape and describe the limits; the order book's rules judge values.

So every value that is wrong comes back in one answer, with its pointer and its limit.
Values stay as they were sent: an order's terms are stored as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields

from marketplace.api.http.schemas import Schema


class AmountText(fields.Field[Any]):
    """An exact decimal as a string; ``least``, ``most``, ``above`` are told, and judged by the rules."""

    def __init__(
        self,
        text: str,
        *,
        example: str,
        least: Decimal | None = None,
        most: Decimal | None = None,
        above: Decimal | None = None,
        **options: Any,
    ) -> None:
        limits = (("at least", least), ("above", above), ("at most", most))
        told = ", ".join(f"{word} {limit:f}" for word, limit in limits if limit is not None)
        description = f"{text} ({told})" if told else text
        metadata = {"type": "string", "format": "decimal", "example": example, "description": description}
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ma.ValidationError('must be a decimal number written as a string, e.g. "120.5"')
        return value


class Whole(fields.Field[Any]):
    """A whole JSON number."""

    def __init__(self, text: str, *, least: int, most: int, example: int, **options: Any) -> None:
        limits = {"minimum": least, "maximum": most, "example": example}
        super().__init__(metadata={"type": "integer", "description": text, **limits}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ma.ValidationError("must be a whole number")
        return value


class Flag(fields.Field[Any]):
    """true or false."""

    def __init__(self, text: str, **options: Any) -> None:
        super().__init__(metadata={"type": "boolean", "description": text, "example": True}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, bool):
            raise ma.ValidationError("must be true or false")
        return value


class Text(fields.Field[Any]):
    """A text; ``choices`` are told as an enumeration, ``longest`` as its length."""

    def __init__(
        self,
        text: str,
        *,
        example: str,
        longest: int | None = None,
        choices: Iterable[str] | None = None,
        form: str | None = None,
        **options: Any,
    ) -> None:
        metadata: dict[str, Any] = {"type": "string", "description": text, "example": example}
        metadata |= {"minLength": 1, "maxLength": longest} if longest is not None else {}
        metadata |= {"enum": list(choices)} if choices is not None else {}
        metadata |= {"format": form} if form is not None else {}
        super().__init__(metadata=metadata, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, str):
            raise ma.ValidationError("must be a text")
        return value


class AmountOr(fields.Field[Any]):
    """An amount, or an object of another schema where more is to be said; either form is taken as it comes."""

    def __init__(self, schema: type[Schema], amount: AmountText | None, text: str, **options: Any) -> None:
        self.schema, self.amount = schema(), amount
        properties = {name: dict(field.metadata) for name, field in self.schema.fields.items()}
        needed = [name for name, field in self.schema.fields.items() if field.required]
        described: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
        described |= {"required": needed} if needed else {}
        forms = [dict(amount.metadata)] if amount is not None else []
        super().__init__(metadata={"description": text, "oneOf": [*forms, described]}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if isinstance(value, dict):
            return self.schema.load(value)
        if self.amount is None:
            raise ma.ValidationError("must be an object")
        return self.amount.deserialize(value)


def below(schema: type[Schema], text: str, **options: Any) -> fields.Nested:
    """An object of another schema."""
    return fields.Nested(schema, metadata={"description": text}, **options)


def list_of(item: type[Schema] | fields.Field[Any], text: str, *, most: int, **options: Any) -> fields.List:
    """A list of such objects or values."""
    inner = item if isinstance(item, fields.Field) else fields.Nested(item)
    return fields.List(inner, metadata={"description": text, "minItems": 1, "maxItems": most}, **options)


def by_month(value: fields.Field[Any], text: str, *, example: dict[str, Any], **options: Any) -> fields.Dict:
    """Values by month, such as ``{"2027-01": "120"}``."""
    key = fields.String(metadata={"example": "2027-01"})
    return fields.Dict(keys=key, values=value, metadata={"description": text, "example": example}, **options)
