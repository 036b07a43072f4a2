"""How fast the playbooks decide, and what more playbooks cost."""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from assistant.deciding import Question, dealt_with, decide
from assistant.deciding.case import Case
from assistant.playbooks import Playbooks
from assistant.playbooks.book import SHIPPED
from assistant.playbooks.kinds import Playbook, Policy
from assistant.playbooks.names import Kind
from assistant.proving.library import Library
from tests.bench.running import ROOT

ROUNDS = 2
TIMES = (1, 10, 100)
_MOST_FILES = 10
"""Times as many whose files are read: a hundred times are minutes."""
_LOAD = """
import sys, time
from pathlib import Path
from assistant.playbooks import Playbooks
began = time.process_time()
Playbooks.load(*map(Path, sys.argv[1:]))
print(time.process_time() - began)
"""
_COPIED = ("policy", "market", "platform", "culture")
_FORMULAS: dict[str, Kind] = {
    "allow": "bool",
    "lead": "bool",
    "when": "bool",
    "amount": "money",
    "fee": "money",
}


def measure(rounds: int = ROUNDS, times: Sequence[int] = TIMES) -> dict[str, Any]:
    """Decisions on all recorded cases: alone, against the bare conditions, among more playbooks."""
    library = Library.load()
    questions = [one.question for one in library.cases if one.question is not None]
    pairs = [_pair(questions, library.playbooks) for _ in range(rounds)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(round(us / them, 2) for us, them in pairs)
    return {
        "rounds": rounds,
        "questions": len(questions),
        "playbooks": len(library.playbooks.all),
        "conditions": len(list(_conditions(questions, library.playbooks))) / len(questions),
        "per_s": len(questions) / ours,
        "bare_per_s": len(questions) / bare,
        "each_us": ours / len(questions) * 1e6,
        "bare_us": bare / len(questions) * 1e6,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "grown": list(_grown(questions[::40], library.playbooks, times)),
    }


def _pair(questions: Sequence[Question], playbooks: Playbooks) -> tuple[float, float]:
    """Seconds for all decisions, and for nothing but the conditions that these looked at."""
    ours = _seconds(lambda: [decide(one, playbooks) for one in questions])
    bare = list(_conditions(questions, playbooks))
    return ours, _seconds(lambda: [_bare(program, facts) for program, facts in bare])


def _bare(program: Any, facts: Any) -> None:
    """What CEL gives; an amount in another currency finds no rate, and says so."""
    program.eval(data=facts).plain_value()


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


# ── the peer: Google's runtime and nothing else ──────────────────────────────


def _conditions(questions: Sequence[Question], playbooks: Playbooks) -> Iterator[tuple[Any, Any]]:
    """Each compiled expression that a decision evaluates, with the facts it is evaluated over."""
    for question in questions:
        case = Case(question, playbooks)
        for intent in dealt_with(question.intents):
            for policy in playbooks.policies_for(intent):
                inside = (policy, *policy.remedies, *policy.rules, *policy.clocks)
                yield from _compiled(inside, case.about(intent), playbooks)
            law = (*case.market.law, *case.market.clocks) if case.market else ()
            yield from _compiled(law, case.about(intent), playbooks)
        facts = case.about(question.intents[0])
        rules = (*case.platform.rules, *(case.market.rules if case.market else ()))
        yield from _compiled((*rules, *case.culture.rules), facts, playbooks)


def _compiled(entries: Sequence[Any], facts: Any, playbooks: Playbooks) -> Iterator[Any]:
    for entry in entries:
        for name, kind in _FORMULAS.items():
            text = getattr(entry, name, None)
            if text:
                yield playbooks.vocabulary.compiled(text, kind), facts
        for formula in getattr(entry, "cost_parts", {}).values():
            yield playbooks.vocabulary.compiled(formula, "money"), facts


# ── more playbooks ───────────────────────────────────────────────────────────


def _grown(
    questions: Sequence[Question], playbooks: Playbooks, times: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Among *times* as many: those of other shops, which never apply here but have to be asked."""
    first: float | None = None
    for n in times:
        more = _times(playbooks, n)
        each_us = _seconds(partial(_all, questions, more)) / len(questions) * 1e6
        first = each_us if first is None else first
        added = len(more.all) - len(playbooks.all)
        load_s = _load_s(n)
        yield {
            "times": n,
            "playbooks": len(more.all),
            "per_s": 1e6 / each_us,
            "each_us": each_us,
            "added_us": _added(each_us - first, added),
            "load_s": "–" if load_s is None else f"{load_s:.1f}",
        }


def _added(more_us: float, added: int) -> str:
    if not added:
        return "–"
    return f"{more_us / added:.2f}" if more_us > 0 else "within the noise"


def _all(questions: Sequence[Question], playbooks: Playbooks) -> None:
    for one in questions:
        decide(one, playbooks)


def _times(playbooks: Playbooks, n: int) -> Playbooks:
    more = {(one.kind, one.id): one for one in playbooks.all}
    for number in range(1, n):
        for one in playbooks.all:
            if one.kind in _COPIED:
                copy = _copy(one, number)
                more[copy.kind, copy.id] = copy
    return Playbooks(more, playbooks.version, playbooks.vocabulary)


def _copy(playbook: Playbook, number: int) -> Playbook:
    """The same under another name, for another shop."""
    changed: dict[str, Any] = {"id": f"{playbook.id}-{number}"}
    if isinstance(playbook, Policy):
        changed["when"] = f"platform == 'shop-{number}'"
    return playbook.model_copy(update=changed)


def _load_s(n: int) -> float | None:
    """Seconds for a new process to read and check the files of *n* times as many playbooks."""
    if n > _MOST_FILES:
        return None
    with (
        tempfile.TemporaryDirectory(prefix="parley-bench-") as place,
        as_file(files(SHIPPED)) as shipped,
    ):
        for number in range(1, n):
            for kind in _COPIED:
                for file in (shipped / kind).glob("*.md"):
                    _copied_file(file, Path(place) / kind, number)
        command = [sys.executable, "-c", _LOAD, *([place] if n > 1 else [])]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True)
        return float(done.stdout)


def _copied_file(file: Path, folder: Path, number: int) -> None:
    """Under another name, and so are its rules: no two may have the same."""
    folder.mkdir(exist_ok=True)
    text = re.sub(r'\bid: "?([\w.-]+)"?', rf'id: "\1-{number}"', file.read_text("utf-8"))
    text = re.sub(r"^also: .*\n", "", text, flags=re.M)
    (folder / f"{file.stem}-{number}.md").write_text(text, "utf-8")
