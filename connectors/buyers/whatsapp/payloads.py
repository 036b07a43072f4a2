"""What WhatsApp tells of one message, in the words a person reads.

A payload is somebody else's: whatever is missing or of a strange shape is shown as it is, and never
stops the messages beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from mimetypes import guess_extension
from typing import Any, NamedTuple

from assistant.errors import Rejected
from assistant.model import Attachment
from assistant.words import say
from connectors.foreign import Json, dicts, leaves, text_of
from connectors.http import clean_line, clean_text

MEDIA = ("image", "video", "audio", "voice", "document", "sticker")
PLACE = "whatsapp:"
"""What stands for a file's address: its id, asked for with our token."""


class Said(NamedTuple):
    """What one message says."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    known: bool = True
    asks: bool = True
    """False of what nobody answers: a reaction, a change of number."""


def said(message: Json) -> Said:
    """What *message* says, whatever its type."""
    kind = text_of(message, "type")
    content = message.get(kind)
    reader = _READERS.get(kind)
    found = reader(content) if reader and isinstance(content, dict | list) else None
    if kind == "unsupported":
        found = Said(_unsupported(message), known=False)
    if found is None:
        return Said(_as_it_is(kind, message), known=False)
    beside = [*_beside(message)]
    return found._replace(text=clean_text("\n".join(filter(None, [found.text, *beside]))))


def media_id(file: Attachment) -> str:
    """What to ask for. Raises: Rejected, where *file* is none of WhatsApp's."""
    id = (file.url or "").removeprefix(PLACE)
    if file.url == id or not re.fullmatch(r"[\w.-]{1,200}", id):
        raise Rejected(say("The file is not at WhatsApp, and is not fetched."), "foreign_file")
    return id


def _text(content: Any) -> Said | None:
    body = text_of(content, "body")
    return Said(clean_text(body)) if body.strip() else None


def _file(kind: str) -> Callable[[Any], Said | None]:
    def read(content: Any) -> Said | None:
        id = text_of(content, "id")
        if not id:
            return None
        mime = (
            clean_line(text_of(content, "mime_type").partition(";")[0])
            or "application/octet-stream"
        )
        spoken = kind == "voice" or content.get("voice") is True
        name = text_of(content, "filename") or f"{'voice' if spoken else kind}{_ending(mime)}"
        file = Attachment(name=clean_line(name, 120), mime=mime, url=f"{PLACE}{id}")
        return Said(clean_text(text_of(content, "caption")), (file,))

    return read


def _ending(mime: str) -> str:
    return {"audio/ogg": ".ogg", "image/webp": ".webp"}.get(mime) or guess_extension(mime) or ""


def _location(content: Any) -> Said | None:
    spot = [text_of(content, "latitude"), text_of(content, "longitude")]
    if not all(spot):
        return None
    named = [text_of(content, one) for one in ("name", "address")]
    return Said(f"[location] {', '.join(filter(None, [*named, *spot]))}")


def _contacts(content: Any) -> Said | None:
    lines = [_contact(one) for one in dicts(content)]
    return Said("\n".join(lines)) if lines else None


def _contact(one: Json) -> str:
    reach = [
        text_of(phone, "phone") or text_of(phone, "wa_id") for phone in dicts(one.get("phones"))
    ]
    reach += [text_of(mail, "email") for mail in dicts(one.get("emails"))]
    name = text_of(one, "name", "formatted_name")
    told = ": ".join(filter(None, [name, ", ".join(filter(None, reach))]))
    return f"[contact] {told or text_of(one, 'vcard')}"


def _reaction(content: Any) -> Said:
    return Said(f"[reaction] {text_of(content, 'emoji') or '–'}", asks=False)


def _button(content: Any) -> Said | None:
    pressed = text_of(content, "text") or text_of(content, "payload")
    return Said(pressed) if pressed else None


def _interactive(content: Any) -> Said | None:
    kind = text_of(content, "type")
    chosen = content.get(kind) if isinstance(content, dict) else None
    if kind in ("button_reply", "list_reply"):
        lines = [text_of(chosen, "title"), text_of(chosen, "description")]
        return Said("\n".join(filter(None, lines))) if any(lines) else None
    if kind == "nfm_reply":
        lines = [text_of(chosen, "body"), text_of(chosen, "response_json")]
        return Said("\n".join(["[form]", *filter(None, lines)]))
    return None


def _order(content: Any) -> Said | None:
    items = [
        f"{text_of(one, 'quantity')} × {text_of(one, 'product_retailer_id')}"
        f" ({text_of(one, 'item_price')} {text_of(one, 'currency')})"
        for one in dicts(content.get("product_items") if isinstance(content, dict) else None)
    ]
    if not items:
        return None
    return Said("\n".join(filter(None, ["[order]", *items, text_of(content, "text")])))


def _system(content: Any) -> Said | None:
    body = text_of(content, "body")
    return Said(f"[system] {body}", asks=False) if body else None


def _unsupported(message: Json) -> str:
    """What WhatsApp does not hand on: it says so, and the card says so too."""
    told = [
        text_of(one, "error_data", "details") or text_of(one, "title")
        for one in dicts(message.get("errors"))
    ]
    kind = text_of(message, "unsupported", "type")
    return clean_text("\n".join(filter(None, [f"[unsupported] {kind}".rstrip(), *told])))


def _as_it_is(kind: str, message: Json) -> str:
    """A type that we don't know, or a known one of a strange shape: a line a value."""
    envelope = ("from", "id", "timestamp", "type", "from_user_id", "from_parent_user_id")
    rest = {name: value for name, value in message.items() if name not in envelope}
    lines = [f"[{kind or 'unknown'}]", *list(leaves("", rest))[:40]]
    return clean_text("\n".join(lines))[:2_000]


def _beside(message: Json) -> Iterator[str]:
    """What came with it: the product it asks about, the ad that led here."""
    product = text_of(message, "context", "referred_product", "product_retailer_id")
    if product:
        yield f"[product] {product}"
    ad = message.get("referral")
    if isinstance(ad, dict):
        told = [text_of(ad, one) for one in ("headline", "body", "source_url")]
        yield f"[ad] {' · '.join(filter(None, told))}"


_READERS: Mapping[str, Callable[[Any], Said | None]] = {
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "reaction": _reaction,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "system": _system,
    **{kind: _file(kind) for kind in MEDIA},
}
