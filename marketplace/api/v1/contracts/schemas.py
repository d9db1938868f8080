"""What proposals, answers to them and contracts look like to their parties."""

from __future__ import annotations

from marshmallow import fields, validate

from marketplace.api.http.schemas import Amount, PageQuery, Schema, page_of
from marketplace.api.v1.contracts.terms_schemas import TermsSchema
from marketplace.api.v1.rounds.plans import StoredAmount
from marketplace.contracts.queries import CONTRACT_SORTS, PROPOSAL_SORTS
from marketplace.contracts.rules.lifecycle import CONTRACT, SEEN_BY_PARTIES, VERSION
from marketplace.contracts.rules.notices import GROUNDS, KINDS, NOTICE

_STATUS = validate.OneOf(sorted(SEEN_BY_PARTIES))
_SIDE = validate.OneOf(["seller", "buyer"])


class ContractPartySchema(Schema):
    """A party: both must know each other to contract."""

    name_zh = fields.String()
    name_latin = fields.String()
    credit_code = fields.String()


class LapseSchema(Schema):
    """Why what both accepted did not become a contract."""

    own_terms = fields.List(
        fields.String(),
        metadata={"description": "of one's own order, terms over several contracts that do not hold (docs/model.md)"},
    )
    other_party = fields.Boolean(metadata={"description": "whether the other party's order misses such a term"})


class DeliverabilitySchema(Schema):
    """The seller's commitments over all its contracts and proposals against the capacity of its place."""

    stated = fields.Boolean(metadata={"description": "whether anybody has stated a capacity of the grade there"})
    months = fields.List(fields.String(), metadata={"description": "in which more is promised than can be made"})
    excess = fields.Dict(
        keys=fields.String(),
        values=StoredAmount(),
        allow_none=True,
        metadata={"description": "by how much, in the grade's unit; to the seller alone"},
    )


def _beyond_need() -> fields.Dict:
    return fields.Dict(
        keys=fields.String(),
        values=StoredAmount(),
        allow_none=True,
        metadata={
            "description": "by month, in the unit of one's own order: what all that one has bought or may yet buy goes "
            "beyond what one's orders of the grade at that site declare; to the buyer alone"
        },
    )


class ProposalSchema(TermsSchema):
    """A proposed long-term contract, as either party sees it, with the terms that are on the table."""

    id = fields.String()
    round_id = fields.String()
    side = fields.String(validate=_SIDE, metadata={"description": "one's own"})
    order_id = fields.String(metadata={"description": "one's own"})
    seller = fields.Nested(ContractPartySchema)
    buyer = fields.Nested(ContractPartySchema)
    grade_id = fields.String()
    status = fields.String(
        validate=_STATUS,
        metadata={
            "description": "proposed: binding nobody; agreed: both have accepted, and other proposals that an order's "
            "terms tie to this one are still open; concluded: it is a contract; lapsed: such a term does not hold"
        },
    )
    revision = fields.Integer(metadata={"description": "of the terms on the table; 1: the round's own"})
    terms_hash = fields.String(metadata={"description": "of this revision; an acceptance names it"})
    answer_by = fields.AwareDateTime(metadata={"description": "answers count before this moment"})
    accepted_by = fields.List(
        fields.String(validate=_SIDE), metadata={"description": "who has accepted the terms on the table"}
    )
    tied = fields.Boolean(
        metadata={"description": "whether it takes effect together with others, once they are answered as well"}
    )
    own_rejection_within_limits = fields.Boolean(
        metadata={"description": "所拒条款未超出己方限额 / one's own organisation rejected what kept its own limits"}
    )
    beyond_need = _beyond_need()
    deliverability = fields.Nested(DeliverabilitySchema)
    lapse = fields.Nested(LapseSchema, allow_none=True)
    published_at = fields.AwareDateTime()
    version = fields.Integer()


class ProposalRevisionSchema(TermsSchema):
    """Terms as they were put on the table."""

    number = fields.Integer()
    author = fields.String(validate=validate.OneOf(["round", "seller", "buyer"]))
    hash = fields.String()
    moment = fields.AwareDateTime()


class ProposalRevisionsSchema(Schema):
    """All revisions, the round's own first."""

    items = fields.List(fields.Nested(ProposalRevisionSchema))


class ProposalAnswerSchema(Schema):
    """One answer to a proposal."""

    number = fields.Integer()
    party = fields.String(validate=_SIDE)
    action = fields.String(validate=validate.OneOf(["accept", "take_back", "counter", "reject"]))
    revision = fields.Integer(metadata={"description": "that it answers"})
    reason = fields.String(allow_none=True)
    moment = fields.AwareDateTime()


class ProposalAnswersSchema(Schema):
    """All answers, in the order given."""

    items = fields.List(fields.Nested(ProposalAnswerSchema))


class TakeBackBody(Schema):
    """Which revision one's acceptance was of."""

    revision = fields.Integer(required=True, strict=True, metadata={"example": 1})


class AcceptanceBody(TakeBackBody):
    """What is accepted: the revision, and the hash of its terms as they were read."""

    terms_hash = fields.String(required=True, metadata={"example": "sha256:…"})
    consent = fields.List(
        fields.String(),
        load_default=list,
        metadata={
            "description": "中小微企业对商业承兑汇票的明示同意 / commercial_acceptance: of a small supplier that has "
            "not asked for it itself"
        },
    )


class RejectionBody(TakeBackBody):
    """What is rejected, and why; the other party reads the reason."""

    reason = fields.String(required=True, metadata={"example": "运费由卖方承担，超出我方预算"})


class ChangesSchema(Schema):
    """Other terms; what is left out stays as it stands.  The rules name what of it cannot stand."""

    changes = fields.Dict(
        required=True,
        metadata={
            "description": "any of periods (all months: period, volume, reference, floor, cap), buyer_option and "
            "seller_option (down, up, per, make_up_months, notice_days), formula (index, coefficient, "
            "premium_cny_per_unit, or components, processing_fee_cny_per_unit, premium_cny_per_unit; months then "
            "state no reference) or without_formula, payment (whole), incoterm",
            "example": {"payment": {"days": 30}},
        },
    )


class CounterBody(ChangesSchema):
    """A counter to the revision that was read."""

    revision = fields.Integer(required=True, strict=True, metadata={"example": 1})
    consent = fields.List(
        fields.String(),
        load_default=list,
        metadata={"description": "terms of one's own order that the counter leaves knowingly", "example": ["payment"]},
    )


class AmendmentBody(ChangesSchema):
    """An amendment, and why."""

    reason = fields.String(required=True, metadata={"example": "买方新线推迟三个月投产"})


class ProposalQuery(PageQuery):
    """Which of one's own proposals, in which order; ``-`` sorts downwards."""

    round_id = fields.String()
    order_id = fields.String()
    grade_id = fields.String()
    status = fields.String(validate=_STATUS)
    sort = fields.String(
        load_default="-created_at",
        validate=validate.OneOf([sign + name for name in PROPOSAL_SORTS for sign in ("", "-")]),
    )


ProposalPageSchema = page_of(ProposalSchema)


class MovedCollarSchema(Schema):
    """Floor and cap of a month as they hold now."""

    period = fields.String(metadata={"example": "2027-03"})
    factor = fields.String(metadata={"description": "by which what was agreed is multiplied", "example": "29/25"})
    floor = Amount(metadata={"description": "CNY per unit, half up to 0.01"})
    cap = Amount()


class ContractSchema(TermsSchema):
    """A contract, as either party sees it, one that has left it, or one that is asked to enter."""

    id = fields.String()
    number = fields.String(metadata={"example": "CD-2026-MFHCD2KWBZ-90"})
    proposal_id = fields.String(
        allow_none=True, metadata={"description": "null: one's own organisation came by a novation"}
    )
    round_id = fields.String()
    side = fields.String(validate=_SIDE, metadata={"description": "one's own"})
    standing = fields.String(
        validate=validate.OneOf(["party", "former", "asked"]),
        metadata={"description": "former: left by a novation, terms as they were then; asked: to enter by one"},
    )
    seller = fields.Nested(ContractPartySchema)
    buyer = fields.Nested(ContractPartySchema)
    grade_id = fields.String()
    status = fields.String(
        validate=validate.OneOf(CONTRACT.statuses),
        metadata={"description": "awaiting_confirmation: agreed and binding, nothing is delivered yet"},
    )
    in_force = fields.Integer(allow_none=True, metadata={"description": "number of the version that holds"})
    confirm_by = fields.AwareDateTime(metadata={"description": "of the first version"})
    confirmed_by = fields.List(fields.String(validate=_SIDE), metadata={"description": "of the version shown"})
    terms_hash = fields.String(metadata={"description": "of version 1 that of the revision that both accepted"})
    moved_collars = fields.List(
        fields.Nested(MovedCollarSchema),
        metadata={
            "description": "重新议价后随指数移动的保底价与封顶价 / one's own months whose floor and cap a re-opener "
            "has moved; periods state what was agreed, which holds for all other months"
        },
    )
    concluded_at = fields.AwareDateTime()
    version = fields.Integer()


class ContractVersionSchema(TermsSchema):
    """One version of a contract's terms."""

    number = fields.Integer()
    origin = fields.String(validate=validate.OneOf(["conclusion", "amendment", "novation"]))
    status = fields.String(validate=validate.OneOf(VERSION.statuses))
    reason = fields.String(allow_none=True)
    terms_hash = fields.String()
    beyond_need = _beyond_need()
    pdf_hash = fields.String(allow_none=True, metadata={"description": "of the document that was confirmed"})
    confirmed_by = fields.List(fields.String(validate=_SIDE))
    moment = fields.AwareDateTime()


class ContractVersionsSchema(Schema):
    """All versions, the first one first."""

    items = fields.List(fields.Nested(ContractVersionSchema))


class DocumentQuery(Schema):
    """In which form."""

    form = fields.String(load_default="pdf", validate=validate.OneOf(["pdf", "html"]))


class ConfirmationBody(Schema):
    """Which document was read: the ETag of its PDF."""

    pdf_hash = fields.String(required=True, metadata={"example": "sha256:…"})


class NoticeBody(Schema):
    """What is announced, on which ground, and why."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    ground = fields.String(
        required=True,
        validate=validate.OneOf(GROUNDS),
        metadata={
            "description": "agreed: takes effect by the other party's consent; force_majeure: a suspension at once, an "
            "end once it has lasted for the contract's days; breach: an end, unless it is mended in the contract's "
            "days; reopener: an end at once, where the re-opener says so and no price was agreed on"
        },
    )
    reason = fields.String(required=True, metadata={"example": "洪水淹没厂区，附气象证明"})


class ContractNoticeSchema(Schema):
    """A notice, and what became of it."""

    number = fields.Integer()
    author = fields.String(validate=_SIDE)
    kind = fields.String(validate=validate.OneOf(KINDS))
    ground = fields.String(validate=validate.OneOf(GROUNDS))
    reason = fields.String()
    status = fields.String(validate=validate.OneOf(NOTICE.statuses))
    effective_from = fields.AwareDateTime(
        allow_none=True, metadata={"description": "without the other party's consent; null: by it alone"}
    )
    given_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)
    contract_status = fields.String(validate=validate.OneOf(CONTRACT.statuses))


class ContractNoticesSchema(Schema):
    """All notices, in the order given."""

    items = fields.List(fields.Nested(ContractNoticeSchema))


class VerificationQuery(Schema):
    """What stands on a document."""

    number = fields.String(required=True, metadata={"example": "CD-2026-MFHCD2KWBZ-90"})
    code = fields.String(required=True, metadata={"example": "XPV0-BHCM-FAT0-T7RA"})


class GenuineSchema(Schema):
    """Whether number and code belong together; nothing of the contract but the state of that version."""

    genuine = fields.Boolean()
    version = fields.Integer(allow_none=True)
    status = fields.String(allow_none=True)


class ContractQuery(PageQuery):
    """Which of one's own contracts, in which order; ``-`` sorts downwards."""

    round_id = fields.String()
    grade_id = fields.String()
    sort = fields.String(
        load_default="-concluded_at",
        validate=validate.OneOf([sign + name for name in CONTRACT_SORTS for sign in ("", "-")]),
    )


ContractPageSchema = page_of(ContractSchema)
