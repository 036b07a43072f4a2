"""What WhatsApp, Messenger and Instagram share: Meta's signatures, its handshake, its Graph API.

Sources: developers.facebook.com, Graph API webhooks (validating payloads), WhatsApp Cloud API and
Messenger Platform references and error codes; read 2026-11, partly in stored copies. Not verified
against Meta itself: which of the codes come with which HTTP status.
"""

from connectors.meta.graph import Graph
from connectors.meta.signature import challenge, signed_by

__all__ = ["Graph", "challenge", "signed_by"]
