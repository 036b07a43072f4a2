"""Who may talk to the bot: tokens good and bad, bodies of every kind, nothing of them stored."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from assistant.errors import Misconfigured, Unavailable
from assistant.playbooks import Playbooks
from connectors.http import client_session
from connectors.rooms.teams import connect
from connectors.store import RedisStore
from tests.fakes import World
from tests.teams_desk import Desk, configured, desk, parts_of
from tests.teams_service import BUYERS, OLGA
from tests.teams_tokens import APP_ID, ISSUER, Issuer, issuer

THREAD = f"{BUYERS};messageid=1700000000001"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with issuer(tmp_path_factory.mktemp("issuer")) as one:
        yield one


@pytest.fixture
async def teams(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> AsyncIterator[Desk]:
    async with desk(store, playbooks, tmp_path, signer) as one:
        yield one


async def test_the_right_token_is_believed_and_the_words_are_kept_before_the_answer(
    teams: Desk,
) -> None:
    answered = await teams.send(teams.message(OLGA, THREAD, "queue"))

    assert answered.status == 200
    assert await teams.stored() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"service_url": "https://elsewhere.example"},
        {"service_url": None},
        {"iss": "https://somebody.example"},
        {"iss": "https://sts.windows.net/d6d49420-f39b-4df7-a1dc-d59a935871db/"},
        {"iss": "https://api"},
        {"aud": "another-app"},
        {"aud": ""},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS384"},
        {"lasts": -301},
        {"lasts": -3600},
        {"begins": 3600},
        {"kid": "unknown"},
        {"kid": ""},
    ],
    ids=str,
)
async def test_a_wrong_token_is_401_and_nothing_is_stored(
    wrong: dict[str, Any], teams: Desk, signer: Issuer
) -> None:
    """The matrix of every part of a token; the emulator's and skills' issuers among them."""
    token = signer.token(**{"service_url": teams.service.service_url, **wrong})

    answered = await teams.send(teams.message(OLGA, THREAD, "queue"), token)

    assert answered.status == 401
    assert await teams.stored() == 0


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Basic b2xnYTpzZWNyZXQ=",
        "Bearer e30.e30.",
    ],
)
async def test_a_missing_or_garbled_token_is_401_and_never_500(header: str, teams: Desk) -> None:
    headers = {"Authorization": header} if header else {}

    async with teams.door.post(
        "/api/messages", json=teams.message(OLGA, THREAD, "queue"), headers=headers
    ) as answer:
        assert answer.status == 401

    assert await teams.stored() == 0


async def test_a_token_without_an_end_is_refused(teams: Desk, signer: Issuer) -> None:
    told = {"iss": ISSUER, "aud": APP_ID, "serviceurl": teams.service.service_url}
    key = signer._keys[signer.kid]
    token = jwt.encode(told, key, algorithm="RS256", headers={"kid": signer.kid})

    assert (await teams.send(teams.message(OLGA, THREAD, "queue"), token)).status == 401


async def test_a_token_is_good_for_five_minutes_past_its_end(teams: Desk, signer: Issuer) -> None:
    """Clocks differ."""
    token = signer.token(teams.service.service_url, lasts=-240)

    answered = await teams.send(teams.message(OLGA, THREAD, "queue"), token)

    assert answered.status == 200


async def test_a_tampered_token_is_refused(teams: Desk, signer: Issuer) -> None:
    head, claims, signature = signer.token(teams.service.service_url).split(".")
    for token in (f"{head}.{claims}.{signature[:-8]}", f"{head}.{claims[:-2]}.{signature}"):
        answered = await teams.send(teams.message(OLGA, THREAD, "queue"), token)

        assert answered.status == 401
    assert await teams.stored() == 0


async def test_after_a_rotation_the_keys_are_fetched_once_and_the_new_one_is_believed(
    teams: Desk, signer: Issuer
) -> None:
    assert (await teams.send(teams.message(OLGA, THREAD, "queue"))).status == 200
    asked = signer.key_requests
    signer.rotate()

    answers = [await teams.send(teams.message(OLGA, THREAD, "queue")) for _ in range(3)]

    assert [one.status for one in answers] == [200, 200, 200]
    assert signer.key_requests == asked + 1


async def test_unknown_keys_do_not_make_us_ask_for_keys_without_end(
    teams: Desk, signer: Issuer
) -> None:
    await teams.send(teams.message(OLGA, THREAD, "queue"))
    asked = signer.key_requests

    for n in range(20):
        token = signer.token(teams.service.service_url, kid=f"strange-{n}")
        assert (await teams.send(teams.message(OLGA, THREAD, "queue"), token)).status == 401

    assert signer.key_requests <= asked + 5


async def test_a_key_that_does_not_vouch_for_teams_is_refused(teams: Desk, signer: Issuer) -> None:
    signer.rotate(endorsements=("webchat",))

    answered = await teams.send(teams.message(OLGA, THREAD, "queue"))

    signer.rotate()
    assert answered.status == 401


@pytest.mark.parametrize("channel", ["emulator", "webchat", "directline", ""])
async def test_only_teams_is_a_channel_of_ours(channel: str, teams: Desk) -> None:
    answered = await teams.send(teams.message(OLGA, THREAD, "queue", channelId=channel))

    assert answered.status == 401
    assert await teams.stored() == 0


async def test_another_tenant_is_refused_where_one_is_set(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> None:
    async with desk(store, playbooks, tmp_path, signer, teams_tenant_id="another") as teams:
        assert (await teams.send(teams.message(OLGA, THREAD, "queue"))).status == 401
        unsaid = teams.message(OLGA, THREAD, "queue", channelData={})
        unsaid["conversation"] = {"id": THREAD, "conversationType": "channel"}
        assert (await teams.send(unsaid)).status == 401
        assert await teams.stored() == 0


async def test_a_set_without_a_key_does_not_take_the_place_of_the_keys_we_have(
    teams: Desk, signer: Issuer
) -> None:
    good = signer.token(teams.service.service_url)
    assert (await teams.send(teams.message(OLGA, THREAD, "queue"), good)).status == 200
    strange = signer.token(teams.service.service_url, kid="new")
    kept = dict(signer._keys)
    signer._keys.clear()
    try:
        answered = await teams.send(teams.message(OLGA, THREAD, "queue"), strange)
        assert answered.status == 503
        assert (await teams.send(teams.message(OLGA, THREAD, "queue"), good)).status == 200
    finally:
        signer._keys.update(kept)


async def test_without_keys_nobody_is_believed_and_teams_is_asked_to_come_again(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> None:
    nowhere = "http://127.0.0.1:9/nowhere"
    async with desk(store, playbooks, tmp_path, signer, keys_url=nowhere) as teams:
        answered = await teams.send(teams.message(OLGA, THREAD, "queue"))

        assert answered.status == 503
        assert await teams.stored() == 0


# ── bodies ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"{",
        b"{}",
        b'{"type": 5}',
        b'{"type": "message", "from": "olga", "channelId": "msteams"}',
        b'{"type": "message", "entities": {"a": 1}, "channelId": "msteams"}',
        b'{"type": "message", "conversation": {"id": "a\\u0000b"}, "channelId": "msteams"}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda body: repr(body[:30]),
)
async def test_what_is_no_activity_is_400(body: bytes, teams: Desk, signer: Issuer) -> None:
    headers = {
        "Authorization": f"Bearer {signer.token(teams.service.service_url)}",
        "Content-Type": "application/json",
    }

    async with teams.door.post("/api/messages", data=body, headers=headers) as answer:
        assert answer.status == 400
    assert await teams.stored() == 0


async def test_large_and_compressed_bodies_are_refused_unread(teams: Desk, signer: Issuer) -> None:
    told = teams.message(OLGA, THREAD, "queue " + "x" * 600_000)
    headers = {
        "Authorization": f"Bearer {signer.token(teams.service.service_url)}",
        "Content-Type": "application/json",
    }
    zipped = gzip.compress(json.dumps(told).encode())

    async with teams.door.post("/api/messages", json=told, headers=headers) as answer:
        assert answer.status == 413
    headers["Content-Encoding"] = "gzip"
    async with teams.door.post("/api/messages", data=zipped, headers=headers) as answer:
        assert answer.status == 415
    assert await teams.stored() == 0


async def test_half_characters_and_nulls_in_words_do_no_harm(teams: Desk) -> None:
    told = teams.message(OLGA, THREAD, "order 10\ud83d045\x00")

    assert (await teams.send(told)).status == 200
    await teams.world.work()


@pytest.mark.parametrize(
    "told",
    [
        {"type": "typing"},
        {"type": "event", "name": "application/vnd.microsoft.meetingStart", "value": {}},
        {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
        {"type": "conversationUpdate", "channelData": {"eventType": "channelRenamed"}},
        {"type": "installationUpdate", "action": "remove"},
        {"type": "endOfConversation"},
        {"type": "something new", "value": 7},
        {"type": "invoke", "name": "composeExtension/query", "value": {}},
        {"type": "invoke", "name": "fileConsent/invoke", "value": None},
    ],
    ids=lambda told: f"{told['type']} {told.get('name', '')}",
)
async def test_what_concerns_nobody_is_taken_and_ignored(told: dict[str, Any], teams: Desk) -> None:
    answered = await teams.send(teams.activity(OLGA, THREAD, **told))

    assert answered.status == 200
    assert await teams.stored() == 0


# ── never an open door ───────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"teams_app_id": ""}, "TEAMS_APP_ID"),
        ({"teams_app_password": None}, "TEAMS_APP_PASSWORD"),
        ({"teams_app_id": "", "teams_dev": True, "host": "0.0.0.0"}, "PARLEY_TEAMS_DEV"),
        ({"teams_app_id": "", "teams_dev": True, "host": "192.168.0.7"}, "PARLEY_TEAMS_DEV"),
        (
            {"teams_app_id": "", "teams_dev": True, "public_url": "https://parley.example"},
            "PARLEY_TEAMS_DEV",
        ),
    ],
)
async def test_settings_that_would_let_anybody_in_do_not_start(
    changes: dict[str, Any], where: str, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """An empty app id switches botbuilder's authentication off."""
    world = World(store=store, playbooks=playbooks, settings=configured(**changes))

    async with client_session() as client:
        with pytest.raises(Misconfigured) as refused:
            await connect(parts_of(world, tmp_path, client))

    assert refused.value.where == where


async def test_in_development_this_machine_is_let_in_and_nobody_else(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with desk(store, playbooks, tmp_path, None) as teams:
        assert "THE DOOR FOR TEAMS IS OPEN" in caplog.text
        told = teams.message(OLGA, THREAD, "queue")
        for headers in (
            {"X-Forwarded-For": "203.0.113.9"},
            {"X-Forwarded-Proto": "https"},
            {"Via": "1.1 somebody"},
            {"Host": "parley.example"},
        ):
            async with teams.door.post("/api/messages", json=told, headers=headers) as answer:
                assert answer.status == 401
        async with aiohttp.ClientSession(version=aiohttp.HttpVersion10) as old:
            url = teams.door.make_url("/api/messages")
            async with old.post(url, json=told) as answer:
                assert answer.status == 401, "as old proxies speak"
        plain = {"Content-Type": "text/plain"}
        async with teams.door.post("/api/messages", data=json.dumps(told), headers=plain) as answer:
            assert answer.status == 415
        elsewhere = {**told, "serviceUrl": "https://evil.example"}
        assert (await teams.send(elsewhere)).status == 401
        assert await teams.stored() == 0

        assert (await teams.send(told)).status == 200
        assert await teams.stored() == 1


# ── durable before the answer ────────────────────────────────────────────────


class Down:
    """A store that is away."""

    def __init__(self, store: RedisStore) -> None:
        self._store = store
        self.shards = store.shards

    def __getattr__(self, name: str) -> Any:
        async def away(*_: object, **__: object) -> None:
            raise Unavailable("the store is away")

        return away


async def test_while_nothing_can_be_kept_teams_is_told_to_come_again(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> None:
    """Pain 8: an event is answered once it is durable, and not before."""
    async with desk(Down(store), playbooks, tmp_path, signer) as teams:  # type: ignore[arg-type]
        for told in (
            teams.message(OLGA, THREAD, "queue"),
            teams.activity(OLGA, THREAD, type="installationUpdate", action="add"),
        ):
            answered = await teams.send(told)

            assert answered.status == 503
            assert answered.body["error"] == "unavailable"
