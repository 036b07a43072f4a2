"""What `parley demo` brings besides the shop: storefronts, and buyers who write while you watch.

The buyers take the way of every buyer: what they wrote is in their chat's feed and in the store,
under ids that never change, so that the next start finds them there and adds nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from functools import cache
from importlib.resources import files as shipped_files
from pathlib import Path

from pydantic import TypeAdapter

from assistant.commands import ReceiveMessage
from assistant.errors import Unavailable
from assistant.model import (
    Attachment,
    Buyer,
    BuyerId,
    Frozen,
    Incoming,
    MessageId,
    StorefrontId,
    conversation_id,
)
from assistant.ports import Files, Store
from assistant.settings import Hours, Storefront
from connectors.buyers.webchat.frames import NAME as CHANNEL
from connectors.buyers.webchat.frames import feed_of, kept_message

__all__ = ["STOREFRONTS", "Visitor", "arrivals", "demo_visitors"]

log = logging.getLogger(__name__)

AGAIN_S = 5.0
"""A store that is away when a buyer writes is asked again after this long."""
PHOTO_TYPE = "image/jpeg"
PHOTO_LIMIT = 1 << 20

PLAYBOOKS = Path(str(shipped_files("connectors.shops"))) / "demo_data" / "playbooks"
"""What the team of the demo shop knows: of its products, shipping, promotions, returns."""
_EVERY_DAY = Hours(zone="Europe/Berlin", days=(1, 2, 3, 4, 5, 6, 7), start="08:00", end="20:00")

STOREFRONTS: tuple[Storefront, ...] = (
    Storefront(
        id=StorefrontId("blaue-stunde"),
        name="Blaue Stunde",
        brand="Blaue Stunde",
        accounts=("webchat", "webhook"),
        shops=("demo",),
        hours=_EVERY_DAY,
        playbooks=PLAYBOOKS,
    ),
    Storefront(
        id=StorefrontId("amazon-de"),
        name="Amazon DE",
        brand="Blaue Stunde",
        platform="amazon",
        market="DE",
        accounts=("webhook:amazon-de",),
        shops=("demo",),
        hours=_EVERY_DAY,
        playbooks=PLAYBOOKS,
    ),
    Storefront(
        id=StorefrontId("mercadolivre-br"),
        name="Mercado Livre BR",
        brand="Blaue Stunde",
        platform="mercadolibre",
        market="BR",
        accounts=("webhook:mercadolivre-br",),
        shops=("demo",),
        hours=_EVERY_DAY,
        playbooks=PLAYBOOKS,
    ),
)
"""One brand with a shop of its own, on Amazon and on Mercado Livre."""


class Photo(Frozen):
    """A picture that a buyer sends: the shipped file, and what the buyer calls it."""

    file: str
    name: str


class Visitor(Frozen):
    """A sample buyer at the web chat."""

    visitor: str
    """The id in the web chat, hence the thread and the feed."""
    after_s: float
    """How long after the one before they write."""
    name: str
    locale: str
    email: str | None
    """Of one who is signed in at the shop; only then do we know who it is."""
    text: str
    photos: tuple[Photo, ...]

    @property
    def message_id(self) -> MessageId:
        return MessageId(f"{self.visitor}-1")

    @property
    def buyer(self) -> Buyer:
        return Buyer(
            id=BuyerId(f"{CHANNEL}:{self.visitor}"),
            name=self.name,
            locale=self.locale,
            email=self.email,
            verified=self.email is not None,
        )


_VISITORS: TypeAdapter[tuple[Visitor, ...]] = TypeAdapter(tuple[Visitor, ...])


@cache
def demo_visitors() -> tuple[Visitor, ...]:
    """Who writes, in the order in which they do."""
    return _VISITORS.validate_json(_shipped("buyers.json"))


async def arrivals(
    store: Store,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    *,
    files: Files | None = None,
) -> None:
    """Let each sample buyer write once, one after the other; those who did before don't again.

    Five write within the first minute. Without *files* their photos have a name and no content.
    """
    for visitor in demo_visitors():
        await _arrive(visitor, store, now, sleep, files)


async def _arrive(
    visitor: Visitor,
    store: Store,
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[object]],
    files: Files | None,
) -> None:
    """One buyer, however often the store has to be asked. The desk goes on without the demo."""
    wait_s = visitor.after_s
    while True:
        try:
            if await _has_written(visitor, store):
                return
            await sleep(wait_s)
            return await _write(visitor, store, now, files)
        except Unavailable:
            log.warning("the store is away; %s writes later", visitor.visitor)
            await sleep(AGAIN_S)
            wait_s = 0


async def _has_written(visitor: Visitor, store: Store) -> bool:
    conversation = await store.load(conversation_id(CHANNEL, visitor.visitor))
    return conversation is not None and conversation.knows(visitor.message_id)


async def _write(
    visitor: Visitor, store: Store, now: Callable[[], datetime], files: Files | None
) -> None:
    at = now()
    incoming = Incoming(
        channel=CHANNEL,
        thread_key=visitor.visitor,
        message_id=visitor.message_id,
        buyer=visitor.buyer,
        text=visitor.text,
        sent_at=at,
        received_at=at,
        attachments=tuple([await _sent(photo, files) for photo in visitor.photos]),
    )
    # First what their page shows: who is cut off between the two writes both again, to no effect.
    await store.append(
        feed_of(visitor.visitor), kept_message(incoming), once=f"in:{incoming.message_id}"
    )
    await store.enqueue(ReceiveMessage(incoming=incoming), once=incoming.once)


async def _sent(photo: Photo, files: Files | None) -> Attachment:
    content = await asyncio.to_thread(_shipped, f"photos/{photo.file}")
    if files is None:
        return Attachment(name=photo.name, mime=PHOTO_TYPE, size=len(content))
    return await files.put(photo.name, PHOTO_TYPE, _in_one_piece(content), PHOTO_LIMIT)


async def _in_one_piece(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _shipped(name: str) -> bytes:
    return shipped_files("connectors.shops.demo_data").joinpath(name).read_bytes()
