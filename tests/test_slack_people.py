"""Who may do what in Slack: by the workspace's word and the settings, never by a payload's."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Forbidden, Rejected, Unavailable
from assistant.model import PersonId
from assistant.settings import Member, SlackSettings
from connectors.rooms.slack.places import person_id
from connectors.store import RedisStore
from tests.slack_fake import BOT, ROOM, TEAM, FakeSlack, answers, refuses
from tests.slack_stage import ANNA, BEN, Stage, staged

Opened = Callable[..., AbstractAsyncContextManager[Stage]]


@pytest.fixture
async def stage(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(store, tmp_path) as stage:
        yield stage


@pytest.fixture
def opened(store: RedisStore, tmp_path: Path) -> Opened:
    def open_it(**changes: Any) -> AbstractAsyncContextManager[Stage]:
        return staged(store, tmp_path, **changes)

    return open_it


def person(user: str, team: str = TEAM) -> PersonId:
    return person_id(team, user)


async def test_until_roles_are_configured_full_members_of_the_room_are_agents(
    stage: Stage,
) -> None:
    known = await stage.room.who(person(ANNA))

    assert (known.actor.id, known.actor.role) == (person(ANNA), "agent")
    assert known.actor in await stage.store.people()


@pytest.mark.parametrize(
    ("about", "why"),
    [
        ({"is_restricted": True}, "Guests"),
        ({"is_ultra_restricted": True, "is_restricted": True}, "Guests"),
        ({"is_bot": True}, "Bots"),
        ({"deleted": True}, "deactivated"),
        ({"is_stranger": True}, "workspace"),
        ({"team_id": "T9OTHER"}, "workspace"),
    ],
)
async def test_guests_bots_and_strangers_may_do_nothing(
    stage: Stage, about: dict[str, Any], why: str
) -> None:
    """Never an open door."""
    stage.slack.joins("U3OTHER", **about)

    with pytest.raises(Forbidden, match=why):
        await stage.room.who(person("U3OTHER"))


async def test_whoever_is_not_in_the_room_is_no_agent_until_they_join(stage: Stage) -> None:
    stage.slack.joins("U4OUT", room="C2OTHER")
    with pytest.raises(Forbidden, match="Join"):
        await stage.room.who(person("U4OUT"))

    stage.slack.members[ROOM].append("U4OUT")
    stage.clock.passes(minutes=1)

    assert (await stage.room.who(person("U4OUT"))).actor.role == "agent"


async def test_a_person_of_another_workspace_is_refused_without_asking_slack(stage: Stage) -> None:
    with pytest.raises(Forbidden, match="another Slack workspace"):
        await stage.room.who(person(ANNA, "T9OTHER"))
    with pytest.raises(Forbidden):
        await stage.room.who(PersonId("teams:29:x"))
    assert stage.slack.called("users.info") == []


async def test_somebody_slack_does_not_know_is_refused(stage: Stage) -> None:
    with pytest.raises(Forbidden, match="does not know"):
        await stage.room.who(person("U9GHOST"))


async def test_leads_are_only_those_the_settings_name(opened: Opened) -> None:
    async with opened() as stage:
        stage.slack.people[ANNA]["is_admin"] = True
        stage.slack.people[ANNA]["is_owner"] = True

        assert (await stage.room.who(person(ANNA))).actor.role == "agent"


async def test_roles_come_from_user_groups_and_lists(opened: Opened) -> None:
    fake = FakeSlack()
    fake.groups = {"S1LEADS": [ANNA], "S2DESK": [BEN]}
    roles = SlackSettings(agents=("S2DESK", "U5LISTED"), leads=(f"{TEAM}:S1LEADS",))
    async with opened(slack=fake, roles=roles) as stage:
        fake.joins("U5LISTED", room="C2OTHER")
        fake.joins("U6NOBODY")

        assert (await stage.room.who(person(ANNA))).actor.role == "lead"
        assert (await stage.room.who(person(BEN))).actor.role == "agent"
        assert (await stage.room.who(person("U5LISTED"))).actor.role == "agent"
        with pytest.raises(Forbidden, match="agents"):
            await stage.room.who(person("U6NOBODY"))


async def test_a_guest_in_a_user_group_stays_a_guest(opened: Opened) -> None:
    fake = FakeSlack()
    fake.groups = {"S2DESK": ["U3GUEST"]}
    async with opened(slack=fake, roles=SlackSettings(agents=("S2DESK",))) as stage:
        fake.joins("U3GUEST", is_restricted=True)

        with pytest.raises(Forbidden, match="Guests"):
            await stage.room.who(person("U3GUEST"))


async def test_a_group_that_is_gone_has_nobody_in_it(opened: Opened) -> None:
    async with opened(roles=SlackSettings(agents=("S9GONE",))) as stage:
        with pytest.raises(Forbidden):
            await stage.room.who(person(ANNA))


async def test_a_member_of_the_settings_has_the_role_and_names_written_there(
    opened: Opened,
) -> None:
    """Pain 4: an explicit identity map."""
    lena = Member(
        id=PersonId("console:lena"),
        ids=(person(ANNA),),
        name="Lena",
        role="lead",
        language="zh-Hans",
    )
    async with opened(members=(lena,)) as stage:
        known = await stage.room.who(person(ANNA))

        assert known.actor.model_dump() == {"id": "console:lena", "name": "Lena", "role": "lead"}
        assert known.language == "zh-Hans"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hans"), ("en-GB", "en"), ("de-DE", "en"), ("", "en")],
)
async def test_people_read_their_own_language(stage: Stage, locale: str, language: str) -> None:
    stage.slack.people[ANNA]["locale"] = locale

    assert (await stage.room.who(person(ANNA))).language == language


async def test_what_slack_says_is_believed_for_five_minutes(stage: Stage) -> None:
    for _ in range(3):
        await stage.room.who(person(ANNA))
    assert len(stage.slack.called("users.info")) == 1

    stage.slack.people[ANNA]["deleted"] = True
    stage.clock.passes(minutes=6)

    with pytest.raises(Forbidden):
        await stage.room.who(person(ANNA))


async def test_a_slack_that_is_down_lets_nobody_in(stage: Stage) -> None:
    stage.slack.fails("users.info", answers(500), refuses("ratelimited", Retry_After="20"))
    with pytest.raises(Unavailable):
        await stage.room.who(person(ANNA))
    with pytest.raises(Unavailable):
        await stage.room.who(person(ANNA))


async def test_a_missing_scope_lets_nobody_in(stage: Stage) -> None:
    stage.slack.fails("conversations.members", refuses("missing_scope"))
    with pytest.raises(Rejected, match="scope"):
        await stage.room.who(person(ANNA))


async def test_a_name_is_one_harmless_line(stage: Stage) -> None:
    stage.slack.people[ANNA]["profile"] = {"display_name": "Anna\n<!channel>\x00"}

    assert (await stage.room.who(person(ANNA))).actor.name == "Anna <!channel>"


async def test_our_own_bot_may_do_nothing(stage: Stage) -> None:
    stage.slack.joins(BOT, is_bot=True)
    with pytest.raises(Forbidden, match="Bots"):
        await stage.room.who(person(BOT))
