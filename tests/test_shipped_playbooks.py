"""The playbooks that Parley brings: every case holds, and a case proves every rule (issue 4)."""

from __future__ import annotations

import pytest

from assistant.proving.library import Library
from assistant.proving.trial import given_by, holds
from assistant.proving.weaken import Proof, chosen


@pytest.fixture(scope="module")
def shipped() -> Library:
    return Library.load()


def test_every_case_holds(shipped: Library) -> None:
    failing = [
        one.case.where for one in shipped.cases if not holds(given_by(one, shipped.playbooks))
    ]

    assert failing == []


@pytest.mark.parametrize("kind", ["policy", "market", "platform", "culture"])
def test_no_rule_is_unproven(shipped: Library, kind: str) -> None:
    """Each rule is weakened in turn: a case that holds must fail."""
    proof = Proof(shipped.playbooks, shipped.cases)
    mutants = list(chosen(shipped.playbooks, (f"{kind}/*",)))

    assert len(mutants) > 20
    assert [one.name for one in mutants if proof.of(one).by is None] == []
