"""Any OpenAI-compatible endpoint (OpenAI, Azure, vLLM, llama.cpp, Ollama), spoken to one way.

Chat Completions is what all of them speak. A call has a wall-clock deadline, is never repeated by
itself, counts against the budget, and after failures the endpoint is left alone for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import httpx2
import openai
from pydantic import BaseModel, ValidationError

from assistant.errors import Unavailable
from assistant.model import Effort, effort
from assistant.settings import Settings
from assistant.words import Text, say
from connectors.models.openai.breaker import Breaker
from connectors.models.openai.dialect import Dialect
from connectors.models.openai.meter import Meter
from connectors.models.openai.wire import Answering, Declined, Garbled, estimated, heard

log = logging.getLogger(__name__)
Shape = TypeVar("Shape", bound=BaseModel)
Follows = Callable[[str], Awaitable[None]]

DEADLINE_S = 19.0
"""From asking to the last word of the answer; a second is left for what stands in for it."""
LEAST_S = 1.0
"""With less time left, nothing is asked any more."""
FAIR = 0.4
"""Who was given less than this part of the deadline can't say that the endpoint failed."""
TOO_MANY_S = 30.0
"""After 429 without a word of when to come back."""
LONGEST_REST_S = 300.0
TOO_LATE = say("The language model did not answer in time.")
ANOTHER_FORM = say("The language model answered in another form.")


class Endpoint:
    """One model at one address. `ask` is all there is."""

    def __init__(
        self,
        client: openai.AsyncOpenAI,
        model: str,
        *,
        deadline_s: float = DEADLINE_S,
        meter: Meter | None = None,
    ) -> None:
        self.model = model
        self._client, self._meter = client, meter
        # The library loads this part of itself here, not within the first buyer's deadline.
        self._create = client.chat.completions.with_streaming_response.create
        self._deadline_s = deadline_s
        self._breaker, self._dialect = Breaker(), Dialect()

    async def ask(
        self,
        system: str,
        messages: Sequence[Mapping[str, str]],
        shape: type[Shape],
        *,
        most_tokens: int,
        deadline_s: float | None = None,
        follows: Follows | None = None,
    ) -> Shape:
        """The model's answer in the form of *shape*.

        *messages* are `{"role": "user" | "assistant", "content": …}`; whatever a buyer wrote stands
        there and never in *system*. *follows* is told what has come so far, now and then. It is
        part of the `effort()` at hand. Raises: Unavailable, whatever went wrong, with a sentence.
        """
        work = effort()
        patience = self._patience(deadline_s, work)
        asked = _Asked(system, messages, shape, most_tokens)
        answer = Answering(asked.prompt, follows)
        with self._breaker.attempt() as began:
            try:
                await self._counted(asked, work, answer, patience)
            except _Failed as failure:
                if failure.counts and patience >= FAIR * self._deadline_s:
                    self._breaker.failed(began, failure.why, failure.rest_s)
                raise Unavailable(failure.why) from None
            self._breaker.passed()
        try:
            return shape.model_validate_json(_json(answer.text))
        except ValidationError:
            # It is there; what one buyer wrote must not take it away from the others.
            log.warning("the language model answered in another form")
            raise Unavailable(ANOTHER_FORM) from None

    async def aclose(self) -> None:
        await self._client.close()

    def _patience(self, deadline_s: float | None, work: Effort) -> float:
        """Raises: Unavailable, where no time is left for the work at hand."""
        limits = (deadline_s, work.left_s, self._deadline_s)
        patience = min(one for one in limits if one is not None)
        if patience < min(LEAST_S, self._deadline_s):
            raise Unavailable(TOO_LATE)
        return patience

    async def _counted(
        self, asked: _Asked, work: Effort, answer: Answering, patience: float
    ) -> None:
        """Within the budget, where there is one; cut short, what had come by then counts.

        Raises: _Failed, Unavailable (over the budget).
        """
        work.model = self.model
        held = None
        if self._meter is not None:
            tokens = estimated(asked.prompt) + asked.most_tokens
            held = await self._meter.set_aside(tokens, work.about)
        try:
            await self._heard(asked, answer, patience)
        finally:
            work.used += answer.used
            if self._meter is not None and held is not None:
                await self._meter.settle(held, answer.used)

    async def _heard(self, asked: _Asked, answer: Answering, patience: float) -> None:
        """Raises: _Failed."""
        try:
            async with asyncio.timeout(patience):
                await self._asked_as_it_likes(asked, answer)
        except TimeoutError:
            raise _Failed(TOO_LATE) from None
        except openai.APIError as error:
            raise _failure(error) from None
        except Declined:
            raise _Failed(
                say("The language model declined to answer this."), counts=False
            ) from None
        except httpx2.HTTPError:
            raise _Failed(say("The language model can't be reached.")) from None
        except (Garbled, ValueError, TypeError, AttributeError, KeyError, IndexError):
            # Whatever came with 200: a proxy's page, JSON of another form.
            raise _Failed(ANOTHER_FORM) from None

    async def _asked_as_it_likes(self, asked: _Asked, answer: Answering) -> None:
        """In the form this endpoint takes; what it refuses of that is left out from then on."""
        while True:
            request = self._dialect.request(
                self.model, asked.system, asked.messages, asked.shape, asked.most_tokens
            )
            try:
                return await heard(self._create, request, answer)
            except openai.APIStatusError as error:
                if not self._dialect.learns(error):
                    raise
                log.info("the endpoint takes another form of request: %s", self._dialect)


class _Asked(NamedTuple):
    system: str
    messages: Sequence[Mapping[str, str]]
    shape: type[BaseModel]
    most_tokens: int

    @property
    def prompt(self) -> str:
        return "\n".join([self.system, *(one["content"] for one in self.messages)])


class _Failed(Exception):
    """Why nothing came; *counts*: it may be so for everybody."""

    def __init__(self, why: Text, rest_s: float | None = None, *, counts: bool = True) -> None:
        super().__init__(why.id)
        self.why, self.rest_s, self.counts = why, rest_s, counts


def endpoint_of(settings: Settings, model: str, meter: Meter | None = None) -> Endpoint:
    """*model* where the settings say it is."""
    key = settings.openai_api_key.get_secret_value() if settings.openai_api_key else "none"
    base = str(settings.openai_base_url) if settings.openai_base_url else None
    client = openai.AsyncOpenAI(api_key=key, base_url=base, max_retries=0, timeout=DEADLINE_S + 1)
    return Endpoint(client, model, meter=meter)


def _json(text: str) -> str:
    """Small models put the object between fences or sentences."""
    start, end = text.find("{"), text.rfind("}")
    return text[start : end + 1] if 0 <= start < end else text


def _failure(error: openai.APIError) -> _Failed:
    """What a refusal means, and for whom."""
    for kind, why in _REFUSALS:
        if isinstance(error, kind):
            return _Failed(why, _rest(error))
    if isinstance(error, openai.APIStatusError) and error.status_code < 500:
        # This request's own fault: too long, or a filter; the next may well be answered.
        return _Failed(say("The language model refused the request."), counts=False)
    return _Failed(say("The language model has a fault of its own."))


_REFUSALS: tuple[tuple[type[openai.APIError], Text], ...] = (
    (openai.APITimeoutError, TOO_LATE),
    (openai.APIConnectionError, say("The language model can't be reached.")),
    (openai.RateLimitError, say("The language model has too much to do.")),
    (
        openai.AuthenticationError,
        say("The language model refuses the key. Check OPENAI_API_KEY."),
    ),
    (
        openai.PermissionDeniedError,
        say("The language model refuses the key. Check OPENAI_API_KEY."),
    ),
    (openai.NotFoundError, say("The endpoint knows no model of that name. Check PARLEY_MODEL.")),
)


def _rest(error: openai.APIError) -> float | None:
    """What a busy endpoint says of when to come back, within reason."""
    if not isinstance(error, openai.RateLimitError):
        return None
    told = error.response.headers.get("retry-after", "")
    number = told.replace(".", "", 1).isdecimal()
    return min(max(float(told), 1.0), LONGEST_REST_S) if number else TOO_MANY_S
