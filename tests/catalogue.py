"""The catalogues of the team's words: what must be in them, and what is wrong with them.

    python -m tests.catalogue --check     say what is missing, left over or broken; status 1 if any
    python -m tests.catalogue --update    bring assistant/locale/*.po up to date, keeping wordings

A message is what Python says with `say`, `say_n` or a translator, what the console's templates put
into `_(…)`, and the sentences of our own playbooks that a card shows.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import NamedTuple

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from assistant.playbooks import Playbooks
from assistant.words import LANGUAGES, SOURCE

ROOT = Path(__file__).parent.parent
LOCALE = ROOT / "assistant" / "locale"
TEMPLATES = (
    ROOT / "connectors" / "rooms" / "console" / "templates",
    ROOT / "connectors" / "operating" / "pages",
)
TRANSLATED = tuple(language for language in LANGUAGES if language != SOURCE)
TRANSLATORS = frozenset({"words", "_", "translate", "reader"})
"""What a `Words` is called where it is given an English sentence as it stands."""
_SPEAKS = re.compile(rf"assistant\.words|\b(?:{'|'.join(TRANSLATORS)})\(")
HEADER = """\
# What the team sees, in {name}.
# Brought up to date by `python -m tests.catalogue --update`; wordings are written by hand.
#"""


class Message(NamedTuple):
    """An English sentence, its plural where it has one, and the file that says it."""

    id: str
    many: str | None
    file: str


class Hidden(NamedTuple):
    """A sentence that can't be told from the source: nobody could translate it."""

    place: str
    source: str


# ── what the source says ─────────────────────────────────────────────────────


@cache
def messages() -> tuple[Message, ...]:
    """Every message, in the order of the files; one said in several places once for each."""
    said = [
        *(message for file in _python() for message in _of_file(file)[0]),
        *(message for file in templates() for message in of_template(_name(file), _text(file))),
        *of_playbooks(Playbooks.shipped()),
    ]
    return tuple(dict.fromkeys(said))


@cache
def hidden() -> tuple[Hidden, ...]:
    """Calls of `say` whose sentence is put together at run time."""
    return tuple(one for file in _python() for one in _of_file(file)[1])


@cache
def _of_file(file: Path) -> tuple[list[Message], list[Hidden]]:
    """Those of one module; most say nothing and need not be parsed."""
    source = _text(file)
    if not _SPEAKS.search(source):
        return [], []
    return of_python(_name(file), ast.parse(source))


def of_python(file: str, tree: ast.Module) -> tuple[list[Message], list[Hidden]]:
    """Messages of one module, and what of it can't be extracted."""
    every = list(ast.walk(tree))
    ours = {
        name.asname or name.name: name.name
        for node in every
        if isinstance(node, ast.ImportFrom) and node.module == "assistant.words"
        for name in node.names
    }
    found: list[Message] = []
    lost: list[Hidden] = []
    for call in _calls(every):
        match ours.get(call.func.id):
            case "say":
                ids = _literals(call.args[0])
                found += [Message(id, None, file) for id in ids or ()]
            case "say_n":
                ids = _literals(ast.Tuple(call.args[:2]))
                found += [Message(ids[0], ids[1], file)] if ids else []
            case _ if call.func.id in TRANSLATORS:
                ids = [id for id in _literals(call.args[0]) or () if id not in LANGUAGES]
                found += [Message(id, None, file) for id in ids]
                continue
            case _:
                continue
        if ids is None:
            lost.append(Hidden(f"{file}:{call.lineno}", ast.unparse(call)))
    return [message for message in found if message.id], lost


def of_template(file: str, source: str) -> list[Message]:
    """Messages of one template."""
    tree = Environment(autoescape=True).parse(source)
    return [
        Message(value.value, None, file)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args
        for value in (call.args[0], *call.args[0].find_all(nodes.Const))
        if isinstance(value, nodes.Const) and isinstance(value.value, str)
    ]


def of_playbooks(playbooks: Playbooks) -> Iterator[Message]:
    """The reasons of our rules, remedies and clocks, which a card shows behind what they say; time
    limits, which stand on the card; what may not be sold or said."""
    for playbook in playbooks.all:
        for part, texts in _TOLD.items():
            for entry in getattr(playbook, part, ()):
                for text in texts:
                    if (told := getattr(entry, text, "")) and isinstance(told, str):
                        yield Message(told, None, playbook.file)


_TOLD = {
    "rules": ("because",),
    "remedies": ("because",),
    "clocks": ("says", "because"),
    "law": ("says",),
    "not_sold": ("says",),
    "taboos": ("says",),
}
"""By the list of a playbook: what of its entries a person of the team reads."""


def _calls(every: Iterable[ast.AST]) -> list[ast.Call]:
    """Calls of a plain name with arguments, as they stand in the file."""
    found = [
        node
        for node in every
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args
    ]
    return sorted(found, key=lambda call: (call.lineno, call.col_offset))


def _literals(node: ast.expr) -> list[str] | None:
    """The strings that an expression may be; None where the source does not tell."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.BoolOp(values=parts):
            return _all(parts)
        case ast.IfExp(body=body, orelse=other):
            return _all([body, other])
        case ast.Tuple(elts=parts):
            return _all(parts)
    return None


def _all(parts: Sequence[ast.expr]) -> list[str] | None:
    found = [_literals(part) for part in parts]
    return None if None in found else [text for texts in found for text in texts or ()]


def _python() -> Iterator[Path]:
    yield ROOT / "app.py"
    for folder in ("assistant", "connectors"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def templates() -> list[Path]:
    return sorted(file for folder in TEMPLATES for file in folder.glob("*.html"))


def _text(file: Path) -> str:
    return file.read_text("utf-8")


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


# ── what a catalogue holds ───────────────────────────────────────────────────


def path_of(language: str, folder: Path = LOCALE) -> Path:
    return folder / f"{language}.po"


def wordings(language: str, folder: Path = LOCALE) -> Mapping[str, tuple[str, ...]]:
    """English sentence → its wording, or wordings by number; empty strings are missing ones."""
    path = path_of(language, folder)
    held: dict[str, tuple[str, ...]] = {}
    for entry in _read(path, language) if path.exists() else ():
        id, _ = _ids(entry.id)
        said = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string)
        held |= {id: said} if id else {}
    return held


def _read(path: Path, language: str) -> Catalog:
    return read_po(BytesIO(path.read_bytes()), locale=language.replace("-", "_"))


def _ids(id: str | Sequence[str]) -> tuple[str, str | None]:
    return (id, None) if isinstance(id, str) else (id[0], id[1])


def update(language: str, folder: Path = LOCALE) -> bytes:
    """The catalogue of today's messages with the wordings there are; new ones stand empty."""
    held = wordings(language, folder)
    catalogue = Catalog(
        locale=language.replace("-", "_"),
        header_comment=HEADER.format(name=LANGUAGES[language]),
        fuzzy=False,
    )
    for message in messages():
        said = held.get(message.id, ("",))
        if message.many is None:
            catalogue.add(message.id, said[0], locations=[(message.file, None)])
        else:
            catalogue.add((message.id, message.many), said, locations=[(message.file, None)])
    return _written(catalogue)


def _written(catalogue: Catalog) -> bytes:
    """Without dates, tools and line numbers, which change while nothing does."""
    out = BytesIO()
    write_po(out, catalogue, width=100, include_lineno=False, sort_by_file=False)
    volatile = re.compile(
        rb'^"(POT-Creation-Date|PO-Revision-Date|Generated-By|Project-Id-Version'
        rb"|Report-Msgid-Bugs-To|Last-Translator|Language-Team):.*\n",
        re.MULTILINE,
    )
    return volatile.sub(b"", out.getvalue())


# ── what is wrong ────────────────────────────────────────────────────────────


def problems(language: str, folder: Path = LOCALE) -> list[str]:
    """What keeps the catalogue of *language* from being complete and safe to use."""
    said = {message.id: message for message in messages()}
    held = wordings(language, folder)
    missing = [f"missing: {id!r} ({said[id].file})" for id in said if not all(held.get(id, ("",)))]
    left = [f"nobody says this any more: {id!r}" for id in held if id not in said]
    broken = [
        what
        for id, texts in held.items()
        if id in said
        for text in texts
        if text
        for what in wrong_with(said[id], text)
    ]
    return [*missing, *left, *broken]


def wrong_with(message: Message, text: str) -> list[str]:
    """What is wrong with *text* as the wording of *message*."""
    try:
        holes = placeholders(text)
    except ValueError as error:
        return [f"not a pattern: {text!r} ({error})"]
    wanted = placeholders(message.id) | placeholders(message.many or "")
    differ = [f"{{{name}}}" for name in sorted(holes ^ wanted)]
    return [f"{', '.join(differ)} is not on both sides: {message.id!r} {text!r}"] if differ else []


def placeholders(text: str) -> frozenset[str]:
    """The holes of a pattern, `code:language` among them. Raises: ValueError: it is none."""
    parsed = Formatter().parse(text)
    return frozenset(
        f"{name}:{spec}" if spec else name for _, name, spec, _ in parsed if name is not None
    )


def _check(folder: Path) -> int:
    found = [f"{one}.po: {what}" for one in TRANSLATED for what in problems(one, folder)]
    found += [f"{place}: say it as a plain string: {source}" for place, source in hidden()]
    print("\n".join(found) or "Every catalogue is complete.")
    return 1 if found else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.catalogue")
    chosen = parser.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--check", action="store_true", help="say what is wrong")
    chosen.add_argument("--update", action="store_true", help="write the .po files anew")
    parser.add_argument("--folder", type=Path, default=LOCALE, help="where the .po files are")
    told = parser.parse_args(arguments)
    for language in TRANSLATED if told.update else ():
        path_of(language, told.folder).write_bytes(update(language, told.folder))
    return _check(told.folder)


if __name__ == "__main__":
    sys.exit(main())
