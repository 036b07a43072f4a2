"""What the team knows: found by a buyer's question in any language."""

from __future__ import annotations

from assistant.answers.search import FITS, Asking, Found, Shelf

__all__ = ["FITS", "Asking", "Found", "Shelf"]
