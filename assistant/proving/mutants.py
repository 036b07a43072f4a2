"""Rules made weaker, one at a time: whoever relies on a rule has a case that notices.

A rule is anything a proof can name: a remedy, what must and must not be said, a law, a clock, what
may not be sold, a platform's limit. Words that help (answers, carriers, phrases) are no rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

from pydantic import BaseModel

from assistant.playbooks.kinds import Playbook
from assistant.proving.conditions import shifted, with_one_less, without_key
from assistant.proving.entries import rule_id

M = TypeVar("M", bound=BaseModel)
Key = tuple[str, str]
PARTS = ("remedies", "rules", "law", "clocks", "not_sold", "taboos", "avoid")
"""The lists of a playbook whose entries are rules."""
LOOSER: Mapping[str, Any] = {
    "links": "any",
    "attachments": True,
    "attachment_kinds": (),
    "attachment_max_mb": None,
    "max_chars": None,
    "window_hours": None,
    "review_ask": "free",
}
"""A platform's limits, and what each is where there is none."""


class Mutant(NamedTuple):
    """A playbook with one thing of it weakened."""

    key: Key
    """Of the playbook: kind and id."""
    rule: str
    part: str
    what: str
    changed: Playbook
    at: tuple[str | int, ...]
    """Where in the playbook it stands."""

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.what}"


def mutants(playbook: Playbook) -> Iterator[Mutant]:
    """All of *playbook*, in the order of its rules."""
    key = (playbook.kind, playbook.id)
    if playbook.kind == "policy":
        for what, changed in _policy(playbook):
            yield Mutant(key, playbook.id, "", what, changed, (what.split()[0].strip(":"),))
    if playbook.kind == "platform":
        for what, changed in _limits(playbook):
            yield Mutant(key, playbook.id, "", what, changed, (what.split()[0],))
    for part in PARTS:
        entries = getattr(playbook, part, ())
        for n, entry in enumerate(entries):
            rule = rule_id(part, playbook.id, entry, n)
            for what, weaker in _entry(part, entry):
                kept = () if weaker is None else (weaker,)
                changed = _with(playbook, part, (*entries[:n], *kept, *entries[n + 1 :]))
                yield Mutant(key, rule, part, what, changed, (part, n))


def _with(model: M, field: str, value: Any) -> M:
    return model.model_copy(update={field: value})


def _policy(playbook: Playbook) -> Iterator[tuple[str, Playbook]]:
    """What a policy says of itself: when it applies, whether a draft is made, what is asked."""
    for what, when in _forced(getattr(playbook, "when", None)):
        yield what, _with(playbook, "when", when)
    if getattr(playbook, "draft", True) is False:
        yield "draft: false is dropped", _with(playbook, "draft", True)
    asked = getattr(playbook, "ask_for", ())
    for n, name in enumerate(asked):
        yield f"ask_for {name} is dropped", _with(playbook, "ask_for", asked[:n] + asked[n + 1 :])


def _limits(playbook: Playbook) -> Iterator[tuple[str, Playbook]]:
    for field, loose in LOOSER.items():
        if field in playbook.model_fields_set and getattr(playbook, field) != loose:
            yield f"{field} is loosened", _with(playbook, field, loose)


def _entry(part: str, entry: BaseModel) -> Iterator[tuple[str, BaseModel | None]]:
    """What is said of a weaker one, and the weaker one; None: it is gone."""
    yield "dropped", None
    for what, when in _forced(getattr(entry, "when", None)):
        yield what, _with(entry, "when", when)
    yield from _checks(entry)
    if part == "remedies":
        yield from _remedy(entry)
    if part == "clocks":
        yield from _clock(entry)


def _forced(when: str | None) -> Iterator[tuple[str, str]]:
    """Nothing where there is no condition: true changes nothing, false is the rule dropped."""
    if when is not None:
        if when != "true":
            yield "when: true", "true"
        if when != "false":
            yield "when: false", "false"


def _checks(entry: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    """Each check, each list of words. The rule stays in force and demands less."""
    for side in ("must", "forbid"):
        checks = getattr(entry, side, ())
        for n, check in enumerate(checks):
            fewer = _with(entry, side, checks[:n] + checks[n + 1 :])
            yield f"{side} {check} is dropped", fewer
    for side in ("forbid_words", "must_words"):
        yield from _words(entry, side)


def _words(entry: BaseModel, side: str) -> Iterator[tuple[str, BaseModel]]:
    words = getattr(entry, side, None)
    if isinstance(words, Mapping):
        for language in words:
            fewer = without_key(words, language)
            yield f"{side} in {language} is dropped", _with(entry, side, fewer)
    elif words:
        yield f"{side} is dropped", _with(entry, side, type(words)())


def _remedy(entry: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    allow = str(getattr(entry, "allow", "true"))
    if allow != "true":
        yield "allow: true", _with(entry, "allow", "true")
    for part, rest in with_one_less(allow):
        yield f"allow without {part}", _with(entry, "allow", rest)
    for field in ("allow", "lead"):
        for what, expression in shifted(getattr(entry, field, None) or ""):
            yield f"{field} with {what}", _with(entry, field, expression)
    yield from _leads(entry)


def _leads(entry: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    """What sends a remedy to a lead, or makes it wait."""
    without: Mapping[str, Any] = {
        "lead": None,
        "lead_above": (),
        "confirm": False,
        "goodwill": False,
    }
    for field, gone in without.items():
        if getattr(entry, field, None):
            yield f"{field} is dropped", _with(entry, field, gone)


def _clock(entry: BaseModel) -> Iterator[tuple[str, BaseModel]]:
    within = str(getattr(entry, "within", ""))
    longer = re.sub(r"\d+", lambda found: str(int(found[0]) + 1), within, count=1)
    if longer != within:
        yield f"within: {longer}", _with(entry, "within", longer)


def conditions_changed(playbook: Playbook, mutant: Mutant) -> list[tuple[str, str]]:
    """The conditions that are others in *mutant*, where nothing else is: (before, after)."""
    old, new = (_at(one, mutant.at) for one in (playbook, mutant.changed))
    if old is None or new is None or mutant.what == "dropped":
        return []
    fields = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
    if not set(fields) <= {"allow", "lead", "when"}:
        return []
    pairs = [(getattr(old, name), getattr(new, name)) for name in fields]
    return pairs if all(one and other for one, other in pairs) else []


def _at(playbook: Playbook, at: tuple[str | int, ...]) -> BaseModel | None:
    """The entry that *at* names, or the playbook itself."""
    if len(at) < 2:
        return playbook
    part, n = at
    entries = getattr(playbook, str(part))
    found: BaseModel | None = entries[n] if isinstance(n, int) and n < len(entries) else None
    return found
