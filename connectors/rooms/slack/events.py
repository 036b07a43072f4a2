"""What Slack tells of by itself: words in threads, mentions, direct messages, the home page.

Whatever is kept is kept before Slack gets its answer; everything else is answered and ignored.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta

from assistant.commands import Action, DropOffered, OfferWords, ShowHome
from assistant.errors import Refused
from assistant.model import ConversationId, Spot
from assistant.surface.grammar import meant
from connectors.rooms.slack.attachments import attachments_of
from connectors.rooms.slack.inside import Body, Inside, NoRoom, Who, key, text, thread_place
from connectors.rooms.slack.places import HOME
from connectors.rooms.slack.speech import is_to_somebody, mentioned, spoken, text_of, written

log = logging.getLogger(__name__)

_WORDS = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""The subtypes of messages that people typed."""
TOLD_AGAIN = timedelta(days=2)
"""For longer than Slack delivers an event again."""


class Events:
    """The Events API."""

    def __init__(self, inside: Inside) -> None:
        self._in = inside
        self._known: Mapping[str, Callable[[Body], Awaitable[None]]] = {
            "message": self._message,
            "app_mention": self._mention,
            "app_home_opened": self._home,
            "tokens_revoked": self._revoked,
            "app_uninstalled": self._uninstalled,
        }

    async def handle(self, body: Body) -> None:
        """Raises: Unavailable."""
        known = self._known.get(text(body, "event", "type"))
        if known is None:
            return
        try:
            await known(body)
        except NoRoom:
            log.warning("an event of the Slack workspace %s, where no room is", _team(body))

    def rate_limited(self, body: Body) -> None:
        """Slack keeps events from us: over 30,000 an hour in one workspace."""
        log.error(
            "Slack withholds events of the workspace %s: too many within an hour. What was"
            " typed there meanwhile did not reach Parley",
            text(body, "team_id"),
        )

    # ── words ────────────────────────────────────────────────────────────────

    async def _message(self, body: Body) -> None:
        event = body["event"]
        subtype = text(event, "subtype")
        if subtype == "message_changed":
            return await self._edited(body)
        if subtype == "message_deleted":
            return await self._deleted(body)
        bot = _bot(body, self._in)
        if subtype not in _WORDS or not _is_persons(event, bot):
            return
        if text(event, "channel_type") == "im":
            return await self._to_parley(body, bot=bot)
        named = mentioned(text_of(event))
        if bot in named:
            # Slack tells of it twice, as a mention too: the key is the same, so it is done once.
            return await self._to_parley(body, bot=bot)
        if named and not bot:
            return  # It may be to us; if so, Slack tells of it as a mention.
        await self._words_in_thread(body, event)

    async def _mention(self, body: Body) -> None:
        event = body["event"]
        bot = _bot(body, self._in)
        if not _is_persons(event, bot):
            return
        named = mentioned(text_of(event))
        await self._to_parley(body, bot=bot or next(iter(named), ""))

    async def _to_parley(self, body: Body, *, bot: str) -> None:
        """Words that are for us: by mention, or in a direct message."""
        event = body["event"]
        who, spot = self._where(body, event)
        about = await self._in.store.conversation_of_thread(spot.thread) if spot.thread else None
        said, edition = spoken(text_of(event), who.team, bot), text(event, "edited", "ts")
        try:
            action = meant(said, about, self._in.now(), self._in.zone_of(who.person))
        except Refused as error:
            return self._in.tell_later(who.person, spot, error.text, who.room)
        await self._in.enqueue(
            who, spot, _placed(action, event, who, spot), once=_key(event, edition)
        )

    async def _words_in_thread(self, body: Body, event: Body) -> None:
        """Plain words under a card: inside, and offered to whoever typed them."""
        if not self._in.settings.offer_words or is_to_somebody(text_of(event)):
            return
        found = await self._thread(body, event)
        if found is None:
            return
        who, spot, about = found
        offer = _offer(about, event, who, spot)
        if offer.text.strip() or offer.attachments:
            await self._in.enqueue(who, spot, offer, once=_key(event))

    async def _edited(self, body: Body) -> None:
        """Their author changed words: they are offered as they are now. Commands stay done."""
        event = body["event"]
        message = event.get("message") or {}
        before = event.get("previous_message") or {}
        now = {**message, "channel": text(event, "channel")}
        edition = text(message, "edited", "ts")
        own = text(message, "edited", "user") == text(message, "user")
        if (
            not edition
            or not own
            or not _is_persons(now, _bot(body, self._in))
            or text_of(now) == text_of(before)
        ):
            return
        if not self._in.settings.offer_words or mentioned(text_of(now)):
            return
        found = await self._thread(body, now)
        if found is None:
            return
        who, spot, about = found
        await self._in.enqueue(who, spot, _offer(about, now, who, spot), once=_key(now, edition))

    async def _deleted(self, body: Body) -> None:
        """Deleted words are offered no more."""
        event = body["event"]
        gone = {**(event.get("previous_message") or {}), "channel": text(event, "channel")}
        gone.setdefault("ts", text(event, "deleted_ts"))
        if not _is_persons(gone, _bot(body, self._in)):
            return
        found = await self._thread(body, gone)
        if found is None:
            return
        who, spot, about = found
        drop = DropOffered(conversation_id=about, id=offer_id(gone))
        await self._in.enqueue(who, spot, drop, once=_key(gone, "deleted"))

    async def _thread(self, body: Body, event: Body) -> tuple[Who, Spot, ConversationId] | None:
        """Who typed it, where, about what; None outside the threads of cards."""
        if not text(event, "thread_ts") or text(event, "thread_ts") == text(event, "ts"):
            return None
        who, spot = self._where(body, event)
        about = await self._in.store.conversation_of_thread(spot.thread) if spot.thread else None
        return (who, spot, about) if about else None

    def _where(self, body: Body, event: Body) -> tuple[Who, Spot]:
        """Raises: NoRoom."""
        channel = text(event, "channel")
        who = self._in.who(_team(body), channel, text(event, "user"))
        root = text(event, "thread_ts")
        thread = thread_place(who, channel, root).thread if root else None
        spot = Spot(room=who.room.name, place=channel, thread=thread, message=text(event, "ts"))
        return who, spot

    # ── the rest ─────────────────────────────────────────────────────────────

    async def _home(self, body: Body) -> None:
        event = body["event"]
        if text(event, "tab") not in ("", "home"):
            return
        who = self._in.who(_team(body), "", text(event, "user"))
        spot = Spot(room=who.room.name, place=HOME)
        once = key("home", text(body, "event_id") or text(event, "event_ts"), who.person)
        await self._in.enqueue(who, spot, ShowHome(), once=once)

    async def _revoked(self, body: Body) -> None:
        bots = body["event"].get("tokens", {}).get("bot")
        if bots:
            await self._gone(body, "revoked Parley's token")

    async def _uninstalled(self, body: Body) -> None:
        await self._gone(body, "removed Parley")

    async def _gone(self, body: Body, how: str) -> None:
        """Slack may say it again, and late: a token that is newer stays. Raises: Unavailable."""
        store, told = self._in.store, key("gone", text(body, "event_id"))
        if text(body, "event_id") and await store.kept(told):
            return
        if await self._in.workspaces.drop(_team(body), _happened(body, self._in.now())):
            log.error("the Slack workspace %s %s: its rooms get nothing any more", _team(body), how)
        await store.keep(told, "1", TOLD_AGAIN)


def offer_id(event: Body, user: str = "") -> str:
    """The words' id; somebody else who wants to send the same words has an offer of their own."""
    return ":".join(filter(None, ("slack", text(event, "channel"), text(event, "ts"), user)))


def _offer(about: ConversationId, event: Body, who: Who, spot: Spot) -> OfferWords:
    return OfferWords(
        conversation_id=about,
        id=offer_id(event),
        text=written(text_of(event)),
        spot=spot,
        attachments=attachments_of(event),
        changed=text(event, "edited", "ts"),
    )


def _placed(action: Action, event: Body, who: Who, spot: Spot) -> Action:
    """What the grammar can't know: where words to be offered stand, and what hangs on them."""
    if not isinstance(action, OfferWords):
        return action
    return action.model_copy(
        update={"id": offer_id(event), "spot": spot, "attachments": attachments_of(event)}
    )


def _key(event: Body, edition: str = "") -> str:
    return key("words", text(event, "channel"), text(event, "ts"), edition)


def _is_persons(event: Body, bot: str) -> bool:
    """Typed by somebody, not by a program; *bot*, our own user, is one too, however it is told."""
    user = text(event, "user")
    return user not in ("", bot) and not event.get("bot_id") and not event.get("bot_profile")


def _happened(body: Body, now: datetime) -> datetime:
    stamp = body.get("event_time")
    return datetime.fromtimestamp(stamp, UTC) if isinstance(stamp, int) and stamp > 0 else now


def _team(body: Body) -> str:
    return text(body, "team_id")


def _bot(body: Body, inside: Inside) -> str:
    """Our own user there: Slack names it with every event."""
    for one in body.get("authorizations") or ():
        if isinstance(one, Mapping) and one.get("is_bot") and text(one, "user_id"):
            return text(one, "user_id")
    seen = inside.workspaces.seen(_team(body))
    return seen.bot_user if seen else ""
