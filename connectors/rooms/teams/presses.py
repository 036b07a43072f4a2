"""Presses on cards: done by a worker, or answered with a form in the very response.

A card that answers an invoke takes the place of the pressed one for whoever pressed; the others
keep theirs, and all get the new one when the conversation changes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from assistant.commands import Action, DropOffered, OpenConversation, Question, SendOffered
from assistant.errors import ParleyError, Refused, Rejected, Unsure
from assistant.model import ConversationId
from assistant.surface.cards import Answer, ConversationCard
from assistant.words import Text, Words, say
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.bot import Reply
from connectors.rooms.teams.cards import root_post
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside
from connectors.rooms.teams.memory import here_of
from connectors.rooms.teams.post import CARD, Post
from connectors.rooms.teams.press import Pressed, pressed
from connectors.rooms.teams.sheets import Sheets
from connectors.rooms.teams.stamps import stamped
from connectors.rooms.teams.text import inert

log = logging.getLogger(__name__)

LOOKS_S = (1.0, 3.0, 8.0)
"""A press has most likely been done after the first of these; on a busy day, after the last."""
ANSWER_S = 4.0
"""Teams shows an error after some more."""
MESSAGE = "application/vnd.microsoft.activity.message"
INVOKE = "adaptiveCard/action"
GOT_IT = say("Got it. The card shows it in a moment.")


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
        """A message whose `value` is a press, from a client that knows no other way.

        Nobody waits for the answer, so cards come in their own chat. Raises: Unavailable.
        """
        if not self._in.is_ours(heard) or not isinstance(heard.value, Mapping):
            return
        data = heard.value
        about, spot = await self._in.about(heard), self._in.spot(heard, pressed=True)
        once = await self._in.press_key(heard, data)
        try:
            press = pressed(data, about)
            command = self._sheets.command_of(heard, press)
            if press.step == "open":
                return self._hand_later(heard, self._sheets.opened(heard, press))
            if press.step == "check":
                return self._hand_later(heard, self._sheets.checked(heard, press))
            if self._sheets.is_reply(command):
                outcome = await self._sheets.sent(heard, data, press, command)
                return self._hand_later(heard, self._as_post(heard, outcome))
        except (Refused, Rejected, Unsure) as error:
            # As an error Teams would send it again, and it would come to the same.
            return await self._in.tell_later(heard, error.text, once=once, spot=spot, about=about)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=True)

    def _hand_later(self, heard: Heard, made: Coroutine[Any, Any, Post]) -> None:
        async def errand() -> None:
            room, person = self._in.room_of(heard), heard.sender.person
            try:
                posts = [await made]
            except ParleyError as error:
                answer = Answer(text=self._in.reads(heard)(error.text))
                return await room.tell(person, self._in.spot(heard, pressed=True), answer)
            await room.hand(person, posts)

        self._in.errands.begin("handing over a card in Teams", errand())

    async def _as_post(self, heard: Heard, outcome: Post | Text) -> Post:
        reads = self._in.reads(heard)
        return outcome if isinstance(outcome, Post) else sentence_posts(reads(outcome), reads)[0]

    # ── an invoke's answer ───────────────────────────────────────────────────

    async def _answer(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, reads: Words
    ) -> Reply:
        match press.step, press.command:
            case "do", OpenConversation() as command:
                answer = self._shown(heard, command)
            case "do", SendOffered():
                answer = self._sent(heard, data, press, press.command)
            case "do", DropOffered() as command:
                answer = self._dropped(heard, command)
            case "do", command:
                return await self._queued(heard, data, command, reads)
            case "open", _:
                answer = self._card(self._sheets.opened(heard, press))
            case "check", _:
                answer = self._card(self._sheets.checked(heard, press))
            case _:
                return await self._submitted(heard, data, press, reads)
        return await self._soon(heard, answer, reads)

    async def _queued(
        self, heard: Heard, data: Mapping[str, Any], command: Action, reads: Words
    ) -> Reply:
        """Durable before Teams gets its answer. Raises: Unavailable."""
        once = await self._in.press_key(heard, data)
        spot = self._in.spot(heard, pressed=True)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=True)
        if isinstance(command, Question):
            return _message(say("The answer comes in your chat with Parley."), reads)
        if heard.is_personal and (about := getattr(command, "conversation_id", None)):
            errand = self._renewed(heard, ConversationId(about), data.get("seen"))
            self._in.errands.begin("renewing a card in a chat of Teams", errand)
        return _message(GOT_IT, reads)

    async def _submitted(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, reads: Words
    ) -> Reply:
        """A form that was filled in: durable before Teams gets its answer. Raises: Unavailable."""
        try:
            command = self._sheets.command_of(heard, press)
        except Refused as error:
            again = self._card(self._sheets.again(heard, press, error))
            return await self._soon(heard, again, reads)
        if self._sheets.is_reply(command):
            return await self._soon(heard, self._sent(heard, data, press, command), reads)
        once = await self._in.press_key(heard, data)
        spot = self._in.spot(heard, pressed=True)
        await self._in.enqueue(heard, command, once=once, spot=spot, quiet=True)
        return await self._soon(heard, self._taken(heard, press), reads)

    async def _taken(self, heard: Heard, press: Pressed) -> Reply:
        """The form is durable: whatever fails now, it is done. Raises: Refused (who it was)."""
        try:
            await self._sheets.forgotten(heard, press)
        except Refused:
            raise
        except ParleyError:
            log.info("what was typed into a form is offered once more")
        return await self._closed(heard, press, GOT_IT)

    async def _sent(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, command: Action
    ) -> Reply:
        """A reply: approved in the request, or the form with what stands against it."""
        outcome = await self._sheets.sent(heard, data, press, command)
        if isinstance(outcome, Post):
            return _card(outcome)
        if isinstance(command, SendOffered):
            return self._done_with(heard, outcome)
        return await self._closed(heard, press, outcome)

    async def _dropped(self, heard: Heard, command: DropOffered) -> Reply:
        return self._done_with(heard, await self._sheets.dropped(heard, command))

    # ── cards in the answer ──────────────────────────────────────────────────

    async def _shown(self, heard: Heard, command: OpenConversation) -> Reply:
        """The conversation's card as it is now. Raises: ParleyError."""
        return _card(await self._root(heard, command.conversation_id))

    async def _closed(self, heard: Heard, press: Pressed, told: Text) -> Reply:
        """In place of the form, the card; a sentence, where it was about no conversation."""
        about = getattr(press.command, "conversation_id", None)
        try:
            if about:
                return _card(await self._root(heard, about))
        except ParleyError:
            log.info("the card could not take the place of its form")
        return _message(told, self._in.reads(heard))

    async def _root(self, heard: Heard, about: ConversationId) -> Post:
        return self._rendered(heard, await self._now(heard, about))

    async def _now(self, heard: Heard, about: ConversationId) -> ConversationCard:
        """The card as it is now, for whoever pressed. Raises: ParleyError."""
        known = await self._sheets.known(heard)
        command = OpenConversation(conversation_id=about)
        answer = await self._in.desk.handle(command, known.actor, known.language)
        if not isinstance(answer.card, ConversationCard):
            raise Refused(say("This can't be shown now. Use the newest card."))
        return answer.card

    def _rendered(self, heard: Heard, card: ConversationCard) -> Post:
        return stamped(root_post(card, self._in.reads(heard)), card.version)

    async def _renewed(self, heard: Heard, about: ConversationId, seen: object) -> None:
        """A card in somebody's own chat, which no room brings up to date. Raises: ParleyError."""
        for wait_s in LOOKS_S:
            await asyncio.sleep(wait_s)
            card = await self._now(heard, about)
            if card.version != seen:
                break
        post, here = self._rendered(heard, card), here_of(heard)
        await self._in.client.update(heard.conversation.id, heard.reply_to_id, post, here)

    async def _card(self, made: Coroutine[Any, Any, Post]) -> Reply:
        return _card(await made)

    def _done_with(self, heard: Heard, told: Text) -> Reply:
        """A card of one person's chat that has served: a sentence takes its place, for good."""
        reads = self._in.reads(heard)
        [post] = sentence_posts(reads(told), reads)[:1]

        async def errand() -> None:
            chat, message = heard.conversation.id, heard.reply_to_id
            await self._in.client.update(chat, message, post, here_of(heard))

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
        """What failed after all is told where they are told things. Raises: ParleyError."""
        try:
            await work
        except ParleyError as error:
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
