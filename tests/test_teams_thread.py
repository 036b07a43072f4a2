"""Lines of a thread in Teams: quiet, in order, and every word of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands import AddNote, ApproveDraft
from assistant.model import Attachment
from assistant.surface.thread import thread_lines
from assistant.words import words
from connectors.rooms.teams.text import CUT, cut, flat, inert, line, parts
from connectors.rooms.teams.thread import line_posts
from tests.fakes import World
from tests.teams_limits import check, shown
from tests.teams_samples import HOSTILE, texts
from tests.teams_samples import line as sample

EN = words("en")
GENTLE = settings(max_examples=12, deadline=None)


def squeezed(text: str) -> str:
    """Without white space and what has no width, which a split may move."""
    return "".join(text.split()).replace("\u200b", "")


def said_by(lines: list) -> str:
    posts = line_posts(lines, EN)
    for one in posts:
        check(one)
    return "".join(shown(one.card) for one in posts)


async def test_a_thread_tells_what_happened_in_order(world: World) -> None:
    about = await world.buyer_writes("Where is my order?")
    await world.handle(AddNote(conversation_id=about, text="I asked the carrier."))
    await world.handle(ApproveDraft(conversation_id=about, version=1))
    world.clock.passes(minutes=1)
    await world.work()
    log = await world.store.log(about)
    [found] = line_posts(thread_lines((entry for _, entry in log), EN), EN)

    check(found)
    told = shown(found.card)
    places = [
        told.index(one)
        for one in ("Tom Brandt wrote.", "Where is", "I asked the carrier.", "Sent by Olga.")
    ]
    assert places == sorted(places)


def test_several_lines_go_in_one_message() -> None:
    """Teams bounds the messages of a thread: 1,800 an hour."""
    assert len(line_posts([sample(said=f"Message {n}") for n in range(12)], EN)) == 1


@pytest.mark.parametrize(
    "piece",
    [
        "Wo ist mein Paket? ",
        "注文した品物が届きません。",
        "أين طلبي؟ لقد مر أسبوعان ",
        "👩‍👩‍👧‍👦🇩🇪👍🏽",
        "x",
        '"\\\n',
        "e\u0301\u0302",
    ],
)
def test_a_message_of_fifty_thousand_characters_is_split_and_nothing_of_it_is_lost(
    piece: str,
) -> None:
    """13,000 characters, emoji, right to left; pain 15."""
    text = (piece * (50_000 // len(piece) + 1))[:50_000]
    told = said_by([sample(said=text, means=None)])
    assert squeezed(text) in squeezed(told.replace("Lena Weber, continued", ""))


def test_a_message_that_goes_on_says_whose_words_they_are() -> None:
    posts = line_posts([sample(said="Wo ist mein Paket? " * 3_000)], EN)
    assert len(posts) > 1
    assert shown(posts[1].card).startswith("Lena Weber, continued")


def test_lines_that_may_be_there_already_say_so() -> None:
    [found] = line_posts([sample(said="Hello")], EN, again=True)
    assert shown(found.card).startswith("Teams did not say whether this had arrived.")
    assert line_posts([], EN, again=True) == []


def test_earlier_wordings_and_files_stand_with_their_line() -> None:
    """Pain 6, pain 7."""
    files = tuple(Attachment(name=f"{n}.jpg", mime="image/jpeg", size=9_000) for n in range(30))
    told = said_by([sample(said="blue", earlier=("green", "red"), attachments=files)])
    assert "Earlier wording: green" in told
    assert all(f"{n}.jpg (9 kB)" in told for n in range(30))


def test_arabic_words_are_written_from_right_to_left() -> None:
    [found] = line_posts([sample(said="أين طلبي؟")], EN)
    assert any(one.get("rtl") for one in found.card["body"])


@GENTLE
@given(st.lists(st.tuples(texts(3_000), texts(200)), max_size=5))
def test_whatever_is_written_every_line_fits_and_is_whole(found: list) -> None:
    lines = [sample(said=one, means=other, who=other[:50]) for one, other in found]
    told = squeezed(said_by(lines))
    assert all(squeezed(inert(one)) in told for one, _ in found if len(one) < 3_000)


# ── words ────────────────────────────────────────────────────────────────────


@GENTLE
@given(texts(500), st.integers(10, 200))
def test_the_pieces_of_a_text_are_the_text(text: str, limit: int) -> None:
    pieces = parts(text, limit)
    assert "".join(pieces) == text
    assert all(0 < len(piece) <= limit for piece in pieces)


@pytest.mark.parametrize(
    "whole", ["👩‍👩‍👧‍👦", "🇩🇪", "👍🏽", "é" + "\u0301" * 3, "각", "🏴\U000e0067\U000e007f"]
)
@pytest.mark.parametrize("limit", range(20, 40))
def test_no_character_is_cut_in_two(whole: str, limit: int) -> None:
    for piece in parts(whole * 40, limit):
        assert len(piece) % len(whole) == 0, piece
    assert cut(whole * 40, limit).removesuffix(CUT).replace(whole, "") == ""


def test_a_text_is_split_after_a_paragraph_a_sentence_or_a_word_where_there_is_one() -> None:
    assert parts("one two three\nfour five six seven", 20)[0] == "one two three\n"
    assert parts("One two. Three four five", 12)[0] == "One two. "
    assert parts("abcdefgh ijklmnop", 12)[0] == "abcdefgh "


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("half a \ud83d emoji", "half a \ufffd emoji"),
        ("a\x00b\x1bc", "abc"),
        ("a\r\nb\u2028c", "a\nb\nc"),
        ("\u202egnp.exe", "gnp.exe"),
        ("{{DATE(x)}}", "{\u200b{DATE(x)}}"),
        ("${x} and $5", "$\u200b{x} and $5"),
        ("<at>Olga</at> attic <attic>", "<\u200bat>Olga<\u200b/at> attic <attic>"),
        ("[x](http://y) 5 < 6 & 7", "[x](http://y) 5 < 6 & 7"),
    ],
)
def test_what_is_live_without_markdown_is_parted_and_the_rest_stays(text: str, same: str) -> None:
    assert inert(text) == same


@pytest.mark.parametrize("foreign", HOSTILE)
def test_where_markdown_may_be_live_nothing_of_it_is_left(foreign: str) -> None:
    told = flat(foreign)
    assert not any(one in told for one in ("](", "*", "`", "~~", "<at", "<h", "<s", "&l", "]:"))
    assert not any(row.lstrip().startswith(("#", "- ", ">", "1.")) for row in told.split("\n"))


def test_one_line_is_one_line_and_closes_its_directions() -> None:
    assert line("a\n\n b\tc", 20) == "a b c"
    assert line("\u2066\u2067abc\u202a", 20) == "abc"
    assert line("أحمد", 20) == "\u2068أحمد\u2069"
