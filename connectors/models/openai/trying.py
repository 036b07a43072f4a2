"""For `parley doctor`: whether the model answers, and what was used of its budget."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from time import monotonic

from pydantic import BaseModel, ConfigDict

from assistant.model import Used
from assistant.ports import Store, model_budget_on
from assistant.settings import ModelSettings, Settings
from connectors.models.openai.endpoint import endpoint_of
from connectors.models.openai.meter import Meter


class _Pong(BaseModel):
    model_config = ConfigDict(extra="ignore", json_schema_extra={"additionalProperties": False})
    ready: bool


async def tried(settings: Settings, model: str, store: Store, now: Callable[[], datetime]) -> str:
    """One small call, counted like any other. Raises: Unavailable, with what is wrong."""
    endpoint = endpoint_of(settings, model, Meter(store, settings.model, now))
    began = monotonic()
    try:
        await endpoint.ask(
            'Answer with this JSON object and nothing else: {"ready": true}',
            [{"role": "user", "content": "Are you ready?"}],
            _Pong,
            most_tokens=30,
            deadline_s=9.0,
        )
    finally:
        await endpoint.aclose()
    seconds = monotonic() - began
    used = await store.used(model_budget_on(now().date()))
    return f"{model} answers in {seconds:.1f} s. {told(used, settings.model)}"


def told(used: Used, allowed: ModelSettings) -> str:
    """`Today: 12 calls, 34,567 of 200,000 tokens, about 0.02 USD.`"""
    most = "" if allowed.tokens_per_day is None else f" of {allowed.tokens_per_day:,}"
    said = f"Today: {used.calls:,} calls, {used.tokens:,}{most} tokens"
    if allowed.price_in and allowed.price_out:
        price_in, price_out = (
            float(one.split()[0]) for one in (allowed.price_in, allowed.price_out)
        )
        cost = (used.tokens_in * price_in + used.tokens_out * price_out) / 1_000_000
        said += f", about {cost:.2f} {allowed.price_in[-3:]}"
    if used.refused:
        said += f"; {used.refused:,} calls were not made, the budget being used up"
    return f"{said}."
