"""Settings from the environment and one TOML file: every problem is found in one go."""

from __future__ import annotations

import base64
import os
import re
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from assistant.complaints import (
    BY_NAME,
    Names,
    Places,
    complaint,
    unavailable,
    unheard,
    unknown_key,
    unknown_name,
    unlisted,
    unplaced,
)
from assistant.errors import Misconfigured
from assistant.settings import Settings
from assistant.tomlfile import TomlFile, read_toml
from assistant.variables import VARIABLES, Variable

__all__ = ["Loaded", "Names", "Value", "load", "load_settings"]

_TABLES = (
    "storefronts",
    "members",
    "channels",
    "shop",
    "tracker",
    "room",
    "routes",
    "slack",
    "teams",
    "offer_words",
    "rates",
    "model",
)


def _a_secret() -> str:
    return secrets.token_urlsafe(48)


def _a_webhook_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


_MADE: Mapping[str, Callable[[], str]] = {
    "secret": _a_secret,
    "webhook_secret": _a_webhook_secret,
}
"""The secrets that Parley can make by itself."""


class Value(NamedTuple):
    """One setting as `parley doctor` lists it. `shown` holds no secret."""

    name: str
    shown: str
    source: str
    """`environment`, `parley.toml:12`, `made and kept in …`, `default`."""
    variable: Variable | None = None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What was found. `settings` is None where there are problems."""

    settings: Settings | None
    values: tuple[Value, ...]
    problems: tuple[Misconfigured, ...]


def load_settings(
    environ: Mapping[str, str], names: Names, defaults: Mapping[str, Any] | None = None
) -> Settings:
    """The settings. Raises: Misconfigured, the first of the problems that `load` finds."""
    loaded = load(environ, names, defaults)
    if loaded.settings is None:
        raise loaded.problems[0]
    return loaded.settings


def load(
    environ: Mapping[str, str], names: Names, defaults: Mapping[str, Any] | None = None
) -> Loaded:
    """Read everything, note every problem. *defaults* replace those of Settings, by field.

    Makes the data directory, and in it the secrets that nobody set (mode 600).
    """
    found = _Found(
        environ={name: value.strip() for name, value in environ.items()}, values=defaults or {}
    )
    found = _kept(_of_connectors(_in_environment(_in_file(found)), names))
    settings, wrong = _validated(found, names)
    problems = (*found.problems, *wrong)
    return Loaded(
        settings=None if problems else settings, values=tuple(_rows(found)), problems=problems
    )


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What has been gathered so far: values and their sources, by field."""

    environ: Mapping[str, str]
    values: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    file: TomlFile | None = None
    problems: tuple[Misconfigured, ...] = ()

    @property
    def places(self) -> Places:
        return Places(self.sources, self.file)

    def plus(self, values: Mapping[str, Any], sources: Mapping[str, str]) -> _Found:
        return replace(self, values={**self.values, **values}, sources={**self.sources, **sources})

    def but(self, *problems: Misconfigured) -> _Found:
        return replace(self, problems=(*self.problems, *problems))


# ── gathering ────────────────────────────────────────────────────────────────


def _in_file(found: _Found) -> _Found:
    path = found.environ.get("PARLEY_CONFIG")
    if not path:
        return found
    try:
        file = read_toml(Path(path).expanduser())
    except Misconfigured as problem:
        return found.but(problem)
    known = [*(one.field for one in VARIABLES if one.in_file and one.field), *_TABLES]
    values = {key: value for key, value in file.values.items() if key in known}
    values = _from_its_folder(values, Path(path).expanduser().absolute().parent)
    found = replace(found, file=file).plus(values, {key: file.where((key,)) for key in values})
    strange = [key for key in file.values if key not in known]
    return found.but(*(unknown_key(found.places, (key,), known) for key in strange))


def _from_its_folder(values: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Paths in the file start where it is, wherever Parley was started.

    What is not of the right shape is left as it is: the check will name it.
    """
    rates = values.get("rates")
    if isinstance(rates, dict) and isinstance(rates.get("file"), str):
        own = str(folder / Path(rates["file"]).expanduser())
        values = {**values, "rates": {**rates, "file": own}}
    storefronts = values.get("storefronts")
    if not isinstance(storefronts, list):
        return values
    return {**values, "storefronts": [_with_its_playbooks(one, folder) for one in storefronts]}


def _with_its_playbooks(storefront: Any, folder: Path) -> Any:
    playbooks = storefront.get("playbooks") if isinstance(storefront, dict) else None
    if not isinstance(playbooks, str) or not playbooks:
        return storefront
    return {**storefront, "playbooks": str(folder / Path(playbooks).expanduser())}


def _in_environment(found: _Found) -> _Found:
    ours = sorted(name for name in found.environ if name.startswith("PARLEY_"))
    values = {
        one.field: _list(text) if one.kind == "list" else text
        for one in VARIABLES
        if one.field and (text := found.environ.get(one.name))
    }
    return found.plus(values, dict.fromkeys(values, "environment")).but(
        *(unknown_name(name) for name in ours if name not in BY_NAME)
    )


def _of_connectors(found: _Found, names: Names) -> _Found:
    """What the environment says of channels and shops: each reads its own names of it."""
    shops = found.values.get("shop")
    named = [
        *names.buyers,
        *names.shops,
        *names.trackers,
        *(shops if isinstance(shops, dict) else ()),
    ]
    starts = tuple(f"{str(name).upper().replace('-', '_')}_" for name in named)
    own = {
        name: value
        for name, value in found.environ.items()
        if value and name.startswith(starts) and name not in BY_NAME
    }
    return found.plus({"environment": own}, {})


def _list(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _kept(found: _Found) -> _Found:
    """Make the data directory, and the secrets that nobody set."""
    given = Path(found.values.get("data", Settings.model_fields["data"].default))
    data = given.expanduser().absolute()
    made = {name: make() for name, make in _MADE.items() if name not in found.values}
    try:
        _prepare(data)
        made = {name: _keep(data / name, secret) for name, secret in made.items()}
    except OSError as error:
        # The rest is checked all the same, so that one start names every problem.
        what = f"{data} can't be written to ({error.strerror})"
        advice = "Make it writable, or set PARLEY_DATA to a directory that is"
        found = found.but(Misconfigured("PARLEY_DATA", f"{what}. {advice}."))
    return found.plus(
        {"data": data, **made}, {name: f"made and kept in {data / name}" for name in made}
    )


def _prepare(data: Path) -> None:
    """Make sure that *data* is a directory we can write to. Raises: OSError."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=data):
        pass


def _keep(path: Path, secret: str) -> str:
    """The secret in *path*; *secret* is put there, mode 600, where there is none yet.

    Of processes that start at once, all get the same one. Raises: OSError.
    """
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "w") as file:
            file.write(secret)
        try:
            # A link is there whole or not at all, and never replaces the one that won.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(draft)
    return path.read_text("utf-8").strip()


# ── checking ─────────────────────────────────────────────────────────────────


def _validated(found: _Found, names: Names) -> tuple[Settings | None, list[Misconfigured]]:
    try:
        settings = Settings.model_validate(found.values)
    except ValidationError as error:
        return None, [complaint(one, found.places) for one in error.errors()]
    problems = [
        *unavailable(settings, names, found.places),
        *unlisted(settings, found.places),
        *unplaced(settings, found.places),
        *unheard(settings, names, found.places),
    ]
    return _filled(settings), problems


def _filled(settings: Settings) -> Settings:
    """A storefront that names no rooms or shops has those of the general lists."""
    storefronts = tuple(
        one.model_copy(
            update={"rooms": one.rooms or settings.rooms, "shops": one.shops or settings.shops}
        )
        for one in settings.storefronts
    )
    return settings.model_copy(update={"storefronts": storefronts})


# ── showing ──────────────────────────────────────────────────────────────────


def _rows(found: _Found) -> list[Value]:
    rows = [_row(found, one) for one in VARIABLES]
    for table in _TABLES:
        named = found.values.get(table, ())
        if not isinstance(named, list | tuple | dict):
            named = ()  # What it is instead, is among the problems.
        names = [str(one.get("id", "?")) if isinstance(one, dict) else str(one) for one in named]
        shown = ", ".join(names) or ("default" if table == "storefronts" else "none")
        rows.append(Value(table, shown, found.sources.get(table, "default")))
    return rows


def _row(found: _Found, one: Variable) -> Value:
    raw = found.environ.get(one.name, "")
    if one.field is None:
        return Value(one.name, _shown(one, raw), "environment" if raw else "default", one)
    if one.field not in found.values:
        return Value(one.name, one.default or "not set", "default", one)
    value = found.values[one.field]
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return Value(one.name, _shown(one, text), found.sources.get(one.field, "default"), one)


def _shown(one: Variable, text: str) -> str:
    if not text:
        return "not set"
    if one.kind == "secret":
        return "set, not shown"
    return re.sub(r"//[^/@]*@", "//…@", text) if one.kind == "address" else text
