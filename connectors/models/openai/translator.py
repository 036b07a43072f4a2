"""The translator behind the `Translator` port: a language model, sentence for sentence."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from assistant.drafting.translate import MOST_CHARS, compared, worth_it
from assistant.errors import Unavailable
from assistant.words import say, words
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.prompts import Prompt

PATIENCE_S = 12.0
KEPT = 4_000
"""Sentences whose translation is known: whoever types changes one of many at a time."""
_TOKENS_A_CHAR = 1.2
_MANNERS = {"zh-Hans": "用简体中文", "zh-Hant": "用繁體中文"}


class Sentences(BaseModel):
    """What comes back."""

    model_config = ConfigDict(extra="forbid")
    sentences: list[str] = Field(max_length=400)


class ModelTranslator:
    """Both ways. What it says of figures is checked by whoever shows it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._prompt = Prompt("translate")
        self._known: OrderedDict[tuple[str, str, str], str] = OrderedDict()

    async def translate(
        self, sentences: Sequence[str], source: str, target: str
    ) -> tuple[str, ...]:
        """Raises: Unavailable, also where it is too long: half of a text is no translation."""
        if sum(map(len, sentences)) > MOST_CHARS:
            raise Unavailable(say("This is too long for Parley to translate."))
        known = {one: there for one in sentences if (there := self._lately(one, source, target))}
        new = [one for one in dict.fromkeys(sentences) if worth_it(one) and one not in known]
        if new:
            known |= await self._asked(new, sentences, source, target)
        return tuple(known.get(one, one) for one in sentences)

    async def _asked(
        self, new: Sequence[str], sentences: Sequence[str], source: str, target: str
    ) -> Mapping[str, str]:
        material: dict[str, object] = {"sentences": new}
        if len(new) < len(sentences):
            material["text"] = "\n".join(sentences)
        answer = await self._endpoint.ask(
            self._prompt.filled(
                source=_named(source), target=_named(target), manner=_manner(target)
            ),
            [{"role": "user", "content": json.dumps(material, ensure_ascii=False)}],
            Sentences,
            most_tokens=int(sum(map(len, new)) * _TOKENS_A_CHAR) + 300,
            deadline_s=PATIENCE_S,
        )
        if len(answer.sentences) != len(new):
            raise Unavailable(say("The translation lost a sentence, so it is not shown."))
        there = {one: other.strip() for one, other in zip(new, answer.sentences, strict=True)}
        for one, other in there.items():
            self._keep(one, source, other, target)
        return there

    def _lately(self, sentence: str, source: str, target: str) -> str | None:
        key = (sentence, source, target)
        if key in self._known:
            self._known.move_to_end(key)
        return self._known.get(key)

    def _keep(self, sentence: str, source: str, there: str, target: str) -> None:
        """What something is wrong with is asked for anew the next time."""
        if compared([sentence], source, [there], target):
            return
        self._known[sentence, source, target] = there
        if len(self._known) > KEPT:
            self._known.popitem(last=False)


def _named(language: str) -> str:
    """For a model: `German`; where the language is unknown it is to find out."""
    return (
        "whatever language it is in" if language == "und" else words("en").language_name(language)
    )


def _manner(target: str) -> str:
    return _MANNERS.get(target, "plain and short")
