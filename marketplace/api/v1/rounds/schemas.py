"""What rounds look like outside."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.api.v1.rounds.plans import RoundPlanSchema, StoredAmount
from marketplace.rounds.queries import ROUND_SORTS
from marketplace.rounds.rules.disclosure import DOMINATED, TOO_FEW, UNPUBLISHED
from marketplace.rounds.rules.lifecycle import ROUND


class RoundSchema(RoundPlanSchema):
    """A matching round as members see it; its snapshot stays sealed but for the hash."""

    id = fields.String(dump_only=True)
    status = fields.String(dump_only=True, validate=validate.OneOf(ROUND.statuses))
    snapshot_hash = fields.String(dump_only=True, allow_none=True, metadata={"example": "sha256:…"})
    created_at = fields.AwareDateTime(dump_only=True)
    opened_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    frozen_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    solved_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    reviewed_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    published_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    cancelled_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    version = fields.Integer(dump_only=True)


class RoundQuery(PageQuery):
    """Which rounds, in which order; ``-`` sorts downwards."""

    status = fields.String(validate=validate.OneOf(ROUND.statuses))
    sort = fields.String(
        load_default="-created_at",
        validate=validate.OneOf([sign + name for name in ROUND_SORTS for sign in ("", "-")]),
    )


class RunQuery(Schema):
    """Whether to wait for the result of a run."""

    wait = fields.Boolean(load_default=False, metadata={"description": "answer when the run has ended"})


class ReviewSchema(Schema):
    """What the operator found when looking the clearing over."""

    note = fields.String(required=True, metadata={"example": "已核对成交量、间隙与例外"})


class ProgressSchema(Schema):
    """How far the latest run is."""

    status = fields.String(validate=validate.OneOf(ROUND.statuses), metadata={"description": "of the round"})
    attempt = fields.Integer(metadata={"description": "number of the latest run; 0: none yet"})
    failure = fields.String(allow_none=True, metadata={"description": "why the latest run came to nothing"})
    stage = fields.String(allow_none=True, validate=validate.OneOf(["clearing", "verifying", "done"]))
    component = fields.Integer(allow_none=True, metadata={"description": "cleared so far"})
    components = fields.Integer(allow_none=True, metadata={"description": "in all"})
    gap = Amount(allow_none=True, metadata={"description": "of the latest component", "example": "0.0031"})
    started_at = fields.AwareDateTime(allow_none=True)
    heartbeat_at = fields.AwareDateTime(allow_none=True)


class SealedOrderSchema(Schema):
    """An order of a frozen round under its pseudonym: no owner, no limit."""

    pseudonym = fields.String(metadata={"example": "offer-3fa95c0e71b2"})
    party = fields.String(metadata={"example": "party-90d1c2aa4e5f"})
    side = fields.String(validate=validate.OneOf(["offer", "need"]))
    grade_id = fields.String()
    terms = fields.Dict(keys=fields.String())
    status = fields.String(
        allow_none=True,
        validate=validate.OneOf(["matched", "partly_matched", "unmatched"]),
        metadata={"description": "from publication on; of a cancelled round never"},
    )
    filled = Amount(allow_none=True, metadata={"description": "from publication on, in the grade's unit"})


class SealedOrderQuery(PageQuery):
    """Which of the orders."""

    side = fields.String(validate=validate.OneOf(["offer", "need"]))


class WithheldSchema(Schema):
    """A figure, or why it is withheld."""

    withheld = fields.String(allow_none=True, validate=validate.OneOf([TOO_FEW, DOMINATED, UNPUBLISHED]))


class AmountFigureSchema(WithheldSchema):
    """An amount that at least five parties stand behind, or why it is withheld."""

    value = Amount(allow_none=True)


class CountFigureSchema(WithheldSchema):
    """A count that at least five parties stand behind, or why it is withheld."""

    value = fields.Integer(allow_none=True)


class GradeSummarySchema(Schema):
    """Sums of one grade, in its unit, over all months."""

    grade_id = fields.String()
    offered = fields.Nested(AmountFigureSchema)
    requested = fields.Nested(AmountFigureSchema)
    matched = fields.Nested(AmountFigureSchema)
    contracts = fields.Nested(CountFigureSchema)
    unfilled_offers = fields.Nested(AmountFigureSchema)
    unfilled_needs = fields.Nested(AmountFigureSchema)


_MONEY = "rounded to 3 significant digits and withheld before publication; exact in rounds of samples alone"


class ClearingSummarySchema(Schema):
    """A recorded clearing in sums."""

    round_id = fields.String()
    status = fields.String(validate=validate.OneOf(["optimal", "feasible", "empty"]))
    gap = Amount(metadata={"description": "proven, of the whole market", "example": "0.0042"})
    clock_hit = fields.Boolean(metadata={"description": "whether the safety net of time ended or shortened the search"})
    note = fields.String(allow_none=True)
    market_hash = fields.String()
    clearing_hash = fields.String()
    review_note = fields.String(allow_none=True)
    objective_cny = fields.Nested(
        AmountFigureSchema, metadata={"description": f"gains of all contracts less their cost; {_MONEY}"}
    )
    bound_cny = fields.Nested(AmountFigureSchema, metadata={"description": f"no clearing exceeds it; {_MONEY}"})
    grades = fields.List(fields.Nested(GradeSummarySchema))


class GradePriceSchema(Schema):
    """Mean delivered reference price of a grade, CNY per unit, tax exclusive, weighted by volume."""

    grade_id = fields.String()
    delivered_reference = fields.Nested(AmountFigureSchema)


class PriceListSchema(Schema):
    """The published prices of a round."""

    items = fields.List(fields.Nested(GradePriceSchema))


class ReasonSchema(Schema):
    """One thing that kept an order from (more) volume; names nobody."""

    code = fields.String(metadata={"example": "price"})
    side = fields.String(validate=validate.OneOf(["own", "other", "market"]))
    zh = fields.String()
    en = fields.String()
    counterparties_at_least = fields.Integer(metadata={"description": "as far as the round's feedback level tells"})
    amount = StoredAmount()
    unit = fields.String()


class OutcomeSchema(Schema):
    """What became of an order in one published round."""

    round_id = fields.String()
    published_at = fields.AwareDateTime()
    status = fields.String(validate=validate.OneOf(["matched", "partly_matched", "unmatched", "left_out"]))
    requested = Amount(metadata={"description": "within the round's months, in the grade's unit"})
    filled = Amount()
    reasons = fields.List(fields.Nested(ReasonSchema))
    terms = fields.List(
        fields.String(), metadata={"description": "pointers of the terms that kept it out; none: at rest"}
    )


class OutcomeListSchema(Schema):
    """An order's outcomes, latest round first."""

    items = fields.List(fields.Nested(OutcomeSchema))


RoundPageSchema = page_of(RoundSchema)
SealedOrderPageSchema = page_of(SealedOrderSchema)
