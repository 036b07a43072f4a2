"""The law of a market and the rules of a platform: no overlay crosses them.

An overlay can't take such a statement away or change it, can't widen a platform's limits, can't
demand what is forbidden there, and its policies can't deny what the law owes. Every error names
both sides with their files and lines. The decision is a second net: what is owed and denied is a
lead's, whatever the policies say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from assistant.playbooks.expressions import texts
from assistant.playbooks.floors.denials import Offer, Owed, Refused, refused, standing
from assistant.playbooks.floors.kept import Side, changed, renamed, switched_off
from assistant.playbooks.floors.opposed import Demanded, can_meet, opposed, rules_against
from assistant.playbooks.floors.space import SOMETHING_ELSE, in_words
from assistant.playbooks.frontmatter import Document, dotted
from assistant.playbooks.kinds import INTENTS, Culture, Law, Market, Platform, Policy
from assistant.playbooks.kinds.platform import MARKETPLACE
from assistant.playbooks.problems import Place, Problem
from assistant.playbooks.vocabulary import Vocabulary

__all__ = ["Floors", "Key", "Side"]
Key = tuple[str, str]
Sides = Mapping[Key, Side]
_EVERYWHERE = Policy.model_validate(
    {"kind": "policy", "id": "everywhere", "applies": {"intents": INTENTS}}
)
"""Where the rules of a culture hold: whatever the matter is."""


class _Found(NamedTuple):
    """A law that a remedy's `allow` denies, with a case that shows it."""

    law: Law
    stands: Place
    refused: Refused


class Floors:
    """The shipped playbooks, and the same with overlays on them."""

    def __init__(
        self, below: Sides, above: Sides, off: Mapping[Key, Document], words: Vocabulary
    ) -> None:
        self.below, self.above, self.off, self.words = below, above, off, words
        self.touched = {
            key: side
            for key, side in above.items()
            if key not in below or below[key].document is not side.document
        }

    def crossed(self) -> Iterator[Problem]:
        """Every crossing, one problem each."""
        for key, side in self.below.items():
            if key in self.touched:
                yield from changed(side, self.touched[key])
            elif key not in self.above and key in self.off:
                yield from switched_off(side, self.off[key])
        platforms = [one for (kind, _), one in self.touched.items() if kind == "platform"]
        yield from renamed(platforms, [*self.below.values()])
        for key, side in self.touched.items():
            if isinstance(side.playbook, Policy | Culture):
                yield from self._opposed(key, side, side.playbook)
        yield from self._denied()

    # ── what is demanded and forbidden ───────────────────────────────────────

    def _opposed(self, key: Key, side: Side, ours: Policy | Culture) -> Iterator[Problem]:
        """What rules demand and remedies give, against what stands above them."""
        shipped = self.below[key].playbook if key in self.below else None
        policy = ours if isinstance(ours, Policy) else _EVERYWHERE
        for word in ("rules", "remedies"):
            known = getattr(shipped, word, ())
            for n, one in enumerate(getattr(ours, word, ())):
                if one in known:
                    continue
                for against in self._against(policy, Demanded.of(one)):
                    path = (word, n)
                    what = f"{one.id} is against {against}"
                    yield Problem(*side.document.place(path), dotted(path), what)

    def _against(self, policy: Policy, ours: Demanded) -> Iterator[str]:
        """Each statement that *ours* can't stand beside, and how to keep out of its way."""
        for side, key, n, theirs in self._authorities if ours.demanding else self._demanding:
            what = opposed(ours, theirs)
            kind, id = side.playbook.kind, side.playbook.id
            stand_in = side.playbook.id == MARKETPLACE
            places = self._unknown_platforms(policy, ours) if stand_in else (id,)
            if what and any(
                can_meet(policy, ours, theirs, {kind: one}, self.words) for one in places
            ):
                name = getattr(side.playbook, key)[n].id
                stands = side.document.place((key, n))
                word = "allow" if ours.gives else "when"
                limit = f"{kind} == 'own'" if stand_in else f"{kind} != '{id}'"
                yield f"{name} ({stands}): {what}; limit it with {word}: {limit}"

    def _unknown_platforms(self, policy: Policy, ours: Demanded) -> tuple[str, ...]:
        """Those that a condition can mean and that have no playbook of their own."""
        known = {
            name.lower()
            for side in self.above.values()
            if isinstance(side.playbook, Platform)
            for name in (side.playbook.id, *side.playbook.also)
        }
        said = [one for text in (policy.when, ours.when) if text for one in texts(text)]
        return (SOMETHING_ELSE, *(one for one in said if one.lower() not in known))

    @cached_property
    def _authorities(self) -> tuple[tuple[Side, str, int, Demanded], ...]:
        """All that markets and platforms demand and forbid."""
        return tuple(
            (side, key, n, demanded)
            for side in self.above.values()
            for key, n, demanded in rules_against(side.playbook)
            if demanded.forbid or demanded.forbid_words or demanded.must_words
        )

    @cached_property
    def _demanding(self) -> tuple[tuple[Side, str, int, Demanded], ...]:
        """Those that what only forbids could be against."""
        return tuple(one for one in self._authorities if one[3].demanding)

    # ── what is owed and denied ──────────────────────────────────────────────

    def _denied(self) -> Iterator[Problem]:
        found: dict[tuple[str, int], list[_Found]] = {}
        offers: dict[tuple[str, int], Offer] = {}
        known: dict[tuple[str, ...], Refused | None] = {}
        for every, stands in self._owed():
            owed = standing(every, self.words)
            if not owed.ours:
                continue
            alike = self._alike(owed)
            if alike not in known:
                known[alike] = refused(owed, self.words)
            case = known[alike]
            if case is not None:
                offer = next((one for one in owed.ours if self._mine(one)), owed.ours[0])
                name = (offer.policy.id, offer.number)
                offers[name] = offer
                found.setdefault(name, []).append(_Found(owed.law, stands, case))
        for name, laws in found.items():
            yield self._denial(offers[name], laws)

    def _denial(self, offer: Offer, laws: list[_Found]) -> Problem:
        first, *more = laws
        example = in_words(first.refused.case, first.refused.names) or "always"
        others = f", as {', '.join(dict.fromkeys(one.law.id for one in more))} do" if more else ""
        what = (
            f"{offer.policy.id}.{offer.remedy.id} denies the {offer.remedy.gives} that "
            f"{first.law.id} ({first.stands}) owes{others}: {example}; "
            "let a lead decide there, with lead:"
        )
        side = self.above["policy", offer.policy.id]
        path = ("remedies", offer.number, "allow")
        return Problem(*side.document.place(path), dotted(path), what)

    def _mine(self, offer: Offer) -> bool:
        return ("policy", offer.policy.id) in self.touched

    def _owed(self) -> Iterator[tuple[Owed, Place]]:
        """What each law owes where a policy of the overlay speaks of it."""
        if not any(kind == "policy" for kind, _ in self.touched):
            return
        markets = [one for one in self.above.values() if isinstance(one.playbook, Market)]
        for intent in INTENTS:
            ours, shipped = _offers(self.above, intent), _offers(self.below, intent)
            mine = {one.remedy.gives for one in ours if one not in shipped}
            for side in markets if mine else ():
                for n, law in enumerate(getattr(side.playbook, "law", ())):
                    for gives in sorted(mine & set(law.owes)):
                        owed = Owed(
                            intent,
                            side.playbook.id,
                            law,
                            tuple(one for one in ours if one.remedy.gives == gives),
                            tuple(one for one in shipped if one.remedy.gives == gives),
                        )
                        yield owed, side.document.place(("law", n))

    def _alike(self, owed: Owed) -> tuple[str, ...]:
        """Markets whose law says the same, where nothing looks at the market, are asked once."""
        texts = owed.conditions()
        market = any("market" in self.words.names_in(text) for text in texts)
        count = str(len(owed.ours))
        return (owed.intent, owed.market if market else "", count, *texts)


def _offers(sides: Sides, intent: str) -> tuple[Offer, ...]:
    """The remedies of the policies about *intent*; of those for `other` where there is none."""
    policies = [one.playbook for one in sides.values() if isinstance(one.playbook, Policy)]
    named = [one for one in policies if intent in one.applies.intents]
    return tuple(
        Offer(policy, n, remedy)
        for policy in named or [one for one in policies if "other" in one.applies.intents]
        for n, remedy in enumerate(policy.remedies)
    )
