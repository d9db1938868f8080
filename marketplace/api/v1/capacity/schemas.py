"""What lines, capacity statements and grants look like outside."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.capacity.queries import SORTS
from marketplace.capacity.rules.lines import GRANT, KINDS


class LineSchema(Schema):
    """A production line: one grade at one site."""

    id = fields.String(dump_only=True)
    organisation_id = fields.String(dump_only=True)
    site_id = fields.String(required=True)
    grade_id = fields.String(required=True, metadata={"example": "lithium-carbonate-battery"})
    name = fields.String(required=True)
    created_at = fields.AwareDateTime(dump_only=True)
    version = fields.Integer(dump_only=True)


class LineChangeSchema(Schema):
    """A line's new name; its site and grade never change."""

    name = fields.String(required=True)


class StatementSchema(Schema):
    """From a month on the line makes this much a month; the greatest vintage holds."""

    kind = fields.String(
        required=True,
        validate=validate.OneOf(KINDS),
        metadata={"description": "installed: what stands; staged: what is announced on top of it"},
    )
    from_month = fields.String(required=True, metadata={"example": "2027-01"})
    volume_per_month = Amount(required=True, metadata={"description": "in the grade's unit, a multiple of its quantum"})
    vintage = fields.Integer(dump_only=True)
    created_at = fields.AwareDateTime(dump_only=True)


class StatementListSchema(Schema):
    """A line's capacity statements."""

    items = fields.List(fields.Nested(StatementSchema))


class TraderSchema(Schema):
    """Who may offer from a line."""

    id = fields.String()
    credit_code = fields.String()
    name_zh = fields.String()
    name_latin = fields.String()


class GrantSchema(Schema):
    """A producer's consent that another organisation offers what its line makes."""

    id = fields.String(dump_only=True)
    line_id = fields.String(dump_only=True)
    credit_code = fields.String(
        required=True, load_only=True, metadata={"description": "unified social credit code of who may offer"}
    )
    organisation = fields.Nested(TraderSchema, dump_only=True)
    status = fields.String(dump_only=True, validate=validate.OneOf(GRANT.statuses))
    created_at = fields.AwareDateTime(dump_only=True)
    version = fields.Integer(dump_only=True)


class LineQuery(PageQuery):
    """Which lines, in which order; ``-`` sorts downwards.  Operators see those of all organisations."""

    granted = fields.Boolean(load_default=False, metadata={"description": "lines that others let one offer from"})
    organisation_id = fields.String()
    grade_id = fields.String()
    sort = fields.String(
        load_default="created_at", validate=validate.OneOf([sign + name for name in SORTS for sign in ("", "-")])
    )


class StatementQuery(Schema):
    """Which capacity statements."""

    all_vintages = fields.Boolean(load_default=False, metadata={"description": "superseded ones as well"})


LinePageSchema = page_of(LineSchema)
GrantPageSchema = page_of(GrantSchema)
