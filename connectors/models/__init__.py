"""Drafters and translators: what turns a brief, or a text, into words."""

from __future__ import annotations

from assistant.ports import Drafter, Translator
from assistant.settings import Settings
from connectors.models.offline import OfflineDrafter

__all__ = ["writers"]


def writers(settings: Settings) -> tuple[Drafter, Translator | None]:
    """Who drafts and who translates: a model where the settings name one, else rules and nobody.

    Raises: Misconfigured, where a prompt is not as it must be.
    """
    offline = OfflineDrafter()
    if settings.model is None:
        return offline, None
    # The model's library takes a second to load, which nobody without a model should wait for.
    from connectors.models.drafter import ModelDrafter
    from connectors.models.endpoint import endpoint_of
    from connectors.models.translator import ModelTranslator

    endpoint = endpoint_of(settings, settings.model)
    return ModelDrafter(endpoint, offline), ModelTranslator(endpoint)
