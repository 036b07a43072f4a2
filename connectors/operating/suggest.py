"""`parley playbook suggest`: what people's edits have in common, as a change for a lead to make."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.operating.cli import Wrong
from connectors.operating.terminal import show

if TYPE_CHECKING:
    from assistant.model import Conversation
    from assistant.ports import Store

    OpenStore = Callable[[], AbstractAsyncContextManager[Store]]

MOST = 5_000
"""Conversations that are read."""
_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


def over(store: OpenStore) -> click.Command:
    """The command, with what opens the state."""

    @click.command()
    @click.argument("directory", nargs=-1, type=_DIRECTORY)
    @click.option("--since", type=click.IntRange(1), default=90, show_default=True, help="Days.")
    @click.option("--drafts", type=click.IntRange(2), default=3, show_default=True)
    @click.option("--agents", type=click.IntRange(1), default=2, show_default=True)
    @click.option(
        "--write", "target", type=click.Path(file_okay=False, path_type=Path), metavar="DIR"
    )
    def suggest(
        directory: tuple[Path, ...], since: int, drafts: int, agents: int, target: Path | None
    ) -> None:
        """What at least --agents people changed in the same way in at least --drafts drafts.

        Told as a diff against the playbooks in force (the shipped ones with each DIRECTORY laid
        over them) with a situation or a case that proves it. Nothing changes by itself: --write
        puts the proposal into DIR, as files to be laid over.
        """
        from assistant.evaluating.suggest import Suggester, files, told
        from assistant.evaluating.taught import lessons

        suggester = Suggester(*directory)
        taught = asyncio.run(_taught(store, since))
        counted = lessons(taught, suggester.playbooks, drafts=drafts, agents=agents)
        found = list(suggester.suggestions(counted))
        for one in found:
            show(told(one))
            click.echo()
        uses = sum(len(one.uses) for one in taught)
        changes = "1 change" if len(found) == 1 else f"{len(found):,} changes"
        click.echo(f"{uses:,} drafts of {since} days: {changes} to propose.")
        if target is not None and found:
            _write(target, files(found))

    return suggest


async def _taught(store: OpenStore, days: int) -> Sequence[Conversation]:
    async with store() as opened:
        return await opened.taught(datetime.now(UTC) - timedelta(days=days), MOST)


def _write(target: Path, texts: dict[str, str]) -> None:
    """Raises: Wrong, before anything is written, where a file is there already."""
    there = [str(target / path) for path in texts if (target / path).exists()]
    if there:
        raise Wrong(f"{', '.join(there)} is there already: nothing was written.")
    for path, text in texts.items():
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_text(text, "utf-8")
        click.echo(f"Written: {target / path}")
    click.echo(
        f"Next: read it, then `parley evaluate {target}` and `parley playbook test {target}`."
    )
