"""Mutants held against the cases, by as many processes as there are cores, where that pays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from assistant.proving.library import Library
from assistant.proving.mutants import Mutant
from assistant.proving.weaken import Proof, Proven, chosen

Bar = Callable[[Sequence[Any], str], AbstractContextManager[Iterable[Any]]]
_SAMPLE = 40
_PAYS_S = 8.0
"""What a process more has to save: it reads all playbooks and cases anew."""
_AT_ONCE = 16


def proven_by(
    library: Library,
    proof: Proof,
    only: Sequence[str],
    *,
    own: bool,
    jobs: int | None,
    bar: Bar,
) -> list[Proven]:
    """What each mutant that *only* means is noticed by. The same whatever *jobs* there are."""
    mutants = list(chosen(library.playbooks, only))
    began = time.monotonic()
    first = [proof.of(one) for one in _spread(mutants, _SAMPLE)]
    each = (time.monotonic() - began) / max(1, len(first))
    cores = jobs or len(os.sched_getaffinity(0))
    if cores == 1 or (jobs is None and each * len(mutants) < _PAYS_S):
        with bar(mutants, "Mutants") as every:
            return [proof.of(one) for one in every]
    return _in_processes(library, only, own=own, jobs=cores, mutants=mutants, bar=bar)


def _spread(mutants: Sequence[Mutant], n: int) -> Sequence[Mutant]:
    """Some of all kinds."""
    return mutants[:: max(1, len(mutants) // n)]


def _in_processes(
    library: Library,
    only: Sequence[str],
    *,
    own: bool,
    jobs: int,
    mutants: Sequence[Mutant],
    bar: Bar,
) -> list[Proven]:
    """Each process has its own playbooks and cases; what travels is which mutant, and by whom."""
    chunks = [range(n, min(n + _AT_ONCE, len(mutants))) for n in range(0, len(mutants), _AT_ONCE)]
    arguments = (library.directories, tuple(only), own)
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=arguments
    ) as pool:
        answers = pool.map(_noticed, chunks)
        with bar(mutants, "Mutants") as every:
            noticed = _flat(answers)
            return [Proven(one, next(noticed)) for one in every]


def _flat(answers: Iterable[list[str | None]]) -> Iterator[str | None]:
    return (by for chunk in answers for by in chunk)


# ── in the other processes ───────────────────────────────────────────────────

_mine: tuple[Proof, list[Mutant]]


def _begin(directories: tuple[Path, ...], only: tuple[str, ...], own: bool) -> None:
    global _mine  # what a process of a pool has, it has for all its work
    library = Library.load(*directories, own=own)
    _mine = Proof(library.playbooks, library.cases), list(chosen(library.playbooks, only))


def _noticed(numbers: range) -> list[str | None]:
    proof, mutants = _mine
    return [proof.of(mutants[n]).by for n in numbers]
