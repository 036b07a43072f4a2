"""WhatsApp, by Meta's Cloud API: messages, files, templates, and what became of our replies.

Source: developers.facebook.com, WhatsApp Business Platform (webhooks, messages, media, business-
scoped user ids, updated 2026-03), read 2026-11, partly in stored copies; shapes also in pywa 4.5.0.
Not verified against WhatsApp itself: whether a reaction opens the 24-hour window (taken not to);
what becomes of an old thread when a buyer changes their number (a new one begins).
"""

from connectors.buyers.whatsapp.channel import WhatsApp
from connectors.buyers.whatsapp.options import Options
from connectors.http import Parts

__all__ = ["Options", "WhatsApp", "connect"]


def connect(parts: Parts) -> WhatsApp:
    return WhatsApp(parts)
