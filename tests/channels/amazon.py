"""Amazon Messaging: typed messages out, nothing in."""

from __future__ import annotations

from tests.proofs import Elsewhere

_GUESSED = "tests/test_amazon.py::test_what_becomes_of_a_message_is_never_guessed"
_OUT = "buyers' messages come by e-mail"
PROOF = Elsewhere(
    by={
        "taken": "tests/test_amazon.py::test_a_typed_message_goes_where_amazon_takes_it",
        "refused": "tests/test_amazon.py"
        "::test_a_buyer_is_not_answered_here_and_the_team_is_told_where",
        "throttled": _GUESSED,
        "broken": _GUESSED,
        "unanswered": _GUESSED,
        "unreachable": "tests/test_amazon.py"
        "::test_a_marketplace_that_is_not_there_certainly_took_nothing",
    },
    unlike=dict.fromkeys(("arrives", "forged", "repeated", "malformed"), _OUT),
)
