"""Files and cells as spreadsheets write them: encodings, delimiters, amounts, days."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Literal

from connectors.shopping.values import amount, moment

Days = Literal["", "dmy", "mdy"]
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_HIGH = re.compile(rb"[\x80-\xff]+")
_FORMULA = re.compile(r'^="(.*)"$')
_ROUNDED = re.compile(r"^\d[.,]\d+E\+\d+$", re.I)
_NUMBER = re.compile(r"-?\d[\d.,'\s\u00a0\u202f]*")
_DAY = re.compile(
    r"^(\d{1,4})(?:[./-]|年\s*)(\d{1,2})(?:[./-]|月\s*)(\d{1,4})日?"
    r"(?:[T\s]+(\d{1,2}):(\d{2})(?::(\d{2}))?)?$"
)


def decoded(raw: bytes, encoding: str = "") -> str:
    """The text of a file. Raises: ValueError, where it is in no encoding we know."""
    if encoding:
        return raw.decode(encoding)
    for bom, name in BOMS:
        if raw.startswith(bom):
            return raw.decode(name)
    if b"\0" in (start := raw[:4_000]):  # of two bytes a sign: no other text has zeros in it
        little = start[1::2].count(0) > start[::2].count(0)
        return raw.decode("utf-16-le" if little else "utf-16-be")
    for name in ("utf-8", *_guessed(raw)):
        try:
            return raw.decode(name)
        except UnicodeDecodeError:
            continue
    raise ValueError("it is in an encoding nobody knows; save it as CSV UTF-8")


def _guessed(raw: bytes) -> tuple[str, str]:
    """Chinese comes in pairs of high bytes, the accents of Europe alone between letters."""
    runs = _HIGH.findall(raw[:200_000])
    pairs = sum(len(run) for run in runs if len(run) % 2 == 0)
    alone = sum(len(run) for run in runs if len(run) % 2)
    return ("gb18030", "cp1252") if pairs > alone else ("cp1252", "gb18030")


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row that is not empty, with the line it begins on."""
    lines = text.splitlines(keepends=True)
    if lines and lines[0].strip().casefold().startswith("sep="):
        lines[0] = "\n"  # Excel's own word for the delimiter
    first = next((one for one in lines if one.strip()), "")
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=False)
    began = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield began, [cell_of(cell) for cell in row]
        began = reader.line_num + 1


def cell_of(cell: str) -> str:
    """A cell without what spreadsheets put around a number that they must not touch."""
    plain = cell.strip().lstrip("\ufeff")
    formula = _FORMULA.match(plain)
    return formula[1].strip() if formula else plain.removeprefix("'")


def is_rounded(cell: str) -> bool:
    """`3.40435E+18`: a spreadsheet has thrown the end of a long number away."""
    return bool(_ROUNDED.match(cell))


def sum_of(cell: str) -> Decimal | None:
    """`1.234,56 €` and `$1,234.56` are both 1234.56. Raises: ValueError, where it is no amount."""
    found = _NUMBER.search(cell)
    if not cell:
        return None
    digits = re.sub(r"['\s\u00a0\u202f]", "", found[0]).rstrip(".,") if found else ""
    if digits.count(",") and digits.count("."):
        thousands = "." if digits.rfind(",") > digits.rfind(".") else ","
        digits = digits.replace(thousands, "")
    elif digits.count(",") > 1 or digits.count(".") > 1:
        digits = digits.replace(",", "").replace(".", "")
    value = amount(digits.replace(",", "."))
    if value is None:
        raise ValueError(f"“{cell[:40]}” is no amount")
    return value


def time_of(cell: str, zone: tzinfo, days: Days) -> datetime | None:
    """A day or a time. Raises: ValueError, where it is none, or may be two."""
    if not cell:
        return None
    found = _DAY.match(cell)
    if found is None:
        at = moment(cell, zone)
        if at is None:
            raise ValueError(f"“{cell[:40]}” is no time; write 2026-11-21 13:05")
        return at
    year, month, day = _ordered(cell, found[1], found[2], found[3], days)
    hour, minute, second = (int(part or 0) for part in found.groups()[3:])
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


def _ordered(cell: str, one: str, two: str, three: str, days: Days) -> tuple[int, int, int]:
    if len(one) == 4:
        return int(one), int(two), int(three)
    year = int(three) + (2000 if len(three) == 2 else 0)
    if days == "dmy" or (not days and ("." in cell or int(one) > 12)):
        return year, int(two), int(one)
    if days == "mdy" or (not days and int(two) > 12):
        return year, int(one), int(two)
    raise ValueError(f"“{cell[:40]}” may be two days; say which by `days`")
