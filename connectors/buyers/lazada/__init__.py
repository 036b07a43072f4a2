"""Lazada: instant messages, pushed; replies through the IM API."""

from connectors.buyers.lazada.channel import LazadaChannel
from connectors.buyers.lazada.options import Options
from connectors.http import Parts
from connectors.options import accounts

__all__ = ["LazadaChannel", "Options", "connect"]


def connect(parts: Parts) -> LazadaChannel:
    """Raises: Misconfigured."""
    return LazadaChannel(parts, accounts(parts.settings, "lazada", Options))
