"""Situations: as they are written, and what must come of every one that ships."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from assistant.errors import Misconfigured
from assistant.evaluating.judge import misses
from assistant.evaluating.run import came_of
from assistant.evaluating.situations import Sample, load_samples
from assistant.playbooks import Playbooks
from connectors.models.offline import OfflineDrafter

SAMPLES = load_samples()
LANGUAGES = sorted({one.language for one in SAMPLES})
GOOD = """\
language: en
situations:
  - id: en-one
    about: He asks where it is.
    channel: webchat
    market: GB
    now: 2026-11-20T16:00:00Z
    order: teapot
    messages: [{from: buyer, text: "where is my order 10045?"}]
    expect: {intents: [where_is_my_order]}
"""


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_situation_comes_out_as_a_native_agent_expects_it(
    language: str, playbooks: Playbooks
) -> None:
    """Understanding, decision, draft and review of all that ships."""
    wrong = [
        f"{one.where} {one.id}: {miss.key}: expected {miss.expected}, got {miss.got}"
        for one in SAMPLES
        if one.language == language
        for miss in misses(await came_of(one, playbooks, OfflineDrafter()))
    ]
    assert wrong == []


def read(directory: Path, text: str, orders: str | None = None) -> tuple[Sample, ...]:
    """The situations of a directory with *text* in the place of the English ones."""
    folder = directory / "situations"
    folder.mkdir(exist_ok=True)
    (folder / "en.yaml").write_text(text, "utf-8")
    if orders is not None:
        (folder / "orders.yaml").write_text(orders, "utf-8")
    return load_samples(directory)


def test_a_file_replaces_its_namesake_and_knows_the_shipped_orders(tmp_path: Path) -> None:
    found = [one for one in read(tmp_path, GOOD) if one.language == "en"]

    assert [one.id for one in found] == ["en-one"]
    [order] = found[0].situation.facts.orders
    assert (order.ref, order.items[0].title) == ("10045", "Teapot Ines")


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("channel: webchat", "chanel: webchat", 5, 'unknown key, did you mean "channel"?'),
        ("market: GB", "market: Britain", 6, "should match pattern"),
        ("order: teapot", "order: teapod", 8, 'none called "teapod", did you mean "teapot"?'),
        ("[where_is_my_order]", "[where_is_it]", 10, '"where_is_it" is not known here'),
        ("from: buyer", "from: customer", 9, '"customer" is not known here'),
        ("text: ", "txt: ", 9, 'did you mean "text"?'),
        ("order: teapot", "order: {ref: 10045}", 8, 'a text is needed: write "10045"'),
        ("2026-11-20T16:00:00Z", "soon", 7, "datetime"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_key(
    tmp_path: Path, was: str, becomes: str, line: int, says: str
) -> None:
    with pytest.raises(Misconfigured) as refused:
        read(tmp_path, GOOD.replace(was, becomes))

    assert re.search(rf"situations/en\.yaml:{line} .*{re.escape(says)}", str(refused.value), re.S)


def test_two_situations_cannot_have_one_id(tmp_path: Path) -> None:
    twice = GOOD + GOOD.split("situations:\n")[1]

    with pytest.raises(Misconfigured, match='"en-one" is already the id of the situation at'):
        read(tmp_path, twice)
