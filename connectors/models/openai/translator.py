"""The translator behind the `Translator` port: a language model, sentence for sentence."""

from __future__ import annotations

import json

from pydantic import BaseModel, ConfigDict, Field

from assistant.drafting.translate import MOST_CHARS, pieces, worth_it
from assistant.errors import Unavailable
from assistant.words import say, words
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.prompts import Prompt

PATIENCE_S = 12.0
_TOKENS_A_CHAR = 1.2
_MANNERS = {"zh-Hans": "用简体中文", "zh-Hant": "用繁體中文"}


class Sentences(BaseModel):
    """What goes out and what comes back."""

    model_config = ConfigDict(extra="forbid")
    sentences: list[str] = Field(max_length=400)


class ModelTranslator:
    """Both ways. What it says of figures is checked by whoever shows it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._prompt = Prompt("translate")

    async def translate(self, text: str, source: str, target: str) -> str:
        """Raises: Unavailable, also where *text* is too long: half of it is no translation."""
        if len(text) > MOST_CHARS:
            raise Unavailable(say("This is too long for Parley to translate."))
        cut = pieces(text)
        said = [one.text for one in cut if worth_it(one.text)]
        if not said:
            return text
        answer = await self._endpoint.ask(
            self._prompt.filled(
                source=_named(source), target=_named(target), manner=_manner(target)
            ),
            [{"role": "user", "content": json.dumps({"sentences": said}, ensure_ascii=False)}],
            Sentences,
            most_tokens=int(len(text) * _TOKENS_A_CHAR) + 300,
            deadline_s=PATIENCE_S,
        )
        if len(answer.sentences) != len(said):
            raise Unavailable(say("The translation lost a sentence, so it is not shown."))
        there = iter(answer.sentences)
        return "".join(
            (next(there).strip() if worth_it(one.text) else one.text) + one.after for one in cut
        ).strip()


def _named(language: str) -> str:
    """For a model: `German`; where the language is unknown it is to find out."""
    return (
        "whatever language it is in" if language == "und" else words("en").language_name(language)
    )


def _manner(target: str) -> str:
    return _MANNERS.get(target, "plain and short")
