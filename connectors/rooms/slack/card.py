"""A conversation's root card: who wants what, how they feel, what is true, what may we do or send.

It is always one message. What is longer than that is cut where it is said where the whole is: the
buyer's words are in the thread, a draft is in its form.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from assistant.commands import ShowWhy
from assistant.model import Attachment, Severity
from assistant.surface.cards import (
    Button,
    ConversationCard,
    DraftCard,
    Flag,
    Row,
    Summary,
    Tag,
    Tone,
)
from assistant.words import Words, say, say_n
from connectors.rooms.slack.kit import (
    MESSAGE,
    Block,
    Post,
    columns,
    context,
    divider,
    marked,
    section,
    weight,
)
from connectors.rooms.slack.press import arranged, corner_menu, press_button, row_blocks
from connectors.rooms.slack.text import (
    SECTION,
    bold,
    clean,
    cut,
    inert,
    isolated,
    linked,
    markup,
    one_line,
    silent,
    size,
    visible,
)

FLAGS = 3
ABOUT = 60
"""Of the words that a finding is about; longer ones are not found by being repeated."""
TAGS = 6
FILES = 5


class Space(NamedTuple):
    """How much of a message each part of a card may take."""

    draft: int = 5_000
    agent_text: int = 3_000
    quoted: int = 600
    """Of the buyer's words, and of what they mean."""
    sentence: int = 400
    rows: int = 8
    row: int = 250


SPACES = (
    Space(),
    Space(draft=2_500, agent_text=1_500),
    Space(draft=1_500, agent_text=1_000, quoted=400, sentence=250, rows=6),
    Space(draft=300, agent_text=200, quoted=200, sentence=100, rows=3, row=100),
)
"""The most generous that fits is taken."""
MARKS: dict[Tone, str] = {"plain": "", "good": "✅ ", "warn": "⚠️ ", "bad": "❗ ", "late": "🔴 "}
GRAVITY: dict[Severity, str] = {"block": "⛔", "warn": "⚠️", "tip": "💡"}
DONE = frozenset(("sending", "outdated"))
"""Of such a draft the card says what became of it, and no more."""
ANSWERED = 200
"""Of the words that were answered."""


def card_post(card: ConversationCard, words: Words) -> Post:
    """The card as one message, for posting and for every update."""
    if card.summary.state == "closed":
        return Post(notification(card.summary, words), list(_closed(card, words)))
    for space in SPACES:
        blocks = list(_blocks(card, words, space))
        if weight(blocks) <= MESSAGE:
            break
    return Post(notification(card.summary, words), blocks)


def notification(summary: Summary, words: Words) -> str:
    """`Lena Weber: damaged, angry`"""
    about = words(say(", ")).join(tag.text for tag in summary.tags) or summary.waiting
    return silent(words(say("{buyer}: {about}", buyer=_name(summary), about=about)))


def _name(summary: Summary) -> str:
    return one_line(summary.buyer)


# ── its parts ────────────────────────────────────────────────────────────────


def _blocks(card: ConversationCard, words: Words, space: Space) -> Iterator[Block]:
    answered = card.draft is not None and card.draft.state == "sent"
    beside = () if answered else _beside(card)
    shown = arranged([one for one in card.buttons if one not in beside])
    yield from head(card, words, space, corner_menu(shown, words))
    if card.draft and answered:
        yield from _answered(card, card.draft, space)
    else:
        yield from said(card, words, space)
        yield from known(card.known, words, space)
        yield from may(card, space)
        yield from _trouble(card, space)
        yield from _draft(card, words, space)
    yield from row_blocks(shown, words)


def _answered(card: ConversationCard, draft: DraftCard, space: Space) -> Iterator[Block]:
    """What was asked, that it was answered: the thread has the rest."""
    yield from context(quoted(card.means or card.words, ANSWERED))
    yield from _trouble(card, space)
    if draft.status:
        yield from section(toned(draft.status, space.sentence))


def head(
    card: ConversationCard, words: Words, space: Space = SPACES[0], accessory: Block | None = None
) -> Iterator[Block]:
    """Who, since when, how they feel, whose it is; and what a lead has to know."""
    summary = card.summary
    yield from columns(
        f"{bold(named(summary))} · {inert(summary.via, 150)}",
        waiting(summary, card.due),
        tags(summary.tags),
        inert(summary.owner or words(say("unassigned")), 150),
        accessory=accessory,
    )
    if card.state_line:
        yield from context(toned(card.state_line, space.sentence))


def named(summary: Summary) -> str:
    """`🇩🇪 Lena Weber`"""
    return f"{summary.flag} {_name(summary)}".strip()


def waiting(summary: Summary, due: str | None = None) -> str:
    """`waiting 12 min · due 21 Nov 12:53`; what is late is marked."""
    said = inert(" · ".join(part for part in (summary.waiting, due) if part))
    return f"{MARKS['late']}*{said}*" if summary.waiting_tone == "late" and said else said


def tags(shown: Iterable[Tag]) -> str:
    """`damaged · *angry*`"""
    return " · ".join(
        inert(one_line(tag.text)) if tag.tone in ("plain", "good") else bold(one_line(tag.text))
        for tag in islice(shown, TAGS)
        if visible(tag.text)
    )


def toned(tag: Tag, limit: int) -> str:
    return MARKS[tag.tone] + cut(clean(tag.text), limit)


def said(card: ConversationCard, words: Words, space: Space = SPACES[0]) -> Iterator[Block]:
    """The buyer's words, what they mean, what came with them."""
    if card.first_words and visible(card.first_words):
        began = say("It began with: {words}", words=one_line(card.first_words, space.quoted // 3))
        yield from context(words(began))
    yield from section(quoted(card.words, space.quoted))
    if card.means and card.means != card.words:
        yield from section(meaning(card.means, space.quoted))
    if card.unread:
        yield from context(cut(clean(card.unread), 300))
    if max(size(clean(card.words)), size(clean(card.means or ""))) > space.quoted:
        yield from context(words(say("The thread has all of it.")))
    if card.attachments:
        yield from context(files(card.attachments, words))


def quoted(text: str, limit: int) -> str:
    return isolated(f"“{cut(clean(text).strip(), limit)}”") if visible(text) else ""


def meaning(text: str, limit: int) -> str:
    return f"↳ {isolated(cut(clean(text).strip(), limit))}" if visible(text) else ""


def files(attached: Sequence[Attachment], words: Words) -> str:
    """`📎 spout.jpg, lid.jpg and 2 more`"""
    names = ", ".join(one_line(one.name) or one.mime for one in attached[:FILES])
    more = len(attached) - FILES
    return "📎 " + (words(say("{names} and {n} more", names=names, n=more)) if more > 0 else names)


def known(rows: Sequence[Row], words: Words, space: Space) -> Iterator[Block]:
    """What is true, a line a fact; a parcel leads to where it is followed."""
    more = len(rows) - space.rows
    rest = (words(say("and {n} more of them", n=more)),) if more > 0 else ()
    if any(row.href for row in rows):
        facts = [_linked_fact(row, words, space.row) for row in rows[: space.rows]]
        text = "\n".join((*facts, *map(inert, rest)))
        if size(text) <= SECTION:
            yield {"type": "context", "elements": [markup(text)]}
            return
    facts = [_fact(row, words, space.row) for row in rows[: space.rows]]
    yield from context("\n".join((*facts, *rest)))


def _fact(row: Row, words: Words, limit: int) -> str:
    value = isolated(one_line(row.value, limit))
    return MARKS[row.tone] + named_value(one_line(row.label), value, words)


def _linked_fact(row: Row, words: Words, limit: int) -> str:
    label = linked(row.href, row.label) if row.href else inert(row.label)
    return MARKS[row.tone] + named_value(label, isolated(inert(row.value, limit)), words)


def named_value(label: str, value: str, words: Words) -> str:
    """`Order: 10045 …`"""
    return words(say("{label}: {value}", label=label, value=value))


def may(card: ConversationCard, space: Space = SPACES[0]) -> Iterator[Block]:
    """What may be done, with its proof beside it; what must be kept in mind."""
    why = next(iter(_beside(card)), None)
    yield from section(
        cut(clean(card.may), 2 * space.sentence), press_button(why, "why") if why else None
    )
    yield from section(cut(clean(card.mind), 2 * space.sentence))


def _beside(card: ConversationCard) -> tuple[Button, ...]:
    """The button that stands beside what may be done."""
    return tuple(one for one in card.buttons if card.may and isinstance(one.command, ShowWhy))[:1]


def _trouble(card: ConversationCard, space: Space) -> Iterator[Block]:
    """What nobody may overlook stands right above the buttons."""
    if card.problem:
        yield from section(f"{MARKS['bad']}{cut(clean(card.problem), space.sentence)}")
    for notice in card.notices[:FLAGS]:
        yield from context(f"{MARKS['warn']}{cut(clean(notice), space.sentence)}")


# ── the draft ────────────────────────────────────────────────────────────────


def _draft(card: ConversationCard, words: Words, space: Space) -> Iterator[Block]:
    draft = card.draft
    if draft:
        yield from divider()
        yield from context(cut(clean(draft.heading), 150))
        if draft.state not in DONE:
            yield from _worded(draft, words, space)
        if draft.status:
            yield from section(toned(draft.status, space.sentence))
    if card.no_draft and not (draft and draft.state == "proposed"):
        yield from context(cut(clean(card.no_draft), space.sentence))


def _worded(draft: DraftCard, words: Words, space: Space) -> Iterator[Block]:
    yield from section(isolated(cut(clean(draft.text), space.draft)), whole=True)
    if draft.agent_text and draft.agent_text != draft.text:
        yield from section(meaning(draft.agent_text, space.agent_text))
    long = size(clean(draft.agent_text or "")) > space.agent_text
    if long or size(clean(draft.text)) > space.draft:
        rest = say("This is its beginning. Press Edit to read all of it.")
        elsewhere = say("This is its beginning. The console shows all of it.")
        yield from context(words(rest if draft.state == "proposed" else elsewhere))
    yield from findings(draft.flags, draft.checked, words, draft.text, space.sentence)


def findings(
    flags: Sequence[Flag], checked: str, words: Words, text: str, sentence: int = 400
) -> Iterator[Block]:
    """What the review objects to in *text*, the gravest first, and its verdict."""
    order = list(GRAVITY)
    ranked = sorted(flags, key=lambda one: order.index(one.severity))
    lines = [_finding(one, words, text, sentence) for one in ranked[:FLAGS]]
    if len(ranked) > FLAGS:
        lines.append(
            words(say_n("and {n} more finding", "and {n} more findings", len(ranked) - FLAGS))
        )
    verdict = checked if flags else f"✓ {checked}"
    yield from context("\n".join((*lines, verdict)))


def words_about(flag: Flag, text: str) -> str:
    """The words that a finding is about; nothing where it is the whole text, or names them."""
    about = text[flag.start : flag.end].strip()
    whole = about == text.strip() or size(about) > ABOUT
    return "" if whole or about in flag.message else one_line(about, ABOUT)


def _finding(flag: Flag, words: Words, text: str, sentence: int) -> str:
    about = words_about(flag, text)
    message = one_line(flag.message, sentence // 2)
    found = named_value(f"“{about}”", message, words) if about else message
    said = f"{GRAVITY[flag.severity]} {found}"
    if not flag.better:
        return said
    return f"{said} {words(say('Better: {better}', better=one_line(flag.better, sentence // 3)))}"


# ── a closed one ─────────────────────────────────────────────────────────────


def _closed(card: ConversationCard, words: Words) -> Iterator[Block]:
    """One line, and the way back."""
    summary = card.summary
    said = one_line(card.state_line.text if card.state_line else summary.waiting, 400)
    back: Button | None = card.buttons[0] if card.buttons else None
    who = f"{bold(named(summary))} · {inert(summary.via, 150)}"
    yield marked(f"{who}\n{inert(said)}", press_button(back, 0) if back else None)
