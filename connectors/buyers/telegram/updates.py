"""From Telegram's updates to our words.

What is missing or of a strange shape is shown as it is, and never stops the updates beside it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from mimetypes import guess_extension
from typing import NamedTuple

from assistant.model import Attachment, Buyer, BuyerId, Incoming, MessageId
from connectors.foreign import Json, dicts, leaves, moment, text_of
from connectors.http import clean_line, clean_text

PLACE = "telegram:"
"""What stands for a file's address: its id, asked for with the bot's token."""
WANTED = ("message", "edited_message", "message_reaction", "callback_query", "my_chat_member")
"""What we ask Telegram to tell."""
_ENVELOPE = frozenset(
    ("message_id", "from", "chat", "date", "edit_date", "reply_to_message", "entities")
)


class Said(NamedTuple):
    """What one message says."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    known: bool = True
    asks: bool = True
    """False of what nobody answers: a reaction, a block, the press on Start."""


def incoming(update: Json, bot: str, account: str, at: datetime) -> Incoming | None:
    """What *update* says; None where it is of a group, or about nothing a buyer did."""
    kind, content = _content(update)
    if kind is None or content is None:
        return None
    message = content.get("message") if kind == "callback_query" else content
    chat = _chat(message if isinstance(message, dict) else {}, content)
    if chat is None:
        return None
    found = _said(kind, content)
    edited = kind == "edited_message"
    return Incoming(
        channel="telegram",
        account=account,
        thread_key=f"{bot}/{text_of(chat, 'id')}",
        message_id=MessageId(_id(kind, content, update)),
        revision=(text_of(content, "edit_date") or text_of(update, "update_id")) if edited else "",
        kind="edited" if edited else "message" if found.known else "unknown",
        buyer=_buyer(content, chat),
        text=clean_text(found.text),
        attachments=found.attachments,
        automatic=not found.asks,
        sent_at=moment(text_of(content, "date"), at),
        received_at=at,
    )


def _content(update: Json) -> tuple[str | None, Json | None]:
    """What kind of update it is: a type that we don't know is one, too."""
    for name, value in update.items():
        if name != "update_id" and isinstance(value, dict):
            return name, value
    return None, None


def _chat(message: Json, content: Json) -> Json | None:
    """The private chat it is of. A press on a button names only who pressed."""
    chat = message.get("chat") or content.get("chat")
    if isinstance(chat, dict):
        return chat if chat.get("type") == "private" and text_of(chat, "id") else None
    sender = content.get("from") or content.get("user")
    return sender if isinstance(sender, dict) and text_of(sender, "id") else None


def _id(kind: str, content: Json, update: Json) -> str:
    if kind in ("message", "edited_message") and text_of(content, "message_id"):
        return text_of(content, "message_id")
    own = text_of(content, "id") or text_of(update, "update_id")
    whole = json.dumps(update, sort_keys=True).encode()
    return f"{kind}:{own or hashlib.sha256(whole).hexdigest()[:32]}"


def _buyer(content: Json, chat: Json) -> Buyer:
    person = content.get("from") or content.get("user")
    person = person if isinstance(person, dict) else chat
    names = [text_of(person, "first_name"), text_of(person, "last_name")]
    locale = text_of(person, "language_code")
    return Buyer(
        id=BuyerId(f"telegram:{text_of(person, 'id')}"),
        name=clean_line(" ".join(filter(None, names)) or text_of(person, "username")),
        locale=locale if locale.replace("-", "").isalnum() and len(locale) <= 35 else None,
    )


# ── what it says ─────────────────────────────────────────────────────────────


def _said(kind: str, content: Json) -> Said:
    if kind in ("message", "edited_message"):
        return _message(content)
    if kind == "message_reaction":
        signs = [text_of(one, "emoji") or "–" for one in dicts(content.get("new_reaction"))]
        return Said(f"[reaction] {' '.join(signs) or '–'}", asks=False)
    if kind == "callback_query":
        return Said(text_of(content, "data") or _as_it_is(kind, content))
    if kind == "my_chat_member":
        status = text_of(content, "new_chat_member", "status")
        told = "blocked the bot" if status == "kicked" else f"[my_chat_member] {status}"
        return Said(f"[{told}]" if status == "kicked" else told, known=False, asks=False)
    return Said(_as_it_is(kind, content), known=False)


def _message(message: Json) -> Said:
    words = text_of(message, "text") or text_of(message, "caption")
    if words.split(" ")[0] == "/start":
        return Said(words, asks=False)  # the press that opens a chat, not a question
    file = _file(message)
    lines = [words, *_other(message)]
    if file is None and not any(lines):
        return Said(_as_it_is("message", message), known=False)
    return Said("\n".join(filter(None, lines)), (file,) if file else ())


def _file(message: Json) -> Attachment | None:
    for kind, (mime, ending) in _FILES.items():
        content = message.get(kind)
        # A photo comes in several sizes, the largest last.
        one = next(reversed(dicts(content)), None) if kind == "photo" else content
        if isinstance(one, dict) and text_of(one, "file_id"):
            return _attachment(kind, one, mime, ending)
    return None


def _attachment(kind: str, one: Json, mime: str, ending: str) -> Attachment:
    told = clean_line(text_of(one, "mime_type"), 100) or mime
    usual = ending if told == mime else guess_extension(told) or ending
    name = text_of(one, "file_name") or f"{kind}{usual}"
    size = text_of(one, "file_size")
    return Attachment(
        name=clean_line(name, 120),
        mime=told,
        size=int(size) if size.isdigit() else None,
        url=f"{PLACE}{text_of(one, 'file_id')}",
    )


_FILES: Mapping[str, tuple[str, str]] = {
    "photo": ("image/jpeg", ".jpg"),
    "animation": ("video/mp4", ".mp4"),
    "video": ("video/mp4", ".mp4"),
    "video_note": ("video/mp4", ".mp4"),
    "voice": ("audio/ogg", ".ogg"),
    "audio": ("audio/mpeg", ".mp3"),
    "sticker": ("image/webp", ".webp"),
    "document": ("application/octet-stream", ""),
}
"""An animation comes as a document too: what is named first counts."""


def _other(message: Json) -> Iterator[str]:
    for kind, reader in _READERS.items():
        content = message.get(kind)
        if isinstance(content, dict):
            yield f"[{kind}] {reader(content)}"
            return


def _spot(content: Json) -> str:
    return f"{text_of(content, 'latitude')}, {text_of(content, 'longitude')}"


def _venue(content: Json) -> str:
    place = content.get("location")
    told = [text_of(content, "title"), text_of(content, "address")]
    return ", ".join([*filter(None, told), _spot(place if isinstance(place, dict) else {})])


def _contact(content: Json) -> str:
    names = [text_of(content, "first_name"), text_of(content, "last_name")]
    return f"{' '.join(filter(None, names))}: {text_of(content, 'phone_number')}"


def _poll(content: Json) -> str:
    options = " / ".join(text_of(one, "text") for one in dicts(content.get("options")))
    return f"{text_of(content, 'question')} {options}"


_READERS: Mapping[str, Callable[[Json], str]] = {
    "venue": _venue,
    "location": _spot,
    "contact": _contact,
    "poll": _poll,
    "dice": lambda content: f"{text_of(content, 'emoji')} {text_of(content, 'value')}",
}


def _as_it_is(kind: str, content: Json) -> str:
    """A type that we don't know: a line a value."""
    rest = {name: value for name, value in content.items() if name not in _ENVELOPE}
    first = next(iter(rest), kind)
    return "\n".join([f"[{first}]", *list(leaves("", rest))[:40]])[:2_000]
