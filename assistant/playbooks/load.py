"""From directories of files to validated playbooks; every error of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from assistant.playbooks.answers import Answer
from assistant.playbooks.frontmatter import Document, Path, dotted, read
from assistant.playbooks.kinds import MODELS as KINDS
from assistant.playbooks.kinds import Playbook
from assistant.playbooks.problems import Problem, nearest

FOLDERS = ("culture", "policy", "market", "platform", "phrases", "answers")
MODELS: dict[str, type[Playbook]] = {**KINDS, "answer": Answer}
Key = tuple[str, str]


class Loaded(NamedTuple):
    playbooks: Mapping[Key, Playbook]
    documents: Mapping[Key, Document]
    problems: tuple[Problem, ...]
    version: str


class _Source(NamedTuple):
    name: str
    text: str


def load(roots: Iterable[tuple[str, Traversable]]) -> Loaded:
    """Read (name, directory) pairs; a later one adds, replaces and switches off by kind and id."""
    playbooks: dict[Key, Playbook] = {}
    documents: dict[Key, Document] = {}
    problems: list[Problem] = []
    digest = hashlib.sha256()
    for root_name, root in roots:
        seen: dict[Key, str] = {}
        for source in _sources(root_name, root, problems):
            relative = source.name.removeprefix(root_name)
            digest.update(f"{relative}\0{source.text}\0".encode())
            parsed = _parse(source, problems)
            if parsed is None:
                continue
            playbook, document = parsed
            key = (playbook.kind, playbook.id)
            if key in seen:
                what = f'"{playbook.id}" is already the id of {seen[key]}'
                problems.append(Problem(source.name, document.line(("id",)), "id", what))
            seen[key] = source.name
            playbooks[key], documents[key] = playbook, document
    on = {key: playbook for key, playbook in playbooks.items() if not playbook.off}
    return Loaded(on, documents, tuple(problems), digest.hexdigest()[:12])


def _sources(name: str, root: Traversable, problems: list[Problem]) -> list[_Source]:
    found: list[_Source] = []
    if not root.is_dir():
        problems.append(Problem(name, 1, "", "there is no such directory of playbooks"))
        return found
    for folder in sorted(root.iterdir(), key=lambda one: one.name):
        if not folder.is_dir() or folder.name not in FOLDERS:
            continue
        for file in sorted(folder.iterdir(), key=lambda one: one.name):
            if file.name.endswith(".md") and file.name != "README.md":
                label = f"{name}/{folder.name}/{file.name}"
                text = _text(label, file, problems)
                found += [] if text is None else [_Source(label, text)]
    return found


def _text(label: str, file: Traversable, problems: list[Problem]) -> str | None:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(label, 1, "", f"can't be read as UTF-8: {error}"))
        return None


def _parse(source: _Source, problems: list[Problem]) -> tuple[Playbook, Document] | None:
    document, wrong = read(source.name, source.text)
    problems.extend(wrong)
    if document is None:
        return None
    model = MODELS.get(str(document.values.get("kind")))
    if model is None:
        what = f"say which kind this is{nearest(str(document.values.get('kind')), MODELS)}"
        problems.append(Problem(source.name, document.line(("kind",)), "kind", what))
        return None
    if wrong:  # what YAML misread would be reported a second time
        return None
    for key in ("prose", "file"):
        if key in document.values:
            what = "is not for the front matter"
            problems.append(Problem(source.name, document.line((key,)), key, what))
    values = {**document.values, "prose": document.prose, "file": source.name}
    if values.get("off") is True:
        return Playbook.model_construct(**{**values, "off": True}), document
    try:
        return model.model_validate(values), document
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems.extend(_problem(source.name, document, model, one) for one in found)
        return None


def _problem(file: str, document: Document, model: type[BaseModel], error: ErrorDetails) -> Problem:
    path = _real(error["loc"], document.values)
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, path[:-1])
        what = f"unknown key{nearest(str(path[-1]), known)}"
    elif error["type"] == "missing":
        what = "is missing"
    elif error["type"] == "literal_error":
        choices = str(error.get("ctx", {}).get("expected", ""))
        known = tuple(choice.strip(" '") for choice in choices.replace(" or ", ",").split(","))
        what = f'"{error["input"]}" is not known here{nearest(str(error["input"]), known)}'
    else:
        what = error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_type" and isinstance(error["input"], int | float):
        what = f'a text is needed: write "{error["input"]}"'
    return Problem(file, document.line(path), dotted(path), what)


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
        elif last and isinstance(here, Mapping):
            path.append(step)
    return tuple(path)


def _fields_at(model: Any, path: Path) -> tuple[str, ...]:
    """The keys that are right at *path* of *model*."""
    here = model
    for step in path:
        here = _inner(here, step)
    fields = getattr(here, "model_fields", {})
    return tuple(name for name in fields if name not in ("prose", "file"))


def _inner(kind: Any, step: str | int) -> Any:
    fields = getattr(kind, "model_fields", None)
    if fields is not None:
        return _bare(fields[step].annotation) if step in fields else None
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
