"""Answers out of a table or a page of questions: what a team has already becomes playbooks.

A table (CSV) has a row an answer and language, with the columns `question`, `answer` and, where one
likes, `language`, `id`, `about`, `sku`, `intents`, `market`, `platform`, `valid_until`, `source`,
`checked_on`, `cautions`, `not_claimed`. A page (Markdown) has its questions as headings and the
answers below them. Nothing is written here: `imported` gives the files, or all that is wrong.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from itertools import pairwise
from typing import Any, NamedTuple, get_args

from assistant.answers.files import answer_file, answer_id
from assistant.drafting.language import UNKNOWN, detect
from assistant.model import Intent
from assistant.playbooks.kinds.answer import ABOUT

COLUMNS = (
    "question",
    "answer",
    "language",
    "id",
    "about",
    "sku",
    "things",
    "intents",
    "market",
    "platform",
    "valid_until",
    "source",
    "checked_on",
    "cautions",
    "not_claimed",
)
_NEEDED = ("question", "answer")
_LISTS = {"sku": "skus", "things": "things", "market": "markets", "platform": "platforms"}
_BY_LANGUAGE = ("cautions", "not_claimed")
_SEPARATOR = re.compile(r"\s*[;|\n]\s*")
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?")
_SNIFFED = 4_096


class Wrong(NamedTuple):
    """One thing to put right, where it stands."""

    file: str
    line: int
    column: str
    what: str

    def __str__(self) -> str:
        column = f" {self.column}" if self.column else ""
        return f"{self.file}:{self.line}{column}: {self.what}"


@dataclass
class Read:
    """One answer, gathered from its rows."""

    id: str
    line: int
    values: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)


class Imported(NamedTuple):
    """File name → text; and what is wrong, by which nothing should be written."""

    files: Mapping[str, str]
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True)
class Defaults:
    """What holds where a file does not say it."""

    source: str
    today: date
    language: str = ""
    """Empty: as the words themselves look."""
    about: str = "product"


def imported(name: str, text: str, defaults: Defaults) -> Imported:
    """The answers in the file *name*, a `.csv`, `.tsv` or `.md`."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    wrong: list[Wrong] = []
    if name.casefold().endswith((".csv", ".tsv")):
        read = _table(name, text, defaults, wrong)
    else:
        read = _page(name, text, defaults, wrong)
    return Imported(_files(name, read, defaults, wrong), tuple(wrong))


def _files(
    name: str, read: Iterable[Read], defaults: Defaults, wrong: list[Wrong]
) -> Mapping[str, str]:
    files: dict[str, str] = {}
    for one in read:
        values = {
            "id": one.id,
            "about": one.values.pop("about", defaults.about),
            **one.values,
            "source": one.values.get("source", defaults.source),
            "checked_on": one.values.get("checked_on", defaults.today),
            "answers": one.answers,
        }
        try:
            files[f"{one.id}.md"] = answer_file(values)
        except ValueError as error:
            wrong.append(Wrong(name, one.line, "", str(error)))
    return files


# ── a table ──────────────────────────────────────────────────────────────────


def _table(name: str, text: str, defaults: Defaults, wrong: list[Wrong]) -> Iterable[Read]:
    reader = csv.reader(io.StringIO(text), dialect=_dialect(text), strict=True)
    found: dict[str, Read] = {}
    try:
        header = [one.strip().casefold() for one in next(reader, [])]
        if not _columns(name, header, wrong):
            return []
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                _row(name, line, header, cells, found, defaults, wrong)
            line = reader.line_num + 1
    except csv.Error as error:
        wrong.append(Wrong(name, reader.line_num, "", f"not a table: {error}"))
    return found.values()


def _dialect(text: str) -> type[csv.Dialect]:
    """Commas, semicolons or tabs, as spreadsheets of the country write them."""
    try:
        return csv.Sniffer().sniff(text[:_SNIFFED].split("\n", 1)[0], delimiters=",;\t")
    except csv.Error:
        return csv.excel


def _columns(name: str, header: list[str], wrong: list[Wrong]) -> bool:
    before = len(wrong)
    for column in header:
        if column and column not in COLUMNS:
            near = get_close_matches(column, COLUMNS, n=1)
            hint = f', did you mean "{near[0]}"?' if near else f"; one of: {', '.join(COLUMNS)}"
            wrong.append(Wrong(name, 1, column, f"unknown column{hint}"))
    for column in _NEEDED:
        if column not in header:
            wrong.append(Wrong(name, 1, column, "this column is missing"))
    for column in dict.fromkeys(one for one in header if one and header.count(one) > 1):
        wrong.append(Wrong(name, 1, column, "this column is there twice"))
    return len(wrong) == before


def _row(
    name: str,
    line: int,
    header: list[str],
    cells: list[str],
    found: dict[str, Read],
    defaults: Defaults,
    wrong: list[Wrong],
) -> None:
    if len(cells) > len(header):
        what = f"{len(cells)} cells for {len(header)} columns: is a comma not in quotes?"
        wrong.append(Wrong(name, line, "", what))
        return
    row = {column: cell.strip() for column, cell in zip(header, cells, strict=False) if column}
    missing = [column for column in _NEEDED if not row.get(column)]
    if missing:
        wrong.extend(Wrong(name, line, column, "is empty") for column in missing)
        return
    id = row.get("id") or answer_id(row["question"])
    one = found.setdefault(id, Read(id, line))
    language = _language(name, line, row, defaults, wrong)
    if language:
        _tell(name, line, one, language, row["question"], row["answer"], wrong)
        _details(name, line, row, one, language, wrong)


def _language(
    name: str, line: int, row: Mapping[str, str], defaults: Defaults, wrong: list[Wrong]
) -> str:
    told = row.get("language", "") or defaults.language
    if told and not _LANGUAGE.fullmatch(told):
        what = f'"{told}" is no language: write en, de, zh-Hans …'
        wrong.append(Wrong(name, line, "language", what))
        return ""
    if not told:
        told = detect(f"{row['question']} {row['answer']}")
    if told == UNKNOWN:
        wrong.append(Wrong(name, line, "language", "can't be told from the words: write it down"))
        return ""
    return told


def _tell(
    name: str,
    line: int,
    one: Read,
    language: str,
    question: str,
    says: str,
    wrong: list[Wrong],
) -> None:
    """Another question for the same answer is another way to put it; another answer is wrong."""
    told = one.answers.setdefault(language, {"asked": [], "says": says})
    if told["says"] != says:
        what = f'"{one.id}" says something else in {language} in line {one.line}'
        wrong.append(Wrong(name, line, "answer", what))
    told["asked"] += [each for each in _several(question) if each not in told["asked"]]


def _several(cell: str) -> list[str]:
    return [one for one in _SEPARATOR.split(cell.strip()) if one]


def _details(
    name: str,
    line: int,
    row: Mapping[str, str],
    one: Read,
    language: str,
    wrong: list[Wrong],
) -> None:
    for column in ("about", "source"):
        if row.get(column):
            one.values[column] = row[column]
    if one.values.get("about", ABOUT[0]) not in ABOUT:
        what = f'"{one.values.pop("about")}" is not known; one of: {", ".join(ABOUT)}'
        wrong.append(Wrong(name, line, "about", what))
    for column, key in _LISTS.items():
        if row.get(column):
            one.values[key] = list(
                dict.fromkeys([*one.values.get(key, []), *_several(row[column])])
            )
    for column in _BY_LANGUAGE:
        if row.get(column):
            one.values.setdefault(column, {})[language] = _several(row[column])
    _intents(name, line, row, one, wrong)
    _days(name, line, row, one, wrong)


def _intents(name: str, line: int, row: Mapping[str, str], one: Read, wrong: list[Wrong]) -> None:
    known = get_args(Intent)
    for intent in _several(row.get("intents", "")):
        if intent in known:
            one.values.setdefault("intents", [])
            one.values["intents"] += [intent] if intent not in one.values["intents"] else []
        else:
            near = get_close_matches(intent, known, n=1)
            hint = f', did you mean "{near[0]}"?' if near else ""
            wrong.append(Wrong(name, line, "intents", f'no intent is called "{intent}"{hint}'))


def _days(name: str, line: int, row: Mapping[str, str], one: Read, wrong: list[Wrong]) -> None:
    for column in ("valid_until", "checked_on"):
        if not row.get(column):
            continue
        try:
            one.values[column] = date.fromisoformat(row[column])
        except ValueError:
            what = f'"{row[column]}" is no day: write 2026-12-31'
            wrong.append(Wrong(name, line, column, what))


# ── a page ───────────────────────────────────────────────────────────────────


def _page(name: str, text: str, defaults: Defaults, wrong: list[Wrong]) -> Iterator[Read]:
    """Headings that end a section are questions; those that only hold others are titles."""
    seen: dict[str, int] = {}
    for line, heading, body in _sections(text):
        if not body:
            continue
        row = {"question": heading, "answer": body}
        language = _language(name, line, row, defaults, wrong)
        id = answer_id(heading)
        if id in seen:
            wrong.append(Wrong(name, line, "", f"the same question as in line {seen[id]}"))
            continue
        seen[id] = line
        if language:
            one = Read(id, line)
            one.answers[language] = {"asked": [heading], "says": body}
            yield one
    if not seen and not wrong:
        what = "no question: write each as a heading (## …) with its answer below it"
        wrong.append(Wrong(name, 1, "", what))


def _sections(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, heading and what stands below it; not of a title, which has headings below it."""
    found: list[tuple[int, int, str, list[str]]] = []
    for number, content in enumerate(text.split("\n"), start=1):
        heading = _HEADING.match(content)
        if heading is not None:
            found.append((number, len(heading[1]), heading[2], []))
        elif found:
            found[-1][3].append(content)
    deeper = [after[1] > one[1] for one, after in pairwise(found)] + [False]
    for (line, _, heading_text, body), title in zip(found, deeper, strict=False):
        if not title:
            yield line, heading_text, _plain(body)


def _plain(lines: list[str]) -> str:
    """Markdown's emphasis and links as a message has them: words, and addresses behind them."""
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(one.rstrip() for one in lines)).strip()
    text = re.sub(r"\[([^\]]+)\]\((https?://[^)\s]+)\)", r"\1 (\2)", text)
    return re.sub(r"(\*\*|__)(.+?)\1", r"\2", text)
