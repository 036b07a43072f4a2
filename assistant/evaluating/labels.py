"""What a report calls the things it looks at, for its reader."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.model import Given, Severity, Verdict
from assistant.words import Text, say

ABOUT: Mapping[str, Text] = {
    "language": say("Language"),
    "first intent": say("First intent"),
    "all intents": say("All intents"),
    "emotion": say("Emotion"),
    "given": say("What was given"),
    "details": say("The buyer's own matter"),
    "decision": say("Decision"),
    "draft": say("A draft, or rightly none"),
    "says": say("Says what it must"),
    "never": say("Says nothing it must not"),
    "sendable": say("Free of objections"),
}
"""By the names of `judge.JUDGES`."""
DIFFERS: Mapping[str, Text] = {
    **ABOUT,
    "intents": say("Intents"),
    "draft": say("Draft"),
    "findings": say("Findings"),
}
"""By the names that `compare.differences` gives."""
VERDICTS: Mapping[Verdict, Text] = {
    "allowed": say("allowed"),
    "lead": say("a lead decides"),
    "ask": say("asks first"),
    "denied": say("denied"),
}
SEVERITIES: Mapping[Severity, Text] = {
    "block": say("Blocks"),
    "warn": say("Check"),
    "tip": say("Tip"),
}
GIVEN: Mapping[Given, Text] = {
    "order_number": say("order number"),
    "tracking_number": say("tracking number"),
    "photo": say("photo"),
    "video": say("video"),
    "receipt": say("receipt"),
    "address": say("address"),
    "size": say("size"),
    "email": say("e-mail address"),
    "phone": say("phone number"),
    "date": say("date"),
}
