"""Writing evidence: organisations declare and withdraw, operators decide."""

from marketplace.evidence.services.certificates import decide_certificate, declare_certificate, withdraw_certificate

__all__ = ["decide_certificate", "declare_certificate", "withdraw_certificate"]
