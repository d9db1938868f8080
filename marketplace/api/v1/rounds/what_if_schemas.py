"""What what-if runs look like outside; scenarios have the form of docs/what-if.md."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.api.v1.rounds.plans import StoredAmount
from marketplace.rounds.rules.disclosure import DOMINATED, TOO_FEW, UNPUBLISHED, WITH_REAL_ORDERS
from marketplace.rounds.rules.lifecycle import WHAT_IF
from marketplace.rounds.rules.what_if import ADMITTED, MOST_ASKED, MOST_SCENARIOS, PERIOD, SCALES

_FORM = (
    f"1 to {MOST_SCENARIOS} scenarios, each with id, name_zh, name_en and changes, of which each has one kind; orders "
    "and organisations by the pseudonyms of GET /rounds/{round_id}/orders. With real orders in the round the kinds are "
    f"{', '.join(ADMITTED)}, sizes change once by a factor of {', '.join(map(str, SCALES))}, and one order is put to "
    f"{MOST_ASKED} scenarios in {PERIOD.days} days at most"
)
_EXAMPLE = [
    {"id": "open", "name_zh": "取消地方排除", "name_en": "open", "changes": [{"drop_term": {"term": "exclusions"}}]}
]


class WhatIfAskedSchema(Schema):
    """Scenarios to be cleared beside the round's market as it is."""

    scenarios = fields.List(
        fields.Dict(keys=fields.String()), required=True, metadata={"description": _FORM, "example": _EXAMPLE}
    )


class WhatIfQuery(Schema):
    """Whether to wait for the result."""

    wait = fields.Boolean(load_default=False, metadata={"description": "answer when the run has ended"})


class _WithheldSchema(Schema):
    withheld = fields.String(
        allow_none=True, validate=validate.OneOf([TOO_FEW, DOMINATED, UNPUBLISHED, WITH_REAL_ORDERS])
    )


class WhatIfAmountSchema(_WithheldSchema):
    """An amount, or why it is withheld."""

    value = StoredAmount(allow_none=True)


class WhatIfCountSchema(_WithheldSchema):
    """A count, or why it is withheld."""

    value = fields.Integer(allow_none=True)


class WhatIfVerdictSchema(_WithheldSchema):
    """Whether the best welfare is more or less than that of the market as it is, as far as it is proven."""

    value = fields.String(allow_none=True, validate=validate.OneOf(["more", "less", "equal", "within_gaps"]))


class WhatIfSideSchema(Schema):
    """Orders of one side by what became of them."""

    orders = fields.Nested(WhatIfCountSchema)
    matched = fields.Nested(WhatIfCountSchema)
    partly_matched = fields.Nested(WhatIfCountSchema)
    unmatched = fields.Nested(WhatIfCountSchema)


class WhatIfConcentrationSchema(Schema):
    """How the matched suppliers share: sum of squared shares, and the share of the three greatest."""

    hhi = fields.Nested(WhatIfAmountSchema)
    top3_share = fields.Nested(WhatIfAmountSchema)


class WhatIfGradeSchema(Schema):
    """Sums of one grade, in its unit, over all months."""

    grade_id = fields.String()
    offered = fields.Nested(WhatIfAmountSchema)
    requested = fields.Nested(WhatIfAmountSchema)
    matched = fields.Nested(WhatIfAmountSchema)
    unsold = fields.Nested(WhatIfAmountSchema)
    unserved = fields.Nested(WhatIfAmountSchema)
    contracts = fields.Nested(WhatIfCountSchema)
    concentration = fields.Nested(WhatIfConcentrationSchema)


class WhatIfPriceSchema(Schema):
    """Mean delivered reference price of a grade in one region, CNY per unit without tax."""

    grade_id = fields.String()
    region = fields.String(allow_none=True)
    delivered_reference = fields.Nested(WhatIfAmountSchema)


class WhatIfResultSchema(Schema):
    """One scenario's figures, or those of the market as it is (``base``): coarse, exact for samples alone."""

    id = fields.String(metadata={"description": "base: the market as it is"})
    name_zh = fields.String()
    name_en = fields.String()
    status = fields.String(validate=validate.OneOf(["optimal", "feasible", "empty"]))
    gap = StoredAmount(metadata={"description": "proven", "example": "0.0042"})
    clock_hit = fields.Boolean()
    verdict = fields.Nested(WhatIfVerdictSchema, allow_none=True)
    welfare_change_percent = fields.Nested(
        WhatIfAmountSchema, allow_none=True, metadata={"description": "to the nearest five, from publication on"}
    )
    welfare_cny = fields.Nested(WhatIfAmountSchema, metadata={"description": "of samples alone"})
    difference_least_cny = fields.Nested(WhatIfAmountSchema, allow_none=True)
    difference_most_cny = fields.Nested(WhatIfAmountSchema, allow_none=True)
    contracts = fields.Nested(WhatIfCountSchema)
    offers = fields.Nested(WhatIfSideSchema)
    needs = fields.Nested(WhatIfSideSchema)
    concentration = fields.Nested(WhatIfConcentrationSchema)
    grades = fields.List(fields.Nested(WhatIfGradeSchema))
    prices = fields.List(fields.Nested(WhatIfPriceSchema), metadata={"description": "from publication on"})


class WhatIfRunSchema(Schema):
    """A what-if run of a round."""

    id = fields.String(metadata={"example": "wif_…"})
    round_id = fields.String()
    status = fields.String(validate=validate.OneOf(WHAT_IF.statuses))
    asked = fields.Integer(metadata={"description": "scenarios"})
    cleared = fields.Integer(metadata={"description": "markets so far, the one as it is included"})
    failure = fields.String(allow_none=True)
    hash = fields.String(allow_none=True, metadata={"description": "of the exact result, which stays sealed"})
    scenarios = fields.List(fields.Dict(keys=fields.String()))
    created_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


class WhatIfRunWithResultsSchema(WhatIfRunSchema):
    """A what-if run with its results: once it is done, and never of a cancelled round."""

    results = fields.List(fields.Nested(WhatIfResultSchema), allow_none=True)


class WhatIfPageQuery(PageQuery):
    """Which of the runs, latest first."""


WhatIfPageSchema = page_of(WhatIfRunSchema)
