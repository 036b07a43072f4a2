"""What the team knows, in Slack: found by a command, offered on the card, adapted and sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.slack_desk import TEAM_OF_THREE, SlackDesk, labels, shown, slack_desk
from tests.peers.slack_forms import element_of
from tests.peers.slack_workspace import OLGA, WEI
from tests.peers.test_slack_lookups import answered

pytestmark = pytest.mark.peers

KNOWN = Path(__file__).parents[2] / "connectors" / "shops" / "demo_data" / "playbooks"
SHOP = f"""{TEAM_OF_THREE}
[[storefronts]]
id = "blaue-stunde"
name = "Blaue Stunde"
playbooks = "{KNOWN}"
"""


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlackDesk]:
    with slack_desk(tmp_path_factory.mktemp("answers"), SHOP) as desk:
        yield desk


def test_the_command_finds_an_answer_for_whoever_asks_alone(desk: SlackDesk) -> None:
    """S3.2, S3.5: in the asker's language."""
    answered(desk, OLGA, "/answers", "dishwasher", "dishwasher")
    answered(desk, WEI, "/answers", "洗碗机", "洗碗机")


def test_an_answer_on_the_card_begins_a_reply_that_a_person_sends(desk: SlackDesk) -> None:
    """S4.6: adapted to the case, never sent as it is."""
    lena = desk.buyer().writes("Can the teapot go in the dishwasher?")
    card, _ = desk.drafted(lena)
    offered = [one for one in labels(card["blocks"]) if one.startswith("Answer: ")]
    assert offered, shown(card)

    desk.press(card, offered[0])
    form = desk.modal("dishwasher")
    words = str(element_of(form["blocks"], "typed:text")["initial_value"])
    assert words.startswith("Hi, "), "it is adapted: greeted, answered, closed"
    assert "dishwasher dulls its glaze" in words
    assert lena.got == [], "a press begins a reply, and sends none"
    desk.submit(text=words)
    lena.gets(words)
