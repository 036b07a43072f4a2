"""What the playbooks allow, demand and forbid here, with the proof. Pure and deterministic.

The facts that a draft may use beyond the shop's own stand in the proof's `inputs`, so that the
review can license them:

- `refund_amount` `"34.90 EUR"`: the sum of a refund that is allowed or with a lead
- `refund_on` an ISO date, `reply_by` an ISO date-time: when the refund is made; until when the
  buyer may choose otherwise
- `ship_on`, `arrive_by` ISO dates: of a new parcel
- `check_back` an ISO date-time: until when the buyer hears from us again
- `days_late` a whole number: of the parcel at hand
- `local_times` ISO date-times: scans, deliveries and dates due, by the buyer's clock
- `tracking_pages` a list of addresses: the only links a reply may carry

Rules name checks of `assistant.playbooks.CHECKS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from assistant.drafting.brief import Situation
from assistant.drafting.known import known
from assistant.drafting.matter import Matter
from assistant.drafting.own import wanted_size
from assistant.drafting.schedule import Schedule
from assistant.model import (
    Cost,
    Decision,
    Demand,
    Evidence,
    Given,
    Intent,
    Remedy,
    Understanding,
    Verdict,
)
from assistant.playbooks import (
    CHECKS,
    MARKETPLACE,
    Law,
    Money,
    Playbooks,
    Policy,
    RemedyRule,
    Rule,
)
from assistant.playbooks.vocabulary import VARIABLES, Outcome, evaluate, names_in

FOLLOW_UP = "desk.follow_up"
"""The proof whose `check_back` the desk must keep."""
FAULTS: frozenset[Intent] = frozenset(
    {"damaged", "wrong_item", "missing_item", "not_as_described", "malfunction"}
)
"""What is our fault; money asked for because of one is settled with it."""
SETTLED_WITH_THE_FAULT: frozenset[Intent] = frozenset(
    {"return_request", "refund_status", "review_negative", "complaint_service"}
)
KIND: frozenset[Intent] = frozenset({"thanks", "review_positive"})
"""Beside another matter, a kind word needs no answer of its own."""
_WISH_OF: Mapping[str, frozenset[str]] = {
    "refund": frozenset({"refund"}),
    "resend": frozenset({"resend", "exchange", "replacement"}),
    "exchange": frozenset({"exchange", "resend", "replacement"}),
    "information": frozenset({"information"}),
    "cancellation": frozenset({"cancel", "cancellation"}),
    "return": frozenset({"return"}),
}
_ORDER: Mapping[Verdict, int] = {"allowed": 0, "lead": 1, "ask": 2, "denied": 3}


class _InForce(NamedTuple):
    rule: Rule
    evidence: Evidence


class _Judged(NamedTuple):
    remedy: Remedy
    evidence: Evidence
    wished: bool


def decide(situation: Situation, understanding: Understanding, playbooks: Playbooks) -> Decision:
    """The decision for *situation* as understood."""
    matter = Matter(situation, understanding, playbooks)
    schedule = Schedule.of(matter)
    judged: dict[str, _Judged] = {}
    for intent in dealt_with(understanding):
        facts = known(matter, intent)
        for policy in playbooks.policies_for(intent):
            for rule in policy.remedies:
                judged.setdefault(rule.id, _judge(policy, rule, facts, matter, schedule))
    ranked = sorted(judged.values(), key=_rank)
    wanted = _ask_for(matter, ranked)
    rules = _rules(matter, {"request.asking": bool(wanted)})
    return Decision(
        remedies=tuple(one.remedy for one in ranked),
        must=_demands(rules, "must"),
        must_not=_demands(rules, "forbid"),
        ask_for=wanted,
        proof=_proof(matter, schedule, ranked, rules),
        playbook_version=playbooks.version,
    )


def _rules(matter: Matter, asking: Mapping[str, Any]) -> list[_InForce]:
    """Of the policies in question, then of platform, market and culture."""
    playbooks, understanding = matter.playbooks, matter.understanding
    found: list[_InForce] = []
    for intent in dealt_with(understanding):
        facts = {**known(matter, intent), **asking}
        for policy in playbooks.policies_for(intent):
            found += _in_force(policy.rules, facts)
    facts = {**known(matter, understanding.intents[0]), **asking}
    culture = playbooks.culture(understanding.language, matter.country)
    for rules in (
        matter.platform.rules,
        matter.market.rules if matter.market else (),
        culture.rules,
    ):
        found += _in_force(rules, facts)
    return found


def dealt_with(understanding: Understanding) -> tuple[Intent, ...]:
    """The intents that need an answer of their own: what comes of a fault is settled with it."""
    intents = understanding.intents
    fault = next((one for one in intents if one in FAULTS), None)
    if fault is None:
        return tuple(one for one in intents if one not in KIND) or intents[:1]
    return tuple(one for one in intents if one not in SETTLED_WITH_THE_FAULT | KIND)


def check_back(decision: Decision) -> datetime | None:
    """Until when a reply that follows *decision* tells the buyer they will hear from us again."""
    for evidence in decision.proof:
        if evidence.rule == FOLLOW_UP:
            return datetime.fromisoformat(evidence.inputs["check_back"])
    return None


def wording_of(decision: Decision, remedy: str) -> Mapping[str, Any]:
    """The inputs of the proof of *remedy*: its amount and dates."""
    for evidence in decision.proof:
        if evidence.inputs.get("remedy") == remedy:
            return evidence.inputs
    return {}


def gives_wished(gives: str, understanding: Understanding) -> bool:
    """The buyer asked for this by name."""
    return bool(_WISH_OF.get(gives, frozenset()) & set(understanding.wishes))


def pages(matter: Matter) -> tuple[str, ...]:
    """Where the buyer may be sent to follow the order's parcels; none where links are refused."""
    if not (matter.platform.tracking_links and matter.situation.links):
        return ()
    language = matter.understanding.language
    tracking_link = matter.playbooks.tracking_link
    found = (tracking_link(one, matter.country, language) for one in matter.parcels)
    return tuple(dict.fromkeys(page for page in found if page))


# ── remedies ─────────────────────────────────────────────────────────────────


def _judge(
    policy: Policy, rule: RemedyRule, facts: Mapping[str, Any], matter: Matter, schedule: Schedule
) -> _Judged:
    name = f"{policy.id}.{rule.id}"
    verdict, missing = _verdict(rule, facts, matter)
    laws = _laws(matter, rule, facts)
    if verdict == "denied" and laws:
        verdict = "lead"
    inputs = {one: _plain(facts[one]) for one in _looked_at(rule) if one in facts}
    inputs |= {"remedy": rule.id, "gives": rule.gives, "verdict": verdict}
    amount = _value(rule.amount, facts)
    if verdict in ("allowed", "lead") and not missing:
        inputs |= schedule.inputs(rule.gives)
        inputs |= {} if amount is None else {"refund_amount": str(amount)}
    cost = _total(rule, facts)
    remedy = Remedy(
        id=rule.id,
        verdict=verdict,
        because=(name, *(law.id for law in laws)),
        missing=missing,
        cost=Cost(amount=cost.amount, currency=cost.currency) if cost else None,
    )
    wished = gives_wished(rule.gives, matter.understanding)
    return _Judged(remedy, Evidence(rule=name, source=policy.file, inputs=inputs), wished)


def _verdict(
    rule: RemedyRule, facts: Mapping[str, Any], matter: Matter
) -> tuple[Verdict, tuple[str, ...]]:
    """Allowed only where every fact that was looked at is known."""
    outcome = evaluate(rule.allow, "bool", facts)
    if outcome.missing:
        return _unknown(outcome, matter)
    if not outcome.value:
        return "denied", ()
    amount = evaluate(rule.amount, "money", facts) if rule.amount else None
    if amount and amount.missing:
        return _unknown(amount, matter)
    return _with_a_lead(rule, facts, amount.value if amount else None)


def _with_a_lead(
    rule: RemedyRule, facts: Mapping[str, Any], amount: Money | None
) -> tuple[Verdict, tuple[str, ...]]:
    if amount is not None and amount.minor <= 0:
        return "lead", ("nothing left to refund",)
    lead = evaluate(rule.lead, "bool", facts) if rule.lead else Outcome(False)
    if lead.missing or lead.value:
        return "lead", lead.missing
    if not rule.lead_above or amount is None:
        return "allowed", ()
    limits = {limit.currency: limit for limit in map(Money.parse, rule.lead_above)}
    if amount.currency not in limits:
        return "lead", (f"rate {amount.currency} to {next(iter(limits))}",)
    return ("allowed" if amount.at_most(limits[amount.currency]) else "lead"), ()


def _unknown(outcome: Outcome, matter: Matter) -> tuple[Verdict, tuple[str, ...]]:
    """Ask the buyer for what they can give and have not; else a lead must find out."""
    facts: list[str] = []
    questions: list[str] = []
    for name in outcome.missing:
        askable = VARIABLES[name].ask if name in VARIABLES else None
        if matter.order is None and name.startswith(("order.", "item.", "parcel.")):
            askable, name = "order_number", "order"
        elif askable == "order_number":
            askable = None
        if askable and askable not in given(matter):
            questions.append(askable)
        else:
            facts.append(name)
    if questions:
        return "ask", tuple(dict.fromkeys(questions))
    return "lead", tuple(dict.fromkeys(facts))


def given(matter: Matter) -> frozenset[Given]:
    """What need not be asked for any more."""
    own: set[Given] = set(matter.understanding.given)
    tracked = bool(matter.understanding.tracking_numbers)
    if matter.given_ref or matter.order is not None or tracked:
        own.add("order_number")
    if wanted_size(matter):
        own.add("size")
    return frozenset(own)


def _laws(matter: Matter, rule: RemedyRule, facts: Mapping[str, Any]) -> tuple[Law, ...]:
    """Those of the buyer's market that owe what the remedy gives."""
    laws = matter.market.law if matter.market else ()
    return tuple(
        law
        for law in laws
        if rule.gives in law.owes and evaluate(law.when, "bool", facts).value is True
    )


def _looked_at(rule: RemedyRule) -> tuple[str, ...]:
    parts = (rule.allow, rule.lead, rule.amount, *rule.cost_parts.values())
    return tuple(dict.fromkeys(name for part in parts if part for name in names_in(part)))


def _value(formula: str | None, facts: Mapping[str, Any]) -> Money | None:
    value = evaluate(formula, "money", facts).value if formula else None
    return value if isinstance(value, Money) else None


def _total(rule: RemedyRule, facts: Mapping[str, Any]) -> Money | None:
    """All parts together, less what comes back; None where one can't be told."""
    total: Money | None = None
    for part, formula in rule.cost_parts.items():
        value = _value(formula, facts)
        if value is None or (total and total.currency != value.currency):
            return None
        value = value.times(-1) if part == "recovery" else value
        total = total.plus(value) if total else value
    return total


def _rank(judged: _Judged) -> tuple[int, bool, bool, Any, str]:
    """What may be offered first; among those what the buyer asks for; then what costs us least."""
    cost = judged.remedy.cost
    return (
        _ORDER[judged.remedy.verdict],
        not judged.wished,
        cost is None,
        cost.amount if cost else 0,
        judged.remedy.id,
    )


# ── what must and must not be said ───────────────────────────────────────────


def _in_force(rules: Iterable[Rule], facts: Mapping[str, Any]) -> list[_InForce]:
    """A `forbid` whose condition can't be told is in force; a `must` needs its facts."""
    found: list[_InForce] = []
    for rule in rules:
        outcome = evaluate(rule.when, "bool", facts) if rule.when else Outcome(True)
        unknown = bool(outcome.missing and rule.forbid)
        if outcome.value is not True and not unknown:
            continue
        inputs = {name: _plain(facts[name]) for name in names_in(rule.when or "") if name in facts}
        source = rule.source or rule.because
        evidence = Evidence(rule=rule.id, source=source, checked_on=rule.checked_on, inputs=inputs)
        found.append(_InForce(rule, evidence))
    return found


def _demands(rules: Sequence[_InForce], side: str) -> tuple[Demand, ...]:
    found: dict[str, Demand] = {}
    for rule, _ in rules:
        for check in getattr(rule, side):
            found.setdefault(check, Demand(rule=rule.id, check=check, text=CHECKS[check]))
    return tuple(found.values())


def _ask_for(matter: Matter, ranked: Sequence[_Judged]) -> tuple[str, ...]:
    """What remedies and policies still want to know from the buyer; nothing that was given."""
    wanted = [name for one in ranked if one.remedy.verdict == "ask" for name in one.remedy.missing]
    for intent in dealt_with(matter.understanding):
        for policy in matter.playbooks.policies_for(intent):
            if policy.draft:
                wanted += policy.ask_for
    had = given(matter)
    return tuple(dict.fromkeys(name for name in wanted if name not in had))


# ── proof ────────────────────────────────────────────────────────────────────


def _proof(
    matter: Matter,
    schedule: Schedule,
    ranked: Sequence[_Judged],
    rules: Sequence[_InForce],
) -> tuple[Evidence, ...]:
    laws = {
        law.id: Evidence(rule=law.id, source=law.source, checked_on=law.checked_on, inputs={})
        for law in (matter.market.law if matter.market else ())
        if any(law.id in one.remedy.because for one in ranked)
    }
    follow_up = Evidence(
        rule=FOLLOW_UP,
        inputs={
            "check_back": schedule.check_back.isoformat(),
            "local_times": _local_times(matter),
            **_lateness(matter),
        },
    )
    platform = Evidence(
        rule=f"platform.{matter.platform.id}",
        source=matter.platform.file,
        inputs={
            "platform": matter.situation.platform,
            "stands_in": matter.platform.id == MARKETPLACE,
            "tracking_links": matter.platform.tracking_links,
            "tracking_pages": list(pages(matter)),
        },
    )
    stated = {evidence.rule: evidence for _, evidence in rules}
    remedies = (one.evidence for one in ranked)
    return (*remedies, *laws.values(), *stated.values(), platform, follow_up)


def _local_times(matter: Matter) -> list[str]:
    """When parcels were scanned, are due, were delivered, and the order was placed: as the buyer's
    clock has it, which is how a reply says it."""
    known_times = [matter.order.placed_at] if matter.order else []
    for parcel in matter.parcels:
        latest = parcel.latest
        known_times += [parcel.eta, parcel.delivered_at, latest.at if latest else None]
    return [matter.local(one).isoformat() for one in known_times if one is not None]


def _lateness(matter: Matter) -> dict[str, int]:
    late = matter.days_late(matter.parcel) if matter.parcel else None
    return {} if late is None else {"days_late": late}


def _plain(value: Any) -> Any:
    """For JSON."""
    if isinstance(value, Mapping):
        return str(Money.from_cel(value))
    return value.isoformat() if isinstance(value, datetime) else value
