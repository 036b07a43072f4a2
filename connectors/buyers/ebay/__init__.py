"""eBay: the Message API, polled, and its signed notifications."""

from connectors.buyers.ebay.channel import EbayChannel
from connectors.buyers.ebay.options import Options
from connectors.http import Parts
from connectors.options import accounts

__all__ = ["EbayChannel", "Options", "connect"]


def connect(parts: Parts) -> EbayChannel:
    """Raises: Misconfigured."""
    return EbayChannel(parts, accounts(parts.settings, "ebay", Options))
