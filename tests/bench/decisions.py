"""How fast the playbooks decide, and what more playbooks cost."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from assistant.deciding import Question, dealt_with, decide
from assistant.playbooks import Playbooks
from assistant.playbooks.book import SHIPPED
from assistant.playbooks.kinds import Playbook, Policy
from assistant.proving.library import Library

ROUNDS = 7
TIMES = (1, 10, 100)
_COPIED = ("policy", "market", "platform", "culture")
_FORMULAS = ("allow", "lead", "amount", "fee", "when")


def measure(rounds: int = ROUNDS, times: Sequence[int] = TIMES) -> dict[str, Any]:
    """Decisions on all recorded cases: alone, against the bare conditions, among more playbooks."""
    library = Library.load()
    questions = [one.question for one in library.cases if one.question is not None]
    pairs = [_pair(questions, library.playbooks) for _ in range(rounds)]
    ours, bare = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratios = sorted(round(us / them, 2) for us, them in pairs)
    return {
        "questions": len(questions),
        "playbooks": len(library.playbooks.all),
        "conditions": len(list(_conditions(questions, library.playbooks))) / len(questions),
        "per_s": len(questions) / ours,
        "each_us": ours / len(questions) * 1e6,
        "bare_us": bare / len(questions) * 1e6,
        "ratio": statistics.median(ratios),
        "ratios": ratios,
        "rows": list(_grown(questions, library.playbooks, times)),
    }


def _pair(questions: Sequence[Question], playbooks: Playbooks) -> tuple[float, float]:
    """Seconds for all decisions, and for nothing but the conditions that these looked at."""
    ours = _seconds(lambda: [decide(one, playbooks) for one in questions])
    bare = list(_conditions(questions, playbooks))
    return ours, _seconds(lambda: [program.eval(data=facts) for program, facts in bare])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# ── the peer: Google's runtime and nothing else ──────────────────────────────


def _conditions(questions: Sequence[Question], playbooks: Playbooks) -> Iterator[tuple[Any, Any]]:
    """Each compiled expression that a decision evaluates, with the facts it is evaluated over."""
    for question in questions:
        for intent in dealt_with(question.intents):
            facts = question.about(intent)
            for policy in playbooks.policies_for(intent):
                for entry in (*policy.remedies, *policy.rules):
                    yield from _compiled(entry, facts, playbooks)
        facts = question.about(question.intents[0])
        market = playbooks.market(question.market)
        for rule in (
            *playbooks.platform(question.platform).rules,
            *(market.law if market else ()),
            *(market.rules if market else ()),
            *playbooks.culture(question.language, question.market).rules,
        ):
            yield from _compiled(rule, facts, playbooks)


def _compiled(entry: Any, facts: Any, playbooks: Playbooks) -> Iterator[tuple[Any, Any]]:
    for name in _FORMULAS:
        text = getattr(entry, name, None)
        if text:
            kind = "money" if name in ("amount", "fee") else "bool"
            yield playbooks.vocabulary.compiled(text, kind), dict(facts)


# ── more playbooks ───────────────────────────────────────────────────────────


def _grown(
    questions: Sequence[Question], playbooks: Playbooks, times: Sequence[int]
) -> Iterator[dict[str, Any]]:
    """Among *times* as many: those of other shops, which never apply here but have to be asked."""
    first: float | None = None
    for n in times:
        more = _times(playbooks, n)
        each_us = _seconds(lambda more=more: [decide(one, more) for one in questions])
        each_us *= 1e6 / len(questions)
        first = each_us if first is None else first
        added = len(more.all) - len(playbooks.all)
        yield {
            "times": n,
            "playbooks": len(more.all),
            "each_us": each_us,
            "per_s": 1e6 / each_us,
            "added_us": f"{(each_us - first) / added:.2f}" if added else "–",
            "load_s": _load_s(n),
        }


def _times(playbooks: Playbooks, n: int) -> Playbooks:
    grown = playbooks
    copies = {(one.kind, one.id): one for one in playbooks.all}
    for number in range(1, n):
        for one in playbooks.all:
            if one.kind in _COPIED:
                copy = _copy(one, number)
                copies[copy.kind, copy.id] = copy
    return grown.with_all(copies)


def _copy(playbook: Playbook, number: int) -> Playbook:
    """The same under another name, for another shop."""
    changed: dict[str, Any] = {"id": f"{playbook.id}-{number}"}
    if isinstance(playbook, Policy):
        changed["when"] = f"platform == 'shop-{number}'"
    return playbook.model_copy(update=changed)


def _load_s(n: int) -> float:
    """Seconds to read and check the files of *n* times as many playbooks."""
    with (
        tempfile.TemporaryDirectory(prefix="parley-bench-") as place,
        as_file(files(SHIPPED)) as shipped,
    ):
        for number in range(1, n):
            for kind in _COPIED:
                for file in (shipped / kind).glob("*.md"):
                    _copied_file(file, Path(place) / kind, number)
        return _seconds(lambda: Playbooks.load(*([Path(place)] if n > 1 else [])))


def _copied_file(file: Path, folder: Path, number: int) -> None:
    folder.mkdir(exist_ok=True)
    head, id, rest = file.read_text("utf-8").partition("\nid: ")
    first, line, tail = rest.partition("\n")
    name = f'"{first.strip(chr(34))}-{number}"'
    (folder / f"{file.stem}-{number}.md").write_text(f"{head}{id}{name}{line}{tail}", "utf-8")


if __name__ == "__main__":
    print(measure(2, (1, 10)))
    shutil.get_terminal_size()
