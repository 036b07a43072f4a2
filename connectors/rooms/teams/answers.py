"""What one person asked for: orders, stock, the queue, their page, words to send, a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.commands import OpenConversation
from assistant.surface.cards import (
    Answer,
    ConversationCard,
    HomeCard,
    HomeGroup,
    InfoCard,
    OfferCard,
    QueueCard,
    Section,
    Summary,
    TranslatedLine,
)
from assistant.surface.translation import BACK, WRONG
from assistant.words import Words, say
from connectors.rooms.teams.cards import root_post
from connectors.rooms.teams.drafts import checked_line, findings, means
from connectors.rooms.teams.heads import LABEL, WIDE_LABEL, files_line, lines, row, tag_runs, tags
from connectors.rooms.teams.menus import actions_of
from connectors.rooms.teams.pieces import (
    Element,
    FileLink,
    Link,
    box,
    execute,
    may_open,
    no_file,
    nowhere,
    pressable,
    rich,
    run,
    said,
    sides,
)
from connectors.rooms.teams.post import Post, Space, fitting, packed, post, size
from connectors.rooms.teams.press import LONG_ID, to_do
from connectors.rooms.teams.text import cut, line, parts

TITLE, EXCERPT, VALUE = 120, 110, 400
SENTENCE = 2_000
SENTENCES = 12
"""Shown side by side; a longer reply is in its form."""
LONG_LABEL = 14


def answer_posts(
    answer: Answer, words: Words, *, link: Link = nowhere, files: FileLink = no_file
) -> list[Post]:
    """All that *answer* says, in order; nothing where it says nothing."""
    posts = sentence_posts(answer.text, words) if answer.text else []
    match answer.card:
        case InfoCard() as card:
            posts += info_posts(card, words)
        case QueueCard() as card:
            posts += queue_posts(card, words, link=link)
        case OfferCard() as card:
            posts.append(offer_post(card, words))
        case HomeCard() as card:
            posts += home_posts(card, words, link=link)
        case ConversationCard() as card:
            posts.append(root_post(card, words, files=files))
    for one in answer.cards:
        posts += info_posts(one, words)
    return posts


def sentence_posts(text: str, words: Words) -> list[Post]:
    """Something to say, whole."""
    pieces = [[rich(run(piece))] for piece in parts(text.strip() or " ", SENTENCE)]
    return packed(pieces, lambda held: post(held, (), words, line(text, 120)))


def masked_post(card: InfoCard, words: Words) -> Post | None:
    """The line of a look-up that others may read."""
    text = line(card.masked, VALUE)
    return post([rich(run(text, small=True, subtle=True))], (), words, text) if text else None


# ── look-ups ─────────────────────────────────────────────────────────────────


def info_posts(card: InfoCard, words: Words) -> list[Post]:
    """An order, a stock list, a buyer; long ones go on in another message."""
    title = line(card.title, TITLE) or words(say("Looked up"))
    pieces = [_title(title, card), *_sections(card.sections, title)]
    if card.note and card.note.strip():
        pieces.append([rich(run(line(card.note, VALUE), small=True, subtle=True))])
    actions = actions_of(card.buttons, words)
    posts = packed(pieces, lambda held: post(held, (), words, title), spare=size(actions))
    last = posts[-1].card["body"]
    return [*posts[:-1], post(last, actions, words, title)]


def _title(title: str, card: InfoCard) -> list[Element]:
    shown = [rich(run(title, bold=True, size="Medium"))]
    return [*shown, tags(card.tags)] if card.tags else shown


def _sections(sections: Sequence[Section], above: str) -> list[list[Element]]:
    """Each row a piece of its own, the title with the first."""
    pieces: list[list[Element]] = []
    for section in sections:
        wide = any(len(one.label) > LONG_LABEL for one in section.rows)
        width = WIDE_LABEL if wide else LABEL
        rows = [[row(one, VALUE, width)] for one in section.rows]
        rows += [[_line(one)] for one in section.lines if one.strip()]
        title = line(section.title, TITLE)
        if title and rows and title != above:
            rows[0].insert(0, rich(run(title, bold=True, small=True), spacing="Medium"))
        pieces += rows
    return pieces


def _line(text: str) -> Element:
    return rich(run(line(text, VALUE)), spacing="Small")


# ── queues ───────────────────────────────────────────────────────────────────


def queue_posts(card: QueueCard, words: Words, *, link: Link = nowhere) -> list[Post]:
    """The queue, a press on each conversation."""
    title = words(say("Queue"))
    counted = _counts(card.counts, words)
    first = [rich(run(title, bold=True, size="Medium"))]
    first += [rich(run(counted, small=True, subtle=True), spacing="None")] if counted else []
    pieces = [first, *([_summary(one, words, link)] for one in card.rows)]
    if not card.rows:
        pieces.append([rich(run(words(say("Nothing is waiting here.")), subtle=True))])
    return packed(pieces, lambda held: post(held, (), words, title))


def _counts(counts: dict[str, int], words: Words) -> str:
    """`3 late · 2 upset`, without what there is none of."""
    said_of = {
        "late": say("{n} late", n=counts.get("late", 0)),
        "angry": say("{n} upset", n=counts.get("angry", 0)),
        "escalated": say("{n} escalated", n=counts.get("escalated", 0)),
        "failed": say("{n} failed", n=counts.get("failed", 0)),
    }
    return " · ".join(words(text) for name, text in said_of.items() if counts.get(name))


def _summary(one: Summary, words: Words, link: Link) -> Element:
    """One conversation of a list: pressed, it shows its card here or its thread."""
    late = one.waiting_tone == "late"
    color = "Attention" if late else "Default"
    owner = line(one.owner, 60) if one.owner else words(say("unassigned"))
    where = " · ".join(part for part in (line(one.via, 60), owner) if part)
    shown = box(
        sides(
            rich(
                run(f"{one.flag} {line(one.buyer, 60)}".strip() or " ", bold=True),
                run(f" · {where}", small=True, subtle=True),
            ),
            rich(run(one.waiting or " ", small=True, subtle=not late, color=color), right=True),
        ),
        *_about(one),
        separator=True,
        spacing="Small",
    )
    action = _way(one, words, link)
    return pressable(shown, action) if action else shown


def _about(one: Summary) -> list[Element]:
    """`angry · damaged  Die Kanne kam …` in one line."""
    runs = tag_runs(one.tags)
    excerpt = line(one.excerpt, EXCERPT)
    if excerpt:
        runs.append(run(f"   {excerpt}" if runs else excerpt, small=True, subtle=True))
    return [rich(*runs, spacing="None")] if runs else []


def _way(one: Summary, words: Words, link: Link) -> Element | None:
    """To its thread where that has an address, else its card in this very chat."""
    addresses = [link(thread) for thread in one.threads.values()]
    found = next((address for address in addresses if may_open(address)), None)
    if found:
        return {"type": "Action.OpenUrl", "title": words(say("Open the thread")), "url": found}
    if len(one.id) > LONG_ID:
        return None
    data = to_do(OpenConversation(conversation_id=one.id))
    return execute(words(say("Show it here")), data, fallback=False)


def home_posts(card: HomeCard, words: Words, *, link: Link = nowhere) -> list[Post]:
    """A person's own page."""
    title = line(card.title, TITLE) or "Parley"
    pieces: list[list[Element]] = [[rich(run(title, bold=True, size="Large"))]]
    for group in card.groups:
        pieces += _group(group, words, link)
    pieces += [[rich(run(line(tip, VALUE), small=True, subtle=True))] for tip in card.tips]
    return packed(pieces, lambda held: post(held, (), words, title))


def _group(group: HomeGroup, words: Words, link: Link) -> list[list[Element]]:
    heading = rich(
        run(line(group.title, TITLE) or " ", bold=True, size="Medium"),
        run(f"  {group.count}", subtle=True),
        spacing="Large",
    )
    if not group.rows:
        empty = line(group.empty, VALUE)
        return [[heading, *([rich(run(empty, subtle=True), spacing="Small")] if empty else [])]]
    shown = [[_summary(one, words, link)] for one in group.rows]
    shown[0].insert(0, heading)
    if group.count > len(group.rows):
        more = words(say("and {n} more", n=group.count - len(group.rows)))
        shown.append([rich(run(more, small=True, subtle=True), spacing="Small")])
    return shown


# ── words to send ────────────────────────────────────────────────────────────


def offer_post(card: OfferCard, words: Words) -> Post:
    """Somebody's own words with what they mean and what the review says: send them or not."""
    return fitting(lambda space: _offer(card, words, space))


def _offer(card: OfferCard, words: Words, space: Space) -> Post:
    text = card.text.strip()
    inside = [said(cut(text, space.draft) or " ")]
    if card.lines:
        inside += [part for one in card.lines[:SENTENCES] for part in _sentence(one)]
    else:
        inside += means(card.text, card.means, words, space.means, "offer_means")
    inside += findings(card.flags, card.text, words, space.flags)
    inside += checked_line(card.flags, card.checked)
    title = line(card.title, TITLE)
    body = [
        rich(run(title or " ", bold=True)),
        box(*inside, style="emphasis"),
        *files_line(card.attachments, no_file),
        *lines(card.notes[:6], VALUE),
    ]
    return post(body, actions_of(card.buttons, words, menu=space.menu), words, title)


def _sentence(one: TranslatedLine) -> list[Element]:
    """What was typed; below, what that became, what this says translated back, what is wrong."""
    back = [said(f"{BACK}{cut(one.back, 400)}", spacing="None", small=True)] if one.back else []
    return [
        said(f"↳ {cut(one.typed, 400)}", spacing="Small", small=True, subtle=True),
        said(cut(one.wording, 600), spacing="None"),
        *back,
        *lines([f"{WRONG}{what}" for what in one.wrong], VALUE),
    ]
