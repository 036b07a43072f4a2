"""Every rule weakened in turn: which of the cases notices?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatch
from typing import Any, NamedTuple

from assistant.deciding import Question
from assistant.deciding.case import Case
from assistant.playbooks import Playbooks
from assistant.playbooks.kinds import Playbook
from assistant.proving.asked import Asked
from assistant.proving.mutants import Key, Mutant, conditions_changed, mutants
from assistant.proving.remembering import remembering
from assistant.proving.trial import Given, given_by, holds, rules_in_force


class Proven(NamedTuple):
    """A mutant, and the case that noticed; None: nobody did."""

    mutant: Mutant
    by: str | None


class Proof:
    """The cases, ready to be held against mutants. All of them must hold as they are."""

    def __init__(self, playbooks: Playbooks, cases: Sequence[Asked]) -> None:
        self._playbooks = remembering(playbooks)
        self.cases = cases
        self._said = [_mentions(one) for one in cases]
        self._part_in: defaultdict[Key, list[int]] = defaultdict(list)
        self._given: dict[int, Given] = {}
        self._known: dict[int, frozenset[str]] = {}
        self._seen: dict[int, list[Mapping[str, Any]]] = {}
        for n, one in enumerate(cases):
            for key in taking_part(one, playbooks):
                self._part_in[key].append(n)

    def of(self, mutant: Mutant) -> Proven:
        """The first case that fails with *mutant*; those that name its rule are asked first."""
        weaker = self._playbooks.replacing(mutant.changed)
        for n in self._touched(mutant):
            if not holds(given_by(self.cases[n], weaker, self.given(n))):
                case = self.cases[n].case
                return Proven(mutant, f"{case.name} ({case.where})")
        return Proven(mutant, None)

    def _touched(self, mutant: Mutant) -> list[int]:
        """The cases whose playbooks are at work in the mutant's, the likeliest first."""
        may_change = self._filter(mutant)
        found = [n for n in self._part_in.get(mutant.key, ()) if may_change(n)]
        words = {mutant.rule, mutant.rule.rpartition(".")[2], *mutant.what.split()}
        return sorted(found, key=lambda n: (-len(words & self._said[n]), self._costly(n), n))

    def _filter(self, mutant: Mutant) -> Callable[[int], bool]:
        """Whether a case may be decided otherwise: where it can't, it need not be."""
        swapped = conditions_changed(self._playbook(mutant.key), mutant)
        if swapped:
            return lambda n: any(self._differ(n, old, new) for old, new in swapped)
        if mutant.part in ("rules", "law", "clocks") and mutant.what.endswith("dropped"):
            return lambda n: mutant.rule in self._in_force(n)
        return lambda n: True

    def _playbook(self, key: Key) -> Playbook:
        [found] = (one for one in self._playbooks.all if (one.kind, one.id) == key)
        return found

    def _differ(self, n: int, old: str, new: str) -> bool:
        """Does the one condition come out otherwise than the other, for any matter of the case?"""
        for facts in self._facts(n):
            first, other = (self._outcome(one, facts) for one in (old, new))
            if first != other:
                return True
        return self.cases[n].question is None

    def _outcome(self, condition: str, facts: Mapping[str, Any]) -> tuple[Any, ...]:
        outcome = self._playbooks.vocabulary.evaluate(condition, "bool", facts)
        return outcome.value, outcome.missing

    def _facts(self, n: int) -> list[Mapping[str, Any]]:
        """What conditions see: for each matter of the case, asking the buyer for more and not."""
        if n not in self._seen:
            question = self.cases[n].question
            self._seen[n] = [] if question is None else self._looked_up(question)
        return self._seen[n]

    def _looked_up(self, question: Question) -> list[Mapping[str, Any]]:
        case = Case(question, self._playbooks)
        return [
            {**case.about(intent), "request.asking": asking}
            for intent in question.intents
            for asking in (False, True)
        ]

    def _in_force(self, n: int) -> frozenset[str]:
        if n not in self._known:
            self._known[n] = frozenset(rules_in_force(self.given(n).decision))
        return self._known[n]

    def given(self, n: int) -> Given:
        """What comes of a case as the playbooks are."""
        if n not in self._given:
            self._given[n] = given_by(self.cases[n], self._playbooks)
        return self._given[n]

    def _costly(self, n: int) -> bool:
        return self.cases[n].case.text is not None


def taking_part(asked: Asked, playbooks: Playbooks) -> frozenset[Key]:
    """The playbooks that a case asks, or would ask if one of their conditions were met."""
    about = asked.understanding
    market = playbooks.market(asked.market) or playbooks.world
    keys = {
        ("market", market.id),
        ("market", playbooks.world.id),
        ("platform", playbooks.platform(asked.situation.platform).id),
        ("culture", playbooks.culture(about.language, asked.market).id),
    }
    keys |= {
        ("policy", policy.id)
        for policy in playbooks.policies
        if {*policy.applies.intents} & {*about.intents, "other"}
    }
    return frozenset(keys)


def _mentions(asked: Asked) -> frozenset[str]:
    """Every id and name that a case expects something of."""
    expect = asked.case.expect
    words: set[str] = set()
    for key in expect.model_fields_set:
        value = getattr(expect, key)
        words |= set(value) if isinstance(value, tuple | dict) else set()
        words.add(key)
    return frozenset(words)


def chosen(playbooks: Playbooks, only: Sequence[str] = ()) -> Iterator[Mutant]:
    """All mutants; with *only* (globs), those of matching rules, playbooks or files."""
    for playbook in sorted(playbooks.all, key=lambda one: (one.kind, one.id)):
        for mutant in mutants(playbook):
            file = playbooks.place(playbook, *mutant.at).file
            if not only or any(_is_meant(mutant, file, glob) for glob in only):
                yield mutant


def _is_meant(mutant: Mutant, file: str, glob: str) -> bool:
    """*file* is the one where the rule stands, which a merged playbook has several of."""
    names = (mutant.rule, mutant.key[1], "/".join(mutant.key), file, file.rpartition("/")[2])
    return any(fnmatch(name, glob) for name in names)
