"""The desk in Teams, as a team uses it: cards, threads, presses, forms. Who may do what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from assistant.errors import Forbidden, ParleyError, Rejected, Unavailable, Unsure
from assistant.playbooks import Playbooks
from connectors.rooms.teams import presses
from connectors.store import RedisStore
from tests.card_limits import live, of_message
from tests.fakes import FakeTranslator
from tests.teams_desk import Desk, desk
from tests.teams_limits import inputs
from tests.teams_service import (
    BUYERS,
    EVE,
    GUS,
    LENA,
    OLGA,
    PIA,
    RETURNS,
    TENANT,
    WEI,
    Member,
    Message,
    actions,
    dumped,
    refuses,
    takes_and_answers,
    texts,
)
from tests.teams_tokens import issuer

QUESTION = "Where is my parcel? It should have been here on Friday."
BLOCKED = "I will refund you 500 EUR tomorrow, guaranteed."


@pytest.fixture
async def teams(store: RedisStore, playbooks: Playbooks, tmp_path: Path) -> AsyncIterator[Desk]:
    """As in development; who somebody is comes from Teams all the same."""
    leads = {"teams": {"leads": [LENA.object_id]}}
    async with desk(store, playbooks, tmp_path, None, **leads) as one:
        await one.send(one.activity(OLGA, BUYERS, type="installationUpdate"))
        yield one


@pytest.fixture
async def root(teams: Desk) -> Message:
    """The card of a buyer's question."""
    await teams.buyer_writes(QUESTION)
    return teams.root


async def sent(teams: Desk) -> list[str]:
    """What the buyer got, once the time to undo is over."""
    teams.world.clock.passes(seconds=9)
    await teams.world.work()
    return [one.text for one in teams.world.channel.accepted]


# ── cards and threads ────────────────────────────────────────────────────────


async def test_a_message_shows_as_one_card_and_is_approved_from_it(
    teams: Desk, root: Message
) -> None:
    assert QUESTION in root.words
    assert of_message(root.activity) == []

    answered = await teams.presses(OLGA, root, "Approve & send")

    assert "Got it" in answered.said
    assert "Undo" in root.words
    [text] = await sent(teams)
    [reply] = teams.world.channel.accepted
    assert reply.approved_by == "Olga Agent"
    assert len(teams.service.roots()) == 1, "one conversation, one card"
    assert text in "\n".join(one.words for one in teams.service.under(root))


async def test_what_the_buyer_writes_later_is_in_the_thread(teams: Desk, root: Message) -> None:
    await teams.buyer_writes("It is a gift for my mother.", 2)

    assert len(teams.service.roots()) == 1
    assert "It is a gift for my mother." in teams.service.under(root)[-1].words


async def test_thirteen_thousand_characters_are_split_and_none_is_lost(teams: Desk) -> None:
    """Pain 15: long words, emoji and right-to-left fit by splitting, never by dropping."""
    text = " ".join(f"{n}:🫖{'שלום' if n % 7 == 0 else 'broken'}" for n in range(1_200))
    assert len(text) > 13_000
    await teams.buyer_writes(QUESTION)
    await teams.buyer_writes(text, 2)

    told = "".join(one.words for one in teams.service.under(teams.root))
    assert all(f"{n}:🫖" in told for n in range(1_200))
    for message in teams.service.messages:
        assert of_message(message.activity) == []


FOREIGN = (
    "<at>Olga</at> [your bank](https://evil.example) <https://evil.example|https://bank.example> "
    "${user.name} {{DATE(2026-01-01T00:00:00Z)}} **bold** <!channel> &lt;at&gt;all&lt;/at&gt;"
)


async def test_a_buyers_words_are_inert_in_cards_threads_and_notifications(teams: Desk) -> None:
    name = "<at>all</at> [x](https://evil.example)"
    buyer = {"buyer": {"id": "webchat:v1", "name": name}}
    await teams.buyer_writes(FOREIGN, **buyer)
    await teams.buyer_writes(FOREIGN + " again", 2, **buyer)
    await teams.says(OLGA, f"note {FOREIGN}", under=teams.root)

    assert len(teams.service.under(teams.root)) >= 2
    for message in teams.service.messages:
        assert live(message.card) == []
        assert "entities" not in message.activity, "nobody is pinged"
        assert "text" not in message.activity, "Markdown would be live there"
        summary = message.activity["summary"]
        assert "<at>" not in summary
        assert "${" not in summary


async def test_a_card_that_is_too_large_for_teams_is_shown_shorter(teams: Desk) -> None:
    """Reliability C 28: 413."""
    teams.service.faults.append(refuses(413, "MessageSizeTooBig"))
    await teams.buyer_writes(QUESTION + " please" * 400)

    assert QUESTION in teams.root.words


async def test_a_post_that_may_be_there_is_posted_again_and_says_so(teams: Desk) -> None:
    """Pain 8: accepted, then 502. The second card says that it may be one."""
    teams.service.faults.append(takes_and_answers(502))
    with pytest.raises(Exception, match="Teams did not say"):
        await teams.buyer_writes(QUESTION)

    await teams.world.work()

    first, second = teams.service.roots()
    assert "Possible duplicate" in second.words
    assert "Possible duplicate" not in first.words

    await teams.presses(OLGA, first, "Take")
    assert "goes on in another thread" in first.words
    assert actions(first.card) == {}
    assert "Olga Agent" in second.words


async def test_a_room_that_is_gone_is_told_apart_from_one_that_is_busy(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """Permanent errors go to the fallback room, with an alarm there."""
    rooms = {
        "rooms": ("teams", "spare"),
        "room": {
            "teams": {"teams": "19:gone@thread.tacv2", "fallback": "spare"},
            "spare": {"teams": RETURNS},
        },
        "teams_room": "",
        "routes": ({"to": ("teams",)},),
    }
    async with desk(store, playbooks, tmp_path, None, **rooms) as teams:
        await teams.send(teams.activity(OLGA, RETURNS, type="installationUpdate"))
        await teams.buyer_writes(QUESTION)

        shown = "\n".join(one.words for one in teams.service.roots(RETURNS))
        assert QUESTION in shown
        assert "out of reach" in shown


# ── presses ──────────────────────────────────────────────────────────────────


async def test_the_same_press_five_times_is_one_press(teams: Desk, root: Message) -> None:
    """Pain 8, reliability C 11: Teams sends again what took long, at times by another id."""
    data = actions(root.card)["Approve & send"]["data"]
    press = teams.invoke(OLGA, root, data)

    answers = [await teams.send(press) for _ in range(3)]
    answers += [await teams.send({**press, "id": f"another-{n}"}) for n in range(2)]

    assert {one.status for one in answers} == {200}
    assert await teams.stored() == 1
    await teams.world.work()
    assert len(await sent(teams)) == 1


async def test_approving_again_after_taking_it_back_is_another_press(
    teams: Desk, root: Message
) -> None:
    await teams.presses(OLGA, root, "Approve & send")
    await teams.presses(OLGA, root, "Undo")
    assert "Approve & send" in root.words

    await teams.presses(OLGA, root, "Approve & send")

    assert len(await sent(teams)) == 1


async def test_two_who_press_at_once_send_one_reply_and_the_slower_hears_who_was_faster(
    teams: Desk, root: Message
) -> None:
    data = actions(root.card)["Approve & send"]["data"]
    await asyncio.gather(
        teams.send(teams.invoke(OLGA, root, data)), teams.send(teams.invoke(LENA, root, data))
    )
    await teams.world.work()

    assert len(await sent(teams)) == 1
    told = [one.words for who in (OLGA, LENA) for one in teams.service.private(who)]
    assert len(told) == 1
    assert "approved version 1" in told[0]


FORGED: list[dict[str, Any]] = [
    {},
    {"parley": None},
    {"parley": {"kind": "approve_draft"}},
    {"parley": {"kind": "receive_message", "incoming": {}}},
    {"parley": {"kind": "drop_everything"}},
    {"parley": {"kind": "write_reply", "conversation_id": "webchat:v1", "text": "Send money"}},
    {"parley": {"kind": "offer_words", "conversation_id": "webchat:v1", "id": "x", "text": "y"}},
    {"parley": {"kind": "approve_draft", "conversation_id": "webchat:v1", "version": "all"}},
    {"parley": {"kind": "add_note", "conversation_id": "webchat:v1", "text": ""}, "submit": "evil"},
]


@pytest.mark.parametrize("data", FORGED, ids=str)
async def test_a_press_that_no_card_of_ours_has_is_refused_and_nothing_is_stored(
    data: dict[str, Any], teams: Desk, root: Message
) -> None:
    answered = await teams.send(teams.invoke(OLGA, root, data))

    assert answered.status == 200
    assert "out of date" in answered.said
    assert await teams.stored() == 0


async def test_who_acts_is_whoever_teams_says_and_not_what_a_press_claims(
    teams: Desk, root: Message
) -> None:
    data = {**actions(root.card)["Take"]["data"], "actor": LENA.object_id, "role": "lead"}
    data["parley"] = {**data["parley"], "actor": {"id": "teams:lena", "role": "lead"}}

    await teams.send(teams.invoke(OLGA, root, data))
    await teams.world.work()

    assert "Olga Agent" in root.words
    assert "Lena" not in root.words


async def test_an_old_client_presses_by_message(teams: Desk, root: Message) -> None:
    """Action.Submit: no text, the press in `value`."""
    data = actions(root.card)["Take"]["data"]
    told = teams.activity(OLGA, root.conversation, text="", value=data, replyToId=root.id)

    assert (await teams.send(told)).status == 200
    assert (await teams.send({**told, "id": "again"})).status == 200
    assert await teams.stored() == 1
    await teams.world.work()

    assert "Olga Agent" in root.words


# ── people ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("guest", [GUS, EVE], ids=lambda one: one.name)
async def test_guests_may_do_nothing_and_are_told_so(
    guest: Member, teams: Desk, root: Message
) -> None:
    await teams.presses(guest, root, "Approve & send")
    answered = await teams.presses(guest, root, "Edit")

    assert await sent(teams) == []
    assert "Guests can't work here" in teams.service.private(guest)[0].words
    assert "Guests can't work here" in answered.said


async def test_whoever_is_not_in_the_team_may_do_nothing(teams: Desk, root: Message) -> None:
    zoe = Member("29:zoe", "Zoe Nowhere")

    await teams.presses(zoe, root, "Approve & send")
    answered = await teams.presses(zoe, root, "Edit")

    assert await sent(teams) == []
    assert "Only members of the team" in answered.said


async def test_people_of_another_organisation_may_do_nothing_where_ours_is_named(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    async with desk(store, playbooks, tmp_path, None, teams_tenant_id=TENANT) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
        await teams.buyer_writes(QUESTION)

        await teams.presses(PIA, teams.root, "Approve & send")

        assert await sent(teams) == []
        assert "Only people of this organisation" in teams.service.private(PIA)[0].words


async def test_people_of_another_organisation_may_do_nothing_where_none_is_named(
    teams: Desk, root: Message
) -> None:
    """A shared channel has members of other tenants: the room's own tenant counts."""
    lost = Member("29:lost", "Lost Tenant", tenant="")
    teams.service.members[lost.user] = lost
    external = {"tenant": {"id": PIA.tenant}, "channel": {"id": BUYERS}}
    said = teams.message(PIA, root.conversation, "queue")
    said |= {"channelData": external, "serviceUrl": "http://127.0.0.1:9/"}
    await teams.send(said)

    await teams.presses(PIA, root, "Approve & send")

    assert await sent(teams) == []
    assert "Only people of this organisation" in teams.service.private(PIA)[-1].words
    assert "Approve & send" in root.words, "what a stranger says does not move the room"


async def test_whoever_tells_no_tenant_may_do_nothing(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    with issuer(tmp_path) as signer:
        async with desk(store, playbooks, tmp_path, signer) as teams:
            await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
            lost = Member("29:lost", "Lost Tenant", tenant="")
            teams.service.members[lost.user] = lost

            with pytest.raises(Forbidden, match="this organisation"):
                await teams.room.who(f"teams:{lost.user}")  # type: ignore[arg-type]
            known = await teams.room.who(f"teams:{OLGA.user}")  # type: ignore[arg-type]

            assert known.actor.role == "agent"


@pytest.mark.parametrize("left", ["the team", "their tenant"])
async def test_a_member_of_the_settings_who_left_may_do_nothing(
    left: str, store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """The settings give a role; that somebody is in the team Teams says."""
    who = OLGA if left == "the team" else PIA
    member = {"id": "them", "ids": [f"teams:{who.object_id}"], "name": "T", "role": "lead"}
    async with desk(store, playbooks, tmp_path, None, members=(member,)) as teams:
        await teams.send(teams.activity(LENA, BUYERS, type="installationUpdate"))
        if left == "the team":
            del teams.service.members[who.user]

        with pytest.raises(Forbidden):
            await teams.room.who(f"teams:{who.object_id}")  # type: ignore[arg-type]


async def test_leads_are_those_whom_the_settings_name_by_whichever_of_their_ids(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    for name in (LENA.object_id, LENA.user, "LENA@team.example"):
        async with desk(store, playbooks, tmp_path, None, teams={"leads": [name]}) as teams:
            await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))

            known = await teams.room.who(f"teams:{LENA.user}")  # type: ignore[arg-type]
            other = await teams.room.who(f"teams:{OLGA.user}")  # type: ignore[arg-type]

            assert (known.actor.role, other.actor.role) == ("lead", "agent")
            assert known.actor.id == f"teams:{LENA.object_id}"


async def test_once_agents_are_listed_others_are_none(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    listed = {"teams": {"agents": [OLGA.object_id]}}
    async with desk(store, playbooks, tmp_path, None, **listed) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
        await teams.buyer_writes(QUESTION)

        await teams.presses(WEI, teams.root, "Take")

        assert "李伟" not in teams.root.words
        assert "不在客服名单中" in teams.service.private(WEI)[0].words, "in their language"


async def test_a_member_of_the_settings_has_their_own_name_and_role(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """Pain 4: an explicit map of identities."""
    member = {"id": "olga", "ids": [f"teams:{OLGA.object_id}"], "name": "Olga K.", "role": "lead"}
    async with desk(store, playbooks, tmp_path, None, members=(member,)) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))

        for id in (OLGA.object_id, OLGA.user):
            known = await teams.room.who(f"teams:{id}")  # type: ignore[arg-type]

            assert (known.actor.id, known.actor.name, known.actor.role) == (
                "olga",
                "Olga K.",
                "lead",
            )


# ── forms ────────────────────────────────────────────────────────────────────


async def test_a_draft_is_edited_in_the_card_and_the_buyer_gets_exactly_that(
    teams: Desk, root: Message
) -> None:
    form = (await teams.presses(OLGA, root, "Edit")).card
    assert "Input.Text" in dumped(form)
    assert of_message({**root.activity, "attachments": [attached(form)]}) == []

    done = await teams.presses(OLGA, root, "Send", form, text="It is on its way, dear Tom.")

    assert "Undo" in "\n".join(texts(done.card)), "the card takes the form's place"
    assert await sent(teams) == ["It is on its way, dear Tom."]


async def test_a_reply_in_ones_own_language_is_read_translated_before_it_is_sent(
    store: RedisStore, playbooks: Playbooks, tmp_path: Path
) -> None:
    """S3.1: the form's field holds what the buyer would get, beside it is what was typed."""
    typed, there = "Es wurde noch nicht verschickt.", "It has not been sent yet."
    translator = FakeTranslator(**{typed: there, there: typed})
    async with desk(store, playbooks, tmp_path, None, translator=translator) as teams:
        await teams.send(teams.activity(OLGA, BUYERS, type="installationUpdate"))
        await teams.buyer_writes(QUESTION)
        form = (await teams.presses(OLGA, teams.root, "Write reply")).card

        shown = (await teams.presses(OLGA, teams.root, "Send", form, text=typed)).card

        assert await sent(teams) == []
        assert "This is your reply in English. Read it, then send it." in texts(shown)
        assert typed in dumped(shown)
        assert inputs(shown)["text"]["value"] == there
        await teams.presses(OLGA, teams.root, "Send", shown, text=there)
        assert await sent(teams) == [there]


async def test_findings_come_beside_the_words_which_stay(teams: Desk, root: Message) -> None:
    form = (await teams.presses(OLGA, root, "Write reply")).card

    checked = (await teams.presses(OLGA, root, "Check the text", form, text=BLOCKED)).card

    assert BLOCKED in dumped(checked)
    assert "Checked: 2 to fix" in texts(checked)
    assert await sent(teams) == []


async def test_what_blocks_is_not_sent_and_its_words_stay_in_the_form_and_in_the_next_one(
    teams: Desk, root: Message
) -> None:
    form = (await teams.presses(OLGA, root, "Write reply")).card

    refused = (await teams.presses(OLGA, root, "Send", form, text=BLOCKED)).card
    again = (await teams.presses(OLGA, root, "Send", refused, text=BLOCKED)).card
    later = (await teams.presses(OLGA, root, "Write reply")).card
    others = (await teams.presses(LENA, root, "Write reply")).card

    for card in (refused, again, later):
        assert BLOCKED in dumped(card)
    assert BLOCKED not in dumped(others), "words are kept for their author alone"
    assert await sent(teams) == []

    await teams.presses(OLGA, root, "Send", again, text="It is on its way.")
    assert await sent(teams) == ["It is on its way."]


async def test_a_form_that_teams_sends_twice_sends_one_reply(teams: Desk, root: Message) -> None:
    form = (await teams.presses(OLGA, root, "Write reply")).card
    data = {**actions(form)["Send"]["data"], "text": "It is on its way."}
    submit = teams.invoke(OLGA, root, data)

    first, second = await asyncio.gather(
        teams.send(submit), teams.send({**submit, "id": "another"})
    )
    await teams.world.work()

    assert first.status == second.status == 200
    assert await sent(teams) == ["It is on its way."]


async def test_the_same_form_sent_again_much_later_sends_nothing_twice(
    teams: Desk, root: Message
) -> None:
    """Pain 8: a press is done once; a form that is opened anew is another press."""
    form = (await teams.presses(OLGA, root, "Write reply")).card
    await teams.presses(OLGA, root, "Send", form, text="It is on its way.")
    assert await sent(teams) == ["It is on its way."]
    await forget_tries(teams)

    again = await teams.presses(OLGA, root, "Send", form, text="It is on its way.")

    assert again.status == 200
    assert await sent(teams) == ["It is on its way."]
    form = (await teams.presses(OLGA, root, "Write reply")).card
    await teams.presses(OLGA, root, "Send", form, text="It is on its way.")
    assert await sent(teams) == ["It is on its way."] * 2


async def forget_tries(teams: Desk) -> None:
    """As after two minutes: that the form was sent a moment ago is known no more."""
    servers = teams.world.store._servers  # type: ignore[attr-defined]
    names = await servers.call("KEYS", "*tries*", key="x")
    for name in names:
        await servers.call("DEL", name, key=name.decode())


@pytest.mark.parametrize("slow", [False, True], ids=["at once", "slowly"])
async def test_a_form_is_durable_before_it_is_answered_whoever_sent_it(
    slow: bool, teams: Desk, root: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pain 8: who it was is asked by the worker, not before the press is kept."""
    form = (await teams.presses(OLGA, root, "Note")).card
    data = {**actions(form)["Keep"]["data"], "text": "She called, too."}
    monkeypatch.setattr(presses, "ANSWER_S", 0.05)

    async def away(*_: object) -> object:
        await asyncio.sleep(0.2 if slow else 0)
        raise Unavailable("Teams is away")

    with monkeypatch.context() as patched:
        patched.setattr(teams.room._means.people, "who", away)
        answered = await teams.send(teams.invoke(OLGA, root, data))

    assert answered.status == 200
    assert await teams.stored() == 1
    await teams.world.work()
    assert "She called, too." in teams.service.under(root)[-1].words


async def test_a_form_that_could_not_be_kept_is_asked_for_again(
    teams: Desk, root: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = (await teams.presses(OLGA, root, "Note")).card
    data = {**actions(form)["Keep"]["data"], "text": "She called, too."}

    async def away(*_: object, **__: object) -> object:
        raise Unavailable("the store is away")

    monkeypatch.setattr(teams.world.store, "enqueue", away)

    assert (await teams.send(teams.invoke(OLGA, root, data))).status == 503


@pytest.mark.parametrize("error", [Rejected("refused for good"), Unsure("who knows")], ids=str)
async def test_an_old_clients_press_that_fails_for_good_is_told_and_not_sent_again(
    error: ParleyError, teams: Desk, root: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = (await teams.presses(OLGA, root, "Write reply")).card
    data = {**actions(form)["Send"]["data"], "text": "It is on its way."}
    told = teams.activity(OLGA, root.conversation, text="", value=data, replyToId=root.id)

    async def refused(*_: object) -> object:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(teams.room._means.people, "who", refused)
        answered = await teams.send(told)
    await teams.world.work()

    assert answered.status == 200
    assert str(error) in teams.service.private(OLGA)[-1].words


async def test_a_buyer_who_writes_meanwhile_is_not_written_over(teams: Desk, root: Message) -> None:
    form = (await teams.presses(OLGA, root, "Write reply")).card
    await teams.buyer_writes("It came this minute!", 2)

    stale = (await teams.presses(OLGA, root, "Send", form, text="It is on its way.")).card

    assert "wrote again" in dumped(stale)
    assert "It is on its way." in dumped(stale)
    assert await sent(teams) == []
    await teams.presses(OLGA, root, "Send", stale, text="Glad to hear it.")
    assert await sent(teams) == ["Glad to hear it."]


async def test_a_note_an_escalation_and_a_way_back(teams: Desk, root: Message) -> None:
    form = (await teams.presses(OLGA, root, "Note")).card
    await teams.presses(OLGA, root, "Keep", form, text="She called, too.")
    assert "She called, too." in teams.service.under(root)[-1].words

    form = (await teams.presses(OLGA, root, "Escalate")).card
    empty = (await teams.presses(OLGA, root, "Escalate", form, reason=" ")).card
    assert "why a lead is needed" in dumped(empty)
    await teams.presses(OLGA, root, "Escalate", empty, reason="above my limit")
    assert "above my limit" in root.words

    form = (await teams.presses(OLGA, root, "Close")).card
    back = (await teams.presses(OLGA, root, "Cancel", form)).card
    assert QUESTION in "\n".join(texts(back))


async def test_a_form_is_answered_in_time_whatever_is_slow(
    teams: Desk, root: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presses, "ANSWER_S", 0.1)

    async def slowly(*_: object) -> object:
        await asyncio.sleep(0.5)
        raise Unavailable("too late")

    monkeypatch.setattr(teams.room._means.people, "who", slowly)

    answered = await teams.presses(OLGA, root, "Edit")

    assert "longer than usual" in answered.said


async def test_everybody_reads_forms_in_their_own_language(teams: Desk, root: Message) -> None:
    form = (await teams.presses(WEI, root, "Edit")).card

    assert "取消" in dumped(form)
    assert "Approve & send" in root.words, "what all share stays in the room's language"


def attached(card: Any) -> dict[str, Any]:
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": card}
