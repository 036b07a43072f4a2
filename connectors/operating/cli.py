"""The command line's edges: errors as sentences, exit statuses, JSON lines in and out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import click

from assistant.errors import ParleyError

INTERRUPTED = 130


class Wrong(click.ClickException):
    """Something that whoever called can put right: told in sentences, exit status 1."""

    def show(self, file: Any = None) -> None:
        click.echo(self.format_message(), err=True)


class Commands(click.Group):
    """The one boundary of the command line: our errors are sentences, not traces."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (ParleyError, BaseExceptionGroup) as error:
            ours = list(_ours(error))
            if not ours:
                raise
            raise Wrong("\n".join(dict.fromkeys(map(str, ours)))) from error
        except asyncio.CancelledError:
            ctx.exit(INTERRUPTED)


def _ours(error: BaseException) -> Iterator[ParleyError]:
    """Our errors in *error*; nothing where one of somebody else's is among them."""
    if isinstance(error, ParleyError):
        yield error
    elif isinstance(error, BaseExceptionGroup):
        ours, others = error.split(ParleyError)
        for one in ours.exceptions if ours and not others else ():
            yield from _ours(one)


def answer_lines(answer: Callable[[str], Mapping[str, Any]]) -> NoReturn:
    """Answer stdin line by line, each at once; empty lines are passed over.

    Exits with 1 where a line was malformed (its answer says how), else with 0.
    """
    bad = False
    try:
        for raw in sys.stdin.buffer:
            if raw.strip():
                # Editors on Windows put a byte order mark before the first line.
                answered = answer(raw.decode("utf-8", "replace").lstrip("\ufeff"))
                bad = bad or "error" in answered
                sys.stdout.buffer.write(json.dumps(answered, ensure_ascii=False).encode() + b"\n")
                sys.stdout.buffer.flush()
    except BrokenPipeError:
        # Whoever read us has gone, as `| head` does: nobody is left to tell anything.
        sys.stderr.close()
    sys.exit(int(bad))
