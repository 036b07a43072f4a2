"""The elements that our cards are made of. Each is plain data; words in them are inert.

There is no TextBlock and no FactSet: Markdown is live in those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import urlsplit

from assistant.model import Attachment, ThreadId
from assistant.surface.cards import Tone
from connectors.rooms.teams.text import inert, leans_right, line

Element = dict[str, Any]
Link = Callable[[ThreadId], str | None]
"""A thread's address in Teams, where it is known."""
FileLink = Callable[[Attachment], str | None]
"""Where the team can open a file."""

TITLE = 60
ADDRESS = 1_000
COLORS: Mapping[Tone, str] = {
    "plain": "Default",
    "good": "Default",
    "warn": "Default",
    "bad": "Attention",
    "late": "Attention",
}
"""Teams' green and yellow can't be read on white: what they would say is said in bold."""


def nowhere(_: ThreadId) -> str | None:
    return None


def no_file(_: Attachment) -> str | None:
    return None


# ── words ────────────────────────────────────────────────────────────────────


def run(
    text: str,
    *,
    subtle: bool = False,
    bold: bool = False,
    small: bool = False,
    color: str = "Default",
    size: str = "",
) -> Element:
    """Words in one look. An empty run is refused by some clients, hence the space."""
    looks: Element = {"type": "TextRun", "text": inert(text) or " "}
    if subtle:
        looks["isSubtle"] = True
    if bold:
        looks["weight"] = "Bolder"
    if small or size:
        looks["size"] = size or "Small"
    if color != "Default":
        looks["color"] = color
    return looks


def rich(*runs: Element, spacing: str = "", right: bool = False) -> Element:
    """A paragraph of runs."""
    block: Element = {"type": "RichTextBlock", "inlines": list(runs)}
    if spacing:
        block["spacing"] = spacing
    if right:
        block["horizontalAlignment"] = "Right"
    return block


def said(text: str, *, spacing: str = "", **looks: Any) -> Element:
    """Somebody's words in their own direction."""
    block = rich(run(text.strip("\n") or " ", **looks), spacing=spacing)
    return box(block, spacing=spacing or "Small", rtl=True) if leans_right(text) else block


# ── places ───────────────────────────────────────────────────────────────────


def box(
    *items: Element,
    style: Literal["", "emphasis", "good", "attention", "warning", "accent"] = "",
    spacing: str = "",
    id: str = "",
    hidden: bool = False,
    rtl: bool = False,
    separator: bool = False,
) -> Element:
    """A container."""
    box: Element = {"type": "Container", "items": list(items)}
    given = {"style": style, "spacing": spacing, "id": id, "rtl": rtl, "separator": separator}
    box |= {name: value for name, value in given.items() if value}
    if hidden:
        box["isVisible"] = False
    return box


def column(*items: Element, width: str = "stretch", spacing: str = "") -> Element:
    column: Element = {"type": "Column", "width": width, "items": list(items)}
    return column | ({"spacing": spacing} if spacing else {})


def columns(*columns: Element, spacing: str = "") -> Element:
    row: Element = {"type": "ColumnSet", "columns": list(columns)}
    return row | ({"spacing": spacing} if spacing else {})


def sides(left: Element, right: Element | None, spacing: str = "") -> Element:
    """Something at the left, something short at the right."""
    if right is None:
        return left | ({"spacing": spacing} if spacing else {})
    return columns(column(left), column(right, width="auto"), spacing=spacing)


# ── presses ──────────────────────────────────────────────────────────────────


def execute(
    title: str,
    data: Mapping[str, Any],
    *,
    style: str = "default",
    secondary: bool = False,
    alone: bool = False,
    fallback: bool = True,
) -> Element:
    """A press that comes back to us; clients without Action.Execute submit the same data.

    *alone*: without what is typed in the card's inputs, and whether or not it is complete.
    """
    about: Element = {"title": titled(title), "data": dict(data)}
    if style != "default":
        about["style"] = style
    if secondary:
        about["mode"] = "secondary"
    if alone:
        about["associatedInputs"] = "none"
    action = {"type": "Action.Execute", "verb": verb_of(data), **about}
    return action | ({"fallback": {"type": "Action.Submit", **about}} if fallback else {})


def titled(text: str) -> str:
    """What stands on a button; one without a title is refused by some clients."""
    return inert(line(text, TITLE)) or "…"


def verb_of(data: Mapping[str, Any]) -> str:
    """What a press is called where presses are listed; nothing goes by it."""
    step = next((one for one in ("open", "check", "submit") if one in data), "")
    return f"{step}_{data[step]}" if step else str(data["parley"]["kind"])


def opening(title: str, address: str | None, *, secondary: bool = False) -> list[Element]:
    """A press that opens a page; none where there is no address that may be opened."""
    if not may_open(address):
        return []
    action = {"type": "Action.OpenUrl", "title": titled(title), "url": address}
    return [action | ({"mode": "secondary"} if secondary else {})]


def may_open(address: str | None) -> bool:
    """Whether *address* is a page on the web: https, a host, nobody's name before it."""
    if not address or len(address) > ADDRESS or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc


def toggling(*ids: str) -> Element:
    return {"type": "Action.ToggleVisibility", "targetElements": list(ids)}


def pressable(element: Element, action: Element) -> Element:
    """A container or column that does *action* when it is pressed."""
    return element | {"selectAction": action}


def fold(name: str, title: str, less: str, items: Sequence[Element]) -> list[Element]:
    """*items* behind a line that shows them, and one that hides them again."""
    if not items:
        return []
    ids = (f"{name}_shut", f"{name}_open", name)
    action = toggling(*ids)
    return [
        pressable(
            box(rich(run(title, small=True, color="Accent")), id=ids[0], spacing="Small"), action
        ),
        box(*items, id=name, hidden=True, spacing="Small"),
        pressable(
            box(
                rich(run(less, small=True, color="Accent")),
                id=ids[1],
                hidden=True,
                spacing="Small",
            ),
            action,
        ),
    ]


def fold_beside(first: Element, name: str, title: str, items: Sequence[Element]) -> list[Element]:
    """*items* under *first*, behind a word at its right."""
    ids = (f"{name}_shut", f"{name}_open", name)
    word = column(
        box(rich(run(f"{title} ▾", small=True, color="Accent")), id=ids[0]),
        box(rich(run(f"{title} ▴", small=True, color="Accent")), id=ids[1], hidden=True),
        width="auto",
    )
    return [
        columns(column(first), pressable(word, toggling(*ids)), spacing="Small"),
        box(*items, id=name, hidden=True, spacing="Small", style="emphasis"),
    ]


def between(elements: Iterable[Element | None]) -> list[Element]:
    """Those that are there."""
    return [one for one in elements if one]
