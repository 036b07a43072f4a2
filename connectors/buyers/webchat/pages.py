"""The chat's page and its files: read once, served from memory with their digest as ETag."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import NamedTuple

from aiohttp import web

from assistant.settings import Settings

_TYPES: Mapping[str, str] = {
    "chat.js": "text/javascript",
    "page.js": "text/javascript",
    "widget.js": "text/javascript",
    "client.js": "text/javascript",
    "view.js": "text/javascript",
    "chat.css": "text/css",
    "page.css": "text/css",
    "texts.json": "application/json",
    "icon.svg": "image/svg+xml",
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


class Asset(NamedTuple):
    """A file of the chat, as it is served."""

    body: bytes
    type: str
    tag: str


class Pages:
    """The page at `/chat`, the script at `/chat.js`, and what they need, below `/chat/`."""

    def __init__(self, settings: Settings) -> None:
        self._assets = {name: _asset(name) for name in _TYPES}
        title = next((one.brand or one.name for one in settings.storefronts), "")
        self._page = Template(_shipped("page.html").decode()).substitute(title=escape(title))

    def mount(self, app: web.Application) -> None:
        """Serve them."""
        app.router.add_get("/chat", self.page)
        app.router.add_get("/chat.js", self.embed)
        app.router.add_get("/chat/web/{name}", self.asset)

    async def page(self, _: web.Request) -> web.Response:
        """The buyer's page."""
        headers = {
            "Content-Security-Policy": POLICY,
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-cache",
        }
        return web.Response(text=self._page, content_type="text/html", headers=headers)

    async def embed(self, request: web.Request) -> web.Response:
        """The one line's script."""
        return self._answer(request, self._assets["chat.js"])

    async def asset(self, request: web.Request) -> web.Response:
        """A script, a style, the texts."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound()
        return self._answer(request, asset)

    def _answer(self, request: web.Request, asset: Asset) -> web.Response:
        headers = {
            "ETag": f'"{asset.tag}"',
            "Cache-Control": "public, max-age=300, stale-while-revalidate=86400",
            "X-Content-Type-Options": "nosniff",
            # A shop's page imports them as modules and fetches the texts: they hold nothing secret.
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if any(tag.value == asset.tag for tag in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        response = web.Response(
            body=asset.body, content_type=asset.type, charset="utf-8", headers=headers
        )
        response.enable_compression()
        return response


def _asset(name: str) -> Asset:
    body = _shipped(name)
    return Asset(body, _TYPES[name], hashlib.sha256(body).hexdigest()[:16])


def _shipped(name: str) -> bytes:
    return files("connectors.buyers.webchat").joinpath("web", name).read_bytes()
