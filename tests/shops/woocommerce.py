"""How to play the server behind the shop `woocommerce`."""

from tests.proofs import ShopProof
from tests.provider import Provider, Says
from tests.shop_parts import payload

API = "/wp-json/wc/v3"


def script(there: Provider) -> None:
    order = payload("woocommerce/order.json")
    there.on("GET", f"{API}/orders", Says(200, [order]))
    there.on("GET", f"{API}/orders/727/notes", Says(200, payload("woocommerce/notes.json")))
    there.on("GET", f"{API}/orders/727/refunds", Says(200, payload("woocommerce/refunds.json")))


PROOF = ShopProof(
    environment=lambda url: {
        "WOOCOMMERCE_API_URL": url,
        "WOOCOMMERCE_CONSUMER_KEY": "ck_1",
        "WOOCOMMERCE_CONSUMER_SECRET": "cs_1",
    },
    script=script,
    ref="A-1042",
    total="68.20 USD",
)
