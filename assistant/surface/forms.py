"""Forms as data: commands with open fields, in their reader's language, for every room."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.commands import Action, FormKind, Manner, OpenForm
from assistant.model import Actor, Conversation
from assistant.surface import changes
from assistant.surface.cards import Checked, Choice, Form, FormField, ReplyForm, Row, Summary
from assistant.surface.filling import filled, filled_command
from assistant.surface.translation import translation_rows
from assistant.words import Text, Words, say

__all__ = ["Around", "checked_form", "filled", "filled_command", "form_for", "opens"]

QUOTED = 600
"""How much of the buyer's words stands beside a form; the card has them whole."""
CHOICE_CHARS = 75
MOST_CHOICES = 100
"""What a menu of the narrowest platform holds."""

TITLES: Mapping[FormKind, tuple[Text, Text]] = {
    "edit": (say("Edit the draft"), say("Send")),
    "write": (say("Write a reply"), say("Send")),
    "offer": (say("Words for the buyer"), say("Send")),
    "answer": (say("Reply with an answer"), say("Send")),
    "unanswered": (say("Nobody knows"), say("Ask a lead")),
    "know": (say("Write the answer"), say("Keep")),
    "regenerate": (say("Another wording"), say("Regenerate")),
    "note": (say("Note for the team"), say("Keep")),
    "assign": (say("Assign"), say("Assign")),
    "escalate": (say("Escalate"), say("Escalate")),
    "close": (say("Close"), say("Close")),
    "snooze": (say("Snooze"), say("Snooze")),
    "attach": (say("Attach the order"), say("Attach")),
    "move": (say("Move to another room"), say("Move")),
    **changes.TITLES,
}
"""A form's title and the button that submits it; both short, for narrow platforms."""
MANNERS: Mapping[Manner, Text] = {
    "again": say("Another wording"),
    "shorter": say("Shorter"),
    "warmer": say("Warmer"),
    "more_formal": say("More formal"),
}
SNOOZES: Mapping[str, Text] = {
    "1h": say("in 1 hour"),
    "3h": say("in 3 hours"),
    "tomorrow": say("tomorrow at 9:00"),
    "monday": say("on Monday at 9:00"),
    "at": say("at a day and time"),
}
OVERRIDE_CHARS = 2_000
REASON_CHARS = 2_000
NOTE_CHARS = 10_000
INSTRUCTION_CHARS = 1_000
QUESTION_CHARS = 1_000
ANSWER_CHARS = 3_000
SOURCE_CHARS = 300


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a form shows and lets choose from, besides its command."""

    reader: Actor
    conversation: Conversation | None = None
    reply: ReplyForm | None = None
    """The text to edit, with what the review says of it: for edit, write and offer."""
    text: str = ""
    """What a note begins with."""
    people: Sequence[Actor] = ()
    rooms: Sequence[str] = ()
    others: Sequence[Summary] = ()
    """Conversations that an order can be attached to."""
    instructions: bool = True
    """Whether the drafter can follow an instruction."""
    heading: Text | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """What the fields of a change begin with."""


def form_for(kind: FormKind, command: Action, words: Words, around: Around) -> Form:
    """*command* with the fields of a form of that *kind*."""
    title, submit = TITLES[kind]
    form = Form(
        kind=kind,
        title=words(title),
        command=command,
        fields=FIELDS[kind](words, around),
        submit=words(submit),
        heading=words(around.heading) if around.heading else "",
    )
    return _with_reply(form, around.reply, words, around) if around.reply else form


def checked_form(form: Form, text: str, found: Checked, words: Words, reader: Actor) -> Form:
    """*form* with the *text* somebody typed and what the review says of it.

    A lead gets the field to send it in spite of a block, where every block may be overridden.
    """
    text = found.translation.wording if found.translation else text
    fields = [
        one.model_copy(update={"value": text}) if one.name == "text" else one
        for one in form.fields
        if one.name != "override"
    ]
    if found.overridable and reader.leads:
        fields.append(_override(words))
    return form.model_copy(
        update={
            **_translated(form, found, words),
            "fields": tuple(fields),
            "flags": found.flags,
            "checked": found.checked,
            "blocked": found.blocked,
        }
    )


def _translated(form: Form, found: Checked, words: Words) -> dict[str, object]:
    """What was typed and what that became, beside the field that holds what would be sent."""
    if found.translation is None:
        return {}
    heading = say(
        "This is your reply in {language}. Read it, then send it.", language=found.translation.name
    )
    kept = tuple(row for row in form.beside if row.tone == "plain")
    return {"heading": words(heading), "beside": (*kept, *translation_rows(found.translation))}


def opens(command: Action, form: FormKind) -> OpenForm:
    """What opens the form of a pressed button: its draft, offer or order is in its *command*."""
    if isinstance(command, OpenForm):
        return command
    told = command.model_dump()
    version = told.get("version", told.get("based_on"))
    return OpenForm(
        conversation_id=told.get("conversation_id", ""),
        form=form,
        version=version,
        id=told.get("id") or told.get("ref") or told.get("answer") or "",
    )


# ── replies ──────────────────────────────────────────────────────────────────


def _with_reply(form: Form, reply: ReplyForm, words: Words, around: Around) -> Form:
    found = Checked(
        flags=reply.flags,
        checked=reply.checked,
        blocked=any(flag.severity == "block" for flag in reply.flags),
        overridable=reply.overridable,
    )
    shown = form.model_copy(
        update={
            "heading": form.heading or reply.heading,
            "beside": (*_heard(around.conversation, words), *_meant(reply, words)),
            "may_check": True,
        }
    )
    return checked_form(shown, reply.text, found, words, around.reader)


def _heard(conversation: Conversation | None, words: Words) -> tuple[Row, ...]:
    """The buyer's newest words, and what they mean."""
    heard = [one for one in conversation.messages if one.author == "buyer"] if conversation else []
    if conversation is None or not heard:
        return ()
    buyer = conversation.buyer.name or words(say("The buyer"))
    said = Row(label=words(say("{buyer} wrote", buyer=buyer)), value=_quoted(heard[-1].text))
    means = heard[-1].means(words.language)
    if not means:
        return (said,)
    return (said, Row(label=words(say("What it means")), value=_quoted(means)))


def _meant(reply: ReplyForm, words: Words) -> tuple[Row, ...]:
    if not reply.agent_text:
        return ()
    return (Row(label=words(say("What the draft says")), value=reply.agent_text),)


def _quoted(text: str) -> str:
    return text if len(text) <= QUOTED else f"{text[: QUOTED - 1].rstrip()}…"


def _override(words: Words) -> FormField:
    why = say("Something blocks this reply. As a lead you can send it anyway; say why:")
    return FormField(
        name="override",
        kind="line",
        label=words(say("Send anyway")),
        hint=words(why),
        required=False,
        max_chars=OVERRIDE_CHARS,
    )


# ── fields ───────────────────────────────────────────────────────────────────


def _text(words: Words, around: Around) -> tuple[FormField, ...]:
    most = around.reply.max_chars if around.reply else NOTE_CHARS
    return (_words("text", say("Your reply"), words, most),)


def _note(words: Words, around: Around) -> tuple[FormField, ...]:
    hint = words(say("Stays inside the team; no buyer ever sees it."))
    note = _words("text", say("Note"), words, NOTE_CHARS)
    return (note.model_copy(update={"value": around.text, "hint": hint}),)


def _escalate(words: Words, around: Around) -> tuple[FormField, ...]:
    return (_words("reason", say("What should a lead decide?"), words, REASON_CHARS),)


def _unanswered(words: Words, around: Around) -> tuple[FormField, ...]:
    hint = words(say("Left empty, it is passed on as the buyer put it."))
    asked = _words("question", say("What does nobody know?"), words, QUESTION_CHARS)
    return (asked.model_copy(update={"required": False, "hint": hint}),)


def _know(words: Words, around: Around) -> tuple[FormField, ...]:
    """The answer itself, and where it is from: without a source nobody can check it."""
    says = _words("text", say("What buyers should read"), words, ANSWER_CHARS)
    source = FormField(
        name="reason",
        kind="line",
        label=words(say("Where is it from?")),
        hint=words(say("Such as: the maker's data sheet of March.")),
        max_chars=SOURCE_CHARS,
    )
    return (says, source)


def _close(words: Words, around: Around) -> tuple[FormField, ...]:
    return (_reason(say("How did it end? (may stay empty)"), words),)


def _attach(words: Words, around: Around) -> tuple[FormField, ...]:
    choices = [Choice(value=one.id, label=_in_short(one)) for one in around.others]
    return (_choice("conversation_id", say("Which conversation is it about?"), words, choices),)


def _move(words: Words, around: Around) -> tuple[FormField, ...]:
    choices = [Choice(value=name, label=name) for name in around.rooms]
    return (_choice("room", say("To which room?"), words, choices),)


def _regenerate(words: Words, around: Around) -> tuple[FormField, ...]:
    choices = [Choice(value=name, label=words(label)) for name, label in MANNERS.items()]
    manner = _choice("manner", say("How should it be worded?"), words, choices, "again")
    if not around.instructions:
        hint = words(say("Without a language model, Parley can't follow an instruction."))
        return (manner.model_copy(update={"hint": hint}),)
    wish = _words("instruction", say("What should change?"), words, INSTRUCTION_CHARS)
    hint = words(say("Such as: mention that the box was wrapped as a gift."))
    return (manner, wish.model_copy(update={"required": False, "hint": hint}))


def _assign(words: Words, around: Around) -> tuple[FormField, ...]:
    """Where somebody has it, nobody may be chosen as well: it goes back to the queue."""
    owned = around.conversation is not None and around.conversation.assignment is not None
    people = [Choice(value=one.id, label=one.name) for one in around.people]
    to = FormField(
        name="to",
        kind="person",
        label=words(say("Who should have it?")),
        hint=words(say("Left empty, it goes back to the queue.")) if owned else "",
        required=not owned,
        choices=tuple(people[:MOST_CHOICES]),
    )
    return (to, _reason(say("Why (they will see it)"), words))


def _snooze(words: Words, around: Around) -> tuple[FormField, ...]:
    choices = [Choice(value=name, label=words(label)) for name, label in SNOOZES.items()]
    at = FormField(
        name="until_at",
        kind="moment",
        label=words(say("Day and time")),
        hint=words(say("Where “at a day and time” is chosen.")),
        required=False,
    )
    return (_choice("until", say("Show it again"), words, choices, "1h"), at)


def _words(name: str, label: Text, words: Words, most: int) -> FormField:
    return FormField.model_validate(
        {"name": name, "kind": "words", "label": words(label), "max_chars": most}
    )


def _reason(label: Text, words: Words) -> FormField:
    return FormField(
        name="reason", kind="line", label=words(label), required=False, max_chars=REASON_CHARS
    )


def _choice(
    name: str, label: Text, words: Words, choices: Sequence[Choice], value: str = ""
) -> FormField:
    return FormField.model_validate(
        {
            "name": name,
            "kind": "choice",
            "label": words(label),
            "value": value,
            "choices": tuple(choices[:MOST_CHOICES]),
        }
    )


def _in_short(one: Summary) -> str:
    """Who and what, as one line of a menu."""
    line = " · ".join(part for part in (one.buyer, one.via, one.excerpt) if part)
    return line if len(line) <= CHOICE_CHARS else f"{line[: CHOICE_CHARS - 1]}…"


def _of_change(kind: FormKind) -> Callable[[Words, Around], tuple[FormField, ...]]:
    return lambda words, around: changes.change_fields(kind, words, around.values)


FIELDS: Mapping[FormKind, Callable[[Words, Around], tuple[FormField, ...]]] = {
    "edit": _text,
    "write": _text,
    "offer": _text,
    "answer": _text,
    "unanswered": _unanswered,
    "know": _know,
    "regenerate": _regenerate,
    "note": _note,
    "assign": _assign,
    "escalate": _escalate,
    "close": _close,
    "snooze": _snooze,
    "attach": _attach,
    "move": _move,
    **{kind: _of_change(kind) for kind in changes.TITLES},
}
