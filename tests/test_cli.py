"""The command line as people and scripts meet it: exit statuses, sentences, lines in and out."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import APP, ROOT, born, clean_environ, free_port, run

# ── commands that end ────────────────────────────────────────────────────────


def test_help_lists_the_commands_there_are(tmp_path: Path) -> None:
    status, said, _ = run(tmp_path, "--help")

    commands = re.findall(r"^  (\w+) ", said.partition("Commands:")[2], re.M)
    assert status == 0
    assert set(commands) == {
        "answers",
        "demo",
        "doctor",
        "draft",
        "evaluate",
        "failed",
        "new",
        "playbook",
        "review",
        "serve",
        "worker",
    }


@pytest.mark.parametrize("arguments", [("sevre",), ("serve", "--fast"), ("failed", "show")])
def test_a_wrong_call_is_status_2_with_usage(
    nursery: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    status, _, told = born(nursery, tmp_path, *arguments)

    assert status == 2
    assert "Usage: parley" in told


@pytest.mark.parametrize("command", [("serve",), ("worker",), ("demo",), ("failed", "list")])
def test_wrong_settings_are_told_all_at_once_without_a_trace(
    nursery: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    status, _, told = born(nursery, tmp_path, *command, PARLEY_PORT="http", PARLEY_ROOM="console")

    assert status == 1
    assert told.splitlines() == [
        "PARLEY_ROOM: There is no such setting. Did you mean PARLEY_ROOMS?",
        "PARLEY_PORT: “http”: this is not a whole number."
        " Write a port from 0 to 65535, such as 8080.",
    ]


def test_a_data_directory_that_can_t_be_written_is_told(nursery: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")

    status, _, told = born(nursery, tmp_path, "serve")

    assert status == 1
    assert told.startswith("PARLEY_DATA: ")
    assert "Traceback" not in told


def test_a_playbook_with_a_typo_is_told_with_file_line_and_key(
    nursery: Path, tmp_path: Path
) -> None:
    """Every one of them, and `serve` does not start with them either."""
    folder = tmp_path / "ours" / "policy"
    folder.mkdir(parents=True)
    (folder / "mine.md").write_text("---\nkind: policy\nid: mine\naplies: {}\n---\n")

    status, _, told = born(nursery, tmp_path, "playbook", "check", str(tmp_path / "ours"))

    assert status == 1
    assert f"{tmp_path / 'ours'}/policy/mine.md:4 aplies" in told
    assert "Traceback" not in told


def test_the_shipped_playbooks_are_right(nursery: Path, tmp_path: Path) -> None:
    status, said, _ = born(nursery, tmp_path, "playbook", "check")

    assert (status, said.partition(":")[0]) == (0, "The playbooks are right")


def test_a_redis_that_is_not_there_is_told(nursery: Path, tmp_path: Path) -> None:
    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"

    status, _, told = born(nursery, tmp_path, "worker", PARLEY_REDIS_URL=url)

    assert status == 1
    assert "The store can't be reached" in told
    assert "PARLEY_REDIS_URL" in told
    assert "Traceback" not in told
    assert "hunter2" not in told


# ── lines in, lines out ──────────────────────────────────────────────────────

ASK = {
    "channel": "webchat",
    "market": "DE",
    "agent_language": "en",
    "messages": [{"from": "buyer", "text": "Wo ist mein Paket? Bestellung 10023"}],
}


def test_draft_answers_each_line_in_order_and_a_bad_one_spoils_nothing(tmp_path: Path) -> None:
    lines = [{"id": "a", **ASK}, {"id": "b", **ASK, "messages": "nonsense"}, {"id": "c", **ASK}]

    status, said, told = run(tmp_path, "draft", stdin="\n".join(map(json.dumps, lines)) + "\n\n")

    rows = [json.loads(line) for line in said.splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert "messages" in rows[1]["error"]
    assert rows[0]["understanding"]["intents"][0] == "where_is_my_order"
    assert rows[2]["draft"]["text"] == rows[0]["draft"]["text"]
    assert (status, told) == (1, "")
    assert list(tmp_path.iterdir()) == [], "no data directory is made"


def test_draft_without_bad_lines_is_status_0(nursery: Path, tmp_path: Path) -> None:
    status, said, _ = born(nursery, tmp_path, "draft", stdin=json.dumps({"id": "a", **ASK}))

    assert (status, len(said.splitlines())) == (0, 1)


def test_a_byte_order_mark_before_the_first_line_is_passed_over(
    nursery: Path, tmp_path: Path
) -> None:
    status, said, _ = born(
        nursery, tmp_path, "draft", stdin="\ufeff" + json.dumps({"id": "a", **ASK})
    )

    assert (status, json.loads(said)["id"]) == (0, "a")


def test_a_line_that_is_no_json_or_no_utf_8_gets_an_error_too(tmp_path: Path) -> None:
    done = subprocess.run(
        [*APP, "review"],
        cwd=tmp_path,
        env=clean_environ(tmp_path),
        input=b'{"id": "a"\n\xff\xfe\n[]\n',
        capture_output=True,
        timeout=60,
    )

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 3
    assert all(row["error"] for row in rows)
    assert (done.returncode, done.stderr) == (1, b"")


def test_draft_answers_a_line_before_the_next_one_comes(tmp_path: Path) -> None:
    """A script may wait for each answer: nothing stays in a buffer."""
    with subprocess.Popen(
        [*APP, "draft"],
        cwd=tmp_path,
        env=clean_environ(tmp_path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for id in ("a", "b"):
            process.stdin.write(json.dumps({"id": id, **ASK}).encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == id
        process.stdin.close()
        assert process.wait(30) == 0


def test_review_finds_what_nobody_may_promise(nursery: Path, tmp_path: Path) -> None:
    line = {"id": "r", **ASK, "text": "We will refund you 9,999.99 EUR on 31 December."}

    status, said, _ = born(nursery, tmp_path, "review", stdin=json.dumps(line))

    [row] = map(json.loads, said.splitlines())
    assert status == 0
    assert "block" in {finding["severity"] for finding in row["findings"]}


def test_draft_loads_no_web_server() -> None:
    """It is started once a line by some scripts: the web server would double its start."""
    asks = "import sys, app, assistant.drafting.lines, connectors.models.offline"
    heavy = "print([m for m in ('aiohttp', 'redis', 'prometheus_client') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{asks}; {heavy}"],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=60,
    )

    assert done.stdout == "[]\n", done.stderr
