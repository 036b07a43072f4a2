"""A model over real HTTP: streaming, dialects, budget, cancellation, and every way to fail."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import pytest
from aiohttp import web

from assistant.commands import (
    CloseConversation,
    OpenConversation,
    ReceiveMessage,
    RegenerateDraft,
    WriteReply,
)
from assistant.desk.desk import Desk
from assistant.desk.worker import Worker
from assistant.drafting.brief import Brief
from assistant.drafting.contract import DraftAnswer
from assistant.drafting.lines import draft_line
from assistant.drafting.prepare import brief_from
from assistant.errors import Unavailable
from assistant.model import Conversation, ConversationId, Effort, Used, at_work
from assistant.playbooks import Playbooks
from assistant.ports import Ports, model_budget_of, model_budget_on
from assistant.settings import ModelSettings
from assistant.surface.cards import ConversationCard
from connectors.models.offline import OfflineDrafter
from connectors.models.openai.drafter import ModelDrafter
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.meter import Meter
from connectors.models.openai.reader import ModelReader
from connectors.store import RedisStore
from tests.drafting_cases import WHERE_IS_IT, situation, waiting_order
from tests.fakes import OLGA, FakeChat, World, incoming
from tests.loopback import Loopback
from tests.model_server import (
    PRAISED,
    USAGE,
    Answers,
    ModelServer,
    event,
    in_one_piece,
    just,
    refuses,
    shape_of,
    stream,
    streamed,
    whole,
)

ABOUT = ConversationId("webchat:v1")


@pytest.fixture(scope="module")
def loopback() -> Iterator[Loopback]:
    loopback = Loopback()
    yield loopback
    loopback.stop()


@pytest.fixture(scope="module")
def warm(loopback: Loopback, playbooks: Playbooks) -> None:
    """The client's library loads its parts with the first call, which no deadline here is about."""

    async def once() -> None:
        endpoint = ModelServer(loopback).endpoint(30.0)
        await ModelReader(endpoint).read(situation(), playbooks)
        await endpoint.aclose()

    asyncio.run(once())


@pytest.fixture
def model(loopback: Loopback, warm: None) -> ModelServer:
    return ModelServer(loopback)


@pytest.fixture
async def endpoint(model: ModelServer) -> AsyncIterator[Endpoint]:
    endpoint = model.endpoint(15.0)
    yield endpoint
    await endpoint.aclose()


@pytest.fixture
def brief(playbooks: Playbooks) -> Brief:
    return brief_from(situation(order=waiting_order()), WHERE_IS_IT, playbooks)


async def gone(request: web.Request) -> None:
    """Until whoever asked has hung up. Raises: ConnectionResetError."""
    while request.transport is not None and not request.transport.is_closing():
        await asyncio.sleep(0.01)
    raise ConnectionResetError


async def hangs(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    await gone(request)
    raise AssertionError


async def trickles(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """A byte now and then: no time-out of a read would ever end this."""
    response = await stream(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def resets(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    response = await stream(request)
    await response.write(event({"content": '{"draft": "Hel'}))
    assert request.transport is not None
    request.transport.abort()
    return response


async def babbles(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return await streamed(request, "x" * 1_000_000, piece=10_000)


async def breaks_off(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    response = await stream(request)
    await response.write(b'data: {"error": {"message": "out of memory"}}\n\n')
    return response


FAULTS: dict[str, tuple[Answers, str, bool]] = {
    "hangs": (hangs, "in time", True),
    "trickles": (trickles, "in time", True),
    "resets": (resets, "can't be reached", True),
    "babbles": (babbles, "another form", True),
    "breaks off": (breaks_off, "another form", True),
    "a page": (just("<p>Log in</p>", mime="text/html"), "another form", True),
    "a megabyte": (in_one_piece("x" * 1_100_000), "another form", True),
    "empty": (in_one_piece(""), "another form", False),
    "no words": (in_one_piece(None), "another form", False),
    "chats": (in_one_piece("Sure! Here is your reply."), "another form", False),
    "declines": (in_one_piece(None, refusal="I can't help with that."), "declined", False),
    "500": (refuses(500), "a fault of its own", True),
    "401": (refuses(401), "OPENAI_API_KEY", True),
    "403": (refuses(403), "OPENAI_API_KEY", True),
    "429": (refuses(429, **{"Retry-After": "7"}), "too much to do", True),
    "filter": (refuses(400, "filtered by the policy", "content_filter"), "refused", False),
    "too long": (refuses(400, "maximum context length is 4096"), "refused", False),
}


@pytest.mark.parametrize("fault", sorted(FAULTS))
async def test_a_faulty_model_is_asked_once_and_left_alone_where_it_is_its_own_fault(
    model: ModelServer, brief: Brief, playbooks: Playbooks, fault: str
) -> None:
    """`reliability.md` §D 29, 30: no hidden retries, a reason, and no storm.

    What one buyer's words bring about takes the model away from nobody else.
    """
    model.answers, why, rests = FAULTS[fault]
    endpoint = model.endpoint(0.4 if why == "in time" else 15.0)
    drafter = ModelDrafter(endpoint, OfflineDrafter())
    began = monotonic()

    first = await drafter.draft(brief, playbooks)
    second = await drafter.draft(brief, playbooks)

    assert monotonic() - began < 10
    assert (first.drafter, second.drafter) == ("offline", "offline")
    assert why in str(first.reason)
    assert len(model.asked) == (1 if rests else 2)
    await endpoint.aclose()


async def test_a_model_that_writes_another_language_is_told_so_and_replaced(
    model: ModelServer, endpoint: Endpoint, brief: Brief, playbooks: Playbooks
) -> None:
    """`reliability.md` §D 29: two repairs at most, each told exactly what is wrong."""
    model.draft = "Guten Tag Tom, ich sehe gerade nach Ihrer Bestellung und melde mich morgen."

    with at_work(Effort(seconds=15.0)) as work:
        proposal = await ModelDrafter(endpoint, OfflineDrafter()).draft(brief, playbooks)

    assert (proposal.drafter, len(model.asked), work.repairs) == ("offline", 3, 2)
    assert "did not pass the check" in str(proposal.reason)
    assert "This can't be sent." in model.asked[2]["messages"][-1]["content"]


async def test_after_an_outage_one_call_alone_tries_it(
    model: ModelServer, playbooks: Playbooks
) -> None:
    """`reliability.md` §D 30: a backlog does not fall upon whoever has just got up."""
    endpoint = model.endpoint(15.0)
    model.answers = refuses(503)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await ModelReader(endpoint).read(situation(), playbooks)
    assert len(model.asked) == 1
    endpoint._breaker._rests_until = 0.0  # the rest is over
    reader = ModelReader(endpoint)

    async def read() -> str:
        try:
            return (await reader.read(situation(), playbooks)).source
        except Unavailable as error:
            return str(error)

    async def slowly(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await streamed(request, model.says(body), pause_s=0.01)

    model.answers = slowly
    found = await asyncio.gather(*(read() for _ in range(30)))

    assert len(model.asked) == 2
    assert found.count("model") == 1
    assert sum("left alone" in one for one in found) == 29
    assert await read() == "model"
    await endpoint.aclose()


async def test_those_that_fail_together_count_as_one_failure(
    model: ModelServer, playbooks: Playbooks
) -> None:
    endpoint = model.endpoint(2.0)
    model.answers = hangs
    asked = (ModelReader(endpoint).read(situation(), playbooks) for _ in range(8))

    await asyncio.gather(*asked, return_exceptions=True)

    assert (len(model.asked), endpoint._breaker._failures) == (8, 1)
    await endpoint.aclose()


# ── dialects ─────────────────────────────────────────────────────────────────


def picky(model: ModelServer, *refused: tuple[str, str]) -> Answers:
    """An endpoint that does not know some fields of a request."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        for name, message in refused:
            if name in body or body.get("response_format", {}).get("type") == name:
                return await refuses(400, message)(request, body)
        if body.get("stream"):
            return await streamed(request, _any_shape(model, body))
        return web.json_response(whole(_any_shape(model, body), USAGE))

    return answer


def _any_shape(model: ModelServer, body: dict[str, Any]) -> str:
    return json.dumps(model.reading) if "intents" in body["messages"][0]["content"] else "{}"


@pytest.mark.parametrize(
    "refused",
    [
        (("stream_options", "Unknown field: stream_options"),),
        (("stream_options", "stream_options?"), ("stream", "no stream here")),
        (("max_tokens", "Unsupported 'max_tokens'. Use 'max_completion_tokens' instead."),),
        (("json_schema", "response_format json_schema is not supported"),),
        (
            ("json_schema", "unknown response_format"),
            ("json_object", "unknown response_format"),
        ),
    ],
    ids=["usage", "stream", "thinks", "object", "none"],
)
async def test_what_an_endpoint_refuses_of_a_request_is_left_out_ever_after(
    model: ModelServer,
    endpoint: Endpoint,
    playbooks: Playbooks,
    refused: tuple[tuple[str, str], ...],
) -> None:
    """OpenAI, Azure, vLLM, llama.cpp, Ollama: one protocol, five dialects."""
    model.answers = picky(model, *refused)
    reader = ModelReader(endpoint)

    first = await reader.read(situation(), playbooks)
    learning = len(model.asked)
    second = await reader.read(situation(), playbooks)

    assert (first.source, second.source) == ("model", "model")
    assert learning == 1 + len(refused)
    assert len(model.asked) == learning + 1


async def test_what_is_refused_for_good_is_not_asked_for_ever(
    model: ModelServer, endpoint: Endpoint, playbooks: Playbooks
) -> None:
    model.answers = refuses(400, "stream_options stream schema max_completion_tokens")

    with pytest.raises(Unavailable, match="refused the request"):
        await ModelReader(endpoint).read(situation(), playbooks)

    assert len(model.asked) == 6


# ── the budget ───────────────────────────────────────────────────────────────


@pytest.fixture
def metered(store: RedisStore, world: World, model: ModelServer) -> Endpoint:
    allowed = ModelSettings(tokens_per_day=20_000, tokens_per_conversation=9_000)
    return model.endpoint(meter=Meter(store, allowed, world.clock))


async def used(world: World, about: ConversationId | None = ABOUT) -> tuple[Used, Used]:
    day = await world.store.used(model_budget_on(world.clock().date()))
    return day, await world.store.used(model_budget_of(about or ABOUT))


async def test_what_the_endpoint_says_was_used_counts_by_day_and_conversation(
    metered: Endpoint, world: World, playbooks: Playbooks
) -> None:
    with at_work(Effort(ABOUT)) as work:
        await ModelReader(metered).read(situation(), playbooks)

    spent = Used(calls=1, tokens_in=900, tokens_out=100)
    assert await used(world) == (spent, spent)
    assert work.used == spent
    figures = await world.store.figures()
    assert (figures["model.calls"], figures["model.tokens_in"]) == (1, 900)
    await metered.aclose()


async def test_over_the_conversation_s_budget_nothing_is_asked_and_the_figures_are_told(
    metered: Endpoint, model: ModelServer, world: World, playbooks: Playbooks, brief: Brief
) -> None:
    drafter = ModelDrafter(metered, OfflineDrafter())
    reasons = []
    with at_work(Effort(ABOUT)):
        for _ in range(10):
            reasons.append(str((await drafter.draft(brief, playbooks)).reason))

    assert "budget for this conversation is used up" in reasons[-1]
    assert "9,000 tokens" in reasons[-1]
    asked, (day, mine) = len(model.asked), await used(world)
    assert asked == day.calls == mine.calls < 10
    assert mine.tokens <= 9_000
    assert mine.refused == 10 - asked
    with at_work(Effort(ConversationId("webchat:other"))):
        assert (await drafter.draft(brief, playbooks)).drafter == "model"
    await metered.aclose()


async def test_a_budget_below_one_call_is_called_too_small_not_used_up(
    world: World, model: ModelServer, playbooks: Playbooks
) -> None:
    allowed = ModelSettings(tokens_per_day=10)
    endpoint = model.endpoint(meter=Meter(world.store, allowed, world.clock))

    with pytest.raises(Unavailable, match="of a day, 10 tokens, is too small for one call"):
        await ModelReader(endpoint).read(situation(), playbooks)
    await endpoint.aclose()


async def test_two_processes_never_spend_the_same_rest(
    store: RedisStore, world: World, model: ModelServer, embedded_url: str, playbooks: Playbooks
) -> None:
    """Atomically, of all processes together."""
    other = await RedisStore.open(embedded_url)
    allowed = ModelSettings(tokens_per_day=12_000)
    model.answers = lambda r, b: streamed(r, model.says(b), pause_s=0.02)
    ends = [model.endpoint(meter=Meter(one, allowed, world.clock)) for one in (store, other)]
    readers = [ModelReader(one) for one in ends]

    found = await asyncio.gather(
        *(readers[n % 2].read(situation(), playbooks) for n in range(30)), return_exceptions=True
    )

    refused = [one for one in found if isinstance(one, Unavailable)]
    assert refused
    assert all("budget of today is used up" in str(one) for one in refused)
    assert len(model.asked) == 30 - len(refused)
    day, _ = await used(world)
    assert 0 < day.tokens <= 12_000
    world.clock.passes(days=1)
    assert (await readers[0].read(situation(), playbooks)).source == "model"
    for one in ends:
        await one.aclose()
    await other.close()


async def test_use_is_estimated_where_the_endpoint_does_not_tell_it(
    metered: Endpoint, model: ModelServer, world: World, playbooks: Playbooks
) -> None:
    model.answers = lambda r, b: streamed(r, model.says(b), usage=False)

    with at_work(Effort(ABOUT)):
        await ModelReader(metered).read(situation(), playbooks)

    day, _ = await used(world)
    assert 500 < day.tokens_in < 3_000
    assert 20 < day.tokens_out < 200
    await metered.aclose()


# ── at the desk ──────────────────────────────────────────────────────────────


@dataclasses.dataclass
class Team(World):
    """A desk whose reader and drafter are the model's, over HTTP."""

    endpoint: Endpoint | None = None

    @property
    def ports(self) -> Ports:
        assert self.endpoint is not None
        drafter = ModelDrafter(self.endpoint, OfflineDrafter())
        reader = ModelReader(self.endpoint)
        return dataclasses.replace(super().ports, drafter=drafter, reader=reader)


@pytest.fixture
async def team(store: RedisStore, playbooks: Playbooks, model: ModelServer) -> AsyncIterator[Team]:
    team = Team(store=store, playbooks=playbooks)
    team.endpoint = model.endpoint(15.0, Meter(store, ModelSettings(), team.clock))
    yield team
    await team.endpoint.aclose()


@asynccontextmanager
async def working(team: Team) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(team.ports, Desk(team.ports)).run(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(check: Any, seconds: float = 20) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await check()):
            await asyncio.sleep(0.02)
    return found


async def writes(team: Team, text: str, n: int = 1) -> ConversationId:
    message = incoming(text, n)
    await team.store.enqueue(ReceiveMessage(incoming=message), once=message.once)
    return ABOUT


async def page(team: Team) -> ConversationCard:
    answer = await team.handle(OpenConversation(conversation_id=ABOUT))
    assert isinstance(answer.card, ConversationCard)
    return answer.card


async def test_an_ordinary_draft_takes_two_calls_and_keeps_how_it_was_made(
    team: Team, model: ModelServer
) -> None:
    """At most two calls; versions, tokens and seconds are kept with it."""
    about = await team.buyer_writes("Hello, are you there? A question about my order.")

    conversation = await team.conversation(about)
    draft = conversation.draft
    assert draft is not None
    assert (draft.text, draft.drafter) == (PRAISED, "model")
    assert [shape_of(one) for one in model.asked] == ["Reading", "Written"]
    made = draft.made
    assert made is not None
    assert (made.calls, made.tokens_in, made.tokens_out) == (2, 1800, 200)
    assert (made.model, made.repairs, made.read_by) == ("small", 0, "model")
    assert [one.split()[0] for one in made.prompts] == ["draft", "understand"]
    assert made.playbook_version == team.playbooks.version
    assert 0 < made.seconds < 20
    assert any("small" in line and "2 calls" in line for line in (await page(team)).draft.why)  # type: ignore[union-attr]  # it is there


@pytest.mark.parametrize("fault", ["hangs", "trickles", "429", "resets"])
async def test_the_message_is_visible_at_once_and_the_draft_is_there_in_time(
    team: Team, model: ModelServer, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`reliability.md` §D 29: reading and writing share one deadline, here of a second."""
    monkeypatch.setattr("assistant.desk.drafting.PATIENCE_S", 1.0)
    model.answers = FAULTS[fault][0]
    began = monotonic()
    async with working(team):
        await writes(team, "Where is my parcel?")
        visible = await until(lambda: team.store.load(ABOUT))
        seen = monotonic() - began
        found = await until(lambda: drafted(team))
    assert visible.messages[0].text == "Where is my parcel?"
    assert seen < 5
    assert monotonic() - began < 10
    [reason] = [one for one in found.findings if one.rule == "draft.offline"]
    assert "Written without the language model." in str(reason.message)
    assert found.made is not None
    assert found.made.read_by == "rules"


async def drafted(team: Team) -> Any:
    conversation = await team.store.load(ABOUT)
    return conversation.draft if conversation else None


async def test_a_card_says_why_rules_read_alone(team: Team, model: ModelServer) -> None:
    async def reads_badly(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return await streamed(request, "?" if shape_of(body) == "Reading" else model.says(body))

    model.answers = reads_badly

    about = await team.buyer_writes("Hello, are you there?")

    draft = team.draft(about)
    assert draft.text == PRAISED
    [flag] = [one for one in draft.flags if one.rule == "read.offline"]
    assert flag.message.startswith("Read without the language model.")


# ── while it works ───────────────────────────────────────────────────────────


async def test_the_card_says_how_far_it_is_and_shows_nothing_of_it(
    team: Team, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Streaming progress; what nobody has checked can't be sent."""
    monkeypatch.setattr("assistant.desk.waiting.PAGE_S", 0.2)
    model.draft = "Hello Tom, " + "we look into your order now. " * 30

    async def slowly(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        pause_s = 0.03 if shape_of(body) == "Written" else 0.0
        return await streamed(request, model.says(body), pause_s=pause_s)

    async def said(what: str) -> ConversationCard | None:
        card = await page(team)
        return card if what in (card.no_draft or "") else None

    model.answers = slowly
    async with working(team):
        await writes(team, "Hello, are you there?")
        await until(lambda: team.store.load(ABOUT))
        card = await until(lambda: said("words so far"))
        assert card.no_draft.startswith("Parley is writing …")
        assert card.draft is None
        assert "we look into" not in card.model_dump_json()
        await until(lambda: drafted(team))
    card = await page(team)
    assert (card.no_draft, card.notices) == (None, ())


async def test_a_chat_is_edited_at_most_once_in_three_seconds(
    team: Team, model: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack and Teams take an edit a second and channel at most; here a tenth stands for three."""
    monkeypatch.setattr("assistant.desk.waiting.CHAT_S", 0.3)
    monkeypatch.setattr("assistant.desk.waiting.PAGE_S", 0.0)
    chat = FakeChat()
    team.room = chat
    model.draft = "Hello Tom, " + "we look into your order now. " * 20
    shown: list[str] = []
    chat.before = lambda: None
    inner = chat.show

    async def show(card: ConversationCard, thread: Any) -> Any:
        shown.append(card.no_draft or "")
        return await inner(card, thread)

    monkeypatch.setattr(chat, "show", show)
    model.answers = lambda r, b: streamed(r, model.says(b), pause_s=0.03)
    began = monotonic()
    async with working(team):
        await writes(team, "Hello, are you there?")
        await until(lambda: drafted(team))
        took = monotonic() - began
        await until(lambda: asyncio.sleep(0, not shown[-1]))
    progress = [one for one in shown if "words so far" in one]
    assert progress
    assert len(progress) <= took / 0.3
    assert shown[-1] == ""


async def test_another_wording_is_announced_beside_the_draft_there_is(
    team: Team, model: ModelServer
) -> None:
    async def noticed() -> bool:
        card = await page(team)
        assert card.draft is not None
        return any("Parley is writing" in one for one in card.notices)

    async with working(team):
        about = await writes(team, "Hello, are you there?")
        await until(lambda: is_version(team, 1))
        model.draft = PRAISED.replace("looking into", "checking")
        model.answers = lambda r, b: streamed(r, model.says(b), pause_s=0.05)
        await team.handle(RegenerateDraft(conversation_id=about, version=1, manner="warmer"))
        await until(noticed)
        await until(lambda: is_version(team, 2))
    assert len(model.asked) == 3, "another wording is one call"


async def is_version(team: Team, n: int) -> bool:
    draft = await drafted(team)
    return draft is not None and draft.version == n


# ── cut short ────────────────────────────────────────────────────────────────


async def the_buyer(team: Team, about: ConversationId) -> None:
    await writes(team, "Sorry, I meant another order", 2)


async def an_agent(team: Team, about: ConversationId) -> None:
    reply = WriteReply(conversation_id=about, text="I am looking into it.", seen_seq=1)
    await team.handle(reply, OLGA)


async def a_closing(team: Team, about: ConversationId) -> None:
    await team.handle(CloseConversation(conversation_id=about, reason="done"), OLGA)


@pytest.mark.parametrize(
    ("at", "faster"),
    [
        ("Reading", the_buyer),
        ("Written", the_buyer),
        ("Written", an_agent),
        ("Written", a_closing),
    ],
)
async def test_what_nobody_wants_any_more_is_cut_short(
    team: Team, model: ModelServer, faster: Any, at: str
) -> None:
    """The call is aborted at once, its rest is not paid, the lane is free."""
    hung = 0

    async def slow_once(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        nonlocal hung
        if shape_of(body) == at and not hung:
            hung += 1
            response = await stream(request)
            await response.write(event({"content": '{"draft": "Hello'}))
            await gone(request)
        return await streamed(request, model.says(body))

    model.answers = slow_once
    async with working(team):
        about = await writes(team, "Hello, are you there?")
        await until(lambda: asyncio.sleep(0, hung))
        began = monotonic()
        await faster(team, about)
        await until(lambda: asyncio.sleep(0, model.gone))
        assert monotonic() - began < 5
        if faster is the_buyer:
            found = await until(lambda: drafted(team))
            assert found.answers_seq == 2
    assert model.gone == 1
    conversation: Conversation = await team.conversation(about)
    assert not [one for one in conversation.drafts if one.answers_seq == 1 and one.made]
    cut = await team.store.used(model_budget_of(about))
    assert cut.calls == len(model.asked)
    assert cut.tokens_out <= 100 * (len(model.asked) - 1) + 20


# ── JSON lines ───────────────────────────────────────────────────────────────


async def test_a_line_drafted_with_a_model_says_how_it_was_made(
    model: ModelServer, endpoint: Endpoint, playbooks: Playbooks
) -> None:
    """`parley draft --model`: the same answer with one field more, as docs/contract.json has it."""
    model.reading = model.reading | {"intents": ["product_question"], "wishes": []}
    line = {"id": 1, "channel": "webchat", "market": "GB", "agent_language": "en"}
    asked = json.dumps({**line, "messages": [{"from": "buyer", "text": "Hello, are you there?"}]})
    drafter, reader = ModelDrafter(endpoint, OfflineDrafter()), ModelReader(endpoint)

    answer = await draft_line(asked, playbooks, drafter, reader=reader)
    model.answers = refuses(500)
    alone = await draft_line(asked, playbooks, drafter, reader=reader)

    assert answer["understanding"]["intents"] == ["product_question"]
    assert (answer["draft"]["text"], answer["draft"]["drafter"]) == (PRAISED, "model")
    made = answer["made"]
    assert (made["calls"], made["repairs"], made["read_by"]) == (2, 0, "model")
    assert alone["made"]["read_by"] == "rules"
    assert [one["rule"] for one in alone["findings"]][-1] == "draft.offline"
    for one in (answer, alone):
        DraftAnswer.model_validate(one)
    assert "made" not in await draft_line(asked, playbooks, OfflineDrafter())
