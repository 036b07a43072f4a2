"""What a press carries, and what it means when it comes back: a command without words.

Who pressed is never in it. A form's fields come beside it, from inputs of the same card.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, cast, get_args

from pydantic import ValidationError

from assistant.commands import ACTION, Action, CheckText, FormKind, OfferWords
from assistant.errors import Refused
from assistant.model import ConversationId
from assistant.surface.cards import FormField
from assistant.words import say

Step = Literal["do", "open", "check", "submit"]

FORMS: frozenset[str] = frozenset(get_args(FormKind))
FIELDS: frozenset[str] = frozenset(get_args(FormField.model_fields["name"].annotation))
WORDS = ("text", "reason", "instruction", "override", "question")
"""What people fill in; a press carries none of it."""
LONGEST = 50_000
LONG_ID = 300
"""A conversation's id past so many characters stays out of our cards: the thread tells it."""
DAY, TIME = "until_day", "until_time"
"""The two inputs of a field that is a moment."""
NOTHING: Mapping[str, str] = MappingProxyType({})

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Pressed(NamedTuple):
    """A press, understood."""

    command: Action
    step: Step
    """Do it; open the form that fills it in; check what was typed; fill it in and do it."""
    form: FormKind | None = None
    values: Mapping[str, str] = NOTHING
    """What was typed, by the fields' names."""


# ── what a press carries ─────────────────────────────────────────────────────


def to_do(command: Action) -> dict[str, Any]:
    """The data of a press that does *command*."""
    carried = command.model_dump(mode="json", exclude_defaults=True) | {"kind": command.kind}
    if len(str(carried.get("conversation_id", ""))) > LONG_ID:
        del carried["conversation_id"]
    return {"parley": carried}


def to_open(command: Action, form: FormKind) -> dict[str, Any]:
    return {**to_do(command), "open": form}


def to_check(command: Action, form: FormKind) -> dict[str, Any]:
    return {**to_do(command), "check": form}


def to_submit(command: Action, form: FormKind) -> dict[str, Any]:
    return {**to_do(command), "submit": form}


def to_reword(command: Action, form: FormKind, was: str, now: str, at: int) -> dict[str, Any]:
    """A check, after *was* that stood about *at* has become *now*."""
    return {**to_check(command, form), "was": was, "now": now, "at": at}


# ── what it means ────────────────────────────────────────────────────────────


def pressed(data: Mapping[str, Any], here: ConversationId | None = None) -> Pressed:
    """What *data* of an Action.Execute or an Action.Submit asks for.

    *here* is the conversation in whose thread the card stands. Raises: Refused.
    """
    command = _command(data.get("parley"), here)
    steps = [step for step in ("open", "check", "submit") if step in data]
    if not steps:
        return Pressed(command, "do")
    form = data[steps[0]]
    if len(steps) > 1 or not isinstance(form, str) or form not in FORMS:
        raise _out_of_date()
    step = cast(Step, steps[0])
    values = _values(data) if step != "open" else NOTHING
    return Pressed(command, step, cast(FormKind, form), _reworded(data, values))


def _command(carried: Any, here: ConversationId | None) -> Action:
    if not isinstance(carried, dict):
        raise _out_of_date()
    if here and "conversation_id" not in carried:
        carried = {**carried, "conversation_id": here}
    try:
        command = ACTION.validate_python(carried)
    except ValidationError:
        raise _out_of_date() from None
    wordy = any(getattr(command, name, None) for name in WORDS)
    if wordy or isinstance(command, OfferWords | CheckText):
        raise _out_of_date()
    return command


def _values(data: Mapping[str, Any]) -> dict[str, str]:
    """What the inputs hold: only fields that forms have, only text."""
    typed = {name: value for name, value in data.items() if name in FIELDS | {DAY, TIME}}
    for name, value in typed.items():
        if not isinstance(value, str):
            raise _out_of_date()
        if len(value) > LONGEST:
            raise Refused(
                say("This text is too long: {limit} characters are the limit.", limit=LONGEST)
            )
        # Some clients write line ends as Windows does; findings count characters.
        typed[name] = value.replace("\r\n", "\n").replace("\r", "\n")
    if _GUID.fullmatch(typed.get("to", "")):
        typed["to"] = f"teams:{typed['to']}"
    return _with_moment(typed)


def _with_moment(typed: dict[str, str]) -> dict[str, str]:
    day, time = typed.pop(DAY, ""), typed.pop(TIME, "")
    return typed | {"until_at": f"{day}T{time or '09:00'}"} if day else typed


def _reworded(data: Mapping[str, Any], values: Mapping[str, str]) -> Mapping[str, str]:
    """With the better wording that was pressed for, where the words it is about still stand."""
    was, now, at = data.get("was"), data.get("now"), data.get("at")
    if not (isinstance(was, str) and isinstance(now, str) and isinstance(at, int) and was):
        return values
    text = values.get("text", "")
    places = [found.start() for found in re.finditer(re.escape(was), text)]
    if not places:
        return values
    nearest = min(places, key=lambda place: abs(place - at))
    return {**values, "text": text[:nearest] + now + text[nearest + len(was) :]}


def _out_of_date() -> Refused:
    return Refused(say("This button is out of date. Use the one on the newest card."))
