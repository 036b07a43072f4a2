"""Vendure: orders and stock by its Admin API. Run against a real server, 3.7.3, in `make peers`.

Speaks GraphQL at `{server}/admin-api`; an administrator's login gives a token in the header
`vendure-auth-token`, which is got anew when the server has forgotten it. Amounts are hundredths.
Orders can't be searched by tracking number there: the newest 300 are looked through.
Source: docs.vendure.io and the schema of a running 3.7.3, read 2026-11.
"""

from connectors.shops.vendure.shop import Options, VendureShop, connect

__all__ = ["Options", "VendureShop", "connect"]
