"""From a mail to what the desk is told: a message, a report on a reply of ours, or nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote

from assistant.errors import TooLarge
from assistant.model import Arrival, Attachment, Buyer, BuyerId, Incoming, MessageId, Report, Trust
from assistant.ports import Files
from assistant.words import say
from connectors.buyers.email.bounces import is_report, verdict_of
from connectors.buyers.email.machines import is_automatic
from connectors.buyers.email.options import Options
from connectors.buyers.email.reading import Address, Mail, Part
from connectors.buyers.email.relays import RELAYS, Relay, orders_in, said_in, thread_of
from connectors.buyers.email.tokens import Tokens, alias_of
from connectors.buyers.email.trust import trust_of
from connectors.http import clean_line

log = logging.getLogger(__name__)

CHANNEL = "email"
AHEAD = timedelta(minutes=5)
"""By how much a sender's clock may be ahead and still be believed."""
WHOLE_CHARS = 30_000
"""Of a whole text that is kept with its message; one that is longer is a file."""


class Reader:
    """What the mails of one mailbox mean."""

    def __init__(
        self, account: str, options: Options, scope: str, tokens: Tokens, files: Files
    ) -> None:
        self._account, self._options, self._scope = account, options, scope
        self._tokens, self._files = tokens, files
        self._relay = RELAYS.get(options.profile)

    async def arrivals(self, mail: Mail, at: datetime, *, cut: bool = False) -> Sequence[Arrival]:
        """What *mail*, which came *at*, has for the desk. Raises: Unavailable (the disk)."""
        if self._is_ours(mail):
            return ()
        if is_report(mail):
            return self._reported(mail, at)
        if not mail.sender.address:
            log.warning("a mail without a sender that can be answered was left alone")
            return ()
        files = await self._kept((*mail.parts, *_long(mail)))
        return (*self._proofs(mail, at), self._incoming(mail, at, files, cut))

    def _is_ours(self, mail: Mail) -> bool:
        """A copy of a reply of ours that came back."""
        return mail.sender.key in self._options.own and self._tokens.of(mail.id) is not None

    # ── reports ──────────────────────────────────────────────────────────────

    def _reported(self, mail: Mail, at: datetime) -> Sequence[Report]:
        verdict = verdict_of(mail, self._tokens)
        if verdict is None:
            log.info("a report about a mail that is none of ours was left alone")
            return ()
        return (
            Report(
                channel=CHANNEL,
                account=self._account,
                thread_key=self._key(alias_of(verdict.ours.token)),
                kind=verdict.kind,
                at=at,
                key=verdict.ours.key,
                code=verdict.code,
                reason=verdict.reason,
                follows=(self._key(verdict.ours.alias),),
            ),
        )

    def _proofs(self, mail: Mail, at: datetime) -> Sequence[Report]:
        """Who answers a reply of ours has it."""
        answered = (self._tokens.of(one) for one in mail.answers)
        ours = next((one for one in answered if one is not None), None)
        if ours is None:
            return ()
        return (
            Report(
                channel=CHANNEL,
                account=self._account,
                thread_key=self._key(ours.alias),
                kind="delivered",
                at=at,
                key=ours.key,
                follows=(self._key(ours.alias),),
            ),
        )

    # ── messages ─────────────────────────────────────────────────────────────

    def _incoming(
        self, mail: Mail, at: datetime, files: tuple[Attachment, ...], cut: bool
    ) -> Incoming:
        writer, relay = self._writer(mail), self._relay_of(mail)
        orders = orders_in(mail, relay) if relay else ()
        trust = trust_of(mail, self._options.auth_host)
        text = said_in(mail.text) if relay else mail.text
        thread = thread_key(self._scope, mail.id)
        return Incoming(
            channel=CHANNEL,
            thread_key=thread,
            message_id=MessageId(mail.id),
            buyer=Buyer(
                id=BuyerId(f"{CHANNEL}:{writer.key}"),
                name=writer.name,
                email=writer.address,
                verified=self._is_proven(mail, writer, trust),
            ),
            text=_with_remark(text, cut) or self._stand_in(files),
            account=self._account,
            platform=relay.platform if relay else "own",
            subject=mail.subject or None,
            sent_at=mail.sent_at if mail.sent_at and mail.sent_at <= at + AHEAD else None,
            received_at=at,
            order_refs=orders,
            attachments=files,
            follows=self._follows(mail, relay, orders),
            keys=self._keys(mail, relay, orders, thread),
            trust=trust,
            automatic=relay is None and self._is_automatic(mail),
            whole=mail.whole[:WHOLE_CHARS] if mail.whole != text else None,
        )

    def _writer(self, mail: Mail) -> Address:
        """Whom an answer goes to: who asks for that in Reply-To, else who wrote."""
        named = [one for one in mail.reply_to if one.key not in self._options.own]
        if len(named) != 1 or named[0].key == mail.sender.key:
            return mail.sender
        return named[0]._replace(name=named[0].name or mail.sender.name)

    def _is_proven(self, mail: Mail, writer: Address, trust: Trust) -> bool:
        """The very address that an answer goes to wrote this, as our own server found."""
        return trust == "proven" and writer.key == mail.sender.key

    def _relay_of(self, mail: Mail) -> Relay | None:
        relay = self._relay
        return relay if relay and relay.aliases.fullmatch(mail.sender.address) else None

    def _is_automatic(self, mail: Mail) -> bool:
        told = self._relay and self._relay.notices.fullmatch(mail.sender.address)
        return bool(told) or is_automatic(mail, self._options.own)

    def _follows(self, mail: Mail, relay: Relay | None, orders: tuple[str, ...]) -> tuple[str, ...]:
        """Where it may belong, the most telling first; never its subject."""
        brought = self._tokens.in_addresses(
            (one.address for one in mail.recipients), self._options.own
        )
        tokens = [*brought, *(ours.token for one in mail.answers if (ours := self._tokens.of(one)))]
        names = [mail.id, *map(alias_of, tokens), *mail.answers]
        if relay:
            names.append(thread_of(mail, relay, orders))
        return tuple(dict.fromkeys(map(self._key, names)))

    def _keys(
        self, mail: Mail, relay: Relay | None, orders: tuple[str, ...], thread: str
    ) -> tuple[str, ...]:
        names = [mail.id, alias_of(self._tokens.token(thread))]
        if relay:
            names.append(thread_of(mail, relay, orders))
        return tuple(map(self._key, names))

    def _key(self, name: str) -> str:
        return key_of(self._scope, name)

    def _stand_in(self, files: tuple[Attachment, ...]) -> str:
        """A mail without a word still says that it came."""
        return ", ".join(one.name for one in files) or "(—)"

    # ── files ────────────────────────────────────────────────────────────────

    async def _kept(self, parts: Sequence[Part]) -> tuple[Attachment, ...]:
        most = self._options.max_files
        return tuple([await self._file(one, n < most) for n, one in enumerate(parts[: 2 * most])])

    async def _file(self, part: Part, wanted: bool) -> Attachment:
        limit = round(self._options.max_file_mb * (1 << 20))
        named = Attachment(
            name=clean_line(part.name, 120) or "file", mime=part.mime, size=len(part.content)
        )
        if not wanted:
            why = say("More than {n} files came at once.", n=self._options.max_files)
            return named.model_copy(update={"trouble": why})
        try:
            return await self._files.put(part.name, part.mime, _chunks(part.content), limit)
        except TooLarge as error:
            return named.model_copy(update={"trouble": error.text})


def apart(arrivals: Sequence[Arrival]) -> list[list[Arrival]]:
    """*arrivals* by what they have to do with each other, each part in its order."""
    parts: dict[int, list[Arrival]] = {}
    part_of: dict[str, int] = {}
    for n, one in enumerate(arrivals):
        names = {one.thread_key, *one.follows, *(one.keys if isinstance(one, Incoming) else ())}
        known = sorted({part_of[name] for name in names if name in part_of})
        into = known[0] if known else n
        for other in known[1:]:
            parts[into] += parts.pop(other)
            part_of.update({name: into for name, of in part_of.items() if of == other})
        parts.setdefault(into, []).append(one)
        part_of.update(dict.fromkeys(names, into))
    return list(parts.values())


async def _chunks(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), 1 << 20):
        yield content[at : at + (1 << 20)]


def _long(mail: Mail) -> tuple[Part, ...]:
    """A whole text that is too long to be carried with every change of its conversation."""
    if mail.whole == mail.text or len(mail.whole) <= WHOLE_CHARS:
        return ()
    return (Part("whole message.txt", "text/plain", mail.whole.encode("utf-8", "replace")),)


def _with_remark(text: str, cut: bool) -> str:
    return f"{text}\n\n[…]" if cut and text else text


def key_of(scope: str, name: str) -> str:
    """*name* as no mailbox of another scope can say it, whatever a mail calls itself."""
    return f"{scope}{name}" if scope or "/" not in name else f"/{name}"


def name_of(scope: str, key: str) -> str:
    """What `key_of` made *key* of."""
    return key.removeprefix(scope or "/")


def thread_key(scope: str, message_id: str) -> str:
    """Named by the thread's first mail; in letters that a key may have."""
    return f"{scope}{quote(message_id, safe='@$!*+=_.~-')}"
