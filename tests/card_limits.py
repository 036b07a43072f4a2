"""What Teams refuses or shows wrongly, checked before it does: the peer takes any card.

Adaptive Cards 1.5 as Teams takes them. An unknown key is ignored by Teams, so it is a mistake of
ours. Text blocks and facts are Markdown: a buyer's words are live there unless escaped (`live`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

BYTES = 28 * 1024
"""As UTF-16. A bot's message may be bigger by now; webhooks still take no more."""
PRIMARY = 6
"""More buttons than that in a row, and the rest must be `"mode": "secondary"`."""
REFRESHED = 60
"""Users for whom a card refreshes by itself."""

Thing = Mapping[str, Any]

SPACED = ("id", "spacing", "separator", "isVisible", "height", "fallback", "requires")
HELD = (
    "selectAction",
    "style",
    "verticalContentAlignment",
    "bleed",
    "minHeight",
    "backgroundImage",
)
ASKED = ("label", "isRequired", "errorMessage", "value", *SPACED)
LOOKS = ("color", "fontType", "isSubtle", "size", "weight")
ELEMENTS: Mapping[str, Sequence[str]] = {
    "TextBlock": ("text", "wrap", "maxLines", "horizontalAlignment", "style", *LOOKS, *SPACED),
    "RichTextBlock": ("inlines", "horizontalAlignment", *SPACED),
    "Image": (
        "url",
        "altText",
        "backgroundColor",
        "horizontalAlignment",
        "selectAction",
        "size",
        "style",
        "width",
        "msteams",
        *SPACED,
    ),
    "ImageSet": ("images", "imageSize", *SPACED),
    "Container": ("items", "rtl", *HELD, *SPACED),
    "ColumnSet": ("columns", "horizontalAlignment", *HELD, *SPACED),
    "FactSet": ("facts", *SPACED),
    "ActionSet": ("actions", "horizontalAlignment", *SPACED),
    "Table": (
        "columns",
        "rows",
        "firstRowAsHeader",
        "showGridLines",
        "gridStyle",
        "horizontalCellContentAlignment",
        "verticalCellContentAlignment",
        *SPACED,
    ),
    "Input.Text": (
        "isMultiline",
        "maxLength",
        "placeholder",
        "regex",
        "style",
        "inlineAction",
        *ASKED,
    ),
    "Input.Number": ("max", "min", "placeholder", *ASKED),
    "Input.Date": ("max", "min", "placeholder", *ASKED),
    "Input.Time": ("max", "min", "placeholder", *ASKED),
    "Input.Toggle": ("title", "valueOn", "valueOff", "wrap", *ASKED),
    "Input.ChoiceSet": ("choices", "isMultiSelect", "style", "placeholder", "wrap", *ASKED),
}
PRESSED = (
    "title",
    "iconUrl",
    "id",
    "style",
    "fallback",
    "tooltip",
    "isEnabled",
    "mode",
    "requires",
)
ACTIONS: Mapping[str, Sequence[str]] = {
    "Action.Execute": ("verb", "data", "associatedInputs", *PRESSED),
    "Action.Submit": ("data", "associatedInputs", "msteams", *PRESSED),
    "Action.OpenUrl": ("url", *PRESSED),
    "Action.ShowCard": ("card", *PRESSED),
    "Action.ToggleVisibility": ("targetElements", *PRESSED),
}
CARD = {
    "type",
    "$schema",
    "version",
    "body",
    "actions",
    "refresh",
    "authentication",
    "fallbackText",
    "speak",
    "lang",
    "rtl",
    "minHeight",
    "backgroundImage",
    "verticalContentAlignment",
    "selectAction",
    "msteams",
    "metadata",
}
VALUES: Mapping[str, frozenset[str]] = {
    "spacing": frozenset(["none", "small", "default", "medium", "large", "extraLarge", "padding"]),
    "color": frozenset(["default", "dark", "light", "accent", "good", "warning", "attention"]),
    "weight": frozenset(["lighter", "default", "bolder"]),
    "mode": frozenset(["primary", "secondary"]),
    "fontType": frozenset(["default", "monospace"]),
}
STYLES: Mapping[str, frozenset[str]] = {
    "Action": frozenset(["default", "positive", "destructive"]),
    "Container": frozenset(["default", "emphasis", "good", "attention", "warning", "accent"]),
    "TextBlock": frozenset(["default", "heading", "columnHeader"]),
    "Input.ChoiceSet": frozenset(["compact", "expanded", "filtered"]),
    "Input.Text": frozenset(["text", "tel", "url", "email", "password"]),
}


def of_card(card: Thing) -> list[str]:
    """Why Teams would refuse this card, or show it otherwise than meant."""
    said = _card(card, "card")
    if not re.fullmatch(r"1\.[0-5]", str(card.get("version"))):
        said.append(f"version: {card.get('version')}, and Teams knows up to 1.5")
    size = len(json.dumps(card, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))
    if size > BYTES:
        said.append(f"card: {size} bytes as UTF-16, over {BYTES}")
    ids = Counter(
        one["id"] for one in things(card) if one.get("id") and one.get("type") in ELEMENTS
    )
    said += [f"id {id} is there {many} times" for id, many in ids.items() if many > 1]
    said += _refresh(card["refresh"]) if "refresh" in card else []
    for one in things(card):
        for target in one.get("targetElements", ()):
            id = target["elementId"] if isinstance(target, Mapping) else target
            said += [] if id in ids else [f"Action.ToggleVisibility: there is no {id}"]
    return said


def of_message(message: Thing) -> list[str]:
    """The same for an activity with cards, whose size is that of all together."""
    attachments = message.get("attachments") or []
    adaptive = "application/vnd.microsoft.card.adaptive"
    said = []
    for one in attachments:
        if one.get("contentType") == adaptive:
            said += of_card(one["content"])
    size = len(json.dumps(message, ensure_ascii=False).encode("utf-16-le", "surrogatepass"))
    if size > BYTES:
        said.append(f"message: {size} bytes as UTF-16, over {BYTES}")
    if attachments and not (message.get("summary") or message.get("text")):
        said.append("summary: none, so a notification says only that there is a card")
    return said


def things(value: Any) -> Iterator[Thing]:
    """Everything in a card that has a type of its own, the card included."""
    if isinstance(value, Mapping):
        yield value
        for key, one in value.items():
            if key not in ("data", "msteams"):
                yield from things(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from things(one)


def texts(card: Any) -> Iterator[str]:
    """What is read as Markdown: text blocks, the titles and values of facts."""
    for one in things(card):
        if one.get("type") == "TextBlock":
            yield str(one.get("text", ""))
        for fact in one.get("facts", ()):
            yield from (str(fact.get("title", "")), str(fact.get("value", "")))


def live(card: Any) -> list[str]:
    """What Teams would act on or format: links, pictures, mentions, templates, Markdown, dates.

    Words of a buyer's must never be among it: they belong escaped, or into a `TextRun`.
    """
    return [one[0] for text in texts(card) for one in LIVE.finditer(text)]


LIVE = re.compile(
    r"""
      (?<!\\)!?\[[^\]\n]*\](?<!\\\])\([^)\n]*\)   # a link, a picture
    | <at>.*?</at>                                # a mention
    | \$\{[^}\n]*\}                               # a template
    | \{\{(?:DATE|TIME)\([^}]*\}\}                # a date in the reader's words
    | (?<![\\*])\*{1,3}(?=\S)[^*\n]+(?<=[^\s\\])\*{1,3}      # bold, italic
    | (?<![\\_\w])_{1,3}(?=\S)[^_\n]+(?<=[^\s\\])_{1,3}(?!\w)
    | ^\s{0,3}(?:\#{1,6}\s|[-+*]\s|\d{1,9}[.)]\s|>).*$       # a heading, a list, a quotation
    """,
    re.X | re.M,
)


# ── the parts of a card ──────────────────────────────────────────────────────


def _card(card: Thing, where: str) -> list[str]:
    if card.get("type") != "AdaptiveCard":
        return [f"{where}: {card.get('type')} is no AdaptiveCard"]
    said = _unknown(where, card, CARD)
    for one in card.get("body", ()):
        said += _element(one)
    return said + _actions(card.get("actions", ()))


def _element(element: Any) -> list[str]:
    if not isinstance(element, Mapping):
        return [f"{element!r} is no element"]
    kind = str(element.get("type"))
    if kind not in ELEMENTS:
        return [f"{kind} is no element of Teams'"]
    said = _unknown(kind, element, {"type", *ELEMENTS[kind]}) + _values(kind, element)
    if kind.startswith("Input."):
        said += _input(kind, element)
    if "selectAction" in element:
        said += _action(element["selectAction"], titled=False)
    check = _CHECKS.get(kind)
    return said + (check(element) if check else [])


def _text_block(element: Thing) -> list[str]:
    said = [] if element.get("text") else ["TextBlock: no text"]
    return said + ([] if "wrap" in element else ["TextBlock: it doesn't say whether it wraps"])


def _rich_text(element: Thing) -> list[str]:
    said = [] if element.get("inlines") else ["RichTextBlock: no inlines"]
    for one in element.get("inlines", ()):
        if isinstance(one, Mapping):
            keys = {"type", "text", "highlight", "italic", "strikethrough", "underline", *LOOKS}
            said += _unknown("TextRun", one, keys | {"selectAction"}) + _values("TextRun", one)
            said += [] if one.get("type") == "TextRun" else [f"{one.get('type')} is no TextRun"]
    return said


def _image(element: Thing) -> list[str]:
    said = [] if element.get("altText") else ["Image: no altText"]
    return said + _address("Image.url", element.get("url"), ("https://", "data:image/"))


def _images(element: Thing) -> list[str]:
    return [one for image in element.get("images", ()) for one in _element(image)]


def _container(element: Thing) -> list[str]:
    return [one for item in element.get("items", ()) for one in _element(item)]


def _columns(element: Thing) -> list[str]:
    said = []
    keys = {"type", "items", "width", "rtl", *HELD, *SPACED}
    for column in element.get("columns", ()):
        said += _unknown("Column", column, keys) + _values("Container", column)
        said += _container(column)
    return said


def _facts(element: Thing) -> list[str]:
    facts = element.get("facts", ())
    said = [] if facts else ["FactSet: no facts"]
    for one in facts:
        said += _unknown("Fact", one, {"title", "value"})
        said += [f"Fact: no {key}" for key in ("title", "value") if not one.get(key)]
    return said


def _action_set(element: Thing) -> list[str]:
    actions = element.get("actions", ())
    return _actions(actions) if actions else ["ActionSet: no actions"]


def _table(element: Thing) -> list[str]:
    said = []
    columns = len(element.get("columns", ()))
    for row in element.get("rows", ()):
        cells = row.get("cells", ())
        if len(cells) != columns:
            said.append(f"Table: {len(cells)} cells for {columns} columns")
        for cell in cells:
            said += [] if cell.get("type") == "TableCell" else ["Table: no TableCell"]
            said += _container(cell)
    return said


def _choices(element: Thing) -> list[str]:
    choices = element.get("choices", ())
    said = [] if choices else ["Input.ChoiceSet: no choices"]
    for one in choices:
        said += _unknown("Choice", one, {"title", "value"})
        said += [f"Choice: no {key}" for key in ("title", "value") if not one.get(key)]
    offered = {one.get("value") for one in choices}
    chosen = str(element.get("value") or "")
    values = chosen.split(",") if element.get("isMultiSelect") else [chosen]
    return said + [
        f"Input.ChoiceSet: {one} is no choice" for one in values if one and one not in offered
    ]


_CHECKS: Mapping[str, Callable[[Thing], list[str]]] = {
    "TextBlock": _text_block,
    "RichTextBlock": _rich_text,
    "Image": _image,
    "ImageSet": _images,
    "Container": _container,
    "ColumnSet": _columns,
    "FactSet": _facts,
    "ActionSet": _action_set,
    "Table": _table,
    "Input.ChoiceSet": _choices,
}


def _input(kind: str, element: Thing) -> list[str]:
    said = []
    if not element.get("id"):
        said.append(f"{kind}: without an id its value isn't sent")
    if not (element.get("label") or kind == "Input.Toggle"):
        said.append(f"{kind}: no label, so nobody hears what is asked")
    if element.get("isRequired") and not element.get("errorMessage"):
        said.append(f"{kind}: required, and no errorMessage says so")
    if kind == "Input.Toggle" and not element.get("title"):
        said.append("Input.Toggle: no title")
    longest = element.get("maxLength")
    if longest is not None and len(str(element.get("value", ""))) > longest:
        said.append(f"{kind}: the value is longer than {longest}")
    return said


# ── actions ──────────────────────────────────────────────────────────────────


def _actions(actions: Sequence[Thing]) -> list[str]:
    said = [one for action in actions for one in _action(action)]
    shown = [one for one in actions if one.get("mode", "primary") == "primary"]
    if len(shown) > PRIMARY:
        said.append(f"{len(shown)} primary actions, and Teams shows {PRIMARY}")
    return said


def _action(action: Thing, titled: bool = True) -> list[str]:
    kind = str(action.get("type"))
    if kind not in ACTIONS:
        return [f"{kind} is no action of Teams'"]
    said = _unknown(kind, action, {"type", *ACTIONS[kind]}) + _values("Action", action)
    if titled and not action.get("title"):
        said.append(f"{kind}: no title")
    if kind == "Action.Execute" and not action.get("verb"):
        said.append("Action.Execute: no verb")
    if not isinstance(action.get("data", {}), Mapping):
        said.append(f"{kind}: data that is no object loses the inputs")
    if kind == "Action.OpenUrl":
        said += _address("Action.OpenUrl.url", action.get("url"), ("https://",))
    if kind == "Action.ShowCard":
        said += _card(action.get("card", {}), "Action.ShowCard.card")
    return said


def _refresh(refresh: Thing) -> list[str]:
    action, users = refresh.get("action", {}), refresh.get("userIds", ())
    said = _unknown("refresh", refresh, {"action", "userIds", "expires"})
    if action.get("type") != "Action.Execute":
        said.append("refresh: only Action.Execute refreshes")
    else:
        said += _action(action, titled=False)
    if len(users) > REFRESHED:
        said.append(f"refresh: {len(users)} users, over {REFRESHED}")
    return said


def _values(kind: str, thing: Thing) -> list[str]:
    """Words that are no value of their key: Teams takes the default instead."""
    allowed = {**VALUES, **({"style": STYLES[kind]} if kind in STYLES else {})}
    return [
        f"{kind}.{key}: {thing[key]}"
        for key, values in allowed.items()
        if key in thing and str(thing[key]).lower() not in {one.lower() for one in values}
    ]


def _address(where: str, url: Any, begins: tuple[str, ...]) -> list[str]:
    right = isinstance(url, str) and url.startswith(begins)
    return [] if right else [f"{where}: {str(url)[:40]} doesn't begin with {' or '.join(begins)}"]


def _unknown(where: str, given: Thing, known: set[str]) -> list[str]:
    return [f"{where}: unknown {key}" for key in given if key not in known]
