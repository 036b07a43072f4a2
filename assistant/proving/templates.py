"""`parley playbook new`: a file that is right from its first line, and a case that proves it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from babel.numbers import get_territory_currencies

from assistant.errors import Refused
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import INTENTS, Policy
from assistant.playbooks.problems import nearest

_ADDED = "merge: true # these cases are added to the shipped ones, by name\n"
_ID = re.compile(r"[A-Za-z0-9_-]{1,60}")


class Begun(NamedTuple):
    """A playbook and the cases beside it; none, where no case can tell."""

    text: str
    cases: str | None = None


def write(kind: str, id: str, directory: Path) -> Iterator[Path]:
    """Write the files, and tell each. Raises: Refused, before anything is written."""
    if kind not in _KINDS:
        raise Refused(f'No kind is called "{kind}"{nearest(kind, _KINDS)}')
    if not _ID.fullmatch(id):
        raise Refused(f'"{id}" is no id: letters, digits, _ and - are.')
    shipped = Playbooks.shipped()
    begun = _KINDS[kind](id, shipped)
    folder = "answers" if kind == "answer" else kind
    files = {directory / folder / f"{id.lower() if kind == 'market' else id}.md": begun.text}
    if begun.cases is not None:
        added = _ADDED if _has(shipped, kind, id) else ""
        files[directory / "cases" / f"{kind}-{id}.yaml"] = added + begun.cases
    there = [str(path) for path in files if path.exists()]
    if there:
        raise Refused(f"{', '.join(there)} is there already: nothing was written.")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        yield path


def _has(playbooks: Playbooks, kind: str, id: str) -> bool:
    return any((one.kind, one.id) == (kind, id) for one in playbooks.all)


def _head(kind: str, id: str, playbooks: Playbooks, new: str = "") -> str:
    """A shipped playbook is added to, entry by entry; another one begins with *new*."""
    shipped = _has(playbooks, kind, id)
    start = f'---\nkind: {kind}\nid: "{id}"\n'
    merge = "merge: true # what stands here is added to the shipped file, by id\n"
    return start + (merge if shipped else new)


# ── policy ───────────────────────────────────────────────────────────────────

_REMEDY = """remedies:
  - id: {id}-refund
    gives: refund
    allow: evidence.photo && order.days_since_delivery <= 30
    amount: item.refundable
    cost: item.refundable
    lead_above: 50.00 EUR
    because: "Say here why you do this for the buyer"
"""
_RULE = """rules:
  - id: {id}.own
    forbid_words: {{en: ["policy does not allow*"]}}
    better: "What I can do is this:"
    because: "Say here why: a rule without a reason is not followed"
---
How you see it, in your own words. Nothing checks this part, so it proves nothing.
"""
_POLICY_CASES = """base:
  market: "DE"
  platform: own
  channel: email
  language: en
  now: "2026-11-20T10:00:00+01:00"
  intents: [{intent}]
  facts: {{order.known: true, order.days_since_delivery: 30, item.refundable: 50.00 EUR{more}}}
cases:
"""
_WHEN = """when: request.reason == '{id}' # without it, whatever else buyers want is held to this
"""
_WHEN_CASES = """  - name: what is about something else is not held to this
    facts: {{request.reason: something else}}
    expect: {{no_rules: [{id}.own]}}
"""
_REMEDY_CASES = """  - name: a photo is there on the thirtieth day, the sum is the agent's to give
    given: [photo]
    expect: {{rules: [{id}.own], amount: {{{id}-refund: 50.00 EUR}}}}
  - name: a cent more is a lead's
    given: [photo]
    facts: {{item.refundable: 50.01 EUR}}
    expect: {{lead: [{id}-refund]}}
  - name: the thirty-first day is too late
    given: [photo]
    facts: {{order.days_since_delivery: 31}}
    expect: {{denied: [{id}-refund]}}
  - name: without a photo the buyer is asked for one
    expect: {{ask: {{{id}-refund: [photo]}}}}
"""
_RULE_CASES = """  - name: nobody hides behind a policy
    text: "I am sorry, but our policy does not allow this."
    expect: {{findings: [{id}.own]}}
"""


def _policy(id: str, playbooks: Playbooks) -> Begun:
    shipped = next((one for one in playbooks.policies if one.id == id), None)
    intent = _intent(id, shipped)
    narrow = shipped is None and intent == "other"
    applies = f"applies: {{intents: [{intent}]}}\n" + (_WHEN.format(id=id) if narrow else "")
    head = _head("policy", id, playbooks, applies)
    # A second refund beside the shipped ones would change what the shipped cases expect.
    text = _RULE if shipped else _REMEDY + _RULE
    cases = _RULE_CASES if shipped else _REMEDY_CASES + _RULE_CASES
    if shipped and shipped.when:
        return Begun(head + text.format(id=id))
    more = f", request.reason: {id}" if narrow else ""
    cases = _POLICY_CASES + cases + (_WHEN_CASES if narrow else "")
    return Begun(head + text.format(id=id), cases.format(id=id, intent=intent, more=more))


def _intent(id: str, shipped: Policy | None) -> str:
    if shipped is not None:
        return shipped.applies.intents[0]
    named = id.replace("-", "_")
    return named if named in INTENTS else "other"


# ── market, platform, culture ────────────────────────────────────────────────

_MARKET = """rules:
  - id: {id}.own
    forbid_words: {{en: ["customs are your problem*"]}}
    because: "Say here why"
    source: "Say where you read it; with status: verified only if you read the authority's own text"
    checked_on: {today}
    status: unverified
# law:
#   - id: {id}.withdrawal
#     owes: [refund, return]
#     when: order.days_since_delivery <= 14
#     says: "What the law owes the buyer; only what you have read"
#     source: "The law's name and article"
#     checked_on: {today}
#     status: unverified
---
What you assume of parcels and costs, and why.
"""
_MARKET_CASES = """base: {{market: "{id}", platform: own, channel: email, language: en}}
cases:
  - name: customs are nobody's problem but ours to explain
    text: "Customs are your problem."
    expect: {{rules: [{id}.own], findings: [{id}.own]}}
"""


def _market(id: str, playbooks: Playbooks) -> Begun:
    name = Locale("en").territories.get(id)
    if name is None or not re.fullmatch("[A-Z]{2}", id):
        raise Refused(f'"{id}" is no country: write two capital letters, such as DE.')
    currency = get_territory_currencies(id)
    languages = ", ".join(f'"{one}"' for one in get_official_languages(id))
    new = f'name: "{name}"\nlanguages: [{languages}]\n'
    new += f"currency: {currency[0]}\n" if currency else ""
    new += 'zone: UTC # the buyers\' own, such as "Europe/Berlin"\n'
    text = _head("market", id, playbooks, new) + _MARKET.format(id=id, today=_today())
    return Begun(text, _MARKET_CASES.format(id=id))


_PLATFORM = """rules:
  - id: {id}.own
    forbid_words: {{en: ["call me*"]}}
    because: "Say here why"
    source: "Say where you read it; with status: verified only if you read the platform's own text"
    checked_on: {today}
    status: unverified
---
How messages travel there, and what is peculiar.
"""
_PLATFORM_CASES = """base: {{market: "DE", platform: {id}, channel: {id}, language: en}}
cases:
  - name: the matter stays where it was written
    text: "Just call me about it."
    expect: {{rules: [{id}.own], findings: [{id}.own]}}
"""
_PLATFORM_CASE_LINKS = """  - name: a carrier's page may be linked, nothing else
    expect: {links: tracking}
"""


def _platform(id: str, playbooks: Playbooks) -> Begun:
    known = playbooks.knows_platform(id)
    new = f'name: "{id.capitalize()}"\nlinks: tracking\n'
    text = _head("platform", id, playbooks, new) + _PLATFORM.format(id=id, today=_today())
    return Begun(text, _PLATFORM_CASES.format(id=id) + ("" if known else _PLATFORM_CASE_LINKS))


_CULTURE = """rules:
  - id: {id}.own
    forbid_words: ["asap"]
    better: "today"
    because: "Say here why"
---
How you sound in this language, and what to mind.
"""
_CULTURE_CASES = """base: {{{market}platform: own, channel: email, language: "{language}"}}
cases:
  - name: nobody is hurried
    text: "ASAP"
    expect: {{rules: [{id}.own], findings: [{id}.own]}}
"""


def _culture(id: str, playbooks: Playbooks) -> Begun:
    regional = re.fullmatch(r"(.+)-([A-Z]{2})", id)
    language, market = (regional[1], regional[2]) if regional else (id, "")
    try:
        locale = str(Locale.parse(id, sep="-"))
    except (ValueError, UnknownLocaleError) as error:
        raise Refused(f'"{id}" is no language: write it like de, pt-BR or zh-Hans.') from error
    text = _head("culture", id, playbooks, f'language: "{language}"\nlocale: {locale}\n')
    place = f'market: "{market}", ' if market else ""
    cases = _CULTURE_CASES.format(id=id, language=language, market=place)
    return Begun(text + _CULTURE.format(id=id), cases)


# ── words ────────────────────────────────────────────────────────────────────

_ANSWER = """---
kind: answer
id: "{id}"
about: product
answers:
  en:
    asked: ["Is it dishwasher-safe?"]
    says: "Yes, up to 65 °C."
source: "Say where it is written, or who knows it"
checked_on: {today}
---
"""
_FACTS = """---
kind: facts
id: "{id}"
facts:
  - name: order.{word}
    is: int
    means: "Say what it counts; its value comes from the order's attribute of this name"
---
"""


def _answer(id: str, _: Playbooks) -> Begun:
    return Begun(_ANSWER.format(id=id, today=_today()))


def _facts(id: str, _: Playbooks) -> Begun:
    word = re.sub(r"\W+", "_", id.lower()).strip("_") or "count"
    return Begun(_FACTS.format(id=id, word=word))


def _phrases(id: str, playbooks: Playbooks) -> Begun:
    """English, to be translated line by line: it is complete, so that nothing is forgotten."""
    from importlib.resources import files

    from assistant.playbooks.book import SHIPPED

    if playbooks.phrases(id) is not None:
        raise Refused(f"There are phrases in {id} already. Overlay those you word otherwise.")
    english = files(SHIPPED).joinpath("phrases", "en.md").read_text("utf-8")
    begun = re.sub(r"(?m)^(id|language): en$", rf"\1: {id}", english)
    return Begun(begun)


def _today() -> date:
    return datetime.now(UTC).date()


_KINDS: Mapping[str, Callable[[str, Playbooks], Begun]] = {
    "policy": _policy,
    "market": _market,
    "platform": _platform,
    "culture": _culture,
    "answer": _answer,
    "facts": _facts,
    "phrases": _phrases,
}
