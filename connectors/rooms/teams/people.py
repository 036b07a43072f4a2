"""Who somebody in Teams is, and what they may do here, as of now.

What Teams says is believed for five minutes. Guests, bots, people of other tenants and those who
left the team may do nothing; leads are only those whom the settings name.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from assistant.errors import Forbidden, Rejected
from assistant.model import Actor, Known, PersonId, Role
from assistant.settings import Member, Settings
from assistant.words import Text, say
from connectors.rooms.teams.client import Client, Profile
from connectors.rooms.teams.memory import Memory, Someone
from connectors.rooms.teams.places import person_id, user_of

BELIEVED = timedelta(minutes=5)
DOUBTED = timedelta(seconds=20)
"""How long a refusal holds: somebody who was just let in should not wait."""
MOST = 5_000


class People:
    """The people of the team's channels."""

    def __init__(
        self, settings: Settings, client: Client, memory: Memory, now: Callable[[], datetime]
    ) -> None:
        self._settings, self._client, self._memory, self._now = settings, client, memory, now
        self._known: OrderedDict[str, tuple[datetime, Known | Forbidden]] = OrderedDict()
        self._asking: dict[str, asyncio.Lock] = {}

    async def who(self, person: PersonId, channels: Sequence[str], language: str) -> Known:
        """Who that is: a member of one of *channels*. *language*: where Teams does not tell theirs.

        Raises: Forbidden, Unavailable, Rejected.
        """
        async with self._asking.setdefault(person, asyncio.Lock()):
            until, known = self._known.get(person, (self._now(), None))
            if known is None or until <= self._now():
                known = await self._learn(person, channels, language)
        if isinstance(known, Forbidden):
            raise Forbidden(known.text, await self._reads(person, language))
        member = self._settings.member(known.actor.id)
        own = member.language if member else None
        return known.model_copy(update={"language": own or await self._reads(person, language)})

    async def _reads(self, person: PersonId, otherwise: str) -> str:
        """Somebody's language, as their client said it last."""
        someone = await self._memory.someone(user_of(person) or "")
        return language_of(someone.locale, otherwise)

    def at_hand(self, person: PersonId) -> Known | None:
        """Who that is, as far as it is known without asking."""
        until, known = self._known.get(person, (self._now(), None))
        return known if isinstance(known, Known) and until > self._now() else None

    async def someone(self, person: PersonId) -> Someone:
        """How to reach them: also by their id elsewhere, where the settings join the two.

        Raises: Unavailable, Rejected (they are not in Teams).
        """
        member = self._settings.member(person)
        ids = (person, member.id, *member.ids) if member else (person,)
        users = [user for one in ids if (user := user_of(one))]
        if not users:
            raise Rejected(say("This person is not in Teams."), "NotInTeams")
        for user in users:
            known = await self._memory.someone(user)
            if known.user or known.object_id:
                return known
        return Someone(user=users[0])

    # ── asked ────────────────────────────────────────────────────────────────

    async def _learn(
        self, person: PersonId, channels: Sequence[str], language: str
    ) -> Known | Forbidden:
        lasts = BELIEVED
        found: Known | Forbidden
        try:
            found = await self._asked(person, channels, language)
        except Forbidden as error:
            lasts, found = DOUBTED, error
        self._known[person] = (self._now() + lasts, found)
        self._known.move_to_end(person)
        while len(self._known) > MOST:
            self._asking.pop(self._known.popitem(last=False)[0], None)
        return found

    async def _asked(self, person: PersonId, channels: Sequence[str], language: str) -> Known:
        user = user_of(person)
        if user is None:
            raise Forbidden(say("This person is not in Teams."))
        someone = await self._memory.someone(user)
        # The settings give a role and a name; that somebody is still in the team, Teams alone says.
        profile, home = await self._profile(user, someone, channels)
        someone = someone.model_copy(
            update={"user": profile.user, "object_id": profile.object_id or someone.object_id}
        )
        await self._memory.keep_someone(someone.model_copy(update={"name": profile.name}))
        if refusal := self._refusal(profile, home):
            raise Forbidden(refusal)
        if member := self._member(person, someone):
            return _as_member(member, language)
        actor = Actor(id=someone.person, name=profile.name or "?", role=self._role(profile))
        return Known(actor=actor, language=language)

    async def _profile(
        self, user: str, someone: Someone, channels: Sequence[str]
    ) -> tuple[Profile, str]:
        """From the first channel that knows them, and the tenant which that is in.

        Raises: Forbidden, Unavailable, Rejected.
        """
        names = list(dict.fromkeys(one for one in (someone.user, user, someone.object_id) if one))
        for channel in channels:
            here = await self._memory.here(channel)
            for name in names:
                if profile := await self._client.member(channel, name, here):
                    return profile, here.tenant
        raise Forbidden(
            say("Only members of the team can work here. Ask an owner of the team to add you.")
        )

    def _member(self, person: PersonId, someone: Someone) -> Member | None:
        ids = [person, *(person_id(one) for one in (someone.object_id, someone.user) if one)]
        found = (self._settings.member(id) for id in ids)
        return next((one for one in found if one), None)

    # ── what they may do ─────────────────────────────────────────────────────

    def _refusal(self, profile: Profile, home: str) -> Text | None:
        """*home*: the tenant of the channel they are in, which people of others may share."""
        ours = (self._settings.teams_tenant_id or home).casefold()
        if profile.role in ("guest", "anonymous") or "#ext#" in profile.principal.casefold():
            return say("Guests can't work here. Ask a full member of the team.")
        # Without an app there is no organisation either: in development.
        open_door = not self._settings.teams_app_id and not (profile.tenant and ours)
        if not open_door and (not ours or profile.tenant.casefold() != ours):
            return say("Only people of this organisation can work here.")
        return None

    def _role(self, profile: Profile) -> Role:
        """Raises: Forbidden."""
        # Not by their e-mail address, which is easier to change than how they log in.
        names = {profile.user, profile.object_id, profile.principal} - {""}
        known = {name.casefold() for name in names}
        listed = self._settings.teams
        if known & {one.casefold() for one in listed.leads}:
            return "lead"
        if not listed.agents or known & {one.casefold() for one in listed.agents}:
            return "agent"
        raise Forbidden(say("You are not on the list of agents. Ask whoever runs Parley."))


def _as_member(member: Member, language: str) -> Known:
    actor = Actor(id=member.id, name=member.name, role=member.role)
    return Known(actor=actor, language=language)


def language_of(locale: str, otherwise: str) -> str:
    """Ours that is nearest to Teams' `zh-cn`, `en-gb`, `de-de`."""
    if not locale:
        return otherwise
    return "zh-Hans" if locale.casefold().startswith("zh") else "en"
