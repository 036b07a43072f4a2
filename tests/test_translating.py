"""Translation both ways (S3.1, pain 12): shown beside the words, never in their place by guess."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from assistant.commands import (
    Act,
    DraftReply,
    OfferWords,
    OpenConversation,
    PreviewTranslation,
    ReceiveMessage,
    SendOffered,
    Tell,
    TranslateMessages,
    WriteReply,
)
from assistant.desk.worker import AT_ONCE
from assistant.drafting.translate import lost, pieces, speaks
from assistant.surface.cards import Checked, ConversationCard
from tests.fakes import FakeChat, FakeRoom, FakeTranslator, World, incoming
from tests.test_desk_rooms import LIN, OLGA, Team, chat, lines, team
from tests.test_worker import until, working

__all__ = ["chat", "team"]
GERMAN = "Guten Tag, wo bleibt meine Bestellung 10045? Ich warte schon seit Tagen."
ENGLISH = "Good day, where is my order 10045? I have been waiting for days."
TYPED = "Your parcel left our warehouse this morning, Lena."
REPLY = "Ihr Paket hat heute Morgen unser Lager verlassen, Lena."


@pytest.fixture
def translator(world: World) -> FakeTranslator:
    table = {GERMAN: ENGLISH, TYPED: REPLY, REPLY: TYPED}
    world.translator = FakeTranslator()
    world.translator.table = table
    return world.translator


async def test_a_buyer_s_message_stands_in_the_team_s_language_below_their_own(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)

    assert world.card(about).words == GERMAN
    assert world.card(about).means == ENGLISH
    await world.work()
    assert len(translator.asked) == 1, "a message is translated once"


async def test_a_message_in_the_team_s_language_is_not_translated(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes("Where is my order 10045? I have waited for days.")

    assert translator.asked == []
    assert world.card(about).means is None


async def test_a_model_that_is_away_delays_neither_message_nor_draft(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    translator.table = {}

    about = await world.buyer_writes(GERMAN)

    assert world.card(about).words == GERMAN
    assert world.card(about).means is None
    assert world.card(about).draft is not None


async def test_a_sentence_whose_translation_lost_a_number_stands_as_it_was_written(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    translator.table[GERMAN] = "Good day, where is my order? I have been waiting for days."

    about = await world.buyer_writes(GERMAN)

    card = world.card(about)
    assert (
        card.means == "Guten Tag, wo bleibt meine Bestellung 10045? I have been waiting for days."
    )
    assert card.unread == (
        "The translation of a sentence was wrong, so it stands as it was written: "
        "“10045” is missing."
    )


async def test_each_room_reads_the_buyer_in_its_own_language(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    """S3.1: the same message, for an English and for a Chinese room."""
    chinese = FakeRoom("qingdao", "zh-Hans")
    world.more_rooms = {"qingdao": chinese}
    at_once = translator.translate

    async def translate(sentences: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        if target == "zh-Hans":
            translator.asked.append((" ".join(sentences), source, target))
            return ("您好，我的订单10045在哪里？", "我已经等了好几天。")
        return await at_once(sentences, source, target)

    translator.translate = translate  # type: ignore[method-assign]

    await world.buyer_writes(GERMAN)

    assert [card.means for card in chat.cards.values()] == [ENGLISH]
    [shown] = chinese.cards.values()
    assert shown.means == "您好，我的订单10045在哪里？我已经等了好几天。"
    assert sorted(target for _, _, target in translator.asked) == ["en", "zh-Hans"]


async def test_whoever_opens_it_in_another_language_gets_it_in_theirs(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    """The console's people read in their own languages, whatever the room's is."""
    about = await world.buyer_writes(GERMAN)
    translator.table[GERMAN] = "您好，我的订单10045在哪里？我已经等了好几天。"
    opens = OpenConversation(conversation_id=about)

    for _ in range(2):
        await world.handle(opens, LIN, "zh-Hans")
        await world.work()

    card = (await world.handle(opens, LIN, "zh-Hans")).card
    assert isinstance(card, ConversationCard)
    assert card.means == translator.table[GERMAN]
    assert card.thread[0].means == translator.table[GERMAN]
    assert [target for _, _, target in translator.asked] == ["en", "zh-Hans"]


async def test_earlier_messages_of_a_long_thread_are_not_translated_again(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    texts = [f"Ich warte immer noch auf die Bestellung {n}." for n in range(6)]
    translator.table = {
        one: f"I am still waiting for the order {n}." for n, one in enumerate(texts)
    }
    for n, text in enumerate(texts, 1):
        await world.buyer_writes(text, n)

    assert [text for text, _, _ in translator.asked] == texts


async def test_why_nothing_is_translated_is_said_once(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    translator.table = {}
    about = await world.buyer_writes(GERMAN)
    await world.buyer_writes("Hallo? Ist da jemand, der mir antwortet?", 2)

    assert world.card(about).unread == "The language model did not answer in time."
    assert world.card(about).notices == ()
    translator.table = {
        GERMAN: ENGLISH,
        "Hallo? Ist da jemand, der mir antwortet?": "Hello? Is anybody there who answers me?",
        "Bitte antworten Sie mir endlich.": "Please answer me at last.",
    }
    await world.buyer_writes("Bitte antworten Sie mir endlich.", 3)
    assert world.card(about).unread is None
    assert world.card(about).means == "Please answer me at last."


async def test_a_translation_that_failed_is_tried_again_without_another_message(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    """Three times; then it waits for the next message."""
    translator.table = {}
    about = await world.buyer_writes(GERMAN)
    tries = len(translator.asked)
    for _ in range(5):
        world.clock.passes(minutes=20)
        await world.work()
    assert len(translator.asked) == tries + 3

    other = await world.buyer_writes(GERMAN, 2, thread_key="other")
    translator.table = {GERMAN: ENGLISH}
    world.clock.passes(seconds=31)
    await world.work()
    assert world.card(about).means is None
    assert world.card(other).means == ENGLISH
    assert world.card(other).unread is None


async def test_without_a_model_it_is_said_what_was_understood(world: World) -> None:
    about = await world.buyer_writes(
        "Meine Teekanne kam kaputt an, ich bin stinksauer! Es sollte ein Geburtstagsgeschenk sein."
    )

    unread = world.card(about).unread
    assert unread is not None
    assert unread.startswith("Without a language model, Parley can't translate this.")
    for one in ("damaged", "angry", "for a birthday"):
        assert one in unread


def test_no_draft_waits_for_a_translation() -> None:
    """They have a lane of their own, two at a time."""
    assert TranslateMessages.lane != DraftReply.lane
    assert AT_ONCE[TranslateMessages.lane] < AT_ONCE[DraftReply.lane]


# ── a reply, seen before it is sent ──────────────────────────────────────────


async def test_a_reply_in_one_s_own_language_is_shown_translated_and_sent_as_shown(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    """S3.1: sentence by sentence, with what it means translated back; both texts are kept."""
    about = await world.buyer_writes(GERMAN)

    answer = await world.handle(WriteReply(conversation_id=about, text=TYPED), OLGA)

    assert isinstance(answer.card, Checked)
    shown = answer.card.translation
    assert shown is not None
    assert (shown.wording, shown.name) == (REPLY, "German")
    assert [(one.typed, one.wording, one.back) for one in shown.lines] == [(TYPED, REPLY, TYPED)]
    await world.work()
    assert world.channel.accepted == [], "nothing is sent before it was seen"

    await world.handle(WriteReply(conversation_id=about, text=shown.wording), OLGA)
    await world.work()
    assert [one.text for one in world.channel.accepted] == [REPLY]
    sent = (await world.conversation(about)).messages[-1]
    assert (sent.text, sent.translation) == (REPLY, TYPED)


async def test_who_sends_it_again_as_typed_means_it(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    reply = WriteReply(conversation_id=about, text=TYPED)

    first = await world.handle(reply, OLGA)
    await world.handle(reply, LIN, "zh-Hans")
    await world.handle(reply, OLGA)
    await world.work()

    assert isinstance(first.card, Checked)
    assert [one.text for one in world.channel.accepted] == [TYPED]


async def test_a_preview_says_which_sentence_lost_what(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    typed = "You get €20.00 back. It will not arrive on 24 December."
    wrong = "Sie bekommen 20,00 € zurück. Es kommt am 26. Dezember an."
    translator.table |= {
        typed: wrong,
        wrong: "You get €20.00 back. It arrives on 26 December.",
    }
    about = await world.buyer_writes(GERMAN)

    answer = await world.handle(PreviewTranslation(conversation_id=about, text=typed), OLGA)

    assert isinstance(answer.card, Checked)
    assert answer.card.translation is not None
    assert [one.wrong for one in answer.card.translation.lines] == [
        (),
        (
            "“24 December” became “26. Dezember”.",
            "“not” is lost: it may say the opposite.",
        ),
    ]


async def test_a_model_that_is_away_is_named_and_what_is_typed_can_be_sent(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    translator.table = {}

    answer = await world.handle(PreviewTranslation(conversation_id=about, text=TYPED), OLGA)
    await world.handle(WriteReply(conversation_id=about, text=TYPED), OLGA)
    await world.work()

    assert isinstance(answer.card, Checked)
    assert answer.card.foreign
    assert answer.card.untranslated == "The language model did not answer in time."
    assert [one.text for one in world.channel.accepted] == [TYPED]


async def test_what_the_buyer_reads_needs_no_preview(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    asked = len(translator.asked)

    answer = await world.handle(PreviewTranslation(conversation_id=about, text=REPLY), OLGA)

    assert isinstance(answer.card, Checked)
    assert (answer.card.foreign, answer.card.translation) == (False, None)
    assert len(translator.asked) == asked


async def test_words_in_the_team_s_language_are_offered_in_the_buyer_s(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    """The offer shows what would be sent, and what it means."""
    about = await world.buyer_writes(GERMAN)
    await team.types(about, TYPED)

    assert (team.offer.text, team.offer.means) == (REPLY, TYPED)
    assert [(one.typed, one.wording, one.back) for one in team.offer.lines] == [
        (TYPED, REPLY, TYPED)
    ]
    await team.press(SendOffered(conversation_id=about, id="m9"))
    assert [one.text for one in world.channel.accepted] == [REPLY]
    sent = (await world.conversation(about)).messages[-1]
    assert (sent.text, sent.translation) == (REPLY, TYPED), "both texts are kept"


async def test_words_in_the_buyer_s_language_come_with_what_they_mean(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    await team.types(about, REPLY)

    assert (team.offer.text, team.offer.means) == (REPLY, TYPED)


async def test_an_offer_without_a_translation_says_why(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    translator.table = {}
    await team.types(about, TYPED)

    assert (team.offer.text, team.offer.means) == (TYPED, None)
    assert any("did not answer" in note for note in team.offer.notes)


async def test_words_shown_untranslated_are_not_sent_translated(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    """S3.1: nobody sends another wording than the one above the button they pressed."""
    about = await world.buyer_writes(GERMAN)
    table, translator.table = translator.table, {}
    await team.types(about, TYPED)
    seen = (await world.conversation(about)).offer_of("m9").edition
    translator.table = table
    again = Tell(person=OLGA.id, spot=team.spot(about, "m9"), conversation_id=about, offer="m9")
    await world.handle(again)
    assert team.offer.text == REPLY

    await team.press(SendOffered(conversation_id=about, id="m9", seen=seen))

    assert world.channel.accepted == []
    send = team.offer.buttons[0].command
    assert isinstance(send, SendOffered)
    await team.press(send)
    assert [one.text for one in world.channel.accepted] == [REPLY]


async def test_a_model_that_hangs_over_an_offer_delays_no_message(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    """`reliability.md` §D: what the buyer writes meanwhile is shown all the same."""
    about = await world.buyer_writes(GERMAN)
    hangs = asyncio.Event()

    at_once = translator.translate

    async def translate(sentences: Sequence[str], source: str, target: str) -> tuple[str, ...]:
        translator.asked.append((" ".join(sentences), source, target))
        await hangs.wait()
        return await at_once(sentences, source, target)

    translator.translate = translate  # type: ignore[method-assign]
    spot = team.spot(about, "m9")
    words = OfferWords(conversation_id=about, id="m9", text=TYPED, spot=spot)
    async with working(world):
        act = Act(key="typed", person=OLGA.id, spot=spot, action=words, quiet=True)
        await world.store.enqueue(act)
        await until(lambda: asked(translator, TYPED))
        again = incoming("Hallo?", 2, received_at=world.clock())
        await world.store.enqueue(ReceiveMessage(incoming=again))

        async def shown() -> bool:
            return "Hallo?" in " ".join(lines(chat))

        await until(shown)
        hangs.set()


async def asked(translator: FakeTranslator, text: str) -> bool:
    return any(one[0] == text for one in translator.asked)


async def test_a_person_s_own_reply_is_told_to_those_who_do_not_read_it(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    about = await world.buyer_writes(GERMAN)
    await world.handle(WriteReply(conversation_id=about, text=REPLY), OLGA)
    await world.work()

    assert (await world.conversation(about)).messages[-1].means("en") == TYPED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hallo. Wo ist es?", ["Hallo.", "Wo ist es?"]),
        ("Am 24. Dezember kommt es. Gut!", ["Am 24. Dezember kommt es.", "Gut!"]),
        ("你好。包裹在哪里？", ["你好。", "包裹在哪里？"]),
        ("Hi Mr. Brandt,\n\nthanks.", ["Hi Mr. Brandt,", "thanks."]),
    ],
)
def test_a_text_is_cut_into_sentences_and_whole_again(text: str, said: list[str]) -> None:
    cut = pieces(text)

    assert [one.text for one in cut] == said
    assert "".join(one.text + one.after for one in cut) == text


@pytest.mark.parametrize(
    ("text", "there", "missing"),
    [
        ("Sie bekommen 34,90 € zurück.", "You get €34.90 back.", ()),
        ("Sie bekommen 34,90 € zurück.", "You get €43.90 back.", ("34,90 €", "€43.90")),
        ("Am 24. Dezember ist es da.", "It is there on December 24.", ()),
        ("Am 24. Dezember ist es da.", "It is there on December 26.", None),
        ("Sie bekommen 20 € zurück.", "You get $20 back.", ("20 €", "$20")),
        ("Sie bekommen 20 Euro zurück.", "You get €20 back.", ()),
        ("Es dauert 5 Tage.", "It takes 15 days.", ("5 Tage", "15 days")),
        ("Es dauert 14 Tage.", "It takes 2 weeks.", ()),
        ("Es dauert eine Woche.", "It takes a week.", ()),
        ("Wir schicken 2 Hemden.", "We send 3 shirts.", ("2", "3")),
        ("Wir schicken 2 Hemden.", "We send two shirts.", ()),
        ("Um 14 Uhr.", "At 2 pm.", ()),
        ("Um 14 Uhr.", "At 4 pm today.", ("14 Uhr", "4 pm")),
        ("Bestellung 10045", "Order 10045", ()),
        ("Bestellung 10045", "Order 10046", None),
        ("Sehen Sie https://a.example/x", "See https://b.example/x", None),
    ],
)
def test_what_a_translation_loses_or_invents_is_named(
    text: str, there: str, missing: tuple[str, ...] | None
) -> None:
    found = lost(text, "de", there, "en")

    assert found == missing if missing is not None else found


def test_what_is_in_no_language_needs_no_translation() -> None:
    assert speaks("10045 :)", "en")
    assert not speaks(GERMAN, "en")
    assert speaks(GERMAN, "de")
