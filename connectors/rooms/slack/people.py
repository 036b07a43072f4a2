"""Who somebody in Slack is, and what they may do here, as of now.

What Slack says is believed for five minutes. Guests, bots, people of other workspaces and those who
were deactivated may do nothing; leads are only those whom the settings name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.errors import Forbidden, ParleyError, Rejected, Unavailable
from assistant.model import Actor, Known, PersonId, Role
from assistant.ports import Store
from assistant.settings import Member, Settings
from assistant.words import LANGUAGES, Text, say
from connectors.http import clean_line
from connectors.rooms.slack.places import user_of
from connectors.rooms.slack.workspaces import Workspace

log = logging.getLogger(__name__)

T = TypeVar("T")
BELIEVED = timedelta(minutes=5)
DOUBTED = timedelta(seconds=20)
"""How long a refusal holds: somebody who was just let in should not wait."""
MOST = 5_000
_UNKNOWN = frozenset({"user_not_found", "user_not_visible", "users_not_found"})


class Believed(Generic[T]):
    """What was learnt, for a while; learnt once, however many ask at the same time."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._kept: dict[str, tuple[datetime, T | ParleyError]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def at_hand(self, key: str) -> T | None:
        """What is believed now, without asking."""
        until, kept = self._kept.get(key, (self._now(), None))
        return kept if until > self._now() and not isinstance(kept, ParleyError) else None

    def forget(self, key: str) -> None:
        self._kept.pop(key, None)

    async def learn(self, key: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Raises what *ask* raises: what is for good is believed too, for a moment."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            until, kept = self._kept.get(key, (self._now(), None))
            if kept is None or until <= self._now():
                kept = await self._asked(key, ask)
        if isinstance(kept, ParleyError):
            raise kept.with_traceback(None)
        return kept

    async def _asked(self, key: str, ask: Callable[[], Awaitable[T]]) -> T | ParleyError:
        if len(self._kept) >= MOST:
            self._kept.clear()
        try:
            answer = await ask()
        except (Forbidden, Rejected) as error:
            self._kept[key] = (self._now() + DOUBTED, error)
            return error
        self._kept[key] = (self._now() + BELIEVED, answer)
        return answer


class _Profile(NamedTuple):
    """What Slack says of a person."""

    name: str
    locale: str
    zone: str
    is_guest: bool
    refusal: Text | None
    """Why this account may do nothing here, whatever the settings say."""


class People:
    """The people of every workspace."""

    def __init__(self, settings: Settings, store: Store, now: Callable[[], datetime]) -> None:
        self._settings, self._store = settings, store
        self._known: Believed[Known] = Believed(now)
        self._groups: Believed[frozenset[str]] = Believed(now)
        self._rooms: Believed[frozenset[str]] = Believed(now)
        self._zones: dict[PersonId, tzinfo] = {}

    def at_hand(self, person: PersonId) -> Known | None:
        """Who that is, if it is known without asking Slack."""
        return self._known.at_hand(person)

    def zone_of(self, person: PersonId) -> tzinfo:
        """Where their days begin, as Slack said last; else where the first storefront's do."""
        return self._zones.get(person) or ZoneInfo(self._settings.storefronts[0].hours.zone)

    async def who(
        self, workspace: Workspace, person: PersonId, rooms: Sequence[str], language: str
    ) -> Known:
        """Raises: Forbidden, Unavailable, Rejected. *rooms* are ours in that workspace."""

        async def ask() -> Known:
            known = await self._asked(workspace, person, rooms, language)
            await self._store.remember(known.actor)
            return known

        return await self._known.learn(person, ask)

    async def _asked(
        self, workspace: Workspace, person: PersonId, rooms: Sequence[str], language: str
    ) -> Known:
        team, user = user_of(person) or ("", "")
        if team != workspace.team:
            raise Forbidden(say("This room is another Slack workspace's. Ask its people."))
        member = self._settings.member(person)
        try:
            profile = await self._profile(workspace, user)
        except Unavailable:
            if member is None or member.language is None:
                raise
            return _as_member(member, member.language)
        self._note_zone(person, profile.zone)
        if profile.refusal is not None:
            raise Forbidden(profile.refusal, _language(profile.locale, language))
        reads = _language(profile.locale, language)
        if member is not None:
            return _as_member(member, member.language or reads)
        if profile.is_guest:
            refusal = say("Guests can't work here. Ask a full member of the workspace.")
            raise Forbidden(refusal, reads)
        role = await self._role(workspace, user, rooms)
        return Known(actor=Actor(id=person, name=profile.name, role=role), language=reads)

    async def _profile(self, workspace: Workspace, user: str) -> _Profile:
        try:
            told = await workspace.api.ask("users.info", user=user, include_locale=True)
        except Rejected as error:
            if error.code in _UNKNOWN:
                raise Forbidden(say("Slack does not know this person here.")) from error
            raise
        found: Mapping[str, Any] = told.get("user") or {}
        about: Mapping[str, Any] = found.get("profile") or {}
        names = (about.get("display_name"), about.get("real_name"), found.get("real_name"))
        name = next((one for one in (*names, found.get("name")) if one), user)
        return _Profile(
            name=clean_line(str(name), 80),
            locale=str(found.get("locale") or ""),
            zone=str(found.get("tz") or ""),
            is_guest=bool(found.get("is_restricted") or found.get("is_ultra_restricted")),
            refusal=_refusal(found, workspace),
        )

    def _note_zone(self, person: PersonId, zone: str) -> None:
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            self._zones[person] = ZoneInfo(zone)

    async def _role(self, workspace: Workspace, user: str, rooms: Sequence[str]) -> Role:
        """Raises: Forbidden, Unavailable, Rejected."""
        listed = self._settings.slack
        if await self._is_in(workspace, user, listed.leads):
            return "lead"
        if listed.agents:
            if await self._is_in(workspace, user, listed.agents):
                return "agent"
            raise Forbidden(
                say("You are not among the agents. Ask a lead, or whoever runs Parley.")
            )
        if await self._is_member(workspace, user, rooms):
            return "agent"
        raise Forbidden(say("Join the team's channel first: only its members are agents."))

    async def _is_in(self, workspace: Workspace, user: str, listed: Iterable[str]) -> bool:
        groups = []
        for entry in listed:
            team, _, id = entry.rpartition(":")
            if team not in ("", workspace.team):
                continue
            if id == user:
                return True
            if id.startswith("S"):
                groups.append(id)
        for group in groups:
            if user in await self._of_group(workspace, group):
                return True
        return False

    async def _of_group(self, workspace: Workspace, group: str) -> frozenset[str]:
        async def ask() -> frozenset[str]:
            try:
                told = await workspace.api.ask("usergroups.users.list", usergroup=group)
            except Rejected as error:
                if error.code in ("no_such_subteam", "subteam_not_found"):
                    log.warning("there is no user group %s in %s", group, workspace.team)
                    return frozenset()
                raise
            return frozenset(told.get("users") or ())

        return await self._groups.learn(f"{workspace.team}:{group}", ask)

    async def _is_member(self, workspace: Workspace, user: str, rooms: Sequence[str]) -> bool:
        """Of any of our rooms; looked up anew for somebody who may have just joined."""
        for channel in rooms:
            key = f"{workspace.team}:{channel}"
            if user in (self._rooms.at_hand(key) or ()):
                return True
            self._rooms.forget(key)
            if user in await self._rooms.learn(key, partial(_members, workspace, channel)):
                return True
        return False


async def _members(workspace: Workspace, channel: str) -> frozenset[str]:
    pages = workspace.api.pages("conversations.members", "members", channel=channel, limit=1_000)
    return frozenset([str(one) async for one in pages])


def _as_member(member: Member, language: str) -> Known:
    return Known(actor=Actor(id=member.id, name=member.name, role=member.role), language=language)


def _refusal(found: Mapping[str, Any], workspace: Workspace) -> Text | None:
    if found.get("deleted"):
        return say("This account was deactivated in Slack.")
    if found.get("is_bot") or found.get("id") == "USLACKBOT":
        return say("Bots can't work here.")
    home = found.get("team_id")
    enterprise = (found.get("enterprise_user") or {}).get("enterprise_id")
    is_ours = home in (None, workspace.team) or (enterprise and enterprise == workspace.enterprise)
    if found.get("is_stranger") or not is_ours:
        return say("Only people of this workspace can work here.")
    return None


def _language(locale: str, otherwise: str) -> str:
    """Ours that is nearest to Slack's `zh-CN`, `en-GB`, `de-DE`."""
    if not locale:
        return otherwise
    return "zh-Hans" if locale.casefold().startswith("zh") and "zh-Hans" in LANGUAGES else "en"
