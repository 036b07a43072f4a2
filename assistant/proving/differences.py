"""What changes from one set of playbooks to another: in the files, and for the recorded cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from assistant.model import Decision
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import Playbook, Policy
from assistant.proving.asked import Asked
from assistant.proving.entries import rule_id
from assistant.proving.trial import Given, given_by, rules_in_force, shown, sum_of
from assistant.proving.weaken import taking_part

_ASIDE = ("prose", "file")


class Change(NamedTuple):
    """One thing that is otherwise. *before* or *after* is empty where there is none."""

    what: str
    before: str
    after: str


class CaseChange(NamedTuple):
    """A case that is decided otherwise."""

    given: Given
    changes: tuple[Change, ...]


# ── files ────────────────────────────────────────────────────────────────────


def changed_files(before: Playbooks, after: Playbooks) -> Iterator[tuple[str, tuple[Change, ...]]]:
    """The playbooks that differ, by kind and id, and what of each does."""
    old, new = _by_key(before), _by_key(after)
    for kind, id in sorted({*old, *new}):
        changes = tuple(_file(old.get((kind, id)), new.get((kind, id))))
        if changes:
            yield f"{kind} {id}", changes


def _by_key(playbooks: Playbooks) -> dict[tuple[str, str], Playbook]:
    return {(one.kind, one.id): one for one in playbooks.all}


def _file(old: Playbook | None, new: Playbook | None) -> Iterator[Change]:
    if old is None or new is None:
        yield Change("the whole file", _there(old), _there(new))
        return
    was, now = old.model_dump(), new.model_dump()
    for field in type(new).model_fields:
        if field not in _ASIDE and was.get(field) != now.get(field):
            yield from _field(old.id, field, was.get(field), now.get(field))
    if old.prose != new.prose:
        yield Change("the text below", "", "reworded")


def _there(playbook: Playbook | None) -> str:
    return "" if playbook is None else playbook.file


def _field(id: str, field: str, was: Any, now: Any) -> Iterator[Change]:
    old, new = _entries(id, field, was), _entries(id, field, now)
    if old is None or new is None:
        yield Change(field, _said(was), _said(now))
        return
    for rule in dict.fromkeys([*old, *new]):
        before, after = old.get(rule), new.get(rule)
        if before is None or after is None:
            yield Change(rule, "" if before is None else "there", "" if after is None else "there")
        elif before != after:
            yield from _parts(rule, before, after)
    if [one for one in old if one in new] != [one for one in new if one in old]:
        yield Change(field, ", ".join(old), ", ".join(new))


def _entries(id: str, field: str, value: Any) -> dict[str, Mapping[str, Any]] | None:
    if not isinstance(value, tuple | list) or not all(isinstance(one, Mapping) for one in value):
        return None
    return {rule_id(field, id, one, n): one for n, one in enumerate(value)}


def _parts(rule: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield Change(f"{rule} {key}", _said(before.get(key)), _said(after.get(key)))


def _said(value: Any) -> str:
    if value is None or value in ((), [], "", {}):
        return ""
    if isinstance(value, tuple | list):
        return ", ".join(map(_said, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_said(inner)}" for key, inner in value.items() if _said(inner))
    return str(value).lower() if isinstance(value, bool) else str(value)


# ── cases ────────────────────────────────────────────────────────────────────


def changed_case(asked: Asked, before: Playbooks, after: Playbooks) -> CaseChange | None:
    """What *asked* is decided otherwise; None where nothing is."""
    alike = _reviews_alike(before, after)
    if before.version == after.version or (alike and not _concerned(asked, before, after)):
        return None
    was = given_by(asked, before)
    now = given_by(asked, after, was if alike else None)
    changes = tuple(_decided(was, now))
    return CaseChange(now, changes) if changes else None


@lru_cache(maxsize=4)
def _reviews_alike(before: Playbooks, after: Playbooks) -> bool:
    """Do the two differ in their policies' rules alone? Then the review, which goes by the
    decision and by everything else, has nothing new to say to the same decision."""
    old, new = _by_key(before), _by_key(after)
    return all(
        _read(old.get(key)) == _read(new.get(key)) for key in {*old, *new} if key[0] != "facts"
    )


def _concerned(asked: Asked, before: Playbooks, after: Playbooks) -> bool:
    """Does a policy that differs take part in the case? Facts may matter to every one."""
    otherwise = _otherwise(before, after)
    if any(kind != "policy" for kind, _ in otherwise):
        return True
    return any(otherwise & taking_part(asked, one) for one in (before, after))


@lru_cache(maxsize=4)
def _otherwise(before: Playbooks, after: Playbooks) -> frozenset[tuple[str, str]]:
    """The playbooks that differ."""
    old, new = _by_key(before), _by_key(after)
    return frozenset(key for key in {*old, *new} if old.get(key) != new.get(key))


def _read(playbook: Playbook | None) -> object:
    """What of a playbook a review reads by itself."""
    if playbook is None or isinstance(playbook, Policy):
        return playbook.prose if playbook else ""
    return playbook


def _decided(was: Given, now: Given) -> Iterator[Change]:
    old, new = was.decision, now.decision
    yield from _remedies(old, new)
    for what, before, after in (
        ("must", [one.check for one in old.must], [one.check for one in new.must]),
        ("must not", [one.check for one in old.must_not], [one.check for one in new.must_not]),
        ("ask for", old.ask_for, new.ask_for),
        ("rules", rules_in_force(old), rules_in_force(new)),
        ("findings", [one.rule for one in was.findings], [one.rule for one in now.findings]),
    ):
        yield from _listed(what, before, after)
    yield from _clocks(old, new)
    if was.draft is not now.draft:
        yield Change("draft", _said(was.draft), _said(now.draft))


def _remedies(old: Decision, new: Decision) -> Iterator[Change]:
    before = {one.id: one for one in old.remedies}
    after = {one.id: one for one in new.remedies}
    for id in dict.fromkeys([*before, *after]):
        was, now = before.get(id), after.get(id)
        if was is None or now is None or shown(was) != shown(now):
            yield Change(id, shown(was) if was else "", shown(now) if now else "")
        elif sum_of(was.cost) != sum_of(now.cost):
            yield Change(f"cost of {id}", sum_of(was.cost) or "", sum_of(now.cost) or "")
    first = [one.id for one in old.allowed()], [one.id for one in new.allowed()]
    if sorted(first[0]) == sorted(first[1]) and first[0] != first[1]:
        yield Change("best first", ", ".join(first[0]), ", ".join(first[1]))


def _listed(what: str, before: Sequence[str], after: Sequence[str]) -> Iterator[Change]:
    gone = [one for one in dict.fromkeys(before) if one not in after]
    come = [one for one in dict.fromkeys(after) if one not in before]
    if gone or come:
        yield Change(what, ", ".join(gone), ", ".join(come))


def _clocks(old: Decision, new: Decision) -> Iterator[Change]:
    before = {one.rule: one.due for one in old.clocks}
    after = {one.rule: one.due for one in new.clocks}
    for id in dict.fromkeys([*before, *after]):
        was, now = before.get(id), after.get(id)
        if was != now:
            yield Change(f"clock {id}", _due(was), _due(now))


def _due(at: Any) -> str:
    return "" if at is None else at.isoformat(" ", "minutes")
