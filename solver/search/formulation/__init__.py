"""The integer model that decides the matches, one file per family of rows (docs/model.md section 3)."""

from solver.search.formulation.assemble import build
from solver.search.formulation.draft import Draft

__all__ = ["Draft", "build"]
