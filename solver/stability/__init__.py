"""How stable a clearing is, for the operator's own audit (docs/model.md 5.8)."""
