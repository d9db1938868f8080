"""What certificates look like outside."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.evidence.queries import SORTS
from marketplace.evidence.rules.certificates import CERTIFICATE, DECISIONS
from marketplace.evidence.rules.kinds import KINDS


class CertificateKindSchema(Schema):
    """One certificate that orders may require."""

    code = fields.String(metadata={"example": "IATF16949"})
    subject = fields.String(metadata={"description": "system: of management; product; list: a public list"})
    name_zh = fields.String()
    name_en = fields.String()


class CertificateSchema(Schema):
    """A certificate of one organisation."""

    id = fields.String(dump_only=True)
    organisation_id = fields.String(dump_only=True)
    code = fields.String(required=True, validate=validate.OneOf(list(KINDS)), metadata={"example": "IATF16949"})
    kind = fields.Nested(CertificateKindSchema, dump_only=True)
    number = fields.String(required=True, metadata={"example": "0123456"})
    issuer = fields.String(required=True)
    grades = fields.List(fields.String(), metadata={"description": "grade ids that it covers; none: all"})
    sites = fields.List(fields.String(), metadata={"description": "own site ids that it covers; none: all"})
    valid_from = fields.Date(required=True)
    valid_to = fields.Date(required=True, metadata={"description": "last valid day"})
    status = fields.String(dump_only=True, validate=validate.OneOf(CERTIFICATE.statuses))
    reason = fields.String(dump_only=True, allow_none=True, metadata={"description": "why it was refused or revoked"})
    decided_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    created_at = fields.AwareDateTime(dump_only=True)
    version = fields.Integer(dump_only=True)


class DecisionSchema(Schema):
    """An operator's decision on a certificate."""

    decision = fields.String(required=True, validate=validate.OneOf(DECISIONS))
    reason = fields.String(metadata={"description": "needed to refuse or revoke; the holder reads it"})


class CertificateQuery(PageQuery):
    """Which certificates, in which order; ``-`` sorts downwards.  Operators see those of all organisations."""

    organisation_id = fields.String()
    status = fields.String(validate=validate.OneOf(CERTIFICATE.statuses))
    code = fields.String(validate=validate.OneOf(list(KINDS)))
    sort = fields.String(
        load_default="created_at", validate=validate.OneOf([sign + name for name in SORTS for sign in ("", "-")])
    )


class CertificateKindListSchema(Schema):
    """All certificates known here."""

    items = fields.List(fields.Nested(CertificateKindSchema))


CertificatePageSchema = page_of(CertificateSchema)
