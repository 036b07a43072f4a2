"""A card's buttons: six in a row, a menu for wordings, the rest behind the dots."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.surface.cards import Button
from assistant.words import Words, say
from connectors.rooms.teams.pieces import Element, execute, rich, run
from connectors.rooms.teams.press import to_do, to_open

IN_A_ROW = 6
"""What Teams shows of a card's actions before it moves them behind the dots by itself."""
STYLES = {"primary": "positive", "danger": "destructive", "plain": "default"}


def actions_of(buttons: Sequence[Button], words: Words, *, menu: bool = True) -> list[Element]:
    """The actions of a card; without a *menu* only what stands in the row."""
    rewordings = [one for one in buttons if one.menu == "regenerate"]
    row: list[Element] = []
    rest = [one for one in buttons if one.menu == "more"]
    for button in buttons:
        if button.menu == "more" or (button in rewordings[1:]):
            continue
        if len(row) == IN_A_ROW:
            rest.append(button)
        elif button in rewordings and len(rewordings) > 1:
            row.append(_rewording(rewordings, words))
        else:
            row.append(action_of(button, fallback=menu))
    behind = [action_of(button, secondary=True, fallback=False) for button in rest]
    return [*row, *behind] if menu else row


def action_of(button: Button, *, secondary: bool = False, fallback: bool = True) -> Element:
    """One button; it opens its form first where it has one."""
    command, form = button.command, button.form
    return execute(
        button.label,
        to_open(command, form) if form else to_do(command),
        style=STYLES[button.style],
        secondary=secondary,
        fallback=fallback,
    )


def _rewording(buttons: Sequence[Button], words: Words) -> Element:
    """A menu: what is folded with ToggleVisibility shows its buttons anyway on phones."""
    return {
        "type": "Action.ShowCard",
        "title": words(say("Regenerate")),
        "card": {
            "type": "AdaptiveCard",
            "body": [rich(run(words(say("How should it be worded?")), small=True, subtle=True))],
            "actions": [action_of(button, fallback=False) for button in buttons[:IN_A_ROW]],
        },
    }
