"""E-mail: mailboxes speak IMAP and SMTP, so its tests bring servers that do."""

from __future__ import annotations

from tests.proofs import Elsewhere

_SENDING, _THREADS = "tests/test_email_sending.py::test_", "tests/test_email_threads.py::test_"
_ASKING, _READING = "tests/test_email_asking.py::test_", "tests/test_email_reading.py::test_"
_DOUBT = f"{_SENDING}without_an_answer_to_the_letter_nobody_knows_and_nothing_is_repeated"
PROOF = Elsewhere(
    by={
        "arrives": f"{_ASKING}mail_is_taken_in_order_as_it_comes_and_the_place_is_kept",
        "forged": f"{_READING}only_what_our_own_server_found_proves_a_sender",
        "repeated": f"{_THREADS}a_mail_that_comes_twice_is_one_message",
        "malformed": f"{_READING}no_bytes_keep_a_mail_from_being_read",
        "taken": f"{_SENDING}a_reply_goes_to_the_buyer_with_an_id_known_before",
        "refused": f"{_SENDING}what_a_server_says_is_sorted",
        "throttled": f"{_SENDING}what_a_server_says_is_sorted",
        "broken": _DOUBT,
        "unanswered": _DOUBT,
        "unreachable": f"{_SENDING}before_the_letter_everything_that_breaks_is_certainly_not_sent",
    }
)
