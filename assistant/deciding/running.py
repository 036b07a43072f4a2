"""Time limits that run: the law's, the platform's, ours; and until when."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from assistant.deciding.calendar import working_day
from assistant.deciding.case import Case, Facts
from assistant.model import Evidence, RunningClock, Whose
from assistant.playbooks.kinds import Clock, OurClock, Platform, SourcedClock, Span
from assistant.words import say

_END_OF_DAY = time(23, 59)
Running = tuple[RunningClock, Evidence]


def running(
    clocks: Iterable[OurClock | SourcedClock], whose: Whose, facts: Facts, case: Case
) -> list[Running]:
    """Those whose condition holds and whose beginning is known."""
    found: list[Running] = []
    for clock in clocks:
        since = _since(clock, facts, case)
        if since is None:
            continue
        due = until(since, clock.span, case)
        source = clock.source if isinstance(clock, SourcedClock) else clock.because
        checked_on = clock.checked_on if isinstance(clock, SourcedClock) else None
        inputs = case.seen((clock.when, clock.since), facts)
        inputs |= {"when": clock.when, "within": clock.within, "due": due.isoformat()}
        evidence = Evidence(rule=clock.id, source=source, checked_on=checked_on, inputs=inputs)
        found.append((RunningClock(rule=clock.id, says=clock.says, due=due, whose=whose), evidence))
    return found


def of_platform(platform: Platform, facts: Facts, case: Case) -> list[Running]:
    """Its clocks, and those that its answer time and its window for free text set going."""
    found = running(platform.clocks, "platform", facts, case)
    at = facts.get("request.at")
    if not isinstance(at, datetime):
        return found
    hours = {
        "answer": (platform.answer_within_hours, say("Answer the buyer").id),
        "window": (platform.window_hours, say("After this, free text is refused").id),
    }
    known = {clock.rule for clock, _ in found}
    for name, (count, says) in hours.items():
        rule = f"platform.{platform.id}.{name}"
        if count is not None and rule not in known:
            due = until(at, Span(count, "hours"), case)
            clock = RunningClock(rule=rule, says=says, due=due, whose="platform")
            evidence = Evidence(rule=rule, source=platform.file, inputs={"due": due.isoformat()})
            found.append((clock, evidence))
    return found


def _since(clock: Clock, facts: Facts, case: Case) -> datetime | None:
    if case.evaluate(clock.when, "bool", facts).value is not True:
        return None
    since = case.evaluate(clock.since, "time", facts).value
    return since if isinstance(since, datetime) else None


def until(since: datetime, span: Span, case: Case) -> datetime:
    """Hours run by the clock, days by the calendar of the buyer: to the end of the last one."""
    zone = zone_of(case)
    local = (since if since.tzinfo else since.replace(tzinfo=UTC)).astimezone(zone)
    if span.unit in ("minutes", "hours"):
        return (local.astimezone(UTC) + timedelta(**{span.unit: span.number})).astimezone(zone)
    day = local.date()
    if span.unit == "days":
        return datetime.combine(day + timedelta(days=span.number), _END_OF_DAY, zone)
    return datetime.combine(working_day(day, span.number, case.market), _END_OF_DAY, zone)


def zone_of(case: Case) -> tzinfo:
    """The buyer's; else their market's; else that of the question's moment."""
    for name in (case.question.zone, case.market.zone if case.market else None):
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError):
                continue
    return case.question.now.tzinfo or UTC
