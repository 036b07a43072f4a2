"""What is wrong with the settings, said to an operator: where it stands, and what to write."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from pydantic import BaseModel, SecretStr
from pydantic_core import ErrorDetails

from assistant.connector_settings import ChannelSettings
from assistant.errors import Misconfigured
from assistant.settings import (
    Hours,
    Member,
    ModelSettings,
    RateSettings,
    RoomSettings,
    Route,
    Settings,
    SlackSettings,
    Storefront,
)
from assistant.tomlfile import Path_, TomlFile
from assistant.variables import VARIABLES

BY_NAME = {one.name: one for one in VARIABLES}
BY_FIELD = {one.field: one for one in VARIABLES if one.field}


class Names(NamedTuple):
    """What this version brings, by the names that the settings use."""

    rooms: Collection[str]
    buyers: Collection[str]
    shops: Collection[str]
    trackers: Collection[str] = ()
    options: Callable[[str, str], Collection[str]] = lambda table, kind: ()
    """The keys that a connector of `channels`, `shop` or `tracker` has besides the common ones."""


class Places(NamedTuple):
    """Where each field's value came from: `environment`, `parley.toml:12` …"""

    sources: Mapping[str, str]
    file: TomlFile | None

    def of(self, field: str) -> str:
        """How an operator finds *field*: the variable's name, or `parley.toml:12 rooms`."""
        if self.file and self.sources.get(field, "").startswith(self.file.name):
            return f"{self.sources[field]} {field}"
        return BY_FIELD[field].name

    def at(self, path: Path_) -> str:
        """The same for a place inside the settings file: `parley.toml:12 storefronts.market`."""
        key = ".".join(part for part in path if isinstance(part, str))
        return f"{self.file.where(path)} {key}" if self.file else key


def complaint(error: ErrorDetails, places: Places) -> Misconfigured:
    """A pydantic error, said to an operator. The value of a secret stays unsaid."""
    path: Path_ = tuple(error["loc"])
    if not path:
        return Misconfigured(places.file.name if places.file else "settings", f"{_what(error)}.")
    if error["type"] == "extra_forbidden":
        return unknown_key(places, path, _fields(path))
    variable = BY_FIELD.get(str(path[0]))
    secret = variable and variable.kind in ("secret", "address")
    table = isinstance(error["input"], dict)
    said = "" if secret or table or error["type"] == "missing" else f"“{_said(error['input'])}”: "
    if variable is None:
        return Misconfigured(places.at(path), f"{said}{_what(error)}.")
    advice = "" if variable.write in _what(error) else f" Write {variable.write}."
    return Misconfigured(places.of(str(path[0])), f"{said}{_what(error)}.{advice}")


_WHAT = {
    "int_parsing": "this is not a whole number",
    "int_type": "this is not a whole number",
    "float_parsing": "this is not a number",
    "float_type": "this is not a number",
    "string_type": "this is not text",
    "tuple_type": "this is not a list",
    "dict_type": "this is not a table",
    "model_type": "this is not a table",
    "missing": "this key is missing",
}
_LIMITS = {
    "greater_than": "this is too small: it must be more than",
    "greater_than_equal": "this is too small: the least is",
    "less_than_equal": "this is too large: the most is",
}
_FORMS = {
    "market": "a country has two capital letters, such as DE",
    "start": "a time of day is written as 09:00",
    "end": "a time of day is written as 18:00",
    "price_in": "a price is written as 0.15 USD",
    "price_out": "a price is written as 0.60 USD",
}


def _what(error: ErrorDetails) -> str:
    kind, limits = error["type"], error.get("ctx", {})
    if kind == "value_error":
        return str(limits["error"])
    if kind in _LIMITS:
        return f"{_LIMITS[kind]} {next(iter(limits.values())):g}"
    if kind == "string_pattern_mismatch":
        return _FORMS[str(error["loc"][-1])]
    if kind == "literal_error":
        return f"this is not {limits['expected']}".replace("'", "")
    if kind == "tuple_type" and isinstance(error["input"], dict):
        return f"there can be several: write [[{error['loc'][-1]}]], with two brackets"
    return _WHAT.get(kind, error["msg"][:1].lower() + error["msg"][1:])


def _said(value: object) -> str:
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


_MODELS: Mapping[tuple[str, ...], type[BaseModel]] = {
    ("storefronts",): Storefront,
    ("storefronts", "hours"): Hours,
    ("members",): Member,
    ("room",): RoomSettings,
    ("routes",): Route,
    ("routes", "hours"): Hours,
    ("slack",): SlackSettings,
    ("teams",): SlackSettings,
    ("model",): ModelSettings,
    ("rates",): RateSettings,
}


def _fields(path: Path_) -> Collection[str]:
    """The keys that may stand where *path* ends."""
    within = tuple(part for part in path if isinstance(part, str))[:-1]
    # What follows `room` or `channels` is a name that its owner chose.
    named = within[:1] if within[:1] == ("room",) else within
    return _MODELS.get(named, ChannelSettings).model_fields


def unknown_key(places: Places, path: Path_, known: Collection[str]) -> Misconfigured:
    """A key of the settings file that there is not, with the one most like it."""
    key = str(path[-1])
    advice = f"Did you mean “{_nearest(key, known)}”?"
    if key in BY_FIELD and len(path) == 1:
        advice = f"It is set by the environment variable {BY_FIELD[key].name}."
    elif len(path) == 1 and (meant := BY_NAME.get(key.upper())):
        advice = f"Write {meant.field}." if meant.in_file else "It is set by the environment."
    return Misconfigured(places.at(path), f"There is no setting “{key}” here. {advice}")


def unknown_name(name: str) -> Misconfigured:
    """A `PARLEY_…` variable that there is not, with the one most like it."""
    known = [one for one in BY_NAME if one.startswith("PARLEY_")]
    return Misconfigured(name, f"There is no such setting. Did you mean {_nearest(name, known)}?")


def _nearest(word: str, known: Collection[str]) -> str:
    """The name most like *word*: there always is one, however far."""
    return get_close_matches(word, list(known), n=1, cutoff=0.0)[0]


def unavailable(settings: Settings, names: Names, places: Places) -> Iterator[Misconfigured]:
    """Rooms, channels and shops that this version does not bring; no room at all."""
    for kind, what, known in (
        ("rooms", "room", (*names.rooms, *settings.room)),
        ("buyers", "channel", names.buyers),
        ("shops", "shop", (*names.shops, *settings.shop)),
        ("trackers", "tracker", names.trackers),
    ):
        for name in getattr(settings, kind):
            if name not in known:
                yield Misconfigured(places.of(kind), _not_brought(what, name, known))
    if not settings.rooms:
        yield Misconfigured(places.of("rooms"), "No room is named. Write console.")


def _not_brought(what: str, name: str, known: Collection[str]) -> str:
    listed = ", ".join(sorted(known))
    nearest = get_close_matches(name, list(known), n=1)
    advice = f"Did you mean “{nearest[0]}”?" if nearest else f"This version has: {listed}."
    return f"There is no {what} called “{name}”. {advice}"


def unheard(settings: Settings, names: Names, places: Places) -> Iterator[Misconfigured]:
    """Channels that a storefront's accounts or the table of channels name, and nobody brings."""
    for index, one in enumerate(settings.storefronts):
        for channel in dict.fromkeys(name.partition(":")[0] for name in one.accounts):
            if channel not in names.buyers:
                where = places.at(("storefronts", index, "accounts"))
                yield Misconfigured(where, _not_brought("channel", channel, names.buyers))
    for channel in settings.channels:
        if channel not in names.buyers:
            where = places.at(("channels", channel))
            yield Misconfigured(where, _not_brought("channel", channel, names.buyers))
        else:
            yield from _strange(
                settings.channels[channel], ("channels", channel), channel, names, places
            )
    for table in ("shop", "tracker"):
        for name, one in getattr(settings, table).items():
            yield from _strange(one, (table, name), one.kind or name, names, places)


def _strange(
    own: BaseModel, path: Path_, kind: str, names: Names, places: Places
) -> Iterator[Misconfigured]:
    """Keys of a connector's table that neither all connectors have nor this one."""
    known = [*type(own).model_fields, *names.options(str(path[0]), kind)]
    for key in own.model_extra or {}:
        if key not in known:
            yield unknown_key(places, (*path, key), known)


def unplaced(settings: Settings, places: Places) -> Iterator[Misconfigured]:
    """Rooms without a place or without the secrets of their platform; routes to no room."""
    for name in ("slack", "teams"):
        if name in settings.rooms and name not in settings.room and not _own_room(settings, name):
            what = f"The room {name} has no place yet. Set PARLEY_{name.upper()}_ROOM"
            yield Misconfigured(places.of("rooms"), f"{what} to the id of a channel.")
    yield from _unproven(settings)
    for index, route in enumerate(settings.routes):
        for name in route.to:
            if name not in settings.rooms:
                what = f"“{name}” is not in PARLEY_ROOMS. Add it there, or take it out here."
                yield Misconfigured(places.at(("routes", index, "to")), what)
    yield from _fallbacks(settings, places)


def _fallbacks(settings: Settings, places: Places) -> Iterator[Misconfigured]:
    for name, room in settings.room.items():
        if not room.fallback:
            continue
        where = places.at(("room", name, "fallback"))
        if room.fallback not in settings.rooms:
            what = f"“{room.fallback}” is not in PARLEY_ROOMS. Add it there, or take it out here."
            yield Misconfigured(where, what)
        elif _comes_back(name, settings):
            what = "This leads back to where it began: a conversation would go round for ever."
            yield Misconfigured(where, f"{what} Name a room whose own fallback ends.")


def _comes_back(name: str, settings: Settings) -> bool:
    """The fallback of its fallback … is itself."""
    seen, here = {name}, settings.room[name].fallback
    while here in settings.room and here not in seen:
        seen.add(here)
        here = settings.room[here].fallback
    return here in seen


def _own_room(settings: Settings, platform: str) -> bool:
    return bool(getattr(settings, f"{platform}_room"))


def _unproven(settings: Settings) -> Iterator[Misconfigured]:
    """Never an open door: without these nobody could tell whose a request is."""
    if settings.rooms_on("slack"):
        if not (settings.slack_signing_secret or settings.slack_app_token):
            what = "Without it anybody could press buttons here. Write the app's Signing Secret"
            yield Misconfigured("SLACK_SIGNING_SECRET", f"{what}, or set SLACK_APP_TOKEN.")
        if not (settings.slack_bot_token or settings.slack_client_id):
            what = "Write the Bot User OAuth Token (xoxb-…), or set SLACK_CLIENT_ID for OAuth."
            yield Misconfigured("SLACK_BOT_TOKEN", what)
    if settings.rooms_on("teams") and not settings.teams_app_id:
        if not settings.teams_dev:
            what = "Without it anybody could press buttons here. Write the Azure bot's app id."
            yield Misconfigured("TEAMS_APP_ID", what)
        elif settings.host not in ("127.0.0.1", "localhost", "::1"):
            what = "It works on loopback only. Set PARLEY_HOST to 127.0.0.1, or set TEAMS_APP_ID."
            yield Misconfigured("PARLEY_TEAMS_DEV", what)


def unlisted(settings: Settings, places: Places) -> Iterator[Misconfigured]:
    """Rooms and shops that a storefront names and the general lists don't."""
    for index, one in enumerate(settings.storefronts):
        for kind in ("rooms", "shops"):
            for name in sorted({*getattr(one, kind)} - {*getattr(settings, kind)}):
                where = places.at(("storefronts", index, kind))
                what = (
                    f"“{name}” is not in {BY_FIELD[kind].name}. Add it there, or take it out here."
                )
                yield Misconfigured(where, what)
