"""The worker: takes due work, one holder a shard and lane, in order for each conversation.

A lease says who works a shard's lane. Its holder reads the lane's stream and runs each
conversation's commands one after another, different conversations at once. A command that can't be
done now goes back to be due later; one whose order matters holds its conversation until it is done.
After the last try it becomes a dead letter, which is shown. Whatever a killed worker had in hand,
the next holder runs again: handlers are idempotent, and a commit of the old holder is refused by
its fence.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import random
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import timedelta

from assistant.commands import Tell, Work, subject
from assistant.desk.desk import Desk
from assistant.errors import Fenced, ParleyError, Unavailable, Unsure, whereabouts
from assistant.model import LANES, PARLEY, ConversationId, Lane
from assistant.ports import Fence, Job, Ports
from assistant.words import say

log = logging.getLogger(__name__)

RENEW_S = 1.5
"""A lease lasts 5 s: two renewals may fail before it is lost."""
BLOCK = timedelta(seconds=1)
AT_ONCE: dict[Lane, int] = {"desk": 64, "draft": 4, "room": 32, "translate": 2}
"""Commands of different conversations that one shard's lane runs at once."""
IN_HAND = 2_000
"""Entries a holder keeps in memory; beyond it reading pauses, nothing is lost."""
MOST_TRIES = 6
PATIENT_TRIES = 200
"""The same for what waits for a chat platform that is down: two thirds of a day."""
SUSPECT_TRIES = 3
"""Who was begun so often and left in hand may be what kills the worker."""
DRAIN_S = 10.0
MOMENT_S = 2.0
"""How long work may go on whose lease is perhaps over: shorter than what is left of a lease."""
WAKE_EVERY_S = 0.2


class Precedence:
    """Lets what is quick go first: a draft's pure work waits for a gap, though never for long."""

    LONGEST_S = 0.1

    def __init__(self) -> None:
        self._quick = 0
        self._gap = asyncio.Event()
        self._gap.set()
        self._one = asyncio.Lock()
        self.suspects: Mapping[Lane, asyncio.Lock] = {lane: asyncio.Lock() for lane in LANES}

    @contextmanager
    def quick(self) -> Iterator[None]:
        """Around a command of the desk lane."""
        self._quick += 1
        self._gap.clear()
        try:
            yield
        finally:
            self._quick -= 1
            if not self._quick:
                self._gap.set()

    async def give_way(self) -> None:
        """One at a time, in a gap, or after a tenth of a second without one."""
        async with self._one:
            await asyncio.sleep(0)  # what has just arrived gets its turn
            await _pause(self._gap, self.LONGEST_S)


class Worker:
    """Works every shard's lanes that it can get the lease of. Run as many as wanted, anywhere."""

    def __init__(self, ports: Ports, desk: Desk) -> None:
        self._precedence = Precedence()
        self._ports = dataclasses.replace(ports, give_way=self._precedence.give_way)
        self._desk = desk
        self._name = f"worker-{secrets.token_hex(6)}"
        self.running = asyncio.Event()
        """Set while every lane is worked, or watched for another worker to leave it."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until *stop* is set; what is in hand then gets a few seconds to finish."""
        lanes = [
            asyncio.create_task(self._work_lane(shard, lane, stop))
            for shard in range(self._ports.store.shards)
            for lane in LANES
        ]
        self.running.set()
        try:
            await asyncio.gather(*lanes)
        finally:
            for task in lanes:
                task.cancel()
            self.running.clear()

    async def _work_lane(self, shard: int, lane: Lane, stop: asyncio.Event) -> None:
        """Wait for the lease, work while it lasts, start over."""
        while not stop.is_set():
            try:
                fence = await self._ports.store.hold(shard, lane, self._name)
                if fence:
                    holder = _Holder(self._ports, self._desk, fence, self._name, self._precedence)
                    await holder.work(stop)
            except Unavailable as error:
                log.warning("the store is unavailable: %s", error)
            except Fenced:
                log.warning("lost the lease of shard %d %s", shard, lane)
            await _pause(stop, RENEW_S * random.uniform(0.6, 1.0))  # noqa: S311 — jitter


class _Holder:
    """One lease's work, from taking it to losing it or stopping."""

    def __init__(
        self, ports: Ports, desk: Desk, fence: Fence, name: str, precedence: Precedence
    ) -> None:
        self._store, self._desk, self._fence, self._name = ports.store, desk, fence, name
        self._quick = precedence.quick if fence.lane == "desk" else nullcontext
        self._ports = dataclasses.replace(ports, store=ports.store.fenced(fence))
        self._queues: dict[ConversationId, list[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE[fence.lane])
        self._left: set[str] = set()
        """Jobs that an earlier holder had in hand; perhaps it had begun them."""
        self._suspects = precedence.suspects[fence.lane]
        self._room = asyncio.Event()
        self._over = asyncio.Event()
        """Set once nothing more may begin: we stop, or something was left in hand."""

    async def work(self, stop: asyncio.Event) -> None:
        """Raises: Fenced, Unavailable."""
        try:
            async with asyncio.TaskGroup() as group:
                chores = [group.create_task(self._renew()), group.create_task(self._read(stop))]
                if self._fence.lane == "desk":
                    chores.append(group.create_task(self._wake()))
                chores.append(group.create_task(self._start_over(stop)))
                stopping = group.create_task(self._until(stop))
                await stopping
                for chore in chores:
                    chore.cancel()
        except* ParleyError as errors:
            # What is being handed to a channel gets a moment more: cut off, nobody could tell
            # whether it arrived.
            self._over.set()
            await self._finish(MOMENT_S)
            raise errors.exceptions[0] from None
        finally:
            await self._drop()
            await self._release()

    async def _until(self, stop: asyncio.Event) -> None:
        """Stopping: what runs gets its time, the lease still renewed; the rest is handed back."""
        await stop.wait()
        self._over.set()
        await self._finish(DRAIN_S)

    async def _drop(self) -> None:
        self._over.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _finish(self, seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _release(self) -> None:
        try:
            await self._store.release(self._fence)
        except (Unavailable, Fenced):
            log.info("a lease was left to run out")

    async def _start_over(self, stop: asyncio.Event) -> None:
        """Something was left in hand: give up the lease, so that its next holder runs it again."""
        await self._over.wait()
        if stop.is_set():
            return
        await self._finish(DRAIN_S)
        raise Unavailable("work was left in hand")

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_S)
            fence = await self._store.hold(self._fence.shard, self._fence.lane, self._name)
            if fence != self._fence:
                raise Fenced("the lease passed to another worker")

    async def _wake(self) -> None:
        """Due retries, undo times, snoozes become work."""
        while True:
            await self._store.wake(self._fence, self._ports.now())
            await asyncio.sleep(WAKE_EVERY_S)

    async def _read(self, stop: asyncio.Event) -> None:
        left = await self._store.in_hand(self._fence)
        self._left = {job.id for job in left}
        self._queue(left)
        while not stop.is_set():
            while sum(map(len, self._queues.values())) >= IN_HAND:
                self._room.clear()
                await self._room.wait()
            jobs = await self._store.take(self._fence, AT_ONCE[self._fence.lane], BLOCK)
            self._queue(jobs)

    def _queue(self, jobs: Iterable[Job]) -> None:
        if self._over.is_set():
            return  # They stay in hand: begun now, they could overtake what was left before them.
        for job in jobs:
            about = _line(job.command)
            waiting = self._queues.get(about)
            if waiting is not None:
                waiting.append(job)
                continue
            self._queues[about] = [job]
            task = asyncio.create_task(self._run_conversation(about))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run_conversation(self, about: ConversationId) -> None:
        """Its commands one after another; what fails passingly and keeps no order steps aside."""
        queue = self._queues[about]
        try:
            while queue:
                async with self._slots:
                    if self._over.is_set():
                        return
                    await self._run(queue[0])
                queue.pop(0)
                self._room.set()
        except Unavailable:
            # Nothing is lost: the entries stay ours in the stream, and the lane starts over.
            log.warning("left work in hand: the store is unavailable")
            self._over.set()
        except Fenced:
            log.warning("left work in hand: another worker has it now")
            self._over.set()
        except Exception as error:
            log.error("left work in hand: this should not have happened: %s", whereabouts(error))
            self._over.set()
        finally:
            self._queues.pop(about, None)

    async def _run(self, job: Job) -> None:
        """Raises: Unavailable (the store itself), Fenced."""
        if job.id in self._left and job.tries + 1 >= SUSPECT_TRIES:
            # Begun again and again and never finished: one of these kills the worker. They run one
            # at a time, so that the others are not counted, and at last buried, along with it.
            async with self._suspects:
                return await self._try(await self._store.tried(self._fence, job))
        if job.id in self._left:
            job = await self._store.tried(self._fence, job)
        await self._try(job)

    async def _try(self, job: Job) -> None:
        if job.tries > (PATIENT_TRIES if job.command.for_rooms else MOST_TRIES):
            # Taken again and again without an end: it may be what kills the worker.
            await self._store.bury(
                self._fence, job, str(say("It never finished; perhaps it kills the worker."))
            )
            return
        while True:
            try:
                with self._quick():
                    await self._desk.handle_with(self._ports, job.command, PARLEY)
            except Fenced:
                raise
            except Exception as error:
                again = await self._failed(job, error)
                if again is None or self._over.is_set():
                    return
                job = again
            else:
                await self._store.done(self._fence, job)
                return

    async def _give_up(self, job: Job, cause: str) -> None:
        """A dead letter that is shown, or nothing where the answer has outlived its question."""
        if job.command.best_effort:
            await self._store.done(self._fence, job)
        else:
            await self._store.bury(self._fence, job, cause)

    async def _failed(self, job: Job, error: Exception) -> Job | None:
        """Later again, now again (a Job), or never: then it is a dead letter that is shown."""
        reference = secrets.token_hex(4)
        log.warning(
            "%s failed, try %d, reference %s: %s",
            job.command.kind,
            job.tries,
            reference,
            error if isinstance(error, ParleyError) else whereabouts(error),
        )
        if job.tries >= _most_tries(job, error):
            await self._give_up(job, str(error) or type(error).__name__)
            return None
        wait_s = _wait_s(job.tries, error)
        if job.command.in_order:
            await _pause(self._over, wait_s)
            return await self._store.tried(self._fence, job)
        await self._store.retry(self._fence, job, self._ports.now() + timedelta(seconds=wait_s))
        return None


def _line(command: Work) -> ConversationId:
    """What it waits behind: telling a person, which may take a model's time, holds up no card."""
    about = subject(command)
    return ConversationId(f"{about} tell") if isinstance(command, Tell) else about


def _most_tries(job: Job, error: Exception) -> int:
    """A platform's outage ends; what nobody waits for any more is given up sooner."""
    if job.command.most_tries is not None:
        return job.command.most_tries
    waits = isinstance(error, Unavailable | Unsure) and not job.command.best_effort
    return PATIENT_TRIES if waits and job.command.for_rooms else MOST_TRIES


def _wait_s(tries: int, error: Exception) -> float:
    """0.5, 1, 2 … s up to 5 min, with jitter; what the other system asked for, if it did."""
    if isinstance(error, Unavailable) and error.retry_after_s:
        return error.retry_after_s
    return min(0.5 * 2.0 ** (tries - 1), 300.0) * random.uniform(0.8, 1.2)  # noqa: S311 — jitter


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
