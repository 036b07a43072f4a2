"""How to play the server behind the shop `amazon`."""

from tests.proofs import ShopProof
from tests.provider import Provider, Says
from tests.shop_parts import payload


def script(there: Provider) -> None:
    there.on("POST", "/auth/o2/token", Says(200, {"access_token": "Atza|1", "expires_in": 3600}))
    at = "/orders/2026-01-01/orders/028-1234567-8901234"
    there.on("GET", at, Says(200, payload("amazon/order.json")))


PROOF = ShopProof(
    environment=lambda url: {
        "AMAZON_API_URL": url,
        "AMAZON_LOGIN_URL": f"{url}/auth/o2/token",
        "AMAZON_CLIENT_ID": "amzn1",
        "AMAZON_CLIENT_SECRET": "s",
        "AMAZON_REFRESH_TOKEN": "Atzr|1",
    },
    script=script,
    ref="028-1234567-8901234",
    total="125.00 TRY",
)
