"""Shopee: buyers' chat by push, lost pushes by asking, replies through the seller chat API.

A push is signed: HMAC-SHA256, in hexadecimal, over `address|body` with the partner key, as the
guide has it; some software in use signs the body alone. Both prove the key, so either is taken, and
the log says which it was. Shopee wants an empty 2xx within 2 s and tries three times (after 1, 2,
3 s); what got lost is asked for, for three days. The shop's own messages are pushed too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from assistant.errors import Malformed, Misconfigured, ParleyError, Rejected, Unauthentic, Unsure
from assistant.model import Arrival, Attachment, Conversation, Receipt, Reply
from assistant.ports import Capabilities, Take, Webhook
from assistant.words import say
from connectors.buyers.shopee import wire
from connectors.buyers.shopee.api import Shopee, embedded
from connectors.buyers.shopee.options import Options
from connectors.http import Parts
from connectors.marketplaces import (
    at_ms,
    document,
    fetched,
    hex_hmac,
    is_that,
    own_id,
    same,
    thread_of,
)

log = logging.getLogger(__name__)

MOST_LOST = 20
"""Hundreds of lost pushes taken in one go; the rest at the next."""


class ShopeeChannel:
    """`ports.WebhookChannel`, `PullingChannel`, `MediaChannel` and `Searchable`, for every shop."""

    name = "shopee"
    answer_body = b""
    """Shopee counts an answer with a body as a failure."""

    def __init__(self, parts: Parts, shops: Mapping[str, Options]) -> None:
        """Raises: Misconfigured."""
        self._parts, self._shops = parts, shops
        self._apis = {account: Shopee(parts, account, one) for account, one in shops.items()}
        self._bases: set[str] = set()
        images = any(one.images for one in shops.values())
        self.can = Capabilities(
            idempotent=False,
            max_chars=min(one.max_chars for one in shops.values()),
            links=False,
            attachments=images,
            file_kinds=("image/",),
            max_files=3,
            max_file_mb=10,
            receipts=("failed",),
        )
        ours = parts.settings.public_url
        self._push_url = f"{ours}/buyers/shopee" if ours else ""
        if not ours and any(one.push_url is None for one in shops.values()):
            what = "It is part of Shopee's signatures. Write the callback address of the console."
            raise Misconfigured("SHOPEE_PUSH_URL", what)

    # ── in ───────────────────────────────────────────────────────────────────

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Raises: Unauthentic, Malformed, TooLarge."""
        arrival = self._read(webhook.body, self._signed_by(webhook))
        return () if arrival is None else (arrival,)

    def _signed_by(self, webhook: Webhook) -> frozenset[str]:
        """The accounts for which whoever signed it may speak: those of the same app."""
        given = webhook.headers.get("authorization", "").strip().lower()
        if not given:
            raise Unauthentic("The header Authorization is missing.")
        good = {
            account: base
            for account, one in self._shops.items()
            for key in _keys(one)
            for base, said in self._said(one, webhook.body).items()
            if same(given, hex_hmac(key, *said))
        }
        if not good:
            raise Unauthentic("The signature is wrong.")
        for base in sorted({*good.values()} - self._bases):
            self._bases.add(base)
            log.info("Shopee signs its pushes over %s", base)
        return frozenset(good)

    def _said(self, one: Options, body: bytes) -> Mapping[str, tuple[bytes, ...]]:
        url = one.push_url or self._push_url
        return {"address|body": (url.encode(), b"|", body), "body": (body,)}

    def _read(self, body: bytes, may: Collection[str]) -> Arrival | None:
        """What a push says to us; None: nothing. *may*: the accounts it may be about.

        Raises: Unauthentic (signed by another shop's app), Malformed, TooLarge.
        """
        push = wire.push(document(body))
        account = self._account_of(push.shop)
        if not push.is_chat or account is None:
            return None
        if account not in may:
            raise Unauthentic("The signature is that of another app than this shop's.")
        said = wire.chat((push.data or {}).get("content"))
        own = self._shops[account]
        ours = said.is_ours(own.shop_id, own.seller_id)
        return wire.arrival(said, account, ours, self._parts.now())

    def _account_of(self, shop: str) -> str | None:
        found = next((name for name, one in self._shops.items() if one.shop_id == shop), None)
        if found is None and shop:
            log.warning("a push of Shopee is about a shop that is not configured")
        return found

    def accounts(self) -> Sequence[str]:
        """One of each app: lost pushes are the app's, not a shop's."""
        apps = {one.partner_id: name for name, one in self._shops.items() if one.lost_pushes}
        return tuple(apps.values())

    async def pull(self, account: str, take: Take) -> None:
        """Ask for lost pushes until cancelled. Raises: Unavailable, Rejected."""
        while True:
            await self.catch_up(account, take)
            await asyncio.sleep(self._shops[account].lost_minutes * 60)

    async def catch_up(self, account: str, take: Take) -> None:
        """Once. Confirmed are those that are durable. Raises: Unavailable, Rejected."""
        for _ in range(MOST_LOST):
            lost = await self._apis[account].lost()
            await take([one for push in lost.pushes if (one := self._once_lost(push, account))])
            if lost.pushes and lost.last:
                await self._apis[account].confirm(lost.last)
            if not lost.more:
                break

    def _once_lost(self, push: Mapping[str, object], account: str) -> Arrival | None:
        app = self._shops[account].partner_id
        may = [name for name, one in self._shops.items() if one.partner_id == app]
        try:
            return self._read(embedded(push), may)
        except ParleyError as error:
            field = error.field if isinstance(error, Malformed) else ""
            log.error("a lost push of Shopee can't be read: %s %s", type(error).__name__, field)
            return None

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """The words, then a message for each picture. Raises: Unavailable, Unsure, Rejected."""
        api = self._api_of(to)
        # Pictures first go where the buyer does not see them: what fails there was never sent.
        pictures = [await self._uploaded(api, one) for one in reply.attachments]
        id = await api.send(own_id(to), "text", {"text": reply.text})
        try:
            for picture in pictures:
                await api.send(own_id(to), "image", {"image_url": picture})
        except ParleyError as error:
            raise Unsure(
                say("The words were sent, not every picture: {why}", why=error.text)
            ) from error
        return Receipt(external_id=id or None)

    async def _uploaded(self, api: Shopee, picture: Attachment) -> str:
        path = self._parts.files.path(picture.sha256) if picture.sha256 else None
        if path is None:
            raise Rejected(say("The file {name} is gone.", name=picture.name))
        content = await asyncio.to_thread(Path(path).read_bytes)
        return await api.upload(picture.name, picture.mime, content)

    async def find(self, reply: Reply, to: Conversation) -> Receipt | None:
        """*reply* among the newest messages. Raises: Unavailable, Rejected."""
        own, now = self._shops[to.account], self._parts.now()
        for raw in await self._api_of(to).messages(thread_of(to)):
            try:
                said = wire.chat(raw)
            except ParleyError:
                continue
            ours = said.is_ours(own.shop_id, own.seller_id) or said.sender != own_id(to)
            text = str((said.content or {}).get("text") or "")
            if ours and is_that(reply, text, at_ms(said.at, now)):
                return Receipt(external_id=said.id)
        return None

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """Raises: Rejected, TooLarge, Unavailable."""
        return await fetched(self._parts, attachment, self._shops[of.account].media_hosts, {})

    async def probe(self) -> str:
        """For `parley doctor`. Raises: Unavailable, Rejected."""
        for api in self._apis.values():
            await api.authorised()
        return f"{len(self._apis)} shop(s) are authorised at Shopee."

    def _api_of(self, to: Conversation) -> Shopee:
        """Raises: Rejected, where its account is not configured any more."""
        if to.account not in self._apis:
            raise Rejected(say("The account {account} is not configured.", account=to.account))
        return self._apis[to.account]


def _keys(one: Options) -> set[str]:
    """Which may have signed: as the console shows it, and without the mark that some begin with."""
    shown = (one.push_key or one.partner_key).get_secret_value()
    return {shown, shown.removeprefix("shpk"), one.partner_key.get_secret_value()}
