"""What a page and the chat say to each other, version 1, and what a feed keeps.

Page → chat: `hello` (first, with the token and the last `seq` it has), `msg`, `typing`, `read`.
Chat → page: `welcome`, `msg` (with its `seq`), `ack`, `read`, `error` with a `code`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from assistant.errors import Malformed
from assistant.model import (
    Attachment,
    Buyer,
    BuyerId,
    ConversationId,
    Incoming,
    MessageId,
    Reply,
    conversation_id,
)
from connectors.buyers.webchat.session import Visitor, Visitors
from connectors.http import clean_line, clean_text, mended

NAME = "webchat"
MAX_CHARS = 4_000
MAX_FILES = 5
_AHEAD = timedelta(minutes=5)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    v: Literal[1] = 1


class About(_Frame):
    """What a visitor tells of themselves; nothing of it is proven."""

    name: Annotated[str, Field(max_length=200)] = ""
    email: Annotated[str, Field(max_length=320)] = ""
    order: Annotated[str, Field(max_length=60)] = ""


class Hello(_Frame):
    type: Literal["hello"]
    token: Annotated[str, Field(max_length=1_000)]
    seq: Annotated[int, Field(ge=0, lt=1 << 53)] = 0
    lang: Annotated[str, Field(max_length=40)] = ""
    about: About = About()


class Said(_Frame):
    """A message: `id` is made by the page, so that sending it again is the same message."""

    type: Literal["msg"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")]
    text: str = ""
    lang: Annotated[str, Field(max_length=40)] = ""
    title: str = ""
    """Of the page they write on, which they did not choose: however long, no reason to refuse."""
    at: AwareDatetime | None = None
    files: Annotated[tuple[str, ...], Field(max_length=MAX_FILES)] = ()
    about: About | None = None


class Typing(_Frame):
    type: Literal["typing"]


class Read(_Frame):
    type: Literal["read"]
    seq: Annotated[int, Field(ge=0, lt=1 << 53)]


Frame = Hello | Said | Typing | Read
_FRAME: TypeAdapter[Frame] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def read_frame(text: str) -> Frame:
    """Raises: Malformed."""
    try:
        return _FRAME.validate_python(mended(json.loads(text)))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Malformed(".".join(map(str, first["loc"])), first["msg"]) from error
    except (ValueError, RecursionError) as error:
        raise Malformed("frame", "is not JSON") from error


def write_frame(type: str, **content: Any) -> str:
    return json.dumps({"v": 1, "type": type, **content}, ensure_ascii=False)


# ── into the desk's words ────────────────────────────────────────────────────


def feed_of(visitor: str) -> ConversationId:
    """A visitor's feed has their conversation's name."""
    return conversation_id(NAME, visitor)


def incoming_of(
    said: Said,
    files: tuple[Attachment, ...],
    visitor: Visitor,
    about: About,
    lang: str,
    at: datetime,
) -> Incoming:
    """A visitor's message as the desk takes it, with the page they wrote it on as its subject."""
    order = clean_line(about.order.lstrip("# "), 60)
    return Incoming(
        channel=NAME,
        thread_key=visitor.id,
        message_id=MessageId(said.id),
        buyer=Buyer(
            id=BuyerId(f"{NAME}:{visitor.id}"),
            name=clean_line(about.name),
            locale=lang if _LANGUAGE.fullmatch(lang) else None,
            email=_address(about.email),
        ),
        text=clean_text(said.text),
        account=visitor.account,
        subject=clean_line(said.title) or None if visitor.account else None,
        sent_at=said.at if said.at and said.at <= at + _AHEAD else None,
        received_at=at,
        order_refs=(order,) if order else (),
        attachments=files,
    )


def _address(email: str) -> str | None:
    line = clean_line(email, 320)
    return line if "@" in line[1:-1] and " " not in line else None


# ── what a feed keeps ────────────────────────────────────────────────────────


def kept_message(incoming: Incoming) -> str:
    """The visitor's own message in their feed."""
    return _kept(
        "buyer",
        id=incoming.message_id,
        text=incoming.text,
        at=incoming.received_at,
        files=incoming.attachments,
    )


def kept_reply(reply: Reply, at: datetime) -> str:
    """Our reply in the visitor's feed, under the public name of who stands for it."""
    return _kept(
        "agent", id=reply.key, text=reply.text, name=reply.name, at=at, files=reply.attachments
    )


def _kept(
    author: Literal["buyer", "agent"],
    *,
    id: str,
    text: str,
    at: datetime | None,
    files: tuple[Attachment, ...],
    name: str = "",
) -> str:
    body = {
        "type": "msg",
        "from": author,
        "id": id,
        "name": name,
        "text": text,
        "at": at.isoformat() if at else None,
        "files": [one.model_dump(include={"name", "mime", "size", "sha256"}) for one in files],
    }
    return json.dumps(body, ensure_ascii=False)


def shown(body: str, seq: int, visitor: str, visitors: Visitors) -> str:
    """A feed's entry as a frame: files become addresses that are this visitor's alone."""
    entry = json.loads(body)
    files = [
        {
            "name": file.name,
            "mime": file.mime,
            "size": file.size,
            "href": f"/chat/files/{visitors.ticket(visitor, file)}",
        }
        for file in map(Attachment.model_validate, entry.pop("files", ()))
        if file.sha256
    ]
    return json.dumps({"v": 1, **entry, "seq": seq, "files": files}, ensure_ascii=False)
