"""A shipped sample with a handful of its orders."""

from __future__ import annotations

from dataclasses import replace

from marketplace.samples.model import SampleMarket


def reduced(market: SampleMarket, orders: int) -> SampleMarket:
    """The market with some of its first offers and some of its first needs, and nobody else."""
    kept = [
        order for side in ("offer", "need") for order in [each for each in market.orders if each.side == side][:orders]
    ]
    owners = {order.credit_code for order in kept}
    organisations = tuple(each for each in market.organisations if each.credit_code in owners)
    regions = {site.region_code for each in organisations for site in each.sites}
    lanes = [
        lane for lane in market.freight.get("lanes", ()) if regions.issuperset((lane["origin"], lane["destination"]))
    ]
    return replace(market, orders=tuple(kept), organisations=organisations, freight={**market.freight, "lanes": lanes})
