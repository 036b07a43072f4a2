"""A reply as WhatsApp takes it: a text, files with their captions, or an approved template."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assistant.errors import Rejected
from assistant.model import Attachment, Conversation, Reply, Template
from assistant.words import say

CAPTION = 1_024
"""Characters of a caption."""
_MB = 1_000_000
_KINDS: Mapping[str, tuple[str, float]] = {
    "image/jpeg": ("image", 5),
    "image/png": ("image", 5),
    "video/mp4": ("video", 16),
    "video/3gpp": ("video", 16),
    "audio/aac": ("audio", 16),
    "audio/amr": ("audio", 16),
    "audio/mpeg": ("audio", 16),
    "audio/mp4": ("audio", 16),
    "audio/ogg": ("audio", 16),
}
"""How a file of a type goes, up to how many MB; any other is a document, up to 100 MB."""


class Uploaded(NamedTuple):
    """A file that WhatsApp has, by its id there."""

    file: Attachment
    id: str


def recipient(to: Conversation) -> dict[str, str]:
    """A phone number, or the buyer's id with this business where they show no number."""
    id = to.buyer.id.removeprefix("whatsapp:")
    if not id or id == "unknown":
        raise Rejected(say("WhatsApp did not tell who wrote this. Nobody can answer it."), "nobody")
    return {"to": id} if id.isdigit() else {"recipient": id}


def messages(reply: Reply, files: Sequence[Uploaded]) -> Iterator[dict[str, Any]]:
    """What is sent, one after the other. A short text stands under the first file that takes it."""
    if reply.template is not None:
        yield {"type": "template", "template": _template(reply.template)}
        return
    under = files[0] if files and _captioned(files[0]) and len(reply.text) <= CAPTION else None
    if under is None and reply.text:
        yield {"type": "text", "text": {"preview_url": False, "body": reply.text}}
    for one in files:
        yield _file(one, reply.text if one is under else "")


def _template(template: Template) -> dict[str, Any]:
    values = [{"type": "text", "text": one} for one in template.values]
    filled = {"components": [{"type": "body", "parameters": values}]} if values else {}
    return {"name": template.name, "language": {"code": template.language}, **filled}


def _captioned(one: Uploaded) -> bool:
    return kind_of(one.file) != "audio"


def _file(one: Uploaded, caption: str) -> dict[str, Any]:
    kind = kind_of(one.file)
    content = {"id": one.id}
    if caption:
        content["caption"] = caption
    if kind == "document":
        content["filename"] = one.file.name
    return {"type": kind, kind: content}


def kind_of(file: Attachment) -> str:
    """`image`, `video`, `audio`; a document where its type or size is none of theirs."""
    kind, most = _KINDS.get(file.mime, ("document", 100))
    return kind if (file.size or 0) <= most * _MB else "document"
