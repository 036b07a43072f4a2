"""One store of Shopify, asked as a shop."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence

from pydantic import Field, SecretStr

from assistant.errors import Malformed, Misconfigured, Rejected, Unauthentic
from assistant.model import Order, Stock, Wanted, Written
from assistant.ports import Webhook
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Caller, variable_of
from connectors.shopping.finding import matching
from connectors.shopping.values import at, each, key, line
from connectors.shops.shopify.changes import WRITES, found, written
from connectors.shops.shopify.graph import Graph
from connectors.shops.shopify.orders import ORDERS, STOCK, order_of, stock_of


class Options(Opts):
    """Which store, and Parley's keys to it."""

    store: str = ""
    """The store's own address: `your-store.myshopify.com`."""
    access_token: SecretStr
    """The Admin API access token of a custom app (`shpat_…`)."""
    client_secret: SecretStr | None = None
    """The app's client secret, by which its webhooks are signed; without it none is accepted."""
    client_secret_old: SecretStr | None = None
    """The one before, while a new one is being introduced."""
    api_version: str = Field(default="2026-10", pattern=r"^\d{4}-\d{2}$")
    """Of the Admin API. Unverified: take one that your store's admin offers."""
    order_prefix: str = ""
    """What stands before the number in the names of orders, where buyers leave it out: `EN`."""
    order_suffix: str = ""
    fresh_seconds: float = Field(default=60, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class ShopifyShop:
    """Orders by name, address and tracking number; stock by variant."""

    writes = WRITES

    def __init__(self, name: str, given: Options, parts: Parts) -> None:
        self.name, self._given = name, given
        host = given.api_url or f"https://{given.store}"
        url = f"{host}/admin/api/{given.api_version}/graphql.json"
        caller = Caller(name, parts.client, parts.now, variable_of(name, "access_token"))
        token = given.access_token.get_secret_value()
        self.graph = Graph(url, token, caller, parts.now)

    async def order(self, ref: str) -> Order | None:
        """By its name: a search finds similar ones, too, and only the very one is it."""
        plain = ref.strip().lstrip("#")
        names = {plain, f"{self._given.order_prefix}{plain}{self._given.order_suffix}"}
        wanted = {key(name) for name in names} - {""}
        if not wanted:
            return None
        query = " OR ".join(f"name:{_quoted(name)}" for name in sorted(names))
        listed = await self._found(query)
        return next((one for one in listed if key(one.ref) in wanted), None)

    async def orders_of(self, email: str) -> Sequence[Order]:
        sought = email.strip().casefold()
        listed = await self._found(f"email:{_quoted(sought)}")
        return [one for one in listed if (one.customer.email or "").casefold() == sought]

    async def order_by_tracking(self, number: str) -> Order | None:
        """Unverified: Shopify documents no field for it; its general search is asked."""
        for order in await self._found(_quoted(number.strip())):
            if any(key(one.number or "") == key(number) for one in order.fulfilments):
                return order
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        stock = stock_of(await self.graph.ask(STOCK, q=f"sku:{_quoted(query.strip())}"))
        exact = [one for one in stock if key(one.sku) == key(query)]
        if exact:
            return exact
        words = [word for word in query.split() if len(key(word)) > 1][:6]
        if not words:
            return ()
        named = " OR ".join(_quoted(word) for word in words)
        return matching(query, stock_of(await self.graph.ask(STOCK, q=named)))

    async def write(self, wanted: Wanted, key: str) -> Written:
        """What a person approved. Raises: Unavailable, Rejected, Unsure."""
        return await written(self.graph, await self._id(wanted.ref), wanted, key)

    async def find(self, wanted: Wanted, key: str) -> Written | None:
        """Whether it was done. Raises: Unavailable."""
        return await found(self.graph, await self._id(wanted.ref), wanted, key)

    async def _id(self, ref: str) -> str:
        order = await self.order(ref)
        if order is None or order.id is None:
            raise Rejected(say("The shop has no order {ref}.", ref=ref))
        return order.id

    async def probe(self) -> str:
        """The name that the store has for itself."""
        told = await self.graph.ask("{shop{name currencyCode}}")
        secret = "" if self._given.client_secret else "; its webhooks are not accepted: no secret"
        return f"it is {line(at(told, 'shop', 'name'))}{secret}"

    async def changed(self, webhook: Webhook) -> Sequence[str]:
        """What a webhook says has changed: order names, addresses.

        Raises: Unauthentic, Malformed.
        """
        self._authentic(webhook)
        try:
            told = json.loads(webhook.body)
        except (ValueError, RecursionError):
            raise Malformed("body", "is no JSON") from None
        numbers = [one.get("tracking_number") for one in each(told, "fulfillments")]
        names = [at(told, "name"), at(told, "email"), at(told, "tracking_number"), *numbers]
        return [name for one in names if (name := line(one).lstrip("#"))]

    def _authentic(self, webhook: Webhook) -> None:
        given = webhook.headers.get("x-shopify-hmac-sha256", "")
        for secret in (self._given.client_secret, self._given.client_secret_old):
            if secret is None:
                continue
            made = hmac.digest(secret.get_secret_value().encode(), webhook.body, hashlib.sha256)
            if hmac.compare_digest(base64.b64encode(made), given.encode("utf-8", "replace")):
                return
        raise Unauthentic("The signature is none of this store's.")

    async def _found(self, query: str) -> list[Order]:
        told = await self.graph.ask(ORDERS, q=query)
        return [order_of(one, self.name) for one in each(told, "orders")]


def _quoted(value: str) -> str:
    """A value that no sign in it can end."""
    plain = "".join(char for char in value if char.isprintable())[:200]
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


async def connect(parts: Parts, name: str) -> ShopifyShop:
    """Raises: Misconfigured, where its settings do not do."""
    given = read(parts.settings, name, Options, table="shop")
    if not given.api_url and not given.store:
        what = "Write the store's own address: your-store.myshopify.com"
        raise Misconfigured(variable_of(name, "store"), what)
    return ShopifyShop(name, given, parts)
