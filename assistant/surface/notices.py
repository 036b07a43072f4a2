"""What nobody may overlook before they answer: from whom it is, and until when an answer goes."""

from __future__ import annotations

from assistant.model import Conversation
from assistant.surface.labels import channel_label
from assistant.words import Text, Words, say


def window(conversation: Conversation, words: Words) -> list[Text]:
    """Until when the channel takes an answer; said so that it stays true afterwards."""
    until = conversation.window_until
    if until is None or not conversation.waiting:
        return []
    channel = channel_label(conversation.source or conversation.channel, words)
    return [
        say("{channel} takes a free answer until {when}.", channel=channel, when=words.when(until))
    ]


def doubts(conversation: Conversation) -> list[Text]:
    """Whether the newest message is from the address that it bears."""
    newest = next((one for one in reversed(conversation.messages) if one.author == "buyer"), None)
    if newest is None or newest.trust not in ("unproven", "forged"):
        return []
    address = conversation.buyer.email or say("this address")
    if newest.trust == "forged":
        return [say("Probably not from {address}: the sender's proof is wrong.", address=address)]
    return [say("Not proven to be from {address}: order data stays unsaid.", address=address)]
