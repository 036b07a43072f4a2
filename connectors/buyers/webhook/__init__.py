"""The signed webhook: any channel, through a relay that speaks Standard Webhooks."""

from connectors.buyers.webhook.channel import SignedWebhook
from connectors.buyers.webhook.signing import Signer
from connectors.http import Parts

__all__ = ["SignedWebhook", "Signer", "connect"]


def connect(parts: Parts) -> SignedWebhook:
    return SignedWebhook(parts.settings, parts.client, parts.now)
