"""What comes of a published match: a proposal, the answers of both parties, a contract."""
