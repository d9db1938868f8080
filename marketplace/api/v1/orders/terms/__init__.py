"""The schemas of all terms of an order, a file per group."""

from marketplace.api.v1.orders.terms.delivery import DeliveryTermsSchema
from marketplace.api.v1.orders.terms.links import LinkTermsSchema
from marketplace.api.v1.orders.terms.parties import PartyTermsSchema
from marketplace.api.v1.orders.terms.prices import PriceTermsSchema
from marketplace.api.v1.orders.terms.quality import QualityTermsSchema
from marketplace.api.v1.orders.terms.volumes import VolumeTermsSchema


class TermsSchema(
    VolumeTermsSchema,
    PriceTermsSchema,
    QualityTermsSchema,
    DeliveryTermsSchema,
    PartyTermsSchema,
    LinkTermsSchema,
):
    """Every term of an order."""
