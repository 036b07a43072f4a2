"""AfterShip Tracking, API 2026-07: what carriers say about a parcel, by its number.

`GET /trackings?tracking_numbers=…` tells of those that it follows; others are added with
`POST /trackings` (each counts in the plan), of which something is known a little later. News may be
pushed to `/parcels/aftership`, signed in `aftership-hmac-sha256`.

Sources: aftership.com/docs/tracking (2026-07, and 2025-01 for limits), read 2026-11. Unverified:
how many numbers one call may name (50), the plan's quota (50).
"""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web
from babel.core import get_global
from pydantic import Field, SecretStr

from assistant.errors import Malformed, Unauthentic, Unavailable
from assistant.model import Parcel, ParcelEvent
from assistant.parcels import COARSE, bare
from assistant.ports import Sought, Webhook
from assistant.words import say
from connectors.http import Parts
from connectors.options import Opts, read
from connectors.tracking import Line, by_fewer, moment, rows, table, text_of

log = logging.getLogger(__name__)

NAME = "aftership"
SHOWN = "AfterShip"
API = "https://api.aftership.com/tracking/2026-07"
BATCH = 50
"""Numbers a call (unverified)."""
_EXISTS = 4003
_CREATED = frozenset({200, 201, 202})
_TAGS: Mapping[str, str] = {
    "InfoReceived": "label_created",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AvailableForPickup": "waits_for_pickup",
    "AttemptFail": "attempt_failed",
    "Delivered": "delivered",
    "Exception": "exception",
    "Expired": "exception",
}
_SUBTAGS: Mapping[str, str] = {
    "InTransit_002": "picked_up",
    "InTransit_003": "arrived",
    "InTransit_004": "arrived",
    "InTransit_005": "customs_released",
    "InTransit_006": "customs",
    "InTransit_007": "departed",
    "Exception_004": "customs",
    "Exception_010": "returned",
    "Exception_011": "returning",
    "Exception_012": "damaged",
    "Exception_013": "lost",
}
"""As AfterShip numbers them (unverified); what is not here goes by its tag."""


class Options(Opts):
    """Of `[tracker.aftership]` and `AFTERSHIP_…`."""

    api_key: SecretStr
    """The API key that AfterShip makes under Settings, API keys."""
    webhook_secret: SecretStr | None = None
    """The secret of its webhooks; without it, none are taken."""
    monthly_limit: int = Field(default=50, ge=0)
    """How many parcels a month may be added; the free plan has 50 (unverified)."""
    slugs: dict[str, str] = Field(default_factory=dict)
    """AfterShip's names of carriers by a shop's: `{"DHL Paket" = "dhl-germany"}`."""


class AfterShip:
    """Asks AfterShip."""

    name = SHOWN

    def __init__(self, options: Options, parts: Parts) -> None:
        self._options = options
        self._line = Line(NAME, parts, options.monthly_limit)
        self._api = options.api_url or API

    async def parcels(self, sought: Sequence[Sought]) -> Mapping[str, Parcel]:
        """Unknown numbers are added; of most, the next look tells more. Raises: Unavailable."""
        by_number = {bare(one.number): one for one in sought}
        found: dict[str, Parcel] = {}
        known: set[str] = set()
        for some in by_fewer(list(by_number), BATCH):
            for told in await self._told(some):
                number = bare(text_of(told.get("tracking_number")))
                known.add(number)
                if parcel := parcel_of(told):
                    found[number] = parcel
        found |= await self._added([one for one in by_number if one not in known], by_number)
        return {number: one for number, one in found.items() if number in by_number}

    async def probe(self) -> str:
        """For `parley doctor`. Raises: Unavailable."""
        await self._ask("GET", "/trackings", params={"limit": "1"})
        return "ready."

    def mount(self, app: web.Application) -> None:
        if self._options.webhook_secret:
            self._line.listen(app, SHOWN, self.hear)

    def hear(self, webhook: Webhook) -> Sequence[Parcel]:
        """What is pushed: base64 of HMAC-SHA256 over the very bytes."""
        secret = self._options.webhook_secret
        key = secret.get_secret_value().encode() if secret else b""
        right = base64.b64encode(hmac.digest(key, webhook.body, sha256)).decode()
        if not key or not hmac.compare_digest(
            right, webhook.headers.get("aftership-hmac-sha256", "")
        ):
            raise Unauthentic("the signature of AfterShip's news is wrong")
        try:
            told = table(json.loads(webhook.body))
        except ValueError:
            raise Malformed("", "is no JSON") from None
        parcel = parcel_of(table(told.get("msg")))
        return [parcel] if parcel else []

    async def _told(self, numbers: Sequence[str]) -> list[Mapping[str, Any]]:
        params = {"tracking_numbers": ",".join(numbers), "limit": str(BATCH)}
        data = await self._ask("GET", "/trackings", params=params)
        return rows(data.get("trackings"))

    async def _added(
        self, numbers: Sequence[str], by_number: Mapping[str, Sought]
    ) -> dict[str, Parcel]:
        allowed = await self._line.may_add(numbers)
        if numbers and not allowed:
            raise Unavailable(say("This month's quota of parcels is used up."))
        found = {}
        for number in allowed:
            told = await self._add(by_number[number])
            if told and (parcel := parcel_of(told)):
                found[number] = parcel
        return found

    async def _add(self, one: Sought) -> Mapping[str, Any]:
        number = bare(one.number)
        new = {
            "tracking_number": number,
            "slug": self._options.slugs.get(one.carrier or ""),
            "language": one.language.split("-")[0],
            "destination_postal_code": one.postcode,
        }
        body = {name: value for name, value in new.items() if value}
        try:
            return await self._ask("POST", "/trackings", json=body)
        except Unavailable:
            await self._line.give_back(number)
            raise

    async def _ask(self, method: str, path: str, **more: Any) -> Mapping[str, Any]:
        """Raises: Unavailable."""
        headers = {"as-api-key": self._options.api_key.get_secret_value()}
        answer = await self._line.ask(method, f"{self._api}{path}", headers=headers, **more)
        try:
            told = table(json.loads(answer.body))
        except ValueError:
            raise Unavailable(say("Its answer can't be read.")) from None
        code = table(told.get("meta")).get("code")
        if code == _EXISTS:
            return {}
        if answer.status not in _CREATED:
            log.info("AfterShip objects", extra={"code": code, "status": answer.status})
            raise Unavailable(say("It refused what we asked ({status}).", status=answer.status))
        return table(told.get("data"))


def parcel_of(told: Mapping[str, Any]) -> Parcel | None:
    """One parcel as AfterShip tells it; None where nothing is known of it yet."""
    events = tuple(_events(rows(told.get("checkpoints"))))
    status = milestone(told.get("tag"), told.get("subtag"))
    if not events and status in (None, ""):
        return None
    arrived = [one.at for one in events if one.status == "delivered"]
    return Parcel(
        number=bare(text_of(told.get("tracking_number"))),
        carrier=text_of(told.get("courier_name")) or None,
        status=COARSE.get(status or ""),
        delivered_at=max(arrived, default=None) if status == "delivered" else None,
        eta=_expected(told),
        events=events,
    )


def _expected(told: Mapping[str, Any]) -> Any:
    """The carrier's own date, else AfterShip's."""
    for name in ("courier_estimated_delivery_date", "latest_estimated_delivery"):
        date = table(told.get(name))
        at = moment(date.get("estimated_delivery_date")) or moment(date.get("datetime"))
        if at:
            return at
    return None


def _events(checkpoints: Sequence[Mapping[str, Any]]) -> Iterator[ParcelEvent]:
    for one in checkpoints:
        at = moment(one.get("checkpoint_time"), _two_letters(text_of(one.get("country_region"))))
        if at is None:
            continue
        yield ParcelEvent(
            at=at,
            status=milestone(one.get("tag"), one.get("subtag")) or "",
            place=text_of(one.get("city")) or text_of(one.get("location")),
            text=text_of(one.get("message")),
        )


def _two_letters(country: str) -> str | None:
    """`DEU` is `DE`."""
    known = get_global("territory_aliases").get(country, [country])
    return known[0] if known and len(known[0]) == 2 else None


def milestone(tag: object, subtag: object) -> str | None:
    """Of AfterShip's word for a state, the one that we have words for."""
    return _SUBTAGS.get(text_of(subtag)) or _TAGS.get(text_of(tag))


async def connect(parts: Parts, name: str) -> AfterShip:
    """Raises: Misconfigured."""
    return AfterShip(read(parts.settings, name, Options, table="tracker"), parts)
