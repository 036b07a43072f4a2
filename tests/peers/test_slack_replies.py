"""Slack, from a buyer's message to the reply: what the team pressed is what the buyer got, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.peers.slack_desk import SlackDesk, draft_in, labelled, labels, pings, shown
from tests.peers.slack_workspace import DESK, LEAD, OLGA
from tests.processes import until

pytestmark = pytest.mark.peers

DAMAGED = (
    "Bestellung 10045. Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen. "
    "Das war das Geburtstagsgeschenk für meine Mutter! Ich will mein Geld zurück."
)
WHERE = "Where is my order 10045, please?"
PROPER = (
    "Guten Tag, die Teekanne sollte das Geburtstagsgeschenk für Ihre Mutter sein; angekommen ist "
    "sie zu spät und mit abgebrochener Tülle. Das tut mir sehr leid. Würden Sie mir bitte ein Foto "
    "schicken, auf dem die Teekanne zu sehen ist?"
)
FORBIDDEN = "Wir erstatten Ihnen sofort 500 €, siehe https://example.com/geld"


def test_what_was_approved_reaches_the_buyer_once_and_the_thread_has_it(desk: SlackDesk) -> None:
    """Pains 2, 5, 10, 12: who, what, order, draft in both languages; one press.

    Fault case 11: pressed five times over.
    """
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    for fact in ("🇩🇪", "damaged", "unassigned", "10045", "Teekanne Ines", "delivered", "DHL"):
        assert fact in shown(card)
    assert DAMAGED in shown(card)
    assert "↳" in shown(card), "the draft in the agent's language"

    assert desk.press(card, "Approve & send").status == 200
    for _ in range(4):
        desk.press_late(card, "Approve & send")

    lena.gets(draft)
    desk.card(lena, "Sent", "answered", "by olga")
    line = desk.line(card, draft, "Sent by olga")
    [again] = [one for one in desk.thread(card) if draft in shown(one)]
    assert again == line
    lena.gets(draft)


def test_an_approval_is_taken_back_within_the_undo_time(desk: SlackDesk) -> None:
    """Pain 1: Undo, and the buyer got nothing."""
    lena = desk.buyer().writes(DAMAGED)
    card, _ = desk.drafted(lena)
    desk.press(card, "Approve & send")
    desk.press(desk.card(lena, "Undo", "Approved by olga"), "Undo")

    desk.card(lena, "Approve & send", without="Approved by")
    desk.line(card, "olga took back version 1.")
    assert lena.got == []


def test_an_edit_that_breaks_a_rule_says_so_at_once_and_keeps_what_was_typed(
    desk: SlackDesk,
) -> None:
    """Pain 11: the form has the draft and what it means; a block answers Send."""
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    desk.press(card, "Edit")
    form = desk.modal("Edit the draft", draft, "What the draft says")
    assert DAMAGED in shown(form)

    blocked = desk.submit(text=FORBIDDEN)
    assert blocked.told.body["response_action"] == "update"
    desk.modal(FORBIDDEN, "⛔", "500 €", "https://example.com/geld")
    assert lena.got == []

    twice = f"{PROPER} Entschuldigung noch einmal."
    desk.in_form("check", text=twice)
    form = desk.modal("One apology is enough", "Remove it")
    action, value = labelled(form["blocks"], "Remove it")
    desk.in_form(action, value=value, text=twice)
    desk.modal("Checked: nothing to object to")
    sent = desk.submit(text=PROPER)
    assert (sent.errors, sent.stack) == ({}, [])

    lena.gets(PROPER)
    desk.line(card, PROPER, "Sent by olga")
    assert desk.card(lena, "Sent")


def test_what_was_typed_into_a_form_closed_by_mistake_is_there_when_it_opens_again(
    desk: SlackDesk,
) -> None:
    """Nothing typed is lost; it is offered to its author alone."""
    lena = desk.buyer().writes(DAMAGED)
    card, _ = desk.drafted(lena)
    desk.press(card, "Write reply")
    desk.modal("Write a reply", "Your reply")
    desk.in_form("typed:text", value=PROPER, text=PROPER)
    desk.peer.close(OLGA)

    desk.press(card, "Write reply", LEAD)
    assert PROPER not in shown(desk.modal("Your reply"))
    desk.peer.close(LEAD)
    desk.press(card, "Write reply")
    desk.modal("These are your words of", PROPER)
    desk.submit(text=PROPER)

    lena.gets(PROPER)
    assert draft_in(desk.card(lena, "Sent")) == ""


def test_a_form_is_there_in_time_although_everything_behind_it_is_slow(desk: SlackDesk) -> None:
    """Pain 15: first a form that waits, within the trigger's three seconds."""
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    before = len(desk.outbound.asked("/api/views.open"))

    desk.press(card, "Edit")

    assert until(lambda: len(desk.outbound.asked("/api/views.open")) > before, 3)
    opened = desk.outbound.asked("/api/views.open")[before]
    assert "One moment" in shown(opened.json["view"])
    desk.modal("Edit the draft", draft)
    desk.peer.close(OLGA)


def test_another_wording_replaces_the_draft_and_the_old_one_sends_nothing(desk: SlackDesk) -> None:
    """Pain 9: regenerate; a press on what was there before is refused with words."""
    lena = desk.buyer().writes(DAMAGED)
    card, first = desk.drafted(lena)
    assert "By an instruction …" not in labels(card["blocks"]), "nobody here can follow one"
    desk.press(card, "Shorter")
    shorter = desk.card(lena, "Draft 2", "Approve & send")
    assert draft_in(shorter) != first

    desk.press_late(card, "Approve & send")
    desk.told(OLGA, "Version 1 is outdated: Parley wrote a new version. Nothing was sent.")
    assert lena.got == []

    desk.press(shorter, "Approve & send")
    lena.gets(draft_in(shorter))


def test_two_who_send_at_once_send_one_reply_and_the_other_is_told_who(desk: SlackDesk) -> None:
    """Case 9, pain 9: three buyers, two agents, each press at the same moment."""
    buyers = [desk.buyer().writes(DAMAGED) for _ in range(3)]
    cards = [desk.drafted(one) for one in buyers]
    presses = [(card, who) for card, _ in cards for who in (OLGA, LEAD)]
    with ThreadPoolExecutor(len(presses)) as at_once:
        list(at_once.map(lambda one: desk.press_late(one[0], "Approve & send", one[1]), presses))

    for lena, (_, draft) in zip(buyers, cards, strict=True):
        lena.gets(draft)
        desk.card(lena, "Sent")
        lena.gets(draft)
    both = [*desk.peer.only_for(DESK, OLGA), *desk.peer.only_for(DESK, LEAD)]
    assert len([one for one in both if "approved version 1" in shown(one)]) >= 3


def test_an_edit_that_somebody_else_was_faster_than_sends_nothing_and_keeps_the_words(
    desk: SlackDesk,
) -> None:
    """Case 10, pain 9: never mixed; the form says who, and what was typed stays in it."""
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    desk.press(card, "Edit", OLGA)
    desk.modal("Edit the draft", draft)
    desk.press(card, "Approve & send", LEAD)
    desk.card(lena, "Approved by lena")

    refused = desk.submit(OLGA, text=PROPER)
    assert "lena" in str(refused.errors)
    desk.modal("Edit the draft")
    lena.gets(draft)
    desk.card(lena, "Sent")
    desk.peer.close(OLGA)
    lena.gets(draft)


def test_a_discarded_draft_is_gone_and_a_reply_of_ones_own_goes(desk: SlackDesk) -> None:
    """Discard, then Write reply."""
    lena = desk.buyer().writes(DAMAGED)
    card, draft = desk.drafted(lena)
    desk.press(card, "Discard")
    card = desk.card(lena, "Write reply", without=draft)
    assert "Approve & send" not in labels(card["blocks"])

    desk.press(card, "Write reply")
    desk.modal("Write a reply")
    desk.submit(text=PROPER)
    lena.gets(PROPER)


def test_a_new_message_makes_the_draft_outdated_and_the_old_button_says_so(
    desk: SlackDesk,
) -> None:
    """Pain 9: the card is current; nothing goes that did not know the news."""
    lena = desk.buyer().writes(DAMAGED)
    card, _ = desk.drafted(lena)
    lena.writes("Vergessen Sie das Geld. Schicken Sie mir bitte eine neue Kanne.")
    newer = desk.card(lena, "neue Kanne", "It began with", "Draft 2", "Approve & send")
    desk.line(card, "neue Kanne", "wrote.")
    assert len(desk.roots(lena)) == 1

    desk.press_late(card, "Approve & send")
    desk.told(OLGA, f"Version 1 is outdated: {lena.name} wrote again. Nothing was sent.")
    assert lena.got == []
    desk.press(newer, "Approve & send")
    lena.gets(draft_in(newer))


def test_what_the_buyer_changed_stands_in_the_thread_as_it_was_and_as_it_is(
    desk: SlackDesk,
) -> None:
    """Pain 6: versions, and the card has the newest."""
    lena = desk.buyer().writes(WHERE)
    card, _ = desk.drafted(lena)
    lena.changes("Where is my order 10046, please?")

    desk.line(card, "changed a message", WHERE, "10046")
    desk.card(lena, "Where is my order 10046, please?")


def test_words_of_a_buyer_ping_nobody_and_disguise_nothing(desk: SlackDesk) -> None:
    """Blocks, notification text, thread and queue alike; no unfurling."""
    evil = (
        "<!channel> <!here> <@U02OLGA> <!subteam^S01> @channel <http://evil.example|https://bank.de>"
        " &lt;!everyone&gt; [bank](http://evil.example) *bold* `code` :tada: Wo ist 10045?"
    )
    mallory = desk.buyer("<!channel> <@U02OLGA> *M*", locale="de-DE")
    mark = f"*M* ({mallory.n})"
    mallory.name = f"<!channel> <@U02OLGA> {mark}"
    before = len(desk.outbound.ledger)
    mallory.writes(evil)
    root = until(lambda: [one for one in desk.peer.roots(DESK) if "&lt;!channel&gt;" in str(one)])
    assert root, [*map(shown, desk.peer.roots(DESK))]
    mallory.writes(evil + " Nochmals!")
    until(lambda: desk.thread(root[0]))
    desk.peer.command(DESK, OLGA, "/queue")
    desk.told(OLGA, "Queue")

    sent = [one for one in desk.outbound.ledger[before:] if "/api/chat." in one.path]
    assert len(sent) > 2
    assert pings(sent) == []
    for one in sent:
        if not one.path.endswith("chat.update"):
            assert one.json["unfurl_links"] in (False, "0", "false")
            assert one.json["link_names"] in (False, "0", "false")
    assert evil in shown(root[0]), "and still it can be read as it was written"


def test_a_message_of_13000_characters_is_split_and_nothing_of_it_lost(desk: SlackDesk) -> None:
    """Fault case 34: emoji of several people, right-to-left, one long line."""
    sentences = [f"Satz {n} über 10045 👩‍👩‍👧‍👦 שלום עולם." for n in range(340)]
    whole = " ".join(sentences) + " Ende."
    assert len(whole) > 13_000
    lena = desk.buyer().writes(whole)
    card = desk.card(lena, "The thread has all of it.")

    desk.line(card, "Ende.")
    read = " ".join(shown(one) for one in desk.thread(card)).replace("\u2068", "")
    assert [
        one for one in sentences if one not in read.replace("\u2069", "").replace("\n", " ")
    ] == []
    assert len(desk.thread(card)) > 1
