"""eBay's messages, read into our words: of the Message API and of its notifications alike.

Source: the OpenAPI document commerce_message_v1 of developer.ebay.com and its pages on
getConversations, getConversation and sendMessage; read 2026-11. Unverified: the fields of a
NEW_MESSAGE notification (as a public project recorded them: those of a message, but `…UserName`
where the API says `…Username`), and the order in which messages are listed.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import AliasChoices, AwareDatetime, Field, ValidationError

from assistant.model import Attachment, Buyer, BuyerId, Conversation, Incoming, MessageId
from connectors.http import clean_line, clean_text
from connectors.marketplaces import (
    AHEAD,
    Id,
    Wire,
    file_at,
    malformed,
    read_as,
    thread_key,
    too_long,
)

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=Wire)

NEW_MESSAGE = "NEW_MESSAGE"
DELETION = "MARKETPLACE_ACCOUNT_DELETION"
MEMBERS = "FROM_MEMBERS"
_MIMES = {
    "IMAGE": "image/jpeg",
    "PDF": "application/pdf",
    "DOC": "application/msword",
    "TXT": "text/plain",
}


class Media(Wire):
    """A file beside a message."""

    name: str = Field(default="", alias="mediaName")
    kind: str = Field(default="", alias="mediaType")
    url: str = Field(default="", alias="mediaUrl")


class Said(Wire):
    """One message of a conversation."""

    id: Id = Field(alias="messageId")
    text: str = Field(default="", alias="messageBody")
    subject: str | None = None
    at: AwareDatetime = Field(alias="createdDate")
    read: bool = Field(default=False, alias="readStatus")
    sender: Annotated[Id, Field(validation_alias=AliasChoices("senderUsername", "senderUserName"))]
    recipient: Annotated[
        str, Field(validation_alias=AliasChoices("recipientUsername", "recipientUserName"))
    ] = ""
    media: tuple[Media, ...] | None = Field(default=None, alias="messageMedia")


class Talk(Wire):
    """One conversation of the list."""

    id: Id = Field(alias="conversationId")
    title: str | None = Field(default=None, alias="conversationTitle")
    latest: Said | None = Field(default=None, alias="latestMessage")


class Notification(NamedTuple):
    """What eBay pushed."""

    topic: str
    id: str
    data: dict[str, Any]


class _Metadata(Wire):
    topic: Id


class _Notified(Wire):
    id: Id = Field(alias="notificationId")
    data: dict[str, Any] = Field(default_factory=dict)


class _Pushed(Wire):
    metadata: _Metadata
    notification: _Notified


class _Place(Wire):
    conversation: Id = Field(alias="conversationId")
    kind: str = Field(default=MEMBERS, alias="conversationType")


def notification(content: dict[str, Any]) -> Notification:
    """Raises: Malformed."""
    pushed = read_as(_Pushed, content)
    told = pushed.notification
    return Notification(pushed.metadata.topic, told.id, told.data)


def pushed_message(data: dict[str, Any]) -> tuple[str, Said] | None:
    """The conversation and the message; None: eBay itself wrote. Raises: Malformed."""
    try:
        place = _Place.model_validate(data)
        return (place.conversation, Said.model_validate(data)) if place.kind == MEMBERS else None
    except ValidationError as error:
        raise malformed(error, "notification.data") from None


def talks(content: dict[str, Any]) -> Sequence[Talk]:
    return _each(Talk, content, "conversations")


def messages(content: dict[str, Any]) -> Sequence[Said]:
    return _each(Said, content, "messages")


def count(content: dict[str, Any], name: str) -> int:
    """How many were listed, those that can't be read among them: a page is full by these."""
    found = content.get(name)
    return len(found) if isinstance(found, list) else 0


def _each(kind: type[Kind], content: dict[str, Any], name: str) -> Sequence[Kind]:
    """All that can be read: one odd entry must not keep the rest from us."""
    found = content.get(name)
    read: list[Kind] = []
    for one in found if isinstance(found, list) else ():
        try:
            read.append(kind.model_validate(one))
        except ValidationError as error:
            log.error("eBay listed one of its %s with a bad %s", name, malformed(error).field)
    return read


def incoming(
    said: Said, talk: str, account: str, title: str | None, now: datetime, *, ours: bool = False
) -> Incoming:
    """What a buyer wrote, as the desk takes it; *ours*: what the seller wrote, here or on eBay."""
    text = clean_text(said.text)
    too_long(text)
    return Incoming(
        channel="ebay",
        account=account,
        platform="ebay",
        thread_key=thread_key(account, talk),
        message_id=MessageId(said.id),
        buyer=_member(said.recipient if ours else said.sender),
        text=text,
        kind="ours" if ours else "message",
        subject=clean_line(said.subject or title or "", 300) or None,
        sent_at=said.at if said.at <= now + AHEAD else None,
        attachments=_files(said),
    )


def _member(name: str) -> Buyer:
    return Buyer(id=BuyerId(f"ebay:{name}"), name=clean_line(name), verified=True)


def closed(conversation: Conversation, id: str, now: datetime) -> Incoming:
    """That the buyer of *conversation* closed their account, and is to be forgotten."""
    return Incoming(
        channel="ebay",
        account=conversation.account,
        platform="ebay",
        thread_key=conversation.thread_key,
        message_id=MessageId(f"account-deletion:{id}"),
        buyer=Buyer(id=BuyerId("ebay:erased")),
        text="",
        kind="erased",
        received_at=now,
    )


def _files(said: Said) -> tuple[Attachment, ...]:
    return tuple(
        file_at(one.url, _MIMES.get(one.kind.upper(), "application/octet-stream"), one.name)
        for one in said.media or ()
        if one.url or one.name  # eBay sends an empty entry where there is none
    )
