"""Answers for one person: where they pressed or spoke, unseen by everybody else."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import aiohttp

from assistant.errors import Rejected, Unsure
from assistant.model import Spot
from assistant.settings import Settings
from assistant.surface.cards import Answer, HomeCard
from assistant.words import Words
from connectors.rooms.slack.api import SILENT
from connectors.rooms.slack.attachments import is_slacks
from connectors.rooms.slack.blocks import Post, answer_posts
from connectors.rooms.slack.places import HOME, ReplyTo, place_of, reply_to_of
from connectors.rooms.slack.views import home_view
from connectors.rooms.slack.workspaces import Workspace, Workspaces

log = logging.getLogger(__name__)

USES = 5
"""How often Slack takes an answer at one response_url."""
REMEMBERED = 2_000
RESPONSE_S = 5.0
RESPONSE_HOSTS = ("hooks.slack.com",)
_NOT_HERE = frozenset({"user_not_in_channel", "channel_not_found", "not_in_channel", "is_archived"})


class Telling:
    """Tells people things."""

    def __init__(
        self,
        settings: Settings,
        workspaces: Workspaces,
        client: aiohttp.ClientSession,
        now: Callable[[], datetime],
    ) -> None:
        self._settings, self._workspaces = settings, workspaces
        self._client, self._now = client, now
        self._used: OrderedDict[str, int] = OrderedDict()

    async def tell(
        self, workspace: Workspace, user: str, spot: Spot, answer: Answer, words: Words
    ) -> None:
        """Raises: Unavailable, Rejected."""
        if spot.place == HOME and isinstance(answer.card, HomeCard):
            view = home_view(answer.card, words, link=self._workspaces.link)
            await workspace.api.tell("views.publish", {"user_id": user, "view": view})
            return
        posts = answer_posts(answer, words, link=self._workspaces.link)
        await self._posted(workspace, user, spot, await self._unanswered(spot, posts))

    async def direct(self, workspace: Workspace, user: str, post: Post) -> None:
        """A direct message. Raises: Unavailable, Rejected."""
        told = await workspace.api.tell("conversations.open", {"users": user})
        channel = str((told.get("channel") or {}).get("id") or "")
        with _most_likely():
            await workspace.api.post(channel, {"text": post.text, "blocks": post.blocks})

    # ── at the response_url ──────────────────────────────────────────────────

    async def _unanswered(self, spot: Spot, posts: Sequence[Post]) -> Sequence[Post]:
        """Those that did not go to the address that Slack gave for the answer."""
        reply_to = reply_to_of(spot.reply_to)
        if reply_to is None or not reply_to.is_fresh(self._now()):
            return posts
        if not is_slacks(reply_to.url, RESPONSE_HOSTS, self._settings.slack_api_url):
            return posts
        for at, post in enumerate(posts):
            if not self._is_usable(reply_to.url) or not await self._respond(
                reply_to, spot, at, post
            ):
                return posts[at:]
        return ()

    async def _respond(self, reply_to: ReplyTo, spot: Spot, at: int, post: Post) -> bool:
        # What was shown to them alone is replaced by what came of it; what all see, never.
        replaces = reply_to.origin == "private" and at == 0
        payload: dict[str, Any] = {
            "response_type": "ephemeral",
            "replace_original": replaces,
            "text": post.text,
            "blocks": post.blocks,
            **SILENT,
        }
        if (thread := _thread_of(spot)) and not replaces:
            payload["thread_ts"] = thread
        patience = aiohttp.ClientTimeout(total=RESPONSE_S)
        try:
            async with self._client.post(
                reply_to.url, json=payload, allow_redirects=False, timeout=patience
            ) as response:
                return response.status == 200
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return False
        except (aiohttp.ClientError, TimeoutError, OSError):
            _log_doubt()
            return True

    def _is_usable(self, url: str) -> bool:
        """And is used once more now."""
        used = self._used.pop(url, 0) + 1
        self._used[url] = used
        while len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        return used <= USES

    # ── by the Web API ───────────────────────────────────────────────────────

    async def _posted(
        self, workspace: Workspace, user: str, spot: Spot, posts: Sequence[Post]
    ) -> None:
        for post in posts:
            if spot.place in ("", HOME):
                await self.direct(workspace, user, post)
            elif spot.place.startswith("D"):
                await self._in_direct(workspace, spot, post)
            else:
                await self._unseen(workspace, user, spot, post)

    async def _in_direct(self, workspace: Workspace, spot: Spot, post: Post) -> None:
        with _most_likely():
            await workspace.api.post(spot.place, _content(spot, post))

    async def _unseen(self, workspace: Workspace, user: str, spot: Spot, post: Post) -> None:
        whom = {"channel": spot.place, "user": user}
        try:
            with _most_likely():
                await workspace.api.whisper({**whom, **_content(spot, post)})
        except Rejected as error:
            if error.code not in _NOT_HERE:
                raise
            await self.direct(workspace, user, post)


@contextmanager
def _most_likely() -> Iterator[None]:
    """Most likely it is there; asked for again, it comes again. Told twice would be confusing."""
    try:
        yield
    except Unsure:
        _log_doubt()


def _log_doubt() -> None:
    log.info("Slack did not say whether somebody was told")


def _content(spot: Spot, post: Post) -> dict[str, Any]:
    thread = {"thread_ts": ts} if (ts := _thread_of(spot)) else {}
    return {"text": post.text, "blocks": post.blocks, **thread, **SILENT}


def _thread_of(spot: Spot) -> str | None:
    """The thread to answer in. At a card itself people look at the channel, not into its thread."""
    place = place_of(spot.thread) if spot.thread else None
    return place.ts if place and place.ts != spot.message else None
