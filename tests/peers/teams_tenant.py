"""The tenant that tests run in: its people, team and chats, and activities as Teams makes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.teams_tokens import APP_ID

TENANT = "00000000-0000-4000-8000-000000007e4a"
BOT = f"28:{APP_ID}"
BOT_NAME = "Parley"
LENA, OLGA, WEI, GUS = "29:lena", "29:olga", "29:wei", "29:gus"
PEOPLE = {
    LENA: "Lena Lead",
    OLGA: "Olga Agent",
    WEI: "李伟",
    GUS: "Gus Guest",
    "29:dana": "Dana Dispatch",
    "29:eli": "Eli Else",
}
CURRENT = LENA
"""Whose window the playground's page is."""
GENERAL, BUYERS = "19:general@thread.tacv2", "19:buyers@thread.tacv2"
GROUP, PERSONAL = "19:deals@thread.v2", "a:personal-lena"


def in_thread(conversation: str, thread: str) -> str:
    """The conversation id of a post's thread: `thread` is the id of the post."""
    return f"{channel_of(conversation)};messageid={thread}" if thread else conversation


def activity(service_url: str, conversation: str, user: str, **more: Any) -> dict[str, Any]:
    """What every activity from a person holds."""
    channel = channel_of(conversation)
    in_team = channel in (GENERAL, BUYERS)
    data: dict[str, Any] = {"tenant": {"id": TENANT}}
    if in_team:
        data.update(team={"id": GENERAL}, channel={"id": channel})
        data.update(teamsTeamId=GENERAL, teamsChannelId=channel)
    kind = "channel" if in_team else "groupChat" if channel == GROUP else "personal"
    return {
        "id": str(uuid.uuid4()),
        "timestamp": datetime.now(UTC).isoformat(),
        "channelId": "msteams",
        "serviceUrl": service_url,
        "recipient": {"id": BOT, "name": BOT_NAME},
        "from": {"id": user, "name": PEOPLE.get(user, ""), "aadObjectId": _aad(user)},
        "conversation": {
            "id": conversation,
            "conversationType": kind,
            "tenantId": TENANT,
            **({"isGroup": True} if kind != "personal" else {}),
        },
        "channelData": data,
        **more,
    }


def message(
    service_url: str, conversation: str, user: str, text: str, mention: bool = True, **more: Any
) -> dict[str, Any]:
    """A message as the playground sends it."""
    mentioned = {
        "type": "mention",
        "mentioned": {"id": BOT, "name": BOT_NAME},
        "text": f"<at>{BOT_NAME}</at>",
    }
    entities: list[dict[str, Any]] = [mentioned] if mention else []
    told = {"type": "message", "text": text, "textFormat": "plain", "locale": "en-US"}
    return activity(service_url, conversation, user, **told, entities=entities, **more)


def action_of(card: Any, verb: str) -> dict[str, Any]:
    """The card's `Action.Execute` with that verb, wherever it is in it."""
    found = [one for one in _dicts(card) if one.get("type") == "Action.Execute"]
    right = [one for one in found if one.get("verb") == verb]
    assert right, f"nobody can press {verb}: there is only {[one.get('verb') for one in found]}"
    return right[0]


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for one in value.values():
            yield from _dicts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _dicts(one)


def channel_of(conversation: str) -> str:
    return conversation.split(";messageid=")[0]


def _aad(user: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, user))


def _person(id: str) -> dict[str, str]:
    name = PEOPLE[id]
    given, _, surname = name.partition(" ")
    mail = f"{id.removeprefix('29:')}@example.com"
    return {
        "id": id,
        "name": name,
        "userPrincipleName": mail,
        "aadObjectId": _aad(id),
        "givenName": given,
        "surname": surname or given,
        "email": mail,
    }


def config() -> dict[str, Any]:
    """Exactly five people besides the current one, one channel besides General, one group chat."""
    return {
        "version": "0.1.1",
        "tenantId": TENANT,
        "bot": {"id": BOT, "name": BOT_NAME},
        "currentUser": _person(CURRENT),
        "users": [_person(id) for id in PEOPLE if id != CURRENT],
        "personalChat": {"id": PERSONAL},
        "groupChat": {"id": GROUP, "name": "Deals"},
        "team": {
            "id": GENERAL,
            "name": "Buyer Desk",
            "aadGroupId": "00000000-0000-0000-0000-000000000031",
            "channels": [{"id": BUYERS, "name": "Buyers"}],
        },
    }
