"""What comes of a published match: proposals.  Acceptance on the platform is not part of this version."""
