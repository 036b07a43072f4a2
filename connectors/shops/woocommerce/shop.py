"""One WooCommerce site, asked as a shop."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from pydantic import Field, SecretStr

from assistant.errors import Malformed, Misconfigured, Rejected, Unauthentic
from assistant.model import Order, Stock, Wanted, Written
from assistant.ports import Webhook
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.shopping.calls import Caller, thing, things, variable_of
from connectors.shopping.finding import matching
from connectors.shopping.values import at, currency, each, key, line
from connectors.shops.woocommerce.changes import WRITES, found, written
from connectors.shops.woocommerce.orders import TRACKING, order_of, stock_of

MOST = 20
MOST_PRODUCTS = 3
"""Of so many products are the variations looked up."""


class Options(Opts):
    """Which site, and Parley's key to it (WooCommerce, Settings, Advanced, REST API)."""

    site: str = ""
    """The address of the site: `https://shop.example`."""
    consumer_key: SecretStr
    """`ck_…`, with the right to read; to read and write where Parley shall do what is approved."""
    consumer_secret: SecretStr
    """`cs_…`"""
    webhook_secret: SecretStr | None = None
    """The secret of the site's webhooks; without it none is accepted."""
    webhook_secret_old: SecretStr | None = None
    """The one before, while a new one is being introduced."""
    fresh_seconds: float = Field(default=60, ge=0, le=3_600)
    """For how long what was read is not asked for again."""


class WooShop:
    """Orders by number, address and tracking number; stock by SKU and by words."""

    writes = WRITES

    def __init__(self, name: str, given: Options, parts: Parts) -> None:
        self.name, self._given = name, given
        self._base = f"{given.api_url or given.site.rstrip('/')}/wp-json/wc/v3"
        self.caller = Caller(name, parts.client, parts.now, variable_of(name, "consumer_key"))
        login = aiohttp.encode_basic_auth(
            given.consumer_key.get_secret_value(), given.consumer_secret.get_secret_value()
        )
        self._headers = {"Authorization": login}
        self._currency: str | None = None

    async def order(self, ref: str) -> Order | None:
        """By its id where that is its number, else by a search for the very number."""
        told = await self._told(ref)
        return await self._whole(told) if told else None

    async def _told(self, ref: str) -> Mapping[str, Any] | None:
        plain = ref.strip().lstrip("#")
        told = await self.get(f"/orders/{plain}") if plain.isascii() and plain.isdigit() else None
        if told is not None and key(line(thing(told).get("number"))) == key(plain):
            return thing(told)
        return await self._numbered(plain)

    async def orders_of(self, email: str) -> Sequence[Order]:
        """Newest first. WooCommerce searches addresses among others: the very one counts."""
        sought = email.strip().casefold()
        told = each(await self.get("/orders", search=sought, per_page=str(MOST), orderby="date"))
        own = [one for one in told if line(at(one, "billing", "email")).casefold() == sought]
        return [order_of(one, self.name) for one in own]

    async def order_by_tracking(self, number: str) -> Order | None:
        """Where the site's search looks into the tracking plugin's metadata; else nothing."""
        for one in each(await self.get("/orders", search=number.strip(), per_page=str(MOST))):
            order = order_of(one, self.name)
            if any(key(parcel.number or "") == key(number) for parcel in order.fulfilments):
                return await self._whole(one)
        return None

    async def stock(self, query: str) -> Sequence[Stock]:
        products = each(await self.get("/products", sku=query.strip(), per_page=str(MOST)))
        products = products or each(
            await self.get("/products", search=query, per_page=str(MOST), status="publish")
        )
        priced = await self._priced() if products else None
        stock = []
        for one in products[:MOST_PRODUCTS]:
            stock += await self._variations(one, priced)
        return matching(query, stock)

    async def write(self, wanted: Wanted, key: str) -> Written:
        """What a person approved. Raises: Unavailable, Rejected, Unsure."""
        told = await self._told(wanted.ref)
        if told is None:
            raise Rejected(say("The shop has no order {ref}.", ref=wanted.ref))
        return await written(self, told, wanted, key)

    async def find(self, wanted: Wanted, key: str) -> Written | None:
        """Whether it was done. Raises: Unavailable."""
        return await found(self, await self._told(wanted.ref), wanted, key)

    async def probe(self) -> str:
        """The site's own currency, and whether its webhooks are accepted."""
        priced = await self._priced()
        secret = "" if self._given.webhook_secret else "; its webhooks are not accepted: no secret"
        return f"it answers, in {priced or 'an unknown currency'}{secret}"

    async def changed(self, webhook: Webhook) -> Sequence[str]:
        """What a webhook says has changed. Raises: Unauthentic, Malformed."""
        if webhook.body.startswith(b"webhook_id=") and b"{" not in webhook.body:
            return ()  # the greeting when a webhook is made, which nobody signs
        self._authentic(webhook)
        try:
            told = json.loads(webhook.body)
        except (ValueError, RecursionError):
            raise Malformed("body", "is no JSON") from None
        tracked = [
            one.get("tracking_number")
            for meta in each(told, "meta_data")
            if meta.get("key") == TRACKING
            for one in each(meta, "value")
        ]
        names = [at(told, "number"), at(told, "id"), at(told, "billing", "email"), *tracked]
        return [name for one in names if (name := line(one))]

    def _authentic(self, webhook: Webhook) -> None:
        given = webhook.headers.get("x-wc-webhook-signature", "")
        for secret in (self._given.webhook_secret, self._given.webhook_secret_old):
            if secret is None:
                continue
            made = hmac.digest(secret.get_secret_value().encode(), webhook.body, hashlib.sha256)
            if hmac.compare_digest(base64.b64encode(made), given.encode("utf-8", "replace")):
                return
        raise Unauthentic("The signature is none of this site's.")

    # ── inside ───────────────────────────────────────────────────────────────

    async def get(self, path: str, **params: str) -> Any:
        """What is at *path*; None where nothing is. Raises: Unavailable."""
        answer = await self.caller.read(
            "GET", self._base + path, params=params, headers=self._headers
        )
        return answer.data if answer else None

    async def put(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        """Change something. Raises: Unavailable, Rejected, Unsure."""
        answer = await self.caller.write(
            method, self._base + path, json=body, headers=self._headers
        )
        return answer.data

    async def _numbered(self, ref: str) -> Mapping[str, Any] | None:
        """A plugin numbers orders: the search finds what only contains the number, too."""
        told = things(await self.get("/orders", search=ref, per_page=str(MOST)) or [])
        return next((one for one in told if key(line(one.get("number"))) == key(ref)), None)

    async def _whole(self, told: Mapping[str, Any]) -> Order:
        """With what the order itself leaves out: notes, and when money was returned."""
        about = f"/orders/{line(told.get('id'))}"
        notes, refunds = await asyncio.gather(
            self.get(f"{about}/notes"),
            self.get(f"{about}/refunds") if each(told, "refunds") else _nothing(),
        )
        return order_of(told, self.name, each(notes), each(refunds))

    async def _variations(self, product: Mapping[str, Any], priced: str | None) -> list[Stock]:
        if not product.get("variations"):
            one = stock_of(product, priced)
            return [one] if one else []
        about = f"/products/{line(product.get('id'))}/variations"
        told = each(await self.get(about, per_page="100"))
        return [one for inside in told if (one := stock_of(inside, priced, product))]

    async def _priced(self) -> str | None:
        if self._currency is None:
            told = await self.get("/data/currencies/current")
            self._currency = currency(at(told, "code"))
        return self._currency


async def _nothing() -> None:
    return None


async def connect(parts: Parts, name: str) -> WooShop:
    """Raises: Misconfigured, where its settings do not do."""
    given = read(parts.settings, name, Options, table="shop")
    address = given.api_url or given.site
    if not address:
        what = "Write the address of the site: https://shop.example"
        raise Misconfigured(variable_of(name, "site"), what)
    if given.site and not given.site.startswith("https://"):
        what = "Its key is sent with every question: that needs an address with https://"
        raise Misconfigured(variable_of(name, "site"), what)
    return WooShop(name, given, parts)
