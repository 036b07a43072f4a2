"""Shopify: orders and stock by the Admin API, and its webhooks, which make readings stale.

Speaks GraphQL at `https://{store}/admin/api/{version}/graphql.json` with `X-Shopify-Access-Token`.
Webhooks carry `X-Shopify-Hmac-Sha256`, base64 of HMAC-SHA256 over the raw body; two secrets are
accepted, since a rotation takes up to an hour. Too many questions come back as HTTP 200 with the
error THROTTLED and what the bucket holds. Sources: shopify.dev, Admin API, read 2026-11.
Unverified against a real store: the version's name, the search by tracking number, the writes.
"""

from connectors.shops.shopify.shop import Options, ShopifyShop, connect

__all__ = ["Options", "ShopifyShop", "connect"]
