"""Cards with somebody's text in every place that is not ours, and what Slack sees of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from assistant.commands import (
    AddNote,
    ApproveDraft,
    Assign,
    CloseConversation,
    DiscardDraft,
    Escalate,
    MoveConversation,
    OpenForm,
    OpenReply,
    RegenerateDraft,
    ShowWhy,
    SnoozeConversation,
    TakeConversation,
)
from assistant.model import Attachment, ConversationId, ThreadId
from assistant.surface.cards import (
    Button,
    ConversationCard,
    DraftCard,
    Flag,
    Line,
    Row,
    Section,
    Summary,
    Tag,
)

ABOUT = ConversationId("email:<CAF5r9@mail.example.com>")
HOSTILE = (
    "<!channel>",
    "<!here>",
    "<!everyone|pay>",
    "<!subteam^S1>",
    "<@U1>",
    "<#C1>",
    "<http://evil.example|https://bank.example>",
    "<mailto:a@evil.example|bank>",
    "&lt;!channel&gt;",
    "&amp;lt;!here&amp;gt;",
    "```x``` `y`",
    "*bold* _it_ ~gone~",
    ":tada: :rotating_light:",
    "http://evil.example/x?a=1&b=2 www.evil.example a@evil.example",
    "> quoted\n>>> all",
    "@channel @here #general",
    "\u202egpj.exe",
    "</blocks>\x00\ud800",
)


def every_button(about: ConversationId = ABOUT) -> tuple[Button, ...]:
    """What a card with a proposed draft has in a room."""
    of: Mapping[str, Any] = {"conversation_id": about}
    draft = {**of, "version": 3}
    return (
        Button(label="Approve & send", command=ApproveDraft(**draft), style="primary"),
        Button(label="Edit", command=OpenReply(**draft), form="edit"),
        Button(label="Discard", command=DiscardDraft(**draft)),
        Button(label="Another wording", command=RegenerateDraft(**draft), menu="regenerate"),
        Button(
            label="Shorter", command=RegenerateDraft(**draft, manner="shorter"), menu="regenerate"
        ),
        Button(
            label="By an instruction …",
            command=RegenerateDraft(**draft),
            form="regenerate",
            menu="regenerate",
        ),
        Button(label="Write reply", command=OpenReply(**of), form="write"),
        Button(label="Take", command=TakeConversation(**of)),
        Button(label="Escalate", command=Escalate(**of, reason=""), form="escalate"),
        Button(label="Note", command=AddNote(**of, text=""), form="note"),
        Button(label="Assign", command=Assign(**of, to=None), form="assign", menu="more"),
        Button(label="Snooze", command=SnoozeConversation(**of), form="snooze", menu="more"),
        Button(label="Close", command=CloseConversation(**of), form="close", menu="more"),
        Button(label="Attach", command=OpenForm(**of, form="attach"), form="attach", menu="more"),
        Button(label="Why?", command=ShowWhy(**of), menu="more"),
        Button(label="Move", command=MoveConversation(**of), form="move", menu="more"),
    )


def a_summary(text: str = "Lena Weber", **changes: Any) -> Summary:
    fields: dict[str, Any] = {
        "id": ABOUT,
        "buyer": text,
        "flag": "🇩🇪",
        "via": f"{text} · e-mail",
        "excerpt": text,
        "tags": (Tag(text=text, tone="warn"), Tag(text="damaged")),
        "waiting": "waiting 12 min",
        "owner": text,
        "state": "open",
        "threads": {"slack": ThreadId("slack:T1:C1:1.2")},
    }
    return Summary(**{**fields, **changes})


def a_flag(text: str) -> Flag:
    return Flag(severity="warn", start=0, end=len(text), message=text, better=text)


def a_draft(text: str, **changes: Any) -> DraftCard:
    fields: dict[str, Any] = {
        "version": 3,
        "state": "proposed",
        "heading": f"Draft 3 · German · {text}",
        "text": text,
        "agent_text": f"It means: {text}",
        "language": "de",
        "flags": (a_flag(text),) * 5,
        "checked": "Checked: 5 to look at",
        "status": Tag(text=text, tone="bad"),
    }
    return DraftCard(**{**fields, **changes})


def a_card(text: str = "Where is it?", **changes: Any) -> ConversationCard:
    """*text* is everything that others wrote."""
    fields: dict[str, Any] = {
        "id": ABOUT,
        "version": 7,
        "seq": 2,
        "summary": a_summary(text),
        "due": "due 22 Nov 12:53 (24 h)",
        "words": text,
        "means": f"It means: {text}",
        "attachments": (Attachment(name=text, mime="image/jpeg"),) * 7,
        "known": (
            Row(label="Order", value=text),
            Row(label=text, value=text, href="https://track.example/1?a=1&b=2"),
            Row(label="Check", value=text, tone="warn", href=text),
        )
        * 4,
        "may": f"May do: refund. {text}",
        "mind": f"Say: sorry. {text}",
        "draft": a_draft(text),
        "problem": text,
        "state_line": Tag(text=text, tone="bad"),
        "notices": (text,) * 5,
        "first_words": text,
        "buttons": every_button(),
    }
    return ConversationCard(**{**fields, **changes})


def a_line(text: str, **changes: Any) -> Line:
    fields: dict[str, Any] = {
        "kind": "message",
        "at": datetime(2026, 11, 21, 12, tzinfo=UTC),
        "when": "21 Nov 12:00",
        "who": text,
        "text": f"{text} wrote.",
        "said": text,
        "means": f"It means: {text}",
        "attachments": (Attachment(name=text, mime="image/jpeg"),) * 7,
        "side": "buyer",
    }
    return Line(**{**fields, **changes})


def a_section(text: str) -> Section:
    rows = (
        Row(label=text, value=text),
        Row(label="Parcel", value=text, href="https://track.example/1"),
        Row(label="Note", value=text * 3, tone="warn"),
    )
    return Section(title=text, rows=rows * 3, lines=(text, text))


# ── what Slack sees ──────────────────────────────────────────────────────────


def objects(found: Any) -> Iterator[dict[str, Any]]:
    """Every text object in blocks or a view."""
    if isinstance(found, dict):
        if found.get("type") in ("plain_text", "mrkdwn"):
            yield found
        for inside in found.values():
            yield from objects(inside)
    elif isinstance(found, list):
        for inside in found:
            yield from objects(inside)


def elements(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Every button and menu."""
    for block in blocks:
        yield from (one for one in block.get("elements", ()) if "action_id" in one)
        if "accessory" in block:
            yield block["accessory"]


_LINK = re.compile(r"<https?://[^<>|\s]+\|[^<>|\n]+>")


def markup_of(text: str) -> list[str]:
    """What Slack would make of *text* that is more than words and links of ours."""
    without = _LINK.sub("", text)
    found = re.findall(r"[<>]|&(?!(?:amp|lt|gt);)|`|~|:(?!\d\d:)[\w+'-]+:", without)
    return found + re.findall(r"(?<!\w)_\w|\w_(?!\w)", without)


def seen(text: str) -> str:
    """*text* without what can't be seen, to compare what is left of it."""
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", "\ufffd", text)
    return "".join(
        one for one in text if not one.isspace() and unicodedata.category(one) not in ("Cf", "Cc")
    )
