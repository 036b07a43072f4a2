"""17TRACK, API v2.4: what most carriers of the world say about a parcel, by its number.

A number is taken up (`register`, which costs one of the plan's quota) the first time it is asked
about; then `gettrackinfo` tells what is known, 40 numbers a call, in the language that was wished
for. News may be pushed to `/parcels/seventeentrack`, signed with the key.

Sources: 17TRACK's API reference v2.4 and public clients of it, read 2026-11. Unverified: the codes
of refusals (kept in `_CODES`), the plan's quota, how it writes languages.
"""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from aiohttp import web
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

NAME = "seventeentrack"
SHOWN = "17TRACK"
API = "https://api.17track.net/track/v2.4"
BATCH = 40
"""Numbers a call."""
LONG_S = 3_600.0
_KNOWN, _NOT_KNOWN = -18019901, -18019902
_DAY_OVER, _QUOTA_OVER = -18019907, -18019908
_WRONG_KEY = frozenset({-18010001, -18010002, -18010004, -18010005})
_TOO_MANY = -18010014
_SUB: Mapping[str, str] = {
    "InTransit_PickedUp": "picked_up",
    "InTransit_Departure": "departed",
    "InTransit_Arrival": "arrived",
    "InTransit_CustomsProcessing": "customs",
    "InTransit_CustomsReleased": "customs_released",
    "InTransit_CustomsRequiringInformation": "customs_wants",
    "Exception_Returning": "returning",
    "Exception_Returned": "returned",
    "Exception_Damage": "damaged",
    "Exception_Lost": "lost",
    "Exception_Destroyed": "lost",
}
_MAIN: Mapping[str, str] = {
    "InfoReceived": "label_created",
    "InTransit": "in_transit",
    "OutForDelivery": "out_for_delivery",
    "AvailableForPickup": "waits_for_pickup",
    "DeliveryFailure": "attempt_failed",
    "Delivered": "delivered",
    "Exception": "exception",
    "Expired": "exception",
}


class Options(Opts):
    """Of `[tracker.seventeentrack]` and `SEVENTEENTRACK_…`."""

    token: SecretStr
    """The key that 17TRACK shows under Settings, Security."""
    monthly_limit: int = Field(default=100, ge=0)
    """How many parcels a month it may take up; the free plan has 100 (unverified)."""
    carriers: dict[str, int] = Field(default_factory=dict)
    """17TRACK's numbers of carriers by a shop's names, where it can't tell: `{"GLS" = 100005}`."""


class SeventeenTrack:
    """Asks 17TRACK."""

    name = SHOWN

    def __init__(self, options: Options, parts: Parts) -> None:
        self._options = options
        self._line = Line(NAME, parts, options.monthly_limit)
        self._api = options.api_url or API

    async def parcels(self, sought: Sequence[Sought]) -> Mapping[str, Parcel]:
        """Unknown numbers are taken up, which may tell something at once. Raises: Unavailable."""
        by_number = {bare(one.number): one for one in sought}
        found: dict[str, Parcel] = {}
        unknown: list[str] = []
        for some in by_fewer(list(by_number), BATCH):
            told, strange = await self._told(some, by_number)
            found |= told
            unknown += strange
        added = await self._taken_up(unknown, by_number)
        for some in by_fewer(added, BATCH):
            found |= (await self._told(some, by_number))[0]
        return found

    async def probe(self) -> str:
        """For `parley doctor`. Raises: Unavailable."""
        answer = await self._call("getquota", [])
        quota = table(answer)
        left = quota.get("quota_remain")
        return f"ready; {left} parcels left in its plan." if left is not None else "ready."

    def mount(self, app: web.Application) -> None:
        self._line.listen(app, SHOWN, self.hear)

    def hear(self, webhook: Webhook) -> Sequence[Parcel]:
        """What is pushed: `sign` is SHA-256 of the body, a slash and the key, in hexadecimal."""
        key = self._options.token.get_secret_value().encode()
        right = sha256(webhook.body + b"/" + key).hexdigest()
        if not hmac.compare_digest(right, webhook.headers.get("sign", "").lower()):
            raise Unauthentic("the signature of 17TRACK's news is wrong")
        try:
            told = table(json.loads(webhook.body))
        except ValueError:
            raise Malformed("", "is no JSON") from None
        data = told.get("data")
        news = rows(data) if isinstance(data, list) else [table(data)]
        return [parcel for one in news if (parcel := parcel_of(one)) is not None]

    async def _told(
        self, numbers: Sequence[str], by_number: Mapping[str, Sought]
    ) -> tuple[dict[str, Parcel], list[str]]:
        """What is known of some, and which it does not know at all."""
        asked = [{"number": one, **self._carrier(by_number[one])} for one in numbers]
        data = await self._call("gettrackinfo", asked)
        parcels = [parcel_of(one) for one in rows(data.get("accepted"))]
        strange = [
            bare(text_of(one.get("number")))
            for one in rows(data.get("rejected"))
            if table(one.get("error")).get("code") == _NOT_KNOWN
        ]
        found = {bare(one.number or ""): one for one in parcels if one is not None}
        return found, [one for one in strange if one in by_number]

    async def _taken_up(self, numbers: Sequence[str], by_number: Mapping[str, Sought]) -> list[str]:
        """Registers what the quota has room for. Raises: Unavailable, where it has none."""
        allowed = await self._line.may_add(numbers)
        if numbers and not allowed:
            raise Unavailable(say("This month's quota of parcels is used up."))
        taken: list[str] = []
        for some in by_fewer(allowed, BATCH):
            data = await self._call("register", [self._new(by_number[one]) for one in some])
            taken += [bare(text_of(one.get("number"))) for one in rows(data.get("accepted"))]
            for one in rows(data.get("rejected")):
                await self._refused(one, taken)
        return [one for one in taken if one in by_number]

    async def _refused(self, one: Mapping[str, Any], taken: list[str]) -> None:
        number = bare(text_of(one.get("number")))
        code = table(one.get("error")).get("code")
        if code == _KNOWN:
            taken.append(number)
            return
        await self._line.give_back(number)
        if code in (_DAY_OVER, _QUOTA_OVER):
            raise self._line.busy(say("Its quota of parcels is used up."), LONG_S)
        log.info("17TRACK does not take a number", extra={"code": code})

    def _new(self, one: Sought) -> dict[str, Any]:
        postcode = {"param": one.postcode} if one.postcode else {}
        language = {"lang": _language(one.language)}
        return {"number": bare(one.number), **language, **postcode, **self._carrier(one)}

    def _carrier(self, one: Sought) -> dict[str, int]:
        code = self._options.carriers.get(one.carrier or "")
        return {"carrier": code} if code else {}

    async def _call(self, what: str, body: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        """Raises: Unavailable."""
        headers = {"17token": self._options.token.get_secret_value()}
        answer = await self._line.ask("POST", f"{self._api}/{what}", json=body, headers=headers)
        if answer.status != 200:
            raise Unavailable(say("It refused what we asked ({status}).", status=answer.status))
        try:
            told = table(json.loads(answer.body))
        except ValueError:
            raise Unavailable(say("Its answer can't be read.")) from None
        data = table(told.get("data"))
        wrong = [told.get("code"), *(one.get("code") for one in rows(data.get("errors")))]
        for code in wrong:
            self._object(code)
        return data

    def _object(self, code: object) -> None:
        """Raises: Unavailable, where the whole call was refused."""
        if code in _WRONG_KEY:
            raise Unavailable(say("It does not accept our key."))
        if code == _TOO_MANY:
            raise self._line.busy(say("It gets too many questions from us."), None)
        if code in (_DAY_OVER, _QUOTA_OVER):
            raise self._line.busy(say("Its quota of parcels is used up."), LONG_S)
        if isinstance(code, int) and code < -18_000_000 and code not in (_KNOWN, _NOT_KNOWN):
            log.info("17TRACK objects", extra={"code": code})


def _language(language: str) -> str:
    """As 17TRACK writes it (unverified): `de`, `zh-hans`."""
    return language.lower() if language.startswith("zh-") else language.split("-")[0]


def parcel_of(told: Mapping[str, Any]) -> Parcel | None:
    """One parcel as 17TRACK tells it; None where nothing is known of it yet."""
    info = table(told.get("track_info"))
    providers = rows(table(info.get("tracking")).get("providers"))
    events = tuple(event for one in providers for event in _events(one))
    latest = table(info.get("latest_status"))
    status = milestone(latest.get("status"), latest.get("sub_status"))
    if not events and status in ("", None):
        return None
    number = bare(text_of(told.get("number")))
    arrived = [one.at for one in events if one.status == "delivered"]
    estimated = table(table(info.get("time_metrics")).get("estimated_delivery_date"))
    return Parcel(
        number=number,
        carrier=_name(providers),
        status=COARSE.get(status or "", None),
        delivered_at=max(arrived, default=None) if status == "delivered" else None,
        eta=moment(estimated.get("to")) or moment(estimated.get("from")),
        events=events,
    )


def _name(providers: Sequence[Mapping[str, Any]]) -> str | None:
    """The last carrier in the chain, who delivers."""
    names = [text_of(table(one.get("provider")).get("name")) for one in providers]
    return next((name for name in reversed(names) if name), None)


def _events(provider: Mapping[str, Any]) -> Iterator[ParcelEvent]:
    for one in rows(provider.get("events")):
        address = table(one.get("address"))
        at = moment(one.get("time_iso"), text_of(address.get("country"))) or moment(
            one.get("time_utc")
        )
        if at is None:
            continue
        other = table(one.get("description_translation"))
        language, words = text_of(other.get("lang")), text_of(other.get("description"))
        yield ParcelEvent(
            at=at,
            status=milestone(one.get("stage"), one.get("sub_status")) or "",
            place=text_of(one.get("location")) or text_of(address.get("city")),
            text=text_of(one.get("description")),
            translations={_ours(language): words} if language and words else {},
        )


def _ours(language: str) -> str:
    """`zh-hans` as everything else here writes it."""
    head, _, script = language.partition("-")
    return f"{head}-{script.title()}" if script else head


def milestone(main: object, sub: object) -> str | None:
    """Of 17TRACK's word for a state, the one that we have words for."""
    detail = text_of(sub)
    if detail in _SUB:
        return _SUB[detail]
    return _MAIN.get(text_of(main)) or _MAIN.get(detail.partition("_")[0])


async def connect(parts: Parts, name: str) -> SeventeenTrack:
    """Raises: Misconfigured."""
    return SeventeenTrack(read(parts.settings, name, Options, table="tracker"), parts)
