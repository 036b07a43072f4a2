"""The files of a directory of playbooks, as text; and what lies there that nobody would read."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import NamedTuple

from assistant.playbooks.kinds import CASES, FOLDERS, SITUATIONS
from assistant.playbooks.problems import Problem, nearest

_LARGEST = 512 * 1024
_NO_PLAYBOOKS = (".", "_")
"""What the names of other folders begin with: `.git`, `__pycache__`."""


class Source(NamedTuple):
    name: str
    text: str


def sources(name: str, root: Traversable, problems: list[Problem]) -> Iterator[Source]:
    """Every playbook under *root*, in the order of their names."""
    if not root.is_dir():
        problems.append(Problem(name, 1, "", "there is no such directory of playbooks"))
        return
    for folder in sorted(root.iterdir(), key=lambda one: one.name):
        if folder.name in (CASES, SITUATIONS) or folder.name.startswith(_NO_PLAYBOOKS):
            continue
        if folder.is_dir():
            yield from _folder(f"{name}/{folder.name}", folder, problems)
        elif folder.name.endswith(".md") and folder.name != "README.md":
            what = f"nobody reads it here: put it in one of the folders {', '.join(FOLDERS)}"
            problems.append(Problem(f"{name}/{folder.name}", 1, "", what))


def _folder(name: str, folder: Traversable, problems: list[Problem]) -> Iterator[Source]:
    if folder.name not in FOLDERS:
        what = f"no folder of playbooks is called this{nearest(folder.name, FOLDERS)}"
        problems.append(Problem(name, 1, "", what))
        return
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        label = f"{name}/{file.name}"
        if file.name.startswith(_NO_PLAYBOOKS) or file.name == "README.md":
            continue
        if not file.name.endswith(".md"):
            what = "nobody reads it: a playbook's name ends in .md"
            problems.append(Problem(label, 1, "", what))
            continue
        text = _text(label, file, problems)
        if text is not None:
            yield Source(label, text)


def _text(label: str, file: Traversable, problems: list[Problem]) -> str | None:
    try:
        content = file.read_bytes()
        if len(content) > _LARGEST:
            what = f"larger than {_LARGEST // 1024} KB: split it into several files"
            problems.append(Problem(label, 1, "", what))
            return None
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        problems.append(Problem(label, line, "", "is not UTF-8: save it with that encoding"))
    except OSError as error:
        problems.append(Problem(label, 1, "", f"can't be read: {error.strerror or error}"))
    return None
