"""Several Slack rooms: which conversation is where, in which language, and what if one is gone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers import faults
from tests.peers.slack_desk import SlackDesk, draft_in, labels, shown, slack_desk
from tests.peers.slack_workspace import DESK, LEAD, LEADS, OLGA, VIP
from tests.processes import until
from tests.slack_limits import texts

pytestmark = pytest.mark.peers

WHERE = "Where is my order 10045, please?"
DAMAGED = "Bestellung 10045. Der Ausguss ist abgebrochen. Das ist ein Geschenk!"
CUP = "订单10045的茶壶收到时壶嘴断了，我该怎么办？"
ROOMS = f"""
rooms = ["buyers", "vip", "leads"]

[slack]
leads = ["{LEAD}"]

[room.buyers]
slack = "{DESK}"
fallback = "leads"

[room.vip]
slack = "{VIP}"
language = "zh-Hans"
fallback = "buyers"

[room.leads]
slack = "{LEADS}"

[[routes]]
languages = ["zh"]
to = ["vip"]

[[routes]]
markets = ["AT"]
to = ["vip"]

[[routes]]
channels = ["webhook"]
to = ["buyers"]
"""


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDesk]:
    """A team with three rooms; one of them is Chinese."""
    place = tmp_path_factory.mktemp("rooms")
    with slack_desk(place, ROOMS, PARLEY_ROOMS="", PARLEY_SLACK_ROOM="") as desk:
        yield desk


@pytest.fixture
def rooms(several: SlackDesk) -> Iterator[SlackDesk]:
    several.begins()
    yield several
    several.heal()
    assert several.objections() == []


def test_routes_send_each_conversation_to_its_room_in_the_rooms_language(
    rooms: SlackDesk,
) -> None:
    """Pain 3: by the buyer's language; a Chinese room says everything so."""
    fang = rooms.buyer("王芳", locale="zh-CN").writes(CUP)
    lena = rooms.buyer().writes(WHERE)
    card = rooms.card(fang, "批准", channel=VIP)
    rooms.card(lena, "Approve & send")

    assert until(lambda: not rooms.roots(fang)), "what began elsewhere only points there"
    assert rooms.roots(lena, VIP) == []
    assert CUP in shown(card)
    latin = [one for one in labels(card["blocks"]) if one.isascii()]
    assert latin == [], "every button is Chinese"
    rooms.press(card, "批准并发送", channel=VIP)
    fang.gets(draft_in(card))
    rooms.card(fang, "已回复", "olga 已于", channel=VIP)


def test_a_room_has_the_draft_explained_in_its_own_language(rooms: SlackDesk) -> None:
    """Pain 12: by a route that needs no understanding, so the card begins there."""
    anna = rooms.buyer("Anna", locale="de-AT").writes(DAMAGED)
    card = rooms.card(anna, "批准并发送", channel=VIP)
    assert "Tülle" in draft_in(card)
    meaning = next(text for text, _ in texts(card["blocks"]) if text.startswith("↳"))
    assert "茶壶" in meaning
    assert not [one for one in rooms.peer.roots(DESK) if anna.name in shown(one)]


def test_who_reads_chinese_has_chinese_forms_in_an_english_room(rooms: SlackDesk) -> None:
    """By the locale that Slack says, for forms, answers and direct messages."""
    rooms.reads(OLGA, "zh-CN")
    lena = rooms.buyer().writes(WHERE)
    card, draft = rooms.drafted(lena)
    rooms.press(card, "Edit")
    form = rooms.modal(draft, "发送", "取消")
    assert "Send" not in shown(form)
    rooms.peer.close(OLGA)
    rooms.asks("帮助", card)
    rooms.told(OLGA, "转给")
    rooms.asks(f"请 <@{OLGA}> 处理，因为退款超限", card, LEAD)
    rooms.card(lena, "olga", without="unassigned")
    rooms.direct(OLGA, "退款超限", "打开")
    rooms.line(card, "lena asked olga to take this.", "退款超限")


def test_a_conversation_is_moved_by_mention_with_all_that_was_said(rooms: SlackDesk) -> None:
    """History in the new thread; the old card points there and offers nothing."""
    lena = rooms.buyer().writes(WHERE)
    card, _ = rooms.drafted(lena)
    rooms.asks("note She is a friend of the house.", card)
    rooms.line(card, "friend of the house")
    rooms.asks("move to vip", card)

    moved = rooms.card(lena, "批准", channel=VIP)
    rooms.line(moved, WHERE, channel=VIP)
    rooms.line(moved, "friend of the house", channel=VIP)
    old = until(lambda: "goes on in another thread" in shown(_root(rooms, card)))
    assert old, shown(_root(rooms, card))
    assert labels(_root(rooms, card)["blocks"]) == []
    assert lena.name in shown(_root(rooms, card))
    assert f"/archives/{VIP}/p{moved['ts'].replace('.', '')}" in str(_root(rooms, card)["blocks"])

    rooms.press_late(card, "Discard")
    lena.writes("Still nothing here. It is a gift!")
    rooms.card(lena, "Still nothing here", channel=VIP)
    assert "Still nothing" not in str(rooms.peer.messages(DESK))
    rooms.asks("move to nowhere", moved, channel=VIP)
    rooms.told(OLGA, "nowhere", "buyers", "vip", channel=VIP)


def _root(desk: SlackDesk, card: dict[str, object]) -> dict[str, object]:
    return desk.peer.message(DESK, str(card["ts"]))


def test_where_a_room_is_archived_its_fallback_gets_the_card_and_an_alarm(
    rooms: SlackDesk,
) -> None:
    """Fault case 26: a permanent error is told apart from a passing one."""
    to_vip = lambda one: one.json.get("channel") == VIP  # noqa: E731
    rooms.outbound.on("chat.postMessage", faults.refuses("is_archived"), times=99, only=to_vip)
    fang = rooms.buyer("李娜", locale="zh-CN").writes(CUP)

    rooms.card(fang, "Approve & send")
    assert rooms.roots(fang, VIP) == []
    alarm = until(lambda: [one for one in rooms.peer.roots(DESK) if "out of reach" in shown(one)])
    assert alarm, [*map(shown, rooms.peer.roots(DESK))]
    assert "vip" in shown(alarm[0])


def test_a_card_that_can_be_changed_no_more_goes_on_in_the_fallback(rooms: SlackDesk) -> None:
    """Archived after it was posted; the buyer's answer is not lost on anybody."""
    fang = rooms.buyer("张敏", locale="zh-CN").writes(CUP)
    card = rooms.card(fang, "批准", channel=VIP)
    to_vip = lambda one: one.json.get("channel") == VIP  # noqa: E731
    rooms.outbound.on("chat.*", faults.refuses("is_archived"), times=99, only=to_vip)
    fang.writes("我拍了照片。")

    fresh = rooms.card(fang, "我拍了照片。", "Approve & send")
    rooms.press(fresh, "Approve & send")
    fang.gets(draft_in(fresh))
    assert card["ts"] != fresh["ts"]
