"""`parley draft` and `parley review`: one line in, one answer out; the shapes are in `contract`."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from assistant.drafting.brief import Brief, Situation, Spoken
from assistant.drafting.contract import (
    DecisionOut,
    DraftAnswer,
    DraftRequest,
    ErrorAnswer,
    MadeOut,
    ReviewAnswer,
    ReviewRequest,
    Shape,
    TextOut,
    UnderstandingOut,
    plain,
    schema,
    shown,
)
from assistant.drafting.findings import otherwise
from assistant.drafting.prepare import brief_from, prepare
from assistant.drafting.review import review
from assistant.errors import Malformed, Refused, Unavailable
from assistant.model import (
    Attachment,
    Buyer,
    BuyerId,
    Decision,
    Effort,
    Facts,
    Finding,
    Proposal,
    at_work,
)
from assistant.playbooks import Playbooks
from assistant.words import Text, Words, words

if TYPE_CHECKING:
    from assistant.ports import Drafter, Reader

__all__ = [
    "briefed",
    "decision_out",
    "draft_line",
    "review_line",
    "schema",
    "situation_of",
    "tidied",
]

PATIENCE_S = 19.0
"""How long a model may take for one line, to read and to write."""
_TIMES = frozenset({"at", "now", "placed_at", "shipped_at", "delivered_at", "eta"})
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ORDER_TEXT = ("sku", "title")


async def draft_line(
    line: str,
    playbooks: Playbooks,
    drafter: Drafter,
    *,
    now: datetime | None = None,
    reader: Reader | None = None,
) -> dict[str, Any]:
    """The answer to one line of `parley draft`; a malformed one gives `{"id", "error"}`.

    With a *reader*, a model is at work: the answer then says how it was made.
    """
    try:
        request = _parsed(line, DraftRequest)
    except Malformed as error:
        return _refused(line, error)
    with at_work(Effort(seconds=PATIENCE_S)) as work:
        brief = await briefed(_situation(request, now), playbooks, reader)
        proposal, findings = await _drafted(brief, playbooks, drafter)
    made = work.making(playbooks.version, brief.understanding.source)
    speak = words(request.agent_language)
    answer = DraftAnswer(
        id=request.id,
        understanding=UnderstandingOut.model_validate(
            brief.understanding.model_dump(include=set(UnderstandingOut.model_fields))
        ),
        decision=DecisionOut.model_validate(brief.decision.model_dump(mode="json")),
        draft=TextOut.model_validate(proposal.model_dump(exclude={"reason", "phrases"}))
        if proposal
        else None,
        findings=tuple(shown(finding, speak) for finding in findings),
        made=MadeOut.model_validate(made.model_dump()) if reader else None,
    )
    return plain(answer)


async def briefed(situation: Situation, playbooks: Playbooks, reader: Reader | None) -> Brief:
    """Understood by *reader* where there is one and it is there, else by the rules."""
    if reader is None:
        return prepare(situation, playbooks)
    try:
        return brief_from(situation, await reader.read(situation, playbooks), playbooks)
    except Unavailable as error:
        brief = prepare(situation, playbooks)
        why = brief.understanding.model_copy(update={"reason": error.text})
        return brief.model_copy(update={"understanding": why})


def review_line(line: str, playbooks: Playbooks, *, now: datetime | None = None) -> dict[str, Any]:
    """The answer to one line of `parley review`; a malformed one gives `{"id", "error"}`."""
    try:
        request = _parsed(line, ReviewRequest)
    except Malformed as error:
        return _refused(line, error)
    brief = prepare(_situation(request, now), playbooks)
    speak: Words = words(request.agent_language)
    findings = review(request.text, brief, playbooks)
    return plain(
        ReviewAnswer(id=request.id, findings=tuple(shown(finding, speak) for finding in findings))
    )


def decision_out(decision: Decision) -> dict[str, Any]:
    """*decision* as a line gives it."""
    return plain(DecisionOut.model_validate(decision.model_dump(mode="json")))


def situation_of(line: str, *, now: datetime | None = None) -> Situation:
    """The situation that a line of `parley draft` tells. Raises: Malformed."""
    return _situation(_parsed(line, DraftRequest), now)


async def _drafted(
    brief: Brief, playbooks: Playbooks, drafter: Drafter
) -> tuple[Proposal | None, tuple[Finding, ...]]:
    """The proposal with its findings; without one, a tip that says why."""
    try:
        proposal = await drafter.draft(brief, playbooks)
    except Refused as refusal:
        return None, (_no_draft(refusal.text),)
    found = review(proposal.text, brief, playbooks, by_agent=False)
    return proposal, (*found, *otherwise(proposal, brief.understanding))


def _no_draft(why: Text) -> Finding:
    return Finding(severity="tip", rule="draft.none", start=0, end=0, message=why)


def _situation(request: DraftRequest, now: datetime | None) -> Situation:
    buyer = request.buyer
    return Situation(
        channel=request.channel,
        platform=request.platform,
        market=request.market,
        agent_language=request.agent_language,
        messages=tuple(
            Spoken(
                author=message.author,
                text=message.text,
                at=message.at,
                subject=message.subject,
                attachments=tuple(
                    Attachment(name=file.name, mime=file.mime) for file in message.attachments
                ),
            )
            for message in request.messages
        ),
        # Whoever hands us the order with the line vouches for whose it is.
        buyer=Buyer(
            id=BuyerId(f"{request.channel}:{request.id}"),
            name=buyer.name,
            locale=buyer.locale,
            email=buyer.email,
            verified=request.order is not None,
        )
        if buyer
        else None,
        facts=Facts(orders=(request.order,) if request.order else ()),
        now=request.now or now or datetime.now(UTC),
    )


# ── reading a line ───────────────────────────────────────────────────────────


def _parsed(line: str, shape: type[Shape]) -> Shape:
    """Raises Malformed: the field and what was expected there."""
    raw = _json(line)
    if not isinstance(raw, dict):
        raise Malformed("line", f"must be a JSON object, not {_kind(raw)}")
    tidy = tidied(raw)
    if isinstance(tidy.get("order"), dict):
        tidy["order"] = _order(tidy["order"])
    try:
        # Strict JSON: a date may be written as text, a number may not.
        return shape.model_validate_json(json.dumps(tidy), strict=True)
    except ValidationError as error:
        raise _malformed(error, tidy, shape) from error


def _json(line: str) -> Any:
    try:
        return json.loads(line, parse_constant=_no_number)
    except RecursionError as error:
        raise Malformed("line", "is nested too deeply") from error
    except ValueError as error:
        raise Malformed("line", f"is not JSON: {error}") from error


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number")


def tidied(value: Any, key: str = "") -> Any:
    """Absent where null; times with a zone; no character that no file takes."""
    if isinstance(value, dict):
        known = {_sound(name): inner for name, inner in value.items() if inner is not None}
        return {name: tidied(inner, name) for name, inner in known.items()}
    if isinstance(value, list):
        return [tidied(inner) for inner in value]
    if isinstance(value, str):
        return _zoned(_sound(value)) if key in _TIMES else _sound(value)
    return value


def _sound(text: str) -> str:
    """*text* with a sign of replacement for every lone surrogate: no offset moves."""
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text)


def _zoned(text: str) -> str:
    """A day is its noon, and a time without a zone is in UTC."""
    if _DAY.fullmatch(text):
        return f"{text}T12:00:00Z"
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if at.tzinfo else f"{text}+00:00"


def _order(order: dict[str, Any]) -> dict[str, Any]:
    """Items may lack a number or a title; what a variant is may be a number."""
    items = order.get("items")
    if not isinstance(items, list):
        return order
    return {**order, "items": [_item(one) if isinstance(one, dict) else one for one in items]}


def _item(item: dict[str, Any]) -> dict[str, Any]:
    variant = item.get("variant", {})
    if isinstance(variant, dict):
        variant = {
            name: value if isinstance(value, str) else str(value) for name, value in variant.items()
        }
    return {**dict.fromkeys(_ORDER_TEXT, ""), **item, "variant": variant}


# ── saying what is wrong ─────────────────────────────────────────────────────


def _refused(line: str, error: Malformed) -> dict[str, Any]:
    return plain(ErrorAnswer(id=_id_of(line), error=str(error)))


def _id_of(line: str) -> Any:
    """The id of a line, where it has one that can be read."""
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError):
        return None
    found = raw.get("id") if isinstance(raw, dict) else None
    return _sound(found) if isinstance(found, str) else found if isinstance(found, int) else None


def _malformed(error: ValidationError, raw: Mapping[str, Any], shape: type[Shape]) -> Malformed:
    """The first thing wrong; a field we don't know before one that is missing because of it."""
    problems = sorted(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    first = problems[0]
    return Malformed(_path(first["loc"]), _expected(first["type"], first, raw, shape))


def _path(loc: Sequence[int | str]) -> str:
    """`messages[0].from`"""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc]
    # A union's branch is no field: the id may be text or a whole number.
    return "".join(steps).lstrip(".").removesuffix(".constrained-str").removesuffix(".int")


_KINDS = {
    "string_type": "must be text",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "dict_type": "must be an object",
    "int_type": "must be a whole number",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
    "decimal_type": "must be a number",
    "decimal_parsing": "must be a number",
}


def _expected(kind: str, problem: Any, raw: Mapping[str, Any], shape: type[Shape]) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return f"is not a field of a line{_nearest(problem['loc'], shape)}"
    if kind == "literal_error":
        return f"must be {problem['ctx']['expected']}"
    if kind.startswith(("datetime", "timezone")):
        return "must be a time such as 2026-11-21T13:05:00Z"
    if kind == "string_pattern_mismatch":
        return _pattern(str(problem["loc"][-1]), problem)
    said = _KINDS.get(kind)
    return f"{said}, not {_kind(problem['input'])}" if said else str(problem["msg"])


def _pattern(field: str, problem: Any) -> str:
    meant = {
        "market": "a country in two capital letters, such as DE",
        "country": "a country in two capital letters, such as DE",
        "currency": "a currency in three capital letters, such as EUR",
        "agent_language": "a language such as en or zh-Hans",
    }
    wanted = meant.get(field, f"of the form {problem['ctx']['pattern']}")
    return f'must be {wanted}, not "{str(problem["input"])[:40]}"'


def _nearest(loc: Sequence[int | str], shape: type[Shape]) -> str:
    fields = [field.alias or name for name, field in shape.model_fields.items()]
    if len(loc) > 1:
        fields = ["from", "text", "at", "subject", "attachments", "name", "mime", "locale", "email"]
    close = difflib.get_close_matches(str(loc[-1]), fields, n=1, cutoff=0.5)
    return f". Did you mean {close[0]}?" if close else f"; it has {', '.join(fields)}"


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    names = {bool: "true or false", int: "a number", float: "a number", list: "a list"}
    return names.get(type(value), "an object" if isinstance(value, dict) else "nothing")
