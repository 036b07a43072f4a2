"""The check of cards finds what is planted, and nothing where all is right."""

from __future__ import annotations

from typing import Any

import pytest

from tests import card_limits


def text(words: str = "Lena Weber", **more: Any) -> dict[str, Any]:
    return {"type": "TextBlock", "text": words, "wrap": True, **more}


def execute(**more: Any) -> dict[str, Any]:
    return {"type": "Action.Execute", "title": "Send", "verb": "send", "data": {"v": 1}, **more}


def entry(kind: str = "Input.Text", **more: Any) -> dict[str, Any]:
    return {"type": kind, "id": "reply", "label": "Reply", **more}


def card(*body: Any, actions: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    whole = {"type": "AdaptiveCard", "version": "1.5", "body": list(body), **more}
    return whole | ({"actions": actions} if actions is not None else {})


CHOICES = [{"title": "Snooze", "value": "snooze"}, {"title": "Close", "value": "close"}]
RIGHT = card(
    text(style="heading", size="large", weight="bolder", color="attention"),
    {"type": "RichTextBlock", "inlines": ["*literally*", {"type": "TextRun", "text": "red"}]},
    {"type": "FactSet", "facts": [{"title": "Order", "value": "10023"}]},
    {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "auto", "items": [text()]},
            {
                "type": "Column",
                "width": "stretch",
                "items": [{"type": "Image", "url": "https://x/y.png", "altText": "The teapot"}],
            },
        ],
    },
    {"type": "Container", "style": "emphasis", "items": [text(id="more", isVisible=False)]},
    {
        "type": "Table",
        "columns": [{"width": 1}],
        "rows": [{"type": "TableRow", "cells": [{"type": "TableCell", "items": [text()]}]}],
    },
    entry(isMultiline=True, isRequired=True, errorMessage="Say something."),
    entry("Input.ChoiceSet", choices=CHOICES, value="close", id="choice"),
    entry("Input.ChoiceSet", choices=CHOICES, value="close,snooze", isMultiSelect=True, id="both"),
    {"type": "Input.Toggle", "id": "sure", "title": "Sure"},
    {"type": "ActionSet", "actions": [execute(mode="secondary")]},
    actions=[
        execute(style="positive"),
        {"type": "Action.OpenUrl", "title": "Order", "url": "https://shop.example/10023"},
        {"type": "Action.ToggleVisibility", "title": "More", "targetElements": ["more"]},
        {
            "type": "Action.ShowCard",
            "title": "Edit",
            "card": {"type": "AdaptiveCard", "body": [text()]},
        },
    ],
    refresh={"action": {"type": "Action.Execute", "verb": "look"}, "userIds": ["29:lena"]},
)


def test_what_is_right_is_not_complained_about() -> None:
    assert card_limits.of_card(RIGHT) == []
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "content": RIGHT}
    assert card_limits.of_message({"summary": "Lena Weber", "attachments": [attached]}) == []


PLANTED: list[tuple[str, dict[str, Any]]] = [
    ("is no AdaptiveCard", {"type": "HeroCard", "version": "1.5"}),
    ("version: 1.6", card(text(), version="1.6")),
    ("version: None", {"type": "AdaptiveCard", "body": []}),
    ("card: unknown footer", card(text(), footer="x")),
    ("Media is no element", card({"type": "Media"})),
    ("'bare' is no element", card("bare")),
    ("TextBlock: unknown colour", card(text(colour="red"))),
    ("TextBlock.color: red", card(text(color="red"))),
    ("TextBlock.weight: bold", card(text(weight="bold"))),
    ("TextBlock.style: big", card(text(style="big"))),
    ("TextBlock: no text", card(text(""))),
    ("whether it wraps", card({"type": "TextBlock", "text": "x"})),
    (
        "TextRun: unknown wrap",
        card({"type": "RichTextBlock", "inlines": [text() | {"type": "TextRun"}]}),
    ),
    ("Image: no altText", card({"type": "Image", "url": "https://x"})),
    ("Image.url: http://x", card({"type": "Image", "url": "http://x", "altText": "x"})),
    ("FactSet: no facts", card({"type": "FactSet", "facts": []})),
    ("Fact: no value", card({"type": "FactSet", "facts": [{"title": "x"}]})),
    (
        "2 cells for 1 columns",
        card({"type": "Table", "columns": [{}], "rows": [{"cells": [{}, {}]}]}),
    ),
    ("Container.style: red", card({"type": "Container", "style": "red", "items": []})),
    ("Input.Text: without an id", card(entry(id=""))),
    ("Input.Text: no label", card(entry(label=""))),
    ("no errorMessage", card(entry(isRequired=True))),
    ("longer than 3", card(entry(maxLength=3, value="four"))),
    ("Input.ChoiceSet: no choices", card(entry("Input.ChoiceSet", choices=[]))),
    ("burn is no choice", card(entry("Input.ChoiceSet", choices=CHOICES, value="burn"))),
    ("Input.Toggle: no title", card(entry("Input.Toggle"))),
    ("id reply is there 2 times", card(entry(), {"type": "Container", "items": [entry()]})),
    (
        "id reply is there 2 times",
        card(
            entry(),
            actions=[
                {
                    "type": "Action.ShowCard",
                    "title": "x",
                    "card": {"type": "AdaptiveCard", "body": [entry()]},
                }
            ],
        ),
    ),
    ("Action.Http is no action", card(text(), actions=[{"type": "Action.Http"}])),
    ("Action.Execute: no verb", card(text(), actions=[execute(verb="")])),
    ("Action.Execute: no title", card(text(), actions=[execute(title="")])),
    ("data that is no object", card(text(), actions=[execute(data="text")])),
    ("Action.style: green", card(text(), actions=[execute(style="green")])),
    ("Action.mode: hidden", card(text(), actions=[execute(mode="hidden")])),
    ("7 primary actions", card(text(), actions=[execute()] * 7)),
    ("7 primary actions", card({"type": "ActionSet", "actions": [execute()] * 7})),
    (
        "Action.OpenUrl.url: javascript:",
        card(text(), actions=[{"type": "Action.OpenUrl", "title": "x", "url": "javascript:x"}]),
    ),
    (
        "there is no gone",
        card(
            text(),
            actions=[
                {"type": "Action.ToggleVisibility", "title": "x", "targetElements": ["gone"]},
            ],
        ),
    ),
    ("61 users", card(text(), refresh={"action": execute(), "userIds": ["29:x"] * 61})),
    ("only Action.Execute", card(text(), refresh={"action": {"type": "Action.Submit"}})),
    ("bytes as UTF-16, over 28672", card(text("的" * 14_400))),
]


@pytest.mark.parametrize(("complaint", "planted"), PLANTED, ids=[one for one, _ in PLANTED])
def test_a_fault_in_a_card_is_found(complaint: str, planted: dict[str, Any]) -> None:
    found = card_limits.of_card(planted)

    assert any(complaint in one for one in found), found


def test_actions_beyond_six_are_right_where_they_are_secondary() -> None:
    many = [execute()] * 6 + [execute(mode="secondary")] * 4

    assert card_limits.of_card(card(text(), actions=many)) == []


def test_cards_count_together_and_need_a_summary() -> None:
    adaptive = "application/vnd.microsoft.card.adaptive"
    half = {"contentType": adaptive, "content": card(text("x" * 10_000))}

    assert card_limits.of_message({"summary": "x", "attachments": [half]}) == []
    found = card_limits.of_message({"attachments": [half, half]})
    assert [one.split(":")[0] for one in found] == ["message", "summary"]


@pytest.mark.parametrize(
    "words",
    [
        "[bank.example](http://evil.example)",
        "![x](https://evil.example/pixel.png)",
        "<at>everybody</at>",
        "${secret}",
        "{{DATE(2026-11-27T09:00:00Z)}}",
        "**bold**",
        "*italic*",
        "_italic_",
        "# heading",
        "- item",
        "1. first",
        "> said",
    ],
)
def test_live_words_of_a_buyer_are_found(words: str) -> None:
    """Words between others as well, and in facts; in a TextRun nothing is live."""
    assert card_limits.live(card(text(words))) == [words]
    fact = {"type": "FactSet", "facts": [{"title": "Says", "value": words}]}
    assert card_limits.live(card(fact)) == [words]
    assert card_limits.live(card({"type": "RichTextBlock", "inlines": [words]})) == []


@pytest.mark.parametrize(
    "words",
    [
        "3 * 4 * 5",
        "snake_case_name",
        "5 - 3",
        "a [bracket] and (another)",
        r"\*not bold\*",
        r"\[x\](y)",
        r"\_x\_",
        "10023 1.5 kg",
        "100 % > 50 %",
    ],
)
def test_harmless_words_are_not(words: str) -> None:
    assert card_limits.live(card(text(words))) == []
