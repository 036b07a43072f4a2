"""What a reply may state: everything checkable that the brief confirms, and where it comes from.

Two tiers. *Confirmed* comes from the shop, the carrier or the decision; a commitment may rest on
it. *Mentioned* was only written by the buyer or by us before; it may be named back, never promised.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.drafting.brief import Brief
from assistant.drafting.matter import BANK_DAYS
from assistant.drafting.plain import fold
from assistant.drafting.spans import Span, addresses, spans
from assistant.model import UNSAID, Order, Parcel

_DAY = timedelta(days=1)
_SUM = re.compile(r"\d[\d.,]* ?(?:[A-Z]{3}|%|percent|days?)")
"""As a decision writes one; a sum within other words is a quotation of somebody."""
_ISO = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?:[T ]\d\d:\d\d[\d:.]*(?:Z|[+-]\d\d:?\d\d)?)?")


@dataclass
class Said:
    """Values of one tier."""

    amounts: set[tuple[Decimal, str]] = field(default_factory=set)
    percents: set[Decimal] = field(default_factory=set)
    days: set[tuple[int, int]] = field(default_factory=set)
    """Month and day."""
    dates: set[date] = field(default_factory=set)
    times: set[str] = field(default_factory=set)
    durations: set[tuple[Decimal, str]] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    """Every run of digits."""


class Licence:
    """All that a reply to one brief may state. `zone` is where the buyer's days begin."""

    def __init__(
        self, brief: Brief, zone: tzinfo | None = None, links: frozenset[str] = frozenset()
    ) -> None:
        self.brief = brief
        self.zone = zone or zone_of(brief)
        self.today = brief.situation.now.astimezone(self.zone).date()
        self.confirmed = Said()
        self.mentioned = Said()
        self.tracking: set[str] = set()
        self.contacts: set[str] = set()
        self.links = {plain_link(link) for link in links}
        self._told: list[str] = []
        self._named: list[str] = []
        for order in brief.situation.facts.orders:
            self._order(order)
        self._stock()
        self._answers()
        self._decision()
        self._words(self.confirmed, "\n".join(self._told), ("en",))
        # Titles, places and scans are words of others: a sum in one of them is no decision.
        self._words(self.mentioned, "\n".join(self._named), ("en",))
        self._today()
        self._conversation()

    # ── confirmed ────────────────────────────────────────────────────────────

    def _order(self, order: Order) -> None:
        currency = order.currency or ""
        for amount in _amounts(order):
            self.confirmed.amounts.add((amount.normalize(), currency))
        self._walk(order.model_dump(exclude=UNSAID))
        for parcel in order.fulfilments:
            self._parcel(parcel)
        if order.customer.email:
            self.contacts.add(fold(order.customer.email))

    def _parcel(self, parcel: Parcel) -> None:
        if parcel.number:
            self.tracking.add(_bare(parcel.number))
        if parcel.url:
            self.links.add(plain_link(parcel.url))

    def _stock(self) -> None:
        for stock in self.brief.situation.facts.stock:
            if stock.price is not None:
                self.confirmed.amounts.add((stock.price.normalize(), stock.currency or ""))
            self._walk(stock.model_dump())

    def _answers(self) -> None:
        """What the team wrote down, links and addresses too: it is theirs."""
        for answer in self.brief.situation.facts.answers:
            for language, says in answer.says.items():
                self._words(self.confirmed, says, (language, "en"))
                self._owned(spans(says, (language, "en")))

    def _decision(self) -> None:
        for evidence in self.brief.decision.proof:
            self._walk({key: one for key, one in evidence.inputs.items() if _sayable(key)})
            sums = (one for key, one in evidence.inputs.items() if _sayable(key))
            if "refund_shows_by" in evidence.inputs:
                self.confirmed.durations.add((Decimal(BANK_DAYS), "workday"))
            self._told += [one for one in sums if isinstance(one, str) and _SUM.fullmatch(one)]
        self._told += [demand.text for demand in self.brief.decision.must]

    def _today(self) -> None:
        for step in (-1, 0, 1):
            self._date(self.confirmed, self.today + step * _DAY)

    def _walk(self, value: Any) -> None:
        """Everything inside a dump of facts."""
        if isinstance(value, Mapping):
            for inner in value.values():
                self._walk(inner)
        elif isinstance(value, (list, tuple)):
            for inner in value:
                self._walk(inner)
        else:
            self._leaf(value)

    def _leaf(self, value: Any) -> None:
        if isinstance(value, datetime):
            self._moment(value)
        elif isinstance(value, date):
            self._date(self.confirmed, value)
        elif isinstance(value, (int, Decimal, float)) and not isinstance(value, bool):
            self.confirmed.numbers |= _digit_runs(f"{value:f}")
        elif isinstance(value, str):
            self._string(value)

    def _string(self, value: str) -> None:
        for iso in _ISO.findall(value):
            self._moment(datetime.fromisoformat(iso.replace(" ", "T")))
        self._named.append(_ISO.sub(" ", value))

    def _moment(self, at: datetime) -> None:
        """The day and time as the buyer, the shop and UTC have them."""
        zones: tuple[tzinfo | None, ...] = (self.zone, at.tzinfo, UTC) if at.tzinfo else (None,)
        for zone in zones:
            local = at.astimezone(zone) if zone else at
            self._date(self.confirmed, local.date())
            self.confirmed.times.add(f"{local:%H:%M}")

    def _date(self, said: Said, day: date) -> None:
        said.dates.add(day)
        said.days.add((day.month, day.day))
        said.numbers |= {str(day.day), str(day.year)}

    # ── mentioned ────────────────────────────────────────────────────────────

    def _conversation(self) -> None:
        situation = self.brief.situation
        languages = (self.brief.language, self.brief.understanding.language, "en")
        said = [m for m in situation.messages if m.author != "note"]
        talk = "\n".join(f"{message.subject or ''}\n{message.text}" for message in said)
        self._words(self.mentioned, talk, languages)
        own = f"{situation.signature}\n{situation.brand}"
        self._words(self.mentioned, own, languages)
        self._owned(spans(own, ("en",)) if own.strip() else ())
        # Of the links in the conversation none is ours to pass on; addresses of the buyer are.
        for message in situation.messages:
            if message.author == "buyer":
                self._contacts(addresses(message.text))
        self.tracking |= {_bare(one) for one in self.brief.understanding.tracking_numbers}
        if situation.buyer and situation.buyer.email:
            self.contacts.add(fold(situation.buyer.email))
        self._details()

    def _owned(self, found: Iterable[Span]) -> None:
        self._contacts(found)
        self.links |= {plain_link(span.value) for span in found if span.kind == "link"}

    def _contacts(self, found: Iterable[Span]) -> None:
        self.contacts |= {span.value for span in found if span.kind in ("email", "phone")}

    def _details(self) -> None:
        told = self.brief.understanding.details
        for key in ("days_late", "days_waiting"):
            if told.get(key, "").isdigit():
                self.mentioned.durations.add((Decimal(told[key]), "day"))
                self.mentioned.numbers.add(told[key])

    def _words(self, said: Said, text: str, languages: tuple[str, ...]) -> None:
        said.numbers |= _digit_runs(fold(text))
        for span in spans(text[:20_000], languages):
            _note(said, span)

    # ── questions ────────────────────────────────────────────────────────────

    def amount(self, span: Span, *, promised: bool = False) -> bool:
        """May this sum be named, or (*promised*) be promised?"""
        assert span.number is not None
        tiers = (self.confirmed,) if promised else (self.confirmed, self.mentioned)
        value = span.number.normalize()
        return any(
            value == amount and (currency in span.units or not currency or not span.units)
            for tier in tiers
            for amount, currency in tier.amounts
        )

    def percent(self, span: Span, *, promised: bool = False) -> bool:
        tiers = (self.confirmed,) if promised else (self.confirmed, self.mentioned)
        return any(span.number in tier.percents for tier in tiers)

    def day(self, span: Span) -> bool:
        assert span.day is not None
        year, month, day = span.day
        for tier in (self.confirmed, self.mentioned):
            if month == 0 and any(day == known for _, known in tier.days):
                return True
            if year and tier is self.confirmed:
                if any((known.year, known.month, known.day) == span.day for known in tier.dates):
                    return True
            elif (month, day) in tier.days or (span.ambiguous and (day, month) in tier.days):
                return True
        return month == 0 and self.number(str(day))

    def weekday(self, index: int) -> bool:
        """The day of the week of any day that may be named."""
        return any(day.weekday() == index for day in self.confirmed.dates) or any(
            date(self.today.year, month, day).weekday() == index
            for month, day in self.mentioned.days
            if (month, day) != (2, 29)
        )

    def time(self, value: str) -> bool:
        """A known time; a full hour may be anybody's own promise."""
        return value.endswith(":00") or any(
            value in tier.times for tier in (self.confirmed, self.mentioned)
        )

    def duration(self, span: Span) -> bool:
        (unit,) = span.units
        assert span.number is not None
        return any(
            (span.number, unit) in tier.durations for tier in (self.confirmed, self.mentioned)
        ) or self._days_between(span.number, unit)

    def _days_between(self, number: Decimal, unit: str) -> bool:
        """“Three days late”, “yesterday's scan, 2 days ago”: the distance of two known days."""
        if unit != "day":
            return False
        days = self.confirmed.dates
        return any(abs((one - other).days) == number for one in days for other in days)

    def number(self, value: str) -> bool:
        runs = _digit_runs(value)
        known = self.confirmed.numbers | self.mentioned.numbers
        return runs <= known or value in {"1", "2", "3"}

    def link(self, value: str) -> bool:
        return plain_link(value) in self.links


_OURS = frozenset(
    {"allow", "met", "when", "failed", "rates", "says", "owes", "status", "due", "within"}
    | {"max_chars", "attachment_max_mb"}
)
"""Of a proof: how it was reached. No buyer is told."""


def _sayable(key: str) -> bool:
    """What we pay, give away or allow ourselves is nothing that a reply may name."""
    return key not in _OURS and "cost" not in key and not key.startswith("goodwill.")


def zone_of(brief: Brief) -> tzinfo:
    """The buyer's zone where known, else that of the situation's clock."""
    name = brief.situation.zone
    if name:
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    return brief.situation.now.tzinfo or UTC


def plain_link(link: str) -> str:
    """*link* for comparing: scheme and host in small letters, no dots at the end.

    What is no address at all, like `evil[.]com`, stays as it is: nothing licensed is like it.
    """
    trimmed = link.strip().rstrip(".,;:!?)]}'\"").rstrip("/")
    try:
        parts = urlsplit(trimmed if "://" in trimmed else f"https://{trimmed}")
    except ValueError:
        return trimmed
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


def _amounts(order: Order) -> Iterator[Decimal]:
    if order.totals.total is not None:
        yield order.totals.total
    for item in order.items:
        if item.unit_price is not None:
            yield item.unit_price
            yield item.unit_price * item.qty
    for refund in order.refunds:
        if refund.amount is not None:
            yield refund.amount


def _note(said: Said, span: Span) -> None:
    """Remember a span's value."""
    if span.kind == "amount" and span.number is not None:
        said.amounts |= {(span.number.normalize(), unit) for unit in span.units}
    elif span.kind == "percent" and span.number is not None:
        said.percents.add(span.number)
    elif span.kind == "date" and span.day:
        said.days.add(span.day[1:])
        if span.day[0] and span.day[1]:
            said.dates.add(date(span.day[0], span.day[1], span.day[2]))
    elif span.kind == "time":
        said.times.add(span.value)
    elif span.kind == "duration" and span.number is not None:
        said.durations |= {(span.number, unit) for unit in span.units}
        said.durations |= {(Decimal(span.value), unit) for unit in span.units}


def _digit_runs(text: str) -> set[str]:
    runs = re.findall(r"\d+", text)
    return {*runs, *(run.lstrip("0") or "0" for run in runs)}


def _bare(number: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", number).upper()
