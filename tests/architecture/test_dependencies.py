"""What the platform runs on has no known vulnerability; asked of the package index's advisories, where they answer."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from importlib.metadata import PackageNotFoundError, requires
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS = ("postgresql", "oidc", "redis", "gunicorn", "otel")  # what may serve; tests and benchmarks serve nobody
ACCEPTED: dict[str, str] = {}  # an advisory's id, and why it does not concern the platform
SECONDS = 240


def served() -> set[str]:
    """The platform's dependencies with all that they depend on, as far as they are installed."""
    found: set[str] = set()
    waiting = [("changdan", extra) for extra in ("", *EXTRAS)]
    while waiting:
        name, extra = waiting.pop()
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue
        for requirement in map(Requirement, needed):
            if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
                continue
            if canonicalize_name(requirement.name) not in found:
                found.add(canonicalize_name(requirement.name))
                waiting += [(requirement.name, each) for each in ("", *requirement.extras)]
    return found


def audited() -> list[dict[str, Any]]:
    """What pip-audit says of each installed package."""
    packages = sysconfig.get_paths()["purelib"]
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--path", packages]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return []
    try:
        found: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except ValueError:
        return []  # it ends so when the network is not there at all
    return [each for each in found if "skip_reason" not in each]


def test_the_closure_of_dependencies_is_found() -> None:
    assert {"flask", "werkzeug", "sqlalchemy", "marshmallow", "scipy", "cryptography"} <= served()
    assert not {"pytest", "hypothesis", "ortools"} & served()


def test_no_dependency_has_a_known_vulnerability() -> None:
    packages = audited()
    if not packages:
        pytest.skip("left out: the package index's advisories do not answer from here")
    ours = served()
    known = {
        f"{each['name']} {each['version']}: {advisory['id']}, mended in {', '.join(advisory['fix_versions']) or 'none'}"
        for each in packages
        for advisory in each["vulns"]
        if canonicalize_name(each["name"]) in ours and advisory["id"] not in ACCEPTED
    }
    assert not known
