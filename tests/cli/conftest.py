"""The ``changdan`` command on a database of its own, in this process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import flask_migrate
import pytest
from click.testing import CliRunner, Result

from marketplace import cli
from marketplace.app import create_app
from marketplace.cli import application
from marketplace.config import Settings
from marketplace.shared.database import db
from tests.conftest import SECRET_KEY

Command = Callable[..., Result]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "changdan.sqlite"
    app = create_app(Settings(database_url=f"sqlite:///{path}", secret_key=SECRET_KEY))
    with app.app_context():
        flask_migrate.upgrade()
        db.engine.dispose()
    return path


@pytest.fixture
def empty_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs ``changdan`` with these words, on a database without tables; an unforeseen error fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHANGDAN_DATABASE_URL", f"sqlite:///{tmp_path / 'changdan.sqlite'}")
    monkeypatch.setenv("CHANGDAN_SECRET_KEY", SECRET_KEY)
    made = application.application

    def disposed_application(database_url: str | None = None) -> object:
        """The command's own application, whose connections end with the command, as with a process."""
        app = made(database_url)
        context = click.get_current_context().find_root()

        def dispose() -> None:
            with app.app_context():
                db.engine.dispose()

        context.call_on_close(dispose)
        return app

    monkeypatch.setattr(application, "application", disposed_application)

    def run(*words: str, given: str | None = None) -> Result:
        result = CliRunner().invoke(cli.main, words, input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def command(empty_command: Command, migrated: Path, tmp_path: Path) -> Command:
    """The same on a migrated database."""
    shutil.copy(migrated, tmp_path / "changdan.sqlite")
    return empty_command


def in_a_process(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command as it is installed, in a folder, with nothing in its environment but what is given here."""
    return subprocess.run(
        [sys.executable, "-c", "from marketplace.cli import main; main()", *words],
        cwd=folder,
        env={"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), **environment},
        capture_output=True,
        text=True,
    )
