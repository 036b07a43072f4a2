"""Long runs of one sign are read in time that grows with them, not with their square (pain 5).

Nothing here looks at a clock: where a pattern tries every start against every end, these take
minutes instead of a moment.
"""

from __future__ import annotations

import pytest

from assistant.drafting.review import review
from assistant.drafting.understand import understand
from tests.drafting_cases import situation
from tests.test_review import brief

SIGNS = ("a", "一", "1", "é-", "很", "a. ", "€1 ", "(a")


@pytest.mark.parametrize("sign", SIGNS)
def test_a_reply_that_is_one_sign_over_and_over_is_reviewed(sign: str) -> None:
    text = (sign * 20_000)[:20_000]

    found = review(text, brief(), by_agent=False, by_model=True)

    assert all(0 <= one.start <= one.end <= len(text) for one in found)


@pytest.mark.parametrize("sign", SIGNS)
def test_a_message_that_is_one_sign_over_and_over_is_understood(sign: str) -> None:
    assert understand(situation((sign * 100_000)[:100_000])).intents
