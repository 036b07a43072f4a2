"""The open fields of a form as Slack's inputs, and what was put into them.

An input's `block_id` says which field it is, and which part of a text: an input of Slack's holds
3,000 characters, so a longer text has several, one under the other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from assistant.surface.cards import Choice, Form, FormField
from assistant.words import Words, say
from connectors.rooms.slack.kit import Block
from connectors.rooms.slack.text import clean, cut, one_line, plain, size, split, visible

INPUT = 3_000
ROOMY = 2_500
"""A text past this gets another input to go on in."""
GROUP = 100
CHOICE_CHARS = 150
LABEL = 75
HASHED = "sha256:"
GLUE = {"p": "\n\n", "l": "\n", "s": " ", "n": ""}
"""What was between two parts of a text, and is put back there."""

_ID = re.compile(r"field:(?P<name>\w+):(?P<edition>\d+):(?P<part>\d+):(?P<glue>[plsn])")


def inputs(
    field: FormField, value: str, words: Words, *, edition: int, watched: bool
) -> Iterator[Block]:
    """The input blocks of *field* with *value* in them; of a *watched* one each change is told."""
    if field.kind in ("words", "line") or (field.kind == "choice" and not field.choices):
        yield from _texts(field, clean(value), words, edition, watched)
    else:
        element = {"action_id": f"field:{field.name}", **_picker(field, value)}
        yield {
            **_input(field, field.label, f"field:{field.name}:{edition}:0:n"),
            "element": element,
        }


def _input(field: FormField, label: str, block_id: str) -> Block:
    block: Block = {
        "type": "input",
        "block_id": block_id,
        "label": plain(label if visible(label) else "…", 150),
        "optional": not field.required,
    }
    hint = field.hint if visible(field.hint) and block_id.endswith(":0:n") else ""
    return {**block, "hint": plain(hint, 300)} if hint else block


# ── texts ────────────────────────────────────────────────────────────────────


class _Part(NamedTuple):
    text: str
    glue: str


def _texts(
    field: FormField, value: str, words: Words, edition: int, watched: bool
) -> Iterator[Block]:
    for at, part in enumerate(_parts(field, value)):
        label = words(say("{label}, continued", label=field.label)) if at else field.label
        block = _input(field, label, f"field:{field.name}:{edition}:{at}:{part.glue}")
        element: Block = {
            "type": "plain_text_input",
            "action_id": f"{'typed' if watched else 'field'}:{field.name}",
            "multiline": field.kind == "words",
            "max_length": INPUT,
        }
        if part.text:
            element["initial_value"] = part.text
        if watched:
            block["dispatch_action"] = True
            element["dispatch_action_config"] = {"trigger_actions_on": ["on_character_entered"]}
        # The rest of a long text may be deleted whole.
        yield {**block, "optional": at > 0 or not field.required, "element": element}


def _parts(field: FormField, value: str) -> list[_Part]:
    """A text in as many parts as it needs; `glue` is what was before each."""
    parts: list[_Part] = []
    space = ""
    for raw in split(value, INPUT):
        text = raw.strip()
        if not visible(text):
            space += raw
            continue
        before = space + raw[: len(raw) - len(raw.lstrip())]
        parts.append(_Part(text, _glue(before) if parts else "n"))
        space = raw[len(raw.rstrip()) :]
    if not parts:
        return [_Part("", "n")]
    if field.max_chars > INPUT and field.kind == "words" and size(parts[-1].text) > ROOMY:
        parts.append(_Part("", "p"))
    return parts


def _glue(space: str) -> str:
    if "\n" in space:
        return "p" if space.count("\n") > 1 else "l"
    return "s" if space else "n"


# ── choices ──────────────────────────────────────────────────────────────────


def _picker(field: FormField, value: str) -> Block:
    if field.kind == "moment":
        moment = _seconds(value)
        return {"type": "datetimepicker", **({"initial_date_time": moment} if moment else {})}
    if field.choices and not (field.kind == "person" and _all_in_slack(field.choices)):
        return _select(field.choices, value)
    platform, _, user = value.rpartition(":")
    known = platform.startswith("slack:") and user
    return {"type": "users_select", **({"initial_user": user} if known else {})}


def _all_in_slack(people: Sequence[Choice]) -> bool:
    """Then Slack's own menu is better: it has those, too, who did nothing here yet."""
    return all(one.value.startswith("slack:") for one in people)


def _seconds(value: str) -> int | None:
    try:
        return int(datetime.fromisoformat(value).timestamp())
    except ValueError:
        return None


def _select(choices: Sequence[Choice], value: str) -> Block:
    options = [_option(choice) for choice in choices[: GROUP * GROUP]]
    chosen = [one for one in options if one["value"] == short(value)]
    select: Block = {"type": "static_select"}
    if len(options) <= GROUP:
        select["options"] = options
    else:
        groups = [options[start : start + GROUP] for start in range(0, len(options), GROUP)]
        select["option_groups"] = [{"label": one[0]["text"], "options": one} for one in groups]
    return {**select, "initial_option": chosen[0]} if chosen else select


def _option(choice: Choice) -> Block:
    label = one_line(choice.label, LABEL)
    return {"text": plain(label if visible(label) else "…"), "value": short(choice.value)}


def short(value: str) -> str:
    """*value* as a choice's: Slack allows 150 characters, so a longer one goes by its hash."""
    if value and size(value) <= CHOICE_CHARS and not value.startswith(HASHED):
        return value
    return HASHED + hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def resolve(values: Mapping[str, str], form: Form) -> dict[str, str]:
    """*values* with the choices of *form* that were shortened as they really are."""
    long = {short(one.value): one.value for field in form.fields for one in field.choices}
    return {name: long.get(value, value) for name, value in values.items()}


# ── what was put in ──────────────────────────────────────────────────────────


def values_of(view: Mapping[str, Any], team: str = "") -> dict[str, str]:
    """What a view's fields hold, by field: a text whole, a person by id, a moment as ISO in UTC.

    *team* is the workspace whose people were offered; else it is the view's own.
    """
    team = team or str(view.get("team_id") or "")
    parts: dict[str, list[tuple[int, str, str]]] = {}
    for block_id, element in _elements(view):
        found = _ID.fullmatch(block_id)
        if found:
            part = (int(found["part"]), GLUE[found["glue"]], _value(element, team))
            parts.setdefault(found["name"], []).append(part)
    return {name: _joined(found) for name, found in parts.items()}


def _elements(view: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each input with what it holds.

    A required one that comes back empty was not touched: not every client sends what it was given.
    """
    state = view.get("state") or {}
    given = {
        str(block.get("block_id")): block.get("element") or {}
        for block in view.get("blocks") or ()
        if not block.get("optional")
    }
    for block_id, actions in (state.get("values") or {}).items():
        for element in actions.values():
            yield block_id, element if _value(element, "") else given.get(block_id, element)


def _value(element: Mapping[str, Any], team: str) -> str:
    text = element.get("value") or element.get("initial_value")
    option = element.get("selected_option") or element.get("initial_option")
    user = element.get("selected_user") or element.get("initial_user")
    moment = element.get("selected_date_time") or element.get("initial_date_time")
    if option:
        return str(option.get("value") or "")
    if user:
        return f"slack:{team}:{user}"
    if moment:
        return datetime.fromtimestamp(int(moment), UTC).isoformat()
    return str(text or "")


def _joined(parts: Sequence[tuple[int, str, str]]) -> str:
    text = ""
    for _, glue, part in sorted(parts):
        if visible(part):
            text = f"{text.rstrip()}{glue}{part}" if text else part
    return text


def errors_of(view: Mapping[str, Any], field: str, message: str) -> dict[str, str]:
    """For `response_action: errors`: *message* at its field, or at the first there is."""
    ids = [str(block.get("block_id")) for block in view.get("blocks") or () if _is_field(block)]
    named = [one for one in ids if one.startswith(f"field:{field}:")]
    said = cut(clean(message), INPUT)
    return {one: said for one in (named or ids)[:1]}


def _is_field(block: Mapping[str, Any]) -> bool:
    return bool(_ID.fullmatch(str(block.get("block_id"))))
