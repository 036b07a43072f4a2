"""The format of the signed webhook, version 1: read from its JSON into our words.

An ordinary event costs one look. What is odd gets a second, slower one: half characters are mended,
an event of an unknown type is kept as it is, and what is wrong is named by its field.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote, urlsplit

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assistant.errors import Malformed, TooLarge
from assistant.model import Attachment, Buyer, BuyerId, Incoming, MessageId
from connectors.foreign import leaves
from connectors.http import clean_line, clean_text, mended

MAX_TEXT = 100_000
"""Characters of a buyer's message; more is refused, never cut."""
AHEAD_S = 300
"""By how much a sender's clock may be ahead of ours and still be believed."""

# fmt: off
MARKETPLACES = frozenset({
    "aliexpress", "allegro", "amazon", "bol", "cdiscount", "coupang", "ebay", "etsy", "fnac",
    "jumia", "kaufland", "lazada", "mercadolibre", "mirakl", "newegg", "noon", "otto", "ozon",
    "qoo10", "rakuten", "shein", "shopee", "temu", "tiktok_shop", "tokopedia", "trendyol",
    "walmart", "wayfair", "wish", "zalando",
})
# fmt: on
_OTHER_NAMES: Mapping[str, str] = {
    "tiktok": "tiktok_shop",
    "mercado_libre": "mercadolibre",
    "mercado_livre": "mercadolibre",
    "mercadolivre": "mercadolibre",
}

_NEEDS_NO_ESCAPE = re.compile(r"[A-Za-z0-9_.~-]*").fullmatch
_LOCALE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}")


def _locale(value: object) -> object:
    """A locale we can't read is no reason to lose a message."""
    if isinstance(value, str) and _LOCALE.fullmatch(value):
        return value.replace("_", "-")
    return None


Id = Annotated[str, Field(max_length=256, pattern=r"^[^\x00-\x1f\x7f\x{fffd}]+$")]
Account = Annotated[str, Field(max_length=256, pattern=r"^[^\x00-\x1f\x7f\x{fffd}]*$")] | None
Line = Annotated[str | None, Field(max_length=1_000)]


class _Part(BaseModel):
    # Relays send ids as numbers as often as in quotes; one id is one id.
    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)


class _Sender(_Part):
    id: Id
    name: Line = None
    locale: Annotated[str | None, BeforeValidator(_locale)] = None
    email: Line = None


class _Thread(_Part):
    id: Id
    window_until: AwareDatetime | None = None


class _File(_Part):
    url: Annotated[str, Field(max_length=4_000)]
    mime: Line = None
    name: Line = None
    size: Annotated[int | None, Field(ge=0)] = None


class _Said(_Part):
    id: Id
    text: Annotated[str, Field(strict=True)] | None = None
    sent_at: AwareDatetime | None = None
    attachments: Annotated[tuple[_File, ...] | None, Field(max_length=50)] = None


class _Envelope(_Part):
    """What places an event, whatever it says."""

    v: Literal[1]
    type: Annotated[str, Field(min_length=1, max_length=100, strict=True)]
    id: Id | None = None
    channel: Annotated[Id, Field(max_length=64)]
    account: Account = None
    thread: _Thread
    order_refs: Annotated[tuple[Id, ...] | None, Field(max_length=50)] = None


class _Event(_Envelope):
    sender: Annotated[_Sender, Field(alias="from")]
    message: _Said


class _Unfamiliar(_Envelope):
    """An event of a type that we don't know: no word is lost, and a person sees it."""

    model_config = ConfigDict(extra="allow")

    sender: Annotated[Any, Field(alias="from")] = None
    message: Any = None


Kind = Literal["message", "edited", "deleted"]
KINDS: Mapping[str, Kind] = {
    "message.inbound": "message",
    "message.edited": "edited",
    "message.deleted": "deleted",
}


def read_event(body: bytes, at: datetime) -> Incoming:
    """What one request's *body* says, received *at*. Raises: Malformed, TooLarge."""
    event = _parsed(body)
    return _incoming(event, at) if isinstance(event, _Event) else _unfamiliar(event, at)


def _parsed(body: bytes) -> _Event | _Unfamiliar:
    """The one look that an ordinary event needs; whatever is odd gets a second, slower one."""
    try:
        event = _Event.model_validate_json(body)
    except ValidationError:
        return _second_look(body)
    return event if event.type in KINDS else _second_look(body)


def _second_look(body: bytes) -> _Event | _Unfamiliar:
    """Half characters, types we don't know, and everything that is wrong. Raises: Malformed."""
    document = _document(body)
    kind = document.get("type")
    unfamiliar = isinstance(kind, str) and kind not in KINDS
    try:
        return (_Unfamiliar if unfamiliar else _Event).model_validate(document)
    except ValidationError as error:
        raise _malformed(error) from error


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = mended(json.loads(body.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise Malformed("body", f"is not UTF-8 (byte {error.start})") from error
    except RecursionError:
        raise Malformed("body", "is nested too deeply") from None
    except ValueError as error:
        raise Malformed("body", f"is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise Malformed("body", 'must be an object such as {"v":1,"type":"message.inbound",…}')
    return document


_MEANING: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be text",
    "string_pattern_mismatch": "must be an id: not empty, without control characters",
    "string_too_short": "must not be empty",
    "model_type": "must be an object",
    "tuple_type": "must be a list",
    "string_too_long": "must have {max_length} characters at most",
    "too_long": "must have {max_length} entries at most",
    "literal_error": "must be 1: this is version 1 of the format",
    "timezone_aware": "needs a time zone, as in 2026-11-21T10:00:00Z",
    "datetime_type": "must be a time, as in 2026-11-21T10:00:00Z",
    "datetime_parsing": "must be a time, as in 2026-11-21T10:00:00Z",
    "datetime_from_date_parsing": "must be a time, as in 2026-11-21T10:00:00Z",
}


def _malformed(error: ValidationError) -> Malformed:
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "body"
    meaning = _MEANING.get(first["type"])
    if meaning is None:
        return Malformed(field, first["msg"].removeprefix("Value error, "))
    return Malformed(field, meaning.format_map(first.get("ctx", {})))


# ── from the format to our words and back ────────────────────────────────────


def thread_key(channel: str, account: str, thread: str) -> str:
    """One key for one thread: escaped, so that two different triples never meet."""
    return f"{_escaped(channel)}/{_escaped(account)}/{_escaped(thread)}"


def _escaped(part: str) -> str:
    return part if _NEEDS_NO_ESCAPE(part) else quote(part, safe="")


def thread_of(key: str) -> str:
    """The thread's id as the relay wrote it."""
    return unquote(key.rpartition("/")[2])


def buyer_id(channel: str, sender: str) -> BuyerId:
    """A buyer is one of their own channel: 42 at eBay is not 42 at Amazon."""
    return BuyerId(f"webhook:{_escaped(channel)}/{_escaped(sender)}")


def sender_of(buyer: BuyerId) -> str:
    """The buyer's id as the relay wrote it."""
    return unquote(buyer.rpartition("/")[2])


@lru_cache(maxsize=1_000)
def platform_of(channel: str) -> str:
    """The marketplace whose rules bind a channel: `amazon.de`, `TikTok-Shop`; else `own`."""
    name = re.sub(r"[^a-z0-9.]+", "_", channel.lower())
    for candidate in (name, re.split(r"[._]", name)[0]):
        known = _OTHER_NAMES.get(candidate, candidate)
        if known in MARKETPLACES:
            return known
    return "own"


def _incoming(event: _Event, at: datetime) -> Incoming:
    said, sender = event.message, event.sender
    kind = KINDS[event.type]
    text = clean_text(said.text or "")
    if len(text) > MAX_TEXT:
        raise TooLarge(f"message.text is over {MAX_TEXT:,} characters. Send it in parts.")
    if kind != "deleted" and not text.strip() and not said.attachments:
        raise Malformed("message.text", "must hold words where there is no attachment")
    return Incoming(
        channel="webhook",
        thread_key=thread_key(event.channel, event.account or "", event.thread.id),
        message_id=MessageId(said.id),
        buyer=Buyer(
            id=buyer_id(event.channel, sender.id),
            name=clean_line(sender.name or ""),
            locale=sender.locale,
            email=_address(sender.email),
        ),
        text=text,
        kind=kind,
        account=event.account or "",
        source=event.channel,
        platform=platform_of(event.channel),
        sent_at=_believable(said.sent_at, at),
        received_at=at,
        order_refs=event.order_refs or (),
        attachments=tuple(_attachment(file) for file in said.attachments or ()),
        window_until=event.thread.window_until,
        revision="" if kind == "message" else _revision(event, text),
    )


def _address(email: str | None) -> str | None:
    line = clean_line(email or "")
    return line if "@" in line[1:-1] and " " not in line else None


def _believable(sent_at: datetime | None, at: datetime) -> datetime | None:
    """A buyer can't have written in the future: some clock is wrong, and we don't repeat it."""
    if sent_at is None or sent_at > at + timedelta(seconds=AHEAD_S):
        return None
    return sent_at


def _revision(event: _Event, text: str) -> str:
    """The relay's id of the change; without one, what it changed."""
    if event.id:
        return event.id
    return hashlib.sha256(f"{event.message.sent_at}\n{text}".encode()).hexdigest()[:16]


def _attachment(file: _File) -> Attachment:
    """Where the relay says the file is. Its digest is not taken over: ours name files we hold."""
    url = urlsplit(file.url)
    last = unquote(url.path.rpartition("/")[2])
    return Attachment(
        name=clean_line(file.name or last, 120) or "file",
        mime=clean_line(file.mime or "application/octet-stream"),
        size=file.size,
        url=file.url if url.scheme in ("http", "https") else None,
    )


def _unfamiliar(event: _Unfamiliar, at: datetime) -> Incoming:
    """An event we have no word for, in its own: `[message.reaction]`, then a line a value."""
    content = event.message if event.message is not None else event.model_extra or ""
    lines = [f"[{event.type}]", *list(leaves("", content))[:40]]
    text = clean_text("\n".join(lines))[:2_000]
    sender = event.sender if isinstance(event.sender, dict) else {}
    who, name = sender.get("id"), sender.get("name")
    key = event.id or hashlib.sha256(text.encode()).hexdigest()[:32]
    return Incoming(
        channel="webhook",
        thread_key=thread_key(event.channel, event.account or "", event.thread.id),
        message_id=MessageId(key),
        buyer=Buyer(
            id=buyer_id(event.channel, str(who) if who else event.thread.id),
            name=clean_line(name) if isinstance(name, str) else "",
        ),
        text=text,
        kind="unknown",
        account=event.account or "",
        source=event.channel,
        platform=platform_of(event.channel),
        received_at=at,
        order_refs=event.order_refs or (),
    )
