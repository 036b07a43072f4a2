"""`parley playbook decide`: one case as JSON in, the decision as JSON out."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from assistant.deciding import Question, decide
from assistant.drafting.lines import decision_out, situation_of
from assistant.drafting.prepare import prepare
from assistant.errors import Malformed
from assistant.model import Decision
from assistant.playbooks import Playbooks
from assistant.playbooks.problems import nearest
from assistant.proving.why import all_of


def decided(text: str, playbooks: Playbooks, *, in_words: bool = False) -> str:
    """The decision on the question, or on the line of `parley draft`, that *text* holds.

    Raises: Malformed, naming the field.
    """
    raw = _object(text)
    decision = _decision(raw, text, playbooks)
    if in_words:
        return "\n".join(all_of(decision))
    return json.dumps(decision_out(decision), ensure_ascii=False, indent=2)


def _object(text: str) -> dict[str, Any]:
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise Malformed("", f"This is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise Malformed("", "One JSON object is wanted: a question, or a line of parley draft.")
    return raw


def _decision(raw: dict[str, Any], text: str, playbooks: Playbooks) -> Decision:
    if "messages" in raw:
        return prepare(situation_of(text), playbooks).decision
    try:
        question = Question.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        raise _malformed(error) from error
    try:
        return decide(question, playbooks)
    except ValueError as error:
        raise Malformed("facts", str(error)) from error


def _malformed(error: ValidationError) -> Malformed:
    """The first thing wrong; a field we don't know before one that is missing because of it."""
    first = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        return Malformed(field, f"is no field of a question{nearest(field, Question.model_fields)}")
    if first["type"] == "missing":
        return Malformed(field, "is missing")
    if first["type"] == "literal_error":
        choices = str(first.get("ctx", {}).get("expected", "")).replace(" or ", ",").split(",")
        known = tuple(one.strip(" '") for one in choices)
        return Malformed(
            field, f'"{first["input"]}" is not known here{nearest(str(first["input"]), known)}'
        )
    return Malformed(field, first["msg"].removeprefix("Value error, "))
