"""The integer model that decides the matches, one file per family of rows (docs/model.md section 3)."""

from solver.formulation.build import Draft, build

__all__ = ["Draft", "build"]
