"""What holds of every proposal: its lifecycle, its volumes and values."""
