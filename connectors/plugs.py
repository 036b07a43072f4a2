"""Finding channels and shops: one module each, no list of them anywhere.

A module (or package) of `connectors.buyers` brings `connect(parts) -> BuyerChannel`, one of
`connectors.shops` an asynchronous `connect(parts) -> Shop`; its name is what the settings call it.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import connectors.buyers
import connectors.shops
from assistant.ports import BuyerChannel, Shop
from connectors.http import Parts


def channel_names() -> tuple[str, ...]:
    """The channels of this installation, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(connectors.buyers.__path__)))


def shop_names() -> tuple[str, ...]:
    """The kinds of shop of this installation, without importing them."""
    return tuple(sorted(module.name for module in iter_modules(connectors.shops.__path__)))


def channel(name: str, parts: Parts) -> BuyerChannel:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.buyers.{name}")
    return cast(BuyerChannel, module.connect(parts))


async def shop(name: str, parts: Parts) -> Shop:
    """Raises: Misconfigured, where its settings do not do."""
    module = import_module(f"connectors.shops.{name}")
    return cast(Shop, await module.connect(parts))
