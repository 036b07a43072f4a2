"""Words in threads and chats: commands, look-ups, and what may become a reply.

Whatever is kept is kept before Teams gets its answer; everything else is answered and ignored.
"""

from __future__ import annotations

from assistant.commands import Action, DropOffered, OfferWords, Question, ShowHelp
from assistant.errors import Refused
from assistant.model import ConversationId, Spot
from assistant.surface.grammar import meant
from assistant.words import say
from connectors.rooms.teams.answers import sentence_posts
from connectors.rooms.teams.files import attachments_of
from connectors.rooms.teams.heard import Heard
from connectors.rooms.teams.inside import Inside, key
from connectors.rooms.teams.memory import here_of
from connectors.rooms.teams.speech import spoken, written, zone_of


class Talk:
    """Messages, their edits and deletions."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside

    async def message(self, heard: Heard) -> None:
        """Raises: Unavailable."""
        if not heard.is_to_bot:
            return await self._overheard(heard)
        if not self._in.is_ours(heard):
            return self._no_room(heard)
        await self._to_parley(heard, once=_key(heard))

    async def edited(self, heard: Heard) -> None:
        """Words are offered, and questions asked, as they are now. Commands stay done.

        Raises: Unavailable.
        """
        if not self._in.is_ours(heard):
            return
        edition = _key(heard, heard.timestamp or heard.text)
        if heard.is_to_bot:
            await self._to_parley(heard, once=edition, edited=True)
        else:
            await self._overheard(heard, once=edition)

    async def deleted(self, heard: Heard) -> None:
        """Deleted words are offered no more. Raises: Unavailable."""
        about = await self._in.about(heard)
        if about is None or not self._in.is_ours(heard):
            return
        drop = DropOffered(conversation_id=about, id=offer_id(heard))
        spot = self._in.spot(heard)
        once = _key(heard, "deleted")
        await self._in.enqueue(heard, drop, once=once, spot=spot, quiet=True)

    # ── to us ────────────────────────────────────────────────────────────────

    async def _to_parley(self, heard: Heard, *, once: str, edited: bool = False) -> None:
        spot, about = self._in.spot(heard), await self._in.about(heard)
        zone = zone_of(heard, self._in.settings.storefronts[0].hours.zone)
        try:
            action = meant(spoken(heard), about, self._in.now(), zone)
        except Refused as error:
            return await self._in.tell_later(heard, error.text, once=once, spot=spot, about=about)
        action = _placed(action, heard, spot, about)
        if edited and not isinstance(action, Question | OfferWords):
            told = say("A command that is edited is not done again. Write it anew.")
            return await self._in.tell_later(heard, told, once=once, spot=spot, about=about)
        await self._in.enqueue(heard, action, once=once, spot=spot, quiet=edited)

    def _no_room(self, heard: Heard) -> None:
        """Whoever set this up learns which channel it is."""
        told = say(
            "This channel is no room of Parley's yet. To make it one, set "
            "PARLEY_TEAMS_ROOM={channel} and start Parley again.",
            channel=heard.channel,
        )
        reads = self._in.reads(heard)

        async def errand() -> None:
            here = here_of(heard)
            for post in sentence_posts(reads(told), reads):
                await self._in.client.reply(heard.conversation.id, post, here)

        self._in.errands.begin("telling a channel of Teams its id", errand())

    # ── among themselves ─────────────────────────────────────────────────────

    async def _overheard(self, heard: Heard, once: str = "") -> None:
        """Plain words under a card: inside, and offered to whoever typed them.

        Teams hands them to an app only where it may read all messages of the team.
        """
        if not self._in.settings.offer_words or not self._in.is_ours(heard):
            return
        said = heard.text.lstrip()
        if any(one.text and said.startswith(one.text) for one in heard.mentions):
            return  # It begins with a colleague's name: it is said to them.
        about = await self._in.about(heard)
        if about is None:
            return
        spot = self._in.spot(heard)
        offer = _offer(heard, spot, about, written(heard))
        if offer.text.strip() or offer.attachments:
            once = once or _key(heard)
            await self._in.enqueue(heard, offer, once=once, spot=spot, quiet=True)


def offer_id(heard: Heard) -> str:
    """The words' id."""
    return key("words", heard.conversation.id, heard.id)


def _offer(heard: Heard, spot: Spot, about: ConversationId, text: str) -> OfferWords:
    return OfferWords(
        conversation_id=about,
        id=offer_id(heard),
        text=text,
        spot=spot,
        attachments=attachments_of(heard),
    )


def _placed(action: Action, heard: Heard, spot: Spot, about: ConversationId | None) -> Action:
    """What the grammar can't know: where words to be offered stand, and what hangs on them."""
    if isinstance(action, OfferWords):
        return _offer(heard, spot, action.conversation_id, action.text)
    only_files = isinstance(action, ShowHelp) and not written(heard).strip()
    if about is not None and only_files and attachments_of(heard):
        return _offer(heard, spot, about, "")
    return action


def _key(heard: Heard, edition: str = "") -> str:
    return key("said", heard.conversation.id, heard.id, edition)
