"""What channels say and keep besides messages: what became of a reply, files of buyers."""

from __future__ import annotations

import asyncio
from typing import cast

from assistant.commands import DraftReply, FetchAttachments, RecordReport, Work
from assistant.desk.handling import NOTHING, commit, load
from assistant.desk.sending import promised_in
from assistant.errors import Rejected, TooLarge, Unavailable
from assistant.model import Actor, Attachment, Conversation, Receipt
from assistant.ports import MediaChannel, Ports
from assistant.surface.cards import Answer
from assistant.words import Words, say

FETCH_PATIENCE_S = 30.0


async def record_report(command: RecordReport, actor: Actor, ports: Ports, _: Words) -> Answer:
    """Raises: Unavailable, where the reply is not noted as sent yet, or is none of ours."""
    conversation = await ports.store.load(command.conversation_id)
    draft = conversation.reply_of(command.report) if conversation else None
    if conversation and draft is None and await _of_another(conversation, command, ports):
        return NOTHING
    if conversation is None or draft is None:
        raise Unavailable(say("The channel reports on a reply that is not known here."))
    told = conversation
    if draft.state in ("sending", "unsure") and command.report.kind not in ("delayed", "failed"):
        # Who tells that it arrived has it: nobody needs to look any more.
        receipt = Receipt(external_id=command.report.external_id or None)
        promised = promised_in(told, draft, ports)
        told = told.sent(draft.version, receipt, command.report.at, promised)
    told = told.reported(draft.version, command.report)
    if told != conversation:
        await commit(ports, told, *_follows(told, command))
    return NOTHING


async def _of_another(conversation: Conversation, command: RecordReport, ports: Ports) -> bool:
    """It may be about a reply that another conversation with this buyer sent by this channel."""
    for link in conversation.links:
        other = await ports.store.load(link.other) if link.state == "same" else None
        draft = other.reply_of(command.report) if other else None
        if draft and draft.via == conversation.id:
            theirs = RecordReport(conversation_id=link.other, report=command.report)
            await ports.store.enqueue(theirs, once=f"{command.report.once}:{link.other}")
            return True
    return False


def _follows(conversation: Conversation, command: RecordReport) -> tuple[Work, ...]:
    """A reply that never arrived leaves a buyer who waits for one."""
    if command.report.kind != "failed" or conversation.draft is not None:
        return ()
    return (DraftReply(conversation_id=conversation.id, seq=conversation.last_seq),)


# ── files of buyers ──────────────────────────────────────────────────────────


def fetching(conversation: Conversation, ports: Ports) -> tuple[FetchAttachments, ...]:
    """What is to be done where the newest message has files that only the channel holds."""
    message = conversation.messages[-1]
    if _fetcher(conversation, ports) is None or not any(_wanted(a) for a in message.attachments):
        return ()
    return (FetchAttachments(conversation_id=conversation.id, message=message.id),)


def _fetcher(conversation: Conversation, ports: Ports) -> MediaChannel | None:
    channel = ports.channels.get(conversation.channel)
    return cast(MediaChannel, channel) if hasattr(channel, "fetch") else None


def _wanted(file: Attachment) -> bool:
    return file.sha256 is None and file.url is not None and file.trouble is None


async def fetch_attachments(
    command: FetchAttachments, actor: Actor, ports: Ports, _: Words
) -> Answer:
    """Raises: Unavailable, where the channel can be asked again."""
    conversation = await load(ports, command.conversation_id)
    channel = _fetcher(conversation, ports)
    message = next((one for one in conversation.messages if one.id == command.message), None)
    if channel is None or message is None:
        return NOTHING
    files = [await _fetched(one, conversation, channel) for one in message.attachments]
    if tuple(files) != message.attachments:
        await commit(ports, conversation.with_files(message.id, tuple(files), ports.now()))
    return NOTHING


async def _fetched(file: Attachment, of: Conversation, channel: MediaChannel) -> Attachment:
    if not _wanted(file):
        return file
    try:
        async with asyncio.timeout(FETCH_PATIENCE_S):
            return await channel.fetch(file, of)
    except (Rejected, TooLarge) as error:
        return file.model_copy(update={"trouble": error.text})
    except TimeoutError:
        raise Unavailable(say("The channel did not answer.")) from None
