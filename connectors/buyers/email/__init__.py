"""Buyers who write letters: mailboxes by IMAP and SMTP, and marketplaces that pass mail on."""

from connectors.buyers.email.channel import Email, checked
from connectors.buyers.email.options import Options
from connectors.http import Parts
from connectors.options import accounts

__all__ = ["Email", "Options", "connect"]


def connect(parts: Parts) -> Email:
    """Raises: Misconfigured."""
    boxes = accounts(parts.settings, Email.name, Options)
    checked(boxes)
    return Email(parts, boxes)
