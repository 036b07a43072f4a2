"""Which rooms a conversation belongs to, by the routes of the settings."""

from __future__ import annotations

from datetime import datetime

from assistant.clocks import next_opening
from assistant.model import Conversation
from assistant.settings import Hours, Route, Settings


def routed(conversation: Conversation, settings: Settings) -> tuple[str, ...]:
    """The rooms of the first route that matches what is known by now; else the storefront's own.

    None where neither says anything: then every room shows it.
    """
    for route in settings.routes:
        if _matches(route, conversation, settings):
            return route.to
    return settings.storefront(conversation.storefront).rooms


def _matches(route: Route, conversation: Conversation, settings: Settings) -> bool:
    storefront = settings.storefront(conversation.storefront)
    understood = conversation.understanding
    asked: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
        (route.storefronts, (storefront.id,)),
        (route.channels, (conversation.channel, conversation.source)),
        (route.platforms, (storefront.platform_of(conversation.platform),)),
        (route.markets, (conversation.market or "",)),
        (route.languages, _languages(understood.language) if understood else ()),
        (route.intents, understood.intents[:1] if understood else ()),
    )
    if any(wanted and not {*wanted}.intersection(told) for wanted, told in asked):
        return False
    return route.hours is None or _within(conversation.opened_at, route.hours)


def _languages(language: str) -> tuple[str, ...]:
    return (language, language.partition("-")[0])


def _within(at: datetime, hours: Hours) -> bool:
    return next_opening(at, hours) == at
