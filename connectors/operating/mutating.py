"""Mutants held against the cases, by as many processes as there are cores, where that pays."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import AbstractContextManager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from assistant.proving.library import Library
from assistant.proving.mutants import Mutant
from assistant.proving.weaken import Proof, Proven, chosen

Bar = Callable[[Sequence[Any], str], AbstractContextManager[Iterable[Any]]]
_SAMPLE = 40
_PAYS_S = 8.0
"""What a process more has to save: it reads all playbooks and cases anew."""
_AT_ONCE = 16


class How(NamedTuple):
    """What another process needs to know to have the same mutants and cases."""

    directories: tuple[Path, ...]
    only: tuple[str, ...]
    own: bool


def proven_by(
    proof: Proof, mutants: Sequence[Mutant], how: How, *, jobs: int | None, bar: Bar
) -> list[Proven]:
    """What each of *mutants* is noticed by. The same whatever *jobs* there are."""
    cores = jobs or len(os.sched_getaffinity(0))
    if cores == 1 or (jobs is None and _seconds(proof, mutants) < _PAYS_S):
        with bar(mutants, "Mutants") as every:
            return [proof.of(one) for one in every]
    return _in_processes(mutants, how, jobs=cores, bar=bar)


def _seconds(proof: Proof, mutants: Sequence[Mutant]) -> float:
    """How long all would take, judged by some of all kinds."""
    some = mutants[:: max(1, len(mutants) // _SAMPLE)]
    began = time.monotonic()
    for one in some:
        proof.of(one)
    return (time.monotonic() - began) / max(1, len(some)) * len(mutants)


def _in_processes(mutants: Sequence[Mutant], how: How, *, jobs: int, bar: Bar) -> list[Proven]:
    """Each process has its own playbooks and cases; what travels is which mutant, and by whom."""
    chunks = [range(n, min(n + _AT_ONCE, len(mutants))) for n in range(0, len(mutants), _AT_ONCE)]
    with ProcessPoolExecutor(
        jobs, mp_context=get_context("spawn"), initializer=_begin, initargs=(how,)
    ) as pool:
        answers = pool.map(_noticed, chunks)
        with bar(mutants, "Mutants") as every:
            noticed = _flat(answers)
            return [Proven(one, next(noticed)) for one in every]


def _flat(answers: Iterable[list[str | None]]) -> Iterator[str | None]:
    return (by for chunk in answers for by in chunk)


# ── in the other processes ───────────────────────────────────────────────────

_mine: tuple[Proof, list[Mutant]]


def _begin(how: How) -> None:
    global _mine  # what a process of a pool has, it has for all its work
    library = Library.load(*how.directories, own=how.own)
    _mine = Proof(library.playbooks, library.cases), list(chosen(library.playbooks, how.only))


def _noticed(numbers: range) -> list[str | None]:
    proof, mutants = _mine
    return [proof.of(mutants[n]).by for n in numbers]
