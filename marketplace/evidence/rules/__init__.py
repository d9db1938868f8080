"""Pure rules of evidence: kinds of certificates, their lifecycle, what a declaration must hold."""
