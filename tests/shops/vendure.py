"""How to play the server behind the shop `vendure`."""

from tests.proofs import ShopProof
from tests.provider import Asked, Provider, Says
from tests.shop_parts import payload


def answer(asked: Asked) -> Says:
    """The log-in, then the one order, by its very code."""
    if "login" in asked.json["query"]:
        told = {"data": {"login": {"__typename": "CurrentUser"}}}
        return Says(200, told, {"vendure-auth-token": "t"})
    code = asked.json["variables"]["f"]["code"]["eq"]
    order = payload("vendure/order.json")
    found = [order] if code == order["code"] else []
    return Says(200, {"data": {"orders": {"items": found}}})


def script(there: Provider) -> None:
    there.on("POST", "/admin-api", answer)


PROOF = ShopProof(
    environment=lambda url: {
        "VENDURE_API_URL": url,
        "VENDURE_USERNAME": "parley",
        "VENDURE_PASSWORD": "p",
    },
    script=script,
    ref="10021",
    total="89.82 USD",
)
