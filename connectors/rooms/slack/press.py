"""Buttons and menus: a command as a value, and what was pressed back as a command.

A button's value is its command as JSON. A choice of a menu may have 150 characters alone, so the
conversation is named once, by the first button of the message, which Slack sends along with a
press. It doesn't for messages that one person sees: those have no menus, only buttons that are
complete by themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from pydantic import ValidationError

from assistant.commands import ACTION, Action, FormKind
from assistant.errors import Refused
from assistant.model import ConversationId
from assistant.surface.cards import Button
from assistant.words import Words, say
from connectors.rooms.slack.kit import Block
from connectors.rooms.slack.text import BUTTON, one_line, plain, size, visible

VALUE = 2_000
CHOICE = 150
OVERFLOW = 5
CHOICES = 100
SHOWN = 5
"""Buttons one sees at once; the others are behind ⋯."""
ROW = 25

Kind = Literal["command", "check", "typed", "better", "link", "field"]


@dataclass(frozen=True)
class Pressed:
    """What somebody pressed; `form` is the form that has to be filled in first."""

    command: Action
    form: FormKind | None = None


# ── making them ──────────────────────────────────────────────────────────────


def buttons(shown: Sequence[Button], words: Words, *, private: bool = False) -> Iterator[Block]:
    """A row of buttons: the first few, the wordings of a draft as a menu, the rest behind ⋯."""
    if not shown:
        return
    row, again, more = _arranged(shown, private=private)
    elements = [_button(one, at, complete=private or at == 0) for at, one in enumerate(row)]
    elements[2:2] = _menu("regenerate", words(say("Regenerate")), again)
    elements += _menu("more", words(say("More")), more)
    for start in range(0, len(elements), ROW):
        yield {"type": "actions", "elements": elements[start : start + ROW]}


def _arranged(
    shown: Sequence[Button], *, private: bool
) -> tuple[list[Button], list[Button], list[Button]]:
    """What stands in the row, what among a draft's wordings, what behind ⋯.

    The first stays in the row: it names the conversation for all.
    """
    row, again, more = [shown[0]], list[Button](), list[Button]()
    for one in shown[1:]:
        if private or not _fits_menu(one):
            row.append(one)
        elif one.menu == "regenerate":
            again.append(one)
        elif one.menu == "more" or len(row) >= SHOWN:
            more.append(one)
        else:
            row.append(one)
    return row, again, more


def _fits_menu(one: Button) -> bool:
    return size(_value(one, complete=False)) <= CHOICE


def accessory(one: Button, at: int | str) -> Block:
    """A button beside a line."""
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
    if name == "more" and len(options) <= OVERFLOW:
        return [{"type": "overflow", "action_id": "pick:more", "options": options}]
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
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
    except ValueError:
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
    return Refused(say("This button is out of date. Use the newest card, or write “help” to me."))
