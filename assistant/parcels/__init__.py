"""Parcels: whose a tracking number is, and what carriers say in words that everybody knows."""

from assistant.parcels.milestones import COARSE
from assistant.parcels.numbers import Recognised, bare, checked, formats, numbers, recognised

__all__ = ["COARSE", "Recognised", "bare", "checked", "formats", "numbers", "recognised"]
