"""botbuilder's adapter, told by us whose a request is and how Teams is called.

The one way in is `CloudAdapter.process_activity`, after `guard.Guard` has verified the request: its
`process` answers every invoke with an error, and without an app id it would let anybody in.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from botbuilder.core import InvokeResponse, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter
from botbuilder.schema import Activity, ActivityTypes
from botframework.connector.aio import ConnectorClient
from botframework.connector.auth import (
    AuthenticateRequestResult,
    BotFrameworkAuthentication,
    ClaimsIdentity,
    ConnectorFactory,
)

from connectors.rooms.teams.wire import Pipeline, connector

MOST_ADDRESSES = 50


class Reply(NamedTuple):
    """What an invoke is answered with."""

    status: int
    body: Mapping[str, Any] | None = None


Turn = Callable[[], Awaitable[Reply | None]]
"""One activity's handling; a Reply where Teams waits for one in the response."""


class Connectors(ConnectorFactory):  # type: ignore[misc]  # botbuilder brings no types
    """Clients for Teams, one an address."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._made: dict[str, ConnectorClient] = {}

    def at(self, service_url: str) -> ConnectorClient:
        if service_url not in self._made:
            if len(self._made) >= MOST_ADDRESSES:
                self._made.clear()
            self._made[service_url] = connector(self._pipeline, service_url)
        return self._made[service_url]

    async def create(self, service_url: str, audience: str | None = None) -> ConnectorClient:
        return self.at(service_url)


class Authentication(BotFrameworkAuthentication):  # type: ignore[misc]  # it brings no types
    """Believes nobody: whoever comes this far was verified before."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors

    async def authenticate_request(self, activity: Activity, auth_header: str) -> NoReturn:
        raise PermissionError("Requests are verified before they get here.")

    async def authenticate_streaming_request(
        self, auth_header: str, channel_id_header: str
    ) -> NoReturn:
        raise PermissionError("Streams are not taken.")

    def create_connector_factory(self, claims_identity: ClaimsIdentity) -> Connectors:
        return self._connectors

    async def create_user_token_client(self, claims_identity: ClaimsIdentity) -> None:
        """Parley signs nobody in at other services."""


class Bot:
    """One app in Teams."""

    def __init__(self, connectors: Connectors) -> None:
        self._connectors = connectors
        self._adapter = CloudAdapter(Authentication(connectors))

    async def process(
        self, claims: Mapping[str, Any], body: Mapping[str, Any], turn: Turn
    ) -> Reply | None:
        """Run *turn* for the activity *body*, whose sender *claims* prove. Raises what it raises.

        An invoke is answered with its Reply, anything else with None.
        """
        verified = AuthenticateRequestResult()
        verified.claims_identity = ClaimsIdentity(dict(claims), True)
        verified.audience = verified.caller_id = None
        verified.connector_factory = self._connectors
        answered = await self._adapter.process_activity(
            verified, _activity(body), lambda context: _on_turn(context, turn)
        )
        return Reply(int(answered.status), answered.body) if answered else None


def _activity(body: Mapping[str, Any]) -> Activity:
    """As much of it as the adapter looks at; what we read is `heard.Heard`."""
    return Activity(
        type=body.get("type"),
        id=body.get("id"),
        name=body.get("name"),
        channel_id=body.get("channelId"),
        service_url=body.get("serviceUrl"),
    )


async def _on_turn(context: TurnContext, turn: Turn) -> None:
    reply = await turn()
    if reply is not None:
        response = InvokeResponse(status=reply.status, body=reply.body)
        answer = Activity(type=ActivityTypes.invoke_response, value=response)
        await context.send_activity(answer)
