"""Which pairs may trade, and into which separate parts the market falls."""
