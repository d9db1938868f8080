"""Users at work on a served platform, for seconds; ``python -m bench load`` does it for half an hour."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.deployment.load import failed, under_load
from bench.deployment.users import CHANGES, READS
from tests.databases import database_urls, prepare


@pytest.mark.parametrize("database", database_urls())
def test_every_call_is_answered_as_it_should_be(
    database: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with prepare(database, tmp_path_factory) as url:
        found = under_load(url, tmp_path, users=6, rate=40, seconds=8, orders=60, seed=1)
    assert [sample for sample in found.samples if failed(sample)] == []
    assert {sample.name for sample in found.samples} == {*READS, *CHANGES}
    assert len(found.samples) > 200
