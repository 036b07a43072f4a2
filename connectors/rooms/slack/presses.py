"""Buttons, menus, slash commands and message shortcuts.

A button carries a command with ids and versions; who presses it is who Slack says, and what they
may do is asked when it is done.
"""

from __future__ import annotations

import logging

from assistant.commands import AddNote, OfferWords
from assistant.errors import Refused
from assistant.model import ConversationId, Spot
from assistant.surface.grammar import slash
from assistant.words import say
from connectors.rooms.slack.attachments import attachments_of
from connectors.rooms.slack.events import offer_id
from connectors.rooms.slack.inside import Body, Inside, Who, key, text, thread_place
from connectors.rooms.slack.modals import Modals
from connectors.rooms.slack.places import HOME, Origin, ReplyTo, on_a_card
from connectors.rooms.slack.press import Pressed, kind_of, pressed
from connectors.rooms.slack.speech import text_of, written

log = logging.getLogger(__name__)

SEND, NOTE = "send_to_buyer", "add_as_note"
"""The message shortcuts, as the manifest calls them."""
NOTE_CHARS = 10_000


class Presses:
    """Interactions, but for what is pressed within forms."""

    def __init__(self, inside: Inside, modals: Modals) -> None:
        self._in, self._modals = inside, modals

    # ── buttons and menus ────────────────────────────────────────────────────

    async def button(self, body: Body) -> None:
        """Raises: Unavailable, NoRoom."""
        actions = body.get("actions")
        action = actions[0] if isinstance(actions, list) and actions else {}
        kind = kind_of(action)
        if kind in ("link", "field"):
            return
        if kind != "command":
            return await self._modals.within(body, action)
        who, spot = self._where(body)
        try:
            found = await self._pressed(body, spot)
        except Refused as error:
            return self._in.tell_later(who.person, spot, error.text, who.room)
        if found.form is not None:
            return self._modals.open(body, who, spot, found.command, found.form)
        once = _key(body, action, who)
        await self._in.enqueue(who, spot, found.command, once=once, quiet=on_a_card(spot))

    async def _pressed(self, body: Body, spot: Spot) -> Pressed:
        """Raises: Refused, Unavailable."""
        try:
            return pressed(body)
        except Refused:
            about = await self._about(spot)
            if about is None:
                raise
            return pressed(body, about)

    async def _about(self, spot: Spot) -> ConversationId | None:
        return await self._in.store.conversation_of_thread(spot.thread) if spot.thread else None

    def _where(self, body: Body) -> tuple[Who, Spot]:
        """Who pressed, and where. Raises: NoRoom."""
        channel = text(body, "channel", "id") or text(body, "container", "channel_id")
        who = self._in.who(text(body, "team", "id"), channel, text(body, "user", "id"))
        if not channel:
            return who, Spot(room=who.room.name, place=HOME)
        message = text(body, "container", "message_ts") or text(body, "message", "ts")
        root = text(body, "message", "thread_ts") or text(body, "container", "thread_ts")
        # What one person sees alone comes without its content.
        private = bool((body.get("container") or {}).get("is_ephemeral") or not body.get("message"))
        # Under what one person sees, and under a message to them, no conversation has a thread.
        root = root or ("" if private or channel.startswith("D") else message)
        return who, Spot(
            room=who.room.name,
            place=channel,
            thread=thread_place(who, channel, root).thread if root else None,
            message=message,
            reply_to=self._reply_to(body, "private" if private else "message"),
        )

    def _reply_to(self, body: Body, origin: Origin) -> str:
        url = text(body, "response_url")
        return str(ReplyTo(url, self._in.now(), origin)) if url else ""

    # ── slash commands ───────────────────────────────────────────────────────

    async def command(self, body: Body) -> None:
        """Raises: Unavailable, NoRoom."""
        channel = text(body, "channel_id")
        who = self._in.who(text(body, "team_id"), channel, text(body, "user_id"))
        spot = Spot(room=who.room.name, place=channel, reply_to=self._reply_to(body, "command"))
        zone = self._in.zone_of(who.person)
        try:
            action = slash(text(body, "command"), written(text_of(body)), self._in.now(), zone)
        except Refused as error:
            return self._in.tell_later(who.person, spot, error.text, who.room)
        once = key("command", who.person, text(body, "trigger_id") or text(body, "response_url"))
        await self._in.enqueue(who, spot, action, once=once)

    # ── message shortcuts ────────────────────────────────────────────────────

    async def shortcut(self, body: Body) -> None:
        """Raises: Unavailable, NoRoom."""
        if text(body, "type") != "message_action":
            return
        message = {**(body.get("message") or {}), "channel": text(body, "channel", "id")}
        who, spot = self._where(body)
        about = await self._about(spot)
        if about is None:
            told = say("Use this on a message in the thread of a buyer's card.")
            return self._in.tell_later(who.person, spot, told, who.room)
        if message.get("bot_id") or not text(message, "user"):
            told = say("Use this on words that somebody of the team typed.")
            return self._in.tell_later(who.person, spot, told, who.room)
        if text(body, "callback_id") == NOTE:
            note = AddNote(conversation_id=about, text=written(text_of(message))[:NOTE_CHARS])
            await self._in.enqueue(who, spot, note, once=_shortcut_key(body, message))
        else:
            await self._offer(body, message, who, spot, about)

    async def _offer(
        self, body: Body, message: Body, who: Who, spot: Spot, about: ConversationId
    ) -> None:
        another = who.user if who.user != text(message, "user") else ""
        offer = OfferWords(
            conversation_id=about,
            id=offer_id(message, another),
            text=written(text_of(message)),
            spot=spot,
            attachments=attachments_of(message),
            changed=text(message, "edited", "ts"),
        )
        await self._in.enqueue(who, spot, offer, once=_shortcut_key(body, message))


def _key(body: Body, action: Body, who: Who) -> str:
    """The same press, delivered again, has the same; pressed again, another."""
    chosen = action.get("selected_option")
    value = text(chosen if isinstance(chosen, dict) else action, "value")
    view = text(body, "view", "id")
    message = text(body, "container", "message_ts")
    where = (text(body, "channel", "id"), message, view)
    return key(
        "press", who.person, *where, text(action, "action_id"), value, text(action, "action_ts")
    )


def _shortcut_key(body: Body, message: Body) -> str:
    where = (text(message, "channel"), text(message, "ts"))
    return key("shortcut", text(body, "callback_id"), *where, text(body, "trigger_id"))
