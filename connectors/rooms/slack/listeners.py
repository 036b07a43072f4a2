"""Bolt's app: which of Slack's payloads goes where, and what Slack is answered.

`process_before_response`: Bolt answers only when a listener is done, and a listener is done when
what it was told is durable. By default Bolt would answer first, and lose what it was told if the
process died. Source: slack_bolt/listener/asyncio_runner.py, 1.30.
"""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.authorization.async_authorize import AsyncAuthorize
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from assistant.errors import Unavailable, whereabouts
from assistant.model import Spot
from assistant.words import Text, say, words
from connectors.http import TRY_AGAIN_S
from connectors.rooms.slack.api import quiet
from connectors.rooms.slack.events import Events
from connectors.rooms.slack.inside import Body, Inside, NoRoom, text
from connectors.rooms.slack.modals import Modals
from connectors.rooms.slack.places import ReplyTo, person_id
from connectors.rooms.slack.presses import Presses
from connectors.rooms.slack.submits import Response, Submits, refused_form
from connectors.rooms.slack.text import escaped

log = logging.getLogger(__name__)

ANSWER_S = 2.7
"""Slack gives up after three seconds, and then delivers events again."""
_ANY = re.compile("")

Listener = Callable[[Body], Awaitable[Response]]


class Authorize(AsyncAuthorize):
    """Lets every payload through: it was verified, and what people may do is asked when it is done.

    Bolt's own would look up tokens, or ask Slack, before the answer.
    """

    def __init__(self) -> None:
        """Bolt's own has no types."""

    async def __call__(
        self,
        *,
        context: AsyncBoltContext,
        enterprise_id: str | None,
        team_id: str | None,
        user_id: str | None,
        actor_enterprise_id: str | None = None,
        actor_team_id: str | None = None,
        actor_user_id: str | None = None,
    ) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, user_id=user_id)


class Listeners:
    """Every listener, each behind the one boundary of the platform."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        modals = Modals(inside)
        self.events = Events(inside)
        self._presses = Presses(inside, modals)
        self._submits = Submits(inside, modals)

    def app(self, client: AsyncWebClient, flow: AsyncOAuthFlow | None) -> AsyncApp:
        """Bolt with few listeners: it tries one after another."""
        app = AsyncApp(
            name="parley",
            logger=quiet,
            client=client,
            authorize=Authorize(),
            oauth_flow=flow,
            process_before_response=True,
            # Verified before anything is parsed, by `edge`; a socket is authenticated as a whole.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            ignoring_self_events_enabled=False,
            attaching_function_token_enabled=False,
            attaching_conversation_kwargs_enabled=False,
        )
        app.event(_ANY)(self._bounded(self._event))
        app.action(_ANY)(self._bounded(self._press))
        app.view_submission(_ANY)(self._bounded(self._submits.submitted))
        app.view_closed(_ANY)(self._bounded(self._closed))
        app.command(_ANY)(self._bounded(self._command))
        app.shortcut(_ANY)(self._bounded(self._shortcut))
        return app

    async def _event(self, body: Body) -> Response:
        await self.events.handle(body)
        return {}

    async def _press(self, body: Body) -> Response:
        await self._presses.button(body)
        return {}

    async def _command(self, body: Body) -> Response:
        await self._presses.command(body)
        return {}

    async def _shortcut(self, body: Body) -> Response:
        await self._presses.shortcut(body)
        return {}

    async def _closed(self, body: Body) -> Response:
        await self._submits.closed(body)
        return {}

    # ── the boundary ─────────────────────────────────────────────────────────

    def _bounded(self, listener: Listener) -> Callable[[Body], Awaitable[BoltResponse]]:
        async def answered(body: Body) -> BoltResponse:
            try:
                async with asyncio.timeout(ANSWER_S):
                    return _ok(await listener(body))
            except (Unavailable, TimeoutError) as error:
                log.warning("not kept, so not acknowledged: %s", type(error).__name__)
                return self._not_kept(body)
            except NoRoom as error:
                return _ok(_said(self._read(body, error.text)) if "command" in body else {})
            except Exception as error:
                return _unforeseen(error)

        return answered

    def _not_kept(self, body: Body) -> BoltResponse:
        """Slack delivers events again; a person has to press again, and is told so."""
        # A store that hung may yet have taken it: nobody can promise that nothing was done.
        told = say(
            "Parley can't keep this right now. Look again in a minute; if nothing has changed, do "
            "it again."
        )
        if "command" in body:
            # Anything but a success would show as “failed with the error …”.
            return _ok(_said(self._read(body, told)))
        if text(body, "type") == "view_submission":
            return _ok(refused_form(body, self._read(body, told)))
        url = text(body, "response_url")
        if url:
            self._say_at(url, body, told)
        return BoltResponse(status=503, body="", headers={"Retry-After": str(TRY_AGAIN_S)})

    def _say_at(self, url: str, body: Body, told: Text) -> None:
        try:
            who = self._in.who(text(body, "team", "id"), "", text(body, "user", "id"))
        except NoRoom:
            return
        reply_to = str(ReplyTo(url, self._in.now(), "message"))
        spot = Spot(room=who.room.name, place=text(body, "channel", "id"), reply_to=reply_to)
        self._in.tell_later(who.person, spot, told, who.room)

    def _read(self, body: Body, told: Text) -> str:
        """In the person's language as far as it is known."""
        team = text(body, "team_id") or text(body, "team", "id")
        user = text(body, "user_id") or text(body, "user", "id")
        return words(self._in.reads(person_id(team, user)))(told)


def _ok(content: Response) -> BoltResponse:
    return BoltResponse(status=200, body=dict(content) if content else "")


def _said(sentence: str) -> Response:
    return {"response_type": "ephemeral", "text": escaped(sentence)}


def _unforeseen(error: Exception) -> BoltResponse:
    reference = secrets.token_hex(4)
    log.error("Slack's payload was not handled, %s: %s", reference, whereabouts(error))
    return BoltResponse(status=500, body="")
