"""What tests of several services begin with."""

from __future__ import annotations

import pytest

from marketplace.accounts.models import Organisation
from marketplace.shared.database import db
from tests.factories.accounts import make_organisation


@pytest.fixture
def own(session: None) -> Organisation:
    """An organisation, with its chain begun."""
    organisation = make_organisation()
    db.session.commit()
    return organisation
