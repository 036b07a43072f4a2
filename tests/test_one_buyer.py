"""One buyer by several channels: proven, proposed, decided; answered where they can be reached."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assistant.commands import (
    ApproveDraft,
    NotSameBuyer,
    RecordReport,
    ReplyBy,
    SameBuyer,
    UndoApproval,
    WriteReply,
)
from assistant.errors import Refused, Unsure
from assistant.model import (
    Address,
    Buyer,
    BuyerId,
    Conversation,
    ConversationId,
    Customer,
    Order,
    Report,
    Side,
    StorefrontId,
    tie,
)
from assistant.ports import Capabilities
from assistant.settings import Storefront
from tests.fakes import MARIA, START, FakeChannel, World, settings

TOM = "tom@example.org"
ORDER = Order(
    ref="10023",
    shop="shop",
    customer=Customer(name="Tom Brandt", email=TOM),
    ship_to=Address(country="DE", phone="+49 151 2345678"),
)


def mail(**changes: Any) -> dict[str, Any]:
    buyer = {"id": BuyerId("email:tom"), "name": "Tom Brandt", "email": TOM, "verified": True}
    return {
        "channel": "email",
        "thread": "m1",
        "buyer": Buyer(**{**buyer, **changes}),
    }


def chat(**changes: Any) -> dict[str, Any]:
    buyer = {"id": BuyerId("webchat:v1"), "name": "Tom", "locale": "de-DE"}
    return {"buyer": Buyer(**{**buyer, **changes})}


@pytest.fixture
def world(world: World) -> World:
    world.more_channels = {"email": FakeChannel("email")}
    world.settings = settings(buyers=("webchat", "email"))
    world.shop.confirms(ORDER)
    return world


async def both(world: World, **chatting: Any) -> tuple[Conversation, Conversation]:
    """Tom wrote a mail about his order, and then somebody a chat about the same one."""
    first = await world.buyer_writes("Where is my order 10023?", **mail())
    world.clock.passes(minutes=5)
    second = await world.buyer_writes("It is about order 10023.", 2, **chat(**chatting))
    await world.work()
    return await world.conversation(first), await world.conversation(second)


def rows(world: World, about: ConversationId, label: str) -> list[str]:
    return [row.value for row in world.card(about).known if row.label == label]


def labels(world: World, about: ConversationId) -> list[str]:
    return [button.label for button in world.card(about).buttons]


# ── what proves it ───────────────────────────────────────────────────────────


def side(
    email: str | None = None, *, verified: bool = False, id: str = "webchat:1", **more: Any
) -> Side:
    told = {"refs": ("10023",), "orders": (ORDER,), **more}
    return Side(channel="c", buyer=Buyer(id=BuyerId(id), email=email, verified=verified), **told)


@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (side(TOM, verified=True), side("TOM@example.org", verified=True), "order_and_address"),
        (side(TOM, verified=True), side(id="whatsapp:491512345678"), "order_and_address"),
        (side(TOM, verified=True), side(id="whatsapp:491512345679"), "order"),
        (side(TOM, verified=True), side(id="telegram:491512345678"), "order"),
        (side(TOM, verified=True), side(TOM), "address"),
        (side(TOM, verified=True), side(TOM, verified=True, refs=(), orders=()), "address"),
        (side(TOM, verified=True), side("eve@example.org", verified=True), "order"),
        (side(TOM, verified=True), side(refs=("999",), orders=()), None),
        (side(orders=()), side(orders=()), None),
    ],
)
def test_only_the_same_order_and_an_address_that_is_its_own_on_both_sides_proves_it(
    one: Side, other: Side, found: str | None
) -> None:
    """An order number can be known to anybody, and an address be typed by anybody."""
    assert tie(one, other) == found
    assert tie(other, one) == found


async def test_proven_both_conversations_know_of_each_other_by_themselves(world: World) -> None:
    letter, talk = await both(world, email=TOM, verified=True)

    assert rows(world, talk.id, "Also wrote") == [
        "by e-mail, 21 Nov 10:00: the same buyer (same order and proven address)"
    ]
    assert rows(world, letter.id, "Also wrote")[0].startswith("by web chat, 21 Nov 10:05")
    assert rows(world, talk.id, "Reply goes") == ["by web chat to t…@example.org"]
    assert "Reply by e-mail" in labels(world, talk.id)
    assert "Same buyer" not in labels(world, talk.id)


async def test_an_unproven_claim_is_proposed_and_shows_nobody_the_others_words(
    world: World,
) -> None:
    """Whoever knows an order number is not yet its buyer: two buttons, and not a word crosses."""
    secret = "My neighbour Klaus in flat 7 has the key to order 10023."
    await world.buyer_writes(secret, **mail())
    eve = await world.buyer_writes("It is about order 10023.", 2, **chat())
    await world.work()

    [told] = rows(world, eve, "Also wrote")
    assert told.endswith("the same buyer? (same order)")
    assert {"Same buyer", "Not the same"} <= set(labels(world, eve))
    assert "Reply by e-mail" not in labels(world, eve)
    brief = world.drafter.briefs[-1]
    assert all("Klaus" not in said.text for said in brief.situation.messages)
    assert "Klaus" not in (await world.conversation(eve)).model_dump_json()
    with pytest.raises(Refused, match="First say"):
        await world.handle(ReplyBy(conversation_id=eve, other=ConversationId("email:m1")))


async def test_nothing_crosses_storefronts(world: World) -> None:
    shops = (
        Storefront(id=StorefrontId("a"), accounts=("webchat",)),
        Storefront(id=StorefrontId("b"), accounts=("email",)),
    )
    world.settings = settings(buyers=("webchat", "email"), storefronts=shops)
    letter, talk = await both(world, email=TOM, verified=True)

    assert letter.storefront != talk.storefront
    assert (letter.links, talk.links) == ((), ())


# ── what a person decides ────────────────────────────────────────────────────


async def test_what_a_person_says_stays_is_logged_and_can_be_taken_back(world: World) -> None:
    letter, talk = await both(world)
    other = {"conversation_id": talk.id, "other": letter.id}

    await world.handle(SameBuyer(**other), MARIA)
    await world.work()
    assert rows(world, letter.id, "Also wrote")[0].endswith("the same buyer (Maria said so)")
    assert "Reply by web chat" in labels(world, letter.id)

    await world.handle(NotSameBuyer(**other))
    await world.work()
    await world.buyer_writes("Order 10023, please!", 3, **chat())
    for about in (letter.id, talk.id):
        assert rows(world, about, "Also wrote") == []
        told = [entry.text and str(entry.text) for _, entry in await world.store.log(about)]
        assert any(one and "The same buyer also writes by" in one for one in told)
        assert any(one and "somebody else" in one for one in told)
    assert "Same buyer as by e-mail" in labels(world, talk.id)


async def test_the_two_buttons_are_there_in_chinese(world: World) -> None:
    world.room.language = "zh-Hans"
    _, talk = await both(world)

    assert {"是同一位买家", "不是同一人"} <= set(labels(world, talk.id))


# ── where a reply goes ───────────────────────────────────────────────────────


async def routed(world: World) -> tuple[Conversation, Conversation]:
    letter, talk = await both(world, email=TOM, verified=True)
    await world.handle(ReplyBy(conversation_id=talk.id, other=letter.id))
    await world.work()
    return letter, await world.conversation(talk.id)


async def test_a_reply_by_the_other_channel_is_approved_sent_once_and_told_in_both(
    world: World,
) -> None:
    letter, talk = await routed(world)
    mailbox: Any = world.more_channels["email"]
    assert rows(world, talk.id, "Reply goes") == ["by e-mail to t…@example.org"]
    assert talk.draft is not None

    await world.handle(ApproveDraft(conversation_id=talk.id, version=talk.draft.version))
    world.clock.passes(seconds=10)
    await world.work()

    assert world.channel.accepted == []
    [reply] = mailbox.accepted
    assert reply.text == talk.draft.text
    assert reply.in_reply_to == letter.messages[0].id
    sent, there = await world.conversation(talk.id), await world.conversation(letter.id)
    assert sent.draft_of(talk.draft.version).state == "sent"
    assert not sent.waiting
    assert [one.text for one in there.messages][-1] == reply.text
    assert there.waiting, "their own question there is still open"
    lines = [str(entry.text) for _, entry in await world.store.log(letter.id)]
    assert any("A reply of another conversation" in one for one in lines)
    lines = [str(entry.text) for _, entry in await world.store.log(talk.id)]
    assert any("Replies go by email to t…@example.org." in one for one in lines)


async def test_the_draft_is_held_to_what_the_other_channel_can_carry(world: World) -> None:
    """The same review, by the reach of the channel it goes by."""
    letter, talk = await both(world, email=TOM, verified=True)
    mailbox: Any = world.more_channels["email"]
    mailbox.can = Capabilities(idempotent=False, max_chars=20)
    assert talk.draft is not None
    assert not talk.draft.blocks

    await world.handle(ReplyBy(conversation_id=talk.id, other=letter.id))

    there = await world.conversation(talk.id)
    assert there.draft is not None
    assert there.draft.text == talk.draft.text
    assert there.draft.blocks
    with pytest.raises(Refused):
        await world.handle(ApproveDraft(conversation_id=talk.id, version=there.draft.version))
    await world.handle(ReplyBy(conversation_id=talk.id))
    back = await world.conversation(talk.id)
    assert back.draft is not None
    assert not back.draft.blocks


async def test_where_a_reply_goes_is_not_changed_while_it_is_on_its_way(world: World) -> None:
    letter, talk = await routed(world)
    assert talk.draft is not None
    about = {"conversation_id": talk.id, "version": talk.draft.version}
    await world.handle(ApproveDraft(**about))

    with pytest.raises(Refused):
        await world.handle(ReplyBy(conversation_id=talk.id))
    with pytest.raises(Refused):
        await world.handle(NotSameBuyer(conversation_id=talk.id, other=letter.id))

    await world.handle(UndoApproval(**about))
    await world.handle(NotSameBuyer(conversation_id=talk.id, other=letter.id))
    assert (await world.conversation(talk.id)).route is None


async def test_a_doubtful_reply_by_the_other_channel_is_asked_about_and_never_repeated(
    world: World,
) -> None:
    letter, talk = await routed(world)
    mailbox: Any = world.more_channels["email"]

    def lost(reply: Any) -> None:
        raise Unsure("no answer came")

    mailbox.after = lost
    assert talk.draft is not None
    await world.handle(ApproveDraft(conversation_id=talk.id, version=talk.draft.version))
    world.clock.passes(seconds=10)
    await world.work()
    await world.work()

    assert len(mailbox.accepted) == 1
    asked = await world.conversation(talk.id)
    assert asked.draft_of(talk.draft.version).state == "unsure"
    report = Report(
        channel="email",
        thread_key="m1",
        kind="delivered",
        at=START + timedelta(minutes=9),
        key=mailbox.accepted[0].key,
    )
    await world.store.enqueue(RecordReport(conversation_id=letter.id, report=report))
    await world.work()
    told = await world.conversation(talk.id)
    assert told.draft_of(talk.draft.version).state == "sent"
    assert told.draft_of(talk.draft.version).delivered_at is not None


async def test_a_window_that_is_over_is_said_before_anybody_writes(world: World) -> None:
    window = START + timedelta(hours=1)
    letter = await world.buyer_writes("Where is 10023?", **mail(), window_until=window)
    talk = await world.buyer_writes("Order 10023.", 2, **chat(email=TOM, verified=True))
    await world.work()
    world.clock.passes(hours=2)

    with pytest.raises(Refused, match="window is over"):
        await world.handle(ReplyBy(conversation_id=talk, other=letter))


async def test_an_agents_own_words_go_the_same_way(world: World) -> None:
    letter, talk = await routed(world)
    mailbox: Any = world.more_channels["email"]
    write = WriteReply(
        conversation_id=talk.id, text="Dear Tom, it is on its way.", seen_seq=talk.last_seq
    )
    await world.handle(write)
    world.clock.passes(seconds=10)
    await world.work()

    assert [one.text for one in mailbox.accepted] == ["Dear Tom, it is on its way."]
    assert world.channel.accepted == []
    assert (await world.conversation(letter.id)).messages[-1].author == "agent"
