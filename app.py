"""The command line, and the one place where Parley's parts are put together.

The parts are imported by the functions that need them: `parley draft` has answered its first line
before a web server would have been imported.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from assistant.errors import Misconfigured, ParleyError, Unavailable
from connectors.operating import evaluate, failures, suggest
from connectors.operating.answers import answers
from connectors.operating.cli import Commands, Wrong, answer_lines
from connectors.operating.new import new
from connectors.operating.playbook import playbook
from connectors.operating.process import Stopping, log_to_stderr, step, tell, welcome

if TYPE_CHECKING:
    from socket import socket

    from aiohttp import ClientSession, web

    from assistant.desk.desk import Desk
    from assistant.desk.worker import Worker
    from assistant.loading import Loaded
    from assistant.model import StorefrontId
    from assistant.playbooks import Playbooks
    from assistant.ports import Files, Ports, PullingChannel, WebhookChannel
    from assistant.settings import Settings
    from connectors.http import Parts, Platform
    from connectors.operating.doctor import Probe
    from connectors.operating.metrics import Metrics
    from connectors.plugs import Writers
    from connectors.pulling import Pulling
    from connectors.store import RedisStore

VERSION = "0.1.0"


def settings_of(environ: Mapping[str, str], *, demo: bool = False) -> Loaded:
    """The settings, or everything that is wrong with them."""
    from assistant.loading import Names, load
    from connectors import plugs
    from connectors.demo import STOREFRONTS

    names = Names(
        plugs.platform_names(),
        plugs.channel_names(),
        plugs.shop_names(),
        plugs.tracker_names(),
        plugs.option_names,
    )
    sample = {"shops": ("demo",), "storefronts": STOREFRONTS}
    return load(environ, names, sample if demo else None)


def playbooks_of(settings: Settings) -> tuple[Playbooks, Mapping[StorefrontId, Playbooks]]:
    """As shipped, and with each storefront's own on top. Raises: Misconfigured, one a line."""
    from assistant.playbooks import Playbooks

    overlays = {
        one.id: Playbooks.load(one.playbooks) for one in settings.storefronts if one.playbooks
    }
    return Playbooks.shipped(), overlays


@asynccontextmanager
async def store_of(settings: Settings) -> AsyncIterator[RedisStore]:
    """The Redis that the settings name, or the embedded server, which is stopped last."""
    from connectors.embedded import running
    from connectors.store import opened

    async with AsyncExitStack() as stack:
        if settings.redis_url is None:
            url = await stack.enter_async_context(running(settings.data))
        else:
            url = settings.redis_url.get_secret_value()
        try:
            store = await stack.enter_async_context(opened(url))
        except Unavailable as error:
            where = "PARLEY_REDIS_URL" if settings.redis_url else str(settings.data)
            raise Misconfigured(where, str(error)) from error
        yield store


@dataclass(frozen=True, kw_only=True)
class Parley:
    """Everything of one process."""

    ports: Ports
    desk: Desk
    files: Files
    metrics: Metrics
    platforms: Sequence[Platform]
    keeping: Sequence[Callable[[], Coroutine[Any, Any, None]]] = ()
    """What keeps files and feeds up to date."""


async def compose(
    settings: Settings,
    store: RedisStore,
    client: ClientSession,
    playbooks: Playbooks,
    overlays: Mapping[StorefrontId, Playbooks],
    *,
    demo: bool = False,
) -> Parley:
    """The parts, put together."""
    from assistant.desk.desk import Desk
    from assistant.ports import Ports, Shelf
    from connectors import plugs
    from connectors.files import FolderFiles
    from connectors.http import Parts
    from connectors.notebook import FolderNotebook
    from connectors.operating.metrics import Metrics
    from connectors.rates import Exchange

    writers = plugs.writers(settings, store, now)
    shelf = Shelf(playbooks, overlays)
    metrics, files = Metrics(shelf), FolderFiles(settings.data)
    common: dict[str, Any] = {"settings": settings, "store": store, "now": now, "shelf": shelf}
    parts = Parts(**common, files=files, client=client, demo=demo)
    platforms = [await plugs.platform(name, parts) for name in plugs.platforms_of(settings)]
    rooms = {name: room for one in platforms for name, room in one.rooms.items()}
    exchange = Exchange(settings.rates, settings.data, client, now)
    ports = Ports(
        **common,
        **writers._asdict(),
        channels={name: plugs.channel(name, parts) for name in settings.buyers},
        rooms={name: rooms[name] for name in settings.rooms},
        shops={name: await plugs.shop(name, parts) for name in settings.shops},
        trackers={name: await plugs.tracker(name, parts) for name in settings.trackers},
        exchange=exchange,
        observe=metrics.observe,
        notebook=FolderNotebook({} if demo else _own_playbooks(settings)),
    )
    return Parley(
        ports=ports,
        desk=Desk(ports),
        files=files,
        metrics=metrics,
        platforms=platforms,
        keeping=(exchange.run, _watching(ports)),
    )


def _watching(ports: Ports) -> Callable[[], Coroutine[Any, Any, None]]:
    """Playbooks that are changed while we run."""
    from connectors.watching import Watch, source_tree

    return Watch(ports.settings, ports.shelf, ports.store, now, shipped=source_tree()).run


def _own_playbooks(settings: Settings) -> Mapping[StorefrontId, Path]:
    return {one.id: one.playbooks for one in settings.storefronts if one.playbooks}


def now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


# ── running ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Mode:
    """What a process does."""

    web: bool = True
    workers: bool = True
    demo: bool = False


async def run(settings: Settings, mode: Mode) -> None:
    """Web server and workers, until SIGTERM or Ctrl-C; a second one ends without waiting."""
    from assistant.drafting.prepare import warm_up
    from connectors.http import client_session
    from connectors.operating.web import bind

    stopping = Stopping()
    async with AsyncExitStack() as stack:
        stack.enter_context(stopping.on_signals())
        bound = bind(settings.host, settings.port) if mode.web else None
        stack.callback(bound.close if bound else lambda: None)
        with step("Playbooks"):
            playbooks, overlays = playbooks_of(settings)
        if settings.unnamed_model:
            tell(settings.unnamed_model)
        if mode.workers:
            with step("Languages"):
                warm_up(playbooks, now())
        with step("State: " + ("Redis" if settings.redis_url else "a server of our own")):
            store = await stack.enter_async_context(store_of(settings))
        client = await stack.enter_async_context(client_session())
        parley = await compose(settings, store, client, playbooks, overlays, demo=mode.demo)
        await _work(parley, mode, bound, stopping)


async def _work(parley: Parley, mode: Mode, bound: socket | None, stopping: Stopping) -> None:
    """Everything at work until it is time to stop."""
    from assistant.desk.worker import Worker
    from connectors.operating.serving import Door, at_work

    worker = Worker(parley.ports, parley.desk)
    duties = [worker.run(stopping.event)] if mode.workers else []
    extras = [one() for one in parley.keeping] + ([_arrivals(parley)] if mode.demo else [])
    if bound is None:
        return await at_work(None, duties, extras, stopping)
    pulling = _pulling(parley.ports)
    app = _application(parley, mode, worker, stopping, pulling)
    extras.append(pulling.run())
    door = Door(app, bound, lambda address: _welcome(parley.ports.settings, address, mode))
    await at_work(door, duties, extras, stopping)


def _pulling(ports: Ports) -> Pulling:
    """The channels that have to be asked: mailboxes, most marketplaces."""
    from connectors.pulling import Pulling

    asked = {name: one for name, one in ports.channels.items() if hasattr(one, "pull")}
    channels = cast("Mapping[str, PullingChannel]", asked)
    return Pulling(channels, ports.store, ports.rooms, now)


async def _arrivals(parley: Parley) -> None:
    """The sample buyers of a demo write."""
    from connectors.demo import arrivals

    await arrivals(parley.ports.store, now, files=parley.files)


def _application(
    parley: Parley, mode: Mode, worker: Worker, stopping: Stopping, pulling: Pulling
) -> web.Application:
    """Rooms and channels on one web server."""
    from connectors.inbox import mount_webhooks
    from connectors.operating.web import application
    from connectors.shopdoor import mount_shops

    def trouble() -> str | None:
        if stopping.event.is_set():
            return "Parley is stopping."
        idle = mode.workers and not worker.running.is_set()
        return "The workers are not running." if idle else None

    ports = parley.ports

    def remarks() -> Mapping[str, str]:
        wrong = ports.shelf.troubles
        playbooks = {"playbooks": "wrong: the last right ones are in force"} if wrong else {}
        away = ", ".join(sorted(pulling.troubles))
        return {**playbooks, **({"channels": f"can't be asked: {away}"} if away else {})}

    app = application(ports.store, parley.metrics, trouble, remarks)
    webhooks = {name: one for name, one in ports.channels.items() if hasattr(one, "receive")}
    mount_webhooks(app, cast("Mapping[str, WebhookChannel]", webhooks), ports.store, now)
    mount_shops(app, ports.shops, now)
    for connector in (*ports.channels.values(), *ports.trackers.values()):
        if mount := getattr(connector, "mount", None):
            mount(app)
    for platform in parley.platforms:
        platform.mount(app, parley.desk)
    return app


def _welcome(settings: Settings, address: str, mode: Mode) -> None:
    name = "Olga" if mode.demo else "Lead"
    link = login_link(settings, address, name=name) if "console" in settings.rooms else None
    welcome(settings.public_url or address, link, demo=mode.demo)


def login_link(settings: Settings, address: str, *, name: str = "Lead") -> str:
    """For the first lead of the settings; where there is none, for *name*, who can read this."""
    from connectors.rooms.console import make_login_link

    lead = next((one for one in settings.members if one.role == "lead"), None)
    return make_login_link(
        settings,
        name=lead.name if lead else name,
        role="lead",
        language=lead.language if lead else None,
        base_url=settings.public_url or address,
    )


# ── the command line ─────────────────────────────────────────────────────────


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="Parley %(version)s")
def main() -> None:
    """Answer buyers across borders: their messages, your team, one reply each."""


@main.command()
def demo() -> None:
    """Everything at once on this machine: a sample shop, sample buyers, the console."""
    log_to_stderr(logging.WARNING)
    with step("Settings"):
        settings = _settings(demo=True)
    asyncio.run(run(settings, Mode(demo=True)))


@main.command()
@click.option("--no-workers", is_flag=True, help="The web server alone; run `parley worker` too.")
def serve(no_workers: bool) -> None:
    """The web server, rooms, channels and workers in one process."""
    log_to_stderr(logging.INFO)
    asyncio.run(run(_settings(), Mode(workers=not no_workers)))


@main.command()
def worker() -> None:
    """Workers alone: as many as you like, beside one or more `parley serve`."""
    log_to_stderr(logging.INFO)
    asyncio.run(run(_settings(), Mode(web=False)))


@main.command()
@click.option("--model", is_flag=True, help="With the language model that PARLEY_MODEL names.")
def draft(model: bool) -> None:
    """JSON lines in, drafts out: one line each, as docs/contract.json says. Offline by default."""
    from assistant.drafting.lines import draft_line
    from assistant.playbooks import Playbooks
    from connectors.models.offline import OfflineDrafter
    from connectors.plugs import Writers

    playbooks, by = Playbooks.shipped(), Writers(OfflineDrafter())
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        if model:
            by = runner.run(_with_model(stack))
        try:
            answer_lines(
                lambda line: runner.run(draft_line(line, playbooks, by.drafter, reader=by.reader))
            )
        finally:
            runner.run(stack.aclose())


async def _with_model(stack: AsyncExitStack) -> Writers:
    """Counted against the budget, as everywhere. Raises: Wrong, where no model is named."""
    from connectors.plugs import writers

    settings = _settings()
    if settings.model_name is None:
        raise Wrong(settings.unnamed_model or "PARLEY_MODEL is not set: no model is named.")
    return writers(settings, await stack.enter_async_context(store_of(settings)), now)


@main.command()
def review() -> None:
    """JSON lines in, findings out: what the review says of each text."""
    from assistant.drafting.lines import review_line
    from assistant.playbooks import Playbooks

    playbooks = Playbooks.shipped()
    answer_lines(lambda line: review_line(line, playbooks))


@main.command()
def doctor() -> None:
    """Every setting, where its value is from and what is wrong; a log-in link."""
    from connectors import plugs
    from connectors.operating.doctor import examine

    loaded = settings_of(os.environ)

    async def examined() -> int:
        async with AsyncExitStack() as stack:
            if loaded.settings is None:
                return await examine(loaded, [], [], tell)
            probes = _probes(loaded.settings)
            # What is wrong with the state itself, its own probe says.
            with suppress(ParleyError):
                probes += await stack.enter_async_context(_platforms_probed(loaded.settings))
            options = list(plugs.options_of(loaded.settings))
            return await examine(loaded, options, probes, tell)

    sys.exit(asyncio.run(examined()))


@asynccontextmanager
async def _platforms_probed(settings: Settings) -> AsyncIterator[list[Probe]]:
    """What each platform where the team works can try. Raises: Misconfigured, Unavailable."""
    from connectors import plugs
    from connectors.files import FolderFiles
    from connectors.http import Parts, client_session

    async with store_of(settings) as store, client_session() as client:
        files = FolderFiles(settings.data)
        parts = Parts(settings=settings, store=store, files=files, client=client, now=now)
        named = plugs.platforms_of(settings)
        rooms = [probe for name in named for probe in await _platform_probed(name, parts)]
        yield [*rooms, *[_connector_probed(what, make) for what, make in _connectors(parts)]]


def _connectors(parts: Parts) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
    """The channels, shops and trackers in use, and what makes each."""
    from connectors import plugs

    async def channel(name: str) -> Any:
        return plugs.channel(name, parts)

    for name in parts.settings.buyers:
        yield f"Channel {name}", partial(channel, name)
    for name in parts.settings.shops:
        yield f"Shop {name}", partial(plugs.shop, name, parts)
    for name in parts.settings.trackers:
        yield f"Tracker {name}", partial(plugs.tracker, name, parts)


def _connector_probed(what: str, make: Callable[[], Awaitable[Any]]) -> Probe:
    from connectors.operating.doctor import Probe

    async def ask() -> str:
        connector = await make()
        probe = getattr(connector, "probe", None)
        return str(await probe()) if probe else "ready."

    return Probe(what, ask)


async def _platform_probed(name: str, parts: Parts) -> list[Probe]:
    """What the platform can try; where its settings do not do, what is wrong with them."""
    from connectors import plugs
    from connectors.operating.doctor import Probe

    try:
        platform = await plugs.platform(name, parts)
    except ParleyError as error:
        wrong = error

        async def ask() -> str:
            raise wrong

        return [Probe(name.capitalize(), ask)]
    return [Probe(named, ask) for named, ask in platform.probes().items()]


def _probes(settings: Settings) -> list[Probe]:
    """What doctor tries besides what every installation has."""
    from connectors.http import client_session
    from connectors.operating.doctor import Probe, local_address
    from connectors.rates import Exchange

    async def state() -> str:
        async with store_of(settings) as store:
            await store.ping()
        return f"{'Redis' if settings.redis_url else 'the embedded server'} keeps what is written."

    async def playbooks() -> str:
        shipped, overlays = playbooks_of(settings)
        own = [f"{id}: {one.version}" for id, one in overlays.items()]
        return ", ".join([f"version {shipped.version}", *own]) + "."

    async def rates() -> str:
        async with client_session() as client:
            exchange = Exchange(settings.rates, settings.data, client, now)
            await exchange.look()
            return exchange.state()

    async def log_in() -> str:
        return login_link(settings, local_address(settings))

    async def model() -> str:
        from connectors import plugs

        async with store_of(settings) as store:
            return await plugs.model_tried(settings, store, now)

    asks = {
        "State": state,
        "Playbooks": playbooks,
        "Exchange rates": rates,
        **({"Language model": model} if settings.model_name else {}),
        "Log in once, within a day": log_in,
    }
    return [Probe(name, ask) for name, ask in asks.items()]


def _writers(model: str | None) -> AbstractAsyncContextManager[Writers]:
    from connectors.plugs import writers_by

    return writers_by(model, _settings)


main.add_command(answers)
main.add_command(evaluate.over(evaluate.World(_writers, lambda: _settings())))
playbook.add_command(suggest.over(lambda: store_of(_settings())))
main.add_command(playbook)
main.add_command(new)
main.add_command(failures.over(lambda: store_of(_settings())))


def _settings(*, demo: bool = False) -> Settings:
    """Raises: Wrong, with everything that is wrong."""
    loaded = settings_of(os.environ, demo=demo)
    if loaded.settings is None:
        raise Wrong("\n".join(map(str, loaded.problems)))
    return loaded.settings


if __name__ == "__main__":
    main(prog_name="parley")
