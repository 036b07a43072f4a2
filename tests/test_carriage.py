"""What can't be sent can't be approved, and says why: length, files, windows, markup (pain 15)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assistant.drafting.brief import Carries, Spoken
from assistant.drafting.review import review
from assistant.model import ApprovedText, Attachment, Finding, Fix, Understanding
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


# ── what the channel itself says it can do ───────────────────────────────────

FOLLOW_UP = ApprovedText(
    name="follow_up", language="en_US", body="Hello {{1}}, about order {{2}}: we can help, {{1}}."
)


def of_channel(text: str, *files: Attachment, over: bool = False, **can: Any) -> dict[str, Finding]:
    until = NOW - timedelta(hours=1) if over else NOW + timedelta(hours=1)
    carries = Carries(name="Whatsapp", **can)
    most = {"max_chars": 100} if can.get("count") else {}
    return found(text, *files, window_until=until, carries=carries, **most)


def test_what_the_channel_cant_carry_is_blocked_and_says_why() -> None:
    """Length by what it counts, signs, how many files, their kind and size (pain 7)."""
    assert "channel.length" in of_channel("很" * 34, count="bytes")
    assert "channel.length" not in of_channel("很" * 33, count="bytes")
    assert "channel.length" in of_channel("😊" * 51, count="utf16")
    one = of_channel(f"{TEXT} <3", unsendable="[<>]")["channel.characters"]
    assert (one.severity, one.lead_may_override, TEXT[one.start : one.start]) == (
        "block",
        False,
        "",
    )
    assert "“<”" in str(one.message)
    for files, can, why in (
        ((file("image/png"),), {"files": False}, "carries no files"),
        ((file("image/png"),) * 3, {"max_files": 2}, "2 files at most"),
        ((file("text/csv"),), {"file_kinds": ("image/",)}, "files like it.bin"),
        ((file("image/png", 6_000_000),), {"max_file_mb": 5}, "takes 5 MB"),
    ):
        assert why in str(of_channel(TEXT, *files, **can)["channel.files"].message)
    fits = of_channel(TEXT, file("image/png"), file_kinds=("image/",), max_files=1, max_file_mb=5)
    assert not [rule for rule in fits if rule.startswith("channel.")]


def test_when_free_text_is_over_an_approved_template_goes_and_nothing_else() -> None:
    """The press that puts it in is part of the finding; its gaps must be filled."""
    over = of_channel(TEXT, over=True, templates=(FOLLOW_UP,))
    assert over["channel.window"].severity == "block"
    offered = over["channel.template"]
    assert offered.fix == Fix(start=0, end=len(TEXT), text=FOLLOW_UP.body)
    assert "channel.template" not in of_channel(TEXT, over=True), "where there is none"
    for text in (
        FOLLOW_UP.body,
        "Hello Ana, about order 1: we can help, Bo.",
        "Hello  , about order",
    ):
        assert "channel.window" in of_channel(text, over=True, templates=(FOLLOW_UP,))
    filled = "Hello Ana, about order 10023: we can help, Ana."
    assert "channel.window" not in of_channel(filled, over=True, templates=(FOLLOW_UP,))
    assert FOLLOW_UP.values_in(filled) == ("Ana", "10023")
    assert "channel.window" not in of_channel(TEXT)
    with pytest.raises(ValueError, match="without a break"):
        ApprovedText(name="odd", language="en", body="Hello {{2}}")
