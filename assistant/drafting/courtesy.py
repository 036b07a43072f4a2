"""How a message begins and ends in the buyer's culture, for whoever writes it by hand (S4.1)."""

from __future__ import annotations

from assistant.drafting.brief import Brief
from assistant.drafting.lexicon import stem
from assistant.drafting.matter import Matter
from assistant.drafting.own import name_of
from assistant.drafting.plan import Name
from assistant.playbooks import Playbooks
from assistant.words import Text, say

_GAP = "…"
"""What the writer has to fill in: a title that nobody knows, a name the buyer did not give."""


def with_courtesies(why: Text, brief: Brief, playbooks: Playbooks, *, chat: bool) -> Text:
    """*why*, and how to open and close; *why* alone where no culture knows the language."""
    culture = playbooks.culture(brief.culture, None)
    if stem(culture.language) != stem(brief.language):
        return why
    name = name_of(Matter(brief.situation, brief.understanding, playbooks))
    shape = "chat" if chat and culture.opens.chat else "letter"
    opens = _filled(getattr(culture.opens, shape), name).replace("\n", " ")
    closes = getattr(culture.closes, shape)
    if not closes:
        return say("{why} Begin with “{opens}”.", why=why, opens=opens)
    return say(
        "{why} Begin with “{opens}”, end with “{closes}”.", why=why, opens=opens, closes=closes
    )


def _filled(wording: str, name: Name | None) -> str:
    known = {
        "name": name.full if name else "",
        "surname": (name.last or name.full) if name else "",
        "given": (name.first or name.full) if name else "",
        "title": "",
    }
    for slot, value in known.items():
        wording = wording.replace(f"{{{slot}}}", value or _GAP)
    return wording
