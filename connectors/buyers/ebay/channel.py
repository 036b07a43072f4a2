"""eBay: messages between members, polled and pushed; replies through the Message API.

Polling is what nothing gets past: by the time of the newest message that is durable with us, with
an overlap, so a poll that was missed is made up for by the next. Notifications (NEW_MESSAGE) only
make it quicker; a message that comes by both ways is one. Source and what is unverified: `wire`,
`signature`, `api`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from assistant.errors import Malformed, ParleyError, Rejected, Unauthentic, Unavailable
from assistant.model import Arrival, Attachment, Buyer, BuyerId, Conversation, Receipt, Reply
from assistant.ports import FOR_GOOD, Capabilities, Take, Webhook, cursor_of
from assistant.words import say
from connectors.buyers.ebay import wire
from connectors.buyers.ebay.api import Ebay
from connectors.buyers.ebay.options import Options
from connectors.buyers.ebay.signature import Verifier, challenge_response
from connectors.http import Parts
from connectors.marketplaces import as_far_as_it_fits, document, fetched, is_that, thread_of

log = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=3)
"""What eBay lists late is still seen; what was seen already is recognised."""


class EbayChannel:
    """`ports.Greeted`, `PullingChannel`, `MediaChannel` and `Searchable`, for every account."""

    name = "ebay"
    can = Capabilities(idempotent=False, max_chars=2_000, links=False, attachments=False)

    def __init__(self, parts: Parts, sellers: Mapping[str, Options]) -> None:
        self._parts, self._sellers = parts, sellers
        self._apis = {account: _api(parts, account, one) for account, one in sellers.items()}
        first = next(iter(self._apis.values()))
        self._verifier = Verifier(first.public_key, parts.store)

    # ── in ───────────────────────────────────────────────────────────────────

    def accounts(self) -> Sequence[str]:
        return tuple(self._sellers)

    async def pull(self, account: str, take: Take) -> None:
        """Poll until cancelled. Raises: Unavailable, Rejected."""
        while True:
            await self.poll(account, take)
            await asyncio.sleep(self._sellers[account].poll_seconds)

    async def poll(self, account: str, take: Take) -> None:
        """Once: all that came since the last time. Raises: Unavailable, Rejected."""
        since = await self._since(account)
        newest, trouble = since, None
        for talk in await self._apis[account].talks(since - OVERLAP):
            if talk.latest is not None and talk.latest.at <= since - OVERLAP:
                continue
            try:
                newest = max(newest, await self._read(account, talk, since - OVERLAP, take))
            except Unavailable as error:
                trouble = error  # the others need not wait for this one
        if trouble is not None:
            raise trouble
        await take(())  # all is well, also where there was nothing
        if newest > since:
            await self._parts.store.keep(cursor_of("ebay", account), newest.isoformat(), FOR_GOOD)

    async def _read(self, account: str, talk: wire.Talk, since: datetime, take: Take) -> datetime:
        """One conversation, now durable with us; when its newest message was."""
        try:
            said = await self._apis[account].messages(talk.id, since)
        except Rejected as error:
            if error.code == "unauthorised":
                raise
            log.error("a conversation on eBay is listed and can't be read: %s", error.code)
            said = ()
        # Whoever pushes too much is refused; nobody can refuse what is listed, for ever.
        fits = [one.model_copy(update={"text": as_far_as_it_fits(one.text)}) for one in said]
        await take(self._arrivals(account, talk.id, talk.title, fits))
        return max((one.at for one in said), default=since)

    async def _since(self, account: str) -> datetime:
        """The newest message that is durable; at the first start, as far back as configured."""
        kept = await self._parts.store.kept(cursor_of("ebay", account))
        if kept:
            return datetime.fromisoformat(kept)
        began = self._parts.now() - timedelta(hours=self._sellers[account].first_hours)
        await self._parts.store.keep(cursor_of("ebay", account), began.isoformat(), FOR_GOOD)
        return began

    def _arrivals(
        self, account: str, talk: str, title: str | None, said: Sequence[wire.Said]
    ) -> list[Arrival]:
        """What the buyer said; and what the seller did, which may be a colleague's, on eBay."""
        now, ours = self._parts.now(), self._sellers[account].is_ours
        return [
            wire.incoming(one, talk, account, title, now, ours=ours(one.sender)) for one in said
        ]

    async def receive(self, webhook: Webhook) -> Sequence[Arrival]:
        """Raises: Unauthentic, Malformed, TooLarge, Unavailable (eBay's key can't be had now)."""
        await self._verifier.check(webhook.headers.get("x-ebay-signature", ""), webhook.body)
        told = wire.notification(document(webhook.body))
        if told.topic == wire.NEW_MESSAGE:
            return self._pushed(told)
        if told.topic == wire.DELETION:
            return await self._deleted(told)
        log.info("a notification of %s is not for us", told.topic)
        return ()

    def _pushed(self, told: wire.Notification) -> Sequence[Arrival]:
        found = wire.pushed_message(told.data)
        if found is None:
            return ()
        talk, said = found
        account = self._account_of(said.recipient)
        account = self._account_of(said.sender) if account is None else account
        if account is None:
            return ()
        return self._arrivals(account, talk, None, [said])

    async def _deleted(self, told: wire.Notification) -> Sequence[Arrival]:
        """An account was closed: every conversation that we keep of it is to be erased."""
        names = [str(told.data.get(one) or "") for one in ("username", "userId")]
        at, found = self._parts.now(), []
        for name in filter(None, names):
            buyer = Buyer(id=BuyerId(f"ebay:{name}"))
            for id in await self._parts.store.conversations_of_buyer(buyer):
                conversation = await self._parts.store.load(id)
                if conversation is not None:
                    found.append(wire.closed(conversation, told.id, at))
        log.info("eBay closed an account; %d conversation(s) are kept of it", len(found))
        return found

    def _account_of(self, username: str) -> str | None:
        return next((name for name, one in self._sellers.items() if one.is_ours(username)), None)

    def handshake(self, webhook: Webhook) -> str:
        """eBay asks whether this address is ours. Raises: Malformed, Unauthentic."""
        code = webhook.query.get("challenge_code", "")
        if not code:
            raise Malformed("challenge_code", "is missing")
        one = next(iter(self._sellers.values()))
        if one.verification_token is None:
            raise Unauthentic("Set EBAY_VERIFICATION_TOKEN to what you told eBay.")
        token = one.verification_token.get_secret_value()
        ours = self._parts.settings.public_url
        endpoint = one.endpoint or (f"{ours}/buyers/ebay" if ours else "")
        if not endpoint:
            raise Unauthentic("Set EBAY_ENDPOINT, or PARLEY_PUBLIC_URL, to what you told eBay.")
        return json.dumps({"challengeResponse": challenge_response(code, token, endpoint)})

    # ── out ──────────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Raises: Unavailable, Unsure, Rejected."""
        api = self._api_of(to)
        id = await api.send(thread_of(to), reply.text)
        if self._sellers[to.account].mark_read:
            try:
                await api.mark_read(thread_of(to))
            except ParleyError as error:
                log.warning("answered on eBay, but not marked as read: %s", type(error).__name__)
        return Receipt(external_id=id)

    async def find(self, reply: Reply, to: Conversation) -> Receipt | None:
        """*reply* among the conversation's messages. Raises: Unavailable, Rejected."""
        ours = self._sellers[to.account].is_ours
        for one in await self._api_of(to).messages(thread_of(to), reply.approved_at - OVERLAP):
            if ours(one.sender) and is_that(reply, one.text, one.at):
                return Receipt(external_id=one.id)
        return None

    async def fetch(self, attachment: Attachment, of: Conversation) -> Attachment:
        """Raises: Rejected, TooLarge, Unavailable."""
        return await fetched(self._parts, attachment, self._sellers[of.account].media_hosts, {})

    async def probe(self) -> str:
        """For `parley doctor`: each account can be asked. Raises: Unavailable, Rejected."""
        for account, api in self._apis.items():
            await api.talks(self._parts.now() - timedelta(minutes=1))
            log.debug("eBay lets %s in", account or self._sellers[account].username)
        return f"{len(self._apis)} account(s) may read messages on eBay."

    def _api_of(self, to: Conversation) -> Ebay:
        """Raises: Rejected, where its account is not configured any more."""
        if to.account not in self._apis:
            raise Rejected(say("The account {account} is not configured.", account=to.account))
        return self._apis[to.account]


def _api(parts: Parts, account: str, of: Options) -> Ebay:
    return Ebay(parts, account, of.url, (of.app_id, of.cert_id), of.refresh_token, of.scope)
