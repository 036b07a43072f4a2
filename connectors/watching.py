"""Files that are read anew while Parley runs: playbooks today, whoever changes them.

Every few seconds the files' names, sizes and times are compared: some hundred `stat` calls, about a
millisecond in a thread, on every file system, with no library. What has changed and then stood
still for one look is loaded beside the event loop and swapped whole. Wrong files leave the last
right ones in force, and the alarm stays until they are right.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from assistant.commands import AlertRoom
from assistant.errors import Misconfigured, Unavailable, whereabouts
from assistant.model import ConversationId, StorefrontId
from assistant.playbooks import Playbooks
from assistant.ports import Change, Edition, Shelf, Store, Trouble, Whose
from assistant.settings import Settings
from assistant.words import Text, say

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
TOLD_PROBLEMS = 5
"""An alarm quotes so many; the console and the log have all of them."""
Prints = frozenset[tuple[str, int, int]]
"""Name, size and time of every file."""


class _Read(NamedTuple):
    """What was found in the files: playbooks, or what is wrong with them."""

    edition: Mapping[Whose, Playbooks]
    wrong: Mapping[Whose, tuple[str, ...]]


class Watch:
    """Keeps a shelf true to its files. One in every process, since each has its own shelf."""

    def __init__(
        self,
        settings: Settings,
        shelf: Shelf,
        store: Store,
        now: Callable[[], datetime],
        *,
        shipped: Path | None = None,
    ) -> None:
        self._settings, self._shelf, self._store, self._now = settings, shelf, store, now
        self._shipped = shipped
        self._loaded: Prints | None = None
        """None: what changed since the start is found at the first look."""
        self._changing: Prints | None = None
        self._untold: list[tuple[Whose, AlertRoom]] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Once: load what has changed and stands still, tell what was not told yet."""
        prints = await asyncio.to_thread(_prints, self._roots())
        if prints == self._loaded:
            self._changing = None
        elif prints != self._changing:
            self._changing = prints  # Perhaps somebody is still writing.
        else:
            self._loaded, self._changing = prints, None
            await self._reload()
        await self._tell()

    # ── reading ──────────────────────────────────────────────────────────────

    def _overlays(self) -> dict[StorefrontId, Path]:
        return {one.id: one.playbooks for one in self._settings.storefronts if one.playbooks}

    def _roots(self) -> tuple[Path, ...]:
        shipped = (self._shipped,) if self._shipped else ()
        return (*shipped, *dict.fromkeys(self._overlays().values()))

    async def _reload(self) -> None:
        began = time.monotonic()
        read = await asyncio.to_thread(_read, self._overlays())
        before, former = self._shelf.edition, dict(self._shelf.troubles)
        edition = Edition(
            read.edition.get(None, before.playbooks),
            {one: read.edition.get(one, before.of(one)) for one in self._overlays()},
        )
        troubles = {
            whose: self._trouble(whose, problems, former.get(whose))
            for whose, problems in read.wrong.items()
        }
        self._shelf.put(edition, troubles)
        self._note(before, edition, time.monotonic() - began)
        for whose in dict.fromkeys((*former, *troubles)):
            self._alarm(whose, former.get(whose), troubles.get(whose))

    def _trouble(self, whose: Whose, problems: tuple[str, ...], former: Trouble | None) -> Trouble:
        if former and former.problems == problems:
            return former
        version = _version(self._shelf.edition, whose)
        return Trouble(problems, version, former.since if former else self._now())

    def _note(self, before: Edition, after: Edition, seconds: float) -> None:
        for whose in (None, *self._overlays()):
            old, new = _version(before, whose), _version(after, whose)
            if old != new:
                self._shelf.reloads["swapped"] += 1
                log.info("playbooks of %s are now %s, %.2f s", _name(whose), new, seconds)

    # ── telling ──────────────────────────────────────────────────────────────

    def _alarm(self, whose: Whose, former: Trouble | None, trouble: Trouble | None) -> None:
        """Once for each set of errors, and once when all is right again."""
        if (former and former.problems) == (trouble and trouble.problems):
            return
        version = _version(self._shelf.edition, whose)
        if trouble is None:
            log.warning("playbooks of %s are right again: %s", _name(whose), version)
            title = say("Playbooks are right again")
            text = say(
                "Playbooks of {whose}: version {version} is in force.", **_of(whose, version)
            )
        else:
            self._shelf.reloads["refused"] += 1
            log.error(
                "playbooks of %s are wrong, %s stays in force:\n%s",
                _name(whose),
                version,
                "\n".join(trouble.problems),
            )
            title = say("Playbooks are wrong")
            text = say(
                "Playbooks of {whose}: these files have errors, so version {version} stays in "
                "force until they are right.\n{problems}",
                **_of(whose, version),
                problems=_quoted(trouble.problems),
            )
        self._untold = [one for one in self._untold if one[0] != whose]
        self._untold += [(whose, self._alert(room, title, text)) for room in self._rooms(whose)]

    def _alert(self, room: str, title: Text, text: Text) -> AlertRoom:
        return AlertRoom(conversation_id=ConversationId(""), room=room, title=title, text=text)

    def _rooms(self, whose: Whose) -> Sequence[str]:
        own = self._settings.storefront(whose).rooms if whose else ()
        return own or self._settings.rooms

    async def _tell(self) -> None:
        """By way of the workers. While the store is away, it is told later."""
        told = bool(self._untold)
        try:
            while self._untold:
                alert = self._untold[0][1]
                await self._store.enqueue(alert, once=self._once(alert))
                self._untold.pop(0)
            if told:
                await self._store.announce(Change("playbooks", ""))
        except Unavailable as error:
            log.warning("an alarm about playbooks waits: %s", error)

    def _once(self, alert: AlertRoom) -> str:
        """All processes read the same files: the first one tells, for the same minute."""
        said = hashlib.sha256(alert.model_dump_json().encode()).hexdigest()[:16]
        return f"playbooks:{said}:{int(self._now().timestamp()) // 60}"


def source_tree() -> Path | None:
    """The shipped playbooks where they lie in a source tree, whose files people edit."""
    folder = Path(str(files("playbooks")))
    return folder if (folder.parent / "pyproject.toml").is_file() else None


def _read(overlays: Mapping[StorefrontId, Path]) -> _Read:
    """Each storefront by itself; what is wrong with the shipped files is not said twice."""
    edition: dict[Whose, Playbooks] = {}
    wrong: dict[Whose, tuple[str, ...]] = {}
    found: dict[Path | None, Playbooks | tuple[str, ...]] = {}
    for whose, path in ((None, None), *overlays.items()):
        if path not in found:
            found[path] = _loaded(path)
        read = found[path]
        if isinstance(read, Playbooks):
            edition[whose] = read
            continue
        own = tuple(one for one in read if whose is None or one not in wrong.get(None, ()))
        if own:
            wrong[whose] = own
    return _Read(edition, wrong)


def _loaded(path: Path | None) -> Playbooks | tuple[str, ...]:
    """Or everything that is wrong. Whatever happens in here must not stop the process."""
    try:
        return Playbooks.load(*([path] if path else []))
    except Misconfigured as error:
        return tuple(dict.fromkeys(str(error).splitlines()))
    except Exception as error:
        log.error("playbooks can't be read: %s", whereabouts(error))
        return (f"{path or 'playbooks'}: can't be read ({type(error).__name__})",)


def _prints(roots: Iterable[Path]) -> Prints:
    return frozenset(one for root in roots for one in _prints_in(root))


def _prints_in(root: Path) -> Iterable[tuple[str, int, int]]:
    """What vanishes while we look is not there."""
    for path in root.glob("*/*"):
        try:
            about = path.stat()
        except OSError:
            continue
        yield str(path), about.st_size, about.st_mtime_ns


def _version(edition: Edition, whose: Whose) -> str:
    return (edition.of(whose) if whose else edition.playbooks).version


def _name(whose: Whose) -> str:
    return whose or "Parley"


def _of(whose: Whose, version: str) -> dict[str, str]:
    return {"whose": _name(whose), "version": version}


def _quoted(problems: Sequence[str]) -> str:
    more = len(problems) - TOLD_PROBLEMS
    return "\n".join([*problems[:TOLD_PROBLEMS], *([f"+ {more}"] if more > 0 else [])])
