"""How to play the server behind the shop `http_orders`."""

from tests.proofs import ShopProof
from tests.provider import Provider, Says

ORDER = {
    "ref": "B-7",
    "currency": "EUR",
    "totals": {"total": 12.5},
    "items": [{"sku": "CUP", "title": "Cup", "qty": 1}],
}


def script(there: Provider) -> None:
    there.on("GET", "/orders/B-7", Says(200, ORDER))


PROOF = ShopProof(
    environment=lambda url: {"HTTP_ORDERS_API_URL": url, "HTTP_ORDERS_TOKEN": "t"},
    script=script,
    ref="B-7",
    total="12.50 EUR",
)
