"""One server. Calls that are made at the same time travel together.

redis-py takes about 130 µs of CPU for a call of its own; calls that share a write and a read take
about 50 µs each and share the server's fsync. Order among concurrent calls is not kept.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar, Union, cast

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError, RedisError, ResponseError

Argument: TypeAlias = str | bytes | int | float
Raw: TypeAlias = Union[bytes, int, "list[Raw]", None]
"""What a server answers, not parsed."""

FLIGHTS = 2
"""So many batches are under way at once: a slow script delays only its own."""
TOGETHER = 256
"""At most so many calls in one batch."""
PATIENCE_S = 5.0
"""A blocking read may take this much longer than it asked for."""
T = TypeVar("T")


async def cancellable(
    work: Coroutine[Any, Any, T], undo: Callable[[T], Awaitable[object]] | None = None
) -> T:
    """Await *work* that may swallow a cancellation, as redis-py does while it connects.

    Cancelled, it is waited for, what it came to is undone, and the cancellation goes on its way.
    """
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is None and undo is not None:
            await undo(task.result())
        raise


class _Call(NamedTuple):
    arguments: Sequence[Argument]
    answer: asyncio.Future[Raw]

    def settle(self, raw: Raw | Exception) -> None:
        """Whoever gave up waiting has cancelled its future."""
        if self.answer.done():
            return
        if isinstance(raw, Exception):
            self.answer.set_exception(raw)
        else:
            self.answer.set_result(raw)


class Node:
    """A server and our connections to it. Raises redis-py's errors; repeats nothing by itself."""

    def __init__(self, pool: ConnectionPool) -> None:
        self.pool = pool
        self._calls: deque[_Call] = deque()
        self._flights: set[asyncio.Task[None]] = set()

    async def call(self, *arguments: Argument) -> Raw:
        """Run one command."""
        answer: asyncio.Future[Raw] = asyncio.get_running_loop().create_future()
        self._calls.append(_Call(arguments, answer))
        if len(self._flights) < FLIGHTS:
            self._take_off()
        return await answer

    def _take_off(self) -> None:
        # A task of its own: a caller who is cancelled must not take the others' calls with it.
        flight = asyncio.create_task(self._fly())
        self._flights.add(flight)
        flight.add_done_callback(self._landed)

    def _landed(self, flight: asyncio.Task[None]) -> None:
        """Calls that came meanwhile go next. Cut off, as a loop that ends does to all of its tasks,
        perhaps before it began, a flight leaves nobody waiting for another one."""
        self._flights.discard(flight)
        if self._calls and not flight.cancelled():
            self._take_off()
        elif not self._flights:
            self._refuse()

    def _refuse(self) -> None:
        while batch := self._next():
            _fail(batch, ConnectionError("the connection was closed"))

    async def wait(self, *arguments: Argument, within_s: float) -> Raw:
        """Run one blocking command on a connection of its own; it may be cancelled."""
        connection = await self._connection()
        try:
            await connection.send_command(*arguments)
            raw: Raw = await connection.read_response(timeout=within_s + PATIENCE_S)
        except ResponseError:
            raise
        except BaseException:
            # The answer may still come: the next user of this connection must not read it.
            await connection.disconnect(nowait=True)
            raise
        finally:
            await self.pool.release(connection)
        return raw

    async def _connection(self) -> AbstractConnection:
        connecting: Coroutine[Any, Any, Any] = self.pool.get_connection()  # type: ignore[no-untyped-call]
        return cast(AbstractConnection, await cancellable(connecting, self.pool.release))

    async def close(self) -> None:
        """Drop the connections; calls under way raise ConnectionError."""
        for flight in self._flights:
            flight.cancel()
        await asyncio.gather(*self._flights, return_exceptions=True)
        self._refuse()
        await self.pool.aclose()

    async def _fly(self) -> None:
        while batch := self._next():
            await self._exchange(batch)

    def _next(self) -> list[_Call]:
        together = min(len(self._calls), TOGETHER)
        return [self._calls.popleft() for _ in range(together)]

    async def _exchange(self, batch: Sequence[_Call]) -> None:
        """Every call of the batch gets an answer or an error, whatever happens here."""
        try:
            connection = await self._connection()
            try:
                await self._send(connection, batch)
            except BaseException:
                await connection.disconnect(nowait=True)
                raise
            finally:
                await self.pool.release(connection)
        except (RedisError, OSError) as error:
            _fail(batch, error)
        except BaseException:
            _fail(batch, ConnectionError("the connection was closed"))
            raise

    async def _send(self, connection: AbstractConnection, batch: Sequence[_Call]) -> None:
        packed = connection.pack_commands([call.arguments for call in batch])
        await connection.send_packed_command(packed)
        for call in batch:
            try:
                call.settle(await connection.read_response())
            except ResponseError as error:
                call.settle(error)


def _fail(batch: Sequence[_Call], error: Exception) -> None:
    for call in batch:
        call.settle(error)
