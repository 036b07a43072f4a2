"""Tracking numbers by shape and check digit (S2.8); never a carrier guessed from bare digits.

What the shapes are is data (`numbers.yaml`, each with its source): a new one needs no code.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, NamedTuple

import yaml
from babel.core import get_global
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from assistant.errors import Misconfigured
from assistant.parcels.checks import CHECKS

POST = "post"
"""Of numbers whose last two letters name the country whose post it is."""
_SEPARATORS = re.compile(r"[ -]")
_ATOM = re.compile(r"(\\d|\[[^\]]+\]|[A-Z0-9])(?:\{(\d+)(?:(,)(\d*))?\})?")


def _known(check: str) -> str:
    if check not in CHECKS:
        raise ValueError(f"no check is called {check}: use one of {', '.join(sorted(CHECKS))}")
    return check


class Format(BaseModel):
    """One shape of tracking numbers; what its fields mean stands in `numbers.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    what: str
    shape: str
    carrier: str | None = None
    check: Annotated[str, AfterValidator(_known)] | None = None
    alone: bool = False
    grouped: bool = False
    source: str
    status: Literal["verified", "unverified"]
    right: tuple[str, ...]
    wrong: tuple[str, ...] = ()

    def fits(self, number: str) -> bool:
        """*number* has this shape, and its check digit is right where there is one."""
        if not re.fullmatch(self.shape, number):
            return False
        return self.check is None or CHECKS[self.check](number)


class Recognised(NamedTuple):
    """What the signs of a tracking number say; the order knows more."""

    number: str
    formats: tuple[str, ...]
    carrier: str | None = None
    """As `playbooks/market/` names it; None: an order must say."""
    country: str | None = None
    """Whose post gave it out."""
    alone: bool = False
    """It can be nothing but a tracking number."""


@cache
def formats() -> tuple[Format, ...]:
    """Raises Misconfigured."""
    raw = yaml.safe_load(files("assistant.parcels").joinpath("numbers.yaml").read_text("utf-8"))
    try:
        return tuple(Format.model_validate(one) for one in raw["formats"])
    except ValidationError as error:
        raise Misconfigured("numbers.yaml", str(error)) from error


def bare(number: str) -> str:
    """In capitals, without spaces and hyphens."""
    return _SEPARATORS.sub("", number).upper()


def recognised(number: str) -> Recognised | None:
    """What *number*, however it is grouped, may be; None where no tracking number looks so."""
    number = bare(number)
    fitting = [one for one in formats() if one.fits(number)]
    if not fitting:
        return None
    names = tuple(one.id for one in fitting)
    first = next((one for one in fitting if one.alone), None)
    if first is None:
        return Recognised(number, names)
    if first.carrier != POST:
        return Recognised(number, names, first.carrier, alone=True)
    country = number[-2:]
    if country not in _countries():
        return None if len(fitting) == 1 else Recognised(number, names, alone=True)
    return Recognised(number, names, country=country, alone=True)


def checked(raw: str) -> str | None:
    """The tracking number *raw* as it is looked up; None where it may be something else."""
    found = recognised(raw)
    return found.number if found and found.alone else None


@cache
def numbers() -> re.Pattern[str]:
    """Whatever may be a tracking number wherever it stands, in folded text; still to be checked."""
    shapes = "|".join(_written(one) for one in formats() if one.alone)
    return re.compile(rf"(?<![a-z\d_-])(?:{shapes})(?![a-z\d_])")


def _written(form: Format) -> str:
    """*form*'s shape in small letters, with the gaps that people leave."""
    if not form.grouped:
        return re.sub(r"[A-Z]", lambda letter: letter[0].lower(), form.shape)
    parts = []
    for atom, least, comma, most in _ATOM.findall(form.shape):
        sign = atom.lower()
        if not least:
            parts.append(sign)
            continue
        upper = (str(int(most) - 1) if most else "") if comma else str(int(least) - 1)
        parts.append(rf"{sign}(?:[ -]?{sign}){{{int(least) - 1},{upper}}}")
    return "[ -]?".join(parts)


@cache
def _countries() -> frozenset[str]:
    """Countries with a currency, as CLDR has them."""
    return frozenset(get_global("territory_currencies"))
