"""How to play the server behind the shop `ebay`."""

from tests.proofs import ShopProof
from tests.provider import Provider, Says
from tests.shop_parts import payload


def script(there: Provider) -> None:
    there.on("POST", "/identity/v1/oauth2/token", Says(200, {"access_token": "v1"}))
    at = "/sell/fulfillment/v1/order/12-34567-89012"
    there.on("GET", at, Says(200, payload("ebay/order.json")))
    there.on("GET", f"{at}/shipping_fulfillment", Says(200, payload("ebay/fulfillments.json")))


PROOF = ShopProof(
    environment=lambda url: {
        "EBAY_API_URL": url,
        "EBAY_CLIENT_ID": "app",
        "EBAY_CLIENT_SECRET": "cert",
        "EBAY_REFRESH_TOKEN": "v^1",
    },
    script=script,
    ref="12-34567-89012",
    total="43.80 GBP",
)
