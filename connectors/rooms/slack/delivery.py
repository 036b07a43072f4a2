"""Lines and files under a card, in order, each once as far as we can tell.

Several messages can't be posted as one. What was posted before a failure is remembered here, so
that the next try goes on where the last one ended; what may have been posted is posted again, and
says so.
"""

from __future__ import annotations

import hashlib
import logging
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.errors import ParleyError, Rejected, TooLarge, Unavailable, Unsure
from assistant.model import Attachment
from assistant.surface.cards import Line
from assistant.words import Words, say
from connectors.rooms.slack.attachments import Transfers, why_not
from connectors.rooms.slack.blocks import Post, line_posts
from connectors.rooms.slack.kit import MESSAGE_BLOCKS, context, section
from connectors.rooms.slack.places import Place
from connectors.rooms.slack.press import link_button
from connectors.rooms.slack.text import escaped
from connectors.rooms.slack.workspaces import Workspace

log = logging.getLogger(__name__)

REMEMBERED = 1_000

Step = Post | Attachment


@dataclass
class _Under:
    """What is left of a delivery under way."""

    steps: list[Step]
    begun: bool = False
    in_doubt: bool = False


class Delivery:
    """Posts lines under cards."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers
        self._under_way: OrderedDict[str, _Under] = OrderedDict()

    async def deliver(
        self,
        workspace: Workspace,
        place: Place,
        lines: Sequence[Line],
        words: Words,
        *,
        again: bool,
    ) -> None:
        """Raises: Unavailable (none of it is there), Unsure (some of it is), Rejected."""
        key = _key(place, lines)
        under = self._under_way.get(key) or _Under(_steps(lines, words, again=again))
        self._remember(key, under)
        while under.steps:
            try:
                await self._do(workspace, place, under, words)
            except Unavailable as error:
                if under.begun:
                    raise Unsure(error.text, error.retry_after_s) from error
                raise
            except Unsure:
                under.begun = under.in_doubt = True
                raise
            under.steps.pop(0)
            under.begun, under.in_doubt = True, False
        self._under_way.pop(key, None)

    async def _do(self, workspace: Workspace, place: Place, under: _Under, words: Words) -> None:
        step = under.steps[0]
        if isinstance(step, Attachment):
            return await self._share(workspace, place, step, words)
        if under.in_doubt:
            step = _repeated(step, words)
        await post(workspace, place, step)

    async def _share(
        self, workspace: Workspace, place: Place, attachment: Attachment, words: Words
    ) -> None:
        """A file, or a line that says why it is not there. Raises: Unavailable, Rejected."""
        try:
            await self._transfers.put(workspace, place, attachment)
        except (TooLarge, Rejected, Unsure, Unavailable) as error:
            if isinstance(error, Unavailable) and error.retry_after_s:
                raise
            log.warning("a file is not in the thread: %s", why_not(error))
            note = _missing(attachment, error, self._transfers.link(attachment), words)
            await post(workspace, place, note)

    def _remember(self, key: str, under: _Under) -> None:
        self._under_way[key] = under
        self._under_way.move_to_end(key)
        while len(self._under_way) > REMEMBERED:
            self._under_way.popitem(last=False)


async def post(workspace: Workspace, place: Place, one: Post) -> None:
    """One message in a thread. Raises: Unavailable, Unsure, Rejected."""
    told = {"thread_ts": place.ts, "text": one.text, "blocks": one.blocks}
    await workspace.api.post(place.channel, told)


def _steps(lines: Sequence[Line], words: Words, *, again: bool) -> list[Step]:
    """Posts, and each line's files right behind the post it stands in."""
    steps: list[Step] = []
    together: list[Line] = []
    for line in lines:
        together.append(line)
        if any(one.sha256 for one in line.attachments):
            steps += [*line_posts(together, words, again=again), *line.attachments]
            together = []
    return [*steps, *line_posts(together, words, again=again)] if together else steps


def _repeated(one: Post, words: Words) -> Post:
    told = words(say("Slack did not say whether this arrived, so it may be here twice."))
    if len(one.blocks) < MESSAGE_BLOCKS:
        return Post(one.text, [*context(told), *one.blocks])
    return Post(f"{escaped(told)} {one.text}", one.blocks)


def _missing(attachment: Attachment, error: ParleyError, address: str | None, words: Words) -> Post:
    if isinstance(error, Unsure):
        told = say("{name} may be missing here: {why}", name=attachment.name, why=error.text)
    else:
        told = say("{name} is not here: {why}", name=attachment.name, why=error.text)
    button = link_button(words(say("Open the file in the console")), address) if address else None
    text = words(say("A file could not be put here."))
    return Post(text, list(section(words(told), button)))


def _key(place: Place, lines: Sequence[Line]) -> str:
    told = "\n".join(line.model_dump_json() for line in lines)
    return f"{place.thread} {hashlib.sha256(told.encode()).hexdigest()}"
