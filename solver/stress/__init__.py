"""The stress test: prices of a clearing replayed over index paths (docs/model.md 8.5, docs/stress.md)."""
