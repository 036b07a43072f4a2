"""What a language calls the cities that carriers name: `lexicon/places.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import ConfigDict

from assistant.drafting.plain import fold
from assistant.model import Frozen


class _File(Frozen):
    model_config = ConfigDict(extra="forbid")
    languages: tuple[str, ...]
    places: tuple[tuple[str, ...], ...]


def known_as(place: str, language: str) -> str:
    """*place* in *language*; as it is written where nobody wrote its name down."""
    names = _places().get(fold(place), {})
    return names.get(language) or names.get(language.split("-")[0]) or place


@cache
def _places() -> Mapping[str, Mapping[str, str]]:
    raw = files("assistant.drafting").joinpath("lexicon", "places.yaml").read_text("utf-8")
    told = _File.model_validate(yaml.safe_load(raw))
    found: dict[str, Mapping[str, str]] = {}
    for names in told.places:
        by_language = dict(zip(told.languages, names, strict=True))
        found |= {fold(name): by_language for name in names}
    return found
