"""What leads read of their cases: which failed, what was expected, and why it came otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Literal, NamedTuple

from assistant.proving.differences import CaseChange, Change
from assistant.proving.library import Library
from assistant.proving.trial import Tried
from assistant.proving.weaken import Proven
from assistant.proving.why import because

Tone = Literal["", "good", "bad", "head", "dim"]
WIDTH = 96
_INDENT = 14


class Line(NamedTuple):
    """One line for a terminal."""

    text: str
    tone: Tone = ""


def failures(results: Sequence[Tried]) -> Iterator[Line]:
    """Every case that failed: where it stands, what was expected, what came, and why."""
    for one in results:
        if not one.holds:
            yield from _failure(one)
            yield Line("")


def _failure(one: Tried) -> Iterator[Line]:
    case = one.given.asked.case
    yield Line(f"✗ {case.name}", "bad")
    yield Line(f"  {case.file}:{case.line_of(f'expect.{one.misses[0].key}')}", "dim")
    for miss in one.misses:
        yield from _field(miss.what, f"expected  {miss.expected}")
        yield from _field("", f"got       {miss.got}")
    about = {name for miss in one.misses for name in miss.about}
    for n, sentence in enumerate(_why(one, about)):
        yield from _field("" if n else "why", sentence, "dim")


def _why(one: Tried, about: set[str]) -> Iterator[str]:
    yield from because(one.given.decision, about)


def _field(name: str, text: str, tone: Tone = "") -> Iterator[Line]:
    """`  name        text`, long text wrapped under its own beginning."""
    if len(name) > _INDENT - 4:
        yield Line(f"  {name}", tone)
        name = ""
    lead = f"  {name:<{_INDENT - 3}} "
    for n, part in enumerate(wrap(text, WIDTH - _INDENT, subsequent_indent="          ") or [""]):
        yield Line((lead if n == 0 else " " * _INDENT) + part, tone)


def count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def summed_up(results: Sequence[Tried], seconds: float) -> Line:
    """The last line of `playbook test`."""
    failed = sum(not one.holds for one in results)
    cases = count(len(results), "case", "cases")
    if failed:
        return Line(f"{cases}, {count(failed, 'fails', 'fail')} ({seconds:.1f} s)", "bad")
    return Line(f"{cases}, all hold ({seconds:.1f} s)", "good")


# ── mutants ──────────────────────────────────────────────────────────────────


def unproven(proven: Sequence[Proven], library: Library) -> Iterator[Line]:
    """Each rule with what nobody noticed of it, where it stands."""
    survivors = [one.mutant for one in proven if one.by is None]
    for (_, _, rule), same in groupby(survivors, lambda one: (one.key, one.part, one.rule)):
        group = list(same)
        yield Line(f"{rule}  {library.where(group[0])}", "head")
        for mutant in group:
            yield Line(f"  no case notices: {mutant.what}")
        yield Line("")


def rules_of(proven: Sequence[Proven], *, without_proof: bool) -> int:
    return len(
        {
            (one.mutant.key, one.mutant.part, one.mutant.rule)
            for one in proven
            if one.by is None or not without_proof
        }
    )


def mutated(proven: Sequence[Proven], seconds: float) -> Line:
    """The last line of `playbook mutate`."""
    rules = rules_of(proven, without_proof=False)
    loose = rules_of(proven, without_proof=True)
    weakened = f"{count(rules, 'rule', 'rules')} weakened in {count(len(proven), 'way', 'ways')}"
    if loose:
        said = f"{weakened}: {count(loose, 'rule is', 'rules are')} unproven ({seconds:.1f} s)"
        return Line(said, "bad")
    return Line(f"{weakened}: a case notices each ({seconds:.1f} s)", "good")


# ── differences ──────────────────────────────────────────────────────────────


def changed(name: str, changes: Sequence[Change]) -> Iterator[Line]:
    """One playbook or one case, and what of it is otherwise."""
    yield Line(name, "head")
    for one in changes:
        yield from _change(one)


def changed_case(one: CaseChange) -> Iterator[Line]:
    case = one.given.asked.case
    yield from changed(f"{case.name}  {case.where}", one.changes)


def differ(files: int, cases: int, of: int) -> Line:
    """The last line of `playbook diff`."""
    said = count(files, "playbook is", "playbooks are")
    otherwise = count(cases, "case is", "cases are")
    return Line(f"{said} otherwise; {otherwise} decided otherwise, of {of:,}.")


def _change(one: Change) -> Iterator[Line]:
    if one.before and one.after:
        yield from _sides(one)
        return
    sign, text = ("+", one.after) if one.after else ("-", one.before)
    told = "" if text == "there" else f"  {text}"
    yield Line(f"  {sign} {one.what}{told}", "good" if one.after else "bad")


def _sides(one: Change) -> Iterator[Line]:
    if len(one.before) + len(one.after) + len(one.what) < WIDTH - 8:
        yield Line(f"  ~ {one.what}  {one.before} → {one.after}")
        return
    yield Line(f"  ~ {one.what}")
    yield Line(f"      {one.before}", "bad")
    yield Line(f"      {one.after}", "good")
