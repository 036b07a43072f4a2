"""Where else this buyer writes, and by which channel replies go: rows and buttons of a card."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.commands import NotSameBuyer, ReplyBy, SameBuyer
from assistant.model import Conversation, Link, shown_address
from assistant.surface.cards import Button, Row
from assistant.surface.labels import channel_label
from assistant.words import Text, Words, say

TIES: dict[str, Text] = {
    "order_and_address": say("same order and proven address"),
    "order": say("same order"),
    "address": say("same address"),
}
SHOWN = 3


def linked_rows(conversation: Conversation, words: Words) -> Iterator[Row]:
    """Nothing where the buyer writes by one channel alone."""
    known = [one for one in conversation.links if one.state != "different"][:SHOWN]
    if any(one.state == "same" for one in known):
        yield Row(label=words(say("Reply goes")), value=goes_by(conversation, words))
    for link in known:
        value = say(
            "by {channel}, {when}: {what}",
            channel=_channel(link, words),
            when=words.when(link.heard_at),
            what=words(_what(link)),
        )
        tone = "plain" if link.state == "same" else "warn"
        yield Row(label=words(say("Also wrote")), value=words(value), tone=tone)


def goes_by(conversation: Conversation, words: Words) -> str:
    """`by e-mail to a…@x.de`"""
    route = conversation.route
    own = conversation.source or conversation.channel
    channel = _channel(route, words) if route else channel_label(own, words)
    address = route.address if route else shown_address(conversation.buyer)
    return words(say("by {channel} to {address}", channel=channel, address=address))


def _what(link: Link) -> Text:
    why = TIES[link.tie]
    if link.state == "proposed":
        return say("the same buyer? ({why})", why=why)
    if link.decided():
        return say("the same buyer ({who} said so)", who=link.by.name)
    return say("the same buyer ({why})", why=why)


def _channel(link: Link, words: Words) -> str:
    return channel_label(link.source or link.channel, words)


def linked_buttons(conversation: Conversation, words: Words) -> Iterator[Button]:
    """To decide, to choose the channel, and to take either back."""
    for link in conversation.links[:SHOWN]:
        yield from _of_link(link, conversation, words)
    if conversation.route:
        own = channel_label(conversation.source or conversation.channel, words)
        label = words(say("Reply by {channel}", channel=own))
        yield Button(label=label, command=ReplyBy(conversation_id=conversation.id))


def _of_link(link: Link, conversation: Conversation, words: Words) -> Iterator[Button]:
    about = {"conversation_id": conversation.id, "other": link.other}
    channel = _channel(link, words)
    if link.state == "proposed":
        yield Button(label=words(say("Same buyer")), command=SameBuyer(**about))
        yield Button(label=words(say("Not the same")), command=NotSameBuyer(**about))
        return
    if link.state == "different":
        label = words(say("Same buyer as by {channel}", channel=channel))
        yield Button(label=label, command=SameBuyer(**about), menu="more")
        return
    if conversation.reply_by != link.other:
        label = words(say("Reply by {channel}", channel=channel))
        yield Button(label=label, command=ReplyBy(**about))
    label = words(say("Not the buyer by {channel}", channel=channel))
    yield Button(label=label, command=NotSameBuyer(**about), menu="more")
