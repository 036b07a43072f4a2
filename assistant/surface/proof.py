"""The proof of a decision, line by line: why, what was looked at, where it is from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from assistant.deciding.limits import NOTHING_LEFT
from assistant.deciding.remedies import LESS_THAN_OWED
from assistant.drafting.decide import FOLLOW_UP
from assistant.drafting.findings import GIVEN
from assistant.model import Cost, Decision, Demand, Evidence, Remedy, RunningClock
from assistant.playbooks import MARKETPLACE, Money
from assistant.surface.naming import NOUNS, TRUE
from assistant.surface.reading import Reader
from assistant.words import Text, Words, say

GIVES: Mapping[str, Text] = {
    "information": say("tell what is known"),
    "refund": say("refund"),
    "partial_refund": say("partial refund"),
    "store_credit": say("store credit"),
    "coupon": say("coupon"),
    "resend": say("resend"),
    "part": say("send a part"),
    "exchange": say("exchange"),
    "repair": say("repair"),
    "inquiry": say("ask the carrier"),
    "cancellation": say("cancel"),
    "change": say("change the order"),
    "return": say("take it back"),
    "document": say("send a document"),
    "goodwill": say("goodwill"),
}
_PARTS: Mapping[str, Text] = {
    "money": say("money {price}"),
    "goods": say("goods {price}"),
    "freight": say("freight {price}"),
    "return_label": say("return label {price}"),
    "recovery": say("comes back {price}"),
    "coupon": say("coupon {price}"),
    "dispute": say("risk of a dispute {price}"),
}
_DATES: Mapping[str, Text] = {
    "ship_on": say("leaves {day}"),
    "arrive_by": say("there by {day}"),
    "refund_on": say("refund made {day}"),
}
_WHOSE: Mapping[str, Text] = {
    "law": say("law"),
    "platform": say("platform"),
    "ours": say("ours"),
}
_LINKS: Mapping[str, Text] = {
    "none": say("No link may be sent here."),
    "tracking": say("Only links to follow a parcel may be sent here."),
    "own": say("Only links to our own pages and to follow a parcel may be sent here."),
}


def named(remedy: Remedy, inputs: Mapping[str, Any], words: Words) -> str:
    """`refund €34.90`"""
    gives = remedy.gives or str(inputs.get("gives"))
    name = words(GIVES.get(gives, say("{id}", id=remedy.id)))
    amount = inputs.get("refund_amount", inputs.get("amount"))
    if amount is None:
        return name
    return words(say("{remedy} {amount}", remedy=name, amount=money(str(amount), words)))


def money(value: str, words: Words) -> str:
    amount = Money.parse(value)
    return words.money(amount.amount, amount.currency)


class Proof:
    """One decision, explained to one person."""

    def __init__(self, decision: Decision, words: Words) -> None:
        self._decision = decision
        self._words = words
        self._reader = Reader(words)
        self._by_rule = {evidence.rule: evidence for evidence in decision.proof}
        owing = (one for one in decision.proof if one.inputs.get("owes"))
        gives = {one.gives for one in decision.remedies}
        self._laws = [one for one in owing if gives & set(one.inputs["owes"])]

    def lines(self) -> Iterator[str]:
        decision = self._decision
        yield from (self._remedy(one) for one in decision.remedies)
        yield from (self._law(one) for one in self._laws)
        yield from (self._clock(one) for one in decision.clocks)
        yield from self._demands(decision.must, say("Must: {what} ({rule})"))
        yield from self._demands(decision.must_not, say("Never: {what} ({rule})"))
        yield from (line for one in decision.proof if (line := self._other(one)))
        yield self._words(say("Playbooks {version}", version=decision.playbook_version))

    # ── remedies ─────────────────────────────────────────────────────────────

    def _remedy(self, remedy: Remedy) -> str:
        evidence = self._by_rule.get(remedy.because[0])
        inputs = evidence.inputs if evidence else {}
        patterns = {
            "allowed": say("Allowed: {remedy}, because {rules}"),
            "lead": say("With a lead: {remedy}, because {rules}"),
            "ask": say("Once we know more: {remedy}, because {rules}"),
            "denied": say("Not here: {remedy}, because {rules}"),
        }
        rules = self._words(say(", ")).join(remedy.because)
        name = named(remedy, inputs, self._words)
        line = self._words(_with(patterns[remedy.verdict], remedy=name, rules=rules))
        seen = [*self._why(remedy, inputs), *self._unseen(remedy)]
        if remedy.verdict in ("allowed", "lead"):
            seen += [*self._sums(remedy, inputs), *self._dates(inputs), *self._owed(remedy)]
        seen = list(dict.fromkeys(one for one in seen if one))
        if not seen:
            return line
        facts = self._words(say("; ")).join(seen)
        return self._words(say("{line}: {facts}", line=line, facts=facts))

    def _why(self, remedy: Remedy, inputs: Mapping[str, Any]) -> Iterator[str]:
        """The condition with its values; of a refusal the parts that are not met."""
        failed = inputs.get("failed", ())
        if failed:
            yield from (self._reader.failed(one, inputs) for one in failed)
        elif remedy.verdict != "ask" and not remedy.missing:
            met = inputs.get("met", (inputs.get("allow", "true"),))
            yield from (self._reader.condition(str(one), inputs) for one in met)

    def _unseen(self, remedy: Remedy) -> list[str]:
        if not remedy.missing:
            return []
        if remedy.missing == (NOTHING_LEFT,):
            return [self._words(say("nothing is left to refund"))]
        if remedy.missing == (LESS_THAN_OWED,):
            return [self._words(say("it is less than the law owes"))]
        what = self._reader.both([self.fact(one) for one in remedy.missing])
        if remedy.verdict == "ask":
            return [self._words(say("ask the buyer for {what}", what=what))]
        return [self._words(say("not known: {what}", what=what))]

    def fact(self, name: str) -> str:
        """What is missing, by its name."""
        if name in GIVEN:
            return self._words(GIVEN[name])
        rate = re.fullmatch(r"rate (\w+) to (\w+)", name)
        if rate:
            return self._words(say("the rate from {one} to {other}", one=rate[1], other=rate[2]))
        return self._reader.noun(name) if name in NOUNS or name in TRUE else name

    def _sums(self, remedy: Remedy, inputs: Mapping[str, Any]) -> Iterator[str]:
        if remedy.fee:
            fee = self._money(remedy.fee)
            yield self._words(say("{price} kept back", price=fee))
        if remedy.cost:
            yield self._cost(remedy.cost)
        elif "cost_missing" in inputs:
            what = self._reader.both([self.fact(one) for one in inputs["cost_missing"]])
            yield self._words(say("what it costs us is not known without {what}", what=what))
        for rate in inputs.get("rates", ()):
            yield self._words(say("by the rate {rate}", rate=rate))

    def _cost(self, cost: Cost) -> str:
        price = self._money(cost)
        parts = [
            self._words(_with(_PARTS[part], price=self._words.money(amount, cost.currency)))
            for part, amount in cost.parts.items()
            if part in _PARTS
        ]
        if len(parts) < 2:
            return self._words(say("costs us {price}", price=price))
        told = self._words(say(", ")).join(parts)
        return self._words(say("costs us {price} ({parts})", price=price, parts=told))

    def _money(self, cost: Cost) -> str:
        return self._words.money(cost.amount, cost.currency)

    def _dates(self, inputs: Mapping[str, Any]) -> Iterator[str]:
        for name, pattern in _DATES.items():
            if name in inputs:
                day = self._words.weekday(date.fromisoformat(str(inputs[name])))
                yield self._words(_with(pattern, day=day))

    def _owed(self, remedy: Remedy) -> Iterator[str]:
        """What else the buyer may choose by law, beside this."""
        for law in self._laws:
            if not law.inputs.get("buyer_chooses"):
                continue
            others = [one for one in law.inputs["owes"] if one != remedy.gives and one in GIVES]
            if others:
                what = self._reader.either([self._words(GIVES[one]) for one in others])
                yield self._words(
                    say(
                        "also owed under {source}, if the buyer prefers it: {what}",
                        source=law.source,
                        what=what,
                    )
                )

    # ── laws, limits, rules ──────────────────────────────────────────────────

    def _law(self, law: Evidence) -> str:
        owes = [self._words(GIVES[one]) for one in law.inputs["owes"] if one in GIVES]
        what = self._reader.either(owes)
        text = say(
            "By law: {what} ({rule}): {says}", what=what, rule=law.rule, says=self._says(law)
        )
        if law.inputs.get("status") != "verified":
            text = say(
                "By law, unproven: {what} ({rule}): {says}",
                what=what,
                rule=law.rule,
                says=self._says(law),
            )
        return self._sourced(self._words(text), law)

    def _says(self, law: Evidence) -> str:
        return self._words(str(law.inputs.get("says", "")))

    def _clock(self, clock: RunningClock) -> str:
        line = self._words(
            say(
                "By {when} ({whose}): {what} ({rule})",
                when=self._words.when(clock.due, clock.due.tzinfo),
                whose=self._words(_WHOSE[clock.whose]),
                what=self._words(clock.says),
                rule=clock.rule,
            )
        )
        evidence = self._by_rule.get(clock.rule)
        return line if evidence is None else self._sourced(line, evidence)

    def _demands(self, demands: Sequence[Demand], pattern: Text) -> Iterator[str]:
        """One line a rule, whatever it asks for; what wordings it forbids is the review's."""
        asked: dict[str, list[str]] = {}
        for demand in demands:
            if not demand.words:
                asked.setdefault(demand.rule, []).append(self._words(demand.text))
        for rule, what in asked.items():
            told = self._words(say("; ")).join(what)
            line = self._words(_with(pattern, what=told, rule=rule))
            evidence = self._by_rule.get(rule)
            yield line if evidence is None else self._sourced(line, evidence)

    def _other(self, evidence: Evidence) -> str:
        if evidence.rule == FOLLOW_UP:
            at = datetime.fromisoformat(evidence.inputs["check_back"])
            when = self._words.when(at, at.tzinfo)
            return self._words(
                say("Next word to the buyer, where one is promised: {when}", when=when)
            )
        if "answer" in evidence.inputs:
            of = str(evidence.checked_on or "")
            known = say(
                "Known: {source}, {of} ({rule})", source=evidence.source, of=of, rule=evidence.rule
            )
            return self._words(known)
        if "stands_in" not in evidence.inputs:
            return ""
        return self._words.together([self._stands_in(evidence), *self._carries()])

    def _stands_in(self, evidence: Evidence) -> str:
        if evidence.rule != f"platform.{MARKETPLACE}":
            return ""
        name = str(evidence.inputs.get("platform", ""))
        return self._words(
            say("{platform} has no playbook: the strictest marketplace rules hold.", platform=name)
        )

    def _carries(self) -> Iterator[str]:
        links = _LINKS.get(self._decision.links)
        if links:
            yield self._words(links)
        kinds = self._decision.attachments
        if not kinds:
            yield self._words(say("No attachment may be sent here."))
        elif kinds != ("any",):
            named = self._words(say(", ")).join(kinds)
            yield self._words(say("Only these attachments may be sent here: {kinds}.", kinds=named))

    def _sourced(self, line: str, evidence: Evidence) -> str:
        """With where it is from: our own reasons are in the catalogues, titles of laws are not."""
        if not evidence.source or evidence.source.endswith(".md"):
            return line
        source = self._words(evidence.source)
        if evidence.checked_on is None:
            return self._words(say("{line} — {source}", line=line, source=source))
        day = self._words.weekday(evidence.checked_on)
        return self._words(
            say("{line} — {source} (checked {day})", line=line, source=source, day=day)
        )


def _with(text: Text, **values: str | int | float) -> Text:
    """A pattern of a table, filled in."""
    return text.model_copy(update={"values": values})
