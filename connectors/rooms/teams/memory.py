"""What Teams told us once and we need later: where it is called, who is who, which chat is whose.

It stands in the store, so that every process knows it, after any restart. Each of these is small,
written when it changes, and believed from memory for some minutes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from pydantic import ValidationError

from assistant.model import Frozen, PersonId
from assistant.ports import Store
from connectors.http import clean_line
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.places import person_id

LASTS = timedelta(days=400)
RENEWED = timedelta(days=7)
"""What is the same is written again after so long, before it would be forgotten."""
BELIEVED = timedelta(minutes=2)
MOST = 10_000
LONGEST_NAME, LONGEST_LOCALE, LONGEST_ZONE = 80, 35, 64

T = TypeVar("T", bound=Frozen)


class Here(Frozen):
    """A channel of ours, or Teams as a whole, as the newest activity from there had it."""

    service_url: str = ""
    tenant: str = ""
    group: str = ""
    """The team's id in Entra, which links need."""
    bot: str = ""
    """Our account there."""


class Someone(Frozen):
    """A person whom we have heard of."""

    user: str = ""
    """Their id in Teams: `29:1x…`."""
    object_id: str = ""
    """Their id in Entra, the same in every chat."""
    name: str = ""
    chat: str = ""
    """Their chat with us, where they have one."""
    service_url: str = ""
    tenant: str = ""
    locale: str = ""
    zone: str = ""

    @property
    def person(self) -> PersonId:
        return person_id(self.object_id or self.user)


class Memory:
    """Kept by the names of places and people."""

    def __init__(self, store: Store, now: Callable[[], datetime], tenant: str = "") -> None:
        """*tenant*: ours, where the settings name it."""
        self._store, self._now, self._tenant = store, now, tenant.casefold()
        self._read: OrderedDict[str, tuple[datetime, str]] = OrderedDict()
        self._written: OrderedDict[str, tuple[datetime, str]] = OrderedDict()

    # ── places ───────────────────────────────────────────────────────────────

    async def here(self, channel: str) -> Here:
        """What is known of *channel*, else of Teams. Raises: Unavailable."""
        return await self._get(f"at:{channel}", Here) or await self.anywhere()

    async def anywhere(self) -> Here:
        """Raises: Unavailable."""
        return await self._get("at", Here) or Here()

    # ── people ───────────────────────────────────────────────────────────────

    async def someone(self, user: str) -> Someone:
        """By either of their ids. Raises: Unavailable."""
        alias = await self._get(f"alias:{user}", Someone)
        known = alias.object_id if alias and alias.object_id else user
        return await self._get(f"person:{known}", Someone) or alias or Someone()

    async def keep_someone(self, someone: Someone) -> None:
        """Raises: Unavailable."""
        key = someone.object_id or someone.user
        if not key:
            return
        await self._put(f"person:{key}", someone)
        if someone.object_id and someone.user:
            alias = Someone(user=someone.user, object_id=someone.object_id)
            await self._put(f"alias:{someone.user}", alias)

    # ── what an activity tells ───────────────────────────────────────────────

    async def learn(self, heard: Heard, *, ours: bool) -> None:
        """From an activity of a verified sender; *ours*: its channel is a room.

        Raises: Unavailable.
        """
        if ours and heard.service_url:
            await self._learn_place(heard)
        if heard.sender.id and heard.sender.id != heard.recipient.id:
            await self._learn_sender(heard)

    async def _learn_place(self, heard: Heard) -> None:
        """Where Teams is, for everything that we say by ourselves: a room alone tells it."""
        former = await self._get(f"at:{heard.channel}", Here) or Here()
        # A room stays in its tenant, whoever of another one is let into its channel.
        home = (self._tenant or former.tenant or heard.tenant).casefold()
        if heard.tenant.casefold() != home:
            return
        place = here_of(heard)
        await self._put("at", place)
        # Only some activities name the group.
        group = heard.channel_data.team.aad_group_id or former.group
        await self._put(f"at:{heard.channel}", place.model_copy(update={"group": group}))

    async def _learn_sender(self, heard: Heard) -> None:
        former = await self.someone(heard.sender.aad_object_id or heard.sender.id)
        told = {
            "user": heard.sender.id,
            "object_id": heard.sender.aad_object_id or former.object_id,
            "name": clean_line(heard.sender.name, LONGEST_NAME) or former.name,
            "service_url": heard.service_url,
            "tenant": heard.tenant,
            "chat": heard.conversation.id if heard.is_personal else former.chat,
            "locale": clean_line(heard.locale, LONGEST_LOCALE) or former.locale,
            "zone": clean_line(heard.zone, LONGEST_ZONE) or former.zone,
        }
        await self.keep_someone(Someone(**told))

    # ── kept ─────────────────────────────────────────────────────────────────

    async def _get(self, name: str, kind: type[T]) -> T | None:
        at, body = self._read.get(name, (None, ""))
        if at is None or self._now() - at > BELIEVED:
            body = await self._store.kept(_key(name)) or ""
            _note(self._read, name, (self._now(), body))
        try:
            return kind.model_validate_json(body) if body else None
        except ValidationError:
            return None  # A former version's; the next activity brings it anew.

    async def _put(self, name: str, what: Frozen) -> None:
        body = what.model_dump_json(exclude_defaults=True)
        at, written = self._written.get(name, (None, ""))
        if at is not None and written == body and self._now() - at < RENEWED:
            return
        await self._store.keep(_key(name), body, LASTS)
        for notes in (self._read, self._written):
            _note(notes, name, (self._now(), body))


def here_of(heard: Heard) -> Here:
    """Where an activity came from."""
    return Here(service_url=heard.service_url, tenant=heard.tenant, bot=heard.recipient.id)


def _note(
    notes: OrderedDict[str, tuple[datetime, str]], name: str, note: tuple[datetime, str]
) -> None:
    notes[name] = note
    notes.move_to_end(name)
    while len(notes) > MOST:
        notes.popitem(last=False)


def _key(name: str) -> str:
    return f"teams:{name}"
