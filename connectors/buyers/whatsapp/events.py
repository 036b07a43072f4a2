"""From WhatsApp's webhook to our words: messages of buyers, and what became of our replies."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Literal

from assistant.errors import Malformed, Unauthentic
from assistant.model import Arrival, Buyer, BuyerId, Incoming, MessageId, Report
from assistant.model.messages import ReportKind
from connectors.buyers.whatsapp.payloads import Said, said
from connectors.foreign import Json, dicts, document, moment, text_of
from connectors.http import clean_line

log = logging.getLogger(__name__)

WINDOW = timedelta(hours=24)
"""How long after a buyer's message a free text is taken."""
BECAME: Mapping[str, ReportKind] = {
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


def arrivals(
    body: bytes, at: datetime, accounts: Mapping[str, str], signed: frozenset[str]
) -> Iterator[Arrival]:
    """What *body* says. *accounts*: names by phone number ids; *signed*: those who signed it.

    A number that the settings don't have is an account by its id: its buyers are shown all the
    same. Raises: Malformed; Unauthentic, where one account's secret signed for another's number.
    """
    told = document(body)
    if told.get("object") != "whatsapp_business_account":
        raise Malformed("object", "must be whatsapp_business_account")
    for value in _values(told):
        number = text_of(value, "metadata", "phone_number_id")
        if not number:
            log.warning("WhatsApp told something of no phone number")
            continue
        account = accounts.get(number)
        if account is not None and account not in signed:
            raise Unauthentic("This app's secret does not belong to that phone number.")
        yield from _Change(value, number, account if account is not None else number, at).all()


def _values(told: Json) -> Iterator[Json]:
    for entry in dicts(told.get("entry")):
        for change in dicts(entry.get("changes")):
            value = change.get("value")
            field = text_of(change, "field")
            if field in ("messages", "smb_message_echoes") and isinstance(value, dict):
                yield value
            else:
                log.info("WhatsApp told something else", extra={"field": field[:60]})


class _Change:
    """What one webhook says of one phone number."""

    def __init__(self, value: Json, number: str, account: str, at: datetime) -> None:
        self._value, self._number, self._account, self._at = value, number, account, at
        self._contacts = dicts(value.get("contacts"))

    def all(self) -> Iterator[Arrival]:
        for message in dicts(self._value.get("messages")):
            yield self._incoming(message)
        for message in dicts(self._value.get("message_echoes")):
            yield self._ours(message)
        for status in dicts(self._value.get("statuses")):
            report = self._report(status)
            if report is not None:
                yield report
        for error in dicts(self._value.get("errors")):
            log.warning("WhatsApp reports an error of the account: %s", text_of(error, "code"))

    def _incoming(self, message: Json) -> Incoming:
        phone, user, name = self._sender(message)
        ids = tuple(f"{self._number}/{one}" for one in (user, phone) if one)
        found = said(message)
        sent_at = moment(text_of(message, "timestamp"), self._at)
        changed = _changed(message)
        kind = changed or ("message" if found.known else "unknown")
        content = said(_edited(message)) if changed == "edited" else found
        about = _about(message) if changed else _id(message)
        return Incoming(
            channel="whatsapp",
            account=self._account,
            # Of a sender without a name of any kind each message stands alone: two may be two.
            thread_key=ids[0] if ids else f"{self._number}/unknown/{about}",
            follows=ids,
            keys=ids,
            message_id=MessageId(about),
            revision=text_of(message, "id") if changed else "",
            kind=kind,
            buyer=Buyer(id=BuyerId(f"whatsapp:{user or phone or 'unknown'}"), name=name),
            text="" if changed == "deleted" else content.text,
            attachments=content.attachments,
            automatic=not content.asks,
            sent_at=sent_at,
            received_at=self._at,
            window_until=self._window(content, changed, sent_at),
        )

    def _window(self, content: Said, changed: str, sent_at: datetime | None) -> datetime | None:
        """Only what the buyer writes opens it; counted from when they wrote, not from now."""
        if changed or not content.asks:
            return None
        return (sent_at or self._at) + WINDOW

    def _sender(self, message: Json) -> tuple[str, str, str]:
        """Their phone number and their id with this business, either of which may be missing."""
        phone, user = text_of(message, "from"), text_of(message, "from_user_id")
        for one in self._contacts:
            theirs = text_of(one, "wa_id"), text_of(one, "user_id")
            # What is missing on both sides is no likeness: that would be anybody's contact.
            if {phone, user}.intersection(theirs) - {""} or len(self._contacts) == 1:
                name = text_of(one, "profile", "name") or text_of(one, "profile", "username")
                return phone or theirs[0], user or theirs[1], clean_line(name)
        return phone, user, ""

    def _user_of(self, phone: str) -> str:
        """The id of whom a status is about: of several contacts only theirs will do."""
        for one in self._contacts:
            if text_of(one, "wa_id") == phone or len(self._contacts) == 1:
                return text_of(one, "user_id")
        return ""

    def _report(self, status: Json) -> Report | None:
        kind = BECAME.get(text_of(status, "status"))
        id, key = text_of(status, "id"), text_of(status, "biz_opaque_callback_data")
        phone, user = text_of(status, "recipient_id"), text_of(status, "recipient_user_id")
        user = user or self._user_of(phone)
        ids = tuple(f"{self._number}/{one}" for one in (user, phone) if one)
        if kind is None or not ids or not (id or key):
            log.info("WhatsApp told a status of another kind")
            return None
        error = next(iter(dicts(status.get("errors"))), {})
        reason = text_of(error, "error_data", "details") or text_of(error, "title")
        return Report(
            channel="whatsapp",
            account=self._account,
            thread_key=ids[0],
            follows=ids,
            kind=kind,
            external_id=id,
            key=key if key.startswith("reply_") else "",
            at=moment(text_of(status, "timestamp"), self._at) or self._at,
            code=text_of(error, "code"),
            reason=clean_line(reason, 500),
        )

    def _ours(self, message: Json) -> Incoming:
        """What a colleague wrote from the phone that has the number: the buyer got it already."""
        phone, user = text_of(message, "to"), text_of(message, "to_user_id")
        ids = tuple(f"{self._number}/{one}" for one in (user, phone) if one)
        found = said(message)
        return Incoming(
            channel="whatsapp",
            account=self._account,
            thread_key=ids[0] if ids else f"{self._number}/unknown",
            follows=ids,
            keys=ids,
            message_id=MessageId(_id(message)),
            kind="ours",
            buyer=Buyer(id=BuyerId(f"whatsapp:{user or phone or 'unknown'}")),
            text=found.text,
            attachments=found.attachments,
            sent_at=moment(text_of(message, "timestamp"), self._at),
            received_at=self._at,
        )


def _id(message: Json) -> str:
    """WhatsApp's own; without one, what the message says."""
    id = text_of(message, "id")
    return id or hashlib.sha256(json.dumps(message, sort_keys=True).encode()).hexdigest()[:32]


def _changed(message: Json) -> Literal["", "edited", "deleted"]:
    """Told by numbers that are used in the WhatsApp Business app too."""
    kind = text_of(message, "type")
    if not _about(message):
        return ""
    return "edited" if kind == "edit" else "deleted" if kind == "revoke" else ""


def _about(message: Json) -> str:
    return text_of(message, text_of(message, "type"), "original_message_id")


def _edited(message: Json) -> Json:
    new = message.get("edit", {}).get("message")
    return new if isinstance(new, dict) else message
