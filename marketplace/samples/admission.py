"""Sample organisations enter: verified, with their sites and the certificates they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from marketplace.accounts import services as accounts
from marketplace.accounts.models import Organisation, Site
from marketplace.accounts.queries import organisation_by_credit_code
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.models import Grade
from marketplace.evidence import services as evidence
from marketplace.samples.model import SampleMarket, SampleOrganisation, SampleSite
from marketplace.shared.actor import SYSTEM, Actor, Role
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
    for sample in market.organisations:
        admitted.organisations[sample.credit_code] = accounts.admit_sample(
            credit_code=sample.credit_code,
            name_zh=sample.name_zh,
            name_latin=sample.name_latin,
            kind=sample.kind,
            group_parent=sample.group_parent,
            small=sample.small,
            tags=sample.tags,
            now=next(moments),
        )
        for site in sample.sites:
            admitted.sites[site.key] = _add_site(site, admitted.actor(sample.credit_code), next(moments))
        _certify(sample, admitted, next(moments))
    return admitted


def _add_site(site: SampleSite, actor: Actor, now: datetime) -> Site:
    given = {
        "name": site.name,
        "address": site.address,
        "region_code": site.region_code,
        "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg,
    }
    return accounts.add_site(given, actor=actor, now=now)


def _certify(sample: SampleOrganisation, admitted: Admitted, now: datetime) -> None:
    for number, held in enumerate(sample.certificates, start=1):
        certificate = evidence.declare_certificate(
            code=held.code,
            number=f"SAMPLE-{sample.credit_code}-{number}",
            issuer="样例机构 (sample issuer)",
            valid_from=held.valid_from,
            valid_to=held.valid_to,
            grades=held.grades,
            sites=[admitted.sites[key].id for key in held.sites],
            actor=admitted.actor(sample.credit_code),
            now=now,
        )
        evidence.decide_certificate(certificate.id, decision="accept", actor=SYSTEM, now=now)
