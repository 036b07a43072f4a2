"""From directories of files to validated playbooks; every error of every file at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources.abc import Traversable
from typing import NamedTuple

from pydantic import ValidationError

from assistant.playbooks.frontmatter import Document, Path, dotted, read
from assistant.playbooks.kinds import MODELS, Facts, Phrases, Playbook
from assistant.playbooks.layers import laid
from assistant.playbooks.names import VARIABLES, Variable
from assistant.playbooks.problems import Problem, nearest
from assistant.playbooks.slots import wrong_phrases
from assistant.playbooks.sources import Source, sources
from assistant.playbooks.told import told
from assistant.playbooks.vocabulary import Vocabulary, vocabulary

Key = tuple[str, str]
Documents = dict[Key, Document]


class Loaded(NamedTuple):
    playbooks: Mapping[Key, Playbook]
    documents: Mapping[Key, Document]
    problems: tuple[Problem, ...]
    version: str
    vocabulary: Vocabulary
    base: Mapping[Key, Document]
    """The files of the first directory, as they are without the others."""
    off: Mapping[Key, Document]
    """The files that take one away."""


def load(roots: Iterable[tuple[str, Traversable]]) -> Loaded:
    """Read (name, directory) pairs; a later one adds, replaces and switches off by kind and id."""
    problems: list[Problem] = []
    documents: Documents = {}
    off: Documents = {}
    base: Documents | None = None
    digest = hashlib.sha256()
    for name, root in roots:
        for source in _lay_over(documents, off, name, root, problems):
            relative = source.name.removeprefix(name)
            digest.update(f"{relative}\0{source.text}\0".encode())
        base = dict(documents) if base is None else base
    words = vocabulary(_declared(documents, problems))
    playbooks = {
        key: playbook
        for key, document in documents.items()
        if (playbook := validated(document, words, problems)) is not None
    }
    version = digest.hexdigest()[:12]
    return Loaded(playbooks, documents, tuple(problems), version, words, base or {}, off)


def _lay_over(
    documents: Documents,
    off: Documents,
    name: str,
    root: Traversable,
    problems: list[Problem],
) -> list[Source]:
    """The files of one directory, over those below."""
    found = list(sources(name, root, problems))
    seen: dict[Key, str] = {}
    for source in found:
        document = _document(source, problems)
        if document is None:
            continue
        key = (str(document.values["kind"]), str(document.values.get("id")))
        if key in seen:
            what = f'"{key[1]}" is already the id of {seen[key]}'
            problems.append(_wrong(document, ("id",), what))
            continue
        seen[key] = source.name
        _lay(documents, off, key, document, problems)
    return found


def _lay(
    documents: Documents,
    taken: Documents,
    key: Key,
    document: Document,
    problems: list[Problem],
) -> None:
    off, merge = (document.values.get(word) is True for word in ("off", "merge"))
    if (off or merge) and key not in documents:
        known = [id for kind, id in documents if kind == key[0]]
        what = f'no {key[0]} playbook below is called "{key[1]}"{nearest(key[1], known)}'
        problems.append(_wrong(document, ("off" if off else "merge",), what))
    elif off:
        del documents[key]
        taken[key] = document
    else:
        documents[key] = laid(documents[key], document, problems) if merge else document


def _document(source: Source, problems: list[Problem]) -> Document | None:
    """A file whose kind is known and whose YAML hides nothing."""
    document, wrong = read(source.name, source.text)
    problems.extend(wrong)
    if document is None:
        return None
    kind = str(document.values.get("kind"))
    if kind not in MODELS:
        what = f"say which kind this is{nearest(kind, MODELS)}"
        problems.append(_wrong(document, ("kind",), what))
        return None
    for key in ("prose", "file"):
        if key in document.values:
            problems.append(_wrong(document, (key,), "is not for the front matter"))
    return document


def validated(
    document: Document, words: Vocabulary, problems: list[Problem] | None = None
) -> Playbook | None:
    """The playbook in *document*; None where something is wrong, told in *problems*."""
    try:
        return _made(document, words)
    except ValidationError as error:
        if problems is not None:  # what YAML misread is not told a second time
            had = {(one.file, one.key) for one in problems}
            found = told(document, _model(document), error)
            problems += [one for one in found if (one.file, one.key) not in had]
        return None


def _model(document: Document) -> type[Playbook]:
    return MODELS[str(document.values["kind"])]


@lru_cache(maxsize=1024)
def _made(document: Document, words: Vocabulary) -> Playbook:
    """Most are the same at the next load, and for the next storefront. Raises: ValidationError."""
    values = {**document.values, "prose": document.prose, "file": document.file}
    return _model(document).model_validate(values, context=words)


@lru_cache(maxsize=1024)
def wrong_wordings(document: Document, words: Vocabulary) -> tuple[Problem, ...]:
    """What is wrong with the phrases in *document*, which are valid by themselves."""
    phrases = _made(document, words)
    wrong = wrong_phrases(phrases) if isinstance(phrases, Phrases) else ()
    return tuple(Problem(*document.place(path), dotted(path), what) for path, what in wrong)


def _declared(documents: Documents, problems: list[Problem]) -> dict[str, Variable]:
    """The names that storefronts add to the vocabulary."""
    found: dict[str, Variable] = {}
    for document in documents.values():
        playbook = validated(document, vocabulary({})) if _of_facts(document) else None
        for n, fact in enumerate(playbook.facts if isinstance(playbook, Facts) else ()):
            ask = fact.name if fact.ask else None
            variable = Variable(fact.kind, fact.means, ask, fact.ask)
            if fact.name in VARIABLES:
                what = f"{fact.name} is a name of Parley's own: choose another"
                problems.append(_wrong(document, ("facts", n, "name"), what))
            elif found.setdefault(fact.name, variable) != variable:
                what = f"{fact.name} is declared a second time, and otherwise"
                problems.append(_wrong(document, ("facts", n, "name"), what))
    return found


def _of_facts(document: Document) -> bool:
    return document.values.get("kind") == "facts"


def _wrong(document: Document, path: Path, what: str) -> Problem:
    place = document.place(path)
    return Problem(place.file, place.line, dotted(path), what)
