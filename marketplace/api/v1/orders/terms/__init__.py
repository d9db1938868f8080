"""The schemas of all terms of an order, a file per group."""

from __future__ import annotations

from typing import Any

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

    def load(self, data: Any, *, many: bool | None = None, partial: Any = None, unknown: Any = None) -> Any:
        """As marshmallow does, except that what is missing is for the rules to say, with all else that is wrong.

        So the sixty fields that an order may have cost nothing where they are absent.
        """
        return super().load(data, many=many, partial=True, unknown=unknown)
