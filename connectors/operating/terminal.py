"""Coloured lines and progress bars for whoever watches."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from assistant.proving.report import Line, Tone

T = TypeVar("T")
_COLOURS: dict[Tone, dict[str, Any]] = {
    "": {},
    "good": {"fg": "green"},
    "bad": {"fg": "red"},
    "head": {"bold": True},
    "dim": {"dim": True},
}


def show(lines: Iterable[Line]) -> None:
    for line in lines:
        click.echo(click.style(line.text, **_COLOURS[line.tone]))


@contextmanager
def bar(items: Sequence[T], label: str) -> Iterator[Iterable[T]]:
    """A bar for whoever watches; nothing where nobody does."""
    if not sys.stderr.isatty():
        yield items
        return
    with click.progressbar(items, label=label, file=sys.stderr) as shown:
        yield shown
