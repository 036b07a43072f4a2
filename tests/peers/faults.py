"""What can go wrong with a request, for `Faulty.on`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

from tests.peers.faulty import Crossing, Fault, Passage


def answers(
    status: int, body: Any = "", *, retry_after: float | None = None, mime: str = "text/plain"
) -> Fault:
    """An answer of the platform's edge, while the platform itself hears nothing."""

    async def fault(_: Crossing) -> web.Response:
        return _answer(status, body, retry_after, mime)

    return fault


def busy(seconds: float) -> Fault:
    """429, and when to come again."""
    return answers(429, {"ok": False, "error": "ratelimited"}, retry_after=seconds)


def breaks(status: int = 500) -> Fault:
    """An error of the server."""
    return answers(status, HTTPStatus(status).phrase)


def html(status: int = 200) -> Fault:
    """A web page where JSON belongs: a proxy's, or a log-in."""
    return answers(status, "<!doctype html><title>One moment</title>", mime="text/html")


def refuses(error: str, **more: Any) -> Fault:
    """Slack's refusal: 200 and `"ok": false` (`channel_not_found`, `is_archived`, …)."""
    return answers(200, {"ok": False, "error": error, **more})


def rejects(status: int, code: str, message: str = "") -> Fault:
    """Teams' refusal: a status and a code (`413`, `MessageSizeTooBig`; `403`, `BotNotInRoster`)."""
    return answers(status, {"error": {"code": code, "message": message or code}})


async def resets(crossing: Crossing) -> web.Response:
    """The connection breaks before the target heard anything."""
    return crossing.cut()


async def takes_and_drops(crossing: Crossing) -> web.Response:
    """The target takes it, and then the connection breaks without an answer."""
    await crossing.forward()
    return crossing.cut()


def takes_and_answers(status: int, body: Any = "") -> Fault:
    """The target takes it, and something between says otherwise: 502, 504."""

    async def fault(crossing: Crossing) -> web.Response:
        await crossing.forward()
        return _answer(status, body, None, "text/plain")

    return fault


async def hangs(crossing: Crossing) -> web.Response:
    """No answer until `heal`, and the target hears nothing."""
    await crossing.released.wait()
    return crossing.cut()


async def takes_and_hangs(crossing: Crossing) -> web.Response:
    """The target takes it, and the answer doesn't come until `heal`."""
    answer = await crossing.forward()
    await crossing.released.wait()
    return answer


def is_slow(seconds: float) -> Fault:
    """It arrives late, and so does the answer."""

    async def fault(crossing: Crossing) -> web.Response:
        await asyncio.sleep(seconds)
        return await crossing.forward()

    return fault


def repeats(times: int = 2, *, at_once: bool = False, **headers: str) -> Fault:
    """The target gets it *times* times; the repetitions with *headers* (`X-Slack-Retry-Num`)."""

    async def fault(crossing: Crossing) -> web.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        later = [crossing.forward(named) for _ in range(times - 1)]
        if at_once:
            return (await asyncio.gather(crossing.forward(), *later))[0]
        first = await crossing.forward()
        for one in later:
            await one
        return first

    return fault


async def keeps(crossing: Crossing) -> web.Response:
    """Tells the asker that it is taken; the target gets it by `deliver`: late, in another order."""
    crossing.kept.append(crossing.passage)
    return web.Response()


def changes_request(change: Callable[[Passage], tuple[Mapping[str, str], bytes]]) -> Fault:
    """The target gets these other headers and this body: forged, cut off, or signed by somebody."""

    async def fault(crossing: Crossing) -> web.Response:
        return await crossing.forward(*change(crossing.passage))

    return fault


def changes_answer(change: Callable[[Any], Any]) -> Fault:
    """The asker gets another JSON: a guest, an archived channel, a field that is gone."""

    async def fault(crossing: Crossing) -> web.Response:
        answer = await crossing.forward()
        return web.json_response(change(json.loads(crossing.passage.answer)), status=answer.status)

    return fault


def _answer(status: int, body: Any, retry_after: float | None, mime: str) -> web.Response:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    if not isinstance(body, str):
        return web.json_response(body, status=status, headers=headers)
    return web.Response(status=status, text=body, content_type=mime, headers=headers)
