"""What consents to publish look like to the parties of a contract."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Schema, WholeNumber
from marketplace.contracts.queries.publication import ON_A_PAGE
from marketplace.contracts.rules.publication import FIELDS, ROLES

_FIELD = {
    "description": "contract: that there is one, its parties, grade, period and status; volume and value: of the whole "
    "term, expected; fulfilment: month by month whether it was met"
}


class PublicationBody(Schema):
    """All that one's organisation consents to publish; an empty list revokes."""

    publish = fields.List(fields.String(metadata=_FIELD), required=True, metadata={"example": ["contract", "volume"]})


class PublicationConsentsSchema(Schema):
    """By party what it consents to."""

    seller = fields.List(fields.String(validate=validate.OneOf(FIELDS)))
    buyer = fields.List(fields.String(validate=validate.OneOf(FIELDS)))


class PublicationSchema(Schema):
    """What of a contract is published."""

    own = fields.List(
        fields.String(validate=validate.OneOf(FIELDS)),
        metadata={"description": "what one's own organisation consents to"},
    )
    consents = fields.Nested(
        PublicationConsentsSchema,
        allow_none=True,
        metadata={"description": "of the present parties, to them alone; null: one's own organisation has left"},
    )
    withheld_by = fields.List(
        fields.String(validate=validate.OneOf(ROLES)),
        metadata={"description": "who consents to nothing; former: a party that has left, and has a say as well"},
    )
    by_round = fields.Boolean(metadata={"description": "whether the round's rules publish the contract itself"})
    published = fields.List(
        fields.String(validate=validate.OneOf(FIELDS), metadata=_FIELD),
        metadata={"description": "what everybody may read: what all that are, or were, parties consent to"},
    )


class ReleasesQuery(Schema):
    """Which part of the published contracts: all releases of at most ``limit`` of them."""

    cursor = fields.String(metadata={"description": "as links.next of the page before names it"})
    limit = WholeNumber(load_default=ON_A_PAGE, validate=validate.Range(1, 50))
