"""Which order, item, parcel and stock the buyer writes about, and what of it is known.

Shared by the decision and the composer, so that both speak of the same thing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.deciding.calendar import working_day
from assistant.drafting.brief import Situation, Spoken
from assistant.drafting.deadline import asks_in_time, needed_by
from assistant.drafting.goods import names
from assistant.drafting.mentions import found_by
from assistant.drafting.variety import variety
from assistant.model import (
    Intent,
    Item,
    Order,
    Parcel,
    Stock,
    Understanding,
    own_postcode,
    same_order,
)
from assistant.playbooks import Market, Money, Playbooks

LATEST_HOUR = 20
"""After this hour of the buyer's evening nothing more is announced for today."""
STANDING_DAYS = 5
"""A parcel without a scan for so long stands still: the carrier is asked."""
BANK_DAYS = 5
"""Working days within which banks usually show a refund."""
DELIVERY: frozenset[Intent] = frozenset({"where_is_my_order", "delivered_not_received"})
_GONE = frozenset({"shipped", "fulfilled", "delivered", "in_transit", "out_for_delivery"})
_CANCELLED = frozenset({"cancelled", "canceled", "voided"})


class Matter:
    """One situation, looked at once. Properties are None where nobody knows."""

    def __init__(
        self, situation: Situation, understanding: Understanding, playbooks: Playbooks
    ) -> None:
        self.situation = situation
        self.understanding = understanding
        self.playbooks = playbooks
        self.country = situation.market or self._shipped_to()
        self.market: Market | None = playbooks.market(self.country)
        self.platform = playbooks.platform(situation.platform, situation.channel)
        self.language = self.variety(understanding.language)
        """To reply in."""

    def variety(self, language: str) -> str:
        """*language* as this buyer reads it: `pt-BR`, `pt-PT`."""
        buyer = self.situation.buyer
        return variety(language, self.country, buyer.locale if buyer else None)

    # ── time ─────────────────────────────────────────────────────────────────

    @cached_property
    def zone(self) -> tzinfo:
        """The buyer's: as known, else their market's, else UTC."""
        market_zone = self.market.zone if self.market else None
        for name in (self.situation.zone, market_zone):
            if name:
                try:
                    return ZoneInfo(name)
                except (ZoneInfoNotFoundError, ValueError):
                    continue
        return UTC

    @cached_property
    def now(self) -> datetime:
        """In the buyer's zone."""
        return self.situation.now.astimezone(self.zone)

    @property
    def today(self) -> date:
        return self.now.date()

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone)

    def there(self, at: datetime) -> datetime:
        """By the clock of the place, as the carrier wrote it; a time in UTC by the buyer's."""
        return at if at.utcoffset() else self.local(at)

    def working_day(self, after: int, start: date | None = None) -> date:
        """The day *after* working days later: by the weekend and holidays of the buyer's market."""
        return working_day(start or self.today, after, self.market)

    # ── the day it is needed by ──────────────────────────────────────────────

    @cached_property
    def needed_by(self) -> date | None:
        """The day by which the buyer needs what they wait for, from today on."""
        if "where_is_my_order" not in self.understanding.intents:
            return None
        for message in reversed(self._written):
            written = self.local(message.at or self.situation.now).date()
            found = needed_by(message.text, self.understanding.language, written)
            if found:
                return found if found >= self.today else None
        return None

    @cached_property
    def asks_in_time(self) -> bool:
        """They ask whether it comes in time."""
        language = self.understanding.language
        newest = self.situation.newest
        return any(asks_in_time(message.text, language) for message in newest)

    @property
    def says_nothing(self) -> bool:
        """Neither a word nor a file: an empty message, or signs alone that say no more."""
        newest = self.situation.newest
        words = any(char.isalnum() for one in newest for char in f"{one.subject or ''}{one.text}")
        silent = bool(newest) and not words and not any(one.attachments for one in newest)
        return silent and self.understanding.intents == ("other",)

    @property
    def _written(self) -> tuple[Spoken, ...]:
        return tuple(one for one in self.situation.messages if one.author == "buyer")

    @property
    def days_to_spare(self) -> int | None:
        """From the carrier's date to the day it is needed; negative where it comes too late.

        None where no day is named, or where the carrier's date is over or not known.
        """
        waiting = [one for one in self.parcels if not self.delivered(one)]
        dates = [self.local(one.eta).date() for one in waiting if one.eta]
        if self.needed_by is None or not waiting or len(dates) < len(waiting):
            return None
        if any(self.days_late(one) or one.status in ("exception", "lost") for one in waiting):
            return None
        return (self.needed_by - max(dates)).days

    @property
    def too_late(self) -> bool:
        """By the carrier's date it comes after the day it is needed."""
        spare = self.days_to_spare
        return spare is not None and spare < 0

    # ── order ────────────────────────────────────────────────────────────────

    @cached_property
    def order(self) -> Order | None:
        """The one the buyer names; else the only one, or the only one they describe."""
        orders = self.situation.facts.orders
        named = [one for one in orders if any(same_order(one.ref, ref) for ref in self._refs)]
        if named or self._refs:
            return next(iter(named), None)
        if len(orders) > 1:
            orders = tuple(one for one in orders if self._described(one))
        return orders[0] if len(orders) == 1 else None

    def _described(self, order: Order) -> bool:
        """By the day it was placed, what was bought, or for how much."""
        return any(found_by(one, order, self.zone) for one in self.understanding.mentions)

    @property
    def _refs(self) -> tuple[str, ...]:
        return self.understanding.order_refs

    @property
    def given_ref(self) -> str | None:
        """An order number the buyer wrote, confirmed or not."""
        return self._refs[0] if self._refs else None

    @property
    def cancelled(self) -> bool:
        return bool(self.order and (self.order.status or "").lower() in _CANCELLED)

    @cached_property
    def parcels(self) -> tuple[Parcel, ...]:
        """Those still under way first."""
        found = self.order.fulfilments if self.order else ()
        return tuple(sorted(found, key=lambda one: self.delivered(one)))

    @property
    def parcel(self) -> Parcel | None:
        return self.parcels[0] if self.parcels else None

    def page(self, parcel: Parcel) -> str | None:
        """Where this buyer can follow *parcel*, in their country and language."""
        postcode = own_postcode(self.situation.buyer, self.order) if self.order else None
        language = self.understanding.language
        return self.playbooks.tracking_link(parcel, self.country, language, postcode)

    @property
    def shipped(self) -> bool | None:
        if self.order is None:
            return None
        if self.parcels:
            return any(self.moving(one) or self.delivered(one) for one in self.parcels)
        status = (self.order.status or "").lower()
        return status in _GONE if status else None

    @staticmethod
    def delivered(parcel: Parcel) -> bool:
        return parcel.delivered_at is not None or parcel.status == "delivered"

    @staticmethod
    def moving(parcel: Parcel) -> bool:
        return parcel.status not in (None, "label_created") or parcel.latest is not None

    def delivered_at(self, parcel: Parcel) -> datetime | None:
        if parcel.delivered_at:
            return parcel.delivered_at
        latest = parcel.latest
        return latest.at if latest and parcel.status == "delivered" else None

    def on_its_way(self, parcel: Parcel) -> bool:
        """Scanned lately, nothing wrong, not late: to be waited for."""
        latest = parcel.latest
        standing = latest is not None and self.days_since(latest.at) >= STANDING_DAYS
        troubled = standing or parcel.status in ("exception", "lost")
        return not (troubled or self.delivered(parcel) or self.days_late(parcel))

    def days_late(self, parcel: Parcel) -> int | None:
        """Whole days after its date: at delivery, or up to today. None: no date is known."""
        if parcel.eta is None:
            return None
        arrived = self.delivered_at(parcel)
        if arrived is None and self.delivered(parcel):
            return None
        reached = self.local(arrived or self.situation.now).date()
        return max(0, (reached - self.local(parcel.eta).date()).days)

    def days_in_transit(self, parcel: Parcel) -> int | None:
        """Whole days since it left, up to its delivery."""
        arrived = self.delivered_at(parcel)
        if parcel.shipped_at is None or (arrived is None and self.delivered(parcel)):
            return None
        reached = self.local(arrived or self.situation.now).date()
        return max(0, (reached - self.local(parcel.shipped_at).date()).days)

    def days_since(self, at: datetime) -> int:
        return (self.today - self.local(at).date()).days

    def _shipped_to(self) -> str | None:
        """The order's country; else the region of the buyer's locale."""
        countries = {one.ship_to.country for one in self.situation.facts.orders}
        if len(countries) == 1:
            return countries.pop()
        locale = (self.situation.buyer.locale or "") if self.situation.buyer else ""
        region = locale.replace("_", "-").split("-")[-1]
        return region if len(region) == 2 and region.isupper() else None

    # ── item ─────────────────────────────────────────────────────────────────

    @cached_property
    def item(self) -> Item | None:
        """The only one, or the one whose number or title the buyer's words name."""
        items = self.order.items if self.order else ()
        articles = [one.text for one in self.understanding.mentions if one.kind == "article"]
        named = [item for item in items if any(same_order(item.sku, one) for one in articles)]
        if len(named or items) == 1:
            return (named or items)[0]
        said = self._said()
        scored = [(_overlap(one.title, said), n) for n, one in enumerate(items)]
        best = max(scored, key=lambda one: (one[0], -one[1]), default=(0, 0))
        ties = [n for score, n in scored if score == best[0]]
        if best[0] > 0:
            return items[best[1]] if len(ties) == 1 else None
        return self._called(items)

    def _called(self, items: tuple[Item, ...]) -> Item | None:
        """The only one whose title names, in any language, what the buyer calls it."""
        key = self.understanding.details.get("product_key")
        meant = [one for one in items if key and names(one.title, key)]
        return meant[0] if len(meant) == 1 else None

    @cached_property
    def stock(self) -> Stock | None:
        """The best match of what shops said about stock."""
        return self.situation.facts.stock[0] if self.situation.facts.stock else None

    def _said(self) -> frozenset[str]:
        texts = [one.text for one in self.situation.newest]
        texts += self.understanding.details.values()
        return _words(" ".join(texts))

    # ── money ────────────────────────────────────────────────────────────────

    @property
    def total(self) -> Money | None:
        order = self.order
        if order is None or order.currency is None or order.totals.total is None:
            return None
        return Money.of(order.totals.total, order.currency)

    @property
    def refund_shows_by(self) -> date | None:
        """Until when banks usually show the newest refund; None where none is dated."""
        made = [one.at for one in self.order.refunds if one.at] if self.order else []
        return self.working_day(BANK_DAYS, self.local(max(made)).date()) if made else None

    @property
    def refunded(self) -> Money | None:
        """What went back already; None where a refund's sum is unknown."""
        total, left = self.total, self.refundable
        return total.minus(left) if total is not None and left is not None else None

    @property
    def refundable(self) -> Money | None:
        """What was paid and not refunded; None where a refund's sum is unknown."""
        total, order = self.total, self.order
        if total is None or order is None or any(one.amount is None for one in order.refunds):
            return None
        back = sum((one.amount or Decimal(0) for one in order.refunds), start=Decimal(0))
        return total.minus(Money.of(back, total.currency))

    @property
    def item_price(self) -> Money | None:
        item, order = self.item, self.order
        if item is None or order is None or order.currency is None or item.unit_price is None:
            return None
        return Money.of(item.unit_price * item.qty, order.currency)

    @property
    def unit_price(self) -> Money | None:
        price, item = self.item_price, self.item
        if price is None or item is None or item.unit_price is None:
            return None
        return Money.of(item.unit_price, price.currency)

    @property
    def item_refundable(self) -> Money | None:
        """All that is left of the order where the item is the only one; else its price."""
        order, left, price = self.order, self.refundable, self.item_price
        if order is None or self.item is None:
            return None
        if len(order.items) == 1:
            return left if left is not None or order.refunds else price
        if left is None or price is None:
            return None
        return price if price.at_most(left) else left


def _words(text: str) -> frozenset[str]:
    letters = "".join(char if char.isalnum() else " " for char in text.casefold())
    return frozenset(word for word in letters.split() if len(word) > 2)


def _overlap(title: str, said: frozenset[str]) -> int:
    return len(_words(title) & said)
