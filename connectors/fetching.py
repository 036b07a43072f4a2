"""Files of buyers from where a channel keeps them: its own hosts alone, capped, kept by content.

What a buyer writes is never fetched; what a channel names is fetched from the hosts that are known
to be the channel's, over https, and every address on the way is looked at before it is asked. A
token goes with the first request alone, never to where that redirects to.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import aiohttp

from assistant.errors import Rejected, TooLarge, Unavailable
from assistant.model import Attachment
from assistant.ports import Files
from assistant.words import say

FILE_S = 25.0
"""For all of a file; whoever asks waits for 30 s."""
REDIRECTS = 3
_PATIENCE = aiohttp.ClientTimeout(total=FILE_S, connect=5)
_GONE = frozenset({400, 401, 403, 404, 410})
_ANYTHING = ("", "application/octet-stream", "binary/octet-stream", "text/html")


class Places:
    """The hosts of one channel, `example.com` with all below it; and *own*, where its API is."""

    def __init__(self, hosts: Sequence[str], own: str | None = None) -> None:
        self._hosts = tuple(host.casefold() for host in hosts)
        self._own = urlsplit(own) if own else None

    def has(self, url: str) -> bool:
        """Whether *url* is one of the channel's. An address with a name and a password is none."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").rstrip(".").casefold(), parts.port
        except ValueError:
            return False
        if self._own and (parts.scheme, parts.netloc) == (self._own.scheme, self._own.netloc):
            return True
        if parts.scheme != "https" or port not in (None, 443) or parts.username is not None:
            return False
        return any(host == one or host.endswith(f".{one}") for one in self._hosts)


class Downloads:
    """What is fetched from *places* into *files*."""

    def __init__(self, client: aiohttp.ClientSession, files: Files, places: Places) -> None:
        self._client, self._files, self._places = client, files, places

    async def keep(
        self,
        url: str,
        attachment: Attachment,
        limit: int,
        headers: Mapping[str, str] | None = None,
        *,
        guessed: bool = False,
    ) -> Attachment:
        """The file at *url*, named as *attachment* is, of *limit* bytes at most.

        *guessed*: what kind of file it is was a guess; whoever has it knows better.

        Raises: TooLarge, Rejected (of no host of the channel's, or gone), Unavailable.
        """
        if (attachment.size or 0) > limit:
            raise _too_large(limit)
        try:
            async with asyncio.timeout(FILE_S), self._opened(url, headers or {}) as answer:
                _check(answer, limit)
                told = answer.content_type
                mime = told if guessed and told not in _ANYTHING else attachment.mime
                kept = await self._files.put(attachment.name, mime, _chunks(answer), limit)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(say("The channel did not hand over the file.")) from error
        return kept

    @asynccontextmanager
    async def _opened(
        self, url: str, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        for _ in range(REDIRECTS + 1):
            if not self._places.has(url):
                raise Rejected(
                    say("The file is at a place that is not the channel's, and is not fetched."),
                    "foreign_file",
                )
            async with self._client.get(
                url, headers=headers, allow_redirects=False, timeout=_PATIENCE
            ) as answer:
                if answer.status not in (301, 302, 303, 307, 308):
                    yield answer
                    return
                url, headers = urljoin(url, answer.headers.get("Location", "")), {}
        raise Rejected(say("The file is not where the channel said."), "no_file")


def _check(answer: aiohttp.ClientResponse, limit: int) -> None:
    if answer.status in _GONE:
        raise Rejected(say("The channel no longer has the file."), str(answer.status))
    if answer.status != 200:
        raise Unavailable(say("The channel did not hand over the file."))
    if (answer.content_length or 0) > limit:
        raise _too_large(limit)


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for chunk in answer.content.iter_chunked(1 << 16):
        yield chunk


def _too_large(limit: int) -> TooLarge:
    return TooLarge(say("The file is over {mb} MB.", mb=limit >> 20))
