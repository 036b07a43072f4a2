"""What pydantic found wrong with a playbook, as a lead needs it: file, line, key, right word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.playbooks.frontmatter import Document, Path, dotted
from assistant.playbooks.problems import Problem, nearest

_MOST = 50
"""Errors of one file that are told one by one."""
_OURS = ("prose", "file")
_MOVED = {"tracking_links": 'this is "links" now: none, tracking, own or any'}
"""Keys of former versions."""


def told(document: Document, model: type[BaseModel], error: ValidationError) -> Iterator[Problem]:
    """Every error of one file, one problem each."""
    found = error.errors(include_url=False)
    for one in found[:_MOST]:
        yield _problem(document, model, one)
    if len(found) > _MOST:
        yield Problem(document.file, 1, "", f"and {len(found) - _MOST} more errors")


def _problem(document: Document, model: type[BaseModel], error: ErrorDetails) -> Problem:
    path = _real(error["loc"], document.values)
    place = document.place(path)
    return Problem(place.file, place.line, dotted(path), _what(model, path, error))


def _what(model: type[BaseModel], path: Path, error: ErrorDetails) -> str:
    given, kind = error["input"], error["type"]
    if kind == "extra_forbidden":
        return _unknown(str(path[-1]), _fields_at(model, path[:-1]))
    if kind == "missing":
        return "is missing"
    if kind == "literal_error":
        choices = str(error.get("ctx", {}).get("expected", ""))
        known = tuple(choice.strip(" '") for choice in choices.replace(" or ", ",").split(","))
        return f'"{_short(given)}" is not known here{nearest(str(given), known)}'
    if kind == "string_type" and isinstance(given, int | float):
        return f'a text is needed: write "{given}"'
    return _PLAIN.get(kind, error["msg"].removeprefix("Value error, "))


_PLAIN = {
    "string_type": "a text is needed",
    "tuple_type": "a list is needed: [one, two]",
    "dict_type": "`key: value` lines are needed",
    "model_type": "`key: value` lines are needed",
    "int_type": "a whole number is needed",
    "bool_type": "true or false is needed",
    "date_type": "a date is needed: 2026-11-20",
}


def _unknown(key: str, known: tuple[str, ...]) -> str:
    if key in _MOVED:
        return _MOVED[key]
    if key == "off":
        return "an entry is taken away only in a file with merge: true"
    return f"unknown key{nearest(key, known)}"


def _short(given: Any) -> str:
    text = str(given)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _real(loc: tuple[int | str, ...], values: Any) -> Path:
    """The path without the steps that pydantic adds for its own validators."""
    path: list[str | int] = []
    here = values
    for n, step in enumerate(loc):
        last = n == len(loc) - 1
        inside = isinstance(here, Mapping) and step in here
        inside = inside or (isinstance(here, tuple) and isinstance(step, int) and step < len(here))
        if inside:
            path.append(step)
            here = here[step]
        elif last and isinstance(here, Mapping) and step != "[key]":
            path.append(step)
    return tuple(path)


def _fields_at(model: Any, path: Path) -> tuple[str, ...]:
    """The keys that are right at *path* of *model*."""
    here = model
    for step in path:
        here = _inner(here, step)
    fields: Mapping[str, Any] = getattr(here, "model_fields", {})
    return tuple(one.alias or name for name, one in fields.items() if name not in _OURS)


def _inner(kind: Any, step: str | int) -> Any:
    fields = getattr(kind, "model_fields", None)
    if fields is not None:
        named = {one.alias or name: one for name, one in fields.items()}
        return _bare(named[step].annotation) if step in named else None
    arguments = get_args(kind)
    if get_origin(kind) is dict and len(arguments) == 2:
        return _bare(arguments[1])
    return _bare(arguments[0]) if arguments else None


def _bare(kind: Any) -> Any:
    """The type inside `Annotated` and `X | None`."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return _bare(get_args(kind)[0])
    return kind
