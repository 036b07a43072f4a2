"""`parley playbook`: what leads prove their rules with. Every command names files and lines."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from connectors.operating.cli import Commands, Wrong
from connectors.operating.terminal import bar, show

if TYPE_CHECKING:
    from assistant.proving.library import Library
    from assistant.proving.weaken import Proof

_DIRECTORY = click.Path(exists=True, file_okay=False, path_type=Path)
_directories = click.argument("directory", nargs=-1, type=_DIRECTORY)


@click.group(cls=Commands)
def playbook() -> None:
    """The files that say what is allowed, demanded and forbidden."""


# ── check ────────────────────────────────────────────────────────────────────


@playbook.command()
@_directories
@click.option("-v", "--verbose", is_flag=True, help="Name every statement to be looked up again.")
def check(directory: tuple[Path, ...], verbose: bool) -> None:
    """Check the shipped playbooks with each DIRECTORY laid over them, later ones on top.

    Cases and situations are checked too: for their form, not whether they hold.
    """
    from assistant.evaluating.situations import load_samples
    from assistant.proving.library import Library
    from assistant.proving.stale import stale

    library = Library.load(*directory)
    proof = f"{len(library.cases):,} cases, {len(load_samples(*directory)):,} situations"
    click.echo(f"The playbooks are right: version {library.playbooks.version}, {proof}.")
    show(stale(library.entries, datetime.now(UTC).date(), verbose=verbose))


# ── test ─────────────────────────────────────────────────────────────────────


@playbook.command()
@_directories
@click.option("--own", is_flag=True, help="The cases of DIRECTORY alone, not the shipped ones.")
def test(directory: tuple[Path, ...], own: bool) -> None:
    """Try every case of `cases/`, by the shipped playbooks with each DIRECTORY laid over them."""
    from assistant.proving.library import Library
    from assistant.proving.report import failures, summed_up
    from assistant.proving.trial import tried

    began = time.monotonic()
    library = Library.load(*directory, own=own)
    with bar(library.cases, "Cases") as cases:
        results = [tried(one, library.playbooks) for one in cases]
    show(failures(results))
    show([summed_up(results, time.monotonic() - began)])
    sys.exit(0 if all(one.holds for one in results) else 1)


# ── mutate ───────────────────────────────────────────────────────────────────


@playbook.command()
@_directories
@click.option("--own", is_flag=True, help="The cases of DIRECTORY alone, not the shipped ones.")
@click.option("--only", multiple=True, metavar="GLOB", help="Rules, playbooks or files alike.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, for scripts.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; as many as there are cores.")
def mutate(
    directory: tuple[Path, ...], own: bool, only: tuple[str, ...], as_json: bool, jobs: int | None
) -> None:
    """Weaken each rule in turn: a case must fail, else the rule is unproven.

    With --own those that stand in a file of DIRECTORY, else all.
    """
    from assistant.proving.library import Library
    from assistant.proving.report import mutated, unproven
    from assistant.proving.weaken import Proof, chosen
    from connectors.operating.mutating import How, proven_by

    began = time.monotonic()
    library = Library.load(*directory, own=own)
    if own and not only:
        only = tuple(f"{escape(str(one))}/*" for one in directory)
    mutants = list(chosen(library.playbooks, only))
    if not mutants:
        raise Wrong(f"No rule is like {' or '.join(only)}. `parley playbook explain` finds names.")
    proof = Proof(library.playbooks, library.cases)
    _all_hold(proof, proof.at_work_in(mutants))
    how = How(library.directories, only, own=own)
    proven = proven_by(proof, mutants, how, jobs=jobs, bar=bar)
    seconds = time.monotonic() - began
    if as_json:
        click.echo(json.dumps(_summary(proven, library, seconds), ensure_ascii=False, indent=2))
    else:
        show(unproven(proven, library))
        show([mutated(proven, seconds)])
    sys.exit(1 if any(one.by is None for one in proven) else 0)


def _all_hold(proof: Proof, numbers: Sequence[int]) -> None:
    """A case that fails anyway would notice everything. Raises: Wrong."""
    from assistant.proving.trial import holds

    with bar(numbers, "Cases  ") as cases:
        failing = [proof.cases[n].case for n in cases if not holds(proof.given(n))]
    if failing:
        names = "\n".join(f"  {one.where}  {one.name}" for one in failing[:10])
        raise Wrong(
            f"These cases fail before anything is weakened, so they prove nothing:\n{names}\n"
            "`parley playbook test` says why."
        )


def _summary(proven: Sequence[Any], library: Library, seconds: float) -> dict[str, Any]:
    loose: dict[Any, dict[str, Any]] = {}
    for mutant in (one.mutant for one in proven if one.by is None):
        place = library.where(mutant)
        about = {"rule": mutant.rule, "file": place.file, "line": place.line, "unnoticed": []}
        at = (mutant.key, mutant.part, mutant.rule)
        loose.setdefault(at, about)["unnoticed"].append(mutant.what)
    unproven = list(loose.values())
    return {"mutants": len(proven), "seconds": round(seconds, 1), "unproven": unproven}


# ── explain, decide ──────────────────────────────────────────────────────────


@playbook.command()
@click.argument("rule")
@_directories
def explain(rule: str, directory: tuple[Path, ...]) -> None:
    """What RULE says, where it stands, what it replaces, and which cases prove it."""
    from assistant.proving.explain import explained
    from assistant.proving.library import Library

    show(explained(Library.load(*directory), rule))


@playbook.command()
@click.argument("file", type=click.File("r", "utf-8"), default="-")
@click.option("--with", "directory", multiple=True, type=_DIRECTORY, help="Laid over; repeatable.")
@click.option("--explain", "in_words", is_flag=True, help="The proof in sentences, not JSON.")
def decide(file: Any, directory: tuple[Path, ...], in_words: bool) -> None:
    """Decide one case: a question or a line of `parley draft`, as JSON, from FILE or stdin."""
    from assistant.playbooks import Playbooks
    from assistant.proving.deciding import decided

    playbooks = Playbooks.load(*directory)
    click.echo(decided(file.read(), playbooks, in_words=in_words))


# ── diff, new ────────────────────────────────────────────────────────────────


@playbook.command()
@click.argument("before")
@click.argument("after")
def diff(before: str, after: str) -> None:
    """What changes from playbooks BEFORE to AFTER: in the files, and for the recorded cases.

    Each is a directory to be laid over the shipped ones, or the word `shipped`.
    """
    from assistant.proving.differences import changed_case, changed_files
    from assistant.proving.library import Library
    from assistant.proving.report import changed, differ
    from assistant.proving.report import changed_case as told

    old, new = (Library.load(*_side(one)) for one in (before, after))
    files = list(changed_files(old.playbooks, new.playbooks))
    for name, changes in files:
        show(changed(name, changes))
    # A case that both sides have is the newer one's.
    cases = list({one.case.name_in_file: one for one in (*old.cases, *new.cases)}.values())
    with bar(cases, "Cases") as every:
        found = [changed_case(one, old.playbooks, new.playbooks) for one in every]
    for one in found:
        if one is not None:
            show(told(one))
    show([differ(len(files), sum(one is not None for one in found), len(cases))])


def _side(name: str) -> tuple[Path, ...]:
    from assistant.playbooks.book import SHIPPED

    path = Path(name)
    if path.is_dir():
        return (path,)
    if name == "shipped":
        return ()
    raise Wrong(f'There is no directory "{name}". Name one, or write {SHIPPED and "shipped"}.')


@playbook.command()
@click.argument("kind")
@click.argument("id")
@click.option(
    "--in",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("playbooks"),
    show_default=True,
    help="Where your playbooks are.",
)
def new(kind: str, id: str, directory: Path) -> None:
    """Begin a playbook of KIND, with a case beside it, from a template that is right."""
    from assistant.proving.templates import write

    for path in write(kind, id, directory):
        click.echo(f"Written: {path}")
    click.echo(f"Next: edit it, then `parley playbook test {directory}`.")
