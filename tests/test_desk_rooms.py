"""Conversations in chats: cards, threads, presses, words on offer, assignments, moves, outages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from assistant.commands import (
    Act,
    Action,
    AddNote,
    ApproveDraft,
    Ask,
    Assign,
    DropOffered,
    LookUp,
    MoveConversation,
    OfferWords,
    ReceiveMessage,
    SendOffered,
    ShowConversation,
    ShowHome,
    TakeConversation,
)
from assistant.errors import Forbidden, Rejected, Unavailable, Unsure
from assistant.model import Actor, Attachment, ConversationId, Known, PersonId, Spot, ThreadId
from assistant.ports import Store
from assistant.settings import Member, Route
from assistant.surface.cards import HomeCard, InfoCard, OfferCard
from assistant.words import say
from tests.fakes import FakeChat, FakeShop, World, incoming, settings
from tests.test_desk_receiving import TEAPOT

OLGA = Actor(id=PersonId("slack:T1:UOLGA"), name="Olga")
LIN = Actor(id=PersonId("slack:T1:ULIN"), name="Lin", role="lead")
GUEST = PersonId("slack:T1:UGUEST")


@pytest.fixture
def chat(world: World) -> FakeChat:
    """The team works in a chat alone; replies leave at once."""
    chat = FakeChat()
    chat.people = {
        OLGA.id: Known(actor=OLGA, language="en"),
        LIN.id: Known(actor=LIN, language="zh-Hans"),
        GUEST: Forbidden(say("Guests can't answer buyers. Ask a full member.")),
    }
    world.room = chat
    world.settings = settings(undo_seconds=0)
    return chat


class Team:
    """People who press and speak in the chat."""

    def __init__(self, world: World, chat: FakeChat) -> None:
        self.world, self.chat, self._n = world, chat, 0

    def spot(self, about: ConversationId, message: str = "") -> Spot:
        thread = next((t for t, card in self.chat.cards.items() if card.id == about), None)
        return Spot(room=self.chat.name, place="C1", thread=thread, message=message)

    async def press(
        self, action: Action, person: PersonId = OLGA.id, *, key: str = "", spot: Spot | None = None
    ) -> None:
        self._n += 1
        about = getattr(action, "conversation_id", ConversationId(""))
        await self.world.store.enqueue(
            Act(
                key=key or f"press-{self._n}",
                person=person,
                spot=spot or self.spot(about),
                action=action,
                quiet=True,
            )
        )
        await self.world.work()

    async def types(
        self, about: ConversationId, text: str, person: PersonId = OLGA.id, message: str = "m9"
    ) -> None:
        spot = self.spot(about, message)
        words = OfferWords(conversation_id=about, id=message, text=text, spot=spot)
        await self.press(words, person, spot=spot)

    @property
    def offer(self) -> OfferCard:
        card = self.chat.told[-1].answer.card
        assert isinstance(card, OfferCard)
        return card


@pytest.fixture
def team(world: World, chat: FakeChat) -> Team:
    return Team(world, chat)


def lines(chat: FakeChat) -> list[str]:
    """What the threads say, one line each, with the words themselves."""
    told = [pair for thread in chat.lines.values() for pair in thread]
    return [f"{line.text} {line.said or ''}".strip() for line, _ in told]


# ── the card and its thread ──────────────────────────────────────────────────


async def test_one_conversation_has_one_card_and_the_rest_is_in_its_thread(
    world: World, chat: FakeChat, team: Team
) -> None:
    """Nothing repeats while the first message is all there is."""
    about = await world.buyer_writes("Where is my parcel?")
    assert (chat.posted, lines(chat)) == (1, [])

    await world.buyer_writes("Hello?", 2)
    await team.press(AddNote(conversation_id=about, text="He is a regular."))

    assert chat.posted == 1
    assert [one.split(".")[0] for one in lines(chat)] == [
        "Tom Brandt wrote",
        "Tom Brandt wrote",
        "Note by Olga He is a regular",
    ]
    assert world.card(about).words == "Hello?"
    assert world.card(about).first_words == "Where is my parcel?"


async def test_an_approved_draft_is_in_the_thread_once_with_who_approved(
    world: World, chat: FakeChat, team: Team
) -> None:
    about = await world.buyer_writes("Where is my parcel?")

    await team.press(ApproveDraft(conversation_id=about, version=1))

    assert [reply.text for reply in world.channel.accepted] == [world.draft(about).text]
    assert lines(chat)[1:] == [f"Sent by Olga. {world.draft(about).text}"]
    assert chat.told == [], "what the card shows needs no words"


async def test_a_long_first_message_is_whole_in_the_thread(world: World, chat: FakeChat) -> None:
    """Pain 15: what a card can't hold is split, never dropped."""
    await world.buyer_writes("ah " * 400)
    assert len(lines(chat)) == 1


async def test_an_unchanged_card_is_not_sent_again(world: World, chat: FakeChat) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    before = chat.cards.copy()
    sent: list[int] = []
    chat.before = lambda: sent.append(1)

    world.clock.passes(minutes=5)
    await world.store.enqueue(ShowConversation(conversation_id=about))
    await world.work()

    assert sent == []
    assert chat.cards == before


async def test_a_card_turns_late_by_itself(world: World, chat: FakeChat) -> None:
    about = await world.buyer_writes("Where is my parcel?")
    assert world.card(about).summary.waiting_tone == "plain"
    world.clock.passes(days=7)
    await world.work()
    assert world.card(about).summary.waiting_tone == "late"


# ── the platform in trouble ──────────────────────────────────────────────────


def failing(*errors: Exception) -> Callable[[], None]:
    """Raises each of *errors* once, then nothing."""
    left = list(errors)

    def check() -> None:
        if left:
            raise left.pop(0)

    return check


async def shown_after(world: World, text: str = "Hello") -> None:
    """A message comes in, and its card is tried until it is there."""
    message = incoming(text)
    await world.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    for _ in range(6):
        try:
            await world.work()
        except (Unavailable, Unsure, Rejected):
            continue


async def test_a_post_whose_answer_was_lost_is_made_again_and_says_so(
    world: World, chat: FakeChat
) -> None:
    """Pain 8: never an unmarked second card."""
    chat.after = failing(Unsure("the connection broke"))
    await shown_after(world)
    assert chat.posted == 2
    first, second = chat.cards.values()
    assert first.notices == ()
    assert "Possible duplicate" in second.notices[0]


async def test_a_post_that_certainly_failed_is_no_duplicate(world: World, chat: FakeChat) -> None:
    chat.before = failing(Unavailable("busy", retry_after_s=30))
    await shown_after(world)
    [card] = chat.cards.values()
    assert (chat.posted, card.notices) == (1, ())


async def test_the_second_card_is_struck_out_once_somebody_presses_on_it(
    world: World, chat: FakeChat, team: Team
) -> None:
    chat.after = failing(Unsure("the connection broke"))
    await shown_after(world)
    lost, kept = list(chat.cards)
    about = chat.cards[kept].id

    await team.press(
        TakeConversation(conversation_id=about),
        spot=Spot(room="slack", place="C1", thread=lost, message="1"),
    )

    assert chat.struck == {lost: kept}
    assert world.card(about).summary.owner in (None, "Olga")
    assert chat.cards[kept].notices == ()
    assert chat.cards[kept].summary.owner == "Olga", "the press itself is done all the same"


async def test_lines_that_may_be_there_already_are_marked(
    world: World, chat: FakeChat, team: Team
) -> None:
    about = await world.buyer_writes("Hello")
    chat.after = failing(Unsure("the connection broke"))
    with pytest.raises(Unsure):
        await team.press(AddNote(conversation_id=about, text="A regular."))
    await world.work()
    told = [(line.said, again) for line, again in chat.lines[next(iter(chat.cards))]]
    assert ("A regular.", False) in told
    assert ("A regular.", True) in told


async def test_an_archived_room_falls_back_to_the_one_that_is_named_and_alarms(
    world: World, chat: FakeChat
) -> None:
    """A permanent error is told apart from a passing one."""
    chat.fallback = "spare"
    spare = FakeChat("spare")
    world.more_rooms = {"spare": spare}
    world.settings = settings(routes=(Route(to=("slack",)),), rooms=("slack", "spare"))
    chat.before = failing(*[Rejected("the channel is archived", "is_archived")] * 5)

    await shown_after(world, "Hello")
    await world.work()

    assert [card.words for card in spare.cards.values()] == ["Hello"]
    assert [alert.title for alert in spare.alerts] == ["A room is out of reach"]


async def test_a_card_that_moves_to_a_room_that_is_gone_does_not_stay_where_it_was_too(
    world: World, chat: FakeChat
) -> None:
    """The room it left gets it back; its first card points to the new one."""
    vip = FakeChat("vip", fallback="slack")
    world.more_rooms = {"vip": vip}
    routes = (Route(languages=("de",), to=("vip",)), Route(to=("slack",)))
    world.settings = settings(routes=routes, rooms=("slack", "vip"))
    vip.before = failing(*[Rejected("the channel is archived", "is_archived")] * 5)

    about = await world.buyer_writes("Wo ist meine Bestellung? Ich warte seit einer Woche.")

    now_at = (await world.conversation(about)).threads["slack"]
    assert len(chat.cards) == 2
    assert chat.struck == {ThreadId("slack:T1:slack:1"): now_at}


# ── presses ──────────────────────────────────────────────────────────────────


async def test_a_press_is_done_once_however_often_it_is_delivered(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 8: the same delivery again is nothing new."""
    about = await world.buyer_writes("Hello")
    note = AddNote(conversation_id=about, text="Once.")
    await team.press(note, key="same")
    await team.press(note, key="same")
    assert [one.text for one in (await world.conversation(about)).notes] == ["Once."]


async def test_whoever_presses_second_is_told_who_was_faster_and_nothing_is_sent_twice(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 9."""
    about = await world.buyer_writes("Hello")
    await team.press(ApproveDraft(conversation_id=about, version=1), LIN.id)
    await team.press(ApproveDraft(conversation_id=about, version=1), OLGA.id)
    assert len(world.channel.accepted) == 1
    [told] = chat.told
    assert (told.person, told.answer.text) == (
        OLGA.id,
        "Lin already sent version 1. Nothing was sent twice.",
    )


async def test_the_role_is_asked_when_it_is_done_and_a_guest_is_refused_in_words(
    world: World, team: Team, chat: FakeChat
) -> None:
    about = await world.buyer_writes("Hello")
    await team.press(ApproveDraft(conversation_id=about, version=1), GUEST)
    assert world.channel.accepted == []


# ── words typed in a thread ──────────────────────────────────────────────────


async def test_typed_words_reach_the_buyer_only_by_a_press_of_their_author(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 1: internal by default; the mark and the card's line stay until it is decided."""
    about = await world.buyer_writes("Hello")

    await team.types(about, "We will look into it.")
    assert world.channel.accepted == []
    assert (chat.told[-1].person, team.offer.text) == (OLGA.id, "We will look into it.")
    assert chat.marks == {"m9"}
    assert "Olga's words" in world.card(about).notices[0]

    await team.press(SendOffered(conversation_id=about, id="m9"), LIN.id)
    assert [one.text for one in world.channel.accepted] == ["We will look into it."], "leads may"
    assert chat.marks == set()
    assert world.card(about).notices == ()


async def test_nobody_sends_the_words_of_others(world: World, team: Team, chat: FakeChat) -> None:
    about = await world.buyer_writes("Hello")
    await team.types(about, "She is annoying.", LIN.id)
    await team.press(SendOffered(conversation_id=about, id="m9"), OLGA.id)
    assert world.channel.accepted == []
    assert chat.told[-1].answer.text == "These are Lin's words: only they or a lead decide."


async def test_words_that_were_put_away_stay_inside(
    world: World, team: Team, chat: FakeChat
) -> None:
    about = await world.buyer_writes("Hello")
    await team.types(about, "Regular customer.")
    await team.press(DropOffered(conversation_id=about, id="m9", as_note=True))
    conversation = await world.conversation(about)
    assert [note.text for note in conversation.notes] == ["Regular customer."]
    assert (conversation.offers, chat.marks) == ((), set())
    assert world.channel.accepted == []


async def test_what_the_buyer_wrote_meanwhile_is_read_before_the_words_go(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 9: nothing is sent over a message its writer has not seen."""
    about = await world.buyer_writes("Hello")
    await team.types(about, "We will look into it.")
    await world.buyer_writes("Forget it!", 2)
    send = SendOffered(conversation_id=about, id="m9")

    await team.press(send)
    assert world.channel.accepted == []
    assert "wrote again" in team.offer.notes[0]

    await team.press(send)
    assert len(world.channel.accepted) == 1


async def test_words_that_come_later_than_their_own_change_change_nothing(
    world: World, team: Team
) -> None:
    """Pain 6, case 22: events come in any order; the newest wording is what is sent."""
    about = await world.buyer_writes("Hello")
    spot = team.spot(about, "m9")
    newer, first = (
        OfferWords(conversation_id=about, id="m9", text=text, spot=spot, changed=changed)
        for text, changed in (("We will look into it.", "2.0"), ("We wil lok.", ""))
    )
    await team.press(newer, spot=spot)
    await team.press(first, spot=spot)
    await team.press(SendOffered(conversation_id=about, id="m9"))
    assert [one.text for one in world.channel.accepted] == ["We will look into it."]


async def test_a_file_of_an_agent_goes_along_where_the_channel_carries_files(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 7: both ways, and loud where it can't."""
    about = await world.buyer_writes("Hello")
    spot = team.spot(about, "m9")
    photo = Attachment(name="label.pdf", mime="application/pdf", url="https://files.example/1")
    words = OfferWords(
        conversation_id=about, id="m9", text="Your label.", spot=spot, attachments=(photo,)
    )
    await team.press(words, spot=spot)
    assert "carries no files" in team.offer.notes[0]

    world.channel.can = world.channel.can.model_copy(update={"attachments": True})
    await team.press(SendOffered(conversation_id=about, id="m9"))
    [reply] = world.channel.accepted
    assert [(file.name, file.sha256) for file in reply.attachments] == [("label.pdf", "f" * 64)]


# ── the team ─────────────────────────────────────────────────────────────────


async def test_a_lead_gives_it_to_somebody_who_is_told_with_the_reason(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 2."""
    about = await world.buyer_writes("Hello")
    give = Assign(conversation_id=about, to=OLGA.id, reason="refund above limit")

    await team.press(give, LIN.id)

    [(person, text, card)] = chat.notified
    assert (person, text) == (OLGA.id, "Lin asks you to take this: refund above limit")
    assert card.id == about
    assert world.card(about).summary.owner == "Olga"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("slack:T1:UGUEST", "客人"),
        ("Nobody", "Nobody"),
    ],
)
async def test_who_can_not_have_it_is_named(
    world: World, team: Team, chat: FakeChat, to: str, said: str
) -> None:
    about = await world.buyer_writes("Hello")
    await team.press(Assign(conversation_id=about, to=PersonId(to)), LIN.id)
    assert (await world.conversation(about)).assignment is None
    assert chat.told[-1].person == LIN.id


async def test_one_person_has_one_name_on_every_platform(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 4: an explicit identity map; buyers see the public name."""
    mia = Member(id=PersonId("console:mia"), ids=(OLGA.id,), name="Mia", public_name="Mia Braun")
    world.settings = settings(undo_seconds=0, members=(mia,))
    known = Actor(id=mia.id, name="Mia")
    chat.people[OLGA.id] = Known(actor=known, language="en")
    about = await world.buyer_writes("Hello")
    await team.press(ApproveDraft(conversation_id=about, version=1))
    assert [reply.name for reply in world.channel.accepted] == ["Mia Braun"]


async def test_a_nickname_of_a_chat_is_never_shown_to_a_buyer(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 4: unmapped means the brand's name."""
    about = await world.buyer_writes("Hello")
    await team.press(ApproveDraft(conversation_id=about, version=1))
    assert [reply.name for reply in world.channel.accepted] == [""]


# ── questions ────────────────────────────────────────────────────────────────


async def test_an_order_is_shown_to_whoever_asked_with_a_way_to_attach_it(
    world: World, team: Team, chat: FakeChat
) -> None:
    world.shop = FakeShop(TEAPOT)
    about = await world.buyer_writes("Hello")
    question = LookUp(what="order", query="10045", about=about)
    await world.store.enqueue(
        Ask(key="q1", person=OLGA.id, spot=team.spot(about), action=question), once="q1"
    )
    await world.work()
    [told] = chat.told
    assert isinstance(told.answer.card, InfoCard)
    assert told.answer.card.title == "Order 10045"
    assert [button.label for button in told.answer.card.buttons] == ["Attach to this conversation"]
    assert told.answer.card.masked.startswith("Order 10045")


async def test_a_shop_that_is_down_is_said(world: World, team: Team, chat: FakeChat) -> None:
    """Fault case 33."""
    world.shop = FakeShop(TEAPOT)
    world.shop.down = True
    question = LookUp(what="order", query="10045")
    await world.store.enqueue(
        Ask(key="q1", person=OLGA.id, spot=Spot(room="slack"), action=question)
    )
    await world.work()
    assert chat.told[-1].answer.text == "it is down for maintenance"


async def test_home_has_what_is_mine_waits_and_is_escalated(
    world: World, team: Team, chat: FakeChat
) -> None:
    first = await world.buyer_writes("Hello")
    await world.buyer_writes("Hi", 1, thread_key="v2")
    await team.press(TakeConversation(conversation_id=first))
    await world.store.enqueue(
        Ask(key="h", person=OLGA.id, spot=Spot(room="slack", place="home"), action=ShowHome())
    )
    await world.work()
    card = chat.told[-1].answer.card
    assert isinstance(card, HomeCard)
    assert [(group.title, len(group.rows)) for group in card.groups] == [
        ("Yours", 1),
        ("Waiting for somebody", 1),
        ("Escalated", 0),
    ]


# ── rooms ────────────────────────────────────────────────────────────────────


async def test_a_conversation_that_moves_takes_its_history_and_both_threads_say_so(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Pain 3."""
    other = FakeChat("returns")
    world.more_rooms = {"returns": other}
    world.settings = settings(routes=(Route(to=("slack",)),), rooms=("slack", "returns"))
    about = await world.buyer_writes("I want to send it back.")
    await team.press(AddNote(conversation_id=about, text="A regular."))
    [old] = chat.cards

    await team.press(MoveConversation(conversation_id=about, room="#returns"))

    [new] = other.cards
    assert chat.struck == {old: new}
    assert [one.split(".")[0] for one in lines(other)] == [
        "Tom Brandt wrote",
        "Note by Olga A regular",
        "Olga moved this to returns",
    ]
    assert (await world.conversation(about)).threads == {"returns": new}


async def test_routes_by_intent_move_it_once_the_words_are_understood(
    world: World, chat: FakeChat
) -> None:
    """The message shows at once, though nobody has understood it yet."""
    other = FakeChat("returns")
    world.more_rooms = {"returns": other}
    world.settings = settings(
        rooms=("slack", "returns"),
        routes=(Route(to=("returns",), intents=("damaged",)), Route(to=("slack",))),
    )
    await world.buyer_writes("The spout of my teapot arrived broken!")
    assert len(other.cards) == 1
    assert list(chat.struck.values()) == list(other.cards)


async def test_the_same_conversation_in_two_rooms_is_one_and_one_press_wins(
    world: World, team: Team, chat: FakeChat
) -> None:
    """Fault case 12."""
    teams = FakeChat("teams", language="zh-Hans")
    teams.people = chat.people
    world.more_rooms = {"teams": teams}
    about = await world.buyer_writes("Hello")
    await team.press(ApproveDraft(conversation_id=about, version=1))
    await team.press(
        ApproveDraft(conversation_id=about, version=1),
        LIN.id,
        spot=Spot(room="teams", thread=next(iter(teams.cards))),
    )
    assert len(world.channel.accepted) == 1
    [card] = teams.cards.values()
    assert card.draft is not None
    assert card.draft.state == "sent"
    assert len(teams.told) == 1


async def test_work_of_rooms_that_are_down_delays_no_reply(
    world: World, team: Team, chat: FakeChat, store: Store
) -> None:
    """A hung platform holds up the room lane alone."""
    about = await world.buyer_writes("Hello")
    approve = ApproveDraft(conversation_id=about, version=1)
    await world.handle(approve, OLGA)
    for shard in range(store.shards):
        fence = await store.hold(shard, "desk", "tests")
        assert fence is not None
        for job in await store.take(fence, 10, timedelta(0)):
            await world.handle(job.command)
            await store.done(fence, job)
    assert len(world.channel.accepted) == 1


def test_ids_of_threads_say_what_they_are() -> None:
    assert ThreadId("slack:T1:C1:1711.2").startswith("slack:")


async def test_a_press_on_an_answer_in_another_thread_strikes_nothing_out(
    world: World, team: Team, chat: FakeChat
) -> None:
    first = await world.buyer_writes("Hello")
    other = await world.buyer_writes("Hi", 1, thread_key="v2")
    spot = team.spot(first, "an answer in the first one's thread")
    await team.press(TakeConversation(conversation_id=other), spot=spot)
    assert chat.struck == {}
