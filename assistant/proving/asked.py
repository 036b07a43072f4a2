"""A case made ready to be tried: its question, or its situation as understood; made once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, get_args

from assistant.deciding import Question, decide
from assistant.drafting import decide as drafting
from assistant.drafting.brief import Brief, Situation, Spoken
from assistant.drafting.lines import situation_of
from assistant.drafting.understand import understand
from assistant.errors import Malformed
from assistant.model import Decision, Emotion, Given, Understanding
from assistant.playbooks import Playbooks
from assistant.proving.cases import NOW, Case, intents_of, plain_facts
from assistant.proving.written import About


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the playbooks are asked. `situation` and `understanding` where words are at hand."""

    case: Case
    question: Question | None
    situation: Situation
    understanding: Understanding

    @property
    def market(self) -> str | None:
        return self.question.market if self.question else self.situation.market

    def decided(self, playbooks: Playbooks) -> Decision:
        """By *playbooks*, which may be others than those the case was written for."""
        if self.question is not None:
            return decide(self.question, playbooks)
        return drafting.decide(self.situation, self.understanding, playbooks)

    def brief(self, decision: Decision, playbooks: Playbooks) -> Brief:
        """What the case's text is reviewed against."""
        language = self.understanding.language
        return Brief(
            situation=self.situation,
            understanding=self.understanding,
            decision=decision,
            language=language,
            culture=playbooks.culture(language, self.market).id,
        )


def asked(case: Case, playbooks: Playbooks) -> Asked:
    """Raises: ValueError, Malformed: what of the case can't be asked."""
    if case.about.situation is not None:
        return _told(case, case.about.situation)
    question = question_of(case.about)
    # A fact of a wrong name or type is told now, not in the middle of a run.
    question.known_to(playbooks.vocabulary)
    return Asked(
        case=case,
        question=question,
        situation=_situation(case.about, question),
        understanding=_understanding(question),
    )


def question_of(about: About) -> Question:
    """The question that the facts of a case put. Raises: ValueError."""
    told: dict[str, Any] = {
        "intents": intents_of(about),
        "wishes": about.wishes,
        "given": about.given,
        "facts": plain_facts(about.facts),
        "market": about.market,
        "rates": about.rates and about.rates.model_dump(mode="json"),
        "now": about.now or NOW,
    }
    named = ("platform", "channel", "language", "actor", "zone")
    told |= {name: getattr(about, name) for name in named if getattr(about, name)}
    return Question.model_validate({key: value for key, value in told.items() if value is not None})


def _situation(about: About, question: Question) -> Situation:
    """A buyer of few words: enough for a review."""
    return Situation(
        channel=question.channel,
        platform=question.platform,
        market=question.market,
        messages=(Spoken(author="buyer", text="…", at=question.now, language=question.language),),
        now=question.now,
    )


def _understanding(question: Question) -> Understanding:
    upset = question.facts.get("request.upset") is True
    strong = question.facts.get("request.strong") is True
    return Understanding(
        language=question.language,
        intents=question.intents,
        emotion=Emotion(kind="anger", strength=0.8 if strong else 0.5) if upset else Emotion(),
        given=tuple(one for one in get_args(Given) if one in question.given),
        wishes=question.wishes,
    )


def _told(case: Case, line: dict[str, Any]) -> Asked:
    about = case.about
    usual = {
        "id": case.name[:200],
        "channel": about.channel or "webchat",
        "platform": about.platform or "own",
        "market": about.market,
        "agent_language": "en",
        "now": (about.now or NOW).isoformat(),
    }
    try:
        situation = situation_of(json.dumps({**usual, **line}, default=str))
    except Malformed as error:
        raise ValueError(f"situation: {error}") from error
    return Asked(case=case, question=None, situation=situation, understanding=understand(situation))
