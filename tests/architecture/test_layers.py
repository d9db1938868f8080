"""Who may know whom, checked on the imports themselves."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A tool of this environment, run at the top of the checkout."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True)


def test_import_contracts_are_kept() -> None:
    code = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("command", [("ruff", "check"), ("ruff", "format", "--check")])
def test_ruff_is_clean(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.returncode == 0, result.stdout


def test_types_are_strict_in_the_solver_and_in_every_rule() -> None:
    rules = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("marketplace/*/rules"))
    assert len(rules) >= 6
    result = run("mypy", "solver", *rules)
    assert result.returncode == 0, result.stdout


def test_pulp_is_imported_in_exactly_one_file() -> None:
    importers = [
        str(path.relative_to(ROOT))
        for folder in ("solver", "marketplace")
        for path in ROOT.glob(f"{folder}/**/*.py")
        if re.search(r"^\s*(import|from) pulp\b", path.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert importers == ["solver/search/backend.py"]


def test_only_delivery_code_commits() -> None:
    delivery = ("api", "jobs", "console", "samples", "cli", "shared")
    offenders = [
        str(path.relative_to(ROOT))
        for path in ROOT.glob("marketplace/**/*.py")
        if path.relative_to(ROOT / "marketplace").parts[0].removesuffix(".py") not in delivery
        and re.search(r"\.commit\(|unit_of_work\(", path.read_text(encoding="utf-8"))
    ]
    assert offenders == []
