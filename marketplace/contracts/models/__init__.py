"""Proposals, what was said of them, and the contracts that came of them, as they are stored."""

from marketplace.contracts.models.commitments import Commitment, SupplyPlace
from marketplace.contracts.models.contracts import Contract, ContractConfirmation, ContractVersion
from marketplace.contracts.models.deliveries import CallOff, LotCertificate, Shipment, ShipmentEntry
from marketplace.contracts.models.exports import Export, ExportPiece
from marketplace.contracts.models.fulfilment import FulfilmentJudgement, FulfilmentReminder, FulfilmentReport
from marketplace.contracts.models.notices import ContractNotice
from marketplace.contracts.models.novations import ContractNovation, FormerParty
from marketplace.contracts.models.proposals import (
    Bundle,
    LimitKeptRejection,
    Proposal,
    ProposalAnswer,
    ProposalRevision,
)
from marketplace.contracts.models.publications import PublicationConsent
from marketplace.contracts.models.reopenings import ContractReopening
from marketplace.contracts.models.statements import ContractPayment, ContractStatement

__all__ = [
    "Bundle",
    "CallOff",
    "Commitment",
    "Contract",
    "ContractConfirmation",
    "ContractNotice",
    "ContractNovation",
    "ContractPayment",
    "ContractReopening",
    "ContractStatement",
    "ContractVersion",
    "Export",
    "ExportPiece",
    "FormerParty",
    "FulfilmentJudgement",
    "FulfilmentReminder",
    "FulfilmentReport",
    "LimitKeptRejection",
    "LotCertificate",
    "Proposal",
    "ProposalAnswer",
    "ProposalRevision",
    "PublicationConsent",
    "Shipment",
    "ShipmentEntry",
    "SupplyPlace",
]
