"""Sample organisations enter: verified, with their sites and the certificates they hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Organisation, Site
from marketplace.accounts.queries import organisation_by_credit_code
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Grade
from marketplace.evidence import services as evidence
from marketplace.samples.model import SampleMarket, SampleOrganisation, SampleSite
from marketplace.shared.actor import Actor, Role
from marketplace.shared.errors import Conflict


@dataclass
class Admitted:
    """Organisations by credit code, sites by their key, the grades; held here, the session finds them at once."""

    grades: list[Grade]
    organisations: dict[str, Organisation] = field(default_factory=dict)
    sites: dict[str, Site] = field(default_factory=dict)

    def actor(self, credit_code: str) -> Actor:
        """Who acts for an organisation."""
        return Actor("sample", self.organisations[credit_code].id, frozenset(Role), verified=True)


def admit(market: SampleMarket, moments: Iterator[datetime]) -> Admitted:
    """Store the market's organisations.  Raises: Conflict when one of them is there already; InvalidInput."""
    admitted = Admitted([catalogue.grade(grade_id) for grade_id in market.grades])
    if market.organisations and organisation_by_credit_code(market.organisations[0].credit_code) is not None:
        raise Conflict(f"the sample market {market.name} is loaded already")
    given = [(_organisation(sample), [_site(site) for site in sample.sites]) for sample in market.organisations]
    stored = accounts.admit_samples(given, moments=moments)
    for sample, (organisation, sites) in zip(market.organisations, stored, strict=True):
        admitted.organisations[sample.credit_code] = organisation
        admitted.sites |= {place.key: site for place, site in zip(sample.sites, sites, strict=True)}
    held = [
        (admitted.organisations[sample.credit_code].id, certificate)
        for sample in market.organisations
        for certificate in _certificates(sample, admitted.sites)
    ]
    evidence.accept_samples(held, moments=moments)
    return admitted


def _organisation(sample: SampleOrganisation) -> dict[str, Any]:
    fields = ("credit_code", "name_zh", "name_latin", "kind", "group_parent", "small")
    return {**{name: getattr(sample, name) for name in fields}, "tags": list(sample.tags)}


def _site(site: SampleSite) -> dict[str, Any]:
    return {
        "name": site.name,
        "address": site.address,
        "region_code": site.region_code,
        "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg,
    }


def _certificates(sample: SampleOrganisation, sites: Mapping[str, Site]) -> Iterator[dict[str, Any]]:
    for number, held in enumerate(sample.certificates, start=1):
        yield {
            "code": held.code,
            "number": f"SAMPLE-{sample.credit_code}-{number}",
            "issuer": "样例机构（sample issuer）",
            "valid_from": held.valid_from,
            "valid_to": held.valid_to,
            "grades": list(held.grades),
            "sites": [sites[key].id for key in held.sites],
        }
