"""Forms: cards with inputs, opened, checked and filled in. What was typed is never lost.

It stays in the form whatever comes back, and in the store for its author until it is sent.
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from assistant.commands import Action, CheckText, DropOffered, SendOffered, WriteReply
from assistant.errors import ParleyError, Refused, Stale, Unavailable
from assistant.model import ConversationId, Known
from assistant.surface.cards import Checked, Form
from assistant.surface.forms import checked_form, filled_command, opens
from assistant.surface.keeping import KEPT_FOR, KeptWords, words_key
from assistant.words import Text, say, words
from connectors.rooms.teams.forms import form_post
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside, key
from connectors.rooms.teams.post import Post
from connectors.rooms.teams.press import Pressed
from connectors.rooms.teams.speech import zone_of
from connectors.rooms.teams.stamps import stamp_of, stamped

log = logging.getLogger(__name__)

ONE_AT_A_TIME = timedelta(minutes=2)
"""The same form with the same words can't be sent again sooner: Teams repeats what took long."""
TRIES_LAST = timedelta(days=1)
SENT = say("This was sent a moment ago. Look at the card before you send it again.")
TYPED = ("text", "reason", "instruction")
"""The fields in which people write sentences."""


class Sheets:
    """The forms of whoever has one open."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    # ── while it is open ─────────────────────────────────────────────────────

    async def opened(self, heard: Heard, press: Pressed) -> Post:
        """The form, with what its author typed last time and never sent. Raises: ParleyError."""
        known = await self.known(heard)
        form = form_post(await self._form(press, known), words(known.language))
        return stamped(form, _edition(heard))

    async def checked(self, heard: Heard, press: Pressed) -> Post:
        """The form with the findings about what is typed. Raises: ParleyError."""
        known = await self.known(heard)
        await self._keep_words(known, press)
        text = press.values.get("text", "")
        check = CheckText(conversation_id=_about(press.command), text=text)
        answer = await self._in.desk.handle(check, known.actor, known.language)
        if not isinstance(answer.card, Checked):
            raise Refused(say("The text can't be checked now."))
        return await self._with_findings(heard, press, answer.card, known)

    async def _with_findings(
        self, heard: Heard, press: Pressed, found: Checked, known: Known
    ) -> Post:
        reads, text = words(known.language), press.values.get("text", "")
        form = checked_form(await self._form(press, known), text, found, reads, known.actor)
        if found.translation is not None:
            # The field holds what would be sent now, not what was typed.
            press = press._replace(values={**press.values, "text": found.translation.wording})
        # Its command is the one that was pressed: it says which message its author had read.
        form = form.model_copy(update={"command": press.command})
        return stamped(form_post(form, reads, typed=press.values), _edition(heard))

    async def again(self, heard: Heard, press: Pressed, refusal: Refused) -> Post:
        """The form with why it can't be done, and what was typed. Raises: ParleyError."""
        known = await self.known(heard)
        await self._keep_words(known, press)
        form = await self._form(press, known)
        if not isinstance(refusal, Stale):
            form = form.model_copy(update={"command": press.command})
        reads = words(known.language)
        post = form_post(form, reads, typed=press.values, refusal=reads(refusal.text))
        return stamped(post, _edition(heard))

    # ── sent ─────────────────────────────────────────────────────────────────

    def command_of(self, heard: Heard, press: Pressed) -> Action:
        """What the press asks to be done, filled in where it is a form.

        Raises: Refused, Unfilled.
        """
        if press.step == "do" or press.form is None:
            return press.command
        if press.step == "open":
            return opens(press.command, press.form)
        if press.step == "check":
            text = press.values.get("text", "")
            return CheckText(conversation_id=_about(press.command), text=text)
        zone = zone_of(heard, self._in.settings.storefronts[0].hours.zone)
        return filled_command(press.command, press.form, press.values, self._in.now(), zone)

    def is_reply(self, command: Action) -> bool:
        """Whoever sends it wants to hear at once what stands against it."""
        return isinstance(command, WriteReply | SendOffered)

    async def sent(
        self, heard: Heard, data: Mapping[str, Any], press: Pressed, command: Action
    ) -> Post | Text:
        """A reply: what became of it, or the form with what stands against it, all words in it.

        Raises: ParleyError.
        """
        known = await self.known(heard)
        await self._keep_words(known, press)
        attempt = await self._claimed(heard, data)
        try:
            answer = await self._in.desk.handle(
                command, known.actor, known.language, press=_press_of(heard, data, command)
            )
            if answer.offer is not None and not isinstance(answer.card, Checked):
                # The words are still on offer: the buyer wrote meanwhile.
                raise Stale(answer.text or "")
        except ParleyError as error:
            await self._may_try_again(heard, data, attempt)
            if isinstance(error, Refused) and press.form is not None:
                return await self.again(heard, press, error)
            raise
        if isinstance(answer.card, Checked):
            await self._may_try_again(heard, data, attempt)
            return await self._blocked(heard, press, answer.card, known)
        await self._sent_words(known, press)
        return say("{what}", what=answer.text) if answer.text else SENT

    async def _sent_words(self, known: Known, press: Pressed) -> None:
        """Whatever fails now, the reply is approved."""
        try:
            await self._forget_words(known, press)
        except Unavailable:
            log.info("words that were sent are offered once more")

    async def _blocked(self, heard: Heard, press: Pressed, found: Checked, known: Known) -> Post:
        """The findings beside the words; words on offer get the form to put them right."""
        if press.form is not None:
            return await self._with_findings(heard, press, found, known)
        form = await self._form(press._replace(step="open", form="offer"), known)
        return stamped(form_post(form, words(known.language)), _edition(heard))

    async def dropped(self, heard: Heard, command: DropOffered) -> Text:
        """Words stay inside. Raises: ParleyError."""
        known = await self.known(heard)
        answer = await self._in.desk.handle(command, known.actor, known.language)
        return say("{what}", what=answer.text) if answer.text else say("It stays inside.")

    async def forgotten(self, heard: Heard, press: Pressed) -> None:
        """What was typed is on its way, and not offered again. Raises: ParleyError."""
        await self._forget_words(await self.known(heard), press)

    # ── the desk ─────────────────────────────────────────────────────────────

    async def known(self, heard: Heard) -> Known:
        """Raises: Forbidden, Unavailable, Rejected."""
        return await self._in.room_of(heard).who(heard.sender.person)

    async def _form(self, press: Pressed, known: Known) -> Form:
        """Raises: Refused, Unavailable."""
        assert press.form is not None
        opening = opens(press.command, press.form)
        answer = await self._in.desk.handle(opening, known.actor, known.language)
        if answer.opened is None:
            raise Refused(say("This form can't be opened now. Use the newest card."))
        return answer.opened

    # ── what is typed ────────────────────────────────────────────────────────

    async def _keep_words(self, known: Known, press: Pressed) -> None:
        """For their author. Raises: Unavailable."""
        typed = next((press.values[name] for name in TYPED if press.values.get(name)), "")
        if typed.strip() and press.form:
            kept = KeptWords(text=typed, at=self._in.now())
            await self._in.store.keep(_words_of(known, press), kept.model_dump_json(), KEPT_FOR)

    async def _forget_words(self, known: Known, press: Pressed) -> None:
        """They were sent. Raises: Unavailable."""
        if press.form:
            await self._in.store.keep(_words_of(known, press), "", KEPT_FOR)

    # ── once ─────────────────────────────────────────────────────────────────

    async def _claimed(self, heard: Heard, data: Mapping[str, Any]) -> str:
        """Which attempt this is. Raises: Refused, where the very same one is under way."""
        name = _tries(heard, data)
        attempt = await self._in.store.kept(name) or "0"
        if await self._in.store.first_time(f"{name}:{attempt}", ONE_AT_A_TIME):
            return attempt
        raise Refused(SENT)

    async def _may_try_again(self, heard: Heard, data: Mapping[str, Any], attempt: str) -> None:
        """It was refused: the same words may come back. Raises: Unavailable."""
        await self._in.store.keep(_tries(heard, data), str(int(attempt) + 1), TRIES_LAST)


def _about(command: Action) -> ConversationId:
    return ConversationId(getattr(command, "conversation_id", ""))


def _words_of(known: Known, press: Pressed) -> str:
    assert press.form is not None
    return words_key(known.actor.id, _about(press.command), press.form, press.command)


def _tries(heard: Heard, data: Mapping[str, Any]) -> str:
    """Of this very form with these very words."""
    told = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return key("tries", heard.conversation.id, heard.reply_to_id, heard.sender.person, told)


def _edition(heard: Heard) -> str:
    """Which opening of a form this is: it stays the same until it is sent or opened anew."""
    stamp = stamp_of(heard.value)
    return stamp if isinstance(stamp, str) and stamp else secrets.token_hex(8)


def _press_of(heard: Heard, data: Mapping[str, Any], command: Action) -> str | None:
    """The same for the same words in the same opening of a form, however often they come.

    Words on offer are settled by the very write that sends them, and may be sent again where they
    were not.
    """
    return _tries(heard, data) if isinstance(command, WriteReply) else None
