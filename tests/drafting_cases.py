"""Situations to decide and compose for: the orders of the demo shop, told as data."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from assistant.drafting.brief import Brief, Situation, Spoken
from assistant.drafting.prepare import brief_from
from assistant.model import (
    Address,
    Attachment,
    Buyer,
    BuyerId,
    Customer,
    Emotion,
    Facts,
    Item,
    Order,
    Parcel,
    ParcelEvent,
    Stock,
    Totals,
    Understanding,
)
from assistant.playbooks import Playbooks

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
"""A Saturday, 10:30 in Berlin."""
DHL = "00340434161094000017"


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """A moment of November 2026, UTC."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1)


def parcel(**changes: object) -> Parcel:
    """DHL, scanned in Leipzig on Friday evening, due on Tuesday."""
    scan = ParcelEvent(at=at(20, 17, 42), place="Leipzig", status="in_transit")
    usual = Parcel(
        carrier="DHL",
        number=DHL,
        status="in_transit",
        shipped_at=at(18),
        eta=at(24, 17),
        events=(scan,),
    )
    return usual.model_copy(update=changes)


def waiting_order(*parcels: Parcel, country: str = "DE", **changes: object) -> Order:
    """10023: two mugs for Tom Brandt, on their way."""
    return Order(
        ref="10023",
        placed_at=at(16),
        status="shipped",
        currency="EUR",
        totals=Totals(total=Decimal("48.00")),
        customer=Customer(name="Tom Brandt"),
        ship_to=Address(name="Tom Brandt", country=country),
        items=(Item(sku="M", title="Mug Nora", unit_price=Decimal("24"), qty=2, in_stock=12),),
        fulfilments=parcels or (parcel(),),
    ).model_copy(update=changes)


def teapot_order(country: str = "DE", currency: str = "EUR", **changes: object) -> Order:
    """10045: a teapot for Lena Weber, promised on the 15th, there on the 18th."""
    delivered = ParcelEvent(at=at(18, 10), place="Köln", status="delivered")
    return Order(
        ref="10045",
        placed_at=at(10),
        status="delivered",
        currency=currency,
        totals=Totals(total=Decimal("34.90")),
        customer=Customer(name="Lena Weber"),
        ship_to=Address(name="Lena Weber", country=country),
        items=(
            Item(
                sku="T",
                title="Teapot Ines",
                variant={"colour": "green"},
                unit_price=Decimal("34.90"),
                in_stock=7,
            ),
        ),
        fulfilments=(
            parcel(
                number="00340434161094000024",
                status="delivered",
                shipped_at=at(13),
                eta=at(15, 17),
                delivered_at=at(18, 10),
                events=(delivered,),
            ),
        ),
    ).model_copy(update=changes)


SPOILT_BIRTHDAY = Understanding(
    language="de",
    intents=("damaged", "return_request"),
    emotion=Emotion(kind="anger", strength=0.8),
    order_refs=("10045",),
    given=("order_number", "photo"),
    wishes=("refund",),
    details={
        "occasion": "birthday",
        "gift": "true",
        "person": "mother",
        "part": "Ausguss",
        "part_key": "spout",
        "product": "Kanne",
        "product_key": "teapot",
        "days_late": "3",
    },
)
WHERE_IS_IT = Understanding(
    language="en",
    intents=("where_is_my_order",),
    order_refs=("10023",),
    given=("order_number",),
    wishes=("information",),
)
SAID = {
    "de": "Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen. Bestellung 10045",
    "en": "Where is my order 10023?",
    "zh-Hans": "我的订单 10023 到哪里了？",
}


def situation(
    text: str = "Where is my order 10023?",
    order: Order | None = None,
    *,
    name: str = "Tom Brandt",
    channel: str = "webchat",
    platform: str = "own",
    market: str | None = "DE",
    agent_language: str = "en",
    stock: Sequence[Stock] = (),
    before: Sequence[Spoken] = (),
    now: datetime = NOW,
    photos: int = 0,
    signature: str = "",
    max_chars: int = 20_000,
    links: bool = True,
) -> Situation:
    """What a drafter would see for one newest message."""
    images = tuple(Attachment(name=f"{n}.jpg", mime="image/jpeg") for n in range(photos))
    return Situation(
        channel=channel,
        platform=platform,
        market=market,
        agent_language=agent_language,
        messages=(*before, Spoken(author="buyer", text=text, attachments=images)),
        buyer=Buyer(id=BuyerId(f"{channel}:{name[:20]}"), name=name),
        facts=Facts(orders=(order,) if order else (), stock=tuple(stock)),
        now=now,
        signature=signature,
        max_chars=max_chars,
        links=links,
    )


def brief(at_hand: Situation, understanding: Understanding, playbooks: Playbooks) -> Brief:
    return brief_from(at_hand, understanding, playbooks)
