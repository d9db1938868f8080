"""Proposals, what was said of them, and the contracts that came of them, as they are stored."""

from marketplace.contracts.models.commitments import Commitment, SupplyPlace
from marketplace.contracts.models.contracts import Contract, ContractConfirmation, ContractVersion
from marketplace.contracts.models.notices import ContractNotice
from marketplace.contracts.models.proposals import Bundle, Proposal, ProposalAnswer, ProposalRevision

__all__ = [
    "Bundle",
    "Commitment",
    "Contract",
    "ContractConfirmation",
    "ContractNotice",
    "ContractVersion",
    "Proposal",
    "ProposalAnswer",
    "ProposalRevision",
    "SupplyPlace",
]
