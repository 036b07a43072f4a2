"""Dead letters: shown where the team looks, replayed when the cause is gone."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

from assistant.commands import AlertRoom, ReplayFailure, ShowFailure, subject
from assistant.desk.handling import NOTHING, commit, leads_only
from assistant.errors import NotFound, Unsure
from assistant.model import Actor, Problem
from assistant.ports import Failed, Ports
from assistant.surface.cards import Alert, Answer
from assistant.surface.labels import failed_work
from assistant.words import Text, Words, say, words


async def show_failure(command: ShowFailure, actor: Actor, ports: Ports, _: Words) -> Answer:
    """On the conversation's card where there is one, and in every room."""
    text = say(
        "{what}. A lead can replay it. Cause: {cause}",
        what=failed_work(command.what),
        # Where the cause is one of our sentences, it is said in the reader's language.
        cause=Text(id=command.cause),
    )
    conversation = await ports.store.load(command.conversation_id)
    if conversation is not None:
        problem = Problem(text=text, at=ports.now(), failed_id=command.failed_id)
        known = conversation.with_problem(problem)
        # A card that can't be shown is not shown again for saying so: it would fail for ever.
        card = command.what == "show_conversation"
        await (ports.store.commit(known) if card else commit(ports, known))
    for room in ports.rooms:
        alert = AlertRoom(
            conversation_id=command.conversation_id,
            room=room,
            title=say("Something failed for good"),
            text=text,
            failed_id=command.failed_id,
            about=command.cause if command.what == "show_conversation" else "",
        )
        await ports.store.enqueue(alert, once=f"alert:{command.failed_id}:{room}")
    return NOTHING


ALERT_AGAIN = timedelta(hours=1)


async def alert_room(command: AlertRoom, actor: Actor, ports: Ports, _: Words) -> Answer:
    """In that room alone, so that one that is down repeats nothing in the others.

    What may be there already is not said again.
    """
    room = ports.rooms.get(command.room)
    told = f"alerted:{command.room}:{command.about}"
    if room is None or (command.about and await ports.store.kept(told)):
        return NOTHING
    translate = words(room.language)
    alert = Alert(
        title=translate(command.title),
        text=translate(command.text),
        conversation_id=command.conversation_id,
        failed_id=command.failed_id,
    )
    with suppress(Unsure):
        await room.alert(alert)
    if command.about:
        await ports.store.keep(told, "1", ALERT_AGAIN)
    return NOTHING


async def replay_failure(
    command: ReplayFailure, actor: Actor, ports: Ports, words: Words
) -> Answer:
    leads_only(actor, say("replay a failed command"))
    failure = await ports.store.failure(command.failed_id)
    gone = say("There is no failed command {id} any more.", id=command.failed_id)
    if failure is None:
        raise NotFound(gone)
    # Before it is replayed: where a worker commits meanwhile, all of this runs once more, and
    # must find the failure again.
    await _no_longer_shown(failure, ports)
    if not await ports.store.replay(command.failed_id):
        raise NotFound(gone)
    return Answer(text=words(say("Replayed. Its card shows what becomes of it.")))


async def _no_longer_shown(failure: Failed, ports: Ports) -> None:
    """Its card says no more that it failed; if it fails again, that is a failure of its own."""
    conversation = await ports.store.load(subject(failure.command))
    if conversation and conversation.problem and conversation.problem.failed_id == failure.id:
        await commit(ports, conversation.model_copy(update={"problem": None}))
