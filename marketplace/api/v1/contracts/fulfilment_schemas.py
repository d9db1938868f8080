"""What reports of a month, judgements and rankings of fulfilment look like."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.contracts.rules.fulfilment import BASES, PARTIES, SPANS

_VOLUME = {"description": "in the grade's unit", "example": "95.5"}
_PARTY = validate.OneOf(PARTIES)


class MonthReportBody(Schema):
    """What was called and delivered in a month that is over."""

    month = fields.String(required=True, metadata={"example": "2027-01"})
    called = Amount(required=True, least="0", metadata=_VOLUME)
    delivered = Amount(required=True, least="0", metadata=_VOLUME)


class MonthReportSchema(Schema):
    """A party's report; its last one counts."""

    party = fields.String(validate=_PARTY)
    number = fields.Integer()
    called = Amount(metadata=_VOLUME)
    delivered = Amount(metadata=_VOLUME)
    moment = fields.AwareDateTime()


class MonthToReportSchema(Schema):
    """A month: what call-offs and receipts on record say, what both reported, until when."""

    month = fields.String(metadata={"example": "2027-01"})
    report_by = fields.Date(metadata={"description": "last day in Beijing to report it"})
    reconcile_by = fields.Date(metadata={"description": "last day to report anew, for whoever has reported in time"})
    called = Amount(metadata={"description": "on record"})
    delivered = Amount(metadata={"description": "on record: received and not rejected"})
    firm = Amount(metadata={"description": "the least that the buyer had to call"})
    seller_excused = Amount(metadata=_VOLUME)
    buyer_excused = Amount(metadata=_VOLUME)
    reports = fields.List(fields.Nested(MonthReportSchema))


class FulfilmentJudgementSchema(Schema):
    """How much of a month, quarter or year a party fulfilled."""

    span = fields.String(metadata={"example": "2027-Q1"})
    per = fields.String(validate=validate.OneOf(list(SPANS)))
    party = fields.String(validate=_PARTY)
    due = Amount(metadata=_VOLUME)
    done = Amount(metadata=_VOLUME)
    share = Amount(allow_none=True, metadata={"description": "done of due, down to 0.0001; null: nothing was due"})
    least = Amount(metadata={"description": "part that had to be fulfilled"})
    met = fields.Boolean()
    basis = fields.String(
        validate=validate.OneOf(BASES),
        metadata={
            "description": "agreed: both reported alike; recorded: they differed, and call-offs and receipts count; "
            "alone: the other party did not report; unreported: this party did not, which counts as nothing done"
        },
    )
    judged_at = fields.AwareDateTime()


class ContractFulfilmentSchema(Schema):
    """The fulfilment of a contract."""

    months = fields.List(fields.Nested(MonthToReportSchema), metadata={"description": "that have begun"})
    judgements = fields.List(fields.Nested(FulfilmentJudgementSchema))


class MissQuery(PageQuery):
    """Whose."""

    organisation_id = fields.String()


class MissSchema(Schema):
    """A month, quarter or year of a contract of which a party fulfilled less than was laid down; no volumes."""

    id = fields.String()
    contract_number = fields.String()
    organisation_id = fields.String()
    name_zh = fields.String()
    name_latin = fields.String()
    party = fields.String(validate=_PARTY)
    span = fields.String(metadata={"example": "2027-Q1"})
    share = Amount(allow_none=True, metadata={"description": "done of due, down to 0.0001"})
    least = Amount(metadata={"description": "part that had to be fulfilled"})
    basis = fields.String(validate=validate.OneOf(BASES))
    judged_at = fields.AwareDateTime()


MissPageSchema = page_of(MissSchema)


class StandingSchema(Schema):
    """How an organisation fulfilled its contracts on one side, weighed by what was due in CNY, over a year."""

    organisation_id = fields.String()
    name_zh = fields.String()
    name_latin = fields.String()
    party = fields.String(validate=_PARTY)
    share = Amount(metadata={"example": "0.9731"})
    months = fields.Integer(metadata={"description": "judged, over all its contracts"})
    missed = fields.Integer(metadata={"description": "of them below the least part"})
    place = fields.Integer(metadata={"description": "among the organisations on that side"})
    of = fields.Integer()


class StandingsSchema(Schema):
    """Sellers and buyers, the best first."""

    items = fields.List(fields.Nested(StandingSchema))
