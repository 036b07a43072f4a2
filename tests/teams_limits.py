"""What Teams asks of a card, and what we ask: every rule raises with the place that breaks it.

Sources: adaptivecards.io schema 1.5; learn.microsoft.com, cards-reference, universal actions and
rate limits, read 2026-11; MarkDownBlockParser.cpp and card-elements.ts of microsoft/AdaptiveCards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from connectors.rooms.teams.post import Post
from tests import card_limits

LIMIT = 28 * 1024
NEEDS: Mapping[str, tuple[str, ...]] = {
    "AdaptiveCard": ("body",),
    "Container": ("items",),
    "ColumnSet": ("columns",),
    "Column": ("items", "width"),
    "RichTextBlock": ("inlines",),
    "TextRun": ("text",),
    "ActionSet": ("actions",),
    "Input.Text": ("id", "label"),
    "Input.ChoiceSet": ("id", "label", "choices"),
    "Input.Date": ("id", "label"),
    "Input.Time": ("id", "label"),
    "Action.Execute": ("title", "verb", "data"),
    "Action.Submit": ("title", "data"),
    "Action.OpenUrl": ("url",),
    "Action.ShowCard": ("title", "card"),
    "Action.ToggleVisibility": ("targetElements",),
    "Data.Query": ("dataset",),
}
"""Everything we use, and what it can't be without. There is no TextBlock and no FactSet."""
PLAIN = ("text", "title", "label", "errorMessage", "fallbackText", "summary")
"""What is shown as it stands."""
LIVE = re.compile(r"\{\{(DATE|TIME)|\$\{|</?at\b", re.IGNORECASE)
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202d\u202e\ud800-\udfff]")


def walk(found: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a card but the data that presses carry."""
    if isinstance(found, dict):
        yield path, found
        for name, value in found.items():
            if name != "data":
                yield from walk(value, f"{path}/{name}")
    elif isinstance(found, list):
        for n, value in enumerate(found):
            yield from walk(value, f"{path}[{n}]")


def check(post: Post) -> None:
    """Raises: AssertionError, with the path of what is wrong."""
    activity = post.activity()
    raw = json.dumps(activity, ensure_ascii=False)
    assert len(raw.encode("utf-16-le")) <= LIMIT
    raw.encode("utf-8")
    assert "\n" not in post.summary
    assert not LIVE.search(post.summary)
    check_card(post.card)
    # Teams' own picker of people is no part of the schema, but of Teams.
    assert [one for one in card_limits.of_message(activity) if "choices.data" not in one] == []


def check_card(card: dict[str, Any]) -> None:
    assert card["type"] == "AdaptiveCard"
    assert card["version"] == "1.5"
    assert card["msteams"] == {"width": "full"}
    assert card["body"]
    ids: list[str] = []
    targets: set[str] = set()
    for path, one in walk(card):
        check_object(path, one)
        ids += [one["id"]] if "id" in one else []
        targets |= set(one.get("targetElements", ()))
    assert len(ids) == len(set(ids)), ids
    assert targets <= set(ids)


def check_object(path: str, one: dict[str, Any]) -> None:
    kind = one.get("type")
    if kind is None:
        assert path.endswith(("/msteams", "/refresh")) or "/choices[" in path, path
    else:
        assert kind in NEEDS, f"{path}: {kind}"
        for name in NEEDS[kind]:
            assert one.get(name) not in (None, "") or name in ("choices", "items"), f"{path}/{name}"
            assert one.get(name) != [] or name == "choices", f"{path}/{name}"
    for name in PLAIN:
        text = one.get(name)
        if isinstance(text, str):
            assert text, f"{path}/{name} is empty"
            assert not LIVE.search(text), f"{path}/{name}: {text!r}"
            assert not CONTROLS.search(text), f"{path}/{name}: {text!r}"
    check_action(path, one)


def check_action(path: str, one: dict[str, Any]) -> None:
    if one.get("type") == "Action.OpenUrl":
        assert re.match(r"https://[\w.-]+(:\d+)?(/|$|\?|#)", one["url"]), f"{path}: {one['url']}"
    if one.get("type") == "Action.Execute":
        assert re.fullmatch("[a-z_]+", one["verb"])
        assert isinstance(one["data"], dict)
    actions = one.get("actions")
    if actions:
        assert len([each for each in actions if each.get("mode") != "secondary"]) <= 6, path


# ── what a card says ─────────────────────────────────────────────────────────


def shown(card: dict[str, Any]) -> str:
    """Every word of a card, as a reader copies it: without what has no width."""
    found = [one["text"] for _, one in walk(card) if one.get("type") == "TextRun"]
    return "\n".join(found).replace("\u200b", "").replace("\u2068", "").replace("\u2069", "")


def presses(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Every press of a card that comes back to us."""
    kinds = ("Action.Execute", "Action.Submit")
    return [one for _, one in walk(card) if one.get("type") in kinds]


def titles(card: dict[str, Any]) -> list[str]:
    return [one["title"] for one in presses(card) if one["type"] == "Action.Execute"]


def inputs(card: dict[str, Any]) -> dict[str, dict[str, Any]]:
    kinds = ("Input.Text", "Input.ChoiceSet", "Input.Date", "Input.Time")
    return {one["id"]: one for _, one in walk(card) if one.get("type") in kinds}
