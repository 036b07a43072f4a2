"""What an overlay may not change: statements of law, and a platform's rules and limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from assistant.playbooks.frontmatter import Document, Path, dotted
from assistant.playbooks.kinds import Market, Platform, Playbook
from assistant.playbooks.kinds.platform import Links, ReviewAsk
from assistant.playbooks.problems import Problem

OWN = frozenset({"own"})
"""Platforms that are the seller's own: their limits are the seller's, too."""
_LINKS: tuple[Links, ...] = ("none", "tracking", "own", "any")
_ASKS: tuple[ReviewAsk, ...] = ("never", "once", "free")


class Side(NamedTuple):
    """A playbook with its file: as shipped, or with the overlay."""

    playbook: Playbook
    document: Document


def changed(below: Side, above: Side) -> Iterator[Problem]:
    """Each statement of *below* that *above* changes or leaves out."""
    for key, id, n in _statements(below.playbook):
        mine = _numbered(above.playbook, key)
        here = ("merge",) if above.document.values.get("merge") else (key,)
        old = getattr(below.playbook, key)[n]
        if id in mine and getattr(above.playbook, key)[mine[id]] == old:
            continue
        path = (key, mine[id]) if id in mine else here
        does = "changes" if id in mine else "leaves out"
        stands = below.document.place((key, n))
        what = f"{does} {id} ({stands}), {_OF[below.playbook.kind]}: give yours an id of its own"
        yield Problem(*above.document.place(path), dotted(path), what)
    if isinstance(below.playbook, Platform) and isinstance(above.playbook, Platform):
        yield from _looser(below, above, below.playbook, above.playbook)


def switched_off(below: Side, off: Document) -> Iterator[Problem]:
    """A market or platform whose statements go with it."""
    said = [
        f"{id} ({below.document.place((key, n))})" for key, id, n in _statements(below.playbook)
    ]
    if said:
        kind, id = below.playbook.kind, below.playbook.id
        what = f"takes the {kind} {id} away, and with it {_OF[kind]}: {', '.join(said)}"
        yield Problem(*off.place(("off",)), "off", what)


def renamed(platforms: Sequence[Side], shipped: Sequence[Side]) -> Iterator[Problem]:
    """A platform's name that an overlay gives to other, looser rules."""
    theirs = {
        name: one
        for one in shipped
        if isinstance(one.playbook, Platform)
        for name in (one.playbook.id, *one.playbook.also)
    }
    for side in platforms:
        also = enumerate(getattr(side.playbook, "also", ()))
        names: list[tuple[Path, str]] = [(("also", n), one) for n, one in also]
        for path, name in ((("id",), side.playbook.id), *names):
            owner = theirs.get(name.lower())
            if owner is not None and owner.playbook.id != side.playbook.id:
                stands = owner.document.place(("id",))
                what = f'"{name}" is the platform {owner.playbook.id} ({stands}): its rules stand'
                yield Problem(*side.document.place(path), dotted(path), what)


_OF = {"market": "a statement of law", "platform": "a rule of the platform"}


def _statements(playbook: Playbook) -> Iterator[tuple[str, str, int]]:
    """Key, id and number of all that law or a platform says."""
    if isinstance(playbook, Market):
        yield from (("law", one.id, n) for n, one in enumerate(playbook.law))
        yield from (("not_sold", one.id, n) for n, one in enumerate(playbook.not_sold))
    if isinstance(playbook, Market | Platform):
        yield from (("rules", one.id, n) for n, one in enumerate(playbook.rules) if one.sourced)
        yield from (("clocks", one.id, n) for n, one in enumerate(playbook.clocks))


def _numbered(playbook: Playbook, key: str) -> Mapping[str, int]:
    return {one.id: n for n, one in enumerate(getattr(playbook, key, ()))}


# ── limits ───────────────────────────────────────────────────────────────────


def _looser(below: Side, above: Side, old: Platform, new: Platform) -> Iterator[Problem]:
    """Limits that the overlay widens; a stricter one is the seller's own business."""
    for key, strict in _STRICTER.items() if old.id not in OWN else ():
        had, has = getattr(old, key), getattr(new, key)
        if had != has and not strict(had, has):
            stands = below.document.place((key,))
            what = f"{_shown(has)} is looser than {_shown(had)} of {old.id}.{key} ({stands})"
            path = (key,) if (key,) in above.document.places else ("id",)
            yield Problem(*above.document.place(path), key, f"{what}: only stricter is possible")


def _shown(value: Any) -> str:
    if value is None:
        return "no limit"
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]" if value else "every kind"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at_most(had: int | None, has: int | None) -> bool:
    return had is None or (has is not None and has <= had)


def _within(choices: tuple[str, ...]) -> Callable[[str, str], bool]:
    return lambda had, has: choices.index(has) <= choices.index(had)


_STRICTER: Mapping[str, Callable[[Any, Any], bool]] = {
    "links": _within(_LINKS),
    "attachments": lambda had, has: had or not has,
    "attachment_kinds": lambda had, has: not had or (bool(has) and set(has) <= set(had)),
    "attachment_max_mb": _at_most,
    "plain_text": lambda had, has: has or not had,
    "signature": lambda had, has: had or not has,
    "max_chars": _at_most,
    "window_hours": _at_most,
    "answer_within_hours": _at_most,
    "review_ask": _within(_ASKS),
}
"""Key → whether the second value is as strict as the first."""
