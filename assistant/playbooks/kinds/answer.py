"""The kind `answer`: what the team knows on products, shipping, promotions, returns, taboos.

One file is one answer, in as many languages as somebody wrote it in. What its `answers` say is
stated as a fact in drafts, with its source; `cautions` are shown to agents whenever the product is
at hand; what is `not_claimed` must not be said of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator

from assistant.model import Intent
from assistant.playbooks.kinds.shared import Playbook, Strict

About = Literal[
    "product", "care", "shipping", "promotion", "returns", "payment", "company", "taboo"
]
ABOUT: tuple[str, ...] = get_args(About)
ANY = ""
"""The language of wordings that stand without one: they hold in every language."""
Language = Annotated[str, Field(pattern=r"^([a-z]{2,3}(-[A-Z][a-z]{3})?)?$")]


def _by_language(value: Any) -> Any:
    """`cautions: [a, b]` holds in every language; `cautions: {en: […], de: […]}` in each."""
    if isinstance(value, str):
        return {ANY: (value,)}
    return {ANY: value} if isinstance(value, tuple | list) else value


Wordings = Annotated[dict[Language, tuple[str, ...]], BeforeValidator(_by_language)]
"""By language: `{en: [dishwasher safe], de: [spülmaschinenfest*]}`."""


class Told(Strict):
    """An answer in one language. `asked`: how buyers put the question, which finds it."""

    asked: tuple[str, ...] = Field(min_length=1)
    says: str = Field(default="", max_length=4_000)
    """Absent: buyers who ask in this language are understood, and answered by a person."""


class Answer(Playbook):
    """What the team knows. `skus`: of which products, `TK-INES-*` for all that begin so."""

    kind: Literal["answer"]
    about: About
    skus: tuple[str, ...] = ()
    things: tuple[str, ...] = ()
    """What they are in plain English: `teapot`; finds it where a buyer names no product."""
    markets: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    """Where it holds; none named: everywhere."""
    intents: tuple[Intent, ...] = ()
    valid_until: date | None = None
    """The last day. After it the answer is never used."""
    source: str = Field(min_length=1)
    checked_on: date
    cautions: Wordings = Field(default_factory=dict)
    not_claimed: Wordings = Field(default_factory=dict)
    answers: dict[Language, Told] = Field(min_length=1)

    @field_validator("answers")
    @classmethod
    def _said_somewhere(cls, answers: Mapping[str, Told]) -> Mapping[str, Told]:
        if ANY in answers:
            raise ValueError("every answer is in a language: write `en:` above it")
        if not any(one.says.strip() for one in answers.values()):
            raise ValueError("says nothing yet: give at least one language its `says`")
        return answers

    def holds(self, market: str | None, platform: str, day: date) -> bool:
        """May it be used for a buyer there, on that day?"""
        here = not self.markets or market in self.markets
        return self.in_time(day) and here and (not self.platforms or platform in self.platforms)

    def in_time(self, day: date) -> bool:
        """May it be used on that day at all?"""
        return self.valid_until is None or day <= self.valid_until

    def says_in(self, language: str) -> str | None:
        """In that language and no other; None where nobody wrote it."""
        told = self.answers.get(language)
        return told.says.strip() or None if told else None

    def in_language(self, *languages: str) -> tuple[str, str]:
        """The first of *languages* it says something in, else its first; and what it says."""
        for language in (*languages, *self.answers):
            if says := self.says_in(language):
                return language, says
        raise AssertionError("an answer says something in some language")

    def of(self, sku: str) -> bool:
        """Is it about the article with that number?"""
        return any(
            sku.startswith(one[:-1]) if one.endswith("*") else sku == one for one in self.skus
        )
