"""The drafter behind a language model: what it writes is held to the brief, or replaced.

The model words a decision; it never makes one. Its proposal is reviewed here already: with blocks
it is told exactly which, twice at most; after that, or when it is away, the composer writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.drafting.brief import Brief
from assistant.drafting.canary import sings
from assistant.drafting.compose import is_chat, why_no_draft
from assistant.drafting.review import review
from assistant.drafting.translate import lost
from assistant.errors import Refused, Unavailable
from assistant.model import Doing, Finding, Proposal, effort
from assistant.playbooks import Playbooks
from assistant.ports import Drafter
from assistant.words import Text, say, words
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.material import exchange, material
from connectors.models.openai.prompts import Prompt

REPAIRS = 2
MOST_TOKENS = 1_200
SCRAP = 60
"""Bytes of a text too short to leave out what must be said: weak models write “Tuesday, 8 pm”."""
_ENGLISH = words("en")
_MANNERS: Mapping[str, str] = {
    "again": "Word it otherwise than the last of `former_drafts`.",
    "shorter": "Word it shorter than the last of `former_drafts`: only what is needed.",
    "warmer": "Word it warmer than the last of `former_drafts`.",
    "more_formal": "Word it more formally than the last of `former_drafts`.",
}


class Written(BaseModel):
    """The model's answer."""

    model_config = ConfigDict(extra="forbid")
    draft: str = Field(min_length=1, max_length=8_000)
    meaning: str = Field(max_length=8_000)


class ModelDrafter:
    """Words by a model where one is there and holds to the brief; else the composer's."""

    name: Literal["model"] = "model"

    def __init__(self, endpoint: Endpoint, offline: Drafter) -> None:
        self._endpoint, self._offline = endpoint, offline
        self._prompt = Prompt("draft")

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        """Raises: Refused (a person must write, or nothing honest was written), Unavailable."""
        if needs_a_person(brief, playbooks):
            return await self._offline.draft(brief, playbooks)
        try:
            return await self._written(brief, playbooks)
        except Unavailable as error:
            return await self._composed(brief, playbooks, error.text)

    async def _written(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        work = effort()
        work.prompts[self._prompt.name] = self._prompt.version
        system = self._system(brief)
        asked: list[Mapping[str, str]] = [
            {"role": "user", "content": material(brief, playbooks)},
            *exchange(brief),
        ]
        # What the team wished for may be said; what we told the model may not.
        secret = self._system(brief.model_copy(update={"wish": None}))
        for n in range(1 + REPAIRS):
            answer = await self._asked(system, asked, "repairing" if n else "writing")
            work.repairs += bool(n)
            blocks = _blocks(answer.draft, brief, playbooks, (secret,))
            if not blocks:
                return Proposal(
                    text=answer.draft,
                    agent_text=_meaning(answer, brief),
                    language=brief.language,
                    drafter="model",
                )
            asked = [*asked, *_objections(answer, blocks)]
        raise Unavailable(say("What the language model wrote did not pass the check."))

    async def _asked(
        self, system: str, asked: Sequence[Mapping[str, str]], doing: Doing
    ) -> Written:
        """Telling whoever waits how far it is."""
        work = effort()

        async def follows(text: str) -> None:
            if not sings(text):
                await work.tell(doing, _so_far(text))

        await work.tell(doing)
        return await self._endpoint.ask(
            system, asked, Written, most_tokens=MOST_TOKENS, follows=follows
        )

    async def _composed(self, brief: Brief, playbooks: Playbooks, why: Text) -> Proposal:
        """The composer's words; an instruction it can't follow is refused with the reason."""
        if brief.wish and brief.wish.instruction:
            raise Refused(why)
        proposal = await self._offline.draft(brief, playbooks)
        reason = say("Written without the language model. {why}", why=why)
        return proposal.model_copy(update={"reason": reason})

    def _system(self, brief: Brief) -> str:
        wish = brief.wish
        wanted = _MANNERS[wish.manner] if wish else ""
        if wish and wish.instruction:
            # The team's own words, yet data: they choose the wording and license nothing.
            wanted += f" A person of the team asks for this wording: “{wish.instruction}”"
        return self._prompt.filled(
            language=_ENGLISH.language_name(brief.language),
            agent_language=_ENGLISH.language_name(brief.situation.agent_language),
            most_chars=str(min(brief.situation.max_chars, 1_500)),
            manner=_addressed(brief),
            wish=wanted.strip(),
        )


def needs_a_person(brief: Brief, playbooks: Playbooks) -> bool:
    """A policy leaves it to a person; not merely a language nobody wrote phrases for."""
    why = why_no_draft(brief, playbooks)
    return why is not None and playbooks.phrases(brief.language) is not None


def _so_far(text: str) -> str:
    """Of the unfinished JSON, what is there of the draft."""
    _, _, draft = text.partition('"draft"')
    return draft.partition('"meaning"')[0].strip(' :",')


def _meaning(answer: Written, brief: Brief) -> str | None:
    """None is better than one with another sum, date or link than what would be sent.

    Nor does whoever reads the buyer's language need one.
    """
    if brief.language == brief.situation.agent_language:
        return None
    changed = lost(answer.draft, brief.language, answer.meaning, brief.situation.agent_language)
    return None if changed or sings(answer.meaning) else answer.meaning or None


def _addressed(brief: Brief) -> str:
    if is_chat(brief.situation):
        return "A chat message: brief, in one or two short paragraphs, without a signature."
    return "A letter: greeting, two or three short paragraphs, close and `sign_as`."


def _blocks(
    text: str, brief: Brief, playbooks: Playbooks, secrets: tuple[str, ...]
) -> Sequence[Finding]:
    found = review(text, brief, playbooks, by_agent=False, by_model=True, secrets=secrets)
    owed = {one.rule for one in brief.decision.must} if len(text.encode()) < SCRAP else set()
    return [
        one
        for one in found
        if one.severity == "block" or one.rule == "text.language" or one.rule in owed
    ]


def _objections(answer: Written, blocks: Sequence[Finding]) -> list[Mapping[str, str]]:
    told = "\n".join(
        f"- “{answer.draft[one.start : one.end][:200]}”: {_ENGLISH(one.message)}"
        for one in blocks[:8]
    )
    return [
        {"role": "assistant", "content": answer.model_dump_json()},
        {"role": "user", "content": f"This can't be sent. Write it again without:\n{told}"},
    ]
