"""Files both ways: a buyer's into the thread, an agent's out of it. What can't be is said.

An agent's file is fetched with the bot's token, so only from Slack's own hosts: to anybody else the
token would be given away.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp

from assistant.errors import ParleyError, Rejected, TooLarge, Unavailable
from assistant.model import Attachment
from assistant.ports import Files
from assistant.settings import Settings
from assistant.words import say
from connectors.http import clean_line
from connectors.rooms.slack.places import Place
from connectors.rooms.slack.workspaces import Workspace

log = logging.getLogger(__name__)

MOST_UP = 50 << 20
MOST_DOWN = 20 << 20
"""Bytes of one file, to Slack and from it."""
FILE_S = 60.0
SLACK_HOSTS = ("slack.com", "slack-files.com", "slack-edge.com")


class Transfers:
    """Files between the store of files and Slack."""

    def __init__(self, settings: Settings, files: Files, client: aiohttp.ClientSession) -> None:
        self._settings, self._files, self._client = settings, files, client

    async def put(self, workspace: Workspace, place: Place, attachment: Attachment) -> None:
        """Share it in a thread. Raises: TooLarge, Unavailable, Unsure, Rejected."""
        where = self._files.path(attachment.sha256) if attachment.sha256 else None
        if where is None:
            raise Rejected(say("It is not kept here."), "no_file")
        size = (await asyncio.to_thread(Path(where).stat)).st_size
        if size > MOST_UP:
            raise TooLarge(say("It is over {mb} MB.", mb=MOST_UP >> 20))
        name = clean_line(attachment.name, 120) or "file"
        api = workspace.api
        told = await api.submit(
            "files.getUploadURLExternal", creates=False, filename=name, length=str(size)
        )
        await self._send(str(told.get("upload_url")), Path(where))
        await api.submit(
            "files.completeUploadExternal",
            creates=True,
            files=json.dumps([{"id": told.get("file_id"), "title": name}]),
            channel_id=place.channel,
            thread_ts=place.ts,
        )

    def link(self, attachment: Attachment) -> str | None:
        """Where the team opens it in the console."""
        base = self._settings.public_url
        if not base or not attachment.sha256:
            return None
        name = quote(attachment.name, safe="")
        return f"{base}/console/files/{attachment.sha256}?name={name}"

    async def fetch(self, workspace: Workspace, attachment: Attachment) -> Attachment:
        """A file of a message, kept. Raises: TooLarge, Unavailable, Rejected."""
        url = attachment.url or ""
        if not self._is_slacks(url):
            raise Rejected(say("The file is not at Slack, and is not fetched."), "foreign_file")
        if (attachment.size or 0) > MOST_DOWN:
            raise TooLarge(say("The file is over {mb} MB.", mb=MOST_DOWN >> 20))
        headers = {"Authorization": f"Bearer {workspace.api.token}"}
        try:
            async with (
                asyncio.timeout(FILE_S),
                self._client.get(
                    url, headers=headers, allow_redirects=False, timeout=_PATIENCE
                ) as response,
            ):
                _check(response, attachment)
                return await self._files.put(
                    attachment.name, attachment.mime, _chunks(response), MOST_DOWN
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(say("Slack did not hand over the file.")) from error

    async def _send(self, url: str, path: Path) -> None:
        """The bytes themselves; without the next step nobody sees them, so it may be repeated."""
        if not self._is_slacks(url):
            raise Rejected(say("Slack named a strange place for the file."), "foreign_file")
        file = await asyncio.to_thread(path.open, "rb")
        try:
            async with (
                asyncio.timeout(FILE_S),
                self._client.post(
                    url, data=file, allow_redirects=False, timeout=_PATIENCE
                ) as response,
            ):
                if response.status != 200:
                    raise Unavailable(say("Slack did not take the file."))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(say("Slack did not take the file.")) from error
        finally:
            await asyncio.to_thread(file.close)

    def _is_slacks(self, url: str) -> bool:
        return is_slacks(url, SLACK_HOSTS, self._settings.slack_api_url)


_PATIENCE = aiohttp.ClientTimeout(total=FILE_S, connect=5)


def is_slacks(url: str, hosts: Sequence[str], api_url: str | None) -> bool:
    """https at one of Slack's *hosts*, or on the machine that the settings have its API on."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip(".").casefold(), parts.port
    except ValueError:
        return False
    own = urlsplit(api_url or "")
    if host and (parts.scheme, host) == (own.scheme, own.hostname):
        return True
    known = any(host == one or host.endswith(f".{one}") for one in hosts)
    return parts.scheme == "https" and known and port in (None, 443)


def attachments_of(event: Mapping[str, Any]) -> tuple[Attachment, ...]:
    """The files of a message, where Slack has them: none is fetched yet."""
    found = event.get("files")
    return tuple(
        Attachment(
            name=clean_line(str(one.get("name") or one.get("title") or "file"), 120) or "file",
            mime=clean_line(str(one.get("mimetype") or "application/octet-stream"), 100),
            size=one["size"] if isinstance(one.get("size"), int) else None,
            url=str(one.get("url_private_download") or one.get("url_private") or "") or None,
        )
        for one in (found if isinstance(found, list) else ())
        if isinstance(one, dict) and one.get("mode") not in ("tombstone", "hidden_by_limit")
    )


def why_not(error: ParleyError) -> str:
    """For the log: no name of a file, no words."""
    return f"{type(error).__name__} {getattr(error, 'code', '')}".rstrip()


def _check(response: aiohttp.ClientResponse, attachment: Attachment) -> None:
    if response.status == 429 or response.status >= 500:
        raise Unavailable(say("Slack did not hand over the file."))
    # Without the scope files:read Slack sends its log-in page instead, as a success.
    is_page = response.content_type == "text/html" != attachment.mime
    if response.status != 200 or is_page:
        raise Rejected(say("Slack does not let Parley read the file (files:read)."), "no_file")


async def _chunks(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async for chunk in response.content.iter_chunked(1 << 16):
        yield chunk
