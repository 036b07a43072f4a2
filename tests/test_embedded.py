"""The embedded server: found or started, shared, stopped last, and nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from assistant.errors import Misconfigured, Unavailable
from connectors.embedded import running
from connectors.store import RedisStore, opened
from tests.store_samples import begun, receive
from tests.store_servers import alive, wait_for

USER = """
import asyncio, sys
from pathlib import Path
from connectors.embedded import running
from connectors.store import opened
from tests.store_samples import receive

async def main():
    async with running(Path(sys.argv[1])) as url, opened(url) as store:
        for n in range(int(sys.argv[2])):
            await store.enqueue(receive(n=n), once=str(n))
        print(await pid_of(store), flush=True)
        await asyncio.to_thread(sys.stdin.read)

async def pid_of(store):
    return (await store._servers.info())["process_id"]

asyncio.run(main())
"""


@asynccontextmanager
async def another_process(
    data: Path, messages: int = 0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """One that uses the server on *data* until its input ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", USER, str(data), str(messages)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate(b"")


async def told_pid(process: asyncio.subprocess.Process) -> int:
    assert process.stdout is not None
    async with asyncio.timeout(30):
        return int(await process.stdout.readline())


async def pid_of(url: str) -> int:
    async with opened(url) as store:
        return int((await store._servers.info())["process_id"])


async def pending(store: RedisStore) -> float:
    return (await store.figures())["pending.desk"]


async def test_data_survive_a_restart_and_the_server_is_gone_in_between(tmp_path: Path) -> None:
    async with running(tmp_path) as url, opened(url) as store:
        kept = await store.commit(begun(), then=[receive()])
        pid = await pid_of(url)
    assert not alive(pid)

    async with running(tmp_path) as url, opened(url) as store:
        assert await store.load(kept.id) == kept
        assert await pending(store) == 1


async def test_it_listens_on_nothing_but_a_private_socket_in_a_session_of_its_own(
    tmp_path: Path,
) -> None:
    data = tmp_path / "mes données, 50%?#"
    async with running(data) as url, opened(url) as store:
        info = await store._servers.info()
        pid = int(info["process_id"])

        assert info["tcp_port"] == "0"
        assert (info["aof_enabled"], info["maxmemory_policy"]) == ("1", "noeviction")
        assert stat.S_IMODE((data / "valkey.sock").stat().st_mode) == 0o700
        assert os.getsid(pid) == pid, "a Ctrl-C for Parley is not for its server"


async def test_processes_share_it_and_the_last_one_stops_it(tmp_path: Path) -> None:
    async with another_process(tmp_path) as first:
        pid = await told_pid(first)
        async with running(tmp_path) as url:
            assert await pid_of(url) == pid
            await first.communicate(b"")
            assert first.returncode == 0
            assert await pid_of(url) == pid, "it did not go with the one that started it"
    assert not alive(pid)


async def test_processes_that_start_at_once_start_one_server(tmp_path: Path) -> None:
    async with (
        another_process(tmp_path) as one,
        another_process(tmp_path) as two,
    ):
        pids = await asyncio.gather(*map(told_pid, (one, two)))
        assert len(set(pids)) == 1
        await asyncio.gather(*(process.communicate(b"") for process in (one, two)))
    assert not alive(pids[0])


async def test_a_server_whose_processes_were_all_killed_is_found_and_used(tmp_path: Path) -> None:
    async with another_process(tmp_path, messages=50) as killed:
        pid = await told_pid(killed)
        killed.send_signal(signal.SIGKILL)
        await killed.communicate(b"")
    assert alive(pid)

    async with running(tmp_path) as url, opened(url) as store:
        assert await pid_of(url) == pid
        assert await pending(store) == 50
    assert not alive(pid)


async def test_a_kill_of_everything_at_once_loses_nothing_acknowledged(tmp_path: Path) -> None:
    async with another_process(tmp_path, messages=60) as killed:
        pid = await told_pid(killed)
        os.kill(pid, signal.SIGKILL)
        killed.send_signal(signal.SIGKILL)
        await killed.communicate(b"")
    await asyncio.to_thread(wait_for, lambda: not alive(pid))

    async with running(tmp_path) as url, opened(url) as store:
        assert await pending(store) == 60


async def test_a_server_that_dies_is_started_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(tmp_path) as url, opened(url) as store:
        await store.enqueue(receive(n=1), once="1")
        with caplog.at_level(logging.ERROR):
            os.kill(await pid_of(url), signal.SIGKILL)
            async with asyncio.timeout(20):
                while not await added(store):
                    await asyncio.sleep(0.05)

        assert await pending(store) == 2
        assert "starting it again" in caplog.text


async def added(store: RedisStore) -> bool:
    try:
        await store.enqueue(receive(n=2), once="2")
    except Unavailable:
        return False
    return True


async def test_a_last_write_that_was_cut_short_is_told_and_the_rest_is_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Fault 16."""
    log = await written(tmp_path)
    log.write_bytes(log.read_bytes()[:-37])

    with caplog.at_level(logging.ERROR):
        async with running(tmp_path) as url, opened(url) as store:
            assert await pending(store) == 99

    assert "cut its log of writes short" in caplog.text


async def test_damaged_data_stop_the_start_and_stay_as_they_are(tmp_path: Path) -> None:
    """Fault 17: never an empty start in silence."""
    log = await written(tmp_path)
    whole = log.read_bytes()
    damaged = whole[: len(whole) // 2] + b"rubbish" * 9 + whole[len(whole) // 2 :]
    log.write_bytes(damaged)

    with pytest.raises(Misconfigured, match="damaged") as stopped:
        async with running(tmp_path):
            pass

    assert str(tmp_path / "valkey.log") in stopped.value.what
    assert log.read_bytes() == damaged
    log.write_bytes(whole)
    async with running(tmp_path) as url, opened(url) as store:
        assert await pending(store) == 100


async def written(data: Path) -> Path:
    """The log of a hundred writes; the server is stopped."""
    async with running(data) as url, opened(url) as store:
        for n in range(100):
            await store.enqueue(receive(n=n), once=str(n))
    [log] = (data / "appendonlydir").glob("*.incr.aof")
    return log


async def test_a_path_too_long_for_a_socket_gets_a_short_private_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Path(tempfile.mkdtemp())
    monkeypatch.setattr("tempfile.tempdir", str(short))
    data = tmp_path / ("d" * 100)

    async with running(data) as url, opened(url) as store:
        await store.enqueue(receive())
    async with running(data) as url, opened(url) as store:
        assert await pending(store) == 1
        assert url.startswith(f"unix://{short}/parley-{os.getuid()}-")
        folder = Path(url.removeprefix("unix://")).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    folder.chmod(0o755)
    with pytest.raises(Misconfigured, match="open to others"):
        async with running(data):
            pass
    shutil.rmtree(short)


async def test_a_directory_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("I am no directory")

    for data in (tmp_path / "file", tmp_path / "file" / "data", Path("/proc/parley")):
        with pytest.raises(Misconfigured, match="PARLEY_DATA") as stopped:
            async with running(data):
                pass
        assert str(data) in stopped.value.what
        assert "another directory" in stopped.value.what


async def test_a_platform_without_the_server_is_told_to_name_a_redis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "sparc64")

    with pytest.raises(Misconfigured, match="PARLEY_REDIS_URL"):
        async with running(tmp_path):
            pass
