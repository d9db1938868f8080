"""What the Open Contracting Data Standard 1.1 asks of the part that we publish, checked without network.

No package that can be installed brings the standard's schema - its own checker, libcoveocds, fetches it - and a copy
is not ours to keep.  So ``PACKAGE`` states, written from the reference (https://standard.open-contracting.org/1.1),
the fields, types and closed codelists that we use, more strictly: what it does not name is refused.  Where
``CHANGDAN_TEST_OCDS_STANDARD`` names a folder with release-schema.json and release-package-schema.json (``schema/`` of
the standard's repository), the standard's own schema is asked as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

SETTING = "CHANGDAN_TEST_OCDS_STANDARD"

MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "number", "minimum": 0}


def object_of(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "required": sorted(required),
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def list_of(item: dict[str, Any], *, least: int = 1) -> dict[str, Any]:
    """At least one of these, none twice."""
    return {"type": "array", "items": item, "minItems": least, "uniqueItems": True}


def one_of(*codes: str | None) -> dict[str, Any]:
    """A code of a closed codelist."""
    return {"enum": list(codes)}


REFERENCE = object_of({"id": TEXT, "name": TEXT})
IDENTIFIER = object_of({"scheme": one_of("CN-USCI"), "id": TEXT, "legalName": TEXT})
PARTY = object_of(
    {"id": TEXT, "name": TEXT, "name_en": TEXT, "identifier": IDENTIFIER, "roles": list_of(one_of("buyer", "supplier"))}
)
CLASSIFICATION = object_of({"scheme": one_of("HS", "x_CHANGDAN"), "id": TEXT}, description=TEXT)
UNIT = object_of({"scheme": one_of("UNCEFACT"), "id": TEXT, "name": TEXT})
ITEM = object_of(
    {"id": TEXT, "description": TEXT, "description_en": TEXT, "unit": UNIT},
    classification=CLASSIFICATION,
    additionalClassifications=list_of(CLASSIFICATION),
    quantity=NUMBER,
)
MILESTONE = object_of(
    {
        "id": TEXT,
        "title": TEXT,
        "title_en": TEXT,
        "type": one_of("delivery"),
        "dueDate": MOMENT,
        "status": one_of("scheduled", "met", "notMet", "partiallyMet", None),
    },
    dateModified=MOMENT,
)
CONTRACT = object_of(
    {
        "id": TEXT,
        "awardID": TEXT,
        "title": TEXT,
        "title_en": TEXT,
        "description": TEXT,
        "description_en": TEXT,
        "status": one_of("pending", "active", "cancelled", "terminated"),
        "period": object_of({"startDate": MOMENT, "endDate": MOMENT}),
        "items": list_of(ITEM),
    },
    value=object_of({"amount": NUMBER, "currency": one_of("CNY")}),
    dateSigned=MOMENT,
    amendments=list_of(object_of({"id": TEXT, "date": MOMENT, "amendsReleaseID": TEXT, "releaseID": TEXT})),
    implementation=object_of({"milestones": list_of(MILESTONE)}),
)
AWARD = object_of({"id": TEXT, "status": one_of("active", "cancelled"), "suppliers": list_of(REFERENCE)})
TENDER = object_of(
    {
        "id": TEXT,
        "status": one_of("complete"),
        "procurementMethod": one_of("open", "selective", "limited", "direct"),
        "procurementMethodDetails": TEXT,
        "mainProcurementCategory": one_of("goods"),
    }
)
TAGS = one_of(
    *("tender", "award", "awardCancellation", "contract", "contractUpdate", "contractAmendment"),
    *("implementation", "implementationUpdate", "contractTermination"),
)
RELEASE = object_of(
    {
        "ocid": {"type": "string", "pattern": "^ocds-[a-z0-9]{6}-."},
        "id": TEXT,
        "date": MOMENT,
        "tag": list_of(TAGS),
        "initiationType": one_of("tender"),
        "language": one_of("zh"),
        "parties": list_of(PARTY),
        "buyer": REFERENCE,
        "tender": TENDER,
        "awards": list_of(AWARD),
        "contracts": list_of(CONTRACT),
    }
)
URL = {"type": "string", "pattern": "^https?://"}
PACKAGE = object_of(
    {
        "uri": URL,
        "version": one_of("1.1"),
        "publishedDate": MOMENT,
        "publisher": object_of({"name": TEXT, "uri": URL}),
        "releases": list_of(RELEASE),
    },
    extensions=list_of(URL),
    links=object_of({"next": URL}),
)


def faults(package: dict[str, Any]) -> list[str]:
    """All that is wrong with a package: its form, and references that name nothing."""
    jsonschema.Draft4Validator.check_schema(PACKAGE)
    found = [_line(error) for error in jsonschema.Draft4Validator(PACKAGE).iter_errors(package)]
    return found or [line for release in package["releases"] for line in _loose_ends(release)]


def standard_faults(package: dict[str, Any]) -> list[str] | None:
    """What the standard's own schema says is wrong; None where there is no copy of it."""
    folder = os.environ.get(SETTING)
    if folder is None:
        return None
    release, whole = (
        json.loads((Path(folder) / f"{name}-schema.json").read_text()) for name in ("release", "release-package")
    )
    named = whole["properties"]["releases"]["items"]["$ref"]
    registry = Registry().with_resource(named, Resource(release, DRAFT4))
    validator = jsonschema.Draft4Validator(whole, registry=registry, format_checker=jsonschema.FormatChecker())
    return [_line(error) for error in validator.iter_errors(package)]


def _line(error: jsonschema.ValidationError) -> str:
    return f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def _loose_ends(release: dict[str, Any]) -> Iterator[str]:
    roles = {party["id"]: party["roles"] for party in release["parties"]}
    if "buyer" not in roles.get(release["buyer"]["id"], ()):
        yield f"{release['id']}: the buyer is no party"
    for award in release["awards"]:
        if any("supplier" not in roles.get(each["id"], ()) for each in award["suppliers"]):
            yield f"{release['id']}: a supplier is no party"
    awards = {award["id"] for award in release["awards"]}
    if any(contract["awardID"] not in awards for contract in release["contracts"]):
        yield f"{release['id']}: a contract is of no award"
