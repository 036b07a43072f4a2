"""Setting Teams up: the app package, what doctor says, files both ways, names of places."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Misconfigured, Rejected, TooLarge, Unavailable
from assistant.model import Attachment, ThreadId
from assistant.playbooks import Playbooks
from assistant.surface.grammar import Spoken, meant
from connectors.files import FolderFiles
from connectors.http import client_session
from connectors.rooms.teams import package
from connectors.rooms.teams.access import Access
from connectors.rooms.teams.addresses import Addresses
from connectors.rooms.teams.cloud import PUBLIC
from connectors.rooms.teams.files import Downloads, Tickets, attachments_of
from connectors.rooms.teams.heard import heard
from connectors.rooms.teams.places import Place, link_of, place_in, place_of
from connectors.store import RedisStore
from tests.fakes import START
from tests.teams_desk import Desk, configured, desk
from tests.teams_service import BUYERS, OLGA, dumped, refuses
from tests.teams_tokens import APP_ID, Issuer, issuer

PUBLIC_URL = "https://parley.example.com"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with issuer(tmp_path_factory.mktemp("issuer")) as one:
        yield one


@pytest.fixture
async def teams(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> AsyncIterator[Desk]:
    told = {"public_url": PUBLIC_URL, "data": tmp_path}
    async with desk(store, playbooks, tmp_path, signer, **told) as one:
        yield one


# ── the app package ──────────────────────────────────────────────────────────


def packed(**changes: Any) -> dict[str, bytes]:
    archive = zipfile.ZipFile(BytesIO(package.package(configured(**changes))))
    return {name: archive.read(name) for name in archive.namelist()}


def test_the_package_has_what_teams_wants_with_our_ids_in_it() -> None:
    files = packed(public_url=PUBLIC_URL)

    assert sorted(files) == ["color.png", "manifest.json", "outline.png", "zh.json"]
    manifest = json.loads(files["manifest.json"])
    assert manifest["manifestVersion"] >= "1.16"
    assert manifest["bots"][0]["botId"] == manifest["webApplicationInfo"]["id"] == APP_ID
    assert manifest["validDomains"] == ["parley.example.com"]
    assert {scope for one in manifest["bots"] for scope in one["scopes"]} == {"team", "personal"}
    assert len(manifest["name"]["short"]) <= 30
    assert len(manifest["description"]["short"]) <= 80
    assert package.package(configured()) == package.package(configured())


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_icons_have_the_size_that_teams_wants(name: str, size: int) -> None:
    picture = packed()[name]

    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (size, size)


def test_every_command_of_the_lists_is_understood_in_both_languages() -> None:
    """What Teams proposes while somebody types is something that Parley does."""
    files = packed()
    english = json.loads(files["manifest.json"])["bots"][0]["commandLists"]
    chinese = json.loads(files["zh.json"])
    for at, commands in enumerate(english):
        assert len(commands["commands"]) <= 10
        for n, one in enumerate(commands["commands"]):
            there = f"bots[0].commandLists[{at}].commands[{n}]"
            for title, about in (
                (one["title"], one["description"]),
                (chinese[f"{there}.title"], chinese[f"{there}.description"]),
            ):
                assert len(title) <= 32
                assert len(about) <= 128
                assert understood(title), title


def understood(title: str) -> bool:
    """Alone it may be refused with what to write after it; it is never a mystery."""
    from zoneinfo import ZoneInfo

    from assistant.errors import Refused
    from assistant.model import ConversationId

    try:
        action = meant(Spoken(title), ConversationId("webchat:v1"), START, ZoneInfo("UTC"))
    except Refused:
        return True
    return not getattr(action, "unknown", "")


def test_all_messages_are_asked_for_only_where_words_are_offered() -> None:
    assert "authorization" in json.loads(packed()["manifest.json"])
    assert "authorization" not in json.loads(packed(offer_words=False)["manifest.json"])


# ── doctor ───────────────────────────────────────────────────────────────────


async def asked(teams: Desk, name: str) -> str:
    return await teams.platform.probes()[name]()


async def test_doctor_tries_everything_and_writes_the_package(teams: Desk, tmp_path: Path) -> None:
    told = {name: await ask() for name, ask in teams.platform.probes().items()}

    assert told["Teams app"] == "Microsoft logs the app in."
    assert "7 people" in told["Teams room teams"]
    assert f"{PUBLIC_URL}/api/messages" in told["Teams address"]
    assert (tmp_path / package.NAME).read_bytes() == package.package(teams.world.settings)


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("AADSTS7000215: Invalid client secret.", "TEAMS_APP_PASSWORD"),
        ("AADSTS700016: Not found in the directory.", "TEAMS_APP_ID"),
        ("AADSTS90002: Tenant not found.", "TEAMS_TENANT_ID"),
        ("AADSTS5: Something else.", "TEAMS_APP_ID"),
    ],
)
async def test_doctor_says_which_of_id_password_and_tenant_is_wrong(
    said: str, where: str, teams: Desk
) -> None:
    await teams.platform._keys.refresh()
    teams.service.login = 401, {"error": "invalid_client", "error_description": said}
    teams.platform._access._ends_at = 0

    with pytest.raises(Misconfigured) as wrong:
        await asked(teams, "Teams app")

    assert wrong.value.where == where


async def test_doctor_says_which_room_is_wrong_and_that_https_is_needed(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path, signer: Issuer
) -> None:
    told = {"teams_room": "19:wrong@thread.tacv2", "data": tmp_path}
    async with desk(store, playbooks, tmp_path, signer, **told) as teams:
        with pytest.raises(Misconfigured) as room:
            await asked(teams, "Teams room teams")
        with pytest.raises(Misconfigured) as address:
            await asked(teams, "Teams address")

    assert room.value.where == "PARLEY_TEAMS_ROOM"
    assert "19:wrong@thread.tacv2" in str(room.value)
    assert address.value.where == "PARLEY_PUBLIC_URL"


async def test_doctor_tells_a_busy_teams_from_a_wrong_room(teams: Desk) -> None:
    teams.service.faults.append(refuses(429, **{"Retry-After": "1"}))

    with pytest.raises(Unavailable):
        await asked(teams, "Teams room teams")


# ── a buyer's files ──────────────────────────────────────────────────────────


async def kept(place: Path, name: str, content: bytes) -> Attachment:
    async def chunks() -> AsyncIterator[bytes]:
        yield content

    return await FolderFiles(place).put(name, "image/png", chunks(), 1 << 20)


PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


async def test_a_buyers_picture_is_a_press_away_in_the_thread(teams: Desk, tmp_path: Path) -> None:
    """Pain 7."""
    photo = await kept(tmp_path, "spout.png", PNG)
    await teams.buyer_writes("It is broken.", attachments=(photo,))

    shown = dumped([one.activity for one in teams.service.messages])
    start = shown.index(f"{PUBLIC_URL}/teams/files/")
    path = shown[start : shown.index('"', start)].removeprefix(PUBLIC_URL)
    async with teams.door.get(path) as answer:
        assert answer.status == 200
        assert await answer.read() == PNG
        assert answer.content_type == "image/png"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_no_picture_is_saved_and_never_shown(teams: Desk, tmp_path: Path) -> None:
    page = await kept(tmp_path, "photo.png", b"<script>alert(1)</script>")
    link = teams.platform._tickets.link(page)
    assert link

    async with teams.door.get(link.removeprefix(PUBLIC_URL)) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


async def test_a_link_that_was_tampered_with_opens_nothing(teams: Desk, tmp_path: Path) -> None:
    photo = await kept(tmp_path, "spout.png", PNG)
    link = teams.platform._tickets.link(photo)
    assert link
    other = Tickets(configured(public_url=PUBLIC_URL, secret="x" * 40), FolderFiles(tmp_path))
    foreign = other.link(photo)
    assert foreign

    for wrong in (link[:-4], foreign, f"{PUBLIC_URL}/teams/files/..%2f..%2fsecret"):
        async with teams.door.get(wrong.removeprefix(PUBLIC_URL)) as answer:
            assert answer.status == 404


async def test_without_https_the_thread_says_where_the_files_are(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """Teams opens nothing that is not on https: the line says so, nothing is lost silently."""
    async with desk(store, playbooks, tmp_path, None) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
        photo = await kept(tmp_path, "spout.png", PNG)
        await teams.buyer_writes("It is broken.", attachments=(photo,))

        told = "\n".join(one.words for one in teams.service.under(teams.root))
        assert "spout.png" in told
        assert "The console has them" in told


# ── agents' files ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "http://contoso.sharepoint.com/x",
        "https://contoso.sharepoint.com:8443/x",
        "https://contoso.sharepoint.com.evil.example/x",
        "https://evilsharepoint.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://smba.trafficmanager.net@evil.example/x",
        "https://[::ffff:127.0.0.1]/x",
        "http://127.0.0.1:1/x",
        "file:///etc/passwd",
        "gopher://contoso.sharepoint.com/x",
        "https://exa mple/x",
    ],
)
async def test_files_are_fetched_from_microsoft_alone(url: str, tmp_path: Path) -> None:
    """Reliability D, SSRF: whoever names another place gets no request, and no token of ours."""
    async with client_session() as client:
        access = Access(PUBLIC, "", None, "", client)
        downloads = Downloads(FolderFiles(tmp_path), client, access, Addresses(PUBLIC))

        with pytest.raises(Rejected, match="not at Microsoft"):
            await downloads.fetch(Attachment(name="x", mime="image/png", url=url))


@pytest.fixture
async def drive(tmp_path: Path) -> AsyncIterator[tuple[Any, Downloads]]:
    """A place of files on this machine, as in development, and what it says by path."""
    from aiohttp import web
    from aiohttp.test_utils import TestServer

    said: dict[str, web.Response] = {}

    async def serve(request: web.Request) -> web.Response:
        answer = said[request.path]
        return web.Response(body=answer.body, status=answer.status, headers=dict(answer.headers))

    app = web.Application()
    app.router.add_get("/{path}", serve)
    async with TestServer(app) as server, client_session() as client:
        access = Access(PUBLIC, "", None, "", client)
        downloads = Downloads(FolderFiles(tmp_path), client, access, Addresses(PUBLIC), local=True)
        yield (said, str(server.make_url("/")).rstrip("/")), downloads


async def test_a_file_is_kept_by_its_content(drive: Any) -> None:
    from aiohttp import web

    (said, url), downloads = drive
    said["/photo"] = web.Response(body=PNG, content_type="image/png")

    found = await downloads.fetch(Attachment(name="a.png", mime="image/png", url=f"{url}/photo"))

    assert found.sha256
    assert found.size == len(PNG)


async def test_files_that_are_gone_too_large_elsewhere_or_a_page_are_refused(drive: Any) -> None:
    from aiohttp import web

    (said, url), downloads = drive
    said["/gone"] = web.Response(status=404)
    said["/page"] = web.Response(text="<html>log in</html>", content_type="text/html")
    said["/away"] = web.Response(status=302, headers={"Location": "http://169.254.169.254/x"})
    said["/round"] = web.Response(status=302, headers={"Location": "/round"})
    said["/busy"] = web.Response(status=503)
    said["/large"] = web.Response(body=b"x" * ((20 << 20) + 1))

    for path, error in {
        "gone": Rejected,
        "page": Rejected,
        "away": Rejected,
        "round": Rejected,
        "busy": Unavailable,
        "large": TooLarge,
    }.items():
        with pytest.raises(error):
            await downloads.fetch(Attachment(name="x", mime="image/png", url=f"{url}/{path}"))


def test_the_files_of_a_message_are_those_that_teams_has() -> None:
    told = heard(
        {
            "type": "message",
            "attachments": [
                {"contentType": "text/html", "content": "<p>hello</p>"},
                {"contentType": "image/png", "contentUrl": "https://smba.trafficmanager.net/a"},
                {
                    "contentType": "application/vnd.microsoft.teams.file.download.info",
                    "name": "invoice.pdf",
                    "content": {
                        "downloadUrl": "https://contoso.sharepoint.com/i",
                        "fileType": "pdf",
                    },
                },
                {"contentType": "application/vnd.microsoft.card.adaptive", "content": {}},
                {"contentType": "text/html", "content": '<attachment id="1"></attachment>'},
            ],
        }
    )

    assert [(one.name, one.url) for one in attachments_of(told)] == [
        ("picture.png", "https://smba.trafficmanager.net/a"),
        ("invoice.pdf", "https://contoso.sharepoint.com/i"),
        ("file", None),
    ]


async def test_a_file_of_a_channel_says_how_it_can_be_sent(tmp_path: Path) -> None:
    """An app is not given it; the offer names what can't go along."""
    async with client_session() as client:
        access = Access(PUBLIC, "", None, "", client)
        downloads = Downloads(FolderFiles(tmp_path), client, access, Addresses(PUBLIC))

        with pytest.raises(Rejected, match="Send it in the chat"):
            await downloads.fetch(Attachment(name="file", mime="application/octet-stream"))


# ── names of places ──────────────────────────────────────────────────────────


def test_a_thread_is_found_again_by_its_name() -> None:
    place = Place(BUYERS, "1700000000001")

    assert place.thread == ThreadId(f"teams:{BUYERS}|1700000000001")
    assert place_of(place.thread) == place_in(place.conversation) == place
    for other in ("slack:T1:C1:1.2", "teams:19:x", "teams:|1", "console:webchat:v1"):
        assert place_of(ThreadId(other)) is None
    assert place_in("a:chat") is None


def test_a_link_leads_to_the_thread_and_nowhere_else() -> None:
    link = link_of(Place("19:a&b=/?#@thread.tacv2", "1700"), "t&t", "g g")

    assert link.startswith("https://teams.microsoft.com/l/message/19%3Aa%26b%3D%2F%3F%23%40")
    assert "tenantId=t%26t&groupId=g%20g&parentMessageId=1700" in link
