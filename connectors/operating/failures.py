"""`parley failed`: commands that Parley gave up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeVar

import click

from connectors.operating.cli import Wrong
from connectors.operating.process import tell

if TYPE_CHECKING:
    from assistant.ports import Store

    OpenStore = Callable[[], AbstractAsyncContextManager[Store]]

T = TypeVar("T")
_GONE = "There is no such failed command. `parley failed list` shows those there are."


@click.group()
def failed() -> None:
    """Commands that Parley gave up: look at them, try them again."""


def over(store: OpenStore) -> click.Group:
    """The group, with what opens the state."""
    failed.context_settings = {**failed.context_settings, "obj": store}
    return failed


@failed.command("list")
@click.pass_obj
def listed(store: OpenStore) -> None:
    """The newest first: id, time, what, tries, why."""
    failures = _asked(store, lambda opened: opened.failed())
    if not failures:
        click.echo("There are no failed commands.", err=True)  # a script that counts lines gets 0
    for one in failures:
        tell(f"{one.id}  {one.at:%Y-%m-%d %H:%M}  {one.command.kind}  {one.tries}×  {one.cause}")


@failed.command("show")
@click.argument("id")
@click.pass_obj
def shown(store: OpenStore, id: str) -> None:
    """All of one, as JSON. It may hold a buyer's words."""
    found = _asked(store, lambda opened: opened.failure(id))
    if found is None:
        raise Wrong(_GONE)
    tell(found.model_dump_json(indent=2))


@failed.command("replay")
@click.argument("id")
@click.pass_obj
def replayed(store: OpenStore, id: str) -> None:
    """Try one again: a running worker does it."""
    if not _asked(store, lambda opened: opened.replay(id)):
        raise Wrong(_GONE)
    tell("A worker tries it again now.")


def _asked(store: OpenStore, ask: Callable[[Store], Awaitable[T]]) -> T:
    async def asking() -> T:
        async with store() as opened:
            return await ask(opened)

    return asyncio.run(asking())
