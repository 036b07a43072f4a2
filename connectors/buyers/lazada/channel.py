"""Lazada: buyers' messages by push, replies through the IM API.

A push is signed: HMAC-SHA256 over app key and body with the app's secret, in small hexadecimal
digits. Lazada wants 200 within half a second, else it tries twelve times, half an hour apart; its
certificate check wants OV or EV. What its safety check stopped is seen by the seller alone: our
reply is then told as failed, with Lazada's reason. A recalled message is a deleted one.
Lazada takes the right to list from who polls, so catching up is for long absences.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from assistant.errors import ParleyError, Rejected, Unauthentic
from assistant.model import Arrival, Attachment, Conversation, Receipt, Reply
from assistant.ports import FOR_GOOD, Capabilities, Take, Webhook, cursor_of
from assistant.words import say
from connectors.buyers.lazada import wire
from connectors.buyers.lazada.api import Lazada
from connectors.buyers.lazada.options import Options
from connectors.http import Parts
from connectors.marketplaces import (
    FOUND_WITHIN,
    at_ms,
    document,
    fetched,
    hex_hmac,
    is_that,
    same,
    thread_of,
)

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=10)
"""What Lazada lists late is still seen; what was seen already is recognised."""


class LazadaChannel:
    """`ports.WebhookChannel`, `PullingChannel`, `MediaChannel`, `Searchable`, for each seller."""

    name = "lazada"

    def __init__(self, parts: Parts, sellers: Mapping[str, Options]) -> None:
        self._parts, self._sellers = parts, sellers
        self._apis = {account: Lazada(parts, account, one) for account, one in sellers.items()}
        self.can = Capabilities(
            idempotent=False,
            max_chars=min(one.max_chars for one in sellers.values()),
            links=False,
            attachments=False,
            receipts=("read", "failed"),
            edits=True,
        )

    # ── in ───────────────────────────────────────────────────────────────────

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Raises: Unauthentic, Malformed, TooLarge."""
        may = self._signed_by(webhook)
        push = wire.push(document(webhook.body))
        account = self._account_of(push.seller)
        if push.kind not in (wire.CHAT, wire.READ) or account is None:
            return ()
        if account not in may:
            raise Unauthentic("The signature is that of another app than this seller's.")
        now, found = self._parts.now(), None
        if push.kind == wire.CHAT:
            found = wire.arrival(wire.im(push.data), account, now)
        else:
            found = wire.read_up_to(push.data, account, now)
        return () if found is None else (found,)

    def _signed_by(self, webhook: Webhook) -> frozenset[str]:
        """The accounts for which whoever signed it may speak: those of the same app."""
        given = webhook.headers.get("authorization", "").strip().lower()
        if not given:
            raise Unauthentic("The header Authorization is missing.")
        good = frozenset(
            account
            for account, one in self._sellers.items()
            if same(given, hex_hmac(_secret(one), one.app_key.encode(), webhook.body))
        )
        if not good:
            raise Unauthentic("The signature is wrong.")
        return good

    def _account_of(self, seller: str) -> str | None:
        found = next((name for name, one in self._sellers.items() if one.seller_id == seller), None)
        if found is None and seller:
            log.warning("a push of Lazada is about a seller who is not configured")
        return found

    def accounts(self) -> Sequence[str]:
        return tuple(name for name, one in self._sellers.items() if one.catch_up)

    async def pull(self, account: str, take: Take) -> None:
        """Catch up now and then, until cancelled. Raises: Unavailable, Rejected."""
        while True:
            await self._when_due(account)
            await self.catch_up(account, take)

    async def _when_due(self, account: str) -> None:
        """Not more often than Lazada likes, however often Parley starts.

        It pushes for six hours what it could not deliver: only who was away for longer has missed
        something.
        """
        looked = await self._parts.store.kept(cursor_of("lazada", account))
        if looked is None:
            return
        due = datetime.fromisoformat(looked) + timedelta(
            hours=self._sellers[account].catch_up_hours
        )
        await asyncio.sleep(max((due - self._parts.now()).total_seconds(), 0))

    async def catch_up(self, account: str, take: Take) -> None:
        """Once: what no push told. Raises: Unavailable, Rejected."""
        began = self._parts.now()
        since = await self._since(account) - OVERLAP
        api = self._apis[account]
        async for session in api.sessions(since):
            said = await api.messages(session.id, since)
            arrivals = [wire.arrival(one, account, began, session.title) for one in said]
            await take([one for one in arrivals if one is not None])
        await take(())
        await self._parts.store.keep(cursor_of("lazada", account), began.isoformat(), FOR_GOOD)

    async def _since(self, account: str) -> datetime:
        kept = await self._parts.store.kept(cursor_of("lazada", account))
        if kept:
            return datetime.fromisoformat(kept)
        return self._parts.now() - timedelta(hours=self._sellers[account].first_hours)

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Raises: Unavailable, Unsure, Rejected."""
        api = self._api_of(to)
        id = await api.send(thread_of(to), reply.text)
        if self._sellers[to.account].mark_read and reply.in_reply_to:
            try:
                await api.mark_read(thread_of(to), reply.in_reply_to)
            except ParleyError as error:
                log.warning("answered on Lazada, but not marked as read: %s", type(error).__name__)
        return Receipt(external_id=id)

    async def find(self, reply: Reply, to: Conversation) -> Receipt | None:
        """*reply* among the session's messages; one that was stopped is not there.

        Raises: Unavailable, Rejected.
        """
        since = reply.approved_at - FOUND_WITHIN
        for one in await self._api_of(to).messages(thread_of(to), since):
            ours = one.side == wire.SELLER and not one.stopped
            if ours and is_that(reply, one.text, at_ms(one.at, self._parts.now())):
                return Receipt(external_id=one.id)
        return None

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """Raises: Rejected, TooLarge, Unavailable."""
        return await fetched(self._parts, attachment, self._sellers[of.account].media_hosts, {})

    async def probe(self) -> str:
        """For `parley doctor`. Raises: Unavailable, Rejected."""
        for api in self._apis.values():
            await api.authorised()
        return f"{len(self._apis)} seller(s) are authorised at Lazada."

    def _api_of(self, to: Conversation) -> Lazada:
        """Raises: Rejected, where its account is not configured any more."""
        if to.account not in self._apis:
            raise Rejected(say("The account {account} is not configured.", account=to.account))
        return self._apis[to.account]


def _secret(one: Options) -> str:
    return one.app_secret.get_secret_value()
