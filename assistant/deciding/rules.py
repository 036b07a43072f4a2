"""What must and must not be said in one case, and the rules that say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from assistant.deciding.case import Case, Facts
from assistant.model import Demand, Evidence, Severity
from assistant.playbooks import CHECKS, Rule
from assistant.playbooks.kinds import Culture, NotSold, Platform
from assistant.playbooks.vocabulary import Outcome
from assistant.words import say

WORDS = "words"
"""The check of a rule that brings its own wordings."""
TABOO = "taboo"
"""A name that is out of place whatever is said of it; a rule's wording may be denied."""
NOT_SOLD = "not_sold"
"""The same, and to say that it can't be sent is no offer of it."""
_OFFERING = frozenset(
    {
        "product_question",
        "stock_question",
        "price_or_promotion",
        "size_exchange",
        "change_order",
        "other",
    }
)
"""Where a reply may come to offer something to buy."""


class InForce(NamedTuple):
    """A rule that holds, and what it demands of a text."""

    must: tuple[Demand, ...]
    forbid: tuple[Demand, ...]
    evidence: Evidence


def in_force(
    rules: Iterable[Rule], facts: Facts, case: Case, *, usual: Severity | None = None
) -> list[InForce]:
    """A `forbid` whose condition can't be told is in force; a `must` needs its facts.

    *usual*: how grave the wordings are that a rule brings, where it does not say.
    """
    found: list[InForce] = []
    for rule in rules:
        outcome = case.evaluate(rule.when, "bool", facts) if rule.when else Outcome(True)
        unknown = bool(outcome.missing)
        if outcome.value is not True and not (unknown and (rule.forbid or rule.forbid_words)):
            continue
        source = rule.source or rule.because
        inputs = case.seen((rule.when,), facts) | ({"when": rule.when} if rule.when else {})
        evidence = Evidence(rule=rule.id, source=source, checked_on=rule.checked_on, inputs=inputs)
        must = () if unknown else tuple(_demands(rule, "must", case, usual))
        found.append(InForce(must, tuple(_demands(rule, "forbid", case, usual)), evidence))
    return found


def _demands(rule: Rule, side: str, case: Case, usual: Severity | None) -> Iterator[Demand]:
    for check in getattr(rule, side):
        yield Demand(rule=rule.id, check=check, text=CHECKS[check], severity=rule.severity)
    words = in_language(getattr(rule, f"{side}_words"), case.question.language)
    if words:
        yield Demand(
            rule=rule.id,
            check=WORDS,
            text=rule.because,
            words=words,
            better=rule.better or None,
            severity=rule.severity or usual,
        )


def in_language(words: Mapping[str, tuple[str, ...]], language: str) -> tuple[str, ...]:
    """The wordings for a reply in *language*: those of `pt` hold in `pt-BR` as well."""
    primary = language.split("-")[0]
    found = (words.get(one, ()) for one in dict.fromkeys((language, primary)))
    return tuple(dict.fromkeys(wording for one in found for wording in one))


def of_culture(culture: Culture, facts: Facts, case: Case) -> list[InForce]:
    """Its rules, its taboos, and what sounds wrong there."""
    found = in_force(culture.rules, facts, case, usual="warn")
    for taboo in culture.taboos:
        words = in_language(taboo.words, case.question.language)
        if words:
            better = taboo.better or None
            source = taboo.source or taboo.says
            demand = Demand(
                rule=taboo.id,
                check=TABOO,
                text=taboo.says,
                words=words,
                better=better,
                severity=taboo.severity,
            )
            evidence = Evidence(rule=taboo.id, source=source, checked_on=taboo.checked_on)
            found.append(InForce((), (demand,), evidence))
    text = say("There is a better way to say this here.").id
    for n, one in enumerate(culture.avoid):
        found.append(_words(f"{culture.id}.avoid[{n}]", text, one.words, one.better, "tip"))
    return found


def of_platform(platform: Platform, facts: Facts, case: Case) -> list[InForce]:
    """Its rules, and what its scalars forbid."""
    name = f"platform.{platform.id}"
    closed = {
        "external_link": platform.links == "none",
        "review_request": platform.review_ask == "never",
    }
    demands = tuple(
        Demand(rule=name, check=check, text=CHECKS[check]) for check, so in closed.items() if so
    )
    own = InForce((), demands, Evidence(rule=name, source=platform.file))
    return [*in_force(platform.rules, facts, case), own]


def of_bans(case: Case) -> list[InForce]:
    """What may not be sold there is not offered in words either (S3.10)."""
    listed = case.market.not_sold if case.market else ()
    offering = bool(_OFFERING & set(case.question.intents))
    return [_ban(one, case) for one in listed if offering or one in case.bans]


def _ban(ban: NotSold, case: Case) -> InForce:
    words = in_language(ban.words, case.question.language)
    demand = Demand(rule=ban.id, check=NOT_SOLD, text=ban.says, words=words, severity="warn")
    evidence = Evidence(rule=ban.id, source=ban.source, checked_on=ban.checked_on)
    return InForce((), (demand,) if words else (), evidence)


def _words(
    rule: str, text: str, words: tuple[str, ...], better: str | None, severity: Severity
) -> InForce:
    demand = Demand(
        rule=rule, check=WORDS, text=text, words=words, better=better, severity=severity
    )
    return InForce((), (demand,), Evidence(rule=rule, source=text))


def together(demands: Iterable[Demand]) -> tuple[Demand, ...]:
    """Each check once, by the first that names it; each list of wordings by itself."""
    found: dict[tuple[str, Sequence[str]], Demand] = {}
    for demand in demands:
        found.setdefault((demand.check, demand.words), demand)
    return tuple(found.values())
