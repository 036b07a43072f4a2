"""What the marketplaces' channels share: calls that say what became of them, payloads, pace.

A message that was handed over and not answered may have arrived, so a call that sends ends in
Unsure where one that only reads ends in Unavailable.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple, TypeVar
from urllib.parse import unquote, urlsplit

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import Malformed, Rejected, TooLarge, Unavailable, Unsure
from assistant.model import Attachment, Conversation, Reply
from assistant.words import say
from connectors.http import Parts, clean_line, mended, told

log = logging.getLogger(__name__)

Shape = TypeVar("Shape", bound=BaseModel)
TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
MAX_TEXT = 100_000
"""Characters of a buyer's message; more is refused, never cut."""
FOUND_WITHIN = timedelta(minutes=2)
"""By how much a marketplace's clock may differ from ours when we look for a reply of ours."""
AHEAD = timedelta(minutes=5)
PASSES = frozenset({408, 425, 429})
"""Statuses that say: not taken, try again."""
MAX_FILE = 20 << 20

Id = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f\x{fffd}]+$")]


class Wire(BaseModel):
    """A part of a payload: ids are text, whatever they came as; what we don't know is ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, told: Any) -> Any:
        """`null` is how some of them say that there is nothing."""
        if not isinstance(told, dict):
            return told
        return {name: value for name, value in told.items() if value is not None}


# ── calls ────────────────────────────────────────────────────────────────────


class Said(NamedTuple):
    """What a marketplace answered."""

    status: int
    body: bytes
    retry_after_s: float | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def json(self) -> dict[str, Any]:
        """Its JSON object; empty where it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return mended(found) if isinstance(found, dict) else {}


class Caller:
    """Calls *who*, which is how a person knows the marketplace."""

    def __init__(
        self, who: str, client: aiohttp.ClientSession, now: Callable[[], datetime]
    ) -> None:
        self.who, self._client, self._now = who, client, now

    async def ask(self, method: str, url: str, *, sends: bool = False, **request: Any) -> Said:
        """What it answered, whatever the status; *sends*: a message goes with it.

        Raises: Unavailable (not reached, or not answered), Unsure (that, where it *sends*).
        """
        request.setdefault("timeout", TIMEOUT)
        try:
            answer = await told(self._client, method, url, now=self._now(), **request)
        except Unsure as error:
            log.warning("%s did not answer: %s", self.who, error)
            if sends:
                raise
            raise Unavailable(error.text) from error
        return Said(answer.status, answer.body, answer.retry_after_s)

    def unwell(self, said: Said, *, sends: bool = False) -> None:
        """Raises: Unavailable, Unsure, where the status says that it is not about the request."""
        what = say("{who} answered {status}.", who=self.who, status=said.status)
        if said.status in PASSES:
            raise Unavailable(what, said.retry_after_s)
        if said.status >= 500:
            # A gateway's 502 says nothing about what those behind it did.
            raise (Unsure if sends else Unavailable)(what, said.retry_after_s)

    def refused(self, said: Said, why: str = "", code: str = "") -> Rejected:
        """That it said no for good, in its own words where there are any."""
        reason = clean_line(why, 500)
        text = (
            say("{who} refused it: {why}", who=self.who, why=reason)
            if reason
            else say("{who} refused it ({status}).", who=self.who, status=said.status)
        )
        return Rejected(text, code or str(said.status))

    def unauthorised(self, setting: str, why: str = "") -> Rejected:
        """That nobody but the operator can help: the authorisation has ended."""
        return Rejected(
            say(
                "{who} no longer accepts our authorisation. Authorise Parley anew and set "
                "{setting}. {why}",
                who=self.who,
                setting=setting,
                why=clean_line(why, 300),
            ),
            "unauthorised",
        )


class Pace:
    """At most *burst* calls at once, and *per_s* a second after that; the rest wait their turn."""

    def __init__(
        self,
        per_s: float,
        burst: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._per_s, self._burst, self._clock, self._sleep = per_s, burst, clock, sleep
        self._next = 0.0
        """When the bucket would be full again, had nobody called since."""

    async def turn(self) -> None:
        """Returns when a call may be made; they go in the order in which they came."""
        now = self._clock()
        full = max(self._next, now)
        self._next = full + 1 / self._per_s
        wait = self._next - now - self._burst / self._per_s
        if wait > 0:
            await self._sleep(wait)


# ── payloads ─────────────────────────────────────────────────────────────────


def document(body: bytes) -> dict[str, Any]:
    """The JSON object that *body* is. Raises: Malformed."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Malformed("body", "is not JSON") from None
    if not isinstance(found, dict):
        raise Malformed("body", "is not a JSON object")
    return dict(mended(found))


def read_as(kind: type[Shape], content: object, under: str = "") -> Shape:
    """*content* as what it should be. Raises: Malformed, naming the field."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        raise malformed(error, under) from None


def malformed(error: ValidationError, under: str = "") -> Malformed:
    """The first thing that is wrong, by its place."""
    first = error.errors(include_input=False, include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    return Malformed(".".join(filter(None, (under, place))), str(first["msg"]))


def hex_hmac(key: str, *parts: bytes) -> str:
    """HMAC-SHA256 over the *parts*, in small hexadecimal digits."""
    return hmac.digest(key.encode(), b"".join(parts), "sha256").hex()


def same(given: str, expected: str) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())


def at_ms(stamp: object, now: datetime) -> datetime | None:
    """A time in seconds, milliseconds or nanoseconds since 1970: the size tells which.

    None where it is none, or lies ahead: some clock is wrong, and we don't repeat it.
    """
    try:
        number = float(str(stamp))
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    while number > 1e11:
        number /= 1000
    if not 0 < number < 1e11:
        return None
    at = datetime.fromtimestamp(number, UTC)
    return at if at <= now + AHEAD else None


def file_at(url: object, mime: str, name: str = "") -> Attachment:
    """A file where the marketplace says it is; one without an address has its name alone."""
    address = str(url or "")
    last = unquote(urlsplit(address).path.rpartition("/")[2])
    return Attachment(
        name=clean_line(name or last, 120) or "file",
        mime=mime,
        url=address if re.match("https?://", address) and len(address) < 4_000 else None,
    )


def too_long(text: str) -> None:
    """Raises: TooLarge."""
    if len(text) > MAX_TEXT:
        raise TooLarge(f"The text is over {MAX_TEXT:,} characters.")


def as_far_as_it_fits(text: str) -> str:
    """*text*, or its beginning with a mark that there was more."""
    return text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 5]}\n[…]"


# ── threads and replies ──────────────────────────────────────────────────────


def thread_key(account: str, thread: str) -> str:
    """Of one *thread* of an *account*; without accounts it is the thread's own id."""
    return f"{account}:{thread}" if account else thread


def thread_of(conversation: Conversation) -> str:
    """The marketplace's own id of it."""
    return conversation.thread_key.removeprefix(f"{conversation.account}:")


def own_id(conversation: Conversation) -> str:
    """The buyer's id, as the marketplace has it."""
    return conversation.buyer.id.partition(":")[2]


def is_that(reply: Reply, text: str, at: datetime | None) -> bool:
    """A message of ours in the marketplace's list is *reply*: the same words, since its approval.

    What it does to spaces and line ends is its own affair.
    """
    if at is None or at < reply.approved_at - FOUND_WITHIN:
        return False
    return text.split() == reply.text.split()


# ── files ────────────────────────────────────────────────────────────────────


LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Where only whoever set it up can put anything: a stand-in of their own."""


async def fetched(
    parts: Parts, attachment: Attachment, hosts: Sequence[str], headers: Mapping[str, str]
) -> Attachment:
    """*attachment*'s file, kept by its content, if one of *hosts* (or below it) has it.

    No redirect is followed. Raises: Rejected (elsewhere, gone), TooLarge, Unavailable.
    """
    host = _place(attachment.url or "", hosts)
    try:
        async with parts.client.get(
            attachment.url or "", headers=headers, timeout=TIMEOUT, allow_redirects=False
        ) as response:
            if response.status >= 500 or response.status in PASSES:
                raise Unavailable(say("{who} answered {status}.", who=host, status=response.status))
            if response.status != 200:
                raise Rejected(say("{who} answered {status}.", who=host, status=response.status))
            mime = response.content_type or attachment.mime
            chunks = response.content.iter_chunked(1 << 16)
            kept = await parts.files.put(attachment.name, mime, chunks, MAX_FILE)
    except (TimeoutError, aiohttp.ClientError, OSError) as error:
        raise Unavailable(say("{who} did not answer.", who=host)) from error
    return kept.model_copy(update={"url": attachment.url})


def _place(address: str, hosts: Sequence[str]) -> str:
    """The host of *address*, where that is one of *hosts* and asked as it should be.

    Raises: Rejected.
    """
    host = ""
    try:
        url = urlsplit(address)
        host = url.hostname or ""
        safely = url.scheme == "https" and url.port in (None, 443)
        safely = safely or (host in LOOPBACK and url.scheme in ("http", "https"))
    except ValueError:
        safely = False
    known = any(host == one or host.endswith(f".{one}") for one in hosts)
    if not known or not safely:
        raise Rejected(say("Files from {host} are not fetched.", host=host or "?"))
    return host
