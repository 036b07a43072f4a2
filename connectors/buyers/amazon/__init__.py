"""Amazon Messaging: typed messages about an order, which we begin. No way to answer a buyer."""

from connectors.buyers.amazon.channel import AmazonChannel
from connectors.buyers.amazon.options import Options
from connectors.http import Parts
from connectors.options import accounts

__all__ = ["AmazonChannel", "Options", "connect"]


def connect(parts: Parts) -> AmazonChannel:
    """Raises: Misconfigured."""
    return AmazonChannel(parts, accounts(parts.settings, "amazon", Options))
