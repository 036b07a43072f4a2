"""From a situation to a brief: understand, decide, and choose how to sound."""

from __future__ import annotations

from datetime import datetime

from assistant.drafting.answers import cited, with_answers
from assistant.drafting.brief import Brief, Situation, Spoken
from assistant.drafting.decide import decide
from assistant.drafting.matter import Matter
from assistant.model import Understanding
from assistant.playbooks import Playbooks


def prepare(situation: Situation, playbooks: Playbooks) -> Brief:
    """The brief for *situation*, understood by the offline rules."""
    from assistant.drafting.understand import understand

    return brief_from(situation, understand(situation, playbooks), playbooks)


def brief_from(situation: Situation, understanding: Understanding, playbooks: Playbooks) -> Brief:
    """The brief for a situation that was understood already."""
    matter = Matter(situation, understanding, playbooks)
    language = matter.language
    if language == "und":
        language = matter.variety(_last_language(situation) or situation.agent_language)
    situation = with_answers(situation, understanding, playbooks)
    decision = decide(situation, understanding, playbooks)
    return Brief(
        situation=situation,
        understanding=understanding,
        decision=cited(decision, situation, language),
        language=language,
        culture=playbooks.culture(language, matter.country).id,
    )


def warm_up(playbooks: Playbooks, now: datetime) -> None:
    """Load what the first draft would load, so that no buyer's message waits for it."""
    from assistant.drafting.review import review

    hello = Spoken(author="buyer", text="Guten Tag, where is my parcel? Order 10023", at=now)
    brief = prepare(Situation(channel="webchat", messages=(hello,), now=now), playbooks)
    review("I am looking into it.", brief, playbooks)


def _last_language(situation: Situation) -> str | None:
    """The one the buyer is known to read: of earlier messages, else of their locale."""
    for message in reversed(situation.messages):
        if message.language != "und" and message.author != "note":
            return message.language
    locale = situation.buyer.locale if situation.buyer else None
    return _primary(locale) if locale else None


def _primary(locale: str) -> str:
    parts = locale.replace("_", "-").split("-")
    if parts[0].lower() != "zh":
        return parts[0].lower()
    traditional = {"TW", "HK", "MO", "Hant"} & set(parts)
    return "zh-Hant" if traditional else "zh-Hans"
