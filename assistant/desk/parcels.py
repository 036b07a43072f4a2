"""Where parcels are (S2.8): what carriers say where the shop says nothing, or nothing new.

What was read once is kept with its time, so that a tracker's quota and patience last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import ValidationError

from assistant.errors import Unavailable
from assistant.model import Buyer, Order, Parcel, own_postcode
from assistant.parcels import bare
from assistant.playbooks import Playbooks
from assistant.ports import Ports, Sought, Tracker, news_of
from assistant.words import Text, say

log = logging.getLogger(__name__)

OLD = timedelta(hours=12)
"""An event of so long ago may not be the newest any more."""
FRESH = timedelta(hours=1)
"""What was asked so lately is not asked again."""
KEPT = timedelta(days=30)
"""How long the last news of a parcel are of any use."""
PATIENCE_S = 6.0
MOST = 10
"""Parcels that are asked about at once."""

Page = Callable[[Order, Parcel], str | None]
"""Where a buyer can follow a parcel."""


class Followed(NamedTuple):
    """Orders with the newest that is known of their parcels, and what could not be asked."""

    orders: tuple[Order, ...]
    troubles: tuple[Text, ...] = ()


async def followed(orders: Sequence[Order], ports: Ports, language: str, page: Page) -> Followed:
    """*orders* with what carriers told of their parcels, and with the page of each."""
    wanted = [
        (order, parcel)
        for order in orders
        for parcel in order.fulfilments
        if _may_be_old(parcel, ports.now())
    ]
    sought = {
        bare(parcel.number or ""): sought_of(order, parcel, language) for order, parcel in wanted
    }
    news, troubles = await heard(dict(list(sought.items())[:MOST]), ports)
    return Followed(tuple(_with_news(one, news, page) for one in orders), troubles)


def sought_of(order: Order, parcel: Parcel, language: str) -> Sought:
    """What a tracker is told: to the parcel's own carrier, the order is no secret."""
    where = order.ship_to
    number = bare(parcel.number or "")
    return Sought(number, parcel.carrier, where.country, where.postcode, language)


async def heard(
    sought: Mapping[str, Sought], ports: Ports
) -> tuple[dict[str, Parcel], tuple[Text, ...]]:
    """The last news of those, by number: kept ones while they are fresh, else asked for."""
    news = {number: one for number in sought if (one := await _kept(number, ports))}
    old = [one for one in sought.values() if not _fresh(news.get(one.number), ports.now())]
    troubles = []
    for tracker in ports.trackers.values() if old else ():
        try:
            told = await _asked(tracker, old, ports)
        except Unavailable as error:
            troubles.append(_trouble(tracker, error))
            continue
        news |= told
        old = [one for one in old if one.number not in told]
        if not old:
            break
    return news, tuple(troubles)


async def _asked(tracker: Tracker, sought: Sequence[Sought], ports: Ports) -> Mapping[str, Parcel]:
    """Asked, and kept. Raises: Unavailable."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            told = await tracker.parcels(sought)
    except TimeoutError:
        raise Unavailable(say("It did not answer in time.")) from None
    at = ports.now()
    found = {
        bare(number): one.model_copy(update={"read_at": at, "read_by": tracker.name})
        for number, one in told.items()
    }
    for number, one in found.items():
        await ports.store.keep(news_of(number), one.model_dump_json(), KEPT)
    return found


async def _kept(number: str, ports: Ports) -> Parcel | None:
    body = await ports.store.kept(news_of(number))
    if body is None:
        return None
    try:
        return Parcel.model_validate_json(body)
    except ValidationError:
        log.warning("what was kept of a parcel is of no use")
        return None


def _may_be_old(parcel: Parcel, now: datetime) -> bool:
    """There is a number, it has not arrived, and nobody told anything new of it."""
    if not parcel.number or parcel.delivered:
        return False
    return parcel.latest is None or now - parcel.latest.at >= OLD


def _fresh(news: Parcel | None, now: datetime) -> bool:
    if news is None or news.read_at is None:
        return False
    return news.delivered or now - news.read_at < FRESH


def _with_news(order: Order, news: Mapping[str, Parcel], page: Page) -> Order:
    parcels = []
    for parcel in order.fulfilments:
        told = news.get(bare(parcel.number or "")) if parcel.number else None
        known = parcel.with_news(told) if told else parcel
        parcels.append(known.model_copy(update={"page": page(order, known)}))
    return order.model_copy(update={"fulfilments": tuple(parcels)})


def _trouble(tracker: Tracker, error: Unavailable) -> Text:
    return say("{tracker} could not be asked: {why}", tracker=tracker.name, why=error.text)


def page_in(playbooks: Playbooks, language: str, market: str | None, buyer: Buyer) -> Page:
    """The pages for a buyer in *market*; where that is not known, where the order goes."""

    def page(order: Order, parcel: Parcel) -> str | None:
        country = market or order.ship_to.country
        postcode = own_postcode(buyer, order)
        return playbooks.tracking_link(parcel, country, language, postcode)

    return page
