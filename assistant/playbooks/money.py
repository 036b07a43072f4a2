"""Money in playbooks: whole minor units and a currency.

Two currencies never meet by themselves: only through the rates of a day, and what was converted
says by which.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, NamedTuple

from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies
from pydantic import Field, PlainSerializer, model_validator

from assistant.model.ids import Frozen
from assistant.model.orders import Currency
from assistant.playbooks.problems import nearest

_LITERAL = re.compile(r"(-?\d{1,15}(?:\.\d{1,6})?) ([A-Z]{3})")


class CurrenciesDiffer(ValueError):
    """Two amounts in different currencies, and no rate to bring them together."""


@lru_cache(maxsize=512)
def _precision(currency: str) -> int:
    return get_currency_precision(currency)


def _places(currency: str) -> str:
    places = _precision(currency)
    return f"{places} digits after the point" if places else "no digits after a point"


@lru_cache(maxsize=1)
def _in_use() -> frozenset[str]:
    """Currencies that are paid with somewhere today."""
    territories = get_global("territory_currencies")
    return frozenset(
        code
        for used in territories.values()
        for code, _, until, tender in used
        if tender and until is None
    )


def currency_called(code: str) -> str:
    """*code*, if there is such a currency. Raises ValueError with the nearest."""
    if code not in _in_use() and code not in list_currencies():
        raise ValueError(f'no currency is called "{code}"{nearest(code, _in_use())}')
    return code


class Money(NamedTuple):
    """`Money(3490, "EUR")` is 34.90 EUR; `Money(3490, "JPY")` is 3490 JPY."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """*amount* in whole units of the currency, rounded half up to its smallest coin."""
        scale = Decimal(10) ** _precision(currency)
        return cls(int((amount * scale).quantize(Decimal(1), "ROUND_HALF_UP")), currency)

    @classmethod
    def parse(cls, text: str) -> Money:
        """`25 USD`, `12.50 EUR`. Raises ValueError."""
        match = _LITERAL.fullmatch(text)
        if match is None:
            raise ValueError(f'"{text}" is no amount: write it like "25.00 EUR"')
        number, currency = match[1], currency_called(match[2])
        # "1.500 EUR" is one and a half to some readers and fifteen hundred to others.
        if len(number.partition(".")[2]) > _precision(currency):
            raise ValueError(f'"{text}" is no amount: {currency} has {_places(currency)}')
        return cls.of(Decimal(number), currency)

    @classmethod
    def from_cel(cls, value: Any) -> Money:
        return cls(int(value["minor"]), str(value["currency"]))

    def to_cel(self) -> dict[str, int | str]:
        return {"minor": self.minor, "currency": self.currency}

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-_precision(self.currency))

    def plus(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def minus(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def percent(self, percent: int) -> Money:
        """Rounded half up to the smallest coin."""
        return Money((self.minor * percent + 50) // 100, self.currency)

    def times(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def at_most(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def below(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrenciesDiffer(f"rate {self.currency} {other.currency}")
        return other

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


Rate = Annotated[
    Decimal,
    Field(gt=0, allow_inf_nan=False),
    PlainSerializer(str, return_type=str, when_used="json"),
]


class Rates(Frozen):
    """What currencies were worth on one day: one *base* is `rates[code]` of *code*."""

    day: date
    base: Currency
    rates: dict[Currency, Rate]
    source: str = ""

    @model_validator(mode="after")
    def _base_is_one(self) -> Rates:
        if self.rates.get(self.base, Decimal(1)) != 1:
            raise ValueError(f"one {self.base} is one {self.base}")
        return self

    def rate(self, one: str, other: str) -> Decimal | None:
        """How much of *other* one unit of *one* is worth; None where it is not known."""
        known = {**self.rates, self.base: Decimal(1)}
        if one == other:
            return Decimal(1)
        if one not in known or other not in known:
            return None
        return known[other] / known[one]

    def convert(self, money: Money, currency: str) -> Money | None:
        """*money* in *currency*, rounded half up to its smallest coin; None without a rate."""
        rate = self.rate(money.currency, currency)
        return None if rate is None else Money.of(money.amount * rate, currency)


class UsedRate(NamedTuple):
    """A rate that a result depends on: `1 EUR = 0.86 GBP`, of which day and from whom."""

    one: str
    other: str
    rate: Decimal
    day: date
    source: str

    def __str__(self) -> str:
        rate = f"{self.rate:.6f}".rstrip("0").rstrip(".")
        where = f", {self.source}" if self.source else ""
        return f"1 {self.one} = {rate} {self.other} ({self.day.isoformat()}{where})"


class Exchange:
    """Converts for one evaluation, and remembers what it converted by and what it could not."""

    def __init__(self, rates: Rates | None) -> None:
        self.rates = rates
        self.used: dict[tuple[str, str], UsedRate] = {}
        self.lacking: dict[tuple[str, str], None] = {}

    def to(self, money: Money, currency: str) -> Money:
        """*money* in *currency*. Raises CurrenciesDiffer: no rate of the day is known."""
        if money.currency == currency:
            return money
        pair = (money.currency, currency)
        converted = self.rates.convert(money, currency) if self.rates else None
        if converted is None or self.rates is None:
            self.lacking[currency, money.currency] = None
            raise CurrenciesDiffer(f"rate {currency} {money.currency}")
        rate = self.rates.rate(*pair) or Decimal(1)
        self.used[pair] = UsedRate(*pair, rate, self.rates.day, self.rates.source)
        return converted
