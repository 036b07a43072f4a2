"""The playbook language is general: three retailers whose policies differ from ours in kind.

Written from public pages as plain directories: a furniture house (opened or not, a refund card,
one mattress exchange), an electronics chain (windows by tier, fees, the same title again) and a
mail-order desk (a yes before anything is done, items changed once, the way it was paid or a gift
card that covers it, options of one product). No line of Python knows them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.proving.library import Library
from assistant.proving.trial import tried

RETAILERS = Path(__file__).parent / "retailers"
NAMES = sorted(one.name for one in RETAILERS.iterdir() if one.is_dir())


@pytest.fixture(scope="module", params=NAMES)
def retailer(request: pytest.FixtureRequest) -> Library:
    return Library.load(RETAILERS / request.param, own=True)


def test_a_retailer_s_policies_decide_as_its_page_says(retailer: Library) -> None:
    """Issue: at least forty cases each, half of them denials."""
    denials = [one for one in retailer.cases if not one.case.expect.allowed]
    wrong = {
        one.case.name: result.misses
        for one in retailer.cases
        if not (result := tried(one, retailer.playbooks)).holds
    }

    assert wrong == {}
    assert len(retailer.cases) >= 40
    assert len(denials) * 2 >= len(retailer.cases)


def test_there_are_three_of_them() -> None:
    assert NAMES == ["electronics", "furniture", "mail_order"]
