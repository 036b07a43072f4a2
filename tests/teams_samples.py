"""Cards to render for Teams: one of everything, and texts that nobody means well with."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from assistant.commands import (
    Action,
    AddNote,
    AnswerQuestion,
    ApproveDraft,
    Assign,
    AttachOrder,
    ChangeOrder,
    CloseConversation,
    ConfirmChange,
    DiscardDraft,
    DropChange,
    DropOffered,
    Escalate,
    FindAnswers,
    LookAgain,
    LookUp,
    MoveConversation,
    NotSameBuyer,
    OpenConversation,
    OpenForm,
    OpenReply,
    RegenerateDraft,
    ReopenConversation,
    ReplayFailure,
    ReplyBy,
    ReportUnanswered,
    SameBuyer,
    SendOffered,
    SettleChange,
    SettleDoubt,
    ShowHelp,
    ShowHome,
    ShowQueue,
    ShowUnanswered,
    ShowWhy,
    SnoozeConversation,
    StartConversation,
    TakeConversation,
    UndoApproval,
    WriteReply,
)
from assistant.model import Attachment, ConversationId, OrderRef, PersonId, ThreadId
from assistant.surface.cards import (
    Button,
    Choice,
    ConversationCard,
    DraftCard,
    Flag,
    Form,
    FormField,
    InfoCard,
    Line,
    OfferCard,
    Row,
    Section,
    Summary,
    Tag,
)
from tests.fakes import START

ABOUT = ConversationId("webchat:lena")
HOSTILE = (
    "[bank.com](http://evil.example)",
    "![x](https://evil.example/x.png)",
    "<https://evil.example|bank.com>",
    "<at>Everyone</at>",
    "</at><AT id=1>",
    "${$root.secret}",
    "{{DATE(2017-02-14T06:00:00Z, SHORT)}}",
    "{{TIME(2017-02-14T06:00:00Z)}}",
    "&lt;b&gt; &amp;lt;at&amp;gt;",
    "<script>alert(1)</script>",
    "\n# heading\n- item\n1. one\n> quote\n```\ncode\n```\n---\n",
    "**bold** _it_ ~~no~~ `code` \\[x\\](y)",
    "[a]: http://evil.example\n[a]",
    "\u202egnp.exe\u202d \u2066\u2067abc",
    "\x00\x07\x1b[31m",
    "أين طلبي؟ لقد مر أسبوعان",
    "注文した品物が届きません。",
    "👩‍👩‍👧‍👦🇩🇪🇯🇵👍🏽",
    "e\u0301\u0302\u0303 Z\u0351\u036b\u0343",
    "각\u1112\u1161\u11ab",
    '"quotes" and \\back\\slashes\\',
    " ",
    "\n\n\n",
    "",
)


def texts(most: int = 400) -> st.SearchStrategy[str]:
    """Short, odd and huge ones."""
    piece = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=40))
    return st.one_of(
        st.text(max_size=60),
        st.lists(piece, max_size=8).map("".join),
        st.builds(lambda one, n: one * n, piece, st.integers(1, most)),
    )


COMMANDS: tuple[Action, ...] = (
    FindAnswers(query="boiling water", about=ABOUT),
    ReportUnanswered(conversation_id=ABOUT),
    ShowUnanswered(),
    AnswerQuestion(id="can-it-stand-frost-1a2b3c"),
    ApproveDraft(conversation_id=ABOUT, version=1),
    UndoApproval(conversation_id=ABOUT, version=1),
    DiscardDraft(conversation_id=ABOUT, version=2),
    OpenReply(conversation_id=ABOUT, version=1),
    OpenReply(conversation_id=ABOUT),
    WriteReply(conversation_id=ABOUT, text="", based_on=1, seen_seq=3),
    RegenerateDraft(conversation_id=ABOUT, version=1, manner="warmer"),
    SendOffered(conversation_id=ABOUT, id="1700.1"),
    DropOffered(conversation_id=ABOUT, id="1700.1", as_note=True),
    SettleDoubt(conversation_id=ABOUT, version=1, arrived=True),
    AddNote(conversation_id=ABOUT, text=""),
    TakeConversation(conversation_id=ABOUT),
    Assign(conversation_id=ABOUT, to=PersonId("teams:olga")),
    Assign(conversation_id=ABOUT, to=None),
    Escalate(conversation_id=ABOUT, reason=""),
    CloseConversation(conversation_id=ABOUT),
    ReopenConversation(conversation_id=ABOUT),
    SnoozeConversation(conversation_id=ABOUT),
    MoveConversation(conversation_id=ABOUT, room="orders"),
    OpenForm(conversation_id=ABOUT, form="edit", version=1),
    ShowWhy(conversation_id=ABOUT),
    ShowHelp(),
    ShowHome(),
    ShowQueue(only="mine"),
    OpenConversation(conversation_id=ABOUT),
    LookUp(what="order", query="10045", about=ABOUT),
    AttachOrder(conversation_id=ABOUT, ref=OrderRef("10045")),
    ChangeOrder(conversation_id=ABOUT, what="refund", ref=OrderRef("10045"), shop="de"),
    ConfirmChange(conversation_id=ABOUT, number=1),
    DropChange(conversation_id=ABOUT, number=1),
    SettleChange(conversation_id=ABOUT, number=1, happened=True),
    LookAgain(conversation_id=ABOUT),
    SameBuyer(conversation_id=ABOUT, other=ConversationId("email:x")),
    NotSameBuyer(conversation_id=ABOUT, other=ConversationId("email:x")),
    ReplyBy(conversation_id=ABOUT, other=ConversationId("email:x")),
    StartConversation(channel="amazon", ref=OrderRef("10045"), opening="a"),
    ReplayFailure(failed_id="1-0"),
)
"""What a button may carry."""


def buttons(about: ConversationId = ABOUT, label: str = "Press") -> tuple[Button, ...]:
    """A proposed draft's, then the conversation's."""
    wordings = ("shorter", "warmer", "more_formal")
    return (
        Button(
            label=label,
            style="primary",
            command=ApproveDraft(conversation_id=about, version=1),
        ),
        Button(label=label, command=OpenReply(conversation_id=about, version=1), form="edit"),
        *(
            Button(
                label=label,
                command=RegenerateDraft(conversation_id=about, version=1, manner=manner),
                menu="regenerate",
            )
            for manner in wordings
        ),
        Button(label=label, command=OpenReply(conversation_id=about), form="write"),
        Button(label=label, command=TakeConversation(conversation_id=about)),
        Button(label=label, command=Escalate(conversation_id=about, reason=""), form="escalate"),
        Button(label=label, command=Assign(conversation_id=about, to=None), form="assign"),
        Button(label=label, command=AddNote(conversation_id=about, text=""), form="note"),
        Button(label=label, command=SnoozeConversation(conversation_id=about), form="snooze"),
        Button(label=label, command=CloseConversation(conversation_id=about), form="close"),
        Button(
            label=label,
            style="danger",
            command=DiscardDraft(conversation_id=about, version=1),
            menu="more",
        ),
    )


def summary(**changes: Any) -> Summary:
    return Summary(
        **{
            "id": ABOUT,
            "buyer": "Lena Weber",
            "flag": "🇩🇪",
            "via": "Amazon DE · e-mail",
            "excerpt": "Die Kanne kam drei Tage zu spät",
            "tags": (Tag(text="angry", tone="warn"), Tag(text="damaged")),
            "waiting": "waiting 12 min",
            "owner": None,
            "state": "open",
            "threads": {"orders": ThreadId("teams:19:a@thread.tacv2|1700")},
            **changes,
        }
    )


TEXT = "Guten Tag, Frau Weber, heute erstatte ich Ihnen 34,90 €. Das Geld ist am Montag da."


def flags(*severities: str) -> tuple[Flag, ...]:
    return tuple(
        Flag(severity=one, start=23, end=28, message=f"A {one} it is.", better="morgen")
        for one in severities
    )


def draft(**changes: Any) -> DraftCard:
    return DraftCard(
        **{
            "version": 1,
            "state": "proposed",
            "heading": "Draft 1 · German · offline",
            "text": TEXT,
            "agent_text": "Hello Ms Weber, today I refund €34.90. The money is there on Monday.",
            "language": "de",
            "checked": "Checked: nothing to object to",
            **changes,
        }
    )


def card(**changes: Any) -> ConversationCard:
    return ConversationCard(
        **{
            "id": ABOUT,
            "version": 3,
            "seq": 2,
            "summary": summary(),
            "due": "due 22 Nov 11:00 (24 h)",
            "words": "Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen.",
            "means": "The pot came three days late and the spout is broken.",
            "attachments": (Attachment(name="Kanne.jpg", mime="image/jpeg", size=340_000),),
            "known": (
                Row(label="Order", value="10045 · Teapot Ines, green"),
                Row(label="Parcel", value="DHL 0034", href="https://www.dhl.example/0034"),
            ),
            "may": "May do: refund €34.90 or resend.",
            "mind": "Say: apologise, once. By 24 Nov 23:59: Make the refund.",
            "proof": ("Allowed: refund, because the parcel is damaged",),
            "draft": draft(),
            "buttons": buttons(),
            **changes,
        }
    )


def line(**changes: Any) -> Line:
    return Line(
        **{
            "kind": "message",
            "at": START,
            "when": "21 Nov 11:00",
            "who": "Lena Weber",
            "text": "Lena Weber wrote.",
            "side": "buyer",
            **changes,
        }
    )


def form(**changes: Any) -> Form:
    return Form(
        **{
            "kind": "edit",
            "title": "Edit draft 1",
            "command": WriteReply(conversation_id=ABOUT, text="", based_on=1, seen_seq=2),
            "fields": (
                FormField(name="text", kind="words", label="Your reply", value=TEXT),
                FormField(name="override", kind="line", label="Send anyway", required=False),
            ),
            "submit": "Send",
            "heading": "Reply to Lena Weber",
            "beside": (Row(label="Lena wrote", value="Die Kanne kam zu spät."),),
            "checked": "Checked: nothing to object to",
            "may_check": True,
            **changes,
        }
    )


SNOOZE = Form(
    kind="snooze",
    title="Snooze",
    command=SnoozeConversation(conversation_id=ABOUT),
    fields=(
        FormField(
            name="until",
            kind="choice",
            label="Until",
            value="tomorrow",
            choices=(Choice(value="1h", label="in 1 hour"), Choice(value="at", label="at")),
        ),
        FormField(name="until_at", kind="moment", label="Day", required=False),
    ),
    submit="Snooze",
)
ASSIGN = Form(
    kind="assign",
    title="Assign",
    command=Assign(conversation_id=ABOUT, to=None),
    fields=(
        FormField(
            name="to",
            kind="person",
            label="Who should have it?",
            choices=(Choice(value="teams:olga", label="Olga [x](http://evil.example)"),),
        ),
        FormField(name="reason", kind="line", label="Why", required=False),
    ),
    submit="Assign",
)


def order_info(rows: int = 4, **changes: Any) -> InfoCard:
    return InfoCard(
        **{
            "title": "Order 10045",
            "tags": (Tag(text="delivered"),),
            "sections": (
                Section(
                    title="Order 10045",
                    rows=tuple(Row(label=f"Row {n}", value=f"value {n}") for n in range(rows)),
                    lines=("one line",),
                ),
                Section(title="Parcel", rows=(Row(label="Now", value="delivered"),)),
            ),
            "note": "From demo, 11:00.",
            "masked": "Order 10045: delivered",
            "buttons": (
                Button(
                    label="Attach",
                    command=AttachOrder(conversation_id=ABOUT, ref=OrderRef("10045")),
                ),
            ),
            **changes,
        }
    )


def offer(**changes: Any) -> OfferCard:
    return OfferCard(
        **{
            "id": "1700.1",
            "conversation_id": ABOUT,
            "title": "Send to Lena as reply?",
            "text": TEXT,
            "means": "Hello Ms Weber …",
            "checked": "Checked: nothing to object to",
            "notes": ("The photo cannot go along.",),
            "buttons": (
                Button(
                    label="Send to Lena",
                    style="primary",
                    command=SendOffered(conversation_id=ABOUT, id="1700.1"),
                ),
                Button(label="Dismiss", command=DropOffered(conversation_id=ABOUT, id="1700.1")),
            ),
            **changes,
        }
    )


LATER = START + timedelta(hours=1)


@st.composite
def hostile_cards(draw: st.DrawFn) -> ConversationCard:
    """A conversation's card with anything in every place where somebody's words stand."""
    one = draw(texts())
    other = draw(texts())
    label = draw(texts(30))
    state = draw(st.sampled_from(["proposed", "outdated", "sent", "unsure", "failed"]))
    return card(
        summary=summary(
            buyer=one,
            via=other,
            excerpt=one,
            tags=tuple(Tag(text=label) for _ in range(draw(st.integers(0, 12)))),
            waiting=draw(st.sampled_from(["", "waiting 2 days"])),
            waiting_tone=draw(st.sampled_from(["plain", "late"])),
            owner=draw(st.one_of(st.none(), texts(20))),
            state=draw(st.sampled_from(["open", "closed", "snoozed"])),
        ),
        due=draw(st.one_of(st.none(), texts(20))),
        words=draw(texts(3_000)),
        means=draw(st.one_of(st.none(), texts(3_000))),
        known=tuple(
            Row(label=label, value=other, href=one) for _ in range(draw(st.integers(0, 12)))
        ),
        may=draw(texts()),
        mind=draw(texts()),
        proof=tuple(draw(st.lists(texts(60), max_size=20))),
        attachments=tuple(
            Attachment(name=one, mime="image/jpeg", size=10)
            for _ in range(draw(st.integers(0, 20)))
        ),
        draft=draw(
            st.one_of(
                st.none(),
                st.just(
                    draft(
                        state=state,
                        text=draw(texts(2_000)),
                        agent_text=draw(st.one_of(st.none(), texts(2_000))),
                        heading=one,
                        status=Tag(text=other, tone="bad"),
                        checked=label,
                        flags=tuple(
                            Flag(severity=severity, start=0, end=n, message=other, better=label)
                            for n, severity in enumerate(["tip", "warn", "block"] * 3)
                        ),
                    )
                ),
            )
        ),
        no_draft=draw(st.one_of(st.none(), texts())),
        problem=draw(st.one_of(st.none(), texts())),
        state_line=Tag(text=one, tone="bad"),
        notices=tuple(draw(st.lists(texts(30), max_size=6))),
        first_words=draw(st.one_of(st.none(), texts())),
        buttons=buttons(label=label),
    )
