"""The shapes of the JSON lines that `parley draft` and `parley review` take and give.

`schema()` is their JSON Schema, kept in `docs/contract.json`; a change here is a change for users.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.json_schema import models_json_schema

from assistant.model import (
    Emotion,
    Finding,
    Given,
    Intent,
    Order,
    Severity,
    Verdict,
    Whose,
)
from assistant.words import Words

LONGEST = 100_000
"""Characters of one text."""
Id = Annotated[str, Field(max_length=200)] | int
Language = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class _In(BaseModel):
    """What we are given: a field we don't know is an error that names the nearest."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class FileIn(_In):
    name: str
    mime: str


class MessageIn(_In):
    """One message of the exchange, oldest first."""

    author: Literal["buyer", "agent", "note"] = Field(alias="from")
    text: str = Field(max_length=LONGEST)
    at: AwareDatetime | None = None
    subject: str | None = None
    attachments: tuple[FileIn, ...] = ()


class BuyerIn(_In):
    name: str = ""
    locale: str | None = None
    email: str | None = None


class DraftRequest(_In):
    """A line for `parley draft`."""

    id: Id
    channel: str = Field(min_length=1, max_length=40)
    platform: str = Field(default="own", min_length=1, max_length=40)
    market: str = Field(pattern=r"^[A-Z]{2}$")
    agent_language: Language
    messages: tuple[MessageIn, ...] = Field(min_length=1)
    buyer: BuyerIn | None = None
    order: Order | None = None
    now: AwareDatetime | None = None


class ReviewRequest(DraftRequest):
    """A line for `parley review`: the same, and what somebody wants to send."""

    text: str = Field(max_length=LONGEST)


# ── out ──────────────────────────────────────────────────────────────────────


class _Out(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UnderstandingOut(_Out):
    language: str
    intents: tuple[Intent, ...] = Field(min_length=1)
    emotion: Emotion
    order_refs: tuple[str, ...]
    given: tuple[Given, ...]


class CostOut(_Out):
    """`parts`: of a cost to the seller, item by item; `recovery` was taken off."""

    amount: float
    currency: str
    parts: dict[str, float] | None = None


class RemedyOut(_Out):
    """`amount`: what the buyer gets; `fee`: what is kept back."""

    id: str
    verdict: Verdict
    because: tuple[str, ...]
    missing: tuple[str, ...] | None = None
    cost: CostOut | None = None
    gives: str
    amount: CostOut | None = None
    fee: CostOut | None = None


class ClockOut(_Out):
    """A time limit that runs."""

    rule: str
    says: str
    due: AwareDatetime
    whose: Whose


class DemandOut(_Out):
    """`words`: wordings of a rule's own; one of them must be said, or none may be."""

    rule: str
    check: str
    text: str
    words: tuple[str, ...] | None = None
    better: str | None = None
    severity: Severity | None = None


class EvidenceOut(_Out):
    rule: str
    source: str
    checked_on: date | None
    inputs: dict[str, Any]


class DecisionOut(_Out):
    remedies: tuple[RemedyOut, ...]
    must: tuple[DemandOut, ...]
    must_not: tuple[DemandOut, ...]
    ask_for: tuple[str, ...]
    proof: tuple[EvidenceOut, ...]
    playbook_version: str
    clocks: tuple[ClockOut, ...]
    links: str
    attachments: tuple[str, ...]


class TextOut(_Out):
    text: str
    agent_text: str | None
    language: str
    drafter: Literal["offline", "model"]


class FixOut(_Out):
    """What settles a finding: `text` in the place of these code points; empty leaves them out."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    text: str


class FindingOut(_Out):
    """Offsets count code points of the text."""

    severity: Severity
    rule: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    message: str
    better: str | None = None
    fix: FixOut | None = None


class MadeOut(_Out):
    """How it was made, where a model was asked. `prompts`: each with its version."""

    playbook_version: str
    prompts: tuple[str, ...]
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    seconds: float
    repairs: int
    read_by: Literal["rules", "model"]


class DraftAnswer(_Out):
    """`draft` is null, with a finding that says why, where no honest draft can be made."""

    id: Id
    understanding: UnderstandingOut
    decision: DecisionOut
    draft: TextOut | None
    findings: tuple[FindingOut, ...]
    made: MadeOut | None = None


class ReviewAnswer(_Out):
    id: Id
    findings: tuple[FindingOut, ...]


class ErrorAnswer(_Out):
    """A malformed line: `error` names the field and what was expected there."""

    id: Any
    error: str


OPTIONAL = (
    "missing",
    "cost",
    "parts",
    "amount",
    "fee",
    "better",
    "fix",
    "words",
    "severity",
    "made",
)
"""Left out of the output where there is nothing to say; every other field is always there."""
Shape = TypeVar("Shape", bound=BaseModel)


def shown(finding: Finding, words: Words) -> FindingOut:
    """A finding in the agent's language."""
    return FindingOut(
        severity=finding.severity,
        rule=finding.rule,
        start=finding.start,
        end=finding.end,
        message=words(finding.message),
        better=finding.better,
        fix=FixOut(**finding.fix.model_dump()) if finding.fix else None,
    )


def plain(answer: BaseModel) -> dict[str, Any]:
    """The JSON value of an answer, without the optional fields that are empty."""
    dumped: dict[str, Any] = _trimmed(answer.model_dump(mode="json"))
    return dumped


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: inner if key == "inputs" else _trimmed(inner)
            for key, inner in value.items()
            if not (key in OPTIONAL and inner in (None, [], {}))
        }
    return [_trimmed(inner) for inner in value] if isinstance(value, list) else value


def schema() -> dict[str, Any]:
    """The JSON Schema of every line, in and out: what `docs/contract.json` holds."""
    named: dict[str, tuple[type[BaseModel], Literal["validation", "serialization"]]] = {
        "draft_request": (DraftRequest, "validation"),
        "review_request": (ReviewRequest, "validation"),
        "draft_answer": (DraftAnswer, "validation"),
        "review_answer": (ReviewAnswer, "validation"),
        "error_answer": (ErrorAnswer, "validation"),
    }
    places, together = models_json_schema(list(named.values()), ref_template="#/$defs/{model}")
    lines = {name: places[pair] for name, pair in named.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON lines of parley draft and parley review",
        "description": (
            "`parley draft` takes lines.draft_request and gives lines.draft_answer; "
            "`parley review` takes lines.review_request and gives lines.review_answer. "
            "A malformed line gives "
            "lines.error_answer. One JSON value a line, UTF-8, in the order of the input."
        ),
        "lines": lines,
        "$defs": together["$defs"],
    }
