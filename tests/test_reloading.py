"""Rules that are changed while Parley runs (S2.9): swapped whole, or refused aloud."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer

from assistant.commands import ApproveDraft
from assistant.errors import Stale
from assistant.model import StorefrontId
from assistant.playbooks import Playbooks
from assistant.ports import Edition, Shelf, Store
from assistant.settings import Settings, Storefront
from connectors.operating.metrics import Metrics
from connectors.operating.web import application
from connectors.watching import Watch, source_tree
from tests.fakes import FakeRoom, World, settings

OWN = StorefrontId("own")
OTHER = StorefrontId("other")
CULTURE = """---
kind: culture
id: en
language: en
name: {name}
---
"""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """A storefront's own rules: its English is called otherwise."""
    folder = tmp_path / "rules"
    (folder / "culture").mkdir(parents=True)
    shutil.copy(Path("playbooks/culture/en.md"), folder / "culture" / "en.md")
    return folder


@pytest.fixture
def own(overlay: Path) -> Settings:
    return settings(
        storefronts=(
            Storefront(id=OWN, playbooks=overlay, rooms=("console",)),
            Storefront(id=OTHER, rooms=("china",)),
        ),
        rooms=("console", "china"),
    )


@pytest.fixture
def here(store: Store, playbooks: Playbooks, own: Settings, overlay: Path) -> World:
    world = World(store=store, playbooks=playbooks, settings=own)
    world.more_rooms = {"china": FakeRoom("china", "zh-Hans")}
    world.shelf.put(Edition(playbooks, {OWN: Playbooks.load(overlay)}), {})
    return world


def watch(world: World, shipped: Path | None = None) -> Watch:
    return Watch(world.settings, world.shelf, world.store, world.clock, shipped=shipped)


def change(file: Path, text: str) -> None:
    """Written a moment later than before, as file systems tell time."""
    file.write_text(text, "utf-8")
    later = file.stat().st_mtime_ns + 1_000_000
    os.utime(file, ns=(later, later))


async def looks(watch: Watch) -> None:
    """Long enough for a change that stands still."""
    await watch.look()
    await watch.look()


def rule(name: str) -> str:
    return f"---\nkind: policy\nid: {name}\napplies: {{intents: [thanks]}}\n---\n"


async def test_changed_rules_are_in_force_without_a_restart(here: World, overlay: Path) -> None:
    """A new file of a storefront's own holds there, and nowhere else."""
    watching = watch(here)
    await looks(watching)
    before = here.shelf.edition
    (overlay / "policy").mkdir()
    change(overlay / "policy" / "kind.md", rule("kind"))
    await watching.look()
    assert here.shelf.edition is before or here.shelf.of(OWN).version == before.of(OWN).version
    await watching.look()
    assert here.shelf.of(OWN).version != before.of(OWN).version
    assert here.shelf.of(OTHER).version == before.of(OTHER).version
    assert "kind" in {one.id for one in here.shelf.of(OWN).policies}
    assert "kind" not in {one.id for one in here.shelf.of(OTHER).policies}


async def test_a_file_that_is_still_being_written_waits(here: World, overlay: Path) -> None:
    watching = watch(here)
    await looks(watching)
    version = here.shelf.of(OWN).version
    (overlay / "policy").mkdir()
    for name in ("one", "two", "three"):
        change(overlay / "policy" / f"{name}.md", rule(name))
        await watching.look()
        assert here.shelf.of(OWN).version == version
    await watching.look()
    assert {"one", "two", "three"} <= {one.id for one in here.shelf.of(OWN).policies}


async def test_a_bad_file_keeps_the_last_good_rules_and_alarms_once(
    here: World, overlay: Path
) -> None:
    """In the rooms of that storefront alone; once for one set of errors, and once when right."""
    watching = watch(here)
    await looks(watching)
    version, good = here.shelf.of(OWN).version, (overlay / "culture" / "en.md").read_text("utf-8")
    change(overlay / "culture" / "en.md", "---\nkind: culture\nid: en\nlangauge: en\n---\n")
    for _ in range(3):
        await looks(watching)
        await here.work()
    assert here.shelf.of(OWN).version == version
    assert here.shelf.troubles[OWN].version == version
    [alarm] = here.room.alerts
    assert "Playbooks are wrong" in alarm.title
    assert 'did you mean "language"' in alarm.text
    assert version in alarm.text
    china = here.more_rooms["china"]
    assert china.alerts == []

    change(overlay / "culture" / "en.md", good)
    await looks(watching)
    await here.work()
    assert here.shelf.troubles == {}
    assert [one.title for one in here.room.alerts][1:] == ["Playbooks are right again"]


async def test_other_errors_alarm_again(here: World, overlay: Path) -> None:
    watching = watch(here)
    await looks(watching)
    for key in ("langauge", "nmae"):
        change(overlay / "culture" / "en.md", f"---\nkind: culture\nid: en\n{key}: en\n---\n")
        await looks(watching)
        await here.work()
    assert len(here.room.alerts) == 2


async def test_two_processes_alarm_once(here: World, overlay: Path, playbooks: Playbooks) -> None:
    other = Shelf(playbooks, {OWN: here.shelf.of(OWN)})
    watches = [watch(here), Watch(here.settings, other, here.store, here.clock)]
    change(overlay / "culture" / "en.md", "---\nkind: culture\nid: en\nlangauge: en\n---\n")
    for watching in watches:
        await looks(watching)
    await here.work()
    assert len(here.room.alerts) == 1
    assert here.shelf.troubles.keys() == other.troubles.keys() == {OWN}


async def test_a_folder_that_vanishes_takes_no_rule_away(here: World, overlay: Path) -> None:
    watching = watch(here)
    await looks(watching)
    version = here.shelf.of(OWN).version
    shutil.rmtree(overlay)
    await looks(watching)
    assert here.shelf.of(OWN).version == version
    assert here.shelf.troubles[OWN].problems


async def test_one_command_goes_by_one_edition(here: World) -> None:
    """A swap in the middle of a command mixes no rules."""
    pinned = here.shelf.pinned()
    here.shelf.put(Edition(here.playbooks), {})
    assert pinned.of(OWN).version != here.shelf.of(OWN).version


async def test_metrics_and_readiness_say_that_files_are_wrong(here: World, overlay: Path) -> None:
    watching = watch(here)
    await looks(watching)
    change(overlay / "culture" / "en.md", "---\nkind: culture\nid: en\nlangauge: en\n---\n")
    await looks(watching)
    told = Metrics(here.shelf).render({}).decode()
    assert 'parley_playbooks_wrong{storefront="own"} 1.0' in told
    assert 'parley_playbooks_wrong{storefront=""} 0.0' in told
    assert 'parley_playbooks_reloads_total{outcome="refused"} 1.0' in told
    app = application(here.store, Metrics(here.shelf), lambda: None, lambda: {"playbooks": "wrong"})
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/readyz")
        assert (answer.status, await answer.json()) == (
            200,
            {"status": "ready", "playbooks": "wrong"},
        )


def test_in_a_source_tree_the_shipped_rules_are_watched_too() -> None:
    assert source_tree() == Path("playbooks").resolve()


# ── drafts of before ─────────────────────────────────────────────────────────

NO_THANKS = """---
kind: policy
id: thanks
applies: {intents: [thanks, other, where_is_my_order]}
rules:
  - id: thanks.1
    must: [apologise_once]
    because: we are sorry for everything
---
"""


async def test_a_draft_is_held_to_the_rules_of_the_day_it_is_approved(
    here: World, overlay: Path
) -> None:
    """Of older rules, it is checked anew; what its reader has not seen is shown first."""
    watching = watch(here)
    await looks(watching)
    about = await here.buyer_writes("Where is my order 10045?")
    before = (await here.conversation(about)).draft_of(1)
    assert before.playbook_version == here.shelf.of(OWN).version
    (overlay / "policy").mkdir()
    change(overlay / "policy" / "thanks.md", NO_THANKS)
    await looks(watching)
    with pytest.raises(Stale, match="rules have changed since"):
        await here.handle(ApproveDraft(conversation_id=about, version=1))
    now = (await here.conversation(about)).draft_of(1)
    assert now.state == "proposed"
    assert now.playbook_version == here.shelf.of(OWN).version
    assert {one.rule for one in now.findings} - {one.rule for one in before.findings}
    assert here.channel.accepted == []
    # Seen by now: whoever presses again stands for it, unless it blocks.
    await here.handle(ApproveDraft(conversation_id=about, version=1))
    assert (await here.conversation(about)).draft_of(1).state == "approved"


async def test_a_change_that_does_not_concern_a_draft_keeps_nobody_waiting(
    here: World, overlay: Path
) -> None:
    watching = watch(here)
    await looks(watching)
    about = await here.buyer_writes("Thank you, all is well!")
    (overlay / "policy").mkdir()
    change(overlay / "policy" / "unrelated.md", rule("unrelated").replace("thanks", "customs"))
    await looks(watching)
    await here.handle(ApproveDraft(conversation_id=about, version=1))
    draft = (await here.conversation(about)).draft_of(1)
    assert draft.state == "approved"
    assert draft.playbook_version == here.shelf.of(OWN).version
