"""A person's own words: the form they write in, what the review says, and out by the same press."""

from __future__ import annotations

from assistant.commands import CheckText, OpenReply, PreviewTranslation, WriteReply
from assistant.desk.answers import begun_with
from assistant.desk.goodwill import standing_of
from assistant.desk.handling import load
from assistant.desk.previewing import held, needed, shown_to
from assistant.desk.sending import approve, may_override
from assistant.desk.situation import brief_as_known
from assistant.drafting.brief import Brief
from assistant.drafting.carriage import offered_template, template_of
from assistant.drafting.review import review
from assistant.errors import Stale, Unavailable
from assistant.model import Actor, Attachment, Conversation, Draft, Finding, why_not
from assistant.ports import Ports
from assistant.surface.cards import Answer, Checked
from assistant.surface.conversation import checked, reply_form
from assistant.words import Words, say


async def open_reply(command: OpenReply, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    if command.answer:
        return Answer(form=begun_with(command.answer, conversation, actor, ports, words))
    draft = conversation.draft_of(command.version) if command.version is not None else None
    brief = brief_as_known(conversation, ports)
    form = reply_form(conversation, draft, brief, words, actor)
    if draft is None and (offered := offered_template(brief)):
        found = checked(_reviewed(offered, brief, conversation, ports), words)
        form = form.model_copy(
            update={"text": offered, "flags": found.flags, "checked": found.checked}
        )
    return Answer(form=form)


async def check_text(command: CheckText, actor: Actor, ports: Ports, words: Words) -> Answer:
    conversation = await load(ports, command.conversation_id)
    brief = await _brief_for(actor, conversation, ports)
    findings = _reviewed(command.text, brief, conversation, ports)
    foreign = needed(command.text, conversation) is not None
    if foreign:
        # A German sentence added to English words helps nobody: what is sent is the translation.
        nothing = {"better": None, "fix": None}
        findings = tuple(one.model_copy(update=nothing) for one in findings)
    return Answer(card=checked(findings, words).model_copy(update={"foreign": foreign}))


async def write_reply(command: WriteReply, actor: Actor, ports: Ports, words: Words) -> Answer:
    """A person's own words: reviewed like any other, and approved by the same press."""
    conversation = await load(ports, command.conversation_id)
    return await write_or_show(conversation, command, actor, ports, words)


async def write_or_show(
    conversation: Conversation,
    command: WriteReply,
    actor: Actor,
    ports: Ports,
    words: Words,
    attachments: tuple[Attachment, ...] = (),
) -> Answer:
    """Words in another language than the buyer's are shown translated first, and not sent.

    Sent again as they are, they go as they are; what was shown goes with what its writer typed.
    """
    if ports.translator is None or command.override is not None:
        return await write(conversation, command, actor, ports, words, attachments)
    _nothing_unseen(conversation, command)
    seen = await shown_to(actor, conversation.id, ports)
    means = seen.typed if seen and seen.wording == command.text else None
    insists = seen is not None and seen.read and seen.typed == command.text
    if means is None and not insists:
        shown = await _shown_first(conversation, command, actor, ports, words)
        if shown is not None:
            return Answer(card=shown)
    return await write(conversation, command, actor, ports, words, attachments, means)


async def _shown_first(
    conversation: Conversation, command: WriteReply, actor: Actor, ports: Ports, words: Words
) -> Checked | None:
    """None: the buyer reads it as it is, or there is no translation."""
    theirs = needed(command.text, conversation)
    if theirs is None:
        return None
    preview = PreviewTranslation(conversation_id=conversation.id, text=command.text)
    try:
        return await held(preview, theirs, conversation, actor, ports, words)
    except Unavailable:
        return None


async def write(
    conversation: Conversation,
    command: WriteReply,
    actor: Actor,
    ports: Ports,
    words: Words,
    attachments: tuple[Attachment, ...] = (),
    means: str | None = None,
) -> Answer:
    """The same for a conversation in hand; nothing is kept where something blocks."""
    _nothing_unseen(conversation, command)
    brief = await _brief_for(actor, conversation, ports, pressed=True)
    findings = _reviewed(command.text, brief, conversation, ports, attachments)
    may_override(findings, command.override, actor)
    if command.override is None and any(one.severity == "block" for one in findings):
        return Answer(card=checked(findings, words))
    draft = Draft(
        version=conversation.last_version + 1,
        text=command.text,
        agent_text=means,
        language=brief.language,
        drafter="agent",
        answers_seq=conversation.last_seq,
        created_at=ports.now(),
        author=actor,
        findings=findings,
        playbook_version=ports.playbooks_of(conversation.storefront).version,
        attachments=attachments,
        template=conversation.opening or template_of(command.text, brief.situation),
    )
    written = conversation.drafted(draft)
    return await approve(written, draft.version, command.override, actor, ports, words)


async def _brief_for(
    actor: Actor, conversation: Conversation, ports: Ports, *, pressed: bool = False
) -> Brief:
    """With what *actor* may decide, and may still give away this week."""
    standing = await standing_of(conversation, actor.id, ports, pressed=pressed)
    return brief_as_known(conversation, ports, standing, by_lead=actor.leads)


def _reviewed(
    text: str,
    brief: Brief,
    conversation: Conversation,
    ports: Ports,
    files: tuple[Attachment, ...] = (),
) -> tuple[Finding, ...]:
    return review(text, brief, ports.playbooks_of(conversation.storefront), files=files)


def _nothing_unseen(conversation: Conversation, command: WriteReply) -> None:
    """Raises Stale where the draft or the buyer's words changed under the writer's hands."""
    if command.based_on is not None:
        draft = conversation.draft_of(command.based_on)
        if draft.state != "proposed":
            raise Stale(
                say("{why} Your words are kept: check them and send again.", why=why_not(draft))
            )
    if command.seen_seq is None:
        return
    if any(one.author == "buyer" and one.seq > command.seen_seq for one in conversation.messages):
        raise Stale(
            say(
                "{buyer} wrote again. Your words are kept: read it, then send again.",
                buyer=conversation.buyer.name or conversation.buyer.id,
            )
        )
