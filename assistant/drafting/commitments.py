"""What a reply commits us to, in any language, held against what the decision allows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from assistant.drafting.findings import COMMITMENT
from assistant.drafting.lexicon import Phrase, ReplyWords
from assistant.drafting.subject import Sentence, Subject, denied
from assistant.model import Finding, Remedy, Verdict
from assistant.words import say

_GIVES: dict[str, frozenset[str]] = {
    "refund": frozenset({"refund", "cancellation"}),
    "resend": frozenset({"resend", "exchange", "part"}),
    "exchange": frozenset({"exchange", "resend"}),
    "discount": frozenset({"discount", "coupon", "store_credit", "partial_refund"}),
    "compensation": frozenset(
        {"compensation", "discount", "coupon", "goodwill", "partial_refund", "store_credit"}
    ),
    "cancel": frozenset({"cancellation"}),
    "return": frozenset({"return", "exchange", "repair"}),
    "free": frozenset({"refund", "resend", "exchange", "return", "part", "repair"}),
    "guarantee": frozenset(),
}
"""The kinds of remedy that allow a kind of commitment."""
_PART_OF_IT = frozenset({"partial_refund", "goodwill"})
"""Money back, but only the sum that the decision gives: it must be named in the same sentence."""
_NAMED = {
    "refund": r"refund|money_back",
    "resend": r"resend|replace|new_item|send_missing|spare",
    "exchange": r"exchange|swap",
    "discount": r"coupon|discount|voucher",
    "compensation": r"compens|goodwill",
    "cancellation": r"cancel",
    "return": r"return",
}
_PROOFS = frozenset({"photo", "video", "receipt"})
"""What a buyer can show of a fault; whatever else is unknown may still change the decision."""
_RANK: dict[Verdict, int] = {"allowed": 0, "lead": 1, "ask": 2, "denied": 3}
Found = tuple[str, Sentence, tuple[int, int]]


def commitments(subject: Subject) -> Iterator[Finding]:
    """Each kind of commitment once, where it is made first."""
    seen: set[str] = set()
    for kind, sentence, where in committed(subject):
        yield from _sums(subject, kind, sentence)
        if kind not in seen:
            seen.add(kind)
            yield from _allowed(subject, kind, sentence, where)
    yield from _incentives(subject)


@lru_cache(maxsize=4)
def committed(subject: Subject) -> tuple[Found, ...]:
    """Every commitment: its kind, its sentence, its place. Several checks look at them."""
    return tuple(
        (kind, sentence, place)
        for words in subject.everywhere
        for kind, phrases in words.commitments.items()
        for phrase in phrases
        if phrase.search(subject.folded)
        for sentence in subject.sentences
        if (place := _made(words, phrase, sentence))
    )


def _made(words: ReplyWords, phrase: Phrase, sentence: Sentence) -> tuple[int, int] | None:
    """Where a sentence makes this commitment: neither denied nor only reported."""
    for match in phrase.finditer(sentence.folded):
        if denied(words, sentence.folded, match, phrase) or reported(words, sentence, match):
            continue
        return sentence.start + match.start(), sentence.start + match.end()
    return None


def reported(words: ReplyWords, sentence: Sentence, match: re.Match[str]) -> bool:
    """Is the match only part of what the buyer asked for, or of something to be found out?"""
    return any(
        found.start() < match.end() and match.start() < found.end() + _near(sentence, found)
        for phrase in words.reported
        for found in phrase.finditer(sentence.folded)
    )


def _near(sentence: Sentence, found: re.Match[str]) -> int:
    """How far what is reported may go on: a few letters, never into the next clause."""
    return len(re.split(r"[,;:，、]", sentence.folded[found.end() : found.end() + 12])[0])


def _allowed(
    subject: Subject, kind: str, sentence: Sentence, where: tuple[int, int]
) -> Iterator[Finding]:
    verdict = given_verdict(subject, kind, sentence)
    if verdict == "allowed" or (kind == "refund" and refunded(subject)):
        return
    what = COMMITMENT[kind]
    if verdict == "ask" and _waits_for_proof(subject, kind, sentence):
        message = say(
            "This promises {what} in advance. It holds once the buyer shows it.", what=what
        )
        yield subject.finding("warn", f"commitment.{kind}", where, message)
        return
    if verdict == "lead":
        message = say("This promises {what}, which a lead must approve.", what=what)
    elif verdict == "ask":
        message = say("This promises {what} before the facts for it are known.", what=what)
    else:
        message = say("This promises {what}, which the playbooks do not allow here.", what=what)
    yield subject.finding("block", f"commitment.{kind}", where, message)


def _waits_for_proof(subject: Subject, kind: str, sentence: Sentence) -> bool:
    """The sentence makes it depend on what the buyer shows, and nothing else is open."""
    missing = {
        fact
        for remedy in _given_by(subject, kind, sentence)
        if remedy.verdict == "ask"
        for fact in remedy.missing
    }
    return missing <= _PROOFS and any(
        one.search(sentence.folded) for words in subject.everywhere for one in words.conditions
    )


def refunded(subject: Subject) -> bool:
    """The shop knows of a refund: that is a fact to be told."""
    return any(order.refunds for order in subject.brief.situation.facts.orders)


def given_verdict(subject: Subject, kind: str, sentence: Sentence) -> Verdict:
    """The best verdict of the remedies that give this."""
    verdicts: list[Verdict] = [remedy.verdict for remedy in _given_by(subject, kind, sentence)]
    return min(verdicts, key=lambda one: _RANK[one], default="denied")


def _given_by(subject: Subject, kind: str, sentence: Sentence) -> list[Remedy]:
    """The remedies that give this."""
    decision = subject.brief.decision
    given = {str(one.inputs.get("remedy")): str(one.inputs.get("gives")) for one in decision.proof}
    gives = {one.id: _gives(one.id, given.get(one.id)) for one in decision.remedies}
    found = [one for one in decision.remedies if _GIVES[kind] & gives[one.id]]
    if kind != "refund":
        return found
    if _comes_back(subject):
        found += [one for one in decision.remedies if "return" in gives[one.id]]
    parts = (one for one in decision.remedies if _PART_OF_IT & gives[one.id])
    return [*found, *(one for one in parts if _names_no_more(subject, one, sentence))]


def _comes_back(subject: Subject) -> bool:
    """The text makes the money depend on the goods coming back."""
    return any(
        one.search(subject.folded)
        for words in subject.everywhere
        for one in (
            *words.conditions,
            *words.checks.get("demand_return", ()),
            *words.commitments.get("return", ()),
        )
    )


def _names_no_more(subject: Subject, remedy: Remedy, sentence: Sentence) -> bool:
    """The sentence says how much, and it is no more than this remedy gives."""
    most = remedy.amount.amount if remedy.amount else None
    said = [span.number for span in subject.of("amount") if sentence.holds(span)]
    return bool(said) and most is not None and all(one is not None and one <= most for one in said)


def _gives(remedy: str, told: str | None) -> frozenset[str]:
    """What a remedy gives: as its proof says, else by its name."""
    if told and told != "None":
        return frozenset({told})
    return frozenset(kind for kind, names in _NAMED.items() if re.search(names, remedy))


# ── sums in commitments ──────────────────────────────────────────────────────


def _sums(subject: Subject, kind: str, sentence: Sentence) -> Iterator[Finding]:
    """A sum that is promised must be confirmed, and within what the decision gives."""
    for span in subject.of("amount"):
        if not sentence.holds(span) or kind not in ("refund", "compensation", "discount"):
            continue
        assert span.number is not None
        most = _most(subject, kind)
        confirmed = subject.licence.amount(span, promised=True)
        if confirmed and (most is None or span.number <= most):
            continue
        if not confirmed and not subject.licence.amount(span):
            continue  # Already blocked as an amount that nobody knows.
        message = say("The decision does not give {what}.", what=span.text)
        yield subject.finding("block", "commitment.amount", subject.at(span), message)


def _most(subject: Subject, kind: str) -> Decimal | None:
    """The largest sum of this kind that is allowed, or allowed to a lead."""
    wanted = _GIVES[kind] | ({"return"} | _PART_OF_IT if kind == "refund" else set())
    sums = [
        Decimal(str(one.inputs[key]).split()[0])
        for one in subject.brief.decision.proof
        if one.inputs.get("gives", "refund") in wanted and one.inputs.get("verdict") in _OPEN
        for key in ("refund_amount", "amount")
        if key in one.inputs
    ]
    refunds = [
        refund.amount
        for order in subject.brief.situation.facts.orders
        for refund in order.refunds
        if refund.amount is not None
    ]
    return max([*sums, *(refunds if kind == "refund" else ())], default=None)


_OPEN = ("allowed", "lead")


# ── reviews ──────────────────────────────────────────────────────────────────


def _incentives(subject: Subject) -> Iterator[Finding]:
    """Anything offered for a review is forbidden everywhere, and nobody may override it."""
    for words in subject.everywhere:
        if not any(one.search(subject.folded) for one in words.reviews):
            continue
        for sentence in subject.sentences:
            review = next(
                (found for one in words.reviews if (found := one.search(sentence.folded))), None
            )
            offered = any(
                not denied(words, sentence.folded, found, one)
                for one in words.incentives
                for found in one.finditer(sentence.folded)
            )
            if review and offered:
                yield subject.finding(
                    "block",
                    "review.incentive",
                    (sentence.start + review.start(), sentence.start + review.end()),
                    say("Nothing may be offered for a review."),
                    lead_may_override=False,
                )
                return
