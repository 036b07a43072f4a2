"""What people do with drafts is kept, and repeated edits become a proposal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from assistant.commands import ApproveDraft, DiscardDraft, WriteReply
from assistant.drafting.learning import sentences, similarity
from assistant.evaluating.judge import misses
from assistant.evaluating.run import came_of
from assistant.evaluating.situations import load_samples
from assistant.evaluating.suggest import Suggester, files, told
from assistant.evaluating.taught import lessons
from assistant.model import (
    Actor,
    Buyer,
    BuyerId,
    Conversation,
    ConversationId,
    PersonId,
    Rewording,
    Use,
)
from assistant.playbooks import Playbooks
from assistant.proving.library import Library
from assistant.proving.trial import tried
from connectors.models.offline import OfflineDrafter
from tests.fakes import MARIA, OLGA, World

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
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


async def same_edit(
    world: World, old: str, new: str, times: int, agents: tuple[Actor, ...]
) -> None:
    """The same words put in the place of the same others, in that many drafts."""
    n = done = 0
    while done < times:
        n += 1
        about = await drafted(world, n)
        text = world.draft(about).text
        if old in text:
            await edits(world, about, text.replace(old, new), agents[done % len(agents)])
            done += 1


async def taught(world: World) -> list[Conversation]:
    return list(await world.store.taught(world.clock() - timedelta(days=90), 100))


async def test_the_same_edit_by_several_becomes_a_diff_that_a_situation_proves(
    world: World, tmp_path: Path
) -> None:
    await same_edit(world, "look into it straight away", "look into it at once", 3, (OLGA, MARIA))
    found = lessons(await taught(world), world.playbooks)
    assert [(one.lesson.key, one.drafts, one.agents) for one in found] == [("then.look", 3, 2)]

    [made] = Suggester().suggestions(found)
    shown = "\n".join(line.text for line in told(made))
    [minus] = [line for line in made.diff if line.startswith("-  ")]
    [plus] = [line for line in made.diff if line.startswith("+  ")]
    assert minus[1:].replace("it straight away", "it at once") == plus[1:]
    assert "in 3 drafts, by 2 people" in shown
    assert made.file == "playbooks/phrases/en.md"

    for path, text in files([made]).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    [sample] = [one for one in load_samples(tmp_path) if one.id.endswith("-then-look")]
    changed = await came_of(sample, Playbooks.load(tmp_path), OfflineDrafter())
    unchanged = await came_of(sample, world.playbooks, OfflineDrafter())
    assert misses(changed) == ()
    assert {one.key for one in misses(unchanged)} == {"says", "never"}
    assert world.playbooks.version == Playbooks.shipped().version  # nothing changed by itself


async def test_too_few_drafts_or_agents_teach_nothing(world: World) -> None:
    await same_edit(world, "look into it straight away", "look into it at once", 3, (OLGA,))
    conversations = await taught(world)

    assert lessons(conversations, world.playbooks) == []
    assert lessons(conversations, world.playbooks, drafts=4, agents=1) == []
    assert len(lessons(conversations, world.playbooks, agents=1)) == 1


def edited(n: int, before: str, after: str, by: str = "console:olga") -> Conversation:
    """A conversation in which a model's draft was changed."""
    use = Use(
        version=1,
        drafter="model",
        became="edited",
        at=NOW,
        by=PersonId(by),
        language="en",
        intent="damaged",
        kept=0.9,
        changes=(Rewording(before=before, after=after),),
    )
    about = ConversationId(f"webchat:{n}")
    return Conversation(
        id=about,
        channel="webchat",
        thread_key=str(n),
        buyer=Buyer(id=BuyerId(f"webchat:{n}"), name="A"),
        opened_at=NOW,
        uses=(use,),
    )


def test_words_of_a_model_become_words_to_avoid_with_a_case(
    playbooks: Playbooks, tmp_path: Path
) -> None:
    before, after = "We will expedite the shipment.", "We will send the parcel sooner."
    people = ("console:olga", "console:maria")
    found = lessons([edited(n, before, after, people[n % 2]) for n in range(3)], playbooks)
    assert [(one.lesson.old, one.lesson.new) for one in found] == [
        ("expedite the shipment", "send the parcel sooner")
    ]

    [made] = Suggester().suggestions(found)
    assert "+  - {better: send the parcel sooner, words: [expedite the shipment]}" in made.diff

    for path, text in files([made]).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    library = Library.load(tmp_path, own=True)
    assert [tried(one, library.playbooks).misses for one in library.cases] == [()]


def test_what_stands_around_the_carriers_name_is_a_wording_too(
    playbooks: Playbooks, tmp_path: Path
) -> None:
    """Else a proposal named one carrier, or none was made."""
    before = "I am opening an inquiry with {carrier} today."
    after = "I am asking {carrier} to search for your parcel today."
    people = ("console:olga", "console:maria")
    many = [edited(n, before, after, people[n % 2]) for n in range(3)]
    of_phrases = [
        one.model_copy(
            update={"uses": (one.uses[0].model_copy(update={"phrases": ("do.inquiry",)}),)}
        )
        for one in many
    ]
    [found] = lessons(of_phrases, playbooks)
    [made] = Suggester().suggestions([found])

    assert lessons(many, playbooks) == []
    assert found.lesson.key == "do.inquiry"
    assert "I am asking {carrier} to search for your parcel today." in made.overlay[1]
    assert made.proof
    assert "{carrier}" not in made.proof[1]


def test_names_in_a_proposal_keep_their_capitals(playbooks: Playbooks) -> None:
    before, after = "Please contact the Post Office.", "Please ring Royal Mail, who have it there."
    people = ("console:olga", "console:maria")
    found = lessons([edited(n, before, after, people[n % 2]) for n in range(3)], playbooks)
    [made] = Suggester().suggestions(found)

    assert "Royal Mail" in found[0].lesson.new
    assert sum(line.startswith("+ ") for line in made.diff) == 1, "the entry is one line"


def test_what_is_a_buyers_is_never_proposed(playbooks: Playbooks) -> None:
    before, after = "We write to {name} today.", "We write to {name} and {number} tomorrow."

    assert lessons([edited(n, before, after) for n in range(5)], playbooks, agents=1) == []


def test_sentences_end_as_in_each_script() -> None:
    assert sentences("Hi. How are you?\nFine") == ["Hi.", "How are you?", "Fine"]
    assert sentences("已经退款了。明天到。") == ["已经退款了。", "明天到。"]
    assert similarity("a b c d", "a b c x") == 0.75
