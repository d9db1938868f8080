"""Every migration goes both ways on both databases, and leaves exactly the schema that the models describe."""

from __future__ import annotations

from collections.abc import Iterator

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from marketplace.app import create_app
from marketplace.config import Settings, migrations_folder
from marketplace.shared.database import Base, ExactDecimal, db
from tests.conftest import SECRET_KEY
from tests.databases import database_urls, prepare


@pytest.fixture(params=database_urls())
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application on a database without any table."""
    with prepare(request.param, tmp_path_factory) as url:
        app = create_app(Settings(database_url=url, secret_key=SECRET_KEY, testing=True))
        with app.app_context():
            yield app
            db.session.remove()
            db.engine.dispose()


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_up_down_up(empty: Flask) -> None:
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)
    flask_migrate.downgrade(revision="base")
    assert tables() == set()
    flask_migrate.upgrade()
    assert tables() == set(Base.metadata.tables)


def test_step_by_step(empty: Flask) -> None:
    revisions = [script.revision for script in ScriptDirectory(str(migrations_folder())).walk_revisions()][::-1]
    for revision in revisions:
        flask_migrate.upgrade(revision=revision)
        flask_migrate.downgrade(revision="-1")
        flask_migrate.upgrade(revision=revision)


def test_the_models_have_not_drifted_from_the_migrations(empty: Flask) -> None:
    flask_migrate.upgrade()
    with db.engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": lambda _c, _i, _m, _t, declared: False if isinstance(declared, ExactDecimal) else None
            },
        )
        assert compare_metadata(context, Base.metadata) == []
