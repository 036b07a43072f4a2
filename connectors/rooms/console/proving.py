"""Weakening every rule takes minutes of a processor: a process of its own does it.

The report is kept in the data directory, as `parley playbook mutate --json` writes it, with the
version it is about; one that was put there by hand counts as well.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from assistant.errors import ParleyError
from assistant.ports import Whose

log = logging.getLogger(__name__)

CODE = "from connectors.rooms.console.proving import child; child()"
"""What the other process runs."""
POLITE = 15
"""How far it stands back for whoever else wants the processor."""
TELL_EVERY = 20
LONGEST_LINE = 8 << 20


class Report(NamedTuple):
    """What came of weakening: rule → what no case notices."""

    version: str
    mutants: int
    unnoticed: Mapping[str, Sequence[str]]
    failing: Sequence[str] = ()
    """Cases that fail as it is: then nothing is proved."""


@dataclass
class Progress:
    """Of the one that runs."""

    whose: Whose
    done: int = 0
    of: int = 0


@dataclass
class Prover:
    """At most one at a time; it outlives the page that asked for it, not this process."""

    data: Path
    code: str = CODE
    running: Progress | None = None
    wrong: dict[Whose, str] = field(default_factory=dict)
    _task: asyncio.Task[None] | None = None

    def report(self, whose: Whose) -> Report | None:
        """The last one, whatever playbooks it is about; what can't be read is none."""
        try:
            return _report(json.loads(self._path(whose).read_text("utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def begin(self, whose: Whose, overlay: Path | None) -> bool:
        """False: one is under way."""
        if self.running is not None:
            return False
        self.running = Progress(whose)
        self.wrong.pop(whose, None)
        self._task = asyncio.create_task(self._run(self.running, overlay))
        return True

    async def end(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self, progress: Progress, overlay: Path | None) -> None:
        try:
            report = await self._weakened(progress, overlay)
            await asyncio.to_thread(self._keep, progress.whose, report)
        except (OSError, ValueError, KeyError) as error:
            log.warning("the rules were not proved: %s", error)
            self.wrong[progress.whose] = str(error) or type(error).__name__
        finally:
            self.running = None

    async def _weakened(self, progress: Progress, overlay: Path | None) -> dict[str, Any]:
        """Raises: ValueError, OSError."""
        root = str(Path(__file__).parents[3])
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", self.code, *([str(overlay)] if overlay else [])),
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": root},
            limit=LONGEST_LINE,
        )
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                told: dict[str, Any] = json.loads(line)
                if "done" not in told:
                    return told
                progress.done, progress.of = told["done"], told["of"]
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
        raise ValueError(f"the process ended with {process.returncode}")

    def _keep(self, whose: Whose, report: dict[str, Any]) -> None:
        if "wrong" in report:
            raise ValueError(report["wrong"])
        handle, draft = tempfile.mkstemp(dir=self.data, prefix="proof")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(report, file, ensure_ascii=False)
        os.replace(draft, self._path(whose))

    def _path(self, whose: Whose) -> Path:
        """A storefront's name is its owner's choice: only its plain letters go into a file's."""
        plain = "".join(one if one.isalnum() or one == "-" else "_" for one in whose or "")
        return self.data / (f"proof.{plain}.json" if plain else "proof.json")


def _report(told: Any) -> Report:
    unnoticed: dict[str, list[str]] = {}
    for one in told["unproven"]:
        unnoticed.setdefault(str(one["rule"]), []).extend(map(str, one["unnoticed"]))
    failing = [str(one) for one in told.get("failing", ())]
    return Report(str(told.get("version", "")), int(told["mutants"]), unnoticed, failing)


# ── in the other process ─────────────────────────────────────────────────────


def child() -> None:
    """A line of JSON each so many mutants, the report last."""
    os.nice(POLITE)
    try:
        _tell(_proved([Path(one) for one in sys.argv[1:]]))
    except ParleyError as error:
        _tell({"wrong": str(error)})


def _proved(directories: Sequence[Path]) -> dict[str, Any]:
    from assistant.proving.library import Library
    from assistant.proving.trial import tried
    from assistant.proving.weaken import Proof, chosen

    library = Library.load(*directories)
    mutants, cases = list(chosen(library.playbooks, ())), library.cases
    steps = len(cases) + len(mutants)
    report: dict[str, Any] = {"version": library.playbooks.version, "mutants": 0, "unproven": []}
    failing = []
    for n, case in enumerate(cases):
        _tell_progress(n, steps)
        failing += [] if tried(case, library.playbooks).holds else [case.case.name]
    if failing:
        return {**report, "failing": failing[:20]}
    proof = Proof(library.playbooks, cases)
    loose: dict[str, dict[str, Any]] = {}
    for n, mutant in enumerate(mutants):
        _tell_progress(len(cases) + n, steps)
        if proof.of(mutant).by is None:
            place = library.where(mutant)
            about = {"rule": mutant.rule, "file": place.file, "line": place.line, "unnoticed": []}
            loose.setdefault(mutant.rule, about)["unnoticed"].append(mutant.what)
    return {**report, "mutants": len(mutants), "unproven": list(loose.values())}


def _tell_progress(done: int, of: int) -> None:
    if done % TELL_EVERY == 0:
        _tell({"done": done, "of": of})


def _tell(told: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()
