"""The signed webhook: any channel, through a relay that speaks Standard Webhooks."""

from connectors.buyers.webhook.channel import SignedWebhook
from connectors.buyers.webhook.signing import Signer

__all__ = ["SignedWebhook", "Signer"]
