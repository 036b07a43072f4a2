"""What `make bench` measures is real: its events are Slack's, and Parley keeps every one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from assistant.commands import AddNote, ApproveDraft, LookUp, OfferWords
from connectors.store import RedisStore
from tests.bench import report
from tests.bench.slack_load import KINDS, SECRET, Kind, Room
from tests.slack_stage import staged

MEANT = {
    "words in a thread": OfferWords,
    "a mention": AddNote,
    "a press": ApproveDraft,
    "a slash command": LookUp,
}


@pytest.mark.parametrize("kind", KINDS)
async def test_an_event_of_the_benchmarks_is_kept_as_what_it_means(
    store: RedisStore, tmp_path: Path, kind: Kind
) -> None:
    room = Room(3)
    async with staged(store, tmp_path, slack_signing_secret=SecretStr(SECRET)) as stage:
        stage.clock.at = datetime.now(UTC)
        for one in room.conversations:
            await store.commit(one)
        assert stage.http is not None
        for request in room.requests("http://127.0.0.1/slack/events", kind, 5):
            head, body = request.split(b"\r\n\r\n", 1)
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
            answer = await stage.http.post("/slack/events", data=body, headers=headers)
            assert answer.status == 200
        kept = [one.action for one in stage.work]

    assert [type(one) for one in kept] == [MEANT[kind]] * 5
    assert len({one.key for one in stage.work}) == 5


def test_a_part_measured_anew_replaces_its_section_alone() -> None:
    order = ["## One", "## Two", "## Three"]
    old = report.document("", ["## Three\n\nold", "## One\n\nold"], order)

    new = report.document(old, ["## Two\n\nnew", "## Three\n\nnew"], order)

    assert new == report.HEAD + "## One\n\nold\n\n## Two\n\nnew\n\n## Three\n\nnew\n"
