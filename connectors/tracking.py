"""What trackers of parcels have in common: asking politely, a quota, and being told of news.

Asking a tracker changes nothing but its counters, so whatever goes wrong is Unavailable: the card
says it, with the last news that are known, and the next look asks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from aiohttp import web

from assistant.clocks import zone_of
from assistant.errors import Malformed, TooLarge, Unauthentic, Unavailable, Unsure
from assistant.model import Parcel
from assistant.parcels import bare
from assistant.ports import Spending, Webhook, news_of
from assistant.words import say
from connectors.http import Parts, Told, answer_to, json_answer, patiently, read_body, told

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)
BUSY_S = 60.0
"""For how long a busy tracker is left alone that does not say for how long."""
MAX_ANSWER = 8 << 20

T = TypeVar("T")
Hear = Callable[[Webhook], Sequence[Parcel]]
"""Verify on the very bytes, then parse. Raises: Unauthentic, Malformed."""


class Line:
    """The way to one tracker: it is left alone while it is busy, and counts what costs money."""

    def __init__(self, name: str, parts: Parts, monthly_limit: int) -> None:
        self._name, self._parts, self._limit = name, parts, monthly_limit
        self._busy_until: datetime | None = None

    async def ask(self, method: str, url: str, **more: Any) -> Told:
        """Raises: Unavailable, also where it asked a moment ago to be left alone."""
        now = self._parts.now()
        if self._busy_until and now < self._busy_until:
            raise Unavailable(say("It asked to be left alone for a while."))
        try:
            answer = await told(self._parts.client, method, url, now=now, limit=MAX_ANSWER, **more)
        except Unsure as error:
            raise Unavailable(error.text) from error
        if answer.status == 429:
            raise self.busy(say("It gets too many questions from us."), answer.retry_after_s)
        if answer.status in (401, 403):
            raise Unavailable(say("It does not accept our key."))
        if answer.status >= 500:
            raise Unavailable(say("It is out of order ({status}).", status=answer.status))
        return answer

    def busy(self, why: Any, for_s: float | None) -> Unavailable:
        """It is not asked again for so long."""
        self._busy_until = self._parts.now() + timedelta(seconds=for_s or BUSY_S)
        return Unavailable(why, for_s)

    async def may_add(self, numbers: Sequence[str]) -> list[str]:
        """Those of *numbers* that the month's quota still has room for; each counts once."""
        ledger = f"tracker:{self._name}:{self._parts.now():%Y-%m}"
        return [
            one
            for one in numbers
            if await self._parts.store.spend(ledger, Spending("parley", one, 1), self._limit)
        ]

    async def give_back(self, number: str) -> None:
        """It was not added after all."""
        ledger = f"tracker:{self._name}:{self._parts.now():%Y-%m}"
        await self._parts.store.give_back(ledger, Spending("parley", number, 1))

    def listen(self, app: web.Application, shown: str, hear: Hear) -> None:
        """Take news at `/parcels/<name>`; they are kept before they are acknowledged."""

        async def take(request: web.Request) -> web.Response:
            try:
                webhook = Webhook(
                    headers={name.lower(): value for name, value in request.headers.items()},
                    body=await read_body(request),
                    path=request.path_qs,
                    at=self._parts.now(),
                )
                news = hear(webhook)
                for one in news:
                    await patiently(self._keep(one, shown))
            except (Unauthentic, Malformed, TooLarge, Unavailable) as error:
                log.warning("refused news of %s: %s", self._name, type(error).__name__)
                return answer_to(error)
            return json_answer({"status": "accepted"})

        app.router.add_post(f"/parcels/{self._name}", take)

    async def _keep(self, parcel: Parcel, shown: str) -> None:
        """The newer of what is kept and what is told: news may come late, and twice."""
        key = news_of(bare(parcel.number or ""))
        now = self._parts.now()
        parcel = parcel.model_copy(update={"read_at": now, "read_by": shown})
        known = await self._parts.store.kept(key)
        if known:
            parcel = Parcel.model_validate_json(known).with_news(parcel)
        await self._parts.store.keep(key, parcel.model_dump_json(), KEPT)


def by_fewer(many: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """*many*, *most* at a time."""
    for start in range(0, len(many), most):
        yield many[start : start + most]


def moment(written: object, country: str | None = None) -> datetime | None:
    """A time as carriers write it; without an offset, it is by the clock of *country*."""
    if not isinstance(written, str):
        return None
    try:
        at = datetime.fromisoformat(written.strip())
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=ZoneInfo(zone_of(country) or "UTC"))
    return at


def text_of(value: object, limit: int = 300) -> str:
    """A short line of what another system says; nothing where it says something else."""
    return " ".join(value.split())[:limit] if isinstance(value, str) else ""


def table(value: object) -> Mapping[str, Any]:
    """*value* where it is an object; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; none where it is none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
