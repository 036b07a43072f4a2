"""What operators set for one connector: declared by it, read from the environment and the file.

Of a channel or shop called NAME, the field `bot_token` is `NAME_BOT_TOKEN` in the environment, or
`bot_token` in the file's `[channels.name]` or `[shop.name]`. Of the account `support` of a channel
it is `NAME_SUPPORT_BOT_TOKEN`, or `bot_token` in `[channels.name.accounts.support]`; what is not
set there is the channel's. The environment wins. Secrets stand in the environment alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from assistant.errors import Misconfigured
from assistant.settings import Settings, WebAddress

Table = Literal["channels", "shop", "tracker"]


class Opts(BaseModel):
    """What every connector's `Options` have. A field's docstring says what to write."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    api_url: WebAddress | None = None
    """Another address of its API."""


O = TypeVar("O", bound=Opts)  # noqa: E741 — the options of whoever asks


class Option(NamedTuple):
    """One option as `parley doctor` lists it. `shown` holds no secret."""

    name: str
    shown: str
    source: str
    """`environment`, `channels.email.accounts.support`, `default`."""


def accounts_of(settings: Settings, channel: str) -> tuple[str, ...]:
    """The names of a channel's accounts; where none are declared, the one without a name."""
    own = settings.channels.get(channel)
    return tuple(own.accounts) if own and own.accounts else ("",)


def accounts(settings: Settings, channel: str, options: type[O]) -> dict[str, O]:
    """Each account's options, by its name. Raises: Misconfigured, the first that is wrong."""
    return {
        name: read(settings, channel, options, account=name)
        for name in accounts_of(settings, channel)
    }


def read(
    settings: Settings,
    name: str,
    options: type[O],
    *,
    table: Table = "channels",
    account: str = "",
) -> O:
    """The options of the channel, shop or tracker *name*.

    Raises: Misconfigured, with the variable's name or the table's, and what to write.
    """
    source = _Source(settings, name, table, account)
    values = {
        one: given for one, info in options.model_fields.items() if (given := source.of(one, info))
    }
    raw = {one: given.value for one, given in values.items()}
    secrets = [one for one in source.in_file if _is_secret(options.model_fields.get(one))]
    if secrets:
        what = f"a secret does not belong into the file. Set {source.variables(secrets[0])[0]}."
        raise Misconfigured(f"{source.place}.{secrets[0]}", what)
    strange = [one for one in source.in_file if one not in options.model_fields]
    if strange:
        known = ", ".join(sorted(options.model_fields))
        raise Misconfigured(source.place, f"There is no “{strange[0]}” here. There is: {known}.")
    try:
        return options.model_validate(raw)
    except ValidationError as error:
        raise _complaint(error.errors()[0], source, values, options) from None


def listed(
    settings: Settings, name: str, options: type[Opts], *, table: Table = "channels"
) -> Iterator[Option]:
    """Every option of every account, for whoever looks what is set where."""
    for account in accounts_of(settings, name) if table == "channels" else ("",):
        source = _Source(settings, name, table, account)
        for one, info in options.model_fields.items():
            given = source.of(one, info)
            variable = source.variables(one)[0]
            if given is None:
                usual = info.get_default(call_default_factory=True)
                default = "not set" if info.is_required() else _shown(usual)
                yield Option(variable, default, "default")
            else:
                shown = "set, not shown" if _is_secret(info) else _shown(given.value)
                yield Option(variable, shown, given.source)


def _shown(value: object) -> str:
    if isinstance(value, list | tuple | dict):
        return ", ".join(map(str, value)) or "none"
    return "not set" if value in (None, "") else str(value)


class _Given(NamedTuple):
    value: Any
    source: str


class _Source:
    """Where one account's values are looked for, in order."""

    def __init__(self, settings: Settings, name: str, table: Table, account: str) -> None:
        self._environment = settings.environment
        self._prefix, self._account = _upper(name), _upper(account)
        own = getattr(settings, table).get(name)
        self._general: Mapping[str, Any] = dict(own.model_extra or {}) if own else {}
        self.in_file: Mapping[str, Any] = (
            own.accounts[account] if own and account else self._general
        )
        self._table = f"{table}.{name}"
        self.place = f"{self._table}.accounts.{account}" if account else self._table

    def variables(self, field: str) -> tuple[str, ...]:
        """The environment's names for *field*, the most exact first."""
        general = f"{self._prefix}_{field.upper()}"
        if not self._account:
            return (general,)
        return (f"{self._prefix}_{self._account}_{field.upper()}", general)

    def of(self, field: str, info: FieldInfo) -> _Given | None:
        exact, *general = self.variables(field)
        for value, source in (
            (self._said(exact), "environment"),
            (self.in_file.get(field), self.place),
            (self._said(general[0]) if general else None, "environment"),
            (self._general.get(field), self._table),
        ):
            if value is not None:
                return _Given(_as(value, info), source)
        return None

    def _said(self, variable: str) -> str | None:
        secret = self._environment.get(variable)
        return secret.get_secret_value() if secret else None


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def _as(value: Any, info: FieldInfo) -> Any:
    """A list is written with commas in the environment."""
    several = get_origin(info.annotation) in (tuple, list)
    if several and isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _is_secret(info: FieldInfo | None) -> bool:
    if info is None:
        return False
    return info.annotation is SecretStr or SecretStr in get_args(info.annotation)


def _complaint(
    error: ErrorDetails, source: _Source, values: Mapping[str, _Given], options: type[Opts]
) -> Misconfigured:
    """What is wrong with one field, and where to put it right. No value of a secret is told."""
    field = str(error["loc"][0]) if error["loc"] else ""
    info = options.model_fields.get(field)
    about = f" {info.description}" if info and info.description else ""
    given = values.get(field)
    in_file = given is not None and given.source != "environment"
    where = f"{given.source}.{field}" if given and in_file else source.variables(field)[0]
    if not field:
        where = source.place
    if error["type"] == "missing":
        return Misconfigured(where, f"It is not set.{about}")
    what = error["msg"].removeprefix("Value error, ")
    return Misconfigured(where, f"{what[:1].upper()}{what[1:].rstrip('.')}.{about}")
