"""What the check of a translation knows of each language: `lexicon/translation.yaml`, read once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, cached_property
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.drafting.lexicon import LANGUAGES, Lines, buyer_words, stem
from assistant.drafting.plain import fold, plain_letters
from assistant.errors import Misconfigured

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
UNSPACED = frozenset({"ja", "ko", "zh", "th"})
"""Where a word may stand anywhere in a run of letters; Korean for its particles."""
NOTHING = re.compile("(?!)")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    deny: Lines = ()
    soft: Lines = ()
    seem: Lines = ()
    numbers: dict[str, int] = Field(default_factory=dict)
    pairs: dict[str, str] = Field(default_factory=dict)
    """Words that are a unit twice, and the unit."""
    late: str = ""
    days: dict[str, int] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)


class Tongue:
    """One language, its patterns made when first asked for."""

    def __init__(self, language: str, file: _File) -> None:
        self.language = language
        self.file = file

    @cached_property
    def deny(self) -> re.Pattern[str]:
        return self._any(self.file.deny)

    @cached_property
    def soft(self) -> re.Pattern[str]:
        return self._any(self.file.soft)

    @cached_property
    def seem(self) -> re.Pattern[str]:
        return self._any(self.file.seem)

    @cached_property
    def late(self) -> re.Pattern[str]:
        return self._any((self.file.late,) if self.file.late else ())

    @cached_property
    def days(self) -> tuple[tuple[re.Pattern[str], int], ...]:
        """Names of weekdays as they stand in sentences."""
        return tuple((self._any((name,)), day) for name, day in self.file.days.items())

    @cached_property
    def pairs(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((self._any((name,)), unit) for name, unit in self.file.pairs.items())

    @cached_property
    def numbers(self) -> tuple[tuple[re.Pattern[str], int], ...]:
        """The longest first: `twenty` before `ten`."""
        ordered = sorted(self.file.numbers.items(), key=lambda one: -len(one[0]))
        return tuple((self._any((word,)), value) for word, value in ordered)

    @cached_property
    def units(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """Units after a number, the special ones first."""
        known = dict(self.file.units)
        for unit, words in buyer_words(self.language).file.units.items():
            known[unit] = f"{known[unit]}|{words}" if unit in known else words
        order = sorted(known, key=lambda unit: unit != "workday")
        return tuple((_unit(known[unit], self.language), unit) for unit in order)

    def _any(self, lines: Iterable[str]) -> re.Pattern[str]:
        body = "|".join(plain_letters(unicodedata.normalize("NFC", line)) for line in lines)
        if not body:
            return NOTHING
        bounds = ("", "") if self.language in UNSPACED else (r"(?<!\w)", r"(?!\w)")
        return re.compile(f"{bounds[0]}(?:{body}){bounds[1]}")


def _unit(words: str, language: str) -> re.Pattern[str]:
    end = "" if language in UNSPACED else r"(?!\w)"
    return re.compile(rf"[\s-]{{0,2}}(?:{fold(words)}){end}")


@cache
def tongue(language: str) -> Tongue:
    """What is known of *language*; of one that has no lexicon nothing. Raises: Misconfigured."""
    return _tongues().get(stem(language)) or Tongue("en", _File())


@cache
def _tongues() -> dict[str, Tongue]:
    raw = files("assistant.drafting").joinpath("lexicon", "translation.yaml").read_text("utf-8")
    try:
        told = yaml.load(raw, Loader=_LOADER)  # noqa: S506 (both loaders are safe ones)
        return {name: Tongue(name, _File.model_validate(told[name])) for name in LANGUAGES}
    except (ValidationError, KeyError, re.error, yaml.YAMLError) as error:
        raise Misconfigured("translation.yaml", f"{type(error).__name__} {error}") from error


def known(language: str) -> bool:
    """Whether denials of *language* can be read."""
    return stem(language) in LANGUAGES
