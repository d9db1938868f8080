"""A round's rules as they look outside; the limits of each field stand in ``marketplace.rounds.rules``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, Schema
from marketplace.orders.rules.kinds import PRIORITY_CLASSES
from marketplace.rounds.rules.feedback import Feedback
from marketplace.rounds.rules.freight import KINDS
from marketplace.rounds.rules.policy import ACCEPTANCES, INCOTERMS, MOST_DAYS


class StoredAmount(Amount):
    """An amount that is kept as text in a document."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return super()._serialize(None if value is None else Decimal(value), attr, obj, **kwargs)


class PriceSplitSchema(Schema):
    """Between which fractions of both limits the reference price is drawn."""

    low = StoredAmount(metadata={"example": "0"})
    high = StoredAmount(metadata={"example": "1"})


class PathsField(fields.Field[Any]):
    """One price path (values by index), or a list of paths with weights; the rules judge either."""

    def __init__(self, text: str, **options: Any) -> None:
        amount: dict[str, Any] = {"type": "string", "format": "decimal", "example": "98000"}
        by_index = {"type": "object", "additionalProperties": {"type": "array", "items": amount}}
        outside = {"type": "object", "additionalProperties": amount}
        path = {
            "type": "object",
            "properties": {"weight": amount, "indices": by_index, "before": outside, "after": outside},
            "required": ["weight", "indices"],
            "additionalProperties": False,
        }
        one = {**by_index, "example": {"LC-CN": ["98000", "98500", "99000"]}}
        described = {"description": text, "oneOf": [one, {"type": "array", "items": path, "minItems": 1}]}
        super().__init__(metadata={**described, "example": one["example"]}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        if not isinstance(value, dict | list):
            raise ma.ValidationError("must be an object or a list")
        return value


class SmallSupplierShareSchema(Schema):
    """At least this part of what is traded of each grade comes from small suppliers; a rule that relaxes by class."""

    fraction = StoredAmount(required=True, metadata={"example": "0.1"})
    priority = fields.String(validate=validate.OneOf(PRIORITY_CLASSES), metadata={"example": "commercial_1"})


class PolicySchema(Schema):
    """The rules of a round (docs/model.md); fields left out take the default shown in the answer."""

    contract_cost = StoredAmount(metadata={"description": "CNY for each contract made", "example": "2000"})
    welfare_tolerance = StoredAmount(
        metadata={
            "description": "part of the best welfare that may be given up for less concentration, small suppliers, "
            "incumbents and equal treatment; at most 0.1",
            "example": "0.001",
        }
    )
    concentration_target = StoredAmount(
        allow_none=True,
        metadata={"description": "share of a grade that no supplier should exceed, within the welfare tolerance"},
    )
    paths_required = StoredAmount(
        metadata={
            "description": "weight of the price paths on which a match must gain where both orders consent to losses; "
            "1: on all",
            "example": "1",
        }
    )
    price_tick = StoredAmount(metadata={"description": "CNY per unit", "example": "50"})
    minimum_gain = StoredAmount(metadata={"description": "CNY per unit that each party keeps at the reference"})
    price_band = StoredAmount(metadata={"description": "greatest width about the reference", "example": "0.08"})
    price_split = fields.Nested(PriceSplitSchema)
    exceptions = fields.String(validate=validate.OneOf(["propose", "drop"]))
    formula_coefficients = fields.List(StoredAmount(metadata={"example": "0.8"}))
    index_range = StoredAmount(metadata={"description": "formulas hold for the index at +/- this", "example": "0.3"})
    payment_terms_of = fields.String(validate=validate.OneOf(["offer", "need"]))
    financing_rate_per_year = StoredAmount(metadata={"example": "0.045"})
    refused_instruments = fields.List(
        fields.String(validate=validate.OneOf(ACCEPTANCES)),
        metadata={"description": "orders that ask for one are left out", "example": ["commercial_acceptance"]},
    )
    small_supplier_days = fields.Integer(
        strict=True,
        allow_none=True,
        metadata={
            "description": "a proposal says where a small supplier waits longer for its money; null: nowhere",
            "minimum": 0,
            "maximum": MOST_DAYS,
            "example": 60,
        },
    )
    small_supplier_share = fields.Nested(SmallSupplierShareSchema, allow_none=True)
    exchange_rates = fields.Dict(
        keys=fields.String(),
        values=StoredAmount(),
        metadata={
            "description": "CNY per unit of each currency; an order in another one is left out",
            "example": {"USD": "7.1"},
        },
    )
    incoterm_order = fields.List(fields.String(validate=validate.OneOf(INCOTERMS)))
    planned_capacity = fields.String(
        validate=validate.OneOf(["counted", "not_counted"]),
        metadata={"description": "whether offers may sell planned volume beside their firm one"},
    )
    wish_conflicts = fields.String(
        validate=validate.OneOf(["show", "screen"]),
        metadata={"description": "show: differing wishes stand on the proposal; screen: they keep the two apart"},
    )


class LaneSchema(Schema):
    """Freight between two places, each a site id or a region code: its own price, or a distance times the rate."""

    origin = fields.String(required=True, metadata={"example": "510100"})
    destination = fields.String(required=True, metadata={"example": "350900"})
    distance_km = StoredAmount(metadata={"example": "1890"})
    cny_per_unit = StoredAmount(metadata={"example": "620"})


class FreightSchema(Schema):
    """How freight is found: none, by great circle and rate, or by a table of lanes alone."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    cny_per_unit_km = StoredAmount(
        metadata={"description": 'needed for kind distance; "0": every distance is free', "example": "0.35"}
    )
    circuity = StoredAmount(metadata={"description": "road distance over great circle", "example": "1.24"})
    lanes = fields.List(
        fields.Nested(LaneSchema),
        metadata={"description": "at least one for kind lanes; shown at /rounds/{round_id}/freight"},
    )


class ContractingSchema(Schema):
    """What holds after publication; fields left out take the default shown in the answer."""

    answer_days = fields.Integer(
        strict=True,
        metadata={"description": "days from publication in which proposals are answered", "example": 10},
    )
    counter_days = fields.Integer(
        strict=True,
        metadata={"description": "days in which a counter is answered, never beyond the window", "example": 3},
    )
    fulfilment_month = StoredAmount(
        metadata={"description": "least part of a month's volume that counts as fulfilled", "example": "0.8"}
    )
    fulfilment_quarter = StoredAmount(metadata={"description": "the same of a quarter", "example": "0.9"})
    fulfilment_year = StoredAmount(metadata={"description": "the same of a calendar year", "example": "0.9"})
    report_days = fields.Integer(
        strict=True,
        metadata={"description": "days after a month's end in which both parties report it", "example": 10},
    )
    reconcile_days = fields.Integer(
        strict=True, metadata={"description": "days after that to report anew where both differ", "example": 10}
    )
    confirmation_days = fields.Integer(
        strict=True, metadata={"description": "days in which both parties sign a concluded contract", "example": 15}
    )
    vat_rate = StoredAmount(metadata={"description": "what invoices add to prices", "example": "0.13"})
    objection_days = fields.Integer(
        strict=True, metadata={"description": "days to object to quality or quantity, from receipt on", "example": 15}
    )
    deviation_charge = StoredAmount(
        metadata={"description": "part of the price, on volume missed beyond the band", "example": "0.05"}
    )
    force_majeure_notice_days = fields.Integer(strict=True, metadata={"example": 7})
    force_majeure_longest_days = fields.Integer(
        strict=True, metadata={"description": "after which either party may end the contract", "example": 90}
    )
    cure_days = fields.Integer(
        strict=True, metadata={"description": "days to mend a breach before the other may end it", "example": 30}
    )
    rejections_within_limits = fields.Integer(
        strict=True,
        metadata={
            "description": "after so many rejections of proposals that kept its own order's limits an organisation "
            "opens no order of the grade for a while",
            "example": 3,
        },
    )
    rejections_window_days = fields.Integer(
        strict=True, metadata={"description": "days in which they are counted, over all rounds", "example": 90}
    )
    resting_days = fields.Integer(
        strict=True, metadata={"description": "days in which it opens none, from the last of them on", "example": 30}
    )
    publish_contracts = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={
            "description": "whether the public is told of contracts: parties, grade, period and status",
            "example": False,
        },
    )


class RoundPlanSchema(Schema):
    """What an operator states of a round; all of it is fixed and shown to all members once the round opens."""

    name_zh = fields.String(required=True, metadata={"example": "2027年一季度碳酸锂长单撮合"})
    name_en = fields.String(required=True, metadata={"example": "Lithium carbonate, first quarter of 2027"})
    grade_ids = fields.List(fields.String(), required=True, metadata={"example": ["lithium-carbonate-battery"]})
    calendar = fields.List(
        fields.String(),
        required=True,
        metadata={
            "description": "months of delivery, each after the one before; one left out in between is not traded",
            "example": ["2027-01", "2027-02", "2027-03"],
        },
    )
    policy = fields.Nested(PolicySchema)
    freight = fields.Nested(FreightSchema)
    index_paths = PathsField(
        "assumed value of each index in each month, CNY per unit, at most 10000000; any other index "
        "in CNY stands at its latest quote of the moment of freezing in all months. A list states several paths, whose "
        "weights add up to 1; before and after are the values just outside the calendar; a series other than the "
        "monthly mean is named LC-CN@settlement, LC-CN@futures or LC-CN@2027-01-05",
    )
    contracting = fields.Nested(ContractingSchema)
    feedback = fields.String(
        validate=validate.OneOf(list(Feedback)),
        metadata={"description": "how much owners are told of an order's fate", "example": "category"},
    )
    opens_at = fields.AwareDateTime(allow_none=True, metadata={"description": "not opened before; null: any time"})
    freezes_at = fields.AwareDateTime(allow_none=True, metadata={"description": "not frozen before; null: any time"})
    publishes_by = fields.AwareDateTime(allow_none=True, metadata={"description": "promised latest publication"})


class RoundChangeSchema(RoundPlanSchema):
    """The fields of a draft to change; a document that is named is replaced whole."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "partial": True})
