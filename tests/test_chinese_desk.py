"""A team that works in Chinese: nothing of ours on its cards is in English (S3.1, S4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

import pytest
from pydantic import BaseModel

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    CheckText,
    CloseConversation,
    Command,
    DiscardDraft,
    Escalate,
    LookUp,
    OpenConversation,
    OpenReply,
    ShowQueue,
    UndoApproval,
    WriteReply,
)
from assistant.errors import ParleyError, Rejected, Unavailable
from assistant.model import Attachment, ConversationId, Stock
from assistant.surface.conversation import conversation_card
from assistant.words import Text, say, words
from tests import catalogue
from tests.drafting_cases import SAID, teapot_order, waiting_order
from tests.fakes import LENA_LEAD, MARIA, OLGA, FakeShop, World

NOT_WORDS = frozenset(
    {
        "command",
        "conversation_id",
        "counts",
        "form",
        "href",
        "id",
        "key",
        "kind",
        "language",
        "menu",
        "mime",
        "only",
        "role",
        "rule",
        "severity",
        "sha256",
        "side",
        "state",
        "style",
    }
)
"""Fields of cards that are no words for people."""


@cache
def ours() -> frozenset[str]:
    return frozenset(message.id for message in catalogue.messages())


def _latin(shown: object) -> Iterator[str]:
    """Latin words that people see of a card, form or sentence."""
    match shown:
        case BaseModel():
            for name, value in shown:
                if name not in NOT_WORDS and not name.endswith("tone"):
                    yield from _latin(value)
        case tuple() | list():
            for one in shown:
                yield from _latin(one)
        case str():
            yield from re.findall(r"[A-Za-z]{2,}", shown)


def _told(held: object) -> Iterator[str]:
    """Latin words that came from outside: of buyers, agents, shops, laws. None of our sentences."""
    match held:
        case Text():
            parts: Iterable[object] = held.values.values()
        case BaseModel():
            parts = (value for _, value in held)
        case dict():
            parts = (*held, *held.values())
        case tuple() | list():
            parts = held
        case str() if held not in ours():
            parts = ()
            yield from re.findall(r"[A-Za-z]{2,}", held)
        case _:
            return
    for part in parts:
        yield from _told(part)


ENGLISH_NAMES = {"Parley", "OK"}


async def _ours(world: World, about: ConversationId, shown: object) -> set[str]:
    """Latin words on a card that nobody outside has said."""
    outside = set(_told(await world.conversation(about))) | ENGLISH_NAMES
    outside |= set(_told([entry for _, entry in await world.store.log(about)]))
    for order in (teapot_order(), waiting_order()):
        outside |= set(_told(order))
    outside |= set(_told([actor.name for actor in (OLGA, MARIA, LENA_LEAD)]))
    outside |= set(_told(world.playbooks.version))
    return set(_latin(shown)) - outside


@pytest.fixture
def chinese(world: World) -> World:
    """A room, a person and a shop; the room speaks Chinese."""
    world.room.language = "zh-Hans"
    stock = Stock(sku="T", title="Teapot Ines", variant={"colour": "green"}, in_stock=4)
    world.shop = FakeShop(teapot_order(), waiting_order(), stock=[stock])
    return world


async def _angry(world: World) -> ConversationId:
    photo = Attachment(name="spout.jpg", mime="image/jpeg", size=1000)
    return await world.buyer_writes(
        f"{SAID['de']} Ich bin sehr wütend und will mein Geld zurück!", attachments=(photo,)
    )


async def test_a_card_in_chinese_has_no_english_word_of_ours(chinese: World) -> None:
    """S3.1, S4.4: what is on a Chinese agent's card is Chinese, or somebody else's words."""
    about = await _angry(chinese)
    card = chinese.card(about)
    assert card.known
    assert card.may
    assert card.proof
    assert card.draft is not None
    assert await _ours(chinese, about, card) == set()
    assert "订单" in {row.label for row in card.known}
    assert card.buttons[0].label == "批准并发送"


async def test_the_same_card_in_english_is_full_of_words_of_ours(chinese: World) -> None:
    """The test itself is tested."""
    about = await _angry(chinese)
    conversation = await chinese.conversation(about)
    storefront = chinese.settings.storefront(conversation.storefront)
    card = conversation_card(conversation, storefront, words("en"), chinese.clock())
    assert {"Order", "Approve", "Stock", "Must"} & await _ours(chinese, about, card)


async def test_a_thread_in_chinese_tells_everything_that_happened(chinese: World) -> None:
    about = await _angry(chinese)
    await chinese.store.remember(OLGA)
    steps: list[Command] = [
        Assign(conversation_id=about, to=OLGA.id),
        AddNote(conversation_id=about, text="Sie ruft morgen an."),
        ApproveDraft(conversation_id=about, version=1),
        UndoApproval(conversation_id=about, version=1),
        DiscardDraft(conversation_id=about, version=1),
        WriteReply(conversation_id=about, text="Guten Tag, wir melden uns."),
        Escalate(conversation_id=about, reason="Zu hoch."),
    ]
    for step in steps:
        answer = await chinese.handle(step, LENA_LEAD, "zh-Hans")
        assert await _ours(chinese, about, answer) == set(), step
    chinese.clock.passes(minutes=1)
    await chinese.work()
    await chinese.buyer_writes("Und?", n=2)
    await chinese.handle(CloseConversation(conversation_id=about, reason="Erledigt"), LENA_LEAD)

    opened = await chinese.handle(OpenConversation(conversation_id=about), OLGA, "zh-Hans")

    kinds = {line.kind for line in opened.card.thread}
    assert kinds >= {"message", "note", "approved", "undone", "discarded", "sent", "escalated"}
    assert await _ours(chinese, about, opened) == set()


@pytest.mark.parametrize(
    "error",
    [
        Unavailable(say("The relay answered {status}.", status=503)),
        Rejected(say("The channel refused the reply and did not say why.")),
        TimeoutError(),
    ],
    ids=["later", "refused", "unsure"],
)
async def test_a_reply_that_did_not_leave_says_why_in_chinese(
    chinese: World, error: ParleyError | TimeoutError
) -> None:
    about = await _angry(chinese)

    def fails(reply: object) -> None:
        raise error

    chinese.channel.before = fails
    reply = WriteReply(conversation_id=about, text="Guten Tag, wir melden uns.")
    await chinese.handle(reply, OLGA)
    chinese.clock.passes(minutes=1)
    await chinese.work()
    card = chinese.card(about)
    assert card.draft is not None
    assert card.draft.status is not None
    assert await _ours(chinese, about, card) == set()


async def test_findings_in_chinese_say_what_is_wrong_and_what_to_do(chinese: World) -> None:
    """S3.2: what the rules say, at the moment it matters."""
    about = await _angry(chinese)
    text = (
        "SO EIN PECH!! Wir erstatten 500,00 € bis zum 3.4.2027, schreiben Sie an a@b.example oder "
        "https://example.org. Leider ist das nicht möglich. Sende bitte {name} noch ein Foto."
    )
    answer = await chinese.handle(CheckText(conversation_id=about, text=text), OLGA, "zh-Hans")
    assert len(answer.card.flags) >= 4
    said = [flag.message for flag in answer.card.flags] + [answer.card.checked]
    outside = set(re.findall(r"[A-Za-z]{2,}", text))
    assert set(_latin(said)) - outside == set()
    form = await chinese.handle(OpenReply(conversation_id=about, version=1), OLGA, "zh-Hans")
    assert await _ours(chinese, about, form) == set()


async def test_look_ups_and_the_queue_are_chinese(chinese: World) -> None:
    about = await _angry(chinese)
    for query in ("10045", "10023", "teapot"):
        answer = await chinese.handle(LookUp(what="any", query=query), OLGA, "zh-Hans")
        assert await _ours(chinese, about, answer) <= {query}
    queue = await chinese.handle(ShowQueue(), OLGA, "zh-Hans")
    assert await _ours(chinese, about, queue) == set()
