"""How to play the server behind the shop `shopify`."""

from tests.proofs import ShopProof
from tests.provider import Provider, Says
from tests.shop_parts import payload


def script(there: Provider) -> None:
    there.on("POST", r"/admin/api/.*/graphql\.json", Says(200, payload("shopify/order.json")))


PROOF = ShopProof(
    environment=lambda url: {"SHOPIFY_API_URL": url, "SHOPIFY_ACCESS_TOKEN": "shpat_1"},
    script=script,
    ref="1001",
    total="69.80 EUR",
    throttled=Says(
        200, {"errors": [{"extensions": {"code": "THROTTLED"}, "message": "Throttled"}]}
    ),
)
