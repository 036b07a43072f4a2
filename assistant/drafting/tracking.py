"""Tracking numbers by their shape and check digit; never a carrier guessed from bare digits.

Sources: UPU S10 (check digit of weights 8 6 4 2 3 5 9 7), GS1 SSCC (modulo 10), UPS 1Z (modulo 10).
"""

from __future__ import annotations

import re

_S10 = r"[a-z]{2}[ -]?\d{2,3}[ -]?\d{3}[ -]?\d{2,3}[ -]?\d?[ -]?[a-z]{2}"
_UPS = r"1z(?:[ -]?[0-9a-z]){16}"
_SSCC = r"(?:00[ -]?)?34(?:[ -]?\d){16}"
# With its leading zeros a DHL number is told by its shape; some shops store a wrong last digit.
_USPS = r"9[1-5](?:[ -]?\d){18,20}"
_YUN = r"yt\d{16}"
_CAINIAO = r"lp\d{14,18}"
_LETTERS = r"(?:jjd|jvgl|jd|gm|sf|uj|4px|ubi|cnusup|z[a-z])\d{10,20}[a-z]{0,2}"
_AMZ = r"tb[acm]\d{12}"
NUMBERS = re.compile(
    rf"(?<![a-z\d_-])(?:{_UPS}|{_SSCC}|{_USPS}|{_YUN}|{_CAINIAO}|{_AMZ}|{_LETTERS}|{_S10})(?![a-z\d_])"
)
"""On folded text; a match still has to be `checked`."""
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def checked(raw: str) -> str | None:
    """The tracking number *raw* without its spaces, in capitals; None where it can't be one."""
    number = re.sub(r"[ -]", "", raw).upper()
    if re.fullmatch(r"[A-Z]{2}\d{9}[A-Z]{2}", number):
        return number if _s10(number) else None
    if number.startswith("1Z"):
        return number if len(number) == 18 and _ups(number) else None
    if re.fullmatch(r"34\d{16}", number):
        return number if _mod10(number) else None
    return number if len(number) >= 14 else None


def _s10(number: str) -> bool:
    """UPU S10: `RB123456785GB`."""
    total = sum(int(digit) * weight for digit, weight in zip(number[2:10], _WEIGHTS, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(number[10])


def _ups(number: str) -> bool:
    values = [int(char) if char.isdigit() else (ord(char) - 63) % 10 for char in number[2:]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values[:-1]))
    return (10 - total % 10) % 10 == values[-1]


def _mod10(number: str) -> bool:
    """GS1: weights 3 and 1 from the right."""
    digits = [int(char) for char in number]
    total = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[-2::-1]))
    return (10 - total % 10) % 10 == digits[-1]
