"""Finding channels and shops: one module each, no list of them anywhere.

A module (or package) of `connectors.buyers` brings `connect(parts) -> BuyerChannel`, one of
`connectors.shops` an asynchronous `connect(parts) -> Shop`; its name is what the settings call it.
What one of them is made of may stand beside it: a name that ends in `_data` is nothing to plug in.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import connectors.buyers
import connectors.shops
from assistant.ports import BuyerChannel, Shop
from connectors.http import Parts


def channel_names() -> tuple[str, ...]:
    """The channels of this installation, without importing them."""
    return _names(connectors.buyers.__path__)


def shop_names() -> tuple[str, ...]:
    """The kinds of shop of this installation, without importing them."""
    return _names(connectors.shops.__path__)


def _names(path: Iterable[str]) -> tuple[str, ...]:
    names = (module.name for module in iter_modules(path))
    return tuple(sorted(name for name in names if not name.endswith("_data")))


def channel(name: str, parts: Parts) -> BuyerChannel:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.buyers.{name}")
    return cast(BuyerChannel, module.connect(parts))


async def shop(name: str, parts: Parts) -> Shop:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.shops.{name}")
    return cast(Shop, await module.connect(parts))
