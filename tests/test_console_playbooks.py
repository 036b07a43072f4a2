"""The console's page of rules: what is in force, what is wrong, and who may see it (S2.9, S4.1)."""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from aiohttp import ClientResponse, CookieJar, web
from aiohttp.test_utils import TestClient

from assistant.model import PersonId, StorefrontId
from assistant.playbooks import Playbooks
from assistant.ports import Edition, Shelf, Spending, Trouble, tally_of
from assistant.settings import Member, Settings, Storefront
from connectors.files import FolderFiles
from connectors.rooms.console import make_login_link, mount
from connectors.rooms.console.proving import Prover
from connectors.rooms.console.rulebook import names_of, ruled
from connectors.store import RedisStore
from tests.drafting_cases import waiting_order
from tests.fakes import Clock, FakeShop, World, settings

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
    own = settings(data=tmp_path)

    async def opened(role: str = "agent", language: str = "en") -> Client:
        return await logged_in(aiohttp_client, store, playbooks, shelf, own, role, language)

    return opened


async def logged_in(
    aiohttp_client: Any,
    store: RedisStore,
    playbooks: Playbooks,
    shelf: Shelf,
    own: Settings,
    role: str = "agent",
    language: str = "en",
) -> Client:
    world = World(store=store, playbooks=playbooks, settings=own)
    app = web.Application()
    files = FolderFiles(own.data)
    mount(app, desk=world.desk, store=store, settings=own, files=files, shelf=shelf)
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


def now() -> datetime:
    return datetime.now(UTC)


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


# ── the page of rules ────────────────────────────────────────────────────────


async def test_every_playbook_and_rule_can_be_read_with_its_source_and_marks(
    entered: Entered, playbooks: Playbooks
) -> None:
    """Every file is listed; a third is opened, and holds its rules by the names of proofs."""
    client = await entered()
    told = await read(await client.get("/console/playbooks"))
    for one in playbooks.all:
        assert f"/console/playbooks/{one.kind}/{one.id}" in told
    names = list(names_of(playbooks))
    assert len(names) > 50
    pages: dict[tuple[str, str], str] = {}
    opened = sorted({(kind, id) for _, kind, id in names})[::3]
    for name, kind, id in (one for one in names if one[1:] in opened):
        if (kind, id) not in pages:
            pages[kind, id] = await read(await client.get(f"/console/playbooks/{kind}/{id}"))
        assert f'id="{html.escape(name)}"' in pages[kind, id]
    told_of = [one for one in playbooks.all if (one.kind, one.id) in opened]
    law = next(law for one in told_of for law in getattr(one, "law", ()))
    assert any(html.escape(law.source) in page for page in pages.values())
    assert any("unverified" in page for page in pages.values())


async def test_rules_are_found_by_their_words_and_names(entered: Entered) -> None:
    client = await entered()
    told = await read(await client.get("/console/playbooks?q=damaged.1"))
    assert told.index("<code>damaged.1</code>") > 0
    nothing = await read(await client.get(f"/console/playbooks?q={quote(HOSTILE)}"))
    assert "No rule has all these words." in nothing
    assert HOSTILE not in nothing


async def test_a_rule_s_name_leads_to_where_it_stands(entered: Entered) -> None:
    """The link of a conversation's “Why”; one that is gone says so."""
    client = await entered()
    answer = await client.get("/console/playbooks/rule/damaged.1", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (
        303,
        "/console/playbooks/policy/damaged#damaged.1",
    )
    gone = await read(await client.get("/console/playbooks/rule/no.such"), 404)
    assert "There is no rule no.such any more" in gone
    await read(await client.get("/console/playbooks/policy/no-such"), 404)


def test_a_proof_s_line_marks_the_rules_it_names(playbooks: Playbooks) -> None:
    line = "Must: apologise, once (damaged.1); see www.example.com and 3.5 — damaged.refund"
    pieces = ruled(Edition(playbooks), line)
    assert "".join(piece for piece, _ in pieces) == line
    assert [piece for piece, known in pieces if known] == ["damaged.1", "damaged.refund"]


async def test_it_is_counted_how_often_rules_held(
    entered: Entered, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """By real drafts, per storefront and day; shown beside the rule."""
    world = World(
        store=store, playbooks=playbooks, shop=FakeShop(waiting_order()), clock=Clock(now())
    )
    for n in (1, 2):
        await world.buyer_writes("Where is my order 10023?", thread=f"v{n}")
    day = tally_of(world.settings.storefronts[0].id, world.clock().date())
    counted = await store.tallied([day])
    assert counted
    assert set(counted.values()) == {2}
    rule = next(name for name in counted if "=" not in name and not name.startswith("platform."))
    client = await entered()
    where = await client.get(f"/console/playbooks/rule/{rule}")
    assert "in drafts of 30 days: 2" in await read(where)


async def test_unproven_rules_are_shown_from_the_report(
    entered: Entered, playbooks: Playbooks, tmp_path: Path
) -> None:
    """As `parley playbook mutate --json` writes it; one of other playbooks says so."""
    client = await entered()
    assert "Nobody has looked yet." in await read(await client.get("/console/playbooks"))
    report: dict[str, Any] = {
        "version": playbooks.version,
        "mutants": 7,
        "unproven": [{"rule": "damaged.1", "file": "x", "line": 1, "unnoticed": ["dropped"]}],
    }
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(report), "utf-8")
    assert "1 unproven" in await read(await client.get("/console/playbooks"))
    told = await read(await client.get("/console/playbooks/policy/damaged"))
    assert "No case notices: dropped" in told
    proof.write_text(json.dumps({**report, "unproven": []}), "utf-8")
    assert "7 weakenings, and a case notices each." in await read(
        await client.get("/console/playbooks")
    )
    proof.write_text(json.dumps({**report, "version": "another"}), "utf-8")
    assert "about other playbooks" in await read(await client.get("/console/playbooks"))
    proof.write_text("[]", "utf-8")
    assert "Nobody has looked yet." in await read(await client.get("/console/playbooks"))


async def test_only_a_lead_starts_the_weakening(entered: Entered) -> None:
    agent = await entered("agent")
    page = await read(await agent.get("/console/playbooks"))
    assert 'data-testid="prove"' not in page
    token = page.partition('data-token="')[2].partition('"')[0]
    answer = await agent.post(
        "/console/playbooks/prove", data={"token": token}, allow_redirects=False
    )
    assert "Only a lead" in await read(answer, 403)


async def test_leads_see_who_gave_what_away(
    aiohttp_client: Any, store: RedisStore, playbooks: Playbooks, shelf: Shelf, tmp_path: Path
) -> None:
    own = settings(
        data=tmp_path,
        storefronts=(Storefront(name="Amazon DE", goodwill="40.00 EUR"),),
        members=(Member(id=PersonId("console:mia"), name="Mia"),),
    )
    ledger = own.storefronts[0].goodwill_ledger(now())
    for n in (1, 2):
        await store.spend(ledger, Spending("console:mia", f"{n}", 480), None)
    for role, seen in (("lead", True), ("agent", False)):
        client = await logged_in(aiohttp_client, store, playbooks, shelf, own, role)
        told = await read(await client.get("/console/playbooks"))
        assert ("9.60 EUR" in told) is seen
        assert ("Mia" in told) is seen


# ── the process that weakens ─────────────────────────────────────────────────


async def ended(prover: Prover) -> None:
    while prover.running:
        await asyncio.sleep(0.01)


async def test_the_weakening_runs_beside_the_work_and_keeps_its_report(tmp_path: Path) -> None:
    report = {"version": "v1", "mutants": 3, "unproven": []}
    code = f"import json, sys; print({json.dumps(json.dumps({'done': 1, 'of': 3}))});"
    code += f"print({json.dumps(json.dumps(report))})"
    prover = Prover(tmp_path, code)
    assert prover.begin(None, None)
    assert not prover.begin(StorefrontId("own"), None)  # one at a time
    await ended(prover)
    found = prover.report(None)
    assert found is not None
    assert (found.version, found.mutants) == ("v1", 3)
    # A storefront's report is its own, whatever it is called.
    assert prover.begin(StorefrontId("a/../b"), tmp_path)
    await ended(prover)
    assert (tmp_path / "proof.a____b.json").is_file()


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "print('no json')", "print('{}')"])
async def test_a_weakening_that_breaks_off_says_so(tmp_path: Path, code: str) -> None:
    prover = Prover(tmp_path, code)
    prover.begin(None, None)
    await ended(prover)
    assert prover.report(None) is None
    if code != "print('{}')":
        assert prover.wrong[None]


async def test_a_weakening_ends_with_its_server(tmp_path: Path) -> None:
    prover = Prover(tmp_path, "import time; time.sleep(60)")
    prover.begin(None, None)
    await asyncio.sleep(0.1)
    await prover.end()
    assert prover.running is None
