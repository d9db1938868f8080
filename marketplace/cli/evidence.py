"""What leaves the platform for others to read or to check it by: published contracts, the audit trail."""

from __future__ import annotations

from pathlib import Path

import click

from marketplace.cli import application
from marketplace.cli.files import write_whole


@click.group()
def export() -> None:
    """What the public may have, as files."""


@export.command("ocds")
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
def export_ocds(output: Path) -> None:
    """Write all published contracts as one release package of the Open Contracting Data Standard 1.1.

    The file is written whole or not at all.  The standard's own checker reads it: pip install libcoveocds, then
    libcoveocds FILE, which fetches the standard's schema.
    """
    from flask import current_app

    from marketplace.contracts.queries import publication as publication_queries
    from marketplace.contracts.rules.open_contracting import Publisher, package_json
    from marketplace.shared.database import unit_of_work

    with application.application().app_context(), unit_of_work(writes=False):
        settings = current_app.extensions["changdan-settings"]
        package = publication_queries.whole_package(Publisher(settings.ocds_prefix, settings.public_url))
    write_whole(output, package_json(package))
    contracts = len({release["ocid"] for release in package["releases"]})
    click.echo(f"{output}: contracts: {contracts}; releases: {len(package['releases'])}")


@click.group()
def audit() -> None:
    """The audit trail: anchoring all chains together, and checking them."""


@audit.command("anchor")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Also export it, as JSON.")
def anchor_chains(output: Path | None) -> None:
    """Anchor all chains as they are now.  Keep the exported file where this machine cannot change it.

    It is never written over another: an older anchor proves what was there then.
    """
    from marketplace.shared import audit_anchors
    from marketplace.shared.clock import utc_now
    from marketplace.shared.database import unit_of_work

    if output is not None and output.exists():
        raise click.ClickException(f"{output} is there already; an anchor is not written over another file")
    with application.application().app_context(), unit_of_work():
        anchor = audit_anchors.make_anchor(now=utc_now())
    if output is not None:
        write_whole(output, audit_anchors.exported(anchor))
    click.echo(f"anchor {anchor.number}: chains: {anchor.chains}; hash: {anchor.hash}")


@audit.command("verify")
@click.option("--anchor", "file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_audit(file: Path | None) -> None:
    """Check every chain and every anchor, and the database against an exported anchor.  Exit status 1: not whole."""
    from marketplace.shared import audit_verification
    from marketplace.shared.database import unit_of_work

    try:
        kept = None if file is None else audit_verification.read_anchor(file.read_bytes())
    except audit_verification.NotAnAnchor as error:
        raise click.ClickException(f"{file}: {error}") from None
    with application.application().app_context(), unit_of_work(writes=False):
        found = list(audit_verification.findings(kept))
    for line in found:
        click.echo(line)
    if found:
        raise click.ClickException(f"the audit trail is not whole; findings: {len(found)}")
    click.echo("the audit trail is whole")
