"""Shopee: its chat, by push code 10 and the seller chat API."""

from connectors.buyers.shopee.channel import ShopeeChannel
from connectors.buyers.shopee.options import Options
from connectors.http import Parts
from connectors.options import accounts

__all__ = ["Options", "ShopeeChannel", "connect"]


def connect(parts: Parts) -> ShopeeChannel:
    """Raises: Misconfigured."""
    return ShopeeChannel(parts, accounts(parts.settings, "shopee", Options))
