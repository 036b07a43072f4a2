"""`parley answers`: what the team knows, searched and imported at the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connectors.operating.cli import Commands, Wrong

if TYPE_CHECKING:
    from assistant.answers.importing import Defaults

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


KINDS = (".csv", ".tsv", ".md")
_FILE = click.Path(exists=True, path_type=Path)


@answers.command("import")
@click.argument("sources", nargs=-1, required=True, type=_FILE, metavar="FILE|DIRECTORY...")
@click.option(
    "--in",
    "into",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The playbooks they become part of.",
)
@click.option("--language", default="", help="Of files that do not say it: en, de, zh-Hans.")
@click.option("--about", default="product", show_default=True, help="What they are about.")
@click.option("--source", default="", help="Where they are from. Otherwise the file's name.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
@click.option("--replace", is_flag=True, help="Replace answers of the same name.")
def import_(
    sources: tuple[Path, ...],
    into: Path,
    language: str,
    about: str,
    source: str,
    dry_run: bool,
    replace: bool,
) -> None:
    """Answers out of tables (CSV) and pages of questions (Markdown), as files of playbooks.

    A table has the columns question and answer and, where you like, language, id, about, sku,
    intents, market, platform, valid_until, source, checked_on, cautions and not_claimed; several
    of a kind stand in one cell with a ; between them. A page has each question as a heading.

    All errors are told at once, with line and column, and then nothing is written; neither is
    anything replaced, unless you say --replace.
    """
    from assistant.answers.importing import Defaults

    today = datetime.now(UTC).date()
    made: dict[str, tuple[str, str]] = {}
    wrong: list[str] = []
    for path in _files(sources):
        defaults = Defaults(source or path.name, today, language, about)
        for name, text in _made(path, defaults, wrong).items():
            if name in made:
                wrong.append(f"{path}: {name} is already made from {made[name][1]}.")
            made[name] = (text, str(path))
    if wrong:
        raise Wrong("\n".join(wrong))
    _refuse_what_is_there(into, made, replace)
    if dry_run:
        for name, (text, _) in made.items():
            click.echo(f"{into / 'answers' / name}\n{text}")
        click.echo(f"{len(made)} answers would be written.")
        return
    _write(into, made)
    click.echo(f"{len(made)} answers are in {into / 'answers'}.")


def _files(sources: tuple[Path, ...]) -> Iterator[Path]:
    for one in sources:
        if one.is_file():
            yield one
            continue
        found = sorted(path for path in one.rglob("*") if path.suffix.casefold() in KINDS)
        if not found:
            raise Wrong(f"{one}: there is no {', '.join(KINDS)} in it.")
        yield from found


def _made(path: Path, defaults: Defaults, wrong: list[str]) -> Mapping[str, str]:
    """The files of one source; what is wrong with it is added to *wrong*."""
    from assistant.answers.importing import imported

    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        wrong.append(f"{path}: can't be read as UTF-8: {error}")
        return {}
    found = imported(str(path), text, defaults)
    wrong += map(str, found.wrong)
    return found.files


def _refuse_what_is_there(into: Path, made: Mapping[str, tuple[str, str]], replace: bool) -> None:
    there = [name for name in made if (into / "answers" / name).exists()]
    if there and not replace:
        shown = ", ".join(there[:5]) + (" …" if len(there) > 5 else "")
        raise Wrong(
            f"{len(there)} of these are there already: {shown}. Nothing was written; "
            "say --replace to put the new ones in their place."
        )


def _write(into: Path, made: Mapping[str, tuple[str, str]]) -> None:
    """What does not pass as a playbook with all others is not left there. Raises: Misconfigured."""
    from assistant.playbooks import Playbooks

    folder = into / "answers"
    folder.mkdir(parents=True, exist_ok=True)
    before = {name: _text(folder / name) for name in made}
    try:
        for name, (text, _) in made.items():
            (folder / name).write_text(text, "utf-8")
        Playbooks.load(into)
    except BaseException:
        for name, former in before.items():
            _put_back(folder / name, former)
        raise


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _put_back(path: Path, former: str | None) -> None:
    if former is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(former, "utf-8")
