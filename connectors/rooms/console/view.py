"""What one page shows, fetched from the desk, and the parts it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from assistant.commands import Action, OpenConversation, ShowQueue
from assistant.errors import NotFound
from assistant.model import Actor, ConversationId
from assistant.surface.cards import Answer, ConversationCard, InfoCard, QueueCard, ReplyForm
from assistant.words import say
from connectors.rooms.console.edge import Console, html, theme_of
from connectors.rooms.console.render import Split, split_buttons, words_language
from connectors.rooms.console.session import Session, form_token

ONLY = ("all", "mine", "unassigned", "closed")
QUEUE_ROWS = 100
PARTS = {
    "queue": "_queue.html",
    "conversation": "_conversation.html",
    "facts": "_facts.html",
    "reply": "_reply.html",
    "look-up": "_look_up.html",
    "troubles": "_troubles.html",
}
"""Element id → its template."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One page's content. `only` filters the queue."""

    only: str = "all"
    queue: QueueCard | None = None
    card: ConversationCard | None = None
    form: ReplyForm | None = None
    people: Sequence[Actor] = ()
    found: Sequence[InfoCard] = field(default=())
    asked: str | None = None
    """What was looked up; None where nothing was."""
    said: str | None = None


async def asked_of_desk(console: Console, session: Session, command: Action) -> Answer:
    """What the desk answers this person, in their language. Raises: Refused, Unavailable."""
    return await console.desk.handle(command, session.actor, session.language)


async def queue_view(console: Console, session: Session, only: str) -> QueueCard:
    command = ShowQueue.model_validate(
        {"only": only if only in ONLY else "all", "limit": QUEUE_ROWS}
    )
    answer = await asked_of_desk(console, session, command)
    assert isinstance(answer.card, QueueCard)
    return answer.card


async def conversation_view(
    console: Console, session: Session, id: str
) -> tuple[ConversationCard, Sequence[Actor]]:
    """A conversation, and the people it could be given to. Raises: NotFound."""
    command = OpenConversation(conversation_id=ConversationId(id))
    answer = await asked_of_desk(console, session, command)
    if not isinstance(answer.card, ConversationCard):
        raise NotFound(say("There is no such conversation. It may have been erased."))
    return answer.card, answer.people


async def desk_view(
    console: Console,
    session: Session,
    *,
    only: str,
    id: str | None,
    form: ReplyForm | None = None,
    queue: bool = True,
) -> View:
    """The queue and, where one is named, a conversation. Raises: NotFound, Unavailable."""
    card, people = await conversation_view(console, session, id) if id else (None, ())
    return View(
        only=only if only in ONLY else "all",
        queue=await queue_view(console, session, only) if queue else None,
        card=card,
        form=form,
        people=people,
    )


def parts(
    console: Console, request: web.Request, session: Session, view: View, names: Iterable[str]
) -> dict[str, str]:
    """The named parts of a page as HTML, for the script to put in place."""
    context = {**context_of(view), "me": session, "token": form_token(console.settings, session)}
    context |= {
        "theme": theme_of(request),
        "demo": console.demo,
        "troubles": console.troubles,
        "ruled": console.ruled,
    }
    return {
        name: console.pages.render(PARTS[name], session.language, **context)
        for name in names
        if name in PARTS
    }


def desk_page(console: Console, request: web.Request, session: Session, view: View) -> web.Response:
    trying = console.demo and request.cookies.get("parley_try") != "off"
    return html(console, request, "desk.html", session=session, trying=trying, **context_of(view))


def context_of(view: View) -> dict[str, Any]:
    """What templates get of a view."""
    split = split_buttons(view.card) if view.card else Split()
    return {
        "only": view.only,
        "queue": view.queue,
        "card": view.card,
        "words_language": words_language(view.card) if view.card else "und",
        "draft_buttons": split.under,
        "head_buttons": split.head,
        "quick_buttons": split.quick,
        "form": view.form,
        "people": view.people,
        "found": view.found,
        "asked": view.asked,
        "said": view.said,
    }
