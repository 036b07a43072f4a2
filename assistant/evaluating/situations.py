"""Reading `situations/`: one file a language, and the orders they share in `orders.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ValidationError

from assistant.drafting.brief import Situation
from assistant.drafting.lines import situation_of, tidied
from assistant.errors import Malformed
from assistant.evaluating.written import Expect, OrderFile, SituationFile, WrittenSituation
from assistant.model import Order
from assistant.playbooks.frontmatter import Document, read_yaml
from assistant.playbooks.kinds import SITUATIONS
from assistant.playbooks.problems import Problem, nearest, refuse
from assistant.playbooks.told import told
from assistant.proving.entries import Root, roots

ORDERS = "orders.yaml"
File = TypeVar("File", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One situation as it is tried."""

    id: str
    about: str
    language: str
    """Of its file: `pt-BR`."""
    file: str
    line: int
    situation: Situation
    expect: Expect

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}"

    def told_in(self, language: str) -> Self:
        """The same for agents who read *language*."""
        situation = self.situation.model_copy(update={"agent_language": language})
        return replace(self, situation=situation)

    @property
    def understood_as(self) -> str:
        """The language that the buyer's words must be taken for."""
        if self.expect.language:
            return self.expect.language
        return self.language if self.language.startswith("zh-") else self.language.split("-")[0]


class Read(NamedTuple):
    """The situations of several directories, and all that is wrong with their files."""

    samples: tuple[Sample, ...]
    problems: tuple[Problem, ...]


def load_samples(*directories: Path) -> tuple[Sample, ...]:
    """The shipped situations with those of *directories*; a later file replaces its namesake.

    Raises: Misconfigured, with every error of every file, one a line.
    """
    found = read_samples(roots(*directories))
    refuse(found.problems)
    return found.samples


def read_samples(of: Sequence[Root]) -> Read:
    """All situations, by language and in the order of their files."""
    problems: list[Problem] = []
    files = {source.name: (file, source) for file, source in _sources(of)}
    orders = _orders(*files.pop(ORDERS), problems) if ORDERS in files else {}
    samples: dict[str, Sample] = {}
    for name in sorted(files):
        for one in _samples(*files[name], orders, problems):
            if one.id in samples:
                what = f'"{one.id}" is already the id of the situation at {samples[one.id].where}'
                problems.append(Problem(one.file, one.line, "id", what))
            samples.setdefault(one.id, one)
    return Read(tuple(samples.values()), tuple(problems))


def _sources(of: Sequence[Root]) -> Iterator[tuple[str, Traversable]]:
    for name, directory in of:
        folder = directory.joinpath(SITUATIONS)
        if folder.is_dir():
            for file in sorted(folder.iterdir(), key=lambda one: one.name):
                if file.name.endswith((".yaml", ".yml")):
                    yield f"{name}/{SITUATIONS}/{file.name}", file


def _orders(file: str, source: Traversable, problems: list[Problem]) -> Mapping[str, Order]:
    found = _read(file, source, OrderFile, problems)
    return found[0].orders if found else {}


def _samples(
    file: str, source: Traversable, orders: Mapping[str, Order], problems: list[Problem]
) -> Iterator[Sample]:
    found = _read(file, source, SituationFile, problems)
    if found is None:
        return
    written, document = found
    for n, one in enumerate(written.situations):
        at = ("situations", n)
        try:
            situation = situation_of(_line(one, orders))
        except Malformed as error:
            line = document.line((*at, error.field))
            problems.append(Problem(file, line, f"situations[{n}]", str(error)))
            continue
        yield Sample(
            id=one.id,
            about=one.about,
            language=written.language,
            file=file,
            line=document.line((*at, "id")),
            situation=situation,
            expect=one.expect,
        )


def _line(one: WrittenSituation, orders: Mapping[str, Order]) -> str:
    """The line of `parley draft` that tells the same. Raises: Malformed."""
    line = one.model_dump(mode="json", by_alias=True, exclude={"about", "expect", "order"})
    order = one.order
    if isinstance(order, str):
        if order not in orders:
            what = f'{ORDERS} has none called "{order}"{nearest(order, orders)}'
            raise Malformed("order", what)
        order = orders[order]
    if order is not None:
        line["order"] = order.model_dump(mode="json", exclude_unset=True)
    return json.dumps(line)


def _read(
    file: str, source: Traversable, shape: type[File], problems: list[Problem]
) -> tuple[File, Document] | None:
    try:
        text = source.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(file, 1, "", f"can't be read as UTF-8: {error}"))
        return None
    document, wrong = read_yaml(file, text.removeprefix("\ufeff"))
    problems.extend(wrong)
    if document is None or wrong:
        return None
    try:
        # As JSON, since that is what a line of `parley draft` is held to.
        return shape.model_validate_json(json.dumps(_plain(document.values)), strict=True), document
    except ValidationError as error:
        problems.extend(told(document, shape, error))
        return None


def _plain(values: Any) -> Any:
    """As a line of JSON tells it: a day is its noon, a moment has a zone."""
    return tidied(json.loads(json.dumps(values, default=str)))
