"""The check signs of tracking numbers: pure arithmetic, one function a rule.

Sources: UPU S10; UPS's labelling guide; GS1 general specifications; ISO/IEC 7064 (modulo 37,36).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

_S10 = (8, 6, 4, 2, 3, 5, 9, 7)
_FEDEX = (3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)
_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def s10(number: str) -> bool:
    """`RB123456785GB`."""
    total = sum(int(digit) * weight for digit, weight in zip(number[2:10], _S10, strict=True))
    return {10: 0, 11: 5}.get(11 - total % 11, 11 - total % 11) == int(number[10])


def ups(number: str) -> bool:
    """Letters count by their place in the alphabet, every second sign twice."""
    values = [int(char) if char.isdigit() else (ord(char) - 63) % 10 for char in number[2:]]
    total = sum(value * (2 if place % 2 else 1) for place, value in enumerate(values[:-1]))
    return (10 - total % 10) % 10 == values[-1]


def gs1(number: str) -> bool:
    """Weights 3 and 1 from the right."""
    digits = [int(char) for char in number]
    total = sum(digit * (3 if place % 2 == 0 else 1) for place, digit in enumerate(digits[-2::-1]))
    return (10 - total % 10) % 10 == digits[-1]


def gs1_22(number: str) -> bool:
    """Of the 22 digits behind a routing code."""
    return gs1(number[-22:])


def mod_7(number: str) -> bool:
    return int(number[:-1]) % 7 == int(number[-1])


def fedex_12(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number[:11], _FEDEX, strict=True))
    return total % 11 % 10 == int(number[11])


def mod_37_36(number: str) -> bool:
    carried = 36
    for sign in number[:-1]:
        carried = (carried + _SIGNS.index(sign)) % 36 or 36
        carried = carried * 2 % 37
    return (37 - carried) % 36 == _SIGNS.index(number[-1])


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "s10": s10,
    "ups": ups,
    "gs1": gs1,
    "gs1-22": gs1_22,
    "mod-7": mod_7,
    "fedex-12": fedex_12,
    "mod-37-36": mod_37_36,
}
"""By the names that `numbers.yaml` uses."""
