"""Work: streams by shard and lane, leases, retries, dead letters."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pydantic import ValidationError

from assistant.commands import WORK, ReceiveMessage, ShowFailure, Work, subject
from assistant.model import LANES, ConversationId, Lane, conversation_id
from assistant.ports import Failed, Fence, Job
from connectors.store import keys, written
from connectors.store.base import Base, script

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=5)
ONCE = timedelta(days=7)
"""Longer than any platform repeats a delivery."""
UNTOLD = frozenset({"show_failure", "alert_room"})
"""What would tell of a failure and failed itself: telling of that would never end."""
WOKEN = 500
"""At most so many become due in one step."""


class Streams(Base):
    """What is to be done."""

    async def enqueue(self, command: Work, *, once: str | None = None) -> bool:
        """Make *command* due work, durably. False: `once` was seen before, nothing was added."""
        shard = self.shard_of(subject(command))
        added = await self._servers.run(
            script("enqueue"),
            [keys.once(shard, once or ""), keys.work(shard, command.lane), keys.count(shard)],
            0 if once is None else 1,
            command.model_dump_json(),
            "accepted" if isinstance(command, ReceiveMessage) else "",
            int(ONCE.total_seconds()),
        )
        return added == 1

    async def hold(self, shard: int, lane: Lane, holder: str) -> Fence | None:
        """Take or renew the lease of a shard's lane for 5 s. None: another holder has it."""
        names = [keys.lease(shard, lane), keys.fence(shard, lane), keys.work(shard, lane)]
        raw = await self._servers.run(
            script("hold"), names, holder, int(LEASE.total_seconds() * 1e3)
        )
        number, made, held_before = cast(list[int], raw)
        if not number:
            return None
        if made and (held_before or (shard, lane) in self._lanes):
            _cry(shard, lane)
        self._lanes.add((shard, lane))
        return Fence(shard, lane, number)

    async def release(self, fence: Fence) -> None:
        """Let another holder take over at once."""
        self._handed.pop(fence, None)
        names = [keys.lease(fence.shard, fence.lane), keys.fence(fence.shard, fence.lane)]
        await self._servers.run(script("release"), names, fence.number)

    async def in_hand(self, fence: Fence) -> Sequence[Job]:
        """What earlier holders had taken and not finished, oldest first, begun or not."""
        for old in [one for one in self._handed if one[:2] == fence[:2]]:
            del self._handed[old]
        return await self._in_hand(fence)

    async def take(self, fence: Fence, count: int, block: timedelta) -> Sequence[Job]:
        """New work, oldest first; waits up to *block*. Raises: Fenced, Unavailable."""
        jobs, newest = await self._take(fence, count)
        if jobs or not newest or block <= timedelta(0):
            return jobs
        stream, wait_s = keys.work(fence.shard, fence.lane), block.total_seconds()
        arguments = ("XREAD", "BLOCK", max(1, int(wait_s * 1000)), "STREAMS", stream, newest)
        if await self._servers.wait(*arguments, key=stream, within_s=wait_s) is None:
            return []
        return (await self._take(fence, count))[0]

    async def done(self, fence: Fence, job: Job) -> None:
        """Out of the stream. Raises: Fenced, Unavailable."""
        names = [*_stream(fence), _tries(fence)]
        await self._servers.run(script("done"), names, fence.number, job.id)
        self._drop(fence, job)

    async def tried(self, fence: Fence, job: Job) -> Job:
        """Count one more try of a job that stays in hand."""
        names = [_tries(fence), keys.fence(fence.shard, fence.lane)]
        await self._servers.run(script("tried"), names, fence.number, job.id)
        return job._replace(tries=job.tries + 1)

    async def retry(self, fence: Fence, job: Job, due: datetime) -> None:
        """Out of the stream, due again at *due* with its tries kept: one Lua call."""
        shard = fence.shard
        names = [*_stream(fence), _tries(fence), keys.later(shard), keys.seq(shard)]
        arguments = (fence.number, job.id, fence.lane, job.tries, written.ms(due))
        await self._servers.run(script("retry"), names, *arguments)
        self._drop(fence, job)

    async def bury(self, fence: Fence, job: Job, cause: str) -> str:
        """Out of the stream, into the dead letters, ShowFailure enqueued: one Lua call. Its id."""
        about = _failure(subject(job.command), job.command.kind, cause)
        id = await self._bury(fence, job.id, job.tries, cause, about)
        self._drop(fence, job)
        return id

    async def wake(self, fence: Fence, now: datetime) -> datetime | None:
        """Make what is due work, of every lane. When the next is due, if anything waits."""
        shard = fence.shard
        names = [keys.later(shard), keys.fence(shard, fence.lane)]
        streams = [keys.work(shard, lane) for lane in LANES]
        raw = await self._servers.run(
            script("wake"), [*names, *streams], fence.number, written.ms(now), WOKEN
        )
        return (
            datetime.fromtimestamp(float(raw) / 1000, UTC)
            if isinstance(raw, bytes) and raw
            else None
        )

    # ── dead letters ─────────────────────────────────────────────────────────

    async def failed(self, limit: int = 100) -> Sequence[Failed]:
        """The newest dead letters of all shards, newest first."""
        found = await asyncio.gather(
            *(self._failed(n, "+", "-", limit) for n in range(self.shards))
        )
        every = [one for part in found for one in part]
        return sorted(every, key=lambda one: one.at, reverse=True)[:limit]

    async def failure(self, failed_id: str) -> Failed | None:
        """One dead letter, unless it was replayed or never was."""
        shard, id = _place(failed_id)
        if not 0 <= shard < self.shards:
            return None
        return next(iter(await self._failed(shard, id, id, 1)), None)

    async def replay(self, failed_id: str) -> bool:
        """Back to the work streams, out of the dead letters: one Lua call. False: it is gone."""
        shard, id = _place(failed_id)
        if not 0 <= shard < self.shards:
            return False
        names = [keys.failed(shard), *(keys.work(shard, lane) for lane in LANES)]
        return await self._servers.run(script("replay"), names, id, failed_id) == 1

    # ── inside ───────────────────────────────────────────────────────────────

    async def _take(self, fence: Fence, count: int) -> tuple[list[Job], bytes | None]:
        """Jobs; where there are none, the newest id, after which to wait."""
        raw = await self._servers.run(script("take"), _stream(fence), fence.number, count)
        rebuilt, entries, in_hand, newest = cast(tuple[int, list[Any], int, bytes], raw)
        if rebuilt:
            _cry(fence.shard, fence.lane)
        handed = self._handed.setdefault(fence, set())
        fresh = [[id, fields, 0] for id, fields in entries if id.decode() not in handed]
        jobs = await self._jobs(fence, fresh)
        if in_hand > len(handed) + len(fresh) - len(jobs):
            # Claimed, and the answer got lost on its way to us: it is still ours to do.
            jobs = [*await self._in_hand(fence), *jobs]
        return jobs, None if entries else newest

    async def _in_hand(self, fence: Fence) -> list[Job]:
        """All that is taken and was not handed to this holder yet."""
        handed = self._handed.setdefault(fence, set())
        names = [*_stream(fence), _tries(fence)]
        raw = await self._servers.run(script("in_hand"), names, fence.number, *handed)
        return await self._jobs(fence, cast(list[Any], raw))

    async def _jobs(self, fence: Fence, entries: Sequence[Any]) -> list[Job]:
        """Entries as jobs. One that can't be read is buried with its cause, not in the way."""
        handed = self._handed.setdefault(fence, set())
        jobs = []
        for raw_id, flat, more in entries:
            id, fields = raw_id.decode(), dict(zip(flat[::2], flat[1::2], strict=False))
            command = _read(fields)
            if isinstance(command, str):
                await self._bury_unread(fence, id, fields, command)
                continue
            handed.add(id)
            jobs.append(Job(id, command, _whole(fields.get(b"t")) + more + 1))
        return jobs

    async def _bury_unread(
        self, fence: Fence, id: str, fields: dict[bytes, bytes], cause: str
    ) -> None:
        kind, conversation = _guess(fields.get(b"c", b""))
        log.error("buried unread work: %s", cause, extra={"shard": fence.shard, "entry": id})
        await self._bury(fence, id, 1, cause, _failure(conversation, kind, cause))

    async def _bury(self, fence: Fence, id: str, tries: int, cause: str, about: str) -> str:
        shard = fence.shard
        names = [*_stream(fence), _tries(fence), keys.failed(shard)]
        names.append(keys.work(shard, ShowFailure.lane))
        arguments = (fence.number, id, fence.lane, tries, cause, f"{shard}.", about)
        raw = await self._servers.run(script("bury"), [*names, keys.count(shard)], *arguments)
        return raw.decode() if isinstance(raw, bytes) else ""

    async def _failed(self, shard: int, newest: str, oldest: str, limit: int) -> list[Failed]:
        key = keys.failed(shard)
        raw = await self._servers.call("XREVRANGE", key, newest, oldest, "COUNT", limit, key=key)
        return [_dead(shard, id.decode(), flat) for id, flat in cast(list[Any], raw)]

    def _drop(self, fence: Fence, job: Job) -> None:
        self._handed.get(fence, set()).discard(job.id)


def _stream(fence: Fence) -> list[str]:
    return [keys.work(fence.shard, fence.lane), keys.fence(fence.shard, fence.lane)]


def _tries(fence: Fence) -> str:
    return keys.tries(fence.shard, fence.lane)


def _cry(shard: int, lane: Lane) -> None:
    """Somebody emptied the database, or deleted the group: work that was in it is gone."""
    log.error(
        "the work stream of shard %s, lane %s had lost its consumer group: rebuilt."
        " Was the database flushed? What was waiting in it may be lost",
        shard,
        lane,
    )


def _read(fields: dict[bytes, bytes]) -> Work | str:
    """The command of an entry, or why it can't be read."""
    try:
        return WORK.validate_json(fields[b"c"])
    except KeyError:
        return "the entry holds no command"
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        return f"this release can't read it: {place} {first['msg']}".replace("  ", " ")


def _guess(raw: bytes) -> tuple[str, ConversationId]:
    """Kind and conversation of a command that can't be read, as far as they can be told."""
    try:
        told = json.loads(raw)
    except ValueError:
        return "unknown", ConversationId("")
    if not isinstance(told, dict):
        return "unknown", ConversationId("")
    incoming = told.get("incoming")
    id = told.get("conversation_id", "")
    if isinstance(incoming, dict):
        id = conversation_id(str(incoming.get("channel")), str(incoming.get("thread_key")))
    return str(told.get("kind", "unknown")), ConversationId(str(id))


def _failure(conversation: ConversationId, kind: str, cause: str) -> str:
    """ShowFailure as JSON without its last field, which the script knows; none about itself."""
    if kind in UNTOLD:
        return ""
    show = ShowFailure(conversation_id=conversation, failed_id="", what=kind, cause=cause)
    return show.model_dump_json(exclude={"failed_id"})[:-1]


def _dead(shard: int, id: str, flat: Sequence[bytes]) -> Failed:
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    cause, whole = fields[b"cause"].decode(), f"{shard}.{id}"
    command = _read(fields)
    if isinstance(command, str):
        # It stays as it is until a release that knows it replays it; a list shows this for it.
        kind, subject_of = _guess(fields.get(b"c", b""))
        command = ShowFailure(conversation_id=subject_of, failed_id=whole, what=kind, cause=cause)
    at = datetime.fromtimestamp(int(id.split("-")[0]) / 1000, UTC)
    return Failed(id=whole, command=command, cause=cause, tries=_whole(fields.get(b"t")), at=at)


def _place(failed_id: str) -> tuple[int, str]:
    """Shard and stream id; shard -1 for what is no id of ours."""
    shard, _, id = failed_id.partition(".")
    valid = shard.isdecimal() and all(part.isdecimal() for part in id.split("-", 1))
    return (int(shard), id) if valid else (-1, "")


def _whole(raw: bytes | None) -> int:
    return int(raw) if raw and raw.isdigit() else 0
