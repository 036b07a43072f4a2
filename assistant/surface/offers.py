"""Words typed in a thread, offered to their author alone: one press sends them."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.commands import DropOffered, OpenForm, SendOffered
from assistant.model import Conversation, Offer
from assistant.surface.cards import Button, Checked, OfferCard
from assistant.surface.translation import sentences_shown
from assistant.words import Text, Words, say


def offer_card(
    conversation: Conversation, offer: Offer, found: Checked, notes: Sequence[Text], words: Words
) -> OfferCard:
    """*found* is what the review says of the words; where it blocks, they can't go as they are."""
    buyer = conversation.buyer.name or words(say("the buyer"))
    return OfferCard(
        id=offer.id,
        conversation_id=conversation.id,
        title=words(say("Send to {buyer} as a reply?", buyer=buyer)),
        text=offer.reply,
        means=offer.means,
        lines=sentences_shown(offer.sentences, words),
        attachments=offer.attachments,
        flags=found.flags,
        checked=found.checked,
        notes=tuple(words(note) for note in notes),
        buttons=_buttons(conversation, offer, buyer, words, blocked=found.blocked),
    )


def _buttons(
    conversation: Conversation, offer: Offer, buyer: str, words: Words, *, blocked: bool
) -> tuple[Button, ...]:
    about = conversation.id
    send = Button(
        label=words(say("Send to {buyer}", buyer=buyer)),
        command=SendOffered(conversation_id=about, id=offer.id, seen=offer.edition),
        style="primary",
    )
    edit = Button(
        label=words(say("Edit")),
        command=OpenForm(conversation_id=about, form="offer", id=offer.id),
        form="offer",
        style="primary" if blocked else "plain",
    )
    keep = Button(
        label=words(say("Keep as a note")),
        command=DropOffered(conversation_id=about, id=offer.id, as_note=True),
    )
    drop = Button(
        label=words(say("Not for the buyer")),
        command=DropOffered(conversation_id=about, id=offer.id),
    )
    return (edit, keep, drop) if blocked else (send, edit, keep, drop)
