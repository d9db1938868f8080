"""Kinds of organisation in the chain, and the lifecycle of an organisation's admission."""

from __future__ import annotations

from enum import StrEnum

from marketplace.shared.actor import Role
from marketplace.shared.lifecycle import Lifecycle


class OrganisationKind(StrEnum):
    """What an organisation is in the battery chain (notice of November 2022, section 2)."""

    RESOURCE = "resource"
    SECOND_ORDER_MATERIAL = "second_order_material"
    FIRST_ORDER_MATERIAL = "first_order_material"
    CELL = "cell"
    PACK = "pack"
    INTEGRATOR = "integrator"
    END_USER = "end_user"
    RECYCLER = "recycler"
    DISTRIBUTOR = "distributor"
    CARRIER = "carrier"
    TESTING_LABORATORY = "testing_laboratory"
    RESEARCH_INSTITUTE = "research_institute"
    ASSOCIATION = "association"
    AUTHORITY = "authority"
    OPERATOR = "operator"


KIND_NAMES_ZH = {
    OrganisationKind.RESOURCE: "资源企业",
    OrganisationKind.SECOND_ORDER_MATERIAL: "二阶材料企业",
    OrganisationKind.FIRST_ORDER_MATERIAL: "一阶材料企业",
    OrganisationKind.CELL: "电芯企业",
    OrganisationKind.PACK: "电池组企业",
    OrganisationKind.INTEGRATOR: "系统集成企业",
    OrganisationKind.END_USER: "终端用户",
    OrganisationKind.RECYCLER: "回收企业",
    OrganisationKind.DISTRIBUTOR: "渠道分销企业",
    OrganisationKind.CARRIER: "物流运输企业",
    OrganisationKind.TESTING_LABORATORY: "检测机构",
    OrganisationKind.RESEARCH_INSTITUTE: "研究机构",
    OrganisationKind.ASSOCIATION: "行业协会",
    OrganisationKind.AUTHORITY: "主管部门",
    OrganisationKind.OPERATOR: "平台运营方",
}

_TRADING_ROLES = frozenset({Role.SELLER, Role.BUYER, Role.SIGNATORY, Role.ORGANISATION_ADMIN})


def roles_open_to(kind: OrganisationKind) -> frozenset[Role]:
    """Which roles a member of such an organisation may have: operators operate, authorities supervise, firms trade.

    >>> Role.SELLER in roles_open_to(OrganisationKind.OPERATOR)
    False
    """
    if kind is OrganisationKind.OPERATOR:
        return frozenset({Role.OPERATOR, Role.ORGANISATION_ADMIN})
    if kind is OrganisationKind.AUTHORITY:
        return frozenset({Role.REGULATOR, Role.ORGANISATION_ADMIN})
    if kind in (OrganisationKind.ASSOCIATION, OrganisationKind.RESEARCH_INSTITUTE, OrganisationKind.TESTING_LABORATORY):
        return frozenset({Role.ORGANISATION_ADMIN})
    return _TRADING_ROLES


ADMISSION = Lifecycle(
    "organisation",
    "pending",
    {
        ("pending", "verify"): "verified",
        ("pending", "reject"): "rejected",
        ("verified", "suspend"): "suspended",
        ("suspended", "verify"): "verified",
    },
)
