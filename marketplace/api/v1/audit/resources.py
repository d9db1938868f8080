"""The audit trail: an organisation reads its own; operators check that no chain was tampered with."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from marketplace.api.http.access import access, current_actor
from marketplace.api.http.blueprint import ApiBlueprint
from marketplace.api.http.schemas import PageQuery, Schema, page_of
from marketplace.shared import audit_anchors, audit_reading
from marketplace.shared.actor import Role

blp = ApiBlueprint("audit", __name__, description="操作记录 / The audit trail")


class AuditEntrySchema(Schema):
    """One change: who did what to which thing, chained to the entry before."""

    number = fields.Integer()
    moment = fields.AwareDateTime()
    member_id = fields.String()
    action = fields.String(metadata={"example": "orders:offer:withdrawn"})
    subject_id = fields.String()
    payload = fields.Dict(keys=fields.String())
    previous_hash = fields.String()
    hash = fields.String()


class AuditQuery(PageQuery):
    """Which entries."""

    action = fields.String()
    subject_id = fields.String()


class ChainCheckSchema(Schema):
    """Whether an organisation's chain is whole."""

    organisation_id = fields.String()
    entries = fields.Integer(metadata={"description": "how many the chain should have"})
    intact = fields.Boolean()
    broken_numbers = fields.List(
        fields.Integer(), metadata={"description": "entries changed, missing or out of place; at most 20"}
    )


@blp.get("/audit")
@blp.arguments(AuditQuery, location="query")
@blp.response(200, page_of(AuditEntrySchema))
@access(Role.ORGANISATION_ADMIN, scope="audit:read")
def list_entries(query: dict[str, Any]) -> Any:
    """本企业操作记录 / The trail of one's own organisation, newest first"""
    return audit_reading.entries(current_actor().organisation_id, **query)


@blp.get("/audit/verification")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(ChainCheckSchema))
@access(Role.OPERATOR, scope="audit:read")
def verify_chains(query: dict[str, Any]) -> Any:
    """校验记录链（运营方） / Check every organisation's chain (operators)"""
    return audit_reading.check_chains(**query)


class AuditAnchorSchema(Schema):
    """What all chains looked like at one moment; keep its hash where this database cannot change it."""

    number = fields.Integer()
    moment = fields.AwareDateTime()
    chains = fields.Integer(metadata={"description": "how many organisations' chains it covers"})
    root = fields.String(metadata={"description": "Merkle root over the chains' heads"})
    previous_hash = fields.String()
    hash = fields.String()


@blp.get("/audit/anchors")
@blp.arguments(PageQuery, location="query")
@blp.response(200, page_of(AuditAnchorSchema))
@access(Role.OPERATOR, Role.REGULATOR, scope="audit:read")
def list_anchors(query: dict[str, Any]) -> Any:
    """记录锚（运营方、监管方） / Anchors of all chains together, newest first (operators, regulators)"""
    return audit_anchors.anchors(**query)
