"""Telegram's Bot API: one call, and what went wrong in our words.

The token is a part of every address, so no address is ever logged or told.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from assistant.errors import ParleyError, Rejected, Unavailable, Unsure
from assistant.words import say
from connectors.buyers.telegram.options import Options
from connectors.http import clean_line, mended, read_answer, retry_after_s

log = logging.getLogger(__name__)

URL = "https://api.telegram.org"
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
UPLOAD = aiohttp.ClientTimeout(total=25, connect=5)
MOST_ANSWER = 8 << 20


class Upload(NamedTuple):
    """A file of ours on its way up, and the parameter it is of: `photo`, `document`."""

    parameter: str
    name: str
    mime: str
    path: Path


class Bot:
    """One bot's way to its API."""

    def __init__(
        self, client: aiohttp.ClientSession, now: Callable[[], datetime], options: Options
    ) -> None:
        self._client, self._now = client, now
        self.root = options.api_url or URL
        self._token = options.bot_token

    async def call(
        self,
        method: str,
        parameters: Mapping[str, Any],
        *,
        timeout_s: float | None = None,
        upload: Upload | None = None,
    ) -> Any:
        """What Telegram answers. Raises: Rejected, Unavailable (nothing happened), Unsure."""
        patience = aiohttp.ClientTimeout(total=timeout_s, connect=5) if timeout_s else TIMEOUT
        if upload is None:
            body = json.dumps(mended(parameters), ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json"}
            return await self._ask(method, patience, data=body, headers=headers)
        opened = await asyncio.to_thread(upload.path.open, "rb")
        try:
            form = aiohttp.FormData()
            for name, value in parameters.items():
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
            form.add_field(upload.parameter, opened, filename=upload.name, content_type=upload.mime)
            return await self._ask(method, UPLOAD, data=form)
        finally:
            await asyncio.to_thread(opened.close)

    def file(self, path: str) -> str:
        """Where a file is that `getFile` told the path of; the address holds the token."""
        return f"{self.root}/file/bot{self._token.get_secret_value()}/{path}"

    async def _ask(self, method: str, patience: aiohttp.ClientTimeout, **request: Any) -> Any:
        url = f"{self.root}/bot{self._token.get_secret_value()}/{method}"
        try:
            async with self._client.post(
                url, timeout=patience, allow_redirects=False, **request
            ) as response:
                document = _document(await read_answer(response, MOST_ANSWER))
                wait_s = retry_after_s(response.headers, self._now())
        # Their words may hold the address, and with it the token: none of them is passed on.
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            log.warning("Telegram can't be reached: %s", type(error).__name__)
            raise Unavailable(say("Telegram can't be reached.")) from None
        except TimeoutError:
            raise Unsure(say("Telegram did not answer in time.")) from None
        except (aiohttp.ClientError, OSError, Unavailable) as error:
            log.warning("Telegram did not finish its answer: %s", type(error).__name__)
            raise Unsure(say("Telegram did not finish its answer.")) from None
        if isinstance(document, dict) and document.get("ok") is True and response.status == 200:
            return document.get("result")
        raise _error(response.status, document, wait_s)


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _error(status: int, document: Any, wait_s: float | None) -> ParleyError:
    """What a refusal means to whoever sends."""
    told = document if isinstance(document, dict) else {}
    given = told.get("error_code")
    code = given if isinstance(given, int) else status
    why = clean_line(str(told.get("description") or ""), 300)
    more = told.get("parameters")
    asked = more.get("retry_after") if isinstance(more, dict) else None
    log.warning("Telegram refused a call: %s", code)
    if code == 429:
        wait = float(asked) if isinstance(asked, int | float) else wait_s
        return Unavailable(say("Telegram asks to wait."), wait)
    if status >= 500:
        return Unsure(say("Telegram answered {status}.", status=status), wait_s)
    if code == 401 or (code == 404 and why == "Not Found"):
        token = say("Telegram does not know the bot's token. Set TELEGRAM_BOT_TOKEN anew.")
        return Rejected(token, "401")
    if code == 403:
        return Rejected(say("The buyer has blocked the bot, or deleted their account."), "403")
    if code == 409:
        # As while another process hands over: it passes, unless a second program polls the bot.
        return Unavailable(say("Somebody else gets this bot's messages: {why}", why=why), wait_s)
    return Rejected(
        say("Telegram refused it ({code}): {why}", code=code, why=why or "–"), str(code)
    )
