"""Telegram bots, by webhook or by long polling.

Source: core.telegram.org/bots/api (Bot API 10.0), read 2026-11; limits also in python-telegram-bot
22.8. Only private chats: what is said in a group is nobody's question to the shop, and an answer
there would show one buyer's order to all. Not verified against Telegram itself.
"""

from connectors.buyers.telegram.channel import Telegram
from connectors.buyers.telegram.options import Options
from connectors.http import Parts

__all__ = ["Options", "Telegram", "connect"]


def connect(parts: Parts) -> Telegram:
    return Telegram(parts)
