"""Other wordings of a draft: shorter, warmer, more formal, or just another; the same facts."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import pytest

from assistant.commands import (
    ApproveDraft,
    DiscardDraft,
    DraftReply,
    Manner,
    OpenConversation,
    RegenerateDraft,
    ShowConversation,
    UndoApproval,
    Wish,
    WriteReply,
)
from assistant.drafting.brief import Brief
from assistant.drafting.compose import compose
from assistant.drafting.places import known_as
from assistant.drafting.prepare import brief_from
from assistant.drafting.review import review
from assistant.errors import NotFound, Refused, Stale
from assistant.model import PARLEY, ConversationId, Emotion, Proposal, Understanding
from assistant.playbooks import Playbooks
from assistant.surface.cards import ConversationCard
from assistant.surface.thread import thread_lines
from assistant.words import words
from connectors.models.offline import OfflineDrafter
from tests.drafting_cases import (
    DHL,
    SPOILT_BIRTHDAY,
    WHERE_IS_IT,
    at,
    parcel,
    situation,
    teapot_order,
    waiting_order,
)
from tests.fakes import MARIA, OLGA, World
from tests.test_compose import MATRIX, orders

LANGUAGES = ("en", "de", "zh-Hans")
MANNERS: tuple[Manner, ...] = ("again", "shorter", "warmer", "more_formal")
HERE = ConversationId("webchat:v1")
WORRIED = WHERE_IS_IT.model_copy(update={"emotion": Emotion(kind="worry", strength=0.5)})
LETTER = {"channel": "email", "signature": "Olga"}
CASES: dict[str, tuple[Understanding, dict[str, Any]]] = {
    "a spoilt birthday": (
        SPOILT_BIRTHDAY,
        {"order": teapot_order(), "name": "Frau Lena Weber", "photos": 1, **LETTER},
    ),
    "a parcel on its way": (WHERE_IS_IT, {"order": waiting_order()}),
    "a late parcel": (WORRIED, {"order": waiting_order(parcel(eta=at(17, 12))), **LETTER}),
    "a delivered parcel": (
        WHERE_IS_IT,
        {"order": waiting_order(parcel(status="delivered", delivered_at=at(20, 9)))},
    ),
    "no order yet": (WHERE_IS_IT.model_copy(update={"order_refs": (), "given": ()}), {}),
    "thanks": (
        Understanding(intents=("thanks",), emotion=Emotion(kind="joy", strength=0.5)),
        {},
    ),
    "an invoice": (Understanding(intents=("invoice",)), LETTER),
    "stock": (Understanding(intents=("stock_question",)), {}),
}


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


@pytest.fixture
def briefed(playbooks):
    def brief(case: str, language: str) -> Brief:
        understanding, facts = CASES[case]
        spoken = understanding.model_copy(update={"language": language})
        return brief_from(situation(**facts), spoken, playbooks)

    return brief


def instead(brief: Brief, manner: Manner, *former: str) -> Brief:
    return brief.model_copy(update={"wish": Wish(manner=manner), "former": former})


def figures(text: str) -> list[str]:
    return sorted(re.findall(r"\d+", text))


# ── the composer ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", list(CASES))
@pytest.mark.parametrize("manner", MANNERS)
def test_another_wording_differs_is_honest_and_is_the_same_every_time(
    briefed, playbooks, manner, case, language
) -> None:
    brief = briefed(case, language)
    first = compose(brief, playbooks).text
    asked = instead(brief, manner, first)

    again = compose(asked, playbooks)

    assert again.text != first
    assert again == compose(asked, Playbooks.shipped())
    assert not re.search(r"[{}\[\]|]|\.\.|  | ,", again.text)
    assert objections(again, asked, playbooks) <= objections(
        Proposal(text=first, agent_text=None, language=language, drafter="offline"),
        brief,
        playbooks,
    )


def objections(proposal: Proposal, brief: Brief, playbooks: Playbooks) -> set[str]:
    """What must be said and is not, or must not and is: whatever is more than a tip."""
    found = review(proposal.text, brief, playbooks, by_agent=False)
    return {one.rule for one in found if one.severity != "tip"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", list(CASES))
def test_shorter_is_clearly_shorter(briefed, playbooks, case, language) -> None:
    brief = briefed(case, language)
    first = compose(brief, playbooks).text

    shorter = compose(instead(brief, "shorter", first), playbooks).text

    assert len(shorter) <= (0.95 if len(first) > 300 else 0.99) * len(first)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("manner", MANNERS)
def test_number_page_and_latest_event_survive_every_wording(
    briefed, playbooks, manner, language
) -> None:
    """S2.8: the three points, and the day on which we look again."""
    for case in ("a parcel on its way", "a late parcel", "a delivered parcel"):
        brief = briefed(case, language)
        first = compose(brief, playbooks).text

        text = compose(instead(brief, manner, first), playbooks).text

        assert DHL in text
        assert "https://www.dhl.de/" in text
        assert known_as("Leipzig", language) in text
        assert figures(text) == figures(first)


@pytest.mark.parametrize(
    ("language", "amount", "sorry"),
    [
        ("en", "€34.90", r"\bsorry\b|apologies"),
        ("de", "34,90 €", r"leid\b|Entschuldigung"),
        ("zh-Hans", "34.90 欧元", "抱歉|歉意"),
    ],
)
@pytest.mark.parametrize("manner", MANNERS)
def test_the_remedy_its_amount_and_one_apology_survive_every_wording(
    briefed, playbooks, manner, language, amount, sorry
) -> None:
    """S1.2: the birthday is named, one apology; what was decided is decided."""
    brief = briefed("a spoilt birthday", language)
    first = compose(brief, playbooks).text

    text = compose(instead(brief, manner, first), playbooks).text.replace("\N{NO-BREAK SPACE}", " ")

    assert amount in text
    assert len(re.findall(sorry, text)) == 1
    assert re.search("birthday|Geburtstag|生日", text)
    assert "Olga" in text
    assert set(figures(text)) <= set(figures(first))


def test_shorter_keeps_the_choice_of_a_buyer_who_named_no_wish(playbooks) -> None:
    """Who asked for the money needs no other offer; who asked for nothing may choose."""
    unasked = SPOILT_BIRTHDAY.model_copy(update={"wishes": (), "language": "en"})
    brief = brief_from(situation(order=teapot_order()), unasked, playbooks)
    text = compose(brief, playbooks).text

    for _ in range(3):
        try:
            text = compose(instead(brief, "shorter", text), playbooks).text
        except Refused:
            break
        assert "“refund”" in text


def test_shorter_again_is_shorter_still_until_nothing_can_be_left_out(briefed, playbooks) -> None:
    brief = briefed("a spoilt birthday", "en")
    texts = [compose(brief, playbooks).text]

    def press_until_refused() -> None:
        for _ in range(9):
            texts.append(compose(instead(brief, "shorter", *texts), playbooks).text)

    with pytest.raises(Refused, match="can't be said shorter"):
        press_until_refused()

    lengths = [len(text) for text in texts]
    assert lengths == sorted(set(lengths), reverse=True)
    assert len(texts) >= 3


def test_another_wording_is_none_of_those_before_and_comes_to_an_end(briefed, playbooks) -> None:
    brief = briefed("no order yet", "en")
    texts = [compose(brief, playbooks).text]

    for _ in range(3):
        texts.append(compose(instead(brief, "again", *texts), playbooks).text)
    assert len(set(texts)) == 4

    for _ in range(30):
        following = compose(instead(brief, "again", *texts), playbooks).text
        assert following != texts[-1], "never the text that it replaces"
        texts.append(following)


@pytest.mark.parametrize("case", list(CASES))
def test_more_formal_english_contracts_nothing_and_uses_the_whole_name(
    briefed, playbooks, case
) -> None:
    brief = briefed(case, "en")

    text = compose(instead(brief, "more_formal"), playbooks).text

    assert not re.search(r"\w['’](ll|ve|re|m|d|t)\b", text)
    assert not re.match(r"Hi|Hello", text)
    assert re.match(r"Dear (Tom Brandt|Ms Weber)|Good day", text)


@pytest.mark.parametrize("case", list(CASES))
def test_more_formal_german_says_sie_and_addresses_by_title(briefed, playbooks, case) -> None:
    brief = briefed(case, "de")

    text = compose(instead(brief, "more_formal"), playbooks).text

    assert re.search(r"\b(Sie|Ihnen|Ihre?[nmrs]?)\b", text)
    assert not re.search(r"\b(Hallo|du|dir|euch|schaue)\b", text)
    assert text.startswith("Sehr geehrte Frau Weber," if "birthday" in case else "Guten Tag ")


@pytest.mark.parametrize("case", list(CASES))
def test_more_formal_chinese_keeps_its_distance(briefed, playbooks, case) -> None:
    brief = briefed(case, "zh-Hans")

    text = compose(instead(brief, "more_formal"), playbooks).text

    assert "您" in text
    assert not re.search("就行|给您消息|帮您|吧。", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", list(CASES))
def test_warmer_says_more_and_leaves_the_door_open(briefed, playbooks, case, language) -> None:
    brief = briefed(case, language)
    first = compose(brief, playbooks).text

    text = compose(instead(brief, "warmer", first), playbooks).text

    assert text != first
    if case not in ("thanks", "stock"):  # they close with an open door anyway
        assert len(text) > len(first)


def test_a_buyer_who_is_upset_is_understood_before_anybody_is_thanked(briefed, playbooks) -> None:
    """S1.2"""
    text = compose(instead(briefed("a spoilt birthday", "en"), "warmer"), playbooks).text

    opening = text.split("\n\n")[1]
    assert opening.startswith("The teapot")
    assert "hank" not in opening


@pytest.mark.parametrize("manner", MANNERS)
def test_the_agents_text_follows_the_wording(briefed, playbooks, manner) -> None:
    """S3.1: what the agent reads is what the buyer will."""
    brief = briefed("a late parcel", "de")
    first = compose(brief, playbooks)

    again = compose(instead(brief, manner, first.text), playbooks)

    assert again.agent_text is not None
    assert again.agent_text != first.agent_text
    assert figures(again.agent_text)[:3] == figures(first.agent_text or "")[:3]


@pytest.mark.parametrize("manner", MANNERS)
def test_no_wording_of_the_matrix_has_a_block(playbooks, manner) -> None:
    """Whatever is composed may be sent, in every manner."""
    blocked = []
    for language, market, intent, kind, channel, platform, n in MATRIX[::3]:
        order = orders(market or "FR")[n]
        understanding = Understanding(
            language=language,
            intents=(intent,),
            emotion=Emotion(kind=kind, strength=0.5),
            order_refs=(order.ref,) if order else (),
            given=("order_number", "photo") if order else (),
            details={"product_key": "teapot", "part_key": "spout"},
        )
        at_hand = situation(
            order=order, market=market, channel=channel, platform=platform, signature="Olga"
        )
        brief = instead(brief_from(at_hand, understanding, playbooks), manner)
        text = compose(brief, playbooks).text
        found = review(text, brief, playbooks, by_agent=False)
        blocked += [(one.rule, str(one.message), text) for one in found if one.severity == "block"]

    assert blocked == []


def test_warmth_never_costs_more_room_than_the_channel_has(playbooks) -> None:
    at_hand = situation(order=teapot_order(), max_chars=330, photos=1)
    brief = brief_from(at_hand, SPOILT_BIRTHDAY.model_copy(update={"language": "en"}), playbooks)

    assert len(compose(instead(brief, "warmer"), playbooks).text) <= 330


def test_an_instruction_needs_a_model(briefed, playbooks) -> None:
    wish = Wish(manner="warmer", instruction="Mention the gift wrap.")
    brief = briefed("thanks", "en").model_copy(update={"wish": wish})

    with pytest.raises(Refused, match="Without a language model"):
        compose(brief, playbooks)


# ── at the desk ──────────────────────────────────────────────────────────────


@pytest.fixture
def offline(world: World) -> World:
    world.drafter = OfflineDrafter()
    return world


async def regenerate(world: World, version: int = 1, actor=OLGA, **wish: Any):
    return await world.handle(RegenerateDraft(conversation_id=HERE, version=version, **wish), actor)


async def lines(world: World) -> list[str]:
    log = [entry for _, entry in await world.store.log(HERE)]
    return [line.text for line in thread_lines(log, words("en"))]


@pytest.mark.parametrize("manner", MANNERS)
async def test_a_draft_is_worded_anew_and_the_old_one_is_outdated(
    offline: World, manner: Manner
) -> None:
    await offline.buyer_writes("Where is my parcel? It is so late, I am worried.")
    answer = await regenerate(offline, manner=manner)
    await offline.work()

    conversation = await offline.conversation(HERE)
    first, second = conversation.drafts
    assert answer.text == "Another wording is on its way."
    assert (first.state, second.state) == ("outdated", "proposed")
    assert "wrote a new version" in str(first.reason)
    assert second.text != first.text
    assert (second.version, second.answers_seq, second.drafter) == (2, 1, "offline")
    assert offline.draft(HERE).version == 2


async def test_wordings_can_be_asked_for_again_and_again(offline: World) -> None:
    await offline.buyer_writes("Where is my parcel?")
    for version in range(1, 5):
        await regenerate(offline, version)
        await offline.work()

    texts = [draft.text for draft in (await offline.conversation(HERE)).drafts]
    assert len(set(texts)) >= 4
    assert all(one != other for one, other in pairwise(texts))


async def test_two_presses_at_once_make_one_new_version(offline: World) -> None:
    """Pain 9: the second finds that its version is not proposed any more."""
    await offline.buyer_writes("Where is my parcel?")
    await regenerate(offline, manner="shorter")
    await regenerate(offline, manner="warmer", actor=MARIA)
    await offline.work()

    assert (await offline.conversation(HERE)).last_version == 2
    with pytest.raises(Stale, match="outdated"):
        await regenerate(offline, 1)


async def test_a_draft_that_was_approved_meanwhile_leaves_as_it_was(offline: World) -> None:
    await offline.buyer_writes("Where is my parcel?")
    await regenerate(offline)
    await offline.handle(ApproveDraft(conversation_id=HERE, version=1), MARIA)
    text = (await offline.conversation(HERE)).draft_of(1).text
    await offline.work()
    offline.clock.passes(seconds=60)
    await offline.work()

    assert [one.text for one in offline.channel.accepted] == [text]
    assert (await offline.conversation(HERE)).last_version == 1


async def test_a_buyer_who_writes_meanwhile_gets_a_draft_of_their_own(offline: World) -> None:
    await offline.buyer_writes("Where is my parcel?")
    await regenerate(offline)
    await offline.buyer_writes("And please send an invoice.", n=2)

    conversation = await offline.conversation(HERE)
    assert [draft.answers_seq for draft in conversation.drafts][-1] == 2
    assert conversation.draft is not None
    assert conversation.draft.answers_seq == 2


@pytest.mark.parametrize("command", [ApproveDraft, DiscardDraft])
async def test_what_is_not_proposed_is_not_worded_anew(offline: World, command) -> None:
    await offline.buyer_writes("Where is my parcel?")
    await offline.handle(command(conversation_id=HERE, version=1), MARIA)

    with pytest.raises(Stale):
        await regenerate(offline)
    with pytest.raises(NotFound):
        await regenerate(offline, 9)


async def test_without_another_wording_the_draft_stays_and_the_thread_says_so(
    world: World,
) -> None:
    """The drafter of this world always writes the same."""
    await world.buyer_writes("Where is my parcel?")
    await regenerate(world)
    await world.work()

    conversation = await world.conversation(HERE)
    assert [draft.state for draft in conversation.drafts] == ["proposed"]
    assert "Draft 1 stays as it is. No other wording was found." in await lines(world)
    await world.handle(ApproveDraft(conversation_id=HERE, version=1))


async def test_shorter_than_short_is_said_in_the_thread(offline: World) -> None:
    await offline.buyer_writes("Where is my parcel?")
    for version in range(1, 6):
        if (await offline.conversation(HERE)).draft.version == version:
            await regenerate(offline, version, manner="shorter")
            await offline.work()

    assert any("can't be said shorter" in line for line in await lines(offline))
    assert offline.draft(HERE).state == "proposed"


async def test_an_instruction_without_a_model_is_refused_where_it_was_given(
    offline: World,
) -> None:
    await offline.buyer_writes("Where is my parcel?")

    with pytest.raises(Refused) as refusal:
        await regenerate(offline, instruction="Mention the gift wrap.")

    assert str(refusal.value) == (
        "Without a language model, Parley can't follow an instruction. "
        "Choose shorter, warmer or more formal, or edit it."
    )


async def test_a_model_gets_the_wish_and_what_was_there(world: World) -> None:
    world.drafter.name = "model"
    await world.buyer_writes("Where is my parcel?")
    first = (await world.conversation(HERE)).draft_of(1).text
    await regenerate(world, manner="warmer", instruction=" Mention the gift wrap. ")
    await world.work()

    brief = world.drafter.briefs[-1]
    assert brief.wish == Wish(manner="warmer", instruction="Mention the gift wrap.")
    assert brief.former == (first,)


async def test_a_person_s_own_words_are_not_worded_over(offline: World) -> None:
    await offline.buyer_writes("Where is my parcel?")
    await offline.handle(
        WriteReply(conversation_id=HERE, text="It left us today, Tom.", based_on=1)
    )
    await offline.handle(UndoApproval(conversation_id=HERE, version=2))

    with pytest.raises(Refused, match="These are Olga's words"):
        await regenerate(offline, 2)


async def test_the_same_wish_run_twice_makes_one_version(offline: World) -> None:
    """A worker that was killed runs it again."""
    await offline.buyer_writes("Where is my parcel?")
    wish = DraftReply(conversation_id=HERE, seq=1, wish=Wish(manner="warmer"), instead_of=1)
    await offline.handle(wish)
    await offline.handle(wish)

    assert (await offline.conversation(HERE)).last_version == 2


async def test_whoever_reads_another_language_reads_what_the_draft_says_in_theirs(
    offline: World,
) -> None:
    """S3.1: the desk's language is switched, or somebody's is another than the room's."""
    german = "Guten Tag, wo bleibt meine Bestellung 10023? Ich mache mir Sorgen."
    offline.shop.confirms(waiting_order())
    await offline.buyer_writes(german)

    async def told(language: str) -> str:
        answer = await offline.handle(OpenConversation(conversation_id=HERE), OLGA, language)
        assert isinstance(answer.card, ConversationCard)
        assert answer.card.draft is not None
        return answer.card.draft.agent_text or ""

    english, chinese = await told("en"), await told("zh-Hans")
    assert english.startswith("Hi")
    assert "莱比锡" in chinese or "Leipzig" in chinese
    assert sum("\u4e00" <= char <= "\u9fff" for char in chinese) > 20
    offline.room.language = "zh-Hans"
    await offline.handle(ShowConversation(conversation_id=HERE), PARLEY)
    assert offline.draft(HERE).agent_text == chinese
