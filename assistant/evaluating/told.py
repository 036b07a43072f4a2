"""What came of situations, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.evaluating.compare import Side
from assistant.evaluating.figures import Figures, Judged, Share
from assistant.evaluating.judge import Miss
from assistant.evaluating.run import Outcome
from assistant.proving.report import Line, Tone, count
from assistant.words import words

_INDENT = " " * 14


def failures(judged: Sequence[Judged]) -> Iterator[Line]:
    """Every situation with an expectation that does not hold, and the difference."""
    for outcome, missed in judged:
        if missed:
            yield from _failure(outcome, missed)
            yield Line("")


def whole(judged: Sequence[Judged]) -> Iterator[Line]:
    """Every situation: what the buyer wrote, what was understood, the draft, its objections."""
    for outcome, missed in judged:
        yield from _whole(outcome)
        for miss in missed:
            yield from _miss(miss)
        yield Line("")


def table(sides: Sequence[Side]) -> Iterator[Line]:
    """The figures of every side, side by side."""
    yield Line(" " * 24 + "".join(f"{side.name[:26]:>28}" for side in sides), "head")
    cells = [_cells(side.figures) for side in sides]
    for n, (name, _) in enumerate(cells[0]):
        values = [each[n][1] for each in cells]
        tone: Tone = "" if len(set(values)) == 1 else "good"
        yield Line(f"{name:<24}" + "".join(f"{value:>28}" for value in values), tone)
    yield Line("")


def _cells(of: Figures) -> list[tuple[str, str]]:
    cells = [("as expected", _share(of.expected))]
    cells += [(f"  {name}", _share(share)) for name, share in of.right.items() if share.of]
    cells += [
        ("sendable at first try", _share(of.sendable)),
        ("seconds p50 / p95", f"{of.p50_s:.3f} / {of.p95_s:.3f}"),
    ]
    cost = "unknown" if of.cost is None else f"{of.cost:.5f} {of.currency}"
    return [
        *cells,
        ("calls a draft", f"{of.calls:.1f}"),
        ("tokens a draft in + out", f"{of.tokens_in:.0f} + {of.tokens_out:.0f}"),
        ("cost a draft", cost if of.calls else "nothing"),
        ("repairs", str(of.repairs)),
        ("without the model", str(of.fallbacks)),
    ]


def stood_in(judged: Sequence[Judged], whose: str) -> Iterator[Line]:
    """That the composer wrote what the model should have, and why: the figures are its own."""
    outcomes = [one.outcome for one in judged]
    reasons = [one.proposal.reason for one in outcomes if one.proposal and one.fell_back]
    if reasons:
        drafts = sum(one.proposal is not None for one in outcomes)
        told = f"{whose}: {len(reasons)} of {count(drafts, 'draft', 'drafts')} without the model"
        yield Line(f"{told}; first: {reasons[0]}", "bad")


def _share(of: Share) -> str:
    return f"{of.right}/{of.of}"


def summed_up(judged: Sequence[Judged], seconds: float, whose: str = "") -> Line:
    failed = sum(bool(missed) for _, missed in judged)
    said = count(len(judged), "situation", "situations")
    lead = f"{whose}: " if whose else ""
    if failed:
        wrong = count(failed, "is", "are")
        return Line(f"{lead}{said}, {wrong} not as expected ({seconds:.1f} s)", "bad")
    return Line(f"{lead}{said}, all as expected ({seconds:.1f} s)", "good")


def _failure(outcome: Outcome, missed: Sequence[Miss]) -> Iterator[Line]:
    sample = outcome.sample
    yield Line(f"✗ {sample.id}", "bad")
    yield Line(f"  {sample.where}  {sample.about}", "dim")
    for miss in missed:
        yield from _miss(miss)


def _miss(miss: Miss) -> Iterator[Line]:
    yield from _field(miss.key, f"expected  {miss.expected}")
    yield from _field("", f"got       {miss.got}")


def _whole(outcome: Outcome) -> Iterator[Line]:
    sample, meant = outcome.sample, outcome.brief.understanding
    speak = words("en")
    yield Line(f"{sample.id}  {sample.where}", "head")
    for message in sample.situation.messages:
        subject = f"[{message.subject}] " if message.subject else ""
        yield from _field(message.author, subject + message.text)
    told = f"{meant.language} · {', '.join(meant.intents)}"
    told += f" · {meant.emotion.kind} {meant.emotion.strength:.1f}"
    told += f" · {', '.join(meant.given)}" if meant.given else ""
    details = ", ".join(f"{key}: {value}" for key, value in meant.details.items())
    yield from _field("understood", f"{told} · {details}" if details else told, "dim")
    verdicts = ", ".join(f"{one.id}: {one.verdict}" for one in outcome.brief.decision.remedies)
    yield from _field("decided", verdicts or "no remedy", "dim")
    if outcome.proposal is None:
        why = speak(outcome.why_none) if outcome.why_none else ""
        yield from _field("no draft", why)
        return
    yield from _field("draft", outcome.text, "good")
    yield from _field("means", outcome.proposal.agent_text or "not told", "dim")
    for one in outcome.findings:
        said = f"{one.rule} “{outcome.text[one.start : one.end]}”: {speak(one.message)}"
        yield from _field(one.severity, said, "dim" if one.severity == "tip" else "bad")


def _field(name: str, text: str, tone: Tone = "") -> Iterator[Line]:
    for n, part in enumerate(text.splitlines() or [""]):
        lead = f"  {name:<11} " if n == 0 else _INDENT
        yield Line(lead + part, tone)
