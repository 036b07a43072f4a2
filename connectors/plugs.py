"""Finding channels, shops, the team's platforms and who writes: no list of them anywhere.

A module (or package) of `connectors.buyers` brings `connect(parts) -> BuyerChannel`, one of
`connectors.shops` an asynchronous `connect(parts, name) -> Shop`, one of `connectors.rooms` an
asynchronous `connect(parts) -> Platform`; its name is what the settings call it, and where it has
settings of its own, they are its class `Options`.
What one of them is made of may stand beside it: a name that ends in `_data` is nothing to plug in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import NamedTuple, cast

import connectors.buyers
import connectors.parcels
import connectors.rooms
import connectors.shops
from assistant.ports import BuyerChannel, Drafter, Reader, Shop, Store, Tracker, Translator
from assistant.settings import Settings
from connectors.caching import FRESH_S, Cached
from connectors.http import Parts, Platform
from connectors.models.offline import OfflineDrafter
from connectors.options import Option, Table, listed, read


def channel_names() -> tuple[str, ...]:
    """The channels of this installation, without importing them."""
    return _names(connectors.buyers.__path__)


def shop_names() -> tuple[str, ...]:
    """The kinds of shop of this installation, without importing them."""
    return _names(connectors.shops.__path__)


def tracker_names() -> tuple[str, ...]:
    """Who can be asked about parcels, without importing them."""
    return _names(connectors.parcels.__path__)


def platform_names() -> tuple[str, ...]:
    """Where a team can work, without importing them."""
    return _names(connectors.rooms.__path__)


def platforms_of(settings: Settings) -> tuple[str, ...]:
    """The platforms that the rooms in use are on."""
    known = platform_names()
    return tuple(
        sorted({one if one in known else _platform(settings, one) for one in settings.rooms})
    )


def _platform(settings: Settings, room: str) -> str:
    return "slack" if settings.room[room].slack else "teams"


def _names(path: Iterable[str]) -> tuple[str, ...]:
    names = (module.name for module in iter_modules(path))
    return tuple(sorted(name for name in names if not name.endswith("_data")))


def channel(name: str, parts: Parts) -> BuyerChannel:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.buyers.{name}")
    return cast(BuyerChannel, module.connect(parts))


async def shop(name: str, parts: Parts) -> Shop:
    """The shop that the settings call *name*. Raises: Misconfigured, where they do not do."""
    kind = parts.settings.kind_of_shop(name)
    module = import_module(f"connectors.shops.{kind}")
    made = cast(Shop, await module.connect(parts, name))
    if (options := getattr(module, "Options", None)) is None:
        return made  # the demo's, whose file is ours
    fresh_s = getattr(read(parts.settings, name, options, table="shop"), "fresh_seconds", FRESH_S)
    return Cached(made, parts.store, parts.now, fresh_s)


async def tracker(name: str, parts: Parts) -> Tracker:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.parcels.{name}")
    return cast(Tracker, await module.connect(parts, name))


_HOMES: Mapping[str, str] = {
    "channels": "connectors.buyers",
    "shop": "connectors.shops",
    "tracker": "connectors.parcels",
}


def option_names(table: str, kind: str) -> Collection[str]:
    """What `[table.name]` of a connector of that *kind* may hold besides what all may."""
    try:
        options = getattr(import_module(f"{_HOMES[table]}.{kind}"), "Options", None)
    except ModuleNotFoundError:
        return ()
    return tuple(options.model_fields) if options else ()


def options_of(settings: Settings) -> Iterator[Option]:
    """What the channels and shops in use can be set to, and what they are."""
    for name in settings.buyers:
        yield from _options(f"connectors.buyers.{name}", settings, name, "channels")
    for name in settings.shops:
        kind = settings.kind_of_shop(name)
        yield from _options(f"connectors.shops.{kind}", settings, name, "shop")
    for name in settings.trackers:
        yield from _options(f"connectors.parcels.{name}", settings, name, "tracker")


def _options(module: str, settings: Settings, name: str, table: Table) -> Iterator[Option]:
    options = getattr(import_module(module), "Options", None)
    return listed(settings, name, options, table=table) if options else iter(())


async def platform(name: str, parts: Parts) -> Platform:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.rooms.{name}")
    return cast(Platform, await module.connect(parts))


class Writers(NamedTuple):
    """Who reads, drafts and translates; without a model, rules do, and nobody translates."""

    drafter: Drafter
    translator: Translator | None = None
    reader: Reader | None = None


def writers(settings: Settings, store: Store | None, now: Callable[[], datetime]) -> Writers:
    """A model where the settings name one; its use is counted in *store*, where there is one.

    Raises: Misconfigured, where a prompt is not as it must be.
    """
    offline = OfflineDrafter()
    if settings.model_name is None:
        return Writers(offline)
    # The model's library takes a second to load, which nobody without a model should wait for.
    from connectors.models.openai import Meter, writers

    meter = Meter(store, settings.model, now) if store else None
    made = writers(settings, settings.model_name, offline, meter)
    return Writers(made.drafter, made.translator, made.reader)


async def model_tried(settings: Settings, store: Store, now: Callable[[], datetime]) -> str:
    """What `parley doctor` says of the model. Raises: Unavailable, with what is wrong."""
    from connectors.models.openai.trying import tried

    return await tried(settings, settings.model_name or "", store, now)


@asynccontextmanager
async def writers_by(model: str | None, settings: Callable[[], Settings]) -> AsyncIterator[Writers]:
    """*model* of the configured endpoint, uncounted; None: rules alone, without settings.

    Raises: Misconfigured, where a prompt is not as it must be.
    """
    offline = OfflineDrafter()
    if model is None:
        yield Writers(offline)
        return
    from connectors.models.openai import writers

    made = writers(settings(), model, offline)
    try:
        yield Writers(made.drafter, made.translator, made.reader)
    finally:
        await made.endpoint.aclose()
