"""Presses on cards: done by a worker, or answered with a form in the very response.

A card that answers an invoke takes the place of the pressed one for whoever pressed; the others
keep theirs, and all get the new one when the conversation changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from assistant.commands import Action, DropOffered, OpenConversation, Question, SendOffered
from assistant.errors import ParleyError, Refused
from assistant.model import ConversationId
from assistant.surface.cards import Answer, ConversationCard
from assistant.words import Text, Words, say, words
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.bot import Reply
from connectors.rooms.teams.cards import root_post
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside
from connectors.rooms.teams.post import CARD, Post
from connectors.rooms.teams.press import Pressed, pressed
from connectors.rooms.teams.sheets import Sheets
from connectors.rooms.teams.stamps import stamped
from connectors.rooms.teams.text import inert

ANSWER_S = 4.0
"""Teams shows an error after some more."""
MESSAGE = "application/vnd.microsoft.activity.message"
INVOKE = "adaptiveCard/action"


class Presses:
    """Buttons of our cards, by Action.Execute and, on old clients, by Action.Submit."""

    def __init__(self, inside: Inside, sheets: Sheets) -> None:
        self._in, self._sheets = inside, sheets

    # ── the two ways ─────────────────────────────────────────────────────────

    async def invoke(self, heard: Heard) -> Reply:
        """Raises: Unavailable (nothing was kept: Teams shows an error, and may ask again)."""
        if heard.name != INVOKE:
            return Reply(200)
        data = _data(heard.value)
        reads = self._in.reads(heard)
        if not self._in.is_ours(heard):
            return _message(say("This channel is no room of Parley's."), reads)
        try:
            press = pressed(data, await self._in.about(heard))
        except Refused as error:
            return _message(error.text, reads)
        return await self._answer(heard, data, press, reads)

    async def submitted(self, heard: Heard) -> None:
        """A message whose `value` is a press: nobody waits for the answer. Raises: Unavailable."""
        if not self._in.is_ours(heard) or not isinstance(heard.value, Mapping):
            return
        about, spot = await self._in.about(heard), self._in.spot(heard, pressed=True)
        once = await self._in.press_key(heard, heard.value)
        try:
            press = pressed(heard.value, about)
            command = self._sheets.command_of(heard, press)
        except Refused as error:
            return await self._in.tell_later(heard, error.text, once=once, spot=spot, about=about)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=press.step == "do")

    # ── an invoke's answer ───────────────────────────────────────────────────

    async def _answer(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, reads: Words
    ) -> Reply:
        match press.step:
            case "do" if isinstance(press.command, OpenConversation):
                return await self._soon(heard, self._shown(heard, press.command), reads)
            case "do" if isinstance(press.command, SendOffered):
                return await self._soon(heard, self._sent(heard, data, press), reads)
            case "do":
                return await self._queued(heard, data, press.command, reads)
            case "open":
                return await self._soon(heard, self._card(self._sheets.opened(heard, press)), reads)
            case "check":
                return await self._soon(
                    heard, self._card(self._sheets.checked(heard, press)), reads
                )
            case "submit":
                return await self._submitted(heard, data, press, reads)

    async def _queued(
        self, heard: Heard, data: Mapping[str, Any], command: Action, reads: Words
    ) -> Reply:
        """Durable before Teams gets its answer. Raises: Unavailable."""
        once = await self._in.press_key(heard, data)
        spot = self._in.spot(heard, pressed=True)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=True)
        if isinstance(command, DropOffered):
            kept = say("Noted, for the team only.") if command.as_note else say("It stays inside.")
            return self._done_with(heard, kept, reads)
        if isinstance(command, Question):
            return _message(say("The answer comes in your chat with Parley."), reads)
        return _message(say("Got it. The card shows it in a moment."), reads)

    async def _submitted(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, reads: Words
    ) -> Reply:
        """A form that was filled in. Raises: Unavailable."""
        await self._sheets.keep_words(heard, press)
        try:
            command = self._sheets.command_of(heard, press)
        except Refused as error:
            return await self._soon(
                heard, self._card(self._sheets.again(heard, press, error)), reads
            )
        if self._sheets.is_reply(command):
            return await self._soon(heard, self._sent(heard, data, press, command), reads)
        once = await self._in.press_key(heard, data)
        spot = self._in.spot(heard, pressed=True)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=True)
        await self._sheets.forget_words(heard, press)
        told = say("Got it. The card shows it in a moment.")
        return await self._soon(heard, self._closed(heard, press, told), reads)

    async def _sent(
        self,
        heard: Heard,
        data: Mapping[str, Any],
        press: Pressed,
        command: Action | None = None,
    ) -> Reply:
        """A reply: approved in the request, or the form with what stands against it."""
        outcome = await self._sheets.sent(heard, data, press, command or press.command)
        if isinstance(outcome, Post):
            return _card(outcome)
        if isinstance(press.command, SendOffered) or press.form == "offer":
            return self._done_with(heard, outcome, self._in.reads(heard))
        return await self._closed(heard, press, outcome)

    # ── cards in the answer ──────────────────────────────────────────────────

    async def _shown(self, heard: Heard, command: OpenConversation) -> Reply:
        """The conversation's card as it is now. Raises: ParleyError."""
        return _card(await self._root(heard, command.conversation_id))

    async def _closed(self, heard: Heard, press: Pressed, told: Text) -> Reply:
        """In place of the form, the card; a sentence, where it was about no conversation."""
        about = getattr(press.command, "conversation_id", None)
        if not about:
            return _message(told, self._in.reads(heard))
        return _card(await self._root(heard, about))

    async def _root(self, heard: Heard, about: ConversationId) -> Post:
        known = await self._in.room_of(heard).who(heard.sender.person)
        command = OpenConversation(conversation_id=about)
        answer = await self._in.desk.handle(command, known.actor, known.language)
        if not isinstance(answer.card, ConversationCard):
            raise Refused(say("This can't be shown now. Use the newest card."))
        post = root_post(answer.card, words(known.language))
        return stamped(post, answer.card.version)

    async def _card(self, made: Coroutine[Any, Any, Post]) -> Reply:
        return _card(await made)

    def _done_with(self, heard: Heard, told: Text, reads: Words) -> Reply:
        """A card of one person's chat that has served: a sentence takes its place, for good."""
        [post] = sentence_posts(reads(told), reads)[:1]

        async def errand() -> None:
            here = await self._in.memory.anywhere()
            message = heard.reply_to_id
            await self._in.client.update(heard.conversation.id, message, post, here)

        if heard.is_personal and heard.reply_to_id:
            self._in.errands.begin("putting away a card in Teams", errand())
        return _card(post)

    # ── in time ──────────────────────────────────────────────────────────────

    async def _soon(self, heard: Heard, answer: Coroutine[Any, Any, Reply], reads: Words) -> Reply:
        """The answer in time; a refusal as a sentence, the card as it is. What takes too long goes
        on, so that it is not cut off in the middle of a write."""
        work = self._in.errands.own(answer)
        done, _ = await asyncio.wait([work], timeout=ANSWER_S)
        if not done:
            self._in.errands.begin("answering a press in Teams", self._late(heard, work, reads))
            return _message(say("This takes longer than usual. Look again in a moment."), reads)
        try:
            return work.result()
        except ParleyError as error:
            return _message(error.text, reads)

    async def _late(self, heard: Heard, work: asyncio.Task[Reply], reads: Words) -> None:
        """What was refused after all is told where they are told things. Raises: ParleyError."""
        try:
            await work
        except Refused as error:
            spot = self._in.spot(heard, pressed=True)
            answer = Answer(text=reads(error.text))
            await self._in.room_of(heard).tell(heard.sender.person, spot, answer)


def _data(value: Any) -> Mapping[str, Any]:
    """What the pressed action carried. botbuilder would hand it over as a plain dict, too."""
    action = value.get("action") if isinstance(value, Mapping) else None
    data = action.get("data") if isinstance(action, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def _message(text: Text, reads: Words) -> Reply:
    """A sentence under the card, which stays as it is, with what was typed into it."""
    return Reply(200, {"statusCode": 200, "type": MESSAGE, "value": inert(reads(text))})


def _card(post: Post) -> Reply:
    return Reply(200, {"statusCode": 200, "type": CARD, "value": post.card})
