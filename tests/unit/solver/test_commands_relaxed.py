"""What the command line says of rules that a clearing relaxes (docs/model.md 3.23)."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from solver.commands import main
from solver.form.market import Market
from solver.form.reading import write_json
from solver.form.terms import SmallSupplierShare
from tests.unit.solver.hand_markets import market, need, offer

SERVED: dict[str, Any] = {"must_serve": True, "priority": {"must_serve": "commercial_1"}}


def cleared(of: Market, folder: Path) -> tuple[str, str]:
    files = str(folder / "m.json"), str(folder / "c.json")
    write_json(of, Path(files[0]))
    assert main(["clear", files[0], "-o", files[1], "--gap", "0"]) == 0
    return files


def test_two_needs_that_one_offer_cannot_both_serve(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # 10 t for 12 t that must be served: n2, which pays more, has its 6 t, and n3 the other 4.
    of = market(offer("o1", [10], 100), need("n2", [6], 160, **SERVED), need("n3", [6], 150, **SERVED))
    files = cleared(of, tmp_path)
    assert capsys.readouterr().err.splitlines()[2:] == [
        "relaxed: must_serve:n3 (commercial_1) by 2 of 6 t",
        "rules cannot all hold; to give up: must_serve:n2 or must_serve:n3",
    ]
    assert main(["explain", *files, "n3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  放宽：must_serve，6 t 中缺 2" in lines
    assert "  relaxed: must_serve by 2 of 6 t" in lines
    assert main(["explain", *files, "n2"]) == 0
    assert "relaxed" not in capsys.readouterr().out


def test_a_family_is_told_what_it_lacks_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    family = {"family": "plants", "organisation": "B", **SERVED}
    of = market(offer("o1", [10], 100), need("n2", [6], 160, **family), need("n3", [6], 150, **family))
    files = cleared(of, tmp_path)
    assert "relaxed: must_serve:n2 (commercial_1) by 2 of 12 t" in capsys.readouterr().err
    for order in ("n2", "n3"):
        assert main(["explain", *files, order]) == 0
        assert "  relaxed: must_serve by 2 of 12 t\n" in capsys.readouterr().out


def test_the_share_of_small_suppliers_by_grade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # The small supplier has 2 t; n must have its 10 t, which is of a higher class than half of them from the small.
    small = offer("small", [2], 100, small_supplier=True)
    of = market(offer("big", [10], 100), small, need("n", [10], 150, **SERVED))
    share = SmallSupplierShare(fraction=Decimal("0.5"), priority="commercial_2")
    cleared(replace(of, policy=replace(of.policy, small_supplier_share=share)), tmp_path)
    assert "relaxed: small_supplier_share:G (commercial_2) by 3 of 5 t\n" in capsys.readouterr().err
