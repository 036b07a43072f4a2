"""Money in playbooks: whole minor units and a currency. Two currencies never meet by themselves."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import get_currency_precision

_LITERAL = re.compile(r"(-?\d+(?:\.\d+)?) ([A-Z]{3})")


class CurrenciesDiffer(ValueError):
    """Two amounts in different currencies, and no rate to bring them together."""


class Money(NamedTuple):
    """`Money(3490, "EUR")` is 34.90 EUR; `Money(3490, "JPY")` is 3490 JPY."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> Money:
        """*amount* in whole units of the currency, rounded half up to its smallest coin."""
        scale = Decimal(10) ** get_currency_precision(currency)
        return cls(int((amount * scale).quantize(Decimal(1), "ROUND_HALF_UP")), currency)

    @classmethod
    def parse(cls, text: str) -> Money:
        """`25 USD`, `12.50 EUR`. Raises ValueError."""
        match = _LITERAL.fullmatch(text)
        if match is None:
            raise ValueError(f'"{text}" is no amount: write it like "25.00 EUR"')
        return cls.of(Decimal(match[1]), match[2])

    @classmethod
    def from_cel(cls, value: Any) -> Money:
        return cls(int(value["minor"]), str(value["currency"]))

    def to_cel(self) -> dict[str, int | str]:
        return {"minor": self.minor, "currency": self.currency}

    @property
    def amount(self) -> Decimal:
        return Decimal(self.minor).scaleb(-get_currency_precision(self.currency))

    def plus(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def minus(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def percent(self, percent: int) -> Money:
        """Rounded half up to the smallest coin."""
        return Money((self.minor * percent + 50) // 100, self.currency)

    def at_most(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def _same(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise CurrenciesDiffer(f"rate {self.currency} {other.currency}")
        return other

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"
