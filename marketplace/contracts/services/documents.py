"""The contract document of a version: PDF and HTML from one source.

Nothing is fetched and no clock is read: the same version gives the same bytes.  What was confirmed is kept all the
same, since another release of the typesetter may set it otherwise.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources
from typing import Any, Literal

import typst

from marketplace.contracts.models import ContractVersion
from marketplace.contracts.rules.document import Facts, PartyChange, Side, contents
from marketplace.contracts.rules.novation import NOVATION
from marketplace.shared.errors import Conflict

Form = Literal["pdf", "html"]

_TEMPLATE = resources.files("marketplace.contracts.rules.document") / "contract.typ"
_FONTS = resources.files("justmytype_intl_cjk") / "fonts" / "ofl" / "notosanssc"  # Noto Sans SC, SIL Open Font License


def document(version: ContractVersion, form: Form) -> bytes:
    """The document of a version that the caller may see; of a confirmed one the PDF that was confirmed.

    Raises: Conflict of a novation in which the party that enters has not named its place yet.
    """
    if version.origin == NOVATION and all(each["version"] != version.number for each in _novations(version)):
        raise Conflict("there is no document before the party that enters has named its place")
    if form == "pdf" and version.pdf is not None:
        return version.pdf
    given = contents(_facts(version), version.terms)
    options: dict[str, Any] = {}
    if form == "pdf":
        options["timestamp"] = version.moment.replace(microsecond=0)  # PDF knows no smaller part
    made: bytes = typst.compile(
        _TEMPLATE.read_bytes(),
        format=form,
        sys_inputs={"contents": json.dumps(given, ensure_ascii=False, sort_keys=True)},
        font_paths=_fonts(),
        **options,
    )
    return made


@cache
def _fonts() -> typst.Fonts:
    """The fonts, read once: a large file, which takes longer to read than a contract to set."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(_FONTS)])


def document_hash(pdf: bytes) -> str:
    """SHA-256 of a PDF, as confirmations name it."""
    return "sha256:" + hashlib.sha256(pdf).hexdigest()


def _facts(version: ContractVersion) -> Facts:
    sides = {name: Side(**version.facts[name]) for name in ("seller", "buyer")}
    changes = [
        PartyChange(**{**each, **{name: Side(**each[name]) for name in ("leaving", "incoming")}})
        for each in _novations(version)
    ]
    return Facts(**{**version.facts, **sides, "novations": changes})


def _novations(version: ContractVersion) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = version.facts.get("novations", [])
    return found
