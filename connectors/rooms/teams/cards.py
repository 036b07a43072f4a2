"""A conversation's root card: who wants what, how they feel, what is true, what may we do or send.

It always fits one message: what is longer is cut there and said whole in its thread or its form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.commands import DiscardDraft, OpenConversation, ReplayFailure, ShowWhy
from assistant.model import ConversationId
from assistant.surface.cards import Alert, Button, ConversationCard
from assistant.words import Words, say
from connectors.rooms.teams.drafts import draft_box, means
from connectors.rooms.teams.heads import files_line, head, lines, rows
from connectors.rooms.teams.menus import action_of, actions_of
from connectors.rooms.teams.pieces import (
    COLORS,
    Element,
    FileLink,
    Link,
    box,
    execute,
    fold,
    fold_beside,
    no_file,
    nowhere,
    opening,
    rich,
    run,
    said,
)
from connectors.rooms.teams.post import Post, Space, fitting, post
from connectors.rooms.teams.press import to_do
from connectors.rooms.teams.text import cut, ending, line

FIRST_LOOK = 600
"""Of a buyer's words; the rest is a press away."""
SLACK = 80
SENTENCE = 500
REFRESHED = 60
"""People whom Teams asks for a card of their own, at most."""


def root_post(
    card: ConversationCard,
    words: Words,
    *,
    files: FileLink = no_file,
    viewers: Sequence[str] = (),
) -> Post:
    """The card that everything about a conversation hangs on.

    For *viewers*, by their ids in Teams, the client asks for a card of their own when it shows.
    """
    return fitting(lambda space: _root(card, words, space, files, viewers))


def _root(
    card: ConversationCard, words: Words, space: Space, files: FileLink, viewers: Sequence[str]
) -> Post:
    inside = _inside(card, words, space, files)
    if card.summary.state == "closed":
        inside = fold("inside", words(say("Show all")), words(say("Show less")), inside)
    body = [head(card.summary, words, card.due), *_said_above(card), *inside]
    more = {"refresh": _refresh(card, viewers)} if viewers else {}
    others = [button for button in card.buttons if not _elsewhere(button, card, space)]
    actions = actions_of(others, words, menu=space.menu)
    return post(body, actions, words, summary_of(card), **more)


def summary_of(card: ConversationCard) -> str:
    """What a notification says: who, where, and how it begins."""
    who = f"{line(card.summary.buyer, 80)} · {line(card.summary.via, 80)}"
    return f"{who}: {line(card.summary.excerpt, 120)}" if card.summary.excerpt else who


def _refresh(card: ConversationCard, viewers: Sequence[str]) -> Element:
    data = to_do(OpenConversation(conversation_id=card.id))
    action = execute("Parley", data, fallback=False)
    return {"action": action, "userIds": list(viewers)[:REFRESHED]}


# ── from top to bottom ───────────────────────────────────────────────────────


def _said_above(card: ConversationCard) -> list[Element]:
    """What must be seen before anything else."""
    shown: list[Element] = []
    notices = lines(card.notices[:4], SENTENCE)
    if notices:
        shown.append(box(*notices, style="warning", spacing="Small"))
    if card.problem and card.problem.strip():
        problem = rich(run(cut(card.problem.strip(), SENTENCE)))
        shown.append(box(problem, style="attention", spacing="Small"))
    if card.state_line and card.state_line.text.strip():
        text, tone = cut(card.state_line.text.strip(), SENTENCE), card.state_line.tone
        shown.append(rich(run(text, bold=tone != "plain", color=COLORS[tone]), spacing="Small"))
    return shown


def _inside(card: ConversationCard, words: Words, space: Space, files: FileLink) -> list[Element]:
    return [
        *_words(card, words, space, files),
        *_true(card, words, space),
        *_draft(card, words, space),
    ]


def _words(card: ConversationCard, words: Words, space: Space, files: FileLink) -> list[Element]:
    """The buyer's newest words, what they mean, and what came with them."""
    items: list[Element] = []
    if card.first_words and card.first_words.strip() != card.words.strip():
        began = words(say("It began with: {words}", words=line(card.first_words, space.row)))
        items.append(rich(run(began, small=True, subtle=True)))
    if card.words.strip():
        items += _quoted(card.words.strip(), words, space.words)
        items += means(card.words, card.means, words, space.words, "words_mean", FIRST_LOOK)
    if card.unread:
        items.append(rich(run(line(card.unread, 300), small=True, subtle=True), spacing="Small"))
    items += files_line(card.attachments, files)
    return [box(*items, spacing="Medium")] if items else []


def _quoted(text: str, words: Words, limit: int) -> list[Element]:
    """Whole where it is short; else its beginning, the rest behind a press."""
    if len(text) <= min(FIRST_LOOK + SLACK, limit):
        return [said(text)]
    at = ending(text, min(FIRST_LOOK, limit))
    rest = cut(text[at:].strip(), max(1, limit - at))
    less = words(say("Show less"))
    first = said(text[:at].rstrip() + " …")
    if limit <= FIRST_LOOK or not rest:
        hint = words(say("The thread has all of it."))
        return [first, rich(run(hint, small=True, subtle=True), spacing="Small")]
    items = [said(rest, spacing="None")]
    if len(text) > limit:
        hint = words(say("The thread has all of it."))
        items.append(rich(run(hint, small=True, subtle=True), spacing="Small"))
    return [first, *fold("words_rest", words(say("Show all")), less, items)]


def _true(card: ConversationCard, words: Words, space: Space) -> list[Element]:
    """What is known, what may be done, and why."""
    items = rows(card.known, space.row, space.rows, words)
    may = box(*_decided(card), spacing="Small")
    proof = lines(card.proof[: space.proof], SENTENCE)
    if proof:
        items += fold_beside(may, "why", words(say("Why")), proof)
    elif card.may.strip():
        items.append(may)
    return [box(*items, spacing="Medium", separator=True)] if items else []


def _decided(card: ConversationCard) -> Iterator[Element]:
    """The decision in two lines: what may be done, what must be kept in mind."""
    yield rich(run(line(card.may, SENTENCE) or " "))
    if card.mind.strip():
        yield rich(run(line(card.mind, SENTENCE), subtle=True), spacing="Small")


def _draft(card: ConversationCard, words: Words, space: Space) -> list[Element]:
    shown: list[Element] = []
    if card.draft:
        own = [_put_away(button) for button in card.buttons if _of_draft(button)]
        actions = actions_of(own, words, menu=space.menu)
        shown.append(draft_box(card.draft, words, space, actions))
    if card.no_draft and card.no_draft.strip():
        text = cut(card.no_draft.strip(), SENTENCE)
        shown.append(rich(run(text, subtle=True), spacing="Medium"))
    return shown


def _elsewhere(button: Button, card: ConversationCard, space: Space) -> bool:
    """It stands with the draft, or what it shows is on the card."""
    if isinstance(button.command, ShowWhy):
        return 0 < len(card.proof) <= space.proof
    return card.draft is not None and _of_draft(button)


def _of_draft(button: Button) -> bool:
    """It is about the draft, so it stands with it."""
    return getattr(button.command, "version", None) is not None


def _put_away(button: Button) -> Button:
    """Discarding stands behind the dots: a slip of the finger must not do it."""
    if not isinstance(button.command, DiscardDraft):
        return button
    return button.model_copy(update={"menu": "more"})


# ── other cards about a conversation ─────────────────────────────────────────


def notice_post(text: str, card: ConversationCard, words: Words, *, link: Link = nowhere) -> Post:
    """For one person: a sentence, what it is about, and the way there."""
    space = Space(words=FIRST_LOOK, draft=0, means=0, row=200, rows=5, flags=0, proof=0)
    above = rich(run(cut(text.strip(), 2_000) or " ", bold=True))
    body = [
        above,
        box(head(card.summary, words, card.due), spacing="Medium", separator=True),
        *_said_above(card),
        *_words(card, words, space, no_file),
        *_true(card, words, space),
    ]
    addresses = [address for thread in card.summary.threads.values() if (address := link(thread))]
    here = Button(
        label=words(say("Show it here")), command=OpenConversation(conversation_id=card.id)
    )
    ways = opening(words(say("Open the thread")), addresses[0] if addresses else None)
    return post(body, [*ways, action_of(here)], words, f"{line(text, 120)} {summary_of(card)}")


def struck_post(who: str, words: Words, address: str | None) -> Post:
    """In place of a card that is not the one any more."""
    text = words(say("This conversation goes on in another thread."))
    named = [run(f"{line(who, 80)} · ", bold=True)] if who.strip() else []
    body = [rich(*named, run(text, subtle=True))]
    return post(body, opening(words(say("Open the thread")), address), words, text)


def alert_post(alert: Alert, words: Words, *, address: str | None = None) -> Post:
    """Something the team must know; *address* is the thread it is about."""
    title, text = line(alert.title, 200), cut(alert.text.strip(), 4_000)
    items = [rich(run(title or " ", bold=True))]
    items += [rich(run(text), spacing="Small")] if text else []
    actions = opening(words(say("Open the thread")), address)
    if alert.failed_id:
        replay = ReplayFailure(
            failed_id=alert.failed_id,
            conversation_id=alert.conversation_id or ConversationId(""),
        )
        actions.append(action_of(Button(label=words(say("Try again")), command=replay)))
    body = [box(*items, style="attention")]
    return post(body, actions, words, f"{title} {line(text, 120)}".strip())
