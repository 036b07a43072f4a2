"""The Teams we test against, put to the test with the library that Parley has, tokens and all."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from aiohttp import web
from botbuilder.core import MessageFactory, TurnContext
from botbuilder.core.teams import TeamsInfo
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botbuilder.schema import Activity
from botframework.connector.auth import JwtTokenExtractor

from tests.loopback import Loopback
from tests.peers import faults
from tests.peers.faulty import Faulty
from tests.peers.teams_peer import TeamsPeer, signed_by, teams
from tests.peers.teams_tenant import BUYERS, GROUP, LENA, OLGA, PERSONAL, WEI, message
from tests.processes import until
from tests.teams_tokens import Issuer, issuer

pytestmark = pytest.mark.peers


def card(title: str) -> dict[str, Any]:
    execute = {"type": "Action.Execute", "verb": "take", "title": "Take", "data": {"case": 1}}
    return {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "content": {
            "type": "AdaptiveCard",
            "version": "1.5",
            "body": [{"type": "TextBlock", "text": title}],
            "actions": [execute],
        },
    }


class Bot:
    """A bot that notes what it gets and does what it is told."""

    def __init__(self, loopback: Loopback, settings: dict[str, str]) -> None:
        self.got: list[Activity] = []
        self.members: list[str] = []
        self._adapter = CloudAdapter(
            ConfigurationBotFrameworkAuthentication(SimpleNamespace(**settings))
        )
        app = web.Application()
        app.router.add_post("/api/messages", self._take)
        self.url = loopback.serve(app)

    async def _take(self, request: web.Request) -> web.Response:
        activity = Activity().deserialize(await request.json())
        try:
            answer = await self._adapter.process_activity(
                request.headers.get("Authorization", ""), activity, self._turn
            )
        except (PermissionError, AttributeError):  # the latter where there is no token at all
            return web.Response(status=401)
        if answer:
            return web.json_response(answer.body, status=answer.status)
        return web.Response(status=201)

    async def _turn(self, turn: TurnContext) -> None:
        activity = turn.activity
        self.got.append(activity)
        text = (activity.text or "").split()[-1:]
        if activity.type == "invoke":
            taken = {
                "statusCode": 200,
                "type": card("")["contentType"],
                "value": card("Taken")["content"],
            }
            await turn.send_activity(
                Activity(type="invokeResponse", value=SimpleNamespace(status=200, body=taken))
            )
        elif text == ["card"]:
            await turn.send_activity(MessageFactory.attachment(card("New")))
        elif text == ["reply"]:
            sent = await turn.send_activity("one")
            await turn.update_activity(Activity(id=sent.id, type="message", text="two"))
        elif text == ["members"]:
            found = await TeamsInfo.get_paged_members(turn)
            self.members = [one.name for one in found.members]

    def texts(self) -> list[str]:
        return [one.text for one in self.got if one.type == "message" and one.text]


class Tenant(NamedTuple):
    """Everything together."""

    peer: TeamsPeer
    bot: Bot
    to_bot: Faulty
    to_teams: Faulty
    signer: Issuer


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tenant]:
    place = tmp_path_factory.mktemp("teams")
    loopback = Loopback()
    with (
        pytest.MonkeyPatch.context() as patch,
        issuer(place) as signer,
        Faulty().open() as to_bot,
        Faulty().open() as to_teams,
        teams(place, f"{to_bot.url}/api/messages", to_teams.url) as peer,
    ):
        patch.setenv("REQUESTS_CA_BUNDLE", str(signer.certificate))
        bot = Bot(loopback, signer.settings())
        to_bot.target, to_teams.target = bot.url, peer.url
        yield Tenant(peer, bot, to_bot, to_teams, signer)
        loopback.stop()
    JwtTokenExtractor.metadataCache.clear()


@pytest.fixture
def tenant(whole: Tenant) -> Tenant:
    for between in (whole.to_bot, whole.to_teams):
        between.heal()
        between.ledger.clear()
    whole.to_bot.on("/api/messages", signed_by(whole.signer.signed), times=float("inf"))
    whole.bot.got.clear()
    return whole


def test_the_app_is_added_to_a_channel(tenant: Tenant) -> None:
    tenant.peer.install(BUYERS)

    assert until(lambda: len(tenant.bot.got) == 2)
    kinds = {one.type for one in tenant.bot.got}
    assert kinds == {"installationUpdate", "conversationUpdate"}


def test_anybody_writes_in_a_channel_in_threads_and_alone(tenant: Tenant) -> None:
    peer, bot = tenant.peer, tenant.bot
    root = peer.say(BUYERS, LENA, "by the current user")
    peer.say(BUYERS, OLGA, "by somebody else", root.thread)
    alone = peer.personal(WEI)
    peer.say(alone, WEI, "你好", mention=False)
    peer.say(PERSONAL, LENA, "hello", mention=False)

    assert until(lambda: len(bot.texts()) == 4)
    by = {one.from_property.id: one for one in bot.got if one.text != "hello"}
    assert set(by) == {LENA, OLGA, WEI}
    assert by[LENA].conversation.id == by[OLGA].conversation.id == root.conversation
    assert by[OLGA].entities[0].additional_properties["mentioned"]["name"] == "Parley"
    assert by[WEI].conversation.conversation_type == "personal"


def test_what_the_bot_posts_updates_and_answers_is_seen(tenant: Tenant) -> None:
    peer = tenant.peer
    asked = peer.say(BUYERS, OLGA, "please reply")

    [post] = until(lambda: [one for one in peer.posts(BUYERS, asked.thread) if one.former])

    assert (post.text, [one["text"] for one in post.former]) == ("two", ["one"])
    assert peer.roots() == [], "an answer in a thread begins none"
    assert len(tenant.to_teams.accepted("/activities/*", "POST")) == 1
    granted = tenant.to_teams.ledger[0].headers["Authorization"]
    assert granted.removeprefix("Bearer ") in tenant.signer.granted


def test_a_card_is_pressed_and_replaced(tenant: Tenant) -> None:
    peer = tenant.peer
    asked = peer.say(BUYERS, WEI, "a card")
    [post] = until(lambda: [one for one in peer.posts(BUYERS, asked.thread) if one.card])

    answer = peer.invoke(OLGA, post, "take", note="mine")

    assert answer["value"]["body"][0]["text"] == "Taken"
    [post] = peer.posts(BUYERS, asked.thread)
    assert post.card["body"][0]["text"] == "Taken"
    pressed = tenant.bot.got[-1]
    assert pressed.from_property.id == OLGA
    assert pressed.value["action"]["data"] == {"case": 1, "note": "mine"}
    with pytest.raises(AssertionError, match="only"):
        peer.invoke(OLGA, post, "send")


def test_a_form_is_submitted(tenant: Tenant) -> None:
    peer = tenant.peer
    asked = peer.say(BUYERS, WEI, "a card")
    [post] = until(lambda: peer.posts(BUYERS, asked.thread))

    peer.submit(WEI, post, verb="save", text="Guten Tag")

    assert until(lambda: tenant.bot.got[-1].value == {"verb": "save", "text": "Guten Tag"})
    assert tenant.bot.got[-1].reply_to_id == post.id


def test_the_team_has_members(tenant: Tenant) -> None:
    tenant.peer.say(BUYERS, LENA, "your members")

    assert until(lambda: {"Olga Agent", "李伟"} <= set(tenant.bot.members))


def test_people_talk_in_a_group(tenant: Tenant) -> None:
    tenant.peer.say(GROUP, OLGA, "hi")

    assert until(tenant.bot.texts)
    assert tenant.bot.got[0].conversation.conversation_type == "groupChat"


def test_without_a_right_token_nothing_comes_in(tenant: Tenant) -> None:
    peer, signer = tenant.peer, tenant.signer
    tenant.to_bot.heal()
    written = message(peer.service_url, peer.personal(WEI), WEI, "forged", mention=False)

    assert peer.deliver(written)[0] == 401
    assert peer.deliver(written, signer.token("https://elsewhere.example"))[0] == 401
    assert peer.deliver(written, signer.signed(written))[0] == 201
    assert tenant.bot.texts() == ["forged"]


def test_teams_is_busy_and_takes_without_an_answer(tenant: Tenant) -> None:
    """botbuilder repeats neither by itself: what is posted twice was posted twice by us."""
    peer, between = tenant.peer, tenant.to_teams
    between.on("/activities/*", faults.rejects(429, "TooManyRequests"), method="POST")
    between.on("/activities/*", faults.takes_and_drops, method="POST")

    peer.say(BUYERS, OLGA, "a card")
    assert until(lambda: len(between.asked("/activities/*")) >= 1)
    peer.say(BUYERS, OLGA, "a card")
    assert until(lambda: len(between.accepted("/activities/*")) >= 1)

    told = [one.told for one in between.asked("/activities/*", "POST")]
    assert told[:2] == [429, 0]


def test_ready_activities_tell_of_other_changes(tenant: Tenant) -> None:
    removed = tenant.peer.template("botRemoved")
    tenant.peer.custom(removed)

    assert until(lambda: tenant.bot.got)
    assert tenant.bot.got[0].members_removed
