"""From the webhooks of Messenger and Instagram to our words: they differ in little.

Sources: developers.facebook.com, Messenger Platform webhook events (updated 2024-09 to 2026-03) and
Instagram messaging webhooks (2025-11), read 2026-11.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from assistant.errors import Malformed, Unauthentic
from assistant.model import Arrival, Attachment, Buyer, BuyerId, Incoming, MessageId, Report
from assistant.model.messages import ReportKind
from connectors.fetching import Places
from connectors.foreign import Json, dicts, document, leaves, moment, text_of
from connectors.http import clean_line, clean_text

log = logging.getLogger(__name__)

OWN_PART = "parley-part"
"""What the parts of a reply before its last bear; Meta tells it back with their echoes."""
HOSTS = ("fbcdn.net", "fbsbx.com", "cdninstagram.com")
"""Where Meta keeps what buyers send."""
_PLACES = Places(HOSTS)
_GUESSES: Mapping[str, str] = {
    "image": "image/jpeg",
    "video": "video/mp4",
    "audio": "audio/mp4",
    "file": "application/octet-stream",
}
"""What a file probably is, until it is fetched and says so itself."""


class Kind(NamedTuple):
    """Which of the two."""

    channel: str
    object: str
    """What its webhooks call themselves."""


def arrivals(
    body: bytes,
    at: datetime,
    kind: Kind,
    accounts: Mapping[str, str],
    signed: frozenset[str],
    window: Callable[[str], timedelta],
) -> Iterator[Arrival]:
    """What *body* says. *accounts*: names by the ids of pages; *signed*: those who signed it.

    *window*: how long an account may answer a message. A page that the settings don't have is an
    account by its id. Raises: Malformed; Unauthentic, where one signed for another's page.
    """
    told = document(body)
    if told.get("object") != kind.object:
        raise Malformed("object", f"must be {kind.object}")
    for entry in dicts(told.get("entry")):
        page = text_of(entry, "id")
        account = accounts.get(page)
        if account is not None and account not in signed:
            raise Unauthentic("This app's secret does not belong to that page.")
        name = account if account is not None else page
        # “standby” is what another app answers at the moment: our people see it all the same.
        for event in (*dicts(entry.get("messaging")), *dicts(entry.get("standby"))):
            yield from _Event(event, page, name, kind, at, window(name)).all()


class _Event:
    """One thing that happened between a page and one buyer."""

    def __init__(
        self, event: Json, page: str, account: str, kind: Kind, at: datetime, window: timedelta
    ) -> None:
        self._event, self._page, self._account, self._kind = event, page, account, kind
        self._at, self._window = at, window
        sender, recipient = text_of(event, "sender", "id"), text_of(event, "recipient", "id")
        message = event.get("message")
        self._message: Json = message if isinstance(message, dict) else {}
        echo = self._message.get("is_echo") is True or (sender == page and page != "")
        self._echo, self._buyer = echo, recipient if echo else sender

    def all(self) -> Iterator[Arrival]:
        if "delivery" in self._event or "read" in self._event:
            yield from self._reports()
        elif self._echo:
            yield from self._ours()
        else:
            yield self._incoming()

    # ── what the buyer said ──────────────────────────────────────────────────

    def _incoming(self) -> Incoming:
        mid = text_of(self._message, "mid")
        edit = self._event.get("message_edit")
        if isinstance(edit, dict):
            return self._put(
                text_of(edit, "mid"),
                clean_text(text_of(edit, "text")),
                kind="edited",
                revision=text_of(edit, "num_edit") or self._stamp,
            )
        if self._message.get("is_deleted") is True:
            return self._put(mid, "", kind="deleted", revision="deleted")
        if self._message:
            return self._said(mid)
        return self._done()

    def _said(self, mid: str) -> Incoming:
        files, lines = attached(self._message)
        text = "\n".join(filter(None, [text_of(self._message, "text"), *lines]))
        if self._message.get("is_unsupported") is True:
            text = "\n".join(filter(None, [text, "[unsupported]"]))
        if not text.strip() and not files:
            return self._put(mid, self._as_it_is(self._message), kind="unknown", opens=True)
        return self._put(mid, clean_text(text), attachments=files, opens=True)

    def _done(self) -> Incoming:
        """A button pressed, a reaction, an arrival by a link; whatever else there may be."""
        postback, reaction = self._event.get("postback"), self._event.get("reaction")
        if isinstance(postback, dict):
            pressed = text_of(postback, "title") or text_of(postback, "payload")
            return self._put(text_of(postback, "mid"), clean_text(pressed), opens=True)
        if isinstance(reaction, dict):
            sign = text_of(reaction, "emoji") or text_of(reaction, "reaction") or "–"
            return self._put("", clean_text(f"[reaction] {sign}"), automatic=True)
        rest = {
            name: value
            for name, value in self._event.items()
            if name not in ("sender", "recipient", "timestamp")
        }
        return self._put("", self._as_it_is(rest), kind="unknown", automatic=True)

    def _put(self, mid: str, text: str, *, opens: bool = False, **more: Any) -> Incoming:
        sent_at = self._time()
        return Incoming(
            channel=self._kind.channel,
            account=self._account,
            thread_key=f"{self._page}/{self._buyer or 'unknown'}",
            message_id=MessageId(mid or self._digest()),
            buyer=Buyer(id=BuyerId(f"{self._kind.channel}:{self._buyer or 'unknown'}")),
            text=text,
            sent_at=sent_at,
            received_at=self._at,
            window_until=(sent_at or self._at) + self._window if opens else None,
            **more,
        )

    def _as_it_is(self, content: Json) -> str:
        first = next(iter(content), "unknown")
        rest = {name: value for name, value in content.items() if name != "mid"}
        return clean_text("\n".join([f"[{first}]", *list(leaves("", rest))[:40]]))[:2_000]

    def _digest(self) -> str:
        """For what bears no id: the same event is the same."""
        whole = json.dumps(self._event, sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    @property
    def _stamp(self) -> str:
        return text_of(self._event, "timestamp")

    def _time(self) -> datetime | None:
        return moment(self._stamp, self._at, per_s=1_000)

    # ── what we said ─────────────────────────────────────────────────────────

    def _ours(self) -> Iterator[Arrival]:
        """The echo of a reply of ours settles it; what a colleague wrote elsewhere is shown."""
        key, mid = text_of(self._message, "metadata"), text_of(self._message, "mid")
        if key == OWN_PART or not self._message:
            return
        if key.startswith("reply_"):
            yield self._report("accepted", mid, key=key)
            return
        if self._message.get("is_deleted") is True:
            return
        files, lines = attached(self._message)
        text = "\n".join(filter(None, [text_of(self._message, "text"), *lines]))
        yield self._put(mid, clean_text(text), kind="ours", attachments=files)

    def _reports(self) -> Iterator[Report]:
        delivery, read = self._event.get("delivery"), self._event.get("read")
        if isinstance(delivery, dict):
            mids = [one for one in delivery.get("mids") or () if isinstance(one, str)]
            yield from (self._report("delivered", mid) for mid in mids)
            if not mids:
                yield from self._up_to("delivered", delivery)
        if isinstance(read, dict):
            mid = text_of(read, "mid")
            yield from [self._report("read", mid)] if mid else self._up_to("read", read)

    def _up_to(self, kind: ReportKind, told: Json) -> Iterator[Report]:
        """All that was sent before a moment, by its milliseconds."""
        until = moment(text_of(told, "watermark"), self._at, per_s=1_000)
        if until is not None:
            yield self._report(kind, "", up_to=until)

    def _report(self, kind: ReportKind, mid: str, **more: Any) -> Report:
        return Report(
            channel=self._kind.channel,
            account=self._account,
            thread_key=f"{self._page}/{self._buyer}",
            kind=kind,
            external_id=mid,
            at=self._time() or self._at,
            **more,
        )


def attached(message: Json) -> tuple[tuple[Attachment, ...], list[str]]:
    """A message's files, and a line for each thing that came with it and is none."""
    files: list[Attachment] = []
    lines: list[str] = []
    for one in dicts(message.get("attachments")):
        kind, url = text_of(one, "type"), text_of(one, "payload", "url")
        if url and (kind in _GUESSES or _PLACES.has(url)):
            mime = _GUESSES.get(kind, "image/jpeg")
            files.append(Attachment(name=clean_line(kind, 40), mime=mime, url=url))
        if kind not in _GUESSES or not url:
            lines.append(_line(kind, one))
    story = text_of(message, "reply_to", "story", "url")
    if story:
        lines.append(f"[story] {story}")
    return tuple(files), lines + _referral(message.get("referral"))


def _line(kind: str, one: Json) -> str:
    shown = {name: value for name, value in one.items() if name != "type"}
    told = " · ".join(list(leaves("", shown))[:12])
    return clean_line(f"[{kind or 'attachment'}] {told}", 1_000)


def _referral(referral: Any) -> list[str]:
    """The product or the ad that somebody asks about."""
    if not isinstance(referral, dict):
        return []
    return [clean_line(f"[referral] {' · '.join(list(leaves('', referral))[:12])}", 1_000)]
