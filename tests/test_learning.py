"""What people do with drafts is kept, and repeated edits become a proposal: issue 5, learning."""

from __future__ import annotations

from datetime import timedelta

from assistant.commands import ApproveDraft, DiscardDraft, WriteReply
from assistant.drafting.learning import sentences, similarity
from assistant.model import Actor, ConversationId, Use
from connectors.models.offline import OfflineDrafter
from tests.fakes import MARIA, OLGA, World

ASKS = "Hello, where is my parcel? I ordered two weeks ago."


async def drafted(world: World, n: int = 1, text: str = ASKS) -> ConversationId:
    """A conversation of its own with a draft of the real composer's."""
    world.drafter = OfflineDrafter()  # type: ignore[assignment]  # the real one in its place
    return await world.buyer_writes(text, n, thread_key=f"t{n}")


async def edits(world: World, about: ConversationId, text: str, actor: Actor = OLGA) -> Use:
    """*actor* sends *text* instead of the draft, and it leaves."""
    draft = (await world.conversation(about)).drafts[-1]
    await world.handle(WriteReply(conversation_id=about, text=text, based_on=draft.version), actor)
    return await left(world, about)


async def left(world: World, about: ConversationId) -> Use:
    await world.work()
    world.clock.passes(seconds=9)
    await world.work()
    [use] = (await world.conversation(about)).uses
    return use


async def test_a_draft_that_is_sent_as_it_was_is_kept_as_used(world: World) -> None:
    about = await drafted(world)
    draft = world.draft(about)
    await world.handle(ApproveDraft(conversation_id=about, version=draft.version))

    use = await left(world, about)

    assert (use.became, use.kept, use.by) == ("used", 1.0, OLGA.id)
    assert (use.language, use.intent, use.drafter) == ("en", "where_is_my_order", "offline")
    assert "ask.order_number" in use.phrases
    assert use.playbook_version == world.playbooks.version


async def test_an_edit_is_kept_sentence_by_sentence_without_what_is_the_buyers(
    world: World,
) -> None:
    about = await drafted(world)
    text = world.draft(about).text

    use = await edits(world, about, text.replace("straight away", "at once") + " It is 10023, no?")

    assert use.became == "edited"
    assert 0.5 < use.kept < 1
    [changed, added] = use.changes
    assert ("straight away" in changed.before, "at once" in changed.after) == (True, True)
    assert (added.before, added.after) == ("", "It is {number}, no?")


async def test_ones_own_words_are_kept_as_rewritten_without_a_comparison(world: World) -> None:
    about = await drafted(world)

    use = await edits(world, about, "My colleague Anna is looking into this with the depot today.")

    assert (use.became, use.changes) == ("rewritten", ())


async def test_what_nobody_wanted_is_kept_as_discarded(world: World) -> None:
    about = await drafted(world)
    await world.handle(DiscardDraft(conversation_id=about, version=world.draft(about).version))

    [use] = (await world.conversation(about)).uses

    assert use.became == "discarded"


async def test_what_the_buyer_overtook_is_kept_as_outdated_and_only_once(world: World) -> None:
    about = await drafted(world)
    await world.buyer_writes("Never mind, it came.", 2, thread_key="t1")

    uses = (await world.conversation(about)).uses

    assert [(one.version, one.became) for one in uses] == [(1, "outdated")]


async def test_an_edit_that_waits_out_its_undo_time_is_nothing_yet(world: World) -> None:
    about = await drafted(world)
    text = world.draft(about).text
    await world.handle(WriteReply(conversation_id=about, text=text + " Soon.", based_on=1))

    assert (await world.conversation(about)).uses == ()


async def test_names_never_stand_in_what_is_kept(world: World) -> None:
    """They would be in a proposal else, and in the hands of whoever reads it."""
    about = await drafted(world)
    name = (await world.conversation(about)).buyer.name
    assert name
    text = world.draft(about).text

    use = await edits(world, about, f"{text} All the best to you, {name}, from {OLGA.name}.")

    assert name not in use.model_dump_json()
    assert use.changes[-1].after.count("{name}") == 2


async def test_who_taught_is_found_the_newest_first_and_since_when(world: World) -> None:
    for n in (1, 2):
        about = await drafted(world, n)
        await world.handle(DiscardDraft(conversation_id=about, version=1), MARIA)
        world.clock.passes(seconds=3600)

    now = world.clock()
    every = await world.store.taught(now - timedelta(days=1), 10)
    newest = await world.store.taught(now - timedelta(minutes=90), 10)

    assert [one.id[-2:] for one in every] == ["t2", "t1"]
    assert [one.id[-2:] for one in newest] == ["t2"]
    assert len(await world.store.taught(now - timedelta(days=1), 1)) == 1


def test_sentences_end_as_in_each_script() -> None:
    assert sentences("Hi. How are you?\nFine") == ["Hi.", "How are you?", "Fine"]
    assert sentences("已经退款了。明天到。") == ["已经退款了。", "明天到。"]
    assert similarity("a b c d", "a b c x") == 0.75
