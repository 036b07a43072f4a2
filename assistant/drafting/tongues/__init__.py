"""One module a language, named like its phrases (`zh_Hans.py` for `zh-Hans`), each with a `TONGUE`.

A language is written offline where `playbooks/phrases/` has it. One without a module here gets
English's forms, which suits none but English: write both.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from assistant.drafting.tongues.tongue import Forms, Tongue

__all__ = ["Forms", "Tongue", "tongue"]


@cache
def tongue(language: str) -> Tongue:
    """The grammar of *language*."""
    name = f"{__name__}.{language.replace('-', '_')}"
    found = import_module(name if find_spec(name) else f"{__name__}.en")
    assert isinstance(found.TONGUE, Tongue)
    return found.TONGUE
