"""The offline composer: one plan, worded in the buyer's language and in the agent's.

Deterministic: the same brief gives the same proposal; another conversation, another wording.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from assistant.commands import Manner
from assistant.drafting.brief import Brief, Situation
from assistant.drafting.carriage import fits
from assistant.drafting.content import FELT, plan_of, plan_with
from assistant.drafting.courtesy import with_courtesies
from assistant.drafting.decide import policies
from assistant.drafting.manner import NEEDS_MODEL, less_kind, plans, register_of
from assistant.drafting.matter import Matter
from assistant.drafting.plan import Plan, Say
from assistant.drafting.wording import Voice, upper_first
from assistant.errors import Refused
from assistant.model import Intent, Proposal, TeamAnswer
from assistant.playbooks import Playbooks
from assistant.words import Text, say

LETTERS = frozenset({"email", "amazon", "ebay", "walmart", "webhook_mail", "phone"})
"""Channels where people write letters; elsewhere they chat, unless a subject says otherwise."""
TRIES = 24
ALONE = frozenset(f"{kind}.{felt}" for kind in ("feel", "sorry") for felt in FELT)
"""Openings too short to be a paragraph of their own."""
_NO_OTHER: Mapping[Manner, Text] = {
    "again": say("There is no other wording of it without a language model."),
    "shorter": say("It can't be said shorter without leaving something out that is needed."),
    "warmer": say("There is no warmer wording of it without a language model."),
    "more_formal": say("There is no more formal wording of it without a language model."),
}
_BY_TITLE = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")
LONG_CHAT = 320
"""From here on a chat message gets a blank line before what happens next."""


def compose(brief: Brief, playbooks: Playbooks, avoid: Collection[str] = ()) -> Proposal:
    """A draft for *brief* whose text is none of *avoid*: earlier drafts, when a new one is wanted.

    Raises: Refused, where no honest draft can be made offline: a language nobody wrote yet, a legal
    threat, abuse, or no other wording of the kind that is wished for. The text says what to do.
    """
    refusal = why_no_draft(brief, playbooks)
    if refusal is not None:
        raise Refused(refusal)
    if brief.wish is not None and brief.wish.instruction:
        raise Refused(NEEDS_MODEL)
    plan = plan_of(brief, playbooks)
    if brief.wish is None:
        made = _fitting(brief, playbooks, plan, avoid)
    else:
        made = _reworded(brief, playbooks, plan, brief.wish.manner)
    return Proposal(
        text=made.text,
        agent_text=_agent_text(brief, playbooks, made.plan, made.seed),
        language=brief.language,
        drafter="offline",
        phrases=made.plan.keys,
    )


def compose_answer(brief: Brief, playbooks: Playbooks, answer: TeamAnswer) -> Proposal:
    """*answer* as a reply to this buyer: never as it is, where somebody wrote it in their language.

    In another language it is the agent's to put into the buyer's words.
    """
    language, says = answer.said_in(brief.language, brief.situation.agent_language, "en")
    if language != brief.language or playbooks.phrases(language) is None:
        return Proposal(text=says, agent_text=None, language=language, drafter="offline")
    plan = plan_with(answer, brief, playbooks)
    made = _chosen(brief, playbooks, plan, ())
    return Proposal(
        text=made.text,
        agent_text=_agent_text(brief, playbooks, plan, made.seed),
        language=language,
        drafter="offline",
    )


class _Made(NamedTuple):
    """A text, and what words it again in another language."""

    text: str
    plan: Plan
    seed: str


def _fitting(brief: Brief, playbooks: Playbooks, plan: Plan, avoid: Collection[str]) -> _Made:
    """Short enough for channel and platform, if anything is."""
    made = _chosen(brief, playbooks, plan, avoid)
    for shorter in _shorter(plan):
        if fits(made.text, brief.situation, playbooks):
            break
        made = _chosen(brief, playbooks, shorter, avoid)
    return made


def _chosen(brief: Brief, playbooks: Playbooks, plan: Plan, avoid: Collection[str]) -> _Made:
    """The first wording that is new here."""
    made = _Made("", plan, "")
    for n in range(TRIES):
        seed = f"{_seed(brief.situation)}/{n}"
        made = _Made(_worded(brief, playbooks, plan, brief.language, seed), plan, seed)
        if made.text not in avoid and not _opens_like_before(made.text, brief.situation):
            break
    return made


def _reworded(brief: Brief, playbooks: Playbooks, plan: Plan, manner: Manner) -> _Made:
    """Another than any before, at least than the one before. Raises: Refused: there is none."""
    for avoid in (brief.former, brief.former[-1:]):
        found = [
            made
            for one in plans(plan, brief)
            if (made := _fitting(brief, playbooks, one, avoid)).text not in avoid
        ]
        if manner == "shorter":
            found = _shorter_still(found, brief.former)
        if found:
            return found[0]
    raise Refused(_NO_OTHER[manner])


def _shorter_still(found: list[_Made], former: Collection[str]) -> list[_Made]:
    """Those shorter than the draft before, from as far on as they asked for less already.

    How much is left out is the same in every language, however long its words are.
    """
    lengths = [len(text) for text in former]
    if not lengths:
        return found
    asked = 0
    while asked + 1 < len(lengths) and lengths[-asked - 1] < lengths[-asked - 2]:
        asked += 1
    return [one for one in found[asked:] or found[-1:] if len(one.text) < lengths[-1]]


def _shorter(plan: Plan) -> Iterator[Plan]:
    """The same, with less and less of what is only kind: never without the decision."""
    plan = less_kind(plan)
    yield plan
    plan = replace(plan, middle=tuple(one for one in plan.middle if not one.key.startswith("or.")))
    yield plan
    yield replace(plan, opening=plan.opening[:1])


def why_no_draft(brief: Brief, playbooks: Playbooks) -> Text | None:
    """Why a person must write this one; None where the composer can."""
    intent = brief.understanding.intents[0]
    matter = Matter(brief.situation, brief.understanding, playbooks)
    for policy in policies(matter, intent):
        if not policy.draft:
            return say("{why}", why=policy.no_draft) if policy.no_draft else _needs_a_person(intent)
    if playbooks.phrases(brief.language) is None:
        why = say(
            "There is no offline writing in {language:language} yet. Write the reply yourself; "
            "what was understood and what may be done is above.",
            language=brief.language,
        )
        return with_courtesies(why, brief, playbooks, chat=is_chat(brief.situation))
    return None


def _needs_a_person(intent: Intent) -> Text:
    if intent == "legal_or_chargeback":
        return say("The buyer names a legal step. A lead writes this reply: no draft was made.")
    if intent == "abuse_or_spam":
        return say("This is abuse or advertising: no draft was made. Close it, or write yourself.")
    return say("A policy wants a person to write this reply: no draft was made.")


def _agent_text(brief: Brief, playbooks: Playbooks, plan: Plan, seed: str) -> str | None:
    """The same plan in the agent's language; None where that is the buyer's, or nobody wrote it."""
    language = brief.situation.agent_language
    if language == brief.language or playbooks.phrases(language) is None:
        return None
    return _worded(brief, playbooks, plan, language, seed)


def _worded(brief: Brief, playbooks: Playbooks, plan: Plan, language: str, seed: str) -> str:
    phrases = playbooks.phrases(language)
    assert phrases is not None
    matter = Matter(brief.situation, brief.understanding, playbooks)
    chat = is_chat(brief.situation)
    buyers = language == brief.language
    culture = playbooks.culture(language, matter.country if buyers else None)
    voice = Voice(
        phrases, culture, chat=chat, today=matter.today, seed=seed, register=register_of(brief)
    )
    before = sum(1 for one in brief.situation.messages if one.author == "agent")
    if chat:
        return _chat(plan, voice, before)
    return _letter(plan, voice, before, brief.situation.signature)


def is_chat(situation: Situation) -> bool:
    """Short form: no closing line, no signature."""
    newest = situation.newest
    return situation.channel not in LETTERS and not any(one.subject for one in newest)


def _letter(plan: Plan, voice: Voice, before: int, signature: str) -> str:
    greeting = _greeting(plan, voice, "letter", before)
    blocks: list[tuple[Say, ...]] = [plan.opening, plan.middle, (*plan.next, *plan.closing)]
    if len(plan.opening) == 1 and plan.opening[0].key in ALONE:
        blocks = [(*plan.opening, *plan.middle), blocks[2]]
    paragraphs = [_paragraph(block, voice) for block in blocks if block]
    first, *others = paragraphs
    goes_on = bool(greeting) and voice.tongue.goes_on
    paragraphs = [first if goes_on else upper_first(first), *map(upper_first, others)]
    if sum(map(len, paragraphs)) < voice.tongue.short_letter:
        paragraphs = [voice.join(paragraphs)]
    close = voice.wordings("close.letter")[0]
    if signature:
        close = f"{close}\n{signature}"
    return "\n\n".join(one for one in (greeting, *paragraphs, close) if one)


def _chat(plan: Plan, voice: Voice, before: int) -> str:
    greeting = _greeting(plan, voice, "chat", before)
    facts = _paragraph((*plan.opening, *plan.middle), voice)
    after = _paragraph((*plan.next, *plan.closing), voice)
    if facts and after:
        gap = "\n\n" if len(facts) + len(after) > LONG_CHAT else voice.join(["", ""])
        body = f"{facts}{gap}{upper_first(after)}"
    else:
        body = facts or after
    if not greeting:
        return upper_first(body)
    between = voice.tongue.after_greeting
    space = "" if voice.unspaced else " "
    ended = greeting.endswith(("!", "."))
    body = upper_first(body) if ended else body
    return f"{greeting}{space if between is None else between}{body}"


def _greeting(plan: Plan, voice: Voice, shape: str, before: int) -> str:
    """Another one with every reply of ours; in a chat that goes on, none."""
    key = f"greet.{shape}" if plan.name else f"greet.{shape}.anon"
    title = plan.name.title if plan.name else None
    ways = (voice.wordings(f"{key}.{title}") if title else ()) or voice.wordings(key)
    if before >= len(ways):
        return "" if shape == "chat" else _named(plan, voice, ways[before % len(ways)])
    return _named(plan, voice, ways[before])


def _named(plan: Plan, voice: Voice, way: str) -> str:
    """`Guten Tag, Frau Weber`, but `Guten Tag Tom Brandt`: a bare name is no form of address.

    Nobody who is upset is greeted with an exclamation.
    """
    titled = plan.name is not None and plan.name.title is not None
    if any(one.key.startswith(("sorry.", "feel.")) for one in (*plan.opening, *plan.middle)):
        way = way.replace("!", ".")
    way = _BY_TITLE.sub(r"\1" if titled else r"\2", way)
    return way.replace("{name}", voice.name(plan.name) if plan.name else "").strip()


def _paragraph(sentences: Collection[Say], voice: Voice) -> str:
    """The first sentence as it stands, for a greeting may come before it; then capitals."""
    worded = [voice.say(one) for one in sentences]
    return voice.join([one if n == 0 else upper_first(one) for n, one in enumerate(worded)])


def _seed(situation: Situation) -> str:
    """The content of the conversation: who writes, and what was said."""
    said = "\0".join(f"{one.author}\1{one.text}" for one in situation.messages)
    who = situation.buyer.id if situation.buyer else ""
    return hashlib.sha256(f"{who}\0{said}".encode()).hexdigest()


def _opens_like_before(text: str, situation: Situation) -> bool:
    """One of our earlier replies began with the same words."""
    start = _start(text)
    return any(_start(one.text) == start for one in situation.messages if one.author == "agent")


def _start(text: str) -> str:
    return " ".join(text.split())[:40].casefold()


# ── for another writer ───────────────────────────────────────────────────────


class Outline(NamedTuple):
    """What the composer would say, for whoever words it in its place."""

    says: str
    """In plain English, without greeting and close."""
    greeting: str
    close: str
    """Both in the buyer's language; empty where nobody wrote phrases for it."""


def outline(brief: Brief, playbooks: Playbooks) -> Outline:
    """The plan for *brief*: all that an honest reply says here, in its order."""
    plan, seed = plan_of(brief, playbooks), _seed(brief.situation)
    matter = Matter(brief.situation, brief.understanding, playbooks)
    english = playbooks.phrases("en")
    says = ""
    if english is not None:
        voice = Voice(
            english, playbooks.culture("en", None), chat=False, today=matter.today, seed=seed
        )
        blocks = (plan.opening, plan.middle, (*plan.next, *plan.closing))
        says = "\n".join(upper_first(_paragraph(one, voice)) for one in blocks if one)
    phrases = playbooks.phrases(brief.language)
    if phrases is None:
        return Outline(says, "", "")
    culture = playbooks.culture(brief.language, matter.country)
    chat = is_chat(brief.situation)
    own = Voice(phrases, culture, chat=chat, today=matter.today, seed=seed)
    before = sum(1 for one in brief.situation.messages if one.author == "agent")
    greeting = _greeting(plan, own, "chat" if chat else "letter", before)
    close = "" if chat else own.wordings("close.letter")[0]
    return Outline(says, greeting, "\n".join(one for one in (close, _signed(brief)) if one))


def _signed(brief: Brief) -> str:
    return "" if is_chat(brief.situation) else brief.situation.signature
