"""Messages in Slack: how they look, that they fit, that nothing foreign in them does anything."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.commands import (
    AddNote,
    ApproveDraft,
    CloseConversation,
    DropOffered,
    Escalate,
    ReopenConversation,
    SendOffered,
    UndoApproval,
)
from assistant.model import Buyer, BuyerId, ConversationId
from assistant.surface.cards import (
    Alert,
    Answer,
    Button,
    Checked,
    ConversationCard,
    HomeCard,
    HomeGroup,
    InfoCard,
    OfferCard,
    QueueCard,
    Tag,
)
from assistant.surface.conversation import conversation_card
from assistant.surface.facts import order_card
from assistant.surface.thread import chat_lines
from assistant.words import words
from connectors.models.offline import OfflineDrafter
from connectors.rooms.slack.blocks import (
    Post,
    alert_post,
    answer_posts,
    card_post,
    direct_post,
    line_posts,
    struck_post,
)
from connectors.rooms.slack.text import visible
from tests.drafting_cases import at, teapot_order
from tests.fakes import PHOTO, START, FakeShop, World
from tests.slack_cards import (
    ABOUT,
    HOSTILE,
    a_card,
    a_draft,
    a_flag,
    a_line,
    a_section,
    a_summary,
    elements,
    every_button,
    markup_of,
    objects,
    seen,
)
from tests.slack_limits import of_message

EN, ZH = words("en"), words("zh-Hans")
LINK = "https://parley.slack.com/archives/C1/p1711"
BIRTHDAY = (
    "Die Teekanne aus Bestellung 10045 kam drei Tage zu spät und der Ausguss ist abgebrochen. "
    "Das war das Geburtstagsgeschenk für meine Mutter! Ich will mein Geld zurück."
)
foreign = st.one_of(
    st.text(max_size=300),
    st.sampled_from(HOSTILE),
    st.lists(st.sampled_from(HOSTILE), min_size=1).map(" ".join),
    st.builds(
        lambda one, many: one * (many // max(1, len(one))),
        st.one_of(st.text(min_size=1, max_size=12), st.sampled_from(HOSTILE)),
        st.integers(1, 50_000),
    ),
)
thorough = settings(max_examples=12, deadline=None)


def link(thread: object) -> str:
    return LINK


def texts(*posts: Post) -> str:
    """All that can be read, in order."""
    return "\n".join(one["text"] for post in posts for one in objects(post.blocks))


def lines(post: Post) -> list[str]:
    return [one["text"] for one in objects(post.blocks)]


def faults(*posts: Post) -> list[str]:
    """What Slack would refuse, or do because of somebody's words."""
    found = []
    for post in posts:
        found += of_message({"text": post.text, "blocks": post.blocks})
        found += markup_of(post.text)
        for one in objects(post.blocks):
            found += markup_of(one["text"]) if one["type"] == "mrkdwn" else []
            if one["type"] == "plain_text" and one["emoji"]:
                found.append(f"{one['text']}: names of emoji become pictures")
    return found


# ── everything fits, nothing foreign works ───────────────────────────────────


@thorough
@given(foreign)
def test_every_card_fits_one_message_whatever_was_written(text: str) -> None:
    """S2.10, pain 15: the card is one message, always."""
    for changes in (
        {},
        {"draft": a_draft(text, state="sent")},
        {"draft": a_draft(text, state="approved")},
        {"draft": None, "no_draft": text},
        {"summary": a_summary(text, state="closed"), "buttons": every_button()[:1]},
    ):
        post = card_post(a_card(text, **changes), EN)
        assert faults(post) == []
        assert "\x00" not in texts(post)


@thorough
@given(foreign, st.booleans())
def test_no_word_of_a_thread_is_lost(text: str, again: bool) -> None:
    """S2.10: split, never dropped, up to 50,000 characters and beyond."""
    shown = [
        a_line(text),
        a_line("Tom", kind="edited", said=text, earlier=(text, "before")),
        a_line("Olga", kind="note", side="inside", said=text, means=None, attachments=()),
    ]
    posts = line_posts(shown, EN, again=again)
    assert faults(*posts) == []
    said = seen(texts(*posts))
    # What has only control characters is told to have no words.
    assert said.count(seen(text)) >= 5 or not visible(text)


@thorough
@given(foreign)
def test_every_answer_fits(text: str) -> None:
    offer = OfferCard(
        id="o1",
        conversation_id=ABOUT,
        title=f"Send to {text} as a reply?",
        text=text,
        means=text,
        flags=(a_flag(text),) * 5,
        checked="Checked: 5 to look at",
        notes=(text,) * 3,
        buttons=every_button()[:4],
    )
    info = InfoCard(
        title=text,
        tags=(Tag(text=text),) * 3,
        sections=(a_section(text),) * 2,
        note=text,
        buttons=every_button(),
    )
    queue = QueueCard(rows=(a_summary(text),) * 60, counts={"open": 60, "late": 3}, only="all")
    home = HomeCard(
        title=text,
        groups=(
            HomeGroup(title=text, rows=(a_summary(text),) * 8, count=20),
            HomeGroup(title="Escalated", count=0, empty=text),
        ),
        tips=(text,),
    )
    checked = Checked(flags=(a_flag(text),) * 5, checked=text, blocked=True)
    for answer in (
        Answer(text=text),
        Answer(text=text, cards=(info, info)),
        *(Answer(card=card) for card in (offer, info, queue, home, checked, a_card(text))),
    ):
        assert faults(*answer_posts(answer, EN, link=link)) == []


@thorough
@given(foreign, st.sampled_from([LINK, "javascript:alert(1)", "https://" + "ä" * 2_000, None]))
def test_everything_else_fits_too(text: str, way: str | None) -> None:
    alert = Alert(title=f"A reply could not be sent {text}", text=text, failed_id="1-1")
    assert faults(alert_post(alert, EN, link=LINK)) == []
    assert faults(struck_post(text, EN, link=way)) == []
    assert faults(direct_post(text, a_card(text), EN, link=LINK)) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_do_nothing_and_can_be_read(text: str) -> None:
    """S2.10, by name: pings, disguised links, escaped pings, emoji, marks of style."""
    post = card_post(a_card(text), EN)
    assert faults(post) == []
    quoted = [one for one in objects(post.blocks) if one["text"].startswith("“")]
    assert quoted
    assert all(one["type"] == "plain_text" for one in quoted)
    assert seen(text) in seen(quoted[0]["text"])


def test_a_notification_has_no_words_of_the_buyer() -> None:
    card = a_card("Call me NOW", summary=a_summary(tags=(Tag(text="damaged"), Tag(text="angry"))))
    assert card_post(card, EN).text == "Lena Weber: damaged, angry"
    assert card_post(card, ZH).text == "Lena Weber：damaged、angry"


# ── the look ─────────────────────────────────────────────────────────────────


@pytest.fixture
async def birthday(world: World) -> tuple[World, ConversationId]:
    """The angry birthday of the guide, drafted offline from what the shop knows."""
    world.drafter = OfflineDrafter()  # type: ignore[assignment]
    world.shop = FakeShop(teapot_order())
    world.clock.at = at(21)
    buyer = Buyer(id=BuyerId("webchat:lena"), name="Lena Weber", locale="de-DE")
    about = await world.buyer_writes(BIRTHDAY, buyer=buyer, attachments=(PHOTO,))
    return world, about


async def shown(world: World, about: ConversationId, language: str = "en") -> ConversationCard:
    """What a room sees of it."""
    conversation = await world.conversation(about)
    storefront = world.settings.storefront(conversation.storefront)
    return conversation_card(conversation, storefront, words(language), world.clock(), room="slack")


async def test_the_card_says_who_wants_what_what_is_true_what_may_be_done_and_what_to_send(
    birthday: tuple[World, ConversationId],
) -> None:
    """S2.1, in the order of one glance."""
    world, about = birthday
    post = card_post(await shown(world, about), EN)
    said = texts(post)
    order = [
        "*🇩🇪 Lena Weber*",
        "waiting since 21 Nov",
        "damaged",
        "unassigned",
        "“Die Teekanne aus Bestellung 10045",
        "📎 spout.jpg",
        "Order: 10045 · Teapot Ines, green · €34.90 · delivered 18 Nov (promised 15 Nov)",
        "Parcel>: DHL",
        "May do: refund €34.90 or resend",
        "Say: apologise, once",
        "Draft 1 · German · offline",
        "Guten Tag",
        "↳ Hi Lena",
        "Checked:",
        "Approve & send",
    ]
    found = [said.find(one) for one in order]
    assert -1 not in found
    assert found == sorted(found)


async def test_one_press_sends_and_nothing_rare_is_in_the_way(
    birthday: tuple[World, ConversationId],
) -> None:
    world, about = birthday
    post = card_post(await shown(world, about), EN)
    row = [
        one.get("text", one.get("placeholder", {"text": "⋯"}))["text"]
        for one in post.blocks[-1]["elements"]
    ]
    assert row == [
        "Approve & send",
        "Edit",
        "Regenerate",
        "Write reply",
        "Take",
        "Escalate",
        "⋯",
    ]
    assert post.blocks[-1]["elements"][0]["style"] == "primary"
    why = next(one["accessory"] for one in post.blocks if "May do" in str(one.get("text")))
    assert why["text"]["text"] == "Why?"
    corner = [option["text"]["text"] for option in post.blocks[0]["accessory"]["options"]]
    usual = ["Assign", "Snooze", "Close", "Hand back", "Move to another room"]
    # What a shop can be asked for stands behind what the team wants more often.
    assert [one for one in corner if one in usual] == corner[: len(corner) - ("Refund …" in corner)]
    assert corner[:3] == usual[:3]


async def test_what_was_sent_leaves_one_calm_line_and_the_thread_has_the_rest(
    birthday: tuple[World, ConversationId],
) -> None:
    """S2.1: the thread gets what really went, once; the card says by whom and when."""
    world, about = birthday
    version = world.draft(about).version
    await world.handle(AddNote(conversation_id=about, text="She called as well. Be kind."))
    await world.handle(ApproveDraft(conversation_id=about, version=version))
    waiting = card_post(await shown(world, about), EN)
    assert "✅ Approved by Olga. Sending …" in texts(waiting)
    assert waiting.blocks[-1]["elements"][0]["text"]["text"] == "Undo"

    world.clock.passes(minutes=2)
    await world.work()
    sent = card_post(await shown(world, about), EN)
    assert "✅ Sent 21 Nov" in texts(sent)
    assert "Guten Tag" not in texts(sent)
    assert len(sent.blocks) < 7

    entries = [entry for _, entry in await world.store.log(about)]
    storefront = world.settings.storefront((await world.conversation(about)).storefront)
    (thread,) = line_posts(chat_lines(entries, EN, storefront), EN)
    assert thread.text == "Lena Weber wrote."
    said = texts(thread)
    found = [
        said.find(one)
        for one in ("💬 21 Nov", BIRTHDAY[:40], "📎 spout.jpg", "📝", "Be kind.", "📤", "Guten Tag")
    ]
    assert -1 not in found
    assert found == sorted(found)


async def test_a_closed_card_is_one_line_and_the_way_back(
    birthday: tuple[World, ConversationId],
) -> None:
    world, about = birthday
    await world.handle(CloseConversation(conversation_id=about, reason="Refund confirmed."))
    post = card_post(await shown(world, about), EN)
    assert len(post.blocks) == 1
    assert "Closed by Olga. Refund confirmed." in texts(post)
    button = post.blocks[0]["accessory"]
    assert button["text"]["text"] == "Reopen"
    assert ReopenConversation(conversation_id=about).kind in button["value"]


async def test_what_is_escalated_says_why_right_under_the_head(
    birthday: tuple[World, ConversationId],
) -> None:
    world, about = birthday
    await world.handle(Escalate(conversation_id=about, reason="She threatens a chargeback."))
    post = card_post(await shown(world, about), EN)
    assert lines(post)[5:12].count("❗ Needs a lead: She threatens a chargeback.") == 1


async def test_the_whole_card_is_in_the_language_of_the_room(
    birthday: tuple[World, ConversationId],
) -> None:
    """S2.8."""
    world, about = birthday
    post = card_post(await shown(world, about, "zh-Hans"), ZH)
    assert "重新生成" in texts(post)
    assert "批准并发送" in texts(post)
    for english in ("May do", "unassigned", "Regenerate", "Order:", "Draft"):
        assert english not in texts(post)


def test_only_what_is_late_is_marked() -> None:
    late = a_card(summary=a_summary(waiting="waiting 3 h", waiting_tone="late"), due="was due 9:00")
    assert "🔴 *waiting 3 h · was due 9:00*" in texts(card_post(late, EN))
    assert "🔴" not in texts(card_post(a_card(), EN))


def test_a_press_that_can_be_undone_comes_first() -> None:
    undo = Button(label="Undo", command=UndoApproval(conversation_id=ABOUT, version=1))
    card = a_card(draft=a_draft("Hello", state="approved"), buttons=(undo, *every_button()[6:]))
    assert card_post(card, EN).blocks[-1]["elements"][0]["text"]["text"] == "Undo"


def test_words_longer_than_the_card_say_where_the_rest_is() -> None:
    long = "Where is it? " * 800
    post = card_post(a_card(long, first_words=None), EN)
    assert "The thread has all of it." in texts(post)
    assert "This is its beginning. Press Edit to read all of it." in texts(post)
    sending = a_card(long, draft=a_draft(long, state="approved"))
    assert "The console shows all of it." in texts(card_post(sending, EN))


def test_a_draft_that_fits_is_whole_and_unfolded() -> None:
    text = "Guten Tag, Frau Weber, " * 190
    post = card_post(a_card("Wo?", draft=a_draft(text, agent_text=None, flags=())), EN)
    whole = [one for one in post.blocks if one.get("expand")]
    assert seen("".join(one["text"]["text"] for one in whole)) == seen(text)


def test_the_same_language_is_not_shown_twice() -> None:
    post = card_post(a_card("Hi", means=None, draft=a_draft("Hello", agent_text="Hello")), EN)
    assert "↳" not in texts(post)


def test_a_parcel_leads_to_where_it_is_followed() -> None:
    post = card_post(a_card("Hi"), EN)
    assert "<https://track.example/1?a=1&amp;b=2|Hi>: Hi" in texts(post)


def test_the_buyers_changes_are_shown_as_versions() -> None:
    """S2.1."""
    line = a_line("Lena", kind="edited", said="On Friday!", means=None, earlier=("On Monday!",))
    said = texts(*line_posts([line], EN))
    assert said.index("Before:") < said.index("On Monday!") < said.index("Now:")
    assert said.index("Now:") < said.index("On Friday!")


def test_lines_that_may_be_there_already_say_so() -> None:
    (post,) = line_posts([a_line("Hi")], EN, again=True)
    assert lines(post)[0] == "Slack did not say whether this had arrived. It may be here twice."
    assert line_posts([], EN, again=True) == []


def test_an_order_card_is_one_line_a_fact() -> None:
    """S2.5."""
    card = order_card(teapot_order(), EN, START)
    (post,) = answer_posts(Answer(card=card), EN, link=link)
    assert post.blocks[0]["type"] == "header"
    assert lines(post)[0] == "Order 10045"
    said = texts(post)
    for fact in ("*Items*  Teapot Ines, green", "*Total*  €34.90", "*Ship to*  Lena Weber, DE"):
        assert fact in said
    assert "From shop" in said or "From" in said


def test_an_offer_shows_the_words_what_the_review_says_and_one_press() -> None:
    """S2.3."""
    offer = OfferCard(
        id="o1",
        conversation_id=ABOUT,
        title="Send to Lena as a reply?",
        text="It is on its way!",
        checked="Checked: nothing to object to",
        notes=("This is in English; the buyer writes German.",),
        buttons=(
            Button(
                label="Send to Lena",
                command=SendOffered(conversation_id=ABOUT, id="o1"),
                style="primary",
            ),
            Button(label="Not for the buyer", command=DropOffered(conversation_id=ABOUT, id="o1")),
        ),
    )
    (post,) = answer_posts(Answer(card=offer), EN, link=link)
    assert lines(post) == [
        "*Send to Lena as a reply?*",
        "“It is on its way!”",
        "✓ Checked: nothing to object to",
        "⚠️ This is in English; the buyer writes German.",
        "Send to Lena",
        "Not for the buyer",
    ]
    assert all("conversation_id" in one["value"] for one in elements(post.blocks))


def test_a_queue_leads_to_each_thread_and_says_what_is_not_shown() -> None:
    rows = tuple(a_summary(f"Buyer {n}") for n in range(30))
    queue = QueueCard(rows=rows, counts={"open": 30, "late": 2}, only="all")
    posts = answer_posts(Answer(card=queue), EN, link=link)
    said = texts(*posts)
    assert "30 open · 2 late" in said
    assert f"*<{LINK}|🇩🇪 Buyer 0>*" in said
    assert "and 10 more conversations" in said
    unknown = texts(*answer_posts(Answer(card=queue), EN, link=lambda thread: None))
    assert "*🇩🇪 Buyer 0*" in unknown


def test_nothing_to_say_is_nothing_said() -> None:
    assert answer_posts(Answer(), EN, link=link) == []
    empty: dict[str, Any] = {"means": None, "attachments": (), "known": (), "may": ""}
    empty |= {"draft": None, "problem": None, "state_line": None, "notices": ()}
    bare = a_card("", first_words=None, buttons=(), **empty)
    assert faults(card_post(bare, EN)) == []


def test_whoever_is_given_a_conversation_is_told_what_it_is_and_where() -> None:
    """S2.4."""
    post = direct_post("Lin asks you to take this: above the limit", a_card(), EN, link=LINK)
    assert lines(post)[0] == "Lin asks you to take this: above the limit"
    assert post.blocks[-1]["elements"][0]["url"] == LINK
    assert post.text == "Lin asks you to take this: above the limit"


def test_an_alarm_can_be_tried_again_from_where_it_is_read() -> None:
    alert = Alert(title="A reply could not be sent", text="403", failed_id="7-0")
    post = alert_post(alert, EN, link=None)
    assert [one["text"]["text"] for one in elements(post.blocks)] == ["Try again"]
