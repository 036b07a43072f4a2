"""A language model behind any OpenAI-compatible endpoint: it reads, drafts and translates."""

from __future__ import annotations

from typing import NamedTuple

from assistant.ports import Drafter, Reader, Translator
from assistant.settings import Settings
from connectors.models.openai.drafter import ModelDrafter
from connectors.models.openai.endpoint import Endpoint, endpoint_of
from connectors.models.openai.meter import Meter
from connectors.models.openai.reader import ModelReader
from connectors.models.openai.translator import ModelTranslator

__all__ = ["Endpoint", "Meter", "ModelWriters", "writers"]


class ModelWriters(NamedTuple):
    """What one model at one endpoint does."""

    reader: Reader
    drafter: Drafter
    translator: Translator
    endpoint: Endpoint


def writers(
    settings: Settings, model: str, offline: Drafter, meter: Meter | None = None
) -> ModelWriters:
    """Who reads, drafts and translates with *model*; *offline* drafts while it is away.

    Raises: Misconfigured, where a prompt is not as it must be.
    """
    endpoint = endpoint_of(settings, model, meter)
    return ModelWriters(
        ModelReader(endpoint),
        ModelDrafter(endpoint, offline),
        ModelTranslator(endpoint),
        endpoint,
    )
