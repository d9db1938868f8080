"""The order book over HTTP."""

from marketplace.api.v1.orders import disclosures, resources, uploads

BLUEPRINTS = (uploads.blp, resources.blp, disclosures.blp)
