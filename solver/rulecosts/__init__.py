"""What every rule of a round costs, and which keep regions apart without a technical reason (docs/model.md 8.6)."""
