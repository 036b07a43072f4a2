"""Cards for Teams: what they show in each state, that they fit, that foreign words are inert."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from assistant.commands import (
    ApproveDraft,
    CloseConversation,
    DiscardDraft,
    Escalate,
    OpenConversation,
)
from assistant.errors import Rejected, Unsure
from assistant.model import Attachment, ConversationId, ThreadId
from assistant.surface.cards import (
    Alert,
    Answer,
    HomeCard,
    HomeGroup,
    QueueCard,
    Row,
    Tag,
)
from assistant.surface.conversation import conversation_card
from assistant.words import words
from connectors.models.offline import OfflineDrafter
from connectors.rooms.teams.answers import answer_posts, masked_post, sentence_posts
from connectors.rooms.teams.cards import alert_post, notice_post, root_post, struck_post
from connectors.rooms.teams.post import BUDGET
from tests.drafting_cases import teapot_order
from tests.fakes import LENA_LEAD, OLGA, PHOTO, FakeShop, World
from tests.teams_limits import check, presses, shown, titles, walk
from tests.teams_samples import (
    ABOUT,
    HOSTILE,
    buttons,
    card,
    draft,
    flags,
    hostile_cards,
    offer,
    order_info,
    summary,
    texts,
)

EN, ZH = words("en"), words("zh-Hans")
GENTLE = settings(max_examples=12, deadline=None)
PLACE = "https://teams.microsoft.com/l/message/19:a/1700"


def at(_: ThreadId) -> str | None:
    return PLACE


# ── the root card ────────────────────────────────────────────────────────────


def test_the_root_card_says_in_order_who_how_what_is_true_what_may_be_done_and_what_to_send() -> (
    None
):
    """`experience.md`, the root card (pain 5)."""
    said = shown(root_post(card(), EN).card)

    places = [
        said.index(one)
        for one in (
            "🇩🇪 Lena Weber",
            "waiting 12 min",
            "Amazon DE · e-mail · due 22 Nov",
            "unassigned",
            "angry",
            "Die Kanne kam",
            "↳ The pot came",
            "Kanne.jpg (340 kB)",
            "10045 · Teapot",
            "May do: refund",
            "Say: apologise, once.",
            "Draft 1 · German",
            "Guten Tag, Frau Weber",
            "↳ Hello Ms Weber",
            "✓ Checked",
        )
    ]
    assert places == sorted(places)


def test_the_draft_s_buttons_stand_with_the_draft_and_wordings_in_a_menu() -> None:
    found = root_post(card(), EN).card
    rows = [one["actions"] for _, one in walk(found) if one.get("type") == "ActionSet"]
    menus = [one for one in rows[0] if one["type"] == "Action.ShowCard"]

    assert [one["title"] for one in menus] == ["Regenerate"]
    assert len(menus[0]["card"]["actions"]) == 3
    assert rows[0][0]["style"] == "positive"
    assert rows[0][0]["data"]["parley"]["kind"] == "approve_draft"
    behind = [one for one in rows[0] if one.get("mode") == "secondary"]
    assert [one["data"]["parley"]["kind"] for one in behind] == ["discard_draft"]
    below = [one["data"]["parley"]["kind"] for one in found["actions"]]
    assert below[:3] == ["open_reply", "take_conversation", "escalate"]


def test_more_than_six_buttons_go_behind_the_dots() -> None:
    many = buttons()[5:12] + buttons()[5:12]
    found = root_post(card(draft=None, buttons=many), EN).card["actions"]
    assert [one.get("mode") for one in found[:7]] == [None] * 6 + ["secondary"]
    assert len(found) == 14


def test_old_clients_get_the_same_press_as_a_submit() -> None:
    found = root_post(card(), EN).card["actions"][0]
    assert found["fallback"]["type"] == "Action.Submit"
    assert found["fallback"]["data"] == found["data"]


def test_the_translation_is_left_out_where_the_words_are_in_the_reader_s_language() -> None:
    """Pain 12."""
    same = card(words="Where is it?", means="Where is it?", draft=draft(agent_text=draft().text))
    assert "↳" not in shown(root_post(same, EN).card)


def test_long_words_of_a_buyer_are_folded_after_their_first_lines() -> None:
    text = "Ich warte seit Wochen auf meine Bestellung. " * 30
    found = root_post(card(words=text, means=None), EN).card
    hidden = [one for _, one in walk(found) if one.get("id") == "words_rest"]

    assert hidden[0]["isVisible"] is False
    assert "Show all" in shown(found)
    assert "".join(shown(found).split()).count("IchwarteseitWochenaufmeineBestellung.") == 30


def test_a_draft_too_long_for_a_card_says_where_all_of_it_is() -> None:
    found = root_post(card(draft=draft(text="Sehr geehrte Frau Weber. " * 800)), EN)
    check(found)
    assert "This is its beginning. Press Edit to read all of it." in shown(found.card)


@pytest.mark.parametrize(("flagged", "mark"), [("block", "✕"), ("warn", "!"), ("tip", "›")])
def test_findings_name_the_words_they_are_about_and_a_better_wording(
    flagged: str, mark: str
) -> None:
    found = root_post(card(draft=draft(flags=flags(flagged))), EN).card
    blocks = [one for _, one in walk(found) if one.get("type") == "RichTextBlock"]
    said = ["".join(run["text"] for run in one["inlines"]) for one in blocks]
    assert f"{mark} “heute” A {flagged} it is. → “morgen”" in said


def test_only_what_is_late_or_blocked_is_red() -> None:
    """`experience.md`: nothing shouts except what is late."""

    def red(found: dict) -> list[dict]:
        return [one for _, one in walk(found) if "attention" in str(one.get("color")).lower()]

    assert red(root_post(card(), EN).card) == []
    assert red(root_post(card(summary=summary(waiting_tone="late")), EN).card)
    assert red(root_post(card(draft=draft(flags=flags("block"))), EN).card)


def test_a_problem_and_unsent_words_are_seen_before_anything_else() -> None:
    """Pain 1: nobody believes that a vanished offer was a reply."""
    found = root_post(card(problem="Not sent: no links.", notices=("Olga's words wait.",)), EN)
    said = shown(found.card)
    assert said.index("Olga's words wait.") < said.index("Not sent") < said.index("Die Kanne")
    styles = [one.get("style") for one in found.card["body"]]
    assert styles.count("warning") == styles.count("attention") == 1


def test_a_closed_conversation_is_folded_and_can_be_reopened() -> None:
    closed = card(summary=summary(state="closed"), state_line=Tag(text="Closed by Olga."))
    found = root_post(closed, EN).card
    folded = next(one for one in found["body"] if one.get("id") == "inside")
    assert folded["isVisible"] is False
    assert "Closed by Olga." in shown({"body": found["body"][:2]})


def test_viewers_are_asked_to_fetch_a_card_of_their_own() -> None:
    """Universal actions: 60 people at most."""
    found = root_post(card(), EN, viewers=[f"29:{n}" for n in range(80)])
    check(found)
    assert len(found.card["refresh"]["userIds"]) == 60
    assert found.card["refresh"]["action"]["data"]["parley"]["kind"] == "open_conversation"


def test_arabic_is_written_from_right_to_left_and_its_names_do_not_turn_the_line() -> None:
    found = root_post(card(words="أين طلبي؟ لقد مر أسبوعان"), EN).card
    boxes = [one for _, one in walk(found) if one.get("rtl")]
    assert "أين طلبي" in shown(boxes[0])
    named = root_post(card(summary=summary(buyer="أحمد العلي")), EN).card
    runs = [one["text"] for _, one in walk(named) if one.get("type") == "TextRun"]
    assert "🇩🇪 \u2068أحمد العلي\u2069" in runs


def test_ids_too_long_for_a_card_stay_out_of_it_and_the_card_fits() -> None:
    long = ConversationId("webhook:" + "x" * 7_000)
    found = root_post(card(id=long, buttons=buttons(long)), EN)
    check(found)
    assert all("conversation_id" not in one["data"]["parley"] for one in presses(found.card))


# ── the states, through the real domain ──────────────────────────────────────


@pytest.fixture
def shop(world: World) -> World:
    world.drafter = OfflineDrafter()
    world.shop = FakeShop(teapot_order())
    return world


async def _shown(world: World, about: ConversationId, language: str = "en") -> str:
    conversation = await world.conversation(about)
    storefront = world.settings.storefront(conversation.storefront)
    found = conversation_card(conversation, storefront, words(language), world.clock(), reader=OLGA)
    posted = root_post(found, words(language))
    check(posted)
    return shown(posted.card) + "\n" + "\n".join(titles(posted.card))


async def _damaged(world: World) -> ConversationId:
    return await world.buyer_writes(
        "The teapot of order 10045 arrived broken. I want my money back.", attachments=(PHOTO,)
    )


async def test_a_proposed_draft_can_be_approved_edited_and_discarded(shop: World) -> None:
    said = await _shown(shop, await _damaged(shop))
    assert "Approve & send" in said
    assert "Edit" in said
    assert "spout.jpg (1 kB)" in said


async def test_an_approved_draft_can_be_undone_and_then_says_who_sent_it(shop: World) -> None:
    about = await _damaged(shop)
    await shop.handle(ApproveDraft(conversation_id=about, version=1))
    said = await _shown(shop, about)
    assert "Approved by Olga. Sending …" in said
    assert "Undo" in said
    assert "Approve & send" not in said

    shop.clock.passes(minutes=1)
    await shop.work()
    said = await _shown(shop, about)
    assert "Sent 21 Nov" in said
    assert "by Olga." in said
    assert "Undo" not in said


@pytest.mark.parametrize(
    ("error", "says", "press"),
    [
        (Unsure("The relay did not answer."), "Did this arrive?", "It arrived"),
        (Rejected("The relay refuses links."), "Not sent:", "Write reply"),
    ],
)
async def test_what_went_wrong_is_said_with_a_way_out(
    shop: World, error: Exception, says: str, press: str
) -> None:
    def fails(_: object) -> None:
        raise error

    shop.channel.before = fails
    about = await _damaged(shop)
    await shop.handle(ApproveDraft(conversation_id=about, version=1))
    shop.clock.passes(minutes=1)
    await shop.work()

    said = await _shown(shop, about)
    assert says in said
    assert press in said


async def test_a_newer_message_outdates_the_draft_and_says_so(shop: World) -> None:
    """Pain 9."""
    about = await _damaged(shop)
    await shop.handle(DiscardDraft(conversation_id=about, version=1))
    said = await _shown(shop, about)
    assert "Approve & send" not in said
    assert "Write reply" in said


async def test_escalated_late_and_closed_are_said(shop: World) -> None:
    about = await _damaged(shop)
    await shop.handle(Escalate(conversation_id=about, reason="above my limit"), OLGA)
    shop.clock.passes(days=4)
    said = await _shown(shop, about)
    assert "Needs a lead: above my limit" in said
    assert "was due" in said

    await shop.handle(CloseConversation(conversation_id=about, reason="refunded"), LENA_LEAD)
    said = await _shown(shop, about)
    assert "Closed by Lin. refunded" in said
    assert said.endswith("Reopen")


async def test_a_room_that_works_in_chinese_reads_chinese(shop: World) -> None:
    said = await _shown(shop, await _damaged(shop), "zh-Hans")
    for one in ("未分配", "批准并发送", "依据"):
        assert one in said
    for one in ("unassigned", "Show", "Why", "Regenerate"):
        assert one not in said


# ── foreign words ────────────────────────────────────────────────────────────


@GENTLE
@given(hostile_cards())
def test_whatever_is_said_a_root_card_fits_and_nothing_in_it_is_live(found) -> None:
    """Foreign text is inert; everything fits the platform's limits."""
    check(root_post(found, EN))
    check(notice_post(found.words, found, ZH, link=at))


@pytest.mark.parametrize("foreign", HOSTILE)
def test_words_stand_where_there_is_no_markdown_and_keep_their_letters(foreign: str) -> None:
    found = root_post(card(words=f"Hello {foreign} there"), EN)
    check(found)
    kinds = {one.get("type") for _, one in walk(found.card)}
    assert not kinds & {"TextBlock", "FactSet"}


@pytest.mark.parametrize(
    "address",
    [
        "http://www.dhl.example/0034",
        "javascript:alert(1)",
        "https://bank.example@evil.example/",
        "https://",
        "https://ev\u202eil.example",
        "https://evil.example/" + "x" * 2_000,
        "https://[",
        "tel:+49",
        "",
    ],
)
def test_only_pages_on_the_web_can_be_opened(address: str) -> None:
    known = (Row(label="Parcel", value="DHL", href=address),)
    found = root_post(card(known=known), EN, files=lambda _: address).card
    assert [one for _, one in walk(found) if one.get("type") == "Action.OpenUrl"] == []


def test_a_file_that_the_team_can_open_is_a_press() -> None:
    """Pain 7."""
    files = tuple(Attachment(name=f"{n}.jpg", mime="image/jpeg", size=10) for n in range(14))
    found = root_post(
        card(attachments=files), EN, files=lambda one: f"https://p.example/{one.name}"
    )
    check(found)
    urls = [one["url"] for _, one in walk(found.card) if one.get("type") == "Action.OpenUrl"]
    assert "https://p.example/0.jpg" in urls
    assert "+2" in shown(found.card)


# ── answers ──────────────────────────────────────────────────────────────────


def test_an_order_that_is_too_long_goes_on_in_another_message_and_loses_nothing() -> None:
    found = answer_posts(Answer(card=order_info(rows=300)), EN)
    assert len(found) > 1
    for one in found:
        check(one)
    said = "\n".join(shown(one.card) for one in found)
    assert all(f"value {n}\n" in said + "\n" for n in range(300))
    assert [len(presses(one.card)) > 0 for one in found] == [False] * (len(found) - 1) + [True]


def test_several_orders_are_several_cards_under_one_that_names_them() -> None:
    cards = (order_info(title="Order 1"), order_info(title="Order 2"))
    found = answer_posts(Answer(text="Two.", card=order_info(title="2 match"), cards=cards), EN)
    assert [one.summary for one in found] == ["Two.", "2 match", "Order 1", "Order 2"]


def test_the_line_that_others_may_read_is_the_masked_one() -> None:
    """Pain 5: what is sensitive is for the asker alone."""
    found = masked_post(order_info(), EN)
    assert found is not None
    assert shown(found.card) == "Order 10045: delivered"
    assert masked_post(order_info(masked=""), EN) is None


def test_a_conversation_of_a_list_leads_to_its_thread_or_else_to_its_card() -> None:
    queue = QueueCard(rows=(summary(), summary(threads={})), counts={"late": 2}, only="all")
    [found] = answer_posts(Answer(card=queue), EN, link=at)
    check(found)
    ways = [one["selectAction"] for _, one in walk(found.card) if "selectAction" in one]
    assert ways[0]["url"] == PLACE
    assert ways[1]["data"]["parley"]["kind"] == "open_conversation"
    assert "2 late" in shown(found.card)


def test_a_long_queue_is_several_messages() -> None:
    queue = QueueCard(rows=(summary(),) * 200, counts={}, only="all")
    found = answer_posts(Answer(card=queue), EN)
    assert "\n".join(shown(one.card) for one in found).count("Lena Weber") == 200
    for one in found:
        check(one)


def test_home_shows_each_group_with_its_count_and_what_is_not_shown() -> None:
    groups = (
        HomeGroup(title="Mine", rows=(summary(),), count=9),
        HomeGroup(title="Escalated", count=0, empty="Nothing is escalated."),
    )
    [found] = answer_posts(Answer(card=HomeCard(title="Hello", groups=groups)), EN, link=at)
    check(found)
    said = shown(found.card)
    for one in ("Mine", "9", "and 8 more", "Nothing is escalated."):
        assert one in said


def test_words_to_send_show_what_they_mean_and_what_the_review_says() -> None:
    """Pain 1, pain 12: nothing is sent by typing."""
    [found] = answer_posts(Answer(card=offer(flags=flags("warn"))), EN)
    check(found)
    said = shown(found.card)
    assert said.index("Send to Lena as reply?") < said.index("Guten Tag") < said.index("↳ Hello")
    assert titles(found.card) == ["Send to Lena", "Dismiss"]


@GENTLE
@given(texts(3_000))
def test_sentences_offers_and_look_ups_fit_whatever_they_say(text: str) -> None:
    answers = (
        Answer(text=text or "x"),
        Answer(card=offer(text=text, title=text, means=text, notes=(text,) * 8)),
        Answer(card=order_info(title=text, note=text, masked=text, tags=(Tag(text=text),) * 9)),
        Answer(
            card=HomeCard(
                title=text, groups=(HomeGroup(title=text, count=0, empty=text),), tips=(text,)
            )
        ),
    )
    for answer in answers:
        for one in answer_posts(answer, EN):
            check(one)
    check(alert_post(Alert(title=text, text=text, failed_id="1-0"), EN, address=PLACE))


def test_a_sentence_of_any_length_is_said_whole() -> None:
    text = " ".join(f"word{n}" for n in range(9_000))
    said = "".join(shown(one.card) for one in sentence_posts(text, EN))
    assert "".join(said.split()) == "".join(text.split())


def test_a_card_that_is_not_the_one_any_more_leads_to_the_one_that_is() -> None:
    found = struck_post("🇩🇪 Lena", EN, PLACE)
    check(found)
    assert [one["url"] for one in found.card["actions"]] == [PLACE]
    assert "actions" not in struck_post("", EN, None).card


def test_an_assignee_gets_the_way_to_the_thread_and_the_card_itself() -> None:
    found = notice_post("Lin asks you to take this.", card(), EN, link=at)
    check(found)
    assert shown(found.card).startswith("Lin asks you to take this.")
    assert found.card["actions"][0]["url"] == PLACE
    assert found.card["actions"][1]["data"]["parley"] == {
        "conversation_id": ABOUT,
        "kind": OpenConversation(conversation_id=ABOUT).kind,
    }


def test_an_ordinary_card_needs_no_cutting() -> None:
    assert root_post(card(), EN).size < BUDGET
