"""Forms: cards with inputs, opened, checked and filled in. What was typed is never lost.

It stays in the form whatever comes back, and in the store for its author until it is sent.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from assistant.commands import Action, CheckText, FormKind, OpenForm, SendOffered, WriteReply
from assistant.errors import ParleyError, Refused, Stale
from assistant.model import ConversationId, Known
from assistant.surface.cards import Checked, Form
from assistant.surface.filling import filled_command
from assistant.words import Text, say, words
from connectors.rooms.teams.forms import form_post
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside, key
from connectors.rooms.teams.post import Post
from connectors.rooms.teams.press import Pressed
from connectors.rooms.teams.speech import zone_of

WORDS_LAST = timedelta(days=7)
ONE_AT_A_TIME = timedelta(minutes=2)
"""The same form with the same words can't be sent again sooner: Teams repeats what took long."""
ATTEMPTS_LAST = timedelta(days=1)
TYPED = ("text", "reason", "instruction")
"""The fields in which people write sentences."""

Values = Mapping[str, str]


class Sheets:
    """The forms of whoever has one open."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    # ── while it is open ─────────────────────────────────────────────────────

    async def opened(self, heard: Heard, press: Pressed) -> Post:
        """The form, with what its author typed last time and never sent. Raises: ParleyError."""
        known = await self._known(heard)
        form = await self._form(press, known)
        name = typed_field(form)
        own = await self._in.store.kept(_words_key(heard, press)) if name else None
        if not own:
            return form_post(form, words(known.language))
        told = words(known.language)(say("What you typed before is back."))
        heading = " ".join(filter(None, (told, form.heading)))
        form = form.model_copy(update={"heading": heading})
        if form.may_check:
            form = _with(form, await self._check(press.command, known, own))
        return form_post(form, words(known.language), typed={name: own})

    async def checked(self, heard: Heard, press: Pressed) -> Post:
        """The form with the findings about what is typed. Raises: ParleyError."""
        await self.keep_words(heard, press)
        known = await self._known(heard)
        found = await self._check(press.command, known, press.values.get("text", ""))
        # Its command is the one that was pressed: it says which message its author had read.
        form = _with(await self._form(press, known), found)
        form = form.model_copy(update={"command": press.command})
        return form_post(form, words(known.language), typed=press.values)

    async def again(self, heard: Heard, press: Pressed, refusal: Refused) -> Post:
        """The form with why it can't be done, and what was typed. Raises: ParleyError."""
        known = await self._known(heard)
        form = await self._form(press, known)
        if not isinstance(refusal, Stale):
            form = form.model_copy(update={"command": press.command})
        reads = words(known.language)
        return form_post(form, reads, typed=press.values, refusal=reads(refusal.text))

    # ── sent ─────────────────────────────────────────────────────────────────

    def command_of(self, heard: Heard, press: Pressed) -> Action:
        """What the press asks to be done, filled in where it is a form.

        Raises: Refused, Unfilled.
        """
        if press.step == "open" and press.form:
            return opening(press.command, press.form)
        if press.step == "check":
            text = press.values.get("text", "")
            return CheckText(conversation_id=_about(press.command), text=text)
        if press.step == "do" or not press.form:
            return press.command
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
        known = await self._known(heard)
        attempt = await self._claimed(heard, data)
        if attempt is None:
            raise Refused(
                say("This was sent a moment ago. Look at the card before you send it again.")
            )
        try:
            answer = await self._in.desk.handle(command, known.actor, known.language)
        except Refused as error:
            await self._may_try_again(heard, data, attempt)
            return await self._refused(heard, press, error)
        except ParleyError:
            await self._may_try_again(heard, data, attempt)
            raise
        if isinstance(answer.card, Checked):
            await self._may_try_again(heard, data, attempt)
            return await self._blocked(press, answer.card, known)
        if answer.offer is not None:
            # The words are still on offer: something came between.
            await self._may_try_again(heard, data, attempt)
            raise Refused(answer.text or say("Nothing was sent."))
        await self.forget_words(heard, press)
        return say("{what}", what=answer.text or "")

    async def _refused(self, heard: Heard, press: Pressed, error: Refused) -> Post:
        if press.form is None:
            raise error
        return await self.again(heard, press, error)

    async def _blocked(self, press: Pressed, found: Checked, known: Known) -> Post:
        """The findings beside the words; words on offer get the form to put them right."""
        if press.form is None:
            press = press._replace(step="open", form="offer")
        form = _with(await self._form(press, known), found)
        return form_post(form, words(known.language), typed=press.values or None)

    # ── what is typed ────────────────────────────────────────────────────────

    async def keep_words(self, heard: Heard, press: Pressed) -> None:
        """For their author. Raises: Unavailable."""
        typed = next((press.values[name] for name in TYPED if press.values.get(name)), "")
        if typed.strip():
            await self._in.store.keep(_words_key(heard, press), typed, WORDS_LAST)

    async def forget_words(self, heard: Heard, press: Pressed) -> None:
        """They were sent. Raises: Unavailable."""
        if press.form:
            await self._in.store.keep(_words_key(heard, press), "", WORDS_LAST)

    # ── the desk ─────────────────────────────────────────────────────────────

    async def _known(self, heard: Heard) -> Known:
        """Raises: Forbidden, Unavailable, Rejected."""
        return await self._in.room_of(heard).who(heard.sender.person)

    async def _form(self, press: Pressed, known: Known) -> Form:
        """Raises: Refused, Unavailable."""
        assert press.form is not None
        opens = opening(press.command, press.form)
        answer = await self._in.desk.handle(opens, known.actor, known.language)
        if answer.opened is None:
            raise Refused(say("This form can't be opened now. Use the newest card."))
        return answer.opened

    async def _check(self, command: Action, known: Known, text: str) -> Checked:
        """Raises: Refused, Unavailable."""
        check = CheckText(conversation_id=_about(command), text=text)
        answer = await self._in.desk.handle(check, known.actor, known.language)
        if isinstance(answer.card, Checked):
            return answer.card
        raise Refused(say("The text can't be checked now."))

    # ── once ─────────────────────────────────────────────────────────────────

    async def _claimed(self, heard: Heard, data: Mapping[str, Any]) -> str | None:
        """Which attempt this is; None where the very same one is under way. Raises: Unavailable."""
        name = _attempts(heard, data)
        attempt = await self._in.store.kept(name) or "0"
        fresh = await self._in.store.first_time(f"{name}:{attempt}", ONE_AT_A_TIME)
        return attempt if fresh else None

    async def _may_try_again(self, heard: Heard, data: Mapping[str, Any], attempt: str) -> None:
        """It was refused: the same words may come back. Raises: Unavailable."""
        name = _attempts(heard, data)
        await self._in.store.keep(name, str(int(attempt) + 1), ATTEMPTS_LAST)


def typed_field(form: Form) -> str:
    """The field of a form in which people write sentences."""
    names = [field.name for field in form.fields]
    return next((name for name in TYPED if name in names), "")


def opening(command: Action, form: FormKind) -> OpenForm:
    """What asks for that form, from a button that opens it or from the form itself."""
    if isinstance(command, OpenForm):
        return command
    return OpenForm(
        conversation_id=_about(command),
        form=form,
        version=getattr(command, "version", None) or getattr(command, "based_on", None),
        id=str(getattr(command, "id", "") or getattr(command, "ref", "")),
    )


def _with(form: Form, found: Checked) -> Form:
    told = {"flags": found.flags, "checked": found.checked, "blocked": found.blocked}
    return form.model_copy(update=told)


def _about(command: Action) -> ConversationId:
    return ConversationId(getattr(command, "conversation_id", ""))


def _words_key(heard: Heard, press: Pressed) -> str:
    """Where what its author typed is kept for them."""
    return f"words:{heard.sender.person}:{_about(press.command)}:{press.form}"


def _attempts(heard: Heard, data: Mapping[str, Any]) -> str:
    """Of this very form with these very words."""
    told = json.dumps(data, sort_keys=True, ensure_ascii=False)
    return key("tries", heard.conversation.id, heard.reply_to_id, heard.sender.person, told)
