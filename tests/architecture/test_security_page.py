"""What SECURITY.md and the operators' page point to is there."""

from __future__ import annotations

import re
from pathlib import Path

from marketplace.config import KNOWN, Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
OPERATIONS = (ROOT / "docs" / "operations-security.md").read_text(encoding="utf-8")


def test_every_file_it_names_is_there() -> None:
    named = set(re.findall(r"`((?:tests|marketplace|docs)/[\w./-]+|\.importlinter)`", PAGE))
    assert len(named) > 30
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_every_chapter_of_the_standard_is_there_and_every_section_has_a_state() -> None:
    assert re.findall(r"^### V(\d+) ", PAGE, re.MULTILINE) == [str(number) for number in range(1, 15)]
    rows = re.findall(r"^\| (\d+\.\d+)[^|]*\| ([^|]*) \| ([^|]*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 50
    for section, state, reason in rows:
        assert state in ("yes", "partly", "no", "n/a"), section
        assert reason.strip(), section
        assert state != "yes" or len(reason) > 20, section


def test_settings_and_their_defaults_are_as_written() -> None:
    settings = Settings()
    defaults = dict(re.findall(r"^\| `(CHANGDAN_LIMIT_\w+)` \| `([^`]+)` \|", OPERATIONS, re.MULTILINE))
    assert defaults == {
        name: getattr(settings, name.removeprefix("CHANGDAN_").lower())
        for name in KNOWN
        if name.startswith("CHANGDAN_LIMIT_")
    }
