"""eBay: signed with keys that its own server gives out, so its tests make such keys."""

from __future__ import annotations

from tests.proofs import Elsewhere

_GUESSED = "tests/test_ebay.py::test_what_becomes_of_a_reply_is_never_guessed"
PROOF = Elsewhere(
    by={
        "arrives": "tests/test_ebay.py::test_a_poll_reads_what_buyers_wrote_since_the_last",
        "forged": "tests/test_ebay.py::test_ebay_s_own_sample_is_taken_and_its_forgeries_are_not",
        "repeated": "tests/test_ebay.py"
        "::test_a_message_pushed_at_once_twice_and_late_and_polled_is_one",
        "malformed": "tests/test_ebay.py::test_signed_nonsense_is_refused_by_its_field",
        "taken": "tests/test_ebay.py::test_a_reply_goes_into_its_conversation_which_is_read_then",
        "refused": _GUESSED,
        "throttled": _GUESSED,
        "broken": _GUESSED,
        "unanswered": _GUESSED,
        "unreachable": "tests/test_ebay.py"
        "::test_a_marketplace_that_is_not_there_certainly_took_nothing",
    }
)
