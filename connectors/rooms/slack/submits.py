"""A form that was filled in: a reply is checked and approved at once, everything else is queued."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from assistant.commands import Action, SendOffered, WriteReply
from assistant.errors import ParleyError, Refused, Unfilled
from assistant.model import Known
from assistant.surface.cards import Checked
from assistant.surface.filling import filled
from assistant.words import Text, say, words
from connectors.rooms.slack.inside import Body, Inside, Who, key, text
from connectors.rooms.slack.modals import Kept, Modals, View
from connectors.rooms.slack.places import on_a_card
from connectors.rooms.slack.views import errors_of, told_view

ANSWER_S = 2.4
"""From the start; before the platform's boundary says that nothing is known to be kept."""

Response = Mapping[str, Any]
CLOSE: Response = {}


class Submits:
    """Submitted modals, and closed ones."""

    def __init__(self, inside: Inside, modals: Modals) -> None:
        self._in, self._modals = inside, modals

    async def closed(self, body: Body) -> None:
        """Whatever Slack still says of what was typed is kept. Raises: Unavailable."""
        kept = await self._modals.kept(body)
        if kept is not None and not kept.done:
            await self._modals.keep_words(kept, body)

    async def submitted(self, body: Body) -> Response:
        """What Slack should do with the modal. Raises: Unavailable."""
        by = asyncio.get_running_loop().time() + ANSWER_S
        kept = await self._modals.kept(body)
        if kept is None:
            person = text(body, "user", "id")
            who = self._in.who(text(body, "team", "id"), "", person)
            told = say("This form is too old. Copy your text, close it, and open it anew.")
            return self._errors(body, "text", told, self._in.reads(who.person, who.room))
        if kept.done:
            return CLOSE
        reads = self._in.reads(kept.person, self._modals.room_of(kept))
        values = self._modals.values(body, kept)
        await self._modals.keep_words(kept, body)
        try:
            action = filled(kept.form, values, self._in.now(), self._in.zone_of(kept.person))
        except Unfilled as error:
            return self._errors(body, error.field, error.text, reads)
        except Refused as error:
            return self._errors(body, "text", error.text, reads)
        if isinstance(action, WriteReply | SendOffered):
            return await self._sent(body, kept, action, values, by)
        await self._queued(body, kept, action)
        return CLOSE

    async def _queued(self, body: Body, kept: Kept, action: Action) -> None:
        """Raises: Unavailable."""
        who = self._who(body, kept)
        once = key("view", text(body, "view", "id"), text(body, "view", "hash"))
        await self._in.enqueue(who, kept.spot, action, once=once, quiet=on_a_card(kept.spot))
        await self._modals.is_done(kept, body)

    def _who(self, body: Body, kept: Kept) -> Who:
        room = self._modals.room_of(kept)
        return self._in.who(
            text(body, "team", "id"), room.address.channel, text(body, "user", "id")
        )

    # ── replies ──────────────────────────────────────────────────────────────

    async def _sent(
        self, body: Body, kept: Kept, action: Action, values: Mapping[str, str], by: float
    ) -> Response:
        """Approved, or what stands against it; later in the same modal where that takes long."""
        reads = self._in.reads(kept.person, self._modals.room_of(kept))
        sending = self._in.errands.own(self._send(body, kept, action, values, reads))
        left = max(0.0, by - asyncio.get_running_loop().time())
        try:
            await asyncio.wait([sending], timeout=left)
        finally:
            # Also where nobody waits for the answer any more: the reply goes on, and is told.
            if not sending.done():
                late = self._late(body, kept, sending, reads)
                self._in.errands.begin("sending a form of Slack", late)
        if sending.done():
            return sending.result()
        told = say("This takes longer than usual. The result appears here.")
        return _told(kept, told, reads)

    async def _late(
        self, body: Body, kept: Kept, sending: asyncio.Task[Response], language: str
    ) -> None:
        """The result, into the modal that waits for it."""
        response = await sending
        said = "\n".join(dict(response.get("errors") or {}).values())
        view = response.get("view") or _told(kept, say("Done."), language, said)["view"]
        await self._modals.show(text(body, "team", "id"), text(body, "view", "id"), view)

    async def _send(
        self, body: Body, kept: Kept, action: Action, values: Mapping[str, str], language: str
    ) -> Response:
        try:
            known = await self._modals.room_of(kept).who(kept.person)
            return await self._approved(body, kept, action, values, known)
        except ParleyError as error:
            return self._errors(body, "text", error.text, language)

    async def _approved(
        self, body: Body, kept: Kept, action: Action, values: Mapping[str, str], known: Known
    ) -> Response:
        """Raises: Refused, Unavailable.

        A form is sent once, however often it is submitted: where it was approved and the answer got
        lost, the desk has nothing to say, and the form closes.
        """
        press = f"slack:view:{text(body, 'view', 'id')}:{kept.turned}"
        answer = await self._in.desk.handle(action, known.actor, known.language, press=press)
        if isinstance(answer.card, Checked) and (answer.card.blocked or answer.card.translation):
            return await self._shown(kept, answer.card, values, known)
        if answer.offer is not None:
            # Still on offer: the buyer wrote meanwhile, and what they wrote counts as read now.
            form = kept.form.model_copy(update={"heading": answer.text or ""})
            again = kept.model_copy(update={"form": form, "turned": kept.turned + 1})
            return _updated(await self._modals.view(again, words(known.language), values))
        await self._modals.is_done(kept, body)
        return CLOSE

    async def _shown(
        self, kept: Kept, found: Checked, values: Mapping[str, str], known: Known
    ) -> Response:
        """What stands against it; or how the buyer would read it, in the field to be sent."""
        checked = kept.checked(found, values.get("text", ""), known)
        if found.translation is not None:
            values = {**values, "text": found.translation.wording}
            turned = {"edition": kept.edition + 1, "turned": kept.turned + 1}
            checked = checked.model_copy(update=turned)
        return _updated(await self._modals.view(checked, words(known.language), values))

    def _errors(self, body: Body, field: str, told: Text, language: str) -> Response:
        return refused_form(body, words(language)(told), field)


def refused_form(body: Body, told: str, field: str = "text") -> Response:
    """The form stays as it is, with a sentence at one of its fields."""
    return {"response_action": "errors", "errors": errors_of(body["view"], field, told)}


def _told(kept: Kept, told: Text, language: str, said: str = "") -> Response:
    reads = words(language)
    return _updated(told_view(kept.form.title, said or reads(told), reads))


def _updated(view: View) -> Response:
    return {"response_action": "update", "view": view}
