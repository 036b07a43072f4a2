"""The app package that an admin uploads to Teams: a manifest with our ids filled in, two icons.

Source: learn.microsoft.com, App manifest reference (schema 1.17), read 2026-11.
"""

from __future__ import annotations

import json
import uuid
import zipfile
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from assistant.settings import Settings

NAME = "parley-teams.zip"
ICONS = ("color.png", "outline.png")
LANGUAGE_FILE = "zh.json"
ALL_MESSAGES = "ChannelMessage.Read.Group"
"""Lets the bot hear plain words in threads, so that it can offer them for sending."""
SPACE = uuid.UUID("5b3c8a52-6a3e-4f0d-9d8b-7a6f2d9c1e44")


def manifest(settings: Settings) -> dict[str, Any]:
    """The manifest for this installation's app."""
    told: dict[str, Any] = json.loads(_read("manifest.json"))
    app = settings.teams_app_id
    # An app's id need not be its bot's; of the same bot it is always the same.
    told["id"] = str(uuid.uuid5(SPACE, app))
    told["bots"][0]["botId"] = app
    told["webApplicationInfo"]["id"] = app
    host = urlsplit(settings.public_url).hostname
    told["validDomains"] = [host] if host else []
    if settings.public_url.startswith("https://"):
        pages = ("websiteUrl", "privacyUrl", "termsOfUseUrl")
        told["developer"] |= dict.fromkeys(pages, settings.public_url)
    if not settings.offer_words:
        del told["authorization"]
    return told


def package(settings: Settings) -> bytes:
    """The zip."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        told = json.dumps(manifest(settings), ensure_ascii=False, indent=2)
        archive.writestr(_entry("manifest.json"), told)
        for name in (*ICONS, LANGUAGE_FILE):
            archive.writestr(_entry(name), _read(name))
    return packed.getvalue()


def write(settings: Settings) -> Path:
    """Into the data directory, where whoever runs `parley doctor` finds it. Raises: OSError."""
    path = settings.data / NAME
    path.write_bytes(package(settings))
    return path


def _entry(name: str) -> zipfile.ZipInfo:
    """Without a date, so that the same settings make the same file."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _read(name: str) -> bytes:
    return files("connectors.rooms.teams").joinpath("app", name).read_bytes()
