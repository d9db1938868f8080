"""``changdan admin create``."""

from __future__ import annotations

import pytest
from click.testing import Result

from tests.cli.conftest import Command

GIVEN = {
    "--organisation": "某某对接平台",
    "--organisation-latin": "My platform",
    "--credit-code": "91110000600037341L",
    "--name": "运营员",
    "--email": "operator@example.com",
    "--password": "a-long-passphrase",
}


def create(command: Command, given: str | None = None, **changes: str | None) -> Result:
    options = {**GIVEN, **{f"--{name.replace('_', '-')}": value for name, value in changes.items()}}
    return command(
        "admin",
        "create",
        *(word for name, value in options.items() if value is not None for word in (name, value)),
        given=given,
    )


def test_an_operator_is_made_and_the_catalogue_loaded(command: Command) -> None:
    result = create(command)
    assert (result.exit_code, result.output) == (0, "operator@example.com may sign in\n")
    again = create(command)
    assert again.exit_code == 1
    assert "operator@example.com" in again.output
    assert create(command, email="second@example.com").exit_code == 0


def test_the_password_is_asked_for_twice_and_not_shown(command: Command) -> None:
    result = create(command, password=None, given="a-long-passphrase\na-long-passphrase\n")
    assert result.exit_code == 0
    assert "a-long-passphrase" not in result.output


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"password": "short"},
            "/password: has too few characters (value '5 characters', limit '12 to 128 characters')",
        ),
        ({"password": "password1234"}, "/password: is guessed too easily"),
        ({"credit_code": "91110000600037341M"}, "/credit_code: is not a unified social credit code"),
        ({"credit_code": ""}, "/credit_code: is not a unified social credit code"),
        ({"email": "nobody"}, "/email: "),
        ({"organisation": ""}, "/name_zh: is empty"),
        ({"name": "\u200b"}, "/name: "),
    ],
)
def test_what_is_wrong_is_one_line(command: Command, changes: dict[str, str], expected: str) -> None:
    result = create(command, **changes)
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {expected}")
    assert "limit None" not in result.output
    assert "short" not in result.output


def test_nothing_is_made_when_something_is_wrong(command: Command) -> None:
    assert create(command, password="short").exit_code == 1
    assert create(command).exit_code == 0  # neither organisation nor address is taken


def test_an_option_that_is_missing_is_named(command: Command) -> None:
    result = create(command, email=None)
    assert result.exit_code == 2
    assert "--email" in result.output
