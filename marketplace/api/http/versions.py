"""ETag and If-Match: who changes a thing says which version of it they saw."""

from __future__ import annotations

from typing import Any, Protocol

from flask import request
from werkzeug.exceptions import PreconditionRequired

from marketplace.shared.errors import StaleVersion


class Versioned(Protocol):
    """Anything that counts its changes."""

    version: Any


def with_etag(thing: Any, headers: dict[str, str] | None = None) -> tuple[Any, dict[str, str]]:
    """A view's return value: the thing, and its version as ETag."""
    return thing, {**(headers or {}), "ETag": f'"{thing.version}"'}


def check_version(thing: Versioned, *, required: bool = True) -> None:
    """Raises 428 when If-Match is missing (if required), StaleVersion (412) when it names another version."""
    if not request.if_match:
        if required:
            raise PreconditionRequired("send If-Match with the ETag of the version that you saw")
        return
    if str(thing.version) not in request.if_match:
        raise StaleVersion(f"the present version is {thing.version}")
