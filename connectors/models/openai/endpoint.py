"""Any OpenAI-compatible endpoint (OpenAI, Azure, vLLM, llama.cpp, Ollama), spoken to one way.

Chat Completions is what all of them speak. A call has a wall-clock deadline, is never repeated by
itself, and after failures the endpoint is left alone for a while: an outage makes no storm.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from time import monotonic
from typing import Any, TypeVar

import openai
from pydantic import BaseModel, ValidationError

from assistant.errors import Unavailable
from assistant.settings import Settings
from assistant.words import say

log = logging.getLogger(__name__)
Shape = TypeVar("Shape", bound=BaseModel)

DEADLINE_S = 20.0
"""From asking to the last word of the answer."""
MOST_ANSWER = 200_000
"""Characters of an answer; more is no answer."""
REST_S = (5.0, 15.0, 60.0)
"""How long the endpoint is left alone after one, two, three and more failures in a row."""
TOO_MANY_S = 30.0
"""After 429 without a word of when to come back."""


class Endpoint:
    """One model at one address. `ask` is all there is."""

    def __init__(
        self, client: openai.AsyncOpenAI, model: str, *, deadline_s: float = DEADLINE_S
    ) -> None:
        self.model = model
        self._client = client
        self._deadline_s = deadline_s
        self._failures = 0
        self._rests_until = 0.0

    async def ask(
        self,
        system: str,
        messages: list[Mapping[str, str]],
        shape: type[Shape],
        *,
        most_tokens: int,
        deadline_s: float | None = None,
    ) -> Shape:
        """The model's answer in the form of *shape*.

        *messages* are `{"role": "user" | "assistant", "content": …}`; whatever a buyer wrote stands
        there and never in *system*. Raises: Unavailable, whatever went wrong, with a sentence.
        """
        if monotonic() < self._rests_until:
            raise Unavailable(say("The language model did not answer lately; it is left alone."))
        try:
            async with asyncio.timeout(min(deadline_s or self._deadline_s, self._deadline_s)):
                text = await self._complete(system, messages, shape, most_tokens)
        except TimeoutError:
            raise self._failed(say("The language model did not answer in time.")) from None
        except openai.APIError as error:
            raise self._failed(_why(error), _rest(error)) from None
        except (ValueError, TypeError, AttributeError):
            # The client hands on whatever came with 200: a proxy's page, JSON of another form.
            raise self._failed(say("The language model answered in another form.")) from None
        self._failures = 0
        try:
            return shape.model_validate_json(_json(text))
        except ValidationError:
            # It is there; what one buyer wrote must not take it away from the others.
            log.warning("the language model answered in another form")
            raise Unavailable(say("The language model answered in another form.")) from None

    async def aclose(self) -> None:
        await self._client.close()

    async def _complete(
        self,
        system: str,
        messages: list[Mapping[str, str]],
        shape: type[BaseModel],
        most_tokens: int,
    ) -> str:
        asked: Any = [{"role": "system", "content": system}, *messages]
        schema = {"name": shape.__name__, "schema": shape.model_json_schema(), "strict": True}
        wanted: Any = {"type": "json_schema", "json_schema": schema}
        answer = await self._client.chat.completions.create(
            model=self.model, messages=asked, max_tokens=most_tokens, response_format=wanted
        )
        text = (answer.choices[0].message.content or "") if answer.choices else ""
        if len(text) > MOST_ANSWER:
            return ""
        return text

    def _failed(self, why: Any, rest_s: float | None = None) -> Unavailable:
        """Leave it alone for a while, longer each time."""
        wait = rest_s or REST_S[min(self._failures, len(REST_S) - 1)]
        self._failures += 1
        self._rests_until = monotonic() + wait
        log.warning("the language model failed (%s); next try in %.0f s", why.id, wait)
        return Unavailable(why)


def endpoint_of(settings: Settings, model: str) -> Endpoint:
    """*model* where the settings say it is."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    base = str(settings.openai_base_url) if settings.openai_base_url else None
    client = openai.AsyncOpenAI(api_key=key, base_url=base, max_retries=0, timeout=DEADLINE_S + 1)
    return Endpoint(client, model)


def _json(text: str) -> str:
    """Small models put the object between fences or sentences."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _why(error: openai.APIError) -> Any:
    if isinstance(error, openai.APITimeoutError):
        return say("The language model did not answer in time.")
    if isinstance(error, openai.APIConnectionError):
        return say("The language model can't be reached.")
    if isinstance(error, openai.RateLimitError):
        return say("The language model has too much to do.")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return say("The language model refuses the key. Check OPENAI_API_KEY.")
    if isinstance(error, openai.NotFoundError):
        return say("The endpoint knows no model of that name. Check PARLEY_MODEL.")
    return say("The language model refused the request.")


def _rest(error: openai.APIError) -> float | None:
    """What a busy endpoint says of when to come back, within reason."""
    if not isinstance(error, openai.RateLimitError):
        return None
    told = error.response.headers.get("retry-after", "")
    return min(float(told), 300.0) if told.replace(".", "", 1).isdecimal() else TOO_MANY_S
