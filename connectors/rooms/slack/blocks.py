"""Messages in Slack: a conversation's card, its thread, what one person is told, alarms.

Pure: cards in, blocks out. Everything fits Slack's limits: a card is cut where it says so, a
thread's lines are split over as many messages as they need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from assistant.commands import ReplayFailure
from assistant.model import ConversationId, ThreadId
from assistant.surface.cards import (
    Alert,
    Answer,
    Button,
    Checked,
    ConversationCard,
    HomeCard,
    InfoCard,
    Line,
    OfferCard,
    QueueCard,
    Row,
    Section,
    Summary,
    TranslatedLine,
)
from assistant.surface.translation import line_row
from assistant.words import Words, say, say_n
from connectors.rooms.slack.card import (
    MARKS,
    card_post,
    files,
    findings,
    head,
    may,
    meaning,
    named,
    notification,
    quoted,
    said,
    tags,
    waiting,
)
from connectors.rooms.slack.kit import Block, Post, context, header, marked, posts, section
from connectors.rooms.slack.press import link_button, press_button, private_row
from connectors.rooms.slack.text import (
    SECTION,
    bold,
    clean,
    cut,
    inert,
    isolated,
    linked,
    one_line,
    silent,
    size,
    visible,
)

__all__ = [
    "Link",
    "Post",
    "alert_post",
    "answer_posts",
    "card_post",
    "direct_post",
    "line_posts",
    "more_rows",
    "queue_row",
    "struck_post",
]

Link = Callable[[ThreadId], str | None]
"""The address of a thread, where it is known."""

FILES = 5
KINDS = {"message": "💬 ", "edited": "💬 ", "note": "📝 ", "sent": "📤 "}
"""What one looks for in a thread has a mark."""
LONG = 300
"""A value that fits a line or two."""
OFFERED = 2_000
SENTENCES = 12
"""Shown side by side; a longer reply is in its form."""
QUEUE = 20
"""Rows of a queue in a message: the page of the person has more."""


# ── the thread ───────────────────────────────────────────────────────────────


def line_posts(lines: Sequence[Line], words: Words, *, again: bool = False) -> list[Post]:
    """Lines of a thread: as few messages as hold them, nothing left out.

    *again*: they may be there already, which is said above them.
    """
    groups = [group for line in lines if (group := list(_line(line, words)))]
    if not groups:
        return []
    if again:
        twice = say("Slack did not say whether this had arrived. It may be here twice.")
        groups[0] = [*context(words(twice)), *groups[0]]
    text = silent(next((line.text for line in lines if visible(line.text)), lines[0].who))
    return posts(text, groups)


def _line(line: Line, words: Words) -> Iterator[Block]:
    happened = " · ".join(part for part in (line.when, clean(line.text)) if visible(part))
    yield from context(f"{KINDS.get(line.kind, '')}{happened}")
    for earlier in line.earlier:
        yield from context(words(say("Before:")))
        yield from section(isolated(clean(earlier)))
    if line.earlier:
        yield from context(words(say("Now:")))
    if line.said and visible(line.said):
        yield from section(isolated(clean(line.said)))
    elif line.kind == "message" and not line.attachments:
        yield from context(words(say("The message has no words.")))
    if line.means and line.means != line.said and visible(line.means):
        yield from section(f"↳ {isolated(clean(line.means).strip())}")
    for start in range(0, len(line.attachments), FILES):
        yield from context(files(line.attachments[start : start + FILES], words))


# ── about a card ─────────────────────────────────────────────────────────────


def struck_post(who: str, words: Words, *, link: str | None) -> Post:
    """In the place of a card that is not the one any more."""
    text = words(say("This conversation goes on in another thread."))
    way = linked(link, words(say("Open the thread"))) if link else ""
    parts = (bold(one_line(who)), f"{inert(text)} {way}".strip())
    return Post(silent(text), [marked(" · ".join(filter(None, parts)))])


def direct_post(text: str, card: ConversationCard, words: Words, *, link: str | None) -> Post:
    """What somebody is told of a conversation that became theirs, and the way to its thread.

    Without buttons of the card: this message stays as it is when the card moves on.
    """
    blocks = [*section(cut(clean(text), 1_000)), *head(card, words), *said(card, words), *may(card)]
    if link:
        open_it = link_button(words(say("Open the thread")), link)
        blocks.append({"type": "actions", "elements": [open_it]})
    return Post(silent(text) or notification(card.summary, words), blocks)


def alert_post(alert: Alert, words: Words, *, link: str | None) -> Post:
    """Something the team must know."""
    blocks = [
        marked(f"❗ {bold(alert.title)}"),
        *section(isolated(cut(clean(alert.text), SECTION))),
    ]
    ways = [link_button(words(say("Open the thread")), link)] if link else []
    if alert.failed_id:
        again = ReplayFailure(
            failed_id=alert.failed_id,
            conversation_id=alert.conversation_id or ConversationId(""),
        )
        ways.append(press_button(Button(label=words(say("Try again")), command=again), "again"))
    if ways:
        blocks.append({"type": "actions", "elements": ways})
    return Post(silent(alert.title), blocks)


# ── what one person is told ──────────────────────────────────────────────────


def answer_posts(answer: Answer, words: Words, *, link: Link) -> list[Post]:
    """What a command says to whoever gave it; nothing where it says nothing.

    These are for messages that one person sees: every button is complete by itself.
    """
    groups = [list(section(isolated(clean(answer.text))))] if answer.text else []
    text = answer.text or ""
    for card in (answer.card, *answer.cards):
        if card is not None:
            title, more = _told(card, words, link)
            text = text or title
            groups += more
    return posts(silent(text) or "Parley", [group for group in groups if group])


Told = tuple[str, list[list[Block]]]
"""What a notification says, and the blocks that belong together."""


def _told(
    card: ConversationCard | QueueCard | InfoCard | OfferCard | HomeCard | Checked,
    words: Words,
    link: Link,
) -> Told:
    match card:
        case InfoCard():
            return card.title, list(_info(card, words))
        case OfferCard():
            return card.title, [list(_offer(card, words))]
        case QueueCard():
            return words(say("Queue")), list(_queue(card, words, link))
        case HomeCard():
            return card.title, list(_home(card, words, link))
        case Checked():
            return card.checked, [list(findings(card.flags, card.checked, words, ""))]
        case ConversationCard():
            return named(card.summary), [list(_conversation(card, words, link))]


def _conversation(card: ConversationCard, words: Words, link: Link) -> Iterator[Block]:
    yield from head(card, words)
    yield from said(card, words)
    yield from may(card)
    yield from _way(card.summary, words, link)


def _way(summary: Summary, words: Words, link: Link) -> Iterator[Block]:
    address = _address(summary, link)
    if address:
        yield {
            "type": "actions",
            "elements": [link_button(words(say("Open the thread")), address)],
        }


def _address(summary: Summary, link: Link) -> str | None:
    return next((found for thread in summary.threads.values() if (found := link(thread))), None)


def _offer(offer: OfferCard, words: Words) -> Iterator[Block]:
    """Words of a thread, to be sent or not."""
    yield marked(bold(offer.title) or "…")
    yield from section(quoted(offer.text, OFFERED))
    if offer.lines:
        yield from _sentences(offer.lines)
    elif offer.means and offer.means != offer.text:
        yield from section(meaning(offer.means, OFFERED))
    if size(clean(offer.text)) > OFFERED or size(clean(offer.means or "")) > OFFERED:
        yield from context(words(say("All of your message will be sent, not only what is shown.")))
    if offer.attachments:
        yield from context(files(offer.attachments, words))
    yield from findings(offer.flags, offer.checked, words, offer.text)
    for note in offer.notes[:10]:
        yield from context(f"⚠️ {cut(clean(note), 400)}")
    yield from private_row(offer.buttons)


def _sentences(lines: Sequence[TranslatedLine]) -> Iterator[Block]:
    """What was typed, what that became, what this says translated back, what is wrong with it."""
    for line in lines[:SENTENCES]:
        row = line_row(line)
        yield from context(f"↳ {isolated(cut(clean(row.label), 300))}")
        yield from section(isolated(cut(clean(row.value), 600)))


# ── look-ups ─────────────────────────────────────────────────────────────────


def _info(card: InfoCard, words: Words) -> Iterator[list[Block]]:
    """An order, a stock list, a buyer: titled sections of facts."""
    yield [*header(one_line(card.title, 150)), *context(" · ".join(tag.text for tag in card.tags))]
    for part in card.sections:
        titled = visible(part.title) and part.title != card.title
        yield [*context(one_line(part.title) if titled else ""), *_facts(part)]
    yield [
        *context(isolated(clean(card.note or ""))),
        *private_row(card.buttons),
    ]


def _facts(part: Section) -> Iterator[Block]:
    """A line a fact, as many to a block as it holds; a long one has blocks of its own."""
    held: list[str] = []
    for row in part.rows:
        line = _fact(row)
        if (held and size("\n".join((*held, line or ""))) > SECTION) or line is None:
            yield from _lines(held)
            held = []
        if line is None:
            yield marked(_label(row))
            yield from section(isolated(clean(row.value)))
        else:
            held.append(line)
    yield from _lines(held)
    bullet = "• " if len(part.lines) > 1 else ""
    yield from section("\n".join(f"{bullet}{isolated(clean(line))}" for line in part.lines))


def _lines(held: Sequence[str]) -> Iterator[Block]:
    if held:
        yield marked("\n".join(held))


def _fact(row: Row) -> str | None:
    """`Total  €54.90`; nothing where the value needs more than a line."""
    value = row.value.strip()
    if size(value) > LONG or "\n" in value:
        return None
    return f"{_label(row)}  {isolated(inert(value, SECTION // 2))}".rstrip()


def _label(row: Row) -> str:
    label = linked(row.href, row.label) if row.href else inert(row.label, 200)
    return f"{MARKS[row.tone]}*{label or '…'}*"


# ── queues ───────────────────────────────────────────────────────────────────


def _queue(queue: QueueCard, words: Words, link: Link) -> Iterator[list[Block]]:
    yield list(header(words(say("Queue"))))
    yield list(context(_counts(queue, words)))
    for row in queue.rows[:QUEUE]:
        yield list(queue_row(row, words, link))
    if not queue.rows:
        yield list(context(words(say("Nothing is waiting here."))))
    yield list(more_rows(len(queue.rows) - QUEUE, words))


def more_rows(n: int, words: Words) -> Iterator[Block]:
    """That there are *n* more than are shown."""
    if n > 0:
        yield from context(
            words(say_n("and {n} more conversation", "and {n} more conversations", n))
        )


def _counts(queue: QueueCard, words: Words) -> str:
    said = {
        "open": say("{n} open"),
        "late": say("{n} late"),
        "angry": say("{n} upset"),
        "escalated": say("{n} escalated"),
        "failed": say("{n} failed"),
    }
    return " · ".join(
        words(text, n=queue.counts[name]) for name, text in said.items() if queue.counts.get(name)
    )


def queue_row(row: Summary, words: Words, link: Link) -> Iterator[Block]:
    """One conversation in two lines; its name leads to its thread."""
    address = _address(row, link)
    name = linked(address, named(row)) if address else inert(named(row))
    first = " · ".join(part for part in (f"*{name}*", waiting(row), tags(row.tags)) if part)
    owner = row.owner or words(say("unassigned"))
    second = inert(one_line(f"{row.via} · {owner}", 200))
    yield marked(f"{first}\n{second}")
    yield from context(quoted(row.excerpt, 150))


def _home(home: HomeCard, words: Words, link: Link) -> Iterator[list[Block]]:
    for group in home.groups:
        yield list(header(f"{group.title} ({group.count})"))
        for row in group.rows:
            yield list(queue_row(row, words, link))
        if not group.rows:
            yield list(context(group.empty))
        yield list(more_rows(group.count - len(group.rows), words))
    yield list(context(*home.tips))
