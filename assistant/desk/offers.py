"""Words typed in a thread: offered to their author, sent or put away by a press. Never by guess."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.commands import DropOffered, OfferWords, SendOffered, Tell, WriteReply
from assistant.desk.handling import NOTHING, commit, load
from assistant.desk.situation import brief_as_known
from assistant.desk.writing import write, write_or_show
from assistant.drafting.review import review
from assistant.errors import Refused, Stale
from assistant.model import Actor, Attachment, Conversation, Offer
from assistant.ports import Ports
from assistant.surface.cards import Answer, Checked
from assistant.surface.conversation import checked
from assistant.surface.offers import offer_card
from assistant.words import Text, Words, say


async def offer_words(command: OfferWords, actor: Actor, ports: Ports, words: Words) -> Answer:
    """Marked, and named on the card, until they are sent or put away."""
    conversation = await load(ports, command.conversation_id)
    text = command.text.strip()
    if not text and not command.attachments:
        raise Refused(say("There are no words to send. Write them after “reply”."))
    offer = Offer(
        id=command.id,
        by=actor,
        text=text,
        at=ports.now(),
        spot=command.spot,
        attachments=command.attachments,
        seen_seq=conversation.last_seq,
        changed=command.changed,
    )
    offered = conversation.offered(offer)
    if offered == conversation:
        return NOTHING  # It came late: what its author made of it is on offer already.
    kept = {one.id for one in offered.offers}
    too_old = [one for one in conversation.offers if one.id not in kept]
    await commit(ports, offered, *(unmark(one, conversation) for one in too_old))
    return Answer(offer=offer.id)


def unmark(offer: Offer, conversation: Conversation) -> Tell:
    """They wait for nobody any more: the mark at them goes."""
    about = conversation.id
    return Tell(person=offer.by.id, spot=offer.spot, conversation_id=about, mark=False)


def offered(
    conversation: Conversation, id: str, notes: Sequence[Text], ports: Ports, words: Words
) -> Answer:
    """The offer with what the review says of it. Raises: NotFound."""
    offer = conversation.offer_of(id)
    brief = brief_as_known(conversation, ports)
    files = _going(offer, conversation, ports)
    found = review(offer.reply, brief, ports.playbooks_of(conversation.storefront), files=files)
    more = [*notes, *_remarks(conversation, offer, ports)]
    return Answer(card=offer_card(conversation, offer, checked(found, words), more, words))


def _going(offer: Offer, conversation: Conversation, ports: Ports) -> tuple[Attachment, ...]:
    """The files that go out with the words: none where the channel carries none."""
    channel = ports.channels.get(conversation.there.channel)
    return offer.attachments if channel and channel.can.attachments else ()


def _remarks(conversation: Conversation, offer: Offer, ports: Ports) -> list[Text]:
    """What the review does not look at: files that can't go."""
    channel = ports.channels.get(conversation.there.channel)
    if offer.attachments and channel is not None and not channel.can.attachments:
        return [say("This channel carries no files: they stay inside.")]
    return []


async def send_offered(command: SendOffered, actor: Actor, ports: Ports, words: Words) -> Answer:
    """What blocks, or what the buyer wrote meanwhile, is shown with them again."""
    conversation = await load(ports, command.conversation_id)
    offer = conversation.offer_of(command.id)
    theirs(offer, actor)
    if command.seen and command.seen != offer.edition:
        return Answer(
            text=words(say("These words were changed since. This is how they are now.")),
            offer=offer.id,
        )
    if any(file.sha256 is None for file in offer.attachments):
        raise Refused(say("The file is still on its way here. Press again in a moment."))
    files = _going(offer, conversation, ports)
    reply = WriteReply(
        conversation_id=conversation.id,
        text=offer.reply if command.text is None else command.text,
        seen_seq=max(offer.seen_seq, command.seen_seq or 0),
        override=command.override,
    )
    try:
        settled = conversation.settled_offer(offer.id)
        if command.text in (None, offer.reply):
            answer = await write(settled, reply, actor, ports, words, files, offer.means)
        else:
            answer = await write_or_show(settled, reply, actor, ports, words, files)
    except Stale as stale:
        read = offer.model_copy(update={"seen_seq": conversation.last_seq})
        await commit(ports, conversation.offered(read))
        return Answer(text=words(stale.text), offer=offer.id)
    if isinstance(answer.card, Checked):
        return Answer(card=answer.card, offer=offer.id)
    return Answer(text=answer.text, unmark=offer.spot)


async def drop_offered(command: DropOffered, actor: Actor, ports: Ports, words: Words) -> Answer:
    """They stay inside. Words that are not on offer any more need nothing."""
    conversation = await load(ports, command.conversation_id)
    offer = next((one for one in conversation.offers if one.id == command.id), None)
    if offer is None:
        return NOTHING
    theirs(offer, actor)
    kept = conversation.settled_offer(offer.id)
    if command.as_note:
        kept = kept.noted(offer.text, offer.by, ports.now())
    await commit(ports, kept)
    done = say("Noted, for the team only.") if command.as_note else say("It stays inside.")
    return Answer(text=words(done), unmark=offer.spot)


def theirs(offer: Offer, actor: Actor) -> None:
    """Whoever wrote them, or a lead. Raises: Refused."""
    if offer.by.id != actor.id and not actor.leads:
        raise Refused(
            say("These are {who}'s words: only they or a lead decide.", who=offer.by.name)
        )
