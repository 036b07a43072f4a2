"""What the web server has besides rooms and channels: the port, health, readiness, metrics."""

from __future__ import annotations

import errno
import logging
import secrets
import socket
from collections.abc import Callable, Mapping
from time import monotonic

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from assistant.errors import Misconfigured, Unavailable, whereabouts
from assistant.ports import Store
from connectors.http import answer_to, json_answer, patiently, problem
from connectors.operating.metrics import CONTENT_TYPE, Metrics

log = logging.getLogger(__name__)

CLOSING_S = 3.0
"""How long open requests may take to end once Parley stops."""

Trouble = Callable[[], str | None]
"""Why this process is not ready besides its store, in a word; None where it is."""
Remarks = Callable[[], Mapping[str, str]]
"""What is worth saying of a process that is ready all the same."""


def application(
    store: Store, metrics: Metrics, trouble: Trouble, remarks: Remarks = dict
) -> web.Application:
    """Health, readiness and metrics; rooms and channels mount themselves beside them."""
    app = web.Application(middlewares=[_edge(metrics)], client_max_size=1 << 20)
    ops = _Operations(store, metrics, trouble, remarks)
    app.router.add_get("/healthz", ops.alive)
    app.router.add_get("/readyz", ops.ready)
    app.router.add_get("/metrics", ops.metrics)
    return app


class _Operations:
    def __init__(self, store: Store, metrics: Metrics, trouble: Trouble, remarks: Remarks) -> None:
        self._store, self._metrics, self._trouble = store, metrics, trouble
        self._remarks = remarks
        self._told = ""

    async def alive(self, _: web.Request) -> web.Response:
        """This process answers; whether it can work is what `/readyz` says."""
        return json_answer({"status": "alive"})

    async def ready(self, _: web.Request) -> web.Response:
        """200 only where a message would be kept, and worked on."""
        why = self._trouble()
        if why is not None:
            return problem(503, "not_ready", why)
        try:
            await patiently(self._store.ping())
        except Unavailable as error:
            return self._not_ready(error)
        self._told = ""
        return json_answer({"status": "ready", **self._remarks()})

    def _not_ready(self, error: Unavailable) -> web.Response:
        """The log says why, once: probes ask every few seconds, and may be anybody's."""
        if str(error) != self._told:
            self._told = str(error)
            log.warning("not ready: %s", error)
        return problem(503, "unavailable", "The store does not answer. The log says why.")

    async def metrics(self, _: web.Request) -> web.Response:
        """A scrape without the store's counters would look like a reset, so it is refused."""
        figures = await patiently(self._store.figures())
        body = self._metrics.render(figures)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def _edge(metrics: Metrics) -> Middleware:
    """The last boundary: our outages are 503s, what nobody foresaw gets a reference."""

    @web.middleware
    async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
        began = monotonic()
        try:
            response = await handler(request)
        except web.HTTPException:
            raise
        except Unavailable as error:
            return answer_to(error)
        except Exception as error:
            return _unforeseen(error)
        if request.path.startswith("/buyers/") and response.status < 300:
            metrics.observe("ack", monotonic() - began)
        return response

    return edge


def _unforeseen(error: Exception) -> web.Response:
    reference = secrets.token_hex(4)
    log.error("error %s: %s", reference, whereabouts(error))
    return problem(
        500,
        "unforeseen",
        f"This did not work. Whoever runs Parley finds reference {reference} in its log.",
    )


# ── the port ─────────────────────────────────────────────────────────────────


def bind(host: str, port: int) -> socket.socket:
    """The socket to listen on, not yet listening: so that a taken port stops a start at once.

    Raises: Misconfigured.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        what = f"“{host}” is no address of this machine ({error.strerror})"
        raise Misconfigured("PARLEY_HOST", f"{what}. Write one such as 127.0.0.1.") from error
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(address)
    except OSError as error:
        bound.close()
        raise _not_bound(host, port, error) from error
    return bound


def _not_bound(host: str, port: int, error: OSError) -> Misconfigured:
    if error.errno == errno.EADDRINUSE:
        what = f"Port {port} is taken. Stop what listens there, or set PARLEY_PORT to another port."
        return Misconfigured("PARLEY_PORT", what)
    if error.errno == errno.EACCES:
        what = f"Port {port} needs root's rights. Set PARLEY_PORT to 1024 or more."
        return Misconfigured("PARLEY_PORT", what)
    what = f"{host} can't be listened on ({error.strerror}). Write an address of this machine."
    return Misconfigured("PARLEY_HOST", what)


def address_of(bound: socket.socket) -> str:
    """`http://127.0.0.1:8080`, as a browser on this machine opens it."""
    host, port = bound.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - only compared
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{port}"


async def listen(app: web.Application, bound: socket.socket) -> web.AppRunner:
    """Serve *app* on *bound*. Whoever calls stops the runner's sites, then cleans it up."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=CLOSING_S)
    await runner.setup()
    await web.SockSite(runner, bound).start()
    return runner
