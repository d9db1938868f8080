"""The integer model that decides the matches, one file per family of rows (docs/model.md section 3)."""

from solver.formulation.assemble import build
from solver.formulation.draft import Draft

__all__ = ["Draft", "build"]
