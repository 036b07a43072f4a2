"""What a machine's draft is held to in each language, as data: `lexicon/guard.yaml`.

`small`: the frequent words of that language; a sentence without any is in another one, or a code.
`dot`, `at`, `digits`: how addresses and numbers are spelled out. `instructed`: talk of one's own
instructions. The rest are words of promises, by kind; `harmless` are those that only look like one.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

import yaml
from pydantic import ConfigDict, Field, ValidationError

from assistant.drafting.lexicon import LANGUAGES, Lines, Phrase, buyer_words, phrase, stem, written
from assistant.drafting.plain import fold
from assistant.errors import Misconfigured
from assistant.model import Frozen

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_UNSPACED = frozenset({"ja", "ko", "zh", "th"})


class GuardFile(Frozen):
    """One language."""

    model_config = ConfigDict(extra="forbid")
    small: str = ""
    dot: str
    at: str
    digits: str = Field(pattern=r"^\S+(?: \S+){9}$")
    """Zero to nine; `one|another`."""
    instructed: Lines = ()
    refund: Lines = ()
    resend: Lines = ()
    discount: Lines = ()
    free: Lines = ()
    guarantee: Lines = ()
    compensation: Lines = ()
    liable: Lines = ()
    harmless: Lines = ()


KINDS = ("refund", "resend", "discount", "free", "guarantee", "compensation")


class Guard:
    """The patterns of one language."""

    def __init__(self, language: str, told: GuardFile) -> None:
        self.language = language
        self.unspaced = language in _UNSPACED
        self.small = frozenset(fold(told.small).split()) | _common(language)
        self.kinds = {kind: self._made(getattr(told, kind)) for kind in KINDS}
        self.liable = self._made(told.liable)
        self.instructed = self._made(told.instructed)
        self.harmless = self._made(told.harmless)

    def _made(self, lines: tuple[str, ...]) -> tuple[Phrase, ...]:
        return tuple(phrase(line, {}, unspaced=self.unspaced) for line in lines)


@cache
def guard(language: str) -> Guard | None:
    """That of *language*; None where nobody wrote one."""
    told = _files().get(stem(language))
    return Guard(stem(language), told) if told else None


@cache
def guards() -> tuple[Guard, ...]:
    """Those of the languages that have small words."""
    each = (guard(language) for language, told in _files().items() if told.small)
    return tuple(one for one in each if one)


@cache
def dots() -> str:
    """How a dot is spelled out in any language: an alternation."""
    each = {fold(word) for told in _files().values() for word in told.dot.split("|")}
    return "|".join(re.escape(one) for one in sorted(each, key=len, reverse=True))


@cache
def digit_words() -> dict[str, str]:
    """Words for the ten digits in any language: `zwei` is `2`."""
    return {
        fold(word): str(value)
        for told in _files().values()
        for value, words in enumerate(told.digits.split())
        for word in words.split("|")
    }


@cache
def _files() -> dict[str, GuardFile]:
    """Raises Misconfigured: the language, the key and what is wrong."""
    raw = files("assistant.drafting").joinpath("lexicon", "guard.yaml").read_text("utf-8")
    try:
        told = yaml.load(raw, Loader=_LOADER)  # noqa: S506 (both loaders are safe ones)
        found = {name: GuardFile.model_validate(one) for name, one in told.items()}
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(step) for step in first["loc"])
        raise Misconfigured(f"guard.yaml {key}", first["msg"]) from error
    if missing := set(LANGUAGES) - set(found):
        raise Misconfigured("guard.yaml", f"lacks {', '.join(sorted(missing))}")
    return found


def _common(language: str) -> frozenset[str]:
    known = buyer_words(language).file.common if language in written("") else ""
    return frozenset(fold(known).split())
