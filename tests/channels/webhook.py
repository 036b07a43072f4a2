"""The signed webhook: its tests have a relay of their own."""

from __future__ import annotations

from tests.proofs import Elsewhere

_HERE = "tests/test_webhook_channel.py::test_"
PROOF = Elsewhere(
    by={
        "arrives": f"{_HERE}a_signed_message_is_durable_before_it_is_answered",
        "forged": f"{_HERE}what_is_not_signed_by_us_is_401_and_nothing_is_stored",
        "repeated": f"{_HERE}twenty_deliveries_at_once_make_one_message",
        "malformed": f"{_HERE}what_is_not_the_format_is_400_naming_the_field_and_nothing_is_stored",
        "taken": f"{_HERE}a_reply_goes_out_in_the_format_of_the_contract_signed_like_what_comes_in",
        "refused": f"{_HERE}a_refusal_of_the_relay_says_why",
        "throttled": f"{_HERE}what_passes_by_itself_is_tried_again_when_the_relay_says",
        "broken": f"{_HERE}a_200_that_does_not_say_what_became_of_the_reply_is_not_believed",
        "unanswered": f"{_HERE}a_relay_that_takes_the_reply_and_hangs_up_is_tried_again",
        "unreachable": f"{_HERE}a_relay_that_is_not_there_is_unavailable",
    }
)
