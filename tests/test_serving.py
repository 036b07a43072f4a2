"""`parley serve`, `worker`, `demo`, `doctor`, `failed` as processes: up, watched, hurt, stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from tests.processes import SECRET, Running, born, free_port, get, run, until
from tests.store_servers import VALKEY, Process

Start = Callable[..., Running]
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def start(tmp_path: Path, nursery: Path) -> Iterator[Start]:
    """Start Parleys, *cold* by `app.py` itself; those still running at the end are stopped."""
    started: list[Running] = []

    def start(*arguments: str, cold: bool = False, **environ: str) -> Running:
        by = None if cold else nursery
        started.append(Running(tmp_path, *arguments, nursery=by, **environ))
        return started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture
def ended(tmp_path: Path, nursery: Path) -> Run:
    """Run a command that ends by itself."""
    return partial(born, nursery, tmp_path)


@pytest.fixture(scope="module")
def unhurt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that is only looked at."""
    parley = Running(tmp_path_factory.mktemp("unhurt"), "serve")
    yield parley.ready()
    parley.end()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Process]:
    """A server that is not embedded, to be hurt."""
    server = Process(VALKEY, tmp_path / "redis")
    server.start()
    yield server
    server.kill()


def log_in_link(said: str) -> str:
    [link] = re.findall(r"http://\S+/login\?token=\S+", said)
    return link


def test_serve_says_where_it_is_and_how_to_log_in(unhurt: Running) -> None:
    said = unhurt.said()

    assert f"Parley is at {unhurt.url}" in said
    assert get(log_in_link(said))[0] == 200
    assert get(f"{unhurt.url}/healthz") == (200, '{"status":"alive"}')
    assert get(f"{unhurt.url}/")[0] == 401, "nobody is logged in"
    assert get(f"{unhurt.url}/chat")[0] == 200


def test_a_message_is_accepted_once_shown_and_survives_a_sigkill(
    start: Start,
) -> None:
    """Reliability fault 1–3 from the outside: what got a 2xx is there after a SIGKILL of all."""
    first = start("serve").ready()
    assert first.post("Wo ist mein Paket?")[0] == 200
    assert first.post("Wo ist mein Paket?") == (200, '{"status":"duplicate"}')
    assert until(lambda: first.metric("parley_messages_visible_total"))
    for n in range(2, 12):
        assert first.post("Where is my parcel?", n)[0] == 200
    os.killpg(first.process.pid, signal.SIGKILL)
    first.process.wait(10)

    second = start("serve").ready()

    def settled() -> bool:
        lanes = ("desk", "draft", "room")
        return all(second.metric(f'parley_commands_pending{{lane="{one}"}}') == 0 for one in lanes)

    assert until(settled)
    assert second.post("Wo ist mein Paket?") == (200, '{"status":"duplicate"}')
    assert second.metric("parley_messages_accepted_total") == 11
    assert second.metric("parley_messages_visible_total") == 11
    assert second.metric("parley_conversations_open") == 11
    for word in ("Paket", "Lena", "b1"):
        assert not re.search(rf"\b{word}\b", first.said() + second.said()), "logs carry ids only"


CONTRACT = (
    "parley_messages_accepted_total",
    "parley_messages_visible_total",
    "parley_conversations_open",
    "parley_replies_sent_total",
    "parley_replies_unsure",
    'parley_commands_pending{lane="desk"}',
    'parley_commands_pending{lane="draft"}',
    'parley_commands_pending{lane="room"}',
    "parley_commands_dead_total",
    "parley_ack_seconds_count",
    "parley_visible_seconds_count",
    "parley_draft_seconds_count",
)


def test_metrics_have_the_names_of_the_contract_from_the_first_moment(unhurt: Running) -> None:
    parley = unhurt
    text = get(f"{parley.url}/metrics")[1]

    assert [name for name in CONTRACT if parley.metric(name) != 0] == []
    assert "_created" not in text
    assert text.count("# TYPE parley_drafts_total counter") == 1

    parley.post("Wo ist mein Paket? Bestellung 10023")
    assert until(lambda: parley.metric("parley_draft_seconds_count"))
    assert parley.metric("parley_ack_seconds_count") == 1
    assert parley.metric("parley_visible_seconds_count") == 1
    assert 'parley_drafts_total{drafter="offline",outcome="' in get(f"{parley.url}/metrics")[1]


def test_one_signal_ends_it_in_order_and_stops_the_embedded_server(start: Start) -> None:
    """Reliability fault 14: what is in hand is finished, nothing is left running."""
    parley = start("serve", cold=True).ready()
    for there, how in ((20, signal.SIGTERM), (40, signal.SIGINT)):
        for n in range(there - 20, there):
            parley.post("Where is my parcel?", n)

        assert parley.stop(how) == 0
        assert "Stopping" in parley.said()
        assert "Traceback" not in parley.said()
        assert not is_listening(parley.place / "data" / "valkey.sock")
        parley = start("serve").ready()
        assert parley.metric("parley_messages_accepted_total") == there
        assert until(partial(shows, parley, there))


def shows(parley: Running, messages: int) -> bool:
    return parley.metric("parley_messages_visible_total") == messages


def is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        try:
            one.connect(str(path))
        except OSError:
            return False
        return True


def test_a_port_that_is_taken_is_told_in_one_sentence_and_costs_nothing(
    ended: Run, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, told = ended("serve", PARLEY_PORT=str(port))

    assert status == 1
    assert told == (
        f"PARLEY_PORT: Port {port} is taken. Stop what listens there,"
        " or set PARLEY_PORT to another port.\n"
    )
    assert not (tmp_path / "data" / "valkey.sock").exists(), "no server was started for nothing"


def test_a_host_that_is_not_this_machine_is_told(ended: Run) -> None:
    status, _, told = ended("serve", PARLEY_HOST="192.0.2.1")

    assert status == 1
    assert told.startswith("PARLEY_HOST: 192.0.2.1 can't be listened on")


def test_serve_without_workers_is_ready_and_a_worker_beside_it_does_the_work(
    start: Start,
) -> None:
    """Two processes share one embedded server; the last one stops it."""
    web = start("serve", "--no-workers").ready()
    web.post("Wo ist mein Paket?")
    assert web.metric('parley_commands_pending{lane="desk"}') == 1

    worker = start("worker", cold=True)
    assert until(lambda: web.metric("parley_messages_visible_total") == 1), worker.said()

    assert web.stop() == 0
    assert is_listening(web.place / "data" / "valkey.sock"), "the worker still needs it"
    assert worker.stop() == 0
    assert not is_listening(web.place / "data" / "valkey.sock")


def test_while_redis_is_away_nothing_is_acknowledged_and_it_recovers_by_itself(
    start: Start, redis: Process
) -> None:
    """Reliability fault 15."""
    parley = start("serve", PARLEY_REDIS_URL=redis.url).ready()
    assert parley.post("Hallo?", 1)[0] == 200

    redis.kill()
    assert until(lambda: parley.post("Hallo?", 2)[0] == 503)
    status, told = get(f"{parley.url}/readyz")
    assert status == 503
    assert get(f"{parley.url}/metrics")[0] == 503
    assert get(f"{parley.url}/healthz")[0] == 200, "this process is fine"
    for answer in (told, parley.post("Hallo?", 2)[1]):
        assert str(redis.port) not in answer, "callers are not told where the store is"
    assert f"127.0.0.1:{redis.port}" in parley.said(), "the log says why"

    redis.start()
    assert until(lambda: parley.post("Hallo?", 2)[0] == 200)
    assert until(lambda: get(f"{parley.url}/readyz")[0] == 200)
    assert until(lambda: parley.metric("parley_messages_visible_total") == 2)
    assert parley.stop() == 0


def test_a_redis_that_hangs_keeps_no_sender_waiting(start: Start, redis: Process) -> None:
    """Reliability fault 15: senders and probes hear of it in time, also behind hanging calls."""
    parley = start("serve", PARLEY_REDIS_URL=redis.url).ready()
    desk = logged_in(parley)
    redis.pause()
    try:
        with ThreadPoolExecutor(8) as several:
            page = several.submit(desk)
            answers = list(several.map(lambda n: _timed(parley, n), range(16)))
            answers.append(page.result())
    finally:
        redis.resume()

    assert {status for status, _ in answers} == {503}
    assert max(seconds for _, seconds in answers) < 4
    assert until(lambda: get(f"{parley.url}/readyz")[0] == 200)
    assert all(parley.post("Hallo?", n)[0] == 200 for n in range(15))
    assert until(lambda: parley.metric("parley_messages_visible_total") == 15)


def logged_in(parley: Running) -> Callable[[], tuple[int, float]]:
    """Asks for the desk as a member of the team does: status and seconds."""
    jar = urllib.request.HTTPCookieProcessor()
    browser = urllib.request.build_opener(jar)
    link = log_in_link(parley.said())
    with browser.open(link, timeout=10) as page:
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.read().decode()))
    origin = {"Origin": parley.url}
    with browser.open(
        urllib.request.Request(
            f"{parley.url}/login", urllib.parse.urlencode(fields).encode(), origin
        ),
        timeout=10,
    ) as page:
        assert page.status == 200

    def ask() -> tuple[int, float]:
        began = time.monotonic()
        try:
            with browser.open(parley.url, timeout=10) as page:
                return page.status, time.monotonic() - began
        except urllib.error.HTTPError as error:
            with error:
                return error.code, time.monotonic() - began

    return ask


def _timed(parley: Running, n: int) -> tuple[int, float]:
    """A message's status, or a probe's in place of the last; the seconds it took."""
    began = time.monotonic()
    status = parley.post("Hallo?", n)[0] if n < 15 else get(f"{parley.url}/readyz")[0]
    return status, time.monotonic() - began


HURTS = (
    (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    (("CONFIG", "SET", "maxmemory", "1"), ("CONFIG", "SET", "maxmemory", "0")),
    (
        ("CONFIG", "SET", "min-replicas-to-write", "3"),
        ("CONFIG", "SET", "min-replicas-to-write", "0"),
    ),
)


def test_a_redis_that_takes_no_writes_is_a_503_until_it_does(start: Start, redis: Process) -> None:
    """Reliability faults 18 and 19: read-only, out of memory, without its replicas."""
    parley = start("serve", PARLEY_REDIS_URL=redis.url).ready()

    for n, (hurt, heal) in enumerate(HURTS, 1):
        redis.ask(*hurt)
        assert until(lambda: get(f"{parley.url}/readyz")[0] == 503), hurt
        status, said = parley.post("Hallo?", n)
        assert (status, json.loads(said)["error"]) == (503, "unavailable"), hurt

        redis.ask(*heal)
        assert until(lambda: get(f"{parley.url}/readyz")[0] == 200), heal
        assert parley.post("Hallo?", n)[0] == 200
        seen = float(n)
        assert until(lambda seen=seen: parley.metric("parley_messages_visible_total") == seen)


def test_doctor_lists_every_setting_with_its_source_and_tries_everything(tmp_path: Path) -> None:
    port = str(free_port())

    status, said, told = run(
        tmp_path, "doctor", PARLEY_PORT=port, PARLEY_WEBHOOK_SECRET=SECRET, OPENAI_API_KEY="sk-1"
    )

    assert (status, told) == (0, "")
    assert re.search(rf"PARLEY_PORT +{port} +environment", said)
    assert re.search(r"PARLEY_HOST +127\.0\.0\.1 +default", said)
    assert re.search(r"PARLEY_SECRET +set, not shown +made and kept in ", said)
    assert re.search(r"OPENAI_API_KEY +set, not shown +environment", said)
    assert "· Language model: OPENAI_API_KEY is set, but no language model is named" in said
    assert "xoxb-1" not in said
    assert f"· Webhook secret: {SECRET}" in said
    assert "· Rooms: console" in said
    for probe in ("Data directory", "State", "Port", "Playbooks"):
        assert f"✓ {probe}" in said
    assert log_in_link(said).startswith(f"http://127.0.0.1:{port}/")


def test_doctor_says_what_is_wrong_and_is_status_1(ended: Run) -> None:
    status, said, _ = ended("doctor", PARLEY_PROT="1")
    assert status == 1
    assert "✗ PARLEY_PROT: There is no such setting. Did you mean PARLEY_PORT?" in said

    nowhere = f"redis://127.0.0.1:{free_port()}"
    port = str(free_port())
    status, said, _ = ended("doctor", PARLEY_REDIS_URL=nowhere, PARLEY_PORT=port)
    assert status == 1
    assert "✗ State: PARLEY_REDIS_URL: The store can't be reached" in said
    assert "✓ Playbooks" in said, "the rest is tried all the same"


def test_doctor_says_which_setting_of_a_chat_can_not_be_right(ended: Run) -> None:
    """What only the chat can judge is tried, too."""
    environ = {"PARLEY_ROOMS": "slack", "SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}

    status, said, _ = ended("doctor", **environ, PARLEY_SLACK_ROOM="#buyers")

    assert status == 1
    assert "✗ Slack: PARLEY_SLACK_ROOM: “#buyers” is no channel's id" in said


def test_doctor_beside_a_running_parley_knows_its_port_and_its_link_works(
    unhurt: Running, nursery: Path
) -> None:
    status, said, _ = born(nursery, unhurt.place, "doctor", PARLEY_PORT=str(unhurt.port))

    assert status == 0
    assert f"✓ Port: Parley listens on 127.0.0.1:{unhurt.port}." in said
    assert get(log_in_link(said))[0] == 200


def test_failed_lists_nothing_where_nothing_failed_and_knows_no_made_up_id(
    ended: Run, tmp_path: Path
) -> None:
    assert run(tmp_path, "failed", "list") == (0, "", "There are no failed commands.\n")

    status, _, told = ended("failed", "replay", "s00:1-1")
    assert (status, told.startswith("There is no such failed command.")) == (1, True)


def test_the_demo_shows_progress_then_one_address_and_buyers_arrive(start: Start) -> None:
    """experience.md, the first three minutes: progress, one address, a live desk."""
    parley = start("demo", cold=True).ready()

    said = parley.said()
    steps = [line for line in said.splitlines() if line.startswith("✓")]
    assert [line.split("  ")[0] for line in steps] == [
        "✓ Settings",
        "✓ Playbooks",
        "✓ Languages",
        "✓ State: a server of our own",
        "✓ Web server",
    ]
    assert len(re.findall("https?://", said)) == 1
    assert get(log_in_link(said), cookies=True)[0] == 200, "the link opens the desk itself"
    assert until(lambda: parley.metric("parley_messages_visible_total"))
    assert parley.stop(signal.SIGINT) == 0
    assert "Traceback" not in parley.said()


def test_a_second_signal_ends_it_at_once(start: Start) -> None:
    """Also while a buyer's page hangs on: nothing is waited for."""
    parley = start("serve").ready()

    parley.process.send_signal(signal.SIGINT)
    parley.process.send_signal(signal.SIGINT)

    assert parley.process.wait(5) in (0, 130)
    assert not is_listening(parley.place / "data" / "valkey.sock")
