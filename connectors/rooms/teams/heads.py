"""The top of a card, and a queue's row: who it is, how they feel, since when they wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.model import Attachment
from assistant.surface.cards import Row, Summary, Tag
from assistant.words import Words, say
from connectors.rooms.teams.pieces import (
    COLORS,
    Element,
    FileLink,
    box,
    column,
    columns,
    may_open,
    pressable,
    rich,
    run,
    sides,
)
from connectors.rooms.teams.text import line

NAME, VIA, SHORT = 80, 80, 60
LABEL, WIDE_LABEL = "88px", "160px"
FILES_SHOWN = 12


def head(summary: Summary, words: Words, due: str | None) -> Element:
    """Who wants what by when, and whose it is."""
    late = summary.waiting_tone == "late"
    who = f"{summary.flag} {line(summary.buyer, NAME)}".strip()
    where = " · ".join(part for part in (line(summary.via, VIA), line(due or "", VIA)) if part)
    owner = line(summary.owner, SHORT) if summary.owner else words(say("unassigned"))
    return box(
        sides(
            rich(run(who, bold=True, size="Medium")),
            rich(
                run(summary.waiting or " ", bold=late, subtle=not late, color=_late(late)),
                right=True,
            ),
        ),
        sides(
            rich(run(where or " ", small=True, subtle=not late, color=_late(late))),
            rich(run(owner, small=True, subtle=True), right=True),
            spacing="None",
        ),
        *([tags(summary.tags)] if summary.tags else []),
    )


def _late(late: bool) -> str:
    return "Attention" if late else "Default"


def tags(found: Sequence[Tag]) -> Element:
    return rich(*tag_runs(found), spacing="Small")


def tag_runs(found: Sequence[Tag]) -> list[Element]:
    """`angry · damaged`: what is not plain has its colour."""
    runs: list[Element] = []
    for tag in found[:8]:
        plain = tag.tone == "plain"
        runs += [run(" · ", small=True, subtle=True)] if runs else []
        text = line(tag.text, SHORT) or " "
        runs.append(run(text, small=True, bold=not plain, color=COLORS[tag.tone]))
    return runs


def rows(found: Sequence[Row], limit: int, most: int, words: Words) -> list[Element]:
    """`label  value`, one under the other; pressed, a row with an address opens it."""
    shown = [row(one, limit) for one in found[:most]]
    if len(found) > most:
        more = words(say("and {n} more", n=len(found) - most))
        shown.append(rich(run(more, small=True, subtle=True), spacing="None"))
    return shown


def row(one: Row, limit: int, width: str = LABEL) -> Element:
    opens = may_open(one.href)
    color = "Accent" if opens and one.tone == "plain" else COLORS[one.tone]
    bold = one.tone not in ("plain", "good")
    shown = columns(
        column(rich(run(line(one.label, SHORT) or " ", small=True, subtle=True)), width=width),
        column(
            rich(run(line(one.value, limit) or " ", small=True, color=color, bold=bold)),
            spacing="Small",
        ),
        spacing="Small",
    )
    return pressable(shown, {"type": "Action.OpenUrl", "url": one.href}) if opens else shown


def files_line(found: Sequence[Attachment], files: FileLink) -> list[Element]:
    """What came with a message; one that can be opened is a press."""
    if not found:
        return []
    shown = found[:FILES_SHOWN]
    plain = [one for one in shown if not may_open(files(one))]
    names = " · ".join(named(one) for one in plain)
    more = f" · +{len(found) - len(shown)}" if len(found) > len(shown) else ""
    quiet = rich(run(f"📎 {names}{more}", small=True, subtle=True), spacing="Small")
    return [
        *([quiet] if plain or more else []),
        *(_opened(one, files(one)) for one in shown if one not in plain),
    ]


def _opened(one: Attachment, address: str | None) -> Element:
    shown = box(rich(run(f"📎 {named(one)}", small=True, color="Accent")), spacing="Small")
    return pressable(shown, {"type": "Action.OpenUrl", "url": address})


def named(one: Attachment) -> str:
    """`spout.jpg (340 kB)`"""
    return f"{line(one.name, SHORT)} ({file_size(one.size)})" if one.size else line(one.name, SHORT)


def file_size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1_000_000 else f"{max(1, round(size / 1e3))} kB"


def lines(texts: Iterable[str], limit: int) -> list[Element]:
    """Small lines, one a paragraph."""
    shown = [line(text, limit) for text in texts]
    return [rich(run(text, small=True), spacing="Small") for text in shown if text]
