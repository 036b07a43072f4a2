"""Mailboxes as a channel: asked for ever by IMAP, answered by SMTP.

Speaks RFC 3501/2177 (IMAP, IDLE), 5321 (SMTP), 5322 (threads by ids, never by subject), 3464 and
8098 (reports), 3834 (machines), 8601 (who proved what). Read 2026-11.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from assistant.errors import Misconfigured, ParleyError, Rejected
from assistant.model import Arrival, Attachment, Conversation, Receipt, Reply
from assistant.ports import FOR_GOOD, Capabilities, Take, cursor_of
from assistant.words import say
from connectors.buyers.email.arrivals import CHANNEL, Reader, apart, key_of, name_of
from connectors.buyers.email.composing import File, Letter, composed, reply_subject
from connectors.buyers.email.mailbox import AT_ONCE, BYTES_AT_ONCE, Mailbox, Selected
from connectors.buyers.email.oauth import secret_of
from connectors.buyers.email.options import Options
from connectors.buyers.email.posting import Outbox, Secret
from connectors.buyers.email.relays import RELAYS
from connectors.buyers.email.tokens import Tokens
from connectors.http import Parts
from connectors.parts import kept_file

log = logging.getLogger(__name__)

MOST_AT_FIRST = 200
"""Mails that the very first start takes over."""
SAVE_S = 6.0


class Cursor(NamedTuple):
    """Up to where a folder was read."""

    validity: int
    uid: int
    at: str
    """When its server got the last one that was read; empty before the first."""


class _Box(NamedTuple):
    """One mailbox of ours."""

    account: str
    options: Options
    scope: str
    """What its threads' keys begin with: nothing crosses from one storefront to another."""
    secret: Secret


class Email:
    """`ports.PullingChannel` and `ports.Searchable` of all configured mailboxes."""

    name = CHANNEL
    can = Capabilities(
        idempotent=False,
        max_chars=100_000,
        attachments=True,
        max_files=20,
        max_file_mb=20,
        subject=True,
        receipts=("delivered", "read", "failed"),
        starts=True,
    )

    def __init__(self, parts: Parts, boxes: Mapping[str, Options]) -> None:
        self._parts = parts
        self._tokens = Tokens(parts.settings.secret)
        self._boxes = {
            name: _Box(name, one, self._scope(name), secret_of(one, parts))
            for name, one in boxes.items()
        }

    def _scope(self, account: str) -> str:
        storefront = self._parts.settings.storefront_of(CHANNEL, account)
        return "" if storefront.id == "default" else f"{storefront.id}/"

    def can_for(self, conversation: Conversation) -> Capabilities:
        """What a marketplace's relay takes, where the conversation goes by one."""
        box = self._boxes.get(conversation.account)
        relay = RELAYS.get(box.options.profile) if box else None
        if relay is None:
            return self.can
        return self.can.model_copy(
            update={"links": False, "max_file_mb": relay.max_file_mb, "starts": False}
        )

    def accounts(self) -> Sequence[str]:
        return tuple(self._boxes)

    async def probe(self) -> str:
        """Log in everywhere, for `parley doctor`. Raises: Unavailable, Rejected."""
        for box in self._boxes.values():
            async with Mailbox(box.options, box.secret) as mailbox:
                await mailbox.select(box.options.folder)
            await Outbox(box.options, box.secret).probe()
        addresses = ", ".join(box.options.address for box in self._boxes.values())
        return f"reads and sends mail of {addresses}."

    # ── asking ───────────────────────────────────────────────────────────────

    async def pull(self, account: str, take: Take) -> None:
        """Read what is new, wait for more, for ever. Raises: Unavailable, Rejected."""
        box = self._boxes[account]
        async with Mailbox(box.options, box.secret) as mailbox:
            await _Asking(box, mailbox, take, self._parts, self._tokens).run()

    # ── sending ──────────────────────────────────────────────────────────────

    async def send(self, reply: Reply, to: Conversation) -> Receipt:
        """Mail *reply* to the buyer of *to*, in their thread.

        Raises: Unavailable (certainly not taken), Rejected (refused for good), Unsure (the server
        got it and did not answer: it may have gone).
        """
        box = self._box_of(to)
        # Its files may be many megabytes: nobody else should wait while they are read and encoded.
        letter = await asyncio.to_thread(self._letter, reply, to, box)
        raw = await asyncio.to_thread(composed, letter)
        await Outbox(box.options, box.secret).post(letter.to, raw)
        await self._save(box, raw, letter.at)
        return self._receipt(letter.message_id, box)

    async def find(self, reply: Reply, to: Conversation) -> Receipt | None:
        """A copy of *reply* among what was sent; None where there is none, which proves nothing."""
        box = self._box_of(to)
        message_id = self._message_id(reply, to, box)
        async with Mailbox(box.options, box.secret) as mailbox:
            folder = box.options.sent_folder or await mailbox.sent_folder()
            if not folder:
                return None
            await mailbox.select(folder)
            found = await mailbox.with_id(message_id)
        return self._receipt(message_id, box) if found else None

    def _receipt(self, message_id: str, box: _Box) -> Receipt:
        return Receipt(external_id=message_id, keys=(key_of(box.scope, message_id),))

    def _box_of(self, to: Conversation) -> _Box:
        box = self._boxes.get(to.account)
        if box is None:
            raise Rejected(
                say("The mailbox {account} is not set up any more.", account=to.account or CHANNEL)
            )
        return box

    def _message_id(self, reply: Reply, to: Conversation, box: _Box) -> str:
        domain = box.options.address.rpartition("@")[2]
        return self._tokens.message_id(reply.key, to.thread_key, domain)

    def _letter(self, reply: Reply, to: Conversation, box: _Box) -> Letter:
        options = box.options
        relay = options.profile != ""
        answered = next((m for m in reversed(to.messages) if m.id == reply.in_reply_to), None)
        quotes = options.quote and not relay and answered is not None
        return Letter(
            message_id=self._message_id(reply, to, box),
            from_name=options.name or self._brand(to) or reply.name,
            from_address=options.address,
            # The address that the thread began with: another that joins it gets nothing.
            to=_address_of(to),
            subject=reply_subject(reply.subject or self._subject(to)),
            text=reply.text,
            language=reply.language,
            at=self._parts.now(),
            reply_to=self._reply_to(to, options) if not relay else "",
            in_reply_to=reply.in_reply_to or "",
            references=tuple(name_of(box.scope, one) for one in reply.references),
            signature=options.signature if not relay else "",
            answered=answered.text if quotes and answered else "",
            answered_by=answered.name if answered else "",
            answered_at=(answered.sent_at or answered.at) if answered else None,
            html=options.html and not relay,
            files=tuple(self._file(one) for one in reply.attachments),
        )

    def _brand(self, to: Conversation) -> str:
        storefront = self._parts.settings.storefront(to.storefront)
        return storefront.brand or storefront.name

    def _subject(self, to: Conversation) -> str:
        return next((one.subject for one in to.messages if one.subject), "")

    def _reply_to(self, to: Conversation, options: Options) -> str:
        if not options.plus_addresses:
            return ""
        local, _, domain = options.address.rpartition("@")
        return f"{local}+{self._tokens.token(to.thread_key)}@{domain}"

    def _file(self, attachment: Attachment) -> File:
        path = kept_file(self._parts.files, attachment)
        return File(attachment.name, attachment.mime, path.read_bytes())

    async def _save(self, box: _Box, raw: bytes, at: datetime) -> None:
        """A copy among what was sent. The letter is out: nothing that fails here may say else."""
        if box.options.save_sent == "no" or not box.options.imap_host:
            return
        with suppress(ParleyError, TimeoutError):
            await _saved(box, raw, at)


def _address_of(to: Conversation) -> str:
    own = to.buyer.id.removeprefix(f"{CHANNEL}:")
    told = to.buyer.email or ""
    return told if told.lower() == own else own


async def _saved(box: _Box, raw: bytes, at: datetime) -> None:
    try:
        async with asyncio.timeout(SAVE_S), Mailbox(box.options, box.secret) as mailbox:
            folder = box.options.sent_folder or await mailbox.sent_folder()
            if folder:
                await mailbox.put(folder, raw, at)
    except (ParleyError, TimeoutError):
        log.warning("a reply was sent, and no copy of it kept in the mailbox")
        raise


class _Asking:
    """One connection to one mailbox, until it breaks."""

    def __init__(
        self, box: _Box, mailbox: Mailbox, take: Take, parts: Parts, tokens: Tokens
    ) -> None:
        self._box, self._mailbox, self._take, self._parts = box, mailbox, take, parts
        self._reader = Reader(box.account, box.options, box.scope, tokens, parts.files)
        self._key = cursor_of(CHANNEL, box.account)

    async def run(self) -> None:
        selected = await self._mailbox.select(self._box.options.folder)
        cursor = await self._start(selected)
        while True:
            new = await self._mailbox.after(cursor.uid)
            cursor = await self._read(new, cursor)
            if not new:
                await self._take(())  # it works: whoever counts troubles should know
                await self._wait()

    async def _start(self, selected: Selected) -> Cursor:
        """Where the last one left off. New numbers: what came since is looked through again."""
        known = await self._parts.store.kept(self._key)
        cursor = Cursor(*json.loads(known)) if known else None
        if cursor is not None and cursor.validity == selected.validity:
            return cursor
        begun = Cursor(selected.validity, max(selected.next - 1, 0), cursor.at if cursor else "")
        await self._read(await self._missed(cursor), begun._replace(uid=0), keep=False)
        await self._keep(begun)
        return begun

    async def _missed(self, cursor: Cursor | None) -> list[int]:
        """What may be unread by us in a folder whose numbers say nothing."""
        if cursor is not None and cursor.at:
            day = datetime.fromisoformat(cursor.at) - timedelta(days=1)
            return await self._mailbox.since(day.date(), unanswered=False)
        back = self._box.options.look_back_days
        if back == 0:
            return []
        day = self._parts.now() - timedelta(days=back)
        return (await self._mailbox.since(day.date(), unanswered=True))[-MOST_AT_FIRST:]

    async def _read(self, uids: list[int], cursor: Cursor, *, keep: bool = True) -> Cursor:
        """Take *uids* in their order; the cursor moves once they are durable."""
        for some in await self._in_batches(uids):
            fetched = await self._mailbox.read(some)
            arrivals: list[Arrival] = []
            for one in fetched:
                arrivals += await self._reader.arrivals(one.mail, one.at, cut=one.cut)
            await self._taken(arrivals)
            at = fetched[-1].at.isoformat() if fetched else cursor.at
            cursor = cursor._replace(uid=some[-1], at=at)
            if keep:
                await self._keep(cursor)
        return cursor

    async def _taken(self, arrivals: Sequence[Arrival]) -> None:
        """All of them durable: threads at once, what belongs to one thread in its order."""
        threads = apart(arrivals)
        done = await asyncio.gather(*map(self._take, threads), return_exceptions=True)
        for one in done:
            if isinstance(one, BaseException):
                raise one

    async def _in_batches(self, uids: list[int]) -> list[list[int]]:
        """So many at once that neither their number nor their size is felt."""
        batches: list[list[int]] = []
        for at in range(0, len(uids), 500):
            sizes = await self._mailbox.sizes(uids[at : at + 500])
            some: list[int] = []
            held = 0
            for uid in uids[at : at + 500]:
                size = sizes.get(uid, 0)
                if some and (len(some) >= AT_ONCE or held + size > BYTES_AT_ONCE):
                    batches.append(some)
                    some, held = [], 0
                some.append(uid)
                held += size
            batches.append(some)
        return batches

    async def _keep(self, cursor: Cursor) -> None:
        await self._parts.store.keep(self._key, json.dumps(cursor), FOR_GOOD)

    async def _wait(self) -> None:
        options = self._box.options
        if not (self._mailbox.has_idle and await self._mailbox.idle(options.idle_seconds)):
            await self._mailbox.pause(options.poll_seconds)


def checked(boxes: Mapping[str, Options]) -> None:
    """Raises: Misconfigured, the first thing that every mailbox needs and one lacks."""
    for name, options in boxes.items():
        prefix = f"EMAIL_{name.upper().replace('-', '_')}_" if name else "EMAIL_"
        for field in ("address", "imap_host", "smtp_host"):
            if not getattr(options, field):
                raise Misconfigured(f"{prefix}{field.upper()}", "It is not set.")
