"""Amazon Messaging: typed messages about an order, in the buyer's language, and never an answer."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64decode
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from assistant.commands import LookUp, StartConversation, WriteReply
from assistant.errors import Refused, Rejected, Unavailable, Unsure
from assistant.model import ConversationId, Incoming, MessageId, Order, Template, Totals
from assistant.playbooks import Playbooks
from assistant.surface.cards import Checked, InfoCard
from connectors import marketplaces
from connectors.files import FolderFiles
from connectors.marketplaces import Pace
from connectors.store import RedisStore
from tests.fakes import World
from tests.markets_stage import SHORT, Stage, answer, conversation
from tests.provider import BAD_GATEWAY, CUT_AFTER, HANGS, Says, nowhere

ORDER = "123-1234567-1234567"
PLACE = f"/messaging/v1/orders/{ORDER}"
ENVIRONMENT = {
    "client_id": "amzn1.application",
    "client_secret": "lwa-secret",
    "refresh_token": "Atzr|refresh",
    "marketplace": "ATVPDKIKX0DER",
    "region": "na",
    "auth_url": "{api}/auth/o2/token",
    "per_second": "50",
}


@pytest.fixture
async def amazon(store: RedisStore, tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage("amazon", store, tmp_path, ENVIRONMENT) as stage:
        token = {"access_token": "Atza|1", "expires_in": 3600, "token_type": "bearer"}
        stage.say.on("POST", "/auth/o2/token", Says(200, token))
        stage.say.on("GET", PLACE, Says(200, answer("amazon/out/actions")))
        stage.say.on("GET", f"{PLACE}/attributes", Says(200, answer("amazon/out/attributes")))
        stage.say.on("POST", f"{PLACE}/messages/.*", Says(201, {}))
        yield stage


def about_order(*, wrote: bool = False) -> Any:
    said = {
        "channel": "amazon",
        "thread_key": ORDER,
        "message_id": MessageId("m"),
        "buyer": {"id": f"amazon:{ORDER}"},
        "text": "",
        "order_refs": (ORDER,),
    }
    return conversation(Incoming.model_validate(said), wrote=wrote)


def typed(stage: Stage, kind: str, text: str = "The mug broke.", **more: Any) -> Any:
    return stage.reply(text, template=Template(name=kind, language="en"), **more)


async def test_a_typed_message_goes_where_amazon_takes_it(amazon: Stage) -> None:
    await amazon.channel.send(typed(amazon, "unexpectedProblem"), about_order())
    [asked] = amazon.say.at(f"{PLACE}/messages/unexpectedProblem")
    assert asked.json == {"text": "The mug broke."}
    assert asked.query == {"marketplaceIds": "ATVPDKIKX0DER"}
    assert asked.headers["x-amz-access-token"] == "Atza|1"
    [token] = amazon.say.at("/auth/o2/token")
    assert token.form == {
        "grant_type": "refresh_token",
        "refresh_token": "Atzr|refresh",
        "client_id": "amzn1.application",
        "client_secret": "lwa-secret",
    }


async def test_a_buyer_is_not_answered_here_and_the_team_is_told_where(amazon: Stage) -> None:
    """“You cannot use this API to respond to messages from buyers.”"""
    with pytest.raises(Rejected, match=r"takes no answers.*Answer by e-mail"):
        await amazon.channel.send(typed(amazon, "unexpectedProblem"), about_order(wrote=True))
    assert amazon.say.asked == []


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        ("invoice", {}, r"does not take “invoice” about this order now. It takes: confirmCust"),
        ("amazonMotors", {}, "does not take"),
        ("../attributes", {}, "does not take"),
        ("unexpectedProblem", {"language": "de"}, "this buyer's language, which is en-US"),
        ("unexpectedProblem", {"text": "x" * 2_001}, "up to 2000 characters"),
        ("digitalAccessKey", {"text": "x" * 401}, "up to 400 characters"),
        ("warranty", {}, "wants a file"),
        ("", {}, "does not take"),
    ],
)
async def test_what_amazon_would_refuse_is_not_sent(
    amazon: Stage, kind: str, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Rejected, match=words):
        await amazon.channel.send(typed(amazon, kind, **changes), about_order())
    assert amazon.say.at(f"{PLACE}/messages/.*") == []


async def test_what_may_be_sent_and_in_which_language_is_asked_for(amazon: Stage) -> None:
    kinds = await amazon.channel.kinds("", ORDER)
    assert "unexpectedProblem" in kinds
    assert "negativeFeedbackRemoval" not in kinds, "nobody asks a buyer to take feedback back"
    assert await amazon.channel.language("", ORDER) == "en-US"
    amazon.say.on("GET", PLACE, Says(400, answer("amazon/out/invalid")))
    with pytest.raises(Rejected, match="Invalid Input"):
        await amazon.channel.kinds("", ORDER)


async def test_a_file_is_put_where_amazon_wants_it(amazon: Stage, tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"%PDF warranty"

    kept = await FolderFiles(tmp_path).put("warranty.pdf", "application/pdf", chunks(), 100)
    place = {"uploadDestinationId": "u-1", "url": f"{amazon.say.url}/s3?x=1", "headers": {"a": "b"}}
    amazon.say.on("POST", "/uploads/2020-11-01/.*", Says(201, {"payload": place}))
    amazon.say.on("PUT", "/s3", Says(200, b""))
    await amazon.channel.send(typed(amazon, "warranty", attachments=(kept,)), about_order())
    [put] = amazon.say.at("/s3")
    assert (put.body, put.headers["a"]) == (b"%PDF warranty", "b")
    [asked] = amazon.say.at("/uploads/.*")
    assert asked.path.endswith(f"messaging%2Fv1%2Forders%2F{ORDER}%2Fmessages%2Fwarranty")
    md5 = hashlib.md5(b"%PDF warranty", usedforsecurity=False).digest()
    assert b64decode(asked.query["contentMD5"]) == md5
    [sent] = amazon.say.at(f"{PLACE}/messages/warranty")
    named = {"uploadDestinationId": "u-1", "fileName": "warranty.pdf"}
    assert sent.json == {"attachments": [named]}


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (Says(400, answer("amazon/out/invalid")), Rejected, "Invalid Input"),
        (Says(403, {"errors": [{"code": "Unauthorized", "message": "no role"}]}), Rejected, "role"),
        (Says(429, {}, {"Retry-After": "2"}), Unavailable, "429"),
        (Says(503, {}), Unsure, "503"),
        (BAD_GATEWAY, Unsure, "502"),
        (CUT_AFTER, Unsure, "did not finish"),
        (HANGS, Unsure, "in time"),
    ],
)
async def test_what_becomes_of_a_message_is_never_guessed(
    amazon: Stage, monkeypatch: pytest.MonkeyPatch, said: Says, kind: type[Exception], words: str
) -> None:
    if said is HANGS:
        monkeypatch.setattr(marketplaces, "TIMEOUT", SHORT)
    amazon.say.on("POST", f"{PLACE}/messages/.*", said)
    with pytest.raises(kind, match=words):
        await amazon.channel.send(typed(amazon, "unexpectedProblem"), about_order())
    assert len(amazon.say.at(f"{PLACE}/messages/.*")) == 1


async def test_a_marketplace_that_is_not_there_certainly_took_nothing(amazon: Stage) -> None:
    """With a token in hand, and without one."""
    await amazon.channel.send(typed(amazon, "unexpectedProblem"), about_order())
    away = amazon.another(api_url=nowhere())
    with pytest.raises(Unavailable, match="can't be reached"):
        await away.send(typed(amazon, "unexpectedProblem"), about_order())
    amazon.clock.passes(days=30)
    with pytest.raises(Unavailable, match="can't be reached"):
        await amazon.another(api_url=nowhere(), auth_url=nowhere()).send(
            typed(amazon, "unexpectedProblem"), about_order()
        )


async def test_an_expired_token_is_renewed_once(amazon: Stage) -> None:
    expired = {"errors": [{"code": "Unauthorized", "message": "The access token has expired."}]}
    amazon.say.on("GET", PLACE, Says(403, expired), Says(200, answer("amazon/out/actions")))
    tokens = (Says(200, {"access_token": f"Atza|{n}", "expires_in": 3600}) for n in (1, 2))
    amazon.say.on("POST", "/auth/o2/token", *tokens)
    await amazon.channel.kinds("", ORDER)
    used = [one.headers["x-amz-access-token"] for one in amazon.say.at(PLACE)]
    assert used == ["Atza|1", "Atza|2"]


async def test_calls_keep_amazon_s_pace_one_a_second_after_five_at_once() -> None:
    """Twelve at once: five go, then one a second, in the order in which they came."""
    now, went = 0.0, []

    async def sleep(seconds: float) -> None:
        due = now + seconds
        while now < due - 1e-9:
            await asyncio.sleep(0)

    pace = Pace(1, 5, clock=lambda: now, sleep=sleep)

    async def call(n: int) -> None:
        await pace.turn()
        went.append((n, now))

    calls = [asyncio.create_task(call(n)) for n in range(12)]
    for _ in range(8):
        for _ in range(5):
            await asyncio.sleep(0)
        now += 1.0
    await asyncio.gather(*calls)
    assert went == [(n, float(max(0, n - 4))) for n in range(12)]


# ── from an order's card to the buyer ────────────────────────────────────────


async def begun(amazon: Stage, playbooks: Playbooks) -> tuple[World, ConversationId]:
    """A desk with Amazon's channel; somebody looks the order up and begins."""
    world = World(store=amazon.store, playbooks=playbooks, clock=amazon.clock)
    order = Order(ref=ORDER, shop="shop", currency="USD", totals=Totals(total=Decimal("20.00")))
    world.shop.confirms(order)
    world.more_channels = {"amazon": amazon.channel}
    card = (await world.handle(LookUp(what="order", query=ORDER))).card
    assert isinstance(card, InfoCard)
    starts = {one.label: one.command for one in card.buttons if one.command.kind[:5] == "start"}
    assert "Amazon: Tell of an unexpected problem with the order" in starts
    assert "Amazon: Send the warranty" not in starts, "nothing but a file is not written"
    answer = await world.handle(starts["Amazon: Tell of an unexpected problem with the order"])
    assert answer.text
    return world, ConversationId(f"amazon:{ORDER}")


async def test_what_begins_at_an_order_s_card_is_reviewed_approved_and_sent(
    amazon: Stage, playbooks: Playbooks
) -> None:
    """S4.11: progress is told without being asked; one way out for every text."""
    world, about = await begun(amazon, playbooks)
    await world.work()
    known = await world.conversation(about)
    assert (known.messages, known.order_refs, known.market) == ((), (ORDER,), "US")
    assert any(one.form == "write" for one in world.card(about).buttons)

    told = "We found a scratch on the mug before we packed it. Would you like another colour?"
    bad = f"{told} Write to us: help@example.com or https://example.com"
    blocked = await world.handle(WriteReply(conversation_id=about, text=bad))
    assert isinstance(blocked.card, Checked)
    assert blocked.card.blocked
    await world.handle(WriteReply(conversation_id=about, text=told))
    world.clock.passes(seconds=20)
    await world.work()
    [asked] = amazon.say.at(f"{PLACE}/messages/.*")
    assert (asked.path, asked.json) == (f"{PLACE}/messages/unexpectedProblem", {"text": told})
    sent = (await world.conversation(about)).draft_of(1)
    assert (sent.state, sent.external_id) == ("sent", f"{ORDER}:unexpectedProblem")


async def test_what_amazon_takes_no_more_is_not_begun(amazon: Stage, playbooks: Playbooks) -> None:
    world, _ = await begun(amazon, playbooks)
    amazon.say.on("GET", PLACE, Says(200, {"_links": {"actions": []}}))
    start = {"channel": "amazon", "ref": ORDER, "opening": "unexpectedProblem"}
    with pytest.raises(Refused, match="does not take this"):
        await world.handle(StartConversation.model_validate(start))
    amazon.say.on("GET", PLACE, BAD_GATEWAY)
    card = (await world.handle(LookUp(what="order", query=ORDER))).card
    assert isinstance(card, InfoCard)
    assert len(card.buttons) == 1, "the order shows all the same"
