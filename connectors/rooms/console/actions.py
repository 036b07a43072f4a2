"""What people press: one door for every button and form of the console."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from yarl import URL

from assistant.commands import (
    Action,
    Assign,
    OpenReply,
    PreviewTranslation,
    ReplayFailure,
)
from assistant.errors import Refused
from assistant.model import ConversationId
from assistant.surface.cards import Answer, Checked, InfoCard
from assistant.surface.grammar import look_up_of
from connectors.rooms.console.edge import Console, html, wants_json
from connectors.rooms.console.forms import Fields, command_of, zone_of
from connectors.rooms.console.pieces import conversation_path
from connectors.rooms.console.session import Session, check_origin, check_token
from connectors.rooms.console.view import (
    View,
    asked_of_desk,
    conversation_view,
    desk_page,
    desk_view,
    parts,
)


async def do(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """Hand a pressed button to the desk and show what came of it."""
    fields = await posted(console, request, session)
    zone = zone_of(request.cookies.get("parley_zone"))
    command = command_of(fields, datetime.now(UTC), zone)
    if isinstance(command, OpenReply):
        await take_if_free(console, session, command.conversation_id)
    if isinstance(command, PreviewTranslation):
        return await _preview(console, session, command)
    answer = await asked_of_desk(console, session, command)
    if isinstance(answer.card, Checked):
        return web.json_response({"checked": answer.card.model_dump(mode="json")})
    if wants_json(request):
        return await _in_place(console, request, session, command, answer, fields)
    return await _whole_page(console, request, session, command, answer, fields)


async def _preview(
    console: Console, session: Session, command: PreviewTranslation
) -> web.StreamResponse:
    """Of what somebody is typing: only the newest is worth the model's time."""
    asking = asked_of_desk(console, session, command)
    answer = await console.previews.of(f"{session.id} {command.conversation_id}", asking)
    if answer is None or not isinstance(answer.card, Checked):
        return web.json_response({"overtaken": True})
    return web.json_response({"checked": answer.card.model_dump(mode="json")})


async def look_up(console: Console, request: web.Request, session: Session) -> web.StreamResponse:
    """`?q=` an order, a parcel, stock or a buyer; `id` is the conversation that is open."""
    typed = request.query.get("q", "")
    about = ConversationId(request.query.get("id", "")) or None
    answer = await asked_of_desk(console, session, look_up_of(typed, about))
    view = found_view(typed.strip(), answer)
    if wants_json(request):
        return web.json_response({"parts": parts(console, request, session, view, ["look-up"])})
    return html(
        console,
        request,
        "look_up.html",
        session=session,
        found=view.found,
        asked=view.asked,
        said=view.said,
    )


def found_view(asked: str, answer: Answer) -> View:
    """What was found, one article each."""
    card = (answer.card,) if isinstance(answer.card, InfoCard) else ()
    return View(asked=asked, found=answer.cards or card, said=answer.text)


async def take_if_free(console: Console, session: Session, id: ConversationId) -> None:
    """Who opens the form has the conversation, so that nobody else starts on it as well."""
    card, _ = await conversation_view(console, session, id)
    if card.summary.owner is None:
        # Somebody may take it in this very moment: the form opens all the same and shows who.
        with suppress(Refused):
            await asked_of_desk(console, session, Assign(conversation_id=id, to=session.id))


async def posted(console: Console, request: web.Request, session: Session) -> Fields:
    """The fields of one of our own forms. Raises: Forbidden."""
    check_origin(console.settings, request)
    fields = {
        name: value for name, value in (await request.post()).items() if isinstance(value, str)
    }
    check_token(console.settings, session, fields.get("token", ""))
    return fields


def subject_of(command: Action) -> ConversationId | None:
    return getattr(command, "conversation_id", None)


async def _in_place(
    console: Console,
    request: web.Request,
    session: Session,
    command: Action,
    answer: Answer,
    fields: Fields,
) -> web.StreamResponse:
    """For the script: what was said, and the parts of the page that have changed."""
    told: dict[str, Any] = {"tone": "good", "text": answer.text}
    id = subject_of(command)
    if isinstance(answer.card, InfoCard):
        view = found_view(answer.card.title, answer)
        told["parts"] = parts(console, request, session, view, ["look-up"])
    elif id is not None:
        view = await desk_view(
            console, session, only=fields.get("only", "all"), id=id, form=answer.form
        )
        names = ["queue", "conversation", "facts"]
        told["parts"] = parts(
            console, request, session, view, [*names, "reply"] if answer.form else names
        )
    return web.json_response(told)


async def _whole_page(
    console: Console,
    request: web.Request,
    session: Session,
    command: Action,
    answer: Answer,
    fields: Fields,
) -> web.StreamResponse:
    """Without a script: back to the page, or the page with the form opened."""
    id = subject_of(command)
    if id is None:
        raise web.HTTPSeeOther("/console/failed" if isinstance(command, ReplayFailure) else "/")
    if answer.form is None:
        raise web.HTTPSeeOther(URL(conversation_path(id), encoded=True))
    view = await desk_view(console, session, only="all", id=id, form=answer.form)
    return desk_page(console, request, session, view)
