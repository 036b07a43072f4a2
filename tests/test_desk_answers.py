"""Answers at the desk: quick replies, look-ups, and what nobody knew (S2.1, S3.2, S3.5, S4.6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from assistant.commands import (
    AnswerQuestion,
    FindAnswers,
    LookUp,
    OpenForm,
    OpenReply,
    ReportUnanswered,
    ShowHome,
    ShowQueue,
    ShowUnanswered,
    WriteReply,
)
from assistant.errors import Forbidden, NotFound
from assistant.model import Conversation, ConversationId, StorefrontId
from assistant.playbooks import Playbooks
from assistant.ports import Store
from assistant.surface.cards import Form, HomeCard, InfoCard, QueueCard, ReplyForm
from connectors.demo import PLAYBOOKS
from connectors.notebook import FolderNotebook
from tests.fakes import LENA_LEAD, MARIA, OLGA, FakeShop, World

DISHWASHER = "Hello, can I put the Ines teapot in the dishwasher?"


@pytest.fixture(scope="module")
def demo() -> Playbooks:
    return Playbooks.load(PLAYBOOKS)


@pytest.fixture
def desk(store: Store, demo: Playbooks) -> World:
    return World(store, demo)


async def test_the_card_offers_answers_and_says_what_to_mind(desk: World) -> None:
    """S2.1, S3.2: up to three, and the cautions of the product at hand."""
    about = await desk.buyer_writes(DISHWASHER)

    card = desk.card(about)

    offered = [one for one in card.buttons if one.form == "answer"]
    assert offered[0].label == "Answer: Is the teapot dishwasher safe?"
    assert 1 <= len(offered) <= 3
    [mind] = [row for row in card.known if row.label == "Mind"]
    assert "Not for the dishwasher" in mind.value
    assert "Never put it on a hob" in mind.value


async def test_a_picked_answer_begins_a_reply_in_the_buyers_language(desk: World) -> None:
    """S4.6: adapted, reviewed, and the agent's to change before it goes."""
    about = await desk.buyer_writes("Guten Tag, darf die Teekanne Ines in die Spülmaschine?")

    answer = await desk.handle(OpenReply(conversation_id=about, answer="teapot-volume"))

    form = answer.form
    assert isinstance(form, ReplyForm)
    assert "0,9 Liter" in form.text
    assert not form.text.startswith("In die Teekanne")
    assert form.agent_text is not None
    assert "0.9 litres" in form.agent_text
    assert [flag for flag in form.flags if flag.severity == "block"] == []


async def test_a_picked_answer_is_sent_like_any_other_words(desk: World) -> None:
    about = await desk.buyer_writes(DISHWASHER)
    opened = (
        await desk.handle(OpenForm(conversation_id=about, form="answer", id="teapot-dishwasher"))
    ).opened
    assert isinstance(opened, Form)
    text = next(field.value for field in opened.fields if field.name == "text")
    assert isinstance(opened.command, WriteReply)

    await desk.handle(opened.command.model_copy(update={"text": text}))
    desk.clock.passes(minutes=1)
    await desk.work()

    drafts = (await desk.conversation(about)).drafts
    assert drafts[-1].state == "sent"
    assert "by hand" in drafts[-1].text


async def test_an_answer_that_nobody_wrote_in_the_buyers_language_is_the_teams(
    desk: World,
) -> None:
    about = await desk.buyer_writes("¿La tetera aguanta agua hirviendo?")

    form = (await desk.handle(OpenReply(conversation_id=about, answer="teapot-volume"))).form

    assert form is not None
    assert form.text.startswith("The teapot Ines holds 0.9 litres")


async def test_answers_are_found_by_words_for_one_pair_of_eyes(desk: World) -> None:
    """S3.5: with their source, and a press to use one here."""
    about = await desk.buyer_writes("Hola")

    answer = await desk.handle(FindAnswers(query="boiling water teapot", about=about))

    first = answer.cards[0] if answer.cards else answer.card
    assert isinstance(first, InfoCard)
    assert first.title == "Can I pour boiling water into the teapot?"
    assert first.note == "From Product sheets of Blaue Stunde, autumn 2026, 2026-11-02."
    assert [button.command for button in first.buttons] == [
        OpenReply(conversation_id=about, answer="teapot-boiling-water")
    ]


async def test_outside_of_a_conversation_there_is_nothing_to_press(desk: World) -> None:
    answer = await desk.handle(FindAnswers(query="怎么付款"), language="zh-Hans")

    card = answer.cards[0] if answer.cards else answer.card
    assert isinstance(card, InfoCard)
    assert (card.title, card.buttons) == ("怎么付款？", ())


async def test_a_look_up_that_no_shop_knows_is_looked_for_in_the_answers(desk: World) -> None:
    desk.shop = FakeShop()

    answer = await desk.handle(LookUp(what="any", query="gift wrapping"))

    card = answer.cards[0] if answer.cards else answer.card
    assert isinstance(card, InfoCard)
    assert card.title == "Do you offer gift wrapping?"


async def test_nothing_fitting_is_said(desk: World) -> None:
    with pytest.raises(NotFound, match="Nobody wrote an answer"):
        await desk.handle(FindAnswers(query="xyzzy"))


# ── what nobody knew ─────────────────────────────────────────────────────────


async def unknown(desk: World, text: str = "Can the vase stand in frost?") -> ConversationId:
    about = await desk.buyer_writes(text)
    await desk.handle(ReportUnanswered(conversation_id=about), OLGA)
    await desk.work()
    return about


async def test_what_nobody_knows_becomes_a_task_for_leads(desk: World) -> None:
    about = await unknown(desk)

    home = (await desk.handle(ShowHome(), LENA_LEAD)).card
    assert isinstance(home, HomeCard)
    [group] = [one for one in home.groups if one.title == "Nobody knew"]
    assert [row.excerpt for row in group.rows] == ["Can the vase stand in frost?"]
    queue = (await desk.handle(ShowQueue(), LENA_LEAD)).card
    assert isinstance(queue, QueueCard)
    assert queue.counts["unanswered"] == 1
    agents = (await desk.handle(ShowHome(), MARIA)).card
    assert isinstance(agents, HomeCard)
    assert [one.title for one in agents.groups if one.title == "Nobody knew"] == []
    assert "Nobody knows yet" in (await desk.conversation(about)).notes[-1].text


async def test_the_same_question_twice_is_one_task(desk: World) -> None:
    about = await unknown(desk)

    await desk.handle(ReportUnanswered(conversation_id=about), MARIA)

    card = (await desk.handle(ShowUnanswered(), LENA_LEAD)).card
    assert isinstance(card, InfoCard)
    assert card.title == "Questions nobody could answer: 1"


async def test_a_lead_writes_the_answer_down_and_it_is_found(
    store: Store, demo: Playbooks, tmp_path: Path
) -> None:
    """Closed by a file that `playbook check` accepts, and noted where it was asked."""
    desk = World(store, demo)
    desk.notebook = FolderNotebook({desk.settings.storefronts[0].id: tmp_path})
    about = await unknown(desk)
    shown = await desk.handle(ShowUnanswered(), LENA_LEAD)
    [button] = shown.cards[0].buttons
    assert isinstance(button.command, AnswerQuestion)

    form = (await desk.handle(opening(button.command), LENA_LEAD)).opened
    assert isinstance(form, Form)
    assert [field.name for field in form.fields] == ["text", "reason"]
    filled = button.command.model_copy(
        update={"text": "No: frost can crack the glaze.", "reason": "The potter, by telephone"}
    )
    told = await desk.handle(filled, LENA_LEAD)

    assert (told.text or "").startswith("Kept in ")
    later = Playbooks.load(PLAYBOOKS, tmp_path)
    [written] = [one for one in later.answers if one.id == button.command.id]
    assert written.says_in("en") == "No: frost can crack the glaze."
    assert written.source == "The potter, by telephone"
    assert "frost can crack" in (await desk.conversation(about)).notes[-1].text
    card = (await desk.handle(ShowUnanswered(), LENA_LEAD)).card
    assert isinstance(card, InfoCard)
    assert card.title == "Questions nobody could answer: 0"


def opening(command: AnswerQuestion) -> OpenForm:
    return OpenForm(conversation_id=ConversationId(""), form="know", id=command.id)


async def test_where_nothing_can_be_written_the_file_is_shown(desk: World, tmp_path: Path) -> None:
    await unknown(desk)
    [one] = (await desk.handle(ShowUnanswered(), LENA_LEAD)).cards
    command = one.buttons[0].command
    assert isinstance(command, AnswerQuestion)

    told = await desk.handle(
        command.model_copy(update={"text": "No.", "reason": "The potter"}), LENA_LEAD
    )

    assert isinstance(told.card, InfoCard)
    lines = told.card.sections[0].lines
    assert "kind: answer" in lines
    pasted = tmp_path / "answers" / told.card.title
    pasted.parent.mkdir()
    pasted.write_text("\n".join(line.lstrip() for line in lines), "utf-8")
    [answer] = [one for one in Playbooks.load(tmp_path).answers if one.id == command.id]
    assert answer.says_in("en") == "No."
    assert (told.text or "").startswith("Parley can't write there.")


class Meddled:
    """A store in which somebody else changes a conversation right after it was read, once."""

    def __init__(self, store: Store) -> None:
        self._store, self._left = store, 1

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def load(self, id: ConversationId) -> Conversation | None:
        found = await self._store.load(id)
        if found is not None and self._left:
            self._left -= 1
            await self._store.commit(found.noted("Meanwhile", MARIA, found.opened_at))
        return found


async def test_who_asked_reads_the_answer_whoever_else_writes(desk: World, tmp_path: Path) -> None:
    desk.notebook = FolderNotebook({desk.settings.storefronts[0].id: tmp_path})
    about = await unknown(desk)
    [one] = (await desk.handle(ShowUnanswered(), LENA_LEAD)).cards
    command = one.buttons[0].command
    desk.store = cast(Store, Meddled(desk.store))

    told = await desk.handle(
        command.model_copy(update={"text": "No.", "reason": "The potter"}), LENA_LEAD
    )

    assert (told.text or "").startswith("Kept in ")
    assert [one.text for one in (await desk.conversation(about)).notes][-2:] == [
        "Meanwhile",
        "The answer: No.",
    ]


async def test_a_file_that_is_ours_already_is_kept(tmp_path: Path) -> None:
    """Stopped between writing it and saying so, the answer is written again."""
    notebook = FolderNotebook({StorefrontId("a"): tmp_path})
    place = await notebook.write(StorefrontId("a"), "one.md", "the same")

    assert place is not None
    assert await notebook.write(StorefrontId("a"), "one.md", "the same") == place


async def test_only_a_lead_writes_answers_down(desk: World) -> None:
    with pytest.raises(Forbidden):
        await desk.handle(AnswerQuestion(id="x", text="So.", reason="me"), MARIA)


async def test_a_file_that_is_there_is_never_replaced(tmp_path: Path) -> None:
    notebook = FolderNotebook({StorefrontId("a"): tmp_path})
    await notebook.write(StorefrontId("a"), "one.md", "first")

    again = await notebook.write(StorefrontId("a"), "one.md", "second")

    assert again is None
    assert (tmp_path / "answers" / "one.md").read_text() == "first"
