"""The web chat: a page of its own, and one line of script for a shop's pages."""

from connectors.buyers.webchat.channel import WebChat
from connectors.buyers.webchat.frames import feed_of
from connectors.buyers.webchat.session import Visitor, Visitors
from connectors.http import Parts

__all__ = ["Visitor", "Visitors", "WebChat", "connect", "feed_of"]


def connect(parts: Parts) -> WebChat:
    return WebChat(parts.settings, parts.store, parts.files, parts.now)
