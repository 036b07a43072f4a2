"""`parley evaluate`: situations as buyers tell them, taken all the way to a reviewed draft."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

import click

from assistant.words import LANGUAGES, SOURCE
from connectors.operating.cli import Wrong
from connectors.operating.terminal import show

if TYPE_CHECKING:
    from assistant.evaluating.compare import Side
    from assistant.evaluating.figures import Price
    from assistant.evaluating.run import Outcome
    from assistant.evaluating.situations import Sample
    from assistant.playbooks import Playbooks
    from assistant.ports import Drafter, Reader
    from assistant.settings import Settings

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
OFFLINE = "offline"
_AT_ONCE = 4
"""Calls of a model under way."""


class Writers(Protocol):
    """Who reads and who drafts."""

    @property
    def drafter(self) -> Drafter: ...

    @property
    def reader(self) -> Reader | None: ...


class World(NamedTuple):
    """What the command needs of the rest of Parley."""

    writers: Callable[[str | None], AbstractAsyncContextManager[Writers]]
    """By a model's name; None: rules and the composer. Raises: Misconfigured."""
    settings: Callable[[], Settings]
    """Raises: Wrong."""


@dataclass(frozen=True, kw_only=True)
class _Contender:
    """One side before it is tried."""

    name: str
    model: str | None
    directories: tuple[Path, ...]


_OPTIONS = (
    click.argument("directory", nargs=-1, type=_DIRECTORY),
    click.option("--language", multiple=True, help="Only these languages' situations."),
    click.option("--only", multiple=True, metavar="ID", help="Only this situation; repeatable."),
    click.option("--model", metavar="NAME", help="A model of the configured endpoint drafts."),
    click.option(
        "--against",
        metavar="OTHER",
        help="Beside it: another model's name, `offline`, or another directory of playbooks.",
    ),
    click.option(
        "--price",
        multiple=True,
        metavar='"MODEL=IN/OUT EUR"',
        help="What a million tokens of a model cost; repeatable.",
    ),
    click.option(
        "--report",
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE.html",
        help="A page with figures, charts and every situation; one file.",
    ),
    click.option("--words", type=click.Choice(list(LANGUAGES)), help="The report's language."),
    click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts."),
    click.option("--show", "shown", is_flag=True, help="Every situation whole, with its draft."),
)


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def over(world: World) -> click.Command:
    """The command, over what writes drafts."""

    @click.command()
    @_options
    def evaluate(
        directory: tuple[Path, ...],
        language: tuple[str, ...],
        only: tuple[str, ...],
        model: str | None,
        against: str | None,
        price: tuple[str, ...],
        report: Path | None,
        words: str | None,
        as_json: bool,
        shown: bool,
    ) -> None:
        """Take every situation to a checked draft, and say where that is not as expected.

        The situations are those of `situations/` in the shipped playbooks and in each DIRECTORY,
        which is laid over them. Exit status 1 where an expectation of the first side fails.
        """
        began = time.monotonic()
        if report is not None:
            _writable(report)
        prices = dict(map(_price, price))
        contenders = _contenders(directory, model, against)
        samples = _samples(contenders, language, only, words)
        sides = _tried(contenders, samples, world, prices)
        reader = words or _language(world)
        if report is not None:
            _write(report, sides, reader)
        if as_json:
            _print_json(sides, reader)
        else:
            _print(sides, report, shown=shown, seconds=time.monotonic() - began)
        sys.exit(0 if all(one.holds for one in sides[0].results) else 1)

    return evaluate


# ── what is tried ────────────────────────────────────────────────────────────


def _contenders(
    directories: tuple[Path, ...], model: str | None, against: str | None
) -> tuple[_Contender, ...]:
    """The side asked for, and the one it is held against."""
    model = None if model == OFFLINE else model
    first = _Contender(name=model or OFFLINE, model=model, directories=directories)
    if against is None:
        return (first,)
    if Path(against).is_dir():
        other = _Contender(
            name=f"{first.name}, {against}", model=model, directories=(*directories, Path(against))
        )
    else:
        name = None if against == OFFLINE else against
        _no_slip(against)
        other = _Contender(name=against, model=name, directories=directories)
    if other == first:
        raise Wrong(f"--against {against} is what is tried anyway: name another.")
    return (first, other)


def _no_slip(model: str) -> None:
    """Raises: Wrong, where a model's name looks like a directory that is not there."""
    path = Path(model)
    if model.startswith((".", "/", "~")) or model.endswith("/"):
        raise Wrong(f"--against {model}: there is no such directory.")
    beside = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, beside, 1, 0.8)
    if near and (path.parent / near[0]).is_dir():
        raise Wrong(
            f"--against {model}: there is no such directory. Is {path.parent / near[0]} meant? "
            "A model of that name is tried by --model."
        )


def _samples(
    contenders: Sequence[_Contender],
    languages: tuple[str, ...],
    ids: tuple[str, ...],
    words: str | None,
) -> tuple[Sample, ...]:
    """Those of the first side, for both. Raises: Misconfigured."""
    from assistant.evaluating.chosen import chosen
    from assistant.evaluating.situations import load_samples

    samples = chosen(load_samples(*contenders[0].directories), languages=languages, ids=ids)
    return tuple(one.told_in(words) for one in samples) if words else samples


def _tried(
    contenders: Sequence[_Contender],
    samples: Sequence[Sample],
    world: World,
    prices: dict[str, Price],
) -> tuple[Side, ...]:
    from assistant.evaluating.compare import Side
    from assistant.evaluating.figures import judged
    from assistant.playbooks import Playbooks

    # Before the first is tried: what is wrong with the second is known at once.
    ready = [(one, Playbooks.load(*one.directories)) for one in contenders]
    sides = []
    with asyncio.Runner() as runner, _bar(len(samples) * len(ready)) as done:
        for one, playbooks in ready:
            _warm(samples, playbooks)
            outcomes = runner.run(_outcomes(one, samples, playbooks, world, done))
            price = prices.get(one.model or "") or _configured_price(one.model, world)
            sides.append(
                Side(
                    name=one.name,
                    playbook_version=playbooks.version,
                    results=judged(outcomes),
                    price=price,
                )
            )
    return tuple(sides)


async def _outcomes(
    one: _Contender,
    samples: Sequence[Sample],
    playbooks: Playbooks,
    world: World,
    done: Callable[[], None],
) -> tuple[Outcome, ...]:
    from assistant.evaluating.run import all_of

    async with world.writers(one.model) as by:
        return await all_of(
            samples,
            playbooks,
            by.drafter,
            reader=by.reader,
            at_once=_AT_ONCE if one.model else 1,
            done=done,
        )


def _configured_price(model: str | None, world: World) -> Price | None:
    """That of the settings, which is for the model they name."""
    from assistant.evaluating.figures import Price

    if model is None:
        return None
    settings = world.settings()
    told = settings.model
    if settings.model_name not in (None, model) or not told.price_in or not told.price_out:
        return None
    amount, currency = told.price_in.split()
    return Price(Decimal(amount), Decimal(told.price_out.split()[0]), currency)


def _warm(samples: Sequence[Sample], playbooks: Playbooks) -> None:
    """Languages and tables are read once a process; no draft's time is for that."""
    from assistant.drafting.prepare import prepare, warm_up

    warm_up(playbooks, samples[0].situation.now)
    for one in {sample.language: sample for sample in samples}.values():
        prepare(one.situation, playbooks)


def _price(told: str) -> tuple[str, Price]:
    """`gpt-5-mini=0.25/2.00 USD`. Raises: Wrong."""
    from assistant.evaluating.figures import Price

    try:
        model, _, rest = told.rpartition("=")
        sums, currency = rest.split()
        per_in, per_out = map(Decimal, sums.split("/"))
    except (ValueError, InvalidOperation):
        model, currency = "", ""
    if not model or len(currency) != 3:
        raise Wrong(f'--price "{told}": write it like "gpt-5-mini=0.25/2.00 USD".')
    return model, Price(per_in, per_out, currency.upper())


@contextmanager
def _bar(length: int) -> Iterator[Callable[[], None]]:
    """A bar for whoever watches; nothing where nobody does."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    with click.progressbar(length=length, label="Situations", file=sys.stderr) as bar:
        yield lambda: bar.update(1)


def _language(world: World) -> str:
    """That the team reads; where nothing is set, no data directory is made for it."""
    if not {"PARLEY_LANGUAGE", "PARLEY_CONFIG"} & set(os.environ):
        return SOURCE
    return world.settings().language


# ── what came of it ──────────────────────────────────────────────────────────


def _print(sides: Sequence[Side], report: Path | None, *, shown: bool, seconds: float) -> None:
    from assistant.evaluating.told import failures, stood_in, summed_up, table, whole

    for side in sides:
        show(whole(side.results) if shown else failures(side.results))
    if len(sides) > 1 or sides[0].figures.calls:
        show(table(sides))
    if report is not None:
        click.echo(f"Written: {report}")
    for side in sides:
        show(stood_in(side.results, side.name))
        show([summed_up(side.results, seconds, side.name if len(sides) > 1 else "")])


def _print_json(sides: Sequence[Side], reader: str) -> None:
    from assistant.evaluating.plain import plain
    from assistant.words import words

    click.echo(json.dumps(plain(sides, words(reader)), ensure_ascii=False, indent=2))


def _writable(report: Path) -> None:
    """Before any call is paid for. Raises: Wrong."""
    there = report.exists()
    try:
        report.open("a").close()
    except OSError as error:
        raise Wrong(f"{report} can't be written ({error.strerror}).") from error
    if not there:
        report.unlink()


def _write(report: Path, sides: tuple[Side, ...], reader: str) -> None:
    """Raises: Wrong, where it can't be written."""
    from assistant.evaluating.page import Report
    from assistant.words import words
    from connectors.operating.evaluation import rendered

    try:
        report.write_text(rendered(Report(sides), words(reader)), "utf-8")
    except OSError as error:
        raise Wrong(f"{report} can't be written ({error.strerror}).") from error
