"""Buttons and menus: a command as a value, and what was pressed back as a command.

A button's value is its command as JSON. A choice of a menu may have 150 characters alone, so the
conversation is named once, by the first button of the message, which Slack sends along with a
press. It doesn't for messages that one person sees: those have no menus, only buttons that are
complete by themselves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, cast, get_args

from pydantic import ValidationError

from assistant.commands import ACTION, Action, AddNote, DiscardDraft, FormKind
from assistant.errors import Refused
from assistant.model import ConversationId
from assistant.surface.cards import Button, Flag
from assistant.words import Words, say
from connectors.rooms.slack.kit import Block
from connectors.rooms.slack.text import BUTTON, clean, one_line, plain, size, visible

VALUE = 2_000
CHOICE = 150
OVERFLOW = 5
CHOICES = 100
SHOWN = 5
"""Buttons one sees at once; the others are behind ⋯."""
RARE = (AddNote, DiscardDraft)
"""The first to give way where there is not room for all."""
ROW = 25

Kind = Literal["command", "check", "typed", "better", "link", "field"]


@dataclass(frozen=True)
class Pressed:
    """What somebody pressed; `form` is the form that has to be filled in first."""

    command: Action
    form: FormKind | None = None


# ── making them ──────────────────────────────────────────────────────────────


class Arranged(NamedTuple):
    """Where the buttons of a card stand."""

    row: tuple[Button, ...] = ()
    """Seen at once; the first names the conversation for all."""
    again: tuple[Button, ...] = ()
    """Other wordings of a draft: a menu of their own."""
    more: tuple[Button, ...] = ()
    """Behind ⋯ at the end of the row."""
    corner: tuple[Button, ...] = ()
    """Behind ⋯ in the card's corner: what is done with the conversation as a whole."""


def arranged(shown: Sequence[Button]) -> Arranged:
    fit = [one for one in shown[1:] if _fits_menu(one)]
    again = tuple(one for one in fit if one.menu == "regenerate")
    whole = [one for one in fit if one.menu == "more"]
    row = [one for one in shown if one not in again and one not in whole]
    # What sends, writes or asks for help is never hidden behind what is rarely used.
    rare = [one for one in row[1:] if isinstance(one.command, RARE) and _fits_menu(one)]
    more = rare if len(row) > SHOWN else []
    row = [one for one in row if one not in more]
    over = [one for one in row[SHOWN:] if _fits_menu(one)]
    corner = OVERFLOW
    if len([*over, *more, *whole[corner:]]) == 1 and whole[corner:]:
        corner -= 1  # What is alone in a menu would be a button, as if it were wanted often.
    return Arranged(
        row=tuple(one for one in row if one not in over),
        again=again,
        more=(*over, *more, *whole[corner:]),
        corner=tuple(whole[:corner]),
    )


def row_blocks(of: Arranged, words: Words) -> Iterator[Block]:
    """The buttons of a card."""
    elements = [_button(one, at, complete=at == 0) for at, one in enumerate(of.row)]
    elements[2:2] = _menu("regenerate", words(say("Regenerate")), of.again)
    elements += _menu("more", words(say("More")), of.more)
    yield from _rows(elements)


def corner_menu(of: Arranged, words: Words) -> Block | None:
    """The menu in the corner of a card."""
    return next(iter(_menu("corner", words(say("More")), of.corner)), None)


def private_row(shown: Sequence[Button]) -> Iterator[Block]:
    """Buttons of a message that one person sees: each complete by itself, none in a menu."""
    yield from _rows([_button(one, at, complete=True) for at, one in enumerate(shown)])


def _rows(elements: Sequence[Block]) -> Iterator[Block]:
    for start in range(0, len(elements), ROW):
        yield {"type": "actions", "elements": list(elements[start : start + ROW])}


def _fits_menu(one: Button) -> bool:
    return size(_value(one, complete=False)) <= CHOICE


def press_button(one: Button, at: int | str) -> Block:
    """A button by itself, complete; *at* tells it from others of its message."""
    return _button(one, at, complete=True)


def link_button(label: str, address: str, at: int = 0) -> Block:
    return {"type": "button", "text": _label(label), "url": address, "action_id": f"link:{at}"}


def _button(one: Button, at: int | str, *, complete: bool) -> Block:
    value = _value(one, complete=complete)
    button: Block = {
        "type": "button",
        "text": _label(one.label),
        "action_id": f"do:{one.command.kind}:{at}",
        "value": value if size(value) <= VALUE else _value(one, complete=False),
    }
    return button if one.style == "plain" else {**button, "style": one.style}


def _menu(name: str, label: str, choices: Sequence[Button]) -> list[Block]:
    if len(choices) == 1:
        return [_button(choices[0], name, complete=False)]
    if not choices:
        return []
    options = [{"text": _label(one.label), "value": _value(one, complete=False)} for one in choices]
    if name != "regenerate" and len(options) <= OVERFLOW:
        return [{"type": "overflow", "action_id": f"pick:{name}", "options": options}]
    return [
        {
            "type": "static_select",
            "action_id": f"pick:{name}",
            "placeholder": plain(label, CHOICE),
            "options": options[:CHOICES],
        }
    ]


def _label(text: str) -> Block:
    """Slack shows no button without a label."""
    label = one_line(text, BUTTON)
    return plain(label if visible(label) else "…")


def _value(one: Button, *, complete: bool) -> str:
    command = one.command.model_dump(mode="json", exclude_defaults=True)
    if not complete:
        command.pop("conversation_id", None)
    value: dict[str, Any] = {"do": {"kind": one.command.kind, **command}}
    if one.form:
        value["form"] = one.form
    return _packed(value)


def _packed(value: object) -> str:
    """As short as it can be; half a character has to be written as its number."""
    short = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return short if clean(short) == short else json.dumps(value, separators=(",", ":"))


# ── reading them ─────────────────────────────────────────────────────────────


def kind_of(action: Mapping[str, Any]) -> Kind:
    """What *action* of a payload is: only a `command` is for `pressed`."""
    name = str(action.get("action_id", "")).partition(":")[0]
    if name in ("do", "pick"):
        return "command"
    return cast(Kind, name) if name in get_args(Kind) else "field"


def pressed(payload: Mapping[str, Any], about: ConversationId | None = None) -> Pressed:
    """The command of a button or a menu.

    *about* is the conversation of the thread it was pressed in, for what doesn't name one.
    Raises: Refused (not a value of ours, or one that an older version of us made).
    """
    action = _the_action(payload)
    chosen = action.get("selected_option")
    value = _parsed(chosen.get("value") if isinstance(chosen, Mapping) else action.get("value"))
    command = value.get("do")
    form = value.get("form")
    if not isinstance(command, dict) or not (form is None or form in get_args(FormKind)):
        raise _not_ours()
    if "conversation_id" not in command and (named := _named(payload) or about):
        command = {**command, "conversation_id": named}
    try:
        return Pressed(ACTION.validate_python(command), form)
    except ValidationError:
        raise _not_ours() from None


def _the_action(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    actions = payload.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else None
    if not isinstance(first, Mapping) or kind_of(first) != "command":
        raise _not_ours()
    return first


def _parsed(value: object) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) > VALUE:
        raise _not_ours()
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        raise _not_ours() from None
    if not isinstance(parsed, dict):
        raise _not_ours()
    return parsed


def _named(payload: Mapping[str, Any]) -> str | None:
    """The conversation that a button of the same message names."""
    message = payload.get("message")
    blocks = message.get("blocks") if isinstance(message, Mapping) else None
    for value in _values(blocks if isinstance(blocks, list) else []):
        try:
            command = _parsed(value).get("do")
        except Refused:
            continue
        named = command.get("conversation_id") if isinstance(command, dict) else None
        if isinstance(named, str):
            return named
    return None


def _values(blocks: Sequence[Any]) -> Iterator[object]:
    for block in blocks:
        if isinstance(block, Mapping):
            elements = block.get("elements")
            inside = [*(elements if isinstance(elements, list) else ()), block.get("accessory")]
            yield from (one.get("value") for one in inside if isinstance(one, Mapping))


def _not_ours() -> Refused:
    return Refused(say("This button is out of date. Use the newest card of the conversation."))


# ── better words ─────────────────────────────────────────────────────────────


def better_button(flag: Flag, text: str, at: int, words: Words) -> Block | None:
    """A press that takes the review's words for those it objects to."""
    edit = flag.edit
    was = text[edit.start : edit.end] if edit else ""
    if edit is None or not was:
        return None
    value = _packed([edit.start, was, edit.text])
    if size(value) > VALUE:
        return None
    label = plain(words(flag.press), BUTTON)
    return {"type": "button", "action_id": f"better:{at}", "text": label, "value": value}


def bettered(action: Mapping[str, Any], text: str) -> str:
    """*text* with the better words in it, where what they are about is nearest to where it was.

    Raises: Refused (it is not there any more).
    """
    try:
        start, was, better = json.loads(action["value"])
        places = [one.start() for one in re.finditer(re.escape(was), text)] if was else []
        at = min(places, key=lambda place: abs(place - start))
        return f"{text[:at]}{better or ''}{text[at + len(was) :]}"
    except (KeyError, TypeError, ValueError):
        raise Refused(
            say("Those words have changed since. Check again to see what is left.")
        ) from None
