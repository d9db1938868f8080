"""Callers that many of these tests play."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from marketplace.shared.actor import Role
from tests.factories.accounts import make_member, signed_in


@pytest.fixture
def operator(client: FlaskClient) -> dict[str, str]:
    """Headers of one."""
    return signed_in(client, make_member(roles=[Role.OPERATOR]))


@pytest.fixture
def regulator(client: FlaskClient) -> dict[str, str]:
    """Headers of one."""
    return signed_in(client, make_member(roles=[Role.REGULATOR]))
