"""What a person does in Slack's blocks, as the payload that Slack makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Element = Mapping[str, Any]

TEXTS = {
    "plain_text_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "multi_users_select": ("selected_users", "initial_users"),
}
"""Elements whose value is text (or a list of ids): where it is told, and where it is preset."""
ONE = ("static_select", "radio_buttons", "external_select", "overflow")
MANY = ("checkboxes", "multi_static_select", "multi_external_select")


def elements(blocks: Sequence[Element]) -> Iterator[tuple[Element, Element]]:
    """Every interactive element with its block."""
    for block in blocks:
        several = block.get("elements", []) if block["type"] == "actions" else []
        for element in (block.get("accessory"), block.get("element"), *several):
            if element and "action_id" in element:
                yield block, element


def element_of(blocks: Sequence[Element], action_id: str) -> dict[str, Any]:
    """The element, with the id of its block. Whoever presses what isn't there finds out."""
    found = [
        {**element, "block_id": block.get("block_id")}
        for block, element in elements(blocks)
        if element["action_id"] == action_id
    ]
    there = [element["action_id"] for _, element in elements(blocks)]
    assert found, f"nobody can press {action_id}: there is only {there}"
    return found[0]


def action_of(element: Element, value: str = "") -> dict[str, Any]:
    """What pressing it, or choosing the option *value*, tells the app."""
    kind = element["type"]
    action = {key: element[key] for key in ("type", "action_id", "block_id") if element.get(key)}
    if kind == "button":
        more = {key: element[key] for key in ("value", "text") if key in element}
    elif kind in TEXTS:
        more = {TEXTS[kind][0]: value}
    elif kind in MANY:
        more = {"selected_options": [_option(element, one) for one in value.split()]}
    else:
        more = {"selected_option": _option(element, value)}
    return {**action, **more}


def state_of(
    view: Element, values: Mapping[str, Any], unfinished: bool = False
) -> dict[str, dict[str, Any]]:
    """`state.values` of a modal when *values* (by block or action id) were entered into it.

    What wasn't touched has its preset. Slack lets nobody submit a form with a required field empty,
    or too long: neither does this, unless it is *unfinished*.
    """
    state: dict[str, dict[str, Any]] = {}
    left = dict(values)
    for block, element in elements(view["blocks"]):
        if element["type"] in ("button", "overflow"):
            continue
        name = next(
            (key for key in (block.get("block_id"), element["action_id"]) if key in left), ""
        )
        entered = _entered(element, left.pop(name)) if name else _preset(element)
        if not unfinished:
            _check(block, element, entered)
        state.setdefault(block.get("block_id", ""), {})[element["action_id"]] = entered
    assert not left, f"the form has no field {list(left)}"
    return state


def _entered(element: Element, value: Any) -> dict[str, Any]:
    kind = element["type"]
    if kind in TEXTS:
        return {"type": kind, TEXTS[kind][0]: value}
    if kind in MANY:
        return {"type": kind, "selected_options": [_option(element, one) for one in value]}
    return {"type": kind, "selected_option": None if value is None else _option(element, value)}


def _preset(element: Element) -> dict[str, Any]:
    kind = element["type"]
    if kind in TEXTS:
        told, preset = TEXTS[kind]
        return {"type": kind, told: element.get(preset)}
    if kind in MANY:
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": element.get("initial_option")}


def _option(element: Element, value: str) -> Element:
    groups = element.get("option_groups", [])
    options = [*element.get("options", []), *(one for group in groups for one in group["options"])]
    # A team of several rooms is a menu of ours, where a person's id says which room they are of.
    found = [one for one in options if one["value"] == value or one["value"].endswith(f":{value}")]
    there = [one["value"] for one in options]
    assert found, f"nobody can choose {value} in {element['action_id']}: there is only {there}"
    chosen: Element = found[0]
    return chosen


def _check(block: Element, element: Element, entered: Mapping[str, Any]) -> None:
    [value] = [value for key, value in entered.items() if key != "type"]
    if block["type"] == "input" and not block.get("optional"):
        assert value, f"Slack doesn't submit a form whose {element['action_id']} is empty"
    if isinstance(value, str):
        length = len(value)
        assert length <= element.get("max_length", 3000), f"{element['action_id']}: too long"
        assert length >= element.get("min_length", 0) or not value, "too short"
