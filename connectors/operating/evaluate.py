"""`parley evaluate`: situations as buyers tell them, taken all the way to a reviewed draft."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.operating.cli import Wrong
from connectors.operating.terminal import bar, show

if TYPE_CHECKING:
    from assistant.evaluating.judge import Miss
    from assistant.evaluating.run import Outcome
    from assistant.evaluating.situations import Sample
    from assistant.ports import Drafter

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


def over(offline: Callable[[], Drafter]) -> click.Command:
    """The command, over what writes drafts."""

    @click.command()
    @click.argument("directory", nargs=-1, type=_DIRECTORY)
    @click.option("--language", multiple=True, help="Only these languages' situations.")
    @click.option("--only", multiple=True, metavar="ID", help="Only this situation; repeatable.")
    @click.option("--show", "shown", is_flag=True, help="Every situation whole, with its draft.")
    def evaluate(
        directory: tuple[Path, ...], language: tuple[str, ...], only: tuple[str, ...], shown: bool
    ) -> None:
        """Take every situation of `situations/` to a reviewed draft, and hold it to what is
        expected; by the shipped playbooks with each DIRECTORY laid over them.
        """
        from assistant.evaluating.judge import misses
        from assistant.evaluating.situations import load_samples
        from assistant.evaluating.told import failures, summed_up, whole
        from assistant.playbooks import Playbooks

        began = time.monotonic()
        samples = _chosen(load_samples(*directory), language, only)
        outcomes = _outcomes(samples, Playbooks.load(*directory), offline())
        judged: list[tuple[Outcome, tuple[Miss, ...]]] = [(one, misses(one)) for one in outcomes]
        show(whole(judged) if shown else failures(judged))
        show([summed_up(judged, time.monotonic() - began)])
        sys.exit(1 if any(missed for _, missed in judged) else 0)

    return evaluate


def _chosen(
    samples: tuple[Sample, ...], languages: tuple[str, ...], ids: tuple[str, ...]
) -> list[Sample]:
    """Raises: Wrong, where a language or a situation is named that there is not."""
    from assistant.playbooks.problems import nearest

    for named, known in (
        (languages, {one.language for one in samples}),
        (ids, {one.id for one in samples}),
    ):
        for name in named:
            if name not in known:
                raise Wrong(f'There are no situations called "{name}"{nearest(name, known)}')
    return [
        one
        for one in samples
        if (not languages or one.language in languages) and (not ids or one.id in ids)
    ]


def _outcomes(samples: list[Sample], playbooks: object, drafter: Drafter) -> list[Outcome]:
    from assistant.evaluating.run import came_of
    from assistant.playbooks import Playbooks

    assert isinstance(playbooks, Playbooks)
    with asyncio.Runner() as runner, bar(samples, "Situations") as every:
        return [runner.run(came_of(one, playbooks, drafter)) for one in every]
