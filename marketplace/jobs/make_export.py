"""Making a file that a member asked for: in a snapshot that only reads, kept in a short transaction."""

from __future__ import annotations

from flask import current_app

from marketplace.accounts.errands import Claim
from marketplace.contracts import services as contracts
from marketplace.contracts.models import Export
from marketplace.contracts.rules.exports import Spool
from marketplace.contracts.rules.open_contracting import Publisher
from marketplace.jobs.errands import ErrandJob, Note, present
from marketplace.shared.database import snapshot, unit_of_work


def _made(claim: Claim[Export], note: Note) -> str:
    settings = current_app.extensions["changdan-settings"]
    publisher = Publisher(settings.ocds_prefix, settings.public_url)
    with Spool(at_once=1) as pieces:
        with snapshot():
            made = contracts.make_export(claim, pieces, publisher=publisher, progress=note)
        with unit_of_work():
            contracts.store_export(claim, made, now=present())
    return f"made, {made.rows} rows, {made.size_bytes} bytes"


MAKE_EXPORT = ErrandJob(
    "make_export", Export, _made, contracts.refuse_export, contracts.fail_export, "it could not be made"
)
