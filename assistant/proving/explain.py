"""One rule explained: what it says, since when and by whom, where it stands, who proves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from assistant.errors import NotFound
from assistant.playbooks import CHECKS
from assistant.playbooks.problems import nearest
from assistant.playbooks.vocabulary import VARIABLES, names_in
from assistant.proving.entries import Entry
from assistant.proving.library import Library
from assistant.proving.mutants import Mutant, mutants
from assistant.proving.report import Line
from assistant.proving.weaken import Proof
from assistant.words import SOURCE, words

_KINDS: Mapping[str, str] = {
    "remedies": "a remedy",
    "rules": "a rule",
    "law": "a law",
    "clocks": "a clock",
    "carriers": "a carrier",
    "not_sold": "what is not sold or sent",
    "taboos": "a taboo",
    "avoid": "a word to avoid",
}
_CONDITIONS = ("allow", "lead", "when", "amount", "fee", "cost", "from")
_WORDS: Mapping[str, str] = {
    "gives": "gives",
    "allow": "allowed if",
    "lead": "a lead if",
    "lead_above": "a lead above",
    "amount": "amount",
    "fee": "kept back",
    "cost": "costs us",
    "confirm": "to be confirmed",
    "goodwill": "goodwill",
    "when": "when",
    "owes": "owes",
    "must": "must",
    "forbid": "must not",
    "from": "runs from",
    "within": "within",
    "says": "says",
    "because": "because",
    "better": "better",
    "severity": "severity",
    "source": "source",
    "checked_on": "looked at on",
    "status": "status",
}
"""In this order; other keys come after, by their own names."""


def found(library: Library, name: str) -> tuple[Entry, ...]:
    """Every place where *name* is written, the one in force last. Raises: NotFound."""
    places = [one for one in library.entries if name in (one.id, f"{one.kind}/{one.id}")]
    exact = [one for one in places if one.part] or places
    if not exact:
        known = {one.id for one in library.entries}
        raise NotFound(f'No rule is called "{name}"{nearest(name, known) or "."}')
    return tuple(exact)


def explained(library: Library, name: str) -> Iterator[Line]:
    """What there is to say of *name*, a rule's id or a playbook's. Raises: NotFound."""
    there = found(library, name)
    for key in dict.fromkeys((one.kind, one.playbook, one.part) for one in there):
        same = [one for one in there if (one.kind, one.playbook, one.part) == key]
        yield from _one(library, same)
        yield Line("")


def _one(library: Library, there: Sequence[Entry]) -> Iterator[Line]:
    place = there[-1]
    what = _KINDS.get(place.part, place.part) or "a file"
    of = f"{what} of the {place.kind} {place.playbook}" if place.part else f"a {place.kind}"
    yield Line(f"{place.id}: {of}", "head")
    yield Line(f"  {place.where}", "dim")
    for before in reversed(there[:-1]):
        yield Line(f"  in place of {before.where}", "dim")
    if place.part:
        yield from _said(place.says)
    else:
        yield from _contents(library, place)
    yield from _proofs(library, place)


def _said(says: Mapping[str, Any]) -> Iterator[Line]:
    order = [key for key in _WORDS if key in says]
    for key in [*order, *(key for key in says if key not in _WORDS and key != "id")]:
        yield from _key(key, says[key])
    if "source" not in says:
        yield Line(f"  {'source':<16}ours")


def _key(key: str, value: Any) -> Iterator[Line]:
    name = _WORDS.get(key, key.replace("_", " "))
    if key in ("must", "forbid"):
        for check in (value,) if isinstance(value, str) else value:
            yield Line(f"  {name:<16}{words(SOURCE)(CHECKS[check])} ({check})")
        return
    yield Line(f"  {name:<16}{_plain(value)}")
    if key in _CONDITIONS:
        yield from _names(_plain(value))


def _names(expression: str) -> Iterator[Line]:
    """What the names of a condition mean."""
    for name in names_in(expression):
        yield Line(f"  {'':<16}  {name}: {VARIABLES[name].meaning}", "dim")


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_plain(inner)}" for key, inner in value.items())
    return value.isoformat() if isinstance(value, date) else str(value)


def _contents(library: Library, file: Entry) -> Iterator[Line]:
    inside = [
        one for one in library.entries if one.part and _key_of(one) == (file.kind, file.playbook)
    ]
    for part in dict.fromkeys(one.part for one in inside):
        ids = dict.fromkeys(one.id for one in inside if one.part == part)
        yield Line(f"  {part:<16}{', '.join(ids)}")


def _key_of(place: Entry) -> tuple[str, str]:
    return place.kind, place.playbook


def _proofs(library: Library, place: Entry) -> Iterator[Line]:
    """Which case notices each weakening: asked of the cases themselves."""
    weaker = _weaker(library, place)
    if not weaker:
        return
    proof = Proof(library.playbooks, library.cases)
    yield Line("  proved by")
    for mutant in weaker:
        by = proof.of(mutant).by
        said = f"    {mutant.what}: "
        yield Line(said + (by or "no case notices"), "" if by else "bad")


def _weaker(library: Library, place: Entry) -> list[Mutant]:
    return [
        mutant
        for playbook in library.playbooks.all
        if (playbook.kind, playbook.id) == _key_of(place)
        for mutant in mutants(playbook)
        if (mutant.part, mutant.rule) == (place.part, place.id)
    ]
