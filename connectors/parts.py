"""A reply that a channel takes in several messages: a text, then each file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from assistant.errors import ParleyError, Rejected, Unsure
from assistant.model import Attachment, Receipt
from assistant.ports import Files
from assistant.words import say

Part = TypeVar("Part")


async def in_parts(parts: Sequence[Part], send: Callable[[Part], Awaitable[str]]) -> Receipt:
    """*send* each, in order; the receipt is of the last, and names them all.

    Raises: what *send* raises of the first; Unsure, where some arrived and one did not: sending
    all of it again would double them, and leaving it would lose the rest.
    """
    ids: list[str] = []
    for part in parts:
        try:
            ids.append(await send(part))
        except ParleyError as error:
            if not ids:
                raise
            told = say(
                "{n} of {all} parts arrived, the next did not: {why}",
                n=len(ids),
                all=len(parts),
                why=error.text,
            )
            raise Unsure(told) from error
    if not ids:
        raise Rejected(say("There is nothing to send."), "empty")
    return Receipt(external_id=ids[-1], keys=tuple(ids))


def kept_file(files: Files, attachment: Attachment) -> Path:
    """Where a reply's file is. Raises: Rejected, where it is not kept any more."""
    where = files.path(attachment.sha256 or "")
    if where is None:
        raise Rejected(say("{name} is not kept here any more.", name=attachment.name), "no_file")
    return Path(where)


def account_missing(channel: str, account: str) -> Rejected:
    """Nobody can answer from an account that the settings don't have any more."""
    return Rejected(
        say(
            "The account {account} of {channel} is not in the settings. Add it to answer here.",
            account=account or "–",
            channel=channel,
        ),
        "no_account",
    )
