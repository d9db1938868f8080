"""What comes of a published match: proposals now; acceptance, contracts and deliveries build on them."""
