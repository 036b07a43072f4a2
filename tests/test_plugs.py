"""Channels and shops are found by their names, and each one found can be connected."""

from __future__ import annotations

from importlib import import_module

from connectors import plugs


def test_the_channels_and_shops_that_settings_may_name_can_all_be_connected() -> None:
    channels = [f"connectors.buyers.{name}" for name in plugs.channel_names()]
    shops = [f"connectors.shops.{name}" for name in plugs.shop_names()]

    assert "connectors.shops.demo" in shops
    assert "connectors.buyers.webchat" in channels
    without = [name for name in channels + shops if not hasattr(import_module(name), "connect")]
    assert without == []
