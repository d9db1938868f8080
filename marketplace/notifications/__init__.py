"""The inbox: what an organisation is told."""
