"""Writing evidence: organisations declare and withdraw, operators decide; samples come accepted."""

from marketplace.evidence.services.certificates import decide_certificate, declare_certificate, withdraw_certificate
from marketplace.evidence.services.samples import accept_samples

__all__ = ["accept_samples", "decide_certificate", "declare_certificate", "withdraw_certificate"]
