"""The console's page of rules: what is in force, what is wrong, and who may see it (S2.9, S4.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient

from assistant.model import StorefrontId
from assistant.playbooks import Playbooks
from assistant.ports import Shelf, Trouble
from connectors.files import FolderFiles
from connectors.rooms.console import make_login_link, mount
from connectors.store import RedisStore
from tests.fakes import World, settings

Client = TestClient[web.Request, web.Application]
Entered = Callable[..., Awaitable[Client]]
HOSTILE = "<script>alert('1')</script>"


@pytest.fixture
def shelf(playbooks: Playbooks) -> Shelf:
    return Shelf(playbooks)


@pytest.fixture
def entered(
    aiohttp_client: Any, store: RedisStore, playbooks: Playbooks, shelf: Shelf, tmp_path: Path
) -> Entered:
    """A browser in which somebody is logged in, over a real desk."""

    async def opened(role: str = "agent", language: str = "en") -> Client:
        own = settings(data=tmp_path)
        world = World(store=store, playbooks=playbooks, settings=own)
        app = web.Application()
        mount(
            app,
            desk=world.desk,
            store=store,
            settings=own,
            files=FolderFiles(tmp_path),
            shelf=shelf,
        )
        client: Client = await aiohttp_client(app, cookie_jar=CookieJar(unsafe=True))
        made = make_login_link(
            own,
            name="Olga",
            role=role,  # type: ignore[arg-type]
            language=language,
            base_url="http://parley.test",
        )
        token = urlsplit(made).query.partition("token=")[2]
        async with client.post("/login", data={"link": token}, allow_redirects=False) as answer:
            assert answer.status == 303
        return client

    return opened


async def read(answer: ClientResponse, status: int = 200) -> str:
    async with answer:
        text = await answer.text()
        assert answer.status == status, text
        return text


async def test_agents_and_leads_may_read_it_and_nobody_else(entered: Entered) -> None:
    for role in ("agent", "lead"):
        client = await entered(role)
        assert "Playbooks" in await read(await client.get("/console/playbooks"))
        client.session.cookie_jar.clear()
        await read(await client.get("/console/playbooks"), 401)


async def test_a_line_about_wrong_files_stays_on_every_page_until_they_are_right(
    entered: Entered, shelf: Shelf
) -> None:
    """In the reader's language, with the way to the errors; what is quoted is inert."""
    client = await entered()
    assert 'data-testid="troubles" hidden' in await read(await client.get("/"))
    problem = f"rules/policy/x.md:3 id: unknown key {HOSTILE}"
    trouble = Trouble((problem,), "abc123", datetime(2026, 11, 20, tzinfo=UTC))
    shelf.put(shelf.edition, {StorefrontId("amazon-de"): trouble})
    for path in ("/", "/console/people", "/console/failed", "/console/playbooks"):
        told = await read(await client.get(path))
        assert "Playbooks of amazon-de have errors: version abc123 stays in force" in told
        assert 'data-testid="troubles" hidden' not in told
    told = await read(await client.get("/console/playbooks"))
    assert "rules/policy/x.md:3" in told
    assert HOSTILE not in told
    part = await client.get("/console/parts?names=troubles", headers={"Accept": "application/json"})
    assert "amazon-de" in (await part.json())["parts"]["troubles"]
    shelf.put(shelf.edition, {})
    assert 'data-testid="troubles" hidden' in await read(await client.get("/"))


async def test_the_line_is_told_in_chinese_too(entered: Entered, shelf: Shelf) -> None:
    client = await entered(language="zh-Hans")
    trouble = Trouble(("x",), "abc123", datetime(2026, 11, 20, tzinfo=UTC))
    shelf.put(shelf.edition, {None: trouble})
    assert "Parley 的规则手册有错误" in await read(await client.get("/"))
