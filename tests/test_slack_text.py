"""Text for Slack: inert, measured, split where nobody is hurt."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.rooms.slack.text import (
    bold,
    clean,
    cut,
    escaped,
    inert,
    isolated,
    linked,
    one_line,
    pieces,
    silent,
    size,
    split,
)
from tests.slack_cards import HOSTILE, markup_of, seen

FAMILY = "👨‍👩‍👧‍👦"
TOGETHER = [
    FAMILY,
    "👍🏽",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "🇩🇪",
    "e\u0301\u0323",
    "क्षि",
    "각",
    "☎️",
    "ผู้",
]
any_text = st.text(max_size=400) | st.lists(st.sampled_from(HOSTILE)).map(" ".join)


@given(any_text)
def test_nothing_of_a_foreign_text_is_markup(text: str) -> None:
    """S2.10: neither in blocks nor in a notification."""
    for made in (inert(text), bold(text)[1:-1], silent(text)):
        assert markup_of(made) == []
        assert "*" not in made


@given(any_text, any_text)
def test_a_link_of_ours_is_one_link_whatever_its_label(address: str, label: str) -> None:
    made = linked(f"https://track.example/{address}", label)
    assert markup_of(made) == []
    assert linked(address, label).count("<") == 0 or address.startswith("http")


def test_a_link_elsewhere_than_the_web_is_only_its_label() -> None:
    assert linked("javascript:alert(1)", "Parcel") == "Parcel"
    assert linked("https://track.example/?a=1&b=ä|>", "Par|cel") == (
        "<https://track.example/?a=1&amp;b=%C3%A4%7C%3E|Par∣cel>"
    )


def test_what_is_escaped_is_not_unescaped_again() -> None:
    """S2.10: a buyer who writes the escaped form of a ping pings nobody either."""
    assert escaped("&lt;!channel&gt; <!channel>") == ("&amp;lt;!channel&amp;gt; &lt;!channel&gt;")


def test_what_an_agent_copies_from_a_card_is_what_the_buyer_has() -> None:
    assert inert("lena@example.de, DHL 0034_0434, 18:20:05, TEA-1/green") == (
        "lena@example.de, DHL 0034_0434, 18:20:05, TEA-1/green"
    )


def test_a_notification_makes_no_link_of_a_bare_address() -> None:
    assert "evil.example" not in silent("Lena http://evil.example a@evil.example")


def test_a_name_that_runs_backwards_is_not_another_file() -> None:
    """S2.10: `photo\\u202egpj.exe` reads as a picture where marks of direction count."""
    assert one_line("photo\u202egpj.exe") == "photogpj.exe"


def test_right_to_left_lines_turn_nothing_around_beside_them() -> None:
    assert isolated("Order: أين طلبي؟") == "\u2068Order: أين طلبي؟\u2069"
    assert isolated("12 €\nשלום") == "12 €\n\u2068שלום\u2069"
    assert isolated("Guten Tag") == "Guten Tag"


# ── length ───────────────────────────────────────────────────────────────────


@given(st.text(max_size=2_000), st.integers(min_value=4, max_value=200))
def test_a_cut_text_fits(text: str, limit: int) -> None:
    assert size(cut(text, limit)) <= limit


@given(st.text(max_size=3_000), st.integers(min_value=4, max_value=300))
def test_a_split_text_is_all_there(text: str, limit: int) -> None:
    parts = list(split(text, limit))
    assert "".join(parts) == text
    assert all(size(part) <= limit for part in parts)
    shown = list(pieces(clean(text), limit))
    assert seen("".join(shown)) == seen(text)
    assert all(shown)


@pytest.mark.parametrize("together", TOGETHER)
@pytest.mark.parametrize("limit", [40, 41, 43, 50, 57, 64])
def test_what_people_see_as_one_character_is_not_torn_apart(together: str, limit: int) -> None:
    """S2.10, emoji and right-to-left: no half family, no accent without its letter."""
    for part in split(together * 100, limit):
        assert part.replace(together, "") == ""
    assert cut(together * 100, limit).removesuffix("…").replace(together, "") == ""


def test_long_words_are_split_at_paragraphs_then_sentences_then_spaces() -> None:
    paragraph = "One sentence of words. Another sentence of words."
    assert list(pieces(f"{paragraph}\n\n{paragraph}", 60)) == [paragraph, paragraph]
    assert list(pieces(paragraph, 30)) == ["One sentence of words.", "Another sentence of words."]
    assert list(pieces("今日は雨です。明日は晴れるでしょう。", 12)) == [
        "今日は雨です。",
        "明日は晴れるでしょう。",
    ]


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([*TOGETHER, "\u0301", "\u200d", "🇦", "\n", " ", "ـ"]))
def test_endless_text_is_split_in_reasonable_time(one: str) -> None:
    text = one * (50_000 // len(one))
    assert seen("".join(pieces(text, 3_000))) == seen(text)
