"""What the team knows: looked up, used in a reply, and written down where nobody knew."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from assistant.answers import FITS, Shelf
from assistant.answers.files import answer_file, answer_id, in_lines
from assistant.commands import AnswerQuestion, FindAnswers, ReportUnanswered, ShowUnanswered
from assistant.desk.handling import commit, leads_only, load
from assistant.desk.situation import brief_as_known
from assistant.drafting.answers import asking_for, known
from assistant.drafting.brief import Brief
from assistant.drafting.compose import compose_answer
from assistant.drafting.language import UNKNOWN, detect
from assistant.drafting.review import review
from assistant.errors import Conflict, NotFound, Refused
from assistant.model import Actor, Conversation, Page, Settled, TeamAnswer, Unanswered
from assistant.ports import Ports
from assistant.surface.answers import found_card, question_card, unanswered_card
from assistant.surface.cards import Answer, InfoCard, ReplyForm, Section
from assistant.surface.conversation import checked, reply_form
from assistant.words import Words, say

MOST_FOUND = 5
RECORD = "unanswered"
"""The feed of questions and of what became of them."""
PAGES = 500
ASKED_CHARS = 1_000


async def find_answers(command: FindAnswers, actor: Actor, ports: Ports, words: Words) -> Answer:
    """For one pair of eyes: what there is, with its source, and a press to use it here."""
    about = await ports.store.load(command.about) if command.about else None
    cards = answers_found(command.query, about, ports, words)
    if not cards:
        raise NotFound(say("Nobody wrote an answer to “{query}” yet.", query=command.query[:100]))
    return several(cards, words)


def several(cards: tuple[InfoCard, ...], words: Words) -> Answer:
    """One is shown by itself; of several there is an overview first."""
    if len(cards) == 1:
        return Answer(card=cards[0])
    lines = tuple(card.title for card in cards)
    title = words(say("{n} answers match", n=len(cards)))
    return Answer(
        card=InfoCard(title=title, sections=(Section(title="", lines=lines),)), cards=cards
    )


def answers_found(
    query: str, about: Conversation | None, ports: Ports, words: Words
) -> tuple[InfoCard, ...]:
    """The cards of what fits; of the conversation's storefront, else of the first one."""
    if not query.strip():
        raise Refused(say("Say what you want to know: “answer”, then a few words."))
    storefront = about.storefront if about else ports.settings.storefronts[0].id
    brief = brief_as_known(about, ports) if about else None
    asking = asking_for(query, brief.situation if brief else None, ports.now())
    found = Shelf.of(ports.playbooks_of(storefront)).find(asking)
    spoken = brief.language if brief else None
    return tuple(
        found_card(known(one.answer), words, about.id if about else None, spoken)
        for one in found[:MOST_FOUND]
        if one.score >= FITS
    )


# ── used in a reply ──────────────────────────────────────────────────────────


def begun_with(
    id: str, conversation: Conversation, actor: Actor, ports: Ports, words: Words
) -> ReplyForm:
    """The reply form with that answer in it, adapted to the buyer, reviewed. Raises: NotFound."""
    playbooks = ports.playbooks_of(conversation.storefront)
    brief = brief_as_known(conversation, ports)
    proposal = compose_answer(brief, playbooks, _of_id(id, brief, conversation, ports))
    found = checked(review(proposal.text, brief, playbooks), words)
    form = reply_form(conversation, None, brief, words, actor)
    return form.model_copy(
        update={
            "text": proposal.text,
            "agent_text": proposal.agent_text,
            "flags": found.flags,
            "checked": found.checked,
            "overridable": found.overridable,
            "answer": id,
        }
    )


def _of_id(id: str, brief: Brief, conversation: Conversation, ports: Ports) -> TeamAnswer:
    answer = Shelf.of(ports.playbooks_of(conversation.storefront)).get(id)
    situation = brief.situation
    today = situation.now.date()
    if answer is None or not answer.holds(situation.market, situation.platform, today):
        raise NotFound(say("This answer does not hold any more. Look for another one."))
    return known(answer)


# ── what nobody knows ────────────────────────────────────────────────────────


async def report_unanswered(
    command: ReportUnanswered, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """Kept for a lead until somebody writes the answer down; the conversation notes it."""
    conversation = await load(ports, command.conversation_id)
    asked = _question(command, conversation)
    one = Unanswered(
        id=answer_id(asked, conversation.storefront),
        question=asked,
        language=conversation.understanding.language if conversation.understanding else UNKNOWN,
        conversation_id=conversation.id,
        storefront=conversation.storefront,
        skus=_skus(conversation),
        by=actor.name,
        at=ports.now(),
    )
    await _record(Page(kind="asked", asked=one), f"asked:{one.id}:{conversation.id}", ports)
    note = words(say("Nobody knows yet: {question}", question=asked))
    await commit(ports, conversation.noted(note, actor, ports.now()))
    return Answer(text=words(say("The leads see it now. Promise the buyer a time, not an answer.")))


def _question(command: ReportUnanswered, conversation: Conversation) -> str:
    """In the agent's words, else in the buyer's newest. Raises: Refused."""
    heard = [one.text for one in conversation.messages if one.author == "buyer"]
    asked = command.question.strip() or (heard[-1].strip() if heard else "")
    if not asked:
        raise Refused(say("Say what nobody knows: “unanswered”, then the question."))
    return " ".join(asked.split())[:ASKED_CHARS]


def _skus(conversation: Conversation) -> tuple[str, ...]:
    facts = conversation.facts
    stock = [one.sku for one in facts.stock]
    bought = [item.sku for order in facts.orders for item in order.items]
    return tuple(dict.fromkeys(one for one in (stock or bought) if one))[:8]


async def show_unanswered(
    command: ShowUnanswered, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """All of them; a lead gets each with the press that answers it."""
    waiting = await unanswered(ports)
    cards = tuple(question_card(one, words) for one in waiting[:MOST_FOUND]) if actor.leads else ()
    return Answer(card=unanswered_card(waiting, words), cards=cards)


async def unanswered(ports: Ports) -> Sequence[Unanswered]:
    """What still waits for an answer, oldest first."""
    asked: dict[str, Unanswered] = {}
    seq = 0
    while entries := await ports.store.after(RECORD, seq, PAGES):
        for entry in entries:
            page = Page.model_validate_json(entry.body)
            if page.asked:
                asked.setdefault(page.asked.id, page.asked)
            if page.settled:
                asked.pop(page.settled.settles, None)
        seq = entries[-1].seq
        if len(entries) < PAGES:
            break
    return tuple(asked.values())


async def waiting_question(id: str, ports: Ports) -> Unanswered:
    """Raises: NotFound."""
    for one in await unanswered(ports):
        if one.id == id:
            return one
    raise NotFound(say("Somebody answered this question already."))


async def answer_question(
    command: AnswerQuestion, actor: Actor, ports: Ports, words: Words
) -> Answer:
    """A lead's answer becomes a file of the storefront's playbooks; else it is shown to be one."""
    leads_only(actor, say("write down what the team knows"))
    one = await waiting_question(command.id, ports)
    text = _as_file(one, command, actor, ports, words)
    name = f"{one.id}.md"
    place = await ports.notebook.write(one.storefront, name, text)
    settled = Settled(settles=one.id, by=actor.name, at=ports.now(), file=text)
    await _record(Page(kind="settled", settled=settled), f"settled:{one.id}", ports)
    await _note_answer(one, command, actor, ports, words)
    if place is not None:
        return Answer(text=words(say("Kept in {place}. It is found from now on.", place=place)))
    why = say("Parley can't write there. Put this into the file answers/{name}.", name=name)
    return Answer(
        text=words(why),
        card=InfoCard(title=name, sections=(Section(title="", lines=in_lines(text)),)),
    )


def _as_file(
    one: Unanswered, command: AnswerQuestion, actor: Actor, ports: Ports, words: Words
) -> str:
    """Raises: Refused."""
    spoken = detect(one.question, (one.language,))
    written = detect(command.text, (words.language,))
    language = written if written != UNKNOWN else words.language
    answers = {language: {"asked": [one.question], "says": command.text.strip()}}
    if spoken not in (UNKNOWN, language):
        answers[spoken] = {"asked": [one.question]}
    source = command.reason.strip() or words(say("{who}, for the team", who=actor.name))
    values = {
        "id": one.id,
        "about": "product" if one.skus else "company",
        **({"skus": list(one.skus)} if one.skus else {}),
        "source": source,
        "checked_on": ports.now().date(),
        "answers": answers,
    }
    try:
        return answer_file(values)
    except ValueError as error:
        raise Refused(say("This can't be kept as it is: {why}", why=str(error))) from None


async def _note_answer(
    one: Unanswered, command: AnswerQuestion, actor: Actor, ports: Ports, words: Words
) -> None:
    """Whoever asked reads it where they asked."""
    note = words(say("The answer: {text}", text=command.text.strip()))
    while conversation := await ports.store.load(one.conversation_id):
        # The question is settled by now: begun anew, the command would find none.
        with suppress(Conflict):
            await commit(ports, conversation.noted(note, actor, ports.now()))
            return


async def _record(page: Page, once: str, ports: Ports) -> None:
    await ports.store.append(RECORD, page.model_dump_json(exclude_none=True), once=once)
