"""Answers written as files: what somebody typed or imported, as a lead would have written it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from assistant.playbooks.frontmatter import read
from assistant.playbooks.kinds.answer import Answer

_NAME_CHARS = 40
_NO_WORDS = frozenset({"null", "true", "false"})
_UNSEEN = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def answer_file(values: Mapping[str, Any]) -> str:
    """The file of an answer with those front matter *values*. Raises: ValueError, what is wrong."""
    try:
        Answer.model_validate(_frozen({**values, "kind": "answer"}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{where}: {first['msg'].removeprefix('Value error, ')}") from None
    return "\n".join(["---", "kind: answer", *_lines(values, ""), "---", ""])


def in_lines(text: str) -> tuple[str, ...]:
    """The same file, a line a key: where it is shown, spaces at a line's start may be lost."""
    document, _ = read("", text)
    assert document is not None
    flat = (
        f"{key}: {json.dumps(value, ensure_ascii=False) if _nested(value) else _scalar(value)}"
        for key, value in document.values.items()
    )
    return ("---", *flat, "---")


def _nested(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple)


def _frozen(value: Any) -> Any:
    """Lists as the reader of playbooks gives them."""
    if isinstance(value, Mapping):
        return {key: _frozen(inner) for key, inner in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _lines(values: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _lines(value, f"{indent}  ")
        elif isinstance(value, list | tuple):
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {_scalar(one)}" for one in value)
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _scalar(value: Any) -> str:
    """JSON's strings are YAML's in double quotes; a plain word needs none."""
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    plain = re.fullmatch(r"[a-z][a-z_.-]*", text) and len(text) > 3 and text not in _NO_WORDS
    return text if plain else _quoted(text)


def _quoted(text: str) -> str:
    """What buyers wrote may hold signs that no file of playbooks may hold as they are."""
    told = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", told)


def answer_id(question: str, whose: str = "") -> str:
    """A name for it that stays the same: its first words in plain letters, and a few figures.

    The same question of somebody else, another storefront, has other figures.
    """
    letters = unicodedata.normalize("NFKD", question.casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c)))
    name = "-".join(words)[:_NAME_CHARS].strip("-")
    told = f"{whose}\0{question}" if whose else question
    digest = hashlib.sha256(told.strip().casefold().encode("utf-8", "replace")).hexdigest()
    return f"{name}-{digest[:6]}" if name else f"answer-{digest[:8]}"
