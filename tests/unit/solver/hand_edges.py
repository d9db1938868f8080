"""All markets by hand at the edges of terms: what stands just inside and outside one, and where one says nothing."""

from __future__ import annotations

from solver.form.market import Market
from tests.unit.solver import edges_joint, edges_stock, inside_joint
from tests.unit.solver.edges_joint import Edge

EDGES: dict[str, Edge] = edges_joint.EDGES | edges_stock.EDGES
INSIDE: dict[str, tuple[Market, int, int]] = inside_joint.INSIDE | edges_stock.INSIDE
