"""A form filled in is a command again. Who acts is never in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from pydantic import ValidationError

from assistant.commands import ACTION, Action, FormKind
from assistant.errors import Refused, Unfilled
from assistant.surface.cards import Form
from assistant.surface.moments import until
from assistant.words import Text, say

Values = Mapping[str, str]
OPEN_FIELDS: Mapping[str, tuple[str, ...]] = {
    "write_reply": ("text", "override"),
    "approve_draft": ("override",),
    "send_offered": ("text", "override"),
    "check_text": ("text",),
    "preview_translation": ("text",),
    "regenerate_draft": ("manner", "instruction"),
    "add_note": ("text",),
    "assign": ("to", "reason"),
    "escalate": ("reason",),
    "close_conversation": ("reason",),
    "snooze_conversation": ("until",),
    "attach_order": ("conversation_id",),
    "change_order": (
        *("text", "amount", "code", "name", "line1", "line2", "postcode", "city", "region"),
        *("country", "phone"),
    ),
    "move_conversation": ("room",),
    "report_unanswered": ("question",),
    "answer_question": ("text", "reason"),
}
"""What a form may fill in, by the kind of its command; everything else stands in the command."""
MAY_BE_NOTHING = ("override", "to")
"""Left empty these mean nobody, or no reason: None, not an empty word."""
NEEDED: Mapping[FormKind, tuple[str, Text]] = {
    "edit": ("text", say("There is nothing to send. Write the reply first.")),
    "write": ("text", say("There is nothing to send. Write the reply first.")),
    "offer": ("text", say("There is nothing to send. Write the reply first.")),
    "answer": ("text", say("There is nothing to send. Write the reply first.")),
    "know": ("text", say("Write what buyers should read.")),
    "note": ("text", say("The note is empty.")),
    "escalate": ("reason", say("Say in a few words why a lead is needed.")),
    "move": ("room", say("Choose the room that it moves to.")),
    "change_note": ("text", say("The note is empty.")),
    "change_refund": ("amount", say("Write an amount, such as 12.50.")),
    "change_coupon": ("amount", say("Write an amount, such as 12.50.")),
    "change_address": ("line1", say("An address needs this.")),
    "attach": ("conversation_id", say("Choose the conversation that it belongs to.")),
}
"""The field that a form can't do without, and what is said where it is empty."""


def filled(form: Form, values: Values, now: datetime, zone: tzinfo) -> Action:
    """The command of *form* with *values* in its open fields. Raises: Unfilled, Refused."""
    return filled_command(form.command, form.kind, values, now, zone)


def filled_command(
    command: Action, kind: FormKind, values: Values, now: datetime, zone: tzinfo
) -> Action:
    """The same from a form's command and kind alone: all that a platform keeps of it.

    `now` and the writer's `zone` give `until=tomorrow` its meaning. Raises: Unfilled (the field
    that lacks something, and what), Refused.
    """
    field, what = NEEDED.get(kind, ("", say("")))
    if field and not values.get(field, "").strip():
        raise Unfilled(field, what)
    if kind == "snooze" and "until" not in values:
        raise Unfilled("until", say("Choose a time that is still to come."))
    return filled_in(command.model_dump(mode="json"), values, now, zone)


def filled_in(told: Mapping[str, Any], values: Values, now: datetime, zone: tzinfo) -> Action:
    """The command *told*, whatever it is, with the open fields that *values* has."""
    names = [name for name in OPEN_FIELDS.get(str(told.get("kind")), ()) if name in values]
    opened = {name: _opened(name, values, now, zone) for name in names}
    return validated({**told, **opened})


def validated(told: Mapping[str, Any]) -> Action:
    """The command that *told* describes. Raises: Unfilled (a field is too long), Refused."""
    try:
        return ACTION.validate_python(told)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refused:
    first = error.errors(include_input=False)[0]
    if first["type"] == "string_too_long":
        limit = int(first["ctx"]["max_length"])
        what = say("This text is too long: {limit} characters are the limit.", limit=limit)
        return Unfilled(str(first["loc"][-1]), what)
    return Refused(say("This button is out of date. Use the one on the newest card."))


def _opened(name: str, values: Values, now: datetime, zone: tzinfo) -> Any:
    if name == "until":
        return _until(values, now, zone)
    # Browsers post line ends as CRLF, while findings count code points of what was typed.
    text = values[name].replace("\r\n", "\n").replace("\r", "\n")
    return None if name in MAY_BE_NOTHING and not text.strip() else text


def _until(values: Values, now: datetime, zone: tzinfo) -> datetime:
    try:
        return until(values, now, zone)
    except Refused as error:
        at = values.get("until") == "at"
        raise Unfilled("until_at" if at else "until", error.text) from None
