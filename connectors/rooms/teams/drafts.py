"""A draft on a card: what it says, what that means, what the review found."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.model import Severity
from assistant.surface.cards import DraftCard, Flag
from assistant.words import Words, say
from connectors.rooms.teams.pieces import (
    COLORS,
    Element,
    between,
    box,
    fold,
    rich,
    run,
    said,
)
from connectors.rooms.teams.post import Space
from connectors.rooms.teams.text import cut, line

MARKS: dict[Severity, tuple[str, str]] = {
    "block": ("✕", "Attention"),
    "warn": ("!", "Default"),
    "tip": ("›", "Default"),
}
"""How grave a finding is, and in which colour."""
HEADING, QUOTED, FINDING = 120, 60, 300
FOLDED = 320
"""What a sent reply shows of itself; the thread has all of it."""


def draft_box(
    draft: DraftCard, words: Words, space: Space, actions: Sequence[Element] = ()
) -> Element:
    """The draft in a place of its own, with what can be done with it."""
    over = draft.state in ("sent", "sending", "approved")
    open_ = draft.state == "proposed"
    return box(
        _heading(draft, over=over),
        *between([_status(draft)]),
        *_text(draft, words, space, over=over),
        *([] if over else _means(draft, words, space)),
        *(findings(draft.flags, draft.text, words, space.flags) if open_ else []),
        *(checked_line(draft.flags, draft.checked) if open_ else []),
        *([{"type": "ActionSet", "actions": list(actions)}] if actions else []),
        style="emphasis",
        spacing="Medium",
    )


def _heading(draft: DraftCard, *, over: bool) -> Element:
    return rich(run(line(draft.heading, HEADING) or " ", small=True, subtle=True, bold=not over))


def _status(draft: DraftCard) -> Element | None:
    if draft.status is None:
        return None
    tone = draft.status.tone
    text = cut(draft.status.text.strip(), FINDING)
    text = f"✓ {text}" if text and tone == "good" else text
    return rich(run(text, bold=True, color=COLORS[tone]), spacing="Small") if text else None


def _text(draft: DraftCard, words: Words, space: Space, *, over: bool) -> list[Element]:
    if not draft.text.strip():
        return []
    limit = min(FOLDED, space.draft) if over else space.draft
    text = draft.text.strip()
    shown = [said(cut(text, limit), spacing="Small", subtle=draft.state == "outdated")]
    if len(text) > limit and not over:
        hint = words(say("This is its beginning. Press Edit to read all of it."))
        shown.append(rich(run(hint, small=True, bold=True), spacing="Small"))
    return shown


def _means(draft: DraftCard, words: Words, space: Space) -> list[Element]:
    return means(draft.text, draft.agent_text, words, space.means, "draft_means")


def means(
    text: str, translated: str | None, words: Words, limit: int, name: str, shown: int = 600
) -> list[Element]:
    """What a text says in the reader's language, where that is another one; long ones folded."""
    if not translated or not translated.strip() or translated.strip() == text.strip():
        return []
    translated = cut(translated.strip(), limit)
    if len(translated) <= shown + 80:
        return [said(f"↳ {translated}", spacing="Small", small=True, subtle=True)]
    item = said(f"↳ {translated}", spacing="None", small=True, subtle=True)
    return fold(name, words(say("What it says")), words(say("Show less")), [item])


def findings(flags: Sequence[Flag], text: str, words: Words, most: int) -> list[Element]:
    """Each finding with the words it is about and a better wording, the gravest first."""
    order = list(MARKS)
    ranked = sorted(flags, key=lambda flag: order.index(flag.severity))
    shown = [finding(flag, text, words) for flag in ranked[:most]]
    if len(ranked) > most:
        more = words(say("and {n} more", n=len(ranked) - most))
        shown.append(rich(run(more, small=True, subtle=True), spacing="None"))
    return shown


def finding(flag: Flag, text: str, words: Words) -> Element:
    mark, color = MARKS[flag.severity]
    about = line(about_words(flag, text), QUOTED)
    runs = [run(f"{mark} ", small=True, bold=True, color=color)]
    if about:
        runs.append(run(f"“{about}” ", small=True, bold=True))
    runs.append(run(line(flag.message, FINDING), small=True, color=color))
    better = line(flag.better or "", FINDING)
    if better:
        runs.append(run(f" → “{better}”", small=True))
    return rich(*runs, spacing="Small")


def about_words(flag: Flag, text: str) -> str:
    """The words that a finding is about; none where it is about all of them."""
    if not 0 <= flag.start < flag.end <= len(text):
        return ""
    whole = flag.start == 0 and not text[flag.end :].strip()
    return "" if whole else text[flag.start : flag.end]


def checked_line(flags: Sequence[Flag], checked: str) -> list[Element]:
    """One line, red only where something blocks."""
    text = line(checked, HEADING)
    if not text:
        return []
    if any(flag.severity == "block" for flag in flags):
        return [rich(run(text, small=True, color="Attention"), spacing="Small")]
    return [rich(run(text if flags else f"✓ {text}", small=True, subtle=True), spacing="Small")]
