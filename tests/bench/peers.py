"""The named peers of the ingest figures: aiohttp handlers that only check the HMAC."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sys

from aiohttp import web

from tests.bench.load import SECRET

_KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


async def check_hmac(request: web.Request) -> web.Response:
    body = await request.read()
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(_KEY, signed, hashlib.sha256).digest()).decode()
    if not hmac.compare_digest(f"v1,{mac}", headers["webhook-signature"]):
        return web.Response(status=401)
    return web.json_response({"status": "accepted"})


async def compute_hmac(request: web.Request) -> web.Response:
    """The least that any webhook needs, whatever its headers are called."""
    body = await request.read()
    mac = hmac.new(_KEY, body, hashlib.sha256).hexdigest()
    hmac.compare_digest(mac, request.headers.get("authorization", ""))
    return web.json_response({"status": "accepted"})


def main(port: int) -> None:
    app = web.Application()
    app.router.add_post("/buyers/webhook", check_hmac)
    app.router.add_post("/buyers/{channel}", compute_hmac)
    web.run_app(app, host="127.0.0.1", port=port, print=lambda *_: None, access_log=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
