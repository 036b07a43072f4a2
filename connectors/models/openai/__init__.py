"""A language model behind any OpenAI-compatible endpoint: it drafts, and it translates."""

from __future__ import annotations

from assistant.ports import Drafter, Translator
from assistant.settings import Settings
from connectors.models.openai.drafter import ModelDrafter
from connectors.models.openai.endpoint import endpoint_of
from connectors.models.openai.translator import ModelTranslator

__all__ = ["writers"]


def writers(settings: Settings, model: str, offline: Drafter) -> tuple[Drafter, Translator]:
    """Who drafts with *model* and who translates; *offline* drafts while it is away.

    Raises: Misconfigured, where a prompt is not as it must be.
    """
    endpoint = endpoint_of(settings, model)
    return ModelDrafter(endpoint, offline), ModelTranslator(endpoint)
