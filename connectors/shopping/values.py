"""Values out of a shop's answers, and the words shops have for colour and size."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.http import clean_line, clean_text

MOST_CHARS = 2_000
"""Of one note of a shop."""
NAMES: Mapping[str, tuple[str, ...]] = {
    "colour": (
        *("color", "colour", "farbe", "couleur", "coloris", "colore", "cor", "kleur", "kolor"),
        *("farve", "färg", "väri", "barva", "renk", "цвет", "колір", "لون", "اللون", "צבע"),
        *("カラー", "色", "颜色", "顏色", "색상", "색깔", "สี", "màu", "màu sắc", "warna", "rang"),
    ),
    "size": (
        *("size", "größe", "groesse", "grösse", "taille", "pointure", "talla", "tamaño", "taglia"),
        *("misura", "tamanho", "maat", "rozmiar", "størrelse", "storlek", "koko", "velikost"),
        *("beden", "размер", "розмір", "مقاس", "المقاس", "מידה", "サイズ", "尺码", "尺碼", "尺寸"),
        *("码数", "사이즈", "크기", "ขนาด", "ไซส์", "kích thước", "kích cỡ", "ukuran", "saiz"),
    ),
    "material": (
        *("material", "matière", "materiale", "materiaal", "materiał", "материал", "素材", "材质"),
        *("材質", "材料", "소재", "재질", "วัสดุ", "chất liệu", "bahan"),
    ),
    "style": ("style", "stil", "estilo", "stile", "スタイル", "款式", "样式", "樣式", "스타일"),
}
"""What shops call what we call colour, size, material, style."""
_MEANS = {name: ours for ours, names in NAMES.items() for name in (ours, *names)}
_IDLE = {"title", "default", "default title"}
"""Shopify gives a product without variants one of this name."""
_DIGITS = re.compile(r"[^\d.,-]")


def key(number: str) -> str:
    """A number as people and shops write it, without what they add to it or leave out."""
    return "".join(c for c in unicodedata.normalize("NFKC", number).casefold() if c.isalnum())


def variant_of(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    """`{"colour": "green"}` of what a shop calls `Farbe: green`; other options keep their name."""
    found: dict[str, str] = {}
    for name, value in pairs:
        told, said = line(name).casefold().strip(" :："), line(value)
        told = told.removeprefix("attribute_").removeprefix("pa_")
        if told and said and said.casefold() not in _IDLE:
            found.setdefault(_MEANS.get(told, told), said)
    return found


def line(value: Any, limit: int = 200) -> str:
    """One line of words; a number as it is; nothing of anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return ""
    return clean_line(str(value), limit)


def words(value: Any) -> str:
    """Words with their lines."""
    return clean_text(value)[:MOST_CHARS].strip() if isinstance(value, str) else ""


def known(value: Any, limit: int = 200) -> str | None:
    """One line; None where there is nothing."""
    return line(value, limit) or None


def amount(value: Any) -> Decimal | None:
    """A decimal as APIs write it: `34.90`; None of anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def minor(value: Any, currency: str | None) -> Decimal | None:
    """An amount that a shop keeps in hundredths, whatever the currency."""
    found = amount(value)
    return None if found is None or currency is None else found / 100


def count(value: Any) -> int | None:
    """A whole number, from zero on."""
    found = amount(value)
    if found is None or found != found.to_integral_value() or not 0 <= found < 10**9:
        return None
    return int(found)


def moment(value: Any, zone: Any = UTC) -> datetime | None:
    """A time in ISO 8601, or seconds since 1970; without an offset it is of *zone*."""
    if isinstance(value, str) and value.strip().isdigit():
        value = int(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        found = datetime.fromisoformat(str(value).strip())
    except (ValueError, OSError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def country(value: Any) -> str | None:
    found = line(value).upper()
    return found if len(found) == 2 and found.isascii() and found.isalpha() else None


def currency(value: Any) -> str | None:
    found = line(value).upper()
    return found if len(found) == 3 and found.isascii() and found.isalpha() else None


def https(value: Any) -> str | None:
    """An address for people to open: https alone."""
    found = line(value, 2_000)
    return found if found.startswith("https://") and " " not in found else None


def marked(text: str, key: str) -> str:
    """Words for a shop's records, with the key by which they are found again."""
    return f"{text.strip()} [{key}]".strip()


def at(value: Any, *path: str | int) -> Any:
    """What is at *path* inside an answer; None where the way ends."""
    for step in path:
        if isinstance(step, int):
            inside = isinstance(value, list) and -len(value) <= step < len(value)
            value = value[step] if inside else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def each(value: Any, *path: str | int) -> Sequence[Mapping[str, Any]]:
    """The objects of the list at *path*; of GraphQL's `nodes` too."""
    found = at(value, *path)
    if isinstance(found, Mapping):
        found = found.get("nodes", found.get("items"))
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []
