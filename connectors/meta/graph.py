"""The Graph API: JSON in, JSON out, and what went wrong in our words."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp
from pydantic import SecretStr

from assistant.errors import Unavailable, Unsure
from assistant.words import say
from connectors.http import clean_line, mended, read_answer, retry_after_s
from connectors.meta.faults import error_of, fault_of

log = logging.getLogger(__name__)

GRAPH = "https://graph.facebook.com"
VERSION = "v25.0"
TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)
UPLOAD = aiohttp.ClientTimeout(total=25, connect=5)


class Graph:
    """One account's way to it. The token goes in a header, never in an address."""

    def __init__(
        self,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime],
        token: SecretStr,
        *,
        url: str | None = None,
        version: str = VERSION,
    ) -> None:
        self._client, self._now, self._token = client, now, token
        self._base = f"{url or GRAPH}/{version}"

    @property
    def authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token.get_secret_value()}"}

    async def post(self, path: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Create something. Raises: Rejected, Unavailable (nothing was created), Unsure."""
        body = json.dumps(mended(content), ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"}
        return await self._ask("POST", path, TIMEOUT, data=body, headers=headers)

    async def get(self, path: str, **query: str) -> dict[str, Any]:
        """Look something up. Raises: Rejected, Unavailable."""
        try:
            return await self._ask("GET", path, TIMEOUT, params=query)
        except Unsure as error:
            raise Unavailable(error.text, error.retry_after_s) from error

    async def upload(
        self,
        path: str,
        fields: Mapping[str, str],
        name: str,
        mime: str,
        file: Path,
        *,
        part: str = "file",
    ) -> dict[str, Any]:
        """Hand over a file for a message to come: until that is sent nobody sees it.

        Raises: Rejected, Unavailable.
        """
        opened = await asyncio.to_thread(file.open, "rb")
        try:
            form = aiohttp.FormData()
            for field, value in fields.items():
                form.add_field(field, value)
            called = clean_line(name, 120) or "file"
            form.add_field(part, opened, filename=called, content_type=mime)
            return await self._ask("POST", path, UPLOAD, data=form, headers={})
        except Unsure as error:
            raise Unavailable(error.text, error.retry_after_s) from error
        finally:
            await asyncio.to_thread(opened.close)

    async def _ask(
        self, method: str, path: str, patience: aiohttp.ClientTimeout, **request: Any
    ) -> dict[str, Any]:
        request["headers"] = {**request.get("headers", {}), **self.authorization}
        try:
            async with self._client.request(
                method, f"{self._base}/{path}", timeout=patience, allow_redirects=False, **request
            ) as response:
                retry_s = retry_after_s(response.headers, self._now())
                document = _document(await read_answer(response, 1 << 20))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            log.warning("Meta can't be reached: %s", type(error).__name__)
            raise Unavailable(say("Meta can't be reached.")) from error
        except TimeoutError as error:
            raise Unsure(say("Meta did not answer in time.")) from error
        except (aiohttp.ClientError, OSError, Unavailable) as error:
            log.warning("Meta did not finish its answer: %s", type(error).__name__)
            raise Unsure(say("Meta did not finish its answer.")) from error
        return _good(response.status, document, retry_s)


def _good(status: int, document: Any, retry_s: float | None) -> dict[str, Any]:
    fault = fault_of(document)
    if status >= 300 or fault is not None:
        if fault is not None:
            log.warning("Meta refused a call: %d, code %s", status, fault.name)
        raise error_of(status, fault, retry_s)
    if not isinstance(document, dict):
        raise Unsure(say("Meta's answer could not be read."))
    return document


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
