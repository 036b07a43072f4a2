"""What can't be sent can't be approved, and says why: length, files, windows, markup (pain 15)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from assistant.drafting.brief import Spoken
from assistant.drafting.review import review
from assistant.model import Attachment, Finding, Understanding
from assistant.playbooks import Playbooks
from tests.drafting_cases import NOW, brief, situation

PLAYBOOKS = Playbooks.shipped()
TEXT = "I have asked the warehouse and will write to you here tomorrow evening."


def found(
    text: str = TEXT,
    *files: Attachment,
    platform: str = "own",
    channel: str = "webchat",
    asked_at: timedelta = timedelta(0),
    **more: object,
) -> dict[str, Finding]:
    at_hand = situation(platform=platform, channel=channel, market="GB")
    said = Spoken(author="buyer", text="Where is my order 10023?", at=NOW - asked_at)
    at_hand = at_hand.model_copy(update={"messages": (said,), **more})
    made = brief(at_hand, Understanding(language="en"), PLAYBOOKS)
    return {one.rule: one for one in review(text, made, PLAYBOOKS, files=files)}


def file(mime: str, size: int = 1_000) -> Attachment:
    return Attachment(name="it.bin", mime=mime, size=size)


@pytest.mark.parametrize(
    ("platform", "channel", "rule"),
    [
        ("mercadolibre", "webhook", "platform.mercadolibre.max_chars"),
        ("own", "mercadolibre", "platform.mercadolibre.max_chars"),
        ("own", "instagram", "platform.instagram.max_chars"),
    ],
)
def test_a_text_that_is_too_long_is_told_where_it_is_cut(
    platform: str, channel: str, rule: str
) -> None:
    text = f"{TEXT} " * 20
    one = found(text, platform=platform, channel=channel)[rule]
    assert one.severity == "block"
    assert not one.lead_may_override
    assert one.end == len(text)
    assert rule not in found(platform=platform, channel=channel)


def test_a_platform_counts_as_it_counts() -> None:
    """Instagram takes 1,000 bytes, LINE 5,000 units of which an emoji is two."""
    assert "platform.instagram.max_chars" in found("很" * 334, channel="instagram")
    assert "platform.instagram.max_chars" not in found("很" * 333, channel="instagram")
    assert "platform.line.max_chars" in found("a" * 4_999 + "😊", channel="line")
    assert "platform.line.max_chars" not in found("a" * 4_998 + "😊", channel="line")


@pytest.mark.parametrize(
    ("channel", "sent", "taken"),
    [
        ("line", file("application/pdf"), False),
        ("line", file("image/png"), True),
        ("instagram", file("text/csv"), False),
        ("instagram", file("application/pdf"), True),
        ("instagram", file("image/png", 26_000_000), False),
        ("email", file("application/zip", 26_000_000), True),
    ],
)
def test_a_file_that_would_be_refused_says_so(channel: str, sent: Attachment, taken: bool) -> None:
    """Pain 7: attachments fail loudly, not on their way."""
    rule = f"platform.{channel}.attachments"
    assert (rule not in found(TEXT, sent, channel=channel)) is taken


def test_nothing_is_approved_that_the_window_refuses() -> None:
    """WhatsApp takes free text for 24 hours, a person's answer by Messenger for 7 days."""
    day = timedelta(hours=25)
    assert "platform.whatsapp.window_hours" in found(channel="whatsapp", asked_at=day)
    assert "platform.whatsapp.window_hours" not in found(channel="whatsapp")
    assert not [one for one in found(channel="messenger", asked_at=day) if "window" in one]
    one = found(channel="webhook", window_until=NOW - timedelta(minutes=1))["channel.window"]
    assert not one.lead_may_override
    assert "channel.window" not in found(channel="webhook", window_until=NOW)


def test_signs_that_a_platform_shows_as_they_are_are_pointed_at() -> None:
    for text in (
        "It is <b>on its way</b>.",
        "It is **on its way**.",
        "[Here](https://x.example/a)",
    ):
        assert found(text, platform="ebay")["platform.ebay.plain_text"].severity == "warn", text
    assert "platform.ebay.plain_text" not in found("5 < 6 and a * b", platform="ebay")
    assert "platform.email.plain_text" not in found("**bold**", channel="email")


def test_the_rules_of_platform_and_channel_hold_together() -> None:
    """A buyer of our own shop who writes by WhatsApp; an Amazon buyer who writes by mail."""
    both = PLAYBOOKS.platform("own", "whatsapp")
    assert (both.id, both.links, both.max_chars, both.window_hours) == ("own", "own", 4096, 24)
    assert {rule.id for rule in both.rules} == {"whatsapp.1"}
    relay = PLAYBOOKS.platform("amazon", "email")
    assert relay.links == "none"
    assert relay.attachment_kinds == ("image", "pdf")
    assert PLAYBOOKS.platform("own", "webchat") is PLAYBOOKS.platform("own")
    line_at_ebay = PLAYBOOKS.platform("ebay", "line")
    assert line_at_ebay.attachment_kinds == ("image",)
    assert PLAYBOOKS.platform("temu", "telegram").id == "marketplace"
