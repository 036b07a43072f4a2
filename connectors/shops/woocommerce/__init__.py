"""WooCommerce: orders and stock by its REST API, version 3, and its webhooks.

Speaks JSON at `{site}/wp-json/wc/v3/` with the consumer key and secret as Basic login, so https
alone. An order's number is its id unless a plugin numbers orders anew; then it is searched for.
Tracking is no part of the API: it is read from the metadata `_wc_shipment_tracking_items` of the
plugin Shipment Tracking and of those that write the same. A webhook carries
`X-WC-Webhook-Signature`, base64 of HMAC-SHA256 over the raw body, and is switched off by
WooCommerce after five failures. Source: woocommerce-rest-api-docs, read 2026-11.
"""

from connectors.shops.woocommerce.shop import Options, WooShop, connect

__all__ = ["Options", "WooShop", "connect"]
