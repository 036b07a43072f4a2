"""Forms: opened within three seconds whatever is slow, checked, and nothing typed is ever lost.

A modal carries the name of its form; the form itself is in the store, beside whose it is.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from assistant.commands import Action, CheckText, FormKind, OpenForm
from assistant.errors import ParleyError, Refused, Rejected, Unavailable
from assistant.model import ConversationId, Frozen, Known, PersonId, Spot
from assistant.surface.cards import Checked, Form
from assistant.surface.forms import checked_form, opens
from assistant.surface.keeping import KEPT_FOR, KeptWords, words_key
from assistant.words import Words, say, words
from connectors.rooms.slack.inside import Body, Inside, Who, text
from connectors.rooms.slack.places import user_of
from connectors.rooms.slack.press import kind_of
from connectors.rooms.slack.room import SlackRoom
from connectors.rooms.slack.views import (
    bettered,
    form_view,
    loading_view,
    resolve,
    told_view,
    values_of,
)

LASTS = timedelta(days=1)
"""How long an open form can be sent."""
OPEN_S = 2.5
"""A trigger is good for three seconds."""

View = dict[str, Any]


class Kept(Frozen):
    """A form that somebody has open."""

    form: Form
    person: PersonId
    spot: Spot
    edition: int = 0
    """Slack shows another content of a field only where the field has another name."""
    turned: int = 0
    """How often it came back unsent though the desk had kept something: the next is anew."""
    done: bool = False
    """It was sent: what Slack still tells of it comes late."""

    @property
    def conversation(self) -> ConversationId:
        return ConversationId(getattr(self.form.command, "conversation_id", ""))

    def checked(self, found: Checked, text: str, known: Known, *, edition: int = 0) -> Kept:
        """With *text* in it, and what the review says of that."""
        form = checked_form(self.form, text, found, words(known.language), known.actor)
        return self.model_copy(update={"form": form, "edition": self.edition + edition})


class Modals:
    """Opens forms and reads what is typed into them; `submits.Submits` takes them back."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    # ── opening ──────────────────────────────────────────────────────────────

    def open(self, body: Body, who: Who, spot: Spot, command: Action, form: FormKind) -> None:
        """After the answer to Slack: a waiting form at once, the form when it is there."""
        errand = self._open(text(body, "trigger_id"), who, spot, opens(command, form))
        self._in.errands.begin("opening a form in Slack", errand)

    async def _open(self, trigger: str, who: Who, spot: Spot, opening: OpenForm) -> None:
        reads = words(self._in.reads(who.person, who.room))
        waiting = _ours(loading_view(reads))
        try:
            workspace = await self._in.workspaces.of(who.team)
            told = await workspace.api.tell(
                "views.open", {"trigger_id": trigger, "view": waiting}, within_s=OPEN_S
            )
        except (Rejected, Unavailable) as error:
            return self._in.tell_later(who.person, spot, error.text, who.room)
        view = await self._first_view(who, spot, opening, reads)
        await self.show(who.team, text(told, "view", "id"), view)

    async def _first_view(self, who: Who, spot: Spot, opening: OpenForm, reads: Words) -> View:
        try:
            known = await who.room.who(who.person)
            answer = await self._in.desk.handle(opening, known.actor, known.language)
            if answer.opened is None:
                raise Refused(say("This form can't be opened now. Use the newest card."))
            kept = Kept(form=answer.opened, person=who.person, spot=spot)
            return await self.view(kept, words(known.language), None)
        except ParleyError as error:
            return told_view(reads(say("Not possible now")), reads(error.text), reads)

    # ── while it is open ─────────────────────────────────────────────────────

    async def within(self, body: Body, action: Mapping[str, Any]) -> None:
        """Something pressed or typed in a form. Raises: Unavailable."""
        kept = await self.kept(body)
        if kept is None or kept.done:
            return
        await self.keep_words(kept, body)
        if kind_of(action) in ("check", "better"):
            errand = self._check(body, dict(action), kept)
            self._in.errands.begin("checking a text in Slack", errand)

    async def _check(self, body: Body, action: Mapping[str, Any], kept: Kept) -> None:
        """The findings beside what is typed. Raises: ParleyError."""
        room = self.room_of(kept)
        known = await room.who(kept.person)
        typed, edition = self.values(body, kept), 0
        if kind_of(action) == "better":
            typed, edition = {**typed, "text": bettered(action, typed.get("text", ""))}, 1
            await self._keep(kept, typed["text"])
        found = await self._checked(kept, known, typed.get("text", ""))
        kept = kept.checked(found, typed.get("text", ""), known, edition=edition)
        view = await self.view(kept, words(known.language), typed)
        await self.show(text(body, "team", "id"), text(body, "view", "id"), view)

    async def _checked(self, kept: Kept, known: Known, typed: str) -> Checked:
        """Raises: Refused, Unavailable."""
        check = CheckText(conversation_id=kept.conversation, text=typed)
        answer = await self._in.desk.handle(check, known.actor, known.language)
        if isinstance(answer.card, Checked):
            return answer.card
        raise Refused(say("The text can't be checked now."))

    # ── what an open form is ─────────────────────────────────────────────────

    async def view(self, kept: Kept, reads: Words, typed: Mapping[str, str] | None) -> View:
        """The form as a modal, kept under a name of its own. Raises: Unavailable."""
        name = secrets.token_urlsafe(18)
        await self._in.store.keep(_form_key(name), kept.model_dump_json(), LASTS)
        view = form_view(kept.form, reads, metadata=name, typed=typed, edition=kept.edition)
        return _ours(view)

    async def kept(self, body: Body) -> Kept | None:
        """The form of a modal, where it is that person's. Raises: Unavailable."""
        body_of = await self._in.store.kept(_form_key(text(body, "view", "private_metadata")))
        kept = Kept.model_validate_json(body_of) if body_of else None
        if kept is None:
            return None
        room = self.room_of(kept)
        who = self._in.who(text(body, "team", "id"), room.address.channel, text(body, "user", "id"))
        return kept if kept.person == who.person else None

    def values(self, body: Body, kept: Kept) -> dict[str, str]:
        team = (user_of(kept.person) or ("", ""))[0]
        return resolve(values_of(body["view"], team), kept.form)

    def room_of(self, kept: Kept) -> SlackRoom:
        return next(
            (one for one in self._in.rooms if one.name == kept.spot.room), self._in.rooms[0]
        )

    async def keep_words(self, kept: Kept, body: Body) -> None:
        """What is typed as words for the buyer, for its author. Raises: Unavailable."""
        typed = self.values(body, kept).get("text", "")
        if typed.strip() and typed != _given(kept.form):
            await self._keep(kept, typed)

    async def is_done(self, kept: Kept, body: Body) -> None:
        """What was typed is sent, and not kept any more. Raises: Unavailable."""
        name, done = text(body, "view", "private_metadata"), kept.model_copy(update={"done": True})
        await self._in.store.keep(_form_key(name), done.model_dump_json(), LASTS)
        await self._in.store.keep(self._words_key(kept), "", KEPT_FOR)

    async def _keep(self, kept: Kept, typed: str) -> None:
        body = KeptWords(text=typed, at=self._in.now()).model_dump_json()
        await self._in.store.keep(self._words_key(kept), body, KEPT_FOR)

    def _words_key(self, kept: Kept) -> str:
        """By the person's id on every platform: whoever goes on in the console has them there."""
        member = self._in.settings.member(kept.person)
        person = member.id if member else kept.person
        return words_key(person, kept.conversation, kept.form.kind, kept.form.command)

    async def show(self, team: str, view_id: str, view: View) -> None:
        """Another content of an open modal; a closed one is no harm. Raises: Unavailable."""
        workspace = await self._in.workspaces.of(team)
        try:
            await workspace.api.tell("views.update", {"view_id": view_id, "view": _ours(view)})
        except Rejected as error:
            if error.code != "not_found":
                raise


def _ours(view: View) -> View:
    """Bolt looks for a name; a form that is closed by mistake is told of."""
    return {**view, "callback_id": "parley", "notify_on_close": "submit" in view}


def _given(form: Form) -> str:
    """The text that the form came with: nobody typed it."""
    return next((field.value for field in form.fields if field.name == "text"), "")


def _form_key(name: str) -> str:
    return f"slack:form:{name}"
