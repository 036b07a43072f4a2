"""`parley draft` and `parley review` as scripts meet them: a line in, a line out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from assistant.drafting.brief import Brief
from assistant.drafting.lines import draft_line, review_line
from assistant.errors import Refused
from assistant.model import Proposal
from assistant.playbooks import Playbooks
from assistant.words import say
from connectors.models.offline import OfflineDrafter

CONTRACT = Path(__file__).parent.parent / "docs" / "contract.json"
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ASK = {"channel": "webchat", "market": "DE", "agent_language": "en"}
INVENTED = (
    "We will refund you 9,999.99 EUR on 31 December and give you a 70% discount "
    "for a five star review."
)
ORDER = {
    "ref": "10045",
    "shop": "demo",
    "placed_at": "2026-11-10T09:00:00Z",
    "status": "delivered",
    "currency": "EUR",
    "totals": {"total": 34.9},
    "payment": {"method": "card", "status": "paid"},
    "customer": {"name": "Lena Weber", "email": "lena@example.org", "locale": "de-DE"},
    "ship_to": {"name": "Lena Weber", "country": "DE", "city": "Köln", "postcode": "50674"},
    "shipping_method": "standard",
    "items": [
        {
            "sku": "T",
            "title": "Teapot Ines",
            "variant": {"colour": "green"},
            "qty": 1,
            "unit_price": 34.9,
            "in_stock": 7,
        }
    ],
    "fulfilments": [
        {
            "carrier": "DHL",
            "number": "00340434161094000024",
            "status": "delivered",
            "shipped_at": "2026-11-13T08:00:00Z",
            "eta": "2026-11-15",
            "delivered_at": "2026-11-18T10:00:00Z",
            "events": [{"at": "2026-11-18T10:00:00Z", "status": "delivered", "place": "Köln"}],
        }
    ],
    "refunds": [],
    "notes": [],
}
SPOILT = (
    "Die Kanne kam drei Tage zu spät und der Ausguss ist abgebrochen. Das war das "
    "Geburtstagsgeschenk für meine Mutter! Ich will mein Geld zurück."
)


@pytest.fixture(scope="module")
def playbooks() -> Playbooks:
    return Playbooks.shipped()


@pytest.fixture(scope="module")
def validator() -> Mapping[str, Draft202012Validator]:
    """One validator a kind of line, of the file that outsiders read."""
    contract = json.loads(CONTRACT.read_text("utf-8"))
    return {
        name: Draft202012Validator({**line, "$defs": contract["$defs"]})
        for name, line in contract["lines"].items()
    }


def asked(text: str = "Wo ist mein Paket? Bestellung 10023", **more: Any) -> dict[str, Any]:
    return {"id": "a", **ASK, "messages": [{"from": "buyer", "text": text}], **more}


def shown(text: str, **more: Any) -> dict[str, Any]:
    """The same with a photo."""
    photo = [{"name": "1.jpg", "mime": "image/jpeg"}]
    return asked(messages=[{"from": "buyer", "text": text, "attachments": photo}], **more)


async def drafted(line: Mapping[str, Any] | str, playbooks: Playbooks) -> dict[str, Any]:
    raw = line if isinstance(line, str) else json.dumps(line)
    return await draft_line(raw, playbooks, OfflineDrafter(), now=NOW)


def reviewed(line: Mapping[str, Any] | str, playbooks: Playbooks) -> dict[str, Any]:
    return review_line(line if isinstance(line, str) else json.dumps(line), playbooks, now=NOW)


# ── the contract ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "line",
    [
        {**asked(), "messages": "nonsense"},
        {**asked(), "mesages": []},
        {**asked(), "market": "de"},
        {**asked(), "messages": [{"from": "somebody", "text": "hi"}]},
    ],
)
def test_what_the_program_refuses_the_contract_refuses_too(
    line: dict[str, Any], validator: Mapping[str, Draft202012Validator]
) -> None:
    assert not validator["draft_request"].is_valid(line)


# ── drafts ───────────────────────────────────────────────────────────────────


async def test_a_line_is_understood_decided_and_drafted(playbooks: Playbooks) -> None:
    answer = await drafted(
        asked("Guten Tag, wo bleibt mein Paket? Bestellung 10023, ich warte seit zwei Wochen!"),
        playbooks,
    )

    assert list(answer) == ["id", "understanding", "decision", "draft", "findings"]
    assert answer["understanding"] == {
        "language": "de",
        "intents": ["where_is_my_order"],
        "emotion": {"kind": "neutral", "strength": 0.0},
        "order_refs": ["10023"],
        "given": ["order_number"],
    }
    assert answer["draft"]["language"] == "de"
    assert answer["draft"]["drafter"] == "offline"
    assert answer["decision"]["playbook_version"]


async def test_the_birthday_is_named_even_where_no_order_is_known(playbooks: Playbooks) -> None:
    """S1.2."""
    text = (
        "My daughter's birthday present arrived three days late and broken. "
        "I'm furious and I want my money back."
    )
    answer = await drafted(asked(text, market="US"), playbooks)

    assert answer["understanding"]["intents"][0] == "damaged"
    assert "birthday" in answer["draft"]["text"].lower()


async def test_a_known_order_gives_its_sum_and_its_days(playbooks: Playbooks) -> None:
    answer = await drafted(shown(SPOILT, order=ORDER, now="2026-11-21T09:30:00Z"), playbooks)

    assert "34,90" in answer["draft"]["text"]
    assert not [one for one in answer["findings"] if one["severity"] == "block"]


async def test_an_order_that_leaves_things_out_or_adds_some_is_taken(playbooks: Playbooks) -> None:
    """Absent is unknown; unknown fields of an order are tolerated."""
    order = {"ref": "1", "colour_of_box": "red", "items": [{"title": "Cup"}], "refunds": None}
    answer = await drafted(asked(order=order), playbooks)

    assert "error" not in answer


async def test_where_no_honest_draft_can_be_made_a_tip_says_why(playbooks: Playbooks) -> None:
    answer = await drafted(asked("My lawyer will sue you.", market="US"), playbooks)

    assert answer["draft"] is None
    [finding] = answer["findings"]
    assert (finding["severity"], finding["start"], finding["end"]) == ("tip", 0, 0)
    assert finding["message"]


class Unable:
    """A drafter that always refuses."""

    name: Literal["offline", "model"] = "offline"

    async def draft(self, brief: Brief, playbooks: Playbooks) -> Proposal:
        raise Refused(say("Not today, {name}.", name="Ann"))


async def test_a_drafters_refusal_is_told_in_its_own_words(playbooks: Playbooks) -> None:
    answer = await draft_line(json.dumps(asked()), playbooks, Unable(), now=NOW)

    assert answer["findings"][0]["message"] == "Not today, Ann."


async def test_the_same_line_gives_the_same_answer(playbooks: Playbooks) -> None:
    assert await drafted(asked(SPOILT), playbooks) == await drafted(asked(SPOILT), playbooks)


async def test_now_is_the_time_the_line_says(playbooks: Playbooks) -> None:
    early = await drafted(shown(SPOILT, order=ORDER, now="2026-11-21T09:30:00"), playbooks)
    late = await drafted(shown(SPOILT, order=ORDER, now="2026-11-24"), playbooks)

    assert early["draft"]["text"] != late["draft"]["text"]


# ── reviews ──────────────────────────────────────────────────────────────────


def test_an_invented_promise_is_blocked_and_points_at_its_words(playbooks: Playbooks) -> None:
    answer = reviewed({**asked(), "text": INVENTED}, playbooks)

    blocks = [one for one in answer["findings"] if one["severity"] == "block"]
    assert {INVENTED[one["start"] : one["end"]] for one in blocks} >= {"9,999.99 EUR", "70%"}
    assert list(answer) == ["id", "findings"]


def test_offsets_count_code_points(playbooks: Playbooks) -> None:
    text = "😀😀 It costs 12 EUR."
    answer = reviewed({**asked(), "text": text}, playbooks)

    [finding] = [one for one in answer["findings"] if one["rule"] == "value.amount"]
    assert text[finding["start"] : finding["end"]] == "12 EUR"


def test_the_same_words_pass_where_the_order_confirms_them(playbooks: Playbooks) -> None:
    line = asked("Wo ist meine Kanne? 10045", order=ORDER)
    text = "Die Kanne kostete 34,90 €."

    assert not [
        one
        for one in reviewed({**line, "text": text}, playbooks)["findings"]
        if one["rule"] == "value.amount"
    ]


# ── malformed lines ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"messages": "nonsense"}, 'messages: must be a list, not the text "nonsense"'),
        ({"messages": []}, "messages: must not be empty"),
        ({"mesages": []}, "mesages: is not a field of a line. Did you mean messages?"),
        ({"market": "de"}, "market: must be a country in two capital letters, such as DE"),
        ({"market": None}, "market: is missing"),
        ({"agent_language": "klingon!"}, "agent_language: must be a language such as en"),
        ({"id": None}, "id: is missing"),
        ({"id": []}, "id: must be text"),
        ({"now": "soon"}, "now: must be a time such as 2026-11-21T13:05:00Z"),
        ({"messages": [{"from": "buyer"}]}, "messages[0].text: is missing"),
        (
            {"messages": [{"from": "seller", "text": "hi"}]},
            "messages[0].from: must be 'buyer', 'agent' or 'note'",
        ),
        (
            {"messages": [{"from": "buyer", "text": "hi", "txt": 1}]},
            "messages[0].txt: is not a field of a line. Did you mean text?",
        ),
        ({"order": {"ref": "1", "totals": {"total": "much"}}}, "order.totals.total: must be"),
        ({"order": {"ref": "1", "currency": "euro"}}, "order.currency: must be a currency"),
        ({"order": []}, "order: must be an object, not a list"),
        ({"buyer": {"name": 7}}, "buyer.name: must be text, not a number"),
    ],
)
def test_an_error_names_the_field_and_what_was_expected(
    changes: dict[str, Any], error: str, playbooks: Playbooks
) -> None:
    answer = reviewed({**asked(), "text": "Hello", **changes}, playbooks)

    assert answer["error"].startswith(error)


def test_an_error_keeps_the_id_of_its_line(playbooks: Playbooks) -> None:
    assert reviewed({"id": "x1", "messages": 3}, playbooks)["id"] == "x1"
    assert reviewed({"id": 17, "messages": 3}, playbooks)["id"] == 17
    assert reviewed("[1, 2]", playbooks)["id"] is None


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "null", '"text"', "[" * 100_000, '{"id": NaN}', '{"id": "a", "now": 1e999}'],
)
def test_a_line_that_is_no_object_gets_an_error(line: str, playbooks: Playbooks) -> None:
    assert reviewed(line, playbooks)["error"]


async def test_signs_that_no_file_takes_spoil_nothing(playbooks: Playbooks) -> None:
    answer = await drafted(asked("Wo ist \ud800 mein Paket\0?", id="\udfff"), playbooks)

    assert answer["understanding"]["intents"] == ["where_is_my_order"]
    assert json.dumps(answer, ensure_ascii=False).encode("utf-8")


@settings(deadline=None, max_examples=50)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_any_value_in_any_field_gets_an_answer(value: Any) -> None:
    playbooks = Playbooks.shipped() if not _KEPT else _KEPT[0]
    _KEPT[:] = [playbooks]
    for field in ("id", "messages", "market", "order", "buyer", "text", "now"):
        answer = reviewed({**asked(), "text": "Hello", field: value}, playbooks)
        assert ("error" in answer) != ("findings" in answer)


_KEPT: list[Playbooks] = []
"""Loading the playbooks once is enough: hypothesis can't be given a fixture for each example."""
