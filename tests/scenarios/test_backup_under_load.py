"""Backups of a served platform under write load, each restored; ``python -m bench backup`` does it at length."""

from __future__ import annotations

import pytest

from bench.deployment.backups import restores
from bench.deployment.server import Server
from bench.deployment.web import changdan_here
from tests.databases import database_urls, server_url


@pytest.mark.parametrize("database", database_urls())
def test_all_that_was_acknowledged_before_is_restored(database: str) -> None:
    server = Server(server_url()) if database == "postgresql" else None
    found = list(restores(database, 2, seed=1, pause_s=0.3, server=server, command=changdan_here))
    assert [violation for each in found for violation in each.violations] == []
    assert all(each.acknowledged_before > 0 and each.acknowledged_meanwhile > 0 for each in found)
    assert [each.target for each in found] == [database, "sqlite"]
