"""The web chat: both sides are ours, so nothing stands between a reply and its feed."""

from __future__ import annotations

from tests.proofs import Elsewhere

_HERE = "tests/test_webchat.py::test_"
_OURS = "a reply is appended to the visitor's feed in our own store"
PROOF = Elsewhere(
    by={
        "arrives": f"{_HERE}a_message_is_durable_work_before_it_is_acknowledged",
        "forged": f"{_HERE}a_token_that_is_not_ours_is_nobody_s",
        "repeated": f"{_HERE}what_is_sent_again_is_the_same_message",
        "malformed": f"{_HERE}a_frame_that_is_none_gets_an_error_and_the_page_goes_on",
        "taken": f"{_HERE}the_same_reply_sent_twice_is_shown_once",
        "unreachable": f"{_HERE}while_the_store_is_away_nothing_is_acknowledged"
        "_and_the_retry_is_kept",
    },
    unlike=dict.fromkeys(("refused", "throttled", "broken", "unanswered"), _OURS),
)
