"""A person's own page, and the help: what can be pressed, typed and asked."""

from __future__ import annotations

from collections.abc import Mapping

from assistant.surface.cards import HomeCard, HomeGroup, InfoCard, Row, Section, Summary
from assistant.words import Text, Words, say

GROUPS: Mapping[str, tuple[Text, Text]] = {
    "mine": (say("Yours"), say("Nothing is yours right now.")),
    "unassigned": (say("Waiting for somebody"), say("Nobody waits.")),
    "escalated": (say("Escalated"), say("Nothing needs a lead.")),
    "unanswered": (say("Nobody knew"), say("Every question has an answer.")),
}
COMMANDS: tuple[tuple[Text, Text], ...] = (
    (say("reply …"), say("offer these words for the buyer, checked; one press sends them")),
    (say("note …"), say("a note for the team only")),
    (say("take"), say("this conversation is yours")),
    (say("assign @name because …"), say("give it to somebody (leads)")),
    (say("escalate …"), say("ask for a lead, and say why")),
    (say("order 10045"), say("the order, its parcels and refunds")),
    (say("track 0034…"), say("where a parcel is")),
    (say("stock {sku}", sku="TEA-1"), say("what is in stock")),
    (say("buyer {mail}", mail="name@example.com"), say("a buyer's orders")),
    (say("answer …"), say("what the team knows of it; a press begins a reply with it")),
    (say("unanswered …"), say("nobody knows: ask a lead")),
    (say("why"), say("what the rules say here, and their proof")),
    (say("snooze 3h"), say("put it aside until then")),
    (say("move to …"), say("to another room, with its history")),
    (say("close …"), say("it is done; say in a word how it ended")),
    (say("queue"), say("who waits, late first")),
    (say("home"), say("your own page")),
)


def home_card(
    name: str, rows: Mapping[str, tuple[Summary, ...]], counts: Mapping[str, int], words: Words
) -> HomeCard:
    """*rows* by `mine`, `unassigned`, `escalated`; for leads `unanswered`, too."""
    groups = tuple(
        HomeGroup(
            title=words(title),
            rows=rows.get(only, ()),
            count=max(counts.get(only, 0), len(rows.get(only, ()))),
            empty=words(empty),
        )
        for only, (title, empty) in GROUPS.items()
        if only in rows or only != "unanswered"
    )
    tips = (words(say("Type an order number, or “help”, to look things up.")),)
    return HomeCard(title=words(say("Hello {name}", name=name)), groups=groups, tips=tips)


def help_card(unknown: str, words: Words) -> InfoCard:
    """*unknown* is what was typed and not understood."""
    title = words(say("What Parley understands"))
    if unknown:
        title = words(say("“{what}” is not something Parley understands", what=unknown[:60]))
    rows = tuple(Row(label=words(typed), value=words(about)) for typed, about in COMMANDS)
    note = words(say("Mention Parley in a conversation's thread, or write to it directly."))
    return InfoCard(title=title, sections=(Section(title="", rows=rows),), note=note)
