"""The pages of the console and where they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp.web
from aiohttp import web

from assistant.ports import Desk, Files, Shelf, Store
from assistant.settings import Settings
from connectors.http import patiently
from connectors.rooms.console import actions, entry, live, playbooks, serving, teaching
from connectors.rooms.console.edge import Console, for_all, for_members, html
from connectors.rooms.console.live import Hub
from connectors.rooms.console.proving import Prover
from connectors.rooms.console.render import Pages
from connectors.rooms.console.session import Session
from connectors.rooms.console.view import desk_page, desk_view, parts

ON_THE_DESK = ("queue", "conversation", "facts", "troubles")


def mount(
    app: aiohttp.web.Application,
    *,
    desk: Desk,
    store: Store,
    settings: Settings,
    files: Files,
    demo: bool = False,
    shelf: Shelf | None = None,
) -> None:
    """Add the console to *app*. With *demo*, a card says what to try and a link needs no press.

    Raises: jinja2.TemplateError, OSError where the installation is incomplete.
    """
    console = Console(
        desk=desk,
        store=store,
        settings=settings,
        files=files,
        pages=Pages(),
        hub=Hub(store),
        prover=Prover(settings.data),
        demo=demo,
        shelf=shelf,
    )
    _add_routes(app, console)
    app.cleanup_ctx.append(lambda app: _listening(console.hub))
    app.on_shutdown.append(lambda app: _let_go(console.hub))
    app.on_cleanup.append(lambda app: console.prover.end())


def _add_routes(app: web.Application, console: Console) -> None:
    app.add_routes(
        [
            web.get("/", for_members(console, desk)),
            web.get("/conversations/{id}", for_members(console, desk)),
            web.get("/console/parts", for_members(console, some_parts)),
            web.post("/console/do", for_members(console, actions.do)),
            web.get("/console/look-up", for_members(console, actions.look_up)),
            web.get("/console/events", for_members(console, events)),
            web.get("/console/failed", for_members(console, failed)),
            web.get("/console/playbooks", for_members(console, playbooks.playbooks)),
            web.post("/console/playbooks/prove", for_members(console, playbooks.prove)),
            web.get("/console/playbooks/rule/{rule}", for_members(console, playbooks.rule)),
            web.get("/console/playbooks/{kind}/{id}", for_members(console, playbooks.book)),
            web.get("/console/drafts", for_members(console, teaching.drafts)),
            web.get("/console/people", for_members(console, entry.people_page)),
            web.post("/console/people", for_members(console, entry.invite)),
            web.post("/console/me", for_members(console, entry.settle_in)),
            web.get(
                "/console/files/{sha256:[0-9a-f]{64}}", for_members(console, serving.attachment)
            ),
            web.get("/console/static/{edition}/{name}", for_all(console, serving.asset)),
            web.get("/login", for_all(console, entry.login_page)),
            web.post("/login", for_all(console, entry.login)),
            web.post("/logout", for_members(console, entry.logout)),
        ]
    )


async def desk(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """The queue, and the conversation that the address names."""
    only = request.query.get("only", "all")
    id = request.match_info.get("id")
    view = await patiently(desk_view(console, session, only=only, id=id))
    return desk_page(console, request, session, view)


async def some_parts(
    console: Console, request: web.Request, session: Session
) -> web.StreamResponse:
    """The parts of a page that a change concerns: `?names=queue,conversation&id=…&only=…`."""
    names = request.query.get("names", "queue").split(",")
    id = request.query.get("id") or None
    only = request.query.get("only", "all")
    view = await patiently(desk_view(console, session, only=only, id=id, queue="queue" in names))
    shown = [name for name in names if name in ON_THE_DESK]
    response = web.json_response({"parts": parts(console, request, session, view, shown)})
    response.enable_compression()
    return response


async def events(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    return await live.stream(console.hub, request)


async def failed(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """Commands after their last attempt; leads can try them again."""
    failures = await console.store.failed()
    return html(console, request, "failed.html", session=session, failures=failures)


async def _listening(hub: Hub) -> AsyncIterator[None]:
    # Not a TaskGroup: aiohttp may finish this in another task than it began it in.
    running = asyncio.create_task(hub.run())
    yield
    while not running.done():
        # redis-py can take a cancellation for a time-out while it connects: ask until it is heard.
        running.cancel()
        await asyncio.wait([running], timeout=0.1)
    if not running.cancelled():
        running.result()


async def _let_go(hub: Hub) -> None:
    hub.close()
