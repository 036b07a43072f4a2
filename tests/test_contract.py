"""docs/contract.json is what `parley draft` and `parley review` really take and give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from assistant.drafting.contract import schema
from assistant.drafting.lines import draft_line, review_line
from assistant.playbooks import Playbooks
from connectors.models.offline import OfflineDrafter

CONTRACT = Path(__file__).parents[1] / "docs" / "contract.json"

ASK: dict[str, Any] = {"channel": "webchat", "market": "DE", "agent_language": "en"}
ORDER: dict[str, Any] = {
    "ref": "10023",
    "shop": "shop",
    "placed_at": "2026-11-12T09:00:00Z",
    "status": "shipped",
    "currency": "EUR",
    "totals": {"total": 34.90},
    "customer": {"name": "Tom Brandt", "email": "tom@example.com", "locale": "de-DE"},
    "items": [{"sku": "A", "title": "Teekanne", "qty": 1, "unit_price": 34.90, "in_stock": 4}],
    "fulfilments": [
        {
            "carrier": "DHL",
            "number": "00340434161094000017",
            "status": "in_transit",
            "shipped_at": "2026-11-18T09:00:00Z",
            "eta": "2026-11-24T17:00:00Z",
            "events": [{"at": "2026-11-20T17:42:00Z", "place": "Leipzig", "text": "sortiert"}],
        }
    ],
}


def buyer(said: str, **more: Any) -> str:
    line = {"id": "1", **ASK, "messages": [{"from": "buyer", "text": said}], **more}
    return json.dumps(line, ensure_ascii=False)


LINES = {
    "a parcel of a known order": buyer(
        "Wo bleibt mein Paket? Bestellung 10023", order=ORDER, now="2026-11-21T10:00:00Z"
    ),
    "an order nobody confirmed": buyer("Where is order 10023?", market="US"),
    "a language without a composer": buyer("注文したカップが割れていました。", market="JP"),
    "a legal threat": buyer("My lawyer will hear of this. I will sue you.", market="GB"),
    "a platform without a playbook": buyer("Where is my parcel?", platform="shopee", market="SG"),
    "a photo": buyer(
        "Die Kanne ist zerbrochen.",
        messages=[
            {
                "from": "buyer",
                "text": "Die Kanne ist zerbrochen.",
                "attachments": [{"name": "kanne.jpg", "mime": "image/jpeg"}],
            }
        ],
    ),
}


@pytest.fixture(scope="module")
def shipped() -> Playbooks:
    return Playbooks.shipped()


def valid(answer: dict[str, Any], line: str) -> Any:
    told = json.loads(json.dumps(answer))
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    Draft202012Validator({**contract, **contract["lines"][line]}).validate(told)
    return told


def test_the_file_is_what_the_program_says_of_itself() -> None:
    """`python -m tests.test_contract` writes it anew after a change for users."""
    assert json.loads(CONTRACT.read_text(encoding="utf-8")) == schema()


@pytest.mark.parametrize("case", LINES)
async def test_every_draft_keeps_the_contract(case: str, shipped: Playbooks) -> None:
    answer = await draft_line(LINES[case], shipped, OfflineDrafter())
    told = valid(answer, "draft_answer")
    assert told["id"] == "1"
    if told["draft"] is None:
        assert told["findings"], "a missing draft says why"


async def test_what_the_contract_takes_is_what_the_program_takes(shipped: Playbooks) -> None:
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    takes = Draft202012Validator({**contract, **contract["lines"]["draft_request"]})
    for line in LINES.values():
        takes.validate(json.loads(line))
    assert not takes.is_valid({"id": "1", **ASK, "messages": "nonsense"})


async def test_a_parcel_is_answered_with_its_three_points(shipped: Playbooks) -> None:
    """S2.8: number, page, latest event."""
    line = LINES["a parcel of a known order"]
    text = (await draft_line(line, shipped, OfflineDrafter()))["draft"]["text"]
    assert "00340434161094000017" in text
    assert "https://" in text
    assert "Leipzig" in text


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("not json", "line"),
        (json.dumps({"id": "c", **ASK, "messages": "nonsense"}), "messages"),
        (buyer("Hello", platfrom="own"), "platfrom"),
        (buyer("Hello", order={"ref": 7}), "order"),
    ],
)
async def test_a_malformed_line_gets_an_error_that_names_the_field(
    line: str, field: str, shipped: Playbooks
) -> None:
    told = valid(await draft_line(line, shipped, OfflineDrafter()), "error_answer")
    assert field in told["error"]


def test_invented_promises_are_blocked_where_they_stand(shipped: Playbooks) -> None:
    text = "We will refund you 9,999.99 EUR on 31 December and give you a 70% discount."
    told = valid(review_line(buyer("My cup broke.", text=text), shipped), "review_answer")
    blocks = [one for one in told["findings"] if one["severity"] == "block"]
    assert any("9,999.99" in text[one["start"] : one["end"]] for one in blocks)


if __name__ == "__main__":
    told = json.dumps(schema(), indent=2, ensure_ascii=False)
    CONTRACT.write_text(f"{told}\n", encoding="utf-8")
