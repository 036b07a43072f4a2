"""Questions to Shopify's GraphQL, and how often they may be asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from assistant.errors import Rejected, Unavailable, Unsure
from assistant.words import Text, say
from connectors.shopping.calls import Caller, told
from connectors.shopping.values import amount, at, each

PATIENT_S = 2.5
"""A wait that is no longer is waited here; a longer one is told."""
MOST_TURNS = 3


class Throttled(Unavailable):
    """The bucket is empty; `retry_after_s` is when it holds enough."""


class Graph:
    """The Admin API of one store."""

    def __init__(self, url: str, token: str, caller: Caller, now: Callable[[], datetime]) -> None:
        self._url, self._caller, self._now = url, caller, now
        self._headers = {"X-Shopify-Access-Token": token}
        self._full_at: datetime | None = None
        """When the bucket holds enough for a question like the last one."""

    async def ask(self, query: str, **variables: Any) -> Mapping[str, Any]:
        """Raises: Unavailable."""
        for turn in range(MOST_TURNS):
            await self._turn()
            answer = await self._caller.read("POST", self._url, **self._request(query, variables))
            if answer is None:
                raise Unavailable(say("There is no store at its address. Check it."))
            try:
                return self._data(answer.data)
            except Throttled as error:
                if turn == MOST_TURNS - 1 or (error.retry_after_s or 0) > PATIENT_S:
                    raise
        raise AssertionError("unreachable")

    async def do(self, mutation: str, name: str, **variables: Any) -> Mapping[str, Any]:
        """What the mutation *name* gave. Raises: Unavailable, Rejected, Unsure."""
        await self._turn()
        answer = await self._caller.write("POST", self._url, **self._request(mutation, variables))
        try:
            done = at(self._data(answer.data), name)
        except Throttled:
            raise
        except Unavailable as error:
            # What broke inside Shopify may have broken after it was done.
            inside = any(
                at(one, "extensions", "code") == "INTERNAL_SERVER_ERROR"
                for one in each(answer.data, "errors")
            )
            raise (Unsure if inside else Rejected)(error.text) from error
        if not isinstance(done, Mapping):
            raise Unsure(say("It answered something that says nothing of what was asked."))
        for errors in ("userErrors", "orderCancelUserErrors"):
            if wrong := each(done, errors):
                raise Rejected(say("It refused: {why}", why=told(wrong[0].get("message"))))
        return done

    def _request(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        return {"json": {"query": query, "variables": variables}, "headers": self._headers}

    async def _turn(self) -> None:
        """Wait until the bucket holds enough. Raises: Throttled, where that is long."""
        if self._full_at is None:
            return
        left_s = (self._full_at - self._now()).total_seconds()
        if left_s > PATIENT_S:
            raise Throttled(_BUSY, left_s)
        if left_s > 0:
            await asyncio.sleep(left_s)
        self._full_at = None

    def _data(self, answer: Any) -> Mapping[str, Any]:
        wait_s = self._noted(answer)
        errors = each(answer, "errors")
        if any(at(one, "extensions", "code") == "THROTTLED" for one in errors):
            raise Throttled(_BUSY, wait_s or 1.0)
        if errors and any(at(one, "extensions", "code") == "ACCESS_DENIED" for one in errors):
            raise Unavailable(say("Its key may not do this: {why}", why=told(errors)))
        data = at(answer, "data")
        if not isinstance(data, Mapping) or errors:
            why = told(errors or at(answer, "errors"))
            raise Unavailable(say("It could not answer: {why}", why=why or "?"))
        return data

    def _noted(self, answer: Any) -> float:
        """Remember what the bucket holds; how long until it holds what was asked for."""
        cost = at(answer, "extensions", "cost")
        wanted = amount(at(cost, "requestedQueryCost"))
        held = amount(at(cost, "throttleStatus", "currentlyAvailable"))
        rate = amount(at(cost, "throttleStatus", "restoreRate"))
        if wanted is None or held is None or not rate or held >= wanted:
            return 0.0
        wait_s = float((wanted - held) / rate)
        self._full_at = self._now() + timedelta(seconds=wait_s)
        return wait_s


_BUSY: Text = say("It was asked too often.")
