"""The kinds of message that Amazon takes about an order, and what each of them wants.

Source: messaging.json of amzn/selling-partner-api-models, read 2026-11. Kinds that Amazon lists and
we don't know are not offered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from assistant.words import Text, say


class Kind(NamedTuple):
    """One kind of message."""

    title: Text
    max_chars: int = 2_000
    """0: it has no text at all."""
    files: bool = False
    """It takes files."""
    only_files: bool = False


KINDS: Mapping[str, Kind] = {
    "confirmOrderDetails": Kind(say("Ask about the order before it ships")),
    "confirmDeliveryDetails": Kind(say("Arrange the delivery")),
    "unexpectedProblem": Kind(say("Tell of an unexpected problem with the order")),
    "confirmCustomizationDetails": Kind(
        say("Ask about the customisation"), max_chars=800, files=True
    ),
    "confirmServiceDetails": Kind(say("Arrange a home service")),
    "digitalAccessKey": Kind(say("Send a digital access key"), max_chars=400, files=True),
    "legalDisclosure": Kind(say("Send a legal document"), 0, files=True, only_files=True),
    "warranty": Kind(say("Send the warranty"), 0, files=True, only_files=True),
    "invoice": Kind(say("Send the invoice"), 0, files=True, only_files=True),
}
