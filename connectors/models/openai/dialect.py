"""What one endpoint takes of the protocol, learnt from what it refuses; then asked so ever after.

All speak Chat Completions; older servers know no schema or no usage in a stream, newer models want
their limit under another name. What is refused costs one more call, once in a process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import openai
from pydantic import BaseModel

ROOM_TO_THINK = 4
"""Models that count their thoughts too get so many times the tokens of the answer."""


@dataclass
class Dialect:
    """How to put a request."""

    stream: bool = True
    usage: bool = True
    """Whether a stream may be asked for its usage."""
    thinks: bool = False
    """The limit is `max_completion_tokens`, thoughts included."""
    form: int = 0
    """0: by a strict schema, 1: as some JSON, 2: as the prompt says."""

    def request(
        self,
        model: str,
        system: str,
        messages: Sequence[Mapping[str, str]],
        shape: type[BaseModel],
        most_tokens: int,
    ) -> dict[str, Any]:
        """The request's fields."""
        asked: dict[str, Any] = {
            "model": model,
            "messages": [{"role": "system", "content": system}, *messages],
        }
        if self.stream:
            asked["stream"] = True
        if self.stream and self.usage:
            asked["stream_options"] = {"include_usage": True}
        if self.thinks:
            asked["max_completion_tokens"] = most_tokens * ROOM_TO_THINK
        else:
            asked["max_tokens"] = most_tokens
        if self.form == 0:
            schema = {"name": shape.__name__, "schema": shape.model_json_schema(), "strict": True}
            asked["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self.form == 1:
            asked["response_format"] = {"type": "json_object"}
        return asked

    def learns(self, error: openai.APIStatusError) -> bool:
        """Whether a refusal was about the form of the request, so that another may do."""
        told = f"{error.param} {error.message}".lower()
        if error.status_code not in (400, 422) or error.code == "content_filter":
            return False
        if "max_completion_tokens" in told and not self.thinks:
            self.thinks = True
        elif "stream_options" in told and self.usage:
            self.usage = False
        elif "stream" in told and self.stream:
            self.stream = False
        elif ("response_format" in told or "schema" in told) and self.form < 2:
            self.form += 1
        else:
            return False
        return True
