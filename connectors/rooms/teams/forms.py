"""A form as a card with inputs, in place of the card it was opened from, for one person.

What was typed stays in it, whatever comes back: a check, a refusal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assistant.commands import OpenConversation
from assistant.model import ConversationId
from assistant.surface.cards import Flag, Form, FormField, Row
from assistant.words import Words, say
from connectors.rooms.teams.drafts import checked_line, finding
from connectors.rooms.teams.pieces import (
    Element,
    box,
    column,
    columns,
    execute,
    rich,
    run,
    said,
    sides,
)
from connectors.rooms.teams.post import Post, Space, fitting, post
from connectors.rooms.teams.press import DAY, TIME, to_check, to_do, to_reword, to_submit
from connectors.rooms.teams.text import clean, cut, inert, line

TITLE, LABEL, HINT, SENTENCE = 120, 120, 200, 500
REWORDED = 300
"""A finding's words and better words past so many characters are shown without a press."""
CHOICES = 100
TYPED = 8_000
"""Characters that a field of several lines takes: so many fit a card whatever else is on it."""
PEOPLE = "graph.microsoft.com/users?scope=currentContext"
"""Teams' own picker, over the people of the channel or chat."""


def form_post(
    form: Form,
    words: Words,
    *,
    typed: Mapping[str, str] | None = None,
    refusal: str | None = None,
) -> Post:
    """*form* with what was *typed* so far, and why it could not be done.

    What was typed is never cut. A draft too long for a card is not offered for editing.
    """
    if not typed and any(len(field.value) > TYPED for field in form.fields):
        return _too_long(form, words)
    return fitting(lambda space: _form(form, words, typed or {}, refusal, space))


def _form(
    form: Form, words: Words, typed: Mapping[str, str], refusal: str | None, space: Space
) -> Post:
    title = line(form.title, TITLE)
    body = [rich(run(title or " ", bold=True, size="Medium"))]
    if form.heading.strip():
        body.append(rich(run(line(form.heading, SENTENCE), subtle=True), spacing="None"))
    if refusal and refusal.strip():
        told = rich(run(cut(refusal.strip(), SENTENCE)))
        body.append(box(told, style="attention", spacing="Small"))
    body += _beside(form.beside, space)
    for field in form.fields:
        body += _field(field, typed, words)
        if field.name == "text":
            # The findings are about what was checked, which is what the form came with.
            body += _reviewed(form, field.value, words, space)
    return post(body, _actions(form, words), words, title)


def _beside(found: Sequence[Row], space: Space) -> list[Element]:
    """The buyer's words, what the draft means: whole paragraphs, each under what it is."""
    shown: list[Element] = []
    for one in found[: space.rows]:
        text = cut(one.value.strip(), space.words)
        shown.append(rich(run(line(one.label, LABEL) or " ", small=True, subtle=True, bold=True)))
        shown += [said(text, spacing="None", small=True)] if text else []
    return [box(*shown, style="emphasis", spacing="Small")] if shown else []


def _too_long(form: Form, words: Words) -> Post:
    title = line(form.title, TITLE)
    told = say("This text is too long for a form in Teams. Edit it in the console.")
    body = [rich(run(title or " ", bold=True, size="Medium")), rich(run(words(told)))]
    return post(body, _back(form, words), words, title)


# ── fields ───────────────────────────────────────────────────────────────────


def _field(field: FormField, typed: Mapping[str, str], words: Words) -> list[Element]:
    value = typed.get(field.name, field.value)
    match field.kind:
        case "words" | "line":
            shown = [_text(field, value, words)]
        case "person":
            shown = [_choice(field, value, words, people=True)]
        case "choice":
            shown = [_choice(field, value, words)]
        case "moment":
            shown = _moment(field, value, words)
    if field.hint.strip():
        shown.append(rich(run(line(field.hint, HINT), small=True, subtle=True), spacing="None"))
    return shown


def _input(kind: str, name: str, field: FormField, words: Words) -> Element:
    label = inert(line(field.label, LABEL))
    shown: Element = {"type": f"Input.{kind}", "id": name, "label": label or " "}
    needed = {"isRequired": True, "errorMessage": words(say("Fill this in."))}
    return shown | (needed if field.required else {})


def _text(field: FormField, value: str, words: Words) -> Element:
    """The value is what gets sent, so it is not touched but for what JSON could not carry."""
    value = clean(value)
    most = max(min(field.max_chars, TYPED), len(value))
    shown = _input("Text", field.name, field, words) | {"maxLength": most}
    if field.kind == "words":
        shown["isMultiline"] = True
    return shown | ({"value": value} if value else {})


def _choice(field: FormField, value: str, words: Words, *, people: bool = False) -> Element:
    """Compact: in the other style Markdown is live in the labels."""
    choices = [
        {"title": inert(line(one.label, LABEL)) or one.value, "value": one.value}
        for one in field.choices[:CHOICES]
    ]
    shown = _input("ChoiceSet", field.name, field, words) | {"choices": choices, "style": "compact"}
    if people:
        shown["choices.data"] = {"type": "Data.Query", "dataset": PEOPLE}
        shown["style"] = "filtered"
    known = any(one["value"] == value for one in choices)
    picked = value.removeprefix("teams:") if people and not known else value
    return shown | ({"value": picked} if picked and (known or people) else {})


def _moment(field: FormField, value: str, words: Words) -> list[Element]:
    """A day and a time of the reader's clock."""
    day, _, time = value.partition("T")
    date = _input("Date", DAY, field, words) | ({"value": day} if day else {})
    clock = {"type": "Input.Time", "id": TIME, "label": words(say("at"))}
    clock |= {"value": time[:5]} if time else {}
    return [columns(column(date), column(clock))]


# ── what the review says ─────────────────────────────────────────────────────


def _reviewed(form: Form, text: str, words: Words, space: Space) -> list[Element]:
    """The findings, each with a press to take its better wording; then the line of the check."""
    shown: list[Element] = []
    for flag in form.flags[: space.flags * 2]:
        shown.append(sides(finding(flag, text, words), _better(form, flag, text, words)))
    return [*shown, *checked_line(form.flags, form.checked or "")]


def _better(form: Form, flag: Flag, text: str, words: Words) -> Element | None:
    """A press that puts the better wording into what is typed."""
    edit = flag.edit
    was = text[edit.start : edit.end] if edit else ""
    if edit is None or not was or len(was) + len(edit.text) > REWORDED:
        return None
    data = to_reword(form.command, form.kind, was, edit.text, edit.start)
    actions = [execute(words(flag.press), data, fallback=False)]
    return {"type": "ActionSet", "actions": actions}


# ── presses ──────────────────────────────────────────────────────────────────


def _actions(form: Form, words: Words) -> list[Element]:
    submit = execute(form.submit, to_submit(form.command, form.kind), style="positive")
    check = execute(words(say("Check the text")), to_check(form.command, form.kind))
    return [submit, *([check] if form.may_check else []), *_back(form, words)]


def _back(form: Form, words: Words) -> list[Element]:
    """Back to the card as it is now; only a form about a conversation has one."""
    about = getattr(form.command, "conversation_id", None)
    if not about:
        return []
    command = OpenConversation(conversation_id=ConversationId(about))
    return [execute(words(say("Cancel")), to_do(command), alone=True)]
