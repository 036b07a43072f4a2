"""Orders of any system that answers a few addresses over HTTP with Parley's own Order.

`GET {base}/orders/{ref}` an order, or 404; `GET {base}/orders?email=` and `?tracking=` a list;
`GET {base}/stock?q=` a list of what is in stock. An Order is what `docs/contract.json` says.
"""

from connectors.shops.http_orders.shop import HttpShop, Options, connect

__all__ = ["HttpShop", "Options", "connect"]
