"""Translating by a language model over HTTP: both ways, hung, garbled, and what the check finds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from assistant.commands import PreviewTranslation
from assistant.errors import Unavailable
from assistant.surface.cards import Checked, Translation
from connectors.models.openai.endpoint import Endpoint
from connectors.models.openai.translator import ModelTranslator
from connectors.rooms.console.newest import Newest
from tests.fakes import World
from tests.test_openai import Answerer, Model, endpoint, hangs, model

__all__ = ["endpoint", "model"]
BUYER = "Guten Tag, wo bleibt meine Bestellung 10045?"
TYPED = ["It was not sent yet.", "It will arrive on 24 December."]
THERE = {
    BUYER: "Good day, where is my order 10045?",
    TYPED[0]: "Es wurde noch nicht verschickt.",
    TYPED[1]: "Es kommt am 24. Dezember an.",
    "Es wurde noch nicht verschickt.": "It has not been sent yet.",
    "Es kommt am 24. Dezember an.": "It arrives on 24 December.",
}


def knows(**there: str) -> Answerer:
    """A model that translates these sentences; *there*: some of them otherwise."""
    table = {**THERE, **there}

    def answer(body: dict[str, Any]) -> str:
        return json.dumps({"sentences": [table.get(one, "?") for one in sentences(body)]})

    return answer


def sentences(body: dict[str, Any]) -> list[str]:
    told: list[str] = json.loads(body["messages"][1]["content"])["sentences"]
    return told


def languages(body: dict[str, Any]) -> str:
    return str(body["messages"][0]["content"]).split("\n", 1)[0]


@pytest.fixture
def translator(endpoint: Endpoint) -> ModelTranslator:
    return ModelTranslator(endpoint)


async def test_both_ways_sentence_for_sentence(model: Model, translator: ModelTranslator) -> None:
    model.says(knows())

    there = await translator.translate(TYPED, "en", "de")
    back = await translator.translate(there, "de", "en")

    assert there == (THERE[TYPED[0]], THERE[TYPED[1]])
    assert back == ("It has not been sent yet.", "It arrives on 24 December.")
    assert languages(model.asked[0]).endswith("from English into German.")
    assert languages(model.asked[1]).endswith("from German into English.")


async def test_only_what_is_new_is_asked_for(model: Model, translator: ModelTranslator) -> None:
    """Whoever types changes one sentence of many; the others are its context."""
    model.says(knows())
    await translator.translate(TYPED[:1], "en", "de")
    await translator.translate(TYPED, "en", "de")
    await translator.translate(TYPED, "en", "de")

    assert [sentences(body) for body in model.asked] == [TYPED[:1], TYPED[1:]]
    assert TYPED[0] in json.loads(model.asked[1]["messages"][1]["content"])["text"]


async def test_a_wrong_translation_is_not_remembered(
    model: Model, translator: ModelTranslator
) -> None:
    model.says(knows(**{TYPED[0]: "Es wurde verschickt."}), knows())

    first = await translator.translate(TYPED[:1], "en", "de")
    second = await translator.translate(TYPED[:1], "en", "de")

    assert first == ("Es wurde verschickt.",)
    assert second == (THERE[TYPED[0]],)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (hangs, "in time"),
        ("Sure! Here is your translation.", "another form"),
        ("x" * 1_000_000, "another form"),
        (json.dumps({"sentences": ["Nur einer."]}), "lost a sentence"),
        (json.dumps({"sentences": ["Einer.", "Zwei.", "Drei."]}), "lost a sentence"),
    ],
    ids=["hangs", "chats", "a megabyte", "too few", "too many"],
)
async def test_whatever_the_model_does_there_is_a_reason(
    model: Model, translator: ModelTranslator, answer: Any, why: str
) -> None:
    model.says(answer)

    with pytest.raises(Unavailable, match=why):
        await translator.translate(TYPED, "en", "de")
    assert len(model.asked) == 1, "no hidden retries"


async def test_of_what_is_typed_only_the_newest_is_worked_on() -> None:
    """One request in flight a form: the earlier one is given up."""
    newest: Newest[int] = Newest()
    begun = asyncio.Event()

    async def slow() -> int:
        begun.set()
        await asyncio.sleep(60)
        return 1

    async def quick() -> int:
        return 2

    first = asyncio.create_task(newest.of("olga webchat:v1", slow()))
    await begun.wait()

    assert await newest.of("olga webchat:v2", quick()) == 2
    assert not first.done()
    assert await newest.of("olga webchat:v1", quick()) == 2
    assert await first is None


# ── at the desk ──────────────────────────────────────────────────────────────


async def preview(world: World, model: Model, translator: ModelTranslator) -> Translation:
    world.translator = translator  # type: ignore[assignment] — a real one in the fake's place
    about = await world.buyer_writes(BUYER)
    command = PreviewTranslation(conversation_id=about, text=" ".join(TYPED))
    answer = await world.handle(command)
    assert isinstance(answer.card, Checked)
    assert answer.card.translation is not None
    return answer.card.translation


async def test_a_preview_is_translated_back_by_a_call_that_saw_nothing_else(
    world: World, model: Model, translator: ModelTranslator
) -> None:
    model.says(knows())

    shown = await preview(world, model, translator)

    assert shown.wording == f"{THERE[TYPED[0]]} {THERE[TYPED[1]]}"
    assert [line.back for line in shown.lines] == [
        "It has not been sent yet.",
        "It arrives on 24 December.",
    ]
    assert [line.wrong for line in shown.lines] == [(), ()]
    assert TYPED[0] not in json.dumps(model.asked[-1])


async def test_a_lost_not_and_a_moved_date_are_flagged_at_their_sentence(
    world: World, model: Model, translator: ModelTranslator
) -> None:
    model.says(
        knows(
            **{
                TYPED[0]: "Es wurde schon verschickt.",
                TYPED[1]: "Es kommt am 26. Dezember an.",
            }
        )
    )

    shown = await preview(world, model, translator)

    assert [line.wrong for line in shown.lines] == [
        ("“not” is lost: it may say the opposite.",),
        ("“24 December” became “26. Dezember”.",),
    ]


async def test_a_hanging_model_shows_the_message_at_once_and_says_why_there_is_no_more(
    world: World, model: Model, translator: ModelTranslator
) -> None:
    world.translator = translator  # type: ignore[assignment] — a real one in the fake's place
    model.says(hangs)

    about = await world.buyer_writes(BUYER)

    card = world.card(about)
    assert (card.words, card.means) == (BUYER, None)
    assert card.draft is not None
    assert card.unread == "The language model did not answer in time."
