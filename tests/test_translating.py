"""Translation both ways (S3.1, pain 12): shown beside the words, never in their place by guess."""

from __future__ import annotations

import asyncio

import pytest

from assistant.commands import Act, OfferWords, ReceiveMessage, SendOffered, Tell, WriteReply
from assistant.drafting.translate import lost, pieces, speaks
from tests.fakes import FakeChat, FakeTranslator, World, incoming
from tests.test_desk_rooms import OLGA, Team, chat, lines, team
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


async def test_a_translation_that_lost_the_order_number_is_not_shown(
    world: World, chat: FakeChat, translator: FakeTranslator
) -> None:
    translator.table[GERMAN] = "Good day, where is my order? I have been waiting for days."

    about = await world.buyer_writes(GERMAN)

    assert world.card(about).means is None


async def test_words_in_the_team_s_language_are_offered_in_the_buyer_s(
    world: World, chat: FakeChat, team: Team, translator: FakeTranslator
) -> None:
    """Issue 2, point 3: the offer shows what would be sent, and what it means."""
    about = await world.buyer_writes(GERMAN)
    await team.types(about, TYPED)

    assert (team.offer.text, team.offer.means) == (REPLY, TYPED)
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

    async def translate(text: str, source: str, target: str) -> str:
        translator.asked.append((text, source, target))
        await hangs.wait()
        return translator.table[text]

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

    assert (await world.conversation(about)).messages[-1].translation == TYPED


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
