"""`parley answers`: what the team knows, searched and imported at the command line."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from connectors.operating.cli import Commands, Wrong

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Commands)
def answers() -> None:
    """What the team knows on products, shipping, promotions, returns."""


@answers.command()
@click.argument("words", nargs=-1, required=True)
@click.option(
    "--in", "directory", multiple=True, type=_DIRECTORY, help="Playbooks of your own, laid on top."
)
@click.option("--language", default="en", help="To be answered in, where somebody wrote it so.")
@click.option("--market", help="Country of the buyer: DE.")
@click.option("--platform", default="own", show_default=True)
def find(
    words: tuple[str, ...],
    directory: tuple[Path, ...],
    language: str,
    market: str | None,
    platform: str,
) -> None:
    """The answers that fit WORDS, in any language, best first."""
    from assistant.answers import Asking, Shelf
    from assistant.playbooks import Playbooks

    asking = Asking(
        text=" ".join(words), day=datetime.now(UTC).date(), market=market, platform=platform
    )
    found = Shelf.of(Playbooks.load(*directory)).find(asking)
    if not found:
        raise Wrong("Nobody wrote an answer to that yet.")
    for one in found:
        spoken, says = one.answer.in_language(language, "en")
        where = f"{spoken}; {one.answer.source}, {one.answer.checked_on}"
        click.echo(f"{one.answer.id}  ({where})\n  {says}")
