"""The examples of a deployment name settings and commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from marketplace.cli import main
from marketplace.config import KNOWN

FOLDER = Path(__file__).parents[2] / "docs" / "deployment"
FILES = sorted(path for path in FOLDER.iterdir() if path.is_file())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_settings_and_commands_are_known(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"CHANGDAN_[A-Z_]+", text)) <= set(KNOWN)
    assert set(re.findall(r"changdan[, ]+(check|worker|db|serve|[a-z]+) *[,\]\n]", text)) <= set(main.commands)


def test_the_compose_file_starts_web_and_workers_after_the_upgrade() -> None:
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"] == {"upgrade": {"condition": "service_completed_successfully"}}
        assert services[name]["environment"]["CHANGDAN_JOBS"] == "workers"
    assert services["upgrade"]["command"] == ["changdan", "db", "upgrade"]
