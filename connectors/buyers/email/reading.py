"""A mail as it came, in words: heads, text, files. It never fails on what somebody sent."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from connectors.buyers.email.decoding import decoded, words
from connectors.buyers.email.flowed import unflowed
from connectors.buyers.email.html import Page
from connectors.buyers.email.quoting import own_words, signed_off
from connectors.http import clean_line, clean_text

MAX_TEXT = 100_000
"""Characters of a mail's words that are kept on the card; the whole is kept as a file."""
MAX_PARTS = 300
MAX_NESTED = 30
MAX_REFERENCES = 100
MAX_ID = 240

_ID = re.compile(r"<\s*([^<>\s]{1,998})\s*>")
_FORWARD = re.compile(r"\s*(fwd?|wg|tr|rv|enc|vs|vb|i|pd|doorst|转发|轉寄|転送|전달)\s*[:：]", re.I)
_LOCAL = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f]{1,64}|\"[^\"\\\r\n]{1,62}\""
_ADDRESS = re.compile(rf"(?:{_LOCAL})@[^\s<>()\[\]\\,;:@\"\x00-\x1f]{{1,255}}")


class Address(NamedTuple):
    name: str
    address: str
    """As it is written, but the domain in lower case; empty where there is none."""

    @property
    def key(self) -> str:
        """The same mailbox has the same one."""
        return self.address.lower()

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Part(NamedTuple):
    """A file that came with a mail."""

    name: str
    mime: str
    content: bytes
    id: str = ""
    """Its Content-ID, by which the letter shows it."""


class Notice(NamedTuple):
    """A part that tells of another mail: its kind, and its text."""

    kind: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Mail:
    """What a mail says, whatever of it could be read."""

    id: str
    """Its Message-ID without the brackets; made of its content where it brings none."""
    subject: str
    senders: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    recipients: tuple[Address, ...]
    """Of To, Cc and the heads that say whom it was delivered to."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sent_at: datetime | None
    text: str
    """The buyer's own words."""
    whole: str
    """With everything quoted below them; the same where nothing was cut."""
    parts: tuple[Part, ...]
    heads: dict[str, tuple[str, ...]] = field(repr=False)
    """Raw, by names in lower case, in their order."""
    reports: tuple[Notice, ...] = ()
    content_type: str = "text/plain"
    report_type: str = ""

    @property
    def sender(self) -> Address:
        return self.senders[0] if self.senders else Address("", "")

    @property
    def answers(self) -> tuple[str, ...]:
        """The ids of the mails that this one follows, the nearest first."""
        chain = (*self.in_reply_to, *reversed(self.references))
        return tuple(dict.fromkeys(one for one in chain if one != self.id))

    def head(self, name: str) -> str:
        """The first of that name, decoded."""
        return words(next(iter(self.heads.get(name, ())), ""))


def read_mail(raw: bytes) -> Mail:
    """Everything that can be read of *raw*."""
    message = message_from_bytes(raw)
    heads = _heads(message)
    content = _Content()
    content.collect(message, 0)
    is_forward = bool(_FORWARD.match(words(_first(heads, "subject"))))
    references = _ids(heads, "references")
    in_reply_to = _ids(heads, "in-reply-to")
    hint = next(iter(content.charsets), None)
    whole, own = content.read(cut=bool(references or in_reply_to) and not is_forward)
    return Mail(
        id=_own_id(heads, whole),
        subject=clean_line(words(_first(heads, "subject"), hint), 500),
        senders=_addresses(heads, "from", hint=hint),
        reply_to=_addresses(heads, "reply-to", hint=hint),
        recipients=_addresses(
            heads, "to", "cc", "delivered-to", "x-original-to", "x-delivered-to", "envelope-to"
        ),
        in_reply_to=in_reply_to,
        references=references,
        sent_at=_date(heads),
        text=own,
        whole=whole,
        parts=content.kept_files(own != whole),
        heads=heads,
        reports=tuple(content.reports),
        content_type=message.get_content_type(),
        report_type=str(message.get_param("report-type", "") or "").lower(),
    )


# ── heads ────────────────────────────────────────────────────────────────────


def _heads(message: Message) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in message.raw_items():
        key = str(name).lower()
        found[key] = (*found.get(key, ()), str(value))
    return found


def _first(heads: dict[str, tuple[str, ...]], name: str) -> str:
    return next(iter(heads.get(name, ())), "")


def _ids(heads: dict[str, tuple[str, ...]], name: str) -> tuple[str, ...]:
    """The Message-IDs in a head: the oldest and the newest, where there are very many."""
    raw = " ".join(heads.get(name, ()))[:100_000]
    found = list(dict.fromkeys(_short(one) for one in _ID.findall(raw)))
    if len(found) > MAX_REFERENCES:
        found = [found[0], *found[-MAX_REFERENCES + 1 :]]
    return tuple(found)


def _own_id(heads: dict[str, tuple[str, ...]], text: str) -> str:
    raw = _first(heads, "message-id")
    if found := _ID.search(raw):
        return _short(found[1])
    if bare := clean_line(raw, 998).strip("<> "):
        return _short(bare)
    told = "\0".join(_first(heads, name) for name in ("from", "date", "subject"))
    return f"{_digest(told + text)}@no-id"


def _short(id: str) -> str:
    """An id that fits everywhere: printable, and of a length that keys can have."""
    plain = id.encode("ascii", "backslashreplace").decode()
    return plain if len(plain) <= MAX_ID else f"{_digest(plain)}@long-id"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def _addresses(
    heads: dict[str, tuple[str, ...]], *names: str, hint: str | None = None
) -> tuple[Address, ...]:
    """Split first, decoded afterwards: what a name decodes to can't add an address."""
    raw = [value[:20_000] for name in names for value in heads.get(name, ())]
    plain = [decoded(one.encode("utf-8", "surrogateescape"), hint) for one in raw]
    found = [_address(name, address) for name, address in getaddresses(plain)]
    return tuple(dict.fromkeys(one for one in found if one.address))[:50]


def _address(name: str, raw: str) -> Address:
    address = raw.strip()
    if not _ADDRESS.fullmatch(address):
        return Address("", "")
    local, _, domain = address.rpartition("@")
    shown = clean_line(words(name).strip("\"' "), 120)
    if "@" in shown and shown.lower() != address.lower():
        shown = ""  # a name that claims to be another address is no name
    return Address("" if "@" in shown else shown, f"{local}@{domain.lower()}")


def _date(heads: dict[str, tuple[str, ...]]) -> datetime | None:
    try:
        at = parsedate_to_datetime(_first(heads, "date"))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


# ── content ──────────────────────────────────────────────────────────────────


@dataclass
class _Content:
    """What the parts of a mail say, found in one walk that goes into no mail inside it."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)
    reports: list[Notice] = field(default_factory=list)
    charsets: list[str] = field(default_factory=list)
    seen: int = 0

    def collect(self, part: Message, depth: int) -> None:
        self.seen += 1
        if self.seen > MAX_PARTS or depth > MAX_NESTED:
            return
        kind = part.get_content_type()
        if kind == "multipart/alternative":
            self._alternatives(part, depth)
        elif part.is_multipart() and part.get_content_maintype() == "multipart":
            for inner in _inner(part):
                self.collect(inner, depth + 1)
        elif part.is_multipart():
            self._inside(part)
        else:
            self._leaf(part, kind)

    def _alternatives(self, part: Message, depth: int) -> None:
        """The plainest that says anything is read; the files of all are kept."""
        said: list[_Content] = []
        for inner in _inner(part):
            one = _Content(files=self.files, reports=self.reports, seen=self.seen)
            one.charsets = self.charsets
            one.collect(inner, depth + 1)
            self.seen = one.seen
            said.append(one)
        best = next((one for one in said if any(text.strip() for text in one.plain)), None)
        if best is not None:
            self.plain += best.plain
        self.html += [text for one in said for text in one.html]
        if best is None:
            self.plain += [Page(text).text() for one in said for text in one.html][-1:]

    def _inside(self, part: Message) -> None:
        """A mail, or what a server says about one."""
        kind = part.get_content_type()
        inner = list(_inner(part))
        if kind in ("message/delivery-status", "message/disposition-notification"):
            self.reports += [Notice(kind, _as_text(one)) for one in inner]
            return
        self.reports.append(Notice(kind, _as_text(inner[0]) if inner else ""))
        title = clean_line(words(str(inner[0].get("subject", "") or "")), 80) if inner else ""
        content = inner[0].as_bytes() if inner else b""
        self.files.append(Part(f"{title or 'message'}.eml", "message/rfc822", content))

    def _leaf(self, part: Message, kind: str) -> None:
        content = _payload(part)
        name = _file_name(part)
        disposition = part.get_content_disposition()
        if kind.startswith(("message/", "text/rfc822-headers")) and not name:
            self.reports.append(Notice(kind, decoded(content)))
        elif kind in ("text/plain", "text/html") and disposition != "attachment" and not name:
            self._text(part, kind, content)
        elif content or name:
            id = str(part.get("content-id", "") or "").strip().strip("<>")
            self.files.append(Part(name or _default_name(kind), kind, content, id))

    def _text(self, part: Message, kind: str, content: bytes) -> None:
        charset = _charset(part)
        self.charsets += [charset] if charset else []
        text = clean_text(decoded(content, charset))
        if kind == "text/html":
            self.html.append(text)
            return
        if str(part.get_param("format", "") or "").lower() == "flowed":
            text = unflowed(text, str(part.get_param("delsp", "") or "").lower() == "yes")
        self.plain.append(text)

    def read(self, *, cut: bool) -> tuple[str, str]:
        """The whole, and the buyer's own words of it."""
        plain = clean_text("\n\n".join(one.strip("\n") for one in self.plain if one.strip()))
        if plain.strip():
            own = own_words(plain) if cut else signed_off(plain)
            return plain.strip(), own.strip()[:MAX_TEXT]
        pages = [Page(one) for one in self.html]
        whole = clean_text("\n\n".join(page.text() for page in pages)).strip()
        if not cut:
            return whole, whole[:MAX_TEXT]
        own = clean_text("\n\n".join(page.own_text() for page in pages)).strip()
        return whole, (own_words(own) or whole)[:MAX_TEXT]

    def kept_files(self, was_cut: bool) -> tuple[Part, ...]:
        """Without the pictures that only quoted words or a signature show."""
        pages = [Page(one) for one in self.html]
        own = frozenset(id for page in pages for id in page.shown(own=True)) if was_cut else None
        whole = frozenset(id for page in pages for id in page.shown(own=False)) if was_cut else None
        if own is None or whole is None:
            return tuple(self.files)
        return tuple(one for one in self.files if one.id not in whole or one.id in own)


def _inner(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _payload(part: Message) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        payload = None
    return payload if isinstance(payload, bytes) else b""


def _charset(part: Message) -> str | None:
    charset = part.get_param("charset")
    if isinstance(charset, tuple):  # RFC 2231: charset, language, value
        charset = charset[2]
    return str(charset) if charset else None


def _file_name(part: Message) -> str:
    try:
        return clean_line(words(part.get_filename() or ""), 200)
    except (ValueError, LookupError, TypeError):
        return "file"


def _default_name(kind: str) -> str:
    names = {"image/jpeg": "picture.jpg", "image/png": "picture.png", "image/gif": "picture.gif"}
    return names.get(kind, "file")


def _as_text(part: Message) -> str:
    """Its heads as they are written, for what tells of another mail."""
    lines = [f"{name}: {value}" for name, value in part.raw_items()]
    payload = part.get_payload()
    body = payload if isinstance(payload, str) else ""
    return clean_text("\n".join(lines) + "\n\n" + body[:20_000])
