"""What Slack refuses, checked before it does: the peer we test against takes anything.

Limits as Slack documents them for blocks, elements and views (its Python SDK has the same numbers),
and one that it doesn't document: a message whose blocks hold more than about 13,200 characters is
refused although each block is within its limit. Characters are counted as UTF-16 units, which is
never less than what Slack counts. An unknown key is a mistake: Slack refuses the whole message.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

BLOCKS_OF_A_MESSAGE, BLOCKS_OF_A_VIEW = 50, 100
CHARACTERS_OF_A_MESSAGE = 13_000
TEXT_OF_A_MESSAGE = 4_000
BYTES_OF_A_VIEW = 250_000

SELECTS = {
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
}
SINGLE = {one for one in SELECTS if not one.startswith("multi_")}
CHOICES = {"checkboxes", "radio_buttons"}
DATES = {"datepicker", "timepicker"}
ALLOWED = {
    "actions": {"button", "overflow", "datetimepicker", "workflow_button"}
    | SINGLE
    | CHOICES
    | DATES,
    "accessory": {"button", "overflow", "image", "workflow_button"} | SELECTS | CHOICES | DATES,
    "input": {
        "plain_text_input",
        "email_text_input",
        "url_text_input",
        "number_input",
        "rich_text_input",
        "datetimepicker",
        "file_input",
    }
    | SELECTS
    | CHOICES
    | DATES,
}
"""Which elements stand where."""
TYPED = ("placeholder", "focus_on_load", "initial_value", "dispatch_action_config")
PICKED = ("placeholder", "focus_on_load", "confirm")
LISTED = (*PICKED, "options", "option_groups", "initial_option")
ELEMENT_KEYS: Mapping[str, Sequence[str]] = {
    "button": ("text", "url", "value", "style", "confirm", "accessibility_label"),
    "overflow": ("options", "confirm"),
    "image": ("image_url", "slack_file", "alt_text"),
    "workflow_button": ("text", "workflow", "style", "accessibility_label"),
    "static_select": LISTED,
    "multi_static_select": (*LISTED[:-1], "initial_options", "max_selected_items"),
    "external_select": (*PICKED, "initial_option", "min_query_length"),
    "multi_external_select": (
        *PICKED,
        "initial_options",
        "min_query_length",
        "max_selected_items",
    ),
    "users_select": (*PICKED, "initial_user"),
    "multi_users_select": (*PICKED, "initial_users", "max_selected_items"),
    "conversations_select": (
        *PICKED,
        "initial_conversation",
        "default_to_current_conversation",
        "response_url_enabled",
        "filter",
    ),
    "multi_conversations_select": (
        *PICKED,
        "initial_conversations",
        "default_to_current_conversation",
        "max_selected_items",
        "filter",
    ),
    "channels_select": (*PICKED, "initial_channel", "response_url_enabled"),
    "multi_channels_select": (*PICKED, "initial_channels", "max_selected_items"),
    "checkboxes": ("options", "initial_options", "confirm", "focus_on_load"),
    "radio_buttons": ("options", "initial_option", "confirm", "focus_on_load"),
    "datepicker": (*PICKED, "initial_date"),
    "timepicker": (*PICKED, "initial_time", "timezone"),
    "datetimepicker": ("initial_date_time", "confirm", "focus_on_load"),
    "plain_text_input": (*TYPED, "multiline", "min_length", "max_length"),
    "email_text_input": TYPED,
    "url_text_input": TYPED,
    "number_input": (*TYPED, "is_decimal_allowed", "min_value", "max_value"),
    "rich_text_input": TYPED,
    "file_input": ("filetypes", "max_files"),
}
BLOCK_KEYS: Mapping[str, Sequence[str]] = {
    "section": ("text", "fields", "accessory", "expand"),
    "divider": (),
    "header": ("text",),
    "context": ("elements",),
    "actions": ("elements",),
    "input": ("label", "element", "hint", "optional", "dispatch_action"),
    "image": ("image_url", "slack_file", "alt_text", "title"),
    "markdown": ("text",),
    "rich_text": ("elements",),
}
MODAL = {
    "type",
    "title",
    "blocks",
    "close",
    "submit",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
    "submit_disabled",
}
HOME = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
OPTIONS = {"static_select": 100, "multi_static_select": 100, "overflow": 5}
INITIALS = {"initial_date": r"\d{4}-\d\d-\d\d", "initial_time": r"\d\d:\d\d"}


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def of_message(message: Mapping[str, Any]) -> list[str]:
    """Why Slack would refuse or cut this message (`text`, `blocks`)."""
    said = _text_length("text", message.get("text"), TEXT_OF_A_MESSAGE)
    blocks = message.get("blocks")
    if blocks is None:
        return said
    said += _all_blocks(blocks, BLOCKS_OF_A_MESSAGE)
    characters = sum(units(text) for text, _ in texts(blocks))
    if characters > CHARACTERS_OF_A_MESSAGE:
        said.append(f"blocks: {characters} characters in all, over {CHARACTERS_OF_A_MESSAGE}")
    inputs = [one.get("element", {}).get("type") for one in blocks if one.get("type") == "input"]
    return said + (["a message takes no file_input"] if "file_input" in inputs else [])


def of_view(view: Mapping[str, Any]) -> list[str]:
    """Why Slack would refuse this modal or Home tab."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"type: {kind} is neither modal nor home"]
    said = _unknown("view", view, MODAL if kind == "modal" else HOME)
    said += _all_blocks(view.get("blocks"), BLOCKS_OF_A_VIEW)
    size = len(json.dumps(view, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    if size > BYTES_OF_A_VIEW:
        said.append(f"view: {size} bytes, over {BYTES_OF_A_VIEW}")
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if key in view:
            said += _length(key, view[key], most, least=0)
    blocks = view.get("blocks") or []
    if any(one.get("type") == "markdown" for one in blocks):
        said.append("markdown stands in messages alone")
    if json.dumps(blocks).count('"focus_on_load": true') > 1:
        said.append("focus_on_load: two elements want it")
    return said + (_modal(view, blocks) if kind == "modal" else [])


def texts(blocks: Any) -> Iterator[tuple[str, str]]:
    """Every text that people see, with its kind: `plain_text`, `mrkdwn` or `markdown`."""
    if isinstance(blocks, Mapping):
        kind = blocks.get("type")
        if kind in ("plain_text", "mrkdwn", "markdown", "text") and isinstance(
            blocks.get("text"), str
        ):
            yield blocks["text"], str(kind)
        for one in blocks.values():
            yield from texts(one)
    elif isinstance(blocks, list | tuple):
        for one in blocks:
            yield from texts(one)


def live(message: Mapping[str, Any]) -> list[str]:
    """What Slack would act on: `<!channel>`, `<@U1>`, `<https://…|…>` in its texts.

    Text of a buyer's must never be among it.
    """
    marked = [text for text, kind in texts(message.get("blocks")) if kind in ("mrkdwn", "markdown")]
    if message.get("type") not in ("modal", "home"):
        marked.append(str(message.get("text") or ""))
    return [one for text in marked for one in re.findall(r"<[!@#h][^<>\n]*>", text)]


# ── blocks ───────────────────────────────────────────────────────────────────


def _modal(view: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    said = _plain("title", view.get("title"), 24)
    for key in ("submit", "close"):
        if key in view:
            said += _plain(key, view[key], 24)
    if any(one.get("type") == "input" for one in blocks) and "submit" not in view:
        said.append("submit: a modal with input blocks needs it")
    return said


def _all_blocks(blocks: Any, most: int) -> list[str]:
    if not isinstance(blocks, list | tuple):
        return ["blocks: not a list"]
    said = []
    if not 1 <= len(blocks) <= most:
        said.append(f"blocks: {len(blocks)}, not 1 to {most}")
    ids = Counter(one["block_id"] for one in blocks if one.get("block_id"))
    said += [f"block_id {id} is there {many} times" for id, many in ids.items() if many > 1]
    for number, block in enumerate(blocks):
        said += [f"blocks[{number}] {one}" for one in _block(block)]
    return said


def _block(block: Mapping[str, Any]) -> list[str]:
    kind = str(block.get("type"))
    if kind not in BLOCK_KEYS:
        return [f"{kind} is no block of ours"]
    said = _unknown(kind, block, {"type", "block_id", *BLOCK_KEYS[kind]})
    if "block_id" in block:
        said += _length("block_id", block["block_id"], 255)
    check = _BLOCKS.get(kind)
    return said + (check(block) if check else [])


def _section(block: Mapping[str, Any]) -> list[str]:
    said = []
    if "text" not in block and "fields" not in block:
        said.append("section: neither text nor fields")
    if "text" in block:
        said += _text("section.text", block["text"], 3000)
    if "fields" in block:
        said += _count("section.fields", block["fields"], 10)
        for one in block["fields"]:
            said += _text("section.fields", one, 2000)
    if "accessory" in block:
        said += _element(block["accessory"], "accessory")
    return said


def _header(block: Mapping[str, Any]) -> list[str]:
    return _plain("header.text", block.get("text"), 150)


def _markdown(block: Mapping[str, Any]) -> list[str]:
    return _length("markdown.text", block.get("text"), 12_000)


def _context(block: Mapping[str, Any]) -> list[str]:
    elements = block.get("elements", ())
    said = _count("context.elements", elements, 10)
    for one in elements:
        image = one.get("type") == "image"
        said += _element(one, "accessory") if image else _text("context.elements", one, 3000)
    return said


def _actions(block: Mapping[str, Any]) -> list[str]:
    elements = block.get("elements", ())
    said = _count("actions.elements", elements, 25)
    for one in elements:
        said += _element(one, "actions")
    ids = Counter(one.get("action_id") for one in elements if one.get("action_id"))
    return said + [f"action_id {id} is there {many} times" for id, many in ids.items() if many > 1]


def _input(block: Mapping[str, Any]) -> list[str]:
    said = _plain("input.label", block.get("label"), 2000)
    if "hint" in block:
        said += _plain("input.hint", block["hint"], 2000)
    return said + _element(block.get("element", {}), "input")


def _image(block: Mapping[str, Any]) -> list[str]:
    said = _picture(block)
    return said + (_plain("image.title", block["title"], 2000) if "title" in block else [])


def _rich(block: Mapping[str, Any]) -> list[str]:
    return _count("rich_text.elements", block.get("elements", ()), 1000)


_BLOCKS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "section": _section,
    "header": _header,
    "markdown": _markdown,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "rich_text": _rich,
}


# ── elements ─────────────────────────────────────────────────────────────────


def _element(element: Mapping[str, Any], where: str) -> list[str]:
    kind = str(element.get("type"))
    if kind not in ELEMENT_KEYS:
        return [f"{kind} is no element"]
    said = [] if kind in ALLOWED[where] else [f"{kind} doesn't stand in {where}"]
    own = () if kind == "image" else ("action_id",)
    said += _unknown(kind, element, {"type", *own, *ELEMENT_KEYS[kind]})
    if "action_id" in element:
        said += _length(f"{kind}.action_id", element["action_id"], 255)
    if "placeholder" in element:
        said += _plain(f"{kind}.placeholder", element["placeholder"], 150)
    if "confirm" in element:
        said += _confirm(element["confirm"])
    for key, form in INITIALS.items():
        if key in element and not re.fullmatch(form, str(element[key])):
            said.append(f"{kind}.{key}: {element[key]!r}")
    check = _ELEMENTS.get(kind)
    return said + (check(element) if check else [])


def _button(element: Mapping[str, Any]) -> list[str]:
    said = _plain("button.text", element.get("text"), 75)
    for key, most in (("value", 2000), ("url", 3000), ("accessibility_label", 75)):
        if key in element:
            said += _length(f"button.{key}", element[key], most)
    style = element.get("style", "primary")
    return said + ([] if style in ("primary", "danger") else [f"button.style: {style}"])


def _picture(element: Mapping[str, Any]) -> list[str]:
    said = _length("image.alt_text", element.get("alt_text"), 2000)
    if ("image_url" in element) == ("slack_file" in element):
        said.append("image: either image_url or slack_file")
    if "image_url" in element:
        said += _length("image.image_url", element["image_url"], 3000)
    return said


def _options(element: Mapping[str, Any]) -> list[str]:
    kind = str(element["type"])
    most = OPTIONS.get(kind, 10)
    if ("options" in element) == ("option_groups" in element):
        return [f"{kind}: either options or option_groups"]
    groups = element.get("option_groups", [])
    said = _count(f"{kind}.option_groups", groups, 100) if "option_groups" in element else []
    offered: list[Any] = []
    for options in (
        [element["options"]] if "options" in element else [one["options"] for one in groups]
    ):
        said += _count(f"{kind}.options", options, most)
        offered += options
    for group in groups:
        said += _plain(f"{kind}.option_groups.label", group.get("label"), 75)
    for option in offered:
        said += _option(kind, option)
    chosen = [*element.get("initial_options", [])]
    chosen += [element["initial_option"]] if "initial_option" in element else []
    strange = [one for one in chosen if one not in offered]
    return said + [f"{kind}: the initial {one} is no option" for one in strange]


def _option(kind: str, option: Mapping[str, Any]) -> list[str]:
    more = {"url"} if kind == "overflow" else set()
    said = _unknown(f"{kind}.option", option, {"text", "value", "description", *more})
    said += _length(f"{kind}.option.value", option.get("value"), 150)
    as_text = _text if kind in CHOICES else _plain
    said += as_text(f"{kind}.option.text", option.get("text"), 75)
    if "description" in option:
        said += as_text(f"{kind}.option.description", option["description"], 75)
    return said


def _typed(element: Mapping[str, Any]) -> list[str]:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if not (0 <= least <= 3000 and 1 <= most <= 3000 and least <= most):
        return [f"plain_text_input: {least} to {most} characters"]
    return _length("plain_text_input.initial_value", element.get("initial_value", ""), most, 0)


_ELEMENTS: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "button": _button,
    "image": _picture,
    "plain_text_input": _typed,
    **dict.fromkeys((*OPTIONS, *sorted(CHOICES)), _options),
}


def _confirm(dialog: Mapping[str, Any]) -> list[str]:
    said = _unknown("confirm", dialog, {"title", "text", "confirm", "deny", "style"})
    said += _plain("confirm.title", dialog.get("title"), 100)
    said += _text("confirm.text", dialog.get("text"), 300)
    said += _plain("confirm.confirm", dialog.get("confirm"), 30)
    return said + _plain("confirm.deny", dialog.get("deny"), 30)


# ── texts and counts ─────────────────────────────────────────────────────────


def _plain(where: str, text: Any, most: int) -> list[str]:
    if isinstance(text, Mapping) and text.get("type") != "plain_text":
        return [f"{where}: {text.get('type')} where only plain_text is taken"]
    return _text(where, text, most)


def _text(where: str, text: Any, most: int) -> list[str]:
    if not isinstance(text, Mapping) or text.get("type") not in ("plain_text", "mrkdwn"):
        return [f"{where}: no text object"]
    flag = "emoji" if text["type"] == "plain_text" else "verbatim"
    said = _unknown(where, text, {"type", "text", flag})
    return said + _length(where, text.get("text"), most)


def _text_length(where: str, text: Any, most: int) -> list[str]:
    if not text:
        return [f"{where}: none, so notifications and screen readers have nothing to say"]
    return _length(where, text, most)


def _length(where: str, text: Any, most: int, least: int = 1) -> list[str]:
    if not isinstance(text, str):
        return [f"{where}: no text"]
    if not least <= units(text) <= most:
        return [f"{where}: {units(text)} characters, not {least} to {most}"]
    return []


def _count(where: str, several: Sequence[Any], most: int) -> list[str]:
    return [] if 1 <= len(several) <= most else [f"{where}: {len(several)}, not 1 to {most}"]


def _unknown(where: str, given: Mapping[str, Any], known: set[str]) -> list[str]:
    return [f"{where}: unknown {key}" for key in given if key not in known]
